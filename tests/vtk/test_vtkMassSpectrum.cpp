// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkMassSpectrum.h"

#include "vtkAtomProbeReader.h"
#include "vtkIonRanging.h"

#include "Recorder.h"

#include "vtkNew.h"
#include "vtkPolyData.h"
#include "vtkTable.h"
#include "vtkVariant.h"

#include <gtest/gtest.h>

TEST(vtkMassSpectrum, CountsEveryIonOfTheRealData)
{
  vtkNew<vtkAtomProbeReader> reader;
  reader->SetFileName(ATOMPROBE_TEST_DATA "/CoCrNi/CoCrNi.pos");
  vtkNew<vtkIonRanging> ranging;
  ranging->SetInputConnection(reader->GetOutputPort());
  ranging->SetRangeFileName(ATOMPROBE_TEST_DATA "/CoCrNi/CoCrNi.rrng");
  vtkNew<vtkMassSpectrum> spectrum;
  spectrum->SetInputConnection(ranging->GetOutputPort());
  spectrum->Update();
  vtkTable* table = spectrum->GetOutput();
  long long total = 0;
  for (vtkIdType row = 0; row < table->GetNumberOfRows(); ++row)
  {
    total += table->GetValueByName(row, "Counts").ToLongLong();
  }
  EXPECT_EQ(total, 39944);
  vtkTable* ions = vtkTable::SafeDownCast(spectrum->GetOutputDataObject(1));
  ASSERT_EQ(ions->GetNumberOfRows(), 5);
  EXPECT_EQ(ions->GetValueByName(0, "Ion").ToString(), "Cr");
  EXPECT_EQ(ions->GetValueByName(0, "Count").ToInt(), 12294);
  EXPECT_EQ(vtkTable::SafeDownCast(spectrum->GetOutputDataObject(2))->GetNumberOfRows(), 4);
  EXPECT_EQ(vtkTable::SafeDownCast(spectrum->GetOutputDataObject(3))->GetNumberOfRows(), 14);
}

TEST(vtkMassSpectrum, AnEmptyCloudGivesNoCountsAndNoError)
{
  vtkNew<vtkPolyData> empty;
  vtkNew<vtkMassSpectrum> spectrum;
  Recorder recorder(spectrum);
  spectrum->SetInputData(empty);
  spectrum->Update();
  EXPECT_TRUE(recorder.errors.empty());
  for (vtkIdType row = 0; row < spectrum->GetOutput()->GetNumberOfRows(); ++row)
  {
    EXPECT_EQ(spectrum->GetOutput()->GetValueByName(row, "Counts").ToInt(), 0);
  }
}

TEST(vtkMassSpectrum, AWidthThatIsNotPositiveIsAnError)
{
  vtkNew<vtkAtomProbeReader> reader;
  reader->SetFileName(ATOMPROBE_TEST_DATA "/CoCrNi/CoCrNi.pos");
  for (const double width : { 0.0, -1.0, 1e-9 })
  {
    vtkNew<vtkMassSpectrum> spectrum;
    Recorder recorder(spectrum);
    spectrum->SetInputConnection(reader->GetOutputPort());
    spectrum->SetBinWidth(width);
    spectrum->Update();
    EXPECT_EQ(recorder.errors.size(), 1u) << width;
  }
}
