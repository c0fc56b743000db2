// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "InferenceBackEnd.h"
#include "ModelFile.h"
#include "NeighbourSearch.h"

#include <cstddef>

namespace apt
{

/**
 * @brief Fills in the features of some ions of a tile for one block of a PointNet.
 *
 * Row 0 of an ion is the ion itself, the others its nearest neighbours. Where the tile has fewer
 * neighbours than the model looks at, the row of the ion itself is repeated.
 *
 * @param block    from 1
 * @param before   the answer of the block before in the order of the cloud; may be nullptr where
 *                 the block does not ask for it
 * @param first    the first ion, counted from the tile's begin
 * @param count    ions
 * @param features receives count × model.neighbourCount × model.columnCount(block) values
 */
void makeFeatures(const NeighbourTile& tile, const KnownIons& ions, const Model& model,
  std::size_t block, const float* before, std::size_t first, std::size_t count, float* features);

} // namespace apt
