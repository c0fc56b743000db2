// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause

// Synthetic specimens of 10⁵ to 10⁸ ions: ions per second, whether an ion costs the same in all
// sizes, and the most memory that was held, in bytes per ion, with all arrays of the destination
// (23 bytes).

#include "DomainForm.h"
#include "DomainPlacement.h"
#include "ParallelFor.h"
#include "SpecimenPreset.h"
#include "SyntheticSpecimen.h"

#include <benchmark/benchmark.h>

#include <malloc.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

namespace
{

/** A line of /proc/self/status in bytes, 0 where there is none. */
double statusBytes(const std::string& name)
{
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
  {
    if (line.compare(0, name.size() + 1, name + ":") == 0)
    {
      return 1024 * std::strtod(line.c_str() + name.size() + 1, nullptr);
    }
  }
  return 0;
}

/** From now on, VmHWM is the most memory held since. */
void resetPeak()
{
  malloc_trim(0); // what earlier runs left behind would hide what this one takes
  std::ofstream("/proc/self/clear_refs") << "5";
}

/** Memory that nobody has touched, as the arrays of VTK. */
template <typename Value>
std::unique_ptr<Value[]> untouched(std::uint64_t count)
{
  return std::unique_ptr<Value[]>(new Value[static_cast<std::size_t>(count)]);
}

apt::SyntheticSpecimenOptions recipe(double ions)
{
  apt::SyntheticSpecimenOptions options = apt::specimenPresets()[0].options;
  const double a = options.latticeParameter;
  options.detectionEfficiency = { 0.6, 0.6 };
  options.edgeLength = std::cbrt(ions / 0.6 * a * a * a / 4);
  return options;
}

/** All that a specimen of range(0) ions takes, by range(1) threads. */
void SyntheticSpecimenWhole(benchmark::State& state)
{
  const apt::SyntheticSpecimenOptions options = recipe(static_cast<double>(state.range(0)));
  const apt::ThreadLimit limit(static_cast<int>(state.range(1)));
  std::uint64_t ions = 0;
  std::uint64_t domains = 0;
  double peak = 0;
  for (auto _ : state)
  {
    resetPeak();
    const double before = statusBytes("VmRSS");
    const apt::SyntheticSpecimen specimen(options, 0);
    const std::uint64_t count = specimen.count(0, 1);
    const auto positions = untouched<float>(3 * count);
    const auto massToCharge = untouched<float>(count);
    const auto ion = untouched<std::int16_t>(count);
    const auto phase = untouched<std::int8_t>(count);
    const auto domain = untouched<std::int32_t>(count);
    specimen.fill(
      0, 1, { positions.get(), massToCharge.get(), ion.get(), phase.get(), domain.get() });
    benchmark::DoNotOptimize(positions.get());
    benchmark::ClobberMemory();
    peak = statusBytes("VmHWM") - before;
    ions = count;
    domains = specimen.domains().size();
  }
  const auto all = static_cast<double>(ions);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(ions));
  state.counters["ions"] = all;
  state.counters["domains"] = static_cast<double>(domains);
  state.counters["peak_bytes_per_ion"] = peak / all;
  state.counters["seconds_per_ion"] =
    benchmark::Counter(all * static_cast<double>(state.iterations()),
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(SyntheticSpecimenWhole)
  ->ArgNames({ "ions", "threads" })
  ->ArgsProduct({ { 100000, 1000000, 10000000, 100000000 }, { 1, 2 } })
  ->Unit(benchmark::kMillisecond)
  ->MeasureProcessCPUTime()
  ->UseRealTime();

/** The count alone, which every rank and every fill needs first. */
void SyntheticSpecimenCount(benchmark::State& state)
{
  const apt::SyntheticSpecimenOptions options = recipe(static_cast<double>(state.range(0)));
  for (auto _ : state)
  {
    state.PauseTiming();
    const apt::SyntheticSpecimen specimen(options, 0);
    state.ResumeTiming();
    benchmark::DoNotOptimize(specimen.count(0, 1));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(SyntheticSpecimenCount)
  ->ArgName("ions")
  ->Arg(10000000)
  ->Unit(benchmark::kMillisecond)
  ->MeasureProcessCPUTime()
  ->UseRealTime();

/** Placing about range(0) domains at range(1) hundredths of the volume; items are domains. */
void DomainPlacement(benchmark::State& state)
{
  apt::SyntheticSpecimenOptions options;
  options.domainRadius = { 1, 1.5 };
  options.domainFraction = static_cast<double>(state.range(1)) / 100;
  const apt::DomainForm form(options.domainShape, 1, { { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } } });
  const double meanVolume = 0.5 * (form.volume(1.2) + form.volume(1.3));
  options.edgeLength =
    std::cbrt(static_cast<double>(state.range(0)) * meanVolume / options.domainFraction);
  const apt::SpecimenOutline outline(options.shape, options.edgeLength, 0, 0);
  std::size_t count = 0;
  for (auto _ : state)
  {
    const auto domains = apt::placeDomains(options, outline, form, apt::Random(1));
    count = domains.size();
    benchmark::DoNotOptimize(domains.data());
  }
  state.counters["domains"] = static_cast<double>(count);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(count));
}
BENCHMARK(DomainPlacement)
  ->ArgNames({ "domains", "percent" })
  ->Args({ 200000, 10 })
  ->Args({ 200000, 20 })
  ->Args({ 200000, 40 })
  ->Args({ 200000, 60 })
  ->Unit(benchmark::kMillisecond)
  ->MeasureProcessCPUTime()
  ->UseRealTime();

} // namespace
