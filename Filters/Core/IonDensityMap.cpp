// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "IonDensityMap.h"

#include "AxisRotation.h"
#include "Error.h"
#include "ParallelFor.h"
#include "PartialCounts.h"
#include "RangeFile.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace apt
{

namespace
{

constexpr std::size_t Grain = 1 << 16;
constexpr double MostPixels = 1 << 24;
// Above this, counts per thread cost more than counting into shared ones.
constexpr std::size_t MostPixelsPerThread = 1 << 18;
constexpr double IonsPerPixel = 20;
constexpr double PixelsPerSide = 500;
constexpr double SmoothingReach = 4; // σ
constexpr double NotANumber = std::numeric_limits<double>::quiet_NaN();

constexpr unsigned IsIon = 1;
constexpr unsigned IsReference = 2;

/** Where ions are on the map, and what they count as. */
class Projection
{
public:
  Projection(const IonDensityInput& input, const IonDensityMapOptions& options)
    : Input(input)
    , Options(options)
  {
    switch (options.projection)
    {
      case IonDensityProjection::X:
        this->Rows = { { { 0, 1, 0 }, { 0, 0, 1 }, { 1, 0, 0 } } };
        break;
      case IonDensityProjection::Y:
        this->Rows = { { { 1, 0, 0 }, { 0, 0, 1 }, { 0, 1, 0 } } };
        break;
      case IonDensityProjection::Axis:
        this->Rows = rotationToAxis(options.axis);
        break;
      case IonDensityProjection::Z:
      case IonDensityProjection::Detector:
        this->Rows = { { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } } };
        break;
    }
    const bool onDetector = options.projection == IonDensityProjection::Detector;
    if (onDetector && input.size > 0 && !(input.detectorX && input.detectorY))
    {
      throw ParameterError(
        "projection", "Detector", "X, Y, Z or Axis, where there are no detector coordinates");
    }
    const bool classesNeeded =
      options.ions.ionClass != IonClass::All || options.references.ionClass != IonClass::All;
    if (classesNeeded && input.size > 0 && !input.classes)
    {
      throw ParameterError("array of classes", "missing", "there, where not all ions are counted");
    }
    if (options.limitDepth &&
      !(options.depthRange[0] <= options.depthRange[1] && std::isfinite(options.depthRange[0]) &&
        std::isfinite(options.depthRange[1])))
    {
      throw ParameterError("depth range",
        shortestNumber(options.depthRange[0]) + " to " + shortestNumber(options.depthRange[1]),
        "a lower and an upper end in nm");
    }
    if (!(options.smoothing >= 0 && std::isfinite(options.smoothing)))
    {
      throw ParameterError("smoothing", shortestNumber(options.smoothing), "0 or more");
    }
    if (!(options.pixelSize >= 0 && std::isfinite(options.pixelSize)))
    {
      throw ParameterError(
        "pixel size", shortestNumber(options.pixelSize), "above 0, or 0 for a fitting one");
    }
    if (!(options.minimumCount >= 0 && std::isfinite(options.minimumCount)))
    {
      throw ParameterError("minimum count", shortestNumber(options.minimumCount), "0 or more");
    }
  }

  /** What an ion counts as, and where; 0 where it is not counted. */
  unsigned look(std::size_t ion, std::array<double, 2>& at) const
  {
    const unsigned role = (this->isOf(ion, this->Options.ions) ? IsIon : 0u) |
      (this->isOf(ion, this->Options.references) ? IsReference : 0u);
    if (role == 0)
    {
      return 0;
    }
    const float* const position = this->Input.positions + 3 * ion;
    const bool onDetector = this->Options.projection == IonDensityProjection::Detector;
    double depth = 0;
    if (!onDetector || this->Options.limitDepth)
    {
      depth = this->along(2, position);
    }
    if (onDetector)
    {
      at = { static_cast<double>(this->Input.detectorX[ion]),
        static_cast<double>(this->Input.detectorY[ion]) };
    }
    else
    {
      at = { this->along(0, position), this->along(1, position) };
    }
    if (!std::isfinite(at[0]) || !std::isfinite(at[1]) || !std::isfinite(depth))
    {
      throw ParameterError(std::string(onDetector ? "detector coordinate or depth" : "position") +
          " of ion " + std::to_string(ion),
        "not finite", "finite numbers; leave such ions out with Threshold");
    }
    return this->Options.limitDepth &&
        !(depth >= this->Options.depthRange[0] && depth <= this->Options.depthRange[1])
      ? 0
      : role;
  }

private:
  double along(std::size_t row, const float* position) const
  {
    // A coordinate that does not count must not make a NaN of one that does.
    double sum = 0;
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      sum += this->Rows[row][axis] != 0
        ? this->Rows[row][axis] * static_cast<double>(position[axis])
        : 0;
    }
    return sum;
  }

  bool isOf(std::size_t ion, const IonDensitySelection& selection) const
  {
    const int type = this->Input.ion ? this->Input.ion[ion] : 0;
    const auto index = static_cast<std::size_t>(type);
    return type >= 0 &&
      (selection.types.empty() || (index < selection.types.size() && selection.types[index])) &&
      (selection.ionClass == IonClass::All ||
        (this->Input.classes[ion] != 0) == (selection.ionClass == IonClass::Ordered));
  }

  const IonDensityInput& Input;
  const IonDensityMapOptions& Options;
  std::array<std::array<double, 3>, 3> Rows{};
};

/** The smallest of 1, 2, 5 × 10ⁿ that is not below a value above 0. */
double roundedUp(double value)
{
  const double decade = std::pow(10, std::floor(std::log10(value)));
  for (const double step : { 1.0, 2.0, 5.0 })
  {
    if (step * decade >= value * (1 - 1e-9))
    {
      return step * decade;
    }
  }
  return 10 * decade;
}

double fittingPixelSize(const IonDensityBounds& bounds)
{
  const double width = bounds.upper[0] - bounds.lower[0];
  const double height = bounds.upper[1] - bounds.lower[1];
  const double longest = std::max(width, height);
  const auto ions = static_cast<double>(std::max<std::uint64_t>(bounds.references, 1));
  const double least = longest / PixelsPerSide;
  return longest > 0 ? roundedUp(std::max(least, std::sqrt(width * height * IonsPerPixel / ions)))
                     : 1;
}

/** K_0 … K_n. */
std::vector<double> smoothingKernel(double smoothing, double pixelSize)
{
  const auto reach = static_cast<std::size_t>(SmoothingReach * smoothing / pixelSize + 1e-6);
  std::vector<double> kernel;
  double sum = 0;
  for (std::size_t i = 0; i <= reach; ++i)
  {
    const double steps = i == 0 ? 0 : static_cast<double>(i) * pixelSize / smoothing;
    kernel.push_back(std::exp(-0.5 * steps * steps));
    sum += (i == 0 ? 1 : 2) * kernel.back();
  }
  for (double& weight : kernel)
  {
    weight /= sum;
  }
  return kernel;
}

std::vector<double> smoothed(const std::vector<std::uint64_t>& counts,
  const std::array<std::size_t, 2>& pixels, const std::vector<double>& kernel)
{
  std::vector<double> values(counts.begin(), counts.end());
  if (kernel.size() == 1)
  {
    return values;
  }
  for (std::size_t axis = 0; axis < 2; ++axis)
  {
    const std::size_t length = pixels[axis];
    const std::size_t step = axis == 0 ? 1 : pixels[0];
    const std::size_t stepOfLines = axis == 0 ? pixels[0] : 1;
    parallelFor(pixels[1 - axis], std::max<std::size_t>(1, Grain / length / kernel.size()),
      [&](std::size_t begin, std::size_t end)
      {
        std::vector<double> before(length);
        for (std::size_t line = begin; line < end; ++line)
        {
          double* const first = values.data() + line * stepOfLines;
          for (std::size_t i = 0; i < length; ++i)
          {
            before[i] = first[i * step];
          }
          for (std::size_t i = 0; i < length; ++i)
          {
            double sum = kernel[0] * before[i];
            for (std::size_t away = 1; away < kernel.size(); ++away)
            {
              sum += i >= away ? kernel[away] * before[i - away] : 0;
              sum += i + away < length ? kernel[away] * before[i + away] : 0;
            }
            first[i * step] = sum;
          }
        }
      });
  }
  return values;
}

} // namespace

void IonDensityBounds::add(const IonDensityBounds& other)
{
  if (other.ions == 0)
  {
    return;
  }
  for (std::size_t side = 0; side < 2; ++side)
  {
    this->lower[side] =
      this->ions == 0 ? other.lower[side] : std::min(this->lower[side], other.lower[side]);
    this->upper[side] =
      this->ions == 0 ? other.upper[side] : std::max(this->upper[side], other.upper[side]);
  }
  this->ions += other.ions;
  this->references += other.references;
}

IonDensityBounds ionDensityBounds(
  const IonDensityInput& input, const IonDensityMapOptions& options, const Progress& progress)
{
  const Projection projection(input, options);
  std::vector<IonDensityBounds> parts(input.size / Grain + 1);
  parallelFor(
    input.size, Grain,
    [&](std::size_t begin, std::size_t end)
    {
      IonDensityBounds& bounds = parts[begin / Grain];
      for (std::size_t ion = begin; ion < end; ++ion)
      {
        IonDensityBounds one;
        const unsigned role = projection.look(ion, one.lower);
        one.upper = one.lower;
        one.ions = role != 0;
        one.references = (role & IsReference) != 0;
        bounds.add(one);
      }
    },
    progress);
  IonDensityBounds all;
  for (const IonDensityBounds& part : parts)
  {
    all.add(part);
  }
  return all;
}

IonDensityPlace ionDensityPlace(const IonDensityBounds& bounds, const IonDensityMapOptions& options)
{
  if (bounds.ions == 0)
  {
    throw Error("there is no ion to map: of the chosen types and classes, there is none in the "
                "depth range of the input");
  }
  IonDensityPlace place;
  place.pixelSize = options.pixelSize > 0 ? options.pixelSize : fittingPixelSize(bounds);
  const double around = std::floor(SmoothingReach * options.smoothing / place.pixelSize + 1e-6);
  std::array<double, 2> first{};
  std::array<double, 2> pixels{};
  for (std::size_t side = 0; side < 2; ++side)
  {
    first[side] = std::floor(bounds.lower[side] / place.pixelSize) - around;
    pixels[side] = std::floor(bounds.upper[side] / place.pixelSize) + around - first[side] + 1;
  }
  constexpr double mostNumber = 1 << 30;
  if (!(pixels[0] * pixels[1] <= MostPixels && std::fabs(first[0]) < mostNumber &&
        std::fabs(first[1]) < mostNumber))
  {
    throw ParameterError("pixel size", shortestNumber(place.pixelSize),
      "so large that there are no more than " + shortestNumber(MostPixels) +
        " pixels; here would be about " + shortestNumber(std::round(pixels[0])) + " x " +
        shortestNumber(std::round(pixels[1])));
  }
  for (std::size_t side = 0; side < 2; ++side)
  {
    place.first[side] = static_cast<std::int32_t>(first[side]);
    place.pixels[side] = static_cast<std::size_t>(pixels[side]);
  }
  return place;
}

IonDensityCounts ionDensityCounts(const IonDensityInput& input, const IonDensityMapOptions& options,
  const IonDensityPlace& place, const Progress& progress)
{
  const Projection projection(input, options);
  const std::size_t size = place.size();
  const bool shared = size > MostPixelsPerThread;
  Counts total(shared ? 3 * size : 0);
  PartialCounts partial(shared ? 0 : 3 * size);
  parallelFor(
    input.size, Grain,
    [&](std::size_t begin, std::size_t end)
    {
      std::unique_ptr<Counts> own = partial.take();
      std::uint64_t* const counts = shared ? total.data() : own->data();
      const auto add = [&](std::size_t at)
      {
        if (shared)
        {
          // std::atomic_ref comes with C++20.
          __atomic_fetch_add(counts + at, 1, __ATOMIC_RELAXED);
        }
        else
        {
          ++counts[at];
        }
      };
      for (std::size_t ion = begin; ion < end; ++ion)
      {
        std::array<double, 2> at{};
        const unsigned role = projection.look(ion, at);
        if (role == 0)
        {
          continue;
        }
        std::array<std::size_t, 2> pixel{};
        for (std::size_t side = 0; side < 2; ++side)
        {
          pixel[side] = static_cast<std::size_t>(
            std::floor(at[side] / place.pixelSize) - static_cast<double>(place.first[side]));
        }
        const std::size_t number = pixel[1] * place.pixels[0] + pixel[0];
        // IsIon, IsReference and both are the numbers 1, 2 and 3.
        for (unsigned kind = 1; kind <= 3; ++kind)
        {
          if ((role & kind) == kind)
          {
            add((kind - 1) * size + number);
          }
        }
      }
      partial.giveBack(std::move(own));
    },
    progress);
  if (!shared)
  {
    total = partial.sum();
  }
  const auto part = [&](std::size_t number)
  {
    const auto first = total.begin() + static_cast<std::ptrdiff_t>(number * size);
    return Counts(first, first + static_cast<std::ptrdiff_t>(size));
  };
  return { part(0), part(1), part(2) };
}

IonDensityMap ionDensityMap(
  const IonDensityCounts& counts, const IonDensityPlace& place, const IonDensityMapOptions& options)
{
  const std::vector<double> kernel = smoothingKernel(options.smoothing, place.pixelSize);
  double squares = kernel[0] * kernel[0];
  for (std::size_t i = 1; i < kernel.size(); ++i)
  {
    squares += 2 * kernel[i] * kernel[i];
  }
  // Ions behind a pixel, per count in it.
  const double perCount = 1 / (squares * squares);
  IonDensityMap map;
  static_cast<IonDensityPlace&>(map) = place;
  map.count = smoothed(counts.ions, place.pixels, kernel);
  map.referenceCount = smoothed(counts.references, place.pixels, kernel);
  const std::vector<double> both = smoothed(counts.both, place.pixels, kernel);
  const std::size_t size = place.size();
  const double area = place.pixelSize * place.pixelSize;
  for (std::vector<double>* values :
    { &map.density, &map.densityError, &map.ratio, &map.ratioError })
  {
    values->resize(size);
  }
  for (std::size_t i = 0; i < size; ++i)
  {
    map.density[i] = map.count[i] / area;
    map.densityError[i] = std::sqrt(map.count[i] / perCount) / area;
    const double references = map.referenceCount[i];
    if (!(references > 0 && references * perCount >= options.minimumCount * (1 - 1e-9)))
    {
      map.ratio[i] = map.ratioError[i] = NotANumber;
      continue;
    }
    const double ratio = map.count[i] / references;
    const double alone = std::max(0.0, map.count[i] - both[i]);
    const double missing = std::max(0.0, references - both[i]);
    map.ratio[i] = ratio;
    map.ratioError[i] =
      std::sqrt(
        (alone + both[i] * (1 - ratio) * (1 - ratio) + missing * ratio * ratio) / perCount) /
      references;
  }
  return map;
}

IonDensityMap ionDensityMap(
  const IonDensityInput& input, const IonDensityMapOptions& options, const Progress& progress)
{
  const IonDensityPlace place =
    ionDensityPlace(ionDensityBounds(input, options, subProgress(progress, 0, 0.4)), options);
  return ionDensityMap(
    ionDensityCounts(input, options, place, subProgress(progress, 0.4, 1)), place, options);
}

} // namespace apt
