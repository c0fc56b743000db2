// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkSMIonDensityMapProxy.h"

#include "vtkNew.h"
#include "vtkObjectFactory.h"
#include "vtkSMPropertyHelper.h"
#include "vtkSMSessionProxyManager.h"
#include "vtkSMTransferFunctionManager.h"
#include "vtkSMTransferFunctionProxy.h"

#include <string>

vtkStandardNewMacro(vtkSMIonDensityMapProxy);

vtkSMIonDensityMapProxy::vtkSMIonDensityMapProxy() = default;
vtkSMIonDensityMapProxy::~vtkSMIonDensityMapProxy() = default;

void vtkSMIonDensityMapProxy::PostUpdateData(bool usingCache)
{
  this->Superclass::PostUpdateData(usingCache);
  vtkSMSessionProxyManager* proxies = this->GetSessionProxyManager();
  for (const char* array : { "IonRatio", "IonRatioError", "IonDensity" })
  {
    // ParaView registers the colour map of an array under a name that begins with the array's.
    const std::string name = std::string(array) + ".PVLookupTable";
    if (proxies->GetProxy("lookup_tables", name.c_str()))
    {
      continue;
    }
    vtkNew<vtkSMTransferFunctionManager> manager;
    vtkSMProxy* colors = manager->GetColorTransferFunction(array, proxies);
    vtkSMTransferFunctionProxy::ApplyPreset(colors, "Viridis (matplotlib)", true);
    vtkSMPropertyHelper(colors, "NanOpacity").Set(0.0);
    colors->UpdateVTKObjects();
  }
}

void vtkSMIonDensityMapProxy::PrintSelf(ostream& os, vtkIndent indent)
{
  this->Superclass::PrintSelf(os, indent);
}
