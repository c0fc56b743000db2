// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkIonDensityMap.h"

#include "vtkGatheredIons.h"
#include "vtkIonAlgorithmSupport.h"
#include "vtkIonCloudToPolyData.h"
#include "vtkIonImage.h"
#include "vtkIonSelection.h"
#include "vtkRanks.h"
#include "vtkSpecimens.h"

#include "IonDensityMap.h"

#include "vtkCompositeDataSet.h"
#include "vtkDataArray.h"
#include "vtkDoubleArray.h"
#include "vtkFieldData.h"
#include "vtkImageData.h"
#include "vtkInformation.h"
#include "vtkInformationVector.h"
#include "vtkLogger.h"
#include "vtkMultiBlockDataSet.h"
#include "vtkNew.h"
#include "vtkObjectFactory.h"
#include "vtkPointData.h"
#include "vtkPointSet.h"
#include "vtkStreamingDemandDrivenPipeline.h"

#include <algorithm>
#include <cstring>
#include <functional>

vtkStandardNewMacro(vtkIonDensityMap);

namespace
{

constexpr const char* ProjectionNames[] = { "X", "Y", "Z", "Axis", "Detector" };
constexpr const char* ClassNames[] = { "All", "Ordered", "Matrix" };
constexpr int Detector = 4;

/** Adds up on the first rank what each has counted. */
void sumOnFirst(const aptvtk::Ranks& ranks, std::vector<std::uint64_t>& counts)
{
  const std::vector<std::size_t> sizes(static_cast<std::size_t>(ranks.count()), counts.size());
  const std::vector<std::uint64_t> all = aptvtk::gathered(ranks, sizes, counts.data());
  if (ranks.isFirst())
  {
    for (std::size_t rank = 1; rank < sizes.size(); ++rank)
    {
      std::transform(counts.begin(), counts.end(),
        all.begin() + static_cast<std::ptrdiff_t>(rank * counts.size()), counts.begin(),
        std::plus<std::uint64_t>());
    }
  }
}

void add(apt::IonDensityCounts& sum, const apt::IonDensityCounts& counts)
{
  const auto add = [](std::vector<std::uint64_t>& to, const std::vector<std::uint64_t>& from)
  { std::transform(to.begin(), to.end(), from.begin(), to.begin(), std::plus<std::uint64_t>()); };
  add(sum.ions, counts.ions);
  add(sum.references, counts.references);
  add(sum.both, counts.both);
}

void addArray(
  vtkImageData* image, const char* name, const std::string& unit, const std::vector<double>& values)
{
  vtkNew<vtkDoubleArray> array;
  array->SetName(name);
  array->SetNumberOfValues(static_cast<vtkIdType>(values.size()));
  std::copy(values.begin(), values.end(), array->GetPointer(0));
  array->GetInformation()->Set(vtkDataArray::UNITS_LABEL(), unit.c_str());
  image->GetPointData()->AddArray(array);
}

void setExtent(const apt::IonDensityPlace& place, int* extent)
{
  for (std::size_t side = 0; side < 2; ++side)
  {
    extent[2 * side] = place.first[side];
    extent[2 * side + 1] = place.first[side] + static_cast<int>(place.pixels[side]) - 1;
  }
  extent[4] = extent[5] = 0;
}

} // namespace

/** The ions of this rank, as the core takes them, and where the map of all ranks lies. */
class vtkIonDensityMap::MappedIons
{
public:
  /** @throws what is wrong with the input or the properties, on all ranks */
  MappedIons(const vtkIonDensityMap& filter, const std::vector<vtkPointSet*>& pieces,
    const aptvtk::Ranks& ranks, const apt::Progress& progress)
  {
    std::vector<std::string> names;
    bool hasIon = true;
    for (vtkPointSet* piece : pieces)
    {
      names = names.empty() ? aptvtk::ionNamesOf(piece) : names;
      hasIon = hasIon &&
        (piece->GetNumberOfPoints() == 0 || piece->GetPointData()->HasArray(apt::arrayName::Ion));
    }
    names = ranks.firstNames(names);
    hasIon = ranks.least(hasIon) > 0;
    apt::IonDensityBounds bounds;
    ranks.together(
      [&]
      {
        this->Classes.resize(pieces.size());
        for (std::size_t i = 0; i < pieces.size(); ++i)
        {
          this->take(filter, pieces[i], hasIon, this->Classes[i]);
        }
        this->takeOptions(filter, names);
        for (const apt::IonDensityInput& input : this->inputs)
        {
          bounds.add(apt::ionDensityBounds(input, this->options, progress));
        }
      });

    std::vector<apt::IonDensityPlace> places(static_cast<std::size_t>(ranks.count()));
    std::vector<apt::IonDensityBounds> all{ bounds };
    if (ranks.several())
    {
      all.resize(places.size());
      ranks.gather(&bounds, std::vector<std::size_t>(all.size(), sizeof(bounds)), all.data());
    }
    ranks.together(
      [&]
      {
        if (ranks.isFirst())
        {
          apt::IonDensityBounds whole;
          for (const apt::IonDensityBounds& part : all)
          {
            whole.add(part);
          }
          std::fill(places.begin(), places.end(), apt::ionDensityPlace(whole, this->options));
        }
      });
    this->place = places.front();
    if (ranks.several())
    {
      ranks.scatter(places.data(),
        std::vector<std::size_t>(places.size(), sizeof(apt::IonDensityPlace)), &this->place);
    }
  }

  std::vector<apt::IonDensityInput> inputs;
  apt::IonDensityMapOptions options;
  apt::IonDensityPlace place;

private:
  void takeOptions(const vtkIonDensityMap& filter, const std::vector<std::string>& names)
  {
    const auto allowed = [](const char* name, int value, int most)
    {
      if (value < 0 || value > most)
      {
        throw apt::ParameterError(name, std::to_string(value), "0 to " + std::to_string(most));
      }
    };
    allowed("Projection", filter.Projection, Detector);
    allowed("IonClass", filter.IonClass, 2);
    allowed("ReferenceClass", filter.ReferenceClass, 2);
    this->options.projection = static_cast<apt::IonDensityProjection>(filter.Projection);
    std::copy(filter.Axis, filter.Axis + 3, this->options.axis.begin());
    this->options.limitDepth = filter.LimitDepth;
    std::copy(filter.DepthRange, filter.DepthRange + 2, this->options.depthRange.begin());
    this->options.ions.types = aptvtk::selectedTypes("Ions", filter.Ions, names);
    this->options.ions.ionClass = static_cast<apt::IonClass>(filter.IonClass);
    this->options.references.types =
      aptvtk::selectedTypes("ReferenceIons", filter.ReferenceIons, names);
    this->options.references.ionClass = static_cast<apt::IonClass>(filter.ReferenceClass);
    this->options.pixelSize = filter.PixelSize;
    this->options.smoothing = filter.Smoothing;
    this->options.minimumCount = filter.MinimumCount;
  }

  void take(const vtkIonDensityMap& filter, vtkPointSet* ions, bool hasIon,
    std::vector<std::int32_t>& classes)
  {
    apt::IonDensityInput input;
    input.size = static_cast<std::size_t>(ions->GetNumberOfPoints());
    this->Kept.push_back(aptvtk::positionsOf(ions, input.positions));
    if (hasIon || !filter.Ions.empty() || !filter.ReferenceIons.empty())
    {
      this->Kept.push_back(aptvtk::ionOf(ions, input.ion));
    }
    if (filter.IonClass != 0 || filter.ReferenceClass != 0)
    {
      const aptvtk::BorrowedIonCloud cloud(ions);
      classes = aptvtk::classesOf(cloud.view(), filter.ClassArray);
      input.classes = classes.data();
    }
    if (filter.Projection == Detector)
    {
      input.detectorX = this->detectorOf(ions, apt::arrayName::DetectorX);
      input.detectorY = this->detectorOf(ions, apt::arrayName::DetectorY);
    }
    this->inputs.push_back(input);
  }

  const float* detectorOf(vtkPointSet* ions, const char* name)
  {
    this->Kept.push_back(aptvtk::pointArray(ions, name, VTK_FLOAT,
      "it is in .epos files and in most .apt files; choose another Projection"));
    vtkDataArray* const array = this->Kept.back();
    return array ? static_cast<const float*>(array->GetVoidPointer(0)) : nullptr;
  }

  std::vector<vtkSmartPointer<vtkDataArray>> Kept;
  std::vector<std::vector<std::int32_t>> Classes;
};

vtkIonDensityMap::vtkIonDensityMap() = default;
vtkIonDensityMap::~vtkIonDensityMap() = default;

void vtkIonDensityMap::AddIon(const char* name)
{
  if (name && *name)
  {
    this->Ions.emplace_back(name);
    this->Modified();
  }
}

void vtkIonDensityMap::ClearIons()
{
  this->Ions.clear();
  this->Modified();
}

void vtkIonDensityMap::AddReferenceIon(const char* name)
{
  if (name && *name)
  {
    this->ReferenceIons.emplace_back(name);
    this->Modified();
  }
}

void vtkIonDensityMap::ClearReferenceIons()
{
  this->ReferenceIons.clear();
  this->Modified();
}

int vtkIonDensityMap::FillInputPortInformation(int, vtkInformation* info)
{
  info->Set(vtkAlgorithm::INPUT_REQUIRED_DATA_TYPE(), "vtkPointSet");
  // Taken whole, since ranks need not have the same blocks.
  info->Append(vtkAlgorithm::INPUT_REQUIRED_DATA_TYPE(), "vtkDataObjectTree");
  return 1;
}

int vtkIonDensityMap::FillOutputPortInformation(int, vtkInformation* info)
{
  info->Set(vtkDataObject::DATA_TYPE_NAME(), "vtkDataObject");
  return 1;
}

int vtkIonDensityMap::RequestDataObject(
  vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector* outputVector)
{
  aptvtk::makeImageOutput(inputVector[0], outputVector);
  return 1;
}

int vtkIonDensityMap::RequestInformation(
  vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector* outputVector)
{
  aptvtk::updateInput(this);
  vtkDataObject* input = vtkDataObject::GetData(inputVector[0]);
  if (!input || aptvtk::hasBlocks(input))
  {
    return 1; // Blocks need no announcement.
  }
  std::vector<aptvtk::InputSpecimen> specimens;
  aptvtk::addSpecimens(input, specimens);
  int extent[6] = { 0, -1, 0, -1, 0, -1 };
  double size = 1;
  try
  {
    const aptvtk::Ranks ranks;
    const MappedIons ions(*this, specimens.front().pieces, ranks, {});
    // The other ranks have no map: with another extent, each would run again, alone, for its part.
    if (ranks.isFirst())
    {
      setExtent(ions.place, extent);
      size = ions.place.pixelSize;
    }
  }
  catch (const std::exception&)
  {
    // RequestData meets the same error, and reports it.
  }
  vtkInformation* info = outputVector->GetInformationObject(0);
  info->Set(vtkStreamingDemandDrivenPipeline::WHOLE_EXTENT(), extent, 6);
  const double spacing[3] = { size, size, size };
  info->Set(vtkDataObject::SPACING(), spacing, 3);
  const double origin[3] = { 0.5 * size, 0.5 * size, 0 };
  info->Set(vtkDataObject::ORIGIN(), origin, 3);
  return 1;
}

int vtkIonDensityMap::RequestData(
  vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector* outputVector)
{
  std::vector<aptvtk::InputSpecimen> specimens;
  aptvtk::addSpecimens(vtkDataObject::GetData(inputVector[0]), specimens);
  aptvtk::reportErrors(this,
    [&]
    {
      vtkMultiBlockDataSet* blocks = vtkMultiBlockDataSet::GetData(outputVector);
      for (const aptvtk::InputSpecimen& specimen : specimens)
      {
        vtkSmartPointer<vtkImageData> image = vtkImageData::GetData(outputVector);
        if (blocks)
        {
          image = vtkSmartPointer<vtkImageData>::New();
          const unsigned int block = blocks->GetNumberOfBlocks();
          blocks->SetBlock(block, image);
          blocks->GetMetaData(block)->Set(vtkCompositeDataSet::NAME(), specimen.name.c_str());
        }
        this->fill(image, specimen.pieces);
      }
    });
  return 1;
}

void vtkIonDensityMap::fill(vtkImageData* output, const std::vector<vtkPointSet*>& pieces)
{
  const aptvtk::Ranks ranks;
  const apt::Progress progress =
    ranks.several() ? apt::Progress() : aptvtk::progressOf(this); // no rank may leave alone
  const MappedIons ions(*this, pieces, ranks, apt::subProgress(progress, 0, 0.4));
  apt::IonDensityCounts counts;
  ranks.together(
    [&]
    {
      counts = apt::ionDensityCounts({}, ions.options, ions.place);
      for (const apt::IonDensityInput& input : ions.inputs)
      {
        add(counts,
          apt::ionDensityCounts(
            input, ions.options, ions.place, apt::subProgress(progress, 0.4, 0.9)));
      }
    });
  if (ranks.several())
  {
    sumOnFirst(ranks, counts.ions);
    sumOnFirst(ranks, counts.references);
    sumOnFirst(ranks, counts.both);
    if (!ranks.isFirst())
    {
      return;
    }
    vtkLogF(INFO, "Ion Density Map: counts of %d ranks added on the first", ranks.count());
  }
  const apt::IonDensityMap map = apt::ionDensityMap(counts, ions.place, ions.options);

  int extent[6];
  setExtent(map, extent);
  output->SetExtent(extent);
  output->SetSpacing(map.pixelSize, map.pixelSize, map.pixelSize);
  // Points are in the middle of pixels.
  output->SetOrigin(0.5 * map.pixelSize, 0.5 * map.pixelSize, 0);
  const std::string perArea = this->Projection == Detector ? "1/mm2" : "1/nm2";
  addArray(output, "IonDensity", perArea, map.density);
  addArray(output, "IonDensityError", perArea, map.densityError);
  addArray(output, "IonRatio", "", map.ratio);
  addArray(output, "IonRatioError", "", map.ratioError);
  addArray(output, "Count", "ions", map.count);
  addArray(output, "ReferenceCount", "ions", map.referenceCount);
  const bool same = this->Ions == this->ReferenceIons && this->IonClass == this->ReferenceClass;
  output->GetPointData()->SetActiveScalars(same ? "IonDensity" : "IonRatio");

  if (!pieces.empty())
  {
    output->GetFieldData()->ShallowCopy(pieces.front()->GetFieldData());
  }
  aptvtk::setField(output, "Projection", std::string(ProjectionNames[this->Projection]));
  if (ions.options.projection == apt::IonDensityProjection::Axis)
  {
    aptvtk::setField(output, "Axis", std::vector<double>(this->Axis, this->Axis + 3));
  }
  if (this->LimitDepth)
  {
    aptvtk::setField(
      output, "DepthRange", std::vector<double>(this->DepthRange, this->DepthRange + 2));
  }
  aptvtk::setField(output, "Ions", this->Ions);
  aptvtk::setField(output, "IonClass", std::string(ClassNames[this->IonClass]));
  aptvtk::setField(output, "ReferenceIons", this->ReferenceIons);
  aptvtk::setField(output, "ReferenceClass", std::string(ClassNames[this->ReferenceClass]));
  if (this->IonClass != 0 || this->ReferenceClass != 0)
  {
    aptvtk::setField(output, "ClassArray", this->ClassArray);
  }
  aptvtk::setField(output, "PixelSize", std::vector<double>{ map.pixelSize });
  aptvtk::setField(output, "Smoothing", std::vector<double>{ this->Smoothing });
  aptvtk::setField(output, "MinimumCount", std::vector<double>{ this->MinimumCount });
}

void vtkIonDensityMap::PrintSelf(ostream& os, vtkIndent indent)
{
  this->Superclass::PrintSelf(os, indent);
  os << indent << "Projection: " << this->Projection << "\n"
     << indent << "Axis: " << this->Axis[0] << " " << this->Axis[1] << " " << this->Axis[2] << "\n"
     << indent << "LimitDepth: " << this->LimitDepth << "\n"
     << indent << "DepthRange: " << this->DepthRange[0] << " " << this->DepthRange[1] << "\n"
     << indent << "Ions: " << aptvtk::joined(this->Ions) << "\n"
     << indent << "IonClass: " << this->IonClass << "\n"
     << indent << "ReferenceIons: " << aptvtk::joined(this->ReferenceIons) << "\n"
     << indent << "ReferenceClass: " << this->ReferenceClass << "\n"
     << indent << "ClassArray: " << this->ClassArray << "\n"
     << indent << "PixelSize: " << this->PixelSize << "\n"
     << indent << "Smoothing: " << this->Smoothing << "\n"
     << indent << "MinimumCount: " << this->MinimumCount << "\n";
}
