// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "CompositionGrid.h"

#include "CellSortedCloud.h"
#include "Error.h"
#include "IonCloud.h"
#include "ParallelFor.h"
#include "RangeFile.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <mutex>

namespace apt
{

namespace
{

constexpr std::size_t Grain = 1 << 16;
// Steps of a voxel's edge, in which an ion is shared among eight voxels: whole numbers add up to the
// same sum in any order, and 2³⁴ ions may lie in one place.
constexpr std::uint64_t Steps = 1024;
constexpr double OneIon = 1073741824; // Steps³
constexpr float NotANumber = std::numeric_limits<float>::quiet_NaN();

void check(const CompositionGridOptions& options)
{
  if (!(options.voxelSize > 0 && std::isfinite(options.voxelSize)))
  {
    throw ParameterError("voxel size", shortestNumber(options.voxelSize), "above 0 nm");
  }
  for (const double width : options.delocalisation)
  {
    if (!(width >= 0 && std::isfinite(width)))
    {
      throw ParameterError("delocalisation", shortestNumber(width), "0 nm or more");
    }
  }
  if (!(options.minimumCount >= 0))
  {
    throw ParameterError("minimum count", shortestNumber(options.minimumCount), "0 or more");
  }
}

/** Steps of the grid that the second pass reaches. */
double reachOf(double voxelSize, double delocalisation)
{
  // The quotient may come out a little below a whole number.
  return std::floor(delocalisation / voxelSize + 1e-6);
}

/** Ion types that count alike. */
struct IonClassOfGrid
{
  std::vector<std::uint32_t> perIon; ///< of each part
  std::uint32_t reference = 0;
};

struct Classes
{
  std::vector<IonClassOfGrid> all;
  std::vector<std::int16_t> ofType; ///< −1 takes no part

  explicit Classes(const CompositionBasis& basis)
    : ofType(basis.reference.size(), -1)
  {
    std::map<std::vector<std::uint32_t>, std::int16_t> known;
    for (std::size_t type = 0; type < basis.reference.size(); ++type)
    {
      if (!basis.takesPart(static_cast<std::int16_t>(type)))
      {
        continue;
      }
      std::vector<std::uint32_t> row;
      for (const CompositionPart& part : basis.parts)
      {
        row.push_back(part.perIon[type]);
      }
      row.push_back(basis.reference[type]);
      const auto found = known.emplace(row, static_cast<std::int16_t>(this->all.size()));
      if (found.second)
      {
        const std::uint32_t reference = row.back();
        row.pop_back();
        this->all.push_back({ std::move(row), reference });
      }
      this->ofType[type] = found.first->second;
    }
  }

  std::int16_t of(std::int16_t type) const
  {
    return type >= 0 && static_cast<std::size_t>(type) < this->ofType.size()
      ? this->ofType[static_cast<std::size_t>(type)]
      : std::int16_t{ -1 };
  }
};

/** First pass: shares each ion of a class among eight voxels. */
void share(const CompositionGridInput& input, const Classes& classes, std::int16_t wanted,
  const CompositionGrid& grid, std::uint64_t* shares, const Progress& progress)
{
  const std::array<std::size_t, 3> stride{ 1, grid.voxels[0], grid.voxels[0] * grid.voxels[1] };
  parallelFor(
    input.size, Grain,
    [&](std::size_t begin, std::size_t end)
    {
      for (std::size_t i = begin; i < end; ++i)
      {
        if (classes.of(input.type[i]) != wanted)
        {
          continue;
        }
        std::size_t corner = 0;
        std::array<std::array<std::uint64_t, 2>, 3> parts{};
        for (std::size_t axis = 0; axis < 3; ++axis)
        {
          // The same quotient and floor as in placeGrid, so that no rounding leads out of the grid.
          const double at = static_cast<double>(input.positions[i * 3 + axis]) / grid.voxelSize;
          const double below = std::floor(at);
          const auto upper =
            static_cast<std::uint64_t>((at - below) * static_cast<double>(Steps) + 0.5);
          parts[axis] = { Steps - upper, upper };
          corner += static_cast<std::size_t>(below - grid.first[axis]) * stride[axis];
        }
        for (std::size_t z = 0; z < 2; ++z)
        {
          for (std::size_t y = 0; y < 2; ++y)
          {
            const std::uint64_t row = parts[2][z] * parts[1][y];
            std::uint64_t* const at = shares + corner + z * stride[2] + y * stride[1];
            // std::atomic_ref comes with C++20.
            __atomic_fetch_add(at, row * parts[0][0], __ATOMIC_RELAXED);
            __atomic_fetch_add(at + 1, row * parts[0][1], __ATOMIC_RELAXED);
          }
        }
      }
    },
    progress);
}

/** A row of a pass along an axis: sums of equally long rows, each a step further along it. */
template <typename T>
void weightedRows(const T* from, std::size_t stride, std::size_t at, std::size_t count,
  std::size_t width, const std::vector<double>& kernel, double* sums)
{
  const std::size_t reach = kernel.size() - 1;
  for (std::size_t x = 0; x < width; ++x)
  {
    sums[x] = kernel[0] * static_cast<double>(from[at * stride + x]);
  }
  for (std::size_t step = 1; step <= reach; ++step)
  {
    const double weight = kernel[step];
    if (at >= step)
    {
      const T* const row = from + (at - step) * stride;
      for (std::size_t x = 0; x < width; ++x)
      {
        sums[x] += weight * static_cast<double>(row[x]);
      }
    }
    if (at + step < count)
    {
      const T* const row = from + (at + step) * stride;
      for (std::size_t x = 0; x < width; ++x)
      {
        sums[x] += weight * static_cast<double>(row[x]);
      }
    }
  }
}

/** Sums over classes from which fractions and errors follow; Σ over ions of a voxel, smoothed. */
struct Sums
{
  std::unique_ptr<float[]> part;    ///< Σ k
  std::unique_ptr<float[]> squares; ///< Σ k²
  std::unique_ptr<float[]> mixed;   ///< Σ k m
};

std::unique_ptr<float[]> zeros(std::size_t size)
{
  return std::make_unique<float[]>(size);
}

} // namespace

IonBox boxOfComposition(
  const CompositionGridInput& input, const CompositionBasis& basis, const Progress& progress)
{
  const Classes classes(basis);
  const auto include = [](IonBox& box, const float* lower, const float* upper)
  {
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      box.lower[axis] = std::min(box.lower[axis], lower[axis]);
      box.upper[axis] = std::max(box.upper[axis], upper[axis]);
    }
  };
  IonBox empty;
  empty.lower.fill(std::numeric_limits<float>::infinity());
  empty.upper.fill(-std::numeric_limits<float>::infinity());
  IonBox whole = empty;
  std::mutex mutex;
  parallelFor(
    input.size, Grain,
    [&](std::size_t begin, std::size_t end)
    {
      IonBox box = empty;
      for (std::size_t i = begin; i < end; ++i)
      {
        if (classes.of(input.type[i]) >= 0)
        {
          checkCoordinates(input.positions, static_cast<std::uint32_t>(i));
          include(box, input.positions + 3 * i, input.positions + 3 * i);
        }
      }
      const std::lock_guard<std::mutex> lock(mutex);
      include(whole, box.lower.data(), box.upper.data());
    },
    progress);
  return whole;
}

CompositionGridPlace placeOfGrid(
  const IonBox& box, std::size_t parts, const CompositionGridOptions& options)
{
  check(options);
  std::array<double, 3> first{};
  std::array<double, 3> voxels{};
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    const double reach = reachOf(options.voxelSize, options.delocalisation[axis]);
    first[axis] = std::floor(static_cast<double>(box.lower[axis]) / options.voxelSize) - reach;
    const double last =
      std::floor(static_cast<double>(box.upper[axis]) / options.voxelSize) + 1 + reach;
    voxels[axis] = last - first[axis] + 1;
  }
  const double all = voxels[0] * voxels[1] * voxels[2];
  // Image data count their points along an axis by int.
  const bool farOff =
    std::any_of(first.begin(), first.end(), [](double index) { return !(std::fabs(index) < 1e9); });
  if (!(all <= std::min(options.maximumVoxels, 2e9)) || farOff)
  {
    const double perPart = options.errors ? 12 : options.counts ? 8 : 4;
    const double bytes = all * (28 + perPart * static_cast<double>(parts));
    char text[128];
    std::snprintf(text, sizeof(text), "%.3g for a voxel size of %g nm, which take about %.3g GiB",
      all, options.voxelSize, bytes / 1073741824);
    throw ParameterError("number of voxels", text,
      "up to " + shortestNumber(options.maximumVoxels) +
        " (take larger voxels, allow more of them, or clip away ions that are far off)");
  }
  CompositionGridPlace place;
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    place.first[axis] = static_cast<std::int32_t>(first[axis]);
    place.voxels[axis] = static_cast<std::size_t>(voxels[axis]);
  }
  return place;
}

std::vector<double> delocalisationKernel(double voxelSize, double delocalisation)
{
  const auto reach = static_cast<std::size_t>(reachOf(voxelSize, delocalisation));
  const double sigma = delocalisation / 3;
  std::vector<double> kernel(reach + 1, 1);
  double sum = 1;
  for (std::size_t i = 1; i <= reach; ++i)
  {
    const double distance = static_cast<double>(i) * voxelSize;
    kernel[i] = std::exp(-0.5 * distance * distance / (sigma * sigma));
    sum += 2 * kernel[i];
  }
  for (double& weight : kernel)
  {
    weight /= sum;
  }
  return kernel;
}

CompositionGrid compositionGrid(const CompositionGridInput& input, const CompositionBasis& basis,
  const CompositionGridOptions& options, const Progress& progress)
{
  check(options);
  const IonBox box = boxOfComposition(input, basis, subProgress(progress, 0, 0.05));
  if (!(box.lower[0] <= box.upper[0]))
  {
    throw Error(input.size == 0 ? "the input has no ions"
                                : "none of the " + std::to_string(input.size) +
          " ions of the input takes part; Ions and ReferenceIons say which do");
  }
  // Before the kernels, which would be long where voxels are small.
  const CompositionGridPlace place = placeOfGrid(box, basis.parts.size(), options);
  const Classes classes(basis);
  std::array<std::vector<double>, 3> kernels;
  double sumOfSquares = 1;
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    kernels[axis] = delocalisationKernel(options.voxelSize, options.delocalisation[axis]);
    // Mean over places f in a voxel of Σ ((1 − f) K_i + f K_i−1)².
    const std::vector<double>& kernel = kernels[axis];
    double squares = kernel[0] * kernel[0];
    double neighbours = 0;
    for (std::size_t i = 1; i < kernel.size(); ++i)
    {
      squares += 2 * kernel[i] * kernel[i];
      neighbours += 2 * kernel[i] * kernel[i - 1];
    }
    sumOfSquares *= (2 * squares + neighbours) / 3;
  }

  CompositionGrid grid;
  static_cast<CompositionGridPlace&>(grid) = place;
  grid.voxelSize = options.voxelSize;
  grid.ionsPerCount = 1 / sumOfSquares;
  const std::size_t size = grid.size();
  const std::size_t width = grid.voxels[0];
  const std::size_t plane = grid.voxels[0] * grid.voxels[1];
  const std::size_t partCount = basis.parts.size();

  grid.count = zeros(size);
  const std::unique_ptr<float[]> referenceSquares = options.errors ? zeros(size) : nullptr;
  std::vector<Sums> sums(partCount);
  for (Sums& sum : sums)
  {
    sum.part = zeros(size);
    if (options.errors)
    {
      sum.squares = zeros(size);
      sum.mixed = zeros(size);
    }
  }

  const auto shares = std::make_unique<std::uint64_t[]>(size);
  const std::unique_ptr<float[]> alongX(new float[size]);
  const std::unique_ptr<float[]> alongY(new float[size]);
  for (std::size_t number = 0; number < classes.all.size(); ++number)
  {
    const IonClassOfGrid& ionClass = classes.all[number];
    const double step = 0.9 / static_cast<double>(classes.all.size());
    const double begin = 0.05 + static_cast<double>(number) * step;
    std::fill(shares.get(), shares.get() + size, 0);
    share(input, classes, static_cast<std::int16_t>(number), grid, shares.get(),
      subProgress(progress, begin, begin + 0.5 * step));
    parallelFor(
      grid.voxels[2] * grid.voxels[1], 64,
      [&](std::size_t firstRow, std::size_t endRow)
      {
        const std::vector<double>& kernel = kernels[0];
        const std::size_t reach = kernel.size() - 1;
        std::vector<double> padded(width + 2 * reach);
        for (std::size_t row = firstRow; row < endRow; ++row)
        {
          for (std::size_t x = 0; x < width; ++x)
          {
            padded[x + reach] = static_cast<double>(shares[row * width + x]) / OneIon;
          }
          for (std::size_t x = 0; x < width; ++x)
          {
            double sum = kernel[0] * padded[x + reach];
            for (std::size_t i = 1; i <= reach; ++i)
            {
              sum += kernel[i] * (padded[x + reach - i] + padded[x + reach + i]);
            }
            alongX[row * width + x] = static_cast<float>(sum);
          }
        }
      },
      subProgress(progress, begin + 0.5 * step, begin + 0.7 * step));
    parallelFor(grid.voxels[2], 1,
      [&](std::size_t z, std::size_t)
      {
        std::vector<double> row(width);
        for (std::size_t y = 0; y < grid.voxels[1]; ++y)
        {
          weightedRows(
            alongX.get() + z * plane, width, y, grid.voxels[1], width, kernels[1], row.data());
          std::copy(row.begin(), row.end(), alongY.get() + z * plane + y * width);
        }
      });
    parallelFor(
      grid.voxels[2], 1,
      [&](std::size_t z, std::size_t)
      {
        std::vector<double> row(width);
        const auto addTo = [&row](float* values, double factor)
        {
          for (std::size_t x = 0; x < row.size(); ++x)
          {
            values[x] = static_cast<float>(static_cast<double>(values[x]) + factor * row[x]);
          }
        };
        const double m = ionClass.reference;
        for (std::size_t y = 0; y < grid.voxels[1]; ++y)
        {
          weightedRows(
            alongY.get() + y * width, plane, z, grid.voxels[2], width, kernels[2], row.data());
          const std::size_t at = z * plane + y * width;
          if (m > 0)
          {
            addTo(grid.count.get() + at, m);
            if (options.errors)
            {
              addTo(referenceSquares.get() + at, m * m);
            }
          }
          for (std::size_t part = 0; part < partCount; ++part)
          {
            const double k = ionClass.perIon[part];
            if (k > 0)
            {
              addTo(sums[part].part.get() + at, k);
              if (options.errors)
              {
                addTo(sums[part].squares.get() + at, k * k);
                addTo(sums[part].mixed.get() + at, k * m);
              }
            }
          }
        }
      },
      subProgress(progress, begin + 0.7 * step, begin + step));
  }

  grid.mostIons = grid.ionsPerCount *
    static_cast<double>(*std::max_element(grid.count.get(), grid.count.get() + size));
  for (std::size_t part = 0; part < partCount; ++part)
  {
    Sums& sum = sums[part];
    CompositionGridPart result;
    result.name = basis.parts[part].name;
    if (options.counts)
    {
      result.count.reset(new float[size]);
      std::copy(sum.part.get(), sum.part.get() + size, result.count.get());
    }
    parallelFor(size, Grain,
      [&](std::size_t from, std::size_t to)
      {
        for (std::size_t i = from; i < to; ++i)
        {
          const auto whole = static_cast<double>(grid.count[i]);
          const bool enough = whole > 0 && whole * grid.ionsPerCount >= options.minimumCount;
          const double fraction = enough ? static_cast<double>(sum.part[i]) / whole : 0;
          sum.part[i] = static_cast<float>(100 * fraction);
          if (options.errors)
          {
            // Σ (k − c m)², never below 0 but for rounding.
            const double squares = static_cast<double>(sum.squares[i]) -
              2 * fraction * static_cast<double>(sum.mixed[i]) +
              fraction * fraction * static_cast<double>(referenceSquares[i]);
            sum.squares[i] = enough
              ? static_cast<float>(
                  100 * std::sqrt(std::max(squares, 0.0) / grid.ionsPerCount) / whole)
              : NotANumber;
          }
        }
      });
    result.percent = std::move(sum.part);
    result.error = std::move(sum.squares);
    sum.mixed.reset();
    grid.parts.push_back(std::move(result));
  }
  return grid;
}

} // namespace apt
