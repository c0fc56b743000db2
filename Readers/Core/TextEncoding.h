// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

// Internal to this room.
namespace apt::detail
{

/** @brief Appends a code point as UTF-8. */
void appendUtf8(std::string& text, std::uint32_t code);

/**
 * @brief UTF-16 made UTF-8, other bytes as they are; a byte order mark is taken off.
 *
 * UTF-16 is known by its byte order mark, or by every other byte of the start being 0.
 */
std::string decodeUtf16(std::string bytes);

/** @brief True where all of it is well-formed UTF-8. */
bool isUtf8(const std::string& text);

/** @brief Windows-1252 made UTF-8; bytes that it does not assign become U+FFFD. */
std::string decodeWindows1252(const std::string& bytes);

} // namespace apt::detail
