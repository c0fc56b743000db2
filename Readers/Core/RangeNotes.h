// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <vector>

// Internal to this room, for the readers of range files.
namespace apt::detail
{

/** @brief Collects what is said about a file; the same kind on many lines becomes one sentence. */
class RangeNotes
{
public:
  /** Something was odd, and what it means was guessed. */
  void guessed(const char* kind, std::size_t line, const std::string& sentence);

  /** Something was not understood, and left out. */
  void passedOver(const char* kind, std::size_t line, const std::string& sentence);

  /** What was left out first; empty where nothing was. */
  const std::string& firstPassedOver() const { return this->FirstPassedOver; }

  /** In the order of the lines. */
  std::vector<std::string> sentences() const;

private:
  static constexpr std::size_t Unfolded = 3;

  struct Sentence
  {
    std::size_t line = 0; ///< 0 for a row that stands in no file
    std::string text;
  };

  struct Kind
  {
    std::string name;
    std::size_t count = 0;
    std::size_t lastLine = 0;
    std::vector<Sentence> first; ///< the first few
  };

  void add(const char* name, std::size_t line, const std::string& sentence);

  std::vector<Kind> Kinds;
  std::string FirstPassedOver;
};

/** @brief The text in quotation marks, cut (between characters of UTF-8) where it is long. */
std::string quoted(const std::string& text);

/** @brief "1 range", "2 ranges". */
std::string counted(std::size_t count, const std::string& noun);

} // namespace apt::detail
