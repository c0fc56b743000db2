// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Ion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

namespace apt
{

namespace
{

constexpr std::array<const char*, 118> symbols = { "H", "He", "Li", "Be", "B", "C", "N", "O", "F",
  "Ne", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "Ar", "K", "Ca", "Sc", "Ti", "V", "Cr", "Mn", "Fe",
  "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As", "Se", "Br", "Kr", "Rb", "Sr", "Y", "Zr", "Nb", "Mo",
  "Tc", "Ru", "Rh", "Pd", "Ag", "Cd", "In", "Sn", "Sb", "Te", "I", "Xe", "Cs", "Ba", "La", "Ce",
  "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Hf", "Ta", "W",
  "Re", "Os", "Ir", "Pt", "Au", "Hg", "Tl", "Pb", "Bi", "Po", "At", "Rn", "Fr", "Ra", "Ac", "Th",
  "Pa", "U", "Np", "Pu", "Am", "Cm", "Bk", "Cf", "Es", "Fm", "Md", "No", "Lr", "Rf", "Db", "Sg",
  "Bh", "Hs", "Mt", "Ds", "Rg", "Cn", "Nh", "Fl", "Mc", "Lv", "Ts", "Og" };

struct IsotopeRow
{
  int number;
  int massNumber;
  double mass;
  double abundance;
};

constexpr IsotopeRow isotopeRows[] = {
#include "IsotopeTable.inc"
};

std::vector<Element> makeElements()
{
  std::vector<Element> table(symbols.size());
  for (std::size_t i = 0; i < symbols.size(); ++i)
  {
    table[i].number = static_cast<int>(i) + 1;
    table[i].symbol = symbols[i];
  }
  for (const IsotopeRow& row : isotopeRows)
  {
    table[static_cast<std::size_t>(row.number - 1)].isotopes.push_back(
      { row.massNumber, row.mass, row.abundance });
  }
  return table;
}

// K. L. Kelly, Twenty-two colors of maximum contrast, Color Engineering 3 (1965) 26-27, in her
// order, without the white and the black that a background may be.
constexpr Color contrastingColors[] = { { 0xFF, 0xB3, 0x00 }, { 0x80, 0x3E, 0x75 },
  { 0xFF, 0x68, 0x00 }, { 0xA6, 0xBD, 0xD7 }, { 0xC1, 0x00, 0x20 }, { 0xCE, 0xA2, 0x62 },
  { 0x81, 0x70, 0x66 }, { 0x00, 0x7D, 0x34 }, { 0xF6, 0x76, 0x8E }, { 0x00, 0x53, 0x8A },
  { 0xFF, 0x7A, 0x5C }, { 0x53, 0x37, 0x7A }, { 0xFF, 0x8E, 0x00 }, { 0xB3, 0x28, 0x51 },
  { 0xF4, 0xC8, 0x00 }, { 0x7F, 0x18, 0x0D }, { 0x93, 0xAA, 0x00 }, { 0x59, 0x33, 0x15 },
  { 0xF1, 0x3A, 0x13 }, { 0x23, 0x2C, 0x16 } };

Color fromHsv(double hue, double saturation, double value)
{
  const auto part = [&](double shift)
  {
    const double k = std::fmod(shift + hue * 6, 6);
    const double distance = std::max(0.0, std::min({ k, 4 - k, 1.0 }));
    return static_cast<std::uint8_t>(std::lround(255 * value * (1 - saturation * distance)));
  };
  return { part(5), part(3), part(1) };
}

bool isUpper(char c)
{
  return c >= 'A' && c <= 'Z';
}

bool isLower(char c)
{
  return c >= 'a' && c <= 'z';
}

bool isDigit(char c)
{
  return c >= '0' && c <= '9';
}

// More atoms than this in one ion is not a formula; the bound also keeps sums far from overflow.
constexpr int MaximumAtoms = 1000000;

} // namespace

const std::vector<Element>& elements()
{
  static const std::vector<Element> table = makeElements();
  return table;
}

const Element* findElement(const std::string& symbol)
{
  static const std::unordered_map<std::string, const Element*> bySymbol = []
  {
    std::unordered_map<std::string, const Element*> map;
    for (const Element& element : elements())
    {
      map.emplace(element.symbol, &element);
    }
    return map;
  }();
  const auto found = bySymbol.find(symbol);
  return found == bySymbol.end() ? nullptr : found->second;
}

std::vector<Constituent> parseFormula(const std::string& formula)
{
  std::size_t end = formula.find_last_not_of(" \t");
  end = end == std::string::npos ? 0 : end + 1;

  // The charge: "+", "++", … or "2+". Digits belong to the charge only where a single plus follows
  // them directly, so that "O2 +" stays two oxygen atoms.
  std::size_t pluses = 0;
  while (end > 0 && formula[end - 1] == '+')
  {
    --end;
    ++pluses;
  }
  if (pluses == 1)
  {
    while (end > 0 && isDigit(formula[end - 1]))
    {
      --end;
    }
  }

  std::vector<Constituent> constituents;
  std::size_t at = 0;
  while (at < end)
  {
    if (formula[at] == ' ' || formula[at] == '\t')
    {
      ++at;
      continue;
    }
    if (!isUpper(formula[at]))
    {
      return {};
    }
    std::size_t length = 1;
    while (at + length < end && isLower(formula[at + length]))
    {
      ++length;
    }
    const std::string symbol = formula.substr(at, length);
    if (!findElement(symbol))
    {
      return {};
    }
    at += length;

    int count = 1;
    if (at < end && isDigit(formula[at]))
    {
      count = 0;
      while (at < end && isDigit(formula[at]))
      {
        count = 10 * count + (formula[at] - '0');
        if (count > MaximumAtoms)
        {
          return {};
        }
        ++at;
      }
      if (count == 0)
      {
        return {};
      }
    }

    const auto same = std::find_if(constituents.begin(), constituents.end(),
      [&](const Constituent& constituent) { return constituent.symbol == symbol; });
    if (same == constituents.end())
    {
      constituents.push_back({ symbol, count });
    }
    else if (same->count + count > MaximumAtoms)
    {
      return {};
    }
    else
    {
      same->count += count;
    }
  }
  return constituents;
}

std::string formulaOf(const std::vector<Constituent>& constituents)
{
  std::string formula;
  for (const Constituent& constituent : constituents)
  {
    formula += constituent.symbol;
    if (constituent.count != 1)
    {
      formula += std::to_string(constituent.count);
    }
  }
  return formula;
}

Color defaultColor(std::size_t index)
{
  constexpr std::size_t contrasting = sizeof(contrastingColors) / sizeof(contrastingColors[0]);
  if (index < contrasting)
  {
    return contrastingColors[index];
  }
  // Beyond what the eye tells apart anyway: steps of the golden ratio spread hues evenly for any
  // number of colours, in rings of different strength.
  constexpr double goldenRatio = 0.6180339887498949;
  const std::size_t beyond = index - contrasting;
  const double hue = std::fmod(static_cast<double>(beyond) * goldenRatio, 1.0);
  constexpr double saturations[] = { 1.0, 0.55, 0.8 };
  constexpr double values[] = { 0.95, 0.8, 0.6 };
  return fromHsv(hue, saturations[beyond % 3], values[beyond / 3 % 3]);
}

} // namespace apt
