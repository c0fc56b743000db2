// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Ion.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace apt
{

/** @brief A range of the mass spectrum and the ion that it stands for. */
struct Range
{
  double lower = 0;                      ///< Da, belongs to the range
  double upper = 0;                      ///< Da, belongs to the range
  std::string name;                      ///< as the file gives it; empty: made of constituents
  std::vector<Constituent> constituents; ///< empty where the file does not tell
  double volume = 0;                     ///< nm³ of one ion, 0 where unknown
  std::optional<Color> color;
  std::size_t line = 0; ///< line of the file, from 1; 0 = not from a file
};

/** @brief Equal in all that a file says about them; where they stand in it does not count. */
inline bool operator==(const Range& left, const Range& right)
{
  return left.lower == right.lower && left.upper == right.upper && left.name == right.name &&
    left.constituents == right.constituents && left.volume == right.volume &&
    left.color == right.color;
}

/** @brief What a range file holds. */
struct RangeFile
{
  std::vector<Range> ranges;         ///< in the order of the file, without exact repeats
  std::vector<std::string> warnings; ///< one sentence each: what was odd and what was made of it
};

/**
 * @brief Reads a range file: .rrng (IVAS, AP Suite), .rng (ORNL, also the double form with its
 * polyatomic extension), .env (GPM Rouen), whatever its extension says.
 *
 * Lenient with what is seen in real files (decimal commas, mixed line ends, missing section
 * headers, wrong counts, ions that exist only as a name, …; docs/formats.md has the list); each
 * thing that was guessed or passed over is a warning, and the same thing on many lines is one.
 *
 * What is made of the formats' own ways: an .rng column is taken apart where its name is a formula
 * (AlH: Al 1, H 1) and names the ion where it stands alone; of a double .rng file, a range that
 * the extension repeats is one range with the extension's name and colour and the first part's
 * constituents. An .env volume is in Å³ (10⁻³ nm³) and is converted to nm³; its ions keep their
 * names, with constituents where the name is a formula.
 * @throws FileError where the file cannot be opened or holds not one range
 */
RangeFile readRangeFile(const std::string& path);

/** @brief The same from text; path is for the messages, and its extension settles a tie. */
RangeFile parseRangeFile(const std::string& text, const std::string& path);

/** @brief The fewest digits that read back as the same number, in every locale. */
std::string shortestNumber(double value);

/**
 * @brief One range as .rrng writes it, without the key: "26.8 27.2 Vol:0.01661 Al:1 Color:33FFFF".
 *
 * Reading it back with parseRangeRow gives an equal range: numbers are written in full, in the
 * fewest digits. Names that the plain form cannot hold (with a space or colon, say) are quoted;
 * control characters become spaces.
 */
std::string formatRangeRow(const Range& range);

/**
 * @brief Reads one such row, as leniently as a line of a .rrng file ("Range1=" may stand before).
 * @throws ParameterError where it is none, or part of it was not understood
 */
Range parseRangeRow(const std::string& row);

/**
 * @brief Writes a .rrng file that AP Suite reads; readRangeFile gives equal ranges back.
 * @throws FileError
 */
void writeRrng(const std::string& path, const std::vector<Range>& ranges);

} // namespace apt
