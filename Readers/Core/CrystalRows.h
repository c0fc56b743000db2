// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Lattice.h"
#include "SpecimenOutline.h"
#include "SyntheticSpecimen.h"

#include <array>
#include <cstdint>
#include <vector>

namespace apt
{

/** @brief Three rows of three. */
using Matrix = std::array<std::array<double, 3>, 3>;

/** @brief A matrix times a column. */
Point product(const Matrix& matrix, const Point& column);

/** @brief The sites of one unit cell per step along a row, those within the specimen. */
struct CrystalRow
{
  static constexpr int MaximumSites = 4;

  std::int32_t i = 0;
  std::int32_t j = 0;
  std::uint32_t slab = 0; ///< number of the slab between planar faults, 0 where there are none
  /** Cells that hold a site inside, k from begin up to but not with end. */
  std::int32_t begin = 0;
  std::int32_t end = 0;
  /** For each site of the basis: where it lies in the cell k = 0, and its own begin and end. */
  std::array<Point, MaximumSites> start;
  std::array<std::int32_t, MaximumSites> siteBegin;
  std::array<std::int32_t, MaximumSites> siteEnd;
  Point step; ///< nm from one cell to the next

  Point position(int basis, std::int32_t k) const
  {
    const Point& from = this->start[static_cast<std::size_t>(basis)];
    return { from[0] + k * this->step[0], from[1] + k * this->step[1],
      from[2] + k * this->step[2] };
  }
};

/**
 * @brief The lattice sites of a specimen, by rows of unit cells.
 *
 * Each row is cut with the outline analytically, so that a site costs the same however the crystal
 * is turned, and belongs to exactly one row. A crystal with planar faults is a pile of slabs, each
 * the same lattice under its own map (shifted, or mirrored), whose rows are cut with the slab as
 * well; faults lie between lattice planes, or on the plane that two twins share, so that rounding
 * neither doubles nor drops a site.
 *
 * Cells are counted from the crystal's origin, whatever the outline. Thread-safe.
 */
class CrystalRows
{
public:
  /**
   * @param rotation crystal → specimen
   * @param origin   of the crystal in the specimen, nm
   * @throws ParameterError where the specimen has more cells than are countable
   */
  CrystalRows(const SyntheticSpecimenOptions& options, const SpecimenOutline& outline,
    const Matrix& rotation, const Point& origin);

  /** @brief Sites in the basis of the cell. */
  int basisSize() const { return static_cast<int>(this->Cell.sites.size()); }

  /** @brief nm³ per site. */
  double siteVolume() const;

  /** @brief Number of rows; many at the corners may be empty. */
  std::uint64_t size() const { return this->Size; }

  /** @brief A row, cut. */
  CrystalRow row(std::uint64_t index) const;

  /** @brief Number of sites in a row. */
  std::uint64_t siteCount(std::uint64_t index) const;

  /**
   * @brief A number for each site, from its cell alone: the same in every specimen and part.
   *
   * Below 2^62, the lowest two bits being the site of the basis. Different slabs share numbers.
   */
  static std::uint64_t siteNumber(const Site& site);

  /** @brief Unit normal of the fault planes in the specimen, the crystal's [111]. */
  const Point& faultNormal() const { return this->Normal; }

  /** @brief Distances of the fault planes from the specimen's centre along the normal, ascending. */
  const std::vector<double>& faultPlanes() const { return this->Planes; }

private:
  /** A slab: where it ends, and its map from units of the cell to the specimen. */
  struct Slab
  {
    Stretch along; // the normal, nm from the specimen's centre
    Matrix edges;  // columns: the edges of the cell, nm
    Point origin;
    std::int32_t iBegin;
    std::int32_t jBegin;
    std::uint64_t iCount;
    std::uint64_t jCount;
    std::uint64_t firstRow;
  };

  /** A map within the crystal: mirrored or not, then shifted (nm). */
  struct CrystalMap
  {
    Matrix turn;
    Point shift;
  };

  void addSlab(
    double lower, double upper, const CrystalMap& map, const Matrix& rotation, const Point& origin);

  UnitCell Cell;
  SpecimenOutline Outline;
  std::vector<Slab> Slabs;
  std::uint64_t Size = 0;
  Point Normal = { 0, 0, 1 };
  std::vector<double> Planes;
};

} // namespace apt
