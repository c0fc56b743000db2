// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause

// How fast a .pos file of 1 GiB in the page cache becomes a VTK ion cloud (positions, ratios and
// one vertex cell per ion), beside how fast the same threads copy the same bytes; and how much
// memory that takes beside the output's own.

#include "LargeFile.h"
#include "MemoryInUse.h"

#include "vtkAtomProbeReader.h"
#include "vtkIonRanging.h"

#include "vtkNew.h"
#include "vtkPointData.h"
#include "vtkPolyData.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <fstream>

namespace
{

double median(std::vector<double> values)
{
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/** Medians, and the median ratio of a copy and the read after it: both see the same machine. */
void readIntoVtk(benchmark::State& state)
{
  copy(true); // so that the file is in the page cache
  std::vector<double> copySeconds;
  std::vector<double> seconds;
  std::vector<double> ratios;
  double peakOverOutput = 0;
  for (auto iteration : state)
  {
    (void)iteration;
    copySeconds.push_back(copy(true));
    vtkNew<vtkAtomProbeReader> reader;
    reader->SetFileName(largeFile().c_str());
    std::ofstream("/proc/self/clear_refs") << 5; // sets the peak back to what is in use now
    const double before = memory("VmRSS");
    const double once = secondsOf([&] { reader->Update(); });
    const double peak = memory("VmHWM") - before;
    const double output = 1024.0 * static_cast<double>(reader->GetOutput()->GetActualMemorySize());
    peakOverOutput = std::max(peakOverOutput, peak / output);
    seconds.push_back(once);
    ratios.push_back(copySeconds.back() / once);
    state.SetIterationTime(once);
  }
  const auto rate = [](double time)
  {
    return benchmark::Counter(static_cast<double>(largeFileSize) / time,
      benchmark::Counter::kDefaults, benchmark::Counter::kIs1024);
  };
  state.counters["copy"] = rate(median(copySeconds));
  state.counters["read"] = rate(median(seconds));
  state.counters["of_copy"] = median(ratios);
  state.counters["peak_over_output"] = peakOverOutput;
}

/** Ion Ranging as a filter, on the cloud of that file. */
void rangeInVtk(benchmark::State& state)
{
  vtkNew<vtkAtomProbeReader> reader;
  reader->SetFileName(largeFile().c_str());
  reader->Update();
  vtkNew<vtkIonRanging> ranging;
  ranging->SetInputConnection(reader->GetOutputPort());
  for (int mass = 27; mass < 38; ++mass)
  {
    ranging->AddRange(
      (std::to_string(mass) + " " + std::to_string(mass) + ".5 Name:M" + std::to_string(mass))
        .c_str());
  }
  for (auto iteration : state)
  {
    (void)iteration;
    ranging->Modified();
    state.SetIterationTime(secondsOf([&] { ranging->Update(); }));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(largeFileIons));
}

} // namespace

BENCHMARK(readIntoVtk)->UseManualTime()->Iterations(20)->Unit(benchmark::kMillisecond);
BENCHMARK(rangeInVtk)->UseManualTime()->Unit(benchmark::kMillisecond);
