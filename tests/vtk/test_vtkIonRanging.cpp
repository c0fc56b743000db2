// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkIonRanging.h"

#include "vtkAtomProbeReader.h"

#include "Recorder.h"

#include "vtkDataArray.h"
#include "vtkFieldData.h"
#include "vtkInformation.h"
#include "vtkNew.h"
#include "vtkPointData.h"
#include "vtkPolyData.h"
#include "vtkStringArray.h"
#include "vtkUnstructuredGrid.h"

#include <gtest/gtest.h>

namespace
{

class vtkIonRangingTest : public testing::Test
{
protected:
  void SetUp() override
  {
    this->Reader->SetFileName(ATOMPROBE_TEST_DATA "/CoCrNi/CoCrNi.pos");
    this->Ranging->SetInputConnection(this->Reader->GetOutputPort());
    this->Ranging->SetRangeFileName(ATOMPROBE_TEST_DATA "/CoCrNi/CoCrNi.rrng");
  }

  vtkNew<vtkAtomProbeReader> Reader;
  vtkNew<vtkIonRanging> Ranging;
};

} // namespace

TEST_F(vtkIonRangingTest, SharesTheArraysOfItsInput)
{
  this->Ranging->Update();
  vtkPolyData* input = this->Reader->GetOutput();
  vtkPolyData* output = this->Ranging->GetOutput();
  EXPECT_EQ(output->GetPoints()->GetData(), input->GetPoints()->GetData());
  EXPECT_EQ(output->GetVerts(), input->GetVerts());
  EXPECT_EQ(output->GetPointData()->GetArray("MassToCharge"),
    input->GetPointData()->GetArray("MassToCharge"));
  EXPECT_EQ(input->GetPointData()->GetArray("Ion"), nullptr);
  EXPECT_EQ(input->GetFieldData()->GetAbstractArray("IonNames"), nullptr);
}

TEST_F(vtkIonRangingTest, RemovingKeepsTypesNamesAndUnits)
{
  this->Ranging->RemoveUnrangedOn();
  this->Ranging->Update();
  vtkPolyData* output = this->Ranging->GetOutput();
  EXPECT_EQ(output->GetNumberOfPoints(), 36342);
  EXPECT_EQ(output->GetNumberOfVerts(), 36342);
  vtkDataArray* mass = output->GetPointData()->GetArray("MassToCharge");
  EXPECT_EQ(mass->GetDataType(), VTK_FLOAT);
  EXPECT_STREQ(mass->GetInformation()->Get(vtkDataArray::UNITS_LABEL()), "Da");
  EXPECT_GE(output->GetPointData()->GetArray("Ion")->GetRange()[0], 0);
}

TEST_F(vtkIonRangingTest, AFailureLeavesAnEmptyOutputAndOneError)
{
  Recorder recorder(this->Ranging);
  this->Ranging->SetRangeFileName(ATOMPROBE_TEST_DATA "/CoCrNi/CoCrNi.pos");
  this->Ranging->Update();
  EXPECT_EQ(recorder.errors.size(), 1u);
  EXPECT_EQ(this->Ranging->GetOutput()->GetNumberOfPoints(), 0);
}

TEST_F(vtkIonRangingTest, AnEmptyCloudIsRangedToAnEmptyCloud)
{
  Recorder recorder(this->Ranging);
  vtkNew<vtkPolyData> empty;
  this->Ranging->SetInputData(empty);
  for (const bool remove : { false, true })
  {
    this->Ranging->SetRemoveUnranged(remove);
    this->Ranging->Update();
    EXPECT_TRUE(recorder.errors.empty());
    EXPECT_EQ(this->Ranging->GetOutput()->GetNumberOfPoints(), 0);
    EXPECT_NE(this->Ranging->GetOutput()->GetFieldData()->GetAbstractArray("IonNames"), nullptr);
  }
}

TEST_F(vtkIonRangingTest, RowsThatAreNoRangesAreAnError)
{
  Recorder recorder(this->Ranging);
  this->Ranging->SetRangeFileName("");
  this->Ranging->AddRange("aluminium");
  this->Ranging->Update();
  ASSERT_EQ(recorder.errors.size(), 1u);
  EXPECT_NE(recorder.errors[0].find("aluminium"), std::string::npos);
  this->Ranging->ClearRanges();
  this->Ranging->AddRange("26.8 27.2 Al:1");
  this->Ranging->Update();
  EXPECT_EQ(recorder.errors.size(), 1u);
}
