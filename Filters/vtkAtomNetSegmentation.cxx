// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkAtomNetSegmentation.h"

#include "vtkIonAlgorithmSupport.h"
#include "vtkIonCloudToPolyData.h"
#include "vtkRanks.h"

#include "Inference.h"
#include "ModelDescription.h"
#include "ModelFolder.h"
#include "OrderedIons.h"
#include "RangeFile.h"
#include "SpeciesRows.h"

#include "vtkCompositeDataIterator.h"
#include "vtkCompositeDataSet.h"
#include "vtkFloatArray.h"
#include "vtkInformation.h"
#include "vtkInformationVector.h"
#include "vtkLogger.h"
#include "vtkObjectFactory.h"
#include "vtkPointData.h"
#include "vtkPointSet.h"
#include "vtkPoints.h"
#include "vtkSmartPointer.h"
#include "vtkStringArray.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <system_error>
#include <tuple>
#include <vector>

vtkStandardNewMacro(vtkAtomNetSegmentation);

namespace
{

constexpr const char* Custom = "Custom";

/** One state of a file. */
struct FileState
{
  std::string path;
  std::uintmax_t size = 0;
  std::filesystem::file_time_type time;

  bool operator==(const FileState& other) const
  {
    return std::tie(this->path, this->size, this->time) ==
      std::tie(other.path, other.size, other.time);
  }
};

/** Of a file that is not there: the path alone. Reading it then says what is wrong. */
FileState stateOf(const std::string& path)
{
  FileState state;
  state.path = path;
  std::error_code none;
  state.size = std::filesystem::file_size(path, none);
  state.time = std::filesystem::last_write_time(path, none);
  return state;
}

/** One state of an array: no two arrays ever have the same time. */
struct ArrayState
{
  const void* array = nullptr;
  vtkMTimeType time = 0;

  bool operator==(const ArrayState& other) const
  {
    return this->array == other.array && this->time == other.time;
  }
};

/** What tells one ion cloud from another. */
struct CloudState
{
  vtkIdType ions = 0;
  ArrayState positions;
  ArrayState ion;
  std::vector<std::string> names;

  bool operator==(const CloudState& other) const
  {
    return this->ions == other.ions && this->positions == other.positions &&
      this->ion == other.ion && this->names == other.names;
  }
};

CloudState stateOf(vtkPointSet* cloud)
{
  CloudState state;
  state.ions = cloud->GetNumberOfPoints();
  if (state.ions > 0)
  {
    vtkPoints* points = cloud->GetPoints();
    vtkDataArray* ion = cloud->GetPointData()->GetArray(apt::arrayName::Ion);
    state.positions = { points->GetData(),
      std::max(points->GetMTime(), points->GetData()->GetMTime()) };
    state.ion = { ion, ion ? ion->GetMTime() : 0 };
  }
  state.names = aptvtk::ionNamesOf(cloud);
  return state;
}

/** What else the answer depends on. */
struct RunState
{
  FileState model;
  std::vector<std::string> species; ///< rows; none where they are the model's own
  double latticeParameter = 0;      ///< nm, the one that is used
  int device = 0;

  bool operator==(const RunState& other) const
  {
    return this->model == other.model && this->species == other.species &&
      this->latticeParameter == other.latticeParameter && this->device == other.device;
  }
};

/** What the network has found for a cloud. */
struct Answer
{
  CloudState cloud;
  RunState run;
  std::string device;
  std::array<double, 3> latticeNormal{ 0, 0, 1 };
  std::vector<vtkSmartPointer<vtkDataArray>> blocks; ///< after each block
  vtkSmartPointer<vtkDataArray> probability;         ///< of the last block that was asked for
  std::size_t probabilityBlock = 0;                  ///< which one that is; shares its memory
};

vtkSmartPointer<vtkDataArray> newProbabilities(std::size_t block, vtkIdType ions)
{
  return aptvtk::newArray({ apt::arrayName::OrderedProbability + ("Block" + std::to_string(block)),
                            "", apt::ValueType::Float32, 1 },
    ions);
}

float* valuesOf(vtkDataArray* probabilities)
{
  return static_cast<float*>(probabilities->GetVoidPointer(0));
}

/** The clouds of the input and the output beside each other; a rank may lack some. */
std::vector<std::pair<vtkPointSet*, vtkPointSet*>> cloudsOf(
  vtkDataObject* input, vtkDataObject* output)
{
  std::vector<std::pair<vtkPointSet*, vtkPointSet*>> clouds;
  vtkCompositeDataSet* blocks = vtkCompositeDataSet::SafeDownCast(input);
  vtkCompositeDataSet* results = vtkCompositeDataSet::SafeDownCast(output);
  if (!blocks || !results)
  {
    output->ShallowCopy(input);
    clouds.emplace_back(vtkPointSet::SafeDownCast(input), vtkPointSet::SafeDownCast(output));
    return clouds;
  }
  results->CopyStructure(blocks);
  const auto block = vtk::TakeSmartPointer(blocks->NewIterator());
  block->SkipEmptyNodesOff();
  for (block->InitTraversal(); !block->IsDoneWithTraversal(); block->GoToNextItem())
  {
    vtkPointSet* cloud = vtkPointSet::SafeDownCast(block->GetCurrentDataObject());
    if (cloud)
    {
      const auto result = vtk::TakeSmartPointer(cloud->NewInstance());
      result->ShallowCopy(cloud);
      results->SetDataSet(block, result);
      clouds.emplace_back(cloud, result);
    }
    else
    {
      clouds.emplace_back(nullptr, nullptr);
    }
  }
  return clouds;
}

} // namespace

struct vtkAtomNetSegmentation::Cache
{
  FileState modelState;
  std::optional<apt::Model> model;
  std::vector<Answer> answers;

  /** The model of a file, read once for as long as it stays as it is. */
  const apt::Model& modelOf(const FileState& state)
  {
    if (!this->model || !(this->modelState == state))
    {
      this->model.reset();
      this->model = apt::readModel(state.path);
      this->modelState = state;
    }
    return *this->model;
  }

  /** What is known of that cloud, if anything. */
  Answer* answerOf(const CloudState& cloud)
  {
    const auto found = std::find_if(this->answers.begin(), this->answers.end(),
      [&cloud](const Answer& answer) { return answer.cloud == cloud; });
    return found == this->answers.end() ? nullptr : &*found;
  }
};

/** One update. */
class vtkAtomNetSegmentation::Run
{
public:
  explicit Run(vtkAtomNetSegmentation* filter)
    : Filter(filter)
  {
  }

  void segment(vtkDataObject* input, vtkDataObject* output)
  {
    std::vector<std::pair<vtkPointSet*, vtkPointSet*>> clouds;
    this->AllRanks.together(
      [&]
      {
        this->prepare();
        clouds = cloudsOf(input, output);
        // Where the input is another, what was known of the old one goes first.
        std::vector<CloudState> states;
        for (const auto& [cloud, result] : clouds)
        {
          if (cloud)
          {
            states.push_back(stateOf(cloud));
          }
        }
        std::vector<Answer>& answers = this->Filter->Kept->answers;
        answers.erase(
          std::remove_if(answers.begin(), answers.end(),
            [&states](const Answer& answer)
            { return std::find(states.begin(), states.end(), answer.cloud) == states.end(); }),
          answers.end());
      });
    const std::vector<std::size_t> counts = this->AllRanks.all(clouds.size());
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
    const apt::Progress progress = aptvtk::progressOf(this->Filter);
    const double share = 1.0 / static_cast<double>(std::max<std::size_t>(clouds.size(), 1));
    for (std::size_t i = 0; i < clouds.size(); ++i)
    {
      const double begin = static_cast<double>(i) * share;
      this->segment(
        clouds[i].first, clouds[i].second, apt::subProgress(progress, begin, begin + share));
    }
  }

private:
  /** Everything that is the same for all clouds. */
  void prepare()
  {
    vtkAtomNetSegmentation* filter = this->Filter;
    if (!(filter->Threshold >= 0 && filter->Threshold <= 1))
    {
      throw apt::ParameterError("Threshold", apt::shortestNumber(filter->Threshold), "0 to 1");
    }
    if (filter->BlockCount < 0)
    {
      throw apt::ParameterError("BlockCount", std::to_string(filter->BlockCount),
        "0 (all) to the number of blocks that the model has");
    }
    if (filter->Device < 0 || filter->Device > 2)
    {
      throw apt::ParameterError(
        "Device", std::to_string(filter->Device), "0 (Auto), 1 (CPU) or 2 (CUDA)");
    }
    this->State.model = stateOf(filter->GetModelPath());
    this->Model = &filter->Kept->modelOf(this->State.model);
    const std::vector<apt::Species> species = apt::parseSpecies(filter->Species);
    if (!species.empty())
    {
      this->OfOtherSpecies = *this->Model;
      apt::replaceSpecies(this->OfOtherSpecies, species);
      this->Model = &this->OfOtherSpecies;
      this->State.species = apt::formatSpecies(species);
    }
    this->Options.blockCount = static_cast<std::size_t>(filter->BlockCount);
    this->Options.latticeParameter = filter->LatticeParameter;
    constexpr apt::Device devices[] = { apt::Device::Auto, apt::Device::CPU, apt::Device::CUDA };
    this->Options.device = devices[filter->Device];
    this->Blocks = apt::blockCountOf(*this->Model, this->Options);
    this->State.latticeParameter =
      filter->LatticeParameter == 0 ? this->Model->latticeParameter : filter->LatticeParameter;
    this->State.device = filter->Device;
  }

  /** One cloud. Where this rank lacks it, the others may still need this rank. */
  void segment(vtkPointSet* cloud, vtkPointSet* result, const apt::Progress& progress)
  {
    Answer answer;
    if (cloud)
    {
      answer.cloud = stateOf(cloud);
    }
    answer.run = this->State;
    Answer* before = cloud ? this->Filter->Kept->answerOf(answer.cloud) : nullptr;
    if (before && before->run == this->State)
    {
      answer = *before;
    }
    const std::size_t known = this->AllRanks.least(cloud ? answer.blocks.size() : this->Blocks);
    if (known < this->Blocks)
    {
      answer.blocks.resize(known);
      this->predict(cloud, answer, known, progress);
    }
    this->AllRanks.together(
      [&]
      {
        if (cloud)
        {
          this->finish(result, answer);
          if (before)
          {
            *before = answer;
          }
          else
          {
            this->Filter->Kept->answers.push_back(answer);
          }
        }
      });
  }

  /** What is left to do when all blocks are known. */
  void finish(vtkPointSet* result, Answer& answer) const
  {
    if (answer.probabilityBlock != this->Blocks)
    {
      answer.probability = vtkSmartPointer<vtkFloatArray>::New();
      answer.probability->ShallowCopy(answer.blocks[this->Blocks - 1]);
      answer.probability->SetName(apt::arrayName::OrderedProbability);
      answer.probabilityBlock = this->Blocks;
    }
    this->addArrays(result, answer);
    this->describe(result, answer);
  }

  /** Runs the blocks from known on, into new arrays. */
  void predict(vtkPointSet* cloud, Answer& answer, std::size_t known, const apt::Progress& progress)
  {
    const vtkIdType ions = cloud ? cloud->GetNumberOfPoints() : 0;
    vtkSmartPointer<vtkDataArray> keptPositions;
    vtkSmartPointer<vtkDataArray> keptIon;
    const float* positions = nullptr;
    const std::int16_t* ion = nullptr;
    std::vector<std::string> names;
    std::vector<float*> probabilities;
    this->AllRanks.together(
      [&]
      {
        if (cloud)
        {
          keptPositions = aptvtk::positionsOf(cloud, positions);
          keptIon = aptvtk::ionOf(cloud, ion);
          names = aptvtk::ionNamesOf(cloud);
        }
        if (ions > 0 && names.empty())
        {
          throw apt::Error("the input has no field array IonNames, which says what the values of "
                           "the array Ion stand for; name the ions with Ion Ranging first");
        }
        while (answer.blocks.size() < this->Blocks)
        {
          answer.blocks.push_back(newProbabilities(answer.blocks.size() + 1, ions));
        }
        for (const vtkSmartPointer<vtkDataArray>& block : answer.blocks)
        {
          probabilities.push_back(ions > 0 ? valuesOf(block) : nullptr);
        }
      });

    apt::InferenceReport report;
    const auto run = [&](std::size_t size, const float* allPositions, const std::int16_t* allIon,
                       const std::vector<std::string>& allNames,
                       const std::vector<float*>& allProbabilities)
    {
      apt::IonCloudView view;
      view.size = size;
      view.positions = allPositions;
      view.arrays.push_back({ { apt::arrayName::Ion, "", apt::ValueType::Int16, 1 }, allIon });
      report = apt::predict(
        view, allNames, *this->Model, this->Options, allProbabilities, known, progress);
      this->Filter->BlocksRun += static_cast<int>(this->Blocks - known);
    };
    if (this->AllRanks.several())
    {
      this->onFirstRank(ions, positions, ion, names, probabilities, known, run);
    }
    else
    {
      run(static_cast<std::size_t>(ions), positions, ion, names, probabilities);
    }
    answer.device = report.device;
    answer.latticeNormal = report.latticeNormal;
    if (known == 0 && this->AllRanks.isFirst())
    {
      this->warn(report);
    }
  }

  /** Brings the ions of all ranks to the first one, runs there, and brings the answers back. */
  template <typename Work>
  void onFirstRank(vtkIdType ions, const float* positions, const std::int16_t* ion,
    const std::vector<std::string>& names, const std::vector<float*>& probabilities,
    std::size_t known, const Work& run)
  {
    const std::vector<std::size_t> counts = this->AllRanks.all(static_cast<std::size_t>(ions));
    std::size_t size = 0;
    for (const std::size_t count : counts)
    {
      size += count;
    }
    const auto bytes = [&counts](std::size_t perIon)
    {
      std::vector<std::size_t> sizes = counts;
      for (std::size_t& count : sizes)
      {
        count *= perIon;
      }
      return sizes;
    };
    const std::vector<std::string> allNames = this->AllRanks.firstNames(names);
    std::unique_ptr<float[]> allPositions;
    std::unique_ptr<std::int16_t[]> allIon;
    std::vector<std::unique_ptr<float[]>> blocks(this->Blocks);
    std::vector<float*> allProbabilities(this->Blocks);
    // The block before those that are missing is looked at, the ones before it are not.
    const std::size_t first = known > 0 ? known - 1 : 0;
    this->AllRanks.together(
      [&]
      {
        if (this->AllRanks.isFirst())
        {
          vtkLogF(INFO, "AtomNet Segmentation: %zu ions of %d ranks gathered on the first", size,
            this->AllRanks.count());
          allPositions.reset(new float[3 * size]);
          allIon.reset(new std::int16_t[size]);
          for (std::size_t block = first; block < this->Blocks; ++block)
          {
            blocks[block].reset(new float[size]);
            allProbabilities[block] = blocks[block].get();
          }
        }
      });
    this->AllRanks.gather(positions, bytes(3 * sizeof(float)), allPositions.get());
    this->AllRanks.gather(ion, bytes(sizeof(std::int16_t)), allIon.get());
    if (known > 0)
    {
      this->AllRanks.gather(probabilities[first], bytes(sizeof(float)), allProbabilities[first]);
    }
    this->AllRanks.together(
      [&]
      {
        if (this->AllRanks.isFirst())
        {
          run(size, allPositions.get(), allIon.get(), allNames, allProbabilities);
        }
      });
    for (std::size_t block = known; block < this->Blocks; ++block)
    {
      this->AllRanks.scatter(allProbabilities[block], bytes(sizeof(float)), probabilities[block]);
    }
  }

  void warn(const apt::InferenceReport& report) const
  {
    if (!report.unknownNames.empty())
    {
      std::string list;
      for (const std::string& name : report.unknownNames)
      {
        list += (list.empty() ? "" : ", ") + name;
      }
      vtkWarningWithObjectMacro(this->Filter,
        << "the model does not know " << list << ": these ions get no probability (NaN) and count "
        << "as nobody's neighbour; its species are " << apt::speciesList(*this->Model));
    }
    if (!report.latticeParameterIsPlausible)
    {
      vtkWarningWithObjectMacro(this->Filter,
        << "LatticeParameter is " << apt::shortestNumber(report.latticeParameter)
        << " nm, but the nearest neighbour of an ion is at "
        << std::to_string(report.meanNearestNeighbourDistance)
        << " nm on average, where 0.25 to 1 times the lattice parameter is expected; are the "
        << "positions in nm, and is the model made for this crystal?");
    }
  }

  void addArrays(vtkPointSet* result, const Answer& answer) const
  {
    const vtkIdType ions = result->GetNumberOfPoints();
    const vtkSmartPointer<vtkDataArray> ordered =
      aptvtk::newArray({ apt::arrayName::Ordered, "", apt::ValueType::Int8, 1 }, ions);
    apt::markOrdered(valuesOf(answer.probability), static_cast<std::size_t>(ions),
      this->Filter->Threshold, static_cast<std::int8_t*>(ordered->GetVoidPointer(0)));
    vtkPointData* data = result->GetPointData();
    data->AddArray(answer.probability);
    for (std::size_t block = 0; this->Filter->KeepBlockProbabilities && block < this->Blocks;
         ++block)
    {
      data->AddArray(answer.blocks[block]);
    }
    data->AddArray(ordered);
    data->SetActiveScalars(apt::arrayName::OrderedProbability);
  }

  void describe(vtkPointSet* result, const Answer& answer) const
  {
    aptvtk::setField(result, aptvtk::fieldName::ModelFile, this->State.model.path);
    std::vector<std::string> rows{ "Model=" + this->Filter->Model, "Alloy=" + this->Model->alloy,
      "Threshold=" + apt::shortestNumber(this->Filter->Threshold),
      "BlockCount=" + std::to_string(this->Blocks),
      "LatticeParameter=" + apt::shortestNumber(this->State.latticeParameter),
      "Device=" + answer.device };
    for (const std::string& row : this->State.species)
    {
      rows.push_back("Species=" + row);
    }
    if (this->Model->moments.waveWindows > 0)
    {
      std::string normal = "LatticeNormal=";
      for (const double component : answer.latticeNormal)
      {
        normal += (normal.back() == '=' ? "" : " ") + apt::shortestNumber(component);
      }
      rows.push_back(normal);
    }
    aptvtk::setField(result, "Segmentation", rows);
    aptvtk::setField(result, aptvtk::fieldName::Version, std::string(ATOMPROBE_VERSION));
  }

  vtkAtomNetSegmentation* Filter;
  aptvtk::Ranks AllRanks;
  const apt::Model* Model = nullptr;
  apt::Model OfOtherSpecies; ///< the model, where Species says which ions count as its species
  apt::InferenceOptions Options;
  std::size_t Blocks = 0;
  RunState State;
};

vtkAtomNetSegmentation::vtkAtomNetSegmentation()
  : Kept(new Cache)
{
}

vtkAtomNetSegmentation::~vtkAtomNetSegmentation() = default;

void vtkAtomNetSegmentation::SetModel(const char* name)
{
  const std::string value = name ? name : "";
  if (value != this->Model)
  {
    this->Model = value;
    this->Modified();
  }
}

void vtkAtomNetSegmentation::SetModelFileName(const char* name)
{
  const std::string value = name ? name : "";
  if (value != this->ModelFileName)
  {
    this->ModelFileName = value;
    this->Modified();
  }
}

void vtkAtomNetSegmentation::AddSpecies(const char* text)
{
  this->Species.emplace_back(text ? text : "");
  this->Modified();
}

void vtkAtomNetSegmentation::ClearSpecies()
{
  if (!this->Species.empty())
  {
    this->Species.clear();
    this->Modified();
  }
}

std::string vtkAtomNetSegmentation::GetModelPath() const
{
  if (this->Model != Custom)
  {
    return apt::modelPath(apt::modelFolder(), this->Model);
  }
  if (this->ModelFileName.empty())
  {
    throw apt::Error("no model is chosen: Model is Custom, and ModelFileName is empty; choose a "
                     "model file (.safetensors)");
  }
  return this->ModelFileName;
}

vtkStringArray* vtkAtomNetSegmentation::GetModelNames()
{
  this->ModelNames->Initialize();
  for (const std::string& name : apt::modelNames(apt::modelFolder()))
  {
    this->ModelNames->InsertNextValue(name);
  }
  this->ModelNames->InsertNextValue(Custom);
  return this->ModelNames;
}

const char* vtkAtomNetSegmentation::GetModelInformation()
{
  this->ModelInformation.clear();
  try
  {
    this->ModelInformation = apt::describeModel(this->Kept->modelOf(stateOf(this->GetModelPath())));
  }
  catch (const apt::Error&)
  {
    // The next update says what is wrong, once.
  }
  return this->ModelInformation.c_str();
}

int vtkAtomNetSegmentation::FillInputPortInformation(int, vtkInformation* info)
{
  info->Set(vtkAlgorithm::INPUT_REQUIRED_DATA_TYPE(), "vtkPointSet");
  info->Append(vtkAlgorithm::INPUT_REQUIRED_DATA_TYPE(), "vtkCompositeDataSet");
  return 1;
}

int vtkAtomNetSegmentation::RequestData(
  vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector* outputVector)
{
  vtkDataObject* output = vtkDataObject::GetData(outputVector);
  this->BlocksRun = 0;
  const bool done = aptvtk::reportErrors(
    this, [&] { Run(this).segment(vtkDataObject::GetData(inputVector[0]), output); });
  if (!done)
  {
    output->Initialize();
  }
  return 1;
}

void vtkAtomNetSegmentation::PrintSelf(ostream& os, vtkIndent indent)
{
  this->Superclass::PrintSelf(os, indent);
  os << indent << "Model: " << this->Model << "\n"
     << indent << "ModelFileName: " << this->ModelFileName << "\n"
     << indent << "Species: " << this->Species.size() << " rows\n"
     << indent << "Threshold: " << this->Threshold << "\n"
     << indent << "BlockCount: " << this->BlockCount << "\n"
     << indent << "LatticeParameter: " << this->LatticeParameter << "\n"
     << indent << "Device: " << this->Device << "\n"
     << indent << "KeepBlockProbabilities: " << this->KeepBlockProbabilities << "\n";
}
