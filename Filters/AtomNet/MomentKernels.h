// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// The inner loops of a MomentNet, compiled for each instruction set and chosen at run time.

#include "ModelFile.h"
#include "NeighbourSearch.h"

#include <hwy/aligned_allocator.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace apt
{

/** @brief Rows of the kernels are padded to a multiple of this, the most lanes of any processor. */
constexpr std::size_t MomentLanes = 16;

/** @brief The smallest sum of a Gaussian's weights that is told from none. */
constexpr float LowestMomentSum = 4.539993e-5F; // exp(−10)

constexpr std::size_t paddedToMomentLanes(std::size_t count)
{
  return (count + MomentLanes - 1) / MomentLanes * MomentLanes;
}

/** @brief The neighbours of some ions, padded rows; what is missing is infinitely far away. */
struct MomentNeighbours
{
  /** @param neighbours columns: the model's neighbourCount − 1 */
  explicit MomentNeighbours(std::size_t neighbours)
    : Neighbours(neighbours)
    , Columns(paddedToMomentLanes(neighbours))
  {
  }

  /**
   * @brief Adds ions of a tile.
   * @param normal z of the basis, a unit vector
   * @param first, count counted from the tile's begin
   */
  void append(const NeighbourTile& tile, double latticeParameter,
    const std::array<double, 3>& normal, std::size_t first, std::size_t count);

  /** @brief The same with places of the caller's: placeOf takes one in the cell-sorted cloud. */
  template <typename PlaceOf>
  void append(const NeighbourTile& tile, double latticeParameter,
    const std::array<double, 3>& normal, std::size_t first, std::size_t count,
    const PlaceOf& placeOf)
  {
    const std::size_t before = this->Place.size();
    this->append(tile, latticeParameter, normal, first, count);
    for (std::size_t i = before; i < this->Place.size(); ++i)
    {
      this->Place[i] = static_cast<std::uint32_t>(placeOf(this->Place[i]));
    }
  }

  void clear();
  std::size_t size() const { return this->Place.size() / this->Columns; }
  std::size_t columns() const { return this->Columns; }

  /** @brief Squared distances in a². */
  const float* squared(std::size_t ion) const { return this->Squared.data() + ion * this->Columns; }
  /** @brief Of neighbour minus ion, along the normal, in a. */
  const float* height(std::size_t ion) const { return this->Height.data() + ion * this->Columns; }
  /** @brief Where they are: in the cell-sorted cloud, or where the caller said. */
  const std::uint32_t* place(std::size_t ion) const
  {
    return this->Place.data() + ion * this->Columns;
  }

private:
  std::size_t Neighbours;
  std::size_t Columns;
  std::vector<float> Squared;
  std::vector<float> Height;
  std::vector<std::uint32_t> Place;
};

/** @brief What the kernels write into on their way; one for each thread. */
class MomentScratch
{
public:
  MomentScratch(const MomentForm& form, std::size_t columns);

  hwy::AlignedFreeUniquePtr<float[]> waves;   ///< [2 harmonics][columns]
  hwy::AlignedFreeUniquePtr<float[]> weights; ///< [columns]
  hwy::AlignedFreeUniquePtr<float[]> basis;   ///< [functions][columns]
  hwy::AlignedFreeUniquePtr<float[]> logSums; ///< [widths]
  hwy::AlignedFreeUniquePtr<float[]> moments; ///< [functions][padded channels]
  hwy::AlignedFreeUniquePtr<float[]> own;     ///< [padded channels], likewise its gradient
  hwy::AlignedFreeUniquePtr<float[]> ownSum;
  hwy::AlignedFreeUniquePtr<float[]> row; ///< of inputs, with room behind it
};

/**
 * @brief The basis functions of the neighbours of an ion.
 *
 * For width q and offset (x, y, z) of neighbour minus ion the weight is exp(−r²/2q²) over the sum of
 * it for all neighbours; the functions are weight × (1, cos φ, sin φ, cos 2φ, sin 2φ, …) with
 * φ = 2πz/a. The ion itself is no neighbour of its own; what is missing weighs 0.
 *
 * @param basis   receives [form.basisSize()][columns]
 * @param logSums receives [form.widths], the natural logarithms of the sums of weights, of which each
 *                neighbour at distance 0 adds 1; −10 at least
 */
void momentBasis(const MomentForm& form, const MomentNeighbours& neighbours, std::size_t ion,
  MomentScratch& scratch, float* basis, float* logSums);

/**
 * @brief What the dense part of a layer is given for some ions; see MomentNet for what it is.
 *
 * @param neighbours of the ions from first on
 * @param first, count places of the ions
 * @param sent    [all ions][sentStride]; MomentLanes of the last row must be readable
 * @param sentStride channels or more
 * @param own     [count][channels]
 * @param states  [count][state]
 * @param inputs  receives [count][form.inputSize()]
 */
void momentInputs(const MomentForm& form, const MomentNeighbours& neighbours, std::size_t first,
  std::size_t count, const float* sent, std::size_t sentStride, const float* own,
  const float* states, MomentScratch& scratch, float* inputs);

/** @brief Adds values [count][size] and their squares to sums [size]. */
void addColumnSums(
  std::size_t count, std::size_t size, const float* values, double* sums, double* squares);

/**
 * @brief The gradients of what momentInputs was given; of the inputs x they are g + offset + slope x.
 *
 * @param inputs, gradients [count][form.inputSize()]: x and g
 * @param offset, slope     [form.inputSize()]
 * @param sentGradient  [all ions][padded channels], to which is added
 * @param ownGradient   receives [count][channels]
 * @param stateGradient receives [count][state]
 */
void momentGradients(const MomentForm& form, const MomentNeighbours& neighbours, std::size_t first,
  std::size_t count, const float* own, const float* inputs, const float* gradients,
  const float* offset, const float* slope, MomentScratch& scratch, float* sentGradient,
  float* ownGradient, float* stateGradient);

} // namespace apt
