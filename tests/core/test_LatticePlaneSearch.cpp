// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "LatticePlaneSearch.h"

#include "Error.h"
#include "ParallelFor.h"
#include "SyntheticSpecimen.h"
#include "TestFiles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace apt
{
namespace
{

constexpr double Degrees = 180 / 3.14159265358979323846;

struct Specimen
{
  std::vector<float> positions;
  std::array<std::array<double, 3>, 3> rotation{};
  double latticeParameter = 0;

  SpatialDistributionInput input() const
  {
    SpatialDistributionInput input;
    input.size = this->positions.size() / 3;
    input.positions = this->positions.data();
    return input;
  }
};

/** A crystal without order in any orientation. */
Specimen specimenOf(LatticeType lattice, double a, double lateral, double depth, unsigned seed)
{
  SyntheticSpecimenOptions options;
  options.lattice = lattice;
  options.latticeParameter = a;
  options.domainFraction = 0;
  options.edgeLength = 12;
  options.orientation = Orientation::Uniform;
  options.lateralNoise = { lateral, lateral };
  options.depthNoise = { depth, depth };
  options.detectionEfficiency = { 0.6, 0.6 };
  options.seed = seed;
  const SyntheticSpecimen made(options, 0);
  Specimen specimen;
  specimen.rotation = made.draw().rotation;
  specimen.latticeParameter = a;
  specimen.positions.resize(3 * made.count(0, 1));
  SyntheticSpecimen::Destination destination;
  destination.positions = specimen.positions.data();
  made.fill(0, 1, destination);
  return specimen;
}

/** Degrees from the nearest of all directions that are equivalent to hkl in a cubic crystal. */
double missOf(const LatticePlanes& planes, std::array<int, 3> hkl, const Specimen& specimen)
{
  double best = 0;
  std::sort(hkl.begin(), hkl.end());
  do
  {
    for (int signs = 0; signs < 8; ++signs)
    {
      double dot = 0;
      double length = 0;
      for (std::size_t row = 0; row < 3; ++row)
      {
        double along = 0;
        for (std::size_t axis = 0; axis < 3; ++axis)
        {
          along += specimen.rotation[row][axis] * hkl[axis] * ((signs >> axis & 1) != 0 ? -1 : 1);
        }
        dot += along * planes.pole[row];
        length += along * along;
      }
      best = std::max(best, dot / std::sqrt(length));
    }
  } while (std::next_permutation(hkl.begin(), hkl.end()));
  return std::acos(std::min(best, 1.0)) * Degrees;
}

} // namespace

TEST(LatticePlaneSearch, FindsThe111PlanesOfAnFccCrystalInAnyOrientation)
{
  for (unsigned seed = 1; seed <= 5; ++seed)
  {
    const Specimen specimen = specimenOf(LatticeType::FCC, 0.405, 0.04, 0.04, seed);
    const std::vector<LatticePlanes> planes = findLatticePlanes(specimen.input());
    ASSERT_GE(planes.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i)
    {
      EXPECT_NEAR(planes[i].spacing, 0.405 / std::sqrt(3.0), 0.001) << seed;
      EXPECT_LT(missOf(planes[i], { 1, 1, 1 }, specimen), 0.3) << seed;
      EXPECT_GE(planes[i].pole[2], 0);
    }
  }
}

TEST(LatticePlaneSearch, FindsThe110PlanesOfABccCrystal)
{
  const Specimen specimen = specimenOf(LatticeType::BCC, 0.287, 0.03, 0.03, 7);
  const std::vector<LatticePlanes> planes = findLatticePlanes(specimen.input());
  ASSERT_GE(planes.size(), 1u);
  EXPECT_NEAR(planes[0].spacing, 0.287 / std::sqrt(2.0), 0.001);
  EXPECT_LT(missOf(planes[0], { 1, 1, 0 }, specimen), 0.3);
}

TEST(LatticePlaneSearch, FindsThePlanesNearestToZWhereOnlyDepthIsKnownWell)
{
  // Lateral errors of 0.2 nm wipe out all planes but those across the direction of analysis.
  SyntheticSpecimenOptions options;
  options.domainFraction = 0;
  options.edgeLength = 15;
  options.lateralNoise = { 0.2, 0.2 };
  options.depthNoise = { 0.03, 0.03 };
  options.detectionEfficiency = { 0.5, 0.5 };
  options.rotationHalfRange = { 0.1, 0.1, 1 };
  const SyntheticSpecimen made(options, 3);
  Specimen specimen;
  specimen.rotation = made.draw().rotation;
  specimen.positions.resize(3 * made.count(0, 1));
  SyntheticSpecimen::Destination destination;
  destination.positions = specimen.positions.data();
  made.fill(0, 1, destination);
  const std::vector<LatticePlanes> planes = findLatticePlanes(specimen.input());
  ASSERT_GE(planes.size(), 1u);
  EXPECT_NEAR(planes[0].spacing, 0.2025, 0.001);
  EXPECT_LT(missOf(planes[0], { 0, 0, 1 }, specimen), 0.5);
}

TEST(LatticePlaneSearch, FindsNothingInChance)
{
  std::mt19937 random(1);
  std::uniform_real_distribution<float> place(0, 10);
  Specimen specimen;
  for (int i = 0; i < 3 * 30000; ++i)
  {
    specimen.positions.push_back(place(random));
  }
  EXPECT_TRUE(findLatticePlanes(specimen.input()).empty());
  specimen.positions.resize(3);
  EXPECT_TRUE(findLatticePlanes(specimen.input()).empty());
  specimen.positions.clear();
  EXPECT_TRUE(findLatticePlanes(specimen.input()).empty());
}

TEST(LatticePlaneSearch, ASampleOfCentresIsEnoughAndTheSameForAnyNumberOfThreads)
{
  const Specimen specimen = specimenOf(LatticeType::FCC, 0.405, 0.04, 0.04, 2);
  LatticePlaneOptions options;
  options.centreIons = 5000;
  std::vector<LatticePlanes> before;
  for (const int threads : { 1, 3 })
  {
    const ThreadLimit limit(threads);
    const std::vector<LatticePlanes> planes = findLatticePlanes(specimen.input(), options);
    ASSERT_GE(planes.size(), 1u);
    EXPECT_LT(missOf(planes[0], { 1, 1, 1 }, specimen), 0.5);
    if (!before.empty())
    {
      EXPECT_EQ(planes[0].pole, before[0].pole);
      EXPECT_EQ(planes[0].spacing, before[0].spacing);
    }
    before = planes;
  }
}

TEST(LatticePlaneSearch, ImpossibleOptionsAreNamed)
{
  const Specimen specimen;
  LatticePlaneOptions options;
  options.spacingRange = { 0.3, 0.2 };
  EXPECT_TRUE(test::contains(
    test::messageOf<ParameterError>([&] { findLatticePlanes(specimen.input(), options); }),
    "range of spacings is 0.3 to 0.2"));
  options.spacingRange = { 0.01, 0.2 };
  EXPECT_TRUE(test::contains(
    test::messageOf<ParameterError>([&] { findLatticePlanes(specimen.input(), options); }),
    "smallest spacing is 0.01"));
}

} // namespace apt
