// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// How the neighbour search computes distances, said once. Everything is float32, rounded to nearest
// after each operation, and nothing is contracted into a fused multiply-add: the files that include
// this one are compiled with -ffp-contract=off.
//
// Each of subtraction, squaring and addition of squares is monotone, and so stays after rounding.
// The distance to the nearest point of a box, computed by the same operations from the box's float32
// bounds, is therefore never larger than the computed distance to any ion in the box: the search may
// leave out by such bounds, without any tolerance, and is exact.

#include "CellSortedCloud.h"

#include <cmath>
#include <limits>

namespace apt
{

/** @brief (dx² + dy²) + dz², nm². */
inline float squaredLength(float dx, float dy, float dz)
{
  return (dx * dx + dy * dy) + dz * dz;
}

/** @brief A lower bound of the distance between an ion of one box and an ion of the other, nm. */
inline float gap(float lowerA, float upperA, float lowerB, float upperB)
{
  const float below = lowerB - upperA;
  const float above = lowerA - upperB;
  const float larger = below > above ? below : above;
  return larger > 0 ? larger : 0;
}

/** @brief Not above the squared distance (nm²) between any ion of one box and any of the other. */
inline float squaredGap(const IonBox& a, const IonBox& b)
{
  return squaredLength(gap(a.lower[0], a.upper[0], b.lower[0], b.upper[0]),
    gap(a.lower[1], a.upper[1], b.lower[1], b.upper[1]),
    gap(a.lower[2], a.upper[2], b.lower[2], b.upper[2]));
}

/**
 * @brief The largest float32 that is not above the square of a distance (nm²): what a squared
 * distance must not be above for its ions to be within the distance.
 */
inline float squareNotAbove(double radius)
{
  const double squared = radius * radius;
  if (squared >= static_cast<double>(std::numeric_limits<float>::max()))
  {
    return std::numeric_limits<float>::max();
  }
  const auto rounded = static_cast<float>(squared);
  return static_cast<double>(rounded) > squared ? std::nextafter(rounded, 0.0F) : rounded;
}

} // namespace apt
