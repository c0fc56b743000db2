// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkSyntheticSpecimenSource.h"

#include "Recorder.h"

#include "ParallelFor.h"

#include "vtkDataArray.h"
#include "vtkMultiBlockDataSet.h"
#include "vtkNew.h"
#include "vtkPointData.h"
#include "vtkPolyData.h"

#include <gtest/gtest.h>

#include <cstring>

namespace
{

/** All values of an array of one or several pieces, as bytes. */
std::string bytesOf(vtkSyntheticSpecimenSource* source, const char* array, int pieces)
{
  std::string bytes;
  for (int piece = 0; piece < pieces; ++piece)
  {
    source->UpdatePiece(piece, pieces, 0);
    vtkPolyData* cloud = vtkPolyData::SafeDownCast(source->GetOutputDataObject(0));
    vtkDataArray* values =
      array ? cloud->GetPointData()->GetArray(array) : cloud->GetPoints()->GetData();
    bytes.append(static_cast<const char*>(values->GetVoidPointer(0)),
      static_cast<std::size_t>(values->GetNumberOfValues() * values->GetDataTypeSize()));
  }
  return bytes;
}

} // namespace

TEST(vtkSyntheticSpecimenSource, AnyNumberOfPiecesAndThreadsGivesTheSameBytes)
{
  vtkNew<vtkSyntheticSpecimenSource> source;
  source->SetEdgeLength(14);
  for (const char* array :
    { static_cast<const char*>(nullptr), "MassToCharge", "Ion", "Phase", "Domain" })
  {
    const std::string whole = bytesOf(source, array, 1);
    ASSERT_FALSE(whole.empty());
    for (const int pieces : { 2, 3, 7 })
    {
      EXPECT_EQ(bytesOf(source, array, pieces), whole);
    }
    for (const int threads : { 1, 3 })
    {
      const apt::ThreadLimit limit(threads);
      source->Modified();
      EXPECT_EQ(bytesOf(source, array, 1), whole);
    }
  }
}

TEST(vtkSyntheticSpecimenSource, SeveralSpecimensAreBlocks)
{
  vtkNew<vtkSyntheticSpecimenSource> source;
  source->SetEdgeLength(8);
  source->SetNumberOfSpecimens(3);
  source->Update();
  auto* blocks = vtkMultiBlockDataSet::SafeDownCast(source->GetOutputDataObject(0));
  ASSERT_NE(blocks, nullptr);
  EXPECT_EQ(blocks->GetNumberOfBlocks(), 3u);
  source->SetNumberOfSpecimens(1);
  source->Update();
  EXPECT_NE(vtkPolyData::SafeDownCast(source->GetOutputDataObject(0)), nullptr);
}

TEST(vtkSyntheticSpecimenSource, AnImpossibleRequestIsOneError)
{
  vtkNew<vtkSyntheticSpecimenSource> source;
  Recorder recorder(source);
  source->SetMatrixComposition("Al 0.9, Xx 0.1");
  source->Update();
  ASSERT_EQ(recorder.errors.size(), 1u);
  EXPECT_NE(recorder.errors[0].find("Xx"), std::string::npos);
}
