// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkIonCloudToPolyData.h"

#include "Error.h"
#include "ParallelFor.h"

#include "vtkCellArray.h"
#include "vtkDataArray.h"
#include "vtkDoubleArray.h"
#include "vtkFieldData.h"
#include "vtkFloatArray.h"
#include "vtkInformation.h"
#include "vtkLongLongArray.h"
#include "vtkPointData.h"
#include "vtkPoints.h"
#include "vtkPolyData.h"
#include "vtkStringArray.h"
#include "vtkTypeInt32Array.h"
#include "vtkTypeInt64Array.h"
#include "vtkUnsignedCharArray.h"

#include <limits>
#include <optional>

namespace aptvtk
{

namespace
{

constexpr std::size_t cellGrain = std::size_t{ 1 } << 18;

int vtkTypeOf(apt::ValueType type)
{
  switch (type)
  {
    case apt::ValueType::Int8:
      return VTK_TYPE_INT8;
    case apt::ValueType::UInt8:
      return VTK_TYPE_UINT8;
    case apt::ValueType::Int16:
      return VTK_TYPE_INT16;
    case apt::ValueType::UInt16:
      return VTK_TYPE_UINT16;
    case apt::ValueType::Int32:
      return VTK_TYPE_INT32;
    case apt::ValueType::UInt32:
      return VTK_TYPE_UINT32;
    case apt::ValueType::Int64:
      return VTK_TYPE_INT64;
    case apt::ValueType::UInt64:
      return VTK_TYPE_UINT64;
    case apt::ValueType::Float32:
      return VTK_TYPE_FLOAT32;
    case apt::ValueType::Float64:
      return VTK_TYPE_FLOAT64;
  }
  throw apt::ParameterError("value type", std::to_string(static_cast<int>(type)), "a known one");
}

std::optional<apt::ValueType> valueTypeOf(vtkDataArray* array)
{
  const bool isSigned = array->GetDataTypeMin() < 0;
  switch (array->GetDataType())
  {
    case VTK_FLOAT:
      return apt::ValueType::Float32;
    case VTK_DOUBLE:
      return apt::ValueType::Float64;
    default:
      switch (array->GetDataTypeSize())
      {
        case 1:
          return isSigned ? apt::ValueType::Int8 : apt::ValueType::UInt8;
        case 2:
          return isSigned ? apt::ValueType::Int16 : apt::ValueType::UInt16;
        case 4:
          return isSigned ? apt::ValueType::Int32 : apt::ValueType::UInt32;
        case 8:
          return isSigned ? apt::ValueType::Int64 : apt::ValueType::UInt64;
        default:
          return std::nullopt; // VTK_BIT
      }
  }
}

template <typename ArrayType>
vtkSmartPointer<vtkCellArray> newVertexCells(vtkIdType size)
{
  using Value = typename ArrayType::ValueType;
  vtkNew<ArrayType> offsets;
  vtkNew<ArrayType> connectivity;
  offsets->SetNumberOfValues(size + 1);
  connectivity->SetNumberOfValues(size);
  apt::adviseHugePages(offsets->GetPointer(0), static_cast<std::size_t>(size) * sizeof(Value));
  apt::adviseHugePages(connectivity->GetPointer(0), static_cast<std::size_t>(size) * sizeof(Value));
  Value* offset = offsets->GetPointer(0);
  Value* point = connectivity->GetPointer(0);
  apt::parallelFor(static_cast<std::size_t>(size), cellGrain,
    [=](std::size_t begin, std::size_t end)
    {
      for (std::size_t i = begin; i < end; ++i)
      {
        offset[i] = static_cast<Value>(i);
        point[i] = static_cast<Value>(i);
      }
    });
  offset[size] = static_cast<Value>(size);
  auto cells = vtkSmartPointer<vtkCellArray>::New();
  cells->SetData(offsets, connectivity);
  return cells;
}

std::string namesOfArrays(vtkPointSet* ions)
{
  std::string names;
  for (int i = 0; i < ions->GetPointData()->GetNumberOfArrays(); ++i)
  {
    const char* name = ions->GetPointData()->GetArrayName(i);
    names += (names.empty() ? "" : ", ") + std::string(name ? name : "(unnamed)");
  }
  return names.empty() ? "none" : names;
}

vtkStringArray* stringField(vtkDataObject* object, const char* name)
{
  return vtkStringArray::SafeDownCast(object->GetFieldData()->GetAbstractArray(name));
}

} // namespace

vtkSmartPointer<vtkDataArray> newArray(const apt::ArrayDescription& description, vtkIdType ions)
{
  auto array = vtk::TakeSmartPointer(vtkDataArray::CreateDataArray(vtkTypeOf(description.type)));
  array->SetName(description.name.c_str());
  array->SetNumberOfComponents(description.components);
  array->SetNumberOfTuples(ions);
  if (!description.unit.empty())
  {
    array->GetInformation()->Set(vtkDataArray::UNITS_LABEL(), description.unit.c_str());
  }
  return array;
}

vtkSmartPointer<vtkPoints> newPoints(vtkIdType ions)
{
  auto points = vtkSmartPointer<vtkPoints>::New();
  points->SetData(newArray({ "Points", "nm", apt::ValueType::Float32, 3 }, ions));
  return points;
}

void setIons(vtkPolyData* output, vtkPoints* points)
{
  output->SetPoints(points);
  const vtkIdType size = points->GetNumberOfPoints();
  output->SetVerts(size < std::numeric_limits<vtkTypeInt32>::max()
      ? newVertexCells<vtkTypeInt32Array>(size)
      : newVertexCells<vtkTypeInt64Array>(size));
}

void shareIons(vtkPointSet* input, vtkPolyData* output)
{
  if (vtkPolyData* cloud = vtkPolyData::SafeDownCast(input))
  {
    output->ShallowCopy(cloud);
    return;
  }
  if (input->GetPoints())
  {
    setIons(output, input->GetPoints());
  }
  output->GetPointData()->ShallowCopy(input->GetPointData());
  output->GetFieldData()->ShallowCopy(input->GetFieldData());
}

void setField(vtkDataObject* object, const char* name, const std::string& value)
{
  setField(object, name, std::vector<std::string>{ value });
}

void setField(vtkDataObject* object, const char* name, const std::vector<std::string>& values)
{
  vtkNew<vtkStringArray> array;
  array->SetName(name);
  for (const std::string& value : values)
  {
    array->InsertNextValue(value);
  }
  object->GetFieldData()->AddArray(array);
}

void setField(vtkDataObject* object, const char* name, const std::vector<double>& values)
{
  vtkNew<vtkDoubleArray> array;
  array->SetName(name);
  for (const double value : values)
  {
    array->InsertNextValue(value);
  }
  object->GetFieldData()->AddArray(array);
}

void setField(vtkDataObject* object, const char* name, long long value)
{
  vtkNew<vtkLongLongArray> array;
  array->SetName(name);
  array->InsertNextValue(value);
  object->GetFieldData()->AddArray(array);
}

void setRanges(vtkDataObject* object, const apt::RangeTable& table, bool separateHomonuclearIons)
{
  std::vector<std::string> names;
  vtkNew<vtkUnsignedCharArray> colors;
  colors->SetName(fieldName::IonColors);
  colors->SetNumberOfComponents(3);
  for (const apt::IonType& ion : table.ions())
  {
    names.push_back(ion.name);
    const unsigned char color[3] = { ion.color.red, ion.color.green, ion.color.blue };
    colors->InsertNextTypedTuple(color);
  }
  std::vector<std::string> rows;
  for (const apt::Range& range : table.ranges())
  {
    rows.push_back(apt::formatRangeRow(range));
  }
  setField(object, fieldName::IonNames, names);
  object->GetFieldData()->AddArray(colors);
  setField(object, fieldName::Ranges, rows);
  setField(
    object, fieldName::SeparateHomonuclearIons, static_cast<long long>(separateHomonuclearIons));
}

void fillLegend(vtkStringArray* legend, const apt::RangeTable& table)
{
  legend->Initialize();
  for (const apt::IonType& ion : table.ions())
  {
    legend->InsertNextValue(ion.name);
    legend->InsertNextValue(std::to_string(ion.color.red));
    legend->InsertNextValue(std::to_string(ion.color.green));
    legend->InsertNextValue(std::to_string(ion.color.blue));
  }
}

bool hasRanges(vtkDataObject* object)
{
  vtkStringArray* rows = stringField(object, fieldName::Ranges);
  return rows && rows->GetNumberOfValues() > 0;
}

apt::RangeTable rangesOf(vtkDataObject* object)
{
  if (!hasRanges(object))
  {
    throw apt::Error(
      "the input carries no ranges in its field data; apply Ion Ranging with a range file first");
  }
  vtkStringArray* rows = stringField(object, fieldName::Ranges);
  std::vector<apt::Range> ranges;
  for (vtkIdType i = 0; i < rows->GetNumberOfValues(); ++i)
  {
    ranges.push_back(apt::parseRangeRow(rows->GetValue(i)));
  }
  apt::RangeTableOptions options;
  if (vtkDataArray* separate = object->GetFieldData()->GetArray(fieldName::SeparateHomonuclearIons))
  {
    options.separateHomonuclearIons = separate->GetTuple1(0) != 0;
  }
  return apt::RangeTable(std::move(ranges), options);
}

BorrowedIonCloud::BorrowedIonCloud(vtkPointSet* ions)
{
  this->View.size = static_cast<std::size_t>(ions->GetNumberOfPoints());
  if (this->View.size == 0)
  {
    return;
  }
  const auto contiguous = [this](vtkDataArray* array, int type)
  {
    if (array->GetDataType() == type && array->HasStandardMemoryLayout())
    {
      return static_cast<const void*>(array->GetVoidPointer(0));
    }
    auto copy = vtk::TakeSmartPointer(vtkDataArray::CreateDataArray(type));
    copy->DeepCopy(array);
    this->Kept.emplace_back(copy);
    return static_cast<const void*>(copy->GetVoidPointer(0));
  };
  this->View.positions =
    static_cast<const float*>(contiguous(ions->GetPoints()->GetData(), VTK_FLOAT));
  vtkPointData* data = ions->GetPointData();
  for (int i = 0; i < data->GetNumberOfArrays(); ++i)
  {
    vtkDataArray* array = data->GetArray(i);
    const std::optional<apt::ValueType> type = array ? valueTypeOf(array) : std::nullopt;
    if (!type || !array->GetName())
    {
      continue;
    }
    apt::ArrayView view;
    view.description.name = array->GetName();
    view.description.type = *type;
    view.description.components = array->GetNumberOfComponents();
    if (array->HasInformation() && array->GetInformation()->Has(vtkDataArray::UNITS_LABEL()))
    {
      view.description.unit = array->GetInformation()->Get(vtkDataArray::UNITS_LABEL());
    }
    int vtkType = array->GetDataType();
    if (view.description.name == apt::arrayName::MassToCharge)
    {
      // Calculator and the like make it double.
      vtkType = VTK_FLOAT;
      view.description.type = apt::ValueType::Float32;
    }
    view.values = contiguous(array, vtkType);
    this->View.arrays.push_back(view);
  }
}

vtkSmartPointer<vtkDataArray> pointArray(
  vtkPointSet* ions, const char* name, int vtkType, const std::string& remedy)
{
  vtkSmartPointer<vtkDataArray> array = ions->GetPointData()->GetArray(name);
  if (!array || array->GetNumberOfComponents() != 1)
  {
    // A rank without ions has no arrays either; that is no mistake of the user's.
    if (ions->GetNumberOfPoints() == 0)
    {
      return nullptr;
    }
    throw apt::Error("the input has no point array " + std::string(name) +
      " of one component (it has: " + namesOfArrays(ions) + "); " + remedy);
  }
  if (array->GetDataType() != vtkType || !array->HasStandardMemoryLayout())
  {
    auto copy = vtk::TakeSmartPointer(vtkDataArray::CreateDataArray(vtkType));
    copy->DeepCopy(array);
    array = copy;
  }
  return array;
}

vtkSmartPointer<vtkDataArray> massToChargeOf(vtkPointSet* ions, const float*& values)
{
  vtkSmartPointer<vtkDataArray> array = pointArray(ions, apt::arrayName::MassToCharge, VTK_FLOAT,
    "open a .pos, .epos or .apt file with that array switched on");
  values = array ? static_cast<const float*>(array->GetVoidPointer(0)) : nullptr;
  return array;
}

vtkSmartPointer<vtkDataArray> positionsOf(vtkPointSet* ions, const float*& values)
{
  values = nullptr;
  if (ions->GetNumberOfPoints() == 0)
  {
    return nullptr;
  }
  vtkSmartPointer<vtkDataArray> array = ions->GetPoints()->GetData();
  if (array->GetDataType() != VTK_FLOAT || !array->HasStandardMemoryLayout())
  {
    vtkNew<vtkFloatArray> copy;
    copy->DeepCopy(array);
    array = copy;
  }
  values = static_cast<const float*>(array->GetVoidPointer(0));
  return array;
}

vtkSmartPointer<vtkDataArray> ionOf(vtkPointSet* ions, const std::int16_t*& values)
{
  vtkSmartPointer<vtkDataArray> array =
    pointArray(ions, apt::arrayName::Ion, VTK_TYPE_INT16, "name the ions with Ion Ranging first");
  values = array ? static_cast<const std::int16_t*>(array->GetVoidPointer(0)) : nullptr;
  return array;
}

std::vector<std::string> textsOf(vtkDataObject* object, const char* name)
{
  std::vector<std::string> texts;
  if (vtkStringArray* array = stringField(object, name))
  {
    for (vtkIdType i = 0; i < array->GetNumberOfValues(); ++i)
    {
      texts.push_back(array->GetValue(i));
    }
  }
  return texts;
}

std::vector<std::string> ionNamesOf(vtkDataObject* object)
{
  return textsOf(object, fieldName::IonNames);
}

} // namespace aptvtk
