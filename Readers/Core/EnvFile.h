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

/** @brief How many lines are ranges as .env has them. */
std::size_t countEnvRows(const std::vector<Line>& lines);

/** @brief The ranges of an .env file (GPM Rouen). */
std::vector<Range> parseEnv(const std::vector<Line>& lines, RangeNotes& notes);

} // namespace apt::detail
