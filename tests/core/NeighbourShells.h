// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

namespace apt
{

/** @brief Neighbours at one distance. */
struct Shell
{
  double distance = 0;
  int count = 0;
};

/** @brief The shells about one of the points up to a distance, by looking at all of them. */
template <typename Points>
std::vector<Shell> shellsAbout(
  const Points& points, std::size_t centre, double upTo, double tolerance)
{
  std::vector<double> distances;
  for (std::size_t i = 0; i < points.size(); ++i)
  {
    const double distance = std::hypot(points[i][0] - points[centre][0],
      points[i][1] - points[centre][1], points[i][2] - points[centre][2]);
    if (i != centre && distance < upTo)
    {
      distances.push_back(distance);
    }
  }
  std::sort(distances.begin(), distances.end());
  std::vector<Shell> shells;
  for (const double distance : distances)
  {
    if (shells.empty() || distance > shells.back().distance + tolerance)
    {
      shells.push_back({ distance, 0 });
    }
    ++shells.back().count;
  }
  return shells;
}

/** @brief The first three shells of a lattice with a lattice parameter of 1, c / a ideal. */
inline std::array<Shell, 3> fccShells()
{
  return { { { std::sqrt(0.5), 12 }, { 1, 6 }, { std::sqrt(1.5), 24 } } };
}

inline std::array<Shell, 3> bccShells()
{
  return { { { std::sqrt(0.75), 8 }, { 1, 6 }, { std::sqrt(2.0), 12 } } };
}

inline std::array<Shell, 3> hcpShells()
{
  return { { { 1, 12 }, { std::sqrt(2.0), 6 }, { std::sqrt(8.0 / 3), 2 } } };
}

} // namespace apt
