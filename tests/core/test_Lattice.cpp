// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Lattice.h"

#include "Error.h"
#include "NeighbourShells.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>

namespace apt
{
namespace
{

const double ideal = std::sqrt(8.0 / 3);

const OrderedStructure structures[] = { OrderedStructure::L1_2, OrderedStructure::L1_0,
  OrderedStructure::B2, OrderedStructure::D0_3, OrderedStructure::D0_19 };

/** A block of cells about the origin, negative ones as well. */
struct Block
{
  explicit Block(LatticeType lattice, int reach = 3)
  {
    const UnitCell cell = unitCell(lattice, 1, ideal);
    for (int i = -reach; i < reach; ++i)
    {
      for (int j = -reach; j < reach; ++j)
      {
        for (int k = -reach; k < reach; ++k)
        {
          for (std::size_t basis = 0; basis < cell.sites.size(); ++basis)
          {
            if (i >= -1 && i <= 0 && j >= -1 && j <= 0 && k >= -1 && k <= 0)
            {
              this->central.push_back(this->sites.size());
            }
            this->sites.push_back({ i, j, k, static_cast<int>(basis) });
            this->positions.push_back({ (i + cell.sites[basis][0]) * cell.edges[0],
              (j + cell.sites[basis][1]) * cell.edges[1],
              (k + cell.sites[basis][2]) * cell.edges[2] });
          }
        }
      }
    }
  }

  std::vector<Site> sites;
  std::vector<std::array<double, 3>> positions;
  std::vector<std::size_t> central; // two cells along each axis, neighbours all about
};

void expectShells(LatticeType lattice, const std::array<Shell, 3>& expected)
{
  const Block block(lattice);
  for (const std::size_t centre : block.central)
  {
    const std::vector<Shell> shells =
      shellsAbout(block.positions, centre, expected[2].distance + 1e-6, 1e-9);
    ASSERT_EQ(shells.size(), 3u);
    for (std::size_t shell = 0; shell < 3; ++shell)
    {
      EXPECT_EQ(shells[shell].count, expected[shell].count);
      EXPECT_NEAR(shells[shell].distance, expected[shell].distance, 1e-9);
    }
  }
}

TEST(Lattice, FccHasTheShellsOfFcc)
{
  expectShells(LatticeType::FCC, fccShells());
}

TEST(Lattice, BccHasTheShellsOfBcc)
{
  expectShells(LatticeType::BCC, bccShells());
}

TEST(Lattice, HcpHasTheShellsOfHcp)
{
  expectShells(LatticeType::HCP, hcpShells());
}

/** How many neighbours of each sublattice the sites have at a distance, one line for each case. */
std::set<std::string> surroundings(OrderedStructure structure, int variant, double distance)
{
  const Block block(latticeOf(structure));
  const std::vector<Sublattice>& names = sublattices(structure);
  const auto nameOf = [&](std::size_t site)
  {
    return names[static_cast<std::size_t>(sublatticeOf(structure, variant, block.sites[site]))]
      .name;
  };
  std::set<std::string> result;
  for (const std::size_t centre : block.central)
  {
    std::map<std::string, int> counts;
    for (std::size_t i = 0; i < block.sites.size(); ++i)
    {
      const double apart = std::hypot(block.positions[i][0] - block.positions[centre][0],
        block.positions[i][1] - block.positions[centre][1],
        block.positions[i][2] - block.positions[centre][2]);
      if (std::abs(apart - distance) < 1e-6)
      {
        ++counts[nameOf(i)];
      }
    }
    std::string text = nameOf(centre) + ":";
    for (const auto& [name, count] : counts)
    {
      text += " " + std::to_string(count) + name;
    }
    result.insert(text);
  }
  return result;
}

using Lines = std::set<std::string>;

TEST(Lattice, InL12EveryBTouchesTwelveA)
{
  for (int variant = 0; variant < variantCount(OrderedStructure::L1_2); ++variant)
  {
    EXPECT_EQ(surroundings(OrderedStructure::L1_2, variant, std::sqrt(0.5)),
      (Lines{ "A: 8A 4B", "B: 12A" }));
    EXPECT_EQ(surroundings(OrderedStructure::L1_2, variant, 1), (Lines{ "A: 6A", "B: 6B" }));
  }
}

TEST(Lattice, InL10EveryAtomTouchesEightUnlikeAndFourLike)
{
  for (int variant = 0; variant < variantCount(OrderedStructure::L1_0); ++variant)
  {
    EXPECT_EQ(surroundings(OrderedStructure::L1_0, variant, std::sqrt(0.5)),
      (Lines{ "A: 4A 8B", "B: 8A 4B" }));
  }
}

TEST(Lattice, L10HasTwoVariantsWithCAlongEachCubeAxisAndZFirst)
{
  for (int variant = 0; variant < 6; ++variant)
  {
    // Along c one plane is A and the next is B: two sites in a plane across c are alike.
    std::set<std::size_t> axes;
    const UnitCell cell = unitCell(LatticeType::FCC, 1);
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      bool planesAreAlike = true;
      for (int basis = 0; basis < 4; ++basis)
      {
        for (int other = 0; other < 4; ++other)
        {
          const auto height = [&](int site)
          { return cell.sites[static_cast<std::size_t>(site)][axis]; };
          planesAreAlike &= height(basis) != height(other) ||
            sublatticeOf(OrderedStructure::L1_0, variant, { 0, 0, 0, basis }) ==
              sublatticeOf(OrderedStructure::L1_0, variant, { 0, 0, 0, other });
        }
      }
      if (planesAreAlike)
      {
        axes.insert(axis);
      }
    }
    const std::size_t expected[] = { 2, 2, 0, 0, 1, 1 };
    EXPECT_EQ(axes, std::set<std::size_t>{ expected[variant] });
  }
}

TEST(Lattice, InB2EveryAtomTouchesEightUnlike)
{
  for (int variant = 0; variant < variantCount(OrderedStructure::B2); ++variant)
  {
    EXPECT_EQ(
      surroundings(OrderedStructure::B2, variant, std::sqrt(0.75)), (Lines{ "A: 8B", "B: 8A" }));
    EXPECT_EQ(surroundings(OrderedStructure::B2, variant, 1), (Lines{ "A: 6A", "B: 6B" }));
  }
}

TEST(Lattice, InD03EveryBHasEightA1AndThenSixA2)
{
  for (int variant = 0; variant < variantCount(OrderedStructure::D0_3); ++variant)
  {
    EXPECT_EQ(surroundings(OrderedStructure::D0_3, variant, std::sqrt(0.75)),
      (Lines{ "A1: 4A2 4B", "A2: 8A1", "B: 8A1" }));
    EXPECT_EQ(
      surroundings(OrderedStructure::D0_3, variant, 1), (Lines{ "A1: 6A1", "A2: 6B", "B: 6A2" }));
  }
}

TEST(Lattice, InD019EveryBTouchesTwelveA)
{
  for (int variant = 0; variant < variantCount(OrderedStructure::D0_19); ++variant)
  {
    EXPECT_EQ(surroundings(OrderedStructure::D0_19, variant, 1), (Lines{ "A: 8A 4B", "B: 12A" }));
  }
}

TEST(Lattice, SublatticesHoldTheFractionsThatTheyTell)
{
  for (const OrderedStructure structure : structures)
  {
    const Block block(latticeOf(structure), 2); // whole cells of every superstructure
    for (int variant = 0; variant < variantCount(structure); ++variant)
    {
      std::vector<int> counts(sublattices(structure).size(), 0);
      for (const Site& site : block.sites)
      {
        ++counts[static_cast<std::size_t>(sublatticeOf(structure, variant, site))];
      }
      double sum = 0;
      for (std::size_t i = 0; i < counts.size(); ++i)
      {
        EXPECT_DOUBLE_EQ(static_cast<double>(counts[i]) / static_cast<double>(block.sites.size()),
          sublattices(structure)[i].fraction);
        sum += sublattices(structure)[i].fraction;
      }
      EXPECT_DOUBLE_EQ(sum, 1);
    }
  }
}

TEST(Lattice, NoTwoVariantsAreTheSame)
{
  for (const OrderedStructure structure : structures)
  {
    const Block block(latticeOf(structure), 2);
    std::set<std::vector<int>> seen;
    for (int variant = 0; variant < variantCount(structure); ++variant)
    {
      std::vector<int> assignment;
      for (const Site& site : block.sites)
      {
        assignment.push_back(sublatticeOf(structure, variant, site));
      }
      seen.insert(assignment);
    }
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(variantCount(structure)));
  }
}

TEST(Lattice, RefusesCellsOfNoSize)
{
  EXPECT_THROW(unitCell(LatticeType::FCC, 0), ParameterError);
  EXPECT_THROW(unitCell(LatticeType::BCC, std::nan("")), ParameterError);
  EXPECT_THROW(unitCell(LatticeType::HCP, 0.3, -1), ParameterError);
}

} // namespace
} // namespace apt
