// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "CellSortedCloud.h"

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace apt
{

/**
 * @brief A square grid of tilts about two axes, as components x and y of a normal whose z is 1.
 *
 * Row i and column j, from 0, are x + (i − steps) step and y + (j − steps) step.
 */
struct TiltGrid
{
  static constexpr int MostSteps = 15;

  double x = 0; ///< in the middle
  double y = 0;
  double step = 0;
  int steps = 0; ///< to either side of the middle, up to MostSteps

  int side() const { return 2 * this->steps + 1; }
  double xOf(int row) const { return this->x + (row - this->steps) * this->step; }
  double yOf(int column) const { return this->y + (column - this->steps) * this->step; }
};

/**
 * @brief Structure factors of ions at all tilts of a grid: Σ exp(−2πi n·r / a) of each species, and
 * Σ exp(−4πi n·r / a), of half that period, of all ions.
 *
 * Waves over a grid are products of one for its row and one for its column, so that what an ion costs
 * is two multiplications of complex numbers for a tilt.
 */
class StructureFactors
{
public:
  /** @param latticeParameter a, nm */
  StructureFactors(const TiltGrid& grid, std::size_t species, double latticeParameter);

  /**
   * @brief Adds the ions of a block.
   * @param species cloud.size() numbers below that of species, in the order of the cloud
   * @param origin  of the phases, nm, near the block: they are summed in single precision
   */
  void add(const CellSortedCloud& cloud, const CellSortedCloud::Block& block,
    const std::uint8_t* species, const std::array<float, 3>& origin);

  /** @brief Adds the sums of others of the same grid, species and origin. */
  void add(const StructureFactors& other);

  /** @brief Of a species, with the lattice parameter for a period. */
  std::complex<double> ofSpecies(std::size_t species, int row, int column) const
  {
    return this->at(species, row, column);
  }

  /** @brief Of all ions, with half the lattice parameter for a period. */
  std::complex<double> ofPlanes(int row, int column) const
  {
    return this->at(this->Counts.size(), row, column);
  }

  /** @brief The ions of each species. */
  const std::vector<std::size_t>& counts() const { return this->Counts; }

private:
  std::complex<double> at(std::size_t kind, int row, int column) const;

  TiltGrid Grid;
  double PerLength;                ///< 1 / a
  std::size_t Rows;                ///< of the grid and one more, an even number
  std::size_t Columns;             ///< of the grid and some more, whole vectors
  std::size_t Size;                ///< of the sums of a kind, [row][real, imaginary][Columns]
  std::vector<float> Sums;         ///< of each species, then of the planes
  std::vector<std::size_t> Counts; ///< of each species
};

} // namespace apt
