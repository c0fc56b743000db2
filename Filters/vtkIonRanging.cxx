// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkIonRanging.h"

#include "vtkIonAlgorithmSupport.h"
#include "vtkIonCloudToPolyData.h"

#include "IonSelection.h"
#include "RangeFile.h"
#include "RangeTable.h"

#include "vtkDataArray.h"
#include "vtkInformation.h"
#include "vtkInformationVector.h"
#include "vtkMultiProcessController.h"
#include "vtkNew.h"
#include "vtkObjectFactory.h"
#include "vtkPointData.h"
#include "vtkPoints.h"
#include "vtkPolyData.h"
#include "vtkStringArray.h"

vtkStandardNewMacro(vtkIonRanging);

namespace
{

/** Leaves the ranged ions in output, which then has arrays of its own. */
void removeUnranged(vtkPolyData* output, const std::int16_t* ions, const apt::Progress& progress)
{
  const aptvtk::BorrowedIonCloud all(output);
  const apt::RangedIons ranged(ions, all.view().size);
  const auto count = static_cast<vtkIdType>(ranged.count());
  const double arrays = static_cast<double>(all.view().arrays.size()) + 1;

  const vtkSmartPointer<vtkPoints> points = aptvtk::newPoints(count);
  ranged.copy(all.view().positions, points->GetVoidPointer(0), 3 * sizeof(float),
    apt::subProgress(progress, 0, 1 / arrays));
  vtkNew<vtkPointData> kept;
  double done = 1;
  for (const apt::ArrayView& array : all.view().arrays)
  {
    const vtkSmartPointer<vtkDataArray> copy = aptvtk::newArray(array.description, count);
    ranged.copy(array.values, copy->GetVoidPointer(0), apt::bytesPerIon(array.description),
      apt::subProgress(progress, done / arrays, (done + 1) / arrays));
    kept->AddArray(copy);
    ++done;
  }
  vtkNew<vtkPolyData> cloud;
  aptvtk::setIons(cloud, points);
  cloud->GetPointData()->ShallowCopy(kept);
  cloud->GetFieldData()->ShallowCopy(output->GetFieldData());
  output->ShallowCopy(cloud);
}

} // namespace

vtkIonRanging::vtkIonRanging() = default;
vtkIonRanging::~vtkIonRanging() = default;

void vtkIonRanging::SetRangeFileName(const char* name)
{
  const std::string value = name ? name : "";
  if (value != this->RangeFileName)
  {
    this->RangeFileName = value;
    this->Modified();
  }
}

void vtkIonRanging::AddRange(const char* row)
{
  if (row && *row)
  {
    this->RangeRows.emplace_back(row);
    this->Modified();
  }
}

void vtkIonRanging::ClearRanges()
{
  if (!this->RangeRows.empty())
  {
    this->RangeRows.clear();
    this->Modified();
  }
}

vtkStringArray* vtkIonRanging::GetIonLegend()
{
  return this->IonLegend;
}

int vtkIonRanging::FillInputPortInformation(int, vtkInformation* info)
{
  info->Set(vtkAlgorithm::INPUT_REQUIRED_DATA_TYPE(), "vtkPointSet");
  return 1;
}

int vtkIonRanging::RequestData(
  vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector* outputVector)
{
  vtkPointSet* input = vtkPointSet::GetData(inputVector[0]);
  vtkPolyData* output = vtkPolyData::GetData(outputVector);
  aptvtk::reportErrors(this,
    [&]
    {
      std::vector<std::string> warnings;
      const auto table = [&]
      {
        apt::RangeTableOptions options;
        options.separateHomonuclearIons = this->SeparateHomonuclearIons;
        if (!this->RangeFileName.empty())
        {
          apt::RangeFile file = apt::readRangeFile(this->RangeFileName);
          warnings = file.warnings;
          return apt::RangeTable(std::move(file.ranges), options);
        }
        if (!this->RangeRows.empty())
        {
          std::vector<apt::Range> ranges;
          for (const std::string& row : this->RangeRows)
          {
            ranges.push_back(apt::parseRangeRow(row));
          }
          return apt::RangeTable(std::move(ranges), options);
        }
        if (aptvtk::hasRanges(input))
        {
          return apt::RangeTable(aptvtk::rangesOf(input).ranges(), options);
        }
        throw apt::Error("there are no ranges: RangeFileName and Ranges are empty, and the input "
                         "carries none; choose a .rrng, .rng or .env file");
      }();
      warnings.insert(warnings.end(), table.warnings().begin(), table.warnings().end());
      vtkMultiProcessController* controller = vtkMultiProcessController::GetGlobalController();
      if (!controller || controller->GetLocalProcessId() == 0)
      {
        for (const std::string& warning : warnings)
        {
          vtkWarningMacro(<< warning);
        }
      }

      const float* massToCharge = nullptr;
      const vtkSmartPointer<vtkDataArray> kept = aptvtk::massToChargeOf(input, massToCharge);
      const auto size = static_cast<std::size_t>(input->GetNumberOfPoints());
      const vtkSmartPointer<vtkDataArray> ions = aptvtk::newArray(
        { apt::arrayName::Ion, "", apt::ValueType::Int16, 1 }, input->GetNumberOfPoints());
      auto* ionValues = static_cast<std::int16_t*>(ions->GetVoidPointer(0));
      const apt::Progress progress = aptvtk::progressOf(this);
      table.assign(massToCharge, size, ionValues,
        apt::subProgress(progress, 0, this->RemoveUnranged ? 0.3 : 1));

      vtkNew<vtkPolyData> ranged;
      aptvtk::shareIons(input, ranged);
      ranged->GetPointData()->AddArray(ions);
      if (this->RemoveUnranged && size > 0)
      {
        removeUnranged(ranged, ionValues, apt::subProgress(progress, 0.3, 1));
      }
      output->ShallowCopy(ranged);
      output->GetPointData()->SetActiveScalars(apt::arrayName::Ion);
      aptvtk::setRanges(output, table, this->SeparateHomonuclearIons);
      if (!this->RangeFileName.empty())
      {
        aptvtk::setField(output, aptvtk::fieldName::RangeFile, this->RangeFileName);
      }

      aptvtk::fillLegend(this->IonLegend, table);
    });
  return 1;
}

void vtkIonRanging::PrintSelf(ostream& os, vtkIndent indent)
{
  this->Superclass::PrintSelf(os, indent);
  os << indent << "RangeFileName: " << this->RangeFileName << "\n"
     << indent << "Ranges: " << this->RangeRows.size() << "\n"
     << indent << "RemoveUnranged: " << this->RemoveUnranged << "\n"
     << indent << "SeparateHomonuclearIons: " << this->SeparateHomonuclearIons << "\n";
}
