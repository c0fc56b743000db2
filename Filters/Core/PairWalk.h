// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "NeighbourSearch.h"

#include <string>

namespace apt
{

/**
 * @brief Options for a walk over all pairs within a radius, or a refusal where that is hopeless.
 *
 * The number of pairs is estimated from up to 256 ions of the cloud, evenly spaced in its order,
 * each compared with up to 131,072 others: 0.02 s, and good to some per cent in a cloud without
 * extremes. Tiles are made so small that their neighbours take some MiB.
 * @param parameter what the radius is called, for the message
 * @throws ParameterError where it comes to more than 10¹⁰ pairs and 1000 per ion, saying how many
 */
RadiusSearchOptions pairWalk(
  const CellSortedCloud& cloud, const std::string& parameter, double radius, NeighbourOrder order);

} // namespace apt
