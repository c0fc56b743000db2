// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "RangeFile.h"
#include "RangeText.h"

#include <cstddef>
#include <vector>

// Internal to this room, for the readers of range files. RrngFile.cpp also has the public
// parseRangeRow and writeRrng of RangeFile.h.
namespace apt::detail
{

/** @brief How many lines are ranges as .rrng has them. */
std::size_t countRrngRows(const std::vector<Line>& lines);

/** @brief The ranges of a .rrng file (IVAS, AP Suite). */
std::vector<Range> parseRrng(const std::vector<Line>& lines, RangeNotes& notes);

} // namespace apt::detail
