// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause

// How long the user waits when the threshold moves: 10 million ions, whose probabilities are known.
// The filter, and the comparison alone.

#include "OrderedIons.h"
#include "SmallModels.h"

#include "vtkAtomNetSegmentation.h"

#include "vtkFieldData.h"
#include "vtkFloatArray.h"
#include "vtkNew.h"
#include "vtkPointData.h"
#include "vtkPoints.h"
#include "vtkPolyData.h"
#include "vtkShortArray.h"
#include "vtkStringArray.h"

#include <benchmark/benchmark.h>

#include <filesystem>
#include <vector>

namespace
{

constexpr vtkIdType Ions = 10000000;

void moveTheThreshold(benchmark::State& state)
{
  vtkNew<vtkPoints> points;
  vtkNew<vtkShortArray> ion;
  ion->SetName("Ion");
  ion->SetNumberOfValues(Ions);
  points->SetNumberOfPoints(Ions);
  for (vtkIdType i = 0; i < Ions; ++i)
  {
    points->SetPoint(i, 0.1 * static_cast<double>(i % 100),
      0.1 * static_cast<double>(i / 100 % 100), 0.2 * static_cast<double>(i / 10000));
    // The network runs on few, so that the benchmark comes to its point; all are compared.
    ion->SetValue(i, i % 10000 == 0 ? 0 : -1);
  }
  vtkNew<vtkStringArray> names;
  names->SetName("IonNames");
  names->InsertNextValue("Ab");
  vtkNew<vtkPolyData> cloud;
  cloud->SetPoints(points);
  cloud->GetPointData()->AddArray(ion);
  cloud->GetFieldData()->AddArray(names);
  const std::string model = std::filesystem::temp_directory_path() / "atomprobe-bench.safetensors";
  apt::writeModel(model, apt::test::randomModel(1, false));

  vtkNew<vtkAtomNetSegmentation> filter;
  filter->SetInputData(cloud);
  filter->SetModelFileName(model.c_str());
  filter->Update();
  double threshold = 0.1;
  for (auto iteration : state)
  {
    (void)iteration;
    threshold = threshold > 0.8 ? 0.1 : threshold + 0.01;
    filter->SetThreshold(threshold);
    filter->Update();
    if (filter->GetBlocksRun() != 0)
    {
      state.SkipWithError("the network ran");
      break;
    }
  }
  std::filesystem::remove(model);
  state.SetItemsProcessed(state.iterations() * Ions);
}

void compareAlone(benchmark::State& state)
{
  const std::vector<float> probability(Ions, 0.5F);
  std::vector<std::int8_t> ordered(Ions);
  for (auto iteration : state)
  {
    (void)iteration;
    apt::markOrdered(probability.data(), probability.size(), 0.4, ordered.data());
  }
  state.SetItemsProcessed(state.iterations() * Ions);
}

BENCHMARK(moveTheThreshold)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(compareAlone)->Unit(benchmark::kMillisecond)->UseRealTime();

} // namespace
