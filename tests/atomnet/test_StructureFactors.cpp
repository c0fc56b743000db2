// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "StructureFactors.h"

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

/** Ions at random places of a cube, of three species; the last one seldom. */
struct RandomIons
{
  explicit RandomIons(std::size_t count)
    : cloud(places(count).data(), count)
  {
    std::mt19937 random(2);
    for (std::size_t ion = 0; ion < count; ++ion)
    {
      this->species.push_back(ion % 97 == 0 ? 2 : static_cast<std::uint8_t>(random() % 2));
    }
  }

  static std::vector<float> places(std::size_t count)
  {
    std::mt19937 random(1);
    std::vector<float> positions(3 * count);
    for (float& position : positions)
    {
      position = static_cast<float>(6.0 * static_cast<double>(random()) / 4294967296.0);
    }
    return positions;
  }

  /** Of the ions of a block of that species, any for −1. */
  std::complex<double> waveOf(const CellSortedCloud::Block& block, int kind,
    const std::array<float, 3>& origin, double x, double y, double period) const
  {
    std::complex<double> sum;
    for (std::size_t ion = block.begin; ion < block.end; ++ion)
    {
      const double along =
        x * (static_cast<double>(this->cloud.x()[ion]) - static_cast<double>(origin[0])) +
        y * (static_cast<double>(this->cloud.y()[ion]) - static_cast<double>(origin[1])) +
        static_cast<double>(this->cloud.z()[ion]) - static_cast<double>(origin[2]);
      sum += kind < 0 || this->species[ion] == kind ? std::polar(1.0, -2 * pi * along / period) : 0;
    }
    return sum;
  }

  CellSortedCloud cloud;
  std::vector<std::uint8_t> species;
};

} // namespace

TEST(StructureFactors, AreSumsOfTheWavesOfTheIons)
{
  const RandomIons ions(9000);
  ASSERT_GT(ions.cloud.blocks().size(), 1U);
  const std::array<float, 3> origin{ 1, 2, 3 };
  // From one tilt to as many as there may be.
  for (const TiltGrid& grid : { TiltGrid{ 0, 0, 0.007, 12 }, TiltGrid{ 0.03, -0.06, 0.002, 4 },
         TiltGrid{ 0.01, 0, 0.01, 0 }, TiltGrid{ 0, 0.02, 0.003, 8 }, TiltGrid{ 0, 0, 0.003, 15 } })
  {
    StructureFactors sum(grid, 3, a);
    for (const std::size_t number : { std::size_t{ 0 }, ions.cloud.blocks().size() - 1 })
    {
      const CellSortedCloud::Block& block = ions.cloud.blocks()[number];
      StructureFactors factors(grid, 3, a);
      factors.add(ions.cloud, block, ions.species.data(), origin);
      EXPECT_EQ(factors.counts()[0] + factors.counts()[1] + factors.counts()[2],
        static_cast<std::size_t>(block.end - block.begin));
      for (int row = 0; row < grid.side(); ++row)
      {
        for (int column = 0; column < grid.side(); ++column)
        {
          const double x = grid.x + (row - grid.steps) * grid.step;
          const double y = grid.y + (column - grid.steps) * grid.step;
          for (int kind = 0; kind < 3; ++kind)
          {
            const auto expected = ions.waveOf(block, kind, origin, x, y, a);
            EXPECT_LT(
              std::abs(factors.ofSpecies(static_cast<std::size_t>(kind), row, column) - expected),
              0.01);
          }
          const auto expected = ions.waveOf(block, -1, origin, x, y, a / 2);
          EXPECT_LT(std::abs(factors.ofPlanes(row, column) - expected), 0.01);
        }
      }
      const std::complex<double> before = sum.ofPlanes(0, 0);
      const std::size_t count = sum.counts()[1];
      sum.add(factors);
      EXPECT_LT(std::abs(sum.ofPlanes(0, 0) - before - factors.ofPlanes(0, 0)), 1e-3);
      EXPECT_EQ(sum.counts()[1], count + factors.counts()[1]);
    }
  }
}
