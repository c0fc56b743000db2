// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "LabelledClouds.h"

#include "Error.h"
#include "LatticeWaves.h"
#include "SpeciesRows.h"
#include "UntrainedModel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <random>
#include <tuple>

namespace
{

/** Ions in a box of some edges; the ordered ones in a ball about the middle. */
struct Box
{
  std::vector<float> positions;
  std::vector<std::int16_t> ion;
  std::vector<std::int32_t> truth;
  apt::SpecimenIons ions;

  explicit Box(std::size_t size, unsigned seed = 1, std::array<double, 3> edges = { 8, 8, 8 })
  {
    std::mt19937 random(seed);
    const auto uniform = [&random] { return static_cast<double>(random()) / 4294967296.0; };
    for (std::size_t i = 0; i < size; ++i)
    {
      double squared = 0;
      for (std::size_t axis = 0; axis < 3; ++axis)
      {
        const double value = uniform() - 0.5;
        squared += value * value;
        this->positions.push_back(static_cast<float>(edges[axis] * value));
      }
      // Ab, Cd, Ef (of no species) and unranged ones.
      this->ion.push_back(static_cast<std::int16_t>(i % 10 == 9 ? -1 : i % 10 == 8 ? 2 : i % 2));
      this->truth.push_back(squared < 0.15 ? 1 : squared > 0.6 ? 2 : 0);
    }
    this->ions.name = "the box";
    this->ions.ionNames = { "Ab", "Cd", "Ef" };
    this->refresh();
  }

  void refresh()
  {
    this->ions.size = this->ion.size();
    this->ions.positions = this->positions.data();
    this->ions.ion = this->ion.data();
    this->ions.truth = this->truth.data();
  }
};

apt::Model modelOf(apt::Architecture architecture = apt::Architecture::PointNet)
{
  apt::Model model = apt::untrainedModel(architecture, 2);
  model.species = apt::parseSpecies({ "Cd", "Ab" });
  model.latticeParameter = 0.405;
  model.licence = "CC0-1.0";
  return model;
}

/** What an ion is, for looking it up. */
using Ion = std::tuple<float, float, float, int, int>;

std::vector<Ion> ionsOf(const apt::LabelledCloud& cloud)
{
  std::vector<Ion> ions;
  for (std::size_t i = 0; i < cloud.size(); ++i)
  {
    const float* p = cloud.positions.data() + 3 * i;
    ions.emplace_back(p[0], p[1], p[2], cloud.species[i], cloud.ordered[i]);
  }
  return ions;
}

std::vector<apt::LabelledCloud> cloudsOf(const apt::TrainingData& data)
{
  std::vector<apt::LabelledCloud> clouds;
  for (std::uint64_t number = 0; number < data.clouds; ++number)
  {
    clouds.push_back(data.cloud(number));
  }
  return clouds;
}

std::vector<Ion> sortedIonsOf(const apt::TrainingData& data)
{
  std::vector<Ion> ions;
  for (const auto& clouds : { cloudsOf(data), data.validation })
  {
    for (const apt::LabelledCloud& cloud : clouds)
    {
      const std::vector<Ion> own = ionsOf(cloud);
      ions.insert(ions.end(), own.begin(), own.end());
    }
  }
  std::sort(ions.begin(), ions.end());
  return ions;
}

/** What should be in the clouds: species Cd 0, Ab 1; ordered where the truth is 1. */
std::vector<Ion> expectedIonsOf(const std::vector<const Box*>& boxes)
{
  std::vector<Ion> ions;
  for (const Box* box : boxes)
  {
    for (std::size_t i = 0; i < box->ion.size(); ++i)
    {
      if (box->ion[i] == 0 || box->ion[i] == 1)
      {
        const float* p = box->positions.data() + 3 * i;
        ions.emplace_back(p[0], p[1], p[2], 1 - box->ion[i], box->truth[i] == 1 ? 1 : 0);
      }
    }
  }
  std::sort(ions.begin(), ions.end());
  return ions;
}

std::string messageOf(const std::function<void()>& work)
{
  try
  {
    work();
  }
  catch (const apt::Error& error)
  {
    return error.what();
  }
  return "no error";
}

std::string errorOf(const std::vector<apt::SpecimenIons>& specimens,
  const apt::LabelledCloudOptions& options = {}, const apt::Model& model = modelOf())
{
  return messageOf([&] { apt::cutIntoClouds(specimens, model, options); });
}

bool contains(const std::string& text, const std::string& part)
{
  return text.find(part) != std::string::npos;
}

} // namespace

TEST(LabelledClouds, EveryIonOfASpeciesIsInOneCloudWithItsSpeciesAndClass)
{
  const Box box(60000);
  const apt::TrainingData data = apt::cutIntoClouds({ box.ions }, modelOf());
  EXPECT_EQ(sortedIonsOf(data), expectedIonsOf({ &box }));
}

TEST(LabelledClouds, NoneIsLargerThanAllowedAndAllAreOfAboutOneSize)
{
  const Box box(60000);
  for (const std::size_t limit : { std::size_t(500), std::size_t(3000), std::size_t(20000) })
  {
    apt::LabelledCloudOptions options;
    options.cloudIons = limit;
    options.validationFraction = 0.5;
    const apt::TrainingData data = apt::cutIntoClouds({ box.ions }, modelOf(), options);
    std::vector<apt::LabelledCloud> clouds = cloudsOf(data);
    clouds.insert(clouds.end(), data.validation.begin(), data.validation.end());
    const std::size_t known = 48000;
    EXPECT_EQ(clouds.size(), (known + limit - 1) / limit);
    for (const apt::LabelledCloud& cloud : clouds)
    {
      EXPECT_LE(cloud.size(), limit);
      EXPECT_GE(cloud.size(), known / clouds.size() - clouds.size());
    }
  }
}

TEST(LabelledClouds, PiecesAreToldTheWavesOfTheWholeSpecimen)
{
  const Box box(20000);
  apt::Model model = modelOf(apt::Architecture::MomentNet);
  model.neighbourCount = 20;
  model.moments.waveWindows = 2;
  apt::LabelledCloudOptions options;
  options.cloudIons = 3000;
  const apt::TrainingData data = apt::cutIntoClouds({ box.ions }, model, options);

  // As where the network is applied: of all ions of its species.
  std::vector<std::int16_t> codes;
  for (const std::int16_t ion : box.ion)
  {
    codes.push_back(static_cast<std::int16_t>(ion == 0 || ion == 1 ? 1 - ion : -1));
  }
  const apt::CellSortedCloud sorted(box.positions.data(), codes.size(), codes.data());
  std::vector<std::uint8_t> species;
  for (std::size_t place = 0; place < sorted.size(); ++place)
  {
    species.push_back(static_cast<std::uint8_t>(codes[sorted.originalIndices()[place]]));
  }
  const apt::LatticeWaves waves(sorted, species.data(), 2, model.latticeParameter, model.moments);
  std::map<std::array<float, 3>, std::vector<float>> expected;
  for (std::size_t place = 0; place < sorted.size(); ++place)
  {
    std::vector<float>& features =
      expected[{ sorted.x()[place], sorted.y()[place], sorted.z()[place] }];
    features.resize(waves.size());
    waves.read(place, features.data());
  }

  std::size_t ions = 0;
  EXPECT_GT(data.clouds, 3u);
  for (const auto& clouds : { cloudsOf(data), data.validation })
  {
    for (const apt::LabelledCloud& cloud : clouds)
    {
      EXPECT_EQ(cloud.normal, waves.normal());
      ASSERT_EQ(cloud.waves.size(), cloud.size() * waves.size());
      for (std::size_t i = 0; i < cloud.size(); ++i, ++ions)
      {
        const float* const p = cloud.positions.data() + 3 * i;
        const std::vector<float>& there = expected.at({ p[0], p[1], p[2] });
        EXPECT_TRUE(std::equal(there.begin(), there.end(),
          cloud.waves.begin() + static_cast<std::ptrdiff_t>(i * waves.size())));
      }
    }
  }
  EXPECT_EQ(ions, sorted.size());

  model.moments.waveWindows = 0;
  EXPECT_TRUE(apt::cutIntoClouds({ box.ions }, model, options).cloud(0).waves.empty());
}

TEST(LabelledClouds, ThereAreEnoughForTheShareToValidateWith)
{
  const Box box(20000);
  apt::LabelledCloudOptions options;
  options.validationFraction = 0.2;
  const apt::TrainingData data = apt::cutIntoClouds({ box.ions }, modelOf(), options);
  // 16000 ions in pieces of a fifth.
  EXPECT_EQ(data.clouds, 4u);
  EXPECT_EQ(data.validation.size(), 1u);
}

TEST(LabelledClouds, OnesOfAnElongatedSpecimenAreCompactNotSlices)
{
  const Box box(40000, 1, { 4, 4, 40 });
  apt::LabelledCloudOptions options;
  options.cloudIons = 4000;
  const apt::TrainingData data = apt::cutIntoClouds({ box.ions }, modelOf(), options);
  for (const apt::LabelledCloud& cloud : cloudsOf(data))
  {
    std::array<float, 3> lower{ 99, 99, 99 };
    std::array<float, 3> upper{ -99, -99, -99 };
    for (std::size_t i = 0; i < cloud.positions.size(); ++i)
    {
      lower[i % 3] = std::min(lower[i % 3], cloud.positions[i]);
      upper[i % 3] = std::max(upper[i % 3], cloud.positions[i]);
    }
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      EXPECT_GT(upper[axis] - lower[axis], 1.9);
      EXPECT_LT(upper[axis] - lower[axis], 6);
    }
  }
}

TEST(LabelledClouds, DependOnTheSeedOnlyInWhatIsDrawnForValidation)
{
  const Box box(60000);
  apt::LabelledCloudOptions options;
  options.cloudIons = 2000;
  const auto validated = [&](std::uint64_t seed)
  {
    options.seed = seed;
    const apt::TrainingData data = apt::cutIntoClouds({ box.ions }, modelOf(), options);
    EXPECT_EQ(sortedIonsOf(data), expectedIonsOf({ &box }));
    std::vector<std::vector<Ion>> clouds;
    for (const apt::LabelledCloud& cloud : data.validation)
    {
      clouds.push_back(ionsOf(cloud));
    }
    return clouds;
  };
  EXPECT_EQ(validated(1), validated(1));
  EXPECT_NE(validated(1), validated(2));
}

TEST(LabelledClouds, ThoseToValidateWithHaveBothClasses)
{
  // Ordered ions in a corner only.
  Box box(60000);
  for (std::size_t i = 0; i < box.ion.size(); ++i)
  {
    const float* p = box.positions.data() + 3 * i;
    box.truth[i] = p[0] > 2 && p[1] > 2 && p[2] > 2 ? 1 : 0;
  }
  apt::LabelledCloudOptions options;
  options.cloudIons = 1500;
  options.validationFraction = 0.9;
  const apt::TrainingData data = apt::cutIntoClouds({ box.ions }, modelOf(), options);
  EXPECT_GE(data.validation.size(), 1u);
  for (const apt::LabelledCloud& cloud : data.validation)
  {
    const auto ordered = std::count(cloud.ordered.begin(), cloud.ordered.end(), 1);
    EXPECT_GT(ordered, 0);
    EXPECT_LT(ordered, static_cast<std::ptrdiff_t>(cloud.size()));
  }
  EXPECT_EQ(sortedIonsOf(data), expectedIonsOf({ &box }));
}

TEST(LabelledClouds, NeverHoldIonsOfTwoSpecimens)
{
  // In the same place.
  const Box one(9000, 1);
  const Box two(5000, 2);
  apt::LabelledCloudOptions options;
  options.cloudIons = 1000;
  const apt::TrainingData data = apt::cutIntoClouds({ one.ions, two.ions }, modelOf(), options);
  EXPECT_EQ(sortedIonsOf(data), expectedIonsOf({ &one, &two }));
  const std::vector<Ion> first = expectedIonsOf({ &one });
  for (const apt::LabelledCloud& cloud : cloudsOf(data))
  {
    const std::vector<Ion> ions = ionsOf(cloud);
    const auto ofFirst = std::count_if(ions.begin(), ions.end(),
      [&first](const Ion& ion) { return std::binary_search(first.begin(), first.end(), ion); });
    EXPECT_TRUE(ofFirst == 0 || static_cast<std::size_t>(ofFirst) == ions.size()) << ofFirst;
  }
}

TEST(LabelledClouds, SpecimensForValidationAreForThatAndThoseForTheTestForNothing)
{
  const Box one(9000, 1);
  const Box two(5000, 2);
  Box test(5000, 3);
  test.ions.use = apt::SpecimenUse::Test;
  test.positions[7] = std::numeric_limits<float>::quiet_NaN(); // not even looked at
  apt::SpecimenIons validation = two.ions;
  validation.use = apt::SpecimenUse::Validation;
  const apt::TrainingData data = apt::cutIntoClouds({ one.ions, validation, test.ions }, modelOf());
  std::vector<Ion> learnt;
  for (const apt::LabelledCloud& cloud : cloudsOf(data))
  {
    const std::vector<Ion> ions = ionsOf(cloud);
    learnt.insert(learnt.end(), ions.begin(), ions.end());
  }
  std::sort(learnt.begin(), learnt.end());
  EXPECT_EQ(learnt, expectedIonsOf({ &one }));
  ASSERT_EQ(data.validation.size(), 1u);
  std::vector<Ion> validated = ionsOf(data.validation[0]);
  std::sort(validated.begin(), validated.end());
  EXPECT_EQ(validated, expectedIonsOf({ &two }));
}

TEST(LabelledClouds, TheNameOfASpecimenTellsWhatItIsFor)
{
  EXPECT_EQ(apt::useOf("Validation 2"), apt::SpecimenUse::Validation);
  EXPECT_EQ(apt::useOf("Test 1"), apt::SpecimenUse::Test);
  EXPECT_EQ(apt::useOf("Training 11"), apt::SpecimenUse::Training);
  EXPECT_EQ(apt::useOf("Specimen 1"), apt::SpecimenUse::Training);
  EXPECT_EQ(apt::useOf(""), apt::SpecimenUse::Training);
}

TEST(LabelledClouds, OrderedIsWhatTheUserSays)
{
  const Box box(20000);
  for (const std::vector<int>& values :
    { std::vector<int>{ 1 }, std::vector<int>{ 0 }, std::vector<int>{ 1, 2 } })
  {
    apt::LabelledCloudOptions options;
    options.orderedValues = values;
    std::size_t ordered = 0;
    for (const Ion& ion : sortedIonsOf(apt::cutIntoClouds({ box.ions }, modelOf(), options)))
    {
      ordered += static_cast<std::size_t>(std::get<4>(ion));
    }
    std::size_t expected = 0;
    for (std::size_t i = 0; i < box.ion.size(); ++i)
    {
      const bool known = box.ion[i] == 0 || box.ion[i] == 1;
      expected +=
        known && std::find(values.begin(), values.end(), box.truth[i]) != values.end() ? 1 : 0;
    }
    EXPECT_EQ(ordered, expected);
  }
}

TEST(LabelledClouds, SpeciesAreTheIonsThatOccurInTheOrderOfTheLegends)
{
  Box one(100);
  Box two(100);
  two.ions.ionNames = { "Gh", "Ab", "Ij" };
  Box test(100);
  test.ions.use = apt::SpecimenUse::Test;
  test.ions.ionNames = { "Kl", "Mn", "Op" };
  std::replace(two.ion.begin(), two.ion.end(), std::int16_t(2), std::int16_t(-1));
  const std::vector<apt::Species> species = apt::speciesIn({ one.ions, two.ions, test.ions });
  EXPECT_EQ(apt::formatSpecies(species), (std::vector<std::string>{ "Ab", "Cd", "Ef", "Gh" }));
  EXPECT_TRUE(apt::speciesIn({}).empty());
}

TEST(LabelledClouds, TheNearestNeighbourIsThatOfACrystal)
{
  Box box(0);
  for (int x = 0; x < 12; ++x)
  {
    for (int y = 0; y < 12; ++y)
    {
      for (int z = 0; z < 12; ++z)
      {
        for (const int value : { x, y, z })
        {
          box.positions.push_back(0.3F * static_cast<float>(value));
        }
        box.ion.push_back(0);
        box.truth.push_back(0);
      }
    }
  }
  box.refresh();
  EXPECT_NEAR(apt::meanNearestNeighbourDistance({ box.ions }, modelOf()), 0.3, 1e-5);
  EXPECT_EQ(apt::meanNearestNeighbourDistance({}, modelOf()), 0);
}

TEST(LabelledClouds, TheFingerprintTellsAnyChange)
{
  Box box(500);
  const std::string before = apt::fingerprintOf({ box.ions });
  EXPECT_EQ(before.size(), 16u);
  EXPECT_EQ(apt::fingerprintOf({ box.ions }), before);
  box.positions[700] += 0.001F;
  const std::string moved = apt::fingerprintOf({ box.ions });
  box.truth[3] = 7;
  const std::string relabelled = apt::fingerprintOf({ box.ions });
  box.ion[499] = 0;
  const std::string renamed = apt::fingerprintOf({ box.ions });
  apt::SpecimenIons others = box.ions;
  others.ionNames[2] = "Gh";
  const std::string named = apt::fingerprintOf({ others });
  const std::string twice = apt::fingerprintOf({ box.ions, box.ions });
  std::vector<std::string> all{ before, moved, relabelled, renamed, named, twice };
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::unique(all.begin(), all.end()), all.end());
}

TEST(LabelledCloudsErrors, SayWhatIsWrongWithTheIons)
{
  Box lost(20000);
  lost.positions[10] = std::numeric_limits<float>::quiet_NaN();
  lost.positions[100] = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(contains(errorOf({ lost.ions }), "the box has 2 ions whose positions are not finite"))
    << errorOf({ lost.ions });

  Box unnamed(20000);
  unnamed.ion[5] = 3;
  EXPECT_TRUE(
    contains(errorOf({ unnamed.ions }), "has the value 3, but IonNames has only 3 names"));

  Box foreign(20000);
  foreign.ions.ionNames = { "Xx", "Yy", "Zz" };
  EXPECT_TRUE(contains(errorOf({ foreign.ions }), "no ion of the model's species"));
  EXPECT_TRUE(contains(errorOf({ foreign.ions }), "Cd, Ab"));
  EXPECT_TRUE(contains(errorOf({}), "no ion of the model's species"));
}

TEST(LabelledCloudsErrors, SayThatThereIsOneClassOnly)
{
  Box box(20000);
  std::replace(box.truth.begin(), box.truth.end(), 1, 0);
  const std::string none = errorOf({ box.ions });
  EXPECT_TRUE(contains(none, "one class only: none")) << none;
  EXPECT_TRUE(contains(none, "their truth is 0, 2")) << none;
  std::fill(box.truth.begin(), box.truth.end(), 1);
  EXPECT_TRUE(contains(errorOf({ box.ions }), "one class only: all"));
  apt::LabelledCloudOptions options;
  options.orderedValues.clear();
  EXPECT_TRUE(contains(errorOf({ box.ions }, options), "(no value)"));
}

TEST(LabelledCloudsErrors, SayThatThereAreTooFewIons)
{
  const Box few(35);
  EXPECT_TRUE(contains(errorOf({ few.ions }), "the network looks at 32 at a time"))
    << errorOf({ few.ions });
  const Box one(1);
  EXPECT_TRUE(contains(errorOf({ one.ions }), "has 1 ions"));
  const Box small(900);
  EXPECT_TRUE(contains(errorOf({ small.ions }), "too few for two clouds"))
    << errorOf({ small.ions });
}

TEST(LabelledCloudsErrors, SayThatNoPieceHasBothClasses)
{
  // Two specimens, one wholly ordered.
  Box one(5000, 1);
  Box two(5000, 2);
  std::fill(one.truth.begin(), one.truth.end(), 1);
  std::fill(two.truth.begin(), two.truth.end(), 0);
  EXPECT_TRUE(contains(errorOf({ one.ions, two.ions }), "no cloud has ions of both classes"));
}

TEST(LabelledCloudsErrors, SayWhatShareIsAllowed)
{
  const Box box(5000);
  for (const double fraction : { 0.0, 1.0, -0.1, std::nan("") })
  {
    apt::LabelledCloudOptions options;
    options.validationFraction = fraction;
    EXPECT_TRUE(contains(errorOf({ box.ions }, options), "ValidationFraction"));
  }
}

TEST(LabelledCloudsErrors, IonsInOnePlaceAreCutAllTheSame)
{
  Box box(8000);
  std::fill(box.positions.begin(), box.positions.end(), 1.0F);
  EXPECT_EQ(sortedIonsOf(apt::cutIntoClouds({ box.ions }, modelOf())), expectedIonsOf({ &box }));
}

TEST(LabelledClouds, StopWhenTheUserSaysSo)
{
  const Box box(20000);
  EXPECT_THROW(
    apt::cutIntoClouds({ box.ions }, modelOf(), {}, [](double) { return false; }), apt::Stopped);
}
