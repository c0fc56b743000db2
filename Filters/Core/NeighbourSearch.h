// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "CellSortedCloud.h"
#include "Progress.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace apt
{

/** @brief The order of the neighbours of an ion. */
enum class NeighbourOrder
{
  Distance, ///< by squared distance, at equal distances by original index
  Storage   ///< by place in the order of the cloud; the more neighbours, the more it saves
};

/** @brief What forEachTile looks for, and how many ions it hands over at a time. */
struct NeighbourSearchOptions
{
  int neighbours = 32;         ///< per ion, the ion itself included; 1 to 256
  std::size_t tileIons = 1024; ///< per tile, at least 1; the last tile may have fewer
  NeighbourOrder order = NeighbourOrder::Distance; ///< never changes which ions are found
};

/**
 * @brief Consecutive ions in the order of the cloud, each with its nearest neighbours.
 *
 * Row i, column j is at i × neighbours + j. Column 0 is the ion itself; the others follow in the order
 * that was asked for. Valid during the callback only.
 */
struct NeighbourTile
{
  const CellSortedCloud* cloud = nullptr;
  std::size_t begin = 0;      ///< the first ion's place in the order of the cloud
  std::size_t size = 0;       ///< ions
  std::size_t neighbours = 0; ///< per ion; fewer than asked for where the cloud has fewer ions

  const std::uint32_t* ions = nullptr; ///< size original indices
  const float* x = nullptr;            ///< size coordinates, nm
  const float* y = nullptr;
  const float* z = nullptr;

  const std::uint32_t* neighbour = nullptr; ///< size × neighbours places in the order of the cloud
  const float* dx = nullptr; ///< size × neighbours offsets, nm: the ion minus its neighbour
  const float* dy = nullptr;
  const float* dz = nullptr;
  const float* squaredDistance = nullptr; ///< size × neighbours, nm²

  /** @brief The original index of the neighbour in a row and column. */
  std::uint32_t neighbourIon(std::size_t row, std::size_t column) const
  {
    return this->cloud->originalIndices()[this->neighbour[row * this->neighbours + column]];
  }
};

/**
 * @brief Finds the k nearest neighbours of every ion, exactly, and hands them over tile by tile.
 *
 * Neighbours are ions that are nearest by the squared distance (dx² + dy²) + dz², computed in
 * float32, each operation rounded to nearest and none fused; at equal distances the lower original
 * index is nearer. So the answer is unique: the same for any number of threads, any tile size, any
 * instruction set. The ion itself always comes first, also where others lie at the same place.
 *
 * Cells along a row of a block are searched together: all ions within a guessed distance (from the
 * neighbours found before) of their box are gathered, for each cell narrowed to those within it of
 * the cell's own box, and compared with each of its ions by vectors. Those within the guess are
 * ordered by counting how many are nearer; or, as stored, cut off at a distance within which there
 * are as many as wanted, which a few counts find. The search goes farther for ions that have too few
 * within the guess; those that this does not help after a few times (stray ions, many ions at one
 * place) descend the cloud's tree of boxes, best first.
 *
 * About O(n k) for any density; per thread a tile of 20 × neighbours bytes per ion and some MiB.
 * @param tile called concurrently, once per tile, in no particular order
 * @throws ParameterError where an option is out of bounds; Stopped; whatever tile throws
 */
void forEachTile(const CellSortedCloud& cloud, const NeighbourSearchOptions& options,
  const std::function<void(const NeighbourTile&)>& tile, const Progress& progress = {});

/** @brief The same for some tiles only, of any size: tile t has the places begins[t] to begins[t + 1]. */
void forEachTile(const CellSortedCloud& cloud, const NeighbourSearchOptions& options,
  const std::vector<std::uint32_t>& begins, const std::vector<std::uint32_t>& tiles,
  const std::function<void(const NeighbourTile&)>& tile, const Progress& progress = {});

/**
 * @brief Finds, of every ion of one cloud, the k nearest ions of another, exactly.
 *
 * As forEachTile, and as unique, but that the neighbours (tile.cloud) are another cloud. Column 0 is
 * the ion itself, as there: at no distance, and without a place in the other cloud. An ion that
 * both clouds have is found once more, among its neighbours at no distance. Where the other cloud has
 * no ion, column 0 is the only one, and not filled in.
 * @param options neighbours counts the ion itself too
 * @throws as forEachTile
 */
void forEachTileOfOther(const CellSortedCloud& cloud, const CellSortedCloud& others,
  const NeighbourSearchOptions& options, const std::function<void(const NeighbourTile&)>& tile,
  const Progress& progress = {});

/** @brief How forEachTileWithin hands over what it finds. */
struct RadiusSearchOptions
{
  NeighbourOrder order = NeighbourOrder::Distance;
  std::size_t tileIons = 256; ///< per tile, at least 1; the last tile may have fewer
};

/**
 * @brief Consecutive ions in the order of the cloud, each with all ions within a radius.
 *
 * The neighbours of ion i are entries rowBegin[i] to rowBegin[i + 1]; the first is the ion itself.
 * Valid during the callback only.
 */
struct RadiusTile
{
  const CellSortedCloud* cloud = nullptr;
  std::size_t begin = 0; ///< the first ion's place in the order of the cloud
  std::size_t size = 0;  ///< ions

  const std::uint32_t* ions = nullptr; ///< size original indices
  const float* x = nullptr;            ///< size coordinates, nm
  const float* y = nullptr;
  const float* z = nullptr;

  const std::size_t* rowBegin = nullptr;    ///< size + 1
  const std::uint32_t* neighbour = nullptr; ///< places in the order of the cloud
  const float* dx = nullptr;                ///< nm: the ion minus its neighbour
  const float* dy = nullptr;
  const float* dz = nullptr;
  const float* squaredDistance = nullptr; ///< nm²

  /** @brief The original index of the neighbour at an entry. */
  std::uint32_t neighbourIon(std::size_t entry) const
  {
    return this->cloud->originalIndices()[this->neighbour[entry]];
  }
};

/**
 * @brief Finds all ions within a radius of every ion, exactly, and hands them over tile by tile.
 *
 * An ion is within the radius where its squared distance, computed as forEachTile does, is not above
 * the square of the radius in double. A tile holds 20 bytes per neighbour: choose tileIons with the
 * density and the radius in mind.
 * @param radius nm, 0 or more and finite; 0 finds the ions at the same place
 * @param tile   called concurrently, once per tile, in no particular order
 * @throws ParameterError where the radius or an option is out of bounds; Stopped; whatever tile
 * throws
 */
void forEachTileWithin(const CellSortedCloud& cloud, double radius,
  const RadiusSearchOptions& options, const std::function<void(const RadiusTile&)>& tile,
  const Progress& progress = {});

} // namespace apt
