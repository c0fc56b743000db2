// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "NeighbourSearch.h"

#include "Error.h"
#include "ParallelFor.h"

#include <gtest/gtest.h>

#include <hwy/targets.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <mutex>
#include <numeric>
#include <random>
#include <string>
#include <tuple>
#include <vector>

namespace apt
{
namespace
{

using Positions = std::vector<float>;

struct Neighbour
{
  std::uint32_t ion = 0;
  float dx = 0;
  float dy = 0;
  float dz = 0;
  float squaredDistance = 0;

  bool operator==(const Neighbour& other) const
  {
    return std::tie(ion, dx, dy, dz, squaredDistance) ==
      std::tie(other.ion, other.dx, other.dy, other.dz, other.squaredDistance);
  }
};

std::ostream& operator<<(std::ostream& out, const Neighbour& n)
{
  return out << n.ion << " at " << n.squaredDistance;
}

/** Neighbours by original index of the ion; empty for ions that take no part. */
using Answer = std::vector<std::vector<Neighbour>>;

/** The definition; volatile, so that no compiler fuses or widens what must be rounded. */
Neighbour pairOf(const Positions& positions, std::size_t ion, std::size_t other)
{
  Neighbour pair;
  pair.ion = static_cast<std::uint32_t>(other);
  pair.dx = positions[ion * 3] - positions[other * 3];
  pair.dy = positions[ion * 3 + 1] - positions[other * 3 + 1];
  pair.dz = positions[ion * 3 + 2] - positions[other * 3 + 2];
  const volatile float xx = pair.dx * pair.dx;
  const volatile float yy = pair.dy * pair.dy;
  const volatile float zz = pair.dz * pair.dz;
  const volatile float xxyy = xx + yy;
  pair.squaredDistance = xxyy + zz;
  return pair;
}

bool isNearer(const Neighbour& a, const Neighbour& b)
{
  return std::tie(a.squaredDistance, a.ion) < std::tie(b.squaredDistance, b.ion);
}

/** The nearest of those that take part, behind the ion itself; most in all. */
std::vector<Neighbour> nearestOf(const Positions& positions, std::size_t ion,
  const std::vector<std::uint32_t>& part, std::size_t most)
{
  std::vector<Neighbour> all{ pairOf(positions, ion, ion) };
  for (const std::uint32_t other : part)
  {
    if (other != ion)
    {
      all.push_back(pairOf(positions, ion, other));
    }
  }
  const auto kept = static_cast<std::ptrdiff_t>(std::min(most, all.size()));
  std::partial_sort(all.begin() + 1, all.begin() + kept, all.end(), isNearer);
  all.resize(static_cast<std::size_t>(kept));
  return all;
}

std::vector<std::uint32_t> everyIon(const Positions& positions)
{
  std::vector<std::uint32_t> ions(positions.size() / 3);
  std::iota(ions.begin(), ions.end(), 0u);
  return ions;
}

NeighbourSearchOptions nearest(int neighbours, std::size_t tileIons = 1024)
{
  NeighbourSearchOptions options;
  options.neighbours = neighbours;
  options.tileIons = tileIons;
  return options;
}

CellSortedCloud cloudOf(const Positions& positions, const CellSortedCloudOptions& options = {})
{
  return CellSortedCloud(positions.data(), positions.size() / 3, nullptr, options);
}

/** Collects tiles, and checks what a tile says about itself on the way. */
Answer search(const CellSortedCloud& cloud, std::size_t ions, const NeighbourSearchOptions& options)
{
  Answer answer(ions);
  std::mutex mutex;
  std::size_t seen = 0;
  forEachTile(cloud, options,
    [&](const NeighbourTile& tile)
    {
      const std::lock_guard<std::mutex> lock(mutex);
      EXPECT_EQ(tile.cloud, &cloud);
      EXPECT_EQ(tile.begin % options.tileIons, 0u);
      EXPECT_EQ(tile.size, std::min(options.tileIons, cloud.size() - tile.begin));
      EXPECT_EQ(
        tile.neighbours, std::min(static_cast<std::size_t>(options.neighbours), cloud.size()));
      seen += tile.size;
      for (std::size_t i = 0; i < tile.size; ++i)
      {
        EXPECT_EQ(tile.x[i], cloud.x()[tile.begin + i]);
        EXPECT_EQ(tile.y[i], cloud.y()[tile.begin + i]);
        EXPECT_EQ(tile.z[i], cloud.z()[tile.begin + i]);
        std::vector<Neighbour>& row = answer.at(tile.ions[i]);
        EXPECT_TRUE(row.empty());
        for (std::size_t j = 0; j < tile.neighbours; ++j)
        {
          const std::size_t at = i * tile.neighbours + j;
          EXPECT_EQ(tile.neighbourIon(i, j), cloud.originalIndices()[tile.neighbour[at]]);
          row.push_back({ tile.neighbourIon(i, j), tile.dx[at], tile.dy[at], tile.dz[at],
            tile.squaredDistance[at] });
        }
      }
    });
  EXPECT_EQ(seen, cloud.size());
  return answer;
}

Answer searchWithin(const CellSortedCloud& cloud, std::size_t ions, double radius,
  const RadiusSearchOptions& options = {})
{
  Answer answer(ions);
  std::mutex mutex;
  forEachTileWithin(cloud, radius, options,
    [&](const RadiusTile& tile)
    {
      const std::lock_guard<std::mutex> lock(mutex);
      EXPECT_EQ(tile.rowBegin[0], 0u);
      EXPECT_EQ(tile.size, std::min(options.tileIons, cloud.size() - tile.begin));
      for (std::size_t i = 0; i < tile.size; ++i)
      {
        std::vector<Neighbour>& row = answer.at(tile.ions[i]);
        EXPECT_TRUE(row.empty());
        for (std::size_t at = tile.rowBegin[i]; at < tile.rowBegin[i + 1]; ++at)
        {
          row.push_back({ tile.neighbourIon(at), tile.dx[at], tile.dy[at], tile.dz[at],
            tile.squaredDistance[at] });
        }
      }
    });
  return answer;
}

/** At most this many ions are compared with the definition, which takes O(n) for each. */
constexpr std::size_t MostCompared = 300;

/** Compares answers for several numbers of neighbours, the largest first, with the definition. */
void expectDefinition(const Positions& positions, const std::vector<std::uint32_t>& part,
  const std::vector<int>& neighbours, const std::vector<Answer>& answers)
{
  const std::size_t stride = part.size() / MostCompared + 1;
  for (std::size_t i = 0; i < part.size(); i += stride)
  {
    std::vector<Neighbour> expected =
      nearestOf(positions, part[i], part, static_cast<std::size_t>(neighbours.front()));
    for (std::size_t j = 0; j < neighbours.size(); ++j)
    {
      expected.resize(std::min(static_cast<std::size_t>(neighbours[j]), expected.size()));
      ASSERT_EQ(answers[j][part[i]], expected) << "ion " << part[i] << ", k = " << neighbours[j];
    }
  }
}

/** That neighbours as they are stored are the same ones, with the same bits, by place. */
void expectStored(
  const CellSortedCloud& cloud, const NeighbourSearchOptions& byDistance, const Answer& answer)
{
  NeighbourSearchOptions options = byDistance;
  options.order = NeighbourOrder::Storage;
  Answer stored = search(cloud, answer.size(), options);
  std::vector<std::uint32_t> place(answer.size());
  for (std::uint32_t ion = 0; ion < cloud.size(); ++ion)
  {
    place[cloud.originalIndices()[ion]] = ion;
  }
  const auto isStoredBefore = [&](const Neighbour& a, const Neighbour& b)
  { return place[a.ion] < place[b.ion]; };
  for (std::size_t ion = 0; ion < answer.size(); ++ion)
  {
    std::vector<Neighbour> expected = answer[ion];
    if (!expected.empty())
    {
      std::sort(expected.begin() + 1, expected.end(), isStoredBefore);
    }
    ASSERT_EQ(stored[ion], expected) << "ion " << ion << ", k = " << options.neighbours;
  }
}

void expectNearest(const Positions& positions, const CellSortedCloudOptions& options = {})
{
  const CellSortedCloud cloud = cloudOf(positions, options);
  const std::vector<int> neighbours{ 256, 33, 32, 2, 1 };
  std::vector<Answer> answers;
  for (const int count : neighbours)
  {
    answers.push_back(search(cloud, positions.size() / 3, nearest(count)));
    expectStored(cloud, nearest(count), answers.back());
  }
  expectDefinition(positions, everyIon(positions), neighbours, answers);
}

/** Ions at random in a box; lower and upper nm. */
Positions randomIn(std::size_t ions, const std::array<float, 3>& edges, unsigned seed = 1,
  const std::array<float, 3>& lower = { 0, 0, 0 })
{
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(0, 1);
  Positions positions(ions * 3);
  for (std::size_t i = 0; i < positions.size(); ++i)
  {
    positions[i] = lower[i % 3] + edges[i % 3] * uniform(random);
  }
  return positions;
}

Positions joined(Positions a, const Positions& b)
{
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/** The ions in another order: ion i of the result is ion order[i]. */
Positions permuted(const Positions& positions, const std::vector<std::uint32_t>& order)
{
  Positions result;
  for (const std::uint32_t ion : order)
  {
    result.insert(result.end(), positions.begin() + std::ptrdiff_t{ ion } * 3,
      positions.begin() + std::ptrdiff_t{ ion } * 3 + 3);
  }
  return result;
}

std::vector<std::uint32_t> shuffledIons(const Positions& positions)
{
  std::vector<std::uint32_t> order = everyIon(positions);
  std::shuffle(order.begin(), order.end(), std::mt19937(7));
  return order;
}

Positions cubicLattice(int cells, float parameter)
{
  Positions positions;
  for (int i = 0; i < cells * cells * cells; ++i)
  {
    positions.push_back(parameter * static_cast<float>(i % cells));
    positions.push_back(parameter * static_cast<float>(i / cells % cells));
    positions.push_back(parameter * static_cast<float>(i / cells / cells));
  }
  return permuted(positions, shuffledIons(positions));
}

Positions withVoid(Positions positions, float centre, float radius)
{
  Positions result;
  for (std::size_t i = 0; i < positions.size(); i += 3)
  {
    if (std::hypot(positions[i] - centre, positions[i + 1] - centre, positions[i + 2] - centre) >
      radius)
    {
      result.insert(result.end(), positions.begin() + static_cast<std::ptrdiff_t>(i),
        positions.begin() + static_cast<std::ptrdiff_t>(i) + 3);
    }
  }
  return result;
}

TEST(NeighbourSearch, AgreesWithTheDefinitionInAUniformCloud)
{
  expectNearest(randomIn(20000, { 9, 8, 10 }));
}

TEST(NeighbourSearch, AgreesWithTheDefinitionWhereLatticeDistancesTie)
{
  expectNearest(cubicLattice(17, 0.25F)); // exact in binary: all shells tie
  expectNearest(cubicLattice(17, 0.405F));
}

TEST(NeighbourSearch, AgreesWithTheDefinitionWhereManyIonsAreAtOnePlace)
{
  Positions positions = randomIn(3000, { 4, 4, 4 });
  positions = joined(positions, positions);
  positions = joined(positions, randomIn(3000, { 0, 0, 0 }, 1, { 2, 2, 2 }));
  positions = joined(positions, randomIn(1000, { 4, 4, 4 }));
  expectNearest(permuted(positions, shuffledIons(positions)));
}

TEST(NeighbourSearch, AgreesWithTheDefinitionWhereAllIonsAreAtOnePlace)
{
  expectNearest(randomIn(30, { 0, 0, 0 }, 1, { 1, 2, 3 }));
  expectNearest(randomIn(20000, { 0, 0, 0 }, 1, { 1, 2, 3 }));
}

TEST(NeighbourSearch, AgreesWithTheDefinitionOnPlanesAndLines)
{
  expectNearest(randomIn(10000, { 30, 30, 0 }, 1, { 0, 0, 5 }));
  expectNearest(randomIn(10000, { 0, 30, 30 }));
  expectNearest(randomIn(10000, { 300, 0, 0 }, 1, { 0, 1, 2 }));
  expectNearest(randomIn(10000, { 0, 0, 3 }, 1, { 0, 0, 1000 }));
}

TEST(NeighbourSearch, AgreesWithTheDefinitionInANeedleAcrossTheAxes)
{
  Positions positions = randomIn(20000, { 1, 1, 1 });
  std::mt19937 random(3);
  std::uniform_real_distribution<float> along(0, 300);
  for (std::size_t i = 0; i < positions.size(); i += 3)
  {
    const float step = along(random);
    positions[i] += step;
    positions[i + 1] += step;
    positions[i + 2] -= step;
  }
  expectNearest(positions);
}

TEST(NeighbourSearch, AgreesWithTheDefinitionAroundAVoid)
{
  expectNearest(withVoid(randomIn(30000, { 10, 10, 10 }), 5, 4));
}

TEST(NeighbourSearch, AgreesWithTheDefinitionWithFarClustersAndAStrayIon)
{
  Positions positions =
    joined(randomIn(8000, { 6, 6, 6 }), randomIn(8000, { 6, 6, 6 }, 2, { 5000, -3000, 400 }));
  positions = joined(positions, { 1e6F, -1e6F, 1e6F });
  expectNearest(permuted(positions, shuffledIons(positions)));
}

TEST(NeighbourSearch, AgreesWithTheDefinitionWhereDensitiesDiffer)
{
  Positions positions =
    joined(randomIn(9000, { 3, 3, 3 }), randomIn(3000, { 60, 60, 60 }, 2, { -20, -20, -20 }));
  positions = joined(positions, randomIn(40, { 9e5F, 9e5F, 9e5F }, 3));
  expectNearest(permuted(positions, shuffledIons(positions)));
}

TEST(NeighbourSearch, AgreesWithTheDefinitionFarFromTheOriginAndAtEveryScale)
{
  // One float32 step is 0.06 nm here: many ions share a place.
  expectNearest(randomIn(8000, { 6, 6, 6 }, 1, { 1e6F, -1e6F, 1e6F }));
  expectNearest(randomIn(5000, { 1e-20F, 1e-20F, 1e-20F }));
  expectNearest(randomIn(5000, { 1e14F, 1e14F, 1e14F }));
  Positions positions = randomIn(3000, { 1, 1, 1 });
  for (std::size_t i = 0; i < positions.size(); ++i)
  {
    positions[i] = std::ldexp(positions[i], -static_cast<int>(i / 3 % 100));
  }
  expectNearest(positions);
}

TEST(NeighbourSearch, AgreesWithTheDefinitionInTinyClouds)
{
  for (const std::size_t ions : { 1u, 2u, 3u, 31u, 32u, 33u, 255u, 256u, 257u })
  {
    expectNearest(randomIn(ions, { 1, 1, 1 }));
  }
}

TEST(NeighbourSearch, AgreesWithTheDefinitionHoweverTheCloudIsCut)
{
  for (const std::uint32_t ionsPerBlock : { 1u, 7u, 100u, 16384u })
  {
    for (const double ionsPerCell : { 2.0, 50.0, 1e9 })
    {
      CellSortedCloudOptions options;
      options.ionsPerBlock = ionsPerBlock;
      options.ionsPerCell = ionsPerCell;
      expectNearest(randomIn(2000, { 5, 6, 7 }), options);
    }
  }
}

TEST(NeighbourSearch, FindsTheNearestIonsOfAnotherCloud)
{
  std::mt19937 random(11);
  const auto uniform = [&](std::size_t ions, float edge, float shift)
  {
    std::uniform_real_distribution<float> place(0, edge);
    Positions positions(3 * ions);
    for (float& coordinate : positions)
    {
      coordinate = place(random) + shift;
    }
    return positions;
  };
  Positions lattice;
  for (int i = 0; i < 9 * 9 * 9; ++i)
  {
    for (const int step : { i % 9, i / 9 % 9, i / 81 })
    {
      lattice.push_back(static_cast<float>(step));
    }
  }
  const Positions onePlace(3 * 300, 1.5F);
  const struct
  {
    Positions from;
    Positions to;
  } cases[] = {
    { uniform(3000, 5, 0), uniform(2500, 5, 0) },
    { uniform(5000, 6, 0), uniform(40, 6, 0) },    // few to find
    { uniform(30, 10, 0), uniform(20000, 10, 0) }, // few that look
    { uniform(400, 2, 0), uniform(900, 3, 500) },  // far apart
    { uniform(500, 4, 0), onePlace },
    { onePlace, onePlace },
    { lattice, lattice }, // ties, and each ion in both clouds
    { uniform(50, 1, 0), uniform(3, 1, 0) },
    { uniform(50, 1, 0), {} },
  };
  for (const auto& clouds : cases)
  {
    const CellSortedCloud from = cloudOf(clouds.from);
    const CellSortedCloud to = cloudOf(clouds.to);
    // One cloud after the other, for the definition.
    Positions both = clouds.from;
    both.insert(both.end(), clouds.to.begin(), clouds.to.end());
    const std::size_t first = clouds.from.size() / 3;
    std::vector<std::uint32_t> part(clouds.to.size() / 3);
    std::iota(part.begin(), part.end(), static_cast<std::uint32_t>(first));
    for (const int neighbours : { 1, 2, 12 })
    {
      std::mutex mutex;
      std::size_t seen = 0;
      forEachTileOfOther(from, to, nearest(neighbours, 100),
        [&](const NeighbourTile& tile)
        {
          const std::lock_guard<std::mutex> lock(mutex);
          ASSERT_EQ(tile.neighbours,
            std::min(static_cast<std::size_t>(neighbours), clouds.to.size() / 3 + 1));
          seen += tile.size;
          // All are looked at, some are checked: checking takes the square of the number.
          for (std::size_t i = 0; i<tile.size; i += tile.size> 50 ? 7 : 1)
          {
            const std::vector<Neighbour> expected =
              nearestOf(both, tile.ions[i], part, tile.neighbours);
            for (std::size_t j = 1; j < tile.neighbours; ++j)
            {
              const std::size_t at = i * tile.neighbours + j;
              const Neighbour found{ static_cast<std::uint32_t>(first + tile.neighbourIon(i, j)),
                tile.dx[at], tile.dy[at], tile.dz[at], tile.squaredDistance[at] };
              ASSERT_EQ(found, expected[j]) << tile.ions[i] << " " << j;
            }
          }
        });
      EXPECT_EQ(seen, first);
    }
  }
}

TEST(NeighbourSearch, GivesTheNearestIonsOfAnotherCloudAsTheyAreStored)
{
  const Positions positions = joined(cubicLattice(9, 0.25F), randomIn(3000, { 2, 2, 2 }, 5));
  const CellSortedCloud from = cloudOf(randomIn(1000, { 3, 2, 2 }, 6));
  const CellSortedCloud to = cloudOf(positions);
  const auto rowsOf = [&](NeighbourOrder order)
  {
    NeighbourSearchOptions options = nearest(40, 100);
    options.order = order;
    std::mutex mutex;
    std::vector<std::vector<std::uint32_t>> rows(from.size());
    forEachTileOfOther(from, to, options,
      [&](const NeighbourTile& tile)
      {
        const std::lock_guard<std::mutex> lock(mutex);
        for (std::size_t i = 0; i < tile.size; ++i)
        {
          const std::uint32_t* const row = tile.neighbour + i * tile.neighbours;
          rows[tile.begin + i].assign(row + 1, row + tile.neighbours);
        }
      });
    return rows;
  };
  std::vector<std::vector<std::uint32_t>> expected = rowsOf(NeighbourOrder::Distance);
  for (std::vector<std::uint32_t>& row : expected)
  {
    std::sort(row.begin(), row.end());
  }
  EXPECT_EQ(rowsOf(NeighbourOrder::Storage), expected);
}

TEST(NeighbourSearch, SearchesTilesThatAreNamed)
{
  const Positions positions = randomIn(1000, { 4, 4, 4 });
  const CellSortedCloud cloud = cloudOf(positions);
  const Answer all = search(cloud, 1000, nearest(32));
  const std::vector<std::uint32_t> begins{ 0, 1, 130, 600, 1000 };
  std::mutex mutex;
  std::vector<std::size_t> seen;
  forEachTile(cloud, nearest(32), begins, { 3, 0, 2 },
    [&](const NeighbourTile& tile)
    {
      const std::lock_guard<std::mutex> lock(mutex);
      seen.push_back(tile.begin);
      EXPECT_EQ(
        tile.size, *std::upper_bound(begins.begin(), begins.end(), tile.begin) - tile.begin);
      for (std::size_t i = 0; i < tile.size * 32; ++i)
      {
        EXPECT_EQ(tile.neighbourIon(i / 32, i % 32), all[tile.ions[i / 32]][i % 32].ion);
      }
    });
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen, (std::vector<std::size_t>{ 0, 130, 600 }));
}

TEST(NeighbourSearch, CallsNothingForAnEmptyCloud)
{
  const CellSortedCloud cloud(nullptr, 0);
  EXPECT_EQ(cloud.size(), 0u);
  forEachTile(cloud, {}, [](const NeighbourTile&) { FAIL(); });
  forEachTileWithin(cloud, 1, {}, [](const RadiusTile&) { FAIL(); });
  const Positions positions(9);
  const std::vector<std::int16_t> none(3, -1);
  EXPECT_EQ(CellSortedCloud(positions.data(), 3, none.data()).size(), 0u);
  EXPECT_EQ(CellSortedCloud(positions.data(), 3, std::vector<std::uint32_t>{}).size(), 0u);
}

TEST(NeighbourSearch, LeavesOutIonsThatTakeNoPart)
{
  Positions positions = randomIn(9000, { 6, 6, 6 });
  std::vector<std::int16_t> code(9000);
  std::vector<std::uint32_t> part;
  for (std::uint32_t ion = 0; ion < code.size(); ++ion)
  {
    code[ion] = static_cast<std::int16_t>(static_cast<int>(ion * 7 % 5) - 2);
    if (code[ion] >= 0)
    {
      part.push_back(ion);
    }
    else
    {
      positions[ion * 3] = std::numeric_limits<float>::quiet_NaN(); // does not matter
    }
  }
  const CellSortedCloud byCode(positions.data(), code.size(), code.data());
  const CellSortedCloud byList(positions.data(), code.size(), part);
  EXPECT_EQ(byCode.size(), part.size());
  const Answer answer = search(byCode, code.size(), nearest(32));
  expectDefinition(positions, part, { 32 }, { answer });
  EXPECT_EQ(search(byList, code.size(), nearest(32)), answer);
  for (std::size_t ion = 0; ion < code.size(); ++ion)
  {
    EXPECT_EQ(answer[ion].empty(), code[ion] < 0);
  }
}

TEST(NeighbourSearch, DoesNotDependOnThreadsOrTiles)
{
  const Positions positions =
    joined(withVoid(randomIn(150000, { 25, 20, 20 }), 10, 5), { 1e5F, 0, 0 });
  const CellSortedCloud cloud = cloudOf(positions);
  const Answer answer = search(cloud, positions.size() / 3, nearest(32));
  for (const int threads : { 1, 2, 3 })
  {
    const ThreadLimit limit(threads);
    const CellSortedCloud again = cloudOf(positions);
    ASSERT_EQ(again.size(), cloud.size());
    EXPECT_EQ(std::memcmp(again.originalIndices(), cloud.originalIndices(),
                cloud.size() * sizeof(std::uint32_t)),
      0);
    for (const std::size_t tileIons : { 7u, 4096u })
    {
      EXPECT_TRUE(search(again, positions.size() / 3, nearest(32, tileIons)) == answer);
    }
  }
  const Positions few = randomIn(3000, { 4, 4, 4 });
  const CellSortedCloud small = cloudOf(few);
  EXPECT_TRUE(search(small, 3000, nearest(32, 1)) == search(small, 3000, nearest(32, 4096)));
}

TEST(NeighbourSearch, PermutesWithTheIons)
{
  const std::size_t ions = 2000;
  const Positions positions = randomIn(ions, { 4, 4, 4 });
  const std::vector<std::uint32_t> order = shuffledIons(positions);
  const Positions shuffled = permuted(positions, order);
  const Answer answer = search(cloudOf(positions), ions, nearest(32));
  for (const std::vector<Neighbour>& row : answer)
  {
    for (std::size_t j = 1; j < row.size(); ++j)
    {
      ASSERT_LT(row[j - 1].squaredDistance, row[j].squaredDistance) << "a tie: take another seed";
    }
  }
  const Answer found = search(cloudOf(shuffled), ions, nearest(32));
  Answer expected(ions);
  for (std::size_t i = 0; i < order.size(); ++i)
  {
    expected[order[i]] = found[i];
    for (Neighbour& neighbour : expected[order[i]])
    {
      neighbour.ion = order[neighbour.ion];
    }
  }
  EXPECT_TRUE(expected == answer);
}

TEST(NeighbourSearch, GivesTheSameBitsWithEveryInstructionSet)
{
  const Positions positions = joined(joined(randomIn(2000, { 5, 5, 5 }), cubicLattice(9, 0.3F)),
    randomIn(300, { 0, 0, 0 }, 1, { 1, 1, 1 }));
  const std::size_t ions = positions.size() / 3;
  const CellSortedCloud cloud = cloudOf(positions);
  const std::vector<int> counts{ 1, 2, 5, 31, 32, 33, 256 };
  std::vector<Answer> answers;
  for (const int neighbours : counts)
  {
    answers.push_back(search(cloud, ions, nearest(neighbours)));
  }
  const Answer within = searchWithin(cloud, ions, 0.7);
  std::size_t targets = 0;
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets())
  {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    ++targets;
    for (std::size_t i = 0; i < counts.size(); ++i)
    {
      EXPECT_TRUE(search(cloud, ions, nearest(counts[i])) == answers[i])
        << hwy::TargetName(target) << ", k = " << counts[i];
    }
    EXPECT_TRUE(searchWithin(cloud, ions, 0.7) == within) << hwy::TargetName(target);
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  EXPECT_GE(targets, 1u);
}

TEST(NeighbourSearch, FindsTheIonsWithinARadius)
{
  const std::vector<Positions> clouds{ randomIn(1500, { 4, 4, 4 }), cubicLattice(8, 0.25F),
    randomIn(300, { 0, 0, 0 }), randomIn(700, { 12, 12, 0 }), randomIn(1, { 1, 1, 1 }),
    joined(randomIn(500, { 3, 3, 3 }), { 1e6F, 0, 0 }) };
  for (const Positions& positions : clouds)
  {
    const std::vector<std::uint32_t> part = everyIon(positions);
    const CellSortedCloud cloud = cloudOf(positions);
    for (const double radius : { 0.0, 0.25, 0.7, 3.0, 1e7, 1e30 })
    {
      RadiusSearchOptions options;
      options.tileIons = 64;
      const Answer answer = searchWithin(cloud, part.size(), radius, options);
      for (std::size_t ion = 0; ion < part.size(); ion += part.size() / 100 + 1)
      {
        std::vector<Neighbour> expected = nearestOf(positions, ion, part, part.size());
        expected.erase(std::find_if(expected.begin(), expected.end(),
                         [&](const Neighbour& neighbour) {
                           return static_cast<double>(neighbour.squaredDistance) > radius * radius;
                         }),
          expected.end());
        ASSERT_EQ(answer[ion], expected) << "ion " << ion << ", radius " << radius;
      }
    }
  }
}

TEST(NeighbourSearch, GivesNeighboursWithinARadiusAsTheyAreStored)
{
  const Positions positions = randomIn(5000, { 6, 6, 6 });
  const CellSortedCloud cloud = cloudOf(positions);
  Answer byDistance = searchWithin(cloud, 5000, 0.8);
  RadiusSearchOptions options;
  options.order = NeighbourOrder::Storage;
  for (const std::size_t tileIons : { 1u, 7u, 4096u })
  {
    options.tileIons = tileIons;
    forEachTileWithin(cloud, 0.8, options,
      [&](const RadiusTile& tile)
      {
        for (std::size_t i = 0; i < tile.size; ++i)
        {
          const std::uint32_t* const begin = tile.neighbour + tile.rowBegin[i];
          const std::uint32_t* const end = tile.neighbour + tile.rowBegin[i + 1];
          EXPECT_EQ(*begin, tile.begin + i);
          EXPECT_TRUE(std::is_sorted(begin + 1, end));
        }
      });
    Answer stored = searchWithin(cloud, 5000, 0.8, options);
    for (std::vector<Neighbour>& row : stored)
    {
      std::sort(row.begin() + 1, row.end(), isNearer);
    }
    EXPECT_TRUE(stored == byDistance);
  }
}

TEST(NeighbourSearch, RejectsCoordinatesThatAreNotFinite)
{
  for (const float coordinate : { std::numeric_limits<float>::quiet_NaN(),
         std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(), 1e16F })
  {
    Positions positions = randomIn(100, { 1, 1, 1 });
    positions[17 * 3 + 1] = coordinate;
    try
    {
      cloudOf(positions);
      FAIL();
    }
    catch (const ParameterError& error)
    {
      EXPECT_NE(std::string(error.what()).find("y of ion 17"), std::string::npos) << error.what();
    }
  }
}

TEST(NeighbourSearch, RejectsOptionsOutOfBounds)
{
  const Positions positions = randomIn(10, { 1, 1, 1 });
  const CellSortedCloud cloud = cloudOf(positions);
  const auto ignore = [](const auto&) {};
  EXPECT_THROW(forEachTile(cloud, nearest(0), ignore), ParameterError);
  EXPECT_THROW(forEachTile(cloud, nearest(257), ignore), ParameterError);
  EXPECT_THROW(forEachTile(cloud, nearest(32, 0), ignore), ParameterError);
  EXPECT_THROW(forEachTileWithin(cloud, -1, {}, ignore), ParameterError);
  EXPECT_THROW(forEachTileWithin(cloud, std::nan(""), {}, ignore), ParameterError);
  RadiusSearchOptions noIons;
  noIons.tileIons = 0;
  EXPECT_THROW(forEachTileWithin(cloud, 1, noIons, ignore), ParameterError);
  CellSortedCloudOptions options;
  options.ionsPerBlock = 0;
  EXPECT_THROW(cloudOf(positions, options), ParameterError);
  options = {};
  options.ionsPerCell = 1;
  EXPECT_THROW(cloudOf(positions, options), ParameterError);
}

TEST(NeighbourSearch, RejectsListsThatAreNotAscendingOrReachBeyond)
{
  using List = std::vector<std::uint32_t>;
  const Positions positions = randomIn(10, { 1, 1, 1 });
  EXPECT_THROW(CellSortedCloud(positions.data(), 10, List{ 1, 1 }), ParameterError);
  EXPECT_THROW(CellSortedCloud(positions.data(), 10, List{ 2, 1 }), ParameterError);
  EXPECT_THROW(CellSortedCloud(positions.data(), 10, List{ 2, 10 }), ParameterError);
  EXPECT_EQ(CellSortedCloud(positions.data(), 10, List{ 2, 9 }).size(), 2u);
}

TEST(NeighbourSearch, StopsWhereProgressSaysSo)
{
  const Positions positions = randomIn(20000, { 9, 8, 10 });
  const auto stop = [](double) { return false; };
  EXPECT_THROW(CellSortedCloud(positions.data(), 20000, nullptr, {}, stop), Stopped);
  const CellSortedCloud cloud = cloudOf(positions);
  std::atomic<int> tiles{ 0 };
  const ThreadLimit limit(1);
  EXPECT_THROW(forEachTile(
                 cloud, nearest(32, 64), [&](const NeighbourTile&) { ++tiles; }, stop),
    Stopped);
  EXPECT_EQ(tiles, 1);
  EXPECT_THROW(forEachTileWithin(
                 cloud, 0.5, {}, [&](const RadiusTile&) { ++tiles; }, stop),
    Stopped);
  EXPECT_EQ(tiles, 2);
}

TEST(NeighbourSearch, TellsHowFarItHasCome)
{
  const Positions positions = randomIn(400000, { 25, 22, 25 });
  double last = 0;
  const auto forwards = [&](double fraction)
  {
    EXPECT_GE(fraction, last);
    EXPECT_LE(fraction, 1);
    last = fraction;
    return true;
  };
  const ThreadLimit limit(1);
  const CellSortedCloud cloud(positions.data(), 400000, nullptr, {}, forwards);
  EXPECT_NEAR(last, 1, 1e-9);
  last = 0;
  forEachTile(
    cloud, nearest(2), [](const NeighbourTile&) {}, forwards);
  EXPECT_NEAR(last, 1, 1e-9);
}

TEST(NeighbourSearch, PassesOnWhatTheCallbackThrows)
{
  const Positions positions = randomIn(3000, { 4, 4, 4 });
  const CellSortedCloud cloud = cloudOf(positions);
  EXPECT_THROW(
    forEachTile(cloud, {}, [](const NeighbourTile&) { throw FileError("somewhere", "disk full"); }),
    FileError);
}

TEST(CellSortedCloud, HoldsEveryIonOnceInTheCellOfItsBlock)
{
  const Positions positions = joined(randomIn(200000, { 20, 18, 19 }), { 1e6F, 5, 5 });
  const CellSortedCloud cloud = cloudOf(positions);
  ASSERT_EQ(cloud.size(), 200001u);
  std::vector<std::uint32_t> ions(cloud.originalIndices(), cloud.originalIndices() + cloud.size());
  std::sort(ions.begin(), ions.end());
  EXPECT_EQ(ions, everyIon(positions));
  std::uint32_t next = 0;
  for (const CellSortedCloud::Block& block : cloud.blocks())
  {
    ASSERT_EQ(block.begin, next);
    ASSERT_GT(block.end, block.begin);
    next = block.end;
    const std::uint16_t* const offsets = cloud.cellOffsets(block);
    const int cells = block.cells[0] * block.cells[1] * block.cells[2];
    ASSERT_EQ(offsets[0], 0);
    ASSERT_EQ(offsets[cells], block.end - block.begin);
    for (int cell = 0; cell < cells; ++cell)
    {
      for (std::uint32_t i = block.begin + offsets[cell]; i < block.begin + offsets[cell + 1]; ++i)
      {
        const float* const position =
          positions.data() + std::size_t{ cloud.originalIndices()[i] } * 3;
        ASSERT_EQ(cloud.x()[i], position[0]);
        ASSERT_EQ(cloud.y()[i], position[1]);
        ASSERT_EQ(cloud.z()[i], position[2]);
        const int at[3] = { block.cell(0, static_cast<double>(position[0])),
          block.cell(1, static_cast<double>(position[1])),
          block.cell(2, static_cast<double>(position[2])) };
        ASSERT_EQ((at[2] * block.cells[1] + at[1]) * block.cells[0] + at[0], cell);
      }
      ASSERT_TRUE(std::is_sorted(cloud.originalIndices() + block.begin + offsets[cell],
        cloud.originalIndices() + block.begin + offsets[cell + 1]));
    }
  }
  EXPECT_EQ(next, cloud.size());
}

TEST(CellSortedCloud, TakesAtMostEighteenBytesPerIon)
{
  for (const Positions& positions : { randomIn(300000, { 20, 20, 20 }),
         joined(randomIn(200000, { 20, 18, 19 }), randomIn(100000, { 1e6F, 1e6F, 1e6F })),
         randomIn(100000, { 0, 0, 0 }) })
  {
    const CellSortedCloud cloud = cloudOf(positions);
    EXPECT_LE(static_cast<double>(cloud.memory()) / static_cast<double>(cloud.size()), 18);
  }
}

} // namespace
} // namespace apt
