// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "KnownSpecimen.h"

#include "Error.h"
#include "IonCloud.h"

#include <algorithm>
#include <array>
#include <limits>

namespace apt
{

namespace
{

using IonList = std::vector<std::uint32_t>;

/** The axis along which the box around these ions is longest. */
int longestAxis(const float* positions, IonList::const_iterator begin, IonList::const_iterator end)
{
  constexpr float far = std::numeric_limits<float>::infinity();
  std::array<float, 3> lower{ far, far, far };
  std::array<float, 3> upper{ -far, -far, -far };
  for (auto ion = begin; ion != end; ++ion)
  {
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      const float value = positions[3 * std::size_t{ *ion } + axis];
      lower[axis] = std::min(lower[axis], value);
      upper[axis] = std::max(upper[axis], value);
    }
  }
  int longest = 0;
  for (int axis = 1; axis < 3; ++axis)
  {
    const auto a = static_cast<std::size_t>(axis);
    const auto l = static_cast<std::size_t>(longest);
    longest = upper[a] - lower[a] > upper[l] - lower[l] ? axis : longest;
  }
  return longest;
}

void halve(const float* positions, IonList::iterator begin, IonList::iterator end,
  std::size_t parts, std::vector<IonList>& pieces)
{
  if (parts == 1)
  {
    pieces.emplace_back(begin, end);
    std::sort(pieces.back().begin(), pieces.back().end());
    return;
  }
  const int axis = longestAxis(positions, begin, end);
  const auto coordinate = [positions, axis](std::uint32_t ion)
  { return positions[3 * std::size_t{ ion } + static_cast<std::size_t>(axis)]; };
  const std::size_t left = parts / 2;
  const auto size = static_cast<std::size_t>(end - begin);
  const auto middle = begin + static_cast<std::ptrdiff_t>(size * left / parts);
  std::nth_element(begin, middle, end,
    [&coordinate](std::uint32_t one, std::uint32_t other)
    {
      const float first = coordinate(one);
      const float second = coordinate(other);
      return first < second || (first == second && one < other);
    });
  halve(positions, begin, middle, left, pieces);
  halve(positions, middle, end, parts - left, pieces);
}

} // namespace

KnownSpecimen::KnownSpecimen(
  const SpecimenIons& ions, const Model& model, const std::vector<int>& orderedValues)
  : Source(ions)
  , Moments(model.moments)
  , LatticeParameter(model.latticeParameter)
  , SpeciesCount(model.species.size())
  , OrderedValues(orderedValues)
{
  const std::size_t lost = countNonFinite(ions.size, ions.positions);
  if (lost > 0)
  {
    throw Error(ions.name + " has " + std::to_string(lost) +
      " ions whose positions are not finite (NaN or infinite); remove them first");
  }
  for (const std::string& name : ions.ionNames)
  {
    this->Codes.push_back(model.codeOf(name));
  }
  for (std::size_t i = 0; i < ions.size; ++i)
  {
    const std::int16_t ion = ions.ion[i];
    if (ion >= 0 && static_cast<std::size_t>(ion) >= this->Codes.size())
    {
      throw Error("the array Ion of " + ions.name + " has the value " + std::to_string(ion) +
        ", but IonNames has only " + std::to_string(this->Codes.size()) + " names");
    }
    if (ion >= 0 && this->Codes[static_cast<std::size_t>(ion)] >= 0)
    {
      this->Ions.push_back(static_cast<std::uint32_t>(i));
    }
  }
}

KnownSpecimen::Waves::Waves(const KnownSpecimen& specimen, const Progress& progress)
  : sorted(specimen.Source.positions, specimen.Source.size, specimen.Ions, {},
      subProgress(progress, 0, 0.2))
  , found(sorted, specimen.speciesOf(sorted).data(), specimen.SpeciesCount,
      specimen.LatticeParameter, specimen.Moments, subProgress(progress, 0.2, 1))
  , place(specimen.Source.size)
{
  for (std::size_t i = 0; i < this->sorted.size(); ++i)
  {
    this->place[this->sorted.originalIndices()[i]] = static_cast<std::uint32_t>(i);
  }
}

std::vector<std::uint8_t> KnownSpecimen::speciesOf(const CellSortedCloud& sorted) const
{
  std::vector<std::uint8_t> species(sorted.size());
  for (std::size_t i = 0; i < species.size(); ++i)
  {
    species[i] = this->speciesOf(sorted.originalIndices()[i]);
  }
  return species;
}

void KnownSpecimen::findWaves(const Progress& progress)
{
  if (this->Moments.waveWindows > 0)
  {
    this->Told = std::make_unique<const Waves>(*this, progress);
  }
}

bool KnownSpecimen::isOrdered(std::uint32_t ion) const
{
  return std::find(this->OrderedValues.begin(), this->OrderedValues.end(),
           this->Source.truth[ion]) != this->OrderedValues.end();
}

std::size_t KnownSpecimen::countOrdered(const std::vector<std::uint32_t>& ions) const
{
  return static_cast<std::size_t>(std::count_if(
    ions.begin(), ions.end(), [this](std::uint32_t ion) { return this->isOrdered(ion); }));
}

std::vector<std::vector<std::uint32_t>> KnownSpecimen::cut(
  std::size_t limit, std::size_t least) const
{
  std::vector<IonList> pieces;
  const std::size_t size = this->Ions.size();
  const std::size_t wanted = (size + limit - 1) / limit;
  const std::size_t parts =
    std::max<std::size_t>(1, std::min(wanted, size / std::max<std::size_t>(least, 1)));
  pieces.reserve(parts);
  IonList ions = this->Ions;
  halve(this->Source.positions, ions.begin(), ions.end(), parts, pieces);
  return pieces;
}

LabelledCloud KnownSpecimen::cloud(const std::vector<std::uint32_t>& ions) const
{
  LabelledCloud cloud;
  cloud.positions.reserve(3 * ions.size());
  cloud.species.reserve(ions.size());
  cloud.ordered.reserve(ions.size());
  for (const std::uint32_t ion : ions)
  {
    const float* position = this->Source.positions + 3 * std::size_t{ ion };
    cloud.positions.insert(cloud.positions.end(), position, position + 3);
    cloud.species.push_back(this->speciesOf(ion));
    cloud.ordered.push_back(this->isOrdered(ion) ? 1 : 0);
  }
  if (this->Told)
  {
    const LatticeWaves& waves = this->Told->found;
    cloud.normal = waves.normal();
    cloud.waves.resize(ions.size() * waves.size());
    float* features = cloud.waves.data();
    for (const std::uint32_t ion : ions)
    {
      waves.read(this->Told->place[ion], features);
      features += waves.size();
    }
  }
  return cloud;
}

} // namespace apt
