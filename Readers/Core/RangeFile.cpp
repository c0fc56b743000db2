// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "RangeFile.h"

#include "Error.h"
#include "InputFile.h"
#include "OutputFile.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>

namespace apt
{

namespace
{

// ---- What is said about a file ------------------------------------------------------------------

/** Collects warnings; the same kind on many lines becomes one sentence. */
class Notes
{
public:
  /** Something was odd, and what it means was guessed. */
  void guessed(const char* kind, std::size_t line, const std::string& sentence)
  {
    this->add(kind, line, sentence);
  }

  /** Something was not understood, and left out. */
  void passedOver(const char* kind, std::size_t line, const std::string& sentence)
  {
    if (this->FirstPassedOver.empty())
    {
      this->FirstPassedOver = sentence;
    }
    this->add(kind, line, sentence);
  }

  /** What was left out first; empty where nothing was. */
  const std::string& firstPassedOver() const { return this->FirstPassedOver; }

  /** In the order of the lines. */
  std::vector<std::string> sentences() const
  {
    std::vector<Sentence> all;
    for (const Kind& kind : this->Kinds)
    {
      if (kind.count <= kind.first.size())
      {
        all.insert(all.end(), kind.first.begin(), kind.first.end());
        continue;
      }
      all.push_back(kind.first.front());
      all.back().text += " (and likewise in " + std::to_string(kind.count - 1) +
        " more places, the last on line " + std::to_string(kind.lastLine) + ")";
    }
    std::stable_sort(all.begin(), all.end(),
      [](const Sentence& left, const Sentence& right) { return left.line < right.line; });
    std::vector<std::string> texts;
    for (const Sentence& sentence : all)
    {
      texts.push_back(
        (sentence.line > 0 ? "line " + std::to_string(sentence.line) + ": " : std::string()) +
        sentence.text);
    }
    return texts;
  }

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

  void add(const char* name, std::size_t line, const std::string& sentence)
  {
    auto kind = std::find_if(this->Kinds.begin(), this->Kinds.end(),
      [&](const Kind& known) { return known.name == name; });
    if (kind == this->Kinds.end())
    {
      this->Kinds.push_back({ name, 0, 0, {} });
      kind = this->Kinds.end() - 1;
    }
    ++kind->count;
    kind->lastLine = line;
    if (kind->first.size() < Unfolded)
    {
      kind->first.push_back({ line, sentence });
    }
  }

  std::vector<Kind> Kinds;
  std::string FirstPassedOver;
};

/** The text in quotation marks, cut (between characters of UTF-8) where it is long. */
std::string quoted(const std::string& text)
{
  constexpr std::size_t longest = 60;
  if (text.size() <= longest)
  {
    return '"' + text + '"';
  }
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
  {
    --end;
  }
  return '"' + text.substr(0, end) + "…\"";
}

std::string counted(std::size_t count, const std::string& noun)
{
  return std::to_string(count) + ' ' + noun + (count == 1 ? "" : "s");
}

// ---- Bytes to lines -----------------------------------------------------------------------------

struct Line
{
  std::size_t number = 0;
  std::string text; ///< UTF-8, without control characters; neither blank nor a comment
};

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

std::string fromWindows1252(const std::string& bytes)
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

enum class Utf16
{
  No,
  LittleEndian,
  BigEndian
};

/** UTF-16 is known by its byte order mark, or by every other byte of the start being 0. */
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

/** Lines that hold something, trimmed, whatever ends them and whatever they are encoded in. */
std::vector<Line> splitLines(std::string text, Notes& notes)
{
  const Utf16 utf16 = utf16Of(text);
  if (utf16 != Utf16::No)
  {
    text = fromUtf16(text, utf16);
  }
  constexpr const char* byteOrderMark = "\xEF\xBB\xBF";
  if (text.compare(0, 3, byteOrderMark) == 0)
  {
    text.erase(0, 3);
  }

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

    bool anyZero = false;
    for (char& c : line.text)
    {
      const auto byte = static_cast<unsigned char>(c);
      anyZero |= byte == 0;
      if (byte < 0x20 || byte == 0x7F)
      {
        c = ' ';
      }
    }
    line.text = trimmed(line.text);
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
      line.text = fromWindows1252(line.text);
      notes.guessed(
        "encoding", line.number, quoted(line.text) + " was not UTF-8 and was read as Windows-1252");
    }
    line.text = withoutNoBreakSpaces(line.text);
    line.text = trimmed(line.text);
    if (!line.text.empty())
    {
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

// ---- Words and numbers --------------------------------------------------------------------------

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

/**
 * A number, with a decimal point or comma; too large ones are infinite. A comma after it (as a
 * list has) is passed over.
 */
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

/** Two numbers in one word, as a list without spaces has them: "26.8,27.2". */
std::optional<std::pair<double, double>> parsePair(const std::string& word)
{
  const std::size_t comma = word.find(',');
  if (comma == std::string::npos || word.find('.') > comma ||
    word.find('.', comma) == std::string::npos)
  {
    return {};
  }
  const auto first = parseNumber(word.substr(0, comma));
  const auto second = parseNumber(word.substr(comma + 1));
  if (!first || !second)
  {
    return {};
  }
  return std::make_pair(*first, *second);
}

// Constituents are counted in ints; the bound keeps every sum of them far from overflow.
constexpr int MaximumCount = 1000000;

void addConstituent(std::vector<Constituent>& constituents, const std::string& symbol, int count)
{
  const auto same = std::find_if(constituents.begin(), constituents.end(),
    [&](const Constituent& constituent) { return constituent.symbol == symbol; });
  if (same == constituents.end())
  {
    constituents.push_back({ symbol, count });
  }
  else
  {
    same->count = std::min(MaximumCount, same->count + count);
  }
}

/** A number of atoms, rounded; none (and said so) where it is not one. */
int parseCount(const std::string& word, const std::string& symbol, std::size_t line, Notes& notes)
{
  const auto number = parseNumber(word);
  if (!number || !(*number >= 0) || *number > MaximumCount)
  {
    notes.passedOver("count", line,
      quoted(word) + " is not a number of atoms; " + quoted(symbol) + " was left out of the ion");
    return 0;
  }
  const int count = static_cast<int>(std::lround(*number));
  if (std::fabs(*number - count) > 1e-6)
  {
    notes.guessed("fraction", line,
      shortestNumber(*number) + " atoms of " + quoted(symbol) + " were rounded to " +
        std::to_string(count));
  }
  return count;
}

bool isHex(const std::string& text)
{
  return !text.empty() && text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

Color colorFromHex(const std::string& sixDigits)
{
  std::uint32_t value = 0;
  std::from_chars(sixDigits.data(), sixDigits.data() + sixDigits.size(), value, 16);
  return { static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 8),
    static_cast<std::uint8_t>(value) };
}

std::optional<Color> parseColor(const std::string& word, std::size_t line, Notes& notes)
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

/** Sets the bounds, mending what can be; false (and said so) where they bound nothing. */
bool setBounds(Range& range, double lower, double upper, Notes& notes)
{
  constexpr double largest = std::numeric_limits<float>::max();
  if (!(std::fabs(lower) <= largest) || !(std::fabs(upper) <= largest))
  {
    notes.passedOver("not finite", range.line,
      "the bounds " + shortestNumber(lower) + " and " + shortestNumber(upper) +
        " are not both finite as float32; the range was passed over");
    return false;
  }
  if (lower == upper)
  {
    notes.passedOver("no width", range.line,
      "the range from " + shortestNumber(lower) + " to " + shortestNumber(upper) +
        " has no width and was passed over");
    return false;
  }
  if (lower > upper)
  {
    notes.guessed("swapped", range.line,
      "the bounds " + shortestNumber(lower) + " and " + shortestNumber(upper) +
        " are the wrong way round and were swapped");
    std::swap(lower, upper);
  }
  range.lower = lower;
  range.upper = upper;
  return true;
}

// ---- .rrng --------------------------------------------------------------------------------------

/** Takes a row of a .rrng file apart: bare words, and fields "key:value". */
class RowReader
{
public:
  explicit RowReader(const std::string& row)
    : Row(row)
  {
  }

  struct Item
  {
    std::string key; ///< of a field; empty for a bare word
    bool keyQuoted = false;
    bool isField = false;
    std::string text; ///< the word, or the field's value
    bool textQuoted = false;
  };

  /** The next item; false at the end of the row or where a comment begins. */
  bool next(Item& item)
  {
    item = {};
    this->skipSpaces();
    if (this->atEnd() || this->Row[this->At] == '#' || this->Row[this->At] == ';')
    {
      return false;
    }
    item.text = this->word(true, item.textQuoted);
    const std::size_t afterWord = this->At;
    this->skipSpaces();
    if (this->atEnd() || !isSeparator(this->Row[this->At]))
    {
      this->At = afterWord;
      return true;
    }

    ++this->At;
    item.isField = true;
    item.key = std::move(item.text);
    item.keyQuoted = item.textQuoted;
    item.text.clear();
    item.textQuoted = false;
    const std::size_t afterSeparator = this->At;
    this->skipSpaces();
    const bool adjacent = this->At == afterSeparator;
    if (this->atEnd() || (!adjacent && this->fieldBegins()))
    {
      this->At = afterSeparator;
      return true;
    }
    item.text = this->word(false, item.textQuoted);
    return true;
  }

private:
  static bool isSeparator(char c) { return c == ':' || c == '='; }
  bool atEnd() const { return this->At >= this->Row.size(); }

  void skipSpaces()
  {
    while (!this->atEnd() && isSpace(this->Row[this->At]))
    {
      ++this->At;
    }
  }

  /** Up to a space, and up to a separator where asked; or what stands in quotation marks. */
  std::string word(bool stopAtSeparator, bool& isQuoted)
  {
    std::string text;
    isQuoted = this->Row[this->At] == '"';
    if (isQuoted)
    {
      ++this->At;
      while (!this->atEnd())
      {
        const char c = this->Row[this->At++];
        if (c == '"')
        {
          if (this->atEnd() || this->Row[this->At] != '"')
          {
            break;
          }
          ++this->At; // a doubled mark stands for one
        }
        text += c;
      }
      return text;
    }
    while (!this->atEnd() && !isSpace(this->Row[this->At]) &&
      !(stopAtSeparator && isSeparator(this->Row[this->At])))
    {
      text += this->Row[this->At++];
    }
    return text;
  }

  /** True where what comes next is a field of its own, not the value of the one before. */
  bool fieldBegins()
  {
    const std::size_t before = this->At;
    bool isQuoted = false;
    this->word(true, isQuoted);
    this->skipSpaces();
    const bool field = !this->atEnd() && isSeparator(this->Row[this->At]);
    this->At = before;
    return field;
  }

  std::string Row;
  std::size_t At = 0;
};

/** A word without a colon that can only have lost it: "Color33FFFF", "Al". */
bool readWithoutColon(const std::string& word, Range& range, Notes& notes)
{
  const std::string lower = lowerCase(word);
  for (const char* key : { "colour", "color" })
  {
    const std::string value = startsWith(lower, key) ? word.substr(std::string(key).size()) : "";
    if (isHex(value) || startsWith(value, "#"))
    {
      range.color = parseColor(value, range.line, notes);
      return true;
    }
  }
  if (startsWith(lower, "vol"))
  {
    const auto volume = parseNumber(word.substr(3));
    if (volume && std::isfinite(*volume) && *volume >= 0)
    {
      range.volume = *volume;
      return true;
    }
  }
  if (startsWith(lower, "name") && word.size() > 4)
  {
    range.name = word.substr(4);
    return true;
  }
  const std::vector<Constituent> constituents = parseFormula(word);
  for (const Constituent& constituent : constituents)
  {
    addConstituent(range.constituents, constituent.symbol, constituent.count);
  }
  return !constituents.empty();
}

/** What follows "Range1=", or nothing (and said why) where it is no range. */
std::optional<Range> parseRrngRow(const std::string& row, std::size_t line, Notes& notes)
{
  Range range;
  range.line = line;
  std::vector<double> bounds;
  std::vector<std::string> strayWords;
  // A name may hold spaces; it goes on until the next field, or a number while a bound is missing.
  bool nameGoesOn = false;

  RowReader reader(row);
  RowReader::Item item;
  while (reader.next(item))
  {
    if (!item.isField)
    {
      const auto number = item.textQuoted ? std::nullopt : parseNumber(item.text);
      const auto pair = item.textQuoted ? std::nullopt : parsePair(item.text);
      if (number && bounds.size() < 2)
      {
        bounds.push_back(*number);
        nameGoesOn = false;
      }
      else if (pair && bounds.empty())
      {
        bounds = { pair->first, pair->second };
        nameGoesOn = false;
      }
      else if (nameGoesOn)
      {
        range.name += (range.name.empty() ? "" : " ") + item.text;
      }
      else if (!number && readWithoutColon(item.text, range, notes))
      {
        notes.guessed("no colon", line, quoted(item.text) + " was read as if it had a colon");
      }
      else
      {
        strayWords.push_back(item.text);
      }
      continue;
    }

    nameGoesOn = false;
    const std::string key = item.keyQuoted ? std::string() : lowerCase(item.key);
    if (key == "vol" || key == "volume")
    {
      const auto volume = parseNumber(item.text);
      if (volume && std::isfinite(*volume) && *volume >= 0)
      {
        range.volume = *volume;
      }
      else if (!item.text.empty())
      {
        notes.passedOver("volume", line,
          quoted(item.text) + " is not a volume; that of the ion is taken for unknown");
      }
    }
    else if (key == "color" || key == "colour")
    {
      if (!item.text.empty())
      {
        range.color = parseColor(item.text, line, notes);
      }
    }
    else if (key == "name")
    {
      range.name = item.text;
      nameGoesOn = !item.textQuoted;
    }
    else if (item.key.empty() || (!item.keyQuoted && parseNumber(item.key)))
    {
      notes.passedOver(
        "field", line, quoted(item.key + ":" + item.text) + " was not understood and passed over");
    }
    else
    {
      const int count = parseCount(item.text, item.key, line, notes);
      if (count > 0)
      {
        addConstituent(range.constituents, item.key, count);
      }
    }
  }

  if (bounds.size() < 2)
  {
    notes.passedOver(
      "no bounds", line, "no two bounds in " + quoted(row) + "; the row was passed over");
    return {};
  }
  for (const std::string& word : strayWords)
  {
    notes.passedOver("word", line, quoted(word) + " was not understood and passed over");
  }
  if (!setBounds(range, bounds[0], bounds[1], notes))
  {
    return {};
  }
  return range;
}

/** "key = value" of an INI file; the key in lower case without spaces. */
struct Entry
{
  std::string key;
  std::string value;
};

std::optional<Entry> parseEntry(const std::string& line)
{
  const std::size_t equals = line.find('=');
  if (equals == std::string::npos)
  {
    return {};
  }
  Entry entry;
  for (const char c : lowerCase(line.substr(0, equals)))
  {
    if (!isSpace(c))
    {
      entry.key += c;
    }
  }
  entry.value = trimmed(line.substr(equals + 1));
  return entry;
}

bool isNumbered(const std::string& key, const char* stem)
{
  return startsWith(key, stem) &&
    key.find_first_not_of("0123456789_", std::string(stem).size()) == std::string::npos;
}

/** Two numbers and a field. */
bool looksLikeKeylessRow(const std::string& row)
{
  const std::vector<std::string> words = wordsOf(row);
  return words.size() >= 3 && parseNumber(words[0]) && parseNumber(words[1]) &&
    row.find(':') != std::string::npos;
}

/** The row of a range, after its key, which may be missing or another than "Range". */
std::optional<std::string> rangeRowOf(const std::string& line, const std::optional<Entry>& entry)
{
  if (entry && isNumbered(entry->key, "range"))
  {
    return entry->value;
  }
  if (looksLikeKeylessRow(line))
  {
    return line;
  }
  if (entry && looksLikeKeylessRow(entry->value))
  {
    return entry->value;
  }
  return {};
}

std::vector<Range> parseRrng(const std::vector<Line>& lines, Notes& notes)
{
  std::vector<Range> ranges;
  std::size_t rows = 0;
  // "Number=" counts what follows it: constituents, then ranges, with or without section names.
  double number = 0;
  std::size_t numberLine = 0; // 0 where there is none

  for (const Line& line : lines)
  {
    const auto entry = parseEntry(line.text);
    const auto row = rangeRowOf(line.text, entry);
    if (line.text[0] == '[' || (entry && isNumbered(entry->key, "ion")))
    {
      // Every range names its constituents itself, and some that the list of them lacks.
      if (rows == 0)
      {
        numberLine = 0;
      }
    }
    else if (row)
    {
      ++rows;
      std::optional<Range> range = parseRrngRow(*row, line.number, notes);
      if (range)
      {
        ranges.push_back(std::move(*range));
      }
    }
    else if (entry && entry->key == "number")
    {
      if (rows == 0)
      {
        number = parseNumber(entry->value).value_or(0);
        numberLine = line.number;
      }
    }
    else
    {
      notes.passedOver(
        "line", line.number, quoted(line.text) + " was not understood and passed over");
    }
  }

  if (numberLine > 0 && number != static_cast<double>(rows))
  {
    notes.guessed("number", numberLine,
      "the file says that it has " + shortestNumber(number) + " ranges, but there are " +
        std::to_string(rows));
  }
  return ranges;
}

// ---- .rng ---------------------------------------------------------------------------------------

/** Red, green and blue as a file has them, 0 … 1 or 0 … 255. */
using RawColor = std::array<double, 3>;

/** Colours are 0 … 255 where any of the file is above 1, else 0 … 1. */
class ColorScale
{
public:
  void see(const RawColor& raw)
  {
    for (const double part : raw)
    {
      this->Factor = part > 1 ? 1 : this->Factor;
    }
  }

  Color color(const RawColor& raw) const
  {
    const auto part = [&](double value)
    {
      // Written so that NaN becomes 0.
      const double scaled = value > 0 ? value * this->Factor : 0.0;
      return static_cast<std::uint8_t>(std::lround(std::min(255.0, scaled)));
    };
    return { part(raw[0]), part(raw[1]), part(raw[2]) };
  }

private:
  double Factor = 255;
};

/** The last count words as numbers, where all are. */
template <std::size_t Count>
std::optional<std::array<double, Count>> trailingNumbers(const std::vector<std::string>& words)
{
  std::array<double, Count> numbers;
  if (words.size() < Count)
  {
    return {};
  }
  for (std::size_t i = 0; i < Count; ++i)
  {
    const auto number = parseNumber(words[words.size() - Count + i]);
    if (!number)
    {
      return {};
    }
    numbers[i] = *number;
  }
  return numbers;
}

/** The words before the last count, as one name. */
std::string leadingName(const std::vector<std::string>& words, std::size_t count)
{
  std::string name;
  for (std::size_t i = 0; i + count < words.size(); ++i)
  {
    name += (i > 0 ? " " : "") + words[i];
  }
  return name;
}

bool isDashed(const std::string& line)
{
  return startsWith(line, "--");
}

/** A row as .rng has it: numbers, after a "." or, below the dashes, some other word or none. */
bool looksLikeRngRow(const std::string& line, bool belowDashes)
{
  const std::vector<std::string> words = wordsOf(line);
  if (words.size() < 3 || !(belowDashes || words[0] == "."))
  {
    return false;
  }
  return std::all_of(words.begin() + 1, words.end(),
    [](const std::string& word) { return parseNumber(word).has_value(); });
}

/** A column of an .rng file. */
struct Column
{
  std::string name;
  std::optional<RawColor> color;
};

/** The first or only part of an .rng file, or its polyatomic extension. */
struct RngPart
{
  struct Row
  {
    Range range;
    std::optional<RawColor> color;
    /** The name of the one column that the row counts once; empty where there are more. */
    std::string columnName;
  };
  std::vector<Row> rows;
};

std::vector<Column> columnsOf(const std::vector<Column>& described,
  const std::vector<std::string>& header, std::size_t headerLine,
  const std::optional<std::size_t>& announced, Notes& notes)
{
  std::vector<Column> columns = described;
  if (columns.empty() || (columns.size() != header.size() && announced == header.size()))
  {
    // The rows of names are missing or damaged.
    columns.clear();
    for (const std::string& name : header)
    {
      const auto same = std::find_if(described.begin(), described.end(),
        [&](const Column& column) { return column.name == name; });
      columns.push_back(same == described.end() ? Column{ name, {} } : *same);
    }
    notes.guessed("header names", headerLine,
      "the ions were named by the dashed line, as " + counted(header.size(), "name") +
        " there and " + counted(described.size(), "row") + " of name and colour disagree");
    return columns;
  }
  if (announced && *announced != columns.size())
  {
    notes.guessed("ion count", headerLine,
      "the file says that it has " + counted(*announced, "ion") + ", but it names " +
        std::to_string(columns.size()));
  }
  if (header.size() == columns.size())
  {
    for (std::size_t i = 0; i < columns.size(); ++i)
    {
      if (columns[i].name != header[i])
      {
        notes.guessed("header spelling", headerLine,
          "column " + std::to_string(i + 1) + " is " + quoted(header[i]) +
            " in the dashed line and " + quoted(columns[i].name) +
            " above it; columns were taken in the order of the names above");
        break;
      }
    }
  }
  else if (!header.empty())
  {
    notes.guessed("header size", headerLine,
      "the dashed line names " + counted(header.size(), "column") + ", but " +
        std::to_string(columns.size()) + " ions stand above it; columns were taken in their order");
  }
  return columns;
}

std::optional<RngPart::Row> parseRngRow(
  const Line& line, const std::vector<Column>& columns, Notes& notes)
{
  std::vector<std::string> words = wordsOf(line.text);
  if (words[0] == "." || words.size() == columns.size() + 3)
  {
    words.erase(words.begin());
  }
  const auto lower = words.size() < 2 ? std::nullopt : parseNumber(words[0]);
  const auto upper = words.size() < 2 ? std::nullopt : parseNumber(words[1]);
  if (!lower || !upper)
  {
    notes.passedOver(
      "line", line.number, quoted(line.text) + " was not understood and passed over");
    return {};
  }

  RngPart::Row row;
  row.range.line = line.number;
  std::vector<std::string> counts(words.begin() + 2, words.end());
  if (counts.size() < columns.size())
  {
    notes.guessed("short row", line.number,
      "the row has " + counted(counts.size(), "count") + " for " +
        counted(columns.size(), "column") + "; the missing ones were taken for 0");
  }
  else if (counts.size() > columns.size())
  {
    notes.passedOver("long row", line.number,
      "the row has " + counted(counts.size(), "count") + " for " +
        counted(columns.size(), "column") + "; those beyond were passed over");
    counts.resize(columns.size());
  }

  std::size_t species = 0;
  for (std::size_t i = 0; i < counts.size(); ++i)
  {
    const Column& column = columns[i];
    const int count = parseCount(counts[i], column.name, line.number, notes);
    if (count == 0)
    {
      continue;
    }
    ++species;
    row.columnName = species == 1 && count == 1 ? column.name : std::string();
    row.color = species == 1 ? column.color : std::nullopt;
    const std::vector<Constituent> parts =
      findElement(column.name) ? std::vector<Constituent>() : parseFormula(column.name);
    for (const Constituent& part : parts)
    {
      addConstituent(row.range.constituents, part.symbol,
        static_cast<int>(
          std::min<std::int64_t>(MaximumCount, static_cast<std::int64_t>(part.count) * count)));
    }
    if (parts.empty())
    {
      addConstituent(row.range.constituents, column.name, count);
    }
    else if (!row.columnName.empty())
    {
      row.range.name = column.name;
    }
  }
  if (species != 1)
  {
    row.range.name.clear();
  }
  if (species == 0)
  {
    notes.passedOver("no ion", line.number,
      "the row counts no ion in the range from " + shortestNumber(*lower) + " to " +
        shortestNumber(*upper) + " and was passed over");
    return {};
  }
  if (!setBounds(row.range, *lower, *upper, notes))
  {
    return {};
  }
  return row;
}

RngPart parseRngPart(const Line* begin, const Line* end, ColorScale& scale, Notes& notes)
{
  std::optional<std::size_t> announcedIons;
  std::optional<std::size_t> announcedRanges;
  std::size_t countsLine = 0;
  std::vector<Column> described;
  std::vector<std::string> header;
  std::size_t headerLine = begin != end ? begin->number : 0;

  const Line* line = begin;
  for (; line != end; ++line)
  {
    if (isDashed(line->text))
    {
      headerLine = line->number;
      header = wordsOf(line->text.substr(std::min(line->text.find_first_not_of('-'), //
        line->text.size())));
      ++line;
      break;
    }
    const std::vector<std::string> words = wordsOf(line->text);
    if (words[0] == "." && looksLikeRngRow(line->text, false))
    {
      break; // the dashed line is missing
    }
    const auto counts = words.size() == 2 ? trailingNumbers<2>(words) : std::nullopt;
    if (counts && described.empty() && !announcedIons && (*counts)[0] >= 0 && (*counts)[0] < 1e9 &&
      (*counts)[1] >= 0 && (*counts)[1] < 1e9)
    {
      announcedIons = static_cast<std::size_t>((*counts)[0]);
      announcedRanges = static_cast<std::size_t>((*counts)[1]);
      countsLine = line->number;
      continue;
    }
    const auto color = words.size() >= 4 ? trailingNumbers<3>(words) : std::nullopt;
    if (color)
    {
      scale.see(*color);
      described.push_back({ leadingName(words, 3), *color });
    }
    // Anything else is a long name, which nothing depends on.
  }

  const std::vector<Column> columns =
    columnsOf(described, header, headerLine, announcedIons, notes);
  RngPart part;
  std::size_t rows = 0;
  for (; line != end; ++line)
  {
    rows += looksLikeRngRow(line->text, true);
    std::optional<RngPart::Row> row = parseRngRow(*line, columns, notes);
    if (row)
    {
      part.rows.push_back(std::move(*row));
    }
  }
  if (announcedRanges && *announcedRanges != rows)
  {
    notes.guessed("range count", countsLine,
      "the file says that it has " + counted(*announcedRanges, "range") + ", but there are " +
        std::to_string(rows));
  }
  return part;
}

std::vector<Range> parseRng(const std::vector<Line>& lines, Notes& notes)
{
  const Line* const begin = lines.data();
  const Line* const end = lines.data() + lines.size();
  const Line* const extension = std::find_if(begin, end,
    [](const Line& line) {
      return isDashed(line.text) && lowerCase(line.text).find("polyatomic") != std::string::npos;
    });

  ColorScale scale;
  RngPart first = parseRngPart(begin, extension, scale, notes);
  RngPart second;
  if (extension != end)
  {
    second = parseRngPart(extension + 1, end, scale, notes);
  }

  // A range of the extension names the range of the first part that has the same bounds.
  std::map<std::pair<double, double>, std::size_t> rowOfBounds;
  for (std::size_t i = 0; i < first.rows.size(); ++i)
  {
    rowOfBounds.emplace(std::make_pair(first.rows[i].range.lower, first.rows[i].range.upper), i);
  }
  for (RngPart::Row& molecule : second.rows)
  {
    if (!molecule.columnName.empty())
    {
      molecule.range.name = molecule.columnName;
    }
    const auto same = rowOfBounds.find(std::make_pair(molecule.range.lower, molecule.range.upper));
    if (same == rowOfBounds.end())
    {
      first.rows.push_back(std::move(molecule));
      continue;
    }
    RngPart::Row& row = first.rows[same->second];
    const std::vector<Constituent> named = parseFormula(molecule.range.name);
    if (!named.empty() &&
      !std::is_permutation(
        named.begin(), named.end(), row.range.constituents.begin(), row.range.constituents.end()))
    {
      notes.guessed("molecule", molecule.range.line,
        "the polyatomic extension calls an ion " + quoted(molecule.range.name) + " that is " +
          quoted(formulaOf(row.range.constituents)) + " on line " + std::to_string(row.range.line) +
          "; the name was kept, and the constituents there");
    }
    if (!molecule.range.name.empty())
    {
      row.range.name = molecule.range.name;
    }
    row.color = molecule.color ? molecule.color : row.color;
  }

  std::vector<Range> ranges;
  for (RngPart::Row& row : first.rows)
  {
    if (row.color)
    {
      row.range.color = scale.color(*row.color);
    }
    ranges.push_back(std::move(row.range));
  }
  return ranges;
}

// ---- .env ---------------------------------------------------------------------------------------

bool looksLikeEnvRow(const std::string& line)
{
  const std::vector<std::string> words = wordsOf(line);
  return words.size() >= 5 && words[0] != "." && !parseNumber(words[0]) &&
    line.find_first_of(":=") == std::string::npos && trailingNumbers<4>(words);
}

std::vector<Range> parseEnv(const std::vector<Line>& lines, Notes& notes)
{
  std::vector<Range> ranges;
  std::optional<std::size_t> announced;
  std::size_t announcedColors = 0;
  std::size_t countsLine = 0;
  std::size_t rows = 0;
  ColorScale scale;
  std::map<std::string, RawColor> colors;

  for (const Line& line : lines)
  {
    const std::vector<std::string> words = wordsOf(line.text);
    if (!announced && words.size() == 2)
    {
      const auto counts = trailingNumbers<2>(words);
      if (counts && (*counts)[0] >= 0 && (*counts)[0] < 1e9 && (*counts)[1] >= 0 &&
        (*counts)[1] < 1e9)
      {
        announcedColors = static_cast<std::size_t>((*counts)[0]);
        announced = static_cast<std::size_t>((*counts)[1]);
        countsLine = line.number;
        continue;
      }
    }
    const auto four = words.size() >= 5 ? trailingNumbers<4>(words) : std::nullopt;
    const auto three = words.size() == 4 ? trailingNumbers<3>(words) : std::nullopt;
    if (three && rows == 0 && (!announced || colors.size() < announcedColors))
    {
      scale.see(*three);
      colors.emplace(words[0], *three);
      continue;
    }
    if (!four && !three)
    {
      // The version, and after the ranges the instrument's own settings.
      continue;
    }
    if (announced && rows >= *announced && !four)
    {
      continue;
    }

    ++rows;
    Range range;
    range.line = line.number;
    range.name = leadingName(words, four ? 4 : 3);
    range.constituents = parseFormula(range.name);
    const double lower = four ? (*four)[0] : (*three)[0];
    const double upper = four ? (*four)[1] : (*three)[1];
    const double volume = four ? (*four)[2] : (*three)[2];
    if (std::isfinite(volume) && volume >= 0)
    {
      // From Å³. Dividing keeps 11.66 Å³ the very number that 0.01166 is.
      range.volume = volume / 1000;
    }
    else
    {
      notes.passedOver("volume", line.number,
        shortestNumber(volume) + " is not a volume; that of the ion is taken for unknown");
    }
    if (setBounds(range, lower, upper, notes))
    {
      ranges.push_back(std::move(range));
    }
  }

  for (Range& range : ranges)
  {
    const auto color = colors.find(range.name);
    if (color != colors.end())
    {
      range.color = scale.color(color->second);
    }
  }
  if (announced && *announced != rows)
  {
    notes.guessed("range count", countsLine,
      "the file says that it has " + counted(*announced, "range") + ", but there are " +
        std::to_string(rows));
  }
  return ranges;
}

// ---- Which of the three it is -------------------------------------------------------------------

struct Format
{
  const char* extension;
  std::size_t rows; ///< lines that are ranges in this format
  std::vector<Range> (*parse)(const std::vector<Line>& lines, Notes& notes);
};

std::vector<Format> formatsByLikelihood(const std::vector<Line>& lines, const std::string& path)
{
  std::vector<Format> formats = { { "rrng", 0, parseRrng }, { "rng", 0, parseRng },
    { "env", 0, parseEnv } };
  bool belowDashes = false;
  for (const Line& line : lines)
  {
    formats[0].rows += rangeRowOf(line.text, parseEntry(line.text)).has_value();
    formats[1].rows += looksLikeRngRow(line.text, belowDashes);
    formats[2].rows += looksLikeEnvRow(line.text);
    belowDashes |= isDashed(line.text);
  }
  const std::string extension = lowerCaseExtension(path);
  std::stable_sort(formats.begin(), formats.end(),
    [&](const Format& left, const Format& right)
    {
      return std::make_tuple(left.rows, left.extension == extension) >
        std::make_tuple(right.rows, right.extension == extension);
    });
  return formats;
}

void dropRepeats(std::vector<Range>& ranges)
{
  const auto less = [](const Range* left, const Range* right)
  {
    const auto key = [](const Range& range)
    { return std::tie(range.lower, range.upper, range.name, range.volume); };
    if (key(*left) != key(*right))
    {
      return key(*left) < key(*right);
    }
    const auto colorKey = [](const Range& range)
    {
      const Color color = range.color.value_or(Color{});
      return std::make_tuple(range.color.has_value(), color.red, color.green, color.blue);
    };
    if (colorKey(*left) != colorKey(*right))
    {
      return colorKey(*left) < colorKey(*right);
    }
    return std::lexicographical_compare(left->constituents.begin(), left->constituents.end(),
      right->constituents.begin(), right->constituents.end(),
      [](const Constituent& a, const Constituent& b)
      { return std::tie(a.symbol, a.count) < std::tie(b.symbol, b.count); });
  };
  std::set<const Range*, decltype(less)> seen(less);
  std::vector<bool> keep;
  for (const Range& range : ranges)
  {
    keep.push_back(seen.insert(&range).second);
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < ranges.size(); ++i)
  {
    if (keep[i])
    {
      if (kept != i)
      {
        ranges[kept] = std::move(ranges[i]);
      }
      ++kept;
    }
  }
  ranges.resize(kept);
}

std::string noRangeMessage(const std::vector<Line>& lines, const std::vector<std::string>& warnings)
{
  std::string message = "no range in it; ";
  if (lines.empty())
  {
    message += "it is blank or all comment";
  }
  else
  {
    message += "it has " + counted(lines.size(), "line") + " of text, the first being " +
      quoted(lines.front().text);
  }
  if (!warnings.empty())
  {
    message += " (" + warnings.front() + ")";
  }
  return message +
    "; expected lines such as \"Range1=26.8 27.2 Vol:0.0166 Al:1 Color:33FFFF\" (.rrng), "
    "\". 26.8 27.2 1 0\" below a row of dashes (.rng) or \"Al 26.8 27.2 16.6 1.0\" (.env)";
}

// ---- Writing ------------------------------------------------------------------------------------

std::string inQuotes(const std::string& text)
{
  std::string result = "\"";
  for (const char c : text)
  {
    result += c;
    if (c == '"')
    {
      result += '"';
    }
  }
  return result + '"';
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

/** A constituent's symbol as a row can hold it. */
std::string symbolText(const std::string& symbol)
{
  static const std::set<std::string> reserved = { "vol", "volume", "color", "colour", "name" };
  const std::string text = withoutControlCharacters(symbol);
  const bool plain = !text.empty() && text.find_first_of(" :=\"#;") == std::string::npos &&
    reserved.count(lowerCase(text)) == 0 && !parseNumber(text);
  return plain ? text : inQuotes(text);
}

std::string nameText(const std::string& name)
{
  const std::string text = withoutControlCharacters(name);
  const bool plain = text.find_first_of(" :=\"#;") == std::string::npos;
  return plain ? text : inQuotes(text);
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

} // namespace

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

RangeFile readRangeFile(const std::string& path)
{
  return parseRangeFile(readTextFile(path), path);
}

RangeFile parseRangeFile(const std::string& text, const std::string& path)
{
  Notes lineNotes;
  const std::vector<Line> lines = splitLines(text, lineNotes);
  std::vector<std::string> firstWarnings;
  for (const Format& format : formatsByLikelihood(lines, path))
  {
    Notes notes = lineNotes;
    RangeFile file;
    if (!lines.empty())
    {
      file.ranges = format.parse(lines, notes);
    }
    file.warnings = notes.sentences();
    if (!file.ranges.empty())
    {
      dropRepeats(file.ranges);
      return file;
    }
    if (firstWarnings.empty() && format.rows > 0)
    {
      firstWarnings = file.warnings;
    }
  }
  throw FileError(path, noRangeMessage(lines, firstWarnings));
}

std::string formatRangeRow(const Range& range)
{
  std::string row = shortestNumber(range.lower) + ' ' + shortestNumber(range.upper) +
    " Vol:" + shortestNumber(range.volume);
  for (const Constituent& constituent : range.constituents)
  {
    row += ' ' + symbolText(constituent.symbol) + ':' + std::to_string(constituent.count);
  }
  if (!range.name.empty())
  {
    row += " Name:" + nameText(range.name);
  }
  if (range.color)
  {
    row += " Color:" + hexText(*range.color);
  }
  return row;
}

Range parseRangeRow(const std::string& row)
{
  const std::string text = trimmed(withoutControlCharacters(row));
  const auto entry = parseEntry(text);
  const bool keyed = entry && isNumbered(entry->key, "range");
  Notes notes;
  const std::optional<Range> range = parseRrngRow(keyed ? entry->value : text, 0, notes);
  if (!range || !notes.firstPassedOver().empty())
  {
    throw ParameterError("range", quoted(text) + " (" + notes.firstPassedOver() + ")",
      "two bounds in Da and the ion, such as \"26.8 27.2 Vol:0.0166 Al:1 Color:33FFFF\"");
  }
  return *range;
}

void writeRrng(const std::string& path, const std::vector<Range>& ranges)
{
  std::vector<std::string> symbols;
  std::set<std::string> seen;
  for (const Range& range : ranges)
  {
    for (const Constituent& constituent : range.constituents)
    {
      if (seen.insert(constituent.symbol).second)
      {
        symbols.push_back(withoutControlCharacters(constituent.symbol));
      }
    }
  }

  // Line ends as AP Suite, a Windows program, writes them.
  std::string text = "[Ions]\r\nNumber=" + std::to_string(symbols.size()) + "\r\n";
  for (std::size_t i = 0; i < symbols.size(); ++i)
  {
    text += "Ion" + std::to_string(i + 1) + "=" + symbols[i] + "\r\n";
  }
  text += "[Ranges]\r\nNumber=" + std::to_string(ranges.size()) + "\r\n";
  for (std::size_t i = 0; i < ranges.size(); ++i)
  {
    text += "Range" + std::to_string(i + 1) + "=" + formatRangeRow(ranges[i]) + "\r\n";
  }

  OutputFile file(path);
  file.write(text.data(), text.size());
  file.commit();
}

} // namespace apt
