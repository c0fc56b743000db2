// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "MassSpectrum.h"

#include "Error.h"
#include "ParallelFor.h"
#include "PartialCounts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace apt
{

namespace
{

constexpr std::size_t Grain = 1 << 18;
constexpr double MaximumBins = 1e8;
// Above this, copies of the counts per thread cost more than counting into shared ones.
constexpr std::size_t MaximumBinsPerThread = 1 << 22;

/** Finds the bin of a ratio, exactly; ratios outside all bins get index count(). */
class Bins
{
public:
  explicit Bins(const MassSpectrumOptions& options)
    : Lower(options.lower)
    , Width(options.binWidth)
    , PerDalton(1 / options.binWidth)
  {
    // The quotient may come out a little above a whole number: 1.1 / 0.1 = 11.000000000000002.
    const double quotient = (options.upper - options.lower) / options.binWidth;
    this->Count = static_cast<std::size_t>(std::max(1.0, std::ceil(quotient - 1e-6)));
    this->UpperEnd = std::max(this->edge(this->Count), options.upper);
    this->LastIncludesEnd = this->edge(this->Count) <= options.upper;
  }

  std::size_t count() const { return this->Count; }

  std::size_t find(double ratio) const
  {
    if (!(ratio >= this->Lower && ratio <= this->UpperEnd))
    {
      return this->Count;
    }
    // Rounding may put a ratio beside an edge into the next bin; the edges themselves decide.
    auto bin = static_cast<std::size_t>((ratio - this->Lower) * this->PerDalton);
    bin = std::min(bin, this->Count - 1);
    bin -= ratio < this->edge(bin);
    bin += ratio >= this->edge(bin + 1);
    return bin < this->Count || !this->LastIncludesEnd ? bin : this->Count - 1;
  }

private:
  double edge(std::size_t i) const { return this->Lower + static_cast<double>(i) * this->Width; }

  double Lower;
  double Width;
  double PerDalton;
  double UpperEnd;
  std::size_t Count;
  bool LastIncludesEnd;
};

void requireFinite(const char* name, double value)
{
  if (!std::isfinite(value))
  {
    throw ParameterError(name, shortestNumber(value), "a finite number of Da");
  }
}

void requireCountsOf(const RangeTable& table, const Counts& rangeCounts)
{
  const std::size_t expected = table.ranges().size() + 1;
  if (rangeCounts.size() != expected)
  {
    throw ParameterError("number of range counts", std::to_string(rangeCounts.size()),
      std::to_string(expected) + ", one per range and one for the unranged");
  }
}

} // namespace

float highestMassToCharge(const float* massToCharge, std::size_t count)
{
  constexpr float none = -std::numeric_limits<float>::infinity();
  std::mutex mutex;
  float highest = none;
  parallelFor(count, Grain,
    [&](std::size_t begin, std::size_t end)
    {
      float best = none;
      for (std::size_t i = begin; i < end; ++i)
      {
        const float ratio = massToCharge[i];
        // False for NaN too.
        const bool finite = ratio <= std::numeric_limits<float>::max();
        best = finite && ratio > best ? ratio : best;
      }
      const std::lock_guard<std::mutex> lock(mutex);
      highest = std::max(highest, best);
    });
  return highest == none ? 0.0f : highest;
}

MassSpectrum massSpectrum(const float* massToCharge, std::size_t count,
  const MassSpectrumOptions& options, const Progress& progress)
{
  requireFinite("lower end of the spectrum", options.lower);
  requireFinite("upper end of the spectrum", options.upper);
  if (!(options.binWidth > 0) || !std::isfinite(options.binWidth))
  {
    throw ParameterError("bin width", shortestNumber(options.binWidth), "above 0 Da");
  }
  if (!(options.upper > options.lower))
  {
    throw ParameterError("upper end of the spectrum", shortestNumber(options.upper),
      "above its lower end, " + shortestNumber(options.lower));
  }
  if (!((options.upper - options.lower) / options.binWidth <= MaximumBins))
  {
    throw ParameterError("bin width", shortestNumber(options.binWidth),
      "at least " + shortestNumber((options.upper - options.lower) / MaximumBins) +
        " Da, for 100 million bins");
  }

  const Bins bins(options);
  const std::size_t size = bins.count() + 1; // the last counts those outside
  MassSpectrum spectrum;
  spectrum.lower = options.lower;
  spectrum.binWidth = options.binWidth;
  if (bins.count() <= MaximumBinsPerThread)
  {
    PartialCounts partial(size);
    parallelFor(
      count, Grain,
      [&](std::size_t begin, std::size_t end)
      {
        std::unique_ptr<Counts> counts = partial.take();
        for (std::size_t i = begin; i < end; ++i)
        {
          ++(*counts)[bins.find(massToCharge[i])];
        }
        partial.giveBack(std::move(counts));
      },
      progress);
    spectrum.counts = partial.sum();
  }
  else
  {
    spectrum.counts.resize(size);
    std::uint64_t* const counts = spectrum.counts.data();
    parallelFor(
      count, Grain,
      [&](std::size_t begin, std::size_t end)
      {
        for (std::size_t i = begin; i < end; ++i)
        {
          // std::atomic_ref comes with C++20.
          __atomic_fetch_add(counts + bins.find(massToCharge[i]), 1, __ATOMIC_RELAXED);
        }
      },
      progress);
  }
  spectrum.outside = spectrum.counts.back();
  spectrum.counts.pop_back();
  return spectrum;
}

std::vector<std::uint64_t> countsPerRange(
  const float* massToCharge, std::size_t count, const RangeTable& table, const Progress& progress)
{
  const std::size_t ranges = table.ranges().size();
  PartialCounts partial(ranges + 1);
  parallelFor(
    count, Grain,
    [&](std::size_t begin, std::size_t end)
    {
      std::unique_ptr<Counts> counts = partial.take();
      std::array<std::int16_t, 4096> found;
      for (std::size_t at = begin; at < end; at += found.size())
      {
        const std::size_t size = std::min(found.size(), end - at);
        table.rangesOf(massToCharge + at, size, found.data());
        for (std::size_t i = 0; i < size; ++i)
        {
          ++(*counts)[found[i] == RangeTable::Unranged ? ranges
                                                       : static_cast<std::size_t>(found[i])];
        }
      }
      partial.giveBack(std::move(counts));
    },
    progress);
  return partial.sum();
}

std::vector<CompositionRow> ionicComposition(
  const RangeTable& table, const std::vector<std::uint64_t>& rangeCounts)
{
  requireCountsOf(table, rangeCounts);
  std::vector<CompositionRow> rows;
  for (const IonType& ion : table.ions())
  {
    rows.push_back({ ion.name, 0, 0, 0 });
  }
  std::uint64_t ranged = 0;
  for (std::size_t i = 0; i < table.ranges().size(); ++i)
  {
    rows[static_cast<std::size_t>(table.ionOfRange()[i])].count += rangeCounts[i];
    ranged += rangeCounts[i];
  }
  const auto total = static_cast<double>(ranged);
  for (CompositionRow& row : rows)
  {
    row.fraction = static_cast<double>(row.count) / total;
    row.error = std::sqrt(row.fraction * (1 - row.fraction) / total);
  }
  return rows;
}

std::vector<CompositionRow> elementalComposition(
  const RangeTable& table, const std::vector<std::uint64_t>& rangeCounts)
{
  requireCountsOf(table, rangeCounts);
  std::vector<CompositionRow> rows;
  std::unordered_map<std::string, std::size_t> rowOfElement;
  std::vector<std::uint64_t> atomsOfIon;
  std::uint64_t atoms = 0;
  for (std::size_t i = 0; i < table.ranges().size(); ++i)
  {
    atomsOfIon.push_back(0);
    for (const Constituent& constituent : table.constituentsOfRange()[i])
    {
      const auto row = rowOfElement.emplace(constituent.symbol, rows.size());
      if (row.second)
      {
        rows.push_back({ constituent.symbol, 0, 0, 0 });
      }
      const auto count = static_cast<std::uint64_t>(constituent.count);
      rows[row.first->second].count += count * rangeCounts[i];
      atomsOfIon.back() += count;
    }
    atoms += atomsOfIon.back() * rangeCounts[i];
  }

  const auto total = static_cast<double>(atoms);
  // Σ n (k − c m)² = Σ n c² m² + Σ n ((k − c m)² − c² m²), the second over the ranges that hold the
  // element only: a range file of many ions then costs no ranges × elements.
  double sumOfSquares = 0; // Σ n m²
  for (std::size_t i = 0; i < atomsOfIon.size(); ++i)
  {
    const auto m = static_cast<double>(atomsOfIon[i]);
    sumOfSquares += static_cast<double>(rangeCounts[i]) * m * m;
  }
  std::vector<double> variance;
  for (CompositionRow& row : rows)
  {
    row.fraction = static_cast<double>(row.count) / total;
    variance.push_back(row.fraction * row.fraction * sumOfSquares);
  }
  for (std::size_t i = 0; i < atomsOfIon.size(); ++i)
  {
    for (const Constituent& constituent : table.constituentsOfRange()[i])
    {
      const std::size_t row = rowOfElement.at(constituent.symbol);
      const auto k = static_cast<double>(constituent.count);
      const auto m = static_cast<double>(atomsOfIon[i]);
      variance[row] += static_cast<double>(rangeCounts[i]) * k * (k - 2 * rows[row].fraction * m);
    }
  }
  for (std::size_t i = 0; i < rows.size(); ++i)
  {
    rows[i].error = std::sqrt(std::max(0.0, variance[i])) / total;
  }
  return rows;
}

} // namespace apt
