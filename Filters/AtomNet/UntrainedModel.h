// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ModelFile.h"

#include <string>
#include <vector>

namespace apt
{

/**
 * @brief The form of a network of that many blocks, without species, lattice parameter and weights.
 *
 * A PointNet has the published features (Yu et al. 2024), 32 neighbours and batch norm; a MomentNet
 * 193 neighbours. Both counts include the ion itself.
 * @throws ParameterError for a number of blocks outside 1 … 64
 */
Model untrainedModel(Architecture architecture, int blocks);

/**
 * @brief Species as a user writes them, one in each text: "Al" (the ions named Al), "*" (all that no
 * other species has), or "Al: Al, AlH" (a name, and the ions that count as it).
 *
 * Blanks around names do not count, and empty texts are passed over.
 * @throws ParameterError naming the text: no name, no ions after a colon, or ions after "*:"
 */
std::vector<Species> parseSpecies(const std::vector<std::string>& texts);

/** @brief The texts that parseSpecies reads. */
std::vector<std::string> formatSpecies(const std::vector<Species>& species);

} // namespace apt
