// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ModelFile.h"

#include <string>

namespace apt
{

/**
 * @brief What a user wants to know of a model, a line each: alloy, species with the ions that count
 * as them, network, blocks, windows of lattice waves if any, lattice parameter (nm), suggested
 * threshold, figures, licence.
 */
std::string describeModel(const Model& model);

/** @brief Names of the species with commas between them; what "*" means is said. */
std::string speciesList(const Model& model);

} // namespace apt
