// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "ClusterSweep.h"

#include "ClusterDefinition.h"
#include "Error.h"
#include "MergeForest.h"
#include "ParallelFor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace apt
{

static bool operator==(const ClusterCount& a, const ClusterCount& b)
{
  return a.clusters == b.clusters && a.ions == b.ions;
}

static std::ostream& operator<<(std::ostream& out, const ClusterCount& count)
{
  return out << count.clusters << " clusters of " << count.ions << " ions";
}

namespace
{

Specimen clumps(std::size_t ions, float edge)
{
  std::mt19937 random(4);
  std::normal_distribution<float> normal(0, 0.4F);
  Specimen specimen = allSelected(uniformIn(ions, edge));
  specimen.selectedTypes = { false, true };
  for (std::size_t i = 50; i < ions / 4; ++i)
  {
    specimen.type[i] = 1;
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      specimen.positions[i * 3 + axis] = specimen.positions[i % 7 * 3 + axis] + normal(random);
    }
  }
  for (std::size_t i = 0; i < ions; i += 9)
  {
    specimen.type[i] = 1;
  }
  return specimen;
}

ClusterSweepOptions smallSweep()
{
  ClusterSweepOptions options;
  options.lowestSeparation = 0.1;
  options.highestSeparation = 1.3;
  options.separationSteps = 13;
  options.lowestSize = 1;
  options.highestSize = 10;
  options.sizeSteps = 4; // 1 4 7 10
  return options;
}

/** Counts in what clusterSearch gives. */
ClusterCount countOf(
  const Specimen& specimen, ClusterSearchOptions search, double separation, std::int64_t size)
{
  search.maximumSeparation = separation;
  search.minimumSize = size;
  std::vector<std::int32_t> clusterId(specimen.size());
  ClusterCount count;
  for (const std::uint64_t ions : clusterSearch(specimen.ions(), search, clusterId.data()))
  {
    ++count.clusters;
    count.ions += ions;
  }
  return count;
}

TEST(ClusterSweep, CountsWhatASearchFindsAtEachSeparationAndSize)
{
  const Specimen specimen = clumps(4000, 9);
  for (const ClusterMethod method : { ClusterMethod::MaximumSeparation, ClusterMethod::DBSCAN })
  {
    for (const int needed : { 1, 2, 6 })
    {
      ClusterSearchOptions search;
      search.method = method;
      search.order = needed;
      search.minimumNeighbours = needed;
      const ClusterSweep sweep = clusterSweep(specimen.ions(), search, smallSweep());
      ASSERT_EQ(sweep.sizes, (std::vector<std::int64_t>{ 1, 4, 7, 10 }));
      ASSERT_EQ(sweep.separations.size(), 13u);
      EXPECT_DOUBLE_EQ(sweep.separations[3], 0.4);
      ASSERT_EQ(sweep.counts.size(), 52u);
      for (std::size_t i = 0; i < 13; ++i)
      {
        for (std::size_t j = 0; j < 4; ++j)
        {
          EXPECT_EQ(sweep.counts[i * 4 + j],
            countOf(specimen, search, sweep.separations[i], sweep.sizes[j]))
            << "separation " << sweep.separations[i] << ", size " << sweep.sizes[j]
            << ", core from " << needed;
        }
      }
    }
  }
}

TEST(ClusterSweep, CountsEvenWhereAllPairsTieOrAreAtOnePlace)
{
  std::vector<float> positions;
  for (int i = 0; i < 1000; ++i)
  {
    positions.insert(positions.end(),
      { 0.25F * static_cast<float>(i % 10), 0.25F * static_cast<float>(i / 10 % 10),
        0.25F * static_cast<float>(i / 100) });
  }
  positions.insert(positions.end(), positions.begin(), positions.begin() + 600);
  const Specimen specimen = withTypes(positions, 3, { true });
  for (const int needed : { 1, 3 })
  {
    ClusterSearchOptions search;
    search.order = needed;
    ClusterSweepOptions options = smallSweep();
    options.lowestSeparation = 0.25;
    options.highestSeparation = 0.5;
    options.separationSteps = 3;
    const ClusterSweep sweep = clusterSweep(specimen.ions(), search, options);
    for (std::size_t i = 0; i < 12; ++i)
    {
      EXPECT_EQ(
        sweep.counts[i], countOf(specimen, search, sweep.separations[i / 4], sweep.sizes[i % 4]));
    }
  }
}

TEST(ClusterSweep, FindsClustersInTheDataAndNoneInTheControl)
{
  // Uniform positions; in eight balls every ion is selected, elsewhere one in thirty.
  Specimen specimen = allSelected(uniformIn(100000, 15));
  specimen.selectedTypes = { false, true };
  for (std::size_t i = 0; i < specimen.size(); ++i)
  {
    const auto offset = [&](std::size_t axis)
    { return std::fabs(static_cast<double>(specimen.positions[i * 3 + axis]) - 7.5) - 4; };
    const bool inBall = std::hypot(offset(0), offset(1), offset(2)) < 1;
    specimen.type[i] = i % (inBall ? 1 : 30) == 0;
  }
  ClusterSweepOptions options;
  options.lowestSeparation = options.highestSeparation = 0.4;
  options.separationSteps = 1;
  options.lowestSize = options.highestSize = 20;
  options.sizeSteps = 1;
  const ClusterSweep sweep = clusterSweep(specimen.ions(), {}, options);
  EXPECT_EQ(sweep.counts[0].clusters, 8u);
  EXPECT_EQ(sweep.inControl[0].clusters, 0u);
}

TEST(ClusterSweep, ControlSelectsAsManyIonsAtRandom)
{
  // At a separation beyond the size of the specimen all selected ions are one cluster.
  const Specimen specimen = withTypes(uniformIn(5000, 5), 4, { true, false, true });
  ClusterSweepOptions options;
  options.lowestSeparation = 0.2;
  options.highestSeparation = 9;
  options.separationSteps = 2;
  ClusterCount before;
  for (const std::uint64_t seed : { 1u, 2u })
  {
    options.seed = seed;
    const ClusterSweep sweep = clusterSweep(specimen.ions(), {}, options);
    EXPECT_EQ(sweep.inControl[4].clusters, 1u);
    EXPECT_EQ(sweep.inControl[4].ions, specimen.ions().selected().size());
    EXPECT_FALSE(sweep.inControl[0] == before) << "another seed draws others";
    before = sweep.inControl[0];
  }
}

TEST(ClusterSweep, IsTheSameForAnyNumberOfThreads)
{
  const Specimen specimen = clumps(60000, 20);
  ClusterSearchOptions search;
  search.order = 3;
  std::vector<ClusterSweep> sweeps;
  for (const int threads : { 1, 2, 8 })
  {
    const ThreadLimit limit(threads);
    sweeps.push_back(clusterSweep(specimen.ions(), search, smallSweep()));
    EXPECT_EQ(sweeps.back().counts, sweeps.front().counts);
    EXPECT_EQ(sweeps.back().inControl, sweeps.front().inControl);
  }
}

TEST(ClusterSweep, TakesEmptyClouds)
{
  for (const ClusterMethod method : { ClusterMethod::MaximumSeparation, ClusterMethod::DBSCAN })
  {
    ClusterSearchOptions search;
    search.method = method;
    const ClusterSweep sweep = clusterSweep(ClusterIons(), search, smallSweep());
    EXPECT_EQ(sweep.counts, std::vector<ClusterCount>(52));
    EXPECT_EQ(sweep.inControl, std::vector<ClusterCount>(52));
  }
}

TEST(ClusterSweep, RefusesWhatMakesNoSenseInOneSentence)
{
  const Specimen specimen = allSelected(uniformIn(100, 2));
  const auto errorOf = [&](const auto& change)
  {
    ClusterSweepOptions options;
    change(options);
    try
    {
      clusterSweep(specimen.ions(), {}, options);
    }
    catch (const ParameterError& error)
    {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(errorOf([](auto& o) { o.lowestSeparation = 0; }),
    "lowest separation of the sweep is 0; allowed is above 0 nm");
  EXPECT_EQ(errorOf([](auto& o) { o.highestSeparation = 0.1; }),
    "highest separation of the sweep is 0.1; allowed is not below the lowest, 0.2 nm");
  EXPECT_EQ(errorOf([](auto& o) { o.separationSteps = 0; }),
    "number of separations of the sweep is 0; allowed is 1 to 1000");
  EXPECT_EQ(errorOf([](auto& o) { o.lowestSize = 0; }),
    "lowest minimum size of the sweep is 0; allowed is 1 ion or more");
  EXPECT_EQ(errorOf([](auto& o) { o.highestSize = 2; }),
    "highest minimum size of the sweep is 2; allowed is not below the lowest, 3");
  EXPECT_EQ(errorOf([](auto& o) { o.sizeSteps = 101; }),
    "number of minimum sizes of the sweep is 101; allowed is 1 to 100");
}

TEST(MergeForest, HangsTogetherAtEveryLevelAsAllEdgesDo)
{
  std::mt19937 random(1);
  constexpr std::uint32_t nodes = 200;
  struct Edge
  {
    std::uint32_t a;
    std::uint32_t b;
    float level;
  };
  std::vector<Edge> edges;
  for (int i = 0; i < 600; ++i)
  {
    const auto a = static_cast<std::uint32_t>(random() % nodes);
    const auto b = static_cast<std::uint32_t>(random() % nodes);
    edges.push_back({ a, b, static_cast<float>(random() % 30) }); // many levels tie
  }
  MergeForest forest(nodes);
  for (const Edge& edge : edges)
  {
    forest.unite(edge.a, edge.b, edge.level);
  }
  const auto components = [&](const std::vector<Edge>& some, float level)
  {
    std::vector<std::uint32_t> label(nodes);
    for (std::uint32_t i = 0; i < nodes; ++i)
    {
      label[i] = i;
    }
    for (const Edge& edge : some)
    {
      const std::uint32_t from = std::max(label[edge.a], label[edge.b]);
      const std::uint32_t to = std::min(label[edge.a], label[edge.b]);
      for (std::uint32_t& l : label)
      {
        l = edge.level <= level && l == from ? to : l;
      }
    }
    return label;
  };
  std::vector<Edge> links;
  for (std::uint32_t node = 0; node < nodes; ++node)
  {
    const MergeForest::Link link = forest.link(node);
    EXPECT_LE(link.node, node);
    EXPECT_EQ(link.node == node, link.level == std::numeric_limits<float>::infinity());
    if (link.node != node)
    {
      links.push_back({ node, link.node, link.level });
    }
  }
  for (float level = -1; level < 31; level += 0.5F)
  {
    EXPECT_EQ(components(links, level), components(edges, level)) << level;
  }
}

} // namespace
} // namespace apt
