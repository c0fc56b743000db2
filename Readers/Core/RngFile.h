// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "RangeFile.h"
#include "RangeText.h"

#include <cstddef>
#include <vector>

// Internal to this room, for the readers of range files.
namespace apt::detail
{

/** @brief How many lines are ranges as .rng has them. */
std::size_t countRngRows(const std::vector<Line>& lines);

/** @brief The ranges of an .rng file (ORNL), also of the double form with its extension. */
std::vector<Range> parseRng(const std::vector<Line>& lines, RangeNotes& notes);

} // namespace apt::detail
