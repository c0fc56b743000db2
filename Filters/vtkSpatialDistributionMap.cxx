// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkSpatialDistributionMap.h"

#include "vtkGatheredIons.h"
#include "vtkIonAlgorithmSupport.h"
#include "vtkIonCloudToPolyData.h"
#include "vtkRanks.h"

#include "IonClasses.h"
#include "LatticePlaneSearch.h"
#include "SpatialDistributionMap.h"

#include "vtkDataArray.h"
#include "vtkDoubleArray.h"
#include "vtkImageData.h"
#include "vtkInformation.h"
#include "vtkInformationVector.h"
#include "vtkLogger.h"
#include "vtkObjectFactory.h"
#include "vtkPointData.h"
#include "vtkPointSet.h"
#include "vtkStreamingDemandDrivenPipeline.h"
#include "vtkStringArray.h"
#include "vtkTable.h"
#include "vtkTypeInt32Array.h"
#include "vtkTypeInt64Array.h"

#include <algorithm>
#include <cmath>

vtkStandardNewMacro(vtkSpatialDistributionMap);

namespace
{

constexpr const char* All = "All";
constexpr const char* ModeNames[] = { "Z", "XY", "XYZ" };
constexpr const char* NormNames[] = { "Counts", "PerCentreIon", "RelativeToMean",
  "RelativeToShuffled" };
constexpr const char* ClassNames[] = { "All", "Ordered", "Matrix" };

int typeOf(const std::vector<std::string>& names, const std::string& name, const char* property)
{
  if (name == All)
  {
    return apt::SpatialDistributionOptions::AllIons;
  }
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end())
  {
    return static_cast<int>(found - names.begin());
  }
  std::string allowed = All;
  for (const std::string& known : names)
  {
    allowed += ", " + known;
  }
  throw apt::ParameterError(property, "\"" + name + "\"",
    names.empty()
      ? "All, since the ions of the input have no names; name them with Ion Ranging first"
      : allowed);
}

std::string nameOf(const std::vector<std::string>& names, int type)
{
  if (type == apt::SpatialDistributionOptions::AllIons)
  {
    return All;
  }
  const auto index = static_cast<std::size_t>(type);
  return index < names.size() ? names[index] : std::to_string(type);
}

std::string nameOf(const std::vector<std::string>& names, const apt::PairCounts& pair)
{
  return nameOf(names, pair.centre) + "-" + nameOf(names, pair.neighbour);
}

vtkSmartPointer<vtkDoubleArray> newColumn(
  vtkTable* table, const char* name, const char* unit, std::size_t rows)
{
  auto column = vtkSmartPointer<vtkDoubleArray>::New();
  column->SetName(name);
  column->SetNumberOfValues(static_cast<vtkIdType>(rows));
  if (*unit)
  {
    column->GetInformation()->Set(vtkDataArray::UNITS_LABEL(), unit);
  }
  table->AddColumn(column);
  return column;
}

/** Counts as whole numbers, quotients as what they are. */
vtkSmartPointer<vtkDataArray> newValues(const apt::SpatialDistribution& map,
  const apt::PairCounts& pair, apt::SpatialDistributionNorm norm, const std::string& name)
{
  const auto size = static_cast<vtkIdType>(pair.counts.size());
  vtkSmartPointer<vtkDataArray> array;
  if (norm == apt::SpatialDistributionNorm::Counts)
  {
    auto counts = vtkSmartPointer<vtkTypeInt64Array>::New();
    counts->SetNumberOfValues(size);
    std::copy(pair.counts.begin(), pair.counts.end(), counts->GetPointer(0));
    array = counts;
  }
  else
  {
    const std::vector<double> quotients = apt::normalised(map, pair, norm);
    auto values = vtkSmartPointer<vtkDoubleArray>::New();
    values->SetNumberOfValues(size);
    std::copy(quotients.begin(), quotients.end(), values->GetPointer(0));
    array = values;
  }
  array->SetName(name.c_str());
  return array;
}

void fillProfile(vtkTable* table, const apt::SpatialDistribution& map,
  apt::SpatialDistributionNorm norm, const std::vector<std::string>& names)
{
  const auto centres = newColumn(table, "bin_extents", "nm", map.binsPerAxis());
  for (std::size_t bin = 0; bin < map.binsPerAxis(); ++bin)
  {
    centres->SetValue(static_cast<vtkIdType>(bin), map.centreOfBin(bin));
  }
  for (const apt::PairCounts& pair : map.pairs)
  {
    table->AddColumn(newValues(map, pair, norm, nameOf(names, pair)));
  }
}

void fillSpacings(
  vtkTable* table, const apt::SpatialDistribution& map, const std::vector<std::string>& names)
{
  const std::size_t rows = map.pairs.size();
  auto pairs = vtkSmartPointer<vtkStringArray>::New();
  pairs->SetName("Pair");
  pairs->SetNumberOfValues(static_cast<vtkIdType>(rows));
  table->AddColumn(pairs);
  const auto spacing = newColumn(table, "Spacing", "nm", rows);
  const auto spacingError = newColumn(table, "SpacingError", "nm", rows);
  const auto offset = newColumn(table, "Offset", "nm", rows);
  const auto offsetError = newColumn(table, "OffsetError", "nm", rows);
  const auto contrast = newColumn(table, "Contrast", "", rows);
  const auto chiSquare = newColumn(table, "ReducedChiSquare", "", rows);
  auto peaks = vtkSmartPointer<vtkTypeInt32Array>::New();
  peaks->SetName("Peaks");
  peaks->SetNumberOfValues(static_cast<vtkIdType>(rows));
  table->AddColumn(peaks);
  for (std::size_t i = 0; i < rows; ++i)
  {
    const apt::PairCounts& pair = map.pairs[i];
    const apt::PlaneSpacing planes =
      apt::planeSpacing(pair.counts, map.binWidth, pair.centre == pair.neighbour);
    const auto row = static_cast<vtkIdType>(i);
    pairs->SetValue(row, nameOf(names, pair));
    spacing->SetValue(row, planes.spacing);
    spacingError->SetValue(row, planes.spacingError);
    offset->SetValue(row, planes.offset);
    offsetError->SetValue(row, planes.offsetError);
    contrast->SetValue(row, planes.contrast);
    chiSquare->SetValue(row, planes.chiSquare);
    peaks->SetValue(row, planes.peaks);
  }
}

void fillPlanes(vtkTable* table, const std::vector<apt::LatticePlanes>& planes)
{
  const std::size_t rows = planes.size();
  const auto x = newColumn(table, "PoleX", "", rows);
  const auto y = newColumn(table, "PoleY", "", rows);
  const auto z = newColumn(table, "PoleZ", "", rows);
  const auto tilt = newColumn(table, "Tilt", "degrees", rows);
  const auto azimuth = newColumn(table, "Azimuth", "degrees", rows);
  const auto spacing = newColumn(table, "Spacing", "nm", rows);
  const auto contrast = newColumn(table, "Contrast", "", rows);
  for (std::size_t i = 0; i < rows; ++i)
  {
    const auto row = static_cast<vtkIdType>(i);
    x->SetValue(row, planes[i].pole[0]);
    y->SetValue(row, planes[i].pole[1]);
    z->SetValue(row, planes[i].pole[2]);
    const apt::PoleAngles angles = apt::anglesOf(planes[i].pole);
    tilt->SetValue(row, angles.tilt);
    azimuth->SetValue(row, angles.azimuth);
    spacing->SetValue(row, planes[i].spacing);
    contrast->SetValue(row, planes[i].contrast);
  }
}

void fillMap(
  vtkImageData* image, const apt::SpatialDistribution& map, apt::SpatialDistributionNorm norm)
{
  const int last = static_cast<int>(map.last);
  const bool flat = map.mode == apt::SpatialDistributionMode::XY;
  image->SetExtent(-last, last, -last, last, flat ? 0 : -last, flat ? 0 : last);
  image->SetOrigin(0, 0, 0);
  image->SetSpacing(map.binWidth, map.binWidth, map.binWidth);
  image->GetPointData()->SetScalars(
    newValues(map, map.pairs[0], norm, NormNames[static_cast<int>(norm)]));
}

/** The ions of all ranks, as the core takes them; on a single rank where they are. */
struct Ions
{
  apt::SpatialDistributionInput input;
  std::vector<std::string> names;
  apt::ArrayView classes;

  vtkSmartPointer<vtkDataArray> keptPositions;
  vtkSmartPointer<vtkDataArray> keptIon;
  std::vector<float> allPositions;
  std::vector<std::int16_t> allIon;
  std::vector<std::int32_t> allClasses;
};

} // namespace

vtkSpatialDistributionMap::vtkSpatialDistributionMap()
{
  this->SetNumberOfOutputPorts(4);
}

vtkSpatialDistributionMap::~vtkSpatialDistributionMap() = default;

vtkStringArray* vtkSpatialDistributionMap::GetKnownIons()
{
  return this->KnownIons;
}

int vtkSpatialDistributionMap::FillInputPortInformation(int, vtkInformation* info)
{
  info->Set(vtkAlgorithm::INPUT_REQUIRED_DATA_TYPE(), "vtkPointSet");
  return 1;
}

int vtkSpatialDistributionMap::FillOutputPortInformation(int port, vtkInformation* info)
{
  info->Set(vtkDataObject::DATA_TYPE_NAME(), port == 1 ? "vtkImageData" : "vtkTable");
  return 1;
}

int vtkSpatialDistributionMap::RequestDataObject(
  vtkInformation*, vtkInformationVector**, vtkInformationVector* outputVector)
{
  for (int port = 0; port < this->GetNumberOfOutputPorts(); ++port)
  {
    vtkInformation* info = outputVector->GetInformationObject(port);
    if (!info->Get(vtkDataObject::DATA_OBJECT()))
    {
      if (port == 1)
      {
        info->Set(vtkDataObject::DATA_OBJECT(), vtkNew<vtkImageData>());
      }
      else
      {
        info->Set(vtkDataObject::DATA_OBJECT(), vtkNew<vtkTable>());
      }
    }
  }
  return 1;
}

int vtkSpatialDistributionMap::RequestInformation(
  vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector* outputVector)
{
  this->KnownIons->Reset();
  this->KnownIons->InsertNextValue(All);
  if (vtkDataObject* input = vtkDataObject::GetData(inputVector[0]))
  {
    for (const std::string& name : aptvtk::ionNamesOf(input))
    {
      this->KnownIons->InsertNextValue(name);
    }
  }

  int extent[6] = { 0, -1, 0, -1, 0, -1 };
  // The other ranks have no map: with another extent, each would run again, alone, for its part of it.
  if (aptvtk::Ranks().isFirst() && (this->Mode == 1 || this->Mode == 2))
  {
    apt::SpatialDistributionOptions options;
    options.mode = static_cast<apt::SpatialDistributionMode>(this->Mode);
    options.maximumDistance = this->MaximumDistance;
    options.binWidth = this->BinWidth;
    try
    {
      const int last = static_cast<int>(apt::binsOnEitherSide(options));
      const int lastZ = this->Mode == 2 ? last : 0;
      const int whole[6] = { -last, last, -last, last, -lastZ, lastZ };
      std::copy(whole, whole + 6, extent);
    }
    catch (const apt::ParameterError&)
    {
      // RequestData meets the same error, and reports it.
    }
  }
  vtkInformation* info = outputVector->GetInformationObject(1);
  info->Set(vtkStreamingDemandDrivenPipeline::WHOLE_EXTENT(), extent, 6);
  const double spacing[3] = { this->BinWidth, this->BinWidth, this->BinWidth };
  info->Set(vtkDataObject::SPACING(), spacing, 3);
  const double origin[3] = { 0, 0, 0 };
  info->Set(vtkDataObject::ORIGIN(), origin, 3);
  return 1;
}

int vtkSpatialDistributionMap::RequestData(
  vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector* outputVector)
{
  vtkPointSet* input = vtkPointSet::GetData(inputVector[0]);
  const bool done = aptvtk::reportErrors(this,
    [&]
    {
      const aptvtk::Ranks ranks;
      apt::SpatialDistributionOptions options;
      Ions ions;
      std::vector<std::int32_t> classes;
      const float* positions = nullptr;
      const std::int16_t* ion = nullptr;
      const auto size = static_cast<std::size_t>(input->GetNumberOfPoints());
      const bool namesNeeded =
        this->AllPairs || this->CentreIon != All || this->NeighbourIon != All;
      ions.names = ranks.firstNames(aptvtk::ionNamesOf(input));
      const bool hasIon =
        ranks.least(size == 0 || input->GetPointData()->HasArray(apt::arrayName::Ion)) > 0;
      ranks.together(
        [&]
        {
          const auto allowed = [](const char* name, int value, int most)
          {
            if (value < 0 || value > most)
            {
              throw apt::ParameterError(
                name, std::to_string(value), "0 to " + std::to_string(most));
            }
          };
          allowed("Mode", this->Mode, 2);
          allowed("IonClass", this->IonClass, 2);
          allowed("Normalisation", this->Normalisation, 3);
          options.centre = typeOf(ions.names, this->CentreIon, "CentreIon");
          options.neighbour = typeOf(ions.names, this->NeighbourIon, "NeighbourIon");
          options.ionClass = static_cast<apt::IonClass>(this->IonClass);
          options.maximumDistance = this->MaximumDistance;
          options.lateralRadius = this->LateralRadius;
          options.depthRange = { this->DepthRange[0], this->DepthRange[1] };
          options.binWidth = this->BinWidth;
          options.maximumPairs = this->MaximumPairs;
          options.axis = { this->Axis[0], this->Axis[1], this->Axis[2] };
          ions.keptPositions = aptvtk::positionsOf(input, positions);
          if (hasIon || namesNeeded)
          {
            ions.keptIon = aptvtk::ionOf(input, ion);
          }
          if (options.ionClass != apt::IonClass::All)
          {
            const aptvtk::BorrowedIonCloud cloud(input);
            classes = aptvtk::classesOf(cloud.view(), this->ClassArray);
          }
        });

      ions.input.size = size;
      ions.input.positions = positions;
      ions.input.ion = ion;
      if (ranks.several())
      {
        const std::vector<std::size_t> counts = ranks.all(size);
        ions.allPositions = aptvtk::gathered(ranks, counts, positions, 3);
        if (hasIon)
        {
          ions.allIon = aptvtk::gathered(ranks, counts, ion);
        }
        if (options.ionClass != apt::IonClass::All)
        {
          classes = aptvtk::gathered(ranks, counts, classes.data());
        }
        if (!ranks.isFirst())
        {
          return;
        }
        ions.input.size = ions.allPositions.size() / 3;
        ions.input.positions = ions.allPositions.data();
        ions.input.ion = hasIon ? ions.allIon.data() : nullptr;
        vtkLogF(INFO, "Spatial Distribution Map: %zu ions of %d ranks gathered on the first",
          ions.input.size, ranks.count());
      }
      ions.classes = { { this->ClassArray, "", apt::ValueType::Int32, 1 }, classes.data() };
      ions.input.classes = options.ionClass == apt::IonClass::All ? nullptr : &ions.classes;

      const apt::Progress progress = aptvtk::progressOf(this);
      if (this->FindAxis)
      {
        apt::LatticePlaneOptions search;
        search.centre = options.centre;
        search.neighbour = options.neighbour;
        search.ionClass = options.ionClass;
        search.maximumDistance = std::max(this->MaximumDistance, search.spacingRange[1]);
        search.centreIons = static_cast<std::size_t>(std::max(this->SampleSize, 1));
        search.seed = static_cast<std::uint64_t>(this->Seed);
        const std::vector<apt::LatticePlanes> planes =
          apt::findLatticePlanes(ions.input, search, apt::subProgress(progress, 0, 0.4));
        if (planes.empty())
        {
          vtkWarningMacro("no lattice planes are seen in these ions: Axis is used as it is");
        }
        else
        {
          options.axis = planes.front().pole;
        }
        fillPlanes(vtkTable::GetData(outputVector, 3), planes);
      }

      const double begin = this->FindAxis ? 0.4 : 0;
      const double middle = this->Mode == 0 ? 1 : 0.5 * (begin + 1);
      const auto norm = static_cast<apt::SpatialDistributionNorm>(this->Normalisation);
      const bool withAll = norm == apt::SpatialDistributionNorm::RelativeToShuffled;
      options.mode = apt::SpatialDistributionMode::Z;
      options.allPairs = this->AllPairs;
      const apt::SpatialDistribution profile = apt::spatialDistributionMap(
        ions.input, options, withAll, apt::subProgress(progress, begin, middle));
      options.allPairs = false;
      vtkTable* table = vtkTable::GetData(outputVector, 0);
      vtkImageData* image = vtkImageData::GetData(outputVector, 1);
      if (this->Mode != 0)
      {
        options.mode = static_cast<apt::SpatialDistributionMode>(this->Mode);
        fillMap(image,
          apt::spatialDistributionMap(
            ions.input, options, withAll, apt::subProgress(progress, middle, 1)),
          norm);
      }
      fillProfile(table, profile, norm, ions.names);
      fillSpacings(vtkTable::GetData(outputVector, 2), profile, ions.names);

      for (vtkDataObject* object :
        { static_cast<vtkDataObject*>(table), static_cast<vtkDataObject*>(image) })
      {
        aptvtk::setField(object, "CentreIon", this->CentreIon);
        aptvtk::setField(object, "NeighbourIon", this->NeighbourIon);
        aptvtk::setField(object, "IonClass", std::string(ClassNames[this->IonClass]));
        if (this->IonClass != 0)
        {
          aptvtk::setField(object, "ClassArray", this->ClassArray);
        }
        aptvtk::setField(
          object, "Axis", std::vector<double>(options.axis.begin(), options.axis.end()));
        aptvtk::setField(object, "MaximumDistance", std::vector<double>{ this->MaximumDistance });
        if (object == table)
        {
          aptvtk::setField(object, "LateralRadius", std::vector<double>{ this->LateralRadius });
        }
        else
        {
          aptvtk::setField(object, "Mode", std::string(ModeNames[this->Mode]));
          aptvtk::setField(
            object, "DepthRange", std::vector<double>(this->DepthRange, this->DepthRange + 2));
        }
        aptvtk::setField(object, "BinWidth", std::vector<double>{ this->BinWidth });
        aptvtk::setField(object, "Normalisation", std::string(NormNames[this->Normalisation]));
      }
    });
  if (!done)
  {
    // An image of the announced extent, if without values: for a smaller one the executive would run
    // this again, and the same error would stand there twice.
    const int* const extent =
      outputVector->GetInformationObject(1)->Get(vtkStreamingDemandDrivenPipeline::WHOLE_EXTENT());
    vtkImageData::GetData(outputVector, 1)->SetExtent(const_cast<int*>(extent));
  }
  return 1;
}

void vtkSpatialDistributionMap::PrintSelf(ostream& os, vtkIndent indent)
{
  this->Superclass::PrintSelf(os, indent);
  os << indent << "CentreIon: " << this->CentreIon << "\n"
     << indent << "NeighbourIon: " << this->NeighbourIon << "\n"
     << indent << "AllPairs: " << this->AllPairs << "\n"
     << indent << "IonClass: " << this->IonClass << "\n"
     << indent << "ClassArray: " << this->ClassArray << "\n"
     << indent << "Axis: " << this->Axis[0] << " " << this->Axis[1] << " " << this->Axis[2] << "\n"
     << indent << "FindAxis: " << this->FindAxis << "\n"
     << indent << "SampleSize: " << this->SampleSize << "\n"
     << indent << "Seed: " << this->Seed << "\n"
     << indent << "Mode: " << this->Mode << "\n"
     << indent << "MaximumDistance: " << this->MaximumDistance << "\n"
     << indent << "LateralRadius: " << this->LateralRadius << "\n"
     << indent << "DepthRange: " << this->DepthRange[0] << " " << this->DepthRange[1] << "\n"
     << indent << "BinWidth: " << this->BinWidth << "\n"
     << indent << "Normalisation: " << this->Normalisation << "\n"
     << indent << "MaximumPairs: " << this->MaximumPairs << "\n";
}
