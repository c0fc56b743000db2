// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ModelFile.h"

#include <cstdint>

namespace apt
{

/**
 * @brief Multiply-adds per ion of one block: of its dense layers and matrix products, each counted
 * once; features, basis functions, norms and activations are not.
 *
 * @param block from 1
 * @throws ParameterError for a block that the model does not have
 */
std::uint64_t multiplyAddsPerIon(const Model& model, std::size_t block);

/** @brief The same of all blocks together. */
std::uint64_t multiplyAddsPerIon(const Model& model);

} // namespace apt
