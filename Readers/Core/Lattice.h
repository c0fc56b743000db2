// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace apt
{

enum class LatticeType
{
  FCC,
  BCC,
  HCP
};

/** @brief An ordered structure (Strukturbericht), coherent with a lattice. */
enum class OrderedStructure
{
  L1_2, ///< fcc, A3B (Cu3Au)
  L1_0, ///< fcc, AB (CuAu), c along any of three cube axes
  B2,   ///< bcc, AB (CsCl)
  D0_3, ///< bcc, A3B (Fe3Al)
  D0_19 ///< hcp, A3B (Ni3Sn)
};

/** @brief The lattice that a structure orders. */
LatticeType latticeOf(OrderedStructure structure);

/** @brief A set of equivalent sites of an ordered structure. */
struct Sublattice
{
  std::string name;    ///< "A", "B", … ; D0_3: "A1" (8c), "A2" (4b), "B" (4a)
  double fraction = 0; ///< of all sites
};

/** @brief The sublattices of a structure, the largest first. */
const std::vector<Sublattice>& sublattices(OrderedStructure structure);

/**
 * @brief Number of distinguishable ways to lay the structure on its lattice: translations
 * (antiphase) times orientations. L1_2 4, L1_0 6, B2 2, D0_3 4, D0_19 4.
 *
 * Of L1_0, variants 0 and 1 have c along z, 2 and 3 along x, 4 and 5 along y.
 */
int variantCount(OrderedStructure structure);

/** @brief A lattice site: cell along the three axes, and site of the cell's basis. */
struct Site
{
  std::int32_t i = 0;
  std::int32_t j = 0;
  std::int32_t k = 0;
  std::int32_t basis = 0;
};

/**
 * @brief The index into sublattices(structure) of that site, in that variant.
 *
 * Sites as unitCell(latticeOf(structure)) numbers them; cells may be negative. Nothing is checked.
 * @param variant 0 … variantCount(structure) − 1
 */
int sublatticeOf(OrderedStructure structure, int variant, const Site& site);

/**
 * @brief A right-angled cell that repeats the lattice: cubic for fcc (4 sites) and bcc (2),
 * a × √3 a × c for hcp (4).
 */
struct UnitCell
{
  std::array<double, 3> edges;              ///< nm
  std::vector<std::array<double, 3>> sites; ///< in units of the edges, each in [0, 1)
};

/**
 * @brief The cell of a lattice.
 * @param a          lattice parameter, nm
 * @param axialRatio c / a, for hcp
 * @throws ParameterError where one that counts is not more than 0
 */
UnitCell unitCell(LatticeType lattice, double a, double axialRatio = 1.633);

} // namespace apt
