// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "RangeTable.h"

#include "Error.h"
#include "ParallelFor.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

namespace apt
{

namespace
{

// 2 × 128 KiB, of which a run uses one: it stays in a core's second-level cache, and the cells of
// the peaks, where the ions are, in its first.
constexpr std::size_t CellCount = 65536;
// The cells reach so far at most, lest one range at the far end of the axis makes all of them wide.
constexpr double LongestAxis = 1024; // Da
constexpr std::size_t MaximumWarnings = 20;

/**
 * Numbers the floats in ascending order: neighbours differ by 1. Both zeros are 0.
 */
std::int64_t keyOf(float value)
{
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  const auto size = static_cast<std::int64_t>(bits & 0x7FFFFFFFu);
  return (bits & 0x80000000u) != 0 ? -size : size;
}

float floatOf(std::int64_t key)
{
  const std::uint32_t bits =
    key < 0 ? 0x80000000u | static_cast<std::uint32_t>(-key) : static_cast<std::uint32_t>(key);
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

using Formula = std::map<std::string, std::int64_t>;

/** Constituents without their order, so that FeO and OFe compare equal. */
Formula unorderedFormula(const std::vector<Constituent>& constituents)
{
  Formula formula;
  for (const Constituent& constituent : constituents)
  {
    formula[constituent.symbol] += constituent.count;
  }
  return formula;
}

std::vector<Constituent> inElements(const Range& range, const std::string& ionName)
{
  std::vector<Constituent> parts;
  const auto add = [&](const std::string& symbol, std::int64_t count)
  {
    const auto same = std::find_if(parts.begin(), parts.end(),
      [&](const Constituent& constituent) { return constituent.symbol == symbol; });
    const std::int64_t sum = count + (same == parts.end() ? 0 : same->count);
    const int bounded = static_cast<int>(std::min<std::int64_t>(sum, 1000000000));
    if (same == parts.end())
    {
      parts.push_back({ symbol, bounded });
    }
    else
    {
      same->count = bounded;
    }
  };

  for (const Constituent& constituent : range.constituents)
  {
    const std::vector<Constituent> elements = findElement(constituent.symbol)
      ? std::vector<Constituent>()
      : parseFormula(constituent.symbol);
    for (const Constituent& element : elements)
    {
      add(element.symbol, static_cast<std::int64_t>(element.count) * constituent.count);
    }
    if (elements.empty())
    {
      add(constituent.symbol, constituent.count);
    }
  }
  if (parts.empty())
  {
    parts = parseFormula(ionName);
  }
  if (parts.empty())
  {
    parts.push_back({ ionName, 1 });
  }
  return parts;
}

std::string boundsText(const Range& range)
{
  return shortestNumber(range.lower) + "-" + shortestNumber(range.upper) + " Da";
}

} // namespace

RangeTable::RangeTable(std::vector<Range> ranges, const RangeTableOptions& options)
  : Ranges(std::move(ranges))
{
  constexpr std::size_t most = std::numeric_limits<std::int16_t>::max();
  if (this->Ranges.size() > most)
  {
    throw ParameterError(
      "number of ranges", std::to_string(this->Ranges.size()), "at most " + std::to_string(most));
  }
  for (const Range& range : this->Ranges)
  {
    for (const double bound : { range.lower, range.upper })
    {
      if (!(std::fabs(bound) <= std::numeric_limits<float>::max()))
      {
        throw ParameterError("bound of a range", shortestNumber(bound), "a finite number of Da");
      }
    }
    // Adding 0 turns −0 into 0.
    this->Lower.push_back(static_cast<float>(std::min(range.lower, range.upper)) + 0.0f);
    this->Upper.push_back(static_cast<float>(std::max(range.lower, range.upper)) + 0.0f);
  }

  this->nameIons(options);
  this->warnOfOverlaps();
  this->cutIntoPieces();
  this->fillCells();
}

void RangeTable::nameIons(const RangeTableOptions& options)
{
  std::unordered_map<std::string, std::int16_t> ionOfName;
  std::map<Formula, std::int16_t> ionOfFormula;
  std::vector<bool> hasColor;
  std::size_t unnamed = 0;

  for (std::size_t i = 0; i < this->Ranges.size(); ++i)
  {
    const Range& range = this->Ranges[i];
    std::vector<Constituent> constituents = range.constituents;
    if (!options.separateHomonuclearIons && constituents.size() == 1)
    {
      constituents[0].count = 1;
    }
    std::string name = range.name.empty() ? formulaOf(constituents) : range.name;
    if (name.empty())
    {
      name = boundsText(range);
      if (++unnamed <= MaximumWarnings)
      {
        this->Warnings.push_back("the range " + name +
          (range.line > 0 ? " (line " + std::to_string(range.line) + ")" : std::string()) +
          " does not say which ion it stands for; the ion is called \"" + name + '"');
      }
    }

    // Only a name that is the formula of the constituents may stand for another spelling of it.
    const Formula formula = unorderedFormula(constituents);
    const bool spellsFormula = !formula.empty() &&
      (range.name.empty() || unorderedFormula(parseFormula(range.name)) == formula);

    std::int16_t ion = Unranged;
    const auto sameName = ionOfName.find(name);
    if (sameName != ionOfName.end())
    {
      ion = sameName->second;
    }
    else if (range.name.empty() && ionOfFormula.count(formula) != 0)
    {
      ion = ionOfFormula[formula];
    }
    else
    {
      ion = static_cast<std::int16_t>(this->Ions.size());
      this->Ions.push_back({ name, defaultColor(this->Ions.size()) });
      hasColor.push_back(false);
      ionOfName.emplace(name, ion);
    }
    if (spellsFormula)
    {
      ionOfFormula.emplace(formula, ion);
    }

    const auto ionIndex = static_cast<std::size_t>(ion);
    if (range.color && !hasColor[ionIndex])
    {
      this->Ions[ionIndex].color = *range.color;
      hasColor[ionIndex] = true;
    }
    this->IonOfRange.push_back(ion);
    this->ConstituentsOfRange.push_back(inElements(range, name));
  }
  if (unnamed > MaximumWarnings)
  {
    this->Warnings.push_back(std::to_string(unnamed - MaximumWarnings) +
      " more ranges do not say which ion they stand for and name it by their bounds");
  }
}

void RangeTable::warnOfOverlaps()
{
  // One of each set of ranges with the same bounds and ion, the first of the file.
  std::vector<std::size_t> order;
  std::set<std::tuple<float, float, std::int16_t>> seen;
  for (std::size_t i = 0; i < this->Ranges.size(); ++i)
  {
    if (seen.emplace(this->Lower[i], this->Upper[i], this->IonOfRange[i]).second)
    {
      order.push_back(i);
    }
  }
  std::stable_sort(order.begin(), order.end(),
    [&](std::size_t left, std::size_t right)
    {
      return std::tie(this->Lower[left], this->Upper[left]) <
        std::tie(this->Lower[right], this->Upper[right]);
    });

  const auto described = [&](std::size_t i)
  {
    const Range& range = this->Ranges[i];
    return this->Ions[static_cast<std::size_t>(this->IonOfRange[i])].name + ' ' +
      boundsText(range) +
      (range.line > 0 ? " (line " + std::to_string(range.line) + ")"
                      : " (range " + std::to_string(i + 1) + ")");
  };

  std::size_t overlaps = 0;
  for (std::size_t i = 0; i < order.size(); ++i)
  {
    // In this order, i overlaps all that follow it up to the first that begins at or above its
    // upper bound. They are counted by a search, as there may be half a billion.
    const float upper = this->Upper[order[i]];
    const auto after = std::partition_point(order.begin() + static_cast<std::ptrdiff_t>(i) + 1,
      order.end(), [&](std::size_t other) { return this->Lower[other] < upper; });
    const auto count = static_cast<std::size_t>(after - order.begin()) - (i + 1);
    for (std::size_t j = i + 1; j <= i + count && overlaps + (j - i) <= MaximumWarnings; ++j)
    {
      const std::size_t first = std::min(order[i], order[j]);
      const std::size_t second = std::max(order[i], order[j]);
      const std::int16_t winner = this->IonOfRange[first];
      this->Warnings.push_back(described(first) + " and " + described(second) + " overlap; " +
        (winner == this->IonOfRange[second]
            ? "both stand for the same ion"
            : "ions in both count as " + this->Ions[static_cast<std::size_t>(winner)].name +
              ", which comes first in the file"));
    }
    overlaps += count;
  }
  if (overlaps > MaximumWarnings)
  {
    this->Warnings.push_back(std::to_string(overlaps - MaximumWarnings) +
      " more pairs of ranges overlap; ions in both count as the one that comes first in the file");
  }
}

void RangeTable::cutIntoPieces()
{
  // Sweep along the axis in steps of neighbouring floats, so that closed intervals become
  // half-open ones; where several ranges are open, the lowest index, the earliest, has the piece.
  struct End
  {
    std::int64_t key;
    std::int16_t range;
    bool opens;
  };
  std::vector<End> ends;
  for (std::size_t i = 0; i < this->Ranges.size(); ++i)
  {
    ends.push_back({ keyOf(this->Lower[i]), static_cast<std::int16_t>(i), true });
    ends.push_back({ keyOf(this->Upper[i]) + 1, static_cast<std::int16_t>(i), false });
  }
  std::sort(ends.begin(), ends.end(),
    [](const End& left, const End& right) { return left.key < right.key; });

  std::set<std::int16_t> open;
  for (std::size_t i = 0; i < ends.size();)
  {
    const std::int64_t begin = ends[i].key;
    for (; i < ends.size() && ends[i].key == begin; ++i)
    {
      if (ends[i].opens)
      {
        open.insert(ends[i].range);
      }
      else
      {
        open.erase(ends[i].range);
      }
    }
    if (open.empty())
    {
      continue;
    }
    const std::int16_t range = *open.begin();
    const std::int64_t last = ends[i].key - 1; // an open range has its end still to come
    if (!this->PieceRange.empty() && this->PieceRange.back() == range &&
      keyOf(this->PieceUpper.back()) + 1 == begin)
    {
      this->PieceUpper.back() = floatOf(last);
    }
    else
    {
      this->PieceLower.push_back(floatOf(begin));
      this->PieceUpper.push_back(floatOf(last));
      this->PieceRange.push_back(range);
    }
  }
}

void RangeTable::fillCells()
{
  if (this->PieceRange.empty())
  {
    return;
  }
  double lowest = this->PieceLower.front();
  double highest = this->PieceUpper.back();
  if (highest - lowest > LongestAxis)
  {
    lowest = std::max(lowest, std::min(0.0, highest - LongestAxis));
    highest = lowest + LongestAxis;
  }
  // A little more on both sides keeps the bounds themselves out of the outermost cells, which can
  // then stand for all that is below or above.
  const double length = std::max(1.0, 1.001 * (highest - lowest));
  const double margin = (length - (highest - lowest)) / 2;
  this->CellOrigin = static_cast<float>(lowest - margin);
  this->CellsPerDalton = static_cast<float>(CellCount / length);

  this->CellRange.assign(CellCount, Unranged);
  this->CellIon.assign(CellCount, Unranged);
  for (std::size_t piece = 0; piece < this->PieceRange.size(); ++piece)
  {
    const std::size_t first = this->cellOf(this->PieceLower[piece]);
    const std::size_t last = this->cellOf(this->PieceUpper[piece]);
    for (const std::size_t cell : { first, last })
    {
      this->CellRange[cell] = Mixed;
      this->CellIon[cell] = Mixed;
    }
    if (last > first + 1)
    {
      const std::int16_t range = this->PieceRange[piece];
      const std::size_t inside = last - first - 1;
      std::fill_n(&this->CellRange[first + 1], inside, range);
      std::fill_n(
        &this->CellIon[first + 1], inside, this->IonOfRange[static_cast<std::size_t>(range)]);
    }
  }
}

inline std::size_t RangeTable::cellOf(float massToCharge) const
{
  // The comparisons are written so that NaN lands in cell 0.
  float cell = (massToCharge - this->CellOrigin) * this->CellsPerDalton;
  cell = cell > 0.0f ? cell : 0.0f;
  cell = cell < static_cast<float>(CellCount - 1) ? cell : static_cast<float>(CellCount - 1);
  return static_cast<std::size_t>(static_cast<std::int32_t>(cell));
}

std::int16_t RangeTable::rangeByPieces(float massToCharge) const
{
  const auto upper =
    std::lower_bound(this->PieceUpper.begin(), this->PieceUpper.end(), massToCharge);
  if (upper == this->PieceUpper.end())
  {
    return Unranged;
  }
  // NaN is below nothing and above nothing: it finds the first piece, and is not in it.
  const auto piece = static_cast<std::size_t>(upper - this->PieceUpper.begin());
  return this->PieceLower[piece] <= massToCharge ? this->PieceRange[piece] : Unranged;
}

std::int16_t RangeTable::rangeOf(float massToCharge) const
{
  return this->rangeByPieces(massToCharge);
}

std::int16_t RangeTable::ionOf(float massToCharge) const
{
  const std::int16_t range = this->rangeByPieces(massToCharge);
  return range == Unranged ? Unranged : this->IonOfRange[static_cast<std::size_t>(range)];
}

template <bool WantIon>
void RangeTable::lookUp(const float* massToCharge, std::size_t count, std::int16_t* results) const
{
  if (this->PieceRange.empty())
  {
    std::fill(results, results + count, Unranged);
    return;
  }
  // In blocks, so that each of the three loops is simple enough for the compiler: the first
  // becomes vector instructions, the second has no branch to mispredict.
  constexpr std::size_t blockSize = 1024;
  std::array<std::int32_t, blockSize> cells;
  std::array<std::uint16_t, blockSize> mixed;
  const std::int16_t* const table = WantIon ? this->CellIon.data() : this->CellRange.data();
  const float origin = this->CellOrigin;
  const float cellsPerDalton = this->CellsPerDalton;
  constexpr auto lastCell = static_cast<float>(CellCount - 1);

  for (std::size_t begin = 0; begin < count; begin += blockSize)
  {
    const std::size_t size = std::min(blockSize, count - begin);
    const float* const masses = massToCharge + begin;
    std::int16_t* const block = results + begin;
    for (std::size_t i = 0; i < size; ++i)
    {
      // As cellOf, to the letter.
      float cell = (masses[i] - origin) * cellsPerDalton;
      cell = cell > 0.0f ? cell : 0.0f;
      cell = cell < lastCell ? cell : lastCell;
      cells[i] = static_cast<std::int32_t>(cell);
    }
    std::size_t mixedCount = 0;
    for (std::size_t i = 0; i < size; ++i)
    {
      const std::int16_t found = table[cells[i]];
      block[i] = found;
      mixed[mixedCount] = static_cast<std::uint16_t>(i);
      mixedCount += found == Mixed;
    }
    for (std::size_t i = 0; i < mixedCount; ++i)
    {
      const float mass = masses[mixed[i]];
      block[mixed[i]] = WantIon ? this->ionOf(mass) : this->rangeOf(mass);
    }
  }
}

void RangeTable::assign(
  const float* massToCharge, std::size_t count, std::int16_t* ions, const Progress& progress) const
{
  constexpr std::size_t grain = 1 << 17;
  parallelFor(
    count, grain,
    [&](std::size_t begin, std::size_t end)
    { this->lookUp<true>(massToCharge + begin, end - begin, ions + begin); },
    progress);
}

void RangeTable::rangesOf(const float* massToCharge, std::size_t count, std::int16_t* ranges) const
{
  this->lookUp<false>(massToCharge, count, ranges);
}

} // namespace apt
