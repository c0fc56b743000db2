// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkCompositionGrid.h"

#include "vtkCompositionIons.h"
#include "vtkIonAlgorithmSupport.h"
#include "vtkIonCloudToPolyData.h"
#include "vtkIonImage.h"
#include "vtkRanks.h"
#include "vtkSpecimens.h"

#include "CompositionGrid.h"

#include "vtkCompositeDataSet.h"
#include "vtkFieldData.h"
#include "vtkFloatArray.h"
#include "vtkImageData.h"
#include "vtkInformation.h"
#include "vtkInformationVector.h"
#include "vtkMultiBlockDataSet.h"
#include "vtkObjectFactory.h"
#include "vtkPointData.h"
#include "vtkPointSet.h"
#include "vtkStreamingDemandDrivenPipeline.h"

#include <algorithm>

vtkStandardNewMacro(vtkCompositionGrid);

namespace
{

/** Hands the values over to VTK, without a copy. */
void addArray(vtkImageData* image, const std::string& name, const char* unit,
  std::unique_ptr<float[]> values, std::size_t size)
{
  vtkNew<vtkFloatArray> array;
  array->SetName(name.c_str());
  array->SetArray(
    values.release(), static_cast<vtkIdType>(size), 0, vtkAbstractArray::VTK_DATA_ARRAY_DELETE);
  array->GetInformation()->Set(vtkDataArray::UNITS_LABEL(), unit);
  image->GetPointData()->AddArray(array);
}

void setExtent(const apt::CompositionGridPlace& place, int* extent)
{
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    extent[2 * axis] = place.first[axis];
    extent[2 * axis + 1] = place.first[axis] + static_cast<int>(place.voxels[axis]) - 1;
  }
}

} // namespace

vtkCompositionGrid::vtkCompositionGrid() = default;
vtkCompositionGrid::~vtkCompositionGrid() = default;

void vtkCompositionGrid::AddIon(const char* name)
{
  if (name && *name)
  {
    this->Ions.emplace_back(name);
    this->Modified();
  }
}

void vtkCompositionGrid::ClearIons()
{
  this->Ions.clear();
  this->Modified();
}

void vtkCompositionGrid::AddReferenceIon(const char* name)
{
  if (name && *name)
  {
    this->ReferenceIons.emplace_back(name);
    this->Modified();
  }
}

void vtkCompositionGrid::ClearReferenceIons()
{
  this->ReferenceIons.clear();
  this->Modified();
}

int vtkCompositionGrid::FillInputPortInformation(int, vtkInformation* info)
{
  info->Set(vtkAlgorithm::INPUT_REQUIRED_DATA_TYPE(), "vtkPointSet");
  // Taken whole, since ranks need not have the same blocks.
  info->Append(vtkAlgorithm::INPUT_REQUIRED_DATA_TYPE(), "vtkDataObjectTree");
  return 1;
}

int vtkCompositionGrid::FillOutputPortInformation(int, vtkInformation* info)
{
  info->Set(vtkDataObject::DATA_TYPE_NAME(), "vtkDataObject");
  return 1;
}

int vtkCompositionGrid::RequestDataObject(
  vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector* outputVector)
{
  aptvtk::makeImageOutput(inputVector[0], outputVector);
  return 1;
}

apt::CompositionChoice vtkCompositionGrid::choice() const
{
  apt::CompositionChoice choice;
  choice.decompose = this->Decompose;
  choice.ions = this->Ions;
  choice.references = this->ReferenceIons;
  choice.sum = this->SumIons;
  return choice;
}

apt::CompositionGridOptions vtkCompositionGrid::options() const
{
  apt::CompositionGridOptions options;
  options.voxelSize = this->VoxelSize;
  std::copy(this->Delocalisation, this->Delocalisation + 3, options.delocalisation.begin());
  options.minimumCount = this->MinimumCount;
  options.maximumVoxels = this->MaximumVoxels;
  options.counts = this->Counts;
  options.errors = this->Errors;
  return options;
}

/** Where the grid will be, on the first rank; empty on the others, and where there will be none. */
void vtkCompositionGrid::place(const std::vector<vtkPointSet*>& pieces, int* extent) const
{
  try
  {
    const aptvtk::Ranks ranks;
    const aptvtk::CompositionIons ions(ranks, pieces, this->choice());
    std::size_t parts = 0;
    apt::IonBox mine;
    ranks.together(
      [&]
      {
        const apt::CompositionBasis basis = ions.basis();
        parts = basis.parts.size();
        mine = apt::boxOfComposition({ ions.size(), ions.positions(), ions.types() }, basis);
      });
    std::vector<apt::IonBox> boxes(static_cast<std::size_t>(ranks.count()));
    ranks.gather(&mine, std::vector<std::size_t>(boxes.size(), sizeof(mine)), boxes.data());
    if (!ranks.isFirst())
    {
      return;
    }
    if (!ranks.several())
    {
      boxes.front() = mine;
    }
    apt::IonBox whole = boxes.front();
    for (const apt::IonBox& box : boxes)
    {
      for (std::size_t axis = 0; axis < 3; ++axis)
      {
        whole.lower[axis] = std::min(whole.lower[axis], box.lower[axis]);
        whole.upper[axis] = std::max(whole.upper[axis], box.upper[axis]);
      }
    }
    if (whole.lower[0] <= whole.upper[0])
    {
      setExtent(apt::placeOfGrid(whole, parts, this->options()), extent);
    }
  }
  catch (const std::exception&)
  {
    // RequestData meets the same error, and reports it.
  }
}

int vtkCompositionGrid::RequestInformation(
  vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector* outputVector)
{
  aptvtk::updateInput(this);
  int extent[6] = { 0, -1, 0, -1, 0, -1 };
  vtkDataObject* input = vtkDataObject::GetData(inputVector[0]);
  if (!input)
  {
    return 1;
  }
  std::vector<aptvtk::InputSpecimen> specimens;
  aptvtk::addSpecimens(input, specimens);
  if (aptvtk::hasBlocks(input))
  {
    return 1; // Blocks need no announcement.
  }
  this->place(specimens.front().pieces, extent);
  vtkInformation* info = outputVector->GetInformationObject(0);
  info->Set(vtkStreamingDemandDrivenPipeline::WHOLE_EXTENT(), extent, 6);
  const double spacing[3] = { this->VoxelSize, this->VoxelSize, this->VoxelSize };
  info->Set(vtkDataObject::SPACING(), spacing, 3);
  const double origin[3] = { 0, 0, 0 };
  info->Set(vtkDataObject::ORIGIN(), origin, 3);
  return 1;
}

int vtkCompositionGrid::RequestData(
  vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector* outputVector)
{
  vtkDataObject* input = vtkDataObject::GetData(inputVector[0]);
  std::vector<aptvtk::InputSpecimen> specimens;
  aptvtk::addSpecimens(input, specimens);
  aptvtk::reportErrors(this,
    [&]
    {
      if (specimens.empty())
      {
        throw apt::Error("the input has no ions");
      }
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

void vtkCompositionGrid::fill(vtkImageData* output, const std::vector<vtkPointSet*>& pieces)
{
  const aptvtk::Ranks ranks;
  aptvtk::CompositionIons ions(ranks, pieces, this->choice());
  ions.gather(ranks, "Composition Grid");
  ranks.together(
    [&]
    {
      if (!ranks.isFirst())
      {
        return;
      }
      apt::CompositionGrid grid =
        apt::compositionGrid({ ions.size(), ions.positions(), ions.types() }, ions.basis(),
          this->options(), aptvtk::progressOf(this));

      if (grid.mostIons < this->MinimumCount)
      {
        vtkWarningMacro("no voxel has MinimumCount ("
          << this->MinimumCount << ") ions behind it, the most is " << grid.mostIons
          << ": all percentages are 0; spread ions farther, or ask for fewer");
      }
      const std::size_t size = grid.size();
      int extent[6];
      setExtent(grid, extent);
      output->SetExtent(extent);
      output->SetSpacing(grid.voxelSize, grid.voxelSize, grid.voxelSize);
      output->SetOrigin(0, 0, 0);
      const char* const unit = this->Decompose ? "atoms" : "ions";
      const std::string percent = aptvtk::percentName(this->Decompose);
      for (apt::CompositionGridPart& part : grid.parts)
      {
        addArray(output, percent + "_" + part.name, "%", std::move(part.percent), size);
        if (part.error)
        {
          addArray(output, percent + "Error_" + part.name, "%", std::move(part.error), size);
        }
        if (part.count)
        {
          addArray(output, "Count_" + part.name, unit, std::move(part.count), size);
        }
      }
      addArray(output, "Count", unit, std::move(grid.count), size);
      output->GetPointData()->SetActiveScalars((percent + "_" + grid.parts.front().name).c_str());

      if (!pieces.empty())
      {
        output->GetFieldData()->ShallowCopy(pieces.front()->GetFieldData());
      }
      aptvtk::setField(output, "Ions", aptvtk::textOf(this->Ions));
      aptvtk::setField(output, "ReferenceIons", aptvtk::textOf(this->ReferenceIons));
      aptvtk::setField(output, "SumIons", static_cast<long long>(this->SumIons));
      aptvtk::setField(output, "Decompose", static_cast<long long>(this->Decompose));
      aptvtk::setField(output, "VoxelSize", std::vector<double>{ this->VoxelSize });
      aptvtk::setField(output, "Delocalisation",
        std::vector<double>(this->Delocalisation, this->Delocalisation + 3));
      aptvtk::setField(output, "MinimumCount", std::vector<double>{ this->MinimumCount });
      aptvtk::setField(output, "IonsPerCount", std::vector<double>{ grid.ionsPerCount });
    });
}

void vtkCompositionGrid::PrintSelf(ostream& os, vtkIndent indent)
{
  this->Superclass::PrintSelf(os, indent);
  os << indent << "Ions: " << aptvtk::textOf(this->Ions) << "\n"
     << indent << "ReferenceIons: " << aptvtk::textOf(this->ReferenceIons) << "\n"
     << indent << "SumIons: " << this->SumIons << "\n"
     << indent << "Decompose: " << this->Decompose << "\n"
     << indent << "VoxelSize: " << this->VoxelSize << "\n"
     << indent << "Delocalisation: " << this->Delocalisation[0] << " " << this->Delocalisation[1]
     << " " << this->Delocalisation[2] << "\n"
     << indent << "MinimumCount: " << this->MinimumCount << "\n"
     << indent << "Errors: " << this->Errors << "\n"
     << indent << "Counts: " << this->Counts << "\n"
     << indent << "MaximumVoxels: " << this->MaximumVoxels << "\n";
}
