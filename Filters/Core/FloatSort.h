// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Progress.h"

#include <cstddef>

namespace apt
{

/**
 * @brief Sorts float32 values upwards, over all cores.
 *
 * A radix sort over the bit patterns, a byte at a time (P. M. McIlroy, K. Bostic, M. D. McIlroy,
 * Engineering radix sort, Computing Systems 6 (1993) 5): four passes whatever the values are, so
 * that time is linear in count, and it can be stopped. The order of bit patterns is that of the
 * values, with −0 before +0; infinities are in order; there must be no NaN.
 *
 * @param values sorted in place
 * @param room   as many values again, whose content does not matter before and after
 * @throws Stopped, upon which values are in no order and may be lost
 */
void sortFloats(float* values, float* room, std::size_t count, const Progress& progress = {});

} // namespace apt
