// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Proxigram.h"

#include "CellSortedCloud.h"
#include "CompositionGrid.h"
#include "Error.h"
#include "ParallelFor.h"
#include "PartialCounts.h"
#include "RangeFile.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <string>
#include <utility>

namespace apt
{

namespace
{

constexpr std::size_t Grain = 1 << 14;
constexpr double MostBins = 1e6;
constexpr float NotANumber = std::numeric_limits<float>::quiet_NaN();
constexpr double NoNumber = std::numeric_limits<double>::quiet_NaN();

void requireAbove0(const char* name, double value, const char* unit)
{
  if (!(value > 0 && std::isfinite(value)))
  {
    throw ParameterError(name, shortestNumber(value), std::string("above 0") + unit);
  }
}

[[noreturn]] void throwNobody(std::size_t size)
{
  throw Error(size == 0 ? "the input has no ions"
                        : "none of the " + std::to_string(size) +
        " ions of the input takes part; Ions and ReferenceIons say which do");
}

/** 0 for ions that take part, −1 for the others. */
std::vector<std::int16_t> codesOf(const ProfileInput& input, const CompositionBasis& basis)
{
  std::vector<std::int16_t> codes(input.size);
  parallelFor(input.size, Grain,
    [&](std::size_t begin, std::size_t end)
    {
      for (std::size_t i = begin; i < end; ++i)
      {
        codes[i] = basis.takesPart(input.type[i]) ? 0 : -1;
      }
    });
  return codes;
}

/** Gives each ion that takes part the coordinate that find(position, value) sets, or NaN where that
 * answers false. */
template <typename Find>
std::uint64_t setCoordinates(const ProfileInput& input, const CompositionBasis& basis,
  std::vector<float>& values, const Progress& progress, const Find& find)
{
  const std::vector<std::int16_t> codes = codesOf(input, basis);
  values.resize(input.size);
  std::atomic<std::uint64_t> candidates{ 0 };
  std::atomic<std::uint64_t> found{ 0 };
  parallelFor(
    input.size, Grain,
    [&](std::size_t begin, std::size_t end)
    {
      std::uint64_t candidatesHere = 0;
      std::uint64_t foundHere = 0;
      for (std::size_t i = begin; i < end; ++i)
      {
        values[i] = NotANumber;
        if (codes[i] < 0)
        {
          continue;
        }
        checkCoordinates(input.positions, static_cast<std::uint32_t>(i));
        ++candidatesHere;
        double value = 0;
        if (find(input.positions + 3 * i, value))
        {
          values[i] = static_cast<float>(value);
          ++foundHere;
        }
      }
      candidates += candidatesHere;
      found += foundHere;
    },
    progress);
  if (candidates == 0)
  {
    throwNobody(input.size);
  }
  return found;
}

/** Marks of vertices that ions have been seen from, by side. */
class SeenVertices
{
public:
  explicit SeenVertices(const SurfaceDistance& surface)
    : Surface(surface)
    , Marks(surface.vertexCount())
  {
  }

  /** From any thread. */
  void see(std::uint32_t triangle, bool positive)
  {
    for (const std::uint32_t vertex : this->Surface.triangles()[triangle])
    {
      unsigned char& mark = this->Marks[vertex];
      const auto bit = static_cast<unsigned char>(positive ? 2 : 1);
      // Looked at first: most are set already, and writing would take the line from other cores.
      if (!(__atomic_load_n(&mark, __ATOMIC_RELAXED) & bit))
      {
        __atomic_fetch_or(&mark, bit, __ATOMIC_RELAXED);
      }
    }
  }

  /** Triangles of which two vertices are seen from both sides, or have neighbours that are. */
  std::vector<char> twoSided() const
  {
    std::vector<unsigned char> wider = this->Marks;
    for (const auto& triangle : this->Surface.triangles())
    {
      unsigned char all = 0;
      for (const std::uint32_t vertex : triangle)
      {
        all = static_cast<unsigned char>(all | this->Marks[vertex]);
      }
      for (const std::uint32_t vertex : triangle)
      {
        wider[vertex] = static_cast<unsigned char>(wider[vertex] | all);
      }
    }
    std::vector<char> result;
    for (const auto& triangle : this->Surface.triangles())
    {
      result.push_back(std::count_if(triangle.begin(), triangle.end(),
                         [&](std::uint32_t vertex) { return wider[vertex] == 3; }) >= 2);
    }
    return result;
  }

private:
  const SurfaceDistance& Surface;
  std::vector<unsigned char> Marks;
};

/** Counts ions by the bin that binOf(value) gives and by type; bins beyond count are not counted. */
template <typename BinOf>
std::vector<std::vector<std::uint64_t>> countByBin(const ProfileCoordinates& coordinates,
  const ProfileInput& input, std::size_t types, std::size_t bins, const Progress& progress,
  const BinOf& binOf)
{
  PartialCounts partial(bins * types);
  parallelFor(
    input.size, 1 << 16,
    [&](std::size_t begin, std::size_t end)
    {
      std::unique_ptr<Counts> counts = partial.take();
      for (std::size_t i = begin; i < end; ++i)
      {
        const float value = coordinates.values[i];
        if (!std::isnan(value))
        {
          const std::size_t bin = binOf(static_cast<double>(value));
          ++(*counts)[bin * types + static_cast<std::size_t>(input.type[i])];
        }
      }
      partial.giveBack(std::move(counts));
    },
    progress);
  const Counts all = partial.sum();
  std::vector<std::vector<std::uint64_t>> result;
  for (std::size_t bin = 0; bin < bins; ++bin)
  {
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(bin * types);
    result.emplace_back(first, first + static_cast<std::ptrdiff_t>(types));
  }
  return result;
}

std::vector<ProfileBin> binsOfNumber(const ProfileCoordinates& coordinates,
  const ProfileInput& input, std::size_t types, std::size_t ionsPerBin)
{
  std::vector<std::pair<float, std::uint32_t>> sorted;
  sorted.reserve(coordinates.ions);
  for (std::size_t i = 0; i < input.size; ++i)
  {
    if (!std::isnan(coordinates.values[i]))
    {
      sorted.emplace_back(coordinates.values[i], static_cast<std::uint32_t>(i));
    }
  }
  std::sort(sorted.begin(), sorted.end());
  const std::size_t rest = sorted.size() % ionsPerBin;
  const std::size_t count =
    std::max<std::size_t>(1, sorted.size() / ionsPerBin + (2 * rest >= ionsPerBin ? 1 : 0));
  std::vector<ProfileBin> bins(count);
  for (std::size_t bin = 0; bin < count; ++bin)
  {
    const std::size_t begin = bin * ionsPerBin;
    const std::size_t end = bin + 1 == count ? sorted.size() : begin + ionsPerBin;
    const auto between = [&](std::size_t i) {
      return 0.5 *
        (static_cast<double>(sorted[i - 1].first) + static_cast<double>(sorted[i].first));
    };
    bins[bin].lower = bin == 0 ? coordinates.lower : between(begin);
    bins[bin].upper = bin + 1 == count ? coordinates.upper : between(end);
    bins[bin].ionsOfType.assign(types, 0);
    for (std::size_t i = begin; i < end; ++i)
    {
      ++bins[bin].ionsOfType[static_cast<std::size_t>(input.type[sorted[i].second])];
    }
  }
  return bins;
}

} // namespace

ProfileCoordinates distancesToSurface(const ProfileInput& input, const CompositionBasis& basis,
  const SurfaceDistance& surface, const SurfaceProfileOptions& options, const Progress& progress)
{
  requireAbove0("maximum distance", options.maximumDistance, " nm");
  ProfileCoordinates result;
  result.lower = -options.maximumDistance;
  result.upper = options.maximumDistance;
  // Neighbours in space ask for the same triangles, and bound each other's distances.
  const CellSortedCloud cloud(
    input.positions, input.size, codesOf(input, basis).data(), {}, subProgress(progress, 0, 0.2));
  if (cloud.size() == 0)
  {
    throwNobody(input.size);
  }
  result.values.assign(input.size, NotANumber);
  std::vector<std::uint32_t> nearestTriangle(options.twoSided ? input.size : 0);
  SeenVertices seen(surface);
  std::atomic<std::uint64_t> beyondRim{ 0 };
  std::atomic<std::uint64_t> found{ 0 };
  parallelFor(
    cloud.blocks().size(), 1,
    [&](std::size_t number, std::size_t)
    {
      const CellSortedCloud::Block& block = cloud.blocks()[number];
      std::uint64_t besideHere = 0;
      std::uint64_t foundHere = 0;
      std::array<float, 3> before{};
      double bound = options.maximumDistance;
      bool known = false;
      SurfaceDistance::Nearest nearest;
      for (std::uint32_t i = block.begin; i < block.end; ++i)
      {
        const std::array<float, 3> position{ cloud.x()[i], cloud.y()[i], cloud.z()[i] };
        bound = options.maximumDistance;
        if (known)
        {
          double squared = 0;
          for (std::size_t axis = 0; axis < 3; ++axis)
          {
            const double step =
              static_cast<double>(position[axis]) - static_cast<double>(before[axis]);
            squared += step * step;
          }
          // No nearer triangle is missed: a little more than the triangle inequality asks for.
          bound =
            std::min(bound, (std::fabs(nearest.distance) + std::sqrt(squared)) * (1 + 1e-9) + 1e-9);
        }
        before = position;
        known = surface.find(position.data(), bound, nearest);
        if (!known)
        {
          continue;
        }
        if (nearest.atRim && !options.beyondRim)
        {
          ++besideHere;
          continue;
        }
        ++foundHere;
        const std::uint32_t ion = cloud.originalIndices()[i];
        result.values[ion] = static_cast<float>(nearest.distance);
        if (options.twoSided)
        {
          nearestTriangle[ion] = nearest.triangle;
          seen.see(nearest.triangle, nearest.distance >= 0);
        }
      }
      beyondRim += besideHere;
      found += foundHere;
    },
    subProgress(progress, 0.2, 0.95));
  result.ions = found;
  result.beyondRim = beyondRim;
  if (result.ions == 0)
  {
    throw Error("no ion lies within " + shortestNumber(options.maximumDistance) +
      " nm in front of the surface" +
      (result.beyondRim > 0 ? " (" + std::to_string(result.beyondRim) + " lie beside it)" : ""));
  }

  std::vector<char> takesPart(surface.triangles().size(), 1);
  if (options.twoSided)
  {
    takesPart = seen.twoSided();
  }
  for (std::size_t i = 0; i < takesPart.size(); ++i)
  {
    const double area = surface.area(i);
    result.wholeArea += area;
    result.area += takesPart[i] ? area : 0;
  }
  if (options.twoSided)
  {
    std::atomic<std::uint64_t> oneSided{ 0 };
    parallelFor(
      input.size, Grain,
      [&](std::size_t begin, std::size_t end)
      {
        std::uint64_t mine = 0;
        for (std::size_t i = begin; i < end; ++i)
        {
          if (!std::isnan(result.values[i]) && !takesPart[nearestTriangle[i]])
          {
            result.values[i] = NotANumber;
            ++mine;
          }
        }
        oneSided += mine;
      },
      subProgress(progress, 0.95, 1));
    result.oneSided = oneSided;
    result.ions -= result.oneSided;
    if (result.ions == 0)
    {
      throw Error("no part of the surface has ions on both sides of it; switch OnlyTwoSided off to "
                  "count the " +
        std::to_string(result.oneSided) + " ions on one side");
    }
  }
  return result;
}

ProfileCoordinates distancesAlongLine(const ProfileInput& input, const CompositionBasis& basis,
  const LineProfileOptions& options, const Progress& progress)
{
  if (!(options.radius >= 0 && std::isfinite(options.radius)))
  {
    throw ParameterError("radius", shortestNumber(options.radius), "0 nm or more");
  }
  std::array<double, 3> direction{};
  double squaredLength = 0;
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    direction[axis] = options.end[axis] - options.begin[axis];
    squaredLength += direction[axis] * direction[axis];
  }
  const double length = std::sqrt(squaredLength);
  requireAbove0("length of the line", length, " nm");
  const double squaredRadius =
    options.radius > 0 ? options.radius * options.radius : std::numeric_limits<double>::infinity();
  ProfileCoordinates result;
  result.upper = length;
  result.ions = setCoordinates(input, basis, result.values, progress,
    [&](const float* position, double& value)
    {
      double along = 0;
      double squared = 0;
      for (std::size_t axis = 0; axis < 3; ++axis)
      {
        const double offset = static_cast<double>(position[axis]) - options.begin[axis];
        along += offset * direction[axis] / length;
        squared += offset * offset;
      }
      value = along;
      return along >= 0 && along <= length && squared - along * along <= squaredRadius;
    });
  if (result.ions == 0)
  {
    throw Error("no ion lies between the ends of the line" +
      (options.radius > 0 ? " within " + shortestNumber(options.radius) + " nm of it"
                          : std::string()));
  }
  return result;
}

ProfileCoordinates coordinatesAlongAxis(const ProfileInput& input, const CompositionBasis& basis,
  std::size_t axis, double radius, const Progress& progress)
{
  if (axis > 2)
  {
    throw ParameterError("axis", std::to_string(axis), "0 to 2");
  }
  if (!(radius >= 0 && std::isfinite(radius)))
  {
    throw ParameterError("radius", shortestNumber(radius), "0 nm or more");
  }
  const IonBox box = boxOfComposition({ input.size, input.positions, input.type }, basis);
  std::array<double, 3> middle{};
  for (std::size_t i = 0; i < 3; ++i)
  {
    middle[i] = 0.5 * (static_cast<double>(box.lower[i]) + static_cast<double>(box.upper[i]));
  }
  ProfileCoordinates result;
  result.lower = static_cast<double>(box.lower[axis]);
  result.upper = static_cast<double>(box.upper[axis]);
  result.ions = setCoordinates(input, basis, result.values, progress,
    [&](const float* position, double& value)
    {
      value = static_cast<double>(position[axis]);
      const double u = static_cast<double>(position[(axis + 1) % 3]) - middle[(axis + 1) % 3];
      const double v = static_cast<double>(position[(axis + 2) % 3]) - middle[(axis + 2) % 3];
      return radius == 0 || u * u + v * v <= radius * radius;
    });
  if (result.ions == 0)
  {
    throw Error("no ion lies within " + shortestNumber(radius) + " nm of the axis");
  }
  return result;
}

std::vector<ProfileBin> profileBins(const ProfileCoordinates& coordinates,
  const ProfileInput& input, const CompositionBasis& basis, const ProfileBinning& binning,
  const Progress& progress)
{
  const std::size_t types = basis.reference.size();
  if (binning.ionsPerBin > 0)
  {
    if (static_cast<double>(coordinates.ions) / static_cast<double>(binning.ionsPerBin) > MostBins)
    {
      throw ParameterError("ions per bin", std::to_string(binning.ionsPerBin),
        "so many that there are up to a million bins");
    }
    return binsOfNumber(coordinates, input, types, binning.ionsPerBin);
  }
  requireAbove0("bin width", binning.width, " nm");
  // Quotients may come out a little off a whole number.
  const double first = std::floor(coordinates.lower / binning.width + 1e-6);
  const double last = std::max(std::ceil(coordinates.upper / binning.width - 1e-6) - 1, first);
  if (!(last - first + 1 <= MostBins))
  {
    throw ParameterError("bin width", shortestNumber(binning.width),
      "at least " + shortestNumber((coordinates.upper - coordinates.lower) / MostBins) +
        " nm, for so many bins as there may be");
  }
  const auto count = static_cast<std::size_t>(last - first + 1);
  std::vector<std::vector<std::uint64_t>> counts =
    countByBin(coordinates, input, types, count, progress,
      [&](double value)
      {
        const double bin = std::floor(value / binning.width) - first;
        return static_cast<std::size_t>(std::clamp(bin, 0.0, static_cast<double>(count - 1)));
      });
  std::vector<ProfileBin> bins(count);
  for (std::size_t bin = 0; bin < count; ++bin)
  {
    bins[bin].lower = (first + static_cast<double>(bin)) * binning.width;
    bins[bin].upper = (first + static_cast<double>(bin) + 1) * binning.width;
    bins[bin].ionsOfType = std::move(counts[bin]);
  }
  return bins;
}

namespace
{

/** Counts ions of the interface on either side of a place, and those beyond it. */
InterfaceCounts countsDividedAt(double place, const ProfileCoordinates& coordinates,
  const ProfileInput& input, const CompositionBasis& basis, const InterfaceOptions& options,
  const Progress& progress)
{
  std::vector<std::vector<std::uint64_t>> counts =
    countByBin(coordinates, input, basis.reference.size(), 4, progress,
      [&](double value) -> std::size_t
      {
        const double offset = value - options.position;
        return std::fabs(offset) > options.halfWidth ? (offset >= 0 ? 3 : 2)
                                                     : (value >= place ? 1 : 0);
      });
  return { { std::move(counts[0]), std::move(counts[1]) },
    { std::move(counts[2]), std::move(counts[3]) }, place, 0 };
}

/** Where so much of the whole in the interface lies below. */
double placeAbove(double below, const ProfileCoordinates& coordinates, const ProfileInput& input,
  const CompositionBasis& basis, const InterfaceOptions& options)
{
  std::vector<std::pair<float, std::uint32_t>> inside;
  for (std::size_t i = 0; i < input.size; ++i)
  {
    const float value = coordinates.values[i];
    const std::uint32_t whole =
      std::isnan(value) ? 0 : basis.reference[static_cast<std::size_t>(input.type[i])];
    if (whole > 0 && std::fabs(static_cast<double>(value) - options.position) <= options.halfWidth)
    {
      inside.emplace_back(value, whole);
    }
  }
  std::sort(inside.begin(), inside.end());
  double before = options.position - options.halfWidth;
  double sum = 0;
  for (const auto& [value, whole] : inside)
  {
    if (sum + whole > below)
    {
      return 0.5 * (before + static_cast<double>(value));
    }
    sum += whole;
    before = static_cast<double>(value);
  }
  return options.position + options.halfWidth;
}

std::string percentOf(const Share& share)
{
  char text[64];
  std::snprintf(text, sizeof text, "%.2f ± %.2f %%", 100 * share.fraction, 100 * share.error);
  return text;
}

} // namespace

InterfaceCounts interfaceCounts(const ProfileCoordinates& coordinates, const ProfileInput& input,
  const CompositionBasis& basis, const InterfaceOptions& options, const Progress& progress)
{
  requireAbove0("half width of the interface", options.halfWidth, " nm");
  if (!(options.detectionEfficiency > 0 && options.detectionEfficiency <= 1))
  {
    throw ParameterError(
      "detection efficiency", shortestNumber(options.detectionEfficiency), "above 0, up to 1");
  }
  if (!std::isfinite(options.position))
  {
    throw ParameterError(
      "position of the interface", shortestNumber(options.position), "a distance in nm");
  }
  return countsDividedAt(options.position, coordinates, input, basis, options, progress);
}

InterfaceCounts interfaceCountsWithoutExcess(const ProfileCoordinates& coordinates,
  const ProfileInput& input, const CompositionBasis& basis, const CompositionPart& without,
  const InterfaceOptions& options, const Progress& progress)
{
  InterfaceCounts counts =
    interfaceCounts(coordinates, input, basis, options, subProgress(progress, 0, 0.4));
  const Share below = shareOf(counts.beyond[0], without.perIon, basis.reference);
  const Share above = shareOf(counts.beyond[1], without.perIon, basis.reference);
  if (std::isnan(below.fraction) || std::isnan(above.fraction))
  {
    counts.dividingSurface = counts.dividingSurfaceError = NoNumber;
    return counts;
  }
  const double difference = above.fraction - below.fraction;
  if (!(std::fabs(difference) > 3 * std::hypot(below.error, above.error)))
  {
    throw Error("the share of " + without.name + " is the same on both sides of the interface (" +
      percentOf(below) + ", " + percentOf(above) +
      "), and so is its excess wherever the dividing surface is; choose another DividingIon");
  }
  const auto inInterface = [&](const std::vector<std::uint32_t>& perIon)
  {
    return static_cast<double>(
      countOf(counts.within[0], perIon) + countOf(counts.within[1], perIon));
  };
  const double whole = inInterface(basis.reference);
  const double belowIt = (above.fraction * whole - inInterface(without.perIon)) / difference;
  if (!(belowIt >= 0 && belowIt <= whole))
  {
    throw Error("the excess of " + without.name + " vanishes nowhere in the interface (" +
      shortestNumber(options.position - options.halfWidth) + " to " +
      shortestNumber(options.position + options.halfWidth) +
      " nm); move it with InterfacePosition, or make it wider with InterfaceHalfWidth");
  }
  const double place = placeAbove(belowIt, coordinates, input, basis, options);
  counts =
    countsDividedAt(place, coordinates, input, basis, options, subProgress(progress, 0.6, 1));
  InterfaceOptions perIon = options;
  perIon.detectionEfficiency = 1;
  // A count of the part too many moves it by as many ions, divided by the difference.
  counts.dividingSurfaceError = interfacialExcess(counts, without, basis, 1, perIon).error /
    (std::fabs(difference) * whole / (2 * options.halfWidth));
  return counts;
}

InterfacialExcess interfacialExcess(const InterfaceCounts& counts, const CompositionPart& part,
  const CompositionBasis& basis, double area, const InterfaceOptions& options)
{
  InterfacialExcess result;
  double variance = 0;
  for (std::size_t side = 0; side < 2; ++side)
  {
    const Share phase = shareOf(counts.beyond[side], part.perIon, basis.reference);
    result.phase[side] = phase;
    double whole = 0;
    for (std::size_t type = 0; type < basis.reference.size(); ++type)
    {
      const auto ions = static_cast<double>(counts.within[side][type]);
      const double surplus = part.perIon[type] - phase.fraction * basis.reference[type];
      result.excess += ions * surplus;
      variance += ions * surplus * surplus;
      whole += ions * basis.reference[type];
    }
    variance += whole * whole * phase.error * phase.error;
  }
  const double scale = area > 0 ? 1 / (options.detectionEfficiency * area) : NoNumber;
  result.excess *= scale;
  result.error = std::sqrt(variance) * scale;
  return result;
}

InterfacialExcess relativeInterfacialExcess(const InterfaceCounts& counts,
  const CompositionPart& part, const CompositionPart& without, const CompositionBasis& basis,
  double area, const InterfaceOptions& options)
{
  std::array<Share, 2> other;
  InterfacialExcess result;
  for (std::size_t side = 0; side < 2; ++side)
  {
    result.phase[side] = shareOf(counts.beyond[side], part.perIon, basis.reference);
    other[side] = shareOf(counts.beyond[side], without.perIon, basis.reference);
  }
  const double ratio =
    (result.phase[1].fraction - result.phase[0].fraction) / (other[1].fraction - other[0].fraction);
  // The same for both phases, by the choice of the ratio.
  const double share = result.phase[0].fraction - ratio * other[0].fraction;
  double variance = 0;
  for (std::size_t side = 0; side < 2; ++side)
  {
    double whole = 0;
    double wholePhase = 0;
    double squaresOfPhase = 0;
    for (std::size_t type = 0; type < basis.reference.size(); ++type)
    {
      const auto ions = static_cast<double>(counts.within[side][type]);
      const auto ionsOfPhase = static_cast<double>(counts.beyond[side][type]);
      const double surplus =
        part.perIon[type] - ratio * without.perIon[type] - share * basis.reference[type];
      result.excess += ions * surplus;
      variance += ions * surplus * surplus;
      whole += ions * basis.reference[type];
      wholePhase += ionsOfPhase * basis.reference[type];
      squaresOfPhase += ionsOfPhase * surplus * surplus;
    }
    variance += whole * whole * squaresOfPhase / (wholePhase * wholePhase);
  }
  const double scale = area > 0 ? 1 / (options.detectionEfficiency * area) : NoNumber;
  result.excess *= scale;
  result.error = std::sqrt(variance) * scale;
  return result;
}

} // namespace apt
