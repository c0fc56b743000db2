// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// The inner loops of spatial and radial distributions, compiled for each instruction set and chosen at
// run time. Arithmetic is float32, each operation rounded and none fused, so that all give the same
// counts.

#include "CellSortedCloud.h"
#include "NeighbourKernels.h"

#include <cstddef>
#include <cstdint>

namespace apt
{

/**
 * @brief Where an offset is counted.
 *
 * Along an axis the number of an offset d is k = floor(|d| × binsPerNanometre + 1/2), with the sign
 * of d: bins are centred at multiples of their width, and −d is always counted in −k. The number of
 * a distance r is k = floor(r × binsPerNanometre), and there are last + 1 bins.
 */
struct OffsetBins
{
  enum class Shape
  {
    Depth,  ///< along z, within a lateral radius
    Plane,  ///< along x and y, within a range of z
    Volume, ///< along x, y and z
    Radius, ///< by distance
  };
  Shape shape = Shape::Depth;
  float binsPerNanometre = 100;
  std::int32_t last = 150; ///< highest |k|; there are 2 last + 1 bins along an axis that has any
  float squaredRadius = 0; ///< nm², Depth only; the radius belongs to it
  float lowerDepth = 0;    ///< nm, Plane only; both bounds belong to it
  float upperDepth = 0;    ///< nm
  std::size_t perAxis() const { return 2 * static_cast<std::size_t>(this->last) + 1; }
  std::size_t size() const
  {
    const std::size_t bins = this->perAxis();
    return this->shape == Shape::Depth ? bins
      : this->shape == Shape::Plane    ? bins * bins
      : this->shape == Shape::Volume   ? bins * bins * bins
                                       : static_cast<std::size_t>(this->last) + 1;
  }
};

/** Ions that may be neighbours of a group, and where the bins of their class begin. */
struct OffsetCandidates
{
  LaneBuffer<float> x;
  LaneBuffer<float> y;
  LaneBuffer<float> z;
  LaneBuffer<std::uint32_t> firstBin;
  std::size_t size = 0;
};

/**
 * Appends the ions of a range that lie in a box. There must be room for them.
 * @param ionClass of each ion in the order of the cloud, or nullptr: 0
 * @param binsPerClass times the class is where its bins begin
 */
void appendCandidates(const CellSortedCloud& cloud, const std::uint8_t* ionClass,
  std::uint32_t binsPerClass, IonRange range, const IonBox& box, OffsetCandidates& candidates);

/**
 * The bins of the offsets from a point to the candidates from first on (neighbour minus point), of
 * those that are in any. Returns how many; found has room for as many as there are candidates, and
 * what lies behind may be overwritten.
 */
std::size_t findBins(const OffsetBins& bins, const float* point, const OffsetCandidates& candidates,
  std::size_t first, std::uint32_t* found);

} // namespace apt
