// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "RangeTable.h"

#include "Error.h"
#include "IonFile.h"
#include "ParallelFor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

namespace apt
{
namespace
{

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();

Range range(const std::string& row)
{
  return parseRangeRow(row);
}

std::vector<Range> rows(const std::vector<std::string>& texts)
{
  std::vector<Range> ranges;
  for (const std::string& text : texts)
  {
    ranges.push_back(parseRangeRow(text));
    ranges.back().line = ranges.size();
  }
  return ranges;
}

std::vector<std::string> names(const RangeTable& table)
{
  std::vector<std::string> result;
  for (const IonType& ion : table.ions())
  {
    result.push_back(ion.name);
  }
  return result;
}

using Names = std::vector<std::string>;
using Parts = std::vector<Constituent>;

/** The definition: the first range of the list that holds the ratio. */
std::int16_t firstRangeThatHolds(const std::vector<Range>& ranges, float ratio)
{
  for (std::size_t i = 0; i < ranges.size(); ++i)
  {
    if (static_cast<float>(ranges[i].lower) <= ratio &&
      ratio <= static_cast<float>(ranges[i].upper))
    {
      return static_cast<std::int16_t>(i);
    }
  }
  return RangeTable::Unranged;
}

/** Compares all ways of looking up with the definition. */
void expectDefinition(const RangeTable& table, const std::vector<float>& ratios)
{
  std::vector<std::int16_t> ions(ratios.size(), 77);
  table.assign(ratios.data(), ratios.size(), ions.data());
  std::vector<std::int16_t> ranges(ratios.size(), 77);
  table.rangesOf(ratios.data(), ratios.size(), ranges.data());
  for (std::size_t i = 0; i < ratios.size(); ++i)
  {
    const std::int16_t expected = firstRangeThatHolds(table.ranges(), ratios[i]);
    const std::int16_t ion =
      expected < 0 ? RangeTable::Unranged : table.ionOfRange()[static_cast<std::size_t>(expected)];
    ASSERT_EQ(table.rangeOf(ratios[i]), expected) << ratios[i];
    ASSERT_EQ(table.ionOf(ratios[i]), ion) << ratios[i];
    ASSERT_EQ(ranges[i], expected) << ratios[i];
    ASSERT_EQ(ions[i], ion) << ratios[i];
  }
}

/** Every bound, its neighbouring floats, and what lies far out. */
std::vector<float> tellingRatios(const std::vector<Range>& ranges)
{
  std::vector<float> ratios = { 0.0f, -0.0f, notANumber, infinity, -infinity,
    std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest(),
    std::numeric_limits<float>::denorm_min(), -std::numeric_limits<float>::denorm_min() };
  for (const Range& each : ranges)
  {
    for (const double bound : { each.lower, each.upper })
    {
      const auto at = static_cast<float>(bound);
      ratios.insert(
        ratios.end(), { at, std::nextafter(at, infinity), std::nextafter(at, -infinity) });
    }
    ratios.push_back(static_cast<float>((each.lower + each.upper) / 2));
  }
  return ratios;
}

TEST(RangeTable, WithoutRangesLeavesAllUnranged)
{
  for (const RangeTable& table : { RangeTable(), RangeTable(std::vector<Range>()) })
  {
    EXPECT_TRUE(table.ions().empty());
    EXPECT_TRUE(table.warnings().empty());
    expectDefinition(table, { 0.0f, 27.0f, notANumber, infinity });
    table.assign(nullptr, 0, nullptr);
  }
}

TEST(RangeTable, RangesRealIonsAsCountedByHand)
{
  const std::string folder = ATOMPROBE_TEST_DATA "/CoCrNi/";
  const IonCloud cloud = readIonFile(folder + "CoCrNi.pos");
  const float* ratios = nullptr;
  for (const IonCloud::Array& array : cloud.arrays)
  {
    if (array.description.name == arrayName::MassToCharge)
    {
      ratios = reinterpret_cast<const float*>(array.values.data());
    }
  }
  ASSERT_NE(ratios, nullptr);
  ASSERT_EQ(cloud.size, 39944u);
  const RangeFile file = readRangeFile(folder + "CoCrNi.rrng");

  const auto count = [&](const RangeTable& table)
  {
    std::vector<std::int16_t> ions(cloud.size);
    table.assign(ratios, cloud.size, ions.data());
    std::vector<std::size_t> counts(table.ions().size() + 1);
    for (const std::int16_t ion : ions)
    {
      ++counts[ion < 0 ? table.ions().size() : static_cast<std::size_t>(ion)];
    }
    return counts;
  };
  const RangeTable table(file.ranges);
  EXPECT_EQ(names(table), (Names{ "Cr", "Ni", "Co", "H" }));
  EXPECT_EQ(count(table), (std::vector<std::size_t>{ 12294, 11544, 11227, 1277, 3602 }));
  EXPECT_TRUE(table.warnings().empty());
  EXPECT_EQ(table.ions()[0].color, (Color{ 0xFF, 0x33, 0xCC }));
  EXPECT_EQ(table.ions()[3].color, (Color{ 0xCC, 0xCC, 0x00 }));

  RangeTableOptions options;
  options.separateHomonuclearIons = true;
  const RangeTable separate(file.ranges, options);
  EXPECT_EQ(names(separate), (Names{ "Cr", "Ni", "Co", "H", "H2" }));
  EXPECT_EQ(count(separate), (std::vector<std::size_t>{ 12294, 11544, 11227, 1103, 174, 3602 }));
}

TEST(RangeTable, KeepsTheAtomsOfHomonuclearIonsForCompositions)
{
  const RangeTable table(rows({ "0.9 1.1 H:1", "1.9 2.1 H:2" }));
  EXPECT_EQ(names(table), (Names{ "H" }));
  EXPECT_EQ(table.constituentsOfRange()[1], (Parts{ { "H", 2 } }));
}

TEST(RangeTable, CountsUnnamedHomonuclearIonsAsTheirElementEvenWhenTheyComeFirst)
{
  const RangeTable table(rows({ "31.9 32.1 O:2", "15.9 16.1 O:1" }));
  EXPECT_EQ(names(table), (Names{ "O" }));
}

TEST(RangeTable, KeepsExplicitNamesOfHomonuclearIons)
{
  const RangeTable table(rows({ "15.9 16.1 O:1", "31.9 32.1 O:2 Name:O2" }));
  EXPECT_EQ(names(table), (Names{ "O", "O2" }));
}

TEST(RangeTable, TakesTheSameConstituentsInAnotherOrderForOneIon)
{
  const RangeTable table(
    rows({ "71.8 72.2 Fe:1 O:1", "35.9 36.1 O:1 Fe:1", "23.9 24.1 O:2 Fe:1" }));
  EXPECT_EQ(names(table), (Names{ "FeO", "O2Fe" }));
  EXPECT_EQ(table.ionOfRange(), (std::vector<std::int16_t>{ 0, 0, 1 }));
  EXPECT_EQ(table.constituentsOfRange()[1], (Parts{ { "O", 1 }, { "Fe", 1 } }));
}

TEST(RangeTable, TakesAnUnnamedIonForTheOneThatANameSpells)
{
  const RangeTable table(rows({ "71.8 72.2 Fe:1 O:1 Name:FeO", "35.9 36.1 O:1 Fe:1" }));
  EXPECT_EQ(names(table), (Names{ "FeO" }));
}

TEST(RangeTable, KeepsIonsOfDifferentNameApartThoughTheirConstituentsAgree)
{
  const RangeTable table(rows({ "71.8 72.2 Fe:1 O:1 Name:rust", "35.9 36.1 O:1 Fe:1" }));
  EXPECT_EQ(names(table), (Names{ "rust", "OFe" }));
}

TEST(RangeTable, TakesTheSameNameForOneIonAndLetsEachRangeKeepItsConstituents)
{
  const RangeTable table(
    rows({ "71.8 72.2 Fe:1 O:1 Name:oxide", "87.8 88.2 Fe:1 O:2 Name:oxide" }));
  EXPECT_EQ(names(table), (Names{ "oxide" }));
  EXPECT_EQ(table.constituentsOfRange()[0], (Parts{ { "Fe", 1 }, { "O", 1 } }));
  EXPECT_EQ(table.constituentsOfRange()[1], (Parts{ { "Fe", 1 }, { "O", 2 } }));
  EXPECT_TRUE(table.warnings().empty());
}

TEST(RangeTable, MakesASpeciesWithoutFormulaOfItself)
{
  const RangeTable table(
    rows({ "58.8 59.2 Name:59", "62.8 63.1 Name:Mn2O", "112.8 113.2 CdandInAt113:1" }));
  EXPECT_EQ(names(table), (Names{ "59", "Mn2O", "CdandInAt113" }));
  EXPECT_EQ(table.constituentsOfRange()[0], (Parts{ { "59", 1 } }));
  EXPECT_EQ(table.constituentsOfRange()[1], (Parts{ { "Mn", 2 }, { "O", 1 } }));
  EXPECT_EQ(table.constituentsOfRange()[2], (Parts{ { "CdandInAt113", 1 } }));
}

TEST(RangeTable, TakesMoleculesListedAsConstituentsApart)
{
  const RangeTable table(rows({ "143.8 144.2 FeO:2 O:1", "2.0 2.1 H2:1" }));
  EXPECT_EQ(names(table), (Names{ "FeO2O", "H2" }));
  EXPECT_EQ(table.constituentsOfRange()[0], (Parts{ { "Fe", 2 }, { "O", 3 } }));
  EXPECT_EQ(table.constituentsOfRange()[1], (Parts{ { "H", 2 } }));
}

TEST(RangeTable, NamesARangeWithoutIonByItsBoundsAndSaysSo)
{
  const RangeTable table(rows({ "28.1 28.3" }));
  EXPECT_EQ(names(table), (Names{ "28.1-28.3 Da" }));
  ASSERT_EQ(table.warnings().size(), 1u);
  EXPECT_EQ(table.warnings()[0],
    "the range 28.1-28.3 Da (line 1) does not say which ion it stands for; the ion is called "
    "\"28.1-28.3 Da\"");
}

TEST(RangeTable, FoldsManyRangesWithoutIon)
{
  std::vector<Range> ranges;
  for (int i = 0; i < 50; ++i)
  {
    ranges.push_back(range(std::to_string(2 * i) + " " + std::to_string(2 * i + 1)));
  }
  const RangeTable table(ranges);
  ASSERT_EQ(table.warnings().size(), 21u);
  EXPECT_EQ(table.warnings().back(),
    "30 more ranges do not say which ion they stand for and name it by their bounds");
}

TEST(RangeTable, GivesAnIonTheFirstColourOfItsRanges)
{
  const RangeTable table(rows({ "1 2 H:1", "3 4 He:1 Color:112233", "5 6 H:1 Color:445566",
    "7 8 H:1 Color:778899", "9 10 Li:1" }));
  EXPECT_EQ(table.ions()[0].color, (Color{ 0x44, 0x55, 0x66 }));
  EXPECT_EQ(table.ions()[1].color, (Color{ 0x11, 0x22, 0x33 }));
  EXPECT_EQ(table.ions()[2].color, defaultColor(2));
}

TEST(RangeTable, CountsBoundsInTheirRange)
{
  const RangeTable table(rows({ "26.85 27.15 Al:1" }));
  EXPECT_EQ(table.ionOf(26.85f), 0);
  EXPECT_EQ(table.ionOf(27.15f), 0);
  EXPECT_EQ(table.ionOf(std::nextafter(26.85f, 0.0f)), RangeTable::Unranged);
  EXPECT_EQ(table.ionOf(std::nextafter(27.15f, 100.0f)), RangeTable::Unranged);
}

TEST(RangeTable, LetsTheEarlierOfTwoOverlappingRangesWinAndNamesBoth)
{
  const RangeTable table(rows({ "27 28 Al:1", "26 27.5 Cr:1" }));
  EXPECT_EQ(table.ionOf(27.2f), 0);
  EXPECT_EQ(table.ionOf(26.5f), 1);
  EXPECT_EQ(table.ionOf(std::nextafter(27.0f, 0.0f)), 1);
  ASSERT_EQ(table.warnings().size(), 1u);
  EXPECT_EQ(table.warnings()[0],
    "Al 27-28 Da (line 1) and Cr 26-27.5 Da (line 2) overlap; ions in both count as Al, which "
    "comes first in the file");
  expectDefinition(table, tellingRatios(table.ranges()));
}

TEST(RangeTable, NumbersRangesWithoutLineInItsWarnings)
{
  const RangeTable table({ range("27 28 Al:1"), range("26 27.5 Al:1 Name:other") });
  ASSERT_EQ(table.warnings().size(), 1u);
  EXPECT_EQ(table.warnings()[0],
    "Al 27-28 Da (range 1) and other 26-27.5 Da (range 2) overlap; ions in both count as Al, which "
    "comes first in the file");
}

TEST(RangeTable, SaysWhereOverlappingRangesStandForTheSameIon)
{
  const RangeTable table(rows({ "27 28 Al:1", "26 27.5 Al:1" }));
  ASSERT_EQ(table.warnings().size(), 1u);
  EXPECT_EQ(table.warnings()[0],
    "Al 27-28 Da (line 1) and Al 26-27.5 Da (line 2) overlap; both stand for the same ion");
}

TEST(RangeTable, DoesNotMindRangesThatOnlyTouch)
{
  const RangeTable table(rows({ "27 28 Al:1", "26 27 Cr:1", "28 29 Fe:1" }));
  EXPECT_TRUE(table.warnings().empty());
  EXPECT_EQ(table.ionOf(27.0f), 0);
  EXPECT_EQ(table.ionOf(28.0f), 0);
  expectDefinition(table, tellingRatios(table.ranges()));
}

TEST(RangeTable, DoesNotMentionIdenticalRepeats)
{
  const RangeTable table(rows({ "27 28 Al:1", "27 28 Al:1 Vol:0.1", "27 28 Al:1" }));
  EXPECT_TRUE(table.warnings().empty());
  EXPECT_EQ(table.ranges().size(), 3u);
}

TEST(RangeTable, FoldsManyOverlapsAndCountsThemAll)
{
  std::vector<Range> ranges;
  for (int i = 0; i < 100; ++i)
  {
    ranges.push_back(range("1 " + std::to_string(200 - i) + " Name:ion" + std::to_string(i)));
  }
  const RangeTable table(ranges);
  ASSERT_EQ(table.warnings().size(), 21u);
  // 100 × 99 / 2 pairs.
  EXPECT_EQ(table.warnings().back(),
    "4930 more pairs of ranges overlap; ions in both count as the one that comes first in the "
    "file");
}

TEST(RangeTable, CountsOverlapsAsTheirDefinitionDoes)
{
  std::mt19937 random(5);
  for (int repeat = 0; repeat < 200; ++repeat)
  {
    std::vector<Range> ranges;
    const std::size_t size = 1 + random() % 30;
    for (std::size_t i = 0; i < size; ++i)
    {
      Range each;
      each.lower = static_cast<double>(random() % 20);
      each.upper = each.lower + static_cast<double>(1 + random() % 5);
      each.name = std::to_string(i);
      ranges.push_back(each);
    }
    std::size_t expected = 0;
    for (std::size_t i = 0; i < size; ++i)
    {
      for (std::size_t j = 0; j < i; ++j)
      {
        expected +=
          std::max(ranges[i].lower, ranges[j].lower) < std::min(ranges[i].upper, ranges[j].upper);
      }
    }
    const RangeTable table(ranges);
    std::size_t said = std::min<std::size_t>(table.warnings().size(), 20);
    if (table.warnings().size() > 20)
    {
      said += std::stoul(table.warnings().back());
    }
    ASSERT_EQ(said, expected);
  }
}

TEST(RangeTable, AgreesWithItsDefinitionOnRandomRanges)
{
  std::mt19937 random(7);
  for (int repeat = 0; repeat < 300; ++repeat)
  {
    const double span = std::pow(10.0, static_cast<double>(random() % 8) - 3);
    std::uniform_real_distribution<double> place(random() % 3 == 0 ? -span : 0.0, span);
    std::uniform_real_distribution<double> width(0.0, span / 10);
    std::vector<Range> ranges;
    const std::size_t size = 1 + random() % 60;
    for (std::size_t i = 0; i < size; ++i)
    {
      Range each;
      each.lower = place(random);
      each.upper = random() % 20 == 0 ? each.lower : each.lower + width(random);
      each.name = std::to_string(random() % 20);
      ranges.push_back(each);
      if (random() % 4 == 0 && i + 1 < size)
      {
        // One that only touches.
        each.lower = each.upper;
        each.upper = each.lower + width(random);
        ranges.push_back(each);
      }
    }
    const RangeTable table(ranges);
    std::vector<float> ratios = tellingRatios(ranges);
    for (int i = 0; i < 300; ++i)
    {
      ratios.push_back(static_cast<float>(1.2 * place(random)));
    }
    ASSERT_NO_FATAL_FAILURE(expectDefinition(table, ratios));
  }
}

TEST(RangeTable, AgreesWithItsDefinitionFarOutAndAcrossZero)
{
  for (const std::vector<std::string>& texts :
    std::vector<std::vector<std::string>>{ { "-1 0 H:1", "0 1 He:1" }, { "0 1 He:1", "-1 0 H:1" },
      { "-0.0 0.5 H:1" }, { "-3e38 3e38 H:1" }, { "1e30 2e30 H:1", "27 28 Al:1" },
      { "1e6 1000000.5 H:1" }, { "-1e20 -1e19 H:1", "0.9 1.1 He:1", "5000 6000 Li:1" },
      { "1e-40 1e-39 H:1" }, { "300 301 H:1", "-2000 -1999 He:1" }, { "16777215 16777217 H:1" } })
  {
    const RangeTable table(rows(texts));
    std::vector<float> ratios = tellingRatios(table.ranges());
    for (float ratio = 1e-3f; ratio < 1e8f; ratio *= 1.001f)
    {
      ratios.push_back(ratio);
      ratios.push_back(-ratio);
    }
    ASSERT_NO_FATAL_FAILURE(expectDefinition(table, ratios)) << texts[0];
  }
}

TEST(RangeTable, TakesAnyFloatBitPattern)
{
  const RangeTable table(rows({ "0.5 1.5 H:1", "26.8 27.2 Al:1", "27.1 28 Cr:1" }));
  std::mt19937 random(11);
  std::vector<float> ratios(20000);
  for (float& ratio : ratios)
  {
    const auto bits = static_cast<std::uint32_t>(random());
    std::memcpy(&ratio, &bits, sizeof(ratio));
  }
  expectDefinition(table, ratios);
}

TEST(RangeTable, TakesBoundsTheWrongWayRoundForSwapped)
{
  Range reversed = range("27 28 Al:1");
  std::swap(reversed.lower, reversed.upper);
  EXPECT_EQ(RangeTable({ reversed }).ionOf(27.5f), 0);
}

TEST(RangeTable, RejectsBoundsThatAreNotFinite)
{
  for (const double bound : { std::numeric_limits<double>::quiet_NaN(),
         std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(), 1e39 })
  {
    Range wrong = range("27 28 Al:1");
    wrong.upper = bound;
    EXPECT_THROW(RangeTable({ wrong }), ParameterError);
    wrong = range("27 28 Al:1");
    wrong.lower = bound;
    EXPECT_THROW(RangeTable({ wrong }), ParameterError);
  }
}

TEST(RangeTable, TakesAsManyRangesAsAnInt16CanIndexAndNoMore)
{
  std::vector<Range> ranges(32767);
  for (std::size_t i = 0; i < ranges.size(); ++i)
  {
    ranges[i].lower = static_cast<double>(i) * 0.01;
    ranges[i].upper = ranges[i].lower + 0.005;
    ranges[i].name = std::to_string(i);
  }
  const RangeTable table(ranges);
  EXPECT_EQ(table.ions().size(), 32767u);
  EXPECT_EQ(table.ionOf(327.662f), 32766);
  ranges.push_back(ranges.back());
  EXPECT_THROW(RangeTable{ ranges }, ParameterError);
}

TEST(RangeTable, SettlesManyOverlapsQuickly)
{
  // Half a billion pairs; a loop over them would take minutes under a sanitizer.
  std::vector<Range> ranges(32767);
  for (std::size_t i = 0; i < ranges.size(); ++i)
  {
    ranges[i].lower = 1;
    ranges[i].upper = 1000 + static_cast<double>(i);
    ranges[i].name = std::to_string(i);
  }
  const RangeTable table(ranges);
  EXPECT_EQ(table.ionOf(5.0f), 0);
  EXPECT_EQ(table.ionOf(20000.5f), 19001);
  EXPECT_EQ(table.warnings().size(), 21u);
}

TEST(RangeTable, AssignsTheSameForAnyNumberOfThreads)
{
  const RangeTable table(rows({ "0.5 1.5 H:1", "26.8 27.2 Al:1", "27.1 28 Cr:1" }));
  std::mt19937 random(3);
  std::uniform_real_distribution<float> place(0.0f, 30.0f);
  std::vector<float> ratios(1000003);
  std::generate(ratios.begin(), ratios.end(), [&] { return place(random); });
  std::vector<std::vector<std::int16_t>> answers;
  for (const int threads : { 1, 2, 3 })
  {
    const ThreadLimit limit(threads);
    answers.emplace_back(ratios.size(), 77);
    table.assign(ratios.data(), ratios.size(), answers.back().data());
  }
  EXPECT_EQ(answers[0], answers[1]);
  EXPECT_EQ(answers[0], answers[2]);
}

TEST(RangeTable, StopsWhenAsked)
{
  const RangeTable table(rows({ "26.8 27.2 Al:1" }));
  const std::vector<float> ratios(1000000, 27.0f);
  std::vector<std::int16_t> ions(ratios.size());
  EXPECT_THROW(
    table.assign(ratios.data(), ratios.size(), ions.data(), [](double) { return false; }), Stopped);
}

} // namespace
} // namespace apt
