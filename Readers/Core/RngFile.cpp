// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "RngFile.h"

#include "RangeColor.h"
#include "RangeParts.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace apt::detail
{

namespace
{

bool isDashed(const std::string& line)
{
  return startsWith(line, "--");
}

/** A row as .rng has it: numbers, after a "." or, below the dashes, some other word or none. */
bool looksLikeRngRow(const std::string& line, bool belowDashes)
{
  const std::vector<std::string> words = wordsOf(line);
  if (words.size() < 3 || !(belowDashes || words[0] == "."))
  {
    return false;
  }
  return std::all_of(words.begin() + 1, words.end(),
    [](const std::string& word) { return parseNumber(word).has_value(); });
}

/** A column of an .rng file. */
struct Column
{
  std::string name;
  std::optional<RawColor> color;
};

struct RngRow
{
  Range range;
  std::optional<RawColor> color;
  /** The name of the one column that the row counts once; empty where there are more. */
  std::string columnName;
};

std::vector<Column> columnsOf(const std::vector<Column>& described,
  const std::vector<std::string>& header, std::size_t headerLine,
  const std::optional<AnnouncedCounts>& announced, RangeNotes& notes)
{
  std::vector<Column> columns = described;
  if (columns.empty() ||
    (columns.size() != header.size() && announced && announced->ions == header.size()))
  {
    // The rows of names are missing or damaged.
    columns.clear();
    for (const std::string& name : header)
    {
      const auto same = std::find_if(described.begin(), described.end(),
        [&](const Column& column) { return column.name == name; });
      columns.push_back(same == described.end() ? Column{ name, {} } : *same);
    }
    notes.guessed("header names", headerLine,
      "the ions were named by the dashed line, as " + counted(header.size(), "name") +
        " there and " + counted(described.size(), "row") + " of name and colour disagree");
    return columns;
  }
  if (announced && announced->ions != columns.size())
  {
    notes.guessed("ion count", headerLine,
      "the file says that it has " + counted(announced->ions, "ion") + ", but it names " +
        std::to_string(columns.size()));
  }
  if (header.size() == columns.size())
  {
    for (std::size_t i = 0; i < columns.size(); ++i)
    {
      if (columns[i].name != header[i])
      {
        notes.guessed("header spelling", headerLine,
          "column " + std::to_string(i + 1) + " is " + quoted(header[i]) +
            " in the dashed line and " + quoted(columns[i].name) +
            " above it; columns were taken in the order of the names above");
        break;
      }
    }
  }
  else if (!header.empty())
  {
    notes.guessed("header size", headerLine,
      "the dashed line names " + counted(header.size(), "column") + ", but " +
        std::to_string(columns.size()) + " ions stand above it; columns were taken in their order");
  }
  return columns;
}

std::optional<RngRow> parseRngRow(
  const Line& line, const std::vector<Column>& columns, RangeNotes& notes)
{
  std::vector<std::string> words = wordsOf(line.text);
  if (words[0] == "." || words.size() == columns.size() + 3)
  {
    words.erase(words.begin());
  }
  const auto lower = words.size() < 2 ? std::nullopt : parseNumber(words[0]);
  const auto upper = words.size() < 2 ? std::nullopt : parseNumber(words[1]);
  if (!lower || !upper)
  {
    notes.passedOver(
      "line", line.number, quoted(line.text) + " was not understood and passed over");
    return {};
  }

  RngRow row;
  row.range.line = line.number;
  std::vector<std::string> counts(words.begin() + 2, words.end());
  if (counts.size() < columns.size())
  {
    notes.guessed("short row", line.number,
      "the row has " + counted(counts.size(), "count") + " for " +
        counted(columns.size(), "column") + "; the missing ones were taken for 0");
  }
  else if (counts.size() > columns.size())
  {
    notes.passedOver("long row", line.number,
      "the row has " + counted(counts.size(), "count") + " for " +
        counted(columns.size(), "column") + "; those beyond were passed over");
    counts.resize(columns.size());
  }

  std::size_t species = 0;
  for (std::size_t i = 0; i < counts.size(); ++i)
  {
    const Column& column = columns[i];
    const int count = parseCount(counts[i], column.name, line.number, notes);
    if (count == 0)
    {
      continue;
    }
    ++species;
    row.columnName = species == 1 && count == 1 ? column.name : std::string();
    row.color = species == 1 ? column.color : std::nullopt;
    const std::vector<Constituent> parts =
      findElement(column.name) ? std::vector<Constituent>() : parseFormula(column.name);
    for (const Constituent& part : parts)
    {
      addConstituent(row.range.constituents, part.symbol,
        static_cast<int>(
          std::min<std::int64_t>(MaximumCount, static_cast<std::int64_t>(part.count) * count)));
    }
    if (parts.empty())
    {
      addConstituent(row.range.constituents, column.name, count);
    }
    else if (!row.columnName.empty())
    {
      row.range.name = column.name;
    }
  }
  if (species != 1)
  {
    row.range.name.clear();
  }
  if (species == 0)
  {
    notes.passedOver("no ion", line.number,
      "the row counts no ion in the range from " + shortestNumber(*lower) + " to " +
        shortestNumber(*upper) + " and was passed over");
    return {};
  }
  if (!setBounds(row.range, *lower, *upper, notes))
  {
    return {};
  }
  return row;
}

/** The first or only part of an .rng file, or its polyatomic extension. */
std::vector<RngRow> parseRngPart(
  const Line* begin, const Line* end, ColorScale& scale, RangeNotes& notes)
{
  std::optional<AnnouncedCounts> announced;
  std::vector<Column> described;
  std::vector<std::string> header;
  std::size_t headerLine = begin != end ? begin->number : 0;

  const Line* line = begin;
  for (; line != end; ++line)
  {
    if (isDashed(line->text))
    {
      headerLine = line->number;
      header = wordsOf(line->text.substr(std::min(line->text.find_first_not_of('-'), //
        line->text.size())));
      ++line;
      break;
    }
    const std::vector<std::string> words = wordsOf(line->text);
    if (words[0] == "." && looksLikeRngRow(line->text, false))
    {
      break; // the dashed line is missing
    }
    if (!announced && described.empty())
    {
      announced = parseAnnouncedCounts(*line);
      if (announced)
      {
        continue;
      }
    }
    const auto color = words.size() >= 4 ? trailingNumbers<3>(words) : std::nullopt;
    if (color)
    {
      scale.see(*color);
      described.push_back({ leadingName(words, 3), *color });
    }
    // Anything else is a long name, which nothing depends on.
  }

  const std::vector<Column> columns = columnsOf(described, header, headerLine, announced, notes);
  std::vector<RngRow> rows;
  std::size_t rowCount = 0;
  for (; line != end; ++line)
  {
    rowCount += looksLikeRngRow(line->text, true);
    std::optional<RngRow> row = parseRngRow(*line, columns, notes);
    if (row)
    {
      rows.push_back(std::move(*row));
    }
  }
  compareRangeCount(announced, rowCount, notes);
  return rows;
}

} // namespace

std::size_t countRngRows(const std::vector<Line>& lines)
{
  std::size_t rows = 0;
  bool belowDashes = false;
  for (const Line& line : lines)
  {
    rows += looksLikeRngRow(line.text, belowDashes);
    belowDashes |= isDashed(line.text);
  }
  return rows;
}

std::vector<Range> parseRng(const std::vector<Line>& lines, RangeNotes& notes)
{
  const Line* const begin = lines.data();
  const Line* const end = lines.data() + lines.size();
  const Line* const extension = std::find_if(begin, end,
    [](const Line& line) {
      return isDashed(line.text) && lowerCase(line.text).find("polyatomic") != std::string::npos;
    });

  ColorScale scale;
  std::vector<RngRow> rows = parseRngPart(begin, extension, scale, notes);
  std::vector<RngRow> molecules;
  if (extension != end)
  {
    molecules = parseRngPart(extension + 1, end, scale, notes);
  }

  // A range of the extension names the range of the first part that has the same bounds.
  std::map<std::pair<double, double>, std::size_t> rowOfBounds;
  for (std::size_t i = 0; i < rows.size(); ++i)
  {
    rowOfBounds.emplace(std::make_pair(rows[i].range.lower, rows[i].range.upper), i);
  }
  for (RngRow& molecule : molecules)
  {
    if (!molecule.columnName.empty())
    {
      molecule.range.name = molecule.columnName;
    }
    const auto same = rowOfBounds.find(std::make_pair(molecule.range.lower, molecule.range.upper));
    if (same == rowOfBounds.end())
    {
      rows.push_back(std::move(molecule));
      continue;
    }
    RngRow& row = rows[same->second];
    const std::vector<Constituent> named = parseFormula(molecule.range.name);
    if (!named.empty() &&
      !std::is_permutation(
        named.begin(), named.end(), row.range.constituents.begin(), row.range.constituents.end()))
    {
      notes.guessed("molecule", molecule.range.line,
        "the polyatomic extension calls an ion " + quoted(molecule.range.name) + " that is " +
          quoted(formulaOf(row.range.constituents)) + " on line " + std::to_string(row.range.line) +
          "; the name was kept, and the constituents there");
    }
    if (!molecule.range.name.empty())
    {
      row.range.name = molecule.range.name;
    }
    row.color = molecule.color ? molecule.color : row.color;
  }

  std::vector<Range> ranges;
  for (RngRow& row : rows)
  {
    if (row.color)
    {
      row.range.color = scale.color(*row.color);
    }
    ranges.push_back(std::move(row.range));
  }
  return ranges;
}

} // namespace apt::detail
