// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "ClusterSearch.h"

#include "CellSortedCloud.h"
#include "Error.h"
#include "IonLinkage.h"
#include "NeighbourArithmetic.h"
#include "NeighbourSearch.h"
#include "PairWalk.h"
#include "ParallelFor.h"
#include "RangeFile.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

namespace apt
{

namespace
{

// What clusterId holds while the search goes on: None, or the lowest index in the component that an
// ion belongs to, or, as marked(i), something about ion i that is not to be seen as membership yet.
constexpr std::int32_t None = -1;

constexpr std::int32_t marked(std::int32_t value)
{
  return -2 - value;
}

constexpr std::size_t Grain = 1 << 16;
constexpr std::size_t MostIons = 2147483646;
constexpr int MostNeighbours = 255;

// std::atomic_ref comes with C++20. In envelope and erosion a tile reads what another writes; either
// value means the same to it.
std::int32_t load(const std::int32_t* value)
{
  return __atomic_load_n(value, __ATOMIC_RELAXED);
}

void store(std::int32_t* value, std::int32_t what)
{
  __atomic_store_n(value, what, __ATOMIC_RELAXED);
}

void checkDistance(const char* name, double value)
{
  if (!(value >= 0 && std::isfinite(value)))
  {
    throw ParameterError(name, shortestNumber(value), "0 nm or more");
  }
}

void checkNeighbours(const char* name, int value)
{
  if (value < 1 || value > MostNeighbours)
  {
    throw ParameterError(name, std::to_string(value), "1 to " + std::to_string(MostNeighbours));
  }
}

/** Calls forIon(ion) for every ion, over all cores. */
template <typename ForIon>
void forEachIon(const ClusterIons& ions, ForIon&& forIon, const Progress& progress = {})
{
  parallelFor(
    ions.size, Grain,
    [&](std::size_t begin, std::size_t end)
    {
      for (std::size_t ion = begin; ion < end; ++ion)
      {
        forIon(ion);
      }
    },
    progress);
}

/**
 * Finds the core ions among the selected ones. For DBSCAN it gives each border ion the mark of its
 * core ion as clusterId. An ion that is no core ion has fewer others within the separation than a
 * core ion must have, so that those are all among its nearest.
 */
std::vector<std::uint32_t> coreIons(const ClusterIons& ions, std::vector<std::uint32_t> selected,
  const ClusterSearchOptions& options, std::int32_t* clusterId, const Progress& progress)
{
  const int needed = options.neighboursOfCore();
  const float squared = squareNotAbove(options.maximumSeparation);
  const CellSortedCloud cloud(
    ions.positions, ions.size, selected, {}, subProgress(progress, 0, 0.1));
  const bool withBorder = options.method == ClusterMethod::DBSCAN;
  NeighbourSearchOptions nearest;
  nearest.neighbours = needed + 1;
  std::vector<std::uint8_t> isCore(ions.size); // one byte each: threads write side by side
  forEachTile(
    cloud, nearest,
    [&](const NeighbourTile& tile)
    {
      const std::size_t last = tile.neighbours - 1;
      for (std::size_t i = 0; i < tile.size; ++i)
      {
        isCore[tile.ions[i]] = last == static_cast<std::size_t>(needed) &&
          tile.squaredDistance[i * tile.neighbours + last] <= squared;
      }
    },
    subProgress(progress, 0.1, withBorder ? 0.5 : 0.9));
  if (withBorder)
  {
    forEachTile(
      cloud, nearest,
      [&](const NeighbourTile& tile)
      {
        for (std::size_t i = 0; i < tile.size; ++i)
        {
          for (std::size_t j = 1; j < tile.neighbours && !isCore[tile.ions[i]]; ++j)
          {
            const std::uint32_t neighbour = tile.neighbourIon(i, j);
            if (tile.squaredDistance[i * tile.neighbours + j] > squared)
            {
              break;
            }
            if (isCore[neighbour])
            {
              clusterId[tile.ions[i]] = marked(static_cast<std::int32_t>(neighbour));
              break;
            }
          }
        }
      },
      subProgress(progress, 0.5, 0.9));
  }
  selected.erase(std::remove_if(selected.begin(), selected.end(),
                   [&](std::uint32_t ion) { return !isCore[ion]; }),
    selected.end());
  return selected;
}

/** Drops components of fewer than that many ions. */
void dropSmall(const ClusterIons& ions, std::uint64_t minimumSize, std::int32_t* clusterId)
{
  std::vector<std::uint32_t> sizes(ions.size);
  for (std::size_t ion = 0; ion < ions.size; ++ion)
  {
    if (clusterId[ion] >= 0)
    {
      ++sizes[static_cast<std::size_t>(clusterId[ion])];
    }
  }
  forEachIon(ions,
    [&](std::size_t ion)
    {
      if (clusterId[ion] >= 0 && sizes[static_cast<std::size_t>(clusterId[ion])] < minimumSize)
      {
        clusterId[ion] = None;
      }
    });
}

void addEnvelope(const ClusterIons& ions, const CellSortedCloud& ranged, double distance,
  std::int32_t* clusterId, const Progress& progress)
{
  forEachTileWithin(
    ranged, distance, pairWalk(ranged, "envelope distance", distance, NeighbourOrder::Distance),
    [&](const RadiusTile& tile)
    {
      for (std::size_t i = 0; i < tile.size; ++i)
      {
        std::int32_t* const mine = clusterId + tile.ions[i];
        if (load(mine) != None)
        {
          continue;
        }
        for (std::size_t at = tile.rowBegin[i] + 1; at < tile.rowBegin[i + 1]; ++at)
        {
          const std::int32_t other = load(clusterId + tile.neighbourIon(at));
          if (other >= 0)
          {
            store(mine, marked(other));
            break;
          }
        }
      }
    },
    progress);
  forEachIon(ions,
    [&](std::size_t ion)
    {
      if (clusterId[ion] < None)
      {
        clusterId[ion] = marked(clusterId[ion]);
      }
    });
}

void erode(const ClusterIons& ions, const CellSortedCloud& ranged, double distance,
  std::int32_t* clusterId, const Progress& progress)
{
  forEachTileWithin(
    ranged, distance, pairWalk(ranged, "erosion distance", distance, NeighbourOrder::Storage),
    [&](const RadiusTile& tile)
    {
      for (std::size_t i = 0; i < tile.size; ++i)
      {
        std::int32_t* const mine = clusterId + tile.ions[i];
        const std::int32_t before = load(mine);
        if (before == None)
        {
          continue;
        }
        for (std::size_t at = tile.rowBegin[i] + 1; at < tile.rowBegin[i + 1]; ++at)
        {
          if (load(clusterId + tile.neighbourIon(at)) == None)
          {
            store(mine, marked(before));
            break;
          }
        }
      }
    },
    progress);
  forEachIon(ions, [&](std::size_t ion) { clusterId[ion] = std::max(clusterId[ion], None); });
}

/** Replaces components by the numbers of clusters, and gives their sizes. */
std::vector<std::uint64_t> number(const ClusterIons& ions, std::int32_t* clusterId)
{
  struct Cluster
  {
    std::int32_t number; // in the order of the lowest index
    std::uint64_t size;
  };
  std::vector<Cluster> clusters;
  std::vector<std::int32_t> numberOf(ions.size, None);
  for (std::size_t ion = 0; ion < ions.size; ++ion)
  {
    if (clusterId[ion] >= 0)
    {
      std::int32_t& mine = numberOf[static_cast<std::size_t>(clusterId[ion])];
      if (mine == None)
      {
        mine = static_cast<std::int32_t>(clusters.size());
        clusters.push_back({ mine, 0 });
      }
      ++clusters[static_cast<std::size_t>(mine)].size;
      clusterId[ion] = mine;
    }
  }
  std::stable_sort(clusters.begin(), clusters.end(),
    [](const Cluster& a, const Cluster& b) { return a.size > b.size; });
  std::vector<std::uint64_t> sizes;
  for (std::size_t i = 0; i < clusters.size(); ++i)
  {
    numberOf[static_cast<std::size_t>(clusters[i].number)] = static_cast<std::int32_t>(i);
    sizes.push_back(clusters[i].size);
  }
  forEachIon(ions,
    [&](std::size_t ion)
    {
      if (clusterId[ion] >= 0)
      {
        clusterId[ion] = numberOf[static_cast<std::size_t>(clusterId[ion])];
      }
    });
  return sizes;
}

} // namespace

std::vector<std::uint32_t> ClusterIons::selected() const
{
  const std::size_t pieces = this->size == 0 ? 0 : (this->size - 1) / Grain + 1;
  std::vector<std::size_t> places(pieces + 1);
  parallelFor(this->size, Grain,
    [&](std::size_t begin, std::size_t end)
    {
      std::size_t count = 0;
      for (std::size_t ion = begin; ion < end; ++ion)
      {
        count += this->isSelected(ion);
      }
      places[begin / Grain + 1] = count;
    });
  std::partial_sum(places.begin(), places.end(), places.begin());
  std::vector<std::uint32_t> selected(places.back());
  parallelFor(this->size, Grain,
    [&](std::size_t begin, std::size_t end)
    {
      std::size_t place = places[begin / Grain];
      for (std::size_t ion = begin; ion < end; ++ion)
      {
        if (this->isSelected(ion))
        {
          selected[place++] = static_cast<std::uint32_t>(ion);
        }
      }
    });
  return selected;
}

void check(const ClusterSearchOptions& options)
{
  if (!(options.maximumSeparation > 0 && std::isfinite(options.maximumSeparation)))
  {
    throw ParameterError(
      "maximum separation", shortestNumber(options.maximumSeparation), "above 0 nm");
  }
  if (options.method == ClusterMethod::DBSCAN)
  {
    checkNeighbours("minimum number of neighbours", options.minimumNeighbours);
  }
  else
  {
    checkNeighbours("order", options.order);
  }
  if (options.minimumSize < 1)
  {
    throw ParameterError("minimum size", std::to_string(options.minimumSize), "1 ion or more");
  }
  checkDistance("envelope distance", options.envelopeDistance);
  checkDistance("erosion distance", options.erosionDistance);
}

std::vector<std::uint64_t> clusterSearch(const ClusterIons& ions,
  const ClusterSearchOptions& options, std::int32_t* clusterId, const Progress& progress)
{
  check(options);
  if (ions.size > MostIons)
  {
    throw ParameterError(
      "number of ions", std::to_string(ions.size), "at most " + std::to_string(MostIons));
  }
  forEachIon(ions, [&](std::size_t ion) { clusterId[ion] = None; });

  std::vector<std::uint32_t> core = ions.selected();
  if (options.neighboursOfCore() > 1)
  {
    core = coreIons(ions, std::move(core), options, clusterId, subProgress(progress, 0, 0.4));
  }
  linkIons(ions.positions, std::move(core), options.maximumSeparation, clusterId,
    subProgress(progress, 0.4, 0.6));
  forEachIon(ions,
    [&](std::size_t ion)
    {
      if (clusterId[ion] < None)
      {
        clusterId[ion] = clusterId[marked(clusterId[ion])]; // a core ion's: nobody changes that
      }
    });
  // An ion that is linked to none is a component of its own, but no core ion where one neighbour
  // makes one: then it was not looked for above.
  const auto minimumSize = static_cast<std::uint64_t>(options.minimumSize);
  dropSmall(
    ions, std::max<std::uint64_t>(minimumSize, options.neighboursOfCore() == 1 ? 2 : 1), clusterId);

  if (options.envelopeDistance > 0 || options.erosionDistance > 0)
  {
    const CellSortedCloud ranged(
      ions.positions, ions.size, ions.type, {}, subProgress(progress, 0.6, 0.65));
    if (options.envelopeDistance > 0)
    {
      addEnvelope(
        ions, ranged, options.envelopeDistance, clusterId, subProgress(progress, 0.65, 0.8));
    }
    if (options.erosionDistance > 0)
    {
      erode(ions, ranged, options.erosionDistance, clusterId, subProgress(progress, 0.8, 0.95));
    }
  }
  return number(ions, clusterId);
}

} // namespace apt
