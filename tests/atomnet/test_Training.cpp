// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "CellSortedCloud.h"
#include "ClassificationMetrics.h"
#include "Error.h"
#include "LatticeWaves.h"
#include "ParallelFor.h"
#include "SmallModels.h"
#include "SpecimenPreset.h"
#include "TestFiles.h"
#include "Training.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>

using namespace apt;

namespace
{

const std::vector<std::string> ionNames{ "Al", "Li", "Mg" };

/** A small specimen of Al-Li-Mg, so quiet that its order is easy to see. */
LabelledCloud specimen(std::uint64_t number, std::uint64_t seed = 1)
{
  SyntheticSpecimenOptions options = specimenPresets().front().options;
  options.edgeLength = 3.2;
  options.domainFraction = 0.3;
  options.domainRadius = { 1.0, 1.4 };
  options.lateralNoise = { 0.1, 0.2 };
  options.seed = seed;
  const SyntheticSpecimen made(options, static_cast<std::uint32_t>(number));
  const std::size_t ions = made.count(0, 1);
  LabelledCloud cloud;
  cloud.positions.resize(3 * ions);
  std::vector<std::int16_t> names(ions);
  std::vector<std::int8_t> phases(ions);
  SyntheticSpecimen::Destination destination;
  destination.positions = cloud.positions.data();
  destination.ion = names.data();
  destination.phase = phases.data();
  made.fill(0, 1, destination);
  for (std::size_t ion = 0; ion < ions; ++ion)
  {
    const std::string& name = made.ions()[static_cast<std::size_t>(names[ion])].name;
    cloud.species.push_back(static_cast<std::uint8_t>(
      std::find(ionNames.begin(), ionNames.end(), name) - ionNames.begin()));
    cloud.ordered.push_back(phases[ion] == 1);
  }
  return cloud;
}

Model withSpecies(Model model)
{
  model.tensors.clear();
  model.metrics.clear();
  model.training.clear();
  model.alloy = "Al-Li-Mg";
  model.species = { { "Al", { "Al" } }, { "Li", { "Li" } }, { "Mg", { "Mg" } } };
  return model;
}

Model momentNet(int layers = 2)
{
  return withSpecies(test::randomMomentNet(layers));
}

Model pointNet(std::size_t blocks = 1)
{
  Model model = test::randomModel(blocks, true);
  model.neighbourCount = 12; // quicker
  return withSpecies(model);
}

TrainingData data()
{
  TrainingData data;
  data.cloud = [](std::uint64_t number) { return specimen(number); };
  data.clouds = 4;
  data.validation = { specimen(0, 2), specimen(1, 2) };
  return data;
}

TrainingOptions quick(int epochs)
{
  TrainingOptions options;
  options.epochs = epochs;
  options.learningRate = 0.01;
  options.cloudsPerStep = 2;
  options.seed = 3;
  options.device = Device::CPU;
  return options;
}

bool sameWeights(const Model& a, const Model& b)
{
  return std::equal(a.tensors.begin(), a.tensors.end(), b.tensors.begin(), b.tensors.end(),
    [](const Tensor& left, const Tensor& right)
    {
      return left.name == right.name && left.values.size() == right.values.size() &&
        std::memcmp(left.values.data(), right.values.data(), left.values.size() * sizeof(float)) ==
        0;
    });
}

std::string bytesOf(const Model& model)
{
  test::TemporaryFolder folder;
  writeModel(folder.file("model"), model);
  return test::readFile(folder.file("model"));
}

double aucOf(const Model& model, const LabelledCloud& cloud)
{
  IonCloud ions;
  ions.size = cloud.size();
  ions.positions = cloud.positions;
  std::vector<std::int16_t> names(cloud.species.begin(), cloud.species.end());
  IonCloud::Array array{ { arrayName::Ion, "", ValueType::Int16, 1 }, {} };
  array.values.resize(names.size() * sizeof(std::int16_t));
  std::memcpy(array.values.data(), names.data(), array.values.size());
  ions.arrays.push_back(array);
  const auto answers = predict(ions.view(), ionNames, model);
  const std::vector<std::int8_t> phases(cloud.ordered.begin(), cloud.ordered.end());
  ClassifiedIons part;
  part.size = cloud.size();
  part.score = answers.back().data();
  part.phase = phases.data();
  return classify({ part }, 0).pooled.auc;
}

} // namespace

TEST(Training, OfAMomentNetFindsOrderAndSaysHowWell)
{
  const TrainingData clouds = data();
  std::vector<TrainingEpoch> told;
  const TrainingResult result = train(
    momentNet(), clouds, quick(12), [&](const TrainingEpoch& epoch) { told.push_back(epoch); });
  ASSERT_EQ(result.epochs.size(), 12U);
  EXPECT_EQ(told.size(), 12U);
  EXPECT_FALSE(result.stopped);
  EXPECT_LT(result.epochs.back().trainingLoss, result.epochs.front().trainingLoss);
  const double best = result.model.metrics.at("validation_auc").back();
  EXPECT_GT(best, 0.8);
  for (const TrainingEpoch& epoch : result.epochs)
  {
    EXPECT_EQ(epoch.block, 2);
    EXPECT_EQ(epoch.validationAuc.size(), 2U);
    EXPECT_LE(epoch.validationAuc.back(), best);
  }
  // The weights that came out are those of the best epoch, and answer elsewhere as they did here.
  const double again =
    (aucOf(result.model, clouds.validation[0]) + aucOf(result.model, clouds.validation[1])) / 2;
  EXPECT_NEAR(again, best, 1e-4);
  EXPECT_EQ(result.model.seed, std::optional<std::uint64_t>(3));
  EXPECT_EQ(std::get<double>(result.model.training.at("epochs")), 12);
}

TEST(Training, OfAPointNetGoesBlockAfterBlock)
{
  const TrainingData clouds = data();
  const TrainingResult result = train(pointNet(2), clouds, quick(3));
  ASSERT_EQ(result.epochs.size(), 4U); // half as many for the second block
  EXPECT_EQ(result.epochs[2].block, 1);
  EXPECT_EQ(result.epochs[3].block, 2);
  EXPECT_EQ(result.epochs[3].validationAuc.size(), 2U);
  const std::vector<double>& auc = result.model.metrics.at("validation_auc");
  ASSERT_EQ(auc.size(), 2U);
  EXPECT_GT(auc[0], 0.7);
  EXPECT_GT(auc[1], 0.7);
  // Nothing of the first block changed while the second one learnt.
  double best = 0;
  for (int epoch = 0; epoch < 3; ++epoch)
  {
    best = std::max(best, result.epochs[static_cast<std::size_t>(epoch)].validationAuc[0]);
  }
  EXPECT_NEAR(result.epochs[3].validationAuc[0], best, 1e-6);
  const double again =
    (aucOf(result.model, clouds.validation[0]) + aucOf(result.model, clouds.validation[1])) / 2;
  EXPECT_NEAR(again, auc[1], 1e-4);
}

TEST(Training, GivesEqualFilesFromEqualSeedsOnly)
{
  for (const Model& form : { momentNet(), pointNet() })
  {
    const std::string first = bytesOf(train(form, data(), quick(2)).model);
    EXPECT_EQ(bytesOf(train(form, data(), quick(2)).model), first);
    TrainingOptions other = quick(2);
    other.seed = 4;
    EXPECT_NE(bytesOf(train(form, data(), other).model), first);
  }
}

TEST(Training, DoesNotDependOnTheThreads)
{
  for (const Model& form : { momentNet(), pointNet() })
  {
    const TrainingResult result = train(form, data(), quick(1));
    for (const int threads : { 1, 3 })
    {
      const ThreadLimit limit(threads);
      EXPECT_TRUE(sameWeights(train(form, data(), quick(1)).model, result.model));
    }
  }
}

TEST(Training, GoesOnWhereItWasKilled)
{
  struct Killed
  {
  };
  const auto check = [](const Model& form, TrainingOptions options, std::size_t epochs)
  {
    const std::string whole = bytesOf(train(form, data(), options).model);
    for (std::size_t kill = 1; kill < epochs; ++kill)
    {
      test::TemporaryFolder folder;
      options.checkpoint = folder.file("checkpoint");
      std::size_t seen = 0;
      EXPECT_THROW(train(form, data(), options,
                     [&](const TrainingEpoch&)
                     {
                       if (++seen == kill)
                       {
                         throw Killed();
                       }
                     }),
        Killed);
      EXPECT_EQ(folder.names(), std::vector<std::string>{ "checkpoint" });
      std::size_t later = 0;
      const TrainingResult result =
        train(form, data(), options, [&](const TrainingEpoch&) { ++later; });
      EXPECT_EQ(later, epochs - kill);
      EXPECT_EQ(result.epochs.size(), epochs);
      EXPECT_EQ(bytesOf(result.model), whole) << "killed after " << kill;
      EXPECT_TRUE(folder.names().empty()); // gone at the end
    }
  };
  TrainingOptions options = quick(4);
  options.cosineDecay = true;
  check(momentNet(), options, 4);
  check(pointNet(2), quick(2), 3);
}

TEST(Training, BeginsAnewWhereTheCheckpointIsOfSomethingElse)
{
  struct Killed
  {
  };
  test::TemporaryFolder folder;
  TrainingOptions options = quick(3);
  options.checkpoint = folder.file("checkpoint");
  const auto kill = [](const TrainingEpoch&) { throw Killed(); };
  EXPECT_THROW(train(momentNet(), data(), options, kill), Killed);
  std::size_t epochs = 0;
  const auto count = [&](const TrainingEpoch&) { ++epochs; };
  TrainingOptions other = options;
  other.learningRate = 0.005;
  train(momentNet(), data(), other, count);
  EXPECT_EQ(epochs, 3U);

  EXPECT_THROW(train(momentNet(), data(), options, kill), Killed);
  test::writeFile(options.checkpoint, test::readFile(options.checkpoint).substr(0, 5000));
  epochs = 0;
  train(momentNet(), data(), options, count);
  EXPECT_EQ(epochs, 3U);
}

TEST(Training, StopsEarlyWhenNothingGetsBetter)
{
  TrainingOptions options = quick(30);
  options.learningRate = 1e-12;
  options.patience = 2;
  const TrainingResult result = train(momentNet(1), data(), options);
  EXPECT_LT(result.epochs.size(), 30U);
  const std::size_t best =
    static_cast<std::size_t>(std::find_if(result.epochs.rbegin(), result.epochs.rend(),
                               [](const TrainingEpoch& epoch) { return epoch.best; }) -
      result.epochs.rbegin());
  EXPECT_EQ(best, 2U);
}

TEST(Training, KeepsTheBestSoFarWhenTheUserStops)
{
  int epochs = 0;
  const TrainingResult result = train(
    momentNet(), data(), quick(50), [&](const TrainingEpoch&) { ++epochs; },
    [&](double) { return epochs < 2; });
  EXPECT_TRUE(result.stopped);
  EXPECT_EQ(result.epochs.size(), 2U);
  writeModel(test::TemporaryFolder().file("model"), result.model); // is sound

  // In the second block's first epoch: a model of one block.
  epochs = 0;
  const TrainingResult one = train(
    pointNet(2), data(), quick(1), [&](const TrainingEpoch&) { ++epochs; },
    [&](double) { return epochs < 1; });
  EXPECT_TRUE(one.stopped);
  EXPECT_EQ(one.model.blockCount(), 1U);
  writeModel(test::TemporaryFolder().file("model"), one.model);

  EXPECT_THROW(train(momentNet(), data(), quick(2), {}, [](double) { return false; }), Stopped);
}

TEST(Training, TellsItsProgress)
{
  std::vector<double> told;
  train(pointNet(2), data(), quick(2), {},
    [&](double fraction)
    {
      told.push_back(fraction);
      return true;
    });
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_GE(told.size(), 3 * 4U);
  EXPECT_LE(told.back(), 1);
  EXPECT_GT(told.back(), 0.9);
}

TEST(Training, SaysWhatItCannotLearnFrom)
{
  const auto message = [](auto change)
  {
    TrainingData clouds = data();
    change(clouds);
    return test::messageOf<Error>([&] { train(momentNet(), clouds, quick(1)); });
  };
  EXPECT_EQ(message([](TrainingData& clouds) { clouds.validation.clear(); }),
    "there is no cloud to validate with; give more data or a larger ValidationFraction");
  EXPECT_TRUE(test::contains(
    message([](TrainingData& clouds)
      { std::fill(clouds.validation[1].ordered.begin(), clouds.validation[1].ordered.end(), 0); }),
    "a validation cloud has 0 ordered ions"));
  EXPECT_TRUE(test::contains(
    message([](TrainingData& clouds)
      { clouds.validation[0].positions[4] = std::numeric_limits<float>::quiet_NaN(); }),
    "a validation cloud has ions whose positions are not finite"));
  EXPECT_EQ(message(
              [](TrainingData& clouds)
              {
                clouds.cloud = [](std::uint64_t)
                {
                  LabelledCloud few;
                  few.positions.resize(9);
                  few.species.resize(3);
                  few.ordered.resize(3);
                  return few;
                };
                clouds.clouds = 1;
              }),
    "training cloud 0 has 3 ions of the model's species; the network looks at 17 at a time");
}

TEST(Training, RefusesOptionsOutOfBounds)
{
  const auto message = [](auto change)
  {
    TrainingOptions options = quick(1);
    change(options);
    return test::messageOf<ParameterError>([&] { train(momentNet(), data(), options); });
  };
  EXPECT_EQ(message([](TrainingOptions& options) { options.epochs = 0; }),
    "Epochs is 0; allowed is 1 to 100000");
  EXPECT_NE(message([](TrainingOptions& options) { options.learningRate = 0; }), "");
  EXPECT_NE(message([](TrainingOptions& options) { options.batchSize = 1; }), "");
  EXPECT_NE(message([](TrainingOptions& options) { options.cloudsPerStep = 0; }), "");
  EXPECT_NE(message([](TrainingOptions& options) { options.weightDecay = std::nan(""); }), "");
}

TEST(Training, SaysWhenTheLossIsNoNumber)
{
  TrainingOptions options = quick(1);
  options.orthogonality = 1e308;
  EXPECT_TRUE(test::contains(
    test::messageOf<Error>([&] { train(pointNet(), data(), options); }), "a lower LearningRate"));
}

TEST(Training, GoesOnFromTheWeightsOfAnotherModel)
{
  for (const Model& form : { momentNet(), pointNet(2) })
  {
    TrainingOptions options = quick(2);
    const auto first = std::make_shared<Model>(train(form, data(), options).model);
    // With next to no learning: what it began with.
    options.initial = first;
    options.epochs = 1;
    options.learningRate = 1e-12;
    Model model = train(form, data(), options).model;
    ASSERT_EQ(model.tensors.size(), first->tensors.size());
    for (std::size_t t = 0; t < model.tensors.size(); ++t)
    {
      if (test::contains(model.tensors[t].name, "running"))
      {
        continue; // a PointNet's go on
      }
      for (std::size_t i = 0; i < model.tensors[t].values.size(); ++i)
      {
        ASSERT_NEAR(model.tensors[t].values[i], first->tensors[t].values[i], 1e-6)
          << model.tensors[t].name;
      }
    }
    // With it: another, the same each time, better than one that had to begin anew.
    options.epochs = 2;
    options.learningRate = 0.003;
    const TrainingResult again = train(form, data(), options);
    EXPECT_FALSE(sameWeights(again.model, *first));
    EXPECT_TRUE(sameWeights(again.model, train(form, data(), options).model));
    options.initial = nullptr;
    EXPECT_LT(
      again.epochs.front().trainingLoss, train(form, data(), options).epochs.front().trainingLoss);
  }
}

TEST(Training, GoesOnForOtherSpeciesWithFewerBlocks)
{
  TrainingOptions options = quick(1);
  Model other = pointNet(2);
  other.species = { { "Fe", { "Fe" } }, { "Pt", { "Pt" } }, { "*", {} } };
  const auto first = std::make_shared<Model>(train(other, data(), options).model);
  options.initial = first;
  options.learningRate = 1e-12;
  const Model model = train(pointNet(1), data(), options).model;
  EXPECT_EQ(model.blockCount(), 1U);
  EXPECT_EQ(model.species[0].name, "Al");
  const std::vector<float>& found = model.tensor("block1.head.fc1.weight").values;
  const std::vector<float>& began = first->tensor("block1.head.fc1.weight").values;
  for (std::size_t i = 0; i < found.size(); ++i)
  {
    ASSERT_NEAR(found[i], began[i], 1e-6);
  }
}

TEST(Training, GoesOnWithWavesThatHaveNoEffectAtFirst)
{
  TrainingOptions options = quick(3);
  const auto first = std::make_shared<Model>(train(momentNet(), data(), options).model);
  Model form = momentNet();
  form.moments.waveWindows = 2;
  form.moments.widestWindow = 4;
  options.initial = first;
  options.learningRate = 1e-12;
  const TrainingResult still = train(form, data(), options);
  for (const float value : still.model.tensor("waves.weight").values)
  {
    ASSERT_NEAR(value, 0, 1e-8);
  }
  options.learningRate = 0.01;
  const Model learnt = train(form, data(), options).model;
  const std::vector<float>& waves = learnt.tensor("waves.weight").values;
  EXPECT_GT(*std::max_element(waves.begin(), waves.end()), 1e-3F);
  const Model read = [&]
  {
    test::TemporaryFolder folder;
    writeModel(folder.file("model"), learnt);
    return readModel(folder.file("model"));
  }();
  EXPECT_GT(aucOf(read, specimen(5, 4)), 0.7);
}

TEST(Training, TakesTheWavesThatAreToldOfAWholeSpecimenForIts)
{
  Model form = momentNet();
  form.moments.waveWindows = 2;
  form.moments.widestWindow = 4;
  const auto tell = [&form](LabelledCloud cloud)
  {
    const CellSortedCloud sorted(cloud.positions.data(), cloud.size());
    std::vector<std::uint8_t> species;
    for (std::size_t place = 0; place < sorted.size(); ++place)
    {
      species.push_back(cloud.species[sorted.originalIndices()[place]]);
    }
    const LatticeWaves waves(
      sorted, species.data(), form.species.size(), form.latticeParameter, form.moments);
    cloud.normal = waves.normal();
    cloud.waves.resize(cloud.size() * waves.size());
    for (std::size_t place = 0; place < sorted.size(); ++place)
    {
      waves.read(place, cloud.waves.data() + sorted.originalIndices()[place] * waves.size());
    }
    return cloud;
  };
  TrainingData told = data();
  told.cloud = [&tell](std::uint64_t number) { return tell(specimen(number)); };
  for (LabelledCloud& cloud : told.validation)
  {
    cloud = tell(cloud);
  }
  const Model model = train(form, data(), quick(2)).model;
  EXPECT_TRUE(sameWeights(train(form, told, quick(2)).model, model));
  // It is they that it learns from.
  told.cloud = [&tell](std::uint64_t number)
  {
    LabelledCloud cloud = tell(specimen(number));
    std::fill(cloud.waves.begin(), cloud.waves.end(), 0.0F);
    return cloud;
  };
  EXPECT_FALSE(sameWeights(train(form, told, quick(2)).model, model));
  told.validation[1].waves.pop_back();
  EXPECT_TRUE(test::contains(test::messageOf<ParameterError>([&] { train(form, told, quick(1)); }),
    "the number of waves of a validation cloud is "));
}

TEST(Training, GoesOnFromNoOtherKindOfModel)
{
  const auto problemOf = [](const Model& form, const Model& initial)
  {
    TrainingOptions options = quick(1);
    options.initial = std::make_shared<Model>(initial);
    return test::messageOf<ParameterError>([&] { train(form, data(), options); });
  };
  Model initial = momentNet();
  initial.species.pop_back();
  EXPECT_EQ(problemOf(momentNet(), initial),
    "the number of species of the initial model is 2: Al, Li; allowed is that of the one to train, "
    "3: "
    "Al, Li, Mg; they take each other's places in this order");
  initial = momentNet();
  test::fillWithRandomWeights(initial, 1);
  EXPECT_EQ(
    problemOf(pointNet(), initial), "the initial model is a MomentNet; allowed is a PointNet");
  EXPECT_TRUE(test::contains(problemOf(momentNet(3), initial), "is BlockCount the same?"));
  EXPECT_TRUE(test::contains(problemOf(momentNet(1), initial), "is BlockCount the same?"));
  Model wider = momentNet();
  wider.moments.widestWidth *= 2;
  EXPECT_TRUE(test::contains(problemOf(wider, initial), "the widest width"));
  initial.moments.waveWindows = 1;
  test::fillWithRandomWeights(initial, 1);
  EXPECT_TRUE(test::contains(problemOf(momentNet(), initial), "waves.weight"));
}
