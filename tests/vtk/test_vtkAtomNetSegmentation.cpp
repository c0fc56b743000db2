// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkAtomNetSegmentation.h"

#include "Recorder.h"
#include "SmallModels.h"
#include "TestFiles.h"

#include "Inference.h"
#include "Random.h"

#include "vtkCallbackCommand.h"
#include "vtkDoubleArray.h"
#include "vtkFieldData.h"
#include "vtkFloatArray.h"
#include "vtkMultiBlockDataSet.h"
#include "vtkNew.h"
#include "vtkPointData.h"
#include "vtkPoints.h"
#include "vtkPolyData.h"
#include "vtkShortArray.h"
#include "vtkSignedCharArray.h"
#include "vtkStringArray.h"
#include "vtkUnstructuredGrid.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

namespace
{

constexpr vtkIdType Ions = 200;

/** Uniform ions at the density of aluminium; every tenth is unranged, every seventh is Ef. */
vtkSmartPointer<vtkPolyData> newCloud(vtkIdType ions, unsigned seed = 1)
{
  auto cloud = vtkSmartPointer<vtkPolyData>::New();
  vtkNew<vtkPoints> points;
  points->SetDataTypeToFloat();
  vtkNew<vtkShortArray> ion;
  ion->SetName("Ion");
  std::mt19937 random(seed);
  const double edge = std::cbrt(static_cast<double>(ions) / 60.0);
  const auto uniform = [&random] { return static_cast<double>(random()) / 4294967296.0; };
  for (vtkIdType i = 0; i < ions; ++i)
  {
    const double x = edge * uniform();
    const double y = edge * uniform();
    points->InsertNextPoint(x, y, edge * uniform());
    ion->InsertNextValue(static_cast<short>(i % 10 == 0 ? -1 : i % 7 == 0 ? 2 : random() % 2));
  }
  cloud->SetPoints(points);
  cloud->GetPointData()->AddArray(ion);
  vtkNew<vtkStringArray> names;
  names->SetName("IonNames");
  for (const char* name : { "Ab", "Cd", "Ef" })
  {
    names->InsertNextValue(name);
  }
  cloud->GetFieldData()->AddArray(names);
  return cloud;
}

apt::Model modelWithoutOthers(std::size_t blocks, unsigned seed = 1)
{
  apt::Model model = apt::test::randomModel(blocks, true, seed);
  model.species = { { "Ab", { "Ab" } }, { "Cd", { "Cd" } } };
  return model;
}

/** A small MomentNet with weights of about the size that training gives. */
apt::Model momentNet()
{
  apt::Model model = modelWithoutOthers(1);
  model.architecture = apt::Architecture::MomentNet;
  model.encoding = apt::SpeciesEncoding::OneHot;
  model.features.clear();
  model.tensors.clear();
  model.batchNorm = true;
  model.moments.state = 8;
  model.moments.channels = 4;
  model.moments.hidden = 12;
  model.metrics.clear();
  std::mt19937 random(3);
  for (const apt::TensorDescription& description : apt::tensorsOf(model))
  {
    apt::Tensor tensor{ description.name, description.shape, {} };
    std::size_t count = 1;
    for (const std::size_t extent : tensor.shape)
    {
      count *= extent;
    }
    for (std::size_t i = 0; i < count; ++i)
    {
      const double uniform = static_cast<double>(random()) / 4294967296.0;
      tensor.values.push_back(static_cast<float>(
        tensor.name.find("running_var") != std::string::npos ? 0.5 + uniform : uniform - 0.5));
    }
    model.tensors.push_back(tensor);
  }
  return model;
}

vtkDataArray* arrayOf(vtkDataObject* cloud, const char* name = "OrderedProbability")
{
  return vtkPointSet::SafeDownCast(cloud)->GetPointData()->GetArray(name);
}

std::vector<float> valuesOf(vtkDataObject* cloud, const char* name = "OrderedProbability")
{
  vtkFloatArray* array = vtkFloatArray::SafeDownCast(arrayOf(cloud, name));
  if (!array)
  {
    ADD_FAILURE() << "no float array " << name;
    return {};
  }
  return { array->GetPointer(0), array->GetPointer(0) + array->GetNumberOfValues() };
}

/** Equal, NaN for NaN. */
void expectSame(const std::vector<float>& one, const std::vector<float>& other)
{
  ASSERT_EQ(one.size(), other.size());
  for (std::size_t i = 0; i < one.size(); ++i)
  {
    ASSERT_TRUE(one[i] == other[i] || (std::isnan(one[i]) && std::isnan(other[i]))) << i;
  }
}

class vtkAtomNetSegmentationTest : public testing::Test
{
protected:
  void SetUp() override
  {
#if !ATOMPROBE_WITH_TORCH
    GTEST_SKIP() << "built without LibTorch";
#endif
    apt::writeModel(this->ModelPath, modelWithoutOthers(3));
    this->Filter->SetInputData(this->Cloud);
    this->Filter->SetModel("Custom");
    this->Filter->SetModelFileName(this->ModelPath.c_str());
  }

  vtkDataObject* output() const
  {
    return this->Filter->GetOutputDataObject(0);
  }

  /** Updates, and gives how many blocks that took. */
  int blocksRun()
  {
    this->Filter->Update();
    return this->Filter->GetBlocksRun();
  }

  /** What a filter that knows nothing says. */
  std::vector<float> fresh(int blocks = 0)
  {
    vtkNew<vtkAtomNetSegmentation> filter;
    const Recorder recorder(filter);
    filter->SetInputData(this->Cloud);
    filter->SetModel("Custom");
    filter->SetModelFileName(this->Filter->GetModelFileName());
    filter->SetLatticeParameter(this->Filter->GetLatticeParameter());
    filter->SetBlockCount(blocks);
    filter->Update();
    EXPECT_TRUE(recorder.errors.empty());
    return valuesOf(filter->GetOutputDataObject(0));
  }

  apt::test::TemporaryFolder Folder;
  std::string ModelPath = Folder.file("model.safetensors");
  vtkSmartPointer<vtkPolyData> Cloud = newCloud(Ions);
  vtkNew<vtkAtomNetSegmentation> Filter;
  Recorder Messages{ Filter };
};

using vtkAtomNetSegmentationErrors = vtkAtomNetSegmentationTest;

} // namespace

TEST_F(vtkAtomNetSegmentationTest, GivesWhatThePredictionGives)
{
  this->Filter->Update();
  apt::IonCloudView view;
  view.size = Ions;
  view.positions = static_cast<float*>(this->Cloud->GetPoints()->GetVoidPointer(0));
  view.arrays.push_back(
    { { "Ion", "", apt::ValueType::Int16, 1 }, arrayOf(this->Cloud, "Ion")->GetVoidPointer(0) });
  const auto expected =
    apt::predict(view, { "Ab", "Cd", "Ef" }, apt::readModel(this->ModelPath)).back();
  expectSame(valuesOf(this->output()), expected);
  EXPECT_TRUE(this->Messages.errors.empty());
}

TEST_F(vtkAtomNetSegmentationTest, AddsItsArraysAndSharesThoseOfItsInput)
{
  this->Filter->Update();
  vtkPolyData* result = vtkPolyData::SafeDownCast(this->output());
  ASSERT_NE(result, nullptr);
  EXPECT_EQ(result->GetPoints()->GetData(), this->Cloud->GetPoints()->GetData());
  EXPECT_EQ(arrayOf(result, "Ion"), arrayOf(this->Cloud, "Ion"));
  EXPECT_EQ(result->GetPointData()->GetNumberOfArrays(), 3);
  EXPECT_EQ(arrayOf(result)->GetDataType(), VTK_FLOAT);
  EXPECT_EQ(arrayOf(result, "Ordered")->GetDataType(), VTK_SIGNED_CHAR);
  EXPECT_STREQ(result->GetPointData()->GetScalars()->GetName(), "OrderedProbability");
  EXPECT_EQ(arrayOf(this->Cloud), nullptr);
  EXPECT_EQ(this->Cloud->GetFieldData()->GetAbstractArray("ModelFile"), nullptr);
}

TEST_F(vtkAtomNetSegmentationTest, IonsThatTheModelDoesNotKnowHaveNoProbabilityAndAreNotOrdered)
{
  this->Filter->SetThreshold(0);
  this->Filter->Update();
  const std::vector<float> probability = valuesOf(this->output());
  for (vtkIdType i = 0; i < Ions; ++i)
  {
    const double ion = arrayOf(this->Cloud, "Ion")->GetTuple1(i);
    const float value = probability[static_cast<std::size_t>(i)];
    const bool known = ion == 0 || ion == 1;
    EXPECT_EQ(std::isnan(value), !known) << i;
    EXPECT_TRUE(!known || (value >= 0 && value <= 1)) << value;
    EXPECT_EQ(arrayOf(this->output(), "Ordered")->GetTuple1(i), known ? 1 : 0) << i;
  }
}

TEST_F(vtkAtomNetSegmentationTest, MovingTheThresholdOnlyComparesAgain)
{
  EXPECT_EQ(this->blocksRun(), 3);
  vtkDataArray* const probability = arrayOf(this->output());
  std::vector<float> sorted = valuesOf(this->output());
  sorted.erase(std::remove_if(sorted.begin(), sorted.end(), [](float p) { return std::isnan(p); }),
    sorted.end());
  std::sort(sorted.begin(), sorted.end());
  // The exact value of an ion: it is ordered at its own probability.
  for (const double threshold : { 0.0, double(sorted[50]), double(sorted[100]), 0.7, 1.0 })
  {
    this->Filter->SetThreshold(threshold);
    EXPECT_EQ(this->blocksRun(), 0);
    EXPECT_EQ(arrayOf(this->output()), probability);
    for (vtkIdType i = 0; i < Ions; ++i)
    {
      ASSERT_EQ(arrayOf(this->output(), "Ordered")->GetTuple1(i),
        probability->GetTuple1(i) >= threshold ? 1 : 0);
    }
  }
}

TEST_F(vtkAtomNetSegmentationTest, RaisingTheNumberOfBlocksRunsThoseThatAreMissing)
{
  this->Filter->SetBlockCount(1);
  EXPECT_EQ(this->blocksRun(), 1);
  const void* const first = arrayOf(this->output())->GetVoidPointer(0);
  this->Filter->SetBlockCount(2);
  EXPECT_EQ(this->blocksRun(), 1);
  expectSame(valuesOf(this->output()), this->fresh(2));
  this->Filter->SetBlockCount(0);
  EXPECT_EQ(this->blocksRun(), 1);
  expectSame(valuesOf(this->output()), this->fresh());
  const void* const last = arrayOf(this->output())->GetVoidPointer(0);

  this->Filter->SetBlockCount(1);
  EXPECT_EQ(this->blocksRun(), 0);
  EXPECT_EQ(arrayOf(this->output())->GetVoidPointer(0), first);
  this->Filter->SetBlockCount(3);
  EXPECT_EQ(this->blocksRun(), 0);
  EXPECT_EQ(arrayOf(this->output())->GetVoidPointer(0), last);
}

TEST_F(vtkAtomNetSegmentationTest, RaisingTheNumberOfBlocksOfAMomentNetGivesTheSameAnswer)
{
  apt::writeModel(this->ModelPath, momentNet());
  for (const int blocks : { 1, 2, 3 })
  {
    this->Filter->SetBlockCount(blocks);
    EXPECT_EQ(this->blocksRun(), 1);
    expectSame(valuesOf(this->output()), this->fresh(blocks));
  }
  this->Filter->SetBlockCount(2);
  EXPECT_EQ(this->blocksRun(), 0);
  expectSame(valuesOf(this->output()), this->fresh(2));
  EXPECT_TRUE(this->Messages.errors.empty());
}

TEST_F(vtkAtomNetSegmentationTest, BlockProbabilitiesAreThoseOfFewerBlocksWithoutCopies)
{
  this->Filter->Update();
  this->Filter->KeepBlockProbabilitiesOn();
  EXPECT_EQ(this->blocksRun(), 0);
  for (int block = 1; block <= 3; ++block)
  {
    expectSame(
      valuesOf(this->output(), ("OrderedProbabilityBlock" + std::to_string(block)).c_str()),
      this->fresh(block));
  }
  EXPECT_EQ(arrayOf(this->output(), "OrderedProbabilityBlock3")->GetVoidPointer(0),
    arrayOf(this->output())->GetVoidPointer(0));
  EXPECT_EQ(arrayOf(this->output(), "OrderedProbabilityBlock4"), nullptr);
  this->Filter->SetBlockCount(2);
  this->Filter->Update();
  EXPECT_EQ(arrayOf(this->output(), "OrderedProbabilityBlock3"), nullptr);
  this->Filter->KeepBlockProbabilitiesOff();
  this->Filter->Update();
  EXPECT_EQ(arrayOf(this->output(), "OrderedProbabilityBlock1"), nullptr);
}

TEST_F(vtkAtomNetSegmentationTest, WhateverTheAnswerDependsOnMakesItRunAgain)
{
  const auto setModel = [this](unsigned seed)
  { apt::writeModel(this->ModelPath, modelWithoutOthers(3, seed)); };
  const std::vector<std::pair<const char*, std::function<void()>>> changes = {
    { "an ion has moved",
      [this]
      {
        this->Cloud->GetPoints()->SetPoint(3, 0.1, 0.2, 0.3);
        this->Cloud->GetPoints()->Modified();
      } },
    { "an ion has moved, written through the array",
      [this]
      {
        this->Cloud->GetPoints()->GetData()->SetComponent(4, 0, 0.15);
        this->Cloud->GetPoints()->GetData()->Modified();
      } },
    { "other points",
      [this]
      {
        vtkNew<vtkPoints> points;
        points->DeepCopy(newCloud(Ions, 7)->GetPoints());
        this->Cloud->SetPoints(points);
      } },
    { "an ion is another",
      [this]
      {
        arrayOf(this->Cloud, "Ion")->SetTuple1(2, 1 - arrayOf(this->Cloud, "Ion")->GetTuple1(2));
        arrayOf(this->Cloud, "Ion")->Modified();
        this->Cloud->Modified();
      } },
    { "another array Ion",
      [this]
      {
        vtkNew<vtkShortArray> ion;
        ion->DeepCopy(arrayOf(newCloud(Ions, 8), "Ion"));
        ion->SetName("Ion");
        this->Cloud->GetPointData()->AddArray(ion);
      } },
    { "other names",
      [this]
      {
        vtkNew<vtkStringArray> names;
        names->SetName("IonNames");
        for (const char* name : { "Cd", "Ab", "Ef" })
        {
          names->InsertNextValue(name);
        }
        this->Cloud->GetFieldData()->AddArray(names);
        this->Cloud->Modified();
      } },
    { "the model file was written anew",
      [this, &setModel]
      {
        setModel(5);
        this->Filter->Refresh();
      } },
    { "another model file",
      [this]
      {
        const std::string other = this->Folder.file("other.safetensors");
        apt::writeModel(other, modelWithoutOthers(3, 6));
        this->Filter->SetModelFileName(other.c_str());
      } },
    { "another lattice parameter", [this] { this->Filter->SetLatticeParameter(0.39); } },
  };
  this->Filter->Update();
  std::vector<float> before = valuesOf(this->output());
  for (const auto& [what, change] : changes)
  {
    change();
    EXPECT_EQ(this->blocksRun(), 3) << what;
    const std::vector<float> after = valuesOf(this->output());
    EXPECT_NE(after, before) << what;
    expectSame(after, this->fresh());
    this->Filter->SetThreshold(this->Filter->GetThreshold() / 2);
    EXPECT_EQ(this->blocksRun(), 0) << what;
    before = after;
  }
  this->Filter->SetDevice(1);
  EXPECT_EQ(this->blocksRun(), 3) << "another device";
}

TEST_F(vtkAtomNetSegmentationTest, WhatItDoesNotDependOnDoesNot)
{
  this->Filter->Update();
  vtkNew<vtkFloatArray> other;
  other->SetName("MassToCharge");
  other->SetNumberOfTuples(Ions);
  other->FillValue(27);
  this->Cloud->GetPointData()->AddArray(other);
  EXPECT_EQ(this->blocksRun(), 0);
  EXPECT_EQ(arrayOf(this->output(), "MassToCharge"), other);
  this->Cloud->Modified();
  EXPECT_EQ(this->blocksRun(), 0);
  // The same arrays in another data set, as a filter upstream gives them when it runs again.
  vtkNew<vtkPolyData> again;
  again->ShallowCopy(this->Cloud);
  this->Filter->SetInputData(again);
  EXPECT_EQ(this->blocksRun(), 0);
  this->Filter->Refresh();
  EXPECT_EQ(this->blocksRun(), 0);
  this->Filter->SetLatticeParameter(apt::readModel(this->ModelPath).latticeParameter);
  EXPECT_EQ(this->blocksRun(), 0) << "the model's own, said aloud";
}

TEST_F(vtkAtomNetSegmentationTest, AStoppedRunLeavesWhatWasKnownBefore)
{
  this->Filter->SetBlockCount(1);
  this->Filter->Update();
  const std::vector<float> first = valuesOf(this->output());
  vtkNew<vtkCallbackCommand> stop;
  double stoppedAt = -1;
  stop->SetClientData(&stoppedAt);
  stop->SetCallback(
    [](vtkObject* caller, unsigned long, void* stoppedAtPlace, void* fraction)
    {
      // In the middle of the second of the two blocks.
      if (*static_cast<double*>(fraction) > 0.6)
      {
        static_cast<vtkAlgorithm*>(caller)->SetAbortExecute(1);
        *static_cast<double*>(stoppedAtPlace) = *static_cast<double*>(fraction);
      }
    });
  const unsigned long observer = this->Filter->AddObserver(vtkCommand::ProgressEvent, stop);
  this->Filter->SetBlockCount(3);
  this->Filter->Update();
  EXPECT_GT(stoppedAt, 0.6);
  EXPECT_TRUE(this->Messages.errors.empty());
  EXPECT_EQ(vtkPointSet::SafeDownCast(this->output())->GetNumberOfPoints(), 0);

  this->Filter->RemoveObserver(observer);
  this->Filter->SetAbortExecute(0);
  this->Filter->SetBlockCount(1);
  EXPECT_EQ(this->blocksRun(), 0);
  expectSame(valuesOf(this->output()), first);
  this->Filter->SetBlockCount(3);
  EXPECT_EQ(this->blocksRun(), 2);
  expectSame(valuesOf(this->output()), this->fresh());
}

TEST_F(vtkAtomNetSegmentationTest, AFailedRunLeavesWhatWasKnownBefore)
{
  this->Filter->Update();
  const std::vector<float> known = valuesOf(this->output());
  this->Filter->SetLatticeParameter(11);
  this->Filter->Update();
  EXPECT_EQ(this->Messages.errors.size(), 1u);
  this->Filter->SetLatticeParameter(0);
  EXPECT_EQ(this->blocksRun(), 0);
  expectSame(valuesOf(this->output()), known);
}

TEST_F(vtkAtomNetSegmentationTest, EachBlockOfACompositeIsACloudOfItsOwn)
{
  vtkNew<vtkMultiBlockDataSet> specimens;
  specimens->SetBlock(0, newCloud(150, 3));
  specimens->SetBlock(2, this->Cloud); // block 1 is empty
  specimens->SetBlock(3, newCloud(100, 4));
  this->Filter->SetInputDataObject(specimens);
  EXPECT_EQ(this->blocksRun(), 9);
  vtkMultiBlockDataSet* result = vtkMultiBlockDataSet::SafeDownCast(this->output());
  ASSERT_NE(result, nullptr);
  ASSERT_EQ(result->GetNumberOfBlocks(), 4u);
  EXPECT_EQ(result->GetBlock(1), nullptr);
  expectSame(valuesOf(result->GetBlock(2)), this->fresh());
  EXPECT_EQ(valuesOf(result->GetBlock(3)).size(), 100u);

  this->Filter->SetThreshold(0.8);
  EXPECT_EQ(this->blocksRun(), 0);
  specimens->SetBlock(0, newCloud(150, 5));
  EXPECT_EQ(this->blocksRun(), 3) << "of the block that is another";
  // Several become one: what is known of that one stays.
  this->Filter->SetInputDataObject(this->Cloud);
  EXPECT_EQ(this->blocksRun(), 0);
  EXPECT_TRUE(this->Messages.errors.empty());
}

TEST_F(vtkAtomNetSegmentationTest, AnotherKindOfPointSetStaysWhatItIs)
{
  vtkNew<vtkUnstructuredGrid> grid;
  vtkNew<vtkPoints> points;
  points->SetDataTypeToDouble();
  points->DeepCopy(this->Cloud->GetPoints());
  grid->SetPoints(points);
  vtkNew<vtkDoubleArray> ion;
  ion->DeepCopy(arrayOf(this->Cloud, "Ion"));
  ion->SetName("Ion");
  grid->GetPointData()->AddArray(ion);
  grid->GetFieldData()->ShallowCopy(this->Cloud->GetFieldData());
  this->Filter->SetInputDataObject(grid);
  this->Filter->Update();
  ASSERT_TRUE(this->output()->IsA("vtkUnstructuredGrid"));
  expectSame(valuesOf(this->output()), this->fresh());
}

TEST_F(vtkAtomNetSegmentationTest, RecordsWhatIsNeededToRepeatIt)
{
  this->Filter->SetThreshold(0.7);
  this->Filter->SetBlockCount(2);
  this->Filter->Update();
  vtkFieldData* fields = this->output()->GetFieldData();
  EXPECT_EQ(vtkStringArray::SafeDownCast(fields->GetAbstractArray("ModelFile"))->GetValue(0),
    this->ModelPath);
  vtkStringArray* rows = vtkStringArray::SafeDownCast(fields->GetAbstractArray("Segmentation"));
  ASSERT_NE(rows, nullptr);
  std::vector<std::string> said;
  for (vtkIdType row = 0; row < rows->GetNumberOfValues(); ++row)
  {
    said.push_back(rows->GetValue(row));
  }
  EXPECT_EQ(said,
    (std::vector<std::string>{ "Model=Custom", "Alloy=Ab-Cd", "Threshold=0.7", "BlockCount=2",
      "LatticeParameter=0.405", "Device=CPU" }));
  EXPECT_NE(fields->GetAbstractArray("AtomProbeVersion"), nullptr);
  EXPECT_NE(fields->GetAbstractArray("IonNames"), nullptr);
  // Also where nothing had to be run.
  this->Filter->SetThreshold(0.6);
  this->Filter->Update();
  rows =
    vtkStringArray::SafeDownCast(this->output()->GetFieldData()->GetAbstractArray("Segmentation"));
  EXPECT_EQ(rows->GetValue(2), "Threshold=0.6");
  EXPECT_EQ(rows->GetValue(5), "Device=CPU");
}

TEST_F(vtkAtomNetSegmentationTest, NamesIonsThatTheModelDoesNotKnowOnce)
{
  this->Filter->Update();
  ASSERT_EQ(this->Messages.warnings.size(), 1u);
  EXPECT_NE(this->Messages.warnings[0].find("does not know Ef:"), std::string::npos)
    << this->Messages.warnings[0];
  EXPECT_NE(this->Messages.warnings[0].find("Ab, Cd"), std::string::npos);
  this->Filter->SetThreshold(0.9);
  this->Filter->Update();
  EXPECT_EQ(this->Messages.warnings.size(), 1u);
}

TEST_F(vtkAtomNetSegmentationTest, DoubtsALatticeParameterThatDoesNotFitTheIons)
{
  apt::writeModel(this->ModelPath, apt::test::randomModel(1, false)); // knows all ions
  vtkPoints* points = this->Cloud->GetPoints();
  for (vtkIdType i = 0; i < Ions; ++i)
  {
    double place[3];
    points->GetPoint(i, place);
    points->SetPoint(i, 10 * place[0], 10 * place[1], 10 * place[2]); // ångströms
  }
  points->Modified();
  this->Filter->Update();
  ASSERT_EQ(this->Messages.warnings.size(), 1u);
  const std::string& warning = this->Messages.warnings[0];
  EXPECT_NE(warning.find("LatticeParameter is 0.405 nm"), std::string::npos) << warning;
  // The mean distance between nearest of 54 random ions per (10 nm)³ is 0.554 n^(-1/3) = 1.47 nm.
  const std::size_t at = warning.find("is at ");
  ASSERT_NE(at, std::string::npos) << warning;
  EXPECT_NEAR(std::stod(warning.substr(at + 6)), 1.47, 0.2);
}

TEST_F(vtkAtomNetSegmentationTest, SmallAndStrangeCloudsHaveAnAnswer)
{
  for (const vtkIdType ions : { 0, 1, 2, 40 })
  {
    for (const bool inOnePlace : { false, true })
    {
      const vtkSmartPointer<vtkPolyData> cloud = newCloud(ions);
      for (vtkIdType i = 0; i < ions; ++i)
      {
        arrayOf(cloud, "Ion")->SetTuple1(i, i % 2);
        if (inOnePlace)
        {
          cloud->GetPoints()->SetPoint(i, 1, 2, 3);
        }
      }
      this->Filter->SetInputData(cloud);
      this->Filter->Update();
      const std::vector<float> probability = valuesOf(this->output());
      ASSERT_EQ(probability.size(), static_cast<std::size_t>(ions));
      for (const float p : probability)
      {
        EXPECT_TRUE(p >= 0 && p <= 1) << p;
      }
      EXPECT_EQ(arrayOf(this->output(), "Ordered")->GetNumberOfTuples(), ions);
    }
  }
  vtkNew<vtkPolyData> nothing; // not even points, as on a rank without ions
  this->Filter->SetInputData(nothing);
  this->Filter->Update();
  EXPECT_TRUE(this->Messages.errors.empty()) << this->Messages.errors[0];
  EXPECT_NE(arrayOf(this->output()), nullptr);
}

TEST_F(vtkAtomNetSegmentationErrors, AreOneSentenceWithAnEmptyOutput)
{
  const auto input = [this](const std::function<void(vtkPolyData*)>& change)
  {
    return [this, change]
    {
      const vtkSmartPointer<vtkPolyData> cloud = newCloud(50);
      change(cloud);
      this->Filter->SetInputData(cloud);
    };
  };
  const auto noDevice = [this]
  {
    // Where there is one, nothing is wrong with it: any other mistake will do then.
    this->Filter->SetDevice(2);
    vtkNew<vtkAtomNetSegmentation> probe;
    const Recorder recorder(probe);
    probe->SetInputData(this->Cloud);
    probe->SetModel("Custom");
    probe->SetModelFileName(this->ModelPath.c_str());
    probe->SetDevice(2);
    probe->Update();
    if (recorder.errors.empty())
    {
      this->Filter->SetDevice(7);
    }
  };
  struct Case
  {
    std::function<void()> change;
    std::vector<std::string> words;
  };
  const std::vector<Case> cases = {
    { [this] { this->Filter->SetModelFileName(""); }, { "no model is chosen", "ModelFileName" } },
    { [this] { this->Filter->SetModel("Fe-Al B2 MomentNet"); },
      { "Model is \"Fe-Al B2 MomentNet\"", "Custom" } },
    { [this] { this->Filter->SetModelFileName("/nowhere/model.safetensors"); },
      { "/nowhere/model.safetensors" } },
    { [this]
      {
        const std::string cut = this->Folder.file("cut.safetensors");
        std::filesystem::copy_file(this->ModelPath, cut);
        std::filesystem::resize_file(cut, 100000);
        this->Filter->SetModelFileName(cut.c_str());
      },
      { "cut.safetensors" } },
    { [this]
      {
        const std::string text = this->Folder.file("text.safetensors");
        std::ofstream(text) << "this is no model";
        this->Filter->SetModelFileName(text.c_str());
      },
      { "text.safetensors" } },
    { input([](vtkPolyData* cloud) { cloud->GetPointData()->RemoveArray("Ion"); }),
      { "no point array Ion", "Ion Ranging" } },
    { input([](vtkPolyData* cloud) { cloud->GetFieldData()->RemoveArray("IonNames"); }),
      { "IonNames", "Ion Ranging" } },
    { input(
        [](vtkPolyData* cloud)
        {
          vtkStringArray* names =
            vtkStringArray::SafeDownCast(cloud->GetFieldData()->GetAbstractArray("IonNames"));
          names->SetValue(0, "Xy");
          names->SetValue(1, "Zw");
        }),
      { "Ab, Cd", "Xy, Zw, Ef" } },
    { input(
        [](vtkPolyData* cloud)
        {
          cloud->GetPoints()->SetPoint(1, std::numeric_limits<double>::quiet_NaN(), 0, 0);
          cloud->GetPoints()->Modified();
        }),
      { "nan" } },
    { [this] { this->Filter->SetThreshold(1.5); }, { "Threshold is 1.5", "0 to 1" } },
    { [this] { this->Filter->SetThreshold(std::nan("")); }, { "Threshold is" } },
    { [this] { this->Filter->SetBlockCount(4); }, { "BlockCount is 4", "to 3" } },
    { [this] { this->Filter->SetBlockCount(-1); }, { "BlockCount is -1" } },
    { [this] { this->Filter->SetLatticeParameter(-0.4); }, { "LatticeParameter is -0.4" } },
    { [this] { this->Filter->SetLatticeParameter(std::nan("")); }, { "LatticeParameter is" } },
    { noDevice, { "Device is" } },
  };
  for (std::size_t i = 0; i < cases.size(); ++i)
  {
    this->Filter->SetInputData(this->Cloud);
    this->Filter->SetModel("Custom");
    this->Filter->SetModelFileName(this->ModelPath.c_str());
    this->Filter->SetThreshold(0.5);
    this->Filter->SetBlockCount(0);
    this->Filter->SetLatticeParameter(0);
    this->Filter->SetDevice(0);
    this->Filter->Update();
    ASSERT_TRUE(this->Messages.errors.empty()) << this->Messages.errors[0];
    cases[i].change();
    this->Filter->Update();
    ASSERT_EQ(this->Messages.errors.size(), 1u) << i;
    for (const std::string& word : cases[i].words)
    {
      EXPECT_NE(this->Messages.errors[0].find(word), std::string::npos)
        << "\"" << word << "\" in " << this->Messages.errors[0];
    }
    EXPECT_EQ(vtkPointSet::SafeDownCast(this->output())->GetNumberOfPoints(), 0) << i;
    this->Messages.errors.clear();
  }
}

TEST(vtkAtomNetSegmentationWithoutTorch, SaysSo)
{
#if ATOMPROBE_WITH_TORCH
  GTEST_SKIP() << "built with LibTorch";
#endif
  const apt::test::TemporaryFolder folder;
  const std::string path = folder.file("model.safetensors");
  apt::writeModel(path, modelWithoutOthers(1));
  vtkNew<vtkAtomNetSegmentation> filter;
  const Recorder recorder(filter);
  filter->SetInputData(newCloud(50));
  filter->SetModel("Custom");
  filter->SetModelFileName(path.c_str());
  filter->Update();
  ASSERT_EQ(recorder.errors.size(), 1u);
  EXPECT_NE(recorder.errors[0].find("built without LibTorch"), std::string::npos);
}

TEST(vtkAtomNetSegmentation, TellsWhatTheModelIsMadeForBeforeItIsRun)
{
  const apt::test::TemporaryFolder folder;
  const std::string path = folder.file("model.safetensors");
  apt::writeModel(path, modelWithoutOthers(2));
  vtkNew<vtkAtomNetSegmentation> filter;
  EXPECT_STREQ(filter->GetModelInformation(), "");
  filter->SetModel("Custom");
  filter->SetModelFileName(path.c_str());
  const std::string text = filter->GetModelInformation();
  for (const char* line : { "Alloy: Ab-Cd", "Species: Ab, Cd", "Blocks: 2",
         "Lattice parameter: 0.405 nm", "Suggested threshold: 0.5" })
  {
    EXPECT_NE(text.find(line), std::string::npos) << text;
  }
  filter->SetModelFileName("/nowhere");
  EXPECT_STREQ(filter->GetModelInformation(), "");
}

TEST(vtkAtomNetSegmentation, CustomIsAlwaysAmongTheModels)
{
  vtkNew<vtkAtomNetSegmentation> filter;
  vtkStringArray* names = filter->GetModelNames();
  ASSERT_GE(names->GetNumberOfValues(), 1);
  EXPECT_EQ(names->GetValue(names->GetNumberOfValues() - 1), "Custom");
}
