// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "LatticeNormal.h"

#include "ParallelFor.h"
#include "StructureFactors.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <functional>
#include <numeric>

namespace apt
{

namespace
{

constexpr double Pi = 3.14159265358979323846;
constexpr double Degree = Pi / 180;
/** Of tilts, which are looked for up to ±12 × 0.375°, and then up to ±4 × 0.1° from the best. */
constexpr int CoarseSteps = 12;
constexpr double CoarseStep = 0.375 * Degree;
constexpr int FineSteps = 4;
constexpr double FineStep = 0.1 * Degree;
static_assert(std::max(CoarseSteps, FineSteps) <= TiltGrid::MostSteps);
/** Standard deviation of tilts, as far as one knows before looking. */
constexpr double ExpectedTilt = 2 * Degree;
/** Blocks that follow each other; their waves are taken together in groups of up to so many. */
constexpr std::size_t StretchBlocks = 64;
constexpr std::size_t MiddleBlocks = 8;
/** Of a cloud with more, at most so many stretches are looked at. */
constexpr std::size_t MostStretches = 8;
constexpr std::size_t IonsAtOnce = 65536;

/** What speaks for the tilts of a grid, [row][column] each. */
struct TiltEvidence
{
  explicit TiltEvidence(const TiltGrid& grid)
    : order(static_cast<std::size_t>(grid.side() * grid.side()))
    , planes(order.size())
  {
  }

  void add(const TiltEvidence& other)
  {
    const auto sum = [](std::vector<double>& to, const std::vector<double>& from)
    { std::transform(to.begin(), to.end(), from.begin(), to.begin(), std::plus<>()); };
    sum(this->order, other.order);
    sum(this->planes, other.planes);
  }

  std::vector<double> order;  ///< powers of waves of species with the period of order
  std::vector<double> planes; ///< powers of waves of all ions with that of the planes
};

/** Adds the power of these waves: without order and planes, species − 1 and 1 on average. */
void addPower(const StructureFactors& factors, const TiltGrid& grid,
  const std::vector<double>& shares, TiltEvidence& evidence)
{
  const std::vector<std::size_t>& counts = factors.counts();
  const auto ions =
    static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::size_t{ 0 }));
  if (!(ions > 0))
  {
    return;
  }
  for (int row = 0; row < grid.side(); ++row)
  {
    for (int column = 0; column < grid.side(); ++column)
    {
      const auto tilt = static_cast<std::size_t>(row * grid.side() + column);
      std::complex<double> all;
      for (std::size_t s = 0; s < shares.size(); ++s)
      {
        all += factors.ofSpecies(s, row, column);
      }
      for (std::size_t s = 0; s < shares.size(); ++s)
      {
        if (shares[s] > 0)
        {
          evidence.order[tilt] +=
            std::norm(factors.ofSpecies(s, row, column) - shares[s] * all) / (shares[s] * ions);
        }
      }
      evidence.planes[tilt] += std::norm(factors.ofPlanes(row, column)) / ions;
    }
  }
}

/** Where the blocks begin that are looked at, StretchBlocks or what is left of them each. */
std::vector<std::size_t> stretchesOf(std::size_t blocks)
{
  const std::size_t all = (blocks + StretchBlocks - 1) / StretchBlocks;
  const std::size_t taken = std::min(all, MostStretches);
  std::vector<std::size_t> begins;
  for (std::size_t i = 0; i < taken; ++i)
  {
    begins.push_back((2 * i + 1) * all / (2 * taken) * StretchBlocks);
  }
  return begins;
}

double meanOf(const std::vector<double>& values)
{
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/** What all that is looked at of a cloud says. */
struct CloudEvidence
{
  explicit CloudEvidence(const TiltGrid& grid)
    : single(grid)
    , together(grid)
  {
  }

  TiltEvidence single;   ///< of blocks, each by itself
  TiltEvidence together; ///< of groups of those that follow each other
  std::size_t blocks = 0;
};

CloudEvidence gatherEvidence(const CellSortedCloud& cloud, const std::uint8_t* species,
  const std::vector<double>& shares, double latticeParameter, const TiltGrid& grid,
  const Progress& progress)
{
  const std::vector<std::size_t> stretches = stretchesOf(cloud.blocks().size());
  std::vector<TiltEvidence> single(stretches.size(), TiltEvidence(grid));
  std::vector<TiltEvidence> together(stretches.size(), TiltEvidence(grid));
  std::vector<std::size_t> blocks(stretches.size());
  parallelFor(
    stretches.size(), 1,
    [&](std::size_t begin, std::size_t end)
    {
      for (std::size_t i = begin; i < end; ++i)
      {
        const std::size_t first = stretches[i];
        const std::size_t last = std::min(first + StretchBlocks, cloud.blocks().size());
        const std::array<float, 3> origin = cloud.blocks()[first].box.lower;
        blocks[i] = last - first;
        StructureFactors stretch(grid, shares.size(), latticeParameter);
        for (std::size_t middle = first; middle < last; middle += MiddleBlocks)
        {
          StructureFactors group(grid, shares.size(), latticeParameter);
          for (std::size_t b = middle; b < std::min(middle + MiddleBlocks, last); ++b)
          {
            StructureFactors block(grid, shares.size(), latticeParameter);
            block.add(cloud, cloud.blocks()[b], species, origin);
            addPower(block, grid, shares, single[i]);
            group.add(block);
          }
          // What is the same ions again would count twice.
          if (last - middle > 1)
          {
            addPower(group, grid, shares, together[i]);
          }
          stretch.add(group);
        }
        if (last - first > MiddleBlocks)
        {
          addPower(stretch, grid, shares, together[i]);
        }
      }
    },
    progress);
  CloudEvidence all(grid);
  for (std::size_t i = 0; i < stretches.size(); ++i)
  {
    all.single.add(single[i]);
    all.together.add(together[i]);
    all.blocks += blocks[i];
  }
  return all;
}

/** The mean of the tilts of a grid, with weights by what speaks for each. */
std::array<double, 2> meanTilt(
  const CloudEvidence& evidence, const std::vector<double>& shares, const TiltGrid& grid)
{
  const auto kinds = static_cast<double>(
    std::count_if(shares.begin(), shares.end(), [](double share) { return share > 0; }));
  const auto chance = static_cast<double>(evidence.blocks);
  const double order =
    std::max(1.0, meanOf(evidence.single.order) / (chance * std::max(1.0, kinds - 1)));
  const double planes = std::max(1.0, meanOf(evidence.single.planes) / chance);
  // Many blocks without a signal add up to much noise; and what order there is within blocks makes
  // speckles of as much power, that tell nothing, where domains are out of phase.
  const double orderOfSingle = (1 - 1 / order) / order;
  const double orderOfTogether = 1 / order;
  const double planesOfSingle = 1 - 1 / planes;

  const auto logarithmOf = [&](int row, int column)
  {
    const double x = grid.xOf(row);
    const double y = grid.yOf(column);
    const auto tilt = static_cast<std::size_t>(row * grid.side() + column);
    return (orderOfSingle * evidence.single.order[tilt] +
             orderOfTogether * evidence.together.order[tilt] +
             planesOfSingle * evidence.single.planes[tilt] + evidence.together.planes[tilt]) /
      2 -
      (x * x + y * y) / (2 * ExpectedTilt * ExpectedTilt);
  };
  double most = logarithmOf(0, 0);
  for (int row = 0; row < grid.side(); ++row)
  {
    for (int column = 0; column < grid.side(); ++column)
    {
      most = std::max(most, logarithmOf(row, column));
    }
  }
  std::array<double, 2> mean{ 0, 0 };
  double weights = 0;
  for (int row = 0; row < grid.side(); ++row)
  {
    for (int column = 0; column < grid.side(); ++column)
    {
      const double weight = std::exp(logarithmOf(row, column) - most);
      mean[0] += weight * grid.xOf(row);
      mean[1] += weight * grid.yOf(column);
      weights += weight;
    }
  }
  return { mean[0] / weights, mean[1] / weights };
}

} // namespace

std::vector<double> speciesShares(
  const CellSortedCloud& cloud, const std::uint8_t* species, std::size_t speciesCount)
{
  std::vector<std::vector<std::size_t>> pieces((cloud.size() + IonsAtOnce - 1) / IonsAtOnce);
  parallelFor(cloud.size(), IonsAtOnce,
    [&](std::size_t begin, std::size_t end)
    {
      std::vector<std::size_t>& counts = pieces[begin / IonsAtOnce];
      counts.resize(speciesCount);
      for (std::size_t ion = begin; ion < end; ++ion)
      {
        ++counts[species[ion]];
      }
    });
  std::vector<double> shares(speciesCount);
  for (const std::vector<std::size_t>& counts : pieces)
  {
    for (std::size_t s = 0; s < speciesCount; ++s)
    {
      shares[s] += static_cast<double>(counts[s]);
    }
  }
  for (double& share : shares)
  {
    share /= std::max(1.0, static_cast<double>(cloud.size()));
  }
  return shares;
}

std::array<double, 3> findLatticeNormal(const CellSortedCloud& cloud, const std::uint8_t* species,
  const std::vector<double>& shares, double latticeParameter, const Progress& progress)
{
  if (cloud.size() == 0)
  {
    return { 0, 0, 1 };
  }
  TiltGrid grid{ 0, 0, CoarseStep, CoarseSteps };
  const std::array<double, 2> near = meanTilt(
    gatherEvidence(cloud, species, shares, latticeParameter, grid, subProgress(progress, 0, 0.88)),
    shares, grid);
  grid = { near[0], near[1], FineStep, FineSteps };
  const auto [x, y] = meanTilt(
    gatherEvidence(cloud, species, shares, latticeParameter, grid, subProgress(progress, 0.88, 1)),
    shares, grid);
  const double length = std::sqrt(x * x + y * y + 1);
  return { x / length, y / length, 1 / length };
}

} // namespace apt
