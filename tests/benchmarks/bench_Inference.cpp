// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause

// How many ions per second go through a network, and through its parts: neighbour search, features,
// network, all together (predict). Beside it the machine's peak of fused multiply-adds, measured in
// the same run, and the fraction of it that the network's multiply-adds reach. The models are the
// published network's form (two blocks, five and six features) and the MomentNet of four layers,
// with random weights: their cost is that of trained ones.

#include "MemoryInUse.h"
#include "SmallModels.h"

#include "Inference.h"
#include "MomentBasis.h"
#include "NeighbourSearch.h"
#include "NetworkCost.h"
#include "ParallelFor.h"
#include "PointNetFeatures.h"

#include <benchmark/benchmark.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace
{

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start)
{
  return std::chrono::duration<double>(Clock::now() - start).count();
}

#if defined(__x86_64__)
constexpr int chains = 12; // independent sums: more than the units take to finish one
constexpr long rounds = 20'000'000;

__attribute__((target("avx512f"))) double multiplyAdds512()
{
  __m512 sums[chains];
  for (int i = 0; i < chains; ++i)
  {
    sums[i] = _mm512_set1_ps(static_cast<float>(i));
  }
  const __m512 factor = _mm512_set1_ps(0.999F);
  for (long round = 0; round < rounds; ++round)
  {
    for (int i = 0; i < chains; ++i)
    {
      sums[i] = _mm512_fmadd_ps(sums[i], factor, factor);
    }
  }
  for (int i = 1; i < chains; ++i)
  {
    sums[0] = _mm512_add_ps(sums[0], sums[i]);
  }
  float total[16];
  _mm512_storeu_ps(total, sums[0]);
  benchmark::DoNotOptimize(total);
  return 16.0 * chains * rounds;
}

__attribute__((target("avx2,fma"))) double multiplyAdds256()
{
  __m256 sums[chains];
  for (int i = 0; i < chains; ++i)
  {
    sums[i] = _mm256_set1_ps(static_cast<float>(i));
  }
  const __m256 factor = _mm256_set1_ps(0.999F);
  for (long round = 0; round < rounds; ++round)
  {
    for (int i = 0; i < chains; ++i)
    {
      sums[i] = _mm256_fmadd_ps(sums[i], factor, factor);
    }
  }
  float total[8];
  for (int i = 1; i < chains; ++i)
  {
    sums[0] = _mm256_add_ps(sums[0], sums[i]);
  }
  _mm256_storeu_ps(total, sums[0]);
  benchmark::DoNotOptimize(total);
  return 8.0 * chains * rounds;
}
#endif

/** Multiply-adds per second of float32 on all cores; 0 where this does not know the processor. */
double peak()
{
  static const double best = []
  {
    double most = 0;
#if defined(__x86_64__)
    for (int attempt = 0; attempt < 3; ++attempt)
    {
      const auto start = Clock::now();
      const auto threads = static_cast<std::size_t>(apt::threadCount());
      std::vector<double> done(threads);
      apt::parallelFor(threads, 1,
        [&](std::size_t begin, std::size_t)
        {
          done[begin] = __builtin_cpu_supports("avx512f") ? multiplyAdds512()
            : __builtin_cpu_supports("fma")               ? multiplyAdds256()
                                                          : 0;
        });
      double sum = 0;
      for (const double part : done)
      {
        sum += part;
      }
      most = std::max(most, sum / secondsSince(start));
    }
#endif
    return most;
  }();
  return best;
}

apt::Model pointNet()
{
  return apt::test::randomModel(2, false);
}

apt::Model momentNet()
{
  apt::Model model = apt::test::randomMomentNet(4);
  model.moments = apt::MomentForm();
  model.neighbourCount = 193;
  apt::test::fillWithRandomWeights(model, 1);
  return model;
}

/** Ions at 30 per nm³, of three species. */
apt::IonCloud cloudOf(std::size_t ions)
{
  std::mt19937 random(1);
  const double edge = std::cbrt(static_cast<double>(ions) / 30);
  apt::IonCloud cloud;
  cloud.size = ions;
  cloud.positions.resize(3 * ions);
  for (float& coordinate : cloud.positions)
  {
    coordinate = static_cast<float>(edge * static_cast<double>(random()) / 4294967296.0);
  }
  apt::IonCloud::Array array{ { apt::arrayName::Ion, "", apt::ValueType::Int16, 1 }, {} };
  array.values.resize(ions * sizeof(std::int16_t));
  for (std::size_t ion = 0; ion < ions; ++ion)
  {
    const auto name = static_cast<std::int16_t>(random() % 3);
    std::memcpy(array.values.data() + ion * sizeof name, &name, sizeof name);
  }
  cloud.arrays.push_back(array);
  return cloud;
}

const std::vector<std::string> ionNames{ "Ab", "Cd", "Zz" };

/** Neighbours and what the network gets of them, tile by tile, and nothing else. */
void featuresAlone(benchmark::State& state, const apt::Model& model, bool features)
{
  const auto ions = static_cast<std::size_t>(state.range(0));
  const apt::IonCloud cloud = cloudOf(ions);
  const apt::CellSortedCloud sorted(cloud.positions.data(), ions);
  const std::vector<std::uint8_t> species(ions, 1);
  apt::KnownIons known;
  known.cloud = &sorted;
  known.species = species.data();
  known.latticeParameter = model.latticeParameter;
  apt::NeighbourSearchOptions search;
  search.neighbours = model.neighbourCount;
  if (model.architecture == apt::Architecture::MomentNet)
  {
    search.order = apt::NeighbourOrder::Storage; // as the sweep asks for them
  }
  const auto neighbours = static_cast<std::size_t>(model.neighbourCount);
  for (auto _ : state)
  {
    apt::forEachTile(sorted, search,
      [&](const apt::NeighbourTile& tile)
      {
        constexpr std::size_t batch = 64;
        if (!features)
        {
          return;
        }
        const bool moments = model.architecture == apt::Architecture::MomentNet;
        const std::size_t values = moments
          ? static_cast<std::size_t>(model.moments.basisSize()) * (neighbours - 1)
          : neighbours * model.columnCount(1);
        std::vector<float> made(batch * values);
        std::vector<float> sums(batch * 16);
        for (std::size_t first = 0; first < tile.size; first += batch)
        {
          const std::size_t count = std::min(batch, tile.size - first);
          if (moments)
          {
            apt::momentBasis(tile, model.moments, model.latticeParameter, { 0, 0, 1 }, first, count,
              neighbours - 1, made.data(), sums.data());
          }
          else
          {
            apt::makeFeatures(tile, known, model, 1, nullptr, first, count, made.data());
          }
          benchmark::DoNotOptimize(made.data());
        }
      });
  }
  state.counters["ions/s"] =
    benchmark::Counter(static_cast<double>(ions), benchmark::Counter::kIsIterationInvariantRate);
}

void wholeNetwork(benchmark::State& state, const apt::Model& model)
{
  const auto ions = static_cast<std::size_t>(state.range(0));
  const apt::IonCloud cloud = cloudOf(ions);
  std::vector<std::vector<float>> answers(model.blockCount(), std::vector<float>(ions));
  std::vector<float*> pointers;
  for (auto& answer : answers)
  {
    pointers.push_back(answer.data());
  }
  apt::InferenceOptions options;
  options.device = apt::Device::CPU;
  double seconds = 0;
  double bytes = 0;
  for (auto _ : state)
  {
    const auto start = Clock::now();
    std::ofstream("/proc/self/clear_refs") << "5"; // the peak begins anew
    const double before = memory("VmRSS");
    apt::predict(cloud.view(), ionNames, model, options, pointers);
    bytes = memory("VmHWM") - before;
    seconds += secondsSince(start);
  }
  const double rate = static_cast<double>(ions) * static_cast<double>(state.iterations()) / seconds;
  const double multiplyAdds = rate * static_cast<double>(apt::multiplyAddsPerIon(model));
  state.counters["ions/s"] = rate;
  state.counters["GMAC/s"] = multiplyAdds / 1e9;
  state.counters["peakGMAC/s"] = peak() / 1e9;
  state.counters["ofPeak"] = peak() > 0 ? multiplyAdds / peak() : 0;
  state.counters["bytes/ion"] = bytes / static_cast<double>(ions);
}

} // namespace

BENCHMARK_CAPTURE(featuresAlone, pointNetSearch, pointNet(), false)
  ->Arg(1'000'000)
  ->UseRealTime()
  ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(featuresAlone, pointNetSearchAndFeatures, pointNet(), true)
  ->Arg(1'000'000)
  ->UseRealTime()
  ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(featuresAlone, momentNetSearch, momentNet(), false)
  ->Arg(1'000'000)
  ->UseRealTime()
  ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(featuresAlone, momentNetSearchAndBasis, momentNet(), true)
  ->Arg(1'000'000)
  ->UseRealTime()
  ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(wholeNetwork, pointNet, pointNet())
  ->Arg(100'000)
  ->Arg(1'000'000)
  ->Iterations(1)
  ->UseRealTime()
  ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(wholeNetwork, momentNet, momentNet())
  ->Arg(100'000)
  ->Arg(1'000'000)
  ->Arg(10'000'000)
  ->Iterations(1)
  ->UseRealTime()
  ->Unit(benchmark::kMillisecond);
