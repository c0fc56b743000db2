// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "NeighbourDistribution.h"

#include "Error.h"
#include "InteriorIons.h"
#include "IonShuffle.h"
#include "Lattice.h"
#include "NeighbourShells.h"
#include "ParallelFor.h"

#include <gtest/gtest.h>

#include <hwy/targets.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <string>

namespace apt
{
namespace
{

using Counts = std::vector<std::uint64_t>;
using Options = NeighbourDistributionOptions;
using Result = NeighbourDistribution;

/** Positions and types, in memory of its own. */
struct Cloud
{
  std::vector<float> positions;
  std::vector<std::int16_t> ion;

  std::size_t size() const { return this->ion.size(); }
  NeighbourDistributionInput input() const
  {
    return { this->size(), this->positions.data(), this->ion.data() };
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
Cloud randomCloud(std::size_t ions, const std::array<double, 3>& edges, int types, unsigned seed)
{
  Cloud cloud;
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> place(-0.5, 0.5);
  std::uniform_int_distribution<int> type(-1, types - 1);
  for (std::size_t i = 0; i < ions; ++i)
  {
    const double x = edges[0] * place(random);
    const double y = edges[1] * place(random);
    cloud.add(x, y, edges[2] * place(random), type(random));
  }
  return cloud;
}

/** fcc with L1_2 order, the types 0 (A) and 1 (B) by sublattice. */
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
          cloud.add(a * (i + site[0]), a * (j + site[1]), a * (k + site[2]),
            sublatticeOf(OrderedStructure::L1_2, 0, { i, j, k, basis }));
        }
      }
    }
  }
  return cloud;
}

// Volatile, so that no compiler fuses or widens what must be rounded.
float rounded(float value)
{
  const volatile float kept = value;
  return kept;
}

bool isOf(const std::vector<bool>& wanted, int type)
{
  return type >= 0 &&
    (wanted.empty() ||
      (static_cast<std::size_t>(type) < wanted.size() && wanted[static_cast<std::size_t>(type)]));
}

/** The definition: every ordered pair. */
struct Reference
{
  Counts pairs;
  std::vector<Counts> orders;
  std::vector<std::uint64_t> beyond;
  std::vector<double> mean;

  Reference(const Cloud& cloud, const Options& options)
    : pairs(static_cast<std::size_t>(std::floor(options.maximumDistance / options.binWidth + 1e-6)))
    , orders(static_cast<std::size_t>(options.neighbours), Counts(this->pairs.size()))
    , beyond(this->orders.size())
    , mean(this->orders.size())
  {
    const auto perNanometre = static_cast<float>(1 / options.binWidth);
    std::uint64_t centres = 0;
    for (std::size_t i = 0; i < cloud.size(); ++i)
    {
      if (!isOf(options.centreTypes, cloud.ion[i]))
      {
        continue;
      }
      ++centres;
      std::vector<float> distances;
      for (std::size_t j = 0; j < cloud.size(); ++j)
      {
        if (i == j || !isOf(options.neighbourTypes, cloud.ion[j]))
        {
          continue;
        }
        std::array<float, 3> d;
        for (std::size_t axis = 0; axis < 3; ++axis)
        {
          d[axis] = rounded(cloud.positions[3 * j + axis] - cloud.positions[3 * i + axis]);
        }
        const float squared =
          rounded(rounded(rounded(d[0] * d[0]) + rounded(d[1] * d[1])) + rounded(d[2] * d[2]));
        distances.push_back(std::sqrt(squared));
        count(this->pairs, rounded(distances.back() * perNanometre));
      }
      std::sort(distances.begin(), distances.end());
      for (std::size_t order = 0; order < this->orders.size(); ++order)
      {
        if (order >= distances.size())
        {
          this->mean[order] = std::numeric_limits<double>::quiet_NaN();
          ++this->beyond[order];
          continue;
        }
        this->mean[order] += static_cast<double>(distances[order]);
        this->beyond[order] +=
          !count(this->orders[order], rounded(distances[order] * perNanometre));
      }
    }
    for (double& value : this->mean)
    {
      value /= static_cast<double>(centres);
    }
  }

  static bool count(Counts& counts, float bin)
  {
    if (bin < static_cast<float>(counts.size()))
    {
      ++counts[static_cast<std::size_t>(bin)];
      return true;
    }
    return false;
  }
};

void expectEqual(const Result& found, const Reference& expected)
{
  EXPECT_EQ(found.pairs, expected.pairs);
  ASSERT_EQ(found.orders.size(), expected.orders.size());
  for (std::size_t order = 0; order < expected.orders.size(); ++order)
  {
    EXPECT_EQ(found.orders[order].counts, expected.orders[order]) << order;
    EXPECT_EQ(found.orders[order].beyond, expected.beyond[order]) << order;
    if (std::isnan(expected.mean[order]))
    {
      EXPECT_TRUE(std::isnan(found.orders[order].mean.values.at(0)));
    }
    else
    {
      EXPECT_NEAR(found.orders[order].mean.values.at(0), expected.mean[order], 1e-9);
    }
  }
}

Options optionsOf(
  const std::vector<bool>& centres, const std::vector<bool>& neighbours, int controls = 0)
{
  Options options;
  options.centreTypes = centres;
  options.neighbourTypes = neighbours;
  options.controls = controls;
  return options;
}

double sumWithin(const Result& result, double from, double to)
{
  double sum = 0;
  for (std::size_t bin = 0; bin < result.bins; ++bin)
  {
    const double centre = result.centreOfBin(bin);
    sum += centre > from && centre < to ? static_cast<double>(result.pairs[bin]) : 0;
  }
  return sum;
}

std::string messageOf(const Cloud& cloud, const Options& options)
{
  try
  {
    neighbourDistribution(cloud.input(), options);
  }
  catch (const Error& error)
  {
    return error.what();
  }
  return "nothing was thrown";
}

const std::vector<bool> All{};
const std::vector<bool> A{ true };
const std::vector<bool> B{ false, true };
const std::vector<bool> AB{ true, true };
const std::vector<bool> BC{ false, true, true };

} // namespace

TEST(NeighbourDistribution, EqualsACountOfAllPairs)
{
  const Cloud cloud = randomCloud(1500, { 4, 4, 4 }, 3, 1);
  for (const auto& kinds : { std::make_pair(All, All), std::make_pair(A, A), std::make_pair(A, B),
         std::make_pair(B, All), std::make_pair(All, B), std::make_pair(AB, BC),
         std::make_pair(AB, A), std::make_pair(A, AB) })
  {
    Options options = optionsOf(kinds.first, kinds.second);
    options.maximumDistance = 1;
    options.neighbours = 12;
    const Result found = neighbourDistribution(cloud.input(), options);
    expectEqual(found, Reference(cloud, options));
    EXPECT_GT(std::accumulate(found.pairs.begin(), found.pairs.end(), std::uint64_t{ 0 }), 1000u);
    const auto ions = [&](const std::vector<bool>& wanted)
    {
      return static_cast<std::uint64_t>(std::count_if(
        cloud.ion.begin(), cloud.ion.end(), [&](int type) { return isOf(wanted, type); }));
    };
    EXPECT_EQ(found.centreIons, ions(kinds.first));
    EXPECT_EQ(found.neighbourIons, ions(kinds.second));
    EXPECT_EQ(found.ions, ions(All));
  }
}

TEST(NeighbourDistribution, CountsWhatIsMissingOrBeyondTheBins)
{
  // 40 ions of which two are B: a second neighbour of B there is none.
  Cloud cloud = randomCloud(40, { 3, 3, 3 }, 1, 2);
  cloud.ion[3] = cloud.ion[30] = 1;
  for (const auto& kinds :
    { std::make_pair(B, B), std::make_pair(A, B), std::make_pair(AB, B), std::make_pair(B, AB) })
  {
    Options options = optionsOf(kinds.first, kinds.second);
    options.maximumDistance = 0.7;
    options.binWidth = 0.1;
    options.neighbours = 5;
    expectEqual(neighbourDistribution(cloud.input(), options), Reference(cloud, options));
  }
}

TEST(NeighbourDistribution, CountsIonsAtOnePlaceAsNeighboursAtNoDistance)
{
  Cloud cloud;
  for (int i = 0; i < 100; ++i)
  {
    cloud.add(1, 2, 3, i % 2);
  }
  for (const auto& kinds :
    { std::make_pair(All, All), std::make_pair(A, B), std::make_pair(A, AB) })
  {
    Options options = optionsOf(kinds.first, kinds.second, 2);
    const Result found = neighbourDistribution(cloud.input(), options);
    expectEqual(found, Reference(cloud, options));
    EXPECT_GT(found.pairs[0], 0u);
    EXPECT_DOUBLE_EQ(found.pairCorrelation.values[0], 1);
    EXPECT_TRUE(std::isnan(found.pairCorrelation.values[1]));
  }
}

TEST(NeighbourDistribution, HasTheShellsOfPerfectCrystals)
{
  constexpr double a = 0.4;
  const Cloud crystal = orderedCrystal(a, 20);
  Options options = optionsOf(All, All);
  options.onlyInterior = true;
  options.maximumDistance = 1;
  options.neighbours = 12;
  const Result all = neighbourDistribution(crystal.input(), options);
  ASSERT_GT(all.centreIons, 1000u);
  const auto centres = static_cast<double>(all.centreIons);
  for (const Shell& shell : fccShells())
  {
    EXPECT_EQ(
      sumWithin(all, a * shell.distance - 0.03, a * shell.distance + 0.03) / centres, shell.count)
      << shell.distance;
  }
  // Nothing between the first and the second.
  EXPECT_EQ(sumWithin(all, a * 0.75, a * 0.95), 0);
  for (const NeighbourOrderDistances& order : all.orders)
  {
    EXPECT_NEAR(order.mean.values[0], a * std::sqrt(0.5), 1e-6);
    EXPECT_NEAR(order.deviation, 0, 1e-4);
  }

  // L1_2: about B, 12 A at first and 6 B at second neighbours.
  options = optionsOf(B, B);
  options.onlyInterior = true;
  options.maximumDistance = 1;
  const Result bb = neighbourDistribution(crystal.input(), options);
  EXPECT_EQ(sumWithin(bb, 0, a * 0.95), 0);
  EXPECT_EQ(sumWithin(bb, a - 0.03, a + 0.03) / static_cast<double>(bb.centreIons), 6);
  EXPECT_NEAR(bb.orders[0].mean.values[0], a, 1e-6);
  options.neighbourTypes = A;
  const Result ba = neighbourDistribution(crystal.input(), options);
  EXPECT_EQ(sumWithin(ba, 0, a * 0.95) / static_cast<double>(ba.centreIons), 12);
  // Of the first neighbours of B all are A, where 3/4 would be by chance; of the second, none.
  const auto binAt = [&](double distance)
  { return static_cast<std::size_t>(distance / options.binWidth); };
  EXPECT_NEAR(ba.pairCorrelation.values[binAt(a * std::sqrt(0.5))], 4.0 / 3, 0.001);
  EXPECT_NEAR(bb.pairCorrelation.values[binAt(a * std::sqrt(0.5))], 0, 1e-12);
  EXPECT_TRUE(std::isnan(bb.pairCorrelation.values[binAt(a * 0.85)]));
}

TEST(NeighbourDistribution, DensityAndRadialDistributionAreFlatInTheMiddleOfARandomCloud)
{
  constexpr double density = 40;
  const Cloud cloud = randomCloud(static_cast<std::size_t>(density * 1000), { 10, 10, 10 }, 1, 3);
  Options options = optionsOf(All, All);
  options.onlyInterior = true;
  options.binWidth = 0.25;
  const Result found = neighbourDistribution(cloud.input(), options);
  // Half of the ions have no type. About 3,000 centres; pairs are not independent.
  for (std::size_t bin = 1; bin < found.bins; ++bin)
  {
    EXPECT_NEAR(found.density[bin], density / 2, 1.5) << bin;
    EXPECT_NEAR(found.radialDistribution[bin], 1, 0.07) << bin;
  }
  const double volume = 4 * 3.14159265358979 / 3 * 8;
  double sum = 0;
  for (std::size_t bin = 0; bin < found.bins; ++bin)
  {
    const double outer = options.binWidth * static_cast<double>(bin + 1);
    const double inner = options.binWidth * static_cast<double>(bin);
    sum += found.radialDistribution[bin] * (std::pow(outer / 2, 3) - std::pow(inner / 2, 3));
  }
  EXPECT_NEAR(sum, 1, 1e-12);
  const auto pairs = static_cast<double>(
    std::accumulate(found.pairs.begin(), found.pairs.end(), std::uint64_t{ 0 }));
  EXPECT_NEAR(pairs / static_cast<double>(found.centreIons) / volume, density / 2, 1);
}

TEST(NeighbourDistribution, TheFirstNeighbourOfARandomCloudIsWhereHertzSays)
{
  // P. Hertz, Math. Ann. 67 (1909) 387: 0.55396 / ∛density, for points of a Poisson process.
  const Cloud cloud = randomCloud(60000, { 12, 12, 12 }, 1, 4);
  Options options = optionsOf(All, All);
  options.onlyInterior = true;
  options.maximumDistance = 1;
  const Result found = neighbourDistribution(cloud.input(), options);
  const double density = 30000 / (12.0 * 12 * 12);
  EXPECT_NEAR(found.orders[0].mean.values[0], 0.55396 / std::cbrt(density), 0.003);
  // What the densities integrate to is the share of the centres within the bins.
  for (const NeighbourOrderDistances& order : found.orders)
  {
    const double share =
      std::accumulate(order.density.values.begin(), order.density.values.end(), 0.0) *
      options.binWidth;
    EXPECT_NEAR(
      share, 1 - static_cast<double>(order.beyond) / static_cast<double>(found.centreIons), 1e-12);
  }
}

TEST(NeighbourDistribution, SurfacesCancelInThePairCorrelation)
{
  // A needle two nm thin: at 2 nm most of the sphere is empty.
  const Cloud cloud = randomCloud(40000, { 2, 2, 250 }, 2, 5);
  Options options = optionsOf(A, B, 4);
  options.binWidth = 0.1;
  const Result found = neighbourDistribution(cloud.input(), options);
  EXPECT_LT(found.density.back(), 0.5 * found.density[3]);
  for (std::size_t bin = 3; bin < found.bins; ++bin)
  {
    EXPECT_NEAR(found.pairCorrelation.values[bin], 1, 0.06) << bin;
    EXPECT_NEAR(found.pairCorrelation.controlMean[bin], 1, 0.06) << bin;
  }
}

TEST(NeighbourDistribution, ControlsAreOneOnAverageExactly)
{
  // An ordered crystal, so that the cloud itself is far from 1.
  const Cloud crystal = orderedCrystal(0.4, 5);
  for (const auto& kinds : { std::make_pair(A, B), std::make_pair(B, B), std::make_pair(B, AB) })
  {
    Options options = optionsOf(kinds.first, kinds.second, 300);
    options.maximumDistance = 0.9;
    options.binWidth = 0.1;
    const Result found = neighbourDistribution(crystal.input(), options);
    std::size_t compared = 0;
    for (std::size_t bin = 0; bin < found.bins; ++bin)
    {
      if (!std::isnan(found.pairCorrelation.values[bin]))
      {
        EXPECT_NEAR(found.pairCorrelation.controlMean[bin], 1,
          4.5 * found.pairCorrelation.controlDeviation[bin] / std::sqrt(300) + 1e-12)
          << bin;
        ++compared;
      }
    }
    EXPECT_GE(compared, 5u);
  }
}

TEST(NeighbourDistribution, AControlIsTheCloudWithItsTypesShuffled)
{
  Cloud cloud = randomCloud(8000, { 6, 6, 6 }, 3, 6);
  for (std::size_t i = 0; i < cloud.size(); ++i)
  {
    // Some order, so that it is seen whether it is gone.
    cloud.ion[i] = cloud.ion[i] >= 0 && cloud.positions[3 * i] > 0 ? 1 : cloud.ion[i];
  }
  for (const bool interior : { false, true })
  {
    Options options = optionsOf(A, BC, 2);
    options.seed = 7;
    options.maximumDistance = 0.8;
    options.onlyInterior = interior;
    const Result found = neighbourDistribution(cloud.input(), options);
    std::vector<Result> controls;
    for (const std::uint64_t seed : { 7, 8 })
    {
      IonShuffleOptions shuffle;
      shuffle.seed = seed;
      Cloud control = cloud;
      permute(cloud.ion.data(),
        shuffledIons(cloud.size(), cloud.ion.data(), nullptr, shuffle).data(), cloud.size(), 2,
        control.ion.data());
      Options own = options;
      own.controls = 0;
      controls.push_back(neighbourDistribution(control.input(), own));
    }
    const auto expectControls =
      [](const WithControl& quantity, const std::vector<double>& a, const std::vector<double>& b)
    {
      for (std::size_t i = 0; i < quantity.values.size(); ++i)
      {
        if (!std::isnan(a[i]))
        {
          EXPECT_NEAR(quantity.controlMean[i], (a[i] + b[i]) / 2, 1e-12);
          EXPECT_NEAR(quantity.controlDeviation[i], std::fabs(a[i] - b[i]) / std::sqrt(2.0), 1e-12);
        }
      }
    };
    expectControls(found.pairCorrelation, controls[0].pairCorrelation.values,
      controls[1].pairCorrelation.values);
    for (std::size_t order = 0; order < found.orders.size(); ++order)
    {
      expectControls(found.orders[order].density, controls[0].orders[order].density.values,
        controls[1].orders[order].density.values);
      expectControls(found.orders[order].mean, controls[0].orders[order].mean.values,
        controls[1].orders[order].mean.values);
    }
    EXPECT_TRUE(std::isnan(controls[0].pairCorrelation.controlMean[5]));
  }
}

TEST(NeighbourDistribution, OfAllIonsTheControlIsTheCloud)
{
  const Cloud cloud = randomCloud(1000, { 3, 3, 3 }, 2, 7);
  const Result found = neighbourDistribution(cloud.input(), optionsOf(All, AB, 3));
  for (std::size_t bin = 20; bin < found.bins; ++bin)
  {
    EXPECT_EQ(found.pairCorrelation.values[bin], 1);
    EXPECT_EQ(found.pairCorrelation.controlMean[bin], 1);
    EXPECT_EQ(found.pairCorrelation.controlDeviation[bin], 0);
  }
  EXPECT_NEAR(found.orders[0].mean.controlMean[0], found.orders[0].mean.values[0], 1e-12);
  // Without the array, every ion takes part.
  NeighbourDistributionInput input = cloud.input();
  input.ion = nullptr;
  EXPECT_EQ(neighbourDistribution(input, optionsOf(All, All)).ions, 1000u);
}

TEST(NeighbourDistribution, OnlyInteriorLeavesOutWhatIsNearTheSurface)
{
  const Cloud cloud = randomCloud(30000, { 10, 10, 10 }, 2, 8);
  Options options = optionsOf(A, B);
  options.onlyInterior = true;
  options.maximumDistance = 1.5;
  const Result found = neighbourDistribution(cloud.input(), options);
  // The definition, from those that are interior.
  const std::vector<std::uint8_t> interior =
    interiorIons(CellSortedCloud(cloud.positions.data(), cloud.size(), cloud.ion.data()),
      cloud.size(), options.maximumDistance);
  Cloud marked = cloud;
  for (std::size_t i = 0; i < cloud.size(); ++i)
  {
    marked.ion[i] = cloud.ion[i] == 0 && interior[i] == 0 ? std::int16_t{ 5 } : cloud.ion[i];
  }
  Options own = optionsOf(A, B);
  own.maximumDistance = 1.5;
  const Result expected = neighbourDistribution(marked.input(), own);
  EXPECT_EQ(found.pairs, expected.pairs);
  EXPECT_EQ(found.centreIons, expected.centreIons);
  EXPECT_EQ(found.orders[2].counts, expected.orders[2].counts);
  EXPECT_LT(found.centreIons, 6000u);
  EXPECT_GT(found.centreIons, 500u);
  for (std::size_t bin = 20; bin < found.bins; ++bin)
  {
    EXPECT_NEAR(found.pairCorrelation.values[bin], 1, 0.1);
  }
}

TEST(NeighbourDistribution, IsTheSameForAnyNumberOfThreadsAndEveryInstructionSet)
{
  const Cloud cloud = randomCloud(20000, { 8, 8, 10 }, 3, 9);
  Options options = optionsOf(AB, BC, 2);
  options.maximumDistance = 1;
  const Result expected = neighbourDistribution(cloud.input(), options);
  const auto expectSame = [&]
  {
    const Result found = neighbourDistribution(cloud.input(), options);
    EXPECT_EQ(found.pairs, expected.pairs);
    EXPECT_EQ(found.pairCorrelation.controlMean, expected.pairCorrelation.controlMean);
    for (std::size_t order = 0; order < found.orders.size(); ++order)
    {
      EXPECT_EQ(found.orders[order].counts, expected.orders[order].counts);
      EXPECT_EQ(found.orders[order].mean.values, expected.orders[order].mean.values);
      EXPECT_EQ(found.orders[order].mean.controlMean, expected.orders[order].mean.controlMean);
    }
  };
  {
    const ThreadLimit limit(1);
    expectSame();
  }
  for (const auto target : hwy::SupportedAndGeneratedTargets())
  {
    hwy::SetSupportedTargetsForTest(target);
    expectSame();
  }
  hwy::SetSupportedTargetsForTest(0);
}

TEST(NeighbourDistribution, StopsWhereProgressSaysSo)
{
  const Cloud cloud = randomCloud(20000, { 8, 8, 10 }, 2, 10);
  for (const double where : { 0.01, 0.3, 0.9 })
  {
    EXPECT_THROW(neighbourDistribution(cloud.input(), optionsOf(A, B, 3),
                   [where](double fraction) { return fraction < where; }),
      Stopped);
  }
  double last = 0;
  neighbourDistribution(cloud.input(), optionsOf(A, AB, 3),
    [&](double fraction)
    {
      EXPECT_GE(fraction, last - 1e-9);
      last = fraction;
      return true;
    });
  EXPECT_GT(last, 0.95);
}

TEST(NeighbourDistribution, WhatCannotBeIsASentence)
{
  Cloud cloud = randomCloud(3000, { 5, 5, 5 }, 2, 11);
  const auto with = [](const auto& change)
  {
    Options options;
    change(options);
    return options;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double width : { 0.0, -1.0, nan, 3.0, 1e-9 })
  {
    EXPECT_NE(messageOf(cloud, with([&](Options& o) { o.binWidth = width; })).find("bin width is"),
      std::string::npos);
  }
  for (const double distance : { 0.0, -2.0, nan, std::numeric_limits<double>::infinity() })
  {
    EXPECT_NE(messageOf(cloud, with([&](Options& o) { o.maximumDistance = distance; }))
                .find("maximum distance is"),
      std::string::npos);
  }
  EXPECT_NE(messageOf(cloud, with([](Options& o) { o.neighbours = 0; })).find("1 to 254"),
    std::string::npos);
  EXPECT_NE(messageOf(cloud, with([](Options& o) { o.controls = -1; })).find("0 to 1000"),
    std::string::npos);
  const std::string many = messageOf(cloud,
    with(
      [](Options& o)
      {
        o.maximumDistance = 100;
        o.maximumPairs = 1e5;
      }));
  EXPECT_NE(many.find("number of pairs within reach is about"), std::string::npos) << many;
  EXPECT_NE(messageOf(cloud, optionsOf({ false, false, true }, All)).find("centre types"),
    std::string::npos);
  EXPECT_NE(messageOf(cloud, optionsOf(All, { false, false, true })).find("neighbour types"),
    std::string::npos);
  EXPECT_NE(messageOf(cloud,
              with(
                [](Options& o)
                {
                  o.onlyInterior = true;
                  o.maximumDistance = 4;
                }))
              .find("from the surface"),
    std::string::npos);
  EXPECT_NE(messageOf(Cloud(), {}).find("no ions"), std::string::npos);
  Cloud one;
  one.add(0, 0, 0, 0);
  EXPECT_NE(messageOf(one, {}).find("single ion"), std::string::npos);
  cloud.positions[3 * 17 + 1] = std::numeric_limits<float>::quiet_NaN();
  cloud.ion[17] = 0;
  EXPECT_NE(messageOf(cloud, {}).find("17"), std::string::npos) << messageOf(cloud, {});
}

} // namespace apt
