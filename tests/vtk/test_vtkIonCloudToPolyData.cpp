// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkIonCloudToPolyData.h"

#include "Error.h"

#include "vtkCellArray.h"
#include "vtkDoubleArray.h"
#include "vtkFieldData.h"
#include "vtkFloatArray.h"
#include "vtkInformation.h"
#include "vtkPointData.h"
#include "vtkPoints.h"
#include "vtkPolyData.h"
#include "vtkSOADataArrayTemplate.h"
#include "vtkStringArray.h"
#include "vtkUnsignedCharArray.h"

#include <gtest/gtest.h>

TEST(vtkIonCloudToPolyData, MakesOneVertexCellPerIonInEightBytes)
{
  vtkNew<vtkPolyData> cloud;
  const auto points = aptvtk::newPoints(300000);
  EXPECT_EQ(points->GetDataType(), VTK_FLOAT);
  aptvtk::setIons(cloud, points);
  ASSERT_EQ(cloud->GetNumberOfVerts(), 300000);
  EXPECT_FALSE(cloud->GetVerts()->IsStorage64Bit());
  EXPECT_LE(cloud->GetVerts()->GetActualMemorySize(), 300000 * 8 / 1024 + 2);
  for (vtkIdType i = 0; i < 300000; ++i)
  {
    vtkIdType size = 0;
    const vtkIdType* ids = nullptr;
    cloud->GetVerts()->GetCellAtId(i, size, ids);
    ASSERT_EQ(size, 1);
    ASSERT_EQ(ids[0], i);
  }
}

TEST(vtkIonCloudToPolyData, MakesAnEmptyCloud)
{
  vtkNew<vtkPolyData> cloud;
  aptvtk::setIons(cloud, aptvtk::newPoints(0));
  EXPECT_EQ(cloud->GetNumberOfCells(), 0);
}

TEST(vtkIonCloudToPolyData, GivesArraysTheirTypeNameAndUnit)
{
  const auto array = aptvtk::newArray({ "X", "V", apt::ValueType::UInt16, 3 }, 5);
  EXPECT_EQ(array->GetDataType(), VTK_UNSIGNED_SHORT);
  EXPECT_EQ(array->GetNumberOfComponents(), 3);
  EXPECT_EQ(array->GetNumberOfTuples(), 5);
  EXPECT_STREQ(array->GetInformation()->Get(vtkDataArray::UNITS_LABEL()), "V");
}

TEST(vtkIonCloudToPolyData, RangesSurviveTheFieldData)
{
  apt::Range range;
  range.lower = 26.8;
  range.upper = 27.2;
  range.constituents = { { "Al", 1 }, { "H", 2 } };
  range.volume = 0.0166;
  range.color = apt::Color{ 1, 2, 3 };
  apt::Range named = range;
  named.lower = 59.1;
  named.upper = 59.9;
  named.name = "un 1";
  named.constituents.clear();
  named.color.reset();
  vtkNew<vtkPolyData> cloud;
  EXPECT_FALSE(aptvtk::hasRanges(cloud));
  EXPECT_THROW(aptvtk::rangesOf(cloud), apt::Error);
  const apt::RangeTable before({ range, named });
  aptvtk::setRanges(cloud, before, true);
  ASSERT_TRUE(aptvtk::hasRanges(cloud));
  const apt::RangeTable after = aptvtk::rangesOf(cloud);
  ASSERT_EQ(after.ranges().size(), 2u);
  EXPECT_EQ(after.ranges()[0].lower, 26.8);
  EXPECT_EQ(after.ranges()[0].constituents, range.constituents);
  EXPECT_EQ(after.ranges()[0].color, range.color);
  EXPECT_EQ(after.ranges()[1].name, "un 1");
  ASSERT_EQ(after.ions().size(), 2u);
  for (std::size_t i = 0; i < 2; ++i)
  {
    EXPECT_EQ(after.ions()[i].name, before.ions()[i].name);
    EXPECT_EQ(after.ions()[i].color, before.ions()[i].color);
  }
}

TEST(vtkIonCloudToPolyData, BorrowsArraysInPlaceAndConvertsTheUnusual)
{
  vtkNew<vtkPolyData> cloud;
  vtkNew<vtkPoints> points;
  points->SetDataTypeToDouble();
  points->InsertNextPoint(1, 2, 3);
  points->InsertNextPoint(4, 5, 6);
  cloud->SetPoints(points);
  vtkNew<vtkFloatArray> mass;
  mass->SetName("MassToCharge");
  mass->InsertNextValue(27);
  mass->InsertNextValue(28);
  cloud->GetPointData()->AddArray(mass);
  vtkNew<vtkSOADataArrayTemplate<int>> apart;
  apart->SetName("Apart");
  apart->SetNumberOfComponents(2);
  apart->SetNumberOfTuples(2);
  for (int i = 0; i < 4; ++i)
  {
    apart->SetComponent(i / 2, i % 2, i);
  }
  cloud->GetPointData()->AddArray(apart);
  vtkNew<vtkStringArray> text;
  text->SetName("Text");
  text->SetNumberOfValues(2);
  cloud->GetPointData()->AddArray(text);

  const aptvtk::BorrowedIonCloud borrowed(cloud);
  const apt::IonCloudView& view = borrowed.view();
  ASSERT_EQ(view.size, 2u);
  EXPECT_EQ(view.positions[5], 6.f);
  ASSERT_EQ(view.arrays.size(), 2u);
  EXPECT_EQ(view.find("MassToCharge")->values, mass->GetVoidPointer(0));
  const auto* values = static_cast<const int*>(view.find("Apart")->values);
  for (int i = 0; i < 4; ++i)
  {
    EXPECT_EQ(values[i], i);
  }
}
