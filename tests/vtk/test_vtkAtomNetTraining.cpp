// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkAtomNetTraining.h"

#include "Recorder.h"
#include "TestFiles.h"

#include "vtkSyntheticSpecimenSource.h"

#include "ModelFile.h"
#include "ParallelFor.h"

#include "vtkCallbackCommand.h"
#include "vtkDataArray.h"
#include "vtkFieldData.h"
#include "vtkMultiBlockDataSet.h"
#include "vtkNew.h"
#include "vtkPointData.h"
#include "vtkPoints.h"
#include "vtkPolyData.h"
#include "vtkStringArray.h"
#include "vtkTable.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>

namespace
{

bool contains(const std::string& text, const std::string& part)
{
  return text.find(part) != std::string::npos;
}

double valueAt(vtkTable* table, const char* column, vtkIdType row)
{
  vtkDataArray* array = vtkDataArray::SafeDownCast(table->GetColumnByName(column));
  if (!array || array->GetNumberOfTuples() <= row)
  {
    ADD_FAILURE() << "no " << column << " in row " << row;
    return std::numeric_limits<double>::quiet_NaN();
  }
  return array->GetTuple1(row);
}

/** The row of the field array Training that begins so, less that. */
std::string settingOf(vtkTable* table, const std::string& name)
{
  auto* rows = vtkStringArray::SafeDownCast(table->GetFieldData()->GetAbstractArray("Training"));
  for (vtkIdType i = 0; rows && i < rows->GetNumberOfValues(); ++i)
  {
    const std::string row = rows->GetValue(i);
    if (row.rfind(name + "=", 0) == 0)
    {
      return row.substr(name.size() + 1);
    }
  }
  return "(none)";
}

/** A training run so small that it takes a second. */
class vtkAtomNetTrainingTest : public testing::Test
{
protected:
  void SetUp() override
  {
    makeSmall(this->Source);
    this->setUp(this->Filter);
    this->Filter->SetInputConnection(this->Source->GetOutputPort());
  }

  static void makeSmall(vtkSyntheticSpecimenSource* source)
  {
    source->SetEdgeLength(3.5);
    source->SetDomainRadiusRange(0.8, 1.0);
    source->SetLateralNoiseRange(0.05, 0.1);
  }

  void setUp(vtkAtomNetTraining* filter, const char* name = "model.safetensors") const
  {
    filter->SetModelFileName(this->Folder.file(name).c_str());
    filter->SetBlockCount(1);
    filter->SetEpochs(2);
    filter->SetSpecimensPerEpoch(2);
    filter->SetSpecimensPerStep(2);
    filter->SetLearningRate(0.01);
    filter->SetDevice(1);
  }

  std::string bytes(const char* name = "model.safetensors") const
  {
    return apt::test::readFile(this->Folder.file(name));
  }

  apt::Model model() const { return apt::readModel(this->Folder.file("model.safetensors")); }

  vtkTable* table() const { return this->Filter->GetOutput(); }

  /** Updates, and gives how many epochs that took. */
  int epochsTrained()
  {
    this->Filter->Update();
    return this->Filter->GetEpochsTrained();
  }

  /** The ions of the source without what tells how they were made. */
  vtkSmartPointer<vtkPolyData> ionsAlone() const
  {
    this->Source->Update();
    auto ions = vtkSmartPointer<vtkPolyData>::New();
    ions->DeepCopy(this->Source->GetOutputDataObject(0));
    ions->GetFieldData()->RemoveArray("Recipe");
    return ions;
  }

  apt::test::TemporaryFolder Folder;
  vtkNew<vtkSyntheticSpecimenSource> Source;
  vtkNew<vtkAtomNetTraining> Filter;
  Recorder Messages{ Filter };
};

/** What needs LibTorch. */
class vtkAtomNetTrainingRun : public vtkAtomNetTrainingTest
{
protected:
  void SetUp() override
  {
#if !ATOMPROBE_WITH_TORCH
    GTEST_SKIP() << "built without LibTorch";
#endif
    vtkAtomNetTrainingTest::SetUp();
  }
};

/** What ends in one sentence, without a file and without a table. */
class vtkAtomNetTrainingErrors : public vtkAtomNetTrainingTest
{
protected:
  std::string error()
  {
    this->Messages.errors.clear();
    this->Filter->Modified();
    this->Filter->Update();
    EXPECT_EQ(this->Messages.errors.size(), 1u);
    EXPECT_EQ(this->table()->GetNumberOfColumns(), 0);
    EXPECT_TRUE(this->Folder.names().empty());
    return this->Messages.errors.empty() ? std::string() : this->Messages.errors.front();
  }
};

} // namespace

TEST(vtkSyntheticSpecimenSource, ARecipeMakesTheSameSourceAgain)
{
  vtkNew<vtkSyntheticSpecimenSource> source;
  source->UsePreset(2);
  source->SetShape(2);
  source->SetShankAngle(7.3);
  source->SetRotationX(1.0 / 3);
  source->SetLateralNoiseRange(0.1, 0.7);
  source->SetMatrixComposition("Co 0.5, Ni 0.5");
  source->SetSeed(-5);
  vtkNew<vtkSyntheticSpecimenSource> other;
  EXPECT_TRUE(other->SetRecipe(source->GetRecipe()));
  EXPECT_EQ(other->GetRecipe(), source->GetRecipe());
  EXPECT_FALSE(other->SetRecipe({ "Shape=0", "Colour=green" }));
  EXPECT_FALSE(other->SetRecipe({ "EdgeLength=ten" }));
  EXPECT_FALSE(other->SetRecipe({ "DepthNoiseRange=1" }));
  EXPECT_FALSE(other->SetRecipe({ "Seed=1.5" }));
}

TEST_F(vtkAtomNetTrainingRun, GivesATableOfItsEpochsAndTheModel)
{
  this->Filter->SetBlockCount(2);
  this->Filter->SetEpochs(3);
  EXPECT_EQ(this->epochsTrained(), 3);
  EXPECT_TRUE(this->Messages.errors.empty());
  EXPECT_TRUE(this->Messages.warnings.empty());
  ASSERT_EQ(this->table()->GetNumberOfRows(), 3);
  for (vtkIdType row = 0; row < 3; ++row)
  {
    EXPECT_EQ(valueAt(this->table(), "bin_extents", row), row + 1);
    EXPECT_EQ(valueAt(this->table(), "Epoch", row), row + 1);
    EXPECT_EQ(valueAt(this->table(), "Block", row), 2);
    EXPECT_GT(valueAt(this->table(), "TrainingLoss", row), 0);
    EXPECT_GT(valueAt(this->table(), "ValidationLoss", row), 0);
    EXPECT_GE(valueAt(this->table(), "ValidationAUC", row), 0);
    EXPECT_LE(valueAt(this->table(), "ValidationAUC", row), 1);
    EXPECT_EQ(valueAt(this->table(), "ValidationAUCBlock2", row),
      valueAt(this->table(), "ValidationAUC", row));
    EXPECT_GT(valueAt(this->table(), "ValidationAUCBlock1", row), 0);
    EXPECT_GT(valueAt(this->table(), "Seconds", row), 0);
  }
  EXPECT_EQ(this->Folder.names(), std::vector<std::string>{ "model.safetensors" });
  const apt::Model model = this->model();
  EXPECT_EQ(model.architecture, apt::Architecture::MomentNet);
  EXPECT_EQ(model.blockCount(), 2u);
  EXPECT_EQ(model.latticeParameter, 0.405);
  EXPECT_EQ(model.neighbourCount, 193);
  EXPECT_EQ(model.alloy, "Al-Li-Mg");
  EXPECT_EQ(model.licence, "not stated");
  EXPECT_EQ(model.seed, 1u);
  EXPECT_EQ(settingOf(this->table(), "FreshSpecimens"), "1");
  EXPECT_TRUE(contains(settingOf(this->table(), "Recipe"), "EdgeLength=3.5; "));
  EXPECT_EQ(settingOf(this->table(), "LearningRate"), "0.01");
}

TEST_F(vtkAtomNetTrainingRun, APointNetLearnsBlockAfterBlock)
{
  // Many short loops: several threads on a busy machine would wait for each other.
  const apt::ThreadLimit limit(1);
  this->Source->SetEdgeLength(2.5);
  this->Source->SetDomainRadiusRange(0.6, 0.7);
  this->Filter->SetArchitecture(0);
  this->Filter->SetBlockCount(2);
  this->Filter->SetBatchNorm(false);
  EXPECT_EQ(this->epochsTrained(), 3);
  EXPECT_TRUE(this->Messages.errors.empty());
  ASSERT_EQ(this->table()->GetNumberOfRows(), 3);
  EXPECT_EQ(valueAt(this->table(), "Block", 1), 1);
  EXPECT_EQ(valueAt(this->table(), "Block", 2), 2);
  EXPECT_EQ(valueAt(this->table(), "Epoch", 2), 1);
  EXPECT_EQ(valueAt(this->table(), "bin_extents", 2), 3);
  EXPECT_TRUE(std::isnan(valueAt(this->table(), "ValidationAUCBlock2", 1)));
  EXPECT_FALSE(std::isnan(valueAt(this->table(), "ValidationAUCBlock1", 2)));
  EXPECT_EQ(this->model().neighbourCount, 32);
  EXPECT_FALSE(this->model().batchNorm);
  EXPECT_EQ(this->model().encoding, apt::SpeciesEncoding::Code);
  EXPECT_EQ(settingOf(this->table(), "SpeciesEncoding"), "(none)");
}

TEST_F(vtkAtomNetTrainingRun, APointNetIsToldASpeciesAsColumnsWhereAsked)
{
  const apt::ThreadLimit limit(1);
  this->Source->SetEdgeLength(2.5);
  this->Source->SetDomainRadiusRange(0.6, 0.7);
  this->Filter->SetArchitecture(0);
  this->Filter->SetBlockCount(1);
  this->Filter->SetEpochs(1);
  this->Filter->SetSpeciesEncoding(1);
  EXPECT_EQ(this->epochsTrained(), 1);
  EXPECT_TRUE(this->Messages.errors.empty());
  EXPECT_EQ(this->model().encoding, apt::SpeciesEncoding::OneHot);
  // Offsets, and two columns for each species.
  EXPECT_EQ(this->model().columnCount(1), 3 + 2 * this->model().species.size());
  EXPECT_EQ(settingOf(this->table(), "SpeciesEncoding"), "OneHot");
}

TEST_F(vtkAtomNetTrainingRun, TheSameSeedGivesTheSameFileAndAnotherAnotherOne)
{
  const auto train = [this](const char* name, int seed)
  {
    vtkNew<vtkAtomNetTraining> filter;
    this->setUp(filter, name);
    filter->SetInputConnection(this->Source->GetOutputPort());
    filter->SetSeed(seed);
    filter->Update();
    EXPECT_EQ(filter->GetEpochsTrained(), 2);
    return this->bytes(name);
  };
  const std::string first = train("first", 1);
  EXPECT_EQ(train("second", 1), first);
  EXPECT_NE(train("third", 2), first);
}

TEST_F(vtkAtomNetTrainingRun, AModelThatIsThereIsNotMadeAgain)
{
  EXPECT_EQ(this->epochsTrained(), 2);
  const std::string before = this->bytes();
  this->Filter->Modified();
  EXPECT_EQ(this->epochsTrained(), 0);
  EXPECT_EQ(this->bytes(), before);

  // As when a state file is opened: a filter that knows nothing.
  vtkNew<vtkAtomNetTraining> other;
  this->setUp(other);
  other->SetInputConnection(this->Source->GetOutputPort());
  other->Update();
  EXPECT_EQ(other->GetEpochsTrained(), 0);
  EXPECT_EQ(this->bytes(), before);
  ASSERT_EQ(other->GetOutput()->GetNumberOfRows(), 2);
  for (const char* column :
    { "bin_extents", "Block", "Epoch", "TrainingLoss", "ValidationLoss", "ValidationAUC" })
  {
    for (vtkIdType row = 0; row < 2; ++row)
    {
      EXPECT_EQ(valueAt(other->GetOutput(), column, row), valueAt(this->table(), column, row));
    }
  }
  EXPECT_TRUE(std::isnan(valueAt(other->GetOutput(), "Seconds", 0)));

  // Another name, another licence: written, not trained.
  this->Filter->SetModelFileName(this->Folder.file("copy.safetensors").c_str());
  EXPECT_EQ(this->epochsTrained(), 0);
  EXPECT_EQ(this->bytes("copy.safetensors"), before);
  this->Filter->SetLicence("CC0-1.0");
  EXPECT_EQ(this->epochsTrained(), 0);
  EXPECT_TRUE(contains(this->bytes("copy.safetensors"), "CC0-1.0"));
  this->Filter->SetSuggestedThreshold(0.25);
  EXPECT_EQ(this->epochsTrained(), 0);
  EXPECT_EQ(apt::readModel(this->Folder.file("copy.safetensors")).threshold, 0.25);
  EXPECT_EQ(this->bytes(), before);
}

TEST_F(vtkAtomNetTrainingRun, WhateverTheModelDependsOnMakesItLearnAgain)
{
  this->Filter->SetEpochs(1);
  EXPECT_EQ(this->epochsTrained(), 1);
  const std::vector<std::function<void()>> changes = {
    [this] { this->Filter->SetSeed(2); },
    [this] { this->Filter->SetWeightDecay(0.01); },
    [this] { this->Filter->SetNeighbours(40); },
    [this] { this->Source->SetDepthNoiseRange(0.03, 0.04); },
    [this] { this->Filter->FreshSpecimensOff(); },
    [this] { this->Source->SetSeed(2); },
    [this] { this->Filter->SetValidationFraction(0.4); },
  };
  for (std::size_t i = 0; i < changes.size(); ++i)
  {
    const std::string before = this->bytes();
    changes[i]();
    EXPECT_EQ(this->epochsTrained(), 1) << "change " << i;
    EXPECT_NE(this->bytes(), before) << "change " << i;
  }
}

TEST_F(vtkAtomNetTrainingRun, FreshSpecimensDoNotDependOnTheSeedOfThoseInThePipeline)
{
  EXPECT_EQ(this->epochsTrained(), 2);
  this->Source->SetSeed(2);
  EXPECT_EQ(this->epochsTrained(), 0);
  this->Source->SetNumberOfSpecimens(2);
  EXPECT_EQ(this->epochsTrained(), 0);
}

TEST_F(vtkAtomNetTrainingRun, SeveralInputsTakeTurnsWithTheirRecipes)
{
  vtkNew<vtkSyntheticSpecimenSource> other;
  makeSmall(other);
  other->SetDepthNoiseRange(0.1, 0.2);
  this->Filter->AddInputConnection(other->GetOutputPort());
  EXPECT_EQ(this->epochsTrained(), 2);
  EXPECT_TRUE(this->Messages.errors.empty());
  auto* rows =
    vtkStringArray::SafeDownCast(this->table()->GetFieldData()->GetAbstractArray("Training"));
  const vtkIdType last = rows->GetNumberOfValues() - 1;
  EXPECT_TRUE(contains(rows->GetValue(last - 1), "DepthNoiseRange=0.02 0.08"));
  EXPECT_TRUE(contains(rows->GetValue(last), "DepthNoiseRange=0.1 0.2"));
}

TEST_F(vtkAtomNetTrainingRun, IonsThatAFilterHasChangedAreLearntFromThemselves)
{
  this->Source->SetEdgeLength(4);
  this->Source->Update();
  vtkNew<vtkPolyData> shuffled;
  shuffled->DeepCopy(this->Source->GetOutputDataObject(0));
  vtkDataArray* ion = shuffled->GetPointData()->GetArray("Ion");
  for (vtkIdType i = 0; i + 1 < ion->GetNumberOfTuples(); i += 2)
  {
    const double one = ion->GetTuple1(i);
    ion->SetTuple1(i, ion->GetTuple1(i + 1));
    ion->SetTuple1(i + 1, one);
  }
  this->Filter->SetInputData(shuffled);
  this->Filter->SetEpochs(1);
  EXPECT_EQ(this->epochsTrained(), 1);
  ASSERT_EQ(this->Messages.warnings.size(), 1u);
  EXPECT_TRUE(contains(this->Messages.warnings[0], "not those that the recipe makes"));
  EXPECT_EQ(settingOf(this->table(), "FreshSpecimens"), "0");
  EXPECT_EQ(settingOf(this->table(), "Ions").size(), 16u);
  // The lattice parameter is still known.
  EXPECT_EQ(settingOf(this->table(), "LatticeParameter"), "0.405");
}

TEST_F(vtkAtomNetTrainingRun, BlocksForTheTestAreLeftAlone)
{
  this->Source->SetNumberOfSpecimens(4);
  this->Source->SetValidationFraction(0.25);
  this->Source->SetTestFraction(0.25);
  this->Source->Update();
  vtkNew<vtkMultiBlockDataSet> blocks;
  blocks->DeepCopy(this->Source->GetOutputDataObject(0));
  auto* test = vtkPolyData::SafeDownCast(blocks->GetBlock(3));
  test->GetPoints()->SetPoint(0, std::nan(""), 0, 0); // an error where anybody looks
  this->Filter->SetInputData(blocks);
  this->Filter->FreshSpecimensOff();
  this->Filter->SetEpochs(1);
  EXPECT_EQ(this->epochsTrained(), 1);
  EXPECT_TRUE(this->Messages.errors.empty());
}

TEST_F(vtkAtomNetTrainingRun, AnotherTruthAndOtherSpeciesAreLearnt)
{
  const vtkSmartPointer<vtkPolyData> ions = this->ionsAlone();
  vtkDataArray* phase = ions->GetPointData()->GetArray("Phase");
  for (vtkIdType i = 0; i < phase->GetNumberOfTuples(); ++i)
  {
    phase->SetTuple1(i, phase->GetTuple1(i) == 1 ? 7 : 3);
  }
  phase->SetName("Structure");
  this->Filter->SetInputData(ions);
  this->Filter->SetTruthArray("Structure");
  this->Filter->ClearOrderedValues();
  this->Filter->AddOrderedValue(7);
  this->Filter->AddSpecies("*");
  this->Filter->AddSpecies("Li: Li, LiH");
  this->Filter->SetLatticeParameter(0.405);
  this->Filter->SetEpochs(1);
  EXPECT_EQ(this->epochsTrained(), 1);
  EXPECT_TRUE(this->Messages.errors.empty());
  EXPECT_EQ(settingOf(this->table(), "Species"), "*; Li: Li, LiH");
  EXPECT_EQ(this->model().alloy, "*-Li");
  EXPECT_EQ(this->model().species.size(), 2u);
}

TEST_F(vtkAtomNetTrainingRun, StoppedItKeepsTheBestSoFarAndGoesOnToTheSameBytes)
{
  this->Filter->SetEpochs(4);
  this->Filter->Update();
  const std::string whole = this->bytes();
  std::filesystem::remove(this->Folder.file("model.safetensors"));

  vtkNew<vtkAtomNetTraining> filter;
  const Recorder messages(filter);
  this->setUp(filter);
  filter->SetEpochs(4);
  filter->SetInputConnection(this->Source->GetOutputPort());
  vtkNew<vtkCallbackCommand> stop;
  stop->SetCallback(
    [](vtkObject* caller, unsigned long, void*, void*)
    {
      auto* training = static_cast<vtkAtomNetTraining*>(caller);
      training->SetAbortExecute(training->GetEpochsTrained() == 2);
    });
  const unsigned long observer = filter->AddObserver(vtkCommand::ProgressEvent, stop);
  filter->Update();
  EXPECT_TRUE(messages.errors.empty());
  EXPECT_EQ(filter->GetOutput()->GetNumberOfRows(), 2);
  EXPECT_EQ(this->Folder.names(),
    (std::vector<std::string>{ "model.safetensors", "model.safetensors.checkpoint" }));
  EXPECT_NE(this->bytes(), whole);
  EXPECT_NO_THROW(this->model());

  filter->RemoveObserver(observer);
  filter->SetAbortExecute(0);
  filter->Modified();
  filter->Update();
  EXPECT_EQ(filter->GetEpochsTrained(), 2);
  EXPECT_EQ(filter->GetOutput()->GetNumberOfRows(), 4);
  EXPECT_EQ(this->bytes(), whole);
  EXPECT_EQ(this->Folder.names(), std::vector<std::string>{ "model.safetensors" });
}

TEST_F(vtkAtomNetTrainingRun, AFileStopsItAsTheUserDoes)
{
  const std::string stop = this->Folder.file("model.safetensors.stop");
  apt::test::writeFile(stop, ""); // of a run before: means nothing
  this->Filter->SetEpochs(100000);
  vtkNew<vtkCallbackCommand> listen;
  listen->SetClientData(const_cast<std::string*>(&stop));
  listen->SetCallback(
    [](vtkObject* caller, unsigned long, void* path, void* fraction)
    {
      if (static_cast<vtkAtomNetTraining*>(caller)->GetEpochsTrained() == 2 &&
        *static_cast<double*>(fraction) < 1)
      {
        apt::test::writeFile(*static_cast<std::string*>(path), "");
      }
    });
  this->Filter->AddObserver(vtkCommand::ProgressEvent, listen);
  EXPECT_EQ(this->epochsTrained(), 2);
  EXPECT_EQ(this->table()->GetNumberOfRows(), 2);
  EXPECT_EQ(this->Folder.names(),
    (std::vector<std::string>{ "model.safetensors", "model.safetensors.checkpoint" }));
}

TEST_F(vtkAtomNetTrainingRun, StoppedBeforeTheFirstEpochItLeavesNothing)
{
  apt::test::writeFile(this->Folder.file("model.safetensors"), "somebody's");
  vtkNew<vtkCallbackCommand> stop;
  stop->SetCallback([](vtkObject* caller, unsigned long, void*, void*)
    { static_cast<vtkAlgorithm*>(caller)->SetAbortExecute(1); });
  this->Filter->AddObserver(vtkCommand::ProgressEvent, stop);
  this->Filter->Update();
  EXPECT_TRUE(this->Messages.errors.empty());
  EXPECT_EQ(this->table()->GetNumberOfRows(), 0);
  EXPECT_EQ(this->bytes(), "somebody's");
  EXPECT_EQ(this->Folder.names(), std::vector<std::string>{ "model.safetensors" });
}

TEST_F(vtkAtomNetTrainingRun, TellsItsLossesWhileItRuns)
{
  std::vector<std::string> texts;
  vtkNew<vtkCallbackCommand> listen;
  listen->SetClientData(&texts);
  listen->SetCallback(
    [](vtkObject* caller, unsigned long, void* heard, void*)
    {
      const char* text = static_cast<vtkAlgorithm*>(caller)->GetProgressText();
      static_cast<std::vector<std::string>*>(heard)->push_back(text ? text : "");
    });
  this->Filter->AddObserver(vtkCommand::ProgressEvent, listen);
  this->Filter->Update();
  EXPECT_TRUE(std::any_of(texts.begin(), texts.end(),
    [](const std::string& text) {
      return contains(text, "epoch 1") && contains(text, "loss 0.") && contains(text, "AUC 0.");
    }));
  EXPECT_EQ(this->Filter->GetProgressText(), nullptr);
}

TEST_F(vtkAtomNetTrainingErrors, AFileThatCannotBeWrittenIsSaidAtOnce)
{
  this->Filter->SetEpochs(100000); // days
  this->Filter->SetModelFileName("");
  EXPECT_TRUE(contains(this->error(), "ModelFileName is empty"));
  this->Filter->SetModelFileName("/nowhere/model.safetensors");
  EXPECT_TRUE(contains(this->error(), "/nowhere/model.safetensors: cannot be written"));
  this->Filter->SetModelFileName(this->Folder.path().c_str());
  EXPECT_TRUE(contains(this->error(), "is a folder"));
  this->Filter->SetModelFileName("/proc/model.safetensors");
  EXPECT_TRUE(contains(this->error(), "/proc/model.safetensors: cannot be written"));
}

TEST_F(vtkAtomNetTrainingErrors, OfArraysSayWhereTheyComeFrom)
{
  vtkSmartPointer<vtkPolyData> ions = this->ionsAlone();
  this->Filter->SetInputData(ions);
  this->Filter->SetLatticeParameter(0.405);
  this->Filter->SetTruthArray("Order");
  std::string text = this->error();
  EXPECT_TRUE(contains(text, "no point array Order")) << text;
  EXPECT_TRUE(contains(text, "Phase comes from Synthetic Specimen")) << text;
  EXPECT_TRUE(contains(text, "MassToCharge, Ion, Phase, Domain")) << text;
  this->Filter->SetTruthArray("MassToCharge");
  EXPECT_TRUE(contains(this->error(), "whole number"));
  this->Filter->SetTruthArray("Phase");
  ions->GetFieldData()->RemoveArray("IonNames");
  ions->Modified();
  EXPECT_TRUE(contains(this->error(), "IonNames"));
  ions->GetPointData()->RemoveArray("Ion");
  ions->Modified();
  EXPECT_TRUE(contains(this->error(), "Ion Ranging"));
  this->Filter->SetInputData(vtkNew<vtkPolyData>());
  EXPECT_TRUE(contains(this->error(), "no ranged ion"));
  this->Filter->SetInputData(vtkNew<vtkMultiBlockDataSet>());
  EXPECT_TRUE(contains(this->error(), "no ion cloud"));
}

TEST_F(vtkAtomNetTrainingErrors, OfTheLatticeParameterSayWhatItIsFor)
{
  this->Filter->SetInputData(this->ionsAlone());
  EXPECT_TRUE(contains(this->error(), "LatticeParameter is 0"));
  this->Filter->SetLatticeParameter(4.05);
  EXPECT_TRUE(contains(this->error(), "are both in nm?"));
  this->Filter->SetLatticeParameter(-1);
  EXPECT_TRUE(contains(this->error(), "lattice parameter"));
  this->Filter->SetLatticeParameter(0);
  this->Filter->SetInputConnection(this->Source->GetOutputPort());
  vtkNew<vtkSyntheticSpecimenSource> other;
  makeSmall(other);
  other->SetLatticeParameter(0.39);
  this->Filter->AddInputConnection(other->GetOutputPort());
  EXPECT_TRUE(contains(this->error(), "0.405 and 0.39 nm"));
}

TEST_F(vtkAtomNetTrainingErrors, OfPropertiesNameThem)
{
  const std::vector<std::pair<const char*, std::function<void(vtkAtomNetTraining*)>>> wrong = {
    { "Architecture is 2", [](vtkAtomNetTraining* f) { f->SetArchitecture(2); } },
    { "BlockCount is 0", [](vtkAtomNetTraining* f) { f->SetBlockCount(0); } },
    { "neighbours is 257", [](vtkAtomNetTraining* f) { f->SetNeighbours(257); } },
    { "Device is 3", [](vtkAtomNetTraining* f) { f->SetDevice(3); } },
    { "ValidationFraction is 1", [](vtkAtomNetTraining* f) { f->SetValidationFraction(1); } },
    { "SpecimensPerEpoch is 0", [](vtkAtomNetTraining* f) { f->SetSpecimensPerEpoch(0); } },
    { "threshold is 1.1", [](vtkAtomNetTraining* f) { f->SetSuggestedThreshold(1.1); } },
    { "licence is empty", [](vtkAtomNetTraining* f) { f->SetLicence(""); } },
    { "row of Species", [](vtkAtomNetTraining* f) { f->AddSpecies("Al:"); } },
    { "one class only",
      [](vtkAtomNetTraining* f)
      {
        f->ClearOrderedValues();
        f->FreshSpecimensOff();
      } },
#if ATOMPROBE_WITH_TORCH
    { "Epochs is 0", [](vtkAtomNetTraining* f) { f->SetEpochs(0); } },
    { "BatchSize is 1", [](vtkAtomNetTraining* f) { f->SetBatchSize(1); } },
    { "LearningRate is 0", [](vtkAtomNetTraining* f) { f->SetLearningRate(0); } },
#endif
  };
  for (const auto& [words, change] : wrong)
  {
    vtkNew<vtkAtomNetTraining> filter;
    const Recorder messages(filter);
    this->setUp(filter);
    filter->SetInputConnection(this->Source->GetOutputPort());
    change(filter);
    filter->Update();
    ASSERT_EQ(messages.errors.size(), 1u) << words;
    EXPECT_TRUE(contains(messages.errors[0], words)) << messages.errors[0];
    EXPECT_TRUE(this->Folder.names().empty());
  }
}

#if !ATOMPROBE_WITH_TORCH
TEST_F(vtkAtomNetTrainingErrors, WithoutLibTorchItSaysSo)
{
  EXPECT_TRUE(contains(this->error(), "built without LibTorch"));
}
#endif
