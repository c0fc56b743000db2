// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Ion.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <tuple>

namespace apt
{
namespace
{

using Parts = std::vector<Constituent>;

double meanMass(const Element& element)
{
  double sum = 0;
  for (const Isotope& isotope : element.isotopes)
  {
    sum += isotope.mass * isotope.abundance;
  }
  return sum;
}

TEST(Elements, AreAll118InOrder)
{
  ASSERT_EQ(elements().size(), 118u);
  std::set<std::string> symbols;
  for (std::size_t i = 0; i < elements().size(); ++i)
  {
    EXPECT_EQ(elements()[i].number, static_cast<int>(i) + 1);
    symbols.insert(elements()[i].symbol);
  }
  EXPECT_EQ(symbols.size(), 118u);
  EXPECT_EQ(elements()[0].symbol, "H");
  EXPECT_EQ(elements()[26].symbol, "Co");
  EXPECT_EQ(elements()[91].symbol, "U");
  EXPECT_EQ(elements()[117].symbol, "Og");
}

TEST(Elements, AreFoundByExactSymbol)
{
  ASSERT_NE(findElement("Co"), nullptr);
  EXPECT_EQ(findElement("Co")->number, 27);
  EXPECT_EQ(findElement("Co"), &elements()[26]);
  EXPECT_EQ(findElement("CO"), nullptr);
  EXPECT_EQ(findElement("co"), nullptr);
  EXPECT_EQ(findElement(""), nullptr);
  EXPECT_EQ(findElement("Xx"), nullptr);
}

TEST(Isotopes, AbundancesOfAnElementAddUpToOne)
{
  std::size_t isotopes = 0;
  for (const Element& element : elements())
  {
    double sum = 0;
    for (const Isotope& isotope : element.isotopes)
    {
      EXPECT_GT(isotope.abundance, 0) << element.symbol << isotope.massNumber;
      sum += isotope.abundance;
    }
    if (!element.isotopes.empty())
    {
      EXPECT_NEAR(sum, 1, 1e-8) << element.symbol;
    }
    isotopes += element.isotopes.size();
  }
  EXPECT_EQ(isotopes, 289u);
}

TEST(Isotopes, StandInOrderWithMassesNearTheirMassNumbers)
{
  for (const Element& element : elements())
  {
    int before = 0;
    for (const Isotope& isotope : element.isotopes)
    {
      EXPECT_GT(isotope.massNumber, before);
      EXPECT_GE(isotope.massNumber, element.number);
      EXPECT_LT(std::fabs(isotope.mass - isotope.massNumber), 0.11)
        << element.symbol << isotope.massNumber;
      before = isotope.massNumber;
    }
  }
}

TEST(Isotopes, AreMissingWhereNatureHasNone)
{
  for (const char* symbol : { "Tc", "Pm", "Po", "Ra", "Pu", "Og" })
  {
    EXPECT_TRUE(findElement(symbol)->isotopes.empty()) << symbol;
  }
  for (const char* symbol : { "H", "Fe", "Bi", "Th", "Pa", "U" })
  {
    EXPECT_FALSE(findElement(symbol)->isotopes.empty()) << symbol;
  }
}

TEST(Isotopes, HaveThePublishedMassesAndAbundances)
{
  // AME2020 and IUPAC, typed in from the papers.
  const Element& iron = *findElement("Fe");
  ASSERT_EQ(iron.isotopes.size(), 4u);
  EXPECT_EQ(iron.isotopes[1].massNumber, 56);
  EXPECT_NEAR(iron.isotopes[1].mass, 55.934935537, 1e-7);
  EXPECT_NEAR(iron.isotopes[1].abundance, 0.91754, 1e-6);
  const Element& aluminium = *findElement("Al");
  ASSERT_EQ(aluminium.isotopes.size(), 1u);
  EXPECT_NEAR(aluminium.isotopes[0].mass, 26.981538408, 1e-7);
  EXPECT_DOUBLE_EQ(aluminium.isotopes[0].abundance, 1);
  const Element& uranium = *findElement("U");
  ASSERT_EQ(uranium.isotopes.size(), 3u);
  EXPECT_NEAR(uranium.isotopes[2].mass, 238.050786936, 1e-6);
  EXPECT_NEAR(uranium.isotopes[2].abundance, 0.992742, 1e-9);
  EXPECT_EQ(findElement("C")->isotopes[0].mass, 12.0);
}

TEST(Isotopes, GiveTheStandardAtomicWeights)
{
  // Abridged standard atomic weights 2021; the tolerance is IUPAC's own.
  const std::vector<std::tuple<const char*, double, double>> weights = { { "H", 1.0080, 0.0002 },
    { "Li", 6.94, 0.06 }, { "B", 10.81, 0.02 }, { "Ti", 47.867, 0.001 }, { "Cr", 51.996, 0.001 },
    { "Ni", 58.693, 0.001 }, { "Mo", 95.95, 0.01 }, { "W", 183.84, 0.01 }, { "Pb", 207.2, 1.1 },
    { "U", 238.03, 0.01 } };
  for (const auto& [symbol, weight, tolerance] : weights)
  {
    EXPECT_NEAR(meanMass(*findElement(symbol)), weight, tolerance) << symbol;
  }
}

TEST(ParseFormula, TakesFormulasApart)
{
  EXPECT_EQ(parseFormula("Mn2O"), (Parts{ { "Mn", 2 }, { "O", 1 } }));
  EXPECT_EQ(parseFormula("FeO2H"), (Parts{ { "Fe", 1 }, { "O", 2 }, { "H", 1 } }));
  EXPECT_EQ(parseFormula("H"), (Parts{ { "H", 1 } }));
  EXPECT_EQ(parseFormula("Co"), (Parts{ { "Co", 1 } }));
  EXPECT_EQ(parseFormula("CO"), (Parts{ { "C", 1 }, { "O", 1 } }));
  EXPECT_EQ(parseFormula("C12"), (Parts{ { "C", 12 } }));
}

TEST(ParseFormula, SumsRepeatedElementsAtThePlaceOfTheFirst)
{
  EXPECT_EQ(parseFormula("HOH"), (Parts{ { "H", 2 }, { "O", 1 } }));
  EXPECT_EQ(parseFormula("O2FeO3"), (Parts{ { "O", 5 }, { "Fe", 1 } }));
}

TEST(ParseFormula, PassesOverChargesAndSpaces)
{
  EXPECT_EQ(parseFormula("Al+"), (Parts{ { "Al", 1 } }));
  EXPECT_EQ(parseFormula("Al++"), (Parts{ { "Al", 1 } }));
  EXPECT_EQ(parseFormula("Al2+"), (Parts{ { "Al", 1 } }));
  EXPECT_EQ(parseFormula("Al 2+"), (Parts{ { "Al", 1 } }));
  EXPECT_EQ(parseFormula("O2++"), (Parts{ { "O", 2 } }));
  EXPECT_EQ(parseFormula("O2 +"), (Parts{ { "O", 2 } }));
  EXPECT_EQ(parseFormula(" Fe O2  H "), (Parts{ { "Fe", 1 }, { "O", 2 }, { "H", 1 } }));
}

TEST(ParseFormula, GivesNothingForWhatIsNoFormula)
{
  for (const char* text : { "", " ", "+", "2+", "X23", "Hyd", "59", "52pt5", "un1", "fe", "2H",
         "H0", "Fe-O", "(FeO)2", "CdandInAt113", "Al\xC3\xBC", "H9999999", "Noise" })
  {
    EXPECT_TRUE(parseFormula(text).empty()) << text;
  }
}

TEST(ParseFormula, DoesNotOverflow)
{
  EXPECT_TRUE(parseFormula("H99999999999999999999999999").empty());
  std::string manyAtoms;
  for (int i = 0; i < 5000; ++i)
  {
    manyAtoms += "H999999";
  }
  EXPECT_TRUE(parseFormula(manyAtoms).empty());
}

TEST(FormulaOf, LeavesOutCountsOfOneAndKeepsTheOrder)
{
  EXPECT_EQ(formulaOf({ { "Mn", 2 }, { "O", 1 } }), "Mn2O");
  EXPECT_EQ(formulaOf({ { "O", 1 }, { "Ti", 1 } }), "OTi");
  EXPECT_EQ(formulaOf({}), "");
}

TEST(FormulaOf, IsReadBackByParseFormula)
{
  for (const Element& first : elements())
  {
    const Parts parts = { { first.symbol, 3 }, { first.symbol == "O" ? "H" : "O", 1 } };
    EXPECT_EQ(parseFormula(formulaOf(parts)), parts);
  }
}

TEST(DefaultColor, GivesEachOfTheFirst256IonsAnother)
{
  std::set<std::tuple<int, int, int>> colors;
  for (std::size_t i = 0; i < 256; ++i)
  {
    const Color color = defaultColor(i);
    EXPECT_EQ(color, defaultColor(i));
    colors.insert({ color.red, color.green, color.blue });
  }
  EXPECT_EQ(colors.size(), 256u);
}

TEST(DefaultColor, KeepsTheFirstTwelveWellApart)
{
  for (std::size_t i = 0; i < 12; ++i)
  {
    for (std::size_t j = 0; j < i; ++j)
    {
      const Color a = defaultColor(i);
      const Color b = defaultColor(j);
      EXPECT_GT(std::hypot(a.red - b.red, a.green - b.green, a.blue - b.blue), 40) << i << ' ' << j;
    }
  }
}

TEST(DefaultColor, TakesAnyIndex)
{
  defaultColor(std::numeric_limits<std::size_t>::max());
}

} // namespace
} // namespace apt
