// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkSMSyntheticSpecimenProxy.h"

#include "RangeFile.h"

#include "vtkNew.h"
#include "vtkObjectFactory.h"
#include "vtkSMPropertyHelper.h"
#include "vtkSMStringVectorProperty.h"
#include "vtkSyntheticSpecimenSource.h"

#include <map>
#include <sstream>

vtkStandardNewMacro(vtkSMSyntheticSpecimenProxy);

namespace
{

constexpr int customPreset = 3;

/** Values of a preset by property name, numbers as shortestNumber writes them. */
std::map<std::string, std::string> valuesOfPreset(int preset)
{
  std::map<std::string, std::string> values;
  vtkNew<vtkSyntheticSpecimenSource> source;
  source->UsePreset(preset);
  for (const std::string& line : source->GetRecipe())
  {
    const std::size_t equals = line.find('=');
    values[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return values;
}

std::string valueOf(vtkSMProperty* property)
{
  const vtkSMPropertyHelper helper(property);
  if (vtkSMStringVectorProperty::SafeDownCast(property))
  {
    return helper.GetNumberOfElements() > 0 ? helper.GetAsString() : "";
  }
  std::string value;
  for (unsigned int i = 0; i < helper.GetNumberOfElements(); ++i)
  {
    value += (i ? " " : "") + apt::shortestNumber(helper.GetAsDouble(i));
  }
  return value;
}

void setValue(vtkSMProperty* property, const std::string& value)
{
  vtkSMPropertyHelper helper(property);
  if (vtkSMStringVectorProperty::SafeDownCast(property))
  {
    helper.Set(value.c_str());
    return;
  }
  std::istringstream words(value);
  words.imbue(std::locale::classic());
  double number = 0;
  for (unsigned int i = 0; words >> number; ++i)
  {
    helper.Set(i, number);
  }
}

} // namespace

vtkSMSyntheticSpecimenProxy::vtkSMSyntheticSpecimenProxy() = default;
vtkSMSyntheticSpecimenProxy::~vtkSMSyntheticSpecimenProxy() = default;

void vtkSMSyntheticSpecimenProxy::UpdateVTKObjects()
{
  const int preset = vtkSMPropertyHelper(this, "Preset").GetAsInt();
  if (preset != this->LastPreset && preset >= 0 && preset < customPreset)
  {
    const std::map<std::string, std::string> before = valuesOfPreset(this->LastPreset);
    // Before anything is set: setting a property may come back here.
    this->LastPreset = preset;
    for (const auto& [name, value] : valuesOfPreset(preset))
    {
      vtkSMProperty* property = this->GetProperty(name.c_str());
      if (property && valueOf(property) == before.at(name))
      {
        setValue(property, value);
      }
    }
  }
  this->Superclass::UpdateVTKObjects();
}

int vtkSMSyntheticSpecimenProxy::LoadXMLState(vtkPVXMLElement* element, vtkSMProxyLocator* locator)
{
  const int loaded = this->Superclass::LoadXMLState(element, locator);
  const int preset = vtkSMPropertyHelper(this, "Preset").GetAsInt();
  if (preset < customPreset)
  {
    this->LastPreset = preset;
  }
  return loaded;
}

void vtkSMSyntheticSpecimenProxy::PrintSelf(ostream& os, vtkIndent indent)
{
  this->Superclass::PrintSelf(os, indent);
  os << indent << "LastPreset: " << this->LastPreset << "\n";
}
