// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause

// How many ions per second get their 32 nearest neighbours, by size of the cloud and threads: the
// search alone (the cloud sorted before) and the sorting; and beside nanoflann, in turns, on one
// thread each. Clouds are uniform, 30 ions per nm³, as a detector that sees half of an alloy gives.

#include "MemoryInUse.h"

#include "NeighbourSearch.h"
#include "ParallelFor.h"

#include <benchmark/benchmark.h>
#include <nanoflann.hpp>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace
{

constexpr int neighbours = 32;

/** SplitMix64: one number per index, so that the cloud does not depend on the threads. */
std::uint64_t mixed(std::uint64_t index)
{
  std::uint64_t z = index * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

/** A specimen four times as long as wide; ions come in order of depth, as in the files. */
std::vector<float> specimen(std::size_t ions)
{
  const double width = std::cbrt(static_cast<double>(ions) / 30 / 4);
  std::vector<float> positions(ions * 3);
  apt::parallelFor(ions, 1 << 16,
    [&](std::size_t begin, std::size_t end)
    {
      const auto uniform = [](std::uint64_t index)
      { return static_cast<double>(mixed(index) >> 11) * 0x1p-53; };
      for (std::size_t ion = begin; ion < end; ++ion)
      {
        const double depth =
          (static_cast<double>(ion) + 2000 * uniform(ion * 3 + 2)) / static_cast<double>(ions);
        positions[ion * 3] = static_cast<float>(width * uniform(ion * 3));
        positions[ion * 3 + 1] = static_cast<float>(width * uniform(ion * 3 + 1));
        positions[ion * 3 + 2] = static_cast<float>(4 * width * depth);
      }
    });
  return positions;
}

double secondsOf(const std::function<void()>& work)
{
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/** Looks at every tile, so that no search can be left out. */
void searchAll(const apt::CellSortedCloud& cloud, int count,
  apt::NeighbourOrder order = apt::NeighbourOrder::Distance)
{
  apt::NeighbourSearchOptions options;
  options.neighbours = count;
  options.order = order;
  std::atomic<std::uint64_t> sum{ 0 };
  apt::forEachTile(
    cloud, options, [&](const apt::NeighbourTile& tile) { sum += tile.neighbour[tile.size]; });
  benchmark::DoNotOptimize(sum.load());
}

/** range(0) ions, range(1) threads; items are ions searched. */
void NeighbourSearchNearest(benchmark::State& state)
{
  const auto ions = static_cast<std::size_t>(state.range(0));
  const apt::ThreadLimit limit(static_cast<int>(state.range(1)));
  const std::vector<float> positions = specimen(ions);
  std::ofstream("/proc/self/clear_refs") << 5; // sets the peak back to what is in use now
  const double before = memory("VmRSS");
  std::unique_ptr<apt::CellSortedCloud> cloud;
  const double sorting =
    secondsOf([&] { cloud = std::make_unique<apt::CellSortedCloud>(positions.data(), ions); });
  for (auto iteration : state)
  {
    (void)iteration;
    searchAll(*cloud, neighbours);
  }
  const double peak = memory("VmHWM") - before;
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["sorted_per_second"] = static_cast<double>(ions) / sorting;
  state.counters["cloud_bytes_per_ion"] =
    static_cast<double>(cloud->memory()) / static_cast<double>(ions);
  state.counters["peak_bytes_per_ion"] = peak / static_cast<double>(ions);
}

/** All ions within range(1) / 100 nm of 10⁶, one thread; items are ions. */
void NeighbourSearchWithin(benchmark::State& state)
{
  const auto ions = static_cast<std::size_t>(state.range(0));
  const apt::ThreadLimit limit(1);
  const std::vector<float> positions = specimen(ions);
  const apt::CellSortedCloud cloud(positions.data(), ions);
  std::atomic<std::size_t> found{ 0 };
  for (auto iteration : state)
  {
    (void)iteration;
    found = 0;
    apt::forEachTileWithin(cloud, static_cast<double>(state.range(1)) / 100, {},
      [&](const apt::RadiusTile& tile) { found += tile.rowBegin[tile.size]; });
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["neighbours"] = static_cast<double>(found.load()) / static_cast<double>(ions);
}

struct Points
{
  const std::vector<float>& positions;

  std::size_t kdtree_get_point_count() const { return this->positions.size() / 3; }
  float kdtree_get_pt(std::size_t point, std::size_t axis) const
  {
    return this->positions[point * 3 + axis];
  }
  template <class Box>
  bool kdtree_get_bbox(Box&) const
  {
    return false;
  }
};

using Tree = nanoflann::KDTreeSingleIndexAdaptor<nanoflann::L2_Simple_Adaptor<float, Points>,
  Points, 3, std::uint32_t>;

/** Asks for the neighbours of every ion, in some order. */
void askAll(const Tree& tree, const std::vector<float>& positions, const std::uint32_t* order)
{
  std::uint32_t found[neighbours];
  float squaredDistances[neighbours];
  const std::size_t ions = positions.size() / 3;
  for (std::size_t i = 0; i < ions; ++i)
  {
    const std::size_t ion = order ? order[i] : i;
    tree.knnSearch(positions.data() + ion * 3, neighbours, found, squaredDistances);
    benchmark::DoNotOptimize(found);
  }
}

/**
 * Both from positions to neighbours, sorting or building the tree included, one thread, in turns.
 * Counters are ions per second, and ratios of them. nanoflann is asked for ions in the order of the
 * cloud, which is kind to its caches (of_nanoflann), and in that of the file, as it is used without
 * a sorted cloud (of_nanoflann_unsorted). search_of_nanoflann leaves out sorting and building.
 */
void NeighbourSearchBesideNanoflann(benchmark::State& state)
{
  const auto ions = static_cast<std::size_t>(state.range(0));
  const apt::ThreadLimit limit(1);
  const std::vector<float> positions = specimen(ions);
  double sorting = 0;
  double searching = 0;
  double searchingAsStored = 0;
  double building = 0;
  double asking = 0;
  double askingUnsorted = 0;
  for (auto iteration : state)
  {
    (void)iteration;
    std::unique_ptr<apt::CellSortedCloud> cloud;
    sorting +=
      secondsOf([&] { cloud = std::make_unique<apt::CellSortedCloud>(positions.data(), ions); });
    searching += secondsOf([&] { searchAll(*cloud, neighbours); });
    searchingAsStored +=
      secondsOf([&] { searchAll(*cloud, neighbours, apt::NeighbourOrder::Storage); });

    const Points points{ positions };
    std::unique_ptr<Tree> tree;
    building += secondsOf([&] { tree = std::make_unique<Tree>(3, points); });
    asking += secondsOf([&] { askAll(*tree, positions, cloud->originalIndices()); });
    askingUnsorted += secondsOf([&] { askAll(*tree, positions, nullptr); });
  }
  const double all = static_cast<double>(ions) * static_cast<double>(state.iterations());
  state.counters["ions_per_second"] = all / (sorting + searching);
  state.counters["nanoflann"] = all / (building + asking);
  state.counters["of_nanoflann"] = (building + asking) / (sorting + searching);
  state.counters["as_stored_of_nanoflann"] = (building + asking) / (sorting + searchingAsStored);
  state.counters["of_nanoflann_unsorted"] = (building + askingUnsorted) / (sorting + searching);
  state.counters["search_of_nanoflann"] = asking / searching;
}

BENCHMARK(NeighbourSearchNearest)
  ->ArgsProduct({ { 100000, 1000000, 10000000 }, { 1, 2 } })
  ->Args({ 100000000, 2 })
  ->ArgNames({ "ions", "threads" })
  ->Unit(benchmark::kMillisecond)
  ->UseRealTime();
BENCHMARK(NeighbourSearchWithin)
  ->Args({ 1000000, 50 })
  ->Args({ 1000000, 150 })
  ->ArgNames({ "ions", "radius_hundredths" })
  ->Unit(benchmark::kMillisecond)
  ->UseRealTime();
BENCHMARK(NeighbourSearchBesideNanoflann)
  ->Arg(1000000)
  ->ArgName("ions")
  ->Iterations(3)
  ->Unit(benchmark::kMillisecond)
  ->UseRealTime();

} // namespace
