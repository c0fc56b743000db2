// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "AxisRotation.h"

#include "Error.h"
#include "RangeFile.h"

#include <cmath>

namespace apt
{

std::array<std::array<double, 3>, 3> rotationToAxis(const std::array<double, 3>& axis)
{
  const double length = std::hypot(axis[0], axis[1], axis[2]);
  if (!(length > 0 && std::isfinite(length)))
  {
    throw ParameterError("axis",
      shortestNumber(axis[0]) + " " + shortestNumber(axis[1]) + " " + shortestNumber(axis[2]),
      "three finite numbers, not all 0");
  }
  const double x = axis[0] / length;
  const double y = axis[1] / length;
  const double z = axis[2] / length;
  if (z < -1 + 1e-12)
  {
    return { { { 1, 0, 0 }, { 0, -1, 0 }, { 0, 0, -1 } } };
  }
  // Rodrigues about (y, −x, 0).
  const double f = 1 / (1 + z);
  return { { { 1 - f * x * x, -f * x * y, -x }, { -f * x * y, 1 - f * y * y, -y }, { x, y, z } } };
}

} // namespace apt
