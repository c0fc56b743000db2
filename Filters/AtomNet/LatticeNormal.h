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
 * @brief Finds the normal of the planes of a lattice that lies with ⟨001⟩ near z.
 *
 * For a normal n the structure factor of species s is F = Σ (1 for its ions − its share) exp(−2πi n·r / a),
 * over all ions; Σ |F|² / (N share) over the species is about their number less one where they are in no
 * order, and grows with N where they alternate with the period a along n. Planes themselves follow each
 * other at a / 2, whatever is on them: |Σ exp(−4πi n·r / a)|² / N is about 1 where there are none, grows with N
 * where there are, and goes through all domains, which need not be in phase.
 *
 * Both speak for a tilt, in the blocks of the cloud and in groups of 8 and 64 blocks that follow each other
 * (waves need not be in phase farther away), on a grid of up to ±4.5° about x and about y, and then on a finer
 * one of 0.1°: half their sum, less θ² / 2 (2°)², is the logarithm of the weight of a tilt θ, and the answer
 * is the mean. So it is near z where no planes are to be seen. Domains out of phase make speckles of the
 * power of their order, which tell nothing of the normal: so the power of order is taken over its mean in single
 * blocks, where that is more than chance. Single blocks, many and weak, count by the part 1 − 1 / mean of
 * their power that is not chance.
 *
 * Of a large cloud 8 stretches of 64 blocks are looked at, about a million ions; the answer does not
 * depend on the number of threads.
 * @param species      cloud.size() places of shares, in the order of the cloud
 * @param shares       of the species, as speciesShares
 * @param latticeParameter a, nm
 * @return a unit vector; z for no ions
 * @throws Stopped
 */
std::array<double, 3> findLatticeNormal(const CellSortedCloud& cloud, const std::uint8_t* species,
  const std::vector<double>& shares, double latticeParameter, const Progress& progress = {});

} // namespace apt
