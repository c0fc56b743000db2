// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "CellSortedCloud.h"
#include "CompositionBasis.h"
#include "Progress.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace apt
{

/** @brief How fine the grid is and how far ions are spread. */
struct CompositionGridOptions
{
  double voxelSize = 0.5; ///< nm, edge of a voxel
  /** nm, along each axis: how far the second pass reaches, which is 3σ of its Gaussian; 0 = off. */
  std::array<double, 3> delocalisation{ 3, 3, 1.5 };
  double minimumCount = 100;  ///< of ions or atoms behind a voxel, see CompositionGrid
  double maximumVoxels = 1e8; ///< beyond that many, nothing is made
  bool counts = false;        ///< make CompositionGridPart::count
  bool errors = true;         ///< make CompositionGridPart::error
};

/** @brief A cloud; it belongs to somebody else. */
struct CompositionGridInput
{
  std::size_t size = 0;
  const float* positions = nullptr; ///< size × 3: x, y, z in nm
  const std::int16_t* type =
    nullptr; ///< size ion types; what the basis does not know takes no part
};

/** @brief Where a grid lies: voxel i along an axis stands at (first + i) voxelSize. */
struct CompositionGridPlace
{
  std::array<std::int32_t, 3> first{};
  std::array<std::size_t, 3> voxels{};
};

/** @brief What a grid says of one part of the basis; a value per voxel, x fastest, then y, then z. */
struct CompositionGridPart
{
  std::string name;
  std::unique_ptr<float[]> percent; ///< of the whole; 0 where too few ions are behind the voxel
  std::unique_ptr<float[]> error;   ///< 1σ of it; NaN there; none where not asked for
  std::unique_ptr<float[]> count;   ///< per voxel; none where not asked for
};

/** @brief Composition by voxel; a voxel is a point. */
struct CompositionGrid : CompositionGridPlace
{
  double voxelSize = 0;           ///< nm
  std::unique_ptr<float[]> count; ///< of the whole, per voxel: sums to all that there is
  std::vector<CompositionGridPart> parts;
  /** Ions behind a voxel per count in it: 1 / Σ K², see compositionGrid. */
  double ionsPerCount = 0;
  double mostIons = 0; ///< behind any voxel

  std::size_t size() const { return this->voxels[0] * this->voxels[1] * this->voxels[2]; }
};

/**
 * @brief Composition on a regular grid, delocalised in two passes.
 *
 * As in O. C. Hellman, J. Blatz du Rivage, D. N. Seidman, Efficient sampling for three-dimensional
 * atom probe microscopy data, Ultramicroscopy 95 (2003) 199, counts are spread, first from each ion
 * to the grid, then on the grid, and divided last. (Theirs goes to 27 points first; here to 8.)
 *
 * First pass: an ion is shared among the eight voxels around it (trilinear, cloud in cell); a voxel
 * at distance d along an axis gets 1 − d / voxelSize of it. Second pass: counts are convolved along
 * each axis with K_i ∝ exp(−(i voxelSize)² / 2σ²), σ = delocalisation / 3, for |i| voxelSize up to
 * delocalisation, Σ K = 1. An axis shorter than a voxel is not smoothed. Together they spread an ion
 * with the variance σ² + voxelSize² / 6 (mean over its places in the voxel) along each axis.
 *
 * The grid stands at whole multiples of voxelSize and reaches so far around the ions that nothing
 * falls off: Σ count is the number of ions or atoms, to rounding.
 *
 * Counting error: a voxel is a weighted mean of ions. Where ions are evenly spread over the reach of
 * the kernel, a count n per voxel weighs as much as n / Σ K² independent ions; Σ K² is the sum over
 * both passes, averaged over places in the voxel. The error is that of shareOf for so many ions:
 * for ions that count once, sqrt(c (1 − c) Σ K² / n). Neighbouring voxels share ions: their errors
 * are not independent.
 *
 * The shares of the first pass are whole numbers of 2⁻³⁰ (places along an axis are rounded to
 * voxelSize / 1024) and are summed exactly, so that the answer does not depend on the number of
 * threads. Linear in ions and in voxels, over all cores; ion types that count alike are one class,
 * and each class is one look at the type of every ion and one convolution. Memory: nothing per ion;
 * per voxel 4 bytes, 4 for each part (8 with counts; 8 more with errors), and while running 24.
 *
 * @throws ParameterError where an option is out of bounds, a coordinate of an ion that takes part is
 * not finite, or there would be more than maximumVoxels; Error where no ion takes part; Stopped
 */
CompositionGrid compositionGrid(const CompositionGridInput& input, const CompositionBasis& basis,
  const CompositionGridOptions& options = {}, const Progress& progress = {});

/**
 * @brief The smallest box around the ions that take part; lower above upper where there are none.
 * @throws ParameterError where a coordinate of one is not finite; Stopped
 */
IonBox boxOfComposition(
  const CompositionGridInput& input, const CompositionBasis& basis, const Progress& progress = {});

/**
 * @brief Where the grid of such ions lies, before it is made.
 * @throws ParameterError where an option is out of bounds, or there would be too many voxels
 */
CompositionGridPlace placeOfGrid(
  const IonBox& box, std::size_t parts, const CompositionGridOptions& options);

/** @brief The weights K_0 … K_n of one half of the second pass along an axis: K_−i = K_i. */
std::vector<double> delocalisationKernel(double voxelSize, double delocalisation);

} // namespace apt
