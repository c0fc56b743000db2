// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkRangeFileWriter.h"

#include "vtkIonAlgorithmSupport.h"
#include "vtkIonCloudToPolyData.h"

#include "RangeFile.h"

#include "vtkErrorCode.h"
#include "vtkInformation.h"
#include "vtkMultiProcessController.h"
#include "vtkObjectFactory.h"

vtkStandardNewMacro(vtkRangeFileWriter);

vtkRangeFileWriter::vtkRangeFileWriter() = default;
vtkRangeFileWriter::~vtkRangeFileWriter() = default;

void vtkRangeFileWriter::SetFileName(const char* name)
{
  const std::string value = name ? name : "";
  if (value != this->FileName)
  {
    this->FileName = value;
    this->Modified();
  }
}

int vtkRangeFileWriter::FillInputPortInformation(int, vtkInformation* info)
{
  info->Set(vtkAlgorithm::INPUT_REQUIRED_DATA_TYPE(), "vtkDataSet");
  return 1;
}

void vtkRangeFileWriter::WriteData()
{
  vtkMultiProcessController* controller = vtkMultiProcessController::GetGlobalController();
  if (controller && controller->GetLocalProcessId() != 0)
  {
    return;
  }
  const bool done = aptvtk::reportErrors(this,
    [&]
    {
      if (this->FileName.empty())
      {
        throw apt::Error("FileName is empty; expected a name that ends in .rrng");
      }
      apt::writeRrng(this->FileName, aptvtk::rangesOf(this->GetInput()).ranges());
    });
  if (!done)
  {
    this->SetErrorCode(vtkErrorCode::UnknownError);
  }
}

void vtkRangeFileWriter::PrintSelf(ostream& os, vtkIndent indent)
{
  this->Superclass::PrintSelf(os, indent);
  os << indent << "FileName: " << this->FileName << "\n";
}
