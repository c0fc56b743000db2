// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "CrystalRows.h"

#include "Error.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace apt
{

namespace
{

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr Matrix identity = { { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } } };

// Cells along an axis are numbered by 20 bits, the origin in the middle.
constexpr int CellBits = 20;
constexpr std::int32_t CellOffset = 1 << (CellBits - 1);

double dot(const Point& left, const Point& right)
{
  return left[0] * right[0] + left[1] * right[1] + left[2] * right[2];
}

Point sum(const Point& left, const Point& right)
{
  return { left[0] + right[0], left[1] + right[1], left[2] + right[2] };
}

Matrix product(const Matrix& left, const Matrix& right)
{
  Matrix result{};
  for (std::size_t row = 0; row < 3; ++row)
  {
    for (std::size_t column = 0; column < 3; ++column)
    {
      for (std::size_t inner = 0; inner < 3; ++inner)
      {
        result[row][column] += left[row][inner] * right[inner][column];
      }
    }
  }
  return result;
}

/** The first and the last of a row's cells, as begin and end, for a stretch in units of cells. */
void roundInwards(const Stretch& stretch, std::int32_t& begin, std::int32_t& end)
{
  const double first = std::ceil(stretch.begin);
  const double last = std::floor(stretch.end);
  if (!(first <= last))
  {
    begin = 0;
    end = 0;
    return;
  }
  begin = static_cast<std::int32_t>(std::max<double>(first, -CellOffset));
  end = static_cast<std::int32_t>(std::min<double>(last, CellOffset - 1)) + 1;
}

} // namespace

Point product(const Matrix& matrix, const Point& column)
{
  return { dot(matrix[0], column), dot(matrix[1], column), dot(matrix[2], column) };
}

CrystalRows::CrystalRows(const SyntheticSpecimenOptions& options, const SpecimenOutline& outline,
  const Matrix& rotation, const Point& origin)
  : Cell(unitCell(options.lattice, options.latticeParameter, options.axialRatio))
  , Outline(outline)
{
  CrystalMap map = { identity, { 0, 0, 0 } };
  if (options.fault == PlanarFault::None || options.faultCount < 1)
  {
    this->addSlab(-infinity, infinity, map, rotation, origin);
    return;
  }

  const double third = 1 / std::sqrt(3.0);
  const Point normal = { third, third, third }; // in the crystal
  this->Normal = product(rotation, normal);
  const double spacing = options.latticeParameter * third; // of the (111) planes
  const double height = dot(this->Normal, origin);         // of plane number 0
  // a/6 [1 1 -2], the way in which one (111) plane sits on the one below: A over B, B over C, C
  // over A. The opposite shift would put atoms on top of atoms.
  const double sixth = options.latticeParameter / 6;
  const Point partial = { sixth, sixth, -2 * sixth };
  Matrix mirror = identity;
  for (std::size_t row = 0; row < 3; ++row)
  {
    for (std::size_t column = 0; column < 3; ++column)
    {
      mirror[row][column] -= 2 * normal[row] * normal[column];
    }
  }

  double lower = -infinity;
  const auto cutAt = [&](double plane, const CrystalMap& above)
  {
    const double cut = height + plane * spacing;
    this->addSlab(lower, cut, map, rotation, origin);
    lower = cut;
    map = above;
  };
  const auto shifted = [&] { return CrystalMap{ map.turn, sum(map.shift, partial) }; };
  for (int fault = 0; fault < options.faultCount; ++fault)
  {
    // Where it is asked for, in units of lattice planes.
    const double wanted =
      ((fault - 0.5 * (options.faultCount - 1)) * options.faultSpacing - height) / spacing;
    double plane = 0;
    switch (options.fault)
    {
      case PlanarFault::None:
        break;
      case PlanarFault::Intrinsic:
        plane = std::floor(wanted) + 0.5;
        cutAt(plane, shifted());
        break;
      case PlanarFault::Extrinsic:
        plane = std::round(wanted);
        cutAt(plane - 0.5, shifted());
        cutAt(plane + 0.5, shifted());
        break;
      case PlanarFault::Twin: {
        // The twins share the plane; the cut is between it and the next.
        plane = std::round(wanted);
        CrystalMap above = { product(mirror, map.turn), product(mirror, map.shift) };
        for (std::size_t axis = 0; axis < 3; ++axis)
        {
          above.shift[axis] += 2 * plane * spacing * normal[axis];
        }
        cutAt(plane + 0.5, above);
        break;
      }
    }
    this->Planes.push_back(height + plane * spacing);
  }
  this->addSlab(lower, infinity, map, rotation, origin);
}

void CrystalRows::addSlab(
  double lower, double upper, const CrystalMap& map, const Matrix& rotation, const Point& origin)
{
  Slab slab{};
  slab.along = { lower, upper };
  slab.edges = product(rotation, map.turn);
  slab.origin = sum(origin, product(rotation, map.shift));

  // The lattice's axes stay at right angles: the cells that the upright box about the specimen
  // spans along one of them follow from the box's extent along it.
  const Point& half = this->Outline.halfExtent();
  std::array<double, 3> centre{};
  std::array<double, 3> reach{};
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    for (std::size_t row = 0; row < 3; ++row)
    {
      centre[axis] -= slab.edges[row][axis] * slab.origin[row] / this->Cell.edges[axis];
      reach[axis] += std::abs(slab.edges[row][axis]) * half[row] / this->Cell.edges[axis];
    }
    if (std::abs(centre[axis]) + reach[axis] + 2 >= CellOffset)
    {
      throw ParameterError(half[2] > half[0] ? "Height" : "EdgeLength",
        shortestNumber(2 * std::max(half[0], half[2])) + " nm",
        "less than 2^18 unit cells (" + shortestNumber((1 << 18) * this->Cell.edges[0]) + " nm)");
    }
    for (std::size_t row = 0; row < 3; ++row)
    {
      slab.edges[row][axis] *= this->Cell.edges[axis];
    }
  }
  // Sites lie up to one cell above the corner of theirs.
  const auto first = [&](std::size_t axis)
  { return static_cast<std::int32_t>(std::floor(centre[axis] - reach[axis])) - 1; };
  const auto count = [&](std::size_t axis)
  {
    return static_cast<std::uint64_t>(
      static_cast<std::int32_t>(std::ceil(centre[axis] + reach[axis])) - first(axis) + 1);
  };
  slab.iBegin = first(0);
  slab.jBegin = first(1);
  slab.iCount = count(0);
  slab.jCount = count(1);
  slab.firstRow = this->Size;
  this->Size += slab.iCount * slab.jCount;
  this->Slabs.push_back(slab);
}

double CrystalRows::siteVolume() const
{
  return this->Cell.edges[0] * this->Cell.edges[1] * this->Cell.edges[2] /
    static_cast<double>(this->Cell.sites.size());
}

CrystalRow CrystalRows::row(std::uint64_t index) const
{
  const auto after = std::upper_bound(this->Slabs.begin(), this->Slabs.end(), index,
    [](std::uint64_t row, const Slab& slab) { return row < slab.firstRow; });
  const Slab& slab = *(after - 1);
  const std::uint64_t inSlab = index - slab.firstRow;

  CrystalRow row{};
  row.slab = static_cast<std::uint32_t>(after - 1 - this->Slabs.begin());
  row.i = slab.iBegin + static_cast<std::int32_t>(inSlab / slab.jCount);
  row.j = slab.jBegin + static_cast<std::int32_t>(inSlab % slab.jCount);
  row.step = { slab.edges[0][2], slab.edges[1][2], slab.edges[2][2] };
  const double rise = dot(this->Normal, row.step);
  for (std::size_t basis = 0; basis < this->Cell.sites.size(); ++basis)
  {
    const Point& site = this->Cell.sites[basis];
    const Point start =
      sum(slab.origin, product(slab.edges, Point{ row.i + site[0], row.j + site[1], site[2] }));
    row.start[basis] = start;
    Stretch stretch = this->Outline.clip(start, row.step);
    if (this->Slabs.size() > 1)
    {
      // [111] stands at an angle to all cube axes, in the twin as well, so that rise is never 0.
      const double first = (slab.along.begin - dot(this->Normal, start)) / rise;
      const double last = (slab.along.end - dot(this->Normal, start)) / rise;
      stretch.begin = std::max(stretch.begin, std::min(first, last));
      stretch.end = std::min(stretch.end, std::max(first, last));
    }
    roundInwards(stretch, row.siteBegin[basis], row.siteEnd[basis]);
    if (row.siteBegin[basis] < row.siteEnd[basis])
    {
      const bool first = row.begin == row.end;
      row.begin = first ? row.siteBegin[basis] : std::min(row.begin, row.siteBegin[basis]);
      row.end = first ? row.siteEnd[basis] : std::max(row.end, row.siteEnd[basis]);
    }
  }
  return row;
}

std::uint64_t CrystalRows::siteCount(std::uint64_t index) const
{
  const CrystalRow row = this->row(index);
  std::uint64_t count = 0;
  for (std::size_t basis = 0; basis < this->Cell.sites.size(); ++basis)
  {
    count += static_cast<std::uint64_t>(row.siteEnd[basis] - row.siteBegin[basis]);
  }
  return count;
}

std::uint64_t CrystalRows::siteNumber(const Site& site)
{
  const auto part = [](std::int32_t cell) { return static_cast<std::uint64_t>(cell + CellOffset); };
  return ((((part(site.i) << CellBits) | part(site.j)) << CellBits | part(site.k)) << 2) |
    static_cast<std::uint64_t>(site.basis);
}

} // namespace apt
