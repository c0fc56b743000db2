// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause

// Ranging: how many ions per second get their ion type. The ratios are drawn like a spectrum of
// CoCrNi: peaks of an instrument's width with their thermal tail, and a background between.

#include "ParallelFor.h"
#include "RangeTable.h"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

namespace
{

const char* const ranges = "Range1=24.8500 25.1000 Vol:0.01201 Cr:1 Color:FF33CC\n"
                           "Range2=25.8000 26.2500 Vol:0.01201 Cr:1 Color:FF33CC\n"
                           "Range3=26.3500 26.6500 Vol:0.01201 Cr:1 Color:FF33CC\n"
                           "Range4=26.8500 27.1500 Vol:0.01201 Cr:1 Color:FF33CC\n"
                           "Range5=28.8500 29.3000 Vol:0.01094 Ni:1 Color:00CC00\n"
                           "Range6=29.3500 29.8000 Vol:0.01108 Co:1 Color:0000FF\n"
                           "Range7=29.8500 30.2500 Vol:0.01094 Ni:1 Color:00CC00\n"
                           "Range8=30.3500 30.6500 Vol:0.01094 Ni:1 Color:00CC00\n"
                           "Range9=30.8500 31.1500 Vol:0.01094 Ni:1 Color:00CC00\n"
                           "Range10=31.8500 32.1500 Vol:0.01094 Ni:1 Color:00CC00\n"
                           "Range11=57.8000 58.2000 Vol:0.01094 Ni:1 Color:00CC00\n"
                           "Range12=59.8000 60.2000 Vol:0.01094 Ni:1 Color:00CC00\n"
                           "Range13=0.9500 1.1000 Vol:0.00000 H:1 Color:CCCC00\n"
                           "Range14=1.9500 2.1000 Vol:0.00000 H:2 Color:FFC800\n";

/** SplitMix64: one number per index, so that the cloud does not depend on the threads. */
std::uint64_t mixed(std::uint64_t index)
{
  std::uint64_t z = index * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

float drawnRatio(std::uint64_t index)
{
  static constexpr float peaks[16] = { 25.97f, 25.97f, 25.97f, 26.47f, 26.97f, 24.97f, 28.97f,
    28.97f, 29.97f, 30.97f, 29.47f, 29.47f, 29.47f, 29.47f, 1.01f, 2.02f };
  const std::uint64_t bits = mixed(index);
  const auto uniform = [&](int shift)
  { return static_cast<float>((bits >> shift) & 0xFFF) * (1.0f / 4096); };
  if ((bits & 0xF) == 0)
  {
    return 80.0f * uniform(4); // background between the peaks and beyond them
  }
  const float peak = peaks[(bits >> 4) & 0xF];
  // A triangle of ±0.03 Da, and a tail upwards in every fourth ion.
  const float width = 0.03f * (uniform(8) + uniform(20) - 1.0f);
  const float tail = (bits >> 32 & 3) == 0 ? 0.3f * uniform(34) * uniform(46) : 0.0f;
  return peak + width + tail;
}

const std::vector<float>& drawnRatios(std::size_t count)
{
  static std::vector<float> ratios;
  if (ratios.size() != count)
  {
    ratios.resize(count);
    apt::parallelFor(count, 1 << 18,
      [](std::size_t begin, std::size_t end)
      {
        for (std::size_t i = begin; i < end; ++i)
        {
          ratios[i] = drawnRatio(i);
        }
      });
  }
  return ratios;
}

/** RangeTable::assign on range(0) ions by range(1) threads; items are ions. */
void RangeTableAssign(benchmark::State& state)
{
  const auto count = static_cast<std::size_t>(state.range(0));
  const apt::RangeTable table(apt::parseRangeFile(ranges, "CoCrNi.rrng").ranges);
  const std::vector<float>& ratios = drawnRatios(count);
  std::vector<std::int16_t> ions(count);
  const apt::ThreadLimit limit(static_cast<int>(state.range(1)));
  for (auto _ : state)
  {
    table.assign(ratios.data(), count, ions.data());
    benchmark::DoNotOptimize(ions.data());
    benchmark::ClobberMemory();
  }
  std::size_t ranged = 0;
  for (const std::int16_t ion : ions)
  {
    ranged += ion != apt::RangeTable::Unranged;
  }
  state.counters["ranged"] = static_cast<double>(ranged) / static_cast<double>(count);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(RangeTableAssign)
  ->ArgNames({ "ions", "threads" })
  ->Args({ 1000000, 1 })
  ->Args({ 100000000, 1 })
  ->Args({ 100000000, 2 })
  ->Unit(benchmark::kMillisecond)
  ->UseRealTime();

/** The search of the pieces alone, which the cells save: what a slow path costs. */
void RangeTableOneByOne(benchmark::State& state)
{
  const std::size_t count = 1000000;
  const apt::RangeTable table(apt::parseRangeFile(ranges, "CoCrNi.rrng").ranges);
  const std::vector<float>& ratios = drawnRatios(count);
  std::vector<std::int16_t> ions(count);
  for (auto _ : state)
  {
    for (std::size_t i = 0; i < count; ++i)
    {
      ions[i] = table.ionOf(ratios[i]);
    }
    benchmark::DoNotOptimize(ions.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(count));
}
BENCHMARK(RangeTableOneByOne)->Unit(benchmark::kMillisecond)->UseRealTime();

} // namespace
