// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "vtkDoubleArray.h"
#include "vtkInformation.h"
#include "vtkSmartPointer.h"
#include "vtkTable.h"

#include <cstddef>
#include <string>

namespace aptvtk
{

/** @brief Adds a column with room for that many rows; not initialised. */
template <typename ArrayType>
vtkSmartPointer<ArrayType> newColumn(vtkTable* table, const std::string& name, std::size_t rows)
{
  auto column = vtkSmartPointer<ArrayType>::New();
  column->SetName(name.c_str());
  column->SetNumberOfValues(static_cast<vtkIdType>(rows));
  table->AddColumn(column);
  return column;
}

/** @brief Adds a column of float64 with a unit. */
inline vtkSmartPointer<vtkDoubleArray> newColumn(
  vtkTable* table, const std::string& name, const char* unit, std::size_t rows)
{
  auto column = newColumn<vtkDoubleArray>(table, name, rows);
  column->GetInformation()->Set(vtkDataArray::UNITS_LABEL(), unit);
  return column;
}

} // namespace aptvtk
