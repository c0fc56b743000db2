// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "RangeParts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace apt::detail
{

bool setBounds(Range& range, double lower, double upper, RangeNotes& notes)
{
  constexpr double largest = std::numeric_limits<float>::max();
  if (!(std::fabs(lower) <= largest) || !(std::fabs(upper) <= largest))
  {
    notes.passedOver("not finite", range.line,
      "the bounds " + shortestNumber(lower) + " and " + shortestNumber(upper) +
        " are not both finite as float32; the range was passed over");
    return false;
  }
  if (lower == upper)
  {
    notes.passedOver("no width", range.line,
      "the range from " + shortestNumber(lower) + " to " + shortestNumber(upper) +
        " has no width and was passed over");
    return false;
  }
  if (lower > upper)
  {
    notes.guessed("swapped", range.line,
      "the bounds " + shortestNumber(lower) + " and " + shortestNumber(upper) +
        " are the wrong way round and were swapped");
    std::swap(lower, upper);
  }
  range.lower = lower;
  range.upper = upper;
  return true;
}

bool isVolume(double value)
{
  return std::isfinite(value) && value >= 0;
}

void addConstituent(std::vector<Constituent>& constituents, const std::string& symbol, int count)
{
  const auto same = std::find_if(constituents.begin(), constituents.end(),
    [&](const Constituent& constituent) { return constituent.symbol == symbol; });
  if (same == constituents.end())
  {
    constituents.push_back({ symbol, count });
  }
  else
  {
    same->count = std::min(MaximumCount, same->count + count);
  }
}

int parseCount(
  const std::string& word, const std::string& symbol, std::size_t line, RangeNotes& notes)
{
  const auto number = parseNumber(word);
  if (!number || !(*number >= 0) || *number > MaximumCount)
  {
    notes.passedOver("count", line,
      quoted(word) + " is not a number of atoms; " + quoted(symbol) + " was left out of the ion");
    return 0;
  }
  const int count = static_cast<int>(std::lround(*number));
  if (std::fabs(*number - count) > 1e-6)
  {
    notes.guessed("fraction", line,
      shortestNumber(*number) + " atoms of " + quoted(symbol) + " were rounded to " +
        std::to_string(count));
  }
  return count;
}

std::optional<AnnouncedCounts> parseAnnouncedCounts(const Line& line)
{
  const std::vector<std::string> words = wordsOf(line.text);
  const auto counts = words.size() == 2 ? trailingNumbers<2>(words) : std::nullopt;
  if (!counts ||
    !std::all_of(
      counts->begin(), counts->end(), [](double count) { return count >= 0 && count < 1e9; }))
  {
    return {};
  }
  return AnnouncedCounts{ static_cast<std::size_t>((*counts)[0]),
    static_cast<std::size_t>((*counts)[1]), line.number };
}

void compareRangeCount(
  const std::optional<AnnouncedCounts>& announced, std::size_t rows, RangeNotes& notes)
{
  if (announced && announced->ranges != rows)
  {
    notes.guessed("range count", announced->line,
      "the file says that it has " + counted(announced->ranges, "range") + ", but there are " +
        std::to_string(rows));
  }
}

} // namespace apt::detail
