// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ModelFile.h"

#include <string>
#include <vector>

namespace apt
{

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

/**
 * @brief Lets other ions count as a model's species: the first row for its first one, and so on.
 *
 * What has learnt order of one alloy then looks for it in another that orders alike.
 * @param species as many as the model has
 * @throws ParameterError for another number of species, two of one name or with one ion
 */
void replaceSpecies(Model& model, const std::vector<Species>& species);

} // namespace apt
