// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkProxigram.h"

#include "vtkCompositionIons.h"
#include "vtkGatheredIons.h"
#include "vtkIonAlgorithmSupport.h"
#include "vtkIonCloudToPolyData.h"
#include "vtkRanks.h"
#include "vtkSpecimens.h"
#include "vtkTableColumns.h"

#include "Proxigram.h"

#include "vtkCellArray.h"
#include "vtkCellData.h"
#include "vtkDataArray.h"
#include "vtkIdList.h"
#include "vtkInformation.h"
#include "vtkInformationVector.h"
#include "vtkNew.h"
#include "vtkObjectFactory.h"
#include "vtkPointData.h"
#include "vtkPolyData.h"
#include "vtkStringArray.h"
#include "vtkTable.h"
#include "vtkTriangleFilter.h"
#include "vtkTypeInt64Array.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

vtkStandardNewMacro(vtkProxigram);

namespace
{

using aptvtk::newColumn;

constexpr const char* ModeNames[] = { "Surface", "X", "Y", "Z", "Line" };
constexpr const char* DividingSurfaceNames[] = { "AtPosition", "NoExcess" };

/** Triangles, with the normals of their points where there are any. */
apt::TriangleSurface surfaceOf(const std::vector<vtkPointSet*>& pieces)
{
  apt::TriangleSurface all;
  for (vtkPointSet* piece : pieces)
  {
    vtkNew<vtkTriangleFilter> triangulation;
    triangulation->PassVertsOff();
    triangulation->PassLinesOff();
    triangulation->SetInputData(piece);
    triangulation->Update();
    vtkPolyData* triangles = triangulation->GetOutput();
    const vtkIdType points = triangles->GetNumberOfPoints();
    apt::TriangleSurface own;
    const auto copy = [points](vtkDataArray* from, std::vector<float>& to)
    {
      to.resize(static_cast<std::size_t>(3 * points));
      for (vtkIdType i = 0; i < points; ++i)
      {
        const double* const tuple = from->GetTuple3(i);
        std::copy(tuple, tuple + 3, to.begin() + 3 * i);
      }
    };
    if (points > 0)
    {
      copy(triangles->GetPoints()->GetData(), own.points);
    }
    vtkDataArray* ghosts =
      triangles->GetCellData()->GetArray(vtkDataSetAttributes::GhostArrayName());
    vtkNew<vtkIdList> corners;
    vtkCellArray* const cells = triangles->GetPolys();
    for (vtkIdType cell = 0; cell < cells->GetNumberOfCells(); ++cell)
    {
      cells->GetCellAtId(cell, corners);
      if (corners->GetNumberOfIds() == 3 && !(ghosts && ghosts->GetTuple1(cell) != 0))
      {
        for (vtkIdType corner = 0; corner < 3; ++corner)
        {
          own.triangles.push_back(static_cast<std::uint32_t>(corners->GetId(corner)));
        }
      }
    }
    vtkDataArray* normals = triangles->GetPointData()->GetNormals();
    if (!normals)
    {
      normals = triangles->GetPointData()->GetArray("Normals");
    }
    own.normals.resize(own.points.size());
    if (normals && normals->GetNumberOfComponents() == 3 && points > 0)
    {
      copy(normals, own.normals);
    }
    const auto before = static_cast<std::uint32_t>(all.points.size() / 3);
    all.points.insert(all.points.end(), own.points.begin(), own.points.end());
    all.normals.insert(all.normals.end(), own.normals.begin(), own.normals.end());
    for (const std::uint32_t point : own.triangles)
    {
      all.triangles.push_back(before + point);
    }
  }
  return all;
}

/** The surfaces of all ranks as one, on the first. */
apt::TriangleSurface gatheredSurface(const aptvtk::Ranks& ranks, apt::TriangleSurface mine)
{
  if (!ranks.several())
  {
    return mine;
  }
  const std::vector<std::size_t> points = ranks.all(mine.points.size());
  const std::vector<std::size_t> triangles = ranks.all(mine.triangles.size());
  std::size_t before = 0;
  for (int rank = 0; rank < ranks.rank(); ++rank)
  {
    before += points[static_cast<std::size_t>(rank)] / 3;
  }
  for (std::uint32_t& point : mine.triangles)
  {
    point += static_cast<std::uint32_t>(before);
  }
  apt::TriangleSurface all;
  all.points = aptvtk::gathered(ranks, points, mine.points.data());
  all.normals = aptvtk::gathered(ranks, points, mine.normals.data());
  all.triangles = aptvtk::gathered(ranks, triangles, mine.triangles.data());
  return all;
}

/** The pieces of the one specimen, or surface, that an input is. */
std::vector<vtkPointSet*> piecesOf(vtkDataObject* input, const char* what)
{
  if (!input)
  {
    return {};
  }
  std::vector<aptvtk::InputSpecimen> all;
  aptvtk::addSpecimens(input, all);
  if (all.size() > 1)
  {
    throw apt::Error("the input has " + std::to_string(all.size()) + " " + what +
      " as blocks; take one of them with Extract Block");
  }
  return all.empty() ? std::vector<vtkPointSet*>() : all.front().pieces;
}

/** Column by column: percentages, and all that stands behind them. */
void fillTables(vtkTable* profile, vtkTable* details, const std::vector<apt::ProfileBin>& bins,
  const apt::CompositionBasis& basis, bool decompose)
{
  const std::size_t rows = bins.size();
  const auto fill = [&](const auto& column, const auto& value)
  {
    for (std::size_t row = 0; row < rows; ++row)
    {
      column->SetValue(static_cast<vtkIdType>(row), value(bins[row]));
    }
  };
  const auto countOf = [](const apt::ProfileBin& bin, const std::vector<std::uint32_t>& perIon)
  { return static_cast<vtkTypeInt64>(apt::countOf(bin.ionsOfType, perIon)); };
  const auto centre = newColumn(profile, "bin_extents", "nm", rows);
  fill(centre, [](const apt::ProfileBin& bin) { return 0.5 * (bin.lower + bin.upper); });
  details->AddColumn(centre);
  fill(
    newColumn(details, "Lower", "nm", rows), [](const apt::ProfileBin& bin) { return bin.lower; });
  fill(
    newColumn(details, "Upper", "nm", rows), [](const apt::ProfileBin& bin) { return bin.upper; });
  fill(newColumn<vtkTypeInt64Array>(details, "Count", rows),
    [&](const apt::ProfileBin& bin) { return countOf(bin, basis.reference); });
  const std::string percent = aptvtk::percentName(decompose);
  for (const apt::CompositionPart& part : basis.parts)
  {
    const auto share = [&](const apt::ProfileBin& bin)
    { return apt::shareOf(bin.ionsOfType, part.perIon, basis.reference); };
    fill(newColumn<vtkTypeInt64Array>(details, "Count_" + part.name, rows),
      [&](const apt::ProfileBin& bin) { return countOf(bin, part.perIon); });
    const auto percents = newColumn(profile, percent + "_" + part.name, "%", rows);
    fill(percents, [&](const apt::ProfileBin& bin) { return 100 * share(bin).fraction; });
    details->AddColumn(percents);
    fill(newColumn(details, percent + "Error_" + part.name, "%", rows),
      [&](const apt::ProfileBin& bin) { return 100 * share(bin).error; });
  }
}

void fillExcess(vtkTable* table, const std::vector<apt::InterfacialExcess>& excess,
  const apt::InterfaceCounts& counts, const apt::CompositionBasis& basis, double area,
  bool decompose)
{
  const std::size_t rows = excess.size();
  const char* const unit = decompose ? "atoms/nm²" : "ions/nm²";
  const std::string percent = aptvtk::percentName(decompose);
  const auto names = newColumn<vtkStringArray>(table, decompose ? "Element" : "Ion", rows);
  const auto fill = [&](const std::string& name, const char* columnUnit, const auto& value)
  {
    const auto column = newColumn(table, name, columnUnit, rows);
    for (std::size_t row = 0; row < rows; ++row)
    {
      column->SetValue(static_cast<vtkIdType>(row), value(excess[row]));
    }
  };
  using Excess = apt::InterfacialExcess;
  for (std::size_t row = 0; row < rows; ++row)
  {
    names->SetValue(static_cast<vtkIdType>(row), basis.parts[row].name);
  }
  fill("InterfacialExcess", unit, [](const Excess& e) { return e.excess; });
  fill("InterfacialExcessError", unit, [](const Excess& e) { return e.error; });
  const std::array<const char*, 2> sides{ "Negative", "Positive" };
  for (std::size_t side = 0; side < 2; ++side)
  {
    fill(percent + sides[side] + "Side", "%",
      [side](const Excess& e) { return 100 * e.phase[side].fraction; });
    fill(percent + sides[side] + "SideError", "%",
      [side](const Excess& e) { return 100 * e.phase[side].error; });
  }
  fill("Area", "nm²", [area](const Excess&) { return area; });
  fill("DividingSurface", "nm", [&counts](const Excess&) { return counts.dividingSurface; });
  fill(
    "DividingSurfaceError", "nm", [&counts](const Excess&) { return counts.dividingSurfaceError; });
}

} // namespace

vtkProxigram::vtkProxigram()
{
  this->SetNumberOfInputPorts(2);
  this->SetNumberOfOutputPorts(3);
}

vtkProxigram::~vtkProxigram() = default;

void vtkProxigram::AddIon(const char* name)
{
  if (name && *name)
  {
    this->Ions.emplace_back(name);
    this->Modified();
  }
}

void vtkProxigram::ClearIons()
{
  this->Ions.clear();
  this->Modified();
}

void vtkProxigram::AddReferenceIon(const char* name)
{
  if (name && *name)
  {
    this->ReferenceIons.emplace_back(name);
    this->Modified();
  }
}

void vtkProxigram::ClearReferenceIons()
{
  this->ReferenceIons.clear();
  this->Modified();
}

int vtkProxigram::FillInputPortInformation(int port, vtkInformation* info)
{
  info->Set(vtkAlgorithm::INPUT_REQUIRED_DATA_TYPE(), port == 0 ? "vtkPointSet" : "vtkPolyData");
  // Taken whole: both inputs belong together.
  info->Append(vtkAlgorithm::INPUT_REQUIRED_DATA_TYPE(), "vtkDataObjectTree");
  if (port == 1)
  {
    info->Set(vtkAlgorithm::INPUT_IS_OPTIONAL(), 1);
  }
  return 1;
}

int vtkProxigram::RequestData(
  vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector* outputVector)
{
  aptvtk::reportErrors(this,
    [&]
    {
      const aptvtk::Ranks ranks;
      std::vector<vtkPointSet*> pieces;
      apt::TriangleSurface triangles;
      ranks.together(
        [&]
        {
          if (this->Mode < SURFACE || this->Mode > LINE)
          {
            throw apt::ParameterError("Mode", std::to_string(this->Mode), "0 to 4");
          }
          if (this->DividingSurface < AT_POSITION || this->DividingSurface > NO_EXCESS)
          {
            throw apt::ParameterError(
              "DividingSurface", std::to_string(this->DividingSurface), "0 or 1");
          }
          if (this->IonsPerBin < 0)
          {
            throw apt::ParameterError("IonsPerBin", std::to_string(this->IonsPerBin), "0 or more");
          }
          pieces = piecesOf(vtkDataObject::GetData(inputVector[0]), "specimens");
          if (this->Mode == SURFACE)
          {
            if (this->GetNumberOfInputConnections(1) == 0)
            {
              throw apt::Error(
                "there is no surface; give one (Contour of a Composition Grid, say), "
                "or choose another Mode");
            }
            triangles = surfaceOf(piecesOf(vtkDataObject::GetData(inputVector[1]), "surfaces"));
          }
        });
      apt::CompositionChoice choice;
      choice.decompose = this->Decompose;
      choice.ions = this->Ions;
      choice.references = this->ReferenceIons;
      choice.sum = this->SumIons;
      aptvtk::CompositionIons ions(ranks, pieces, choice);
      ions.gather(ranks, "Proxigram");
      triangles = gatheredSurface(ranks, std::move(triangles));
      if (!ranks.isFirst())
      {
        return;
      }
      if (this->Invert)
      {
        apt::turnRound(triangles);
      }

      const apt::CompositionBasis basis = ions.basis();
      const apt::ProfileInput input{ ions.size(), ions.positions(), ions.types() };
      apt::InterfaceOptions interfaceOptions;
      interfaceOptions.position = this->InterfacePosition;
      interfaceOptions.halfWidth = this->InterfaceHalfWidth;
      interfaceOptions.detectionEfficiency = this->DetectionEfficiency;
      const apt::Progress progress = aptvtk::progressOf(this);
      const apt::Progress most = apt::subProgress(progress, 0, 0.9);
      apt::ProfileCoordinates coordinates;
      if (this->Mode == SURFACE)
      {
        apt::SurfaceProfileOptions options;
        options.maximumDistance = this->MaximumDistance;
        options.twoSided = this->OnlyTwoSided;
        options.beyondRim = this->BeyondRim;
        coordinates =
          apt::distancesToSurface(input, basis, apt::SurfaceDistance(triangles), options, most);
      }
      else if (this->Mode == LINE)
      {
        apt::LineProfileOptions options;
        std::copy(this->Point1, this->Point1 + 3, options.begin.begin());
        std::copy(this->Point2, this->Point2 + 3, options.end.begin());
        options.radius = this->Radius;
        coordinates = apt::distancesAlongLine(input, basis, options, most);
      }
      else
      {
        coordinates = apt::coordinatesAlongAxis(
          input, basis, static_cast<std::size_t>(this->Mode - X), this->Radius, most);
      }
      apt::ProfileBinning binning;
      binning.width = this->BinWidth;
      binning.ionsPerBin = static_cast<std::size_t>(this->IonsPerBin);
      const std::vector<apt::ProfileBin> bins =
        apt::profileBins(coordinates, input, basis, binning, apt::subProgress(progress, 0.9, 1));

      std::vector<apt::InterfacialExcess> excess;
      apt::InterfaceCounts interfaceCounts;
      if (this->Mode == SURFACE)
      {
        if (this->DividingSurface == NO_EXCESS)
        {
          const apt::CompositionPart without = ions.part(this->DividingIon, "DividingIon");
          interfaceCounts =
            apt::interfaceCountsWithoutExcess(coordinates, input, basis, without, interfaceOptions);
          for (const apt::CompositionPart& part : basis.parts)
          {
            excess.push_back(apt::relativeInterfacialExcess(
              interfaceCounts, part, without, basis, coordinates.area, interfaceOptions));
          }
        }
        else
        {
          interfaceCounts = apt::interfaceCounts(coordinates, input, basis, interfaceOptions);
          for (const apt::CompositionPart& part : basis.parts)
          {
            excess.push_back(apt::interfacialExcess(
              interfaceCounts, part, basis, coordinates.area, interfaceOptions));
          }
        }
      }

      vtkTable* profile = vtkTable::GetData(outputVector, 0);
      vtkTable* details = vtkTable::GetData(outputVector, 1);
      vtkTable* excessTable = vtkTable::GetData(outputVector, 2);
      fillTables(profile, details, bins, basis, this->Decompose);
      if (this->Mode == SURFACE)
      {
        fillExcess(excessTable, excess, interfaceCounts, basis, coordinates.area, this->Decompose);
      }
      for (vtkTable* table : { profile, details, excessTable })
      {
        this->describe(table);
        aptvtk::setField(table, "IonsInProfile", static_cast<long long>(coordinates.ions));
        if (this->Mode == SURFACE)
        {
          aptvtk::setField(table, "Area", std::vector<double>{ coordinates.area });
          aptvtk::setField(table, "WholeArea", std::vector<double>{ coordinates.wholeArea });
          aptvtk::setField(table, "IonsBeyondRim", static_cast<long long>(coordinates.beyondRim));
          aptvtk::setField(
            table, "IonsAtOneSidedParts", static_cast<long long>(coordinates.oneSided));
          std::vector<std::string> names;
          std::vector<double> values;
          std::vector<double> errors;
          for (std::size_t i = 0; i < excess.size(); ++i)
          {
            names.push_back(basis.parts[i].name);
            values.push_back(excess[i].excess);
            errors.push_back(excess[i].error);
          }
          aptvtk::setField(
            table, "DividingSurface", std::vector<double>{ interfaceCounts.dividingSurface });
          aptvtk::setField(table, "InterfacialExcessIons", names);
          aptvtk::setField(table, "InterfacialExcess", values);
          aptvtk::setField(table, "InterfacialExcessError", errors);
        }
      }
    });
  return 1;
}

void vtkProxigram::describe(vtkTable* table) const
{
  const auto numbers = [table](const char* name, std::initializer_list<double> values)
  { aptvtk::setField(table, name, std::vector<double>(values)); };
  aptvtk::setField(table, "Mode", std::string(ModeNames[this->Mode]));
  aptvtk::setField(table, "Ions", aptvtk::textOf(this->Ions));
  aptvtk::setField(table, "ReferenceIons", aptvtk::textOf(this->ReferenceIons));
  aptvtk::setField(table, "SumIons", static_cast<long long>(this->SumIons));
  aptvtk::setField(table, "Decompose", static_cast<long long>(this->Decompose));
  if (this->IonsPerBin > 0)
  {
    aptvtk::setField(table, "IonsPerBin", static_cast<long long>(this->IonsPerBin));
  }
  else
  {
    numbers("BinWidth", { this->BinWidth });
  }
  if (this->Mode == SURFACE)
  {
    numbers("MaximumDistance", { this->MaximumDistance });
    aptvtk::setField(table, "Invert", static_cast<long long>(this->Invert));
    aptvtk::setField(table, "OnlyTwoSided", static_cast<long long>(this->OnlyTwoSided));
    aptvtk::setField(table, "BeyondRim", static_cast<long long>(this->BeyondRim));
    numbers("InterfaceHalfWidth", { this->InterfaceHalfWidth });
    numbers("InterfacePosition", { this->InterfacePosition });
    aptvtk::setField(
      table, "DividingSurfaceChoice", std::string(DividingSurfaceNames[this->DividingSurface]));
    if (this->DividingSurface == NO_EXCESS)
    {
      aptvtk::setField(table, "DividingIon", this->DividingIon);
    }
    numbers("DetectionEfficiency", { this->DetectionEfficiency });
  }
  else
  {
    numbers("Radius", { this->Radius });
    if (this->Mode == LINE)
    {
      numbers("Point1", { this->Point1[0], this->Point1[1], this->Point1[2] });
      numbers("Point2", { this->Point2[0], this->Point2[1], this->Point2[2] });
    }
  }
}

void vtkProxigram::PrintSelf(ostream& os, vtkIndent indent)
{
  this->Superclass::PrintSelf(os, indent);
  os << indent << "Mode: " << this->Mode << "\n"
     << indent << "Ions: " << aptvtk::textOf(this->Ions) << "\n"
     << indent << "ReferenceIons: " << aptvtk::textOf(this->ReferenceIons) << "\n"
     << indent << "SumIons: " << this->SumIons << "\n"
     << indent << "Decompose: " << this->Decompose << "\n"
     << indent << "MaximumDistance: " << this->MaximumDistance << "\n"
     << indent << "Invert: " << this->Invert << "\n"
     << indent << "OnlyTwoSided: " << this->OnlyTwoSided << "\n"
     << indent << "BeyondRim: " << this->BeyondRim << "\n"
     << indent << "Point1: " << this->Point1[0] << " " << this->Point1[1] << " " << this->Point1[2]
     << "\n"
     << indent << "Point2: " << this->Point2[0] << " " << this->Point2[1] << " " << this->Point2[2]
     << "\n"
     << indent << "Radius: " << this->Radius << "\n"
     << indent << "BinWidth: " << this->BinWidth << "\n"
     << indent << "IonsPerBin: " << this->IonsPerBin << "\n"
     << indent << "InterfaceHalfWidth: " << this->InterfaceHalfWidth << "\n"
     << indent << "InterfacePosition: " << this->InterfacePosition << "\n"
     << indent << "DividingSurface: " << this->DividingSurface << "\n"
     << indent << "DividingIon: " << this->DividingIon << "\n"
     << indent << "DetectionEfficiency: " << this->DetectionEfficiency << "\n";
}
