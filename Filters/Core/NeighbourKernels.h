// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// The inner loops of the neighbour search, compiled for each instruction set and chosen at run time.
// All give the same bits: see NeighbourArithmetic.h.

#include "CellSortedCloud.h"

#include <hwy/aligned_allocator.h>

#include <cstddef>
#include <cstdint>

namespace apt
{

/** Consecutive ions in the order of the cloud. */
struct IonRange
{
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

/** Memory that vectors can be read from and written to, some lanes beyond its end too. */
template <typename T>
class LaneBuffer
{
public:
  /** Makes room for size values; their content is lost where there was not enough. */
  T* reserve(std::size_t size)
  {
    if (!this->Memory || size > this->Capacity)
    {
      this->Capacity = size + size / 2;
      this->Memory = hwy::AllocateAligned<T>(this->Capacity + Slack);
    }
    return this->Memory.get();
  }
  T* get() { return this->Memory.get(); }
  const T* get() const { return this->Memory.get(); }

private:
  // As many as four of the widest vectors hold.
  static constexpr std::size_t Slack = 256;
  hwy::AlignedFreeUniquePtr<T[]> Memory;
  std::size_t Capacity = 0;
};

/** The ions that may be neighbours of a group of ions, in the order of the cloud. */
struct NeighbourCandidates
{
  LaneBuffer<float> x;
  LaneBuffer<float> y;
  LaneBuffer<float> z;
  LaneBuffer<std::uint32_t> ion;
  /// x, y, z and the bits of ion of each side by side, from where it takes one load to fetch them
  LaneBuffer<float> packed;
  std::size_t size = 0;
};

/** Where the neighbours of ions go; row r, column c is at r × stride + c. */
struct NeighbourRows
{
  std::uint32_t* neighbour = nullptr;
  float* dx = nullptr;
  float* dy = nullptr;
  float* dz = nullptr;
  float* squaredDistance = nullptr;
  std::size_t stride = 0;
};

/** What there is within a distance of an ion. */
struct NeighboursWithin
{
  std::uint32_t ions = 0; ///< itself included
  float squaredDistance =
    0; ///< not below that of the last of the wanted, if so many are there, nm²
};

/** Memory that is used again from group to group. */
struct NeighbourScratch
{
  LaneBuffer<float> squaredDistance;
  LaneBuffer<std::uint32_t> candidate; ///< its number
  LaneBuffer<std::uint32_t> rank;
  LaneBuffer<std::uint32_t> original;
  LaneBuffer<std::uint32_t> ordered;
};

/**
 * Copies those ions of some ranges that are not farther from a box than the distance. The ranges
 * ascend and do not overlap.
 */
void gatherCandidates(const CellSortedCloud& cloud, const IonRange* ranges, std::size_t rangeCount,
  const IonBox& box, float squaredDistance, NeighbourCandidates& candidates);

/** Copies those of some candidates that are not farther from a box than the distance. */
void narrowCandidates(const NeighbourCandidates& wide, const IonBox& box, float squaredDistance,
  NeighbourCandidates& candidates);

/**
 * Finds the neighbours of candidates first to first + count, whose rows begin at rows: itself first,
 * then by distance or as stored. A row is written only if wanted ions (itself included) are within
 * the distance; found gets what there was for each.
 */
void findNearest(const CellSortedCloud& cloud, NeighbourCandidates& candidates, std::size_t first,
  std::size_t count, std::size_t wanted, float squaredDistance, bool byDistance,
  const NeighbourRows& rows, NeighboursWithin* found, NeighbourScratch& scratch);

/**
 * Finds the ions within the distance of a candidate, the ion itself included: their candidates into
 * scratch.ordered, itself first, then by distance or as stored. Returns how many.
 */
std::size_t findWithin(const CellSortedCloud& cloud, NeighbourCandidates& candidates,
  std::size_t self, float squaredDistance, bool byDistance, NeighbourScratch& scratch);

/** Writes the neighbours that scratch.ordered lists into one row. */
void writeRow(const NeighbourCandidates& candidates, std::size_t self, std::size_t count,
  const NeighbourRows& row, const NeighbourScratch& scratch);

} // namespace apt
