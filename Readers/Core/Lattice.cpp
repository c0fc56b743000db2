// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Lattice.h"

#include "Error.h"
#include "RangeFile.h"

#include <cmath>

namespace apt
{

namespace
{

// Of a − b modulo a power of two, right for negative numbers as well.
constexpr int wrapped(std::int64_t value, int modulus)
{
  return static_cast<int>(value & (modulus - 1));
}

// The sublattices by their index.
constexpr int A = 0;
constexpr int B = 1;
constexpr int A1 = 0; // of D0_3
constexpr int A2 = 1;
constexpr int BOfD03 = 2;

// The cube axis along which L1_0 alternates: z first, as the published models know only that one.
constexpr int tetragonalAxes[] = { 2, 0, 1 };

// Which half cell along x, y, z the sites of the fcc basis lie in.
constexpr int fccHalves[4][3] = { { 0, 0, 0 }, { 0, 1, 1 }, { 1, 0, 1 }, { 1, 1, 0 } };

int sublatticeOfD019(int variant, const Site& site)
{
  // Place in the triangular net of its layer, in the net's own axes (60° apart). The second layer
  // (basis 2 and 3) lies over the centres of upward triangles: its site (m, n) touches (m, n),
  // (m + 1, n), (m, n + 1) below and above.
  const bool secondLayer = site.basis >= 2;
  const std::int64_t n = 2 * std::int64_t{ site.j } + site.basis % 2;
  const std::int64_t m = std::int64_t{ site.i } - site.j - (site.basis == 3 ? 1 : 0);
  // B is every other site along both axes; in the second layer, where it touches no B of the first.
  const int shift = secondLayer ? 1 : 0;
  const bool b =
    wrapped(m + shift - variant % 2, 2) == 0 && wrapped(n + shift - variant / 2, 2) == 0;
  return b ? B : A;
}

} // namespace

LatticeType latticeOf(OrderedStructure structure)
{
  switch (structure)
  {
    case OrderedStructure::L1_2:
    case OrderedStructure::L1_0:
      return LatticeType::FCC;
    case OrderedStructure::B2:
    case OrderedStructure::D0_3:
      return LatticeType::BCC;
    case OrderedStructure::D0_19:
      break;
  }
  return LatticeType::HCP;
}

const std::vector<Sublattice>& sublattices(OrderedStructure structure)
{
  static const std::vector<Sublattice> threeToOne = { { "A", 0.75 }, { "B", 0.25 } };
  static const std::vector<Sublattice> oneToOne = { { "A", 0.5 }, { "B", 0.5 } };
  static const std::vector<Sublattice> d03 = { { "A1", 0.5 }, { "A2", 0.25 }, { "B", 0.25 } };
  switch (structure)
  {
    case OrderedStructure::L1_0:
    case OrderedStructure::B2:
      return oneToOne;
    case OrderedStructure::D0_3:
      return d03;
    case OrderedStructure::L1_2:
    case OrderedStructure::D0_19:
      break;
  }
  return threeToOne;
}

int variantCount(OrderedStructure structure)
{
  switch (structure)
  {
    case OrderedStructure::L1_0:
      return 6;
    case OrderedStructure::B2:
      return 2;
    case OrderedStructure::L1_2:
    case OrderedStructure::D0_3:
    case OrderedStructure::D0_19:
      break;
  }
  return 4;
}

int sublatticeOf(OrderedStructure structure, int variant, const Site& site)
{
  switch (structure)
  {
    case OrderedStructure::L1_2:
      return site.basis == variant ? B : A;
    case OrderedStructure::L1_0:
      return fccHalves[site.basis][tetragonalAxes[variant / 2]] == variant % 2 ? A : B;
    case OrderedStructure::B2:
      return site.basis == variant ? A : B;
    case OrderedStructure::D0_3: {
      // The sum of the coordinates in half cells, modulo 4, tells the four simple-cubic-like nets
      // of D0_3 apart, and moving the lattice by one nearest neighbour moves it by an odd number.
      const std::int64_t sum =
        2 * (std::int64_t{ site.i } + site.j + site.k) + 3 * std::int64_t{ site.basis };
      const int net = wrapped(sum - variant, 4);
      return net == 0 ? BOfD03 : net == 2 ? A2 : A1;
    }
    case OrderedStructure::D0_19:
      break;
  }
  return sublatticeOfD019(variant, site);
}

UnitCell unitCell(LatticeType lattice, double a, double axialRatio)
{
  if (!(a > 0) || !std::isfinite(a))
  {
    throw ParameterError("LatticeParameter", shortestNumber(a), "more than 0 nm");
  }
  switch (lattice)
  {
    case LatticeType::FCC:
      return { { a, a, a }, { { 0, 0, 0 }, { 0, 0.5, 0.5 }, { 0.5, 0, 0.5 }, { 0.5, 0.5, 0 } } };
    case LatticeType::BCC:
      return { { a, a, a }, { { 0, 0, 0 }, { 0.5, 0.5, 0.5 } } };
    case LatticeType::HCP:
      break;
  }
  if (!(axialRatio > 0) || !std::isfinite(axialRatio))
  {
    throw ParameterError("AxialRatio", shortestNumber(axialRatio), "more than 0");
  }
  return { { a, std::sqrt(3.0) * a, axialRatio * a },
    { { 0, 0, 0 }, { 0.5, 0.5, 0 }, { 0.5, 1.0 / 6, 0.5 }, { 0, 2.0 / 3, 0.5 } } };
}

} // namespace apt
