// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "SpatialDistributionMap.h"

#include "CellSortedCloud.h"
#include "Error.h"
#include "IonClasses.h"
#include "PairCount.h"
#include "ParallelFor.h"
#include "RangeFile.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>

namespace apt
{

namespace
{

constexpr std::size_t Grain = 1 << 16;
constexpr double MostBinsPerAxis = 10001;
constexpr double MostBins = 1 << 27;
constexpr double Pi = 3.14159265358979323846;
constexpr double NotANumber = std::numeric_limits<double>::quiet_NaN();

using Mode = SpatialDistributionMode;

void requireAbove0(const char* name, double value, const char* unit)
{
  if (!(value > 0 && std::isfinite(value)))
  {
    throw ParameterError(name, shortestNumber(value), std::string("above 0") + unit);
  }
}

OffsetBins binsOf(const SpatialDistributionOptions& options)
{
  requireAbove0("bin width", options.binWidth, " nm");
  requireAbove0("maximum distance", options.maximumDistance, " nm");
  if (options.binWidth > options.maximumDistance)
  {
    throw ParameterError("bin width", shortestNumber(options.binWidth),
      "up to the maximum distance, " + shortestNumber(options.maximumDistance) + " nm");
  }
  // The quotient may come out a little below a whole number.
  const double last = std::floor(options.maximumDistance / options.binWidth + 1e-6);
  const double perAxis = 2 * last + 1;
  const double dimensions = options.mode == Mode::Z ? 1 : options.mode == Mode::XY ? 2 : 3;
  if (!(perAxis <= MostBinsPerAxis && std::pow(perAxis, dimensions) <= MostBins))
  {
    const double most =
      std::floor((std::min(MostBinsPerAxis, std::pow(MostBins, 1 / dimensions)) - 1) / 2);
    throw ParameterError("bin width", shortestNumber(options.binWidth),
      "at least " + shortestNumber(options.maximumDistance / most) +
        " nm, for so many bins as there may be");
  }
  OffsetBins bins;
  bins.last = static_cast<std::int32_t>(last);
  bins.binsPerNanometre = static_cast<float>(1 / options.binWidth);
  if (options.mode == Mode::Z)
  {
    requireAbove0("lateral radius", options.lateralRadius, " nm");
    bins.shape = OffsetBins::Shape::Depth;
    bins.squaredRadius = static_cast<float>(options.lateralRadius * options.lateralRadius);
  }
  else if (options.mode == Mode::XY)
  {
    if (!(options.depthRange[0] <= options.depthRange[1] && std::isfinite(options.depthRange[0]) &&
          std::isfinite(options.depthRange[1])))
    {
      throw ParameterError("depth range",
        shortestNumber(options.depthRange[0]) + " to " + shortestNumber(options.depthRange[1]),
        "a lower and an upper end in nm");
    }
    bins.shape = OffsetBins::Shape::Plane;
    bins.lowerDepth = static_cast<float>(options.depthRange[0]);
    bins.upperDepth = static_cast<float>(options.depthRange[1]);
  }
  else
  {
    bins.shape = OffsetBins::Shape::Volume;
  }
  return bins;
}

/** Coordinates turned so that the axis becomes z; empty where it is z already. */
std::vector<float> turned(const SpatialDistributionInput& input, const std::array<double, 3>& axis,
  const Progress& progress)
{
  if (axis[0] == 0 && axis[1] == 0 && axis[2] > 0)
  {
    return {};
  }
  const std::array<std::array<double, 3>, 3> rotation = rotationToAxis(axis);
  std::vector<float> positions(input.size * 3);
  parallelFor(
    input.size, Grain,
    [&](std::size_t begin, std::size_t end)
    {
      for (std::size_t i = begin * 3; i < end * 3; i += 3)
      {
        const double x = static_cast<double>(input.positions[i]);
        const double y = static_cast<double>(input.positions[i + 1]);
        const double z = static_cast<double>(input.positions[i + 2]);
        for (std::size_t row = 0; row < 3; ++row)
        {
          positions[i + row] =
            static_cast<float>(rotation[row][0] * x + rotation[row][1] * y + rotation[row][2] * z);
        }
      }
    },
    progress);
  return positions;
}

/** Ion types gathered into classes that are counted apart; a class is a number from 0. */
struct Kinds
{
  std::vector<int> classOfType; ///< −1 takes no part
  std::vector<int> typeOfClass; ///< of those that stand for one type
  std::size_t classes = 0;
  std::vector<std::uint64_t> ions; ///< per class
};

Kinds kindsOf(
  const std::vector<std::uint64_t>& ionsOfType, const SpatialDistributionOptions& options, bool all)
{
  Kinds kinds;
  const int types = static_cast<int>(ionsOfType.size());
  kinds.classOfType.assign(ionsOfType.size(), -1);
  const auto add = [&](int type)
  {
    if (type >= 0 && type < types && kinds.classOfType[static_cast<std::size_t>(type)] < 0)
    {
      kinds.classOfType[static_cast<std::size_t>(type)] =
        static_cast<int>(kinds.typeOfClass.size());
      kinds.typeOfClass.push_back(type);
    }
  };
  if (options.allPairs)
  {
    for (int type = 0; type < types; ++type)
    {
      if (ionsOfType[static_cast<std::size_t>(type)] > 0)
      {
        add(type);
      }
    }
  }
  else
  {
    add(options.centre);
    add(options.neighbour);
  }
  kinds.classes = kinds.typeOfClass.size();
  const int none = SpatialDistributionOptions::AllIons;
  if (!options.allPairs && (all || options.centre == none || options.neighbour == none))
  {
    // The rest are one class.
    for (int& ionClass : kinds.classOfType)
    {
      ionClass = ionClass < 0 ? static_cast<int>(kinds.classes) : ionClass;
    }
    ++kinds.classes;
  }
  kinds.classes = std::max<std::size_t>(kinds.classes, 1);
  if (kinds.classes > 255)
  {
    throw ParameterError("number of ion types for all pairs", std::to_string(kinds.classes),
      "up to 255; map single pairs");
  }
  kinds.ions.assign(kinds.classes, 0);
  for (std::size_t type = 0; type < ionsOfType.size(); ++type)
  {
    if (kinds.classOfType[type] >= 0)
    {
      kinds.ions[static_cast<std::size_t>(kinds.classOfType[type])] += ionsOfType[type];
    }
  }
  return kinds;
}

/** A sorted cloud and the classes of its ions. */
struct SortedIons
{
  std::optional<CellSortedCloud> cloud;
  std::vector<std::uint8_t> ionClass; ///< empty: all are 0
  std::size_t classes = 1;

  ClassedCloud view() const
  {
    return { &*this->cloud, this->ionClass.empty() ? nullptr : this->ionClass.data(),
      this->classes };
  }
};

// Cells that suit cylinders a few tenths of a nm wide; the counts do not depend on it.
CellSortedCloudOptions cellOptions()
{
  CellSortedCloudOptions options;
  options.ionsPerCell = 8;
  return options;
}

SortedIons sortedIons(const float* positions, const std::vector<std::int16_t>& code,
  std::size_t classes, const Progress& progress)
{
  SortedIons ions;
  ions.cloud.emplace(positions, code.size(), code.data(), cellOptions(), progress);
  ions.classes = classes;
  if (classes > 1)
  {
    const std::uint32_t* const original = ions.cloud->originalIndices();
    ions.ionClass.resize(ions.cloud->size());
    parallelFor(ions.ionClass.size(), Grain,
      [&](std::size_t begin, std::size_t end)
      {
        for (std::size_t i = begin; i < end; ++i)
        {
          ions.ionClass[i] = static_cast<std::uint8_t>(code[original[i]]);
        }
      });
  }
  return ions;
}

std::vector<std::size_t> classesOf(const Kinds& kinds, int type)
{
  std::vector<std::size_t> classes;
  if (type == SpatialDistributionOptions::AllIons)
  {
    classes.resize(kinds.classes);
    std::iota(classes.begin(), classes.end(), std::size_t{ 0 });
  }
  else if (static_cast<std::size_t>(type) < kinds.classOfType.size() &&
    kinds.classOfType[static_cast<std::size_t>(type)] >= 0)
  {
    classes.push_back(static_cast<std::size_t>(kinds.classOfType[static_cast<std::size_t>(type)]));
  }
  return classes;
}

PairCounts sumOf(const std::vector<std::uint64_t>& counts, const Kinds& kinds, std::size_t bins,
  int centre, int neighbour)
{
  PairCounts pair;
  pair.centre = centre;
  pair.neighbour = neighbour;
  pair.counts.resize(bins);
  const std::vector<std::size_t> centres = classesOf(kinds, centre);
  const std::vector<std::size_t> neighbours = classesOf(kinds, neighbour);
  for (const std::size_t a : centres)
  {
    pair.centreIons += kinds.ions[a];
    for (const std::size_t b : neighbours)
    {
      const std::uint64_t* const from = counts.data() + (a * kinds.classes + b) * bins;
      std::transform(pair.counts.begin(), pair.counts.end(), from, pair.counts.begin(),
        std::plus<std::uint64_t>());
    }
  }
  for (const std::size_t b : neighbours)
  {
    pair.neighbourIons += kinds.ions[b];
  }
  return pair;
}

} // namespace

std::size_t binsOnEitherSide(const SpatialDistributionOptions& options)
{
  return static_cast<std::size_t>(binsOf(options).last);
}

SpatialDistribution spatialDistributionMap(const SpatialDistributionInput& input,
  const SpatialDistributionOptions& options, bool withAll, const Progress& progress)
{
  const OffsetBins bins = binsOf(options);
  rotationToAxis(options.axis); // refuses what is no axis
  if (options.centre < SpatialDistributionOptions::AllIons ||
    options.neighbour < SpatialDistributionOptions::AllIons)
  {
    throw ParameterError("ion type", std::to_string(std::min(options.centre, options.neighbour)),
      "0 or more, or -1 for all");
  }
  if (options.allPairs && options.mode != Mode::Z)
  {
    throw ParameterError("all pairs", "on", "off for maps of two or three dimensions");
  }

  std::vector<std::int16_t> code =
    typesWithin(input.size, input.ion, input.classes, options.ionClass);
  const std::vector<std::uint64_t> ionsOfType = countsOfTypes(code);
  const Kinds kinds = kindsOf(ionsOfType, options, withAll);
  const bool twoClouds = !withAll && !options.allPairs && options.centre != options.neighbour &&
    options.centre >= 0 && options.neighbour >= 0;

  // Of types: class, or −1.
  const auto toClass = [&](std::vector<std::int16_t>& types, const auto& classOf)
  {
    parallelFor(types.size(), Grain,
      [&](std::size_t begin, std::size_t end)
      {
        for (std::size_t i = begin; i < end; ++i)
        {
          types[i] = static_cast<std::int16_t>(types[i] < 0 ? -1 : classOf(types[i]));
        }
      });
  };
  SortedIons centres;
  SortedIons neighbours;
  {
    const std::vector<float> turnedPositions =
      turned(input, options.axis, subProgress(progress, 0, 0.1));
    const float* const positions =
      turnedPositions.empty() ? input.positions : turnedPositions.data();
    if (twoClouds)
    {
      std::vector<std::int16_t> other = code;
      toClass(code, [&](int type) { return type == options.centre ? 0 : -1; });
      toClass(other, [&](int type) { return type == options.neighbour ? 0 : -1; });
      centres = sortedIons(positions, code, 1, subProgress(progress, 0.1, 0.2));
      neighbours = sortedIons(positions, other, 1, subProgress(progress, 0.2, 0.3));
    }
    else
    {
      toClass(code, [&](int type) { return kinds.classOfType[static_cast<std::size_t>(type)]; });
      centres = sortedIons(positions, code, kinds.classes, subProgress(progress, 0.1, 0.3));
    }
    code = {};
  }
  const ClassedCloud from = centres.view();
  const ClassedCloud to = twoClouds ? neighbours.view() : from;
  requireFewPairs(from, to, bins, options.maximumPairs);
  const std::vector<std::uint64_t> counts =
    countPairs(from, to, bins, subProgress(progress, 0.3, 1));

  SpatialDistribution map;
  map.mode = options.mode;
  map.binWidth = options.binWidth;
  map.last = static_cast<std::size_t>(bins.last);
  if (twoClouds)
  {
    map.pairs.push_back(
      { options.centre, options.neighbour, from.cloud->size(), to.cloud->size(), counts });
    return map;
  }
  if (options.allPairs)
  {
    for (const int centre : kinds.typeOfClass)
    {
      for (const int neighbour : kinds.typeOfClass)
      {
        map.pairs.push_back(sumOf(counts, kinds, bins.size(), centre, neighbour));
      }
    }
  }
  else
  {
    map.pairs.push_back(sumOf(counts, kinds, bins.size(), options.centre, options.neighbour));
  }
  if (withAll)
  {
    const int all = SpatialDistributionOptions::AllIons;
    map.all = sumOf(counts, kinds, bins.size(), all, all);
  }
  return map;
}

std::vector<double> normalised(
  const SpatialDistribution& map, const PairCounts& pair, SpatialDistributionNorm norm)
{
  const auto centres = static_cast<double>(pair.centreIons);
  const auto neighbours = static_cast<double>(pair.neighbourIons);
  std::vector<double> values(pair.counts.begin(), pair.counts.end());
  double divisor = 1;
  if (norm == SpatialDistributionNorm::PerCentreIon)
  {
    divisor = centres;
  }
  else if (norm == SpatialDistributionNorm::RelativeToMean)
  {
    divisor =
      std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  }
  else if (norm == SpatialDistributionNorm::RelativeToShuffled)
  {
    if (map.all.counts.size() != values.size())
    {
      throw ParameterError("pairs of all ions", "not counted", "counted, for this norm");
    }
    const auto ions = static_cast<double>(map.all.centreIons);
    const int all = SpatialDistributionOptions::AllIons;
    // Of ordered pairs of different ions: the share that are such a pair.
    const bool overlap =
      pair.centre == pair.neighbour || pair.centre == all || pair.neighbour == all;
    const double ways =
      overlap ? centres * neighbours - std::min(centres, neighbours) : centres * neighbours;
    for (std::size_t bin = 0; bin < values.size(); ++bin)
    {
      const double expected = static_cast<double>(map.all.counts[bin]) * ways / (ions * (ions - 1));
      values[bin] = expected > 0 ? values[bin] / expected : NotANumber;
    }
    return values;
  }
  for (double& value : values)
  {
    value = divisor > 0 ? value / divisor : NotANumber;
  }
  return values;
}

namespace
{

/** Everything about a z map that the search for its planes needs. */
class PlaneSearch
{
public:
  PlaneSearch(const std::vector<std::uint64_t>& counts, double binWidth, bool oneKind)
    : Counts(counts.begin(), counts.end())
    , Width(binWidth)
    , Last(static_cast<double>(counts.size() / 2))
    , OneKind(oneKind)
  {
  }

  PlaneSpacing find()
  {
    PlaneSpacing result;
    result.spacing = result.spacingError = result.offset = result.offsetError = NotANumber;
    result.chiSquare = NotANumber;
    double period = 0;
    double offset = 0;
    if (!this->guess(period, offset, result.contrast))
    {
      return result;
    }
    this->fit(period, offset, result);
    return result;
  }

private:
  struct Peak
  {
    double number = 0;
    double position = 0;
    double variance = 0;
  };

  double z(std::size_t bin) const { return (static_cast<double>(bin) - this->Last) * this->Width; }

  /** The Fourier component of window × (counts less a straight line) at a frequency. */
  std::complex<double> component(const std::vector<double>& windowed, double frequency) const
  {
    // By a recurrence, which is exact enough for the few thousand bins that there may be.
    const std::complex<double> step = std::polar(1.0, -2 * Pi * frequency * this->Width);
    std::complex<double> phase = std::polar(1.0, -2 * Pi * frequency * this->z(0));
    std::complex<double> sum = 0;
    for (const double value : windowed)
    {
      sum += value * phase;
      phase *= step;
    }
    return sum;
  }

  bool guess(double& period, double& offset, double& contrast) const
  {
    const std::size_t size = this->Counts.size();
    const double distance = this->Last * this->Width;
    const double lowest = 2 / distance;
    const double highest = 1 / (4 * this->Width);
    if (size < 17)
    {
      return false;
    }
    double sum = 0;
    double moment = 0;
    double square = 0;
    for (std::size_t bin = 0; bin < size; ++bin)
    {
      sum += this->Counts[bin];
      moment += this->Counts[bin] * this->z(bin);
      square += this->z(bin) * this->z(bin);
    }
    std::vector<double> windowed(size);
    double weight = 0;
    double variance = 0;
    for (std::size_t bin = 0; bin < size; ++bin)
    {
      const double window = 0.5 + 0.5 * std::cos(Pi * this->z(bin) / (distance + this->Width));
      windowed[bin] = window *
        (this->Counts[bin] - sum / static_cast<double>(size) - moment / square * this->z(bin));
      weight += window * this->Counts[bin];
      variance += window * window * this->Counts[bin];
    }
    const double stepOfFrequency = 1 / (16 * distance);
    std::vector<double> power;
    for (double frequency = lowest - stepOfFrequency; frequency <= highest + stepOfFrequency;
         frequency += stepOfFrequency)
    {
      power.push_back(std::norm(this->component(windowed, frequency)));
    }
    // Peaks of the spectrum only: its lower end is full of what is no period at all.
    double strongest = 0;
    const auto isPeak = [&](std::size_t i)
    { return power[i] > power[i - 1] && power[i] >= power[i + 1]; };
    for (std::size_t i = 1; i + 1 < power.size(); ++i)
    {
      strongest = isPeak(i) ? std::max(strongest, power[i]) : strongest;
    }
    // Chance: exponential of mean variance, or for a mirror image a χ² of one degree.
    const double chance =
      (this->OneKind ? 2 : 1) * std::log(1000.0 * static_cast<double>(size) / 4);
    if (!(strongest > chance * variance))
    {
      return false;
    }
    std::size_t best = 1;
    while (!(isPeak(best) && power[best] >= 0.7 * 0.7 * strongest))
    {
      ++best;
    }
    // The vertex of the parabola through the three.
    const double curvature = power[best - 1] - 2 * power[best] + power[best + 1];
    const double shift = curvature < 0 ? 0.5 * (power[best - 1] - power[best + 1]) / curvature : 0;
    const double frequency = lowest + (static_cast<double>(best) - 1 + shift) * stepOfFrequency;
    const std::complex<double> found = this->component(windowed, frequency);
    contrast = 2 * std::abs(found) / weight;
    period = 1 / frequency;
    offset = this->OneKind && found.real() > 0 ? 0 : -std::arg(found) * period / (2 * Pi);
    return contrast > 0.01;
  }

  /**
   * Where the peak near a place is: the phase of the fundamental over a period about it, of the counts
   * less a line through what lies about its ends. False where the map does not reach so far, or where
   * there is no peak.
   */
  bool place(double period, double& position, double& variance) const
  {
    const double start = position;
    for (int iteration = 0; iteration < 20; ++iteration)
    {
      const double reach = period * 0.625;
      if (std::fabs(position) + reach > this->Last * this->Width)
      {
        return false;
      }
      // Shares of each bin: in the period, about its lower and about its upper end.
      double cosines = 0;
      double sines = 0;
      double tilt = 0;
      double slope = 0;
      const auto first = static_cast<std::size_t>(
        std::max(0.0, std::floor((position - reach) / this->Width + this->Last)));
      const auto last = std::min(this->Counts.size() - 1,
        static_cast<std::size_t>(std::ceil((position + reach) / this->Width + this->Last)));
      std::vector<double> weightOfSine;
      std::vector<double> weightOfSlope;
      for (std::size_t bin = first; bin <= last; ++bin)
      {
        const double from = this->z(bin) - position;
        const double angle = 2 * Pi * from / period;
        const double inside = this->share(from, -0.5 * period, 0.5 * period);
        const double below = this->share(from, -0.625 * period, -0.375 * period);
        const double above = this->share(from, 0.375 * period, 0.625 * period);
        weightOfSine.push_back(inside * std::sin(angle));
        weightOfSlope.push_back((above - below) * this->Width / (0.25 * period) / period);
        cosines += inside * std::cos(angle) * this->Counts[bin];
        sines += weightOfSine.back() * this->Counts[bin];
        tilt += weightOfSine.back() * from;
        slope += weightOfSlope.back() * this->Counts[bin];
      }
      sines -= slope * tilt;
      if (!(cosines > 0))
      {
        return false;
      }
      double varianceOfSines = 0;
      for (std::size_t bin = first; bin <= last; ++bin)
      {
        const double weight = weightOfSine[bin - first] - tilt * weightOfSlope[bin - first];
        varianceOfSines += weight * weight * this->Counts[bin];
      }
      const double perRadian = period / (2 * Pi);
      const double shift = perRadian * std::atan2(sines, cosines);
      position += shift;
      variance = perRadian * perRadian * varianceOfSines / (cosines * cosines);
      if (std::fabs(position - start) > 0.25 * period)
      {
        return false;
      }
      if (std::fabs(shift) < 1e-4 * this->Width)
      {
        break;
      }
    }
    // Where in its bin a line is that has no width of its own, nobody knows.
    if (this->squaredWidth(position, period) < this->Width * this->Width)
    {
      variance += this->Width * this->Width / 12;
    }
    return variance < 0.01 * period * period;
  }

  /** The mean square of the distances from a place, within half a period, nm². */
  double squaredWidth(double position, double period) const
  {
    double sum = 0;
    double moment = 0;
    for (std::size_t bin = 0; bin < this->Counts.size(); ++bin)
    {
      const double from = this->z(bin) - position;
      const double counts = this->Counts[bin] * this->share(from, -0.5 * period, 0.5 * period);
      sum += counts;
      moment += counts * from * from;
    }
    return moment / sum;
  }

  /** The share of a bin at a place that is between two others. */
  double share(double at, double lower, double upper) const
  {
    const double from = std::max(at - this->Width / 2, lower);
    const double to = std::min(at + this->Width / 2, upper);
    return std::max(0.0, to - from) / this->Width;
  }

  void fit(double period, double offset, PlaneSpacing& result) const
  {
    std::vector<Peak> peaks;
    const double farthest = std::ceil(this->Last * this->Width / period) + 1;
    for (double number = this->OneKind ? 1 : -farthest; number <= farthest; ++number)
    {
      Peak peak;
      peak.number = number;
      peak.position = offset + number * period;
      if (this->place(period, peak.position, peak.variance))
      {
        peaks.push_back(peak);
      }
    }
    const bool throughOrigin = this->OneKind && offset == 0;
    const int parameters = throughOrigin ? 1 : 2;
    const int count = static_cast<int>(peaks.size());
    result.peaks = count;
    if (count < parameters)
    {
      return;
    }
    double s = 0;
    double sn = 0;
    double snn = 0;
    double sp = 0;
    double snp = 0;
    for (const Peak& peak : peaks)
    {
      const double weight = 1 / peak.variance;
      s += weight;
      sn += weight * peak.number;
      snn += weight * peak.number * peak.number;
      sp += weight * peak.position;
      snp += weight * peak.number * peak.position;
    }
    const double determinant = throughOrigin ? snn : s * snn - sn * sn;
    result.spacing = throughOrigin ? snp / snn : (s * snp - sn * sp) / determinant;
    result.offset = throughOrigin ? 0 : (snn * sp - sn * snp) / determinant;
    result.spacingError = std::sqrt((throughOrigin ? 1 : s) / determinant);
    result.offsetError = throughOrigin ? 0 : std::sqrt(snn / determinant);
    double chiSquare = 0;
    for (const Peak& peak : peaks)
    {
      const double miss = peak.position - result.offset - peak.number * result.spacing;
      chiSquare += miss * miss / peak.variance;
    }
    if (count > parameters)
    {
      result.chiSquare = chiSquare / (count - parameters);
      const double larger = std::sqrt(std::max(1.0, result.chiSquare));
      result.spacingError *= larger;
      result.offsetError *= larger;
    }
  }

  std::vector<double> Counts;
  double Width;
  double Last;
  bool OneKind;
};

} // namespace

PlaneSpacing planeSpacing(const std::vector<std::uint64_t>& counts, double binWidth, bool oneKind)
{
  requireAbove0("bin width", binWidth, " nm");
  if (counts.size() % 2 == 0)
  {
    throw ParameterError(
      "number of bins", std::to_string(counts.size()), "odd, with the middle one at 0");
  }
  return PlaneSearch(counts, binWidth, oneKind).find();
}

} // namespace apt
