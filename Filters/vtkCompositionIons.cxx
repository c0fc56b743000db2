// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkCompositionIons.h"

#include "vtkGatheredIons.h"
#include "vtkIonCloudToPolyData.h"

#include "RangeFile.h"

#include "vtkDataArray.h"
#include "vtkFieldData.h"
#include "vtkLogger.h"
#include "vtkPointData.h"
#include "vtkPointSet.h"

#include <utility>

namespace aptvtk
{

namespace
{

/** The ranges that gave the names; none where others did. */
apt::RangeTable rangesWithNames(const std::vector<std::string>& names,
  const std::vector<std::string>& rangeRows, bool separateHomonuclearIons)
{
  std::vector<apt::Range> ranges;
  for (const std::string& row : rangeRows)
  {
    ranges.push_back(apt::parseRangeRow(row));
  }
  apt::RangeTableOptions options;
  options.separateHomonuclearIons = separateHomonuclearIons;
  apt::RangeTable table(std::move(ranges), options);
  bool same = table.ions().size() == names.size();
  for (std::size_t i = 0; same && i < names.size(); ++i)
  {
    same = table.ions()[i].name == names[i];
  }
  return same ? std::move(table) : apt::RangeTable();
}

bool separateHomonuclearIons(vtkDataObject* object)
{
  vtkDataArray* separate = object->GetFieldData()->GetArray(fieldName::SeparateHomonuclearIons);
  return separate && separate->GetTuple1(0) != 0;
}

} // namespace

CompositionIons::CompositionIons(
  const Ranks& ranks, const std::vector<vtkPointSet*>& pieces, apt::CompositionChoice choice)
  : Choice(std::move(choice))
{
  std::vector<std::string> rangeRows;
  bool separate = false;
  bool haveMasses = true;
  for (vtkPointSet* piece : pieces)
  {
    if (this->Names.empty())
    {
      this->Names = ionNamesOf(piece);
      rangeRows = textsOf(piece, fieldName::Ranges);
      separate = separateHomonuclearIons(piece);
    }
    haveMasses = haveMasses &&
      (piece->GetNumberOfPoints() == 0 ||
        piece->GetPointData()->HasArray(apt::arrayName::MassToCharge));
  }
  this->Names = ranks.firstNames(this->Names);
  rangeRows = ranks.firstNames(rangeRows);
  haveMasses = ranks.least(haveMasses) > 0;
  ranks.together(
    [&]
    {
      const apt::RangeTable table = rangesWithNames(this->Names, rangeRows, separate);
      const apt::ConstituentsOfTypes byRanges = apt::constituentsByRanges(table);
      this->Constituents =
        byRanges.types.empty() ? apt::constituentsByName(this->Names) : byRanges.types;
      const bool rangesAreTypes =
        this->Choice.decompose && !byRanges.ambiguous.empty() && haveMasses;
      if (rangesAreTypes)
      {
        this->Constituents = table.constituentsOfRange();
        this->Names.resize(this->Constituents.size());
      }
      const bool one = pieces.size() == 1;
      for (vtkPointSet* piece : pieces)
      {
        const auto size = static_cast<std::size_t>(piece->GetNumberOfPoints());
        const float* positions = nullptr;
        const std::int16_t* types = nullptr;
        this->Kept.push_back(positionsOf(piece, positions));
        this->Kept.push_back(ionOf(piece, types));
        this->Size += size;
        if (size == 0)
        {
          continue;
        }
        if (rangesAreTypes)
        {
          const float* masses = nullptr;
          const vtkSmartPointer<vtkDataArray> kept = massToChargeOf(piece, masses);
          const std::vector<std::int16_t> found = apt::rangesOfIons(table, types, masses, size);
          this->AllTypes.insert(this->AllTypes.end(), found.begin(), found.end());
        }
        else if (!one)
        {
          this->AllTypes.insert(this->AllTypes.end(), types, types + size);
        }
        if (!one)
        {
          this->AllPositions.insert(this->AllPositions.end(), positions, positions + 3 * size);
        }
        this->Positions = one ? positions : this->AllPositions.data();
        this->Types = one && !rangesAreTypes ? types : this->AllTypes.data();
      }
    });
}

void CompositionIons::gather(const Ranks& ranks, const char* filter)
{
  if (!ranks.several())
  {
    return;
  }
  const std::vector<std::size_t> counts = ranks.all(this->Size);
  std::vector<float> positions = gathered(ranks, counts, this->Positions, 3);
  std::vector<std::int16_t> types = gathered(ranks, counts, this->Types);
  this->AllPositions = std::move(positions);
  this->AllTypes = std::move(types);
  this->Size = this->AllTypes.size();
  this->Positions = this->AllPositions.data();
  this->Types = this->AllTypes.data();
  if (ranks.isFirst())
  {
    vtkLogF(
      INFO, "%s: %zu ions of %d ranks gathered on the first", filter, this->Size, ranks.count());
  }
}

apt::CompositionBasis CompositionIons::basis() const
{
  return apt::compositionBasis(this->Names, this->Constituents, this->Choice);
}

apt::CompositionPart CompositionIons::part(const std::string& name, const char* property) const
{
  return apt::compositionPart(
    this->Names, this->Constituents, this->Choice.decompose, name, property);
}

std::string textOf(const std::vector<std::string>& names)
{
  std::string all;
  for (const std::string& name : names)
  {
    all += (all.empty() ? "" : ", ") + name;
  }
  return all.empty() ? "all" : all;
}

} // namespace aptvtk
