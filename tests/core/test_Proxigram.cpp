// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Proxigram.h"

#include "Error.h"
#include "ParallelFor.h"
#include "TestSurfaces.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

namespace apt
{
namespace
{

constexpr double pi = 3.14159265358979323846;
const std::vector<std::string> alloy{ "Al", "Li" };

struct Cloud
{
  std::vector<float> positions;
  std::vector<std::int16_t> type;

  void add(float x, float y, float z, bool solute)
  {
    this->positions.push_back(x);
    this->positions.push_back(y);
    this->positions.push_back(z);
    this->type.push_back(solute ? 1 : 0);
  }
  ProfileInput input() const
  {
    return { this->type.size(), this->positions.data(), this->type.data() };
  }
};

/** Evenly in the box of those half edges; share(x, y, z) of them are solutes. */
template <typename ShareAt>
Cloud filledBox(
  std::size_t ions, const std::array<float, 3>& half, unsigned seed, const ShareAt& shareAt)
{
  Cloud cloud;
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> place(-1, 1);
  std::uniform_real_distribution<double> chance(0, 1);
  for (std::size_t i = 0; i < ions; ++i)
  {
    const float x = half[0] * place(random);
    const float y = half[1] * place(random);
    const float z = half[2] * place(random);
    cloud.add(x, y, z, chance(random) < shareAt(x, y, z));
  }
  return cloud;
}

CompositionBasis basis()
{
  return compositionBasis(alloy, constituentsByName(alloy), {});
}

std::uint64_t ionsOf(const ProfileBin& bin)
{
  return std::accumulate(bin.ionsOfType.begin(), bin.ionsOfType.end(), std::uint64_t{ 0 });
}

std::uint64_t ionsOf(const std::vector<ProfileBin>& bins)
{
  std::uint64_t sum = 0;
  for (const ProfileBin& bin : bins)
  {
    sum += ionsOf(bin);
  }
  return sum;
}

Share soluteIn(const ProfileBin& bin)
{
  return shareOf(bin.ionsOfType, basis().parts[1].perIon, basis().reference);
}

TEST(Proxigram, OfAKnownBallGivesTheKnownCompositions)
{
  const Cloud cloud = filledBox(400000, { 8, 8, 8 }, 1,
    [](float x, float y, float z) { return x * x + y * y + z * z < 16 ? 0.25 : 0.05; });
  const SurfaceDistance surface(test::sphere(4, 80));
  SurfaceProfileOptions options;
  options.maximumDistance = 3;
  const ProfileCoordinates distances = distancesToSurface(cloud.input(), basis(), surface, options);
  EXPECT_NEAR(distances.area, 4 * pi * 16, 1);
  // Slivers at the poles are so small that no ion is nearest to them.
  EXPECT_NEAR(distances.area, distances.wholeArea, 0.1);
  EXPECT_LT(distances.oneSided, 40u);
  EXPECT_EQ(distances.beyondRim, 0u);
  ProfileBinning binning;
  binning.width = 0.5;
  const auto bins = profileBins(distances, cloud.input(), basis(), binning);
  ASSERT_EQ(bins.size(), 12u);
  const double density = 400000 / 4096.0;
  double chiSquare = 0;
  for (std::size_t i = 0; i < bins.size(); ++i)
  {
    EXPECT_NEAR(bins[i].lower, -3 + 0.5 * static_cast<double>(i), 1e-12);
    EXPECT_NEAR(bins[i].upper, bins[i].lower + 0.5, 1e-12);
    const Share share = soluteIn(bins[i]);
    const double truth = i < 6 ? 0.05 : 0.25;
    EXPECT_NEAR(share.fraction, truth, 5 * share.error) << i;
    EXPECT_NEAR(share.error,
      std::sqrt(share.fraction * (1 - share.fraction) / static_cast<double>(ionsOf(bins[i]))),
      1e-12);
    chiSquare += std::pow((share.fraction - truth) / share.error, 2);
    // The shell from 4 − upper to 4 − lower.
    const double volume =
      4 * pi / 3 * (std::pow(4 - bins[i].lower, 3) - std::pow(4 - bins[i].upper, 3));
    const double expected = density * volume;
    EXPECT_NEAR(
      static_cast<double>(ionsOf(bins[i])), expected, 5 * std::sqrt(expected) + 0.01 * expected);
  }
  EXPECT_LT(chiSquare, 40);
}

TEST(Proxigram, CountsThePrismOverAFlatSurface)
{
  const Cloud cloud = filledBox(100000, { 5, 5, 5 }, 2, [](float, float, float) { return 0.5; });
  const SurfaceDistance surface(test::square(4, 10));
  SurfaceProfileOptions options;
  options.maximumDistance = 2;
  const ProfileCoordinates distances = distancesToSurface(cloud.input(), basis(), surface, options);
  std::uint64_t inPrism = 0;
  for (std::size_t i = 0; i < cloud.type.size(); ++i)
  {
    const float* const p = cloud.positions.data() + 3 * i;
    const bool in = std::fabs(p[0]) < 2 && std::fabs(p[1]) < 2 && std::fabs(p[2]) <= 2;
    inPrism += in;
    ASSERT_EQ(!std::isnan(distances.values[i]), in);
    if (in)
    {
      ASSERT_NEAR(distances.values[i], -p[2], 1e-6);
    }
  }
  EXPECT_EQ(distances.ions, inPrism);
  EXPECT_GT(distances.beyondRim, 1000u);
  EXPECT_DOUBLE_EQ(distances.area, 16);
  ProfileBinning binning;
  EXPECT_EQ(ionsOf(profileBins(distances, cloud.input(), basis(), binning)), inPrism);
  options.beyondRim = true;
  const ProfileCoordinates all = distancesToSurface(cloud.input(), basis(), surface, options);
  EXPECT_EQ(all.ions, inPrism + distances.beyondRim);
}

TEST(Proxigram, LeavesOutPartsOfTheSurfaceWithIonsOnOneSide)
{
  // Half of the sphere is outside of the specimen, whose surface at z = 0 a lid closes.
  const Cloud cloud = filledBox(200000, { 8, 8, 4 }, 3,
    [](float x, float y, float z) { return x * x + y * y + (z - 4) * (z - 4) < 16 ? 0.3 : 0.1; });
  TriangleSurface whole = test::sphere(4, 60);
  for (std::size_t i = 2; i < whole.points.size(); i += 3)
  {
    whole.points[i] += 4;
  }
  const SurfaceDistance surface(whole);
  SurfaceProfileOptions options;
  options.maximumDistance = 2;
  const ProfileCoordinates distances = distancesToSurface(cloud.input(), basis(), surface, options);
  EXPECT_NEAR(distances.wholeArea, 64 * pi, 1);
  // A strip of about an edge (0.2 nm) along the rim is uncertain.
  EXPECT_NEAR(distances.area, 32 * pi, 2 * pi * 4 * 0.4);
  options.twoSided = false;
  EXPECT_EQ(distancesToSurface(cloud.input(), basis(), surface, options).area, distances.wholeArea);

  TriangleSurface lid = test::square(6, 30);
  for (std::size_t i = 2; i < lid.points.size(); i += 3)
  {
    lid.points[i] = 4;
  }
  options.twoSided = true;
  try
  {
    distancesToSurface(cloud.input(), basis(), SurfaceDistance(lid), options);
    FAIL();
  }
  catch (const Error& error)
  {
    EXPECT_NE(std::string(error.what()).find("ions on both sides"), std::string::npos);
  }
}

/** A flat interface with so many solutes per nm² put onto it, of which half are detected. */
InterfacialExcess measured(double perSquareNanometre, unsigned seed, double position = 0)
{
  std::mt19937 random(seed);
  Cloud cloud = filledBox(
    20000, { 5, 5, 5 }, seed + 1000, [](float, float, float z) { return z > 0 ? 0.02 : 0.1; });
  std::poisson_distribution<int> number(perSquareNanometre * 0.5 * 100);
  std::uniform_real_distribution<float> place(-1, 1);
  for (int i = number(random); i > 0; --i)
  {
    cloud.add(5 * place(random), 5 * place(random), 0.8F * place(random), true);
  }
  const SurfaceDistance surface(test::square(10, 20));
  const ProfileCoordinates distances = distancesToSurface(cloud.input(), basis(), surface);
  InterfaceOptions options;
  options.position = position;
  const InterfaceCounts counts = interfaceCounts(distances, cloud.input(), basis(), options);
  const CompositionBasis all = basis();
  return interfacialExcess(counts, all.parts[1], all, distances.area, options);
}

TEST(Proxigram, FindsTheKnownExcessOfAFlatInterface)
{
  double pulls = 0;
  double squares = 0;
  constexpr int trials = 100;
  for (unsigned seed = 0; seed < trials; ++seed)
  {
    const InterfacialExcess found = measured(8, seed);
    // Added solutes count as ions of the phase beside them too, with c of it: (1 − c) is left.
    const double pull = (found.excess - 8 * (1 - 0.06)) / found.error;
    pulls += pull / trials;
    squares += pull * pull / trials;
    EXPECT_NEAR(found.phase[0].fraction, 0.02, 5 * found.phase[0].error);
    EXPECT_NEAR(found.phase[1].fraction, 0.1, 5 * found.phase[1].error);
  }
  EXPECT_NEAR(pulls, 0, 0.35);
  EXPECT_NEAR(std::sqrt(squares), 1, 0.25);
}

TEST(Proxigram, FindsNoExcessWhereThereIsNone)
{
  const InterfacialExcess found = measured(0, 7);
  EXPECT_NEAR(found.excess, 0, 4 * found.error);
  EXPECT_LT(found.error, 0.6);
}

TEST(Proxigram, ExcessDependsOnTheDividingSurfaceAsGibbsHasIt)
{
  // Moved by 0.5 nm into the richer phase, 20 ions / nm³ detected by half: (0.1 − 0.02) 40 0.5.
  EXPECT_NEAR(measured(0, 8, 0.5).excess - measured(0, 8).excess, 1.6, 0.5);
  EXPECT_NEAR(measured(0, 8, -0.5).excess - measured(0, 8).excess, -1.6, 0.5);
}

TEST(Proxigram, ExcessIsNotANumberWithoutAPhase)
{
  InterfaceCounts counts;
  counts.within = { { { 5, 5 }, { 5, 5 } } };
  counts.beyond = { { { 5, 5 }, { 0, 0 } } };
  const CompositionBasis all = basis();
  EXPECT_TRUE(std::isnan(interfacialExcess(counts, all.parts[1], all, 10, {}).excess));
  counts.beyond[1] = { 9, 1 };
  EXPECT_FALSE(std::isnan(interfacialExcess(counts, all.parts[1], all, 10, {}).excess));
  EXPECT_TRUE(std::isnan(interfacialExcess(counts, all.parts[1], all, 0, {}).excess));
}

template <typename Work>
std::string sentenceOf(const Work& work)
{
  try
  {
    work();
  }
  catch (const Error& error)
  {
    return error.what();
  }
  return "";
}

/** Three kinds of ions around a flat interface whose step lies 0.6 nm above the surface (on its
 * positive side, below z = 0), with 4 ions / nm² of Mg put onto the step. */
struct Segregated
{
  Cloud cloud;
  CompositionBasis basis = compositionBasis(names(), constituentsByName(names()), {});
  ProfileCoordinates distances;

  static std::vector<std::string> names() { return { "Al", "Li", "Mg" }; }

  explicit Segregated(unsigned seed)
  {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> place(-1, 1);
    std::uniform_real_distribution<double> chance(0, 1);
    for (int i = 0; i < 40000; ++i)
    {
      const float z = 5 * place(random);
      const double draw = chance(random);
      this->cloud.add(5 * place(random), 5 * place(random), z, false);
      // Li 10 and 2 %, Mg 6 and 4 %, on the positive and the negative side.
      const bool positive = z < -0.6F;
      const double lithium = positive ? 0.1 : 0.02;
      const double magnesium = positive ? 0.06 : 0.04;
      this->cloud.type.back() = draw < lithium ? 1 : draw < lithium + magnesium ? 2 : 0;
    }
    std::poisson_distribution<int> number(400);
    for (int i = number(random); i > 0; --i)
    {
      this->cloud.add(5 * place(random), 5 * place(random), -0.6F + 0.5F * place(random), false);
      this->cloud.type.back() = 2;
    }
    this->distances =
      distancesToSurface(this->cloud.input(), this->basis, SurfaceDistance(test::square(10, 20)));
  }
};

TEST(Proxigram, DividingSurfaceLiesWhereOnePartHasNoExcess)
{
  // All are detected: 40 ions / nm³, 44 where Mg was added. Where the step is, Γ is 4 (1 − 0.05) for Mg and −4 · 0.06 for Li,
  // of which the shares are the means of both phases (half of the added ions are on either side).
  // R = 0.02 / 0.08. To have no excess of Li the surface moves by 0.24 / (0.08 · 44) nm.
  const double expected = 4 * 0.95 + 0.25 * 4 * 0.06;
  const double place = 0.6 + 0.24 / (0.08 * 44);
  InterfaceOptions options;
  options.detectionEfficiency = 1;
  options.position = 0.5; // as good a guess as one makes by eye
  constexpr int trials = 60;
  double pulls = 0;
  double squares = 0;
  double pullsOfPlace = 0;
  double squaresOfPlace = 0;
  for (unsigned seed = 0; seed < trials; ++seed)
  {
    const Segregated ions(seed);
    const CompositionPart& lithium = ions.basis.parts[1];
    const InterfaceCounts counts = interfaceCountsWithoutExcess(
      ions.distances, ions.cloud.input(), ions.basis, lithium, options);
    const auto excess = [&](std::size_t part)
    {
      return relativeInterfacialExcess(
        counts, ions.basis.parts[part], lithium, ions.basis, ions.distances.area, options);
    };
    EXPECT_NEAR(excess(1).excess, 0, 1e-9);
    EXPECT_NEAR(excess(0).excess, -excess(2).excess, 1e-9);
    const InterfacialExcess found = excess(2);
    // It is what the definition gives at that place, but for the one ion that the place falls into.
    EXPECT_NEAR(
      interfacialExcess(counts, lithium, ions.basis, ions.distances.area, options).excess, 0, 1e-2);
    EXPECT_NEAR(
      interfacialExcess(counts, ions.basis.parts[2], ions.basis, ions.distances.area, options)
        .excess,
      found.excess, 1e-2);
    const double pull = (found.excess - expected) / found.error;
    pulls += pull / trials;
    squares += pull * pull / trials;
    const double pullOfPlace = (counts.dividingSurface - place) / counts.dividingSurfaceError;
    pullsOfPlace += pullOfPlace / trials;
    squaresOfPlace += pullOfPlace * pullOfPlace / trials;
  }
  EXPECT_NEAR(pulls, 0, 0.45);
  EXPECT_NEAR(std::sqrt(squares), 1, 0.3);
  EXPECT_NEAR(pullsOfPlace, 0, 0.45);
  EXPECT_NEAR(std::sqrt(squaresOfPlace), 1, 0.3);
}

TEST(Proxigram, RelativeExcessDoesNotDependOnTheGuess)
{
  const Segregated ions(3);
  InterfaceOptions options;
  options.halfWidth = 2;
  options.detectionEfficiency = 1;
  const auto excessAt = [&](double guess)
  {
    options.position = guess;
    const CompositionPart& lithium = ions.basis.parts[1];
    const InterfaceCounts counts = interfaceCountsWithoutExcess(
      ions.distances, ions.cloud.input(), ions.basis, lithium, options);
    EXPECT_NEAR(counts.dividingSurface, 0.67, 0.4) << guess;
    return relativeInterfacialExcess(
      counts, ions.basis.parts[2], lithium, ions.basis, ions.distances.area, options);
  };
  for (const double guess : { 0.0, 0.8, 1.2 })
  {
    const InterfacialExcess excess = excessAt(guess);
    EXPECT_NEAR(excess.excess, 3.86, 4 * excess.error) << guess;
    EXPECT_LT(excess.error, 0.6);
  }
}

TEST(Proxigram, SaysWhereNoDividingSurfaceIs)
{
  const Segregated ions(4);
  InterfaceOptions options;
  const auto sentence = [&](std::size_t part)
  {
    return sentenceOf(
      [&]
      {
        interfaceCountsWithoutExcess(
          ions.distances, ions.cloud.input(), ions.basis, ions.basis.parts[part], options);
      });
  };
  EXPECT_EQ(sentence(1), "");
  // More Mg was added than moving the surface through a thin interface can take away.
  options.position = 0.75;
  options.halfWidth = 0.5;
  EXPECT_NE(
    sentence(2).find("the excess of Mg vanishes nowhere in the interface (0.25 to 1.25 nm)"),
    std::string::npos);
  // All is of the whole on either side.
  CompositionPart all = ions.basis.parts[0];
  all.perIon = ions.basis.reference;
  all.name = "all";
  EXPECT_NE(sentenceOf(
              [&] {
                interfaceCountsWithoutExcess(
                  ions.distances, ions.cloud.input(), ions.basis, all, options);
              })
              .find("the share of all is the same on both sides"),
    std::string::npos);
  // Without a phase there is no number, and no error.
  options.position = 0;
  options.halfWidth = 50;
  EXPECT_TRUE(std::isnan(interfaceCountsWithoutExcess(
    ions.distances, ions.cloud.input(), ions.basis, ions.basis.parts[1], options)
                           .dividingSurface));
}

TEST(Proxigram, IsTheSameForAnyNumberOfThreads)
{
  const Cloud cloud = filledBox(100000, { 6, 6, 3 }, 4, [](float, float, float) { return 0.5; });
  const SurfaceDistance surface(test::sphere(4, 40));
  const ProfileCoordinates all = distancesToSurface(cloud.input(), basis(), surface);
  EXPECT_GT(all.oneSided, 100u);
  for (const int threads : { 1, 2, 7 })
  {
    const ThreadLimit limit(threads);
    const ProfileCoordinates again = distancesToSurface(cloud.input(), basis(), surface);
    EXPECT_EQ(again.area, all.area);
    EXPECT_EQ(again.ions, all.ions);
    std::size_t different = 0;
    for (std::size_t i = 0; i < all.values.size(); ++i)
    {
      const bool same = all.values[i] == again.values[i] ||
        (std::isnan(all.values[i]) && std::isnan(again.values[i]));
      different += !same;
    }
    EXPECT_EQ(different, 0u);
  }
}

TEST(Proxigram, AlongALineCountsTheCylinder)
{
  const Cloud cloud = filledBox(30000, { 5, 5, 5 }, 5, [](float, float, float) { return 0.2; });
  LineProfileOptions options;
  options.begin = { -2, -1, 0 };
  options.end = { 2, 2, 1 };
  options.radius = 1.5;
  const ProfileCoordinates along = distancesAlongLine(cloud.input(), basis(), options);
  const double length = std::sqrt(26.0);
  EXPECT_DOUBLE_EQ(along.upper, length);
  std::uint64_t inside = 0;
  for (std::size_t i = 0; i < cloud.type.size(); ++i)
  {
    const float* const p = cloud.positions.data() + 3 * i;
    const std::array<double, 3> d{ static_cast<double>(p[0]) + 2, static_cast<double>(p[1]) + 1,
      static_cast<double>(p[2]) };
    const double t = (4 * d[0] + 3 * d[1] + d[2]) / length;
    const double off = d[0] * d[0] + d[1] * d[1] + d[2] * d[2] - t * t;
    const bool in = t >= 0 && t <= length && off <= 2.25;
    inside += in;
    ASSERT_EQ(std::isnan(along.values[i]), !in);
    if (in)
    {
      ASSERT_NEAR(along.values[i], t, 1e-6);
    }
  }
  EXPECT_EQ(along.ions, inside);
  ProfileBinning binning;
  binning.width = 0.5;
  const auto bins = profileBins(along, cloud.input(), basis(), binning);
  EXPECT_EQ(bins.size(), 11u);
  EXPECT_EQ(bins[0].lower, 0);
  EXPECT_EQ(ionsOf(bins), inside);
}

TEST(Proxigram, AlongAnAxisCountsByCoordinate)
{
  const Cloud cloud =
    filledBox(20000, { 3, 4, 5 }, 6, [](float, float y, float) { return y > 1 ? 0.9 : 0.1; });
  const ProfileCoordinates along = coordinatesAlongAxis(cloud.input(), basis(), 1, 0);
  EXPECT_EQ(along.ions, 20000u);
  ProfileBinning binning;
  binning.width = 1;
  const auto bins = profileBins(along, cloud.input(), basis(), binning);
  ASSERT_EQ(bins.size(), 8u);
  for (std::size_t bin = 0; bin < 8; ++bin)
  {
    std::uint64_t solutes = 0;
    for (std::size_t i = 0; i < cloud.type.size(); ++i)
    {
      solutes +=
        cloud.type[i] == 1 && std::floor(cloud.positions[3 * i + 1]) == static_cast<float>(bin) - 4;
    }
    EXPECT_EQ(bins[bin].ionsOfType[1], solutes);
    EXPECT_EQ(bins[bin].lower, static_cast<double>(bin) - 4);
  }
  const ProfileCoordinates core = coordinatesAlongAxis(cloud.input(), basis(), 1, 1);
  EXPECT_NEAR(static_cast<double>(core.ions), 20000 * pi / 60, 150);
}

TEST(Proxigram, DealsOutAFixedNumberOfIons)
{
  Cloud cloud;
  for (int i = 0; i < 10; ++i)
  {
    cloud.add(static_cast<float>((7 * i) % 10), 0, 0, i % 3 == 0);
  }
  const ProfileCoordinates along = coordinatesAlongAxis(cloud.input(), basis(), 0, 0);
  ProfileBinning binning;
  binning.ionsPerBin = 4;
  auto bins = profileBins(along, cloud.input(), basis(), binning);
  ASSERT_EQ(bins.size(), 3u); // a rest of half a bin is one of its own
  EXPECT_EQ(ionsOf(bins[0]), 4u);
  EXPECT_EQ(ionsOf(bins[2]), 2u);
  EXPECT_EQ(bins[0].lower, 0);
  EXPECT_EQ(bins[0].upper, 3.5);
  EXPECT_EQ(bins[1].lower, 3.5);
  EXPECT_EQ(bins[2].upper, 9);
  binning.ionsPerBin = 7;
  EXPECT_EQ(profileBins(along, cloud.input(), basis(), binning).size(), 1u);
  binning.ionsPerBin = 100;
  bins = profileBins(along, cloud.input(), basis(), binning);
  ASSERT_EQ(bins.size(), 1u);
  EXPECT_EQ(ionsOf(bins[0]), 10u);
  EXPECT_EQ(bins[0].ionsOfType[1], 4u);
}

TEST(Proxigram, SaysWhatIsWrong)
{
  const SurfaceDistance surface(test::square(4, 4));
  Cloud cloud;
  cloud.add(0, 0, 0.1F, false);
  cloud.add(0, 0, -0.1F, true);
  const auto toSurface = [&](const Cloud& ions, SurfaceProfileOptions options = {})
  { return sentenceOf([&] { distancesToSurface(ions.input(), basis(), surface, options); }); };
  EXPECT_EQ(toSurface(cloud), "");
  EXPECT_EQ(toSurface({}), "the input has no ions");
  SurfaceProfileOptions far;
  far.maximumDistance = 0;
  EXPECT_EQ(toSurface(cloud, far), "maximum distance is 0; allowed is above 0 nm");
  far.maximumDistance = 0.01;
  EXPECT_EQ(toSurface(cloud, far), "no ion lies within 0.01 nm in front of the surface");
  Cloud unranged = cloud;
  unranged.type = { -1, -1 };
  EXPECT_NE(toSurface(unranged).find("none of the 2 ions"), std::string::npos);
  Cloud broken = cloud;
  broken.positions[2] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_NE(toSurface(broken).find("z of ion 0"), std::string::npos);
  Cloud one;
  one.add(0, 0, 0.1F, false);
  EXPECT_NE(toSurface(one).find("ions on both sides"), std::string::npos);

  LineProfileOptions line;
  const auto alongLine = [&]
  { return sentenceOf([&] { distancesAlongLine(cloud.input(), basis(), line); }); };
  EXPECT_EQ(alongLine(), "length of the line is 0; allowed is above 0 nm");
  line.begin = { 5, 5, 5 };
  line.end = { 6, 6, 6 };
  EXPECT_EQ(alongLine(), "no ion lies between the ends of the line");
  line.radius = -1;
  EXPECT_EQ(alongLine(), "radius is -1; allowed is 0 nm or more");

  const ProfileCoordinates distances = distancesToSurface(cloud.input(), basis(), surface);
  ProfileBinning binning;
  binning.width = 0;
  const auto binned = [&]
  { return sentenceOf([&] { profileBins(distances, cloud.input(), basis(), binning); }); };
  EXPECT_EQ(binned(), "bin width is 0; allowed is above 0 nm");
  binning.width = 1e-9;
  EXPECT_NE(binned().find("for so many bins as there may be"), std::string::npos);

  InterfaceOptions options;
  const auto counted = [&]
  { return sentenceOf([&] { interfaceCounts(distances, cloud.input(), basis(), options); }); };
  EXPECT_EQ(counted(), "");
  options.detectionEfficiency = 0;
  EXPECT_EQ(counted(), "detection efficiency is 0; allowed is above 0, up to 1");
  options.detectionEfficiency = 1;
  options.halfWidth = 0;
  EXPECT_EQ(counted(), "half width of the interface is 0; allowed is above 0 nm");
}

TEST(Proxigram, Stops)
{
  const Cloud cloud = filledBox(50000, { 2, 2, 2 }, 9, [](float, float, float) { return 0.5; });
  const SurfaceDistance surface(test::square(4, 4));
  EXPECT_THROW(
    distancesToSurface(cloud.input(), basis(), surface, {}, [](double) { return false; }), Stopped);
}

} // namespace
} // namespace apt
