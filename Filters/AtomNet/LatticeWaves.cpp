// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "LatticeWaves.h"

#include "LatticeNormal.h"
#include "ParallelFor.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>

namespace apt
{

namespace
{

constexpr double Pi = 3.14159265358979323846;
/** Of a voxel, in widths of the window. */
constexpr double VoxelEdge = 3.0 / 7;
/** Voxels that a blur looks to each side: 3.1 of its standard deviations. */
constexpr int Reach = 7;
/** Voxels along a brick; with those that it shares with the next ones. */
constexpr int BrickEdge = 8;
constexpr int Padded = BrickEdge + 1;
constexpr std::size_t BrickVoxels = std::size_t{ Padded } * Padded * Padded;
/** Voxels along a brick and what is blurred into it. */
constexpr int Wide = Padded + 2 * Reach;
/** Bits of a brick's number along an axis: bricks farther apart than this may share one. */
constexpr int BrickBits = 21;
constexpr std::uint64_t BrickMask = (std::uint64_t{ 1 } << BrickBits) - 1;
constexpr std::size_t IonsAtOnce = 16384;

using Voxel = std::array<double, 3>;
using Brick = std::array<std::int64_t, 3>;

Brick brickOf(const Voxel& voxel)
{
  Brick brick{};
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    brick[axis] = static_cast<std::int64_t>(std::floor(voxel[axis] / BrickEdge));
  }
  return brick;
}

std::uint64_t numberOf(const Brick& brick)
{
  std::uint64_t number = 0;
  for (const std::int64_t along : brick)
  {
    number = (number << BrickBits) | (static_cast<std::uint64_t>(along) & BrickMask);
  }
  return number;
}

/** The number of a brick near another. */
std::uint64_t besides(std::uint64_t number, int x, int y, int z)
{
  std::uint64_t result = 0;
  const std::array<int, 3> steps{ x, y, z };
  for (int axis = 0; axis < 3; ++axis)
  {
    const std::uint64_t along = number >> (BrickBits * (2 - axis));
    result = (result << BrickBits) |
      ((along + static_cast<std::uint64_t>(steps[static_cast<std::size_t>(axis)])) & BrickMask);
  }
  return result;
}

/** Ions that follow each other in the cloud and lie in one brick. */
struct Run
{
  std::uint64_t brick;
  std::uint32_t begin;
  std::uint32_t end;
};

/** Where between the voxels of a brick a point is: the lowest corner of eight, and their weights. */
struct Corners
{
  explicit Corners(const Voxel& voxel)
  {
    std::array<double, 3> part{};
    std::array<std::size_t, 3> lowest{};
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      const double brick = std::floor(voxel[axis] / BrickEdge) * BrickEdge;
      // Rounding may leave it at the upper end.
      const double within = std::min(
        std::max(voxel[axis] - brick, 0.0), std::nextafter(static_cast<double>(BrickEdge), 0.0));
      lowest[axis] = static_cast<std::size_t>(within);
      part[axis] = within - static_cast<double>(lowest[axis]);
    }
    this->first = (lowest[2] * Padded + lowest[1]) * Padded + lowest[0];
    for (std::size_t corner = 0; corner < 8; ++corner)
    {
      double product = 1;
      for (std::size_t axis = 0; axis < 3; ++axis)
      {
        product *= (corner >> axis & 1) ? part[axis] : 1 - part[axis];
      }
      this->weight[corner] = static_cast<float>(product);
    }
  }

  std::size_t voxel(std::size_t corner) const
  {
    return this->first + (corner & 1) + (corner >> 1 & 1) * Padded +
      (corner >> 2) * Padded * Padded;
  }

  std::size_t first;
  std::array<float, 8> weight;
};

/** Blurs along an axis: out[k] = Σ weight[j] in[k + j], rows of values values. */
void blur(const std::vector<float>& weights, const float* in, std::size_t inStride, float* out,
  std::size_t outStride, std::size_t count, std::size_t values)
{
  for (std::size_t k = 0; k < count; ++k)
  {
    float* const to = out + k * outStride;
    std::fill_n(to, values, 0.0F);
    for (std::size_t j = 0; j < weights.size(); ++j)
    {
      const float* const from = in + (k + j) * inStride;
      const float weight = weights[j];
      for (std::size_t v = 0; v < values; ++v)
      {
        to[v] += weight * from[v];
      }
    }
  }
}

} // namespace

LatticeWaves::LatticeWaves(const CellSortedCloud& cloud, const std::uint8_t* species,
  std::size_t speciesCount, double latticeParameter, const MomentForm& form,
  const Progress& progress)
  : Cloud(cloud)
  , PerLength(2 * Pi / latticeParameter)
  , Shares(speciesShares(cloud, species, speciesCount))
  , Normal(findLatticeNormal(
      cloud, species, this->Shares, latticeParameter, subProgress(progress, 0, 0.3)))
{
  if (!cloud.blocks().empty())
  {
    const std::array<float, 3>& lower = cloud.blocks().front().box.lower;
    std::copy(lower.begin(), lower.end(), this->Origin.begin());
  }
  for (int window = 0; window < form.waveWindows; ++window)
  {
    this->Windows.push_back(
      this->windowOf(species, form.widestWindow * latticeParameter / std::pow(2.0, window),
        subProgress(progress, 0.3 + 0.7 * window / form.waveWindows,
          0.3 + 0.7 * (window + 1) / form.waveWindows)));
  }
}

std::array<double, 3> LatticeWaves::voxelOf(const Window& window, std::size_t place) const
{
  const std::array<float, 3> position{ this->Cloud.x()[place], this->Cloud.y()[place],
    this->Cloud.z()[place] };
  Voxel voxel{};
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    voxel[axis] =
      (static_cast<double>(position[axis]) - this->Origin[axis]) * window.voxelsPerLength;
  }
  return voxel;
}

double LatticeWaves::phaseOf(std::size_t place) const
{
  return this->PerLength *
    (this->Normal[0] * (static_cast<double>(this->Cloud.x()[place]) - this->Origin[0]) +
      this->Normal[1] * (static_cast<double>(this->Cloud.y()[place]) - this->Origin[1]) +
      this->Normal[2] * (static_cast<double>(this->Cloud.z()[place]) - this->Origin[2]));
}

LatticeWaves::Window LatticeWaves::windowOf(
  const std::uint8_t* species, double width, const Progress& progress) const
{
  Window window;
  window.voxelsPerLength = 1 / (VoxelEdge * width);

  // Which ions each brick has.
  std::vector<std::vector<Run>> pieces((this->Cloud.size() + IonsAtOnce - 1) / IonsAtOnce);
  parallelFor(this->Cloud.size(), IonsAtOnce,
    [&](std::size_t begin, std::size_t end)
    {
      std::vector<Run>& runs = pieces[begin / IonsAtOnce];
      for (std::size_t ion = begin; ion < end; ++ion)
      {
        const std::uint64_t brick = numberOf(brickOf(this->voxelOf(window, ion)));
        if (runs.empty() || runs.back().brick != brick)
        {
          runs.push_back({ brick, static_cast<std::uint32_t>(ion), 0 });
        }
        runs.back().end = static_cast<std::uint32_t>(ion + 1);
      }
    });
  std::vector<Run> runs;
  for (std::vector<Run>& piece : pieces)
  {
    runs.insert(runs.end(), piece.begin(), piece.end());
    piece = {};
  }
  std::sort(runs.begin(), runs.end(),
    [](const Run& a, const Run& b)
    { return a.brick != b.brick ? a.brick < b.brick : a.begin < b.begin; });
  std::vector<std::size_t> firstRun;
  for (std::size_t run = 0; run < runs.size(); ++run)
  {
    if (window.bricks.empty() || window.bricks.back() != runs[run].brick)
    {
      window.bricks.push_back(runs[run].brick);
      firstRun.push_back(run);
    }
  }
  firstRun.push_back(runs.size());

  // Waves of the ions of each brick; what falls on the next ones is added when it is blurred.
  const std::size_t values = 2 * this->Shares.size() + 1;
  std::vector<float> waves(window.bricks.size() * BrickVoxels * values);
  parallelFor(
    window.bricks.size(), 1,
    [&](std::size_t brick, std::size_t)
    {
      float* const sums = waves.data() + brick * BrickVoxels * values;
      for (std::size_t run = firstRun[brick]; run < firstRun[brick + 1]; ++run)
      {
        for (std::size_t ion = runs[run].begin; ion < runs[run].end; ++ion)
        {
          const Corners corners(this->voxelOf(window, ion));
          const double phase = this->phaseOf(ion);
          const auto cosine = static_cast<float>(std::cos(phase));
          const auto sine = static_cast<float>(std::sin(phase));
          for (std::size_t corner = 0; corner < 8; ++corner)
          {
            float* const to = sums + corners.voxel(corner) * values;
            to[2 * species[ion]] += corners.weight[corner] * cosine;
            to[2 * species[ion] + 1] -= corners.weight[corner] * sine;
            to[values - 1] += corners.weight[corner];
          }
        }
      }
    },
    subProgress(progress, 0, 0.5));

  // Putting ions on voxels and reading between them blurs by h²/6 along each axis; this does the rest.
  const double deviation = std::sqrt(1 / (VoxelEdge * VoxelEdge) - 1.0 / 3);
  std::vector<float> weights;
  double sum = 0;
  for (int j = -Reach; j <= Reach; ++j)
  {
    weights.push_back(static_cast<float>(std::exp(-j * j / (2 * deviation * deviation))));
    sum += static_cast<double>(weights.back());
  }
  for (float& weight : weights)
  {
    // In all as much as a Gaussian that is 1 in its middle.
    weight *= static_cast<float>(std::sqrt(2 * Pi) / VoxelEdge / sum);
  }
  window.sums.resize(waves.size());
  parallelFor(
    window.bricks.size(), 1,
    [&](std::size_t brick, std::size_t)
    {
      constexpr std::size_t wide = Wide;
      constexpr std::size_t padded = Padded;
      std::vector<float> around(wide * wide * wide * values);
      for (int z = -1; z <= 1; ++z)
      {
        for (int y = -1; y <= 1; ++y)
        {
          for (int x = -1; x <= 1; ++x)
          {
            const std::uint64_t number = besides(window.bricks[brick], x, y, z);
            const auto found = std::lower_bound(window.bricks.begin(), window.bricks.end(), number);
            if (found == window.bricks.end() || *found != number)
            {
              continue;
            }
            const float* const from = waves.data() +
              static_cast<std::size_t>(found - window.bricks.begin()) * BrickVoxels * values;
            // Of its voxels those within reach.
            const auto range = [](int step)
            {
              const int shift = BrickEdge * step + Reach;
              return std::array<int, 3>{ std::max(0, -shift), std::min(Padded, Wide - shift),
                shift };
            };
            const auto [fromX, toX, shiftX] = range(x);
            const auto [fromY, toY, shiftY] = range(y);
            const auto [fromZ, toZ, shiftZ] = range(z);
            for (int k = fromZ; k < toZ; ++k)
            {
              for (int j = fromY; j < toY; ++j)
              {
                const float* const row =
                  from + static_cast<std::size_t>((k * Padded + j) * Padded + fromX) * values;
                float* const to = around.data() +
                  static_cast<std::size_t>(
                    ((k + shiftZ) * Wide + j + shiftY) * Wide + fromX + shiftX) *
                    values;
                const std::size_t count = static_cast<std::size_t>(toX - fromX) * values;
                for (std::size_t i = 0; i < count; ++i)
                {
                  to[i] += row[i];
                }
              }
            }
          }
        }
      }
      std::vector<float> alongX(wide * wide * padded * values);
      for (std::size_t row = 0; row < wide * wide; ++row)
      {
        blur(weights, around.data() + row * wide * values, values,
          alongX.data() + row * padded * values, values, padded, values);
      }
      std::vector<float> alongY(wide * padded * padded * values);
      for (std::size_t layer = 0; layer < wide; ++layer)
      {
        blur(weights, alongX.data() + layer * wide * padded * values, padded * values,
          alongY.data() + layer * padded * padded * values, padded * values, padded,
          padded * values);
      }
      blur(weights, alongY.data(), padded * padded * values,
        window.sums.data() + brick * BrickVoxels * values, padded * padded * values, padded,
        padded * padded * values);
    },
    subProgress(progress, 0.5, 1));
  return window;
}

void LatticeWaves::read(std::size_t place, float* features) const
{
  const std::size_t species = this->Shares.size();
  const std::size_t values = 2 * species + 1;
  const double phase = this->phaseOf(place);
  const std::complex<double> turn(std::cos(phase), std::sin(phase));
  std::vector<double> sums(values);
  for (const Window& window : this->Windows)
  {
    const Voxel voxel = this->voxelOf(window, place);
    const auto brick =
      std::lower_bound(window.bricks.begin(), window.bricks.end(), numberOf(brickOf(voxel)));
    const float* const from = window.sums.data() +
      static_cast<std::size_t>(brick - window.bricks.begin()) * BrickVoxels * values;
    const Corners corners(voxel);
    std::fill(sums.begin(), sums.end(), 0.0);
    for (std::size_t corner = 0; corner < 8; ++corner)
    {
      const float* const sum = from + corners.voxel(corner) * values;
      const auto weight = static_cast<double>(corners.weight[corner]);
      for (std::size_t v = 0; v < values; ++v)
      {
        sums[v] += weight * static_cast<double>(sum[v]);
      }
    }
    std::complex<double> all;
    for (std::size_t s = 0; s < species; ++s)
    {
      all += std::complex<double>(sums[2 * s], sums[2 * s + 1]);
    }
    for (std::size_t s = 0; s < species; ++s)
    {
      const double variance = this->Shares[s] * (1 - this->Shares[s]) * sums[values - 1];
      std::complex<double> z;
      if (variance > 0)
      {
        z = turn * (std::complex<double>(sums[2 * s], sums[2 * s + 1]) - this->Shares[s] * all) /
          std::sqrt(variance);
      }
      const double power = std::norm(z);
      const double scale = 1 / std::sqrt(1 + power);
      *features++ = static_cast<float>(z.real() * scale);
      *features++ = static_cast<float>(-z.imag() * scale);
      *features++ = static_cast<float>(std::log1p(power) / 4);
    }
  }
}

} // namespace apt
