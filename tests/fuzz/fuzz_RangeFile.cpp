// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause

// Any bytes are a range file, or an apt::Error; what was read makes a table that agrees with its
// ranges, and can be written as rows that read back as the same.

#include "Error.h"
#include "RangeTable.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace
{

void require(bool condition, const char* what)
{
  if (!condition)
  {
    std::fprintf(stderr, "violated: %s\n", what);
    std::abort();
  }
}

void checkRows(const apt::RangeFile& file)
{
  std::string text;
  for (const apt::Range& range : file.ranges)
  {
    const std::string row = apt::formatRangeRow(range);
    require(apt::parseRangeRow(row) == range, "a row reads back as the range that it was made of");
    text += "Range1=" + row + "\r\n";
  }
  const apt::RangeFile again = apt::parseRangeFile(text, "again.rrng");
  require(again.ranges == file.ranges, "the rows read back as the same ranges");
  require(again.warnings.empty(), "nothing is odd about rows of our own");
}

void checkTable(const apt::RangeFile& file, const apt::RangeTableOptions& options)
{
  const apt::RangeTable table(file.ranges, options);
  require(table.warnings().size() <= 42, "warnings are folded");
  require(table.ionOfRange().size() == file.ranges.size(), "every range has an ion type");
  std::vector<float> ratios = { 0.0f, 1.0f, 27.0f, -1.0f, 1e9f };
  for (const apt::Range& range : file.ranges)
  {
    ratios.push_back(static_cast<float>(range.lower));
    ratios.push_back(static_cast<float>(range.upper));
    ratios.push_back(static_cast<float>(range.lower / 2 + range.upper / 2));
  }
  std::vector<std::int16_t> ions(ratios.size());
  table.assign(ratios.data(), ratios.size(), ions.data());
  for (std::size_t i = 0; i < ratios.size(); ++i)
  {
    require(ions[i] == table.ionOf(ratios[i]), "the cells agree with the pieces");
    std::int16_t expected = apt::RangeTable::Unranged;
    for (std::size_t j = 0; j < file.ranges.size() && expected < 0; ++j)
    {
      if (static_cast<float>(file.ranges[j].lower) <= ratios[i] &&
        ratios[i] <= static_cast<float>(file.ranges[j].upper))
      {
        expected = table.ionOfRange()[j];
      }
    }
    require(ions[i] == expected, "the first range that holds a ratio has it");
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  try
  {
    apt::parseRangeRow(text);
  }
  catch (const apt::Error&)
  {
  }
  // The extension settles ties only; one of each suffices for one input, and is three times faster.
  const char* const paths[] = { "fuzz.rrng", "fuzz.rng", "fuzz.env" };
  try
  {
    const apt::RangeFile file = apt::parseRangeFile(text, paths[size % 3]);
    require(!file.ranges.empty(), "a file without ranges is an error");
    checkRows(file);
    apt::RangeTableOptions options;
    options.separateHomonuclearIons = size % 2 == 1;
    checkTable(file, options);
  }
  catch (const apt::Error&)
  {
  }
  return 0;
}
