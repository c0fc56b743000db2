// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "CompositionBasis.h"

#include "Error.h"
#include "ParallelFor.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <set>

namespace apt
{

namespace
{

std::string joined(const std::vector<std::string>& texts, const char* between)
{
  std::string all;
  for (const std::string& text : texts)
  {
    all += (all.empty() ? "" : between) + text;
  }
  return all;
}

bool sameAtoms(std::vector<Constituent> left, std::vector<Constituent> right)
{
  const auto bySymbol = [](const Constituent& a, const Constituent& b)
  { return a.symbol < b.symbol; };
  std::sort(left.begin(), left.end(), bySymbol);
  std::sort(right.begin(), right.end(), bySymbol);
  return left == right;
}

void requireOneOf(const std::vector<std::string>& names, const std::string& name,
  const std::string& what, bool decompose)
{
  if (std::find(names.begin(), names.end(), name) == names.end())
  {
    throw ParameterError(what, "\"" + name + "\"",
      std::string(decompose ? "an element" : "the name of an ion") + " of the input (" +
        joined(names, ", ") + ")");
  }
}

std::vector<std::string> namesOf(const std::vector<CompositionPart>& parts)
{
  std::vector<std::string> names;
  for (const CompositionPart& part : parts)
  {
    names.push_back(part.name);
  }
  return names;
}

/** The chosen names, each once, or all. */
std::vector<std::string> chosen(const std::vector<std::string>& wanted,
  const std::vector<CompositionPart>& known, const char* property, bool decompose)
{
  const std::vector<std::string> names = namesOf(known);
  if (wanted.empty())
  {
    return names;
  }
  std::vector<std::string> found;
  for (const std::string& name : wanted)
  {
    requireOneOf(names, name, std::string("an entry of ") + property, decompose);
    if (std::find(found.begin(), found.end(), name) == found.end())
    {
      found.push_back(name);
    }
  }
  return found;
}

void add(std::vector<std::uint32_t>& sum, const std::vector<std::uint32_t>& other)
{
  std::transform(sum.begin(), sum.end(), other.begin(), sum.begin(), std::plus<std::uint32_t>());
}

const CompositionPart& named(const std::vector<CompositionPart>& parts, const std::string& name)
{
  return *std::find_if(
    parts.begin(), parts.end(), [&name](const CompositionPart& part) { return part.name == name; });
}

/** Each element or, not taken apart, each ion that there is. */
std::vector<CompositionPart> knownParts(const std::vector<std::string>& names,
  const std::vector<std::vector<Constituent>>& constituents, bool decompose)
{
  if (names.empty())
  {
    throw Error("the ions of the input have no names; name them with Ion Ranging first");
  }
  if (constituents.size() != names.size())
  {
    throw ParameterError("number of lists of constituents", std::to_string(constituents.size()),
      std::to_string(names.size()) + ", one for each ion type");
  }
  std::vector<CompositionPart> known;
  const auto partOf = [&](const std::string& name) -> CompositionPart&
  {
    const auto found = std::find_if(known.begin(), known.end(),
      [&name](const CompositionPart& part) { return part.name == name; });
    if (found != known.end())
    {
      return *found;
    }
    known.push_back({ name, std::vector<std::uint32_t>(names.size()) });
    return known.back();
  };
  for (std::size_t type = 0; type < names.size(); ++type)
  {
    if (!decompose)
    {
      partOf(names[type]).perIon[type] = 1;
      continue;
    }
    for (const Constituent& constituent : constituents[type])
    {
      partOf(constituent.symbol).perIon[type] += static_cast<std::uint32_t>(constituent.count);
    }
  }
  return known;
}

} // namespace

bool CompositionBasis::takesPart(std::int16_t type) const
{
  if (type < 0 || static_cast<std::size_t>(type) >= this->reference.size())
  {
    return false;
  }
  const auto index = static_cast<std::size_t>(type);
  return this->reference[index] > 0 ||
    std::any_of(this->parts.begin(), this->parts.end(),
      [index](const CompositionPart& part) { return part.perIon[index] > 0; });
}

std::vector<std::vector<Constituent>> constituentsByName(const std::vector<std::string>& names)
{
  std::vector<std::vector<Constituent>> constituents;
  for (const std::string& name : names)
  {
    std::vector<Constituent> parsed = parseFormula(name);
    constituents.push_back(
      parsed.empty() ? std::vector<Constituent>{ { name, 1 } } : std::move(parsed));
  }
  return constituents;
}

ConstituentsOfTypes constituentsByRanges(const RangeTable& table)
{
  ConstituentsOfTypes result;
  result.types.resize(table.ions().size());
  std::set<std::string> ambiguous;
  for (std::size_t i = 0; i < table.ranges().size(); ++i)
  {
    const auto type = static_cast<std::size_t>(table.ionOfRange()[i]);
    const std::vector<Constituent>& own = table.constituentsOfRange()[i];
    if (result.types[type].empty())
    {
      result.types[type] = own;
    }
    else if (!sameAtoms(result.types[type], own))
    {
      ambiguous.insert(table.ions()[type].name);
    }
  }
  result.ambiguous.assign(ambiguous.begin(), ambiguous.end());
  return result;
}

std::vector<std::int16_t> rangesOfIons(
  const RangeTable& table, const std::int16_t* types, const float* massToCharge, std::size_t size)
{
  std::vector<std::int16_t> ranges(size);
  parallelFor(size, 1 << 16,
    [&](std::size_t begin, std::size_t end)
    {
      table.rangesOf(massToCharge + begin, end - begin, ranges.data() + begin);
      for (std::size_t i = begin; i < end; ++i)
      {
        if (types[i] < 0)
        {
          ranges[i] = -1;
        }
      }
    });
  return ranges;
}

CompositionBasis compositionBasis(const std::vector<std::string>& names,
  const std::vector<std::vector<Constituent>>& constituents, const CompositionChoice& choice)
{
  const std::vector<CompositionPart> known = knownParts(names, constituents, choice.decompose);
  CompositionBasis basis;
  const std::vector<std::string> ions = chosen(choice.ions, known, "Ions", choice.decompose);
  for (const std::string& name : ions)
  {
    const CompositionPart& part = named(known, name);
    if (choice.sum && !basis.parts.empty())
    {
      add(basis.parts.front().perIon, part.perIon);
    }
    else
    {
      basis.parts.push_back(part);
    }
  }
  if (choice.sum)
  {
    basis.parts.front().name = joined(ions, "+");
  }
  basis.reference.assign(names.size(), 0);
  for (const std::string& name :
    chosen(choice.references, known, "ReferenceIons", choice.decompose))
  {
    add(basis.reference, named(known, name).perIon);
  }
  return basis;
}

CompositionPart compositionPart(const std::vector<std::string>& names,
  const std::vector<std::vector<Constituent>>& constituents, bool decompose,
  const std::string& name, const std::string& property)
{
  const std::vector<CompositionPart> known = knownParts(names, constituents, decompose);
  requireOneOf(namesOf(known), name, property, decompose);
  return named(known, name);
}

std::uint64_t countOf(
  const std::vector<std::uint64_t>& ionsOfType, const std::vector<std::uint32_t>& perIon)
{
  return std::inner_product(
    ionsOfType.begin(), ionsOfType.end(), perIon.begin(), std::uint64_t{ 0 });
}

Share shareOf(const std::vector<std::uint64_t>& ionsOfType, const std::vector<std::uint32_t>& part,
  const std::vector<std::uint32_t>& reference)
{
  double counted = 0;
  double whole = 0;
  for (std::size_t type = 0; type < ionsOfType.size(); ++type)
  {
    const auto ions = static_cast<double>(ionsOfType[type]);
    counted += ions * part[type];
    whole += ions * reference[type];
  }
  if (!(whole > 0))
  {
    const double none = std::numeric_limits<double>::quiet_NaN();
    return { none, none };
  }
  const double fraction = counted / whole;
  double squares = 0;
  for (std::size_t type = 0; type < ionsOfType.size(); ++type)
  {
    const double surplus = part[type] - fraction * reference[type];
    squares += static_cast<double>(ionsOfType[type]) * surplus * surplus;
  }
  return { fraction, std::sqrt(squares) / whole };
}

} // namespace apt
