// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkSizeDistributionComparison.h"

#include "Recorder.h"

#include "vtkDoubleArray.h"
#include "vtkNew.h"
#include "vtkTable.h"
#include "vtkTypeInt64Array.h"
#include "vtkVariant.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace
{

/** A row per cluster; as many clusters of size 1, 2, … as counts say. */
vtkSmartPointer<vtkTable> clusters(const std::vector<int>& counts, const char* column = "Ions")
{
  auto table = vtkSmartPointer<vtkTable>::New();
  vtkNew<vtkTypeInt64Array> sizes;
  sizes->SetName(column);
  for (std::size_t i = 0; i < counts.size(); ++i)
  {
    for (int j = 0; j < counts[i]; ++j)
    {
      sizes->InsertNextValue(static_cast<vtkTypeInt64>(i + 1));
    }
  }
  table->AddColumn(sizes);
  return table;
}

} // namespace

TEST(vtkSizeDistributionComparison, ComparesAllPairsOfItsInputs)
{
  vtkNew<vtkSizeDistributionComparison> comparison;
  comparison->AddInputDataObject(clusters({ 30, 20, 10 }));
  comparison->AddInputDataObject(clusters({ 10, 25, 40 }));
  comparison->AddInputDataObject(clusters({ 30, 20, 10, 0, 0 }));
  comparison->AddName("Measurement");
  comparison->AddName("Control");
  comparison->Update();

  vtkTable* sizes = comparison->GetOutput();
  ASSERT_EQ(sizes->GetNumberOfRows(), 3);
  EXPECT_EQ(sizes->GetValueByName(1, "bin_extents").ToInt(), 2);
  EXPECT_EQ(sizes->GetValueByName(1, "Measurement clusters").ToInt(), 20);
  EXPECT_EQ(sizes->GetValueByName(1, "Control clusters").ToInt(), 25);
  EXPECT_DOUBLE_EQ(sizes->GetValueByName(1, "Control frequency").ToDouble(), 25. / 75);
  EXPECT_EQ(sizes->GetValueByName(2, "Input 3 clusters").ToInt(), 10);

  vtkTable* pairs = vtkTable::SafeDownCast(comparison->GetOutputDataObject(1));
  ASSERT_EQ(pairs->GetNumberOfRows(), 3);
  EXPECT_EQ(pairs->GetValueByName(0, "First").ToString(), "Measurement");
  EXPECT_EQ(pairs->GetValueByName(0, "Second").ToString(), "Control");
  EXPECT_NEAR(pairs->GetValueByName(0, "ChiSquared").ToDouble(), 27.225, 1e-9);
  EXPECT_EQ(pairs->GetValueByName(0, "DegreesOfFreedom").ToInt(), 2);
  EXPECT_NEAR(pairs->GetValueByName(0, "Mu").ToDouble(), std::sqrt(27.225 / 162.225), 1e-12);
  // 1/2 (0.5 − 2/15)² / (0.5 + 2/15), (1/3 − 1/3)² and so on, of frequencies.
  const double squares = 0.5 *
    (std::pow(0.5 - 2. / 15, 2) / (0.5 + 2. / 15) +
      std::pow(1. / 6 - 8. / 15, 2) / (1. / 6 + 8. / 15));
  EXPECT_NEAR(pairs->GetValueByName(0, "MuOfEqualTotals").ToDouble(),
    std::sqrt(squares / (1 + squares)), 1e-12);
  EXPECT_NEAR(pairs->GetValueByName(0, "PValue").ToDouble(), 1.225e-6, 1e-9);
  EXPECT_EQ(pairs->GetValueByName(1, "Second").ToString(), "Input 3");
  EXPECT_EQ(pairs->GetValueByName(1, "Mu").ToDouble(), 0);
  EXPECT_EQ(pairs->GetValueByName(2, "First").ToString(), "Control");
  EXPECT_EQ(pairs->GetValueByName(2, "SecondClusters").ToInt(), 60);
}

TEST(vtkSizeDistributionComparison, AnInputWithoutClustersIsNotANumberAndNoError)
{
  vtkNew<vtkSizeDistributionComparison> comparison;
  Recorder recorder(comparison);
  vtkNew<vtkTable> empty;
  comparison->AddInputDataObject(clusters({ 30, 20, 10 }));
  comparison->AddInputDataObject(empty);
  comparison->Update();
  EXPECT_TRUE(recorder.errors.empty());
  vtkTable* pairs = vtkTable::SafeDownCast(comparison->GetOutputDataObject(1));
  ASSERT_EQ(pairs->GetNumberOfRows(), 1);
  EXPECT_TRUE(std::isnan(pairs->GetValueByName(0, "Mu").ToDouble()));
}

TEST(vtkSizeDistributionComparison, WhatCannotBeComparedIsOneError)
{
  const auto errorOf = [](const std::vector<vtkSmartPointer<vtkTable>>& inputs, int width)
  {
    vtkNew<vtkSizeDistributionComparison> comparison;
    Recorder recorder(comparison);
    for (const auto& input : inputs)
    {
      comparison->AddInputDataObject(input);
    }
    comparison->SetBinWidth(width);
    comparison->Update();
    EXPECT_EQ(recorder.errors.size(), 1u);
    EXPECT_EQ(comparison->GetOutput()->GetNumberOfColumns(), 0);
    return recorder.errors.empty() ? std::string() : recorder.errors[0];
  };
  const auto table = clusters({ 5, 5 });
  EXPECT_NE(
    errorOf({ table }, 1).find("number of inputs is 1; allowed is 2 or more"), std::string::npos);
  EXPECT_NE(errorOf({ table, clusters({ 3 }, "Sizes") }, 1)
              .find("an input has no column Ions of numbers (it has: Sizes)"),
    std::string::npos);
  EXPECT_NE(errorOf({ table, table }, 0).find("bin width is 0"), std::string::npos);
  auto fractions = vtkSmartPointer<vtkTable>::New();
  vtkNew<vtkDoubleArray> values;
  values->SetName("Ions");
  values->InsertNextValue(1.5);
  fractions->AddColumn(values);
  EXPECT_NE(errorOf({ table, fractions }, 1)
              .find("row 0 of column Ions is 1.5; allowed is a whole number of ions"),
    std::string::npos);
}
