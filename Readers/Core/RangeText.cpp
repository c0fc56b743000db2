// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "RangeText.h"

#include "RangeFile.h"
#include "TextEncoding.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace apt::detail
{

namespace
{

/** No-break spaces come with tables that went through a word processor or a web page. */
std::string withoutNoBreakSpaces(const std::string& text)
{
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at)
  {
    const bool noBreakSpace = text.compare(at, 2, "\xC2\xA0") == 0;
    result += noBreakSpace ? ' ' : text[at];
    at += noBreakSpace ? 1 : 0;
  }
  return result;
}

} // namespace

std::vector<Line> splitLines(std::string text, RangeNotes& notes)
{
  text = decodeUtf16(std::move(text));

  std::vector<Line> lines;
  std::size_t number = 0;
  std::size_t begin = 0;
  while (begin < text.size())
  {
    std::size_t end = std::min(text.find_first_of("\r\n", begin), text.size());
    Line line;
    line.number = ++number;
    line.text = text.substr(begin, end - begin);
    begin = end + (text.compare(end, 2, "\r\n") == 0 ? 2 : 1);

    const bool anyZero = line.text.find('\0') != std::string::npos;
    line.text = trimmed(withoutControlCharacters(std::move(line.text)));
    if (line.text.empty() || line.text[0] == '#' || line.text[0] == ';')
    {
      continue;
    }
    if (anyZero)
    {
      notes.guessed("zero", line.number, "bytes of value 0 were taken for spaces");
    }
    if (!isUtf8(line.text))
    {
      line.text = decodeWindows1252(line.text);
      notes.guessed(
        "encoding", line.number, quoted(line.text) + " was not UTF-8 and was read as Windows-1252");
    }
    line.text = trimmed(withoutNoBreakSpaces(line.text));
    if (!line.text.empty())
    {
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

bool isSpace(char c)
{
  return c == ' ' || c == '\t';
}

std::string trimmed(const std::string& text)
{
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string::npos)
  {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

std::string withoutControlCharacters(std::string text)
{
  for (char& c : text)
  {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F)
    {
      c = ' ';
    }
  }
  return text;
}

std::string lowerCase(std::string text)
{
  for (char& c : text)
  {
    if (c >= 'A' && c <= 'Z')
    {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return text;
}

bool startsWith(const std::string& text, const char* start)
{
  return text.rfind(start, 0) == 0;
}

std::vector<std::string> wordsOf(const std::string& text)
{
  std::vector<std::string> words;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(" \t", at)) != std::string::npos)
  {
    const std::size_t end = std::min(text.find_first_of(" \t", at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

std::optional<double> parseNumber(const std::string& word)
{
  std::string text = word;
  if (!text.empty() && text.back() == ',')
  {
    text.pop_back();
  }
  if (!text.empty() && text[0] == '+')
  {
    text.erase(0, 1);
    if (!text.empty() && text[0] == '-')
    {
      return {};
    }
  }
  const std::size_t comma = text.find(',');
  if (comma != std::string::npos)
  {
    if (text.find(',', comma + 1) != std::string::npos || text.find('.') != std::string::npos)
    {
      return {};
    }
    text[comma] = '.';
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument)
  {
    return {};
  }
  if (error == std::errc::result_out_of_range)
  {
    const bool tiny = text.find("e-") != std::string::npos || text.find("E-") != std::string::npos;
    return tiny ? 0.0 : std::numeric_limits<double>::infinity();
  }
  return value;
}

std::string leadingName(const std::vector<std::string>& words, std::size_t count)
{
  std::string name;
  for (std::size_t i = 0; i + count < words.size(); ++i)
  {
    name += (i > 0 ? " " : "") + words[i];
  }
  return name;
}

} // namespace apt::detail

namespace apt
{

std::string shortestNumber(double value)
{
  // Without an exponent where that stays short: some programs cannot read one.
  const double size = std::fabs(value);
  const bool plain = size == 0 || (size >= 1e-6 && size < 1e9);
  std::array<char, 64> buffer;
  const auto [end, error] = plain
    ? std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed)
    : std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return std::string(buffer.data(), end);
}

} // namespace apt
