// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkSyntheticSpecimenSource.h"

#include "vtkIonAlgorithmSupport.h"
#include "vtkIonCloudToPolyData.h"

#include "SpecimenPreset.h"
#include "SyntheticSpecimen.h"

#include "vtkCompositeDataSet.h"
#include "vtkInformation.h"
#include "vtkInformationVector.h"
#include "vtkMath.h"
#include "vtkMultiBlockDataSet.h"
#include "vtkObjectFactory.h"
#include "vtkPointData.h"
#include "vtkPoints.h"
#include "vtkPolyData.h"
#include "vtkStreamingDemandDrivenPipeline.h"
#include "vtkStringArray.h"

#include <algorithm>
#include <cmath>
#include <limits>

vtkStandardNewMacro(vtkSyntheticSpecimenSource);

namespace
{

template <typename Enum>
Enum enumOf(const char* property, int value, int last)
{
  if (value < 0 || value > last)
  {
    throw apt::ParameterError(property, std::to_string(value), "0 to " + std::to_string(last));
  }
  return static_cast<Enum>(value);
}

/** Rounded to what a person would write: 3 degrees made radians and back are 3.0000000000000004. */
double degreesOf(double radians)
{
  return std::round(vtkMath::DegreesFromRadians(radians) * 1e9) / 1e9;
}

/** "Training 3" and so on: the last specimens are for the test, those before them for validation. */
std::string blockName(int specimen, int specimens, double validation, double test)
{
  if (validation == 0 && test == 0)
  {
    return "Specimen " + std::to_string(specimen + 1);
  }
  const int testCount = static_cast<int>(std::lround(test * specimens));
  const int validationCount = static_cast<int>(std::lround(validation * specimens));
  const int trainingCount = std::max(0, specimens - validationCount - testCount);
  if (specimen < trainingCount)
  {
    return "Training " + std::to_string(specimen + 1);
  }
  if (specimen < specimens - testCount)
  {
    return "Validation " + std::to_string(specimen - trainingCount + 1);
  }
  return "Test " + std::to_string(specimen - (specimens - testCount) + 1);
}

/** One part of one specimen. */
void makeIons(const apt::SyntheticSpecimen& specimen, std::uint32_t part, std::uint32_t parts,
  vtkPolyData* output, const apt::Progress& progress)
{
  const std::uint64_t count = specimen.count(part, parts, apt::subProgress(progress, 0, 0.3));
  const auto size = static_cast<vtkIdType>(count);
  const vtkSmartPointer<vtkPoints> points = aptvtk::newPoints(size);
  apt::SyntheticSpecimen::Destination destination;
  destination.positions = static_cast<float*>(points->GetVoidPointer(0));
  const auto addArray = [&](const char* name, const char* unit, apt::ValueType type)
  {
    const vtkSmartPointer<vtkDataArray> array = aptvtk::newArray({ name, unit, type, 1 }, size);
    output->GetPointData()->AddArray(array);
    return array->GetVoidPointer(0);
  };
  destination.massToCharge =
    static_cast<float*>(addArray(apt::arrayName::MassToCharge, "Da", apt::ValueType::Float32));
  destination.ion =
    static_cast<std::int16_t*>(addArray(apt::arrayName::Ion, "", apt::ValueType::Int16));
  destination.phase =
    static_cast<std::int8_t*>(addArray(apt::arrayName::Phase, "", apt::ValueType::Int8));
  destination.domain =
    static_cast<std::int32_t*>(addArray(apt::arrayName::Domain, "", apt::ValueType::Int32));
  specimen.fill(part, parts, destination, apt::subProgress(progress, 0.3, 1));
  aptvtk::setIons(output, points);
  output->GetPointData()->SetActiveScalars(apt::arrayName::Ion);
}

} // namespace

vtkSyntheticSpecimenSource::vtkSyntheticSpecimenSource()
{
  this->SetNumberOfInputPorts(0);
  this->UsePreset(0);
}

vtkSyntheticSpecimenSource::~vtkSyntheticSpecimenSource() = default;

void vtkSyntheticSpecimenSource::UsePreset(int preset)
{
  const std::vector<apt::SpecimenPreset>& presets = apt::specimenPresets();
  if (preset < 0 || static_cast<std::size_t>(preset) >= presets.size())
  {
    vtkErrorMacro("preset is " << preset << "; allowed is 0 to " << presets.size() - 1);
    return;
  }
  this->SetOptions(presets[static_cast<std::size_t>(preset)].options);
  this->SetPreset(preset);
}

void vtkSyntheticSpecimenSource::SetOptions(const apt::SyntheticSpecimenOptions& options)
{
  const auto sublattice = [&](std::size_t i)
  {
    return i < options.sublattices.size() ? apt::formatComposition(options.sublattices[i])
                                          : std::string();
  };
  this->Lattice = static_cast<int>(options.lattice);
  this->LatticeParameter = options.latticeParameter;
  this->AxialRatio = options.axialRatio;
  this->MatrixComposition = apt::formatComposition(options.matrix);
  this->Structure = static_cast<int>(options.structure);
  this->SublatticeA = sublattice(0);
  this->SublatticeB = sublattice(1);
  this->SublatticeC = sublattice(2);
  this->DomainFraction = options.domainFraction;
  this->DomainShape = static_cast<int>(options.domainShape);
  this->DomainRadiusRange[0] = options.domainRadius.lower;
  this->DomainRadiusRange[1] = options.domainRadius.upper;
  this->AspectRatio = options.aspectRatio;
  this->DomainVariants = static_cast<int>(options.domainVariants);
  this->PlanarFault = static_cast<int>(options.fault);
  this->FaultCount = options.faultCount;
  this->FaultSpacing = options.faultSpacing;
  this->FaultWidth = options.faultWidth;
  this->Shape = static_cast<int>(options.shape);
  this->EdgeLength = options.edgeLength;
  this->Height = options.height;
  this->ShankAngle = degreesOf(options.shankAngle);
  this->Orientation = static_cast<int>(options.orientation);
  this->RotationX = degreesOf(options.rotationHalfRange[0]);
  this->RotationY = degreesOf(options.rotationHalfRange[1]);
  this->RotationZ = degreesOf(options.rotationHalfRange[2]);
  this->NoiseModel = static_cast<int>(options.noiseModel);
  this->LateralNoiseRange[0] = options.lateralNoise.lower;
  this->LateralNoiseRange[1] = options.lateralNoise.upper;
  this->DepthNoiseRange[0] = options.depthNoise.lower;
  this->DepthNoiseRange[1] = options.depthNoise.upper;
  this->NoiseGrowth = options.noiseGrowth;
  this->DetectionEfficiencyRange[0] = options.detectionEfficiency.lower;
  this->DetectionEfficiencyRange[1] = options.detectionEfficiency.upper;
  this->LocalMagnification = options.localMagnification;
  this->MassResolvingPower = options.massResolvingPower;
  this->Seed = static_cast<int>(options.seed);
  this->Modified();
}

apt::SyntheticSpecimenOptions vtkSyntheticSpecimenSource::GetOptions() const
{
  apt::SyntheticSpecimenOptions options;
  options.lattice = enumOf<apt::LatticeType>("Lattice", this->Lattice, 2);
  options.latticeParameter = this->LatticeParameter;
  options.axialRatio = this->AxialRatio;
  options.matrix = apt::parseComposition(this->MatrixComposition, "MatrixComposition");
  options.structure = enumOf<apt::OrderedStructure>("Structure", this->Structure, 4);
  options.sublattices.clear();
  const std::pair<const char*, const std::string*> sublattices[] = { { "SublatticeA",
                                                                       &this->SublatticeA },
    { "SublatticeB", &this->SublatticeB }, { "SublatticeC", &this->SublatticeC } };
  for (std::size_t i = 0; i < apt::sublattices(options.structure).size(); ++i)
  {
    options.sublattices.push_back(
      apt::parseComposition(*sublattices[i].second, sublattices[i].first));
  }
  options.domainFraction = this->DomainFraction;
  options.domainShape = enumOf<apt::DomainShape>("DomainShape", this->DomainShape, 2);
  options.domainRadius = { this->DomainRadiusRange[0], this->DomainRadiusRange[1] };
  options.aspectRatio = this->AspectRatio;
  options.domainVariants = enumOf<apt::DomainVariants>("DomainVariants", this->DomainVariants, 2);
  options.fault = enumOf<apt::PlanarFault>("PlanarFault", this->PlanarFault, 3);
  options.faultCount = this->FaultCount;
  options.faultSpacing = this->FaultSpacing;
  options.faultWidth = this->FaultWidth;
  options.shape = enumOf<apt::SpecimenShape>("Shape", this->Shape, 2);
  options.edgeLength = this->EdgeLength;
  options.height = this->Height;
  options.shankAngle = vtkMath::RadiansFromDegrees(this->ShankAngle);
  options.orientation = enumOf<apt::Orientation>("Orientation", this->Orientation, 1);
  options.rotationHalfRange = { vtkMath::RadiansFromDegrees(this->RotationX),
    vtkMath::RadiansFromDegrees(this->RotationY), vtkMath::RadiansFromDegrees(this->RotationZ) };
  options.noiseModel = enumOf<apt::NoiseModel>("NoiseModel", this->NoiseModel, 2);
  options.lateralNoise = { this->LateralNoiseRange[0], this->LateralNoiseRange[1] };
  options.depthNoise = { this->DepthNoiseRange[0], this->DepthNoiseRange[1] };
  options.noiseGrowth = this->NoiseGrowth;
  options.detectionEfficiency = { this->DetectionEfficiencyRange[0],
    this->DetectionEfficiencyRange[1] };
  options.localMagnification = this->LocalMagnification;
  options.massResolvingPower = this->MassResolvingPower;
  options.seed = static_cast<std::uint64_t>(static_cast<std::int64_t>(this->Seed));
  return options;
}

std::vector<std::string> vtkSyntheticSpecimenSource::GetRecipe() const
{
  std::vector<std::string> recipe;
  const auto text = [&](const char* name, const std::string& value)
  { recipe.push_back(std::string(name) + "=" + value); };
  const auto number = [&](const char* name, double value)
  { text(name, apt::shortestNumber(value)); };
  const auto range = [&](const char* name, const double(&values)[2])
  { text(name, apt::shortestNumber(values[0]) + " " + apt::shortestNumber(values[1])); };
  number("Shape", this->Shape);
  number("EdgeLength", this->EdgeLength);
  number("Height", this->Height);
  number("ShankAngle", this->ShankAngle);
  number("Lattice", this->Lattice);
  number("LatticeParameter", this->LatticeParameter);
  number("AxialRatio", this->AxialRatio);
  text("MatrixComposition", this->MatrixComposition);
  number("Structure", this->Structure);
  text("SublatticeA", this->SublatticeA);
  text("SublatticeB", this->SublatticeB);
  text("SublatticeC", this->SublatticeC);
  number("DomainFraction", this->DomainFraction);
  range("DomainRadiusRange", this->DomainRadiusRange);
  number("DomainShape", this->DomainShape);
  number("AspectRatio", this->AspectRatio);
  number("DomainVariants", this->DomainVariants);
  number("PlanarFault", this->PlanarFault);
  number("FaultCount", this->FaultCount);
  number("FaultSpacing", this->FaultSpacing);
  number("FaultWidth", this->FaultWidth);
  number("Orientation", this->Orientation);
  number("RotationX", this->RotationX);
  number("RotationY", this->RotationY);
  number("RotationZ", this->RotationZ);
  range("DetectionEfficiencyRange", this->DetectionEfficiencyRange);
  number("NoiseModel", this->NoiseModel);
  range("LateralNoiseRange", this->LateralNoiseRange);
  range("DepthNoiseRange", this->DepthNoiseRange);
  number("NoiseGrowth", this->NoiseGrowth);
  number("LocalMagnification", this->LocalMagnification);
  number("MassResolvingPower", this->MassResolvingPower);
  number("Seed", this->Seed);
  return recipe;
}

vtkStringArray* vtkSyntheticSpecimenSource::GetIonLegend()
{
  return this->IonLegend;
}

int vtkSyntheticSpecimenSource::RequestDataObject(
  vtkInformation*, vtkInformationVector**, vtkInformationVector* outputVector)
{
  vtkInformation* info = outputVector->GetInformationObject(0);
  const bool several = this->NumberOfSpecimens > 1;
  vtkDataObject* output = vtkDataObject::GetData(info);
  if (!output || output->IsA("vtkMultiBlockDataSet") != several)
  {
    vtkSmartPointer<vtkDataObject> made;
    if (several)
    {
      made = vtkSmartPointer<vtkMultiBlockDataSet>::New();
    }
    else
    {
      made = vtkSmartPointer<vtkPolyData>::New();
    }
    info->Set(vtkDataObject::DATA_OBJECT(), made);
  }
  return 1;
}

int vtkSyntheticSpecimenSource::RequestInformation(
  vtkInformation*, vtkInformationVector**, vtkInformationVector* outputVector)
{
  outputVector->GetInformationObject(0)->Set(CAN_HANDLE_PIECE_REQUEST(), 1);
  return 1;
}

int vtkSyntheticSpecimenSource::RequestData(
  vtkInformation*, vtkInformationVector**, vtkInformationVector* outputVector)
{
  aptvtk::reportErrors(this,
    [&]
    {
      if (this->NumberOfSpecimens < 1)
      {
        throw apt::ParameterError(
          "NumberOfSpecimens", std::to_string(this->NumberOfSpecimens), "1 or more");
      }
      const double split[] = { this->ValidationFraction, this->TestFraction };
      if (!(split[0] >= 0 && split[1] >= 0 && split[0] + split[1] < 1))
      {
        throw apt::ParameterError("ValidationFraction + TestFraction",
          std::to_string(split[0]) + " + " + std::to_string(split[1]),
          "two shares from 0 that leave something for training");
      }
      const apt::SyntheticSpecimenOptions options = this->GetOptions();
      vtkInformation* info = outputVector->GetInformationObject(0);
      const auto requested = [&](vtkInformationIntegerKey* key, int otherwise)
      { return static_cast<std::uint32_t>(info->Has(key) ? info->Get(key) : otherwise); };
      const std::uint32_t part =
        requested(vtkStreamingDemandDrivenPipeline::UPDATE_PIECE_NUMBER(), 0);
      const std::uint32_t parts =
        requested(vtkStreamingDemandDrivenPipeline::UPDATE_NUMBER_OF_PIECES(), 1);
      const apt::Progress progress = aptvtk::progressOf(this);

      const int specimens = this->NumberOfSpecimens;
      std::vector<vtkSmartPointer<vtkPolyData>> clouds;
      for (int i = 0; i < specimens; ++i)
      {
        const apt::Progress own = apt::subProgress(
          progress, static_cast<double>(i) / specimens, static_cast<double>(i + 1) / specimens);
        const apt::SyntheticSpecimen specimen(
          options, static_cast<std::uint32_t>(i), apt::subProgress(own, 0, 0.1));
        auto cloud = vtkSmartPointer<vtkPolyData>::New();
        makeIons(specimen, part, parts, cloud, apt::subProgress(own, 0.1, 1));
        const apt::RangeTable table(specimen.ranges());
        aptvtk::setRanges(cloud, table, false);
        this->DescribeSpecimen(cloud, specimen, i);
        clouds.push_back(cloud);
        if (i == 0)
        {
          aptvtk::fillLegend(this->IonLegend, table);
        }
      }
      if (specimens == 1)
      {
        vtkPolyData::GetData(info)->ShallowCopy(clouds[0]);
        return;
      }
      vtkMultiBlockDataSet* output = vtkMultiBlockDataSet::GetData(info);
      output->SetNumberOfBlocks(static_cast<unsigned int>(specimens));
      for (int i = 0; i < specimens; ++i)
      {
        const auto block = static_cast<unsigned int>(i);
        output->SetBlock(block, clouds[block]);
        output->GetMetaData(block)->Set(
          vtkCompositeDataSet::NAME(), blockName(i, specimens, split[0], split[1]).c_str());
      }
    });
  return 1;
}

void vtkSyntheticSpecimenSource::DescribeSpecimen(
  vtkPolyData* cloud, const apt::SyntheticSpecimen& specimen, int number) const
{
  aptvtk::setField(cloud, aptvtk::fieldName::SourceFile, std::string("Synthetic Specimen"));
  aptvtk::setField(cloud, aptvtk::fieldName::Version, std::string(ATOMPROBE_VERSION));
  aptvtk::setField(cloud, "Seed", static_cast<long long>(this->Seed));
  aptvtk::setField(cloud, "Specimen", static_cast<long long>(number));
  aptvtk::setField(cloud, "Recipe", this->GetRecipe());
  // What this specimen drew from the ranges.
  const apt::SyntheticSpecimen::Draw& draw = specimen.draw();
  const auto number1 = [&](const char* name, double value)
  { aptvtk::setField(cloud, name, std::vector<double>{ value }); };
  number1("LateralNoise", draw.lateralNoise);
  number1("DepthNoise", draw.depthNoise);
  number1("DetectionEfficiency", draw.detectionEfficiency);
  std::vector<double> rotation;
  for (const std::array<double, 3>& row : draw.rotation)
  {
    rotation.insert(rotation.end(), row.begin(), row.end());
  }
  aptvtk::setField(cloud, "Rotation", rotation);
  std::vector<double> radii;
  std::vector<double> depths;
  for (const apt::Domain& domain : specimen.domains())
  {
    radii.push_back(domain.radius);
    depths.push_back(specimen.depth(domain));
  }
  aptvtk::setField(cloud, aptvtk::fieldName::DomainRadius, radii);
  aptvtk::setField(cloud, aptvtk::fieldName::DomainDepth, depths);
}

void vtkSyntheticSpecimenSource::PrintSelf(ostream& os, vtkIndent indent)
{
  this->Superclass::PrintSelf(os, indent);
  os << indent << "Preset: " << this->Preset << "\n"
     << indent << "NumberOfSpecimens: " << this->NumberOfSpecimens << "\n"
     << indent << "EdgeLength: " << this->EdgeLength << "\n"
     << indent << "Seed: " << this->Seed << "\n";
}
