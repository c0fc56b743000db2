// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "NeighbourDistribution.h"

#include "CellSortedCloud.h"
#include "Error.h"
#include "InteriorIons.h"
#include "IonClasses.h"
#include "IonShuffle.h"
#include "NeighbourSearch.h"
#include "PairCount.h"
#include "ParallelFor.h"
#include "PartialCounts.h"
#include "RangeFile.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <string>

namespace apt
{

namespace
{

constexpr std::size_t Grain = 1 << 16;
constexpr double MostBins = 10000;
constexpr int MostOrders = 254; // with the ion itself twice, what the neighbour search gives
constexpr int MostControls = 1000;
constexpr double Pi = 3.14159265358979323846;
constexpr double NotANumber = std::numeric_limits<double>::quiet_NaN();

void requireAbove0(const char* name, double value)
{
  if (!(value > 0 && std::isfinite(value)))
  {
    throw ParameterError(name, shortestNumber(value), "above 0 nm");
  }
}

OffsetBins binsOf(const NeighbourDistributionOptions& options)
{
  requireAbove0("bin width", options.binWidth);
  requireAbove0("maximum distance", options.maximumDistance);
  if (options.binWidth > options.maximumDistance)
  {
    throw ParameterError("bin width", shortestNumber(options.binWidth),
      "up to the maximum distance, " + shortestNumber(options.maximumDistance) + " nm");
  }
  // The quotient may come out a little below a whole number.
  const double bins = std::floor(options.maximumDistance / options.binWidth + 1e-6);
  if (!(bins <= MostBins))
  {
    throw ParameterError("bin width", shortestNumber(options.binWidth),
      "at least " + shortestNumber(options.maximumDistance / MostBins) +
        " nm, for so many bins as there may be");
  }
  OffsetBins found;
  found.shape = OffsetBins::Shape::Radius;
  found.binsPerNanometre = static_cast<float>(1 / options.binWidth);
  found.last = static_cast<std::int32_t>(bins) - 1;
  return found;
}

void requireWithin(const char* name, int value, int least, int most)
{
  if (value < least || value > most)
  {
    throw ParameterError(
      name, std::to_string(value), std::to_string(least) + " to " + std::to_string(most));
  }
}

/** What an ion is, as bits. */
constexpr std::uint8_t Centre = 1;
constexpr std::uint8_t Neighbour = 2;
using Roles = std::vector<std::uint8_t>;

using Cloud = std::unique_ptr<const CellSortedCloud>;

/** Those ions whose role is one of a set, given as bits: bit r for role r. */
Cloud cloudOf(const float* positions, const Roles& roles, unsigned wanted, const Progress& progress)
{
  std::vector<std::int16_t> code(roles.size());
  parallelFor(roles.size(), Grain,
    [&](std::size_t begin, std::size_t end)
    {
      for (std::size_t i = begin; i < end; ++i)
      {
        code[i] = (wanted >> roles[i] & 1u) != 0 ? 0 : -1;
      }
    });
  CellSortedCloudOptions options;
  options.ionsPerCell = 8; // fast for spheres of some nm; the counts do not depend on it
  return std::make_unique<CellSortedCloud>(positions, roles.size(), code.data(), options, progress);
}

constexpr unsigned OnlyCentres = 1u << Centre;
constexpr unsigned OnlyNeighbours = 1u << Neighbour;
constexpr unsigned Both = 1u << (Centre | Neighbour);

/** The ions that take part, apart: none is in two of the clouds. */
struct RoleClouds
{
  Cloud centres;    ///< that are no neighbours
  Cloud neighbours; ///< that are no centres
  Cloud both;

  RoleClouds(const float* positions, const Roles& roles, const Progress& progress)
    : centres(cloudOf(positions, roles, OnlyCentres, subProgress(progress, 0, 0.3)))
    , neighbours(cloudOf(positions, roles, OnlyNeighbours, subProgress(progress, 0.3, 0.6)))
    , both(cloudOf(positions, roles, Both, subProgress(progress, 0.6, 1)))
  {
  }

  std::size_t centreIons() const { return this->centres->size() + this->both->size(); }
  std::size_t neighbourIons() const { return this->neighbours->size() + this->both->size(); }

  /** Calls use(from, to) for each two clouds that there are pairs between. */
  template <typename Use>
  void forEachTwo(const Use& use) const
  {
    const auto call = [&](const Cloud& from, const Cloud& to)
    {
      if (from->size() > 0 && to->size() > 0)
      {
        use(ClassedCloud{ from.get(), nullptr, 1 }, ClassedCloud{ to.get(), nullptr, 1 });
      }
    };
    call(this->both, this->both);
    call(this->both, this->neighbours);
    call(this->centres, this->both);
    call(this->centres, this->neighbours);
  }

  double estimate(const OffsetBins& bins) const
  {
    double pairs = 0;
    this->forEachTwo([&](const ClassedCloud& from, const ClassedCloud& to)
      { pairs += estimatePairs(from, to, bins); });
    return pairs;
  }

  Counts count(const OffsetBins& bins, const Progress& progress) const
  {
    Counts total(bins.size());
    double done = 0;
    const double all =
      static_cast<double>(this->centreIons()) * static_cast<double>(this->neighbourIons());
    this->forEachTwo(
      [&](const ClassedCloud& from, const ClassedCloud& to)
      {
        const double share =
          static_cast<double>(from.cloud->size()) * static_cast<double>(to.cloud->size()) / all;
        const Counts counts =
          countPairs(from, to, bins, subProgress(progress, done, std::min(1.0, done + share)));
        std::transform(
          total.begin(), total.end(), counts.begin(), total.begin(), std::plus<std::uint64_t>());
        done = std::min(1.0, done + share);
      });
    return total;
  }
};

/** Distances to the first neighbours, of one cloud. */
struct FirstNeighbours
{
  std::uint64_t centres = 0;
  std::vector<Counts> counts; ///< per order and bin; the last is for what is beyond the bins
  std::vector<double> mean;   ///< nm; NaN where there is no such neighbour
  std::vector<double> deviation;
};

/** Counts the distances in the columns of tiles, in an order that does not depend on the threads. */
class DistanceCounts
{
public:
  DistanceCounts(std::size_t orders, const OffsetBins& bins)
    : Orders(orders)
    , Bins(bins)
    , Partial(orders * (bins.size() + 1))
  {
  }

  /**
   * Adds the ions of a cloud with their neighbours in another, or in itself.
   * @param firstColumn of the nearest neighbour
   */
  void add(const CellSortedCloud& cloud, const CellSortedCloud& neighbours, std::size_t firstColumn,
    const Progress& progress)
  {
    NeighbourSearchOptions options;
    options.neighbours = static_cast<int>(std::min<std::size_t>(this->Orders + firstColumn, 256));
    const std::size_t tiles = (cloud.size() + options.tileIons - 1) / options.tileIons;
    std::vector<double> sums(2 * this->Orders * tiles);
    const auto tile = [&](const NeighbourTile& rows)
    {
      std::unique_ptr<Counts> counts = this->Partial.take();
      double* const sum = sums.data() + rows.begin / options.tileIons * 2 * this->Orders;
      const std::size_t stride = this->Bins.size() + 1;
      for (std::size_t order = 0; order < this->Orders; ++order)
      {
        const std::size_t column = order + firstColumn;
        std::uint64_t* const to = counts->data() + order * stride;
        if (column >= rows.neighbours)
        {
          to[stride - 1] += rows.size;
          continue;
        }
        for (std::size_t row = 0; row < rows.size; ++row)
        {
          const float distance = std::sqrt(rows.squaredDistance[row * rows.neighbours + column]);
          const float bin = distance * this->Bins.binsPerNanometre;
          ++to[bin < static_cast<float>(stride - 1) ? static_cast<std::size_t>(bin) : stride - 1];
          sum[2 * order] += static_cast<double>(distance);
          sum[2 * order + 1] += static_cast<double>(distance) * static_cast<double>(distance);
        }
      }
      this->Partial.giveBack(std::move(counts));
    };
    if (&cloud == &neighbours)
    {
      forEachTile(cloud, options, tile, progress);
    }
    else
    {
      forEachTileOfOther(cloud, neighbours, options, tile, progress);
    }
    this->Sums.resize(2 * this->Orders);
    for (std::size_t i = 0; i < sums.size(); ++i)
    {
      this->Sums[i % (2 * this->Orders)] += sums[i];
    }
    this->Centres += cloud.size();
  }

  /** @param reachable orders that every centre has a neighbour of */
  FirstNeighbours result(std::size_t reachable) const
  {
    FirstNeighbours found;
    found.centres = this->Centres;
    const Counts counts = this->Partial.sum();
    const std::size_t stride = this->Bins.size() + 1;
    const auto centres = static_cast<double>(this->Centres);
    for (std::size_t order = 0; order < this->Orders; ++order)
    {
      const auto first = counts.begin() + static_cast<std::ptrdiff_t>(order * stride);
      found.counts.emplace_back(first, first + static_cast<std::ptrdiff_t>(stride));
      const double mean = this->Sums[2 * order] / centres;
      const double square = this->Sums[2 * order + 1] / centres;
      found.mean.push_back(order < reachable ? mean : NotANumber);
      found.deviation.push_back(
        order < reachable ? std::sqrt(std::max(0.0, square - mean * mean)) : NotANumber);
    }
    return found;
  }

private:
  std::size_t Orders;
  OffsetBins Bins;
  PartialCounts Partial;
  std::vector<double> Sums;
  std::uint64_t Centres = 0;
};

FirstNeighbours firstNeighbours(const float* positions, const Roles& roles, std::size_t orders,
  const OffsetBins& bins, RoleClouds clouds, const Progress& progress)
{
  DistanceCounts counts(orders, bins);
  const std::size_t all = clouds.neighbourIons();
  const bool ofBoth = clouds.both->size() > 0;
  // Of an ion that is a neighbour too, the nearest neighbour is not itself.
  const std::size_t reachable = ofBoth ? all - 1 : all;
  const Progress first = subProgress(progress, 0.2, 0.6);
  const Progress second = subProgress(progress, 0.6, 1);
  if (clouds.neighbours->size() == 0)
  {
    if (ofBoth)
    {
      counts.add(*clouds.both, *clouds.both, 1, first);
    }
    if (clouds.centres->size() > 0)
    {
      counts.add(*clouds.centres, *clouds.both, 1, second);
    }
  }
  else
  {
    Cloud neighbours;
    if (ofBoth)
    {
      clouds.neighbours.reset();
      neighbours = cloudOf(positions, roles, OnlyNeighbours | Both, subProgress(progress, 0, 0.2));
      // Column 1 is the ion itself, found among the neighbours.
      counts.add(*clouds.both, *neighbours, 2, first);
    }
    else
    {
      neighbours = std::move(clouds.neighbours);
    }
    if (clouds.centres->size() > 0)
    {
      counts.add(*clouds.centres, *neighbours, 1, second);
    }
  }
  return counts.result(reachable);
}

/** Everything that is counted of one cloud. */
struct Measured
{
  FirstNeighbours first;
  Counts pairs;
  std::uint64_t centresOfBoth = 0; ///< centres that are of the neighbour types too
};

Measured measure(const float* positions, const Roles& roles, std::size_t orders,
  const OffsetBins& bins, const Progress& progress)
{
  Measured measured;
  RoleClouds clouds(positions, roles, subProgress(progress, 0, 0.1));
  measured.pairs = clouds.count(bins, subProgress(progress, 0.1, 0.7));
  measured.centresOfBoth = clouds.both->size();
  measured.first = firstNeighbours(
    positions, roles, orders, bins, std::move(clouds), subProgress(progress, 0.7, 1));
  return measured;
}

/** Sets mean and deviation over the controls, whose values are the rows. */
void setControls(WithControl& quantity, const std::vector<std::vector<double>>& controls)
{
  const std::size_t size = quantity.values.size();
  const auto count = static_cast<double>(controls.size());
  quantity.controlMean.assign(size, NotANumber);
  quantity.controlDeviation.assign(size, NotANumber);
  for (std::size_t i = 0; i < size && !controls.empty(); ++i)
  {
    double sum = 0;
    for (const std::vector<double>& control : controls)
    {
      sum += control[i];
    }
    const double mean = sum / count;
    double squares = 0;
    for (const std::vector<double>& control : controls)
    {
      squares += (control[i] - mean) * (control[i] - mean);
    }
    quantity.controlMean[i] = mean;
    quantity.controlDeviation[i] =
      controls.size() > 1 ? std::sqrt(squares / (count - 1)) : NotANumber;
  }
}

/** Adds up over the ions, over all cores. */
template <typename Is>
std::uint64_t countWhere(std::size_t size, const Is& is)
{
  PartialCounts partial(1);
  parallelFor(size, Grain,
    [&](std::size_t begin, std::size_t end)
    {
      std::unique_ptr<Counts> counts = partial.take();
      for (std::size_t i = begin; i < end; ++i)
      {
        (*counts)[0] += is(i);
      }
      partial.giveBack(std::move(counts));
    });
  return partial.sum()[0];
}

std::vector<double> densityPerBin(const FirstNeighbours& first, std::size_t order, double binWidth)
{
  std::vector<double> density(first.counts[order].begin(), first.counts[order].end() - 1);
  for (double& value : density)
  {
    value /= static_cast<double>(first.centres) * binWidth;
  }
  return density;
}

} // namespace

NeighbourDistribution neighbourDistribution(const NeighbourDistributionInput& input,
  const NeighbourDistributionOptions& options, const Progress& progress)
{
  const OffsetBins bins = binsOf(options);
  requireWithin("number of neighbours", options.neighbours, 1, MostOrders);
  requireWithin("number of controls", options.controls, 0, MostControls);
  const auto orders = static_cast<std::size_t>(options.neighbours);

  const auto isOf = [](const std::vector<bool>& wanted, std::int16_t type)
  {
    return type >= 0 &&
      (wanted.empty() ||
        (static_cast<std::size_t>(type) < wanted.size() && wanted[static_cast<std::size_t>(type)]));
  };
  const auto typeOf = [&](std::size_t ion)
  { return input.ion ? input.ion[ion] : std::int16_t{ 0 }; };
  const auto roleOf = [&](std::int16_t type)
  {
    return static_cast<std::uint8_t>((isOf(options.centreTypes, type) ? Centre : 0) |
      (isOf(options.neighbourTypes, type) ? Neighbour : 0));
  };

  NeighbourDistribution result;
  result.binWidth = options.binWidth;
  result.bins = bins.size();
  result.ions = countWhere(input.size, [&](std::size_t i) { return typeOf(i) >= 0; });
  const std::uint64_t ofCentreTypes =
    countWhere(input.size, [&](std::size_t i) { return (roleOf(typeOf(i)) & Centre) != 0; });
  const std::uint64_t ofBothTypes = countWhere(
    input.size, [&](std::size_t i) { return roleOf(typeOf(i)) == (Centre | Neighbour); });
  result.neighbourIons =
    countWhere(input.size, [&](std::size_t i) { return (roleOf(typeOf(i)) & Neighbour) != 0; });
  if (result.ions == 0)
  {
    throw Error("there are no ions to look at; the input is empty, or no ion of it is ranged");
  }
  if (ofCentreTypes == 0 || result.neighbourIons == 0)
  {
    throw Error(std::string("there is no ion of the ") +
      (ofCentreTypes == 0 ? "centre" : "neighbour") + " types in the input");
  }
  if (result.neighbourIons == 1 && ofBothTypes == 1 && ofCentreTypes == 1)
  {
    throw Error("there is a single ion to look at, which has no neighbour");
  }
  const bool shuffled = ofBothTypes < result.ions;
  const int controls = shuffled ? options.controls : 0;

  // All pairs about the centres that there may be.
  Roles all(input.size);
  const auto setRoles = [&](Roles& roles, const auto& roleOfIon)
  {
    parallelFor(input.size, Grain,
      [&](std::size_t begin, std::size_t end)
      {
        for (std::size_t i = begin; i < end; ++i)
        {
          roles[i] = roleOfIon(i);
        }
      });
  };
  setRoles(all,
    [&](std::size_t i)
    { return static_cast<std::uint8_t>(typeOf(i) >= 0 ? Centre | Neighbour : 0); });
  std::vector<std::uint8_t> interior;
  if (options.onlyInterior)
  {
    interior = interiorIons(*cloudOf(input.positions, all, Both, subProgress(progress, 0, 0.02)),
      input.size, options.maximumDistance, subProgress(progress, 0.02, 0.04));
    setRoles(all,
      [&](std::size_t i)
      { return static_cast<std::uint8_t>(interior[i] != 0 || all[i] == 0 ? all[i] : Neighbour); });
  }
  Counts allPairs;
  const double share = static_cast<double>(ofCentreTypes) / static_cast<double>(result.ions) *
    static_cast<double>(result.neighbourIons) / static_cast<double>(result.ions);
  // Sorting and neighbour search do not shrink with the number of pairs.
  const double work = shuffled ? 0.05 + share : 0;
  const double beginOfData = 0.04 + 0.96 / (1 + (1 + controls) * work);
  {
    const RoleClouds clouds(input.positions, all, subProgress(progress, 0.04, 0.06));
    requireFewPairs(
      clouds.estimate(bins) * (1 + (shuffled ? (1 + controls) * share : 0)), options.maximumPairs);
    allPairs = clouds.count(bins, subProgress(progress, 0.06, beginOfData));
  }
  all = {};

  Roles roles(input.size);
  const auto setRolesOf = [&](const auto& typeOfIon)
  {
    setRoles(roles,
      [&](std::size_t i)
      {
        const std::uint8_t role = roleOf(typeOfIon(i));
        return static_cast<std::uint8_t>(
          options.onlyInterior && interior[i] == 0 ? role & Neighbour : role);
      });
  };
  setRolesOf(typeOf);
  result.centreIons =
    countWhere(input.size, [&](std::size_t i) { return (roles[i] & Centre) != 0; });
  if (result.centreIons == 0)
  {
    throw Error("no centre ion is farther than the maximum distance, " +
      shortestNumber(options.maximumDistance) +
      " nm, from the surface; make it smaller, or take all centres");
  }

  // Of all pairs about a centre that there may be, those to be expected by chance: a centre is one
  // of those that may be, and its neighbour any other ion.
  const std::uint64_t possibleCentres = options.onlyInterior
    ? countWhere(input.size, [&](std::size_t i) { return typeOf(i) >= 0 && interior[i] != 0; })
    : result.ions;
  const auto correlation = [&](const Measured& measured)
  {
    const double chance =
      (static_cast<double>(measured.first.centres) * static_cast<double>(result.neighbourIons) -
        static_cast<double>(measured.centresOfBoth)) /
      (static_cast<double>(possibleCentres) * static_cast<double>(result.ions - 1));
    std::vector<double> g(bins.size());
    for (std::size_t bin = 0; bin < g.size(); ++bin)
    {
      const double expected = static_cast<double>(allPairs[bin]) * chance;
      g[bin] = expected > 0 ? static_cast<double>(measured.pairs[bin]) / expected : NotANumber;
    }
    return g;
  };

  const double stepOfData = (1 - beginOfData) / (1 + controls);
  const Progress progressOfData = subProgress(progress, beginOfData, beginOfData + stepOfData);
  Measured data;
  if (shuffled)
  {
    data = measure(input.positions, roles, orders, bins, progressOfData);
  }
  else
  {
    RoleClouds clouds(input.positions, roles, subProgress(progressOfData, 0, 0.2));
    data.pairs = allPairs;
    data.centresOfBoth = clouds.both->size();
    data.first = firstNeighbours(
      input.positions, roles, orders, bins, std::move(clouds), subProgress(progressOfData, 0.2, 1));
  }
  result.pairs = data.pairs;
  result.pairCorrelation.values = correlation(data);
  for (std::size_t order = 0; order < orders; ++order)
  {
    NeighbourOrderDistances distances;
    distances.counts = data.first.counts[order];
    distances.beyond = distances.counts.back();
    distances.counts.pop_back();
    distances.density.values = densityPerBin(data.first, order, options.binWidth);
    distances.mean.values = { data.first.mean[order] };
    distances.deviation = data.first.deviation[order];
    result.orders.push_back(std::move(distances));
  }

  const double total = static_cast<double>(
    std::accumulate(result.pairs.begin(), result.pairs.end(), std::uint64_t{ 0 }));
  const auto volume = [&](double radius) { return 4 * Pi / 3 * radius * radius * radius; };
  const double meanDensity = total /
    (static_cast<double>(result.centreIons) *
      volume(static_cast<double>(bins.size()) * options.binWidth));
  for (std::size_t bin = 0; bin < bins.size(); ++bin)
  {
    const double inner = static_cast<double>(bin) * options.binWidth;
    const double density = static_cast<double>(result.pairs[bin]) /
      (static_cast<double>(result.centreIons) * (volume(inner + options.binWidth) - volume(inner)));
    result.density.push_back(density);
    result.radialDistribution.push_back(meanDensity > 0 ? density / meanDensity : NotANumber);
  }

  std::vector<std::vector<double>> correlations;
  std::vector<std::vector<std::vector<double>>> densities(orders);
  std::vector<std::vector<std::vector<double>>> means(orders);
  for (int control = 0; control < controls; ++control)
  {
    const double begin = beginOfData + (1 + control) * stepOfData;
    const Progress part = subProgress(progress, begin, begin + stepOfData);
    {
      IonShuffleOptions shuffle;
      shuffle.seed = options.seed + static_cast<std::uint64_t>(control);
      const std::vector<std::uint32_t> from =
        shuffledIons(input.size, input.ion, nullptr, shuffle, subProgress(part, 0, 0.1));
      setRolesOf([&](std::size_t i) { return typeOf(from[i]); });
    }
    const Measured measured =
      measure(input.positions, roles, orders, bins, subProgress(part, 0.1, 1));
    if (measured.first.centres == 0)
    {
      continue; // by chance none is inside: such a control says nothing
    }
    correlations.push_back(correlation(measured));
    for (std::size_t order = 0; order < orders; ++order)
    {
      densities[order].push_back(densityPerBin(measured.first, order, options.binWidth));
      means[order].push_back({ measured.first.mean[order] });
    }
  }
  if (!shuffled && options.controls > 0)
  {
    // Each would be the same as the cloud.
    const auto copies = static_cast<std::size_t>(options.controls);
    correlations.assign(copies, result.pairCorrelation.values);
    for (std::size_t order = 0; order < orders; ++order)
    {
      densities[order].assign(copies, result.orders[order].density.values);
      means[order].assign(copies, result.orders[order].mean.values);
    }
  }
  setControls(result.pairCorrelation, correlations);
  for (std::size_t order = 0; order < orders; ++order)
  {
    setControls(result.orders[order].density, densities[order]);
    setControls(result.orders[order].mean, means[order]);
  }
  return result;
}

} // namespace apt
