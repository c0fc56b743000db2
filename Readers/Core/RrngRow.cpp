// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "RrngRow.h"

#include "RangeColor.h"
#include "RangeParts.h"
#include "RangeText.h"

#include <set>
#include <utility>
#include <vector>

namespace apt
{

using namespace detail;

namespace
{

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

/** A word without a colon that can only have lost it: "Color33FFFF", "Al". */
bool readWithoutColon(const std::string& word, Range& range, RangeNotes& notes)
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
    if (volume && isVolume(*volume))
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

/** True where the text cannot be taken for more than one word, nor for a part of the row. */
bool isPlain(const std::string& text)
{
  return !text.empty() && text.find_first_of(" :=\"#;") == std::string::npos;
}

/** A constituent's symbol as a row can hold it. */
std::string symbolText(const std::string& symbol)
{
  static const std::set<std::string> reserved = { "vol", "volume", "color", "colour", "name" };
  const std::string text = withoutControlCharacters(symbol);
  const bool bare = isPlain(text) && reserved.count(lowerCase(text)) == 0 && !parseNumber(text);
  return bare ? text : inQuotes(text);
}

std::string nameText(const std::string& name)
{
  const std::string text = withoutControlCharacters(name);
  return isPlain(text) ? text : inQuotes(text);
}

} // namespace

std::optional<Range> detail::parseRrngRow(
  const std::string& row, std::size_t line, RangeNotes& notes)
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
      if (volume && isVolume(*volume))
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

} // namespace apt
