// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Progress.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace apt
{

/** @brief The smallest box around some ions, nm. */
struct IonBox
{
  std::array<float, 3> lower{ 0, 0, 0 };
  std::array<float, 3> upper{ 0, 0, 0 };
};

/**
 * @brief Refuses what no search can work with.
 * @throws ParameterError where a coordinate of that ion is NaN, infinite or beyond ±10¹⁵ nm
 */
void checkCoordinates(const float* positions, std::uint32_t ion);

/** @brief How fine a cloud is cut. Any values give the same neighbours; these are fast ones. */
struct CellSortedCloudOptions
{
  double ionsPerCell = 16;           ///< on average, at least 2
  std::uint32_t ionsPerBlock = 2048; ///< about, 1 to 16384
};

/**
 * @brief An ion cloud sorted so that ions near each other in space are near each other in memory.
 *
 * The cloud is cut into *blocks* of about ionsPerBlock ions by grids over the tight bounding box of
 * whatever is still to be cut, so that empty space costs nothing and the cut follows the density:
 * needles, voids, far clusters and single stray ions are all alike. Each block has its tight box
 * and a small grid of *cells* of its own. Ions that cannot be told apart by position share a block
 * up to its limit. A tree of boxes, eight to a node, stands over the blocks.
 *
 * The order of ions is block by block, in a block cell by cell (x fastest), in a cell by original
 * index. It depends on the positions and options only, not on the number of threads.
 *
 * Memory: at most 18 bytes per ion that takes part, and while building no more than that, beside
 * a few MiB; the input is not kept. Building takes O(n log n / log 4096) over all cores.
 * Reading from any number of threads is safe.
 */
class CellSortedCloud
{
public:
  /** @brief Some ions, consecutive in the order of the cloud, and the grid of cells over them. */
  struct Block
  {
    IonBox box;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::uint32_t lowestIon = 0; ///< the smallest original index in it
    std::array<std::uint16_t, 3> cells{ 1, 1, 1 };
    std::array<double, 3> cellsPerNanometre{ 0, 0, 0 }; ///< 0 along an axis of a single cell
    std::array<double, 3> cellEdge{ 0, 0, 0 };          ///< nm; 0 along such an axis
    std::size_t offsets = 0;                            ///< where its offsets begin

    /** @brief The cell along an axis; monotone in the coordinate, which may lie outside. */
    int cell(int axis, double coordinate) const
    {
      const auto a = static_cast<std::size_t>(axis);
      const double cell =
        (coordinate - static_cast<double>(this->box.lower[a])) * this->cellsPerNanometre[a];
      const int last = this->cells[a] - 1;
      return !(cell > 0) ? 0 : cell < last ? static_cast<int>(cell) : last;
    }
  };

  /** @brief Some nodes of the level below (blocks, for the lowest level) seen as one. */
  struct Node
  {
    IonBox box;
    std::uint32_t lowestIon = 0;
  };
  static constexpr std::uint32_t NodeArity = 8;

  /**
   * @brief Sorts a whole cloud, or those of its ions that have a code.
   *
   * @param positions size × 3: x, y, z in nm; not needed afterwards
   * @param size      number of ions, below 2³²
   * @param code      size values, or nullptr: ions with a negative one take no part
   * @throws ParameterError where a coordinate of an ion that takes part is NaN, infinite or beyond
   * ±10¹⁵ nm, there are too many ions, or an option is out of bounds; Stopped
   */
  CellSortedCloud(const float* positions, std::size_t size, const std::int16_t* code = nullptr,
    const CellSortedCloudOptions& options = {}, const Progress& progress = {});

  /**
   * @brief Sorts those ions of a cloud that are listed.
   *
   * @param ions original indices, ascending, each once and below size
   * @throws as the other, and ParameterError where the list is not so
   */
  CellSortedCloud(const float* positions, std::size_t size, const std::vector<std::uint32_t>& ions,
    const CellSortedCloudOptions& options = {}, const Progress& progress = {});

  /** @brief The number of ions that take part. */
  std::size_t size() const { return this->Size; }

  ///@{
  /** @brief The coordinates of the ions in the order of the cloud, nm. */
  const float* x() const { return this->X.get(); }
  const float* y() const { return this->Y.get(); }
  const float* z() const { return this->Z.get(); }
  ///@}

  /** @brief The original index of each ion in the order of the cloud. */
  const std::uint32_t* originalIndices() const { return this->Ions.get(); }

  const std::vector<Block>& blocks() const { return this->Blocks; }
  /** @brief The tree over the blocks; node i of level l holds nodes 8 i to 8 i + 7 of level l − 1. */
  const std::vector<std::vector<Node>>& levels() const { return this->Levels; }

  /** @brief The block that an ion (in the order of the cloud) is in. O(log n). */
  std::size_t blockOf(std::uint32_t ion) const;

  /** @brief Where the ions of each cell of a block begin, counted from the block's begin; one more
   * entry than there are cells. */
  const std::uint16_t* cellOffsets(const Block& block) const
  {
    return this->Offsets.get() + block.offsets;
  }

  /**
   * @brief Finds the blocks that may hold an ion within a distance of an ion in a box, ascending.
   *
   * @param squaredDistance nm²
   * @param maximum         of blocks to find
   * @return false where there are more than maximum; found then is not whole
   */
  bool findBlocks(const IonBox& box, float squaredDistance, std::size_t maximum,
    std::vector<std::uint32_t>& found) const;

  /** @brief Bytes that the cloud holds. */
  std::size_t memory() const;

private:
  void build(
    const float* positions, const CellSortedCloudOptions& options, const Progress& progress);

  std::size_t Size = 0;
  std::unique_ptr<float[]> X;
  std::unique_ptr<float[]> Y;
  std::unique_ptr<float[]> Z;
  std::unique_ptr<std::uint32_t[]> Ions;
  std::unique_ptr<std::uint16_t[]> Offsets;
  std::size_t OffsetCount = 0;
  std::vector<Block> Blocks;
  std::vector<std::vector<Node>> Levels;
};

} // namespace apt
