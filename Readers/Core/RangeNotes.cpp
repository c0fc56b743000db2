// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "RangeNotes.h"

#include <algorithm>

namespace apt::detail
{

void RangeNotes::guessed(const char* kind, std::size_t line, const std::string& sentence)
{
  this->add(kind, line, sentence);
}

void RangeNotes::passedOver(const char* kind, std::size_t line, const std::string& sentence)
{
  if (this->FirstPassedOver.empty())
  {
    this->FirstPassedOver = sentence;
  }
  this->add(kind, line, sentence);
}

std::vector<std::string> RangeNotes::sentences() const
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

void RangeNotes::add(const char* name, std::size_t line, const std::string& sentence)
{
  auto kind = std::find_if(
    this->Kinds.begin(), this->Kinds.end(), [&](const Kind& known) { return known.name == name; });
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

} // namespace apt::detail
