// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "ClusterProperties.h"

#include "ClusterDefinition.h"
#include "Error.h"
#include "ParallelFor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace apt
{
namespace
{

constexpr double pi = 3.14159265358979323846;

/** Uniform in a ball; the others stay where they are. */
void putIntoBall(Specimen& specimen, std::size_t begin, std::size_t end,
  const std::array<float, 3>& centre, float radius)
{
  std::mt19937 random(9);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (std::size_t i = begin; i < end;)
  {
    const std::array<float, 3> p{ uniform(random), uniform(random), uniform(random) };
    if (std::hypot(p[0], p[1], p[2]) <= 1)
    {
      for (std::size_t axis = 0; axis < 3; ++axis)
      {
        specimen.positions[i * 3 + axis] = centre[axis] + radius * p[axis];
      }
      ++i;
    }
  }
}

TEST(ClusterProperties, OfAFewIonsAreThoseWorkedOutByHand)
{
  Specimen specimen = allSelected({ 0, 0, 0, 1, 0, 0, 9, 9, 9, 1, 2, 0, 0, 2, 0 });
  specimen.type = { 0, 1, 0, 1, 1 };
  const std::vector<std::int32_t> clusterId{ 0, 0, -1, 0, 0 };
  ClusterPropertiesOptions options;
  options.detectionEfficiency = 0.25;
  options.atomicDensity = 7;
  const auto clusters =
    describeClusters(specimen.ions(), clusterId.data(), { 4 }, { 1, 2 }, options);
  ASSERT_EQ(clusters.size(), 1u);
  const ClusterProperties& cluster = clusters[0];
  EXPECT_EQ(cluster.ions, 4u);
  EXPECT_EQ(cluster.atoms, 7u);
  EXPECT_EQ(cluster.ionsOfType, (std::vector<std::uint64_t>{ 1, 3 }));
  EXPECT_DOUBLE_EQ(cluster.fraction(1), 0.75);
  EXPECT_DOUBLE_EQ(cluster.fractionError(1), std::sqrt(0.75 * 0.25 / 4));
  EXPECT_EQ(cluster.centre, (std::array<double, 3>{ 0.5, 1, 0 }));
  EXPECT_EQ(cluster.extent, (std::array<double, 3>{ 1, 2, 0 }));
  EXPECT_DOUBLE_EQ(cluster.radiusOfGyration, std::sqrt(1.25));
  EXPECT_DOUBLE_EQ(4 * pi / 3 * std::pow(cluster.equivalentRadius, 3), 7 / (7 * 0.25));
}

TEST(ClusterProperties, OfABallAreItsOwn)
{
  // 30 ions per nm³, all of them in the cluster, half of the atoms lost.
  constexpr float radius = 2.5F;
  const auto count = static_cast<std::size_t>(30 * 4 * pi / 3 * std::pow(radius, 3));
  Specimen specimen = allSelected(uniformIn(count, 1));
  putIntoBall(specimen, 0, count, { 4, 5, -6 }, radius);
  const std::vector<std::int32_t> clusterId(count, 0);
  ClusterPropertiesOptions options;
  options.detectionEfficiency = 0.5;
  options.atomicDensity = 60;
  const ClusterProperties cluster =
    describeClusters(specimen.ions(), clusterId.data(), { count }, { 1 }, options)[0];
  EXPECT_NEAR(cluster.equivalentRadius, 2.5, 0.001);
  EXPECT_NEAR(cluster.radiusOfGyration, std::sqrt(0.6) * 2.5, 0.03);
  EXPECT_NEAR(cluster.centre[2], -6, 0.1);
  EXPECT_NEAR(cluster.extent[0], 5, 0.2);
}

TEST(ClusterProperties, OnlyClustersNearTheSurfaceTouchTheEdge)
{
  // A tilted needle of 20 nm, full of ions, with a hole; clusters are single ions here.
  const auto isInside = [](double x, double y, double z)
  { return std::hypot(y - 0.3 * x, z) < 4 && std::hypot(x - 10, y - 3, z) > 1.5; };
  std::vector<float> positions = uniformIn(600000, 20);
  Specimen specimen;
  for (std::size_t i = 0; i < positions.size(); i += 3)
  {
    positions[i + 1] -= 7;
    positions[i + 2] -= 10;
    if (isInside(static_cast<double>(positions[i]), static_cast<double>(positions[i + 1]),
          static_cast<double>(positions[i + 2])))
    {
      specimen.positions.insert(specimen.positions.end(),
        positions.begin() + static_cast<std::ptrdiff_t>(i),
        positions.begin() + static_cast<std::ptrdiff_t>(i) + 3);
    }
  }
  specimen.type.assign(specimen.positions.size() / 3, 0);
  const EdgeOfCloud edge(specimen.ions());
  // 75 ions per nm³ in the volume that they fill; the rim adds to that of the cubes.
  EXPECT_NEAR(edge.cubeEdge(), std::cbrt(40.0 / 75), 0.1);
  const auto isAtEdge = [&](float x, float y, float z)
  {
    const float position[3] = { x, y, z };
    return edge.isAtEdge(position);
  };
  EXPECT_FALSE(isAtEdge(5, 1.5F, 0));
  EXPECT_FALSE(isAtEdge(15, 4.5F, 1));
  EXPECT_FALSE(isAtEdge(10, 3, 2.8F)) << "between the hole and the surface";
  EXPECT_TRUE(isAtEdge(5, 1.5F, 3.9F)) << "at the side";
  EXPECT_TRUE(isAtEdge(0.1F, 0, 0)) << "at the end";
  EXPECT_TRUE(isAtEdge(10, 3, 1.6F)) << "at the hole";
}

TEST(ClusterProperties, EdgeOfFlatTinyAndEmptyCloudsIsEverywhere)
{
  const float origin[3] = { 0, 0, 0 };
  EXPECT_TRUE(EdgeOfCloud(ClusterIons()).isAtEdge(origin));
  EXPECT_TRUE(EdgeOfCloud(allSelected({ 0, 0, 0 }).ions()).isAtEdge(origin));
  EXPECT_TRUE(EdgeOfCloud(allSelected(std::vector<float>(300)).ions()).isAtEdge(origin));
  std::vector<float> flat = uniformIn(50000, 20);
  for (std::size_t i = 2; i < flat.size(); i += 3)
  {
    flat[i] = 0;
  }
  const float middle[3] = { 10, 10, 0 };
  EXPECT_TRUE(EdgeOfCloud(allSelected(flat).ions()).isAtEdge(middle));
  flat.insert(flat.end(), { 1e9F, 1e9F, 1e9F });
  EXPECT_TRUE(EdgeOfCloud(allSelected(flat).ions()).isAtEdge(middle));
}

TEST(ClusterProperties, AreTheSameForAnyNumberOfThreads)
{
  const Specimen specimen = withTypes(uniformIn(50000, 12), 3, { true });
  ClusterSearchOptions search;
  search.minimumSize = 2;
  std::vector<std::int32_t> clusterId(specimen.size());
  const std::vector<std::uint64_t> sizes = clusterSearch(specimen.ions(), search, clusterId.data());
  std::vector<ClusterProperties> one;
  for (const int threads : { 1, 3 })
  {
    const ThreadLimit limit(threads);
    const auto clusters = describeClusters(specimen.ions(), clusterId.data(), sizes, { 1, 1 }, {});
    if (one.empty())
    {
      one = clusters;
    }
    ASSERT_EQ(clusters.size(), sizes.size());
    for (std::size_t i = 0; i < clusters.size(); ++i)
    {
      EXPECT_EQ(clusters[i].ions, sizes[i]);
      EXPECT_EQ(clusters[i].centre, one[i].centre);
      EXPECT_EQ(clusters[i].radiusOfGyration, one[i].radiusOfGyration);
      EXPECT_EQ(clusters[i].touchesEdge, one[i].touchesEdge);
    }
  }
}

TEST(ClusterProperties, AtomsOfMolecularIonsAreThoseOfTheirNames)
{
  EXPECT_EQ(atomsByName({ "Al", "H2", "Fe2O3", "somewhat", "" }),
    (std::vector<std::uint64_t>{ 1, 2, 5, 1, 1 }));
}

TEST(ClusterProperties, RefuseWhatMakesNoSenseInOneSentence)
{
  const Specimen specimen = allSelected(uniformIn(10, 1));
  const std::vector<std::int32_t> clusterId(10, 0);
  const auto errorOf = [&](double efficiency, double density)
  {
    try
    {
      describeClusters(specimen.ions(), clusterId.data(), { 10 }, { 1 }, { efficiency, density });
    }
    catch (const ParameterError& error)
    {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(errorOf(0, 60), "detection efficiency is 0; allowed is above 0, at most 1");
  EXPECT_EQ(errorOf(50, 60), "detection efficiency is 50; allowed is above 0, at most 1");
  EXPECT_EQ(errorOf(0.5, 0), "atomic density is 0; allowed is above 0 atoms per nm³");
}

} // namespace
} // namespace apt
