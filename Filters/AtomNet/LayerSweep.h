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
  NeighbourSearchOptions search; ///< its tileIons are the most of a tile
  std::size_t layers = 1;
  std::size_t tilesPerWave = 256; ///< that begin together; more are alive, never change the answer
};

/**
 * @brief Where a sweep keeps what a layer leaves behind for the next one.
 *
 * Only tiles that the sweep is busy with have a slot, which holds as many ions as a tile at most; it
 * is given to another tile afterwards.
 */
class LayerSlots
{
public:
  /** @brief Where an ion, by its place in the order of the cloud, is kept; its tile has a slot. */
  std::size_t placeOf(std::size_t ion) const
  {
    const std::uint32_t tile = this->tileOf(ion);
    return std::size_t{ this->Slot[tile] } * this->TileIons + (ion - this->Begins[tile]);
  }

  /** @brief The number of the tile that an ion is in. */
  std::uint32_t tileOf(std::size_t ion) const
  {
    std::uint32_t tile = this->FirstTile[ion / Step];
    while (this->Begins[tile + 1] <= ion)
    {
      ++tile;
    }
    return tile;
  }

private:
  friend class LayerSweep;
  static constexpr std::size_t Step = 64;
  std::size_t TileIons = 1;
  std::vector<std::uint32_t> Begins;    ///< of the tiles, and where the last one ends
  std::vector<std::uint32_t> FirstTile; ///< of each Step ions: the tile of the first
  std::vector<std::uint32_t> Slot;      ///< of each tile
};

/**
 * @brief Runs layers, each of which looks at what the one before left for the ion and its
 * neighbours, without keeping that for the whole cloud.
 *
 * A tile is a piece of one block of the cloud, or several whole blocks where they are small.
 *
 * The sweep goes along the side of the cloud that is longest in terms of how far its tiles look. A
 * layer runs on a tile as soon as the layer before has run on all tiles that hold neighbours of its
 * ions or have neighbours among them; what nobody will look at any more is let go. So each layer
 * runs once on each ion, what is kept at a time is a slice as thick as a few tiles, and what a layer
 * left is of no use any more when the layer after the next runs on the same tile: two arrays, used
 * in turn, are enough. Neighbours are searched for once more for each layer, and once to begin with.
 *
 * @param room  called once, before any layer, with the number of slots
 * @param layer called concurrently with the layer, from 1, and the neighbours of a tile's ions: all
 *              tiles that hold them have a slot, and the layer before has run on them
 * @throws ParameterError as forEachTile does; Stopped; whatever room and layer throw
 *
 * Beside the slots it takes some 300 bytes per tile.
 */
void sweepLayers(const CellSortedCloud& cloud, const LayerSweepOptions& options,
  const std::function<void(std::size_t slots)>& room,
  const std::function<void(std::size_t layer, const NeighbourTile&, const LayerSlots&)>& layer,
  const Progress& progress = {});

} // namespace apt
