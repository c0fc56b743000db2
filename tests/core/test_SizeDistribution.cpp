// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "SizeDistribution.h"

#include "Error.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace apt
{
namespace
{

using Sizes = std::vector<std::int64_t>;

/** As many clusters of size 1, 2, … as counts say. */
Sizes sizesOf(const std::vector<int>& counts)
{
  Sizes sizes;
  for (std::size_t i = 0; i < counts.size(); ++i)
  {
    sizes.insert(
      sizes.end(), static_cast<std::size_t>(counts[i]), static_cast<std::int64_t>(i + 1));
  }
  return sizes;
}

SizeComparison compare(
  const Sizes& first, const Sizes& second, const SizeDistributionOptions& options = {})
{
  return compareSizes(sizeDistributions({ first, second }, options), 0, 1, options);
}

Sizes geometric(std::size_t clusters, double decay, unsigned seed)
{
  std::mt19937 random(seed);
  std::geometric_distribution<std::int64_t> size(decay);
  Sizes sizes(clusters);
  for (std::int64_t& s : sizes)
  {
    s = 3 + size(random);
  }
  return sizes;
}

TEST(SizeDistribution, CountsEachClusterOnceInTheBinOfItsSize)
{
  SizeDistributionOptions options;
  options.binWidth = 10;
  const SizeDistributions d =
    sizeDistributions({ { 0, 9, 10, 1000, 1009 }, {}, { 25, 29 } }, options);
  EXPECT_EQ(d.bins, (Sizes{ 0, 1, 2, 100 }));
  EXPECT_EQ(d.counts[0], (std::vector<std::uint64_t>{ 2, 1, 0, 2 }));
  EXPECT_EQ(d.counts[1], (std::vector<std::uint64_t>{ 0, 0, 0, 0 }));
  EXPECT_EQ(d.counts[2], (std::vector<std::uint64_t>{ 0, 0, 2, 0 }));
  EXPECT_EQ(d.totals, (std::vector<std::uint64_t>{ 5, 0, 2 }));
}

TEST(SizeDistribution, ComparesByTheContingencyTable)
{
  // Worked out with scipy.stats.chi2_contingency([[30, 20, 10], [10, 25, 40]]).
  const SizeComparison c = compare(sizesOf({ 30, 20, 10 }), sizesOf({ 10, 25, 40 }));
  EXPECT_EQ(c.degreesOfFreedom, 2);
  EXPECT_NEAR(c.chiSquared, 27.225, 1e-9);
  EXPECT_NEAR(c.pValue, 1.225085402587133e-06, 1e-16);
  EXPECT_DOUBLE_EQ(c.mu, std::sqrt(c.chiSquared / (135 + c.chiSquared)));
}

TEST(SizeDistribution, OfTheSameKindHasAMuOfZero)
{
  const Sizes sizes = geometric(500, 0.2, 1);
  const SizeComparison c = compare(sizes, sizes);
  EXPECT_EQ(c.mu, 0);
  EXPECT_EQ(c.chiSquared, 0);
  EXPECT_EQ(c.pValue, 1);
  EXPECT_GT(c.degreesOfFreedom, 5);
  // Twice as many of each are the same distribution too.
  Sizes twice = sizes;
  twice.insert(twice.end(), sizes.begin(), sizes.end());
  EXPECT_NEAR(compare(sizes, twice).mu, 0, 1e-12);
}

TEST(SizeDistribution, WithoutCommonSizesHasTheLargestMu)
{
  const SizeComparison c = compare(sizesOf({ 50, 0 }), sizesOf({ 0, 50 }));
  EXPECT_DOUBLE_EQ(c.mu, std::sqrt(0.5));
  EXPECT_LT(c.pValue, 1e-20);
}

TEST(SizeDistribution, MuOfEqualTotalsIsThatOfTheShapesAlone)
{
  SizeDistributionOptions options;
  options.minimumExpected = 0; // the same bins, whatever the totals
  const SizeComparison equal = compare(sizesOf({ 30, 20, 10 }), sizesOf({ 10, 20, 30 }), options);
  EXPECT_NEAR(equal.muOfEqualTotals, equal.mu, 1e-14);
  const SizeComparison unequal =
    compare(sizesOf({ 600, 400, 200 }), sizesOf({ 10, 20, 30 }), options);
  EXPECT_LT(unequal.mu, 0.6 * equal.mu);
  EXPECT_NEAR(unequal.muOfEqualTotals, equal.mu, 1e-14);
  EXPECT_NEAR(compare(sizesOf({ 10, 20, 30 }), sizesOf({ 600, 400, 200 }), options).muOfEqualTotals,
    equal.mu, 1e-14);
  EXPECT_DOUBLE_EQ(
    compare(sizesOf({ 200, 0 }), sizesOf({ 0, 100 })).muOfEqualTotals, std::sqrt(0.5));
  EXPECT_EQ(compare(sizesOf({ 50, 50 }), sizesOf({ 20, 20 })).muOfEqualTotals, 0);
}

TEST(SizeDistribution, ComparisonIsTheSameEitherWayRound)
{
  const Sizes a = geometric(300, 0.2, 1);
  const Sizes b = geometric(900, 0.3, 2);
  const SizeComparison there = compare(a, b);
  const SizeComparison back = compare(b, a);
  EXPECT_NEAR(there.mu, back.mu, 1e-14);
  EXPECT_EQ(there.degreesOfFreedom, back.degreesOfFreedom);
}

TEST(SizeDistribution, MergesBinsUntilEnoughClustersAreExpectedInBothRows)
{
  // 40 clusters in each set: half of a column is expected in a row.
  const Sizes first = sizesOf({ 20, 12, 5, 2, 1 });
  const Sizes second = sizesOf({ 12, 16, 7, 4, 1 });
  // 32 | 28 | 12 | 6 and 2, which are too few, join the last.
  EXPECT_EQ(compare(first, second).degreesOfFreedom, 2);
  const SizeComparison merged = compare(sizesOf({ 20, 12, 8 }), sizesOf({ 12, 16, 12 }));
  EXPECT_DOUBLE_EQ(compare(first, second).chiSquared, merged.chiSquared);
  SizeDistributionOptions options;
  options.minimumExpected = 0;
  EXPECT_EQ(compare(first, second, options).degreesOfFreedom, 4);
  options.minimumExpected = 15;
  EXPECT_EQ(compare(first, second, options).degreesOfFreedom, 1); // 32 | 48
}

TEST(SizeDistribution, PValueIsUniformForDrawsOfTheSameDistribution)
{
  int below = 0;
  constexpr int draws = 2000;
  for (unsigned i = 0; i < draws; ++i)
  {
    below += compare(geometric(200, 0.3, 2 * i), geometric(300, 0.3, 2 * i + 1)).pValue < 0.1;
  }
  EXPECT_NEAR(below, draws / 10, 3 * std::sqrt(draws * 0.1 * 0.9));
}

TEST(SizeDistribution, SaysNothingWhereNothingCanBeCompared)
{
  for (const SizeComparison& c : { compare({}, {}), compare({}, sizesOf({ 50, 50 })),
         compare(sizesOf({ 50 }), sizesOf({ 50 })), compare(sizesOf({ 1, 1 }), sizesOf({ 1, 1 })) })
  {
    EXPECT_TRUE(std::isnan(c.mu));
    EXPECT_TRUE(std::isnan(c.muOfEqualTotals));
    EXPECT_TRUE(std::isnan(c.chiSquared));
    EXPECT_TRUE(std::isnan(c.pValue));
    EXPECT_EQ(c.degreesOfFreedom, 0);
  }
  EXPECT_TRUE(sizeDistributions({}, {}).bins.empty());
}

TEST(SizeDistribution, RefusesWhatMakesNoSenseInOneSentence)
{
  const auto errorOf = [](const Sizes& sizes, const SizeDistributionOptions& options)
  {
    try
    {
      compare(sizes, sizes, options);
    }
    catch (const ParameterError& error)
    {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(errorOf({ 3 }, { 0, 5 }), "bin width is 0; allowed is 1 ion or more");
  EXPECT_EQ(errorOf({ 3 }, { 1, -1 }), "minimum of expected clusters is -1; allowed is 0 or more");
  EXPECT_EQ(errorOf({ -3 }, { 1, 5 }), "size of a cluster is -3; allowed is 0 ions or more");
}

} // namespace
} // namespace apt
