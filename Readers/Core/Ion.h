// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace apt
{

/** @brief A naturally occurring isotope. */
struct Isotope
{
  int massNumber = 0;
  double mass = 0;      ///< Da
  double abundance = 0; ///< fraction of the natural element, 0 … 1
};

/** @brief A chemical element. */
struct Element
{
  int number = 0;
  std::string symbol;
  std::vector<Isotope> isotopes; ///< naturally occurring ones by mass number; empty where none is
};

/** @brief All 118 elements, by atomic number from 1. */
const std::vector<Element>& elements();

/** @brief The element of that symbol (exact case: "Co"), or nullptr. */
const Element* findElement(const std::string& symbol);

/**
 * @brief Part of an ion: an element, or a species that somebody invented, and how many of it.
 */
struct Constituent
{
  std::string symbol;
  int count = 1;
};

inline bool operator==(const Constituent& left, const Constituent& right)
{
  return left.symbol == right.symbol && left.count == right.count;
}

/**
 * @brief The elements of a chemical formula: "Mn2O" → Mn 2, O 1; "FeO2H" → Fe 1, O 2, H 1.
 *
 * Charges at the end ("+", "++", "2+") and spaces are passed over. Repeated elements are summed at
 * the place of the first. A text that is not made of element symbols and counts all through
 * ("X23", "Hyd", "59") gives an empty list.
 */
std::vector<Constituent> parseFormula(const std::string& formula);

/** @brief The formula of constituents, in their order, counts of 1 left out: "Mn2O". */
std::string formulaOf(const std::vector<Constituent>& constituents);

/** @brief A colour, each part 0 … 255. */
struct Color
{
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
};

inline bool operator==(const Color& left, const Color& right)
{
  return left.red == right.red && left.green == right.green && left.blue == right.blue;
}

/** @brief A kind of ion, as the ranges name it: what the Ion array's values stand for. */
struct IonType
{
  std::string name;
  Color color;
};

/** @brief The colour for the ion type of that index when a file gives none; well apart. */
Color defaultColor(std::size_t index);

} // namespace apt
