// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "DomainForm.h"

#include "Random.h"

#include <gtest/gtest.h>

#include <cmath>

namespace apt
{
namespace
{

constexpr double pi = 3.14159265358979323846;
// The cell's axes x, y, z along the specimen's y, z, x.
constexpr Matrix turned = { { { 0, 0, 1 }, { 1, 0, 0 }, { 0, 1, 0 } } };

const DomainForm forms[] = { { DomainShape::Sphere, 0.3, turned },
  { DomainShape::Ellipsoid, 2, turned }, { DomainShape::Ellipsoid, 0.4, turned },
  { DomainShape::Plate, 0.2, turned }, { DomainShape::Plate, 3, turned } };

Domain domainOf(double radius, int axis)
{
  Domain domain;
  domain.centre = { 1, 2, 3 };
  domain.radius = radius;
  domain.axis = axis;
  return domain;
}

TEST(DomainForm, AnAspectRatioStretchesAlongTheAxisOfTheCell)
{
  const DomainForm ellipsoid(DomainShape::Ellipsoid, 2, turned);
  const DomainForm plate(DomainShape::Plate, 0.25, turned);
  // Axis 0 of the cell is y of the specimen.
  const Domain domain = domainOf(2, 0);
  EXPECT_DOUBLE_EQ(ellipsoid.level(domain, { 1, 6, 3 }), 1);
  EXPECT_DOUBLE_EQ(ellipsoid.level(domain, { 3, 2, 3 }), 1);
  EXPECT_DOUBLE_EQ(ellipsoid.level(domain, { 1, 2, 7 }), 2);
  EXPECT_DOUBLE_EQ(plate.level(domain, { 1, 2.5, 3 }), 1);
  EXPECT_DOUBLE_EQ(plate.level(domain, { 3, 2.4, 3 }), 1);
  // Thickness over diameter.
  EXPECT_DOUBLE_EQ(plate.volume(2), pi * 4 * 1);
  EXPECT_DOUBLE_EQ(ellipsoid.volume(2), 4.0 / 3 * pi * 2 * 2 * 4);
}

TEST(DomainForm, VolumeAndContainsAndLevelAgree)
{
  const Random random(5);
  for (const DomainForm& form : forms)
  {
    for (int axis = 0; axis < 3; ++axis)
    {
      const Domain domain = domainOf(1.5, axis);
      const double reach = form.boundingRadius(domain.radius);
      constexpr int count = 100000;
      int inside = 0;
      for (std::uint64_t i = 0; i < count; ++i)
      {
        const Random::Words words = random.words(Purpose::Placement, i);
        const Point point = { 1 + uniform(words[0], -reach, reach),
          2 + uniform(words[1], -reach, reach), 3 + uniform(words[2], -reach, reach) };
        const bool within = form.contains(domain, point);
        EXPECT_EQ(within, form.level(domain, point) <= 1);
        // The bounding sphere holds it all.
        EXPECT_TRUE(!within || std::hypot(point[0] - 1, point[1] - 2, point[2] - 3) <= reach);
        inside += within;
      }
      const double cube = 8 * reach * reach * reach;
      EXPECT_NEAR(form.volume(1.5), cube * inside / count, 5 * cube * 0.5 / std::sqrt(count));
      EXPECT_NEAR(form.filling(), form.volume(1.5) / (4.0 / 3 * pi * reach * reach * reach), 1e-12);
    }
  }
}

TEST(DomainForm, VolumeWithinIsExactAwayFromTheSurfaceAndHalfOnIt)
{
  const SpecimenOutline outline(SpecimenShape::Box, 40, 40, 0);
  for (const DomainForm& form : forms)
  {
    Domain domain = domainOf(2, 1);
    EXPECT_EQ(form.volumeWithin(outline, domain), form.volume(2));
    domain.centre = { 20, 0, 0 };
    EXPECT_NEAR(form.volumeWithin(outline, domain) / form.volume(2), 0.5, 0.01);
    domain.centre = { 20, -20, 0 };
    EXPECT_NEAR(form.volumeWithin(outline, domain) / form.volume(2), 0.25, 0.01);
    domain.centre = { 40, 0, 0 };
    EXPECT_EQ(form.volumeWithin(outline, domain), 0);
  }
}

TEST(DomainForm, VolumeWithinFollowsTheCapOfASphere)
{
  const SpecimenOutline outline(SpecimenShape::Box, 40, 40, 0);
  for (const double inside : { 0.3, 1.0, 1.7 })
  {
    Domain domain = domainOf(1, 2);
    domain.centre = { 0, 0, 21 - inside };
    const double cap = pi / 3 * inside * inside * (3 - inside);
    EXPECT_NEAR(forms[0].volumeWithin(outline, domain), cap, 0.01 * forms[0].volume(1));
  }
}

} // namespace
} // namespace apt
