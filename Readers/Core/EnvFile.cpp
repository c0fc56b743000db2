// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "EnvFile.h"

#include "RangeColor.h"
#include "RangeParts.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace apt::detail
{

namespace
{

bool looksLikeEnvRow(const std::string& line)
{
  const std::vector<std::string> words = wordsOf(line);
  return words.size() >= 5 && words[0] != "." && !parseNumber(words[0]) &&
    line.find_first_of(":=") == std::string::npos && trailingNumbers<4>(words);
}

} // namespace

std::size_t countEnvRows(const std::vector<Line>& lines)
{
  return static_cast<std::size_t>(std::count_if(
    lines.begin(), lines.end(), [](const Line& line) { return looksLikeEnvRow(line.text); }));
}

std::vector<Range> parseEnv(const std::vector<Line>& lines, RangeNotes& notes)
{
  std::vector<Range> ranges;
  std::optional<AnnouncedCounts> announced;
  std::size_t rows = 0;
  ColorScale scale;
  std::map<std::string, RawColor> colors;

  for (const Line& line : lines)
  {
    if (!announced)
    {
      announced = parseAnnouncedCounts(line);
      if (announced)
      {
        continue;
      }
    }
    const std::vector<std::string> words = wordsOf(line.text);
    const auto four = words.size() >= 5 ? trailingNumbers<4>(words) : std::nullopt;
    const auto three = words.size() == 4 ? trailingNumbers<3>(words) : std::nullopt;
    if (three && rows == 0 && (!announced || colors.size() < announced->ions))
    {
      scale.see(*three);
      colors.emplace(words[0], *three);
      continue;
    }
    if (!four && !three)
    {
      // The version, and after the ranges the instrument's own settings.
      continue;
    }
    if (announced && rows >= announced->ranges && !four)
    {
      continue;
    }

    ++rows;
    Range range;
    range.line = line.number;
    range.name = leadingName(words, four ? 4 : 3);
    range.constituents = parseFormula(range.name);
    const double lower = four ? (*four)[0] : (*three)[0];
    const double upper = four ? (*four)[1] : (*three)[1];
    const double volume = four ? (*four)[2] : (*three)[2];
    if (isVolume(volume))
    {
      // From Å³. Dividing keeps 11.66 Å³ the very number that 0.01166 is.
      range.volume = volume / 1000;
    }
    else
    {
      notes.passedOver("volume", line.number,
        shortestNumber(volume) + " is not a volume; that of the ion is taken for unknown");
    }
    if (setBounds(range, lower, upper, notes))
    {
      ranges.push_back(std::move(range));
    }
  }

  for (Range& range : ranges)
  {
    const auto color = colors.find(range.name);
    if (color != colors.end())
    {
      range.color = scale.color(color->second);
    }
  }
  compareRangeCount(announced, rows, notes);
  return ranges;
}

} // namespace apt::detail
