// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkCompositionIons.h"

#include "vtkGatheredIons.h"
#include "vtkIonCloudToPolyData.h"

#include "RangeFile.h"

#include "vtkAlgorithm.h"
#include "vtkDataArray.h"
#include "vtkFieldData.h"
#include "vtkLogger.h"
#include "vtkPointSet.h"

namespace aptvtk
{

namespace
{

/** What the types are made of: by their ranges, or by their names where these have none. */
apt::ConstituentsOfTypes constituentsOf(const std::vector<std::string>& names,
  const std::vector<std::string>& rangeRows, bool separateHomonuclearIons)
{
  std::vector<apt::Range> ranges;
  for (const std::string& row : rangeRows)
  {
    ranges.push_back(apt::parseRangeRow(row));
  }
  apt::RangeTableOptions options;
  options.separateHomonuclearIons = separateHomonuclearIons;
  const apt::RangeTable table(std::move(ranges), options);
  bool same = table.ions().size() == names.size();
  for (std::size_t i = 0; same && i < names.size(); ++i)
  {
    same = table.ions()[i].name == names[i];
  }
  return same ? apt::constituentsByRanges(table)
              : apt::ConstituentsOfTypes{ apt::constituentsByName(names), {} };
}

bool separateHomonuclearIons(vtkDataObject* object)
{
  vtkDataArray* separate = object->GetFieldData()->GetArray(fieldName::SeparateHomonuclearIons);
  return separate && separate->GetTuple1(0) != 0;
}

} // namespace

CompositionIons::CompositionIons(const Ranks& ranks, const std::vector<vtkPointSet*>& pieces)
{
  for (vtkPointSet* piece : pieces)
  {
    if (this->Names.empty())
    {
      this->Names = ionNamesOf(piece);
      this->Ranges = textsOf(piece, fieldName::Ranges);
      this->SeparateHomonuclearIons = separateHomonuclearIons(piece);
    }
  }
  this->Names = ranks.firstNames(this->Names);
  this->Ranges = ranks.firstNames(this->Ranges);
  ranks.together(
    [&]
    {
      for (vtkPointSet* piece : pieces)
      {
        const auto size = static_cast<std::size_t>(piece->GetNumberOfPoints());
        const float* positions = nullptr;
        const std::int16_t* types = nullptr;
        this->Kept.push_back(positionsOf(piece, positions));
        this->Kept.push_back(ionOf(piece, types));
        if (pieces.size() == 1)
        {
          this->Positions = positions;
          this->Types = types;
        }
        else if (size > 0)
        {
          this->AllPositions.insert(this->AllPositions.end(), positions, positions + 3 * size);
          this->AllTypes.insert(this->AllTypes.end(), types, types + size);
          this->Positions = this->AllPositions.data();
          this->Types = this->AllTypes.data();
        }
        this->Size += size;
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

apt::CompositionBasis CompositionIons::basis(
  const apt::CompositionChoice& choice, vtkAlgorithm* filter) const
{
  const apt::ConstituentsOfTypes constituents =
    constituentsOf(this->Names, this->Ranges, this->SeparateHomonuclearIons);
  apt::CompositionBasis basis = apt::compositionBasis(this->Names, constituents.types, choice);
  if (filter && choice.decompose)
  {
    for (const std::string& name : constituents.ambiguous)
    {
      vtkWarningWithObjectMacro(
        filter, << "ranges of the ion " << name
                << " have different atoms; all of them count as the first has them"
                << " (Ion Ranging with SeparateHomonuclearIons tells H2 from H)");
    }
  }
  return basis;
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
