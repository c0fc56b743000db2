// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ModelFile.h"
#include "NeighbourSearch.h"

#include <array>
#include <cstddef>

namespace apt
{

/**
 * @brief The basis functions of a MomentNet for some ions of a tile, as the kernels' momentBasis.
 *
 * @param normal           z of the basis, a unit vector
 * @param first, count     ions, counted from the tile's begin
 * @param neighbours       columns per function: the model's neighbourCount − 1
 * @param basis            receives [count][form.basisSize()][neighbours]
 * @param logSums          receives [count][form.widths]
 */
void momentBasis(const NeighbourTile& tile, const MomentForm& form, double latticeParameter,
  const std::array<double, 3>& normal, std::size_t first, std::size_t count, std::size_t neighbours,
  float* basis, float* logSums);

} // namespace apt
