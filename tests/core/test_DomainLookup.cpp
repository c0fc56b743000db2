// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "DomainLookup.h"

#include "DomainPlacement.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace apt
{
namespace
{

constexpr Matrix turned = { { { 0, 0, 1 }, { 1, 0, 0 }, { 0, 1, 0 } } };

TEST(DomainLookup, FindsWhatTryingAllDomainsFinds)
{
  const Random random(11);
  for (const DomainShape shape : { DomainShape::Sphere, DomainShape::Plate })
  {
    SyntheticSpecimenOptions options;
    options.domainShape = shape;
    options.domainFraction = 0.08;
    options.domainRadius = { 0.5, 4 };
    const DomainForm form(shape, 0.3, turned);
    const SpecimenOutline outline(SpecimenShape::Cylinder, 15, 40, 0);
    const std::vector<Domain> domains = placeDomains(options, outline, form, random);
    ASSERT_GT(domains.size(), 5u);
    const DomainLookup lookup(domains, form, outline);
    const DomainLookup wide(domains, form, outline, 3);
    int inside = 0;
    for (std::uint64_t i = 0; i < 50000; ++i)
    {
      const Random::Words words = random.words(Purpose::Position, i);
      const Point point = { uniform(words[0], -7.5, 7.5), uniform(words[1], -7.5, 7.5),
        uniform(words[2], -20, 20) };
      std::int32_t expected = -1;
      for (std::size_t d = domains.size(); d-- > 0;)
      {
        if (form.level(domains[d], point) <= 1)
        {
          expected = static_cast<std::int32_t>(d);
        }
        if (form.level(domains[d], point) <= 3)
        {
          ASSERT_TRUE(
            std::binary_search(wide.begin(point), wide.end(point), static_cast<std::int32_t>(d)));
        }
      }
      ASSERT_EQ(lookup.domainAt(point), expected);
      inside += expected >= 0;
    }
    EXPECT_GT(inside, 1000);
  }
}

TEST(DomainLookup, WithoutDomainsAllIsMatrix)
{
  const DomainForm form(DomainShape::Sphere, 1, turned);
  const std::vector<Domain> none;
  const DomainLookup lookup(none, form, SpecimenOutline(SpecimenShape::Box, 10, 0, 0));
  EXPECT_EQ(lookup.domainAt({ 0, 0, 0 }), -1);
  EXPECT_EQ(lookup.domainAt({ 5, 5, -5 }), -1);
}

} // namespace
} // namespace apt
