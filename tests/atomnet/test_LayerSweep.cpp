// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "LayerSweep.h"

#include "Error.h"
#include "ParallelFor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <random>
#include <set>
#include <vector>

using namespace apt;

namespace
{

constexpr std::uint64_t FirstValue = 17;

/** A box of ions at random places, nm; 40 per nm³. */
std::vector<float> box(double x, double y, double z, unsigned seed)
{
  std::mt19937 random(seed);
  std::vector<float> positions;
  const auto ions = static_cast<std::size_t>(40 * x * y * z);
  for (std::size_t ion = 0; ion < ions; ++ion)
  {
    for (const double edge : { x, y, z })
    {
      positions.push_back(static_cast<float>(edge * static_cast<double>(random()) / 4294967296.0));
    }
  }
  return positions;
}

/** A layer that mixes what the neighbours had, in the order of the neighbours. */
std::uint64_t mixed(std::uint64_t sum, std::uint64_t value)
{
  return (sum ^ value) * 1099511628211U + 1;
}

/** What layers make of a cloud when they keep everything. */
std::vector<std::uint64_t> plain(
  const CellSortedCloud& cloud, const NeighbourSearchOptions& search, std::size_t layers)
{
  std::vector<std::uint64_t> before(cloud.size());
  for (std::size_t place = 0; place < cloud.size(); ++place)
  {
    before[place] = FirstValue + cloud.originalIndices()[place];
  }
  for (std::size_t layer = 0; layer < layers; ++layer)
  {
    std::vector<std::uint64_t> after(cloud.size());
    forEachTile(cloud, search,
      [&](const NeighbourTile& tile)
      {
        for (std::size_t ion = 0; ion < tile.size; ++ion)
        {
          for (std::size_t j = 0; j < tile.neighbours; ++j)
          {
            after[tile.begin + ion] =
              mixed(after[tile.begin + ion], before[tile.neighbour[ion * tile.neighbours + j]]);
          }
        }
      });
    before = after;
  }
  return before;
}

struct Swept
{
  std::vector<std::uint64_t> values;
  std::size_t slots = 0;
  std::vector<std::size_t> runs; ///< ions that each layer ran on
};

/** The same by a sweep; what a slot held before is made useless when its next tile begins. */
Swept swept(const CellSortedCloud& cloud, const LayerSweepOptions& options)
{
  Swept result;
  result.values.resize(cloud.size());
  result.runs.resize(options.layers + 1);
  std::vector<std::atomic<std::size_t>> runs(options.layers + 1);
  std::vector<std::vector<std::uint64_t>> kept(options.layers + 1);
  sweepLayers(
    cloud, options,
    [&](std::size_t slots)
    {
      result.slots = slots;
      for (auto& values : kept)
      {
        values.resize(slots * options.search.tileIons);
      }
    },
    [&](std::size_t layer, const NeighbourTile& tile, const LayerSlots& slots)
    {
      runs[layer] += tile.size;
      for (std::size_t ion = 0; ion < tile.size; ++ion)
      {
        const std::size_t own = slots.placeOf(tile.begin + ion);
        std::uint64_t value = 0;
        for (std::size_t j = 0; j < tile.neighbours; ++j)
        {
          const std::uint32_t other = tile.neighbour[ion * tile.neighbours + j];
          value = mixed(value,
            layer == 1 ? FirstValue + cloud.originalIndices()[other]
                       : kept[layer - 1][slots.placeOf(other)]);
        }
        for (std::size_t later = layer; layer == 1 && later <= options.layers; ++later)
        {
          kept[later][own] = 0;
        }
        kept[layer][own] = value;
        if (layer == options.layers)
        {
          result.values[tile.begin + ion] = value;
        }
      }
    });
  for (std::size_t layer = 1; layer <= options.layers; ++layer)
  {
    result.runs[layer] = runs[layer];
  }
  return result;
}

} // namespace

TEST(LayerSweep, GivesWhatLayersGiveThatKeepEverything)
{
  std::vector<float> twoPieces = box(6, 3, 3, 2);
  for (const float coordinate : box(2, 2, 4, 3))
  {
    twoPieces.push_back(coordinate + 30);
  }
  const std::vector<float> onePlace(3 * 700, 1.5F);
  for (const std::vector<float>& positions :
    { box(3, 4, 10, 1), twoPieces, onePlace, std::vector<float>{ 1, 2, 3 } })
  {
    const CellSortedCloud cloud(positions.data(), positions.size() / 3);
    for (const std::size_t layers : { 1, 2, 3, 5 })
    {
      for (const std::size_t wave : { 5, 1000 })
      {
        LayerSweepOptions options;
        options.search.neighbours = 20;
        options.search.tileIons = 128;
        options.layers = layers;
        options.tilesPerWave = wave;
        const Swept found = swept(cloud, options);
        EXPECT_EQ(found.values, plain(cloud, options.search, layers))
          << layers << " layers, waves of " << wave;
        for (std::size_t layer = 1; layer <= layers; ++layer)
        {
          EXPECT_EQ(found.runs[layer], cloud.size());
        }
      }
    }
  }
}

TEST(LayerSweep, KeepsASliceOfTheCloud)
{
  LayerSweepOptions options;
  options.search.neighbours = 33;
  options.search.tileIons = 128;
  options.layers = 3;
  options.tilesPerWave = 16;
  std::vector<std::size_t> slots;
  for (const double length : { 40, 80, 160 })
  {
    const std::vector<float> positions = box(5, length, 5, 4);
    const CellSortedCloud cloud(positions.data(), positions.size() / 3);
    slots.push_back(swept(cloud, options).slots);
    // A wave (2 nm), and for each layer as far as it looks, in tiles (1.5 nm) and waves.
    EXPECT_LT(slots.back() * 128, 5 * 5 * 16 * 40);
  }
  EXPECT_LT(static_cast<double>(slots[2]), 1.3 * static_cast<double>(slots[0]));
}

TEST(LayerSweep, NeedsWhatTheLastTwoLayersLeftOnly)
{
  // A stray ion looks at ions that do not look at it.
  std::vector<float> positions = box(3, 4, 12, 6);
  positions.insert(positions.end(), { 1, 2, 30 });
  const CellSortedCloud cloud(positions.data(), positions.size() / 3);
  LayerSweepOptions options;
  options.search.neighbours = 20;
  options.search.tileIons = 64;
  options.layers = 6;
  options.tilesPerWave = 7;
  std::vector<std::uint64_t> inTurn[2];
  std::vector<std::uint64_t> last(cloud.size());
  sweepLayers(
    cloud, options,
    [&](std::size_t slots)
    {
      for (std::vector<std::uint64_t>& values : inTurn)
      {
        values.resize(slots * options.search.tileIons);
      }
    },
    [&](std::size_t layer, const NeighbourTile& tile, const LayerSlots& slots)
    {
      for (std::size_t ion = 0; ion < tile.size; ++ion)
      {
        std::uint64_t value = 0;
        for (std::size_t j = 0; j < tile.neighbours; ++j)
        {
          const std::uint32_t other = tile.neighbour[ion * tile.neighbours + j];
          value = mixed(value,
            layer == 1 ? FirstValue + cloud.originalIndices()[other]
                       : inTurn[(layer - 1) % 2][slots.placeOf(other)]);
        }
        inTurn[layer % 2][slots.placeOf(tile.begin + ion)] = value;
        if (layer == options.layers)
        {
          last[tile.begin + ion] = value;
        }
      }
    });
  EXPECT_EQ(last, plain(cloud, options.search, options.layers));
}

TEST(LayerSweep, CutsTilesWhereBlocksEnd)
{
  const std::vector<float> positions = box(12, 12, 12, 7);
  CellSortedCloudOptions cut;
  cut.ionsPerBlock = 200;
  const CellSortedCloud cloud(positions.data(), positions.size() / 3, nullptr, cut);
  LayerSweepOptions options;
  for (const std::size_t tileIons : { 64, 500 })
  {
    options.search.tileIons = tileIons;
    std::atomic<std::size_t> ions{ 0 };
    std::atomic<std::size_t> across{ 0 };
    sweepLayers(
      cloud, options, [](std::size_t) {},
      [&](std::size_t, const NeighbourTile& tile, const LayerSlots&)
      {
        EXPECT_LE(tile.size, tileIons);
        ions += tile.size;
        const auto& blocks = cloud.blocks();
        const auto begin = static_cast<std::uint32_t>(tile.begin);
        const auto end = static_cast<std::uint32_t>(tile.begin + tile.size);
        const CellSortedCloud::Block& first = blocks[cloud.blockOf(begin)];
        const CellSortedCloud::Block& last = blocks[cloud.blockOf(end - 1)];
        const bool inOne = end <= first.end;
        const bool whole = begin == first.begin && end == last.end;
        across += !inOne && !whole ? 1 : 0;
      });
    EXPECT_EQ(ions, cloud.size());
    EXPECT_EQ(across, 0U);
  }
}

TEST(LayerSweep, StopsAndReportsProgress)
{
  const std::vector<float> positions = box(4, 4, 20, 5);
  const CellSortedCloud cloud(positions.data(), positions.size() / 3);
  LayerSweepOptions options;
  options.search.tileIons = 128;
  options.layers = 2;
  options.tilesPerWave = 8;
  std::vector<double> reported;
  const auto run = [&](double until)
  {
    reported.clear();
    sweepLayers(
      cloud, options, [](std::size_t) {},
      [](std::size_t, const NeighbourTile&, const LayerSlots&) {},
      [&](double done)
      {
        reported.push_back(done);
        return done < until;
      });
  };
  run(2);
  EXPECT_TRUE(std::is_sorted(reported.begin(), reported.end()));
  EXPECT_NEAR(reported.back(), 1, 1e-9);
  EXPECT_THROW(run(0.4), Stopped);
  EXPECT_LT(reported.back(), 0.6);
  options.layers = 0;
  EXPECT_THROW(run(2), ParameterError);
}
