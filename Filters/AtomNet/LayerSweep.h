// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "CellSortedCloud.h"
#include "NeighbourSearch.h"
#include "Progress.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace apt
{

/** @brief How a sweep goes through a cloud. */
struct LayerSweepOptions
{
  NeighbourSearchOptions search;
  std::size_t layers = 1;
  std::size_t tilesPerWave = 256; ///< that begin together; more are alive, never change the answer
};

/**
 * @brief Where a sweep keeps what a layer leaves behind for the next one.
 *
 * Only tiles that the sweep is busy with have a slot, which holds as many ions as a tile; it is
 * given to another tile afterwards.
 */
class LayerSlots
{
public:
  /** @brief Where an ion, by its place in the order of the cloud, is kept; its tile has a slot. */
  std::size_t placeOf(std::size_t ion) const
  {
    const std::size_t tile = ion / this->TileIons;
    return std::size_t{ this->Slot[tile] } * this->TileIons + (ion - tile * this->TileIons);
  }

private:
  friend class LayerSweep;
  std::size_t TileIons = 1;
  std::vector<std::uint32_t> Slot; ///< of each tile
};

/**
 * @brief Runs layers, each of which looks at what the one before left for the ion and its
 * neighbours, without keeping that for the whole cloud.
 *
 * The sweep goes along the longest side of the cloud. A layer runs on a tile as soon as the layer
 * before has run on all tiles that hold neighbours of its ions; what nobody will look at any more is
 * let go. So each layer runs once on each ion, and what is kept at a time is a slice as thick as a
 * few tiles. Neighbours are searched for once more for each layer, and once to begin with.
 *
 * @param room  called once, before any layer, with the number of slots
 * @param layer called concurrently with the layer, from 1, and the neighbours of a tile's ions: all
 *              tiles that hold them have a slot, and the layer before has run on them
 * @throws ParameterError as forEachTile does; Stopped; whatever room and layer throw
 *
 * Beside the slots it takes some 500 bytes per tile.
 */
void sweepLayers(const CellSortedCloud& cloud, const LayerSweepOptions& options,
  const std::function<void(std::size_t slots)>& room,
  const std::function<void(std::size_t layer, const NeighbourTile&, const LayerSlots&)>& layer,
  const Progress& progress = {});

} // namespace apt
