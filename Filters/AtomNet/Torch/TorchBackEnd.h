// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Inference.h"
#include "ModelFile.h"

#include <memory>

namespace apt
{

/**
 * @brief The back end that runs the network in LibTorch: the reference for faster ones.
 *
 * Ions go through the network in batches of a fixed size, cut at the same places of the cell-sorted
 * cloud whatever the tiles, one batch per thread on a CPU: so the answer has the same bits for any
 * number of threads.
 * @throws ParameterError where CUDA is asked for and is not there, saying what was found
 */
std::unique_ptr<InferenceBackEnd> makeTorchBackEnd(const Model& model, Device device);

} // namespace apt
