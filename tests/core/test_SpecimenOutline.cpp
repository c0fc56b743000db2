// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "SpecimenOutline.h"

#include "Error.h"
#include "Random.h"

#include <gtest/gtest.h>

#include <cmath>

namespace apt
{
namespace
{

std::vector<SpecimenOutline> outlines()
{
  return { { SpecimenShape::Box, 10, 0, 0.1 }, { SpecimenShape::Box, 4, 30, 0.1 },
    { SpecimenShape::Cylinder, 12, 5, 0.1 }, { SpecimenShape::Needle, 10, 20, 0.1 },
    { SpecimenShape::Needle, 10, 20, 0 }, { SpecimenShape::Needle, 30, 20, 0.4 } };
}

Point somewhere(const Random& random, std::uint64_t number, const Point& half)
{
  const Random::Words words = random.words(Purpose::Placement, number);
  return { uniform(words[0], -half[0], half[0]), uniform(words[1], -half[1], half[1]),
    uniform(words[2], -half[2], half[2]) };
}

Point along(const Point& origin, const Point& direction, double t)
{
  return { origin[0] + t * direction[0], origin[1] + t * direction[1],
    origin[2] + t * direction[2] };
}

TEST(SpecimenOutline, ClipsLinesWhereTheyEnterAndLeave)
{
  const Random random(1);
  for (const SpecimenOutline& outline : outlines())
  {
    for (std::uint64_t number = 0; number < 2000; ++number)
    {
      const Point& half = outline.halfExtent();
      const Point origin = somewhere(random, 2 * number, { half[0] * 2, half[1] * 2, half[2] * 2 });
      Point direction = somewhere(random, 2 * number + 1, { 1, 1, 1 });
      if (number % 4 == 0)
      {
        direction = { 0, 0, 0.4 }; // as the rows of a crystal that is not turned
      }
      const Stretch inside = outline.clip(origin, direction);
      for (int step = -400; step <= 400; ++step)
      {
        const double t = 0.25 * step;
        const double depth = outline.depth(along(origin, direction, t));
        if (std::abs(depth) > 1e-9)
        {
          ASSERT_EQ(inside.begin <= t && t <= inside.end, depth > 0)
            << "line " << number << " at " << t;
        }
      }
    }
  }
}

TEST(SpecimenOutline, HoldsTheVolumeThatItTells)
{
  const Random random(2);
  for (const SpecimenOutline& outline : outlines())
  {
    const Point& half = outline.halfExtent();
    constexpr int count = 200000;
    int inside = 0;
    for (std::uint64_t number = 0; number < count; ++number)
    {
      inside += outline.contains(somewhere(random, number, half));
    }
    const double box = 8 * half[0] * half[1] * half[2];
    EXPECT_NEAR(outline.volume(), box * inside / count, 5 * box * 0.5 / std::sqrt(count));
  }
}

TEST(SpecimenOutline, DepthIsTheRadiusOfTheLargestBallThatFits)
{
  const Random random(3);
  for (const SpecimenOutline& outline : outlines())
  {
    for (std::uint64_t number = 0; number < 300; ++number)
    {
      const Point centre = somewhere(random, 1000 + number, outline.halfExtent());
      const double depth = outline.depth(centre);
      bool leaves = false;
      for (std::uint64_t ray = 0; ray < 2000; ++ray)
      {
        const Point to = somewhere(random, 5000 + ray, { 1, 1, 1 });
        const double length = std::hypot(to[0], to[1], to[2]);
        const double radius = std::abs(depth);
        const bool within = outline.contains(along(centre, to, 0.999 * radius / length));
        // No nearer than the depth is the surface met, neither from inside nor from outside.
        ASSERT_EQ(within, depth > 0);
        leaves |= depth > 0 && !outline.contains(along(centre, to, 1.2 * radius / length));
      }
      EXPECT_TRUE(leaves || depth <= 0);
    }
  }
}

TEST(SpecimenOutline, ANeedleIsWidestAtItsBaseAndHasItsTipOnTop)
{
  const SpecimenOutline needle(SpecimenShape::Needle, 10, 20, 0.1);
  EXPECT_TRUE(needle.contains({ 4.99, 0, -9.999 }));
  EXPECT_FALSE(needle.contains({ 5.01, 0, -9.999 }));
  EXPECT_TRUE(needle.contains({ 0, 0, 9.999 }));
  EXPECT_FALSE(needle.contains({ 1, 0, 9.999 }));
  EXPECT_FALSE(needle.contains({ 0, 0, 10.001 }));
  // The cone's own slope below the cap.
  EXPECT_NEAR(needle.depth({ 0, 0, 0 }), (5 - 10 * std::tan(0.1)) * std::cos(0.1), 1e-12);
}

TEST(SpecimenOutline, RefusesNeedlesWithoutATip)
{
  EXPECT_THROW(SpecimenOutline(SpecimenShape::Needle, 10, 20, 0.3), ParameterError);
  EXPECT_THROW(SpecimenOutline(SpecimenShape::Needle, 10, 20, -0.1), ParameterError);
  EXPECT_THROW(SpecimenOutline(SpecimenShape::Needle, 10, 3, 0.1), ParameterError);
}

} // namespace
} // namespace apt
