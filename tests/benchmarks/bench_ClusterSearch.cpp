// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause

// Cluster searches in a uniform cloud of 30 ions per nm³ in a cube, all of them selected: by method,
// size, separation and threads. bench_cluster_search.py compares them with scikit-learn.

#include "MemoryInUse.h"

#include "ClusterSearch.h"
#include "ClusterSweep.h"
#include "ParallelFor.h"

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <random>
#include <vector>

namespace
{

struct Cloud
{
  std::vector<float> positions;
  std::vector<std::int16_t> type;

  explicit Cloud(std::size_t ions)
    : positions(ions * 3)
    , type(ions)
  {
    const auto edge = static_cast<float>(std::cbrt(static_cast<double>(ions) / 30));
    std::mt19937 random(1);
    std::uniform_real_distribution<float> uniform(0, edge);
    for (float& coordinate : this->positions)
    {
      coordinate = uniform(random);
    }
  }

  apt::ClusterIons ions() const
  {
    apt::ClusterIons ions;
    ions.size = this->type.size();
    ions.positions = this->positions.data();
    ions.type = this->type.data();
    return ions;
  }
};

void search(benchmark::State& state, const apt::ClusterSearchOptions& options)
{
  const apt::ThreadLimit limit(static_cast<int>(state.range(2)));
  const Cloud cloud(static_cast<std::size_t>(state.range(0)));
  std::vector<std::int32_t> clusterId(cloud.type.size());
  std::ofstream("/proc/self/clear_refs") << 5; // sets the peak back to what is in use now
  const double before = memory("VmRSS");
  std::size_t clusters = 0;
  for (auto iteration : state)
  {
    (void)iteration;
    clusters = apt::clusterSearch(cloud.ions(), options, clusterId.data()).size();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["clusters"] = static_cast<double>(clusters);
  state.counters["peak_bytes_per_ion"] =
    (memory("VmHWM") - before) / static_cast<double>(state.range(0));
}

double separation(const benchmark::State& state)
{
  return static_cast<double>(state.range(1)) / 100;
}

void ClusterSearchMaximumSeparation(benchmark::State& state)
{
  apt::ClusterSearchOptions options;
  options.maximumSeparation = separation(state);
  search(state, options);
}

void ClusterSearchDBSCAN(benchmark::State& state)
{
  apt::ClusterSearchOptions options;
  options.method = apt::ClusterMethod::DBSCAN;
  options.maximumSeparation = separation(state);
  search(state, options);
}

/** With an envelope and erosion of half the separation. */
void ClusterSearchEnvelope(benchmark::State& state)
{
  apt::ClusterSearchOptions options;
  options.maximumSeparation = separation(state);
  options.envelopeDistance = options.erosionDistance = separation(state) / 2;
  search(state, options);
}

/** 40 separations up to range(1) / 100 nm and 10 minimum sizes, in the data and the control. */
void ClusterSweepOf400(benchmark::State& state)
{
  const apt::ThreadLimit limit(static_cast<int>(state.range(2)));
  const Cloud cloud(static_cast<std::size_t>(state.range(0)));
  apt::ClusterSweepOptions options;
  options.highestSeparation = separation(state);
  options.separationSteps = 40;
  options.sizeSteps = 10;
  for (auto iteration : state)
  {
    (void)iteration;
    benchmark::DoNotOptimize(apt::clusterSweep(cloud.ions(), {}, options));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

const std::vector<std::string> names{ "ions", "separation_hundredths", "threads" };

BENCHMARK(ClusterSearchMaximumSeparation)
  ->ArgsProduct({ { 100000, 1000000, 10000000 }, { 20 }, { 1, 2 } })
  ->ArgsProduct({ { 1000000 }, { 10, 40, 80, 160, 800 }, { 2 } })
  ->ArgNames(names)
  ->Unit(benchmark::kMillisecond)
  ->MeasureProcessCPUTime()
  ->UseRealTime();
BENCHMARK(ClusterSearchDBSCAN)
  ->ArgsProduct({ { 100000, 1000000, 10000000 }, { 40 }, { 1, 2 } })
  ->ArgsProduct({ { 1000000 }, { 80, 160, 800 }, { 2 } })
  ->ArgNames(names)
  ->Unit(benchmark::kMillisecond)
  ->MeasureProcessCPUTime()
  ->UseRealTime();
BENCHMARK(ClusterSearchEnvelope)
  ->Args({ 1000000, 50, 2 })
  ->ArgNames(names)
  ->Unit(benchmark::kMillisecond)
  ->MeasureProcessCPUTime()
  ->UseRealTime();
BENCHMARK(ClusterSweepOf400)
  ->Args({ 1000000, 50, 2 })
  ->Args({ 1000000, 100, 2 })
  ->ArgNames(names)
  ->Unit(benchmark::kMillisecond)
  ->MeasureProcessCPUTime()
  ->UseRealTime();

} // namespace
