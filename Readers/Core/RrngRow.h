// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "RangeFile.h"
#include "RangeNotes.h"

#include <cstddef>
#include <optional>
#include <string>

// Internal to this room, for the readers of range files. RrngRow.cpp also has the public
// formatRangeRow of RangeFile.h.
namespace apt::detail
{

/** @brief What follows "Range1=", or nothing (and said why) where it is no range. */
std::optional<Range> parseRrngRow(const std::string& row, std::size_t line, RangeNotes& notes);

} // namespace apt::detail
