// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>

namespace apt
{

/**
 * @brief The 3 × 3 rotation (row by row) that makes an axis z: the smallest one that does it, and half
 * a turn about x for −z.
 * @param axis of any length but 0
 * @throws ParameterError where it is 0 or not finite
 */
std::array<std::array<double, 3>, 3> rotationToAxis(const std::array<double, 3>& axis);

} // namespace apt
