// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause

// How long spatial distribution maps take, from positions to counts: by size of the cloud, threads,
// mode, and number of kinds. Clouds are uniform, 30 ions per nm³, of three kinds. compare_sdm.py
// asks scipy for the same.

#include "LatticePlaneSearch.h"
#include "ParallelFor.h"
#include "Random.h"
#include "SpatialDistributionMap.h"

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace
{

struct Cloud
{
  std::vector<float> positions;
  std::vector<std::int16_t> ion;

  apt::SpatialDistributionInput input() const
  {
    apt::SpatialDistributionInput input;
    input.size = this->ion.size();
    input.positions = this->positions.data();
    input.ion = this->ion.data();
    return input;
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
        cloud.ion[i] = static_cast<std::int16_t>(apt::below(words[3], 3));
      }
    });
  return cloud;
}

/** Runs the map, and counts pairs and ions. */
void mapAll(benchmark::State& state, const Cloud& cloud,
  const apt::SpatialDistributionOptions& options, int threads)
{
  const apt::ThreadLimit limit(threads);
  std::uint64_t pairs = 0;
  for (auto iteration : state)
  {
    (void)iteration;
    pairs = 0;
    for (const apt::PairCounts& pair : apt::spatialDistributionMap(cloud.input(), options).pairs)
    {
      for (const std::uint64_t count : pair.counts)
      {
        pairs += count;
      }
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(cloud.ion.size()));
  state.counters["pairs"] = static_cast<double>(pairs);
}

/** range(0) ions, range(1) threads, lateral radius range(2) / 10 nm; every ion with every other. */
void SpatialDistributionMapProfile(benchmark::State& state)
{
  apt::SpatialDistributionOptions options;
  options.lateralRadius = static_cast<double>(state.range(2)) / 10;
  mapAll(state, specimen(static_cast<std::size_t>(state.range(0))), options,
    static_cast<int>(state.range(1)));
}

/** One kind around another (a third of the ions each), and all nine pairs at once. */
void SpatialDistributionMapKinds(benchmark::State& state)
{
  apt::SpatialDistributionOptions options;
  options.allPairs = state.range(1) != 0;
  options.centre = 0;
  options.neighbour = 1;
  mapAll(state, specimen(static_cast<std::size_t>(state.range(0))), options, 2);
}

/** Mode range(1): 1 XY in bins of 0.01 nm, 2 XYZ in bins of 0.05 nm; one kind around another. */
void SpatialDistributionMapImage(benchmark::State& state)
{
  apt::SpatialDistributionOptions options;
  options.mode = static_cast<apt::SpatialDistributionMode>(state.range(1));
  options.binWidth = state.range(1) == 1 ? 0.01 : 0.05;
  options.centre = 0;
  options.neighbour = 1;
  mapAll(state, specimen(static_cast<std::size_t>(state.range(0))), options, 2);
}

void SpatialDistributionMapFindAxis(benchmark::State& state)
{
  const Cloud cloud = specimen(static_cast<std::size_t>(state.range(0)));
  const apt::ThreadLimit limit(2);
  for (auto iteration : state)
  {
    (void)iteration;
    benchmark::DoNotOptimize(apt::findLatticePlanes(cloud.input()));
  }
}

BENCHMARK(SpatialDistributionMapProfile)
  ->ArgsProduct({ { 100000, 1000000, 10000000 }, { 1, 2 }, { 3 } })
  ->Args({ 1000000, 2, 6 })
  ->Args({ 1000000, 2, 15 })
  ->ArgNames({ "ions", "threads", "radius_tenths" })
  ->Unit(benchmark::kMillisecond)
  ->UseRealTime();
BENCHMARK(SpatialDistributionMapKinds)
  ->Args({ 1000000, 0 })
  ->Args({ 1000000, 1 })
  ->ArgNames({ "ions", "all_pairs" })
  ->Unit(benchmark::kMillisecond)
  ->UseRealTime();
BENCHMARK(SpatialDistributionMapImage)
  ->Args({ 1000000, 1 })
  ->Args({ 1000000, 2 })
  ->ArgNames({ "ions", "mode" })
  ->Unit(benchmark::kMillisecond)
  ->UseRealTime();
BENCHMARK(SpatialDistributionMapFindAxis)
  ->Arg(1000000)
  ->Arg(10000000)
  ->ArgName("ions")
  ->Unit(benchmark::kMillisecond)
  ->UseRealTime();

} // namespace
