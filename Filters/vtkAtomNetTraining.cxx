// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkAtomNetTraining.h"

#include "vtkIonAlgorithmSupport.h"
#include "vtkIonCloudToPolyData.h"
#include "vtkRanks.h"
#include "vtkSpecimens.h"
#include "vtkSyntheticSpecimenSource.h"

#include "FreshSpecimens.h"
#include "LabelledClouds.h"
#include "OutputFile.h"
#include "RangeFile.h"
#include "SpeciesRows.h"
#include "Training.h"
#include "TrainingHistory.h"
#include "UntrainedModel.h"

#include "vtkDataArray.h"
#include "vtkDoubleArray.h"
#include "vtkFieldData.h"
#include "vtkInformation.h"
#include "vtkInformationVector.h"
#include "vtkIntArray.h"
#include "vtkLogger.h"
#include "vtkNew.h"
#include "vtkObjectFactory.h"
#include "vtkPointData.h"
#include "vtkPointSet.h"
#include "vtkSmartPointer.h"
#include "vtkTable.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>

vtkStandardNewMacro(vtkAtomNetTraining);

namespace
{

/** Names in the metadata of a model, under training. */
constexpr const char* SettingsKey = "settings";
constexpr const char* StoppedKey = "stopped_early";

std::string joined(const std::vector<std::string>& texts, const char* between)
{
  std::string all;
  for (const std::string& text : texts)
  {
    all += (all.empty() ? "" : between) + text;
  }
  return all;
}

/** A specimen of all ranks, on the first one; the others have an empty one. */
struct GatheredSpecimen
{
  apt::SpecimenIons ions;
  std::vector<std::string> recipe; ///< rows; none where nothing says how it was made
  std::uint32_t number = 0;        ///< among those of the recipe
  // What ions points to, where it is not the input itself.
  std::vector<float> positions;
  std::vector<std::int16_t> ion;
  std::vector<std::int32_t> truth;
  std::vector<vtkSmartPointer<vtkDataArray>> kept;
};

/** The columns of a piece of a specimen, on this rank. */
struct PieceColumns
{
  std::size_t size = 0;
  const float* positions = nullptr;
  const std::int16_t* ion = nullptr;
  const std::int32_t* truth = nullptr;
};

/** The truth as contiguous int32: the array itself, or a converted copy. */
vtkSmartPointer<vtkDataArray> truthOf(
  vtkPointSet* cloud, const std::string& name, const std::int32_t*& values)
{
  vtkPointData* const data = cloud->GetPointData();
  vtkSmartPointer<vtkDataArray> array = data->GetArray(name.c_str());
  if (!array)
  {
    std::vector<std::string> names;
    for (int i = 0; i < data->GetNumberOfArrays(); ++i)
    {
      names.emplace_back(data->GetArrayName(i) ? data->GetArrayName(i) : "(unnamed)");
    }
    throw apt::Error("the input has no point array " + name +
      ", the truth to learn (it has: " + (names.empty() ? "none" : joined(names, ", ")) +
      "); Phase comes from Synthetic Specimen, or choose another TruthArray");
  }
  const bool isWhole = array->GetDataType() != VTK_FLOAT && array->GetDataType() != VTK_DOUBLE;
  if (array->GetNumberOfComponents() != 1 || !isWhole)
  {
    throw apt::Error("the point array " + name +
      " does not hold one whole number per ion; choose another TruthArray");
  }
  if (array->GetDataType() != VTK_INT || !array->HasStandardMemoryLayout())
  {
    const auto copy = vtkSmartPointer<vtkIntArray>::New();
    copy->DeepCopy(array);
    array = copy;
  }
  values = static_cast<const std::int32_t*>(array->GetVoidPointer(0));
  return array;
}

template <typename Value>
void gather(const aptvtk::Ranks& ranks, const Value* mine, const std::vector<std::size_t>& counts,
  std::size_t components, std::vector<Value>& whole)
{
  std::vector<std::size_t> bytes = counts;
  for (std::size_t& count : bytes)
  {
    count *= components * sizeof(Value);
  }
  const std::size_t before = whole.size();
  if (ranks.isFirst())
  {
    whole.resize(
      before + components * std::accumulate(counts.begin(), counts.end(), std::size_t{ 0 }));
  }
  ranks.gather(mine, bytes, whole.data() + before);
}

/** @throws apt::Error on every rank where one has arrays that do not do; Stopped on the others */
GatheredSpecimen gatherSpecimen(
  const aptvtk::InputSpecimen& source, const std::string& truthName, const aptvtk::Ranks& ranks)
{
  GatheredSpecimen specimen;
  std::vector<PieceColumns> pieces;
  std::vector<std::string> names;
  ranks.together(
    [&]
    {
      for (vtkPointSet* cloud : source.pieces)
      {
        PieceColumns piece;
        piece.size = static_cast<std::size_t>(cloud->GetNumberOfPoints());
        if (piece.size > 0)
        {
          specimen.kept.push_back(aptvtk::positionsOf(cloud, piece.positions));
          specimen.kept.push_back(aptvtk::ionOf(cloud, piece.ion));
          specimen.kept.push_back(truthOf(cloud, truthName, piece.truth));
          names = names.empty() ? aptvtk::ionNamesOf(cloud) : names;
          if (names.empty())
          {
            throw apt::Error("the input has no field array IonNames, which says what the values of "
                             "the array Ion stand for; name the ions with Ion Ranging first");
          }
        }
        if (specimen.recipe.empty())
        {
          specimen.recipe = aptvtk::textsOf(cloud, aptvtk::fieldName::Recipe);
          vtkDataArray* number = cloud->GetFieldData()->GetArray(aptvtk::fieldName::Specimen);
          specimen.number = number && number->GetNumberOfTuples() == 1
            ? static_cast<std::uint32_t>(number->GetTuple1(0))
            : 0;
        }
        pieces.push_back(piece);
      }
    });
  // A rank without ions has no names either.
  specimen.ions.name = source.name;
  specimen.ions.use = apt::useOf(source.name);
  specimen.ions.ionNames = ranks.firstNames(names);
  if (!ranks.several() && pieces.size() == 1)
  {
    specimen.ions.size = pieces[0].size;
    specimen.ions.positions = pieces[0].positions;
    specimen.ions.ion = pieces[0].ion;
    specimen.ions.truth = pieces[0].truth;
    return specimen;
  }
  // Ranks may have cut a specimen into different numbers of pieces.
  const std::vector<std::size_t> counts = ranks.all(pieces.size());
  pieces.resize(*std::max_element(counts.begin(), counts.end()));
  for (const PieceColumns& piece : pieces)
  {
    const std::vector<std::size_t> sizes = ranks.all(piece.size);
    gather(ranks, piece.positions, sizes, 3, specimen.positions);
    gather(ranks, piece.ion, sizes, 1, specimen.ion);
    gather(ranks, piece.truth, sizes, 1, specimen.truth);
  }
  specimen.kept.clear();
  specimen.ions.size = specimen.ion.size();
  specimen.ions.positions = specimen.positions.data();
  specimen.ions.ion = specimen.ion.data();
  specimen.ions.truth = specimen.truth.data();
  return specimen;
}

/** The options that a recipe stands for; none where it is not of this version's form. */
std::optional<apt::SyntheticSpecimenOptions> optionsOf(const std::vector<std::string>& recipe)
{
  vtkNew<vtkSyntheticSpecimenSource> source;
  if (recipe.empty() || !source->SetRecipe(recipe))
  {
    return std::nullopt;
  }
  return source->GetOptions();
}

vtkSmartPointer<vtkDoubleArray> newColumn(
  vtkTable* table, const std::string& name, vtkIdType rows, const char* unit = "")
{
  auto column = vtkSmartPointer<vtkDoubleArray>::New();
  column->SetName(name.c_str());
  column->SetNumberOfValues(rows);
  if (*unit)
  {
    column->GetInformation()->Set(vtkDataArray::UNITS_LABEL(), unit);
  }
  table->AddColumn(column);
  return column;
}

vtkSmartPointer<vtkIntArray> newWholeColumn(vtkTable* table, const char* name, vtkIdType rows)
{
  auto column = vtkSmartPointer<vtkIntArray>::New();
  column->SetName(name);
  column->SetNumberOfValues(rows);
  table->AddColumn(column);
  return column;
}

void fillTable(vtkTable* table, const std::vector<apt::TrainingEpoch>& epochs, std::size_t blocks)
{
  const auto rows = static_cast<vtkIdType>(epochs.size());
  const auto counted = newWholeColumn(table, "bin_extents", rows);
  const auto block = newWholeColumn(table, "Block", rows);
  const auto epoch = newWholeColumn(table, "Epoch", rows);
  const auto trainingLoss = newColumn(table, "TrainingLoss", rows);
  const auto validationLoss = newColumn(table, "ValidationLoss", rows);
  const auto auc = newColumn(table, "ValidationAUC", rows);
  std::vector<vtkSmartPointer<vtkDoubleArray>> blockAuc;
  for (std::size_t i = 1; blocks > 1 && i <= blocks; ++i)
  {
    blockAuc.push_back(newColumn(table, "ValidationAUCBlock" + std::to_string(i), rows));
  }
  const auto seconds = newColumn(table, "Seconds", rows, "s");
  for (vtkIdType row = 0; row < rows; ++row)
  {
    const apt::TrainingEpoch& one = epochs[static_cast<std::size_t>(row)];
    counted->SetValue(row, static_cast<int>(row) + 1);
    block->SetValue(row, one.block);
    epoch->SetValue(row, one.epoch);
    trainingLoss->SetValue(row, one.trainingLoss);
    validationLoss->SetValue(row, one.validationLoss);
    auc->SetValue(row, one.validationAuc.back());
    for (std::size_t i = 0; i < blockAuc.size(); ++i)
    {
      // A PointNet's later blocks have no answer yet.
      blockAuc[i]->SetValue(row,
        i < one.validationAuc.size() ? one.validationAuc[i]
                                     : std::numeric_limits<double>::quiet_NaN());
    }
    seconds->SetValue(row, one.seconds);
  }
}

} // namespace

/** What was trained last. */
struct vtkAtomNetTraining::Trained
{
  std::optional<apt::TrainingResult> result; ///< its model knows its settings
};

/** One update. */
class vtkAtomNetTraining::Run
{
public:
  explicit Run(vtkAtomNetTraining* filter)
    : Filter(filter)
  {
  }

  void train(vtkInformationVector* input, vtkTable* output)
  {
    std::vector<aptvtk::InputSpecimen> sources;
    this->AllRanks.together(
      [&]
      {
        this->checkProperties();
        for (int i = 0; i < input->GetNumberOfInformationObjects(); ++i)
        {
          aptvtk::addSpecimens(vtkDataObject::GetData(input, i), sources);
        }
      });
    const std::vector<std::size_t> counts = this->AllRanks.all(sources.size());
    if (*std::max_element(counts.begin(), counts.end()) !=
      *std::min_element(counts.begin(), counts.end()))
    {
      if (this->AllRanks.isFirst())
      {
        throw apt::Error("the ranks of the server have different numbers of blocks of this input; "
                         "merge its blocks first");
      }
      throw apt::Stopped();
    }
    for (const aptvtk::InputSpecimen& source : sources)
    {
      this->Specimens.push_back(gatherSpecimen(source, this->Filter->TruthArray, this->AllRanks));
    }
    this->AllRanks.together(
      [&]
      {
        if (this->AllRanks.isFirst())
        {
          this->trainHere(output);
        }
      });
  }

private:
  void checkProperties() const
  {
    const vtkAtomNetTraining* filter = this->Filter;
    if (filter->ModelFileName.empty())
    {
      throw apt::Error("ModelFileName is empty; choose the model file (.safetensors) to write");
    }
    std::error_code none;
    if (!filter->InitialModelFileName.empty() &&
      std::filesystem::equivalent(filter->InitialModelFileName, filter->ModelFileName, none))
    {
      throw apt::Error("InitialModelFileName and ModelFileName are one file, " +
        filter->ModelFileName + "; choose another to write");
    }
    if (filter->Architecture < 0 || filter->Architecture > 1)
    {
      throw apt::ParameterError(
        "Architecture", std::to_string(filter->Architecture), "0 (PointNet) or 1 (MomentNet)");
    }
    if (filter->WaveWindows < 0 || filter->WaveWindows > 8)
    {
      throw apt::ParameterError("WaveWindows", std::to_string(filter->WaveWindows), "0 to 8");
    }
    if (filter->SpeciesEncoding < 0 || filter->SpeciesEncoding > 1)
    {
      throw apt::ParameterError(
        "SpeciesEncoding", std::to_string(filter->SpeciesEncoding), "0 (Code) or 1 (OneHot)");
    }
    if (filter->Device < 0 || filter->Device > 2)
    {
      throw apt::ParameterError(
        "Device", std::to_string(filter->Device), "0 (Auto), 1 (CPU) or 2 (CUDA)");
    }
  }

  void trainHere(vtkTable* output)
  {
    this->lookAtSpecimens();
    this->makeForm();
    this->setOptions();
    this->describeSettings();

    std::optional<apt::TrainingResult>& kept = this->Filter->Kept->result;
    const std::optional<apt::Model> written = this->modelThatIsThere();
    if (!kept || !this->isOurs(kept->model))
    {
      kept.reset();
      if (written && this->isOurs(*written))
      {
        kept = apt::TrainingResult{ *written, apt::historyOf(*written), false };
        vtkLogF(INFO, "AtomNet Training: %s was made with these properties already",
          this->Filter->ModelFileName.c_str());
      }
    }
    if (!kept)
    {
      // Before an hour is spent on what cannot be written.
      apt::requireRoomFor(this->Filter->ModelFileName, this->bytesToWrite());
      kept = this->trainAnew();
    }
    apt::TrainingResult& result = *kept;
    result.model.alloy = this->Form.alloy;
    result.model.licence = this->Form.licence;
    result.model.threshold = this->Form.threshold;
    if (!written || !this->isOurs(*written) || written->alloy != result.model.alloy ||
      written->licence != result.model.licence || written->threshold != result.model.threshold)
    {
      apt::writeModel(this->Filter->ModelFileName, result.model);
    }
    fillTable(output, result.epochs, this->Form.blockCount());
    aptvtk::setField(output, aptvtk::fieldName::ModelFile, this->Filter->ModelFileName);
    aptvtk::setField(output, "Training", this->Settings);
    aptvtk::setField(output, aptvtk::fieldName::Version, std::string(ATOMPROBE_VERSION));
    if (result.stopped)
    {
      // Not for good: the next update goes on from the checkpoint.
      kept.reset();
    }
  }

  /** What the specimens are, and whether new ones can be made like them. */
  void lookAtSpecimens()
  {
    if (this->Specimens.empty())
    {
      throw apt::Error("the input has no ion cloud");
    }
    bool allHaveRecipes = true;
    for (GatheredSpecimen& specimen : this->Specimens)
    {
      if (this->Specimens.size() == 1)
      {
        specimen.ions.name = "the input";
      }
      this->Ions.push_back(specimen.ions);
      const std::optional<apt::SyntheticSpecimenOptions> options = optionsOf(specimen.recipe);
      allHaveRecipes = allHaveRecipes && options;
      if (!options)
      {
        continue;
      }
      // Specimens of one source have one recipe; the seed does not matter for new ones.
      std::vector<std::string> rows = specimen.recipe;
      rows.erase(std::remove_if(rows.begin(), rows.end(),
                   [](const std::string& row) { return row.rfind("Seed=", 0) == 0; }),
        rows.end());
      if (std::find(this->RecipeRows.begin(), this->RecipeRows.end(), rows) ==
        this->RecipeRows.end())
      {
        this->RecipeRows.push_back(rows);
        this->Recipes.push_back(*options);
      }
    }
    this->Fresh = this->Filter->FreshSpecimens && allHaveRecipes &&
      this->Filter->TruthArray == apt::arrayName::Phase;
    if (!this->Fresh)
    {
      return;
    }
    for (const GatheredSpecimen& specimen : this->Specimens)
    {
      if (!apt::areIonsOf(specimen.ions, *optionsOf(specimen.recipe), specimen.number))
      {
        this->Fresh = false;
        vtkWarningWithObjectMacro(this->Filter,
          << specimen.ions.name
          << " has a recipe, but its ions are not those that the recipe makes "
          << "(another filter has changed them): the network learns from the ions as they are");
        return;
      }
    }
  }

  double latticeParameter() const
  {
    if (this->Filter->LatticeParameter != 0)
    {
      return this->Filter->LatticeParameter;
    }
    if (this->Recipes.empty())
    {
      throw apt::Error("LatticeParameter is 0, which takes that of the specimens' recipe, but the "
                       "input has no recipe; give the lattice parameter of the crystal in nm");
    }
    for (const apt::SyntheticSpecimenOptions& recipe : this->Recipes)
    {
      if (recipe.latticeParameter != this->Recipes[0].latticeParameter)
      {
        throw apt::Error("the specimens have different lattice parameters (" +
          apt::shortestNumber(this->Recipes[0].latticeParameter) + " and " +
          apt::shortestNumber(recipe.latticeParameter) +
          " nm); give LatticeParameter, the unit of length for all of them");
      }
    }
    return this->Recipes[0].latticeParameter;
  }

  void makeForm()
  {
    const vtkAtomNetTraining* filter = this->Filter;
    this->Form = apt::untrainedModel(
      filter->Architecture == 0 ? apt::Architecture::PointNet : apt::Architecture::MomentNet,
      filter->BlockCount);
    this->Form.species = apt::parseSpecies(filter->Species);
    if (this->Form.species.empty())
    {
      this->Form.species = this->Fresh ? apt::speciesIn(this->Recipes) : apt::speciesIn(this->Ions);
    }
    if (this->Form.species.empty())
    {
      throw apt::Error("the input has no ranged ion to learn from; name the ions with Ion Ranging");
    }
    this->Form.latticeParameter = this->latticeParameter();
    if (filter->Neighbours != 0)
    {
      this->Form.neighbourCount = filter->Neighbours;
    }
    if (this->Form.architecture == apt::Architecture::PointNet)
    {
      this->Form.batchNorm = filter->BatchNorm;
      this->Form.encoding =
        filter->SpeciesEncoding == 0 ? apt::SpeciesEncoding::Code : apt::SpeciesEncoding::OneHot;
    }
    else
    {
      this->Form.moments.waveWindows = filter->WaveWindows;
    }
    std::vector<std::string> names;
    for (const apt::Species& species : this->Form.species)
    {
      names.push_back(species.name);
    }
    this->Form.alloy = filter->Alloy.empty() ? joined(names, "-") : filter->Alloy;
    this->Form.licence = filter->Licence;
    this->Form.threshold = filter->SuggestedThreshold;
    apt::requireSoundForm(this->Form);
    if (!filter->InitialModelFileName.empty())
    {
      this->Options.initial =
        std::make_shared<apt::Model>(apt::readModel(filter->InitialModelFileName));
      try
      {
        apt::requireCanBeginWith(this->Form, *this->Options.initial);
      }
      catch (const apt::ParameterError& error)
      {
        throw apt::FileError(filter->InitialModelFileName, error.what());
      }
    }
    const double distance = apt::meanNearestNeighbourDistance(this->Ions, this->Form);
    if (distance > 0 && !apt::isPlausibleLatticeParameter(this->Form.latticeParameter, distance))
    {
      throw apt::Error("LatticeParameter is " + apt::shortestNumber(this->Form.latticeParameter) +
        " nm, but the nearest neighbour of an ion is at " + std::to_string(distance) +
        " nm on average, where 0.25 to 1 times the lattice parameter is expected; are both in nm?");
    }
  }

  void setOptions()
  {
    const vtkAtomNetTraining* filter = this->Filter;
    this->Options.epochs = filter->Epochs;
    this->Options.cloudsPerEpoch = filter->SpecimensPerEpoch;
    this->Options.batchSize = filter->BatchSize;
    this->Options.cloudsPerStep = filter->SpecimensPerStep;
    this->Options.learningRate = filter->LearningRate;
    this->Options.cosineDecay = filter->CosineDecay;
    this->Options.weightDecay = filter->WeightDecay;
    this->Options.orthogonality = filter->Orthogonality;
    this->Options.patience = filter->Patience;
    this->Options.seed = static_cast<std::uint64_t>(static_cast<std::int64_t>(filter->Seed));
    constexpr apt::Device devices[] = { apt::Device::Auto, apt::Device::CPU, apt::Device::CUDA };
    this->Options.device = devices[filter->Device];
    this->Options.checkpoint = filter->ModelFileName + ".checkpoint";
    this->CloudOptions.orderedValues = filter->OrderedValues;
    this->CloudOptions.validationFraction = filter->ValidationFraction;
    this->CloudOptions.seed = this->Options.seed;
  }

  /** All that the model depends on, a row each. */
  void describeSettings()
  {
    const vtkAtomNetTraining* filter = this->Filter;
    const auto text = [this](const char* name, const std::string& value)
    { this->Settings.push_back(std::string(name) + "=" + value); };
    const auto number = [&text](const char* name, double value)
    { text(name, apt::shortestNumber(value)); };
    constexpr const char* devices[] = { "Auto", "CPU", "CUDA" };
    text("Architecture", filter->Architecture == 0 ? "PointNet" : "MomentNet");
    number("BlockCount", filter->BlockCount);
    text("Species", joined(apt::formatSpecies(this->Form.species), "; "));
    number("LatticeParameter", this->Form.latticeParameter);
    number("Neighbours", this->Form.neighbourCount);
    if (this->Options.initial)
    {
      text("InitialModel", apt::weightsFingerprint(*this->Options.initial));
    }
    if (this->Form.moments.waveWindows > 0)
    {
      // Not said of none: models that were made before there were any are what they were.
      number("WaveWindows", this->Form.moments.waveWindows);
    }
    if (this->Form.encoding == apt::SpeciesEncoding::OneHot)
    {
      // Not said of codes: models that were made before there was a choice are what they were.
      text("SpeciesEncoding", "OneHot");
    }
    number("BatchNorm", this->Form.batchNorm);
    number("Epochs", filter->Epochs);
    number("BatchSize", filter->BatchSize);
    number("LearningRate", filter->LearningRate);
    number("CosineDecay", filter->CosineDecay);
    number("WeightDecay", filter->WeightDecay);
    number("Orthogonality", filter->Orthogonality);
    number("Patience", filter->Patience);
    number("SpecimensPerStep", filter->SpecimensPerStep);
    number("ValidationFraction", filter->ValidationFraction);
    number("Seed", filter->Seed);
    text("Device", devices[filter->Device]);
    text("TruthArray", filter->TruthArray);
    std::string values;
    for (const int value : filter->OrderedValues)
    {
      values += (values.empty() ? "" : " ") + std::to_string(value);
    }
    text("OrderedValues", values);
    number("FreshSpecimens", this->Fresh);
    if (this->Fresh)
    {
      number("SpecimensPerEpoch", filter->SpecimensPerEpoch);
      for (const std::vector<std::string>& rows : this->RecipeRows)
      {
        text("Recipe", joined(rows, "; "));
      }
    }
    else
    {
      text("Ions", apt::fingerprintOf(this->Ions));
    }
    this->Form.training[SettingsKey] = joined(this->Settings, "\n");
  }

  /** Of the model and of a checkpoint, which holds the weights four times, and some for the rest. */
  std::size_t bytesToWrite() const
  {
    std::size_t weights = 0;
    for (const apt::TensorDescription& tensor : apt::tensorsOf(this->Form))
    {
      weights += std::accumulate(
        tensor.shape.begin(), tensor.shape.end(), sizeof(float), std::multiplies<std::size_t>());
    }
    return 5 * weights + (std::size_t(1) << 20);
  }

  /** The model that has the name already; none where there is none, or something else. */
  std::optional<apt::Model> modelThatIsThere() const
  {
    std::error_code none;
    if (std::filesystem::exists(this->Filter->ModelFileName, none))
    {
      try
      {
        return apt::readModel(this->Filter->ModelFileName);
      }
      catch (const apt::Error&)
      {
        // Written over when training is done, as the user has chosen it.
      }
    }
    return std::nullopt;
  }

  /** Whether a model was made with these settings, to the end. */
  bool isOurs(const apt::Model& model) const
  {
    const auto found = model.training.find(SettingsKey);
    return found != model.training.end() && found->second == this->Form.training.at(SettingsKey) &&
      !apt::historyOf(model).empty() && model.training.count(StoppedKey) == 0;
  }

  /** Also stops for a file: ParaView 5.11 lets nobody abort a filter from its window. */
  apt::Progress progress() const
  {
    const std::string stop = this->Filter->ModelFileName + ".stop";
    std::error_code none;
    std::filesystem::remove(stop, none); // one that is left over
    return [progress = aptvtk::progressOf(this->Filter), stop](double fraction)
    {
      std::error_code ignored;
      return progress(fraction) && !std::filesystem::remove(stop, ignored);
    };
  }

  apt::TrainingResult trainAnew()
  {
    const apt::Progress progress = this->progress();
    if (this->AllRanks.several())
    {
      vtkLogF(INFO, "AtomNet Training: the first of %d ranks trains", this->AllRanks.count());
    }
    constexpr double prepared = 0.01;
    const apt::Progress preparing = apt::subProgress(progress, 0, prepared);
    apt::TrainingData data = this->Fresh
      ? apt::freshClouds(
          this->Recipes, this->Form, this->Options.cloudsPerEpoch, this->CloudOptions, preparing)
      : apt::cutIntoClouds(this->Ions, this->Form, this->CloudOptions, preparing);
    data.identity = std::get<std::string>(this->Form.training.at(SettingsKey));
    vtkLogF(INFO, "AtomNet Training: learns from %s, validated with %zu clouds",
      this->Fresh ? "fresh specimens" : (std::to_string(data.clouds) + " clouds of ions").c_str(),
      data.validation.size());
    vtkAtomNetTraining* filter = this->Filter;
    const bool blockByBlock = this->Form.architecture == apt::Architecture::PointNet;
    apt::TrainingResult result = apt::train(
      this->Form, data, this->Options,
      [filter, blockByBlock](const apt::TrainingEpoch& epoch)
      {
        ++filter->EpochsTrained;
        const std::string block =
          blockByBlock ? "block " + std::to_string(epoch.block) + ", " : std::string();
        // Short enough for the progress bar.
        char text[120];
        std::snprintf(text, sizeof text, "%sepoch %d: loss %.3f, validation %.3f, AUC %.3f",
          block.c_str(), epoch.epoch, epoch.trainingLoss, epoch.validationLoss,
          epoch.validationAuc.back());
        filter->SetProgressText(text);
        vtkLogF(INFO, "AtomNet Training: %s (%.1f s)", text, epoch.seconds);
      },
      apt::subProgress(progress, prepared, 1));
    filter->SetProgressText(nullptr);
    if (result.stopped)
    {
      result.model.training[StoppedKey] = 1.0;
      vtkLogF(INFO, "AtomNet Training: stopped after %zu epochs; %s has the best so far",
        result.epochs.size(), filter->ModelFileName.c_str());
    }
    return result;
  }

  vtkAtomNetTraining* Filter;
  aptvtk::Ranks AllRanks;
  std::vector<GatheredSpecimen> Specimens;
  std::vector<apt::SpecimenIons> Ions;
  std::vector<std::vector<std::string>> RecipeRows;
  std::vector<apt::SyntheticSpecimenOptions> Recipes;
  bool Fresh = false;
  apt::Model Form;
  apt::TrainingOptions Options;
  apt::LabelledCloudOptions CloudOptions;
  std::vector<std::string> Settings;
};

vtkAtomNetTraining::vtkAtomNetTraining()
  : Kept(new Trained)
{
}

vtkAtomNetTraining::~vtkAtomNetTraining() = default;

void vtkAtomNetTraining::SetText(std::string& member, const char* value)
{
  const std::string text = value ? value : "";
  if (text != member)
  {
    member = text;
    this->Modified();
  }
}

void vtkAtomNetTraining::SetModelFileName(const char* name)
{
  this->SetText(this->ModelFileName, name);
}

void vtkAtomNetTraining::SetTruthArray(const char* name)
{
  this->SetText(this->TruthArray, name);
}

void vtkAtomNetTraining::SetAlloy(const char* name)
{
  this->SetText(this->Alloy, name);
}

void vtkAtomNetTraining::SetLicence(const char* licence)
{
  this->SetText(this->Licence, licence);
}

void vtkAtomNetTraining::AddOrderedValue(int value)
{
  this->OrderedValues.push_back(value);
  this->Modified();
}

void vtkAtomNetTraining::ClearOrderedValues()
{
  this->OrderedValues.clear();
  this->Modified();
}

void vtkAtomNetTraining::AddSpecies(const char* text)
{
  this->Species.emplace_back(text ? text : "");
  this->Modified();
}

void vtkAtomNetTraining::ClearSpecies()
{
  this->Species.clear();
  this->Modified();
}

int vtkAtomNetTraining::FillInputPortInformation(int, vtkInformation* info)
{
  info->Set(vtkAlgorithm::INPUT_REQUIRED_DATA_TYPE(), "vtkPointSet");
  // Taken whole, and not block by block: one model is made of all.
  info->Append(vtkAlgorithm::INPUT_REQUIRED_DATA_TYPE(), "vtkDataObjectTree");
  info->Set(vtkAlgorithm::INPUT_IS_REPEATABLE(), 1);
  return 1;
}

int vtkAtomNetTraining::RequestData(
  vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector* outputVector)
{
  vtkTable* output = vtkTable::GetData(outputVector);
  this->EpochsTrained = 0;
  if (!aptvtk::reportErrors(this, [&] { Run(this).train(inputVector[0], output); }))
  {
    output->Initialize();
  }
  return 1;
}

void vtkAtomNetTraining::PrintSelf(ostream& os, vtkIndent indent)
{
  this->Superclass::PrintSelf(os, indent);
  os << indent << "ModelFileName: " << this->ModelFileName << "\n"
     << indent << "Architecture: " << this->Architecture << "\n"
     << indent << "BlockCount: " << this->BlockCount << "\n"
     << indent << "Epochs: " << this->Epochs << "\n"
     << indent << "LearningRate: " << this->LearningRate << "\n"
     << indent << "FreshSpecimens: " << this->FreshSpecimens << "\n"
     << indent << "Seed: " << this->Seed << "\n";
}
