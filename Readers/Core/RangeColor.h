// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Ion.h"
#include "RangeNotes.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>

// Internal to this room, for the readers of range files.
namespace apt::detail
{

/** @brief True for a text of hexadecimal digits only; an empty one is not. */
bool isHex(const std::string& text);

/** @brief A colour as words write it: 33FFFF, #3FF, 51,255,255, …; none where it is no colour. */
std::optional<Color> parseColor(const std::string& word, std::size_t line, RangeNotes& notes);

/** @brief Six digits: "33FFFF". */
std::string hexText(const Color& color);

/** @brief Red, green and blue as .rng and .env have them, 0 … 1 or 0 … 255. */
using RawColor = std::array<double, 3>;

/** @brief Colours are 0 … 255 where any of the file is above 1, else 0 … 1. */
class ColorScale
{
public:
  /** A colour of the file; all have to be seen before the first is made. */
  void see(const RawColor& raw);

  Color color(const RawColor& raw) const;

private:
  double Factor = 255;
};

} // namespace apt::detail
