// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "RangeFile.h"

#include "EnvFile.h"
#include "Error.h"
#include "InputFile.h"
#include "RngFile.h"
#include "RrngFile.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace apt
{

using namespace detail;

namespace
{

/** One of the three formats, and how much a file looks like it. */
struct Format
{
  const char* extension;
  std::size_t rows; ///< lines that are ranges in this format
  std::vector<Range> (*parse)(const std::vector<Line>& lines, RangeNotes& notes);
};

/** The likeliest first; of two that are as likely, the one that the file's extension names. */
std::vector<Format> formatsByLikelihood(const std::vector<Line>& lines, const std::string& path)
{
  std::vector<Format> formats = { { "rrng", countRrngRows(lines), parseRrng },
    { "rng", countRngRows(lines), parseRng }, { "env", countEnvRows(lines), parseEnv } };
  const std::string extension = lowerCaseExtension(path);
  std::stable_sort(formats.begin(), formats.end(),
    [&](const Format& left, const Format& right)
    {
      return std::make_tuple(left.rows, left.extension == extension) >
        std::make_tuple(right.rows, right.extension == extension);
    });
  return formats;
}

void dropRepeats(std::vector<Range>& ranges)
{
  const auto less = [](const Range* left, const Range* right)
  {
    const auto key = [](const Range& range)
    { return std::tie(range.lower, range.upper, range.name, range.volume); };
    if (key(*left) != key(*right))
    {
      return key(*left) < key(*right);
    }
    const auto colorKey = [](const Range& range)
    {
      const Color color = range.color.value_or(Color{});
      return std::make_tuple(range.color.has_value(), color.red, color.green, color.blue);
    };
    if (colorKey(*left) != colorKey(*right))
    {
      return colorKey(*left) < colorKey(*right);
    }
    return std::lexicographical_compare(left->constituents.begin(), left->constituents.end(),
      right->constituents.begin(), right->constituents.end(),
      [](const Constituent& a, const Constituent& b)
      { return std::tie(a.symbol, a.count) < std::tie(b.symbol, b.count); });
  };
  std::set<const Range*, decltype(less)> seen(less);
  std::vector<bool> keep;
  for (const Range& range : ranges)
  {
    keep.push_back(seen.insert(&range).second);
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < ranges.size(); ++i)
  {
    if (keep[i])
    {
      if (kept != i)
      {
        ranges[kept] = std::move(ranges[i]);
      }
      ++kept;
    }
  }
  ranges.resize(kept);
}

std::string noRangeMessage(const std::vector<Line>& lines, const std::vector<std::string>& warnings)
{
  std::string message = "no range in it; ";
  if (lines.empty())
  {
    message += "it is blank or all comment";
  }
  else
  {
    message += "it has " + counted(lines.size(), "line") + " of text, the first being " +
      quoted(lines.front().text);
  }
  if (!warnings.empty())
  {
    message += " (" + warnings.front() + ")";
  }
  return message +
    "; expected lines such as \"Range1=26.8 27.2 Vol:0.0166 Al:1 Color:33FFFF\" (.rrng), "
    "\". 26.8 27.2 1 0\" below a row of dashes (.rng) or \"Al 26.8 27.2 16.6 1.0\" (.env)";
}

} // namespace

RangeFile readRangeFile(const std::string& path)
{
  return parseRangeFile(readTextFile(path), path);
}

RangeFile parseRangeFile(const std::string& text, const std::string& path)
{
  RangeNotes lineNotes;
  const std::vector<Line> lines = splitLines(text, lineNotes);
  std::vector<std::string> firstWarnings;
  for (const Format& format : formatsByLikelihood(lines, path))
  {
    RangeNotes notes = lineNotes;
    RangeFile file;
    if (!lines.empty())
    {
      file.ranges = format.parse(lines, notes);
    }
    file.warnings = notes.sentences();
    if (!file.ranges.empty())
    {
      dropRepeats(file.ranges);
      return file;
    }
    if (firstWarnings.empty() && format.rows > 0)
    {
      firstWarnings = file.warnings;
    }
  }
  throw FileError(path, noRangeMessage(lines, firstWarnings));
}

} // namespace apt
