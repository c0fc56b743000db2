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

} // namespace apt
