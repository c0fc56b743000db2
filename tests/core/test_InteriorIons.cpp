// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "InteriorIons.h"

#include "Error.h"
#include "ParallelFor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>

namespace apt
{
namespace
{

using Point = std::array<double, 3>;
using Positions = std::vector<float>;
/** How deep a point lies below the surface of a form, nm; negative outside. */
using Depth = std::function<double(const Point&)>;

constexpr double Density = 30; // per nm³

/** Uniform within a form that fits into a cube of that edge about the origin. */
Positions filled(const Depth& depth, double edge, unsigned seed = 1)
{
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> place(-edge / 2, edge / 2);
  Positions positions;
  for (int i = 0; i < Density * edge * edge * edge; ++i)
  {
    Point point;
    std::generate(point.begin(), point.end(), [&] { return place(random); });
    if (depth(point) > 0)
    {
      positions.insert(positions.end(), point.begin(), point.end());
    }
  }
  return positions;
}

Point pointOf(const Positions& positions, std::size_t ion)
{
  return { static_cast<double>(positions[3 * ion]), static_cast<double>(positions[3 * ion + 1]),
    static_cast<double>(positions[3 * ion + 2]) };
}

std::vector<std::uint8_t> interiorOf(const Positions& positions, double distance)
{
  const std::size_t size = positions.size() / 3;
  return interiorIons(CellSortedCloud(positions.data(), size), size, distance);
}

double inBall(const Point& p, double radius)
{
  return radius - std::hypot(p[0], p[1], p[2]);
}

double inTurnedBox(const Point& p)
{
  // Half edges 7, 6 and 6 nm, turned by 30° about z.
  const double x = 0.866 * p[0] + 0.5 * p[1];
  const double y = -0.5 * p[0] + 0.866 * p[1];
  return std::min({ 7 - std::fabs(x), 6 - std::fabs(y), 6 - std::fabs(p[2]) });
}

double inNeedle(const Point& p)
{
  // Half angle 10°, thin end at the top.
  const double side = (8 - 0.176 * (p[2] + 9) - std::hypot(p[0], p[1])) * 0.985;
  return std::min({ side, 9 - p[2], 9 + p[2] });
}

} // namespace

TEST(InteriorIons, AreAsFarFromTheSurfaceAsAskedForAndFewOthersAre)
{
  const struct
  {
    Depth depth;
    double edge;
  } forms[] = { { [](const Point& p) { return inBall(p, 8); }, 16 }, { inTurnedBox, 20 },
    { inNeedle, 18 } };
  for (const auto& form : forms)
  {
    const Positions positions = filled(form.depth, form.edge);
    for (const double distance : { 0.0, 0.7, 1.5, 2.2 })
    {
      const std::vector<std::uint8_t> interior = interiorOf(positions, distance);
      std::size_t deep = 0;
      std::size_t found = 0;
      std::size_t all = 0;
      for (std::size_t ion = 0; ion < interior.size(); ++ion)
      {
        const double depth = form.depth(pointOf(positions, ion));
        if (interior[ion])
        {
          EXPECT_GE(depth, distance);
          ++all;
        }
        // A voxel is 0.64 nm wide.
        if (depth > distance + 1.8)
        {
          ++deep;
          found += interior[ion];
        }
      }
      EXPECT_GT(deep, 100u);
      EXPECT_GE(static_cast<double>(found), 0.97 * static_cast<double>(deep)) << distance;
      EXPECT_GE(all, found);
    }
  }
}

TEST(InteriorIons, AVoidHasNoSurfaceAndACavityHas)
{
  const auto inHollow = [](const Point& p, bool open)
  {
    const bool channel = open && p[2] > 0 && std::hypot(p[0], p[1]) < 1.5;
    return channel ? -1 : std::min(inBall(p, 9), -inBall(p, 2.5));
  };
  for (const bool open : { false, true })
  {
    const Positions positions = filled([&](const Point& p) { return inHollow(p, open); }, 18);
    const std::vector<std::uint8_t> interior = interiorOf(positions, 1.5);
    std::size_t beside = 0;
    std::size_t found = 0;
    for (std::size_t ion = 0; ion < interior.size(); ++ion)
    {
      const Point p = pointOf(positions, ion);
      if (std::hypot(p[0], p[1], p[2]) < 3.2 && p[2] < 0)
      {
        ++beside;
        found += interior[ion];
      }
    }
    EXPECT_GT(beside, 500u);
    EXPECT_EQ(found, open ? 0 : beside);
  }
}

TEST(InteriorIons, DoesNotDependOnThreadsAndStrayIonsOnlyLoseSome)
{
  Positions positions = filled([](const Point& p) { return inBall(p, 8); }, 16);
  const std::vector<std::uint8_t> interior = interiorOf(positions, 1);
  {
    const ThreadLimit limit(1);
    EXPECT_EQ(interiorOf(positions, 1), interior);
  }
  positions.insert(positions.end(), { 1e6F, -1e6F, 1e6F, 40, 40, 40 });
  const std::vector<std::uint8_t> withStray = interiorOf(positions, 1);
  for (std::size_t ion = 0; ion < interior.size(); ++ion)
  {
    EXPECT_FALSE(withStray[ion] && inBall(pointOf(positions, ion), 8) < 1);
  }
  EXPECT_EQ(withStray.back(), 0);
}

TEST(InteriorIons, NothingIsInsideOfWhatIsAllSurface)
{
  const auto none = [](const Positions& positions, double distance)
  {
    const std::vector<std::uint8_t> interior = interiorOf(positions, distance);
    EXPECT_EQ(interior.size(), positions.size() / 3);
    EXPECT_EQ(std::count(interior.begin(), interior.end(), 0),
      static_cast<std::ptrdiff_t>(interior.size()));
  };
  none({}, 1);
  none({ 1, 2, 3 }, 0);
  none(Positions(600, 1.0F), 0);
  Positions plane = filled([](const Point& p) { return inBall(p, 5); }, 10);
  none(plane, 5);
  none(plane, 1e30);
  for (std::size_t i = 2; i < plane.size(); i += 3)
  {
    plane[i] = 0;
  }
  none(plane, 0.1);
}

TEST(InteriorIons, ADistanceThatIsNoneIsASentence)
{
  const Positions positions{ 0, 0, 0, 1, 1, 1 };
  for (const double distance :
    { -1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity() })
  {
    EXPECT_THROW(interiorOf(positions, distance), ParameterError);
  }
}

} // namespace apt
