// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "SurfaceDistance.h"

#include <array>
#include <cmath>
#include <cstdint>

namespace apt
{
namespace test
{

/** A grid of squares cut in two; normals along +z where u is x and v is y. */
template <typename Place>
TriangleSurface sheet(std::uint32_t columns, std::uint32_t rows, const Place& place)
{
  TriangleSurface surface;
  for (std::uint32_t row = 0; row <= rows; ++row)
  {
    for (std::uint32_t column = 0; column <= columns; ++column)
    {
      const std::array<double, 3> point =
        place(static_cast<double>(column) / columns, static_cast<double>(row) / rows);
      for (const double value : point)
      {
        surface.points.push_back(static_cast<float>(value));
      }
    }
  }
  for (std::uint32_t row = 0; row < rows; ++row)
  {
    for (std::uint32_t column = 0; column < columns; ++column)
    {
      const std::uint32_t a = row * (columns + 1) + column;
      const std::uint32_t c = a + columns + 1;
      surface.triangles.insert(surface.triangles.end(), { a, a + 1, c, a + 1, c + 1, c });
    }
  }
  return surface;
}

/** A square of that edge about the origin, in z = 0, with normals along +z. */
inline TriangleSurface square(double edge, std::uint32_t cells)
{
  return sheet(cells, cells,
    [edge](double u, double v) {
      return std::array<double, 3>{ (u - 0.5) * edge, (v - 0.5) * edge, 0 };
    });
}

/** About the origin; normals outwards. Poles and the seam have several points at one place. */
inline TriangleSurface sphere(double radius, std::uint32_t rows)
{
  constexpr double pi = 3.14159265358979323846;
  return sheet(2 * rows, rows,
    [=](double u, double v)
    {
      const double polar = pi * (1 - v);
      // So that the ends of the seam, and all points of a pole, are the same numbers.
      const double azimuth = u == 1 ? 0 : 2 * pi * u;
      const double ring = v == 0 || v == 1 ? 0 : radius * std::sin(polar);
      return std::array<double, 3>{ ring * std::cos(azimuth), ring * std::sin(azimuth),
        radius * std::cos(polar) };
    });
}

/** The cube from −1 to 1; normals outwards. */
inline TriangleSurface cube()
{
  TriangleSurface surface;
  for (int i = 0; i < 8; ++i)
  {
    for (int axis = 0; axis < 3; ++axis)
    {
      surface.points.push_back((i >> axis & 1) ? 1.0F : -1.0F);
    }
  }
  surface.triangles = { 0, 2, 1, 1, 2, 3, 4, 5, 6, 5, 7, 6, 0, 1, 4, 1, 5, 4, 2, 6, 3, 3, 6, 7, 0,
    4, 2, 2, 4, 6, 1, 3, 5, 3, 7, 5 };
  return surface;
}

} // namespace test
} // namespace apt
