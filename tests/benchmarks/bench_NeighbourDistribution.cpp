// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause

// How long distances to neighbours and pair correlations take, from positions to counts: by size of
// the cloud, threads, radius and kinds; and what they take in memory. Clouds are uniform, 30 ions
// per nm³, one ion in twenty is a solute. compare_rdf.py asks scipy for the same.

#include "MemoryInUse.h"
#include "NeighbourDistribution.h"
#include "ParallelFor.h"
#include "Random.h"

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <fstream>
#include <numeric>
#include <vector>

namespace
{

struct Cloud
{
  std::vector<float> positions;
  std::vector<std::int16_t> ion;

  apt::NeighbourDistributionInput input() const
  {
    return { this->ion.size(), this->positions.data(), this->ion.data() };
  }
};

/** A specimen four times as long as wide. */
Cloud specimen(std::size_t ions)
{
  Cloud cloud;
  cloud.positions.resize(3 * ions);
  cloud.ion.resize(ions);
  const double width = std::cbrt(static_cast<double>(ions) / 30 / 4);
  const apt::Random random(1);
  apt::parallelFor(ions, 1 << 16,
    [&](std::size_t begin, std::size_t end)
    {
      for (std::size_t i = begin; i < end; ++i)
      {
        const apt::Random::Words words = random.words(apt::Purpose::Sample, i);
        cloud.positions[3 * i] = static_cast<float>(width * apt::uniform(words[0]));
        cloud.positions[3 * i + 1] = static_cast<float>(width * apt::uniform(words[1]));
        cloud.positions[3 * i + 2] = static_cast<float>(4 * width * apt::uniform(words[2]));
        cloud.ion[i] = static_cast<std::int16_t>(apt::below(words[3], 20) == 0 ? 1 : 0);
      }
    });
  return cloud;
}

void measure(benchmark::State& state, const apt::NeighbourDistributionOptions& options, int threads)
{
  const Cloud cloud = specimen(static_cast<std::size_t>(state.range(0)));
  const apt::ThreadLimit limit(threads);
  std::uint64_t pairs = 0;
  std::ofstream("/proc/self/clear_refs") << 5; // sets the peak back to what is in use now
  const double before = memory("VmRSS");
  for (auto iteration : state)
  {
    (void)iteration;
    const apt::NeighbourDistribution found = apt::neighbourDistribution(cloud.input(), options);
    pairs = std::accumulate(found.pairs.begin(), found.pairs.end(), std::uint64_t{ 0 });
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["pairs"] = static_cast<double>(pairs);
  state.counters["peak_bytes_per_ion"] =
    (memory("VmHWM") - before) / static_cast<double>(state.range(0));
}

/** range(0) ions, range(1) threads, to range(2) nm; every ion with every other. */
void NeighbourDistributionAll(benchmark::State& state)
{
  apt::NeighbourDistributionOptions options;
  options.maximumDistance = static_cast<double>(state.range(2));
  measure(state, options, static_cast<int>(state.range(1)));
}

/** Solute about solute (range(1) = 1) or matrix about matrix (0), with range(2) controls. */
void NeighbourDistributionControls(benchmark::State& state)
{
  apt::NeighbourDistributionOptions options;
  options.centreTypes = options.neighbourTypes = { state.range(1) == 0, state.range(1) == 1 };
  options.controls = static_cast<int>(state.range(2));
  measure(state, options, 2);
}

void NeighbourDistributionInterior(benchmark::State& state)
{
  apt::NeighbourDistributionOptions options;
  options.onlyInterior = true;
  measure(state, options, 2);
}

BENCHMARK(NeighbourDistributionAll)
  ->ArgsProduct({ { 100000, 1000000, 10000000 }, { 1, 2 }, { 2 } })
  ->Args({ 1000000, 2, 1 })
  ->Args({ 1000000, 2, 4 })
  ->ArgNames({ "ions", "threads", "nm" })
  ->Unit(benchmark::kMillisecond)
  ->UseRealTime();
BENCHMARK(NeighbourDistributionControls)
  ->Args({ 1000000, 1, 0 })
  ->Args({ 1000000, 1, 10 })
  ->Args({ 1000000, 0, 10 })
  ->ArgNames({ "ions", "solute", "controls" })
  ->Unit(benchmark::kMillisecond)
  ->UseRealTime();
BENCHMARK(NeighbourDistributionInterior)
  ->Arg(1000000)
  ->ArgName("ions")
  ->Unit(benchmark::kMillisecond)
  ->UseRealTime();

} // namespace
