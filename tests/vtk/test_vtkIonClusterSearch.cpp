// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkIonClusterSearch.h"

#include "vtkSyntheticSpecimenSource.h"

#include "Recorder.h"

#include "vtkDataArray.h"
#include "vtkFieldData.h"
#include "vtkNew.h"
#include "vtkPointData.h"
#include "vtkPolyData.h"
#include "vtkTable.h"
#include "vtkVariant.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace
{

vtkTable* tableOf(vtkAlgorithm* algorithm, int port)
{
  return vtkTable::SafeDownCast(algorithm->GetOutputDataObject(port));
}

/** Clusters of lithium in Al-Li-Mg with lithium-rich domains. */
class LithiumClusters : public ::testing::Test
{
protected:
  void SetUp() override
  {
    this->Source->SetEdgeLength(8);
    this->Search->SetInputConnection(this->Source->GetOutputPort());
    this->Search->AddIon("Li");
    this->Search->SetMaximumSeparation(0.5);
    this->Search->SetOrder(3);
    this->Search->SetMinimumSize(10);
  }

  vtkNew<vtkSyntheticSpecimenSource> Source;
  vtkNew<vtkIonClusterSearch> Search;
};

} // namespace

TEST_F(LithiumClusters, TablesSayWhatTheArraySays)
{
  this->Search->Update();
  vtkPolyData* ions = this->Search->GetOutput();
  vtkDataArray* ids = ions->GetPointData()->GetArray("ClusterId");
  vtkDataArray* types = ions->GetPointData()->GetArray("Ion");
  ASSERT_TRUE(ids && types);
  EXPECT_EQ(ids->GetDataType(), VTK_TYPE_INT32);
  EXPECT_EQ(ions->GetPointData()->GetScalars(), ids);
  EXPECT_TRUE(ions->GetPointData()->GetArray("Domain")) << "all else is passed on";
  EXPECT_TRUE(ions->GetFieldData()->GetAbstractArray("IonNames"));
  EXPECT_EQ(ions->GetNumberOfPoints(), ions->GetNumberOfVerts());

  std::map<int, int> counts;
  std::map<int, double> x;
  for (vtkIdType i = 0; i < ions->GetNumberOfPoints(); ++i)
  {
    const int id = static_cast<int>(ids->GetTuple1(i));
    ++counts[id];
    x[id] += ions->GetPoint(i)[0];
    EXPECT_TRUE(id == -1 || types->GetTuple1(i) == 1) << "Li is the second ion";
  }
  vtkTable* clusters = tableOf(this->Search, 1);
  ASSERT_EQ(clusters->GetNumberOfRows(), static_cast<vtkIdType>(counts.size() - 1));
  ASSERT_GE(clusters->GetNumberOfRows(), 2);
  for (vtkIdType row = 0; row < clusters->GetNumberOfRows(); ++row)
  {
    const int id = static_cast<int>(row);
    EXPECT_EQ(clusters->GetValueByName(row, "ClusterId").ToInt(), id);
    EXPECT_EQ(clusters->GetValueByName(row, "Ions").ToInt(), counts[id]);
    EXPECT_EQ(clusters->GetValueByName(row, "Atoms").ToInt(), counts[id]);
    EXPECT_EQ(clusters->GetValueByName(row, "Count_Li").ToInt(), counts[id]);
    EXPECT_EQ(clusters->GetValueByName(row, "IonicPercent_Li").ToDouble(), 100);
    EXPECT_EQ(clusters->GetValueByName(row, "IonicPercentError_Li").ToDouble(), 0);
    EXPECT_NEAR(clusters->GetValueByName(row, "CentreX").ToDouble(), x[id] / counts[id], 1e-9);
  }
  EXPECT_FALSE(clusters->GetColumnByName("Count_Al")) << "there is none in any cluster";
  EXPECT_EQ(tableOf(this->Search, 2)->GetNumberOfColumns(), 0);
}

TEST_F(LithiumClusters, EnvelopeAddsTheOtherIons)
{
  this->Search->SetEnvelopeDistance(0.4);
  this->Search->Update();
  vtkTable* clusters = tableOf(this->Search, 1);
  ASSERT_GE(clusters->GetNumberOfRows(), 2);
  EXPECT_GT(clusters->GetValueByName(0, "Count_Al").ToInt(),
    clusters->GetValueByName(0, "Count_Li").ToInt());
}

TEST_F(LithiumClusters, SweepHasARowPerSeparationAndFourColumnsPerSize)
{
  this->Search->SweepOn();
  this->Search->Update();
  vtkTable* sweep = tableOf(this->Search, 2);
  ASSERT_EQ(sweep->GetNumberOfRows(), 17);
  EXPECT_EQ(sweep->GetNumberOfColumns(), 1 + 4 * 4);
  EXPECT_NEAR(sweep->GetValueByName(6, "MaximumSeparation").ToDouble(), 0.5, 1e-12);
  const int clusters = sweep->GetValueByName(6, "Clusters_9").ToInt();
  this->Search->SetMinimumSize(9);
  this->Search->SweepOff();
  this->Search->Update();
  EXPECT_EQ(clusters, tableOf(this->Search, 1)->GetNumberOfRows());
  EXPECT_EQ(tableOf(this->Search, 2)->GetNumberOfColumns(), 0);
}

TEST_F(LithiumClusters, FieldDataHasTheParameters)
{
  this->Search->Update();
  for (int port = 0; port < 2; ++port)
  {
    vtkAbstractArray* recipe =
      this->Search->GetOutputDataObject(port)->GetFieldData()->GetAbstractArray("ClusterSearch");
    ASSERT_TRUE(recipe);
    EXPECT_EQ(recipe->GetVariantValue(1).ToString(), "Ions=Li");
    EXPECT_EQ(recipe->GetVariantValue(3).ToString(), "MaximumSeparation=0.5");
  }
}

TEST_F(LithiumClusters, WrongParametersAreOneErrorAndNoOutput)
{
  Recorder recorder(this->Search);
  const auto errorOf = [&]
  {
    recorder.errors.clear();
    this->Search->Update();
    EXPECT_EQ(recorder.errors.size(), 1u);
    EXPECT_EQ(this->Search->GetOutput()->GetNumberOfPoints(), 0);
    EXPECT_EQ(tableOf(this->Search, 1)->GetNumberOfColumns(), 0);
    return recorder.errors.empty() ? std::string() : recorder.errors[0];
  };
  this->Search->SetMaximumSeparation(0);
  EXPECT_NE(errorOf().find("maximum separation is 0; allowed is above 0 nm"), std::string::npos);
  this->Search->SetMaximumSeparation(0.5);
  this->Search->SetMethod(2);
  EXPECT_NE(errorOf().find("Method is 2; allowed is"), std::string::npos);
  this->Search->SetMethod(0);
  this->Search->SetDetectionEfficiency(0);
  EXPECT_NE(errorOf().find("detection efficiency is 0"), std::string::npos);
  this->Search->SetDetectionEfficiency(0.5);
  this->Search->AddIon("Xx");
  EXPECT_NE(
    errorOf().find(
      "an entry of Ions is \"Xx\"; allowed is the name of an ion of the input (Al, Li, Mg)"),
    std::string::npos);
  this->Search->ClearIons();
  this->Search->OnlyOrderedOn();
  EXPECT_NE(errorOf().find("no point array Ordered"), std::string::npos);
}

TEST(vtkIonClusterSearch, IonsThatAreNotRangedAreAnError)
{
  vtkNew<vtkSyntheticSpecimenSource> source;
  source->SetEdgeLength(4);
  source->Update();
  vtkNew<vtkPolyData> unranged;
  unranged->ShallowCopy(source->GetOutputDataObject(0));
  unranged->GetPointData()->RemoveArray("Ion");
  vtkNew<vtkIonClusterSearch> search;
  search->SetInputData(unranged);
  Recorder recorder(search);
  search->Update();
  ASSERT_EQ(recorder.errors.size(), 1u);
  EXPECT_NE(recorder.errors[0].find("name the ions with Ion Ranging first"), std::string::npos);
}

TEST(vtkIonClusterSearch, AnEmptyCloudHasNoClustersAndNoError)
{
  vtkNew<vtkPolyData> empty;
  vtkNew<vtkIonClusterSearch> search;
  Recorder recorder(search);
  search->SetInputData(empty);
  search->SweepOn();
  search->Update();
  EXPECT_TRUE(recorder.errors.empty());
  EXPECT_EQ(tableOf(search, 1)->GetNumberOfRows(), 0);
  EXPECT_TRUE(tableOf(search, 1)->GetColumnByName("Ions"));
}
