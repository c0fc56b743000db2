// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "CrystalRows.h"

#include "Error.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <tuple>

namespace apt
{
namespace
{

Matrix turned(double aboutZ, double aboutX)
{
  const double c = std::cos(aboutZ);
  const double s = std::sin(aboutZ);
  const double cx = std::cos(aboutX);
  const double sx = std::sin(aboutX);
  return { { { c, -s * cx, s * sx }, { s, c * cx, -c * sx }, { 0, sx, cx } } };
}

using Cell = std::tuple<int, int, int, int>;

std::set<Cell> sitesOf(const CrystalRows& rows)
{
  std::set<Cell> sites;
  for (std::uint64_t index = 0; index < rows.size(); ++index)
  {
    const CrystalRow row = rows.row(index);
    std::uint64_t count = 0;
    for (std::int32_t k = row.begin; k < row.end; ++k)
    {
      for (int basis = 0; basis < rows.basisSize(); ++basis)
      {
        const auto site = static_cast<std::size_t>(basis);
        if (row.siteBegin[site] <= k && k < row.siteEnd[site])
        {
          EXPECT_TRUE(sites.insert({ row.i, row.j, k, basis }).second);
          ++count;
        }
      }
    }
    EXPECT_EQ(rows.siteCount(index), count);
  }
  return sites;
}

/** The definition: all cells far and wide, one by one. */
std::set<Cell> sitesByTrying(const SyntheticSpecimenOptions& options,
  const SpecimenOutline& outline, const Matrix& rotation, const Point& origin)
{
  const UnitCell cell = unitCell(options.lattice, options.latticeParameter, options.axialRatio);
  const Point& half = outline.halfExtent();
  const int reach = static_cast<int>((half[0] + half[1] + half[2]) / options.latticeParameter) + 3;
  std::set<Cell> sites;
  for (int i = -reach; i < reach; ++i)
  {
    for (int j = -reach; j < reach; ++j)
    {
      for (int k = -reach; k < reach; ++k)
      {
        for (std::size_t basis = 0; basis < cell.sites.size(); ++basis)
        {
          const Point& site = cell.sites[basis];
          Point position = product(rotation,
            Point{ (i + site[0]) * cell.edges[0], (j + site[1]) * cell.edges[1],
              (k + site[2]) * cell.edges[2] });
          for (std::size_t axis = 0; axis < 3; ++axis)
          {
            position[axis] += origin[axis];
          }
          if (outline.contains(position))
          {
            sites.insert({ i, j, k, static_cast<int>(basis) });
          }
        }
      }
    }
  }
  return sites;
}

TEST(CrystalRows, HoldEverySiteWithinTheOutlineOnce)
{
  const Point origin = { 0.1234, -0.0567, 0.2178 };
  const Matrix rotations[] = { turned(0, 0), turned(0.3, 0), turned(1.1, 0.8) };
  const SpecimenOutline outlines[] = { { SpecimenShape::Box, 3, 4.1, 0 },
    { SpecimenShape::Cylinder, 3.3, 2, 0 }, { SpecimenShape::Needle, 4, 6, 0.15 } };
  for (const LatticeType lattice : { LatticeType::FCC, LatticeType::BCC, LatticeType::HCP })
  {
    SyntheticSpecimenOptions options;
    options.lattice = lattice;
    options.latticeParameter = 0.41;
    for (const Matrix& rotation : rotations)
    {
      for (const SpecimenOutline& outline : outlines)
      {
        const CrystalRows rows(options, outline, rotation, origin);
        EXPECT_EQ(sitesOf(rows), sitesByTrying(options, outline, rotation, origin));
      }
    }
  }
}

TEST(CrystalRows, PlaceTheirSitesWhereTheCellSays)
{
  SyntheticSpecimenOptions options;
  const Matrix rotation = turned(0.5, 0.2);
  const Point origin = { 0.1, 0.2, 0.3 };
  const SpecimenOutline outline(SpecimenShape::Box, 3, 3, 0);
  const CrystalRows rows(options, outline, rotation, origin);
  const UnitCell cell = unitCell(options.lattice, options.latticeParameter);
  for (std::uint64_t index = 0; index < rows.size(); ++index)
  {
    const CrystalRow row = rows.row(index);
    for (int basis = 0; basis < 4; ++basis)
    {
      const Point& site = cell.sites[static_cast<std::size_t>(basis)];
      const Point expected = product(rotation,
        Point{ (row.i + site[0]) * cell.edges[0], (row.j + site[1]) * cell.edges[1],
          (5 + site[2]) * cell.edges[2] });
      const Point position = row.position(basis, 5);
      for (std::size_t axis = 0; axis < 3; ++axis)
      {
        EXPECT_NEAR(position[axis], origin[axis] + expected[axis], 1e-12);
      }
    }
  }
}

TEST(CrystalRows, NumberSitesByTheirCellsAlone)
{
  std::set<std::uint64_t> numbers;
  for (const int i : { -500000, -1, 0, 1, 500000 })
  {
    for (const int j : { -500000, -1, 0, 1, 500000 })
    {
      for (const int k : { -500000, -1, 0, 1, 500000 })
      {
        for (int basis = 0; basis < 4; ++basis)
        {
          numbers.insert(CrystalRows::siteNumber({ i, j, k, basis }));
        }
      }
    }
  }
  EXPECT_EQ(numbers.size(), 500u);
  // Rows count on: the next cell of the row is four further.
  EXPECT_EQ(CrystalRows::siteNumber({ 1, 2, 4, 0 }), CrystalRows::siteNumber({ 1, 2, 3, 0 }) + 4);
}

TEST(CrystalRows, FaultsCenterOnTheSpecimenAtTheSpacing)
{
  SyntheticSpecimenOptions options;
  options.faultCount = 4;
  options.faultSpacing = 2.5;
  const double plane = options.latticeParameter / std::sqrt(3.0);
  const SpecimenOutline outline(SpecimenShape::Box, 12, 12, 0);
  for (const PlanarFault fault :
    { PlanarFault::Intrinsic, PlanarFault::Extrinsic, PlanarFault::Twin })
  {
    options.fault = fault;
    const CrystalRows rows(options, outline, turned(0.3, 0.4), { 0.1, 0.05, 0.3 });
    ASSERT_EQ(rows.faultPlanes().size(), 4u);
    for (int i = 0; i < 4; ++i)
    {
      EXPECT_NEAR(
        rows.faultPlanes()[static_cast<std::size_t>(i)], (i - 1.5) * 2.5, plane / 2 + 1e-9);
    }
  }
}

TEST(CrystalRows, RefuseMoreCellsThanCanBeNumbered)
{
  SyntheticSpecimenOptions options;
  const SpecimenOutline outline(SpecimenShape::Box, 1, 1e6, 0);
  EXPECT_THROW(CrystalRows(options, outline, turned(0, 0), { 0, 0, 0 }), ParameterError);
}

} // namespace
} // namespace apt
