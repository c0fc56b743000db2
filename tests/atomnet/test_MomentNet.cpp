// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Inference.h"
#include "LatticeWaves.h"
#include "ModelTensors.h"
#include "MomentBasis.h"
#include "MomentDense.h"
#include "MomentNet.h"
#include "ParallelFor.h"
#include "SmallModels.h"
#include "TestFiles.h"
#include "TrainingStage.h"

#include <torch/autograd.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>
#include <random>

using namespace apt;

namespace
{

constexpr double twoPi = 2 * 3.14159265358979323846;
const std::vector<std::string> ionNames{ "Ab", "Cd", "Zz" };

struct RandomCloud
{
  IonCloud cloud;
  std::vector<std::int16_t> names;
};

RandomCloud randomCloud(std::size_t ions, unsigned seed)
{
  std::mt19937 random(seed);
  const double edge = std::cbrt(static_cast<double>(ions) / 36);
  RandomCloud result;
  result.cloud.size = ions;
  for (std::size_t ion = 0; ion < ions; ++ion)
  {
    for (int axis = 0; axis < 3; ++axis)
    {
      result.cloud.positions.push_back(
        static_cast<float>(edge * static_cast<double>(random()) / 4294967296.0));
    }
    result.names.push_back(static_cast<std::int16_t>(static_cast<int>(random() % 4) - 1));
  }
  IonCloud::Array array{ { arrayName::Ion, "", ValueType::Int16, 1 }, {} };
  array.values.resize(ions * sizeof(std::int16_t));
  std::memcpy(array.values.data(), result.names.data(), array.values.size());
  result.cloud.arrays.push_back(array);
  return result;
}

/** Values of a dense layer with or without bias, in double. */
std::vector<double> dense(
  const Model& model, const std::string& name, const std::vector<double>& input, bool bias)
{
  const Tensor& weight = model.tensor(name + ".weight");
  std::vector<double> output(weight.shape[0]);
  for (std::size_t out = 0; out < output.size(); ++out)
  {
    output[out] = bias ? static_cast<double>(model.tensor(name + ".bias").values[out]) : 0;
    for (std::size_t in = 0; in < input.size(); ++in)
    {
      output[out] += static_cast<double>(weight.values[out * input.size() + in]) * input[in];
    }
  }
  return output;
}

/** What a MomentNet answers by its definition, ion by ion over all pairs, in double. */
std::vector<std::vector<double>> byDefinition(const RandomCloud& ions, const Model& model)
{
  const MomentForm& form = model.moments;
  std::vector<std::size_t> known;
  std::vector<int> code(ions.cloud.size, -1);
  for (std::size_t ion = 0; ion < ions.cloud.size; ++ion)
  {
    const std::int16_t name = ions.names[ion];
    code[ion] = name < 0 ? -1 : model.codeOf(ionNames[static_cast<std::size_t>(name)]);
    if (code[ion] >= 0)
    {
      known.push_back(ion);
    }
  }
  // Waves are tested on their own.
  std::vector<float> positions;
  for (const std::size_t ion : known)
  {
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      positions.push_back(ions.cloud.positions[3 * ion + axis]);
    }
  }
  const CellSortedCloud sorted(positions.data(), known.size());
  std::vector<std::uint8_t> sortedCodes;
  for (std::size_t place = 0; place < known.size(); ++place)
  {
    sortedCodes.push_back(static_cast<std::uint8_t>(code[known[sorted.originalIndices()[place]]]));
  }
  const LatticeWaves waves(
    sorted, sortedCodes.data(), model.species.size(), model.latticeParameter, form);
  const std::array<double, 3> normal =
    form.waveWindows > 0 ? waves.normal() : std::array<double, 3>{ 0, 0, 1 };

  const auto offset = [&](std::size_t from, std::size_t to, std::size_t axis)
  {
    return (static_cast<double>(ions.cloud.positions[3 * to + axis]) -
             static_cast<double>(ions.cloud.positions[3 * from + axis])) /
      model.latticeParameter;
  };
  const auto squared = [&](std::size_t from, std::size_t to)
  {
    double sum = 0;
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      sum += offset(from, to, axis) * offset(from, to, axis);
    }
    return sum;
  };

  const auto height = [&](std::size_t from, std::size_t to)
  {
    return normal[0] * offset(from, to, 0) + normal[1] * offset(from, to, 1) +
      normal[2] * offset(from, to, 2);
  };

  std::vector<std::vector<double>> states(ions.cloud.size);
  for (const std::size_t ion : known)
  {
    std::vector<double> one(model.species.size(), 0);
    one[static_cast<std::size_t>(code[ion])] = 1;
    states[ion] = dense(model, "embedding", one, false);
  }
  // What is sent in the first layer.
  std::vector<std::vector<double>> telling = states;
  for (std::size_t place = 0; form.waveWindows > 0 && place < known.size(); ++place)
  {
    const std::size_t ion = known[sorted.originalIndices()[place]];
    std::vector<float> features(waves.size());
    waves.read(place, features.data());
    std::vector<double> input(model.species.size() * waves.size(), 0);
    std::copy(features.begin(), features.end(),
      input.begin() + static_cast<std::ptrdiff_t>(waves.size()) * code[ion]);
    const std::vector<double> change = dense(model, "waves", input, false);
    for (std::size_t i = 0; i < change.size(); ++i)
    {
      states[ion][i] += change[i];
    }
  }
  std::vector<std::vector<double>> answers;
  for (int layer = 1; layer <= form.layers; ++layer)
  {
    const std::string prefix = "block" + std::to_string(layer) + ".";
    std::vector<std::vector<double>> sent(ions.cloud.size);
    for (const std::size_t ion : known)
    {
      sent[ion] = dense(model, prefix + "send", telling[ion], false);
    }
    std::vector<std::vector<double>> next = states;
    answers.emplace_back(ions.cloud.size, std::nan(""));
    for (const std::size_t ion : known)
    {
      std::vector<std::size_t> others;
      std::copy_if(known.begin(), known.end(), std::back_inserter(others),
        [ion](std::size_t other) { return other != ion; });
      std::sort(others.begin(), others.end(),
        [&](std::size_t p, std::size_t q) { return squared(ion, p) < squared(ion, q); });
      others.resize(std::min(others.size(), static_cast<std::size_t>(model.neighbourCount - 1)));
      const std::vector<double> own = dense(model, prefix + "own", states[ion], false);
      std::vector<double> moments;
      std::vector<double> powers;
      std::vector<double> mixed;
      std::vector<double> logSums;
      for (int width = 0; width < form.widths; ++width)
      {
        const double q = form.widestWidth / std::pow(std::sqrt(2.0), width);
        double sum = 0;
        for (const std::size_t other : others)
        {
          sum += std::exp(-squared(ion, other) / (2 * q * q));
        }
        sum = std::max(sum, std::exp(-10.0));
        logSums.push_back(std::log(sum));
        const auto moment = [&](auto function, std::size_t channel)
        {
          double value = 0;
          for (const std::size_t other : others)
          {
            value += std::exp(-squared(ion, other) / (2 * q * q)) / sum *
              function(height(ion, other)) * sent[other][channel];
          }
          return value;
        };
        const auto channels = static_cast<std::size_t>(form.channels);
        for (std::size_t channel = 0; channel < channels; ++channel)
        {
          moments.push_back(moment([](double) { return 1.0; }, channel));
        }
        for (int l = 1; l <= form.harmonics; ++l)
        {
          std::vector<double> power(channels, 0);
          for (const bool sine : { false, true })
          {
            for (std::size_t channel = 0; channel < channels; ++channel)
            {
              const double value = moment([&](double z)
                { return sine ? std::sin(twoPi * l * z) : std::cos(twoPi * l * z); },
                channel);
              moments.push_back(value);
              power[channel] += value * value;
            }
          }
          powers.insert(powers.end(), power.begin(), power.end());
        }
      }
      for (std::size_t i = 0; i < moments.size(); ++i)
      {
        mixed.push_back(moments[i] * own[i % own.size()]);
      }
      std::vector<double> input = moments;
      for (const auto* part : { &powers, &mixed, &logSums, &states[ion] })
      {
        input.insert(input.end(), part->begin(), part->end());
      }
      for (std::size_t i = 0; i < input.size(); ++i)
      {
        const auto norm = [&](const char* name)
        { return static_cast<double>(model.tensor(prefix + "norm." + name).values[i]); };
        input[i] = (input[i] - norm("running_mean")) /
            std::sqrt(norm("running_var") + model.batchNormEpsilon) * norm("weight") +
          norm("bias");
      }
      std::vector<double> hidden = dense(model, prefix + "fc1", input, true);
      for (double& value : hidden)
      {
        value = value / (1 + std::exp(-value));
      }
      const std::vector<double> change = dense(model, prefix + "fc2", hidden, true);
      for (std::size_t i = 0; i < change.size(); ++i)
      {
        next[ion][i] += change[i];
      }
      answers.back()[ion] =
        1 / (1 + std::exp(-dense(model, prefix + "read", next[ion], true).front()));
    }
    states = next;
    telling = next;
  }
  return answers;
}

} // namespace

TEST(MomentNet, IsWhatItsDefinitionSays)
{
  for (const int windows : { 0, 2 })
  {
    Model model = test::randomMomentNet(3);
    model.moments.waveWindows = windows;
    model.moments.widestWindow = 5;
    model.species.erase(model.species.begin()); // Zz is unknown
    test::fillWithRandomWeights(model, 5);
    for (const std::size_t ions : { 200, 9 })
    {
      const RandomCloud cloud = randomCloud(ions, 2);
      const auto expected = byDefinition(cloud, model);
      const auto answers = predict(cloud.cloud.view(), ionNames, model);
      ASSERT_EQ(answers.size(), 3U);
      for (std::size_t layer = 0; layer < 3; ++layer)
      {
        for (std::size_t ion = 0; ion < ions; ++ion)
        {
          EXPECT_EQ(std::isnan(answers[layer][ion]), std::isnan(expected[layer][ion]));
          if (!std::isnan(expected[layer][ion]))
          {
            EXPECT_NEAR(answers[layer][ion], expected[layer][ion], 2e-5)
              << "layer " << layer + 1 << " ion " << ion << ", " << windows << " windows";
          }
        }
      }
    }
  }
}

TEST(MomentNet, GivesTheSameBitsForAnyThreadsAndTiles)
{
  const RandomCloud cloud = randomCloud(1500, 3);
  Model model = test::randomMomentNet(2);
  model.moments.waveWindows = 2;
  test::fillWithRandomWeights(model, 1);
  const auto answers = predict(cloud.cloud.view(), ionNames, model);
  for (const int threads : { 1, 2, 7 })
  {
    for (const std::size_t tile : { 1, 100, 1000 })
    {
      const ThreadLimit limit(threads);
      InferenceOptions options;
      options.tileIons = tile;
      const auto again = predict(cloud.cloud.view(), ionNames, model, options);
      for (std::size_t layer = 0; layer < 2; ++layer)
      {
        EXPECT_EQ(std::memcmp(again[layer].data(), answers[layer].data(), 1500 * sizeof(float)), 0);
      }
    }
  }
}

TEST(MomentNet, AnswersTheSameWhereEarlierLayersAreKnown)
{
  const RandomCloud cloud = randomCloud(400, 4);
  const Model model = test::randomMomentNet(3);
  auto answers = predict(cloud.cloud.view(), ionNames, model);
  std::vector<float> last(400);
  predict(cloud.cloud.view(), ionNames, model, {},
    { answers[0].data(), answers[1].data(), last.data() }, 2);
  EXPECT_EQ(std::memcmp(last.data(), answers[2].data(), 400 * sizeof(float)), 0);
}

TEST(MomentNet, HasTheGradientsOfItsAnswer)
{
  MomentForm form = test::randomMomentNet(2).moments;
  form.waveWindows = 1;
  torch::manual_seed(2);
  MomentNet network(3, form, 1e-3);
  network->to(torch::kFloat64);
  const auto options = torch::TensorOptions().dtype(torch::kFloat64);
  const int64_t ions = 30;
  const torch::Tensor species = torch::randint(3, { ions }, torch::kInt64);
  const torch::Tensor neighbours = torch::randint(ions, { ions, 16 }, torch::kInt64);
  const torch::Tensor basis = torch::randn({ ions, form.basisSize(), 16 }, options);
  const torch::Tensor logSums = torch::randn({ ions, form.widths }, options);
  const torch::Tensor waves = torch::randn({ ions, form.waveFeatures(3) }, options);
  const torch::Tensor truth = torch::arange(ions, options).remainder(2);
  for (const bool ownStatistics : { false, true })
  {
    const auto loss = [&]
    {
      FoundStatistics statistics;
      const auto logits = network->forward(
        species, waves, neighbours, basis, logSums, ownStatistics ? &statistics : nullptr);
      EXPECT_EQ(statistics.batches.size(), ownStatistics ? 2U : 0U);
      return torch::binary_cross_entropy_with_logits(logits[0], truth) +
        torch::binary_cross_entropy_with_logits(logits[1], truth);
    };
    const auto parameters = network->parameters();
    const auto gradients = torch::autograd::grad({ loss() }, parameters);
    for (std::size_t p = 0; p < parameters.size(); ++p)
    {
      const torch::Tensor gradient = gradients[p].flatten();
      const int64_t at = gradient.abs().argmax().item<int64_t>();
      const double expected = gradient[at].item<double>();
      const torch::NoGradGuard constant;
      torch::Tensor values = parameters[p].view({ -1 });
      const double before = values[at].item<double>();
      const double step = 1e-6;
      values[at] = before + step;
      const double above = loss().item<double>();
      values[at] = before - step;
      const double below = loss().item<double>();
      values[at] = before;
      EXPECT_NEAR((above - below) / (2 * step), expected, 1e-6 + 1e-4 * std::abs(expected));
      EXPECT_NE(expected, 0);
    }
  }
}

TEST(MomentNet, TakesTheStatisticsOfItsIonsWhereAsked)
{
  const MomentForm form = test::randomMomentNet(1).moments;
  torch::manual_seed(6);
  MomentNet network(2, form, 1e-3);
  const torch::Tensor species = torch::randint(2, { 50 }, torch::kInt64);
  const torch::Tensor neighbours = torch::randint(50, { 50, 16 }, torch::kInt64);
  const torch::Tensor waves;
  const torch::Tensor basis = torch::randn({ 50, form.basisSize(), 16 });
  const torch::Tensor logSums = torch::randn({ 50, form.widths });
  const torch::NoGradGuard constant;
  FoundStatistics statistics;
  const torch::Tensor own =
    network->forward(species, waves, neighbours, basis, logSums, &statistics).front();
  torch::nn::BatchNorm1d& norm = network->layers.front()->norm;
  EXPECT_TRUE(torch::equal(norm->running_mean, torch::zeros({ form.inputSize() })));
  addStatistics(statistics, 1);
  EXPECT_TRUE(torch::equal(norm->running_mean, statistics.batches.front().mean));
  const torch::Tensor running =
    network->forward(species, waves, neighbours, basis, logSums).front();
  EXPECT_TRUE(torch::allclose(own, running, 1e-4, 1e-5));
}

TEST(MomentNet, AnswersByRunningStatisticsWhereItRenormalises)
{
  torch::manual_seed(7);
  torch::nn::BatchNorm1d norm(torch::nn::BatchNorm1dOptions(4).eps(1e-3));
  const torch::NoGradGuard constant;
  norm->weight.copy_(torch::randn({ 4 }));
  norm->bias.copy_(torch::randn({ 4 }));
  norm->running_mean.copy_(torch::tensor({ 0.0, 1.0, -1.0, 40.0 }));
  norm->running_var.copy_(torch::tensor({ 1.0, 0.5, 2.0, 0.01 }));
  const torch::Tensor input = torch::randn({ 60, 4 });
  const torch::Tensor running = normalise(norm, input, nullptr);
  FoundStatistics own;
  const torch::Tensor ownNormalised = normalise(norm, input, &own);
  FoundStatistics renormalised;
  renormalised.scaleLimit = 3;
  renormalised.shiftLimit = 5;
  const torch::Tensor found = normalise(norm, input, &renormalised);
  // But for the last channel, which is further off than the limits: r = 3 and d = -5 there.
  EXPECT_TRUE(torch::allclose(found.slice(1, 0, 3), running.slice(1, 0, 3), 1e-4, 1e-5));
  const torch::Tensor last = (ownNormalised.select(1, 3) - norm->bias[3]) / norm->weight[3];
  EXPECT_TRUE(torch::allclose(
    found.select(1, 3), (last * 3 - 5) * norm->weight[3] + norm->bias[3], 1e-4, 1e-5));
  EXPECT_FALSE(torch::allclose(ownNormalised.slice(1, 0, 3), running.slice(1, 0, 3), 0.1, 0.1));
  EXPECT_TRUE(torch::equal(own.batches.front().mean, renormalised.batches.front().mean));
}

TEST(MomentNet, RenormalisesWithTheGradientsOfItsOwnStatistics)
{
  torch::manual_seed(8);
  torch::nn::BatchNorm1d norm(torch::nn::BatchNorm1dOptions(3).eps(1e-12));
  norm->to(torch::kFloat64);
  {
    const torch::NoGradGuard constant;
    norm->running_mean.copy_(torch::tensor({ 0.1, -0.2, 0.3 }));
    norm->running_var.copy_(torch::tensor({ 1.2, 0.8, 1.1 }));
  }
  const torch::Tensor input =
    torch::randn({ 20, 3 }, torch::TensorOptions().dtype(torch::kFloat64)).requires_grad_();
  FoundStatistics statistics;
  statistics.scaleLimit = 3;
  statistics.shiftLimit = 5;
  const torch::Tensor gradient =
    torch::autograd::grad({ normalise(norm, input, &statistics).pow(3).sum() }, { input })[0];
  // What all of a channel have in common, and how far they spread, is normalised away.
  EXPECT_GT(gradient.abs().max().item<double>(), 0.1);
  EXPECT_LT(gradient.sum(0).abs().max().item<double>(), 1e-9);
  EXPECT_LT((gradient * (input - input.mean(0))).sum(0).abs().max().item<double>(), 1e-9);
}

TEST(MomentNet, LearnsByOwnStatisticsAtFirstAndByConstantOnesInTheEnd)
{
  const auto model = std::make_shared<const Model>(test::randomMomentNet(2));
  const RandomCloud made = randomCloud(300, 9);
  LabelledCloud cloud;
  cloud.positions = made.cloud.positions;
  for (std::size_t ion = 0; ion < made.cloud.size; ++ion)
  {
    cloud.species.push_back(made.names[ion] > 0);
    cloud.ordered.push_back(ion % 3 == 0);
  }
  struct Found
  {
    double loss = 0;
    bool moved = false; // the running statistics
  };
  /** What a step finds after that share of the epochs, where running means have that value. */
  const auto found = [&](double done, double mean, const std::shared_ptr<const Model>& initial = {})
  {
    TrainingOptions options;
    options.cloudsPerStep = 1;
    options.initial = initial;
    torch::manual_seed(9);
    const auto stage = makeMomentNetStage(*model, options, torch::kCPU);
    std::vector<torch::Tensor> means;
    for (const auto& buffer : stage->network().named_buffers())
    {
      if (test::contains(buffer.key(), "running_mean"))
      {
        const torch::NoGradGuard constant;
        means.push_back(buffer.value().fill_(mean));
      }
    }
    EXPECT_EQ(means.size(), 2U);
    stage->beginEpoch(done);
    Found step;
    stage->learn({ cloud }, { 0 }, [&](double loss, std::size_t) { step.loss = loss; });
    step.moved = !torch::equal(means.front(), torch::full_like(means.front(), mean));
    return step;
  };
  const auto seesRunning = [&](double done, const std::shared_ptr<const Model>& initial = {})
  { return found(done, 0, initial).loss != found(done, 0.5, initial).loss; };
  EXPECT_FALSE(seesRunning(0.09));
  EXPECT_TRUE(found(0.09, 0.5).moved);
  EXPECT_TRUE(seesRunning(0.11));
  EXPECT_TRUE(found(0.11, 0.5).moved);
  EXPECT_TRUE(found(0.69, 0.5).moved);
  EXPECT_TRUE(seesRunning(0.71));
  EXPECT_FALSE(found(0.71, 0.5).moved);
  // What goes on from a model goes by its statistics.
  EXPECT_TRUE(seesRunning(0, model));
  EXPECT_FALSE(found(0, 0.5, model).moved);
}

TEST(MomentNet, GoesThroughTheKernelsAsItIsDefined)
{
  for (const auto [channels, neighbours, ions] : { std::array<int, 3>{ 3, 16, 200 },
         std::array<int, 3>{ 10, 64, 700 }, std::array<int, 3>{ 17, 30, 20 } })
  {
    Model model = test::randomMomentNet(2);
    model.moments.channels = channels;
    model.moments.widths = channels == 10 ? 6 : 3;
    model.moments.waveWindows = channels == 10 ? 2 : 0;
    model.neighbourCount = neighbours + 1;
    torch::manual_seed(8);
    MomentNet network(3, model.moments, 1e-5);
    const RandomCloud random = randomCloud(static_cast<std::size_t>(ions), 7);
    const CellSortedCloud cloud(random.cloud.positions.data(), random.cloud.size);

    const torch::Tensor species = torch::randint(3, { ions }, torch::kInt64);
    const torch::Tensor waves = torch::randn({ ions, model.moments.waveFeatures(3) });
    const torch::Tensor truth = torch::arange(ions).remainder(2).to(torch::kFloat32);
    const torch::Tensor places = torch::zeros({ ions, neighbours }, torch::kInt64);
    const torch::Tensor basis = torch::empty({ ions, model.moments.basisSize(), neighbours });
    const torch::Tensor logSums = torch::empty({ ions, model.moments.widths });
    const auto columns = static_cast<std::size_t>(neighbours);
    MomentNeighbours rows(columns);
    NeighbourSearchOptions search;
    search.neighbours = model.neighbourCount;
    search.tileIons = cloud.size();
    forEachTile(cloud, search,
      [&](const NeighbourTile& tile)
      {
        momentBasis(tile, model.moments, model.latticeParameter, { 0, 0, 1 }, 0, tile.size, columns,
          basis.data_ptr<float>(), logSums.data_ptr<float>());
        rows.append(tile, model.latticeParameter, { 0, 0, 1 }, 0, tile.size);
        for (std::size_t ion = 0; ion < tile.size; ++ion)
        {
          for (std::size_t j = 1; j < tile.neighbours; ++j)
          {
            places.data_ptr<int64_t>()[ion * columns + j - 1] =
              tile.neighbour[ion * tile.neighbours + j];
          }
        }
      });
    // Of the rows that the kernels read; what fills them up weighs nothing.
    const auto table = [&](const float* values)
    {
      return torch::from_blob(const_cast<float*>(values),
        { ions, static_cast<int64_t>(rows.columns()) }, torch::kFloat32);
    };
    const auto [sameBasis, sameLogSums] =
      momentBasis(model.moments, table(rows.squared(0)), table(rows.height(0)));
    EXPECT_TRUE(torch::allclose(sameBasis.slice(2, 0, neighbours), basis, 1e-4, 1e-6));
    EXPECT_EQ(sameBasis.slice(2, neighbours).abs().sum().item<double>(), 0);
    EXPECT_TRUE(torch::allclose(sameLogSums, logSums, 1e-5, 1e-6));
    const auto graph = c10::make_intrusive<MomentGraph>(model.moments, std::move(rows));

    enum class Norm
    {
      Running,
      Own,
      Renormalised
    };
    for (const Norm norm : { Norm::Running, Norm::Own, Norm::Renormalised })
    {
      const bool ownStatistics = norm != Norm::Running;
      const auto gradientsOf = [&](const std::vector<torch::Tensor>& logits)
      {
        const torch::Tensor loss = torch::binary_cross_entropy_with_logits(logits[0], truth) +
          torch::binary_cross_entropy_with_logits(logits[1], truth);
        return torch::autograd::grad({ loss }, network->parameters());
      };
      FoundStatistics expectedStatistics;
      if (norm == Norm::Renormalised)
      {
        // Some channels within the limits, others not.
        expectedStatistics.scaleLimit = 1.5;
        expectedStatistics.shiftLimit = 0.5;
      }
      FoundStatistics statistics = expectedStatistics;
      const auto expected = network->forward(
        species, waves, places, basis, logSums, ownStatistics ? &expectedStatistics : nullptr);
      const auto found =
        momentNet(network, species, waves, graph, ownStatistics ? &statistics : nullptr);
      ASSERT_EQ(statistics.batches.size(), expectedStatistics.batches.size());
      for (std::size_t i = 0; i < statistics.batches.size(); ++i)
      {
        EXPECT_TRUE(torch::allclose(
          statistics.batches[i].mean, expectedStatistics.batches[i].mean, 1e-4, 1e-5));
        EXPECT_TRUE(torch::allclose(
          statistics.batches[i].variance, expectedStatistics.batches[i].variance, 1e-3, 1e-6));
      }
      for (std::size_t layer = 0; layer < 2; ++layer)
      {
        EXPECT_TRUE(torch::allclose(found[layer], expected[layer], 1e-4, 1e-4));
      }
      const auto expectedGradients = gradientsOf(expected);
      const auto gradients = gradientsOf(found);
      for (std::size_t p = 0; p < gradients.size(); ++p)
      {
        const double size = expectedGradients[p].abs().max().item<double>();
        EXPECT_GT(size, 0);
        EXPECT_LT((gradients[p] - expectedGradients[p]).abs().max().item<double>(), 1e-3 * size)
          << "parameter " << p << ", " << channels << " channels, norm " << static_cast<int>(norm);
      }
    }
  }
}

TEST(MomentNet, ComesBackFromAModelFileWithEqualBytes)
{
  test::TemporaryFolder folder;
  Model model = test::randomMomentNet(2);
  model.moments.waveWindows = 3;
  model.moments.widestWindow = 12.5;
  test::fillWithRandomWeights(model, 1);
  writeModel(folder.file("first"), model);
  const Model read = readModel(folder.file("first"));
  EXPECT_EQ(read.moments.waveWindows, 3);
  EXPECT_EQ(read.moments.widestWindow, 12.5);
  MomentNet network(3, read.moments, read.batchNormEpsilon);
  loadTensors(*network, read, "");
  Model again = read;
  again.tensors.clear();
  storeTensors(*network, "", again);
  writeModel(folder.file("second"), again);
  EXPECT_EQ(test::readFile(folder.file("first")), test::readFile(folder.file("second")));
}
