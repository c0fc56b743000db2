// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "PairWalk.h"

#include "Error.h"
#include "NeighbourArithmetic.h"
#include "ParallelFor.h"
#include "RangeFile.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <vector>

namespace apt
{

namespace
{

constexpr std::size_t MostAsking = 256;
constexpr std::size_t MostAsked = 1 << 17;
// Some minutes on two cores; what large clouds need at a few nanometres.
constexpr double MostPairs = 1e10;
constexpr double MostPairsPerIon = 1000;
constexpr double MostNeighboursPerTile = 1 << 18;
constexpr double MostIonsPerTile = 256;

std::string rounded(double number)
{
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.0e", number);
  return text.data();
}

} // namespace

RadiusSearchOptions pairWalk(
  const CellSortedCloud& cloud, const std::string& parameter, double radius, NeighbourOrder order)
{
  RadiusSearchOptions options;
  options.order = order;
  const std::size_t size = cloud.size();
  if (size == 0)
  {
    return options;
  }
  const float squared = squareNotAbove(radius);
  const std::size_t askingStep = (size - 1) / MostAsking + 1;
  const std::size_t askedStep = (size - 1) / MostAsked + 1;
  const std::size_t asking = (size - 1) / askingStep + 1;
  std::vector<std::size_t> found(asking);
  parallelFor(asking, 1,
    [&](std::size_t begin, std::size_t end)
    {
      for (std::size_t i = begin; i < end; ++i)
      {
        const std::size_t ion = i * askingStep;
        for (std::size_t other = 0; other < size; other += askedStep)
        {
          found[i] +=
            squaredLength(cloud.x()[ion] - cloud.x()[other], cloud.y()[ion] - cloud.y()[other],
              cloud.z()[ion] - cloud.z()[other]) <= squared;
        }
      }
    });
  double sum = 0;
  double most = 0;
  for (const std::size_t count : found)
  {
    sum += static_cast<double>(count) * static_cast<double>(askedStep);
    most = std::max(most, static_cast<double>(count) * static_cast<double>(askedStep));
  }
  const double pairs = sum / static_cast<double>(asking) * static_cast<double>(size);
  const double mostPairs = std::max(MostPairs, MostPairsPerIon * static_cast<double>(size));
  if (pairs > mostPairs)
  {
    throw ParameterError(parameter, shortestNumber(radius),
      "one that has fewer than " + rounded(mostPairs) +
        " pairs of ions within it; here are about " + rounded(pairs));
  }
  options.tileIons = static_cast<std::size_t>(
    std::clamp(MostNeighboursPerTile / std::max(most, 1.0), 1.0, MostIonsPerTile));
  return options;
}

} // namespace apt
