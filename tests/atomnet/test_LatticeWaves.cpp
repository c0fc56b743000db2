// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Error.h"
#include "LatticeNormal.h"
#include "LatticeWaves.h"
#include "ParallelFor.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <complex>
#include <random>
#include <vector>

using namespace apt;

namespace
{

constexpr double a = 0.4;
constexpr double pi = 3.14159265358979323846;

struct Ions
{
  std::vector<float> positions;
  std::vector<std::uint8_t> species;

  std::size_t size() const { return this->species.size(); }

  /** In the order of a cell-sorted cloud. */
  std::vector<std::uint8_t> sorted(const CellSortedCloud& cloud) const
  {
    std::vector<std::uint8_t> codes;
    for (std::size_t place = 0; place < cloud.size(); ++place)
    {
      codes.push_back(this->species[cloud.originalIndices()[place]]);
    }
    return codes;
  }
};

/**
 * Ions at random places in planes a/2 apart, normal to n, with species 0 and 1 alternating where they
 * are in order, by halves; a tenth is of species 2.
 * @param domain nm, of cubes whose order begins anywhere; 0: one for all
 * @param depth  nm, how far at most an ion is from its plane
 */
Ions planes(std::size_t count, double edge, const std::array<double, 3>& n, double order,
  double domain, unsigned seed, double depth = 0.06)
{
  std::mt19937 random(seed);
  const auto uniform = [&] { return static_cast<double>(random()) / 4294967296.0; };
  Ions ions;
  for (std::size_t i = 0; i < count; ++i)
  {
    std::array<double, 3> r{ edge * uniform(), edge * uniform(), edge * uniform() };
    const double height = r[0] * n[0] + r[1] * n[1] + r[2] * n[2];
    const double plane = std::round(height / (a / 2));
    const double shift = plane * a / 2 - height + depth * (uniform() + uniform() - 1);
    long phase = 0;
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      if (domain > 0)
      {
        phase = 31 * phase + std::lround(std::floor(r[axis] / domain) * 2654435761.0) / 64;
      }
      ions.positions.push_back(static_cast<float>(r[axis] + shift * n[axis]));
    }
    const bool odd = (std::lround(plane) + phase) % 2 != 0;
    const bool first = uniform() < order ? odd : uniform() < 0.5;
    ions.species.push_back(uniform() < 0.1 ? std::uint8_t{ 2 }
        : first                            ? std::uint8_t{ 1 }
                                           : std::uint8_t{ 0 });
  }
  return ions;
}

std::array<double, 3> tilted(double aboutX, double aboutY)
{
  const double x = std::tan(aboutX * pi / 180);
  const double y = std::tan(aboutY * pi / 180);
  const double length = std::sqrt(x * x + y * y + 1);
  return { x / length, y / length, 1 / length };
}

double degreesBetween(const std::array<double, 3>& one, const std::array<double, 3>& other)
{
  const double cosine = one[0] * other[0] + one[1] * other[1] + one[2] * other[2];
  return std::acos(std::min(1.0, cosine)) * 180 / pi;
}

std::array<double, 3> normalOf(const Ions& ions)
{
  const CellSortedCloud cloud(ions.positions.data(), ions.size());
  const std::vector<std::uint8_t> species = ions.sorted(cloud);
  return findLatticeNormal(cloud, species.data(), speciesShares(cloud, species.data(), 3), a);
}

} // namespace

TEST(LatticeNormal, IsThatOfThePlanes)
{
  for (const auto& [x, y] : { std::array<double, 2>{ 0, 0 }, std::array<double, 2>{ 2.6, -1.3 },
         std::array<double, 2>{ -4.1, 3.2 } })
  {
    const std::array<double, 3> n = tilted(x, y);
    EXPECT_LT(degreesBetween(normalOf(planes(20000, 8, n, 0.3, 0, 1)), n), 0.15);
    EXPECT_LT(degreesBetween(normalOf(planes(20000, 8, n, 0.6, 4, 2)), n), 0.4);
    // Without any order, or with order that begins anew every 2 nm, by the planes alone.
    EXPECT_LT(degreesBetween(normalOf(planes(20000, 8, n, 0, 0, 1)), n), 0.15);
    EXPECT_LT(degreesBetween(normalOf(planes(20000, 8, n, 0.6, 2, 2)), n), 0.15);
    // By the order alone where noise in depth leaves no planes; also where it begins anew every 4 nm.
    EXPECT_LT(degreesBetween(normalOf(planes(20000, 8, n, 0.6, 0, 1, 0.25)), n), 0.4);
    EXPECT_LT(degreesBetween(normalOf(planes(20000, 8, n, 0.9, 4, 2, 0.2)), n), 0.4);
  }
}

TEST(LatticeNormal, IsFoundInALargeCloudOfManyBlocks)
{
  const std::array<double, 3> n = tilted(1.7, -2.2);
  const Ions ions = planes(1500000, 34, n, 0.2, 0, 3);
  EXPECT_LT(degreesBetween(normalOf(ions), n), 0.15);
}

TEST(LatticeNormal, IsNotTurnedByDomainsOutOfPhase)
{
  // Where noise leaves no planes, such domains tell nothing of the normal, and it stays near z.
  double sum = 0;
  for (unsigned seed = 1; seed <= 8; ++seed)
  {
    sum +=
      degreesBetween(normalOf(planes(8000, 6, { 0, 0, 1 }, 0.9, 1.5, seed, 0.25)), { 0, 0, 1 });
  }
  EXPECT_LT(sum / 8, 1);
}

TEST(LatticeNormal, StaysWithinItsGridWhereThereAreNoPlanes)
{
  for (unsigned seed = 1; seed <= 8; ++seed)
  {
    const std::array<double, 3> n = normalOf(planes(8000, 6, { 0, 0, 1 }, 0, 0, seed, 1));
    for (const std::size_t axis : { 0, 1 })
    {
      EXPECT_LE(std::abs(std::atan2(n[axis], n[2])) * 180 / pi, 4.95);
    }
  }
  // What is beyond the grid is not found; the answer still is within it.
  const std::array<double, 3> n = normalOf(planes(20000, 8, tilted(9, 0), 0.5, 0, 1));
  EXPECT_LE(std::atan2(n[0], n[2]) * 180 / pi, 4.95);
  EXPECT_EQ(normalOf({}), (std::array<double, 3>{ 0, 0, 1 }));
  EXPECT_LT(degreesBetween(normalOf({ { 1, 2, 3 }, { 0 } }), { 0, 0, 1 }), 1e-5);
}

TEST(LatticeWaves, AreWhatTheirDefinitionSays)
{
  const std::array<double, 3> n = tilted(1.5, 2.5);
  const Ions ions = planes(12000, 7, n, 0.25, 0, 4);
  const CellSortedCloud cloud(ions.positions.data(), ions.size());
  const std::vector<std::uint8_t> species = ions.sorted(cloud);
  MomentForm form;
  form.waveWindows = 3;
  form.widestWindow = 10;
  // Species 3 is nowhere.
  const LatticeWaves waves(cloud, species.data(), 4, a, form);
  ASSERT_EQ(waves.size(), 36U);
  ASSERT_EQ(form.waveFeatures(4), 36);
  std::array<double, 4> shares{};
  for (const std::uint8_t code : species)
  {
    shares[code] += 1.0 / 12000;
  }
  std::vector<float> found(waves.size());
  double largest = 0;
  for (std::size_t place = 0; place < cloud.size(); place += 391)
  {
    waves.read(place, found.data());
    for (std::size_t window = 0; window < 3; ++window)
    {
      const double width = 10 * a / std::pow(2.0, window);
      std::array<std::complex<double>, 4> sums{};
      double count = 0;
      for (std::size_t other = 0; other < cloud.size(); ++other)
      {
        const double x =
          static_cast<double>(cloud.x()[other]) - static_cast<double>(cloud.x()[place]);
        const double y =
          static_cast<double>(cloud.y()[other]) - static_cast<double>(cloud.y()[place]);
        const double z =
          static_cast<double>(cloud.z()[other]) - static_cast<double>(cloud.z()[place]);
        const double g = std::exp(-(x * x + y * y + z * z) / (2 * width * width));
        const double phase =
          2 * pi * (x * waves.normal()[0] + y * waves.normal()[1] + z * waves.normal()[2]) / a;
        count += g;
        for (std::size_t s = 0; s < 4; ++s)
        {
          sums[s] += std::polar(g * ((species[other] == s ? 1.0 : 0.0) - shares[s]), -phase);
        }
      }
      for (std::size_t s = 0; s < 4; ++s)
      {
        const double variance = count * shares[s] * (1 - shares[s]);
        const std::complex<double> z = variance > 0 ? sums[s] / std::sqrt(variance) : 0;
        const float* const features = found.data() + (window * 4 + s) * 3;
        const double scale = std::sqrt(1 + std::norm(z));
        EXPECT_NEAR(static_cast<double>(features[0]), z.real() / scale, 0.04) << window << " " << s;
        EXPECT_NEAR(static_cast<double>(features[1]), -z.imag() / scale, 0.04)
          << window << " " << s;
        EXPECT_NEAR(static_cast<double>(features[2]), std::log(1 + std::norm(z)) / 4, 0.03);
        largest = std::max(largest, std::norm(z));
      }
    }
  }
  EXPECT_GT(largest, 10);
}

TEST(LatticeWaves, AreTheSameForAnyThreadsAndFarAwayIons)
{
  Ions ions = planes(5000, 6, { 0, 0, 1 }, 0.3, 0, 5);
  // These two are alone, very far away from all others.
  for (const float place : { 3e7F, -1e15F })
  {
    ions.positions.insert(ions.positions.end(), { place, 1, place });
    ions.species.push_back(0);
  }
  const CellSortedCloud cloud(ions.positions.data(), ions.size());
  const std::vector<std::uint8_t> species = ions.sorted(cloud);
  MomentForm form;
  form.waveWindows = 2;
  form.widestWindow = 7;
  const auto all = [&]
  {
    const LatticeWaves waves(cloud, species.data(), 3, a, form);
    std::vector<float> features(waves.size() * cloud.size());
    for (std::size_t place = 0; place < cloud.size(); ++place)
    {
      waves.read(place, features.data() + place * waves.size());
    }
    return features;
  };
  const std::vector<float> expected = all();
  for (const float value : expected)
  {
    ASSERT_TRUE(std::isfinite(value));
  }
  for (const int threads : { 1, 3 })
  {
    const ThreadLimit limit(threads);
    EXPECT_EQ(all(), expected);
  }
}

TEST(LatticeWaves, StopWhenTheUserStopsThem)
{
  const Ions ions = planes(5000, 6, { 0, 0, 1 }, 0.3, 0, 6);
  const CellSortedCloud cloud(ions.positions.data(), ions.size());
  const std::vector<std::uint8_t> species = ions.sorted(cloud);
  MomentForm form;
  form.waveWindows = 1;
  const auto make = [&]
  { return LatticeWaves(cloud, species.data(), 3, a, form, [](double) { return false; }).size(); };
  EXPECT_THROW(make(), Stopped);
}
