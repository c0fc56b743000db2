// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkAtomProbeReader.h"

#include "Recorder.h"

#include "vtkCallbackCommand.h"
#include "vtkDataArraySelection.h"
#include "vtkInformation.h"
#include "vtkNew.h"
#include "vtkPointData.h"
#include "vtkPolyData.h"
#include "vtkStreamingDemandDrivenPipeline.h"

#include <gtest/gtest.h>

namespace
{
const char* coCrNi = ATOMPROBE_TEST_DATA "/CoCrNi/CoCrNi.pos";
}

TEST(vtkAtomProbeReader, ReadsTheRealData)
{
  vtkNew<vtkAtomProbeReader> reader;
  reader->SetFileName(coCrNi);
  reader->Update();
  EXPECT_EQ(reader->GetOutput()->GetNumberOfPoints(), 39944);
  EXPECT_EQ(reader->GetOutput()->GetNumberOfVerts(), 39944);
}

TEST(vtkAtomProbeReader, PiecesHoldEachIonOnceInOrder)
{
  vtkNew<vtkAtomProbeReader> whole;
  whole->SetFileName(coCrNi);
  whole->SetStride(3);
  whole->Update();
  vtkDataArray* expected = whole->GetOutput()->GetPointData()->GetArray("MassToCharge");
  for (const int pieces : { 2, 3, 7 })
  {
    vtkIdType next = 0;
    for (int piece = 0; piece < pieces; ++piece)
    {
      vtkNew<vtkAtomProbeReader> reader;
      reader->SetFileName(coCrNi);
      reader->SetStride(3);
      reader->UpdatePiece(piece, pieces, 0);
      vtkDataArray* part = reader->GetOutput()->GetPointData()->GetArray("MassToCharge");
      for (vtkIdType i = 0; i < part->GetNumberOfTuples(); ++i)
      {
        ASSERT_EQ(part->GetTuple1(i), expected->GetTuple1(next++));
      }
    }
    EXPECT_EQ(next, expected->GetNumberOfTuples());
  }
}

TEST(vtkAtomProbeReader, AnArraySwitchedOffStaysOff)
{
  vtkNew<vtkAtomProbeReader> reader;
  reader->SetFileName(coCrNi);
  reader->UpdateInformation();
  ASSERT_TRUE(reader->GetPointArraySelection()->ArrayExists("MassToCharge"));
  reader->GetPointArraySelection()->DisableArray("MassToCharge");
  reader->Update();
  EXPECT_EQ(reader->GetOutput()->GetPointData()->GetNumberOfArrays(), 0);
}

TEST(vtkAtomProbeReader, AnUpdateDoesNotMakeItselfOutOfDate)
{
  vtkNew<vtkAtomProbeReader> reader;
  reader->SetFileName(coCrNi);
  reader->Update();
  const vtkMTimeType time = reader->GetOutput()->GetMTime();
  reader->Update();
  EXPECT_EQ(reader->GetOutput()->GetMTime(), time);
}

TEST(vtkAtomProbeReader, AMissingFileIsOneErrorAndAnEmptyCloud)
{
  vtkNew<vtkAtomProbeReader> reader;
  Recorder recorder(reader);
  reader->SetFileName("/nowhere/ions.pos");
  reader->Update();
  ASSERT_EQ(recorder.errors.size(), 1u);
  EXPECT_NE(recorder.errors[0].find("/nowhere/ions.pos"), std::string::npos);
  EXPECT_EQ(reader->GetOutput()->GetNumberOfPoints(), 0);
}

TEST(vtkAtomProbeReader, AbortingLeavesAnEmptyCloudAndNoError)
{
  vtkNew<vtkAtomProbeReader> reader;
  Recorder recorder(reader);
  reader->SetFileName(coCrNi);
  vtkNew<vtkCallbackCommand> abort;
  abort->SetCallback([](vtkObject* caller, unsigned long, void*, void*)
    { static_cast<vtkAlgorithm*>(caller)->SetAbortExecute(1); });
  reader->AddObserver(vtkCommand::ProgressEvent, abort);
  reader->Update();
  EXPECT_TRUE(recorder.errors.empty());
  EXPECT_EQ(reader->GetOutput()->GetNumberOfPoints(), 0);
}

TEST(vtkAtomProbeReader, CanReadFileLooksAtTheContent)
{
  EXPECT_EQ(vtkAtomProbeReader::CanReadFile(coCrNi), 1);
  EXPECT_EQ(vtkAtomProbeReader::CanReadFile(ATOMPROBE_TEST_DATA "/CoCrNi/CoCrNi.rrng"), 0);
  EXPECT_EQ(vtkAtomProbeReader::CanReadFile("/nowhere/ions.pos"), 0);
  EXPECT_EQ(vtkAtomProbeReader::CanReadFile(nullptr), 0);
}
