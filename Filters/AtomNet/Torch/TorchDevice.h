// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Inference.h"

#include <c10/core/Device.h>

namespace apt
{

/**
 * @brief The device of LibTorch's that is asked for.
 * @throws ParameterError where CUDA is asked for and is not there, saying what was found
 */
c10::Device torchDevice(Device device);

} // namespace apt
