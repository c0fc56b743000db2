// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "ClusterSweep.h"

#include "CellSortedCloud.h"
#include "Error.h"
#include "IonShuffle.h"
#include "MergeForest.h"
#include "NeighbourArithmetic.h"
#include "NeighbourSearch.h"
#include "PairWalk.h"
#include "ParallelFor.h"
#include "RangeFile.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

namespace apt
{

namespace
{

constexpr std::size_t Grain = 1 << 16;

void check(const ClusterSweepOptions& options)
{
  const auto number = [](double value) { return shortestNumber(value); };
  if (!(options.lowestSeparation > 0 && std::isfinite(options.lowestSeparation)))
  {
    throw ParameterError(
      "lowest separation of the sweep", number(options.lowestSeparation), "above 0 nm");
  }
  if (!(options.highestSeparation >= options.lowestSeparation &&
        std::isfinite(options.highestSeparation)))
  {
    throw ParameterError("highest separation of the sweep", number(options.highestSeparation),
      "not below the lowest, " + number(options.lowestSeparation) + " nm");
  }
  if (options.separationSteps < 1 || options.separationSteps > 1000)
  {
    throw ParameterError(
      "number of separations of the sweep", std::to_string(options.separationSteps), "1 to 1000");
  }
  if (options.lowestSize < 1)
  {
    throw ParameterError(
      "lowest minimum size of the sweep", std::to_string(options.lowestSize), "1 ion or more");
  }
  if (options.highestSize < options.lowestSize)
  {
    throw ParameterError("highest minimum size of the sweep", std::to_string(options.highestSize),
      "not below the lowest, " + std::to_string(options.lowestSize));
  }
  if (options.sizeSteps < 1 || options.sizeSteps > 100)
  {
    throw ParameterError(
      "number of minimum sizes of the sweep", std::to_string(options.sizeSteps), "1 to 100");
  }
}

std::vector<double> steps(double lowest, double highest, int count)
{
  std::vector<double> values(static_cast<std::size_t>(count), lowest);
  for (std::size_t i = 1; i < values.size(); ++i)
  {
    values[i] =
      lowest + (highest - lowest) * static_cast<double>(i) / static_cast<double>(count - 1);
  }
  return values;
}

/** 1 for each ion that gets the identity of a selected one when those of the ranged are shuffled. */
std::vector<std::int8_t> shuffledSelection(
  const ClusterIons& ions, std::uint64_t seed, const Progress& progress)
{
  IonShuffleOptions options;
  options.seed = seed;
  const std::vector<std::uint32_t> identity =
    shuffledIons(ions.size, ions.type, nullptr, options, progress);
  std::vector<std::int8_t> selection(ions.size);
  parallelFor(ions.size, Grain,
    [&](std::size_t begin, std::size_t end)
    {
      for (std::size_t ion = begin; ion < end; ++ion)
      {
        selection[ion] = ions.isSelected(identity[ion]);
      }
    });
  return selection;
}

/** Clusters of at least each size, while clusters come and go. */
class Tally
{
public:
  Tally(const std::vector<std::int64_t>& sizes, std::uint64_t smallest)
    : Counts(sizes.size())
  {
    for (const std::int64_t size : sizes)
    {
      this->Sizes.push_back(std::max(static_cast<std::uint64_t>(size), smallest));
    }
  }

  void add(std::uint64_t size) { this->change(size, 1, size); }
  void remove(std::uint64_t size) { this->change(size, ~std::uint64_t{ 0 }, ~size + 1); }
  const std::vector<ClusterCount>& counts() const { return this->Counts; }
  std::uint64_t smallest() const { return this->Sizes.front(); }

private:
  /** Sizes ascend. Taking away is adding the complement: unsigned numbers come round. */
  void change(std::uint64_t size, std::uint64_t clusters, std::uint64_t ions)
  {
    for (std::size_t i = 0; i < this->Sizes.size() && this->Sizes[i] <= size; ++i)
    {
      this->Counts[i].clusters += clusters;
      this->Counts[i].ions += ions;
    }
  }

  std::vector<std::uint64_t> Sizes;
  std::vector<ClusterCount> Counts;
};

/** Clusters of all separations from one walk over the pairs. */
std::vector<ClusterCount> countByForest(const ClusterIons& ions, int needed,
  const std::vector<double>& separations, const std::vector<std::int64_t>& sizes,
  const Progress& progress)
{
  std::vector<float> squares;
  for (const double separation : separations)
  {
    squares.push_back(squareNotAbove(separation));
  }
  constexpr float never = std::numeric_limits<float>::infinity();
  std::vector<float> coreFrom; // squared separation from which on an ion is a core ion
  std::size_t size = 0;
  std::optional<MergeForest> forest;
  {
    const CellSortedCloud cloud(
      ions.positions, ions.size, ions.selected(), {}, subProgress(progress, 0, 0.05));
    size = cloud.size();
    forest.emplace(size);
    if (needed > 1)
    {
      coreFrom.assign(size, never);
      NeighbourSearchOptions nearest;
      nearest.neighbours = needed + 1;
      forEachTile(
        cloud, nearest,
        [&](const NeighbourTile& tile)
        {
          const bool enough = tile.neighbours > static_cast<std::size_t>(needed);
          for (std::size_t i = 0; i < tile.size && enough; ++i)
          {
            coreFrom[tile.begin + i] = tile.squaredDistance[(i + 1) * tile.neighbours - 1];
          }
        },
        subProgress(progress, 0.05, 0.3));
    }
    forEachTileWithin(
      cloud, separations.back(),
      pairWalk(
        cloud, "highest separation of the sweep", separations.back(), NeighbourOrder::Storage),
      [&](const RadiusTile& tile)
      {
        for (std::size_t i = 0; i < tile.size; ++i)
        {
          const auto ion = static_cast<std::uint32_t>(tile.begin + i);
          for (std::size_t at = tile.rowBegin[i] + 1; at < tile.rowBegin[i + 1]; ++at)
          {
            const std::uint32_t other = tile.neighbour[at];
            if (other > ion)
            {
              continue; // each pair once
            }
            float level = tile.squaredDistance[at];
            if (needed > 1)
            {
              level = std::max({ level, coreFrom[ion], coreFrom[other] });
            }
            if (level <= squares.back())
            {
              forest->unite(ion, other, level);
            }
          }
        }
      },
      subProgress(progress, 0.3, 0.9));
  }

  // Links by the first separation that has them.
  const auto stepOf = [&](float level)
  {
    return static_cast<std::size_t>(
      std::lower_bound(squares.begin(), squares.end(), level) - squares.begin());
  };
  std::vector<std::size_t> next(squares.size() + 2);
  for (std::size_t node = 0; node < size; ++node)
  {
    ++next[stepOf(forest->link(static_cast<std::uint32_t>(node)).level) + 1];
  }
  std::partial_sum(next.begin(), next.end(), next.begin());
  const std::vector<std::size_t> begins = next;
  std::vector<std::uint32_t> order(size);
  for (std::size_t node = 0; node < size; ++node)
  {
    const auto number = static_cast<std::uint32_t>(node);
    order[next[stepOf(forest->link(number).level)]++] = number;
  }

  std::vector<std::uint32_t> parent(size);
  std::iota(parent.begin(), parent.end(), 0U);
  std::vector<std::uint32_t> sizeOf(size, 1);
  const auto root = [&](std::uint32_t node)
  {
    while (parent[node] != node)
    {
      parent[node] = parent[parent[node]];
      node = parent[node];
    }
    return node;
  };
  // Where one neighbour makes a core ion, an ion alone is none.
  Tally tally(sizes, needed == 1 ? 2 : 1);
  std::vector<ClusterCount> counts;
  for (std::size_t step = 0; step < squares.size(); ++step)
  {
    if (tally.smallest() == 1)
    {
      const float before = step > 0 ? squares[step - 1] : -1;
      for (const float square : coreFrom)
      {
        if (square > before && square <= squares[step])
        {
          tally.add(1);
        }
      }
    }
    for (std::size_t at = begins[step]; at < begins[step + 1]; ++at)
    {
      std::uint32_t a = root(order[at]);
      std::uint32_t b = root(forest->link(order[at]).node);
      if (sizeOf[a] < sizeOf[b])
      {
        std::swap(a, b);
      }
      tally.remove(sizeOf[a]);
      tally.remove(sizeOf[b]);
      parent[b] = a;
      sizeOf[a] += sizeOf[b];
      tally.add(sizeOf[a]);
    }
    counts.insert(counts.end(), tally.counts().begin(), tally.counts().end());
  }
  return counts;
}

/** A search for each separation. */
std::vector<ClusterCount> countBySearches(const ClusterIons& ions,
  const ClusterSearchOptions& search, const std::vector<double>& separations,
  const std::vector<std::int64_t>& sizes, const Progress& progress)
{
  ClusterSearchOptions options = search;
  options.minimumSize = 1;
  options.envelopeDistance = 0;
  options.erosionDistance = 0;
  std::vector<std::int32_t> clusterId(ions.size);
  std::vector<ClusterCount> counts;
  const auto count = static_cast<double>(separations.size());
  for (std::size_t step = 0; step < separations.size(); ++step)
  {
    options.maximumSeparation = separations[step];
    const auto begin = static_cast<double>(step);
    Tally tally(sizes, 1);
    for (const std::uint64_t size : clusterSearch(ions, options, clusterId.data(),
           subProgress(progress, begin / count, (begin + 1) / count)))
    {
      tally.add(size);
    }
    counts.insert(counts.end(), tally.counts().begin(), tally.counts().end());
  }
  return counts;
}

} // namespace

ClusterSweep clusterSweep(const ClusterIons& ions, const ClusterSearchOptions& search,
  const ClusterSweepOptions& options, const Progress& progress)
{
  check(search);
  check(options);
  ClusterSweep sweep;
  sweep.separations =
    steps(options.lowestSeparation, options.highestSeparation, options.separationSteps);
  for (const double size : steps(static_cast<double>(options.lowestSize),
         static_cast<double>(options.highestSize), options.sizeSteps))
  {
    sweep.sizes.push_back(std::llround(size));
  }
  const auto count = [&](const ClusterIons& cloud, const Progress& part)
  {
    return search.method == ClusterMethod::DBSCAN
      ? countBySearches(cloud, search, sweep.separations, sweep.sizes, part)
      : countByForest(cloud, search.order, sweep.separations, sweep.sizes, part);
  };
  sweep.counts = count(ions, subProgress(progress, 0, 0.5));
  const std::vector<std::int8_t> selection =
    shuffledSelection(ions, options.seed, subProgress(progress, 0.5, 0.55));
  ClusterIons control = ions;
  control.selectedTypes.clear();
  control.ordered = selection.data();
  sweep.inControl = count(control, subProgress(progress, 0.55, 1));
  return sweep;
}

} // namespace apt
