// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkSMAtomNetTrainingProxy.h"

#include "vtkObjectFactory.h"
#include "vtkSMChartSeriesSelectionDomain.h"

vtkStandardNewMacro(vtkSMAtomNetTrainingProxy);

vtkSMAtomNetTrainingProxy::vtkSMAtomNetTrainingProxy()
{
  static const bool done = []
  {
    for (const char* column : { "^Block$", "^Epoch$", "^Seconds$", "^ValidationAUCBlock[0-9]+$" })
    {
      vtkSMChartSeriesSelectionDomain::AddSeriesVisibilityDefault(column, false);
    }
    return true;
  }();
  static_cast<void>(done);
}

vtkSMAtomNetTrainingProxy::~vtkSMAtomNetTrainingProxy() = default;

void vtkSMAtomNetTrainingProxy::PrintSelf(ostream& os, vtkIndent indent)
{
  this->Superclass::PrintSelf(os, indent);
}
