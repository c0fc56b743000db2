// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "SpatialDistributionMap.h"

#include "Error.h"
#include "IonFile.h"
#include "Lattice.h"
#include "ParallelFor.h"
#include "RangeFile.h"
#include "RangeTable.h"
#include "TestFiles.h"

#include <gtest/gtest.h>

#include <hwy/targets.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

namespace apt
{
namespace
{

using Counts = std::vector<std::uint64_t>;
using Mode = SpatialDistributionMode;
using Norm = SpatialDistributionNorm;

constexpr int All = SpatialDistributionOptions::AllIons;

/** Positions and types, in memory of its own. */
struct Cloud
{
  std::vector<float> positions;
  std::vector<std::int16_t> ion;

  std::size_t size() const { return this->ion.size(); }
  SpatialDistributionInput input() const
  {
    SpatialDistributionInput input;
    input.size = this->size();
    input.positions = this->positions.data();
    input.ion = this->ion.data();
    return input;
  }
  void add(double x, double y, double z, int type)
  {
    for (const double coordinate : { x, y, z })
    {
      this->positions.push_back(static_cast<float>(coordinate));
    }
    this->ion.push_back(static_cast<std::int16_t>(type));
  }
};

/** Uniform in a box about the origin, with types from −1 on. */
Cloud randomCloud(std::size_t ions, double edge, int types, unsigned seed)
{
  Cloud cloud;
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> place(-edge / 2, edge / 2);
  std::uniform_int_distribution<int> type(-1, types - 1);
  for (std::size_t i = 0; i < ions; ++i)
  {
    const double x = place(random);
    const double y = place(random);
    cloud.add(x, y, place(random), type(random));
  }
  return cloud;
}

std::uint64_t sum(const Counts& counts)
{
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{ 0 });
}

// Volatile, so that no compiler fuses or widens what must be rounded.
float rounded(float value)
{
  const volatile float kept = value;
  return kept;
}

/** The number of the bin of an offset, by the definition; false where there is none. */
bool binOf(float offset, float perNanometre, int last, int& bin)
{
  const float steps = rounded(rounded(std::fabs(offset) * perNanometre) + 0.5F);
  if (!(steps < static_cast<float>(last + 1)))
  {
    return false;
  }
  const int k = static_cast<int>(steps);
  bin = last + (offset < 0 ? -k : k);
  return true;
}

/** The definition: every ordered pair. */
Counts byLookingAtAllPairs(const Cloud& cloud, const SpatialDistributionOptions& options)
{
  const auto rotation = rotationToAxis(options.axis);
  std::vector<std::array<float, 3>> at(cloud.size());
  for (std::size_t i = 0; i < cloud.size(); ++i)
  {
    for (std::size_t row = 0; row < 3; ++row)
    {
      double value = 0;
      for (std::size_t column = 0; column < 3; ++column)
      {
        value += rotation[row][column] * static_cast<double>(cloud.positions[3 * i + column]);
      }
      at[i][row] = static_cast<float>(value);
    }
  }
  const int last = static_cast<int>(std::floor(options.maximumDistance / options.binWidth + 1e-6));
  const auto perNanometre = static_cast<float>(1 / options.binWidth);
  const int perAxis = 2 * last + 1;
  const auto squaredRadius = static_cast<float>(options.lateralRadius * options.lateralRadius);
  const auto isOf = [](int type, int wanted)
  { return type >= 0 && (wanted == All || type == wanted); };
  Counts counts(static_cast<std::size_t>(options.mode == Mode::Z ? perAxis
      : options.mode == Mode::XY                                 ? perAxis * perAxis
                                                                 : perAxis * perAxis * perAxis));
  for (std::size_t i = 0; i < cloud.size(); ++i)
  {
    for (std::size_t j = 0; j < cloud.size(); ++j)
    {
      if (i == j || !isOf(cloud.ion[i], options.centre) || !isOf(cloud.ion[j], options.neighbour))
      {
        continue;
      }
      const float dx = rounded(at[j][0] - at[i][0]);
      const float dy = rounded(at[j][1] - at[i][1]);
      const float dz = rounded(at[j][2] - at[i][2]);
      int x = 0;
      int y = 0;
      int z = 0;
      switch (options.mode)
      {
        case Mode::Z:
          if (rounded(rounded(dx * dx) + rounded(dy * dy)) <= squaredRadius &&
            binOf(dz, perNanometre, last, z))
          {
            ++counts[static_cast<std::size_t>(z)];
          }
          break;
        case Mode::XY:
          if (dz >= static_cast<float>(options.depthRange[0]) &&
            dz <= static_cast<float>(options.depthRange[1]) && binOf(dx, perNanometre, last, x) &&
            binOf(dy, perNanometre, last, y))
          {
            ++counts[static_cast<std::size_t>(y * perAxis + x)];
          }
          break;
        case Mode::XYZ:
          if (binOf(dx, perNanometre, last, x) && binOf(dy, perNanometre, last, y) &&
            binOf(dz, perNanometre, last, z))
          {
            ++counts[static_cast<std::size_t>((z * perAxis + y) * perAxis + x)];
          }
          break;
      }
    }
  }
  return counts;
}

SpatialDistributionOptions optionsOf(Mode mode, double binWidth = 0.05)
{
  SpatialDistributionOptions options;
  options.mode = mode;
  options.binWidth = binWidth;
  options.lateralRadius = 0.4;
  return options;
}

/** fcc with L1_2 order, the types 0 (A) and 1 (B) by sublattice, origin in the middle. */
Cloud orderedCrystal(double a, int cells)
{
  Cloud cloud;
  const UnitCell cell = unitCell(LatticeType::FCC, a);
  for (int i = 0; i < cells; ++i)
  {
    for (int j = 0; j < cells; ++j)
    {
      for (int k = 0; k < cells; ++k)
      {
        for (int basis = 0; basis < 4; ++basis)
        {
          const auto& site = cell.sites[static_cast<std::size_t>(basis)];
          cloud.add(a * (i + site[0] - cells / 2), a * (j + site[1] - cells / 2),
            a * (k + site[2] - cells / 2),
            sublatticeOf(OrderedStructure::L1_2, 0, { i, j, k, basis }));
        }
      }
    }
  }
  return cloud;
}

Cloud cocrni()
{
  const std::unique_ptr<IonFile> file = openIonFile(ATOMPROBE_TEST_DATA "/CoCrNi/CoCrNi.pos");
  const IonCloud ions = test::readSlice(*file, IonSlice{ 0, file->size(), 1 });
  const RangeTable table(readRangeFile(ATOMPROBE_TEST_DATA "/CoCrNi/CoCrNi.rrng").ranges);
  Cloud cloud;
  cloud.positions = ions.positions;
  cloud.ion.resize(ions.size);
  const std::vector<float> masses = test::valuesOf<float>(ions, arrayName::MassToCharge);
  table.assign(masses.data(), masses.size(), cloud.ion.data());
  return cloud;
}

/** The counts of one pair, all offsets of either sign taken together. */
Counts folded(const PairCounts& pair)
{
  const std::size_t last = pair.counts.size() / 2;
  Counts half(last + 1);
  for (std::size_t k = 0; k <= last; ++k)
  {
    half[k] = k == 0 ? pair.counts[last] : pair.counts[last + k] + pair.counts[last - k];
  }
  return half;
}

} // namespace

TEST(SpatialDistributionMap, EqualsACountOfAllPairs)
{
  const Cloud cloud = randomCloud(1500, 4, 3, 1);
  for (const Mode mode : { Mode::Z, Mode::XY, Mode::XYZ })
  {
    for (const std::array<double, 3>& axis :
      { std::array<double, 3>{ 0, 0, 1 }, std::array<double, 3>{ 1, 1, 0 },
        std::array<double, 3>{ 0.3, -2, 0.1 }, std::array<double, 3>{ 0, 0, -5 } })
    {
      for (const auto& pair : { std::make_pair(0, 0), std::make_pair(0, 2), std::make_pair(All, 1),
             std::make_pair(2, All), std::make_pair(All, All) })
      {
        SpatialDistributionOptions options = optionsOf(mode, mode == Mode::XYZ ? 0.1 : 0.05);
        options.axis = axis;
        options.centre = pair.first;
        options.neighbour = pair.second;
        const Counts expected = byLookingAtAllPairs(cloud, options);
        const SpatialDistribution map = spatialDistributionMap(cloud.input(), options);
        ASSERT_EQ(map.pairs.size(), 1u);
        ASSERT_GT(sum(expected), 100u);
        EXPECT_EQ(map.pairs[0].counts, expected)
          << static_cast<int>(mode) << " " << pair.first << " " << pair.second;
        // Another way through the code, the same answer.
        EXPECT_EQ(spatialDistributionMap(cloud.input(), options, true).pairs[0].counts, expected);
      }
    }
  }
}

TEST(SpatialDistributionMap, DepthRangesThatAreNotTheirMirrorImageAreExactToo)
{
  const Cloud cloud = randomCloud(1200, 4, 2, 2);
  for (const std::array<double, 2>& range : { std::array<double, 2>{ 0.1, 0.6 },
         std::array<double, 2>{ -0.2, 0.05 }, std::array<double, 2>{ -0.7, -0.3 } })
  {
    for (const int neighbour : { 0, 1, All })
    {
      SpatialDistributionOptions options = optionsOf(Mode::XY, 0.1);
      options.depthRange = range;
      options.centre = 0;
      options.neighbour = neighbour;
      EXPECT_EQ(spatialDistributionMap(cloud.input(), options).pairs[0].counts,
        byLookingAtAllPairs(cloud, options));
    }
  }
}

TEST(SpatialDistributionMap, AllPairsAreEachOfThem)
{
  const Cloud cloud = randomCloud(1500, 4, 3, 3);
  SpatialDistributionOptions options = optionsOf(Mode::Z);
  options.allPairs = true;
  const SpatialDistribution map = spatialDistributionMap(cloud.input(), options, true);
  ASSERT_EQ(map.pairs.size(), 9u);
  options.allPairs = false;
  for (const PairCounts& pair : map.pairs)
  {
    options.centre = pair.centre;
    options.neighbour = pair.neighbour;
    EXPECT_EQ(pair.counts, byLookingAtAllPairs(cloud, options));
    const auto ions = std::count(cloud.ion.begin(), cloud.ion.end(), pair.centre);
    EXPECT_EQ(pair.centreIons, static_cast<std::uint64_t>(ions));
  }
  options.centre = options.neighbour = All;
  EXPECT_EQ(map.all.counts, byLookingAtAllPairs(cloud, options));
}

TEST(SpatialDistributionMap, SwappingCentreAndNeighbourGivesTheMirrorImage)
{
  const Cloud cloud = randomCloud(3000, 5, 2, 4);
  SpatialDistributionOptions options = optionsOf(Mode::XYZ, 0.1);
  options.centre = 0;
  options.neighbour = 1;
  Counts there = spatialDistributionMap(cloud.input(), options).pairs[0].counts;
  std::swap(options.centre, options.neighbour);
  const Counts back = spatialDistributionMap(cloud.input(), options).pairs[0].counts;
  std::reverse(there.begin(), there.end());
  EXPECT_EQ(there, back);
}

TEST(SpatialDistributionMap, TheOffsetIsTheNeighbourAsSeenFromTheCentre)
{
  Cloud cloud;
  cloud.add(0, 0, 0, 0);
  cloud.add(0.1, 0.2, 0.3, 1);
  SpatialDistributionOptions options = optionsOf(Mode::Z, 0.1);
  options.centre = 0;
  options.neighbour = 1;
  SpatialDistribution map = spatialDistributionMap(cloud.input(), options);
  ASSERT_EQ(sum(map.pairs[0].counts), 1u);
  EXPECT_EQ(map.pairs[0].counts[map.last + 3], 1u);
  EXPECT_DOUBLE_EQ(map.centreOfBin(map.last + 3), 3 * 0.1);
  options.mode = Mode::XYZ;
  map = spatialDistributionMap(cloud.input(), options);
  const std::size_t n = map.binsPerAxis();
  EXPECT_EQ(map.pairs[0].counts[((map.last + 3) * n + map.last + 2) * n + map.last + 1], 1u);
}

TEST(SpatialDistributionMap, IsTheSameForAnyNumberOfThreads)
{
  const Cloud cloud = randomCloud(60000, 13, 3, 5);
  SpatialDistributionOptions options = optionsOf(Mode::Z, 0.01);
  options.allPairs = true;
  options.axis = { 1, 2, 3 };
  std::vector<Counts> before;
  for (const int threads : { 1, 2, 7 })
  {
    const ThreadLimit limit(threads);
    std::vector<Counts> counts;
    for (const PairCounts& pair : spatialDistributionMap(cloud.input(), options).pairs)
    {
      counts.push_back(pair.counts);
    }
    EXPECT_TRUE(before.empty() || counts == before) << threads;
    before = counts;
  }
}

TEST(SpatialDistributionMap, IsTheSameForAnyInstructionSet)
{
  const Cloud cloud = randomCloud(1500, 4, 3, 6);
  SpatialDistributionOptions options = optionsOf(Mode::Z, 0.03);
  options.centre = 0;
  options.neighbour = 1;
  const Counts expected = byLookingAtAllPairs(cloud, options);
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets())
  {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    EXPECT_EQ(spatialDistributionMap(cloud.input(), options).pairs[0].counts, expected)
      << hwy::TargetName(target);
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

TEST(SpatialDistributionMap, ManyIonsAtOnePlaceAreCounted)
{
  Cloud cloud;
  for (int i = 0; i < 9000; ++i)
  {
    cloud.add(1, 2, 3, i % 2);
  }
  SpatialDistributionOptions options = optionsOf(Mode::Z);
  options.centre = 0;
  options.neighbour = 0;
  SpatialDistribution map = spatialDistributionMap(cloud.input(), options);
  EXPECT_EQ(map.pairs[0].counts[map.last], 4500u * 4499u);
  EXPECT_EQ(sum(map.pairs[0].counts), 4500u * 4499u);
  options.neighbour = 1;
  map = spatialDistributionMap(cloud.input(), options);
  EXPECT_EQ(map.pairs[0].counts[map.last], 4500u * 4500u);
}

TEST(SpatialDistributionMap, OnlyOneClassTakesPart)
{
  const Cloud cloud = randomCloud(2000, 4, 2, 7);
  std::vector<std::int8_t> phase(cloud.size());
  for (std::size_t i = 0; i < phase.size(); ++i)
  {
    phase[i] = static_cast<std::int8_t>(i % 3);
  }
  const ArrayView classes{ { "Phase", "", ValueType::Int8, 1 }, phase.data() };
  for (const IonClass ionClass : { IonClass::Ordered, IonClass::Matrix })
  {
    Cloud left = cloud;
    for (std::size_t i = 0; i < phase.size(); ++i)
    {
      left.ion[i] = (phase[i] != 0) == (ionClass == IonClass::Ordered) ? left.ion[i] : -1;
    }
    SpatialDistributionOptions options = optionsOf(Mode::Z);
    options.centre = 0;
    options.neighbour = All;
    const Counts expected = byLookingAtAllPairs(left, options);
    options.ionClass = ionClass;
    SpatialDistributionInput input = cloud.input();
    input.classes = &classes;
    EXPECT_EQ(spatialDistributionMap(input, options).pairs[0].counts, expected);
    input.classes = nullptr;
    EXPECT_THROW(spatialDistributionMap(input, options), ParameterError);
  }
}

TEST(SpatialDistributionMap, EmptyAndSingleIonsGiveNoPairs)
{
  Cloud cloud;
  SpatialDistributionOptions options = optionsOf(Mode::Z);
  EXPECT_EQ(sum(spatialDistributionMap(cloud.input(), options, true).pairs[0].counts), 0u);
  cloud.add(1, 1, 1, 0);
  for (const Mode mode : { Mode::Z, Mode::XY, Mode::XYZ })
  {
    options.mode = mode;
    const SpatialDistribution map = spatialDistributionMap(cloud.input(), options, true);
    EXPECT_EQ(sum(map.pairs[0].counts), 0u);
    EXPECT_EQ(normalised(map, map.pairs[0], Norm::PerCentreIon)[0], 0);
    EXPECT_TRUE(std::isnan(normalised(map, map.pairs[0], Norm::RelativeToMean)[0]));
  }
  options.centre = 7; // no such ion
  EXPECT_EQ(sum(spatialDistributionMap(cloud.input(), options).pairs[0].counts), 0u);
}

TEST(SpatialDistributionMap, ImpossibleOptionsAreNamed)
{
  const Cloud cloud = randomCloud(100, 2, 1, 8);
  const auto message = [&](const auto& change)
  {
    SpatialDistributionOptions options;
    change(options);
    return test::messageOf<ParameterError>([&] { spatialDistributionMap(cloud.input(), options); });
  };
  using Options = SpatialDistributionOptions;
  EXPECT_TRUE(test::contains(message([](Options& o) { o.binWidth = 0; }), "bin width is 0"));
  EXPECT_TRUE(test::contains(message([](Options& o) { o.binWidth = 1e-7; }), "bin width is 1e-07"));
  EXPECT_TRUE(test::contains(message([](Options& o) { o.binWidth = 2; }), "bin width is 2"));
  EXPECT_TRUE(test::contains(message([](Options& o) { o.maximumDistance = NAN; }), "maximum dist"));
  EXPECT_TRUE(test::contains(message([](Options& o) { o.lateralRadius = -1; }), "lateral radius"));
  EXPECT_TRUE(test::contains(message([](Options& o) { o.axis = { 0, 0, 0 }; }), "axis is 0 0 0"));
  EXPECT_TRUE(test::contains(message([](Options& o) { o.centre = -3; }), "ion type is -3"));
  EXPECT_TRUE(test::contains(message(
                               [](Options& o)
                               {
                                 o.mode = Mode::XY;
                                 o.depthRange = { 1, 0 };
                               }),
    "depth range is 1 to 0"));
  EXPECT_TRUE(test::contains(message(
                               [](Options& o)
                               {
                                 o.mode = Mode::XYZ;
                                 o.binWidth = 0.001;
                               }),
    "bin width is 0.001"));
}

TEST(SpatialDistributionMap, ACoordinateThatIsNotFiniteIsNamed)
{
  Cloud cloud = randomCloud(100, 2, 1, 9);
  std::fill(cloud.ion.begin(), cloud.ion.end(), std::int16_t{ 0 });
  cloud.positions[3 * 17 + 2] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(test::contains(
    test::messageOf<ParameterError>([&] { spatialDistributionMap(cloud.input(), {}); }), "ion 17"));
}

TEST(SpatialDistributionMap, TooManyPairsAreRefusedWithAnEstimate)
{
  const Cloud cloud = randomCloud(20000, 5, 1, 10);
  SpatialDistributionOptions options = optionsOf(Mode::XYZ, 0.5);
  options.maximumDistance = 20;
  options.maximumPairs = 1e7;
  const std::string message =
    test::messageOf<ParameterError>([&] { spatialDistributionMap(cloud.input(), options); });
  const auto ions = static_cast<double>(std::count(cloud.ion.begin(), cloud.ion.end(), 0));
  EXPECT_TRUE(test::contains(message, "number of pairs within reach is about")) << message;
  EXPECT_NEAR(
    std::stod(message.substr(message.find("about") + 6)), ions * ions, 0.01 * ions * ions);
}

TEST(SpatialDistributionMap, StopsWhenToldTo)
{
  const Cloud cloud = randomCloud(50000, 12, 2, 11);
  int calls = 0;
  EXPECT_THROW(spatialDistributionMap(cloud.input(), {}, false,
                 [&](double fraction)
                 {
                   EXPECT_GE(fraction, 0);
                   EXPECT_LE(fraction, 1);
                   return ++calls < 5;
                 }),
    Stopped);
}

TEST(SpatialDistributionMap, OfARandomCloudIsFlatRelativeToItsMean)
{
  const Cloud cloud = randomCloud(60000, 20, 1, 12);
  SpatialDistributionOptions options = optionsOf(Mode::Z, 0.1);
  const SpatialDistribution map = spatialDistributionMap(cloud.input(), options, true);
  const double perBin =
    static_cast<double>(sum(map.pairs[0].counts)) / static_cast<double>(map.binsPerAxis());
  double mean = 0;
  for (const double value : normalised(map, map.pairs[0], Norm::RelativeToMean))
  {
    // The surface takes up to 1.5 of 20 nm.
    EXPECT_NEAR(value, 1, 0.05 + 5 / std::sqrt(perBin / 2));
    mean += value / static_cast<double>(map.binsPerAxis());
  }
  EXPECT_NEAR(mean, 1, 1e-12);
  for (const double value : normalised(map, map.pairs[0], Norm::RelativeToShuffled))
  {
    EXPECT_NEAR(value, 1, 1e-12);
  }
}

TEST(SpatialDistributionMap, RelativeToShuffledIsTheMeanOverShuffles)
{
  Cloud cloud = orderedCrystal(0.405, 8);
  SpatialDistributionOptions options = optionsOf(Mode::Z);
  options.centre = options.neighbour = 1;
  const SpatialDistribution map = spatialDistributionMap(cloud.input(), options, true);
  const std::vector<double> relative = normalised(map, map.pairs[0], Norm::RelativeToShuffled);
  std::mt19937 random(13);
  std::vector<double> mean(map.binsPerAxis());
  constexpr int shuffles = 200;
  for (int i = 0; i < shuffles; ++i)
  {
    std::shuffle(cloud.ion.begin(), cloud.ion.end(), random);
    const Counts counts = spatialDistributionMap(cloud.input(), options).pairs[0].counts;
    for (std::size_t bin = 0; bin < mean.size(); ++bin)
    {
      mean[bin] += static_cast<double>(counts[bin]) / shuffles;
    }
  }
  for (std::size_t bin = 0; bin < mean.size(); ++bin)
  {
    if (map.all.counts[bin] > 10000)
    {
      EXPECT_NEAR(static_cast<double>(map.pairs[0].counts[bin]) / mean[bin], relative[bin],
        0.02 * std::max(relative[bin], 1.0));
    }
  }
}

TEST(SpatialDistributionMap, OfAPerfectL1_2CrystalHasItsPlanes)
{
  // a = 0.405 nm, as in Fig. 5e of Yu et al. (2024): along <110> the planes of B (Li) are
  // a/√2 = 0.286 nm apart, all planes, and so those of A (Al), half of that, 0.143 nm. Along <001> they
  // are a and a/2 apart.
  constexpr double a = 0.405;
  const Cloud cloud = orderedCrystal(a, 14);
  struct Case
  {
    std::array<double, 3> axis;
    int type;
    double spacing;
  };
  const double root = std::sqrt(0.5);
  for (const Case& c : { Case{ { 1, 1, 0 }, 1, a * root }, Case{ { 1, 1, 0 }, 0, a * root / 2 },
         Case{ { 1, 1, 0 }, All, a * root / 2 }, Case{ { 0, 0, 1 }, 1, a },
         Case{ { 0, 0, 1 }, 0, a / 2 }, Case{ { 0, 0, 1 }, All, a / 2 },
         Case{ { 1, 1, 1 }, All, a / std::sqrt(3.0) } })
  {
    SpatialDistributionOptions options;
    options.axis = c.axis;
    options.centre = options.neighbour = c.type;
    options.lateralRadius = 0.6;
    const SpatialDistribution map = spatialDistributionMap(cloud.input(), options);
    const Counts& counts = map.pairs[0].counts;
    // Nothing but at multiples of the spacing.
    for (std::size_t bin = 0; bin < counts.size(); ++bin)
    {
      const double z = map.centreOfBin(bin);
      if (std::fabs(z - c.spacing * std::round(z / c.spacing)) > 0.00501)
      {
        EXPECT_EQ(counts[bin], 0u) << z;
      }
    }
    const PlaneSpacing planes = planeSpacing(counts, options.binWidth, true);
    EXPECT_NEAR(planes.spacing, c.spacing, 0.002) << c.type;
    EXPECT_NEAR(planes.spacing, c.spacing, 4 * planes.spacingError) << c.type;
    EXPECT_GT(planes.contrast, 1) << c.type;
    EXPECT_GE(planes.peaks, 2);
  }
}

TEST(SpatialDistributionMap, UnlikePlanesOfL1_0StandBetweenEachOther)
{
  // Planes of A and of B alternate along c: A sees B half a period away.
  constexpr double a = 0.4;
  Cloud cloud = orderedCrystal(a, 12);
  for (std::size_t i = 0; i < cloud.size(); ++i)
  {
    cloud.ion[i] = static_cast<std::int16_t>(
      std::lround(static_cast<double>(cloud.positions[3 * i + 2]) * 2 / a) & 1);
  }
  SpatialDistributionOptions options;
  options.centre = 0;
  options.neighbour = 1;
  const SpatialDistribution map = spatialDistributionMap(cloud.input(), options);
  const PlaneSpacing planes = planeSpacing(map.pairs[0].counts, options.binWidth, false);
  EXPECT_NEAR(planes.spacing, a, 0.001);
  EXPECT_NEAR(std::fabs(planes.offset), a / 2, 0.001);
}

TEST(PlaneSpacing, IsRightWithinItsErrorOnNoisyHistograms)
{
  // Gaussian peaks on a sloping background: the misses must be as large as the errors say.
  std::mt19937 random(14);
  double sumOfSquares = 0;
  int found = 0;
  constexpr int histograms = 200;
  for (int i = 0; i < histograms; ++i)
  {
    const double spacing = std::uniform_real_distribution<double>(0.19, 0.31)(random);
    const double offset = std::uniform_real_distribution<double>(-0.09, 0.09)(random);
    Counts counts;
    for (int bin = -150; bin <= 150; ++bin)
    {
      const double z = bin * 0.01;
      double mean = 300 - 60 * z - 50 * z * z;
      for (int n = -12; n <= 12; ++n)
      {
        const double from = (z - offset - n * spacing) / 0.05;
        mean += 200 * std::exp(-0.5 * from * from);
      }
      counts.push_back(static_cast<std::uint64_t>(std::poisson_distribution<int>(mean)(random)));
    }
    const PlaneSpacing planes = planeSpacing(counts, 0.01, false);
    if (std::isfinite(planes.spacing))
    {
      ++found;
      const double miss = (planes.spacing - spacing) / planes.spacingError;
      EXPECT_LT(std::fabs(miss), 6) << spacing;
      sumOfSquares += miss * miss;
      EXPECT_NEAR(planes.offset, offset, 6 * planes.offsetError);
    }
  }
  EXPECT_EQ(found, histograms);
  EXPECT_NEAR(std::sqrt(sumOfSquares / found), 1, 0.25);
}

TEST(PlaneSpacing, SeesNoPlanesInChance)
{
  std::mt19937 random(15);
  int found = 0;
  for (int i = 0; i < 500; ++i)
  {
    Counts counts(301);
    for (std::uint64_t& count : counts)
    {
      count = static_cast<std::uint64_t>(std::poisson_distribution<int>(30)(random));
    }
    found += std::isfinite(planeSpacing(counts, 0.01, false).spacing);
  }
  EXPECT_LE(found, 3);
  EXPECT_TRUE(std::isnan(planeSpacing(Counts(301), 0.01, true).spacing));
  EXPECT_TRUE(std::isnan(planeSpacing(Counts(1, 5), 0.01, true).spacing));
  EXPECT_THROW(planeSpacing(Counts(4), 0.01, true), ParameterError);
}

TEST(SpatialDistributionMap, OfTheRealDataShowsTheOrderOfNickelOnly)
{
  // Along the direction of analysis, within 0.6 nm of it, in bins of 0.02 nm: Ni-Ni falls to a minimum
  // near 0.18 to 0.20 nm and has a maximum near 0.35 nm; Cr-Cr and Co-Co have neither.
  const Cloud cloud = cocrni();
  SpatialDistributionOptions options;
  options.lateralRadius = 0.6;
  options.binWidth = 0.02;
  options.allPairs = true;
  // Types as the range file names them.
  constexpr int chromium = 0;
  constexpr int nickel = 1;
  constexpr int cobalt = 2;
  for (const PairCounts& pair : spatialDistributionMap(cloud.input(), options).pairs)
  {
    if (pair.centre != pair.neighbour || pair.centre > cobalt)
    {
      continue;
    }
    const Counts counts = folded(pair);
    const auto lowest = std::min_element(counts.begin() + 5, counts.begin() + 15); // 0.1 to 0.28
    const auto highest = std::max_element(counts.begin() + 13, counts.begin() + 26);
    const double rise = static_cast<double>(*highest) / static_cast<double>(*lowest);
    if (pair.centre == nickel)
    {
      EXPECT_NEAR(static_cast<double>(lowest - counts.begin()) * options.binWidth, 0.19, 0.025);
      EXPECT_NEAR(static_cast<double>(highest - counts.begin()) * options.binWidth, 0.35, 0.025);
      EXPECT_GT(rise, 2);
    }
    else
    {
      EXPECT_LT(rise, 1.1) << (pair.centre == chromium ? "Cr" : "Co");
    }
  }
}

} // namespace apt
