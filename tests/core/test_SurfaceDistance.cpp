// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "SurfaceDistance.h"

#include "Error.h"
#include "TestSurfaces.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace apt
{
namespace
{

using Position = std::array<float, 3>;

std::vector<Position> randomPositions(std::size_t count, float reach, unsigned seed)
{
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> place(-reach, reach);
  std::vector<Position> positions(count);
  for (Position& position : positions)
  {
    position = { place(random), place(random), place(random) };
  }
  return positions;
}

double distanceTo(const SurfaceDistance& surface, const Position& position, double maximum = 1e3)
{
  SurfaceDistance::Nearest nearest;
  return surface.find(position.data(), maximum, nearest) ? nearest.distance
                                                         : std::numeric_limits<double>::quiet_NaN();
}

/** Of a triangle alone, from a fine grid of its points and the exact corners and edges. */
double distanceToPoints(const TriangleSurface& surface, const Position& p)
{
  double best = 1e30;
  constexpr int steps = 60;
  for (std::size_t t = 0; t < surface.triangles.size(); t += 3)
  {
    for (int i = 0; i <= steps; ++i)
    {
      for (int j = 0; i + j <= steps; ++j)
      {
        double squared = 0;
        for (std::size_t axis = 0; axis < 3; ++axis)
        {
          const auto corner = [&](std::size_t k)
          { return static_cast<double>(surface.points[3 * surface.triangles[t + k] + axis]); };
          const double u = static_cast<double>(i) / steps;
          const double v = static_cast<double>(j) / steps;
          const double at = (1 - u - v) * corner(0) + u * corner(1) + v * corner(2);
          squared += (at - static_cast<double>(p[axis])) * (at - static_cast<double>(p[axis]));
        }
        best = std::min(best, squared);
      }
    }
  }
  return std::sqrt(best);
}

/** Of the cube from −1 to 1, positive inside. */
double distanceToCube(const Position& p)
{
  double outside = 0;
  double deepest = 1e30;
  for (const float value : p)
  {
    const double depth = 1 - std::fabs(static_cast<double>(value));
    outside += depth < 0 ? depth * depth : 0;
    deepest = std::min(deepest, depth);
  }
  return outside > 0 ? -std::sqrt(outside) : deepest;
}

TEST(SurfaceDistance, OfACubeIsThatOfGeometry)
{
  const SurfaceDistance surface(test::cube());
  for (const Position& position : randomPositions(20000, 3, 1))
  {
    ASSERT_NEAR(distanceTo(surface, position), distanceToCube(position), 1e-6);
  }
}

TEST(SurfaceDistance, OfASphereIsPositiveInside)
{
  const SurfaceDistance surface(test::sphere(3, 60));
  for (const Position& position : randomPositions(5000, 5, 2))
  {
    const double radius = std::sqrt(static_cast<double>(
      position[0] * position[0] + position[1] * position[1] + position[2] * position[2]));
    ASSERT_NEAR(distanceTo(surface, position), 3 - radius, 0.006);
  }
}

TEST(SurfaceDistance, IsThatOfTheNearestPointOfAnyTriangle)
{
  // Triangles anywhere, hanging together nowhere.
  TriangleSurface soup;
  for (const Position& point : randomPositions(90, 4, 3))
  {
    soup.points.insert(soup.points.end(), point.begin(), point.end());
    soup.triangles.push_back(static_cast<std::uint32_t>(soup.triangles.size()));
  }
  const SurfaceDistance surface(soup);
  EXPECT_EQ(surface.triangles().size(), 30u);
  for (const Position& position : randomPositions(200, 5, 4))
  {
    ASSERT_NEAR(std::fabs(distanceTo(surface, position)), distanceToPoints(soup, position), 0.06);
  }
}

TEST(SurfaceDistance, DoesNotDependOnHowTheSurfaceIsWrittenDown)
{
  const TriangleSurface shared = test::sphere(2, 9);
  TriangleSurface apart;
  for (std::size_t i = shared.triangles.size(); i >= 3; i -= 3)
  {
    // In another order, starting from another corner, each with points of its own.
    for (const std::size_t corner : { i - 2, i - 1, i - 3 })
    {
      const float* const point = shared.points.data() + 3 * shared.triangles[corner];
      apart.points.insert(apart.points.end(), point, point + 3);
      apart.triangles.push_back(static_cast<std::uint32_t>(apart.triangles.size()));
    }
  }
  const SurfaceDistance one(shared);
  const SurfaceDistance other(apart);
  EXPECT_EQ(one.vertexCount(), other.vertexCount());
  for (const Position& position : randomPositions(3000, 4, 5))
  {
    ASSERT_NEAR(distanceTo(one, position), distanceTo(other, position), 1e-9);
  }
}

TEST(SurfaceDistance, TurnsRoundWithTheNormalsOfPoints)
{
  TriangleSurface surface = test::sphere(2, 12);
  const SurfaceDistance plain(surface);
  surface.normals = surface.points;
  const SurfaceDistance outwards(surface);
  std::transform(surface.normals.begin(), surface.normals.end(), surface.normals.begin(),
    [](float value) { return -value; });
  const SurfaceDistance inwards(surface);
  turnRound(surface);
  const SurfaceDistance turned(surface);
  for (const Position& position : randomPositions(300, 4, 6))
  {
    EXPECT_EQ(distanceTo(plain, position), distanceTo(outwards, position));
    EXPECT_NEAR(distanceTo(plain, position), -distanceTo(inwards, position), 1e-9);
    EXPECT_NEAR(distanceTo(plain, position), distanceTo(turned, position), 1e-9);
  }
  surface.normals.resize(3);
  EXPECT_THROW(SurfaceDistance made(surface), ParameterError);
}

TEST(SurfaceDistance, KeepsAPieceWholeWhereSomeNormalsAreWrong)
{
  // Two spheres, one of them written inside out; a tenth of the normals is wrong.
  TriangleSurface surface = test::sphere(1, 12);
  TriangleSurface other = test::sphere(1, 12);
  turnRound(other);
  std::vector<float>& normals = surface.normals;
  normals = surface.points;
  normals.insert(normals.end(), other.points.begin(), other.points.end());
  for (std::size_t i = 0; i < normals.size(); i += 30)
  {
    normals[i] *= -1;
    normals[i + 1] *= -1;
    normals[i + 2] *= -1;
  }
  const auto before = static_cast<std::uint32_t>(surface.points.size() / 3);
  for (std::size_t i = 0; i < other.points.size(); ++i)
  {
    surface.points.push_back(other.points[i] + (i % 3 == 0 ? 5.0F : 0.0F));
  }
  for (const std::uint32_t point : other.triangles)
  {
    surface.triangles.push_back(before + point);
  }
  const SurfaceDistance distance(surface);
  for (const Position& position : randomPositions(2000, 6, 8))
  {
    const auto radius = [&position](double x)
    {
      return std::sqrt(std::pow(static_cast<double>(position[0]) - x, 2) +
        std::pow(static_cast<double>(position[1]), 2) +
        std::pow(static_cast<double>(position[2]), 2));
    };
    const double truth = 1 - std::min(radius(0), radius(5));
    ASSERT_NEAR(distanceTo(distance, position), truth, 0.04);
  }
}

TEST(SurfaceDistance, KnowsWhatLiesBesideAnOpenSurface)
{
  const SurfaceDistance surface(test::square(4, 8));
  for (const Position& position : randomPositions(5000, 4, 7))
  {
    SurfaceDistance::Nearest nearest;
    ASSERT_TRUE(surface.find(position.data(), 100, nearest));
    const bool above = std::fabs(position[0]) < 2 && std::fabs(position[1]) < 2;
    ASSERT_EQ(nearest.atRim, !above);
    if (above)
    {
      // The normal is +z.
      ASSERT_NEAR(nearest.distance, -position[2], 1e-6);
    }
  }
}

TEST(SurfaceDistance, LooksOnlyAsFarAsAsked)
{
  const SurfaceDistance surface(test::square(4, 2));
  SurfaceDistance::Nearest nearest;
  const Position position{ 0.1F, 0.2F, -0.5F };
  EXPECT_TRUE(surface.find(position.data(), 0.5, nearest));
  EXPECT_DOUBLE_EQ(nearest.distance, 0.5);
  EXPECT_FALSE(surface.find(position.data(), 0.499, nearest));
}

TEST(SurfaceDistance, LeavesOutTrianglesWithoutArea)
{
  TriangleSurface surface = test::square(2, 1);
  surface.triangles.insert(surface.triangles.end(), { 0, 1, 1, 0, 0, 0 });
  const SurfaceDistance distance(surface);
  EXPECT_EQ(distance.triangles().size(), 2u);
  EXPECT_DOUBLE_EQ(distance.area(0) + distance.area(1), 4);
}

std::string sentenceOf(const TriangleSurface& surface)
{
  try
  {
    SurfaceDistance made(surface);
  }
  catch (const Error& error)
  {
    return error.what();
  }
  return "";
}

TEST(SurfaceDistance, SaysWhatIsWrong)
{
  EXPECT_EQ(sentenceOf({}), "the surface has no triangle with an area");
  TriangleSurface surface = test::square(2, 1);
  surface.triangles.back() = 4;
  EXPECT_EQ(sentenceOf(surface), "point of a triangle of the surface is 4; allowed is below 4");
  surface = test::square(2, 1);
  surface.points[4] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_NE(sentenceOf(surface).find("y of point 1 of the surface"), std::string::npos);
}

} // namespace
} // namespace apt
