// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "CellSortedCloud.h"
#include "Progress.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace apt
{

/** @brief The share of each species among the ions; sums to 1 where there are ions. */
std::vector<double> speciesShares(
  const CellSortedCloud& cloud, const std::uint8_t* species, std::size_t speciesCount);

/**
 * @brief Finds the normal of lattice planes that differ in species, near z.
 *
 * For a normal n the structure factor of species s is F = Σ (1 for its ions − its share) exp(−2πi n·r / a),
 * over all ions; |F|² / (N share (1 − share)) is about 1 where species are in no order, and grows with N
 * where they alternate with the period a along n. Its sum over species, over the blocks of the cloud
 * and over groups of 8 and 64 blocks that follow each other (waves need not be in phase farther away), is
 * looked for on a grid of tilts up to ±4.5° about x and about y, and then on a finer one of 0.1°. What
 * speaks against a tilt θ is θ² / 2 (2°)², which is little: where there is no order to be seen the answer
 * is anywhere on the grid, 3° from z on average.
 *
 * Of a large cloud 8 stretches of 64 blocks are looked at, about a million ions; the answer does not
 * depend on the number of threads.
 * @param species      cloud.size() places of shares, in the order of the cloud
 * @param shares       of the species, as speciesShares
 * @param latticeParameter a, nm
 * @return a unit vector
 * @throws Stopped
 */
std::array<double, 3> findLatticeNormal(const CellSortedCloud& cloud, const std::uint8_t* species,
  const std::vector<double>& shares, double latticeParameter, const Progress& progress = {});

} // namespace apt
