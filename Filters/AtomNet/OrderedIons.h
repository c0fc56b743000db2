// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>

namespace apt
{

/**
 * @brief Marks the ions that a network holds for ordered: 1 where the probability is at least
 * threshold, else 0, also where it is NaN because the model does not know the ion.
 *
 * Compared in double, as ParaView's own Threshold does. O(size) over all cores, no memory.
 *
 * @param probability size values, NaN allowed
 * @param threshold   0 to 1
 * @param ordered     receives size values
 * @throws ParameterError where threshold is outside 0 … 1
 */
void markOrdered(
  const float* probability, std::size_t size, double threshold, std::int8_t* ordered);

} // namespace apt
