// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "RangeColor.h"

#include "RangeText.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace apt::detail
{

namespace
{

Color colorFromHex(const std::string& sixDigits)
{
  std::uint32_t value = 0;
  std::from_chars(sixDigits.data(), sixDigits.data() + sixDigits.size(), value, 16);
  return { static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 8),
    static_cast<std::uint8_t>(value) };
}

} // namespace

bool isHex(const std::string& text)
{
  return !text.empty() && text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

std::optional<Color> parseColor(const std::string& word, std::size_t line, RangeNotes& notes)
{
  std::string digits = word;
  const bool hash = startsWith(digits, "#");
  if (hash)
  {
    digits.erase(0, 1);
  }
  else if (startsWith(digits, "0x") || startsWith(digits, "0X"))
  {
    digits.erase(0, 2);
  }
  if (isHex(digits))
  {
    if (digits.size() == 6)
    {
      return colorFromHex(digits);
    }
    if (digits.size() == 3 && hash)
    {
      return colorFromHex({ digits[0], digits[0], digits[1], digits[1], digits[2], digits[2] });
    }
    if (digits.size() < 6)
    {
      const std::string filled = std::string(6 - digits.size(), '0') + digits;
      notes.guessed("short colour", line,
        "the colour " + quoted(word) + " has fewer than six digits and was taken for " + filled);
      return colorFromHex(filled);
    }
    if (digits.size() == 8)
    {
      // With opacity: before the colour as .NET writes it, or after it as the web does.
      const bool opacityLast =
        lowerCase(digits.substr(6)) == "ff" && lowerCase(digits.substr(0, 2)) != "ff";
      const std::string six = opacityLast ? digits.substr(0, 6) : digits.substr(2);
      notes.guessed("long colour", line,
        "the colour " + quoted(word) + " has eight digits; " + six + " was used, without opacity");
      return colorFromHex(six);
    }
  }
  std::array<int, 3> parts{};
  const char* at = word.data();
  const char* const end = word.data() + word.size();
  std::size_t read = 0;
  for (; read < 3; ++read)
  {
    const auto [next, error] = std::from_chars(at, end, parts[read]);
    if (error != std::errc() || parts[read] < 0 || parts[read] > 255 ||
      (read < 2 && (next == end || *next != ',')))
    {
      break;
    }
    at = next + (read < 2 ? 1 : 0);
  }
  if (read == 3 && at == end)
  {
    notes.guessed("decimal colour", line,
      "the colour " + quoted(word) + " was read as red, green and blue from 0 to 255");
    return Color{ static_cast<std::uint8_t>(parts[0]), static_cast<std::uint8_t>(parts[1]),
      static_cast<std::uint8_t>(parts[2]) };
  }
  notes.passedOver("colour", line, quoted(word) + " is not a colour and was passed over");
  return {};
}

std::string hexText(const Color& color)
{
  constexpr const char* digits = "0123456789ABCDEF";
  std::string text;
  for (const std::uint8_t part : { color.red, color.green, color.blue })
  {
    text += digits[part / 16];
    text += digits[part % 16];
  }
  return text;
}

void ColorScale::see(const RawColor& raw)
{
  for (const double part : raw)
  {
    this->Factor = part > 1 ? 1 : this->Factor;
  }
}

Color ColorScale::color(const RawColor& raw) const
{
  const auto part = [&](double value)
  {
    // Written so that NaN becomes 0.
    const double scaled = value > 0 ? value * this->Factor : 0.0;
    return static_cast<std::uint8_t>(std::lround(std::min(255.0, scaled)));
  };
  return { part(raw[0]), part(raw[1]), part(raw[2]) };
}

} // namespace apt::detail
