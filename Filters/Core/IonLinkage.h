// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Progress.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace apt
{

/**
 * @brief Finds which ions hang together by steps of at most a distance.
 *
 * Two ions are linked where their squared distance, computed as in NeighbourSearch.h, is not above
 * the square of the distance. The ions are sorted into cells whose diagonal is just below the
 * distance: the ions of one cell hang together without a look at any pair, and of two cells near
 * each other one linked pair is enough, none at all where they hang together already (the grid of
 * J. Gan and Y. Tao, DBSCAN revisited, SIGMOD 2015, doi:10.1145/2723372.2737792). So the time does
 * not grow with the number of pairs, and a large distance is as cheap as a small one.
 *
 * O(n log n) for the sorting, over all cores; at most 36 bytes per listed ion. The answer does not
 * depend on the number of threads.
 *
 * @param positions x, y, z of every ion of the cloud, nm
 * @param ions      original indices, ascending, each once: those that are linked
 * @param distance  nm, above 0
 * @param component one value per ion of the cloud: of each listed ion becomes the lowest index in
 * its component; the others stay
 * @throws ParameterError where the distance is not above 0, so small that the box around the ions
 * holds more than 9 × 10¹⁸ cells, or a listed coordinate is NaN, infinite or beyond ±10¹⁵ nm; Stopped
 */
void linkIons(const float* positions, std::vector<std::uint32_t> ions, double distance,
  std::int32_t* component, const Progress& progress = {});

} // namespace apt
