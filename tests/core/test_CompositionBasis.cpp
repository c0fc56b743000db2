// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "CompositionBasis.h"

#include "Error.h"
#include "MassSpectrum.h"
#include "RangeFile.h"

#include <gtest/gtest.h>

#include <cmath>

namespace apt
{
namespace
{

using Names = std::vector<std::string>;
using PerIon = std::vector<std::uint32_t>;

const Names names{ "Al", "Li", "Al2O", "O2" };

CompositionBasis basisOf(const CompositionChoice& choice)
{
  return compositionBasis(names, constituentsByName(names), choice);
}

CompositionChoice choiceOf(bool decompose, const Names& ions = {}, const Names& references = {})
{
  CompositionChoice choice;
  choice.decompose = decompose;
  choice.ions = ions;
  choice.references = references;
  return choice;
}

std::string sentenceOf(const CompositionChoice& choice)
{
  try
  {
    basisOf(choice);
  }
  catch (const ParameterError& error)
  {
    return error.what();
  }
  return "";
}

TEST(CompositionBasis, TakesMolecularIonsApart)
{
  const CompositionBasis basis = basisOf(choiceOf(true));
  ASSERT_EQ(basis.parts.size(), 3u);
  EXPECT_EQ(basis.parts[0].name, "Al");
  EXPECT_EQ(basis.parts[0].perIon, (PerIon{ 1, 0, 2, 0 }));
  EXPECT_EQ(basis.parts[1].perIon, (PerIon{ 0, 1, 0, 0 }));
  EXPECT_EQ(basis.parts[2].name, "O");
  EXPECT_EQ(basis.parts[2].perIon, (PerIon{ 0, 0, 1, 2 }));
  EXPECT_EQ(basis.reference, (PerIon{ 1, 1, 3, 2 }));
}

TEST(CompositionBasis, TakesMolecularIonsAsTheyAre)
{
  const CompositionBasis basis = basisOf(choiceOf(false));
  ASSERT_EQ(basis.parts.size(), 4u);
  EXPECT_EQ(basis.parts[2].name, "Al2O");
  EXPECT_EQ(basis.parts[2].perIon, (PerIon{ 0, 0, 1, 0 }));
  EXPECT_EQ(basis.reference, (PerIon{ 1, 1, 1, 1 }));
}

TEST(CompositionBasis, ComparesAnyIonsWithAnyOthers)
{
  const CompositionBasis basis = basisOf(choiceOf(true, { "O", "Li", "O" }, { "Al" }));
  ASSERT_EQ(basis.parts.size(), 2u);
  EXPECT_EQ(basis.parts[0].name, "O");
  EXPECT_EQ(basis.parts[1].name, "Li");
  EXPECT_EQ(basis.reference, (PerIon{ 1, 0, 2, 0 }));
  EXPECT_TRUE(basis.takesPart(3));
  const CompositionBasis one = basisOf(choiceOf(false, { "Li" }, { "Al", "Li" }));
  EXPECT_TRUE(one.takesPart(1));
  EXPECT_FALSE(one.takesPart(2));
  EXPECT_FALSE(one.takesPart(-1));
  EXPECT_FALSE(one.takesPart(4));
}

TEST(CompositionBasis, SumsTheChosenIons)
{
  CompositionChoice choice = choiceOf(true, { "Li", "O" });
  choice.sum = true;
  const CompositionBasis basis = basisOf(choice);
  ASSERT_EQ(basis.parts.size(), 1u);
  EXPECT_EQ(basis.parts[0].name, "Li+O");
  EXPECT_EQ(basis.parts[0].perIon, (PerIon{ 0, 1, 1, 2 }));
}

TEST(CompositionBasis, SaysWhichNamesThereAre)
{
  EXPECT_EQ(sentenceOf(choiceOf(true, { "Al2O" })),
    "an entry of Ions is \"Al2O\"; allowed is an element of the input (Al, Li, O)");
  EXPECT_EQ(sentenceOf(choiceOf(false, {}, { "Cu" })),
    "an entry of ReferenceIons is \"Cu\"; allowed is the name of an ion of the input (Al, Li, "
    "Al2O, O2)");
  EXPECT_THROW(compositionBasis({}, {}, {}), Error);
  EXPECT_THROW(compositionBasis(names, {}, {}), ParameterError);
}

TEST(CompositionBasis, MakesAnInventedSpeciesOfItself)
{
  const auto made = constituentsByName({ "X23", "H2O" });
  EXPECT_EQ(made[0], (std::vector<Constituent>{ { "X23", 1 } }));
  EXPECT_EQ(made[1], (std::vector<Constituent>{ { "H", 2 }, { "O", 1 } }));
}

TEST(CompositionBasis, NamesTypesWhoseRangesDoNotAgree)
{
  const RangeTable table({ parseRangeRow("Range1=1.0 1.1 H:1"), parseRangeRow("Range2=2.0 2.1 H:2"),
    parseRangeRow("Range3=17 17.1 O:1 H:1"), parseRangeRow("Range4=18 18.1 H:1 O:1") });
  const ConstituentsOfTypes made = constituentsByRanges(table);
  EXPECT_EQ(made.ambiguous, Names{ "H" });
  EXPECT_EQ(made.types[0], (std::vector<Constituent>{ { "H", 1 } }));
  EXPECT_EQ(made.types.size(), 2u);
}

TEST(CompositionBasis, RangesTellApartWhatOneTypeHides)
{
  const RangeTable table({ parseRangeRow("Range1=1.0 1.1 H:1"), parseRangeRow("Range2=2.0 2.1 H:2"),
    parseRangeRow("Range3=7 7.1 Li:1") });
  const std::vector<float> masses{ 1.05F, 2.05F, 2.06F, 7.05F, 7.06F, 5 };
  const std::vector<std::int16_t> types{ 0, 0, 0, 1, -1, 1 };
  const auto ranges = rangesOfIons(table, types.data(), masses.data(), masses.size());
  EXPECT_EQ(ranges, (std::vector<std::int16_t>{ 0, 1, 1, 2, -1, -1 }));
  const CompositionBasis basis =
    compositionBasis({ "H", "H", "Li" }, table.constituentsOfRange(), {});
  ASSERT_EQ(basis.parts.size(), 2u);
  EXPECT_EQ(basis.parts[0].perIon, (PerIon{ 1, 2, 0 }));
  EXPECT_EQ(basis.reference, (PerIon{ 1, 2, 1 }));
}

TEST(CompositionBasis, SharesAreThoseOfTheWholeSpectrum)
{
  const RangeTable table(
    { parseRangeRow("Range1=1.0 1.1 Al:1"), parseRangeRow("Range2=2.0 2.1 Li:1"),
      parseRangeRow("Range3=17 17.1 Al:2 O:1"), parseRangeRow("Range4=18 18.1 O:2") });
  const std::vector<std::uint64_t> ions{ 700, 90, 40, 9 };
  std::vector<std::uint64_t> ranges = ions;
  ranges.push_back(11);
  for (const bool decompose : { false, true })
  {
    const CompositionBasis basis = basisOf(choiceOf(decompose));
    const auto rows =
      decompose ? elementalComposition(table, ranges) : ionicComposition(table, ranges);
    ASSERT_EQ(rows.size(), basis.parts.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
    {
      const Share share = shareOf(ions, basis.parts[i].perIon, basis.reference);
      EXPECT_NEAR(share.fraction, rows[i].fraction, 1e-15) << rows[i].name;
      EXPECT_NEAR(share.error, rows[i].error, 1e-15) << rows[i].name;
    }
  }
  EXPECT_TRUE(std::isnan(shareOf({ 0, 0 }, { 1, 0 }, { 1, 1 }).fraction));
}

} // namespace
} // namespace apt
