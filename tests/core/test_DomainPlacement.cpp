// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "DomainPlacement.h"

#include "Error.h"
#include "KolmogorovSmirnov.h"
#include "ParallelFor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

namespace apt
{
namespace
{

constexpr Matrix upright = { { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } } };

SyntheticSpecimenOptions recipe(double edge, double fraction, Interval radius)
{
  SyntheticSpecimenOptions options;
  options.edgeLength = edge;
  options.domainFraction = fraction;
  options.domainRadius = radius;
  return options;
}

SpecimenOutline outlineOf(const SyntheticSpecimenOptions& options)
{
  return { options.shape, options.edgeLength, options.height, options.shankAngle };
}

DomainForm formOf(const SyntheticSpecimenOptions& options)
{
  return { options.domainShape, options.aspectRatio, upright };
}

std::vector<Domain> placed(
  const SyntheticSpecimenOptions& options, std::uint64_t seed = 1, const Progress& progress = {})
{
  return placeDomains(options, outlineOf(options), formOf(options), Random(seed), progress);
}

/** The definition: of the spheres about two domains, none reaches into another. */
bool overlap(const std::vector<Domain>& domains, const DomainForm& form)
{
  for (std::size_t i = 0; i < domains.size(); ++i)
  {
    for (std::size_t j = 0; j < i; ++j)
    {
      const double apart = std::hypot(domains[i].centre[0] - domains[j].centre[0],
        domains[i].centre[1] - domains[j].centre[1], domains[i].centre[2] - domains[j].centre[2]);
      if (apart <
        form.boundingRadius(domains[i].radius) + form.boundingRadius(domains[j].radius) - 1e-12)
      {
        return true;
      }
    }
  }
  return false;
}

double fractionOf(const std::vector<Domain>& domains, const SyntheticSpecimenOptions& options)
{
  const SpecimenOutline outline = outlineOf(options);
  const DomainForm form = formOf(options);
  double volume = 0;
  for (const Domain& domain : domains)
  {
    volume += form.volumeWithin(outline, domain);
  }
  return volume / outline.volume();
}

TEST(DomainPlacement, TheVerifierOfOverlapSeesOverlap)
{
  Domain one;
  one.radius = 1;
  Domain other = one;
  other.centre = { 0, 1.99, 0 };
  const DomainForm form(DomainShape::Sphere, 1, upright);
  EXPECT_TRUE(overlap({ one, other }, form));
  other.centre = { 0, 2.01, 0 };
  EXPECT_FALSE(overlap({ one, other }, form));
}

TEST(DomainPlacement, DomainsDoNotOverlapAndFillTheFractionAskedFor)
{
  const Interval radii[] = { { 1.2, 2.0 }, { 1, 1 }, { 0.3, 3 } };
  for (const double fraction : { 0.02, 0.2, 0.3, 0.45, 0.6 })
  {
    for (const Interval& radius : radii)
    {
      for (const double edge : { 8.0, 20.0 })
      {
        const SyntheticSpecimenOptions options = recipe(edge, fraction, radius);
        const std::vector<Domain> domains = placed(options);
        EXPECT_FALSE(overlap(domains, formOf(options)));
        // As near as one domain allows, and that is half of the smallest at worst.
        const double largest = formOf(options).volume(radius.upper);
        EXPECT_NEAR(fractionOf(domains, options), fraction,
          0.5 * largest / outlineOf(options).volume() + 1e-12);
        for (const Domain& domain : domains)
        {
          EXPECT_GE(domain.radius, radius.lower);
          EXPECT_LE(domain.radius, radius.upper);
          EXPECT_GT(formOf(options).volumeWithin(outlineOf(options), domain), 0);
        }
      }
    }
  }
}

TEST(DomainPlacement, EllipsoidsAndPlatesDoNotOverlapEither)
{
  for (const DomainShape shape : { DomainShape::Ellipsoid, DomainShape::Plate })
  {
    for (const double aspect : { 0.3, 1.0, 1.8 })
    {
      SyntheticSpecimenOptions options = recipe(15, 0.12, { 1, 1.4 });
      options.domainShape = shape;
      options.aspectRatio = aspect;
      const std::vector<Domain> domains = placed(options);
      EXPECT_FALSE(overlap(domains, formOf(options)));
      EXPECT_NEAR(fractionOf(domains, options), 0.12, 0.003);
    }
  }
}

TEST(DomainPlacement, EverySpecimenShapeGetsItsFraction)
{
  for (const SpecimenShape shape : { SpecimenShape::Cylinder, SpecimenShape::Needle })
  {
    SyntheticSpecimenOptions options = recipe(20, 0.2, { 1, 1.5 });
    options.shape = shape;
    options.height = 30;
    EXPECT_NEAR(fractionOf(placed(options), options), 0.2, 0.001);
  }
}

TEST(DomainPlacement, RadiiAreUniformInTheirRange)
{
  for (const double fraction : { 0.25, 0.45 })
  {
    const SyntheticSpecimenOptions options = recipe(60, fraction, { 1, 2 });
    const SpecimenOutline outline = outlineOf(options);
    std::vector<double> radii;
    for (const Domain& domain : placed(options))
    {
      // Of the others, large ones reach into the specimen more often.
      if (outline.contains(domain.centre))
      {
        radii.push_back(domain.radius);
      }
    }
    ASSERT_GT(radii.size(), 2000u);
    EXPECT_LT(kolmogorovSmirnov(radii, [](double r) { return uniformDistribution(r, 1, 2); }),
      KolmogorovSmirnovLimit);
  }
}

TEST(DomainPlacement, DomainsAreAsDenseAtTheSurfaceAsWithin)
{
  for (const double fraction : { 0.25, 0.5 })
  {
    const SyntheticSpecimenOptions options = recipe(50, fraction, { 1.5, 1.5 });
    const DomainForm form = formOf(options);
    // Share of the volume in a shell 1 nm thick, over a few specimens.
    int inside = 0;
    int all = 0;
    for (std::uint64_t seed = 0; seed < 3; ++seed)
    {
      const std::vector<Domain> domains = placed(options, seed);
      for (std::uint64_t i = 0; i < 4000; ++i)
      {
        const Random::Words words = Random(99).words(Purpose::Position, i);
        const double side = words[3] % 2 == 0 ? -1 : 1;
        Point point = { uniform(words[0], -25, 25), uniform(words[1], -25, 25),
          side * uniform(words[2], 24, 25) };
        std::rotate(point.begin(), point.begin() + words[3] / 2 % 3, point.end());
        ++all;
        inside += std::any_of(domains.begin(), domains.end(),
          [&](const Domain& domain) { return form.contains(domain, point); });
      }
    }
    EXPECT_NEAR(static_cast<double>(inside) / all, fraction, 0.03);
  }
}

TEST(DomainPlacement, VariantsAreAllOrSomeOrOne)
{
  SyntheticSpecimenOptions options = recipe(30, 0.2, { 1, 1 });
  options.structure = OrderedStructure::L1_0;
  const auto variants = [&]
  {
    std::set<int> seen;
    for (const Domain& domain : placed(options))
    {
      seen.insert(domain.variant);
    }
    return seen;
  };
  options.domainVariants = DomainVariants::All;
  EXPECT_EQ(variants(), (std::set<int>{ 0, 1, 2, 3, 4, 5 }));
  options.domainVariants = DomainVariants::Translations;
  EXPECT_EQ(variants(), (std::set<int>{ 0, 1 }));
  options.domainVariants = DomainVariants::One;
  EXPECT_EQ(variants(), std::set<int>{ 0 });
  options.structure = OrderedStructure::L1_2;
  options.domainVariants = DomainVariants::Translations;
  EXPECT_EQ(variants(), (std::set<int>{ 0, 1, 2, 3 }));
}

TEST(DomainPlacement, IsTheSameOnAnyNumberOfThreadsAndAnotherForAnotherSeed)
{
  for (const double fraction : { 0.2, 0.5 })
  {
    const SyntheticSpecimenOptions options = recipe(40, fraction, { 1, 1.5 });
    const auto centres = [&](std::uint64_t seed)
    {
      std::vector<Point> points;
      for (const Domain& domain : placed(options, seed))
      {
        points.push_back(domain.centre);
      }
      return points;
    };
    const std::vector<Point> expected = centres(1);
    for (int threads = 1; threads <= 3; ++threads)
    {
      const ThreadLimit limit(threads);
      EXPECT_EQ(centres(1), expected);
    }
    EXPECT_NE(centres(2), expected);
  }
}

TEST(DomainPlacement, SaysWhatFractionWasReachedWhereSpheresJam)
{
  try
  {
    placed(recipe(15, 0.64, { 1.5, 1.5 }));
    FAIL() << "equal spheres at 0.64";
  }
  catch (const ParameterError& error)
  {
    const std::string text = error.what();
    EXPECT_EQ(text.find("DomainFraction is 0.64; allowed is at most about 0.6"), 0u) << text;
  }
}

TEST(DomainPlacement, StopsWhenToldTo)
{
  for (const double fraction : { 0.2, 0.5 })
  {
    EXPECT_THROW(placed(recipe(40, fraction, { 1, 1 }), 1, [](double) { return false; }), Stopped);
  }
}

TEST(DomainPlacement, NoFractionIsNoDomainAndTheLeastFractionIsOne)
{
  EXPECT_TRUE(placed(recipe(20, 0, { 1, 1 })).empty());
  EXPECT_EQ(placed(recipe(20, 1e-9, { 1, 1 })).size(), 1u);
}

} // namespace
} // namespace apt
