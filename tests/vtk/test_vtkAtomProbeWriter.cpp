// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkAtomProbeReader.h"
#include "vtkAtomProbeWriter.h"
#include "vtkIonRanging.h"
#include "vtkRangeFileWriter.h"

#include "Recorder.h"

#include "vtkCallbackCommand.h"
#include "vtkNew.h"
#include "vtkPolyData.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace
{

std::string contentOf(const std::filesystem::path& path)
{
  std::ifstream file(path, std::ios::binary);
  return { std::istreambuf_iterator<char>(file), {} };
}

class vtkAtomProbeWriterTest : public testing::Test
{
protected:
  void SetUp() override
  {
    this->Folder = std::filesystem::path(testing::TempDir()) /
      ("atomprobe-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::remove_all(this->Folder);
    std::filesystem::create_directories(this->Folder);
    this->Reader->SetFileName(ATOMPROBE_TEST_DATA "/CoCrNi/CoCrNi.pos");
  }
  void TearDown() override { std::filesystem::remove_all(this->Folder); }

  std::filesystem::path Folder;
  vtkNew<vtkAtomProbeReader> Reader;
};

} // namespace

TEST_F(vtkAtomProbeWriterTest, WritesTheSameBytesAgain)
{
  const auto path = this->Folder / "again.POS";
  vtkNew<vtkAtomProbeWriter> writer;
  writer->SetInputConnection(this->Reader->GetOutputPort());
  writer->SetFileName(path.c_str());
  EXPECT_EQ(writer->Write(), 1);
  EXPECT_EQ(contentOf(path), contentOf(ATOMPROBE_TEST_DATA "/CoCrNi/CoCrNi.pos"));
}

TEST_F(vtkAtomProbeWriterTest, AnotherExtensionIsAnErrorThatNamesTheAllowed)
{
  vtkNew<vtkAtomProbeWriter> writer;
  Recorder recorder(writer);
  writer->SetInputConnection(this->Reader->GetOutputPort());
  writer->SetFileName((this->Folder / "ions.csv").c_str());
  EXPECT_EQ(writer->Write(), 0);
  ASSERT_EQ(recorder.errors.size(), 1u);
  EXPECT_NE(recorder.errors[0].find(".epos"), std::string::npos);
  EXPECT_TRUE(std::filesystem::is_empty(this->Folder));
}

TEST_F(vtkAtomProbeWriterTest, AbortingKeepsWhatWasThere)
{
  const auto path = this->Folder / "ions.pos";
  std::ofstream(path) << "before";
  vtkNew<vtkAtomProbeWriter> writer;
  writer->SetInputConnection(this->Reader->GetOutputPort());
  writer->SetFileName(path.c_str());
  vtkNew<vtkCallbackCommand> abort;
  abort->SetCallback([](vtkObject* caller, unsigned long, void*, void*)
    { static_cast<vtkAlgorithm*>(caller)->SetAbortExecute(1); });
  writer->AddObserver(vtkCommand::ProgressEvent, abort);
  writer->Write();
  EXPECT_EQ(contentOf(path), "before");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(this->Folder), {}), 1);
}

TEST_F(vtkAtomProbeWriterTest, RangesComeBackFromTheirFile)
{
  const auto path = this->Folder / "again.rrng";
  vtkNew<vtkIonRanging> ranging;
  ranging->SetInputConnection(this->Reader->GetOutputPort());
  ranging->SetRangeFileName(ATOMPROBE_TEST_DATA "/CoCrNi/CoCrNi.rrng");
  vtkNew<vtkRangeFileWriter> writer;
  writer->SetInputConnection(ranging->GetOutputPort());
  writer->SetFileName(path.c_str());
  EXPECT_EQ(writer->Write(), 1);
  EXPECT_NE(contentOf(path).find("H:2"), std::string::npos);
}

TEST_F(vtkAtomProbeWriterTest, WithoutRangesThereIsNothingToWrite)
{
  vtkNew<vtkRangeFileWriter> writer;
  Recorder recorder(writer);
  writer->SetInputConnection(this->Reader->GetOutputPort());
  writer->SetFileName((this->Folder / "none.rrng").c_str());
  EXPECT_EQ(writer->Write(), 0);
  ASSERT_EQ(recorder.errors.size(), 1u);
  EXPECT_NE(recorder.errors[0].find("Ion Ranging"), std::string::npos);
  EXPECT_TRUE(std::filesystem::is_empty(this->Folder));
}
