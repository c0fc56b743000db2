// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkAtomProbeWriter.h"

#include "vtkIonAlgorithmSupport.h"
#include "vtkIonCloudToPolyData.h"

#include "AptFile.h"
#include "InputFile.h"
#include "PosFile.h"

#include "vtkErrorCode.h"
#include "vtkInformation.h"
#include "vtkObjectFactory.h"
#include "vtkPointSet.h"

vtkStandardNewMacro(vtkAtomProbeWriter);

vtkAtomProbeWriter::vtkAtomProbeWriter() = default;
vtkAtomProbeWriter::~vtkAtomProbeWriter() = default;

void vtkAtomProbeWriter::SetFileName(const char* name)
{
  const std::string value = name ? name : "";
  if (value != this->FileName)
  {
    this->FileName = value;
    this->Modified();
  }
}

int vtkAtomProbeWriter::FillInputPortInformation(int, vtkInformation* info)
{
  info->Set(vtkAlgorithm::INPUT_REQUIRED_DATA_TYPE(), "vtkPointSet");
  return 1;
}

void vtkAtomProbeWriter::WriteData()
{
  const bool done = aptvtk::reportErrors(this,
    [&]
    {
      const std::string extension = apt::lowerCaseExtension(this->FileName);
      const aptvtk::BorrowedIonCloud ions(vtkPointSet::SafeDownCast(this->GetInput()));
      const apt::Progress progress = aptvtk::progressOf(this);
      if (extension == "pos")
      {
        apt::writePos(this->FileName, ions.view(), progress);
      }
      else if (extension == "epos")
      {
        std::string missing;
        for (const std::string& name : apt::writeEpos(this->FileName, ions.view(), progress))
        {
          missing += (missing.empty() ? "" : ", ") + name;
        }
        if (!missing.empty())
        {
          vtkWarningMacro(<< this->FileName << ": the ion cloud has no " << missing
                          << "; written as 0 (IonsPerPulse as 1)");
        }
      }
      else if (extension == "apt")
      {
        apt::writeApt(this->FileName, ions.view(), progress);
      }
      else
      {
        throw apt::ParameterError(
          "FileName", "\"" + this->FileName + "\"", "a name that ends in .pos, .epos or .apt");
      }
    });
  if (!done)
  {
    this->SetErrorCode(vtkErrorCode::UnknownError);
  }
}

void vtkAtomProbeWriter::PrintSelf(ostream& os, vtkIndent indent)
{
  this->Superclass::PrintSelf(os, indent);
  os << indent << "FileName: " << this->FileName << "\n";
}
