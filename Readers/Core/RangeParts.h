// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "RangeFile.h"
#include "RangeNotes.h"
#include "RangeText.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

// Internal to this room, for the readers of range files.
namespace apt::detail
{

/** @brief Constituents are counted in ints; the bound keeps every sum of them far from overflow. */
constexpr int MaximumCount = 1000000;

/** @brief Sets the bounds, mending what can be; false (and said so) where they bound nothing. */
bool setBounds(Range& range, double lower, double upper, RangeNotes& notes);

/** @brief Finite and not negative. */
bool isVolume(double value);

/** @brief Adds count of that symbol, to those there where it is one of the constituents. */
void addConstituent(std::vector<Constituent>& constituents, const std::string& symbol, int count);

/** @brief A number of atoms, rounded; none (and said so) where it is not one. */
int parseCount(
  const std::string& word, const std::string& symbol, std::size_t line, RangeNotes& notes);

/** @brief The two counts that an .rng or .env file begins with. */
struct AnnouncedCounts
{
  std::size_t ions = 0; ///< of an .env file, those that have a colour
  std::size_t ranges = 0;
  std::size_t line = 0; ///< where they stand
};

/** @brief The counts where the line is two numbers and nothing else. */
std::optional<AnnouncedCounts> parseAnnouncedCounts(const Line& line);

/** @brief Says so where there are not as many rows as announced. */
void compareRangeCount(
  const std::optional<AnnouncedCounts>& announced, std::size_t rows, RangeNotes& notes);

} // namespace apt::detail
