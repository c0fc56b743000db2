// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "SpeciesRows.h"

#include "Error.h"
#include "JsonText.h"
#include "ModelDescription.h"

namespace apt
{

namespace
{

std::string trimmed(const std::string& text)
{
  constexpr const char* blanks = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(blanks);
  return begin == std::string::npos ? std::string()
                                    : text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

[[noreturn]] void refuse(const std::string& text)
{
  throw ParameterError("a row of Species", inQuotes(text),
    "the name of an ion (\"Al\"), \"*\" for all others, or a name and the ions that count as it "
    "(\"Al: Al, AlH\")");
}

} // namespace

std::vector<Species> parseSpecies(const std::vector<std::string>& texts)
{
  std::vector<Species> species;
  for (const std::string& text : texts)
  {
    if (trimmed(text).empty())
    {
      continue;
    }
    const std::size_t colon = text.find(':');
    Species one;
    one.name = trimmed(text.substr(0, colon));
    if (colon == std::string::npos && one.name != "*")
    {
      one.ions.push_back(one.name);
    }
    for (std::size_t begin = colon; begin != std::string::npos;)
    {
      const std::size_t end = text.find(',', begin + 1);
      const std::string ion = trimmed(
        text.substr(begin + 1, end == std::string::npos ? std::string::npos : end - begin - 1));
      if (ion.empty())
      {
        refuse(text);
      }
      one.ions.push_back(ion);
      begin = end;
    }
    if (one.name.empty() || (one.name == "*") != one.ions.empty())
    {
      refuse(text);
    }
    species.push_back(one);
  }
  return species;
}

std::vector<std::string> formatSpecies(const std::vector<Species>& species)
{
  std::vector<std::string> texts;
  for (const Species& one : species)
  {
    std::string text = one.name;
    if (!one.ions.empty() && (one.ions.size() > 1 || one.ions.front() != one.name))
    {
      for (std::size_t i = 0; i < one.ions.size(); ++i)
      {
        text += (i == 0 ? ": " : ", ") + one.ions[i];
      }
    }
    texts.push_back(text);
  }
  return texts;
}

void replaceSpecies(Model& model, const std::vector<Species>& species)
{
  if (species.size() != model.species.size())
  {
    throw ParameterError("the number of rows of Species", std::to_string(species.size()),
      std::to_string(model.species.size()) +
        ", a row for each species of the model, in its order: " + speciesList(model) + "; or none");
  }
  std::vector<Species> own = species;
  own.swap(model.species);
  try
  {
    requireSoundForm(model);
  }
  catch (const Error&)
  {
    model.species = own;
    throw;
  }
}

} // namespace apt
