// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Progress.h"
#include "RangeTable.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace apt
{

/**
 * @brief The bins of a mass spectrum: bin i holds [lower + i width, lower + (i + 1) width).
 *
 * There are as many as it takes to reach upper. Where the last one ends there it holds upper too,
 * so that the highest ratio of a cloud is in the spectrum that goes up to it.
 */
struct MassSpectrumOptions
{
  double lower = 0;       ///< Da
  double upper = 0;       ///< Da; not above lower: up to the highest ratio of the cloud
  double binWidth = 0.01; ///< Da
};

/** @brief Counts per bin; ions outside the bins and NaN are counted apart. */
struct MassSpectrum
{
  double lower = 0;    ///< Da, where the first bin begins
  double binWidth = 0; ///< Da
  std::vector<std::uint64_t> counts;
  std::uint64_t outside = 0; ///< below, above or NaN
};

/**
 * @brief The largest finite ratio, or 0 where there is none: the default upper end of a spectrum.
 * Over all cores.
 */
float highestMassToCharge(const float* massToCharge, std::size_t count);

/**
 * @brief Histogram of mass-to-charge-state ratios (Da), over all cores.
 *
 * Exact: the edges are lower + i width computed in double, and each ratio is compared with them.
 * Takes 8 bytes per bin, and up to 4 million bins as much again for each thread.
 * @param options upper must be above lower here: see highestMassToCharge
 * @throws ParameterError where a bound is not finite, the width is not positive, upper is not above
 * lower, or there would be more than 100 million bins; Stopped
 */
MassSpectrum massSpectrum(const float* massToCharge, std::size_t count,
  const MassSpectrumOptions& options, const Progress& progress = {});

/**
 * @brief Ions in each range, over all cores; the entry after the last is the unranged.
 * @return table.ranges().size() + 1 counts
 * @throws Stopped
 */
std::vector<std::uint64_t> countsPerRange(const float* massToCharge, std::size_t count,
  const RangeTable& table, const Progress& progress = {});

/** @brief One row of a composition. */
struct CompositionRow
{
  std::string name;        ///< of an ion type, or of an element
  std::uint64_t count = 0; ///< ions, or atoms
  double fraction = 0; ///< of all ranged ions, or of all atoms in them; NaN where there are none
  double error = 0;    ///< 1σ of fraction, from counting
};

/**
 * @brief Composition by ion type: molecular ions count as they are. Rows as table.ions().
 *
 * The error is binomial, sqrt(c (1 − c) / N) with N ranged ions (Danoix et al. 2007; Gault et al.,
 * Atom Probe Microscopy, 2012, §7.2).
 * @param rangeCounts as countsPerRange gives them
 * @throws ParameterError where there are not as many as countsPerRange gives
 */
std::vector<CompositionRow> ionicComposition(
  const RangeTable& table, const std::vector<std::uint64_t>& rangeCounts);

/**
 * @brief Composition by element: molecular ions taken apart. Rows by first appearance in ranges.
 *
 * Atoms of one molecular ion do not arrive independently. With n_j ions of range j, each of k_j
 * atoms of the element among m_j in all, the fraction c = Σ k_j n_j / Σ m_j n_j has, to first
 * order and for Poisson counts, the variance Σ n_j (k_j − c m_j)² / (Σ m_j n_j)²; without molecular
 * ions that is the binomial one.
 * @param rangeCounts as countsPerRange gives them
 * @throws ParameterError where there are not as many as countsPerRange gives
 */
std::vector<CompositionRow> elementalComposition(
  const RangeTable& table, const std::vector<std::uint64_t>& rangeCounts);

} // namespace apt
