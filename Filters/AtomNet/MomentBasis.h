// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ModelFile.h"
#include "NeighbourSearch.h"

#include <cstddef>

namespace apt
{

/**
 * @brief The basis functions of a MomentNet for some ions of a tile.
 *
 * For width q and offset (x, y, z) of neighbour minus ion the weight is exp(−r²/2q²) over the sum of
 * it for all neighbours; the functions are weight × (1, cos φ, sin φ, cos 2φ, sin 2φ, …) with
 * φ = 2πz/a. The ion itself is no neighbour of its own. Where there are fewer neighbours than the
 * model looks at, what is missing weighs 0.
 *
 * @param latticeParameter a, nm
 * @param first, count     ions, counted from the tile's begin
 * @param neighbours       columns per function: the model's neighbourCount − 1
 * @param basis            receives [count][form.basisSize()][neighbours]
 * @param logSums          receives [count][form.widths], the natural logarithms of the sums of
 *                         weights, of which each neighbour at distance 0 adds 1; −10 at least
 */
void momentBasis(const NeighbourTile& tile, const MomentForm& form, double latticeParameter,
  std::size_t first, std::size_t count, std::size_t neighbours, float* basis, float* logSums);

} // namespace apt
