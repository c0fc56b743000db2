// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkSMAtomNetSegmentationProxy.h"

#include "IonCloud.h"

#include "vtkNew.h"
#include "vtkObjectFactory.h"
#include "vtkSMProperty.h"
#include "vtkSMPropertyHelper.h"
#include "vtkSMSessionProxyManager.h"
#include "vtkSMTransferFunctionManager.h"
#include "vtkSMTransferFunctionProxy.h"

#include <string>

vtkStandardNewMacro(vtkSMAtomNetSegmentationProxy);

namespace
{

/** ParaView registers the colour map of an array under a name that begins with the array's. */
bool hasColorMap(vtkSMSessionProxyManager* proxies, const char* array)
{
  const std::string name = std::string(array) + ".PVLookupTable";
  return proxies->GetProxy("lookup_tables", name.c_str()) != nullptr;
}

} // namespace

vtkSMAtomNetSegmentationProxy::vtkSMAtomNetSegmentationProxy() = default;
vtkSMAtomNetSegmentationProxy::~vtkSMAtomNetSegmentationProxy() = default;

void vtkSMAtomNetSegmentationProxy::SetPropertyModifiedFlag(const char* name, int flag)
{
  this->Superclass::SetPropertyModifiedFlag(name, flag);
  vtkSMProperty* model = this->GetProperty("Model");
  if (!flag || std::string(name) != "ModelFileName" || !model || !model->IsValueDefault() ||
    this->GetSessionProxyManager()->GetInLoadXMLState())
  {
    return;
  }
  // While the proxy is being made there is no element yet.
  const vtkSMPropertyHelper file(this, name);
  if (file.GetNumberOfElements() > 0 && *file.GetAsString() != '\0')
  {
    vtkSMPropertyHelper(model).Set("Custom");
  }
}

void vtkSMAtomNetSegmentationProxy::PostUpdateData(bool usingCache)
{
  this->Superclass::PostUpdateData(usingCache);
  // What the panel says about the model is then that of the one that was used.
  this->UpdatePropertyInformation(this->GetProperty("ModelInformation"));

  vtkSMSessionProxyManager* proxies = this->GetSessionProxyManager();
  if (hasColorMap(proxies, apt::arrayName::OrderedProbability))
  {
    return;
  }
  vtkNew<vtkSMTransferFunctionManager> manager;
  vtkSMProxy* colors =
    manager->GetColorTransferFunction(apt::arrayName::OrderedProbability, proxies);
  vtkSMTransferFunctionProxy::ApplyPreset(colors, "Viridis (matplotlib)", true);
  vtkSMTransferFunctionProxy::RescaleTransferFunction(colors, 0.0, 1.0);
  constexpr int never = -1;
  vtkSMPropertyHelper(colors, "AutomaticRescaleRangeMode").Set(never);
  const double grey[3] = { 0.6, 0.6, 0.6 };
  vtkSMPropertyHelper(colors, "NanColor").Set(grey, 3);
  colors->UpdateVTKObjects();
  vtkSMTransferFunctionProxy::RescaleTransferFunction(
    manager->GetOpacityTransferFunction(apt::arrayName::OrderedProbability, proxies), 0.0, 1.0);
}

void vtkSMAtomNetSegmentationProxy::PrintSelf(ostream& os, vtkIndent indent)
{
  this->Superclass::PrintSelf(os, indent);
}
