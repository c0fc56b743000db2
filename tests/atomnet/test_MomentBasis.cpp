// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "MomentBasis.h"
#include "SmallModels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

using namespace apt;

namespace
{

constexpr double a = 0.4;
constexpr double twoPi = 2 * 3.14159265358979323846;

std::vector<float> randomPositions(std::size_t ions)
{
  std::mt19937 random(3);
  std::vector<float> positions;
  for (std::size_t i = 0; i < 3 * ions; ++i)
  {
    positions.push_back(static_cast<float>(static_cast<double>(random()) / 4294967296.0));
  }
  return positions;
}

} // namespace

TEST(MomentBasis, IsWhatItsDefinitionSays)
{
  const MomentForm form = test::randomMomentNet(1).moments;
  const std::vector<float> positions = randomPositions(40);
  const CellSortedCloud cloud(positions.data(), 40);
  const std::size_t neighbours = 16;
  const auto functions = static_cast<std::size_t>(form.basisSize());
  ASSERT_EQ(functions, 15U);
  NeighbourSearchOptions search;
  search.neighbours = 17;
  search.tileIons = 16;
  forEachTile(cloud, search,
    [&](const NeighbourTile& tile)
    {
      const std::size_t first = 1;
      const std::size_t count = tile.size - 1;
      std::vector<float> basis(count * functions * neighbours, -1);
      std::vector<float> logSums(count * 3, -1);
      momentBasis(
        tile, form, a, { 0, 0, 1 }, first, count, neighbours, basis.data(), logSums.data());
      for (std::size_t i = 0; i < count; ++i)
      {
        const std::uint32_t ion = tile.ions[first + i];
        for (std::size_t q = 0; q < 3; ++q)
        {
          const double width = form.widestWidth * a / std::pow(std::sqrt(2.0), double(q));
          std::vector<double> weights;
          std::vector<double> depths;
          double sum = 0;
          for (std::size_t j = 0; j < neighbours; ++j)
          {
            const std::uint32_t other = tile.neighbourIon(first + i, j + 1);
            double squared = 0;
            for (std::size_t axis = 0; axis < 3; ++axis)
            {
              const double d = static_cast<double>(positions[3 * other + axis]) -
                static_cast<double>(positions[3 * ion + axis]);
              squared += d * d;
            }
            depths.push_back(static_cast<double>(positions[3 * other + 2]) -
              static_cast<double>(positions[3 * ion + 2]));
            weights.push_back(std::exp(-squared / (2 * width * width)));
            sum += weights.back();
          }
          EXPECT_NEAR(logSums[i * 3 + q], std::log(sum), 1e-5);
          for (std::size_t j = 0; j < neighbours; ++j)
          {
            const auto value = [&](std::size_t function)
            { return basis[(i * functions + q * 5 + function) * neighbours + j]; };
            const double weight = weights[j] / sum;
            const double phase = twoPi * depths[j] / a;
            EXPECT_NEAR(value(0), weight, 1e-6);
            EXPECT_NEAR(value(1), weight * std::cos(phase), 1e-6);
            EXPECT_NEAR(value(2), weight * std::sin(phase), 1e-6);
            EXPECT_NEAR(value(3), weight * std::cos(2 * phase), 1e-6);
            EXPECT_NEAR(value(4), weight * std::sin(2 * phase), 1e-6);
          }
        }
      }
    });
}

TEST(MomentBasis, GivesNoWeightToNeighboursThatAreMissing)
{
  const MomentForm form = test::randomMomentNet(1).moments;
  const std::vector<float> positions{ 0, 0, 0, 0, 0, 0.1F, 50, 0, 0 };
  const auto functions = static_cast<std::size_t>(form.basisSize());
  for (const std::size_t ions : { 1, 2, 3 })
  {
    const CellSortedCloud cloud(positions.data(), ions);
    NeighbourSearchOptions search;
    search.neighbours = 17;
    forEachTile(cloud, search,
      [&](const NeighbourTile& tile)
      {
        std::vector<float> basis(ions * functions * 16, -1);
        std::vector<float> logSums(ions * 3, -1);
        momentBasis(tile, form, a, { 0, 0, 1 }, 0, ions, 16, basis.data(), logSums.data());
        for (std::size_t ion = 0; ion < ions; ++ion)
        {
          for (std::size_t function = 0; function < functions; ++function)
          {
            const float* row = basis.data() + (ion * functions + function) * 16;
            EXPECT_TRUE(std::all_of(
              row + tile.neighbours - 1, row + 16, [](float value) { return value == 0; }));
            EXPECT_TRUE(
              std::all_of(row, row + 16, [](float value) { return std::isfinite(value); }));
          }
          // Alone, or too far from all others for a Gaussian to tell.
          const bool alone = ions == 1 || tile.x[ion] > 1;
          for (std::size_t q = 0; q < 3; ++q)
          {
            EXPECT_EQ(logSums[ion * 3 + q] == -10, alone);
          }
        }
      });
  }
}
