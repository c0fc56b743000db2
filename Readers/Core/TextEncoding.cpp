// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "TextEncoding.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace apt::detail
{

void appendUtf8(std::string& text, std::uint32_t code)
{
  const auto append = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80)
  {
    append(code);
  }
  else if (code < 0x800)
  {
    append(0xC0 | (code >> 6));
    append(0x80 | (code & 0x3F));
  }
  else if (code < 0x10000)
  {
    append(0xE0 | (code >> 12));
    append(0x80 | ((code >> 6) & 0x3F));
    append(0x80 | (code & 0x3F));
  }
  else
  {
    append(0xF0 | (code >> 18));
    append(0x80 | ((code >> 12) & 0x3F));
    append(0x80 | ((code >> 6) & 0x3F));
    append(0x80 | (code & 0x3F));
  }
}

namespace
{

enum class Utf16
{
  No,
  LittleEndian,
  BigEndian
};

Utf16 utf16Of(const std::string& bytes)
{
  if (bytes.size() < 2)
  {
    return Utf16::No;
  }
  if (bytes.compare(0, 2, "\xFF\xFE") == 0)
  {
    return Utf16::LittleEndian;
  }
  if (bytes.compare(0, 2, "\xFE\xFF") == 0)
  {
    return Utf16::BigEndian;
  }
  const std::size_t units = std::min<std::size_t>(bytes.size(), 512) / 2;
  std::array<std::size_t, 2> zeros{};
  for (std::size_t i = 0; i < 2 * units; ++i)
  {
    zeros[i % 2] += bytes[i] == '\0';
  }
  const std::size_t most = units - units / 8;
  if (zeros[0] == 0 && zeros[1] >= most)
  {
    return Utf16::LittleEndian;
  }
  return zeros[1] == 0 && zeros[0] >= most ? Utf16::BigEndian : Utf16::No;
}

std::string fromUtf16(const std::string& bytes, Utf16 order)
{
  const auto unit = [&](std::size_t at)
  {
    const auto first = static_cast<unsigned char>(bytes[at]);
    const auto second = static_cast<unsigned char>(bytes[at + 1]);
    return static_cast<std::uint32_t>(
      order == Utf16::LittleEndian ? first | (second << 8) : (first << 8) | second);
  };
  std::string text;
  for (std::size_t at = 0; at + 1 < bytes.size(); at += 2)
  {
    std::uint32_t code = unit(at);
    const bool high = code >= 0xD800 && code < 0xDC00;
    if (high && at + 3 < bytes.size() && unit(at + 2) >= 0xDC00 && unit(at + 2) < 0xE000)
    {
      code = 0x10000 + ((code - 0xD800) << 10) + (unit(at + 2) - 0xDC00);
      at += 2;
    }
    else if (code >= 0xD800 && code < 0xE000)
    {
      code = 0xFFFD;
    }
    appendUtf8(text, code);
  }
  return text;
}

} // namespace

std::string decodeUtf16(std::string bytes)
{
  const Utf16 order = utf16Of(bytes);
  if (order != Utf16::No)
  {
    bytes = fromUtf16(bytes, order);
  }
  constexpr const char* byteOrderMark = "\xEF\xBB\xBF";
  if (bytes.compare(0, 3, byteOrderMark) == 0)
  {
    bytes.erase(0, 3);
  }
  return bytes;
}

bool isUtf8(const std::string& text)
{
  std::size_t at = 0;
  while (at < text.size())
  {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < 0x80)
    {
      ++at;
      continue;
    }
    const std::size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if (lead < 0xC2 || lead > 0xF4 || text.size() - at <= more)
    {
      return false;
    }
    std::uint32_t code = lead & (0x3Fu >> more);
    for (std::size_t i = 1; i <= more; ++i)
    {
      const auto byte = static_cast<unsigned char>(text[at + i]);
      if ((byte & 0xC0) != 0x80)
      {
        return false;
      }
      code = (code << 6) | (byte & 0x3F);
    }
    const bool overlong = (more == 2 && code < 0x800) || (more == 3 && code < 0x10000);
    const bool surrogate = code >= 0xD800 && code < 0xE000;
    if (overlong || surrogate || code > 0x10FFFF)
    {
      return false;
    }
    at += more + 1;
  }
  return true;
}

std::string decodeWindows1252(const std::string& bytes)
{
  // 0x80 … 0x9F; the five that are not assigned become U+FFFD.
  static constexpr std::uint32_t high[32] = { 0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026,
    0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018,
    0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD,
    0x017E, 0x0178 };
  std::string text;
  for (const char c : bytes)
  {
    const auto byte = static_cast<unsigned char>(c);
    appendUtf8(text, byte >= 0x80 && byte < 0xA0 ? high[byte - 0x80] : byte);
  }
  return text;
}

} // namespace apt::detail
