// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "ClusterProperties.h"

#include "CellSortedCloud.h"
#include "Error.h"
#include "Ion.h"
#include "ParallelFor.h"
#include "RangeFile.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <numeric>

namespace apt
{

namespace
{

constexpr std::size_t Grain = 1 << 16;
constexpr double IonsPerCube = 40;
constexpr std::uint32_t FewestIons = 10;
constexpr double pi = 3.14159265358979323846;

/** Calls forPosition(position) for every ranged ion, over all cores. */
template <typename ForPosition>
void forEachRanged(const ClusterIons& ions, ForPosition&& forPosition, const Progress& progress)
{
  parallelFor(
    ions.size, Grain,
    [&](std::size_t begin, std::size_t end)
    {
      for (std::size_t ion = begin; ion < end; ++ion)
      {
        if (ions.isRanged(ion))
        {
          forPosition(ions.positions + ion * 3);
        }
      }
    },
    progress);
}

} // namespace

EdgeOfCloud::EdgeOfCloud(const ClusterIons& ions, const Progress& progress)
{
  constexpr double infinity = std::numeric_limits<double>::infinity();
  std::array<double, 3> lower{ infinity, infinity, infinity };
  std::array<double, 3> upper{ -infinity, -infinity, -infinity };
  std::size_t ranged = 0;
  std::mutex mutex;
  parallelFor(
    ions.size, Grain,
    [&](std::size_t begin, std::size_t end)
    {
      std::array<double, 3> low{ infinity, infinity, infinity };
      std::array<double, 3> high{ -infinity, -infinity, -infinity };
      std::size_t count = 0;
      for (std::size_t ion = begin; ion < end; ++ion)
      {
        if (!ions.isRanged(ion))
        {
          continue;
        }
        checkCoordinates(ions.positions, static_cast<std::uint32_t>(ion));
        ++count;
        for (std::size_t axis = 0; axis < 3; ++axis)
        {
          const auto coordinate = static_cast<double>(ions.positions[ion * 3 + axis]);
          low[axis] = std::min(low[axis], coordinate);
          high[axis] = std::max(high[axis], coordinate);
        }
      }
      const std::lock_guard<std::mutex> lock(mutex);
      ranged += count;
      for (std::size_t axis = 0; axis < 3; ++axis)
      {
        lower[axis] = std::min(lower[axis], low[axis]);
        upper[axis] = std::max(upper[axis], high[axis]);
      }
    },
    subProgress(progress, 0, 0.3));
  double longest = 0;
  for (std::size_t axis = 0; axis < 3 && ranged > 0; ++axis)
  {
    this->Lower[axis] = lower[axis];
    this->Extent[axis] = upper[axis] - lower[axis];
    longest = std::max(longest, this->Extent[axis]);
  }
  if (!(longest > 0))
  {
    this->Counts.assign(1, 0);
    return;
  }
  // A flat cloud is as thick as a hundred thousandth of its length, so that it has a volume.
  double volume = 1;
  for (const double extent : this->Extent)
  {
    volume *= std::max(extent, longest * 1e-5);
  }
  const double perCube = IonsPerCube / static_cast<double>(ranged);
  const double coarse = std::cbrt(volume * perCube);
  this->Edge = coarse;
  this->fill(ions, subProgress(progress, 0.3, 0.6));
  // Not smaller than a quarter, so that the cubes stay few where the box is mostly empty.
  const auto filledCubes = std::count_if(
    this->Counts.begin(), this->Counts.end(), [](std::uint32_t count) { return count > 0; });
  const double filled = static_cast<double>(filledCubes) * coarse * coarse * coarse;
  this->Edge = std::clamp(std::cbrt(filled * perCube), coarse / 4, coarse);
  this->fill(ions, subProgress(progress, 0.6, 1));
}

void EdgeOfCloud::fill(const ClusterIons& ions, const Progress& progress)
{
  std::size_t cubes = 1;
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    this->Cubes[axis] = static_cast<std::int64_t>(this->Extent[axis] / this->Edge) + 1;
    cubes *= static_cast<std::size_t>(this->Cubes[axis]);
  }
  this->Counts.assign(cubes, 0);
  forEachRanged(
    ions,
    [&](const float* position)
    {
      const std::array<std::int64_t, 3> cube = this->cubeOf(position);
      const auto at =
        static_cast<std::size_t>((cube[2] * this->Cubes[1] + cube[1]) * this->Cubes[0] + cube[0]);
      __atomic_fetch_add(this->Counts.data() + at, 1U, __ATOMIC_RELAXED);
    },
    progress);
}

std::array<std::int64_t, 3> EdgeOfCloud::cubeOf(const float* position) const
{
  std::array<std::int64_t, 3> cube{};
  for (std::size_t axis = 0; axis < 3 && this->Edge > 0; ++axis)
  {
    cube[axis] = static_cast<std::int64_t>(
      (static_cast<double>(position[axis]) - this->Lower[axis]) / this->Edge);
  }
  return cube;
}

bool EdgeOfCloud::isFull(std::int64_t x, std::int64_t y, std::int64_t z) const
{
  return x >= 0 && y >= 0 && z >= 0 && x < this->Cubes[0] && y < this->Cubes[1] &&
    z < this->Cubes[2] &&
    this->Counts[static_cast<std::size_t>((z * this->Cubes[1] + y) * this->Cubes[0] + x)] >=
    FewestIons;
}

bool EdgeOfCloud::isAtEdge(const float* position) const
{
  const std::array<std::int64_t, 3> cube = this->cubeOf(position);
  for (std::int64_t z = -1; z <= 1; ++z)
  {
    for (std::int64_t y = -1; y <= 1; ++y)
    {
      for (std::int64_t x = -1; x <= 1; ++x)
      {
        if (!this->isFull(cube[0] + x, cube[1] + y, cube[2] + z))
        {
          return true;
        }
      }
    }
  }
  return false;
}

double ClusterProperties::fraction(std::size_t type) const
{
  return static_cast<double>(this->ionsOfType[type]) / static_cast<double>(this->ions);
}

double ClusterProperties::fractionError(std::size_t type) const
{
  const double c = this->fraction(type);
  return std::sqrt(c * (1 - c) / static_cast<double>(this->ions));
}

std::vector<std::uint64_t> atomsByName(const std::vector<std::string>& names)
{
  std::vector<std::uint64_t> atoms;
  for (const std::string& name : names)
  {
    std::uint64_t count = 0;
    for (const Constituent& constituent : parseFormula(name))
    {
      count += static_cast<std::uint64_t>(constituent.count);
    }
    atoms.push_back(std::max<std::uint64_t>(count, 1));
  }
  return atoms;
}

std::vector<ClusterProperties> describeClusters(const ClusterIons& ions,
  const std::int32_t* clusterId, const std::vector<std::uint64_t>& clusterSizes,
  const std::vector<std::uint64_t>& atomsOfType, const ClusterPropertiesOptions& options,
  const Progress& progress)
{
  if (!(options.detectionEfficiency > 0 && options.detectionEfficiency <= 1))
  {
    throw ParameterError(
      "detection efficiency", shortestNumber(options.detectionEfficiency), "above 0, at most 1");
  }
  if (!(options.atomicDensity > 0 && std::isfinite(options.atomicDensity)))
  {
    throw ParameterError(
      "atomic density", shortestNumber(options.atomicDensity), "above 0 atoms per nm³");
  }
  std::vector<ClusterProperties> clusters(clusterSizes.size());
  if (clusters.empty())
  {
    return clusters;
  }
  const EdgeOfCloud edge(ions, subProgress(progress, 0, 0.4));

  // The ions of each cluster, side by side.
  std::vector<std::size_t> next(clusterSizes.size() + 1);
  std::partial_sum(clusterSizes.begin(), clusterSizes.end(), next.begin() + 1);
  const std::vector<std::size_t> begins = next;
  std::vector<std::uint32_t> members(begins.back());
  for (std::size_t ion = 0; ion < ions.size; ++ion)
  {
    if (clusterId[ion] >= 0)
    {
      members[next[static_cast<std::size_t>(clusterId[ion])]++] = static_cast<std::uint32_t>(ion);
    }
  }

  const auto describe = [&](std::size_t index)
  {
    ClusterProperties& cluster = clusters[index];
    cluster.ions = clusterSizes[index];
    cluster.ionsOfType.assign(atomsOfType.size(), 0);
    const auto begin = members.begin() + static_cast<std::ptrdiff_t>(begins[index]);
    const auto end = members.begin() + static_cast<std::ptrdiff_t>(begins[index + 1]);
    std::array<double, 3> lower;
    lower.fill(std::numeric_limits<double>::infinity());
    std::array<double, 3> upper;
    upper.fill(-std::numeric_limits<double>::infinity());
    for (auto ion = begin; ion != end; ++ion)
    {
      const float* const position = ions.positions + std::size_t{ *ion } * 3;
      for (std::size_t axis = 0; axis < 3; ++axis)
      {
        const auto coordinate = static_cast<double>(position[axis]);
        cluster.centre[axis] += coordinate;
        lower[axis] = std::min(lower[axis], coordinate);
        upper[axis] = std::max(upper[axis], coordinate);
      }
      const auto type = static_cast<std::size_t>(ions.type[*ion]);
      if (type < atomsOfType.size())
      {
        ++cluster.ionsOfType[type];
        cluster.atoms += atomsOfType[type];
      }
      else
      {
        ++cluster.atoms;
      }
      cluster.touchesEdge = cluster.touchesEdge || edge.isAtEdge(position);
    }
    const auto count = static_cast<double>(cluster.ions);
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      cluster.centre[axis] /= count;
      cluster.extent[axis] = upper[axis] - lower[axis];
    }
    double squares = 0;
    for (auto ion = begin; ion != end; ++ion)
    {
      for (std::size_t axis = 0; axis < 3; ++axis)
      {
        const double offset = static_cast<double>(ions.positions[std::size_t{ *ion } * 3 + axis]) -
          cluster.centre[axis];
        squares += offset * offset;
      }
    }
    cluster.radiusOfGyration = std::sqrt(squares / count);
    cluster.equivalentRadius = std::cbrt(3 * static_cast<double>(cluster.atoms) /
      (4 * pi * options.atomicDensity * options.detectionEfficiency));
  };
  parallelFor(
    clusters.size(), 16,
    [&](std::size_t begin, std::size_t end)
    {
      for (std::size_t index = begin; index < end; ++index)
      {
        describe(index);
      }
    },
    subProgress(progress, 0.5, 1));
  return clusters;
}

} // namespace apt
