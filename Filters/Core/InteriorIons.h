// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "CellSortedCloud.h"
#include "Progress.h"

#include <cstdint>
#include <vector>

namespace apt
{

/**
 * @brief Which ions of a cloud are farther than a distance from its surface, whatever its shape.
 *
 * Space is cut into voxels that hold 8 ions on average (by the median density of the cloud's blocks).
 * Outside is what can be reached from infinity through faces of empty voxels: a needle, a
 * box or a hollow form have their surface there, a void within the specimen has none. An ion is
 * interior where every outside voxel is at least the distance and one voxel more away from its own;
 * the voxel more is for those at the surface, which are partly outside. So what is called
 * interior is, and a layer of one to two voxels (0.6 nm each at 30 ions per nm³) is lost.
 *
 * Where stray ions make the bounding box so large that there would be more than 8 voxels per ion,
 * voxels are larger, and more is lost.
 *
 * O(n) for distances of a few voxels; 6 bytes per voxel.
 * @param distance nm, 0 or more and finite
 * @return size values by original index: 1 where interior, 0 elsewhere and for ions that are not in
 * the cloud
 * @throws ParameterError where the distance is out of bounds; Stopped
 */
std::vector<std::uint8_t> interiorIons(
  const CellSortedCloud& cloud, std::size_t size, double distance, const Progress& progress = {});

} // namespace apt
