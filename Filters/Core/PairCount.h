// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "CellSortedCloud.h"
#include "OffsetKernels.h"
#include "Progress.h"

#include <cstdint>
#include <vector>

namespace apt
{

/** @brief A sorted cloud that belongs to somebody else, and a class for each of its ions. */
struct ClassedCloud
{
  const CellSortedCloud* cloud = nullptr;
  const std::uint8_t* ionClass = nullptr; ///< in the order of the cloud; nullptr = all are 0
  std::size_t classes = 1;                ///< above every class
};

/**
 * @brief Counts the pairs of ions by their offset (neighbour minus centre) or distance, exactly.
 *
 * A pair is ordered: one of the same class counts twice, as k and as −k. No ion is its own neighbour.
 * The two clouds are one and the same or have no ion in common. With one cloud and a region that its
 * mirror image equals, each two ions are looked at once.
 *
 * Cells side by side in a row of a block share the ions of all cells that their region reaches; each
 * ion compares itself with these by vectors. 8 bytes per bin and thread, up to 4 million bins; above
 * that 8 bytes per bin, which all threads add to.
 * @return counts[(class of the centre × neighbours.classes + class of the neighbour) × bins + bin]
 * @throws Stopped
 */
std::vector<std::uint64_t> countPairs(const ClassedCloud& centres, const ClassedCloud& neighbours,
  const OffsetBins& bins, const Progress& progress = {});

/** @brief About how many pairs countPairs would count, by counting those of 256 ions. */
double estimatePairs(
  const ClassedCloud& centres, const ClassedCloud& neighbours, const OffsetBins& bins);

/** @brief Refuses what would take very long. @throws ParameterError with the estimate */
void requireFewPairs(const ClassedCloud& centres, const ClassedCloud& neighbours,
  const OffsetBins& bins, double maximum);
void requireFewPairs(double pairs, double maximum);

} // namespace apt
