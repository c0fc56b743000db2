// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "IonCloud.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace apt
{

/** @brief Which ions take part, by a per-ion array that is 0 in the matrix. */
enum class IonClass
{
  All,
  Ordered, ///< where the array is not 0
  Matrix   ///< where it is 0
};

/**
 * @brief The values of an array of one component as whole numbers, over all cores.
 *
 * Fractions are cut off; what is NaN or beyond 32 bits becomes the lowest number that there is.
 * @return 4 bytes per ion
 * @throws ParameterError where it has several components
 */
std::vector<std::int32_t> wholeNumbers(const ArrayView& array, std::size_t size);

/**
 * @brief The type of each ion that is in a class and has a type; −1 for the others.
 *
 * @param ion     size types, negative = none; nullptr: all are 0
 * @param classes what tells the classes apart; nullptr for All only
 * @return 2 bytes per ion
 * @throws ParameterError where classes is missing, or has several components
 */
std::vector<std::int16_t> typesWithin(
  std::size_t size, const std::int16_t* ion, const ArrayView* classes, IonClass ionClass);

/** @brief How many ions there are of each type, up to the highest; the negative are left out. */
std::vector<std::uint64_t> countsOfTypes(const std::vector<std::int16_t>& types);

} // namespace apt
