// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "RangeNotes.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

// Internal to this room, for the readers of range files.
namespace apt::detail
{

/** @brief A line that holds something: neither blank nor a comment. */
struct Line
{
  std::size_t number = 0; ///< in the file, from 1
  std::string text;       ///< UTF-8, trimmed, without control characters
};

/** @brief The lines that hold something, whatever ends them and whatever they are encoded in. */
std::vector<Line> splitLines(std::string text, RangeNotes& notes);

/** @brief A space or tab. */
bool isSpace(char c);

/** @brief Without the spaces and tabs at both ends. */
std::string trimmed(const std::string& text);

/** @brief Each control character becomes a space. */
std::string withoutControlCharacters(std::string text);

/** @brief A … Z become a … z; other characters stay. */
std::string lowerCase(std::string text);

bool startsWith(const std::string& text, const char* start);

/** @brief What stands between spaces and tabs. */
std::vector<std::string> wordsOf(const std::string& text);

/**
 * @brief A number, with a decimal point or comma; too large ones are infinite.
 *
 * A comma after it (as a list has) is passed over. shortestNumber of RangeFile.h is the way back.
 */
std::optional<double> parseNumber(const std::string& word);

/** @brief The last Count words as numbers, where all are. */
template <std::size_t Count>
std::optional<std::array<double, Count>> trailingNumbers(const std::vector<std::string>& words)
{
  std::array<double, Count> numbers;
  if (words.size() < Count)
  {
    return {};
  }
  for (std::size_t i = 0; i < Count; ++i)
  {
    const auto number = parseNumber(words[words.size() - Count + i]);
    if (!number)
    {
      return {};
    }
    numbers[i] = *number;
  }
  return numbers;
}

/** @brief The words before the last count, as one name. */
std::string leadingName(const std::vector<std::string>& words, std::size_t count);

} // namespace apt::detail
