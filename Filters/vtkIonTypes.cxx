// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkIonTypes.h"

#include "vtkIonCloudToPolyData.h"

#include "Error.h"
#include "IonClasses.h"

#include "vtkDataObject.h"
#include "vtkFieldData.h"
#include "vtkStringArray.h"

#include <algorithm>

namespace aptvtk
{

std::vector<std::string> ionNamesOf(vtkDataObject* object)
{
  std::vector<std::string> names;
  auto* array = vtkStringArray::SafeDownCast(
    object ? object->GetFieldData()->GetAbstractArray(fieldName::IonNames) : nullptr);
  for (vtkIdType i = 0; array && i < array->GetNumberOfValues(); ++i)
  {
    names.push_back(array->GetValue(i));
  }
  return names;
}

int ionTypeOf(const std::vector<std::string>& names, const std::string& name, const char* property)
{
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end())
  {
    return static_cast<int>(found - names.begin());
  }
  std::string allowed = "All";
  for (const std::string& known : names)
  {
    allowed += ", " + known;
  }
  throw apt::ParameterError(property, "\"" + name + "\"",
    names.empty() ? "All, since the input names no ions; apply Ion Ranging first for others"
                  : allowed);
}

const std::int16_t* ionTypesOf(const apt::IonCloudView& cloud, std::vector<std::int16_t>& kept)
{
  if (cloud.size == 0)
  {
    return nullptr;
  }
  const apt::ArrayView* array = cloud.find(apt::arrayName::Ion);
  if (!array || array->description.components != 1)
  {
    throw apt::Error("the input has no point array Ion; apply Ion Ranging first, which gives it");
  }
  if (array->description.type == apt::ValueType::Int16)
  {
    return static_cast<const std::int16_t*>(array->values);
  }
  // Other programs, and Calculator, give it other types.
  const std::vector<std::int32_t> numbers = apt::wholeNumbers(*array, cloud.size);
  kept.assign(numbers.begin(), numbers.end());
  return kept.data();
}

const apt::ArrayView* classArrayOf(const apt::IonCloudView& cloud, const std::string& name)
{
  if (cloud.size == 0)
  {
    return nullptr;
  }
  const apt::ArrayView* array = cloud.find(name);
  if (!array)
  {
    std::string allowed;
    for (const apt::ArrayView& known : cloud.arrays)
    {
      allowed += (allowed.empty() ? "" : ", ") + known.description.name;
    }
    throw apt::ParameterError("ClassArray", "\"" + name + "\"",
      "a point array of the input, which has: " + allowed +
        " (AtomNet Segmentation gives Ordered, Synthetic Specimen Phase)");
  }
  return array;
}

} // namespace aptvtk
