// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "InteriorIons.h"

#include "Error.h"
#include "ParallelFor.h"
#include "RangeFile.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace apt
{

namespace
{

constexpr double IonsPerVoxel = 8;
constexpr double MostVoxelsPerIon = 8;
constexpr std::size_t Grain = 1 << 16;
constexpr std::uint8_t Empty = 0;
constexpr std::uint8_t Occupied = 1;
constexpr std::uint8_t Outside = 2;

/** Voxels over a box, with one empty layer around. */
struct VoxelGrid
{
  std::array<double, 3> origin{};
  double edge = 0; ///< nm
  std::array<std::size_t, 3> voxels{};
  std::vector<std::uint8_t> state;

  std::size_t size() const { return this->voxels[0] * this->voxels[1] * this->voxels[2]; }
  std::size_t voxelOf(float x, float y, float z) const
  {
    const std::array<float, 3> position{ x, y, z };
    std::size_t voxel = 0;
    for (std::size_t axis = 3; axis-- > 0;)
    {
      const double steps = (static_cast<double>(position[axis]) - this->origin[axis]) / this->edge;
      voxel = voxel * this->voxels[axis] + static_cast<std::size_t>(steps);
    }
    return voxel;
  }
};

/** nm³ per ion: the median over the blocks. */
double volumePerIon(const CellSortedCloud& cloud)
{
  std::vector<double> volumes;
  for (const CellSortedCloud::Block& block : cloud.blocks())
  {
    double volume = 1;
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      volume *=
        static_cast<double>(block.box.upper[axis]) - static_cast<double>(block.box.lower[axis]);
    }
    volumes.push_back(volume / (block.end - block.begin));
  }
  const auto middle = volumes.begin() + static_cast<std::ptrdiff_t>(volumes.size() / 2);
  std::nth_element(volumes.begin(), middle, volumes.end());
  return *middle;
}

VoxelGrid gridOver(const CellSortedCloud& cloud, double perIon)
{
  IonBox box = cloud.blocks().front().box;
  for (const CellSortedCloud::Block& block : cloud.blocks())
  {
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      box.lower[axis] = std::min(box.lower[axis], block.box.lower[axis]);
      box.upper[axis] = std::max(box.upper[axis], block.box.upper[axis]);
    }
  }
  VoxelGrid grid;
  grid.edge = std::cbrt(IonsPerVoxel * perIon);
  const double most = std::max(1000.0, MostVoxelsPerIon * static_cast<double>(cloud.size()));
  for (;;)
  {
    double size = 1;
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      grid.origin[axis] = static_cast<double>(box.lower[axis]) - grid.edge;
      const double extent =
        static_cast<double>(box.upper[axis]) - static_cast<double>(box.lower[axis]);
      const double voxels = std::floor(extent / grid.edge * (1 + 1e-12)) + 3;
      size *= voxels;
      grid.voxels[axis] = voxels < 1e9 ? static_cast<std::size_t>(voxels) : 0;
    }
    if (size <= most)
    {
      break;
    }
    grid.edge *= 1.2;
  }
  grid.state.assign(grid.size(), Empty);
  for (std::size_t ion = 0; ion < cloud.size(); ++ion)
  {
    grid.state[grid.voxelOf(cloud.x()[ion], cloud.y()[ion], cloud.z()[ion])] = Occupied;
  }
  return grid;
}

/** Marks what is empty and connected with the layer around. */
void markOutside(VoxelGrid& grid)
{
  std::vector<std::size_t> reached{ 0 };
  grid.state[0] = Outside;
  const std::array<std::size_t, 3> step{ 1, grid.voxels[0], grid.voxels[0] * grid.voxels[1] };
  while (!reached.empty())
  {
    const std::size_t voxel = reached.back();
    reached.pop_back();
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      const std::size_t at = voxel / step[axis] % grid.voxels[axis];
      const auto visit = [&](std::size_t other)
      {
        if (grid.state[other] == Empty)
        {
          grid.state[other] = Outside;
          reached.push_back(other);
        }
      };
      if (at > 0)
      {
        visit(voxel - step[axis]);
      }
      if (at + 1 < grid.voxels[axis])
      {
        visit(voxel + step[axis]);
      }
    }
  }
}

/**
 * The square of the least distance, in voxels, between a voxel and an outside one, faces taken; at
 * least (reach + 1)² where there is none within reach. Separable: one axis after the other.
 */
std::vector<std::uint32_t> squaredGaps(
  const VoxelGrid& grid, std::size_t reach, const Progress& progress)
{
  const auto far = static_cast<std::uint32_t>((reach + 1) * (reach + 1));
  std::vector<std::uint32_t> gaps(grid.size());
  std::transform(grid.state.begin(), grid.state.end(), gaps.begin(),
    [far](std::uint8_t state) { return state == Outside ? 0 : far; });
  const std::array<std::size_t, 3> step{ 1, grid.voxels[0], grid.voxels[0] * grid.voxels[1] };
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    const std::size_t length = grid.voxels[axis];
    const std::size_t lines = grid.size() / length;
    parallelFor(
      lines, std::max<std::size_t>(1, Grain / length),
      [&](std::size_t begin, std::size_t end)
      {
        std::vector<std::uint32_t> before(length);
        for (std::size_t line = begin; line < end; ++line)
        {
          // Lines are counted over the other two axes.
          std::uint32_t* const first =
            gaps.data() + line / step[axis] * step[axis] * length + line % step[axis];
          for (std::size_t i = 0; i < length; ++i)
          {
            before[i] = first[i * step[axis]];
          }
          for (std::size_t i = 0; i < length; ++i)
          {
            std::uint32_t least = before[i];
            for (std::size_t away = 1; away <= reach + 1; ++away)
            {
              const auto squared = static_cast<std::uint32_t>((away - 1) * (away - 1));
              if (squared >= least)
              {
                break;
              }
              least = i >= away ? std::min(least, before[i - away] + squared) : least;
              least = i + away < length ? std::min(least, before[i + away] + squared) : least;
            }
            first[i * step[axis]] = least;
          }
        }
      },
      subProgress(progress, static_cast<double>(axis) / 3, static_cast<double>(axis + 1) / 3));
  }
  return gaps;
}

} // namespace

std::vector<std::uint8_t> interiorIons(
  const CellSortedCloud& cloud, std::size_t size, double distance, const Progress& progress)
{
  if (!(distance >= 0 && std::isfinite(distance)))
  {
    throw ParameterError("distance from the surface", shortestNumber(distance), "0 nm or more");
  }
  std::vector<std::uint8_t> interior(size, 0);
  const double perIon = cloud.size() > 0 ? volumePerIon(cloud) : 0;
  if (!(perIon > 0))
  {
    return interior; // a point, a line or a plane is all surface
  }
  VoxelGrid grid = gridOver(cloud, perIon);
  const std::size_t widest = *std::max_element(grid.voxels.begin(), grid.voxels.end());
  const double reach = distance / grid.edge + 1;
  if (reach > static_cast<double>(widest))
  {
    return interior;
  }
  markOutside(grid);
  const auto reachVoxels = static_cast<std::size_t>(std::ceil(reach));
  const std::vector<std::uint32_t> gaps = squaredGaps(grid, reachVoxels, progress);
  const double least = reach * reach;
  parallelFor(cloud.size(), Grain,
    [&](std::size_t begin, std::size_t end)
    {
      for (std::size_t ion = begin; ion < end; ++ion)
      {
        const std::size_t voxel = grid.voxelOf(cloud.x()[ion], cloud.y()[ion], cloud.z()[ion]);
        interior[cloud.originalIndices()[ion]] = static_cast<double>(gaps[voxel]) >= least;
      }
    });
  return interior;
}

} // namespace apt
