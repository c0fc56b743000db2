// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Progress.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace apt
{

/** @brief How identities are shuffled. */
struct IonShuffleOptions
{
  std::uint64_t seed = 1;
  bool shuffleUnranged = false; ///< ions without a type take part; otherwise they stay
};

/**
 * @brief A random permutation of the identities of ions: who gets whose.
 *
 * Every permutation of the ions that take part is equally likely, within each class by itself. The
 * ions are dealt into heaps of about 4,096 by a random number each, and each heap is shuffled (C. R.
 * Rao 1961, M. Sandelius 1962; within heaps Fisher and Yates). All random numbers are looked up by
 * seed, class and place of the ion among those of its class, so that the answer depends on nothing
 * but the arguments: not on the number of threads.
 *
 * O(n) for few classes. 4 bytes per ion for the answer, and while computing 8 bytes per ion more, with
 * several classes 12.
 *
 * @param ion     size types, negative = none; nullptr: all ions have one
 * @param classes size values; identities stay among ions of equal value. nullptr: one class
 * @return for each ion the index of the ion whose identity it gets; its own where it stays
 * @throws ParameterError where there are 2³² ions or more; Stopped
 */
std::vector<std::uint32_t> shuffledIons(std::size_t size, const std::int16_t* ion,
  const std::int32_t* classes, const IonShuffleOptions& options = {},
  const Progress& progress = {});

/**
 * @brief Copies to each ion the value of the ion that the permutation names, over all cores.
 * @param from        values of all ions
 * @param permutation of ions begin, begin + 1, …
 * @param to          room for permutation.size() values, apart from source
 */
void permute(const void* from, const std::uint32_t* permutation, std::size_t size,
  std::size_t bytesPerIon, void* to, const Progress& progress = {});

} // namespace apt
