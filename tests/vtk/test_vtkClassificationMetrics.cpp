// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkClassificationMetrics.h"

#include "vtkSyntheticSpecimenSource.h"

#include "Recorder.h"

#include "vtkDoubleArray.h"
#include "vtkFloatArray.h"
#include "vtkMultiBlockDataSet.h"
#include "vtkNew.h"
#include "vtkPointData.h"
#include "vtkPolyData.h"
#include "vtkSignedCharArray.h"
#include "vtkTable.h"
#include "vtkVariant.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace
{

/** A specimen with its own truth as the score, in an array of that type. */
template <typename ArrayType>
vtkSmartPointer<vtkPolyData> perfectAnswer(const char* score = "OrderedProbability")
{
  vtkNew<vtkSyntheticSpecimenSource> source;
  source->SetEdgeLength(9);
  source->Update();
  auto ions = vtkSmartPointer<vtkPolyData>::New();
  ions->ShallowCopy(source->GetOutputDataObject(0));
  vtkNew<ArrayType> scores;
  scores->SetName(score);
  vtkDataArray* phase = ions->GetPointData()->GetArray("Phase");
  for (vtkIdType i = 0; i < ions->GetNumberOfPoints(); ++i)
  {
    scores->InsertNextValue(phase->GetTuple1(i) == 1 ? 1 : 0);
  }
  ions->GetPointData()->AddArray(scores);
  return ions;
}

vtkVariant valueOf(vtkClassificationMetrics* metrics, int port, vtkIdType row, const char* name)
{
  return vtkTable::SafeDownCast(metrics->GetOutputDataObject(port))->GetValueByName(row, name);
}

} // namespace

TEST(vtkClassificationMetrics, APerfectAnswerIsPerfect)
{
  for (const bool isDouble : { false, true })
  {
    vtkNew<vtkClassificationMetrics> metrics;
    Recorder recorder(metrics);
    metrics->SetInputData(
      isDouble ? perfectAnswer<vtkDoubleArray>() : perfectAnswer<vtkFloatArray>());
    metrics->Update();
    EXPECT_TRUE(recorder.errors.empty());
    EXPECT_TRUE(recorder.warnings.empty());
    for (const char* name :
      { "AUC", "BinarisedAUC", "AveragePrecision", "Recall", "Precision", "F1", "RadiusRatio" })
    {
      EXPECT_EQ(valueOf(metrics, 0, 0, name).ToDouble(), 1) << name;
    }
    EXPECT_EQ(valueOf(metrics, 0, 0, "BrierScore").ToDouble(), 0);
    EXPECT_EQ(valueOf(metrics, 0, 0, "CalibrationError").ToDouble(), 0);
    auto* curves = vtkMultiBlockDataSet::SafeDownCast(metrics->GetOutputDataObject(1));
    ASSERT_EQ(curves->GetNumberOfBlocks(), 4u); // all, Al, Li, Mg
    EXPECT_EQ(vtkTable::SafeDownCast(curves->GetBlock(2))->GetNumberOfRows(), 101);
  }
}

TEST(vtkClassificationMetrics, ANewThresholdIsANewAnswer)
{
  vtkNew<vtkClassificationMetrics> metrics;
  metrics->SetInputData(perfectAnswer<vtkFloatArray>());
  metrics->SetThreshold(1);
  metrics->Update();
  EXPECT_EQ(valueOf(metrics, 0, 0, "Recall").ToDouble(), 1);
  metrics->SetThreshold(0);
  metrics->Update();
  EXPECT_LT(valueOf(metrics, 0, 0, "Precision").ToDouble(), 0.4);
  metrics->SetThreshold(1.5);
  metrics->Update();
  EXPECT_EQ(valueOf(metrics, 0, 0, "Recall").ToDouble(), 0);
  // And it replaces the one before.
  EXPECT_EQ(vtkTable::SafeDownCast(metrics->GetOutputDataObject(0))->GetNumberOfRows(), 1);
}

TEST(vtkClassificationMetrics, OtherScoresAreTakenWhenNamed)
{
  vtkNew<vtkClassificationMetrics> metrics;
  Recorder recorder(metrics);
  metrics->SetInputData(perfectAnswer<vtkFloatArray>("Answer"));
  metrics->Update();
  ASSERT_EQ(recorder.errors.size(), 1u);
  EXPECT_NE(recorder.errors[0].find("AtomNet Segmentation"), std::string::npos);
  EXPECT_NE(recorder.errors[0].find("Answer"), std::string::npos); // among what there is
  metrics->AddScore("Answer");
  metrics->Update();
  EXPECT_EQ(recorder.errors.size(), 1u);
  EXPECT_EQ(valueOf(metrics, 0, 0, "AUC").ToDouble(), 1);
}

TEST(vtkClassificationMetrics, AnEmptyCloudGivesEmptyTablesAndNoError)
{
  vtkNew<vtkMultiBlockDataSet> nothing;
  vtkNew<vtkMultiBlockDataSet> holes;
  holes->SetNumberOfBlocks(3);
  holes->SetBlock(1, vtkNew<vtkPolyData>());
  vtkNew<vtkPolyData> empty;
  for (vtkDataObject* input : { static_cast<vtkDataObject*>(empty),
         static_cast<vtkDataObject*>(nothing), static_cast<vtkDataObject*>(holes) })
  {
    vtkNew<vtkClassificationMetrics> metrics;
    Recorder recorder(metrics);
    metrics->SetInputData(input);
    metrics->Update();
    EXPECT_TRUE(recorder.errors.empty());
    EXPECT_EQ(vtkTable::SafeDownCast(metrics->GetOutputDataObject(0))->GetNumberOfRows(), 0);
  }
}

TEST(vtkClassificationMetrics, BlocksWithoutIonsAreNoSpecimens)
{
  vtkNew<vtkMultiBlockDataSet> blocks;
  blocks->SetBlock(1, perfectAnswer<vtkFloatArray>());
  blocks->SetBlock(2, vtkNew<vtkPolyData>());
  vtkNew<vtkClassificationMetrics> metrics;
  Recorder recorder(metrics);
  metrics->SetInputData(blocks);
  metrics->Update();
  EXPECT_TRUE(recorder.errors.empty());
  EXPECT_EQ(valueOf(metrics, 0, 0, "Specimens").ToInt(), 1);
  ASSERT_EQ(vtkTable::SafeDownCast(metrics->GetOutputDataObject(5))->GetNumberOfRows(), 1);
  EXPECT_EQ(valueOf(metrics, 5, 0, "Specimen").ToString(), "Specimen 2");
}

TEST(vtkClassificationMetrics, AScoreOfNaNAloneIsAWarning)
{
  const auto ions = perfectAnswer<vtkFloatArray>();
  ions->GetPointData()
    ->GetArray("OrderedProbability")
    ->FillComponent(0, std::numeric_limits<double>::quiet_NaN());
  vtkNew<vtkClassificationMetrics> metrics;
  Recorder recorder(metrics);
  metrics->SetInputData(ions);
  metrics->Update();
  EXPECT_TRUE(recorder.errors.empty());
  ASSERT_EQ(recorder.warnings.size(), 1u);
  EXPECT_NE(recorder.warnings[0].find("no ion has a value"), std::string::npos);
  EXPECT_EQ(valueOf(metrics, 0, 0, "Unknown").ToLongLong(), ions->GetNumberOfPoints());
  EXPECT_TRUE(std::isnan(valueOf(metrics, 0, 0, "AUC").ToDouble()));
}

TEST(vtkClassificationMetrics, OptionsThatMakeNoSenseAreOneError)
{
  const auto ions = perfectAnswer<vtkFloatArray>();
  for (int which = 0; which < 4; ++which)
  {
    vtkNew<vtkClassificationMetrics> metrics;
    Recorder recorder(metrics);
    metrics->SetInputData(ions);
    which == 0     ? metrics->SetThreshold(std::numeric_limits<double>::quiet_NaN())
      : which == 1 ? metrics->SetNumberOfThresholds(1)
      : which == 2 ? metrics->SetNumberOfCalibrationBins(0)
                   : metrics->ClearOrderedPhases();
    metrics->Update();
    EXPECT_EQ(recorder.errors.size(), 1u) << which;
  }
}
