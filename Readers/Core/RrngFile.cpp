// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "RrngFile.h"

#include "Error.h"
#include "OutputFile.h"
#include "RrngRow.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace apt
{

using namespace detail;

namespace
{

/** "key = value" of an INI file; the key in lower case without spaces. */
struct Entry
{
  std::string key;
  std::string value;
};

std::optional<Entry> parseEntry(const std::string& line)
{
  const std::size_t equals = line.find('=');
  if (equals == std::string::npos)
  {
    return {};
  }
  Entry entry;
  for (const char c : lowerCase(line.substr(0, equals)))
  {
    if (!isSpace(c))
    {
      entry.key += c;
    }
  }
  entry.value = trimmed(line.substr(equals + 1));
  return entry;
}

bool isNumbered(const std::string& key, const char* stem)
{
  return startsWith(key, stem) &&
    key.find_first_not_of("0123456789_", std::string(stem).size()) == std::string::npos;
}

/** Two numbers and a field. */
bool looksLikeKeylessRow(const std::string& row)
{
  const std::vector<std::string> words = wordsOf(row);
  return words.size() >= 3 && parseNumber(words[0]) && parseNumber(words[1]) &&
    row.find(':') != std::string::npos;
}

/** The row of a range, after its key, which may be missing or another than "Range". */
std::optional<std::string> rangeRowOf(const std::string& line, const std::optional<Entry>& entry)
{
  if (entry && isNumbered(entry->key, "range"))
  {
    return entry->value;
  }
  if (looksLikeKeylessRow(line))
  {
    return line;
  }
  if (entry && looksLikeKeylessRow(entry->value))
  {
    return entry->value;
  }
  return {};
}

} // namespace

std::size_t detail::countRrngRows(const std::vector<Line>& lines)
{
  return static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(),
    [](const Line& line) { return rangeRowOf(line.text, parseEntry(line.text)).has_value(); }));
}

std::vector<Range> detail::parseRrng(const std::vector<Line>& lines, RangeNotes& notes)
{
  std::vector<Range> ranges;
  std::size_t rows = 0;
  // "Number=" counts what follows it: constituents, then ranges, with or without section names.
  double number = 0;
  std::size_t numberLine = 0; // 0 where there is none

  for (const Line& line : lines)
  {
    const auto entry = parseEntry(line.text);
    const auto row = rangeRowOf(line.text, entry);
    if (line.text[0] == '[' || (entry && isNumbered(entry->key, "ion")))
    {
      // Every range names its constituents itself, and some that the list of them lacks.
      if (rows == 0)
      {
        numberLine = 0;
      }
    }
    else if (row)
    {
      ++rows;
      std::optional<Range> range = parseRrngRow(*row, line.number, notes);
      if (range)
      {
        ranges.push_back(std::move(*range));
      }
    }
    else if (entry && entry->key == "number")
    {
      if (rows == 0)
      {
        number = parseNumber(entry->value).value_or(0);
        numberLine = line.number;
      }
    }
    else
    {
      notes.passedOver(
        "line", line.number, quoted(line.text) + " was not understood and passed over");
    }
  }

  if (numberLine > 0 && number != static_cast<double>(rows))
  {
    notes.guessed("number", numberLine,
      "the file says that it has " + shortestNumber(number) + " ranges, but there are " +
        std::to_string(rows));
  }
  return ranges;
}

Range parseRangeRow(const std::string& row)
{
  const std::string text = trimmed(withoutControlCharacters(row));
  const auto entry = parseEntry(text);
  const bool keyed = entry && isNumbered(entry->key, "range");
  RangeNotes notes;
  const std::optional<Range> range = parseRrngRow(keyed ? entry->value : text, 0, notes);
  if (!range || !notes.firstPassedOver().empty())
  {
    throw ParameterError("range", quoted(text) + " (" + notes.firstPassedOver() + ")",
      "two bounds in Da and the ion, such as \"26.8 27.2 Vol:0.0166 Al:1 Color:33FFFF\"");
  }
  return *range;
}

void writeRrng(const std::string& path, const std::vector<Range>& ranges)
{
  std::vector<std::string> symbols;
  std::set<std::string> seen;
  for (const Range& range : ranges)
  {
    for (const Constituent& constituent : range.constituents)
    {
      if (seen.insert(constituent.symbol).second)
      {
        symbols.push_back(withoutControlCharacters(constituent.symbol));
      }
    }
  }

  // Line ends as AP Suite, a Windows program, writes them.
  std::string text = "[Ions]\r\nNumber=" + std::to_string(symbols.size()) + "\r\n";
  for (std::size_t i = 0; i < symbols.size(); ++i)
  {
    text += "Ion" + std::to_string(i + 1) + "=" + symbols[i] + "\r\n";
  }
  text += "[Ranges]\r\nNumber=" + std::to_string(ranges.size()) + "\r\n";
  for (std::size_t i = 0; i < ranges.size(); ++i)
  {
    text += "Range" + std::to_string(i + 1) + "=" + formatRangeRow(ranges[i]) + "\r\n";
  }

  OutputFile file(path);
  file.write(text.data(), text.size());
  file.commit();
}

} // namespace apt
