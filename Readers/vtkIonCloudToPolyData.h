// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "IonCloud.h"
#include "RangeTable.h"

#include "vtkSmartPointer.h"

#include <string>
#include <vector>

class vtkAbstractArray;
class vtkCellArray;
class vtkDataArray;
class vtkDataObject;
class vtkFieldData;
class vtkPointSet;
class vtkPoints;
class vtkPolyData;
class vtkStringArray;

// How an ion cloud lies in VTK: the one place that knows.

namespace aptvtk
{

/** @brief Names of the field arrays that say what the values of the array Ion stand for. */
namespace fieldName
{
constexpr const char* IonNames = "IonNames";
constexpr const char* IonColors = "IonColors";
constexpr const char* Ranges = "Ranges"; ///< one .rrng row each
constexpr const char* RangeFile = "RangeFile";
constexpr const char* SourceFile = "SourceFile";
constexpr const char* ModelFile = "ModelFile";
constexpr const char* SeparateHomonuclearIons = "SeparateHomonuclearIons";
constexpr const char* Version = "AtomProbeVersion";
// What it takes to make a synthetic specimen again: all properties, and its number among several.
constexpr const char* Recipe = "Recipe";
constexpr const char* Specimen = "Specimen";
// Truth of synthetic data, by the number of the domain, nm: its radius; and how deep in the specimen
// the sphere about it lies, negative where the surface may cut it.
constexpr const char* DomainRadius = "DomainRadius";
constexpr const char* DomainDepth = "DomainDepth";
} // namespace fieldName

/** @brief An array of that type, name and unit with room for ions values; not initialised. */
vtkSmartPointer<vtkDataArray> newArray(const apt::ArrayDescription& description, vtkIdType ions);

/** @brief Float32 points, nm, with room for that many ions; not initialised. */
vtkSmartPointer<vtkPoints> newPoints(vtkIdType ions);

/** @brief Gives the polydata these points and one vertex cell per point (32-bit where it does). */
void setIons(vtkPolyData* output, vtkPoints* points);

/** @brief Makes output an ion cloud with the input's points, arrays and fields, all shared. */
void shareIons(vtkPointSet* input, vtkPolyData* output);

/** @brief Sets a field array of one string, in place of one of that name. */
void setField(vtkDataObject* object, const char* name, const std::string& value);
/** @brief Sets a field array of strings. */
void setField(vtkDataObject* object, const char* name, const std::vector<std::string>& values);
/** @brief Sets a field array of numbers. */
void setField(vtkDataObject* object, const char* name, const std::vector<double>& values);
/** @brief Sets a field array of one integer. */
void setField(vtkDataObject* object, const char* name, long long value);

/** @brief Writes the ranges, the names and the colours of the ions into the field data. */
void setRanges(vtkDataObject* object, const apt::RangeTable& table, bool separateHomonuclearIons);

/** @brief Name, red, green, blue (0 … 255) of each ion: what the client's colour legend shows. */
void fillLegend(vtkStringArray* legend, const apt::RangeTable& table);

/** @brief True where the field data holds ranges. */
bool hasRanges(vtkDataObject* object);

/** @brief The ranges that setRanges wrote. @throws apt::Error where there are none */
apt::RangeTable rangesOf(vtkDataObject* object);

/**
 * @brief An ion cloud borrowed from VTK.
 *
 * Points that are not float32, and arrays of an unusual memory layout, are converted; all else is
 * used in place, so the data set must outlive this. Arrays of text are passed over.
 */
class BorrowedIonCloud
{
public:
  explicit BorrowedIonCloud(vtkPointSet* ions);

  const apt::IonCloudView& view() const { return this->View; }

private:
  apt::IonCloudView View;
  std::vector<vtkSmartPointer<vtkAbstractArray>> Kept;
};

/**
 * @brief A point array of one component as contiguous values of a VTK type (VTK_SHORT, say).
 *
 * @param remedy what to do where there is none, for the message
 * @return the array itself, or a converted copy; nullptr where there are no ions, since a rank
 * without ions has no arrays either
 * @throws apt::Error where there is none, naming the arrays that there are
 */
vtkSmartPointer<vtkDataArray> pointArray(
  vtkPointSet* ions, const char* name, int vtkType, const std::string& remedy);

/**
 * @brief The mass-to-charge-state ratios as contiguous float32.
 *
 * @return as pointArray
 * @throws apt::Error as pointArray
 */
vtkSmartPointer<vtkDataArray> massToChargeOf(vtkPointSet* ions, const float*& values);

/**
 * @brief The positions as contiguous float32, nm.
 *
 * @return the points' array itself, or a converted copy; nullptr where there are no points
 */
vtkSmartPointer<vtkDataArray> positionsOf(vtkPointSet* ions, const float*& values);

/**
 * @brief The array Ion, each ion's place in ionNamesOf, as contiguous int16.
 *
 * @return the array itself, or a converted copy; nullptr where there are no ions
 * @throws apt::Error where there is none, naming the arrays that there are
 */
vtkSmartPointer<vtkDataArray> ionOf(vtkPointSet* ions, const std::int16_t*& values);

/** @brief The texts of a field array; none where there is no such array of texts. */
std::vector<std::string> textsOf(vtkDataObject* object, const char* name);

/** @brief What the values of the array Ion stand for; empty where nothing says it. */
std::vector<std::string> ionNamesOf(vtkDataObject* object);

} // namespace aptvtk
