// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkSMIonCloudSourceProxy.h"

#include "vtkNew.h"
#include "vtkObjectFactory.h"
#include "vtkSMProperty.h"
#include "vtkSMPropertyHelper.h"
#include "vtkSMTransferFunctionManager.h"

#include <cstdlib>

vtkStandardNewMacro(vtkSMIonCloudSourceProxy);

vtkSMIonCloudSourceProxy::vtkSMIonCloudSourceProxy() = default;
vtkSMIonCloudSourceProxy::~vtkSMIonCloudSourceProxy() = default;

void vtkSMIonCloudSourceProxy::PostUpdateData(bool usingCache)
{
  this->Superclass::PostUpdateData(usingCache);

  vtkSMProperty* property = this->GetProperty("IonLegend");
  if (!property)
  {
    return;
  }
  this->UpdatePropertyInformation(property);
  const vtkSMPropertyHelper information(property);
  const unsigned int size = information.GetNumberOfElements();
  std::vector<std::string> legend;
  for (unsigned int i = 0; i < size; ++i)
  {
    legend.emplace_back(information.GetAsString(i));
  }
  if (legend.size() < 4 || legend == this->Legend)
  {
    return;
  }
  const bool first = this->Legend.empty();
  this->Legend = legend;

  std::vector<std::string> annotations;
  std::vector<double> colors;
  const auto addCategory = [&](int value, const std::string& name, const double(&color)[3])
  {
    annotations.push_back(std::to_string(value));
    annotations.push_back(name);
    colors.insert(colors.end(), color, color + 3);
  };
  for (std::size_t i = 0; i + 3 < legend.size(); i += 4)
  {
    const double color[3] = { std::atof(legend[i + 1].c_str()) / 255,
      std::atof(legend[i + 2].c_str()) / 255, std::atof(legend[i + 3].c_str()) / 255 };
    addCategory(static_cast<int>(i / 4), legend[i], color);
  }
  addCategory(-1, "unranged", { 0.6, 0.6, 0.6 });

  vtkNew<vtkSMTransferFunctionManager> manager;
  vtkSMProxy* colorMap = manager->GetColorTransferFunction("Ion", this->GetSessionProxyManager());
  vtkSMPropertyHelper annotationHelper(colorMap, "Annotations");
  if (first && annotationHelper.GetNumberOfElements() == annotations.size())
  {
    // The map comes from a state file with these ions: the colours in it are the user's choice.
    bool same = true;
    for (std::size_t i = 0; same && i < annotations.size(); ++i)
    {
      same = annotationHelper.GetAsString(static_cast<unsigned int>(i)) == annotations[i];
    }
    if (same)
    {
      return;
    }
  }
  vtkSMPropertyHelper(colorMap, "IndexedLookup").Set(1);
  annotationHelper.SetNumberOfElements(static_cast<unsigned int>(annotations.size()));
  for (std::size_t i = 0; i < annotations.size(); ++i)
  {
    annotationHelper.Set(static_cast<unsigned int>(i), annotations[i].c_str());
  }
  vtkSMPropertyHelper(colorMap, "IndexedColors")
    .Set(colors.data(), static_cast<unsigned int>(colors.size()));
  colorMap->UpdateVTKObjects();
}

void vtkSMIonCloudSourceProxy::PrintSelf(ostream& os, vtkIndent indent)
{
  this->Superclass::PrintSelf(os, indent);
  os << indent << "Legend: " << this->Legend.size() / 4 << " ions\n";
}
