// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace apt
{

/** @brief How sizes are put into bins: bin i holds sizes i × binWidth to (i + 1) × binWidth − 1. */
struct SizeDistributionOptions
{
  std::int64_t binWidth = 1;  ///< ions, at least 1
  double minimumExpected = 5; ///< clusters expected in each compared bin; 0 or more, finite
};

/** @brief Numbers of clusters by size, for several sets of clusters over the same bins. */
struct SizeDistributions
{
  std::int64_t binWidth = 1;
  std::vector<std::int64_t> bins; ///< indices of the bins that a set has a cluster in, ascending
  std::vector<std::vector<std::uint64_t>> counts; ///< [set][bin]
  std::vector<std::uint64_t> totals;              ///< [set] clusters
};

/**
 * @brief Counts clusters by size. O(n log n).
 * @param sizes for each set the sizes of its clusters, ions
 * @throws ParameterError where an option is out of bounds or a size is negative
 */
SizeDistributions sizeDistributions(
  const std::vector<std::vector<std::int64_t>>& sizes, const SizeDistributionOptions& options);

/** @brief How far two size distributions are from being draws of the same one. */
struct SizeComparison
{
  double mu = 0; ///< contingency coefficient, 0 … 1; NaN where nothing can be compared
  double muOfEqualTotals =
    0;                      ///< what it would be with as many clusters in either set; NaN likewise
  double chiSquared = 0;    ///< NaN likewise
  int degreesOfFreedom = 0; ///< compared bins − 1; 0: nothing can be compared
  /** Probability of such a χ² or a larger one for draws of the same distribution; NaN likewise. */
  double pValue = 0;
};

/**
 * @brief Compares two sets by their contingency table: two rows (the sets), a column per bin.
 *
 * χ² = Σ (o − e)² / e over all cells, with e = row total × column total / N and N clusters in both;
 * µ = sqrt(χ² / (N + χ²)), the contingency coefficient (M. P. Moody, L. T. Stephenson, A. V. Ceguerra,
 * S. P. Ringer, Microsc. Res. Tech. 71 (2008) 542): 0 where the two agree, at most sqrt(1/2) for two
 * rows. It does not grow with N alone, as χ² does; but where one set has far more clusters than the
 * other it is smaller than the shapes of the two would have it, for every pair that shares a size:
 * χ² / N = p (1 − p) Σ (f − f')² / f̄, with frequencies f and f' of the sets, f̄ that of both
 * together and p the share of one set in N. muOfEqualTotals is µ with p = 1/2 for the same bins:
 * it speaks of the shapes alone.
 *
 * χ² is only distributed as such where no expected number is small: from the smallest size up,
 * neighbouring bins are merged until both rows are expected to have minimumExpected clusters in them;
 * what is left over at the large end goes into the last bin. Where that leaves fewer than two bins,
 * or a set is empty, nothing can be compared.
 */
SizeComparison compareSizes(const SizeDistributions& distributions, std::size_t first,
  std::size_t second, const SizeDistributionOptions& options);

} // namespace apt
