// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkAtomProbeReader.h"

#include "vtkIonAlgorithmSupport.h"
#include "vtkIonCloudToPolyData.h"

#include "IonFile.h"

#include "vtkCommand.h"
#include "vtkDataArray.h"
#include "vtkDataArraySelection.h"
#include "vtkInformation.h"
#include "vtkInformationVector.h"
#include "vtkObjectFactory.h"
#include "vtkPointData.h"
#include "vtkPoints.h"
#include "vtkPolyData.h"
#include "vtkStreamingDemandDrivenPipeline.h"

vtkStandardNewMacro(vtkAtomProbeReader);

namespace
{

std::unique_ptr<apt::IonFile> openFile(const std::string& name, int voltageUnit)
{
  if (name.empty())
  {
    throw apt::Error("FileName is empty; expected a .pos, .epos or .apt file");
  }
  apt::IonFileOptions options;
  switch (voltageUnit)
  {
    case vtkAtomProbeReader::AUTOMATIC:
      options.voltageUnit = apt::VoltageUnit::Automatic;
      break;
    case vtkAtomProbeReader::VOLT:
      options.voltageUnit = apt::VoltageUnit::Volt;
      break;
    case vtkAtomProbeReader::KILOVOLT:
      options.voltageUnit = apt::VoltageUnit::Kilovolt;
      break;
    default:
      throw apt::ParameterError(
        "VoltageUnit", std::to_string(voltageUnit), "0 (Automatic), 1 (Volt) or 2 (Kilovolt)");
  }
  return apt::openIonFile(name, options);
}

} // namespace

vtkAtomProbeReader::vtkAtomProbeReader()
{
  this->SetNumberOfInputPorts(0);
  this->PointArraySelection = vtkSmartPointer<vtkDataArraySelection>::New();
  this->PointArraySelection->AddObserver(
    vtkCommand::ModifiedEvent, this, &vtkAtomProbeReader::Modified);
}

vtkAtomProbeReader::~vtkAtomProbeReader() = default;

void vtkAtomProbeReader::SetFileName(const char* name)
{
  const std::string value = name ? name : "";
  if (value != this->FileName)
  {
    this->FileName = value;
    this->Modified();
  }
}

vtkDataArraySelection* vtkAtomProbeReader::GetPointArraySelection()
{
  return this->PointArraySelection;
}

int vtkAtomProbeReader::CanReadFile(const char* name)
{
  return name && apt::mayBeIonFile(name) ? 1 : 0;
}

int vtkAtomProbeReader::RequestInformation(
  vtkInformation*, vtkInformationVector**, vtkInformationVector* outputVector)
{
  outputVector->GetInformationObject(0)->Set(CAN_HANDLE_PIECE_REQUEST(), 1);
  try
  {
    const std::unique_ptr<apt::IonFile> file = openFile(this->FileName, this->VoltageUnit);
    for (const apt::ArrayDescription& array : file->arrays())
    {
      // Leaves an array alone that the user has switched off.
      this->PointArraySelection->AddArray(array.name.c_str());
    }
  }
  catch (const apt::Error&)
  {
    // RequestData meets the same error and reports it, once.
  }
  return 1;
}

int vtkAtomProbeReader::RequestData(
  vtkInformation*, vtkInformationVector**, vtkInformationVector* outputVector)
{
  aptvtk::reportErrors(this,
    [&]
    {
      if (this->Stride < 1)
      {
        throw apt::ParameterError("Stride", std::to_string(this->Stride), "1 or more");
      }
      vtkInformation* info = outputVector->GetInformationObject(0);
      vtkPolyData* output = vtkPolyData::GetData(info);
      const auto piece = static_cast<std::uint64_t>(
        info->Has(vtkStreamingDemandDrivenPipeline::UPDATE_PIECE_NUMBER())
          ? info->Get(vtkStreamingDemandDrivenPipeline::UPDATE_PIECE_NUMBER())
          : 0);
      const auto pieces = static_cast<std::uint64_t>(
        info->Has(vtkStreamingDemandDrivenPipeline::UPDATE_NUMBER_OF_PIECES())
          ? info->Get(vtkStreamingDemandDrivenPipeline::UPDATE_NUMBER_OF_PIECES())
          : 1);

      const std::unique_ptr<apt::IonFile> file = openFile(this->FileName, this->VoltageUnit);
      if (piece == 0)
      {
        for (const std::string& warning : file->warnings())
        {
          vtkWarningMacro(<< this->FileName << ": " << warning);
        }
      }
      const apt::IonSlice slice =
        apt::sliceOfPiece(file->size(), static_cast<std::uint64_t>(this->Stride), piece, pieces);
      const auto count = static_cast<vtkIdType>(slice.count);

      const vtkSmartPointer<vtkPoints> points = aptvtk::newPoints(count);
      std::vector<vtkSmartPointer<vtkDataArray>> arrays;
      std::vector<void*> destinations;
      for (const apt::ArrayDescription& description : file->arrays())
      {
        const bool wanted =
          this->PointArraySelection->ArrayIsEnabled(description.name.c_str()) != 0;
        arrays.push_back(wanted ? aptvtk::newArray(description, count) : nullptr);
        destinations.push_back(wanted ? arrays.back()->GetVoidPointer(0) : nullptr);
      }
      const apt::IonFile::Outcome outcome =
        file->read(slice, static_cast<float*>(points->GetVoidPointer(0)), destinations,
          this->KeepNonFinite, aptvtk::progressOf(this));

      if (outcome.nonFinite > 0)
      {
        vtkWarningMacro(<< this->FileName << ": " << outcome.nonFinite << " of " << slice.count
                        << " ions have a NaN or infinite coordinate and were "
                        << (this->KeepNonFinite ? "kept" : "left out"));
      }
      const auto kept = static_cast<vtkIdType>(outcome.ions);
      if (kept < count)
      {
        points->GetData()->Resize(kept);
        points->GetData()->SetNumberOfTuples(kept);
      }
      aptvtk::setIons(output, points);
      for (const vtkSmartPointer<vtkDataArray>& array : arrays)
      {
        if (array)
        {
          if (kept < count)
          {
            array->Resize(kept);
            array->SetNumberOfTuples(kept);
          }
          output->GetPointData()->AddArray(array);
        }
      }
      output->GetPointData()->SetActiveScalars(apt::arrayName::MassToCharge);
      aptvtk::setField(output, aptvtk::fieldName::SourceFile, this->FileName);
      aptvtk::setField(output, "Stride", static_cast<long long>(this->Stride));
      aptvtk::setField(output, aptvtk::fieldName::Version, std::string(ATOMPROBE_VERSION));
    });
  return 1;
}

void vtkAtomProbeReader::PrintSelf(ostream& os, vtkIndent indent)
{
  this->Superclass::PrintSelf(os, indent);
  os << indent << "FileName: " << this->FileName << "\n"
     << indent << "Stride: " << this->Stride << "\n"
     << indent << "KeepNonFinite: " << this->KeepNonFinite << "\n"
     << indent << "VoltageUnit: " << this->VoltageUnit << "\n"
     << indent << "PointArraySelection:\n";
  this->PointArraySelection->PrintSelf(os, indent.GetNextIndent());
}
