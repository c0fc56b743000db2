// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "RangeFile.h"

#include "Error.h"
#include "InputFile.h"
#include "TestFiles.h"

#include <gtest/gtest.h>

#include <clocale>
#include <limits>
#include <map>
#include <random>

namespace apt
{
namespace
{

using Rows = std::vector<std::string>;
using Warnings = std::vector<std::string>;
using Parts = std::vector<Constituent>;

RangeFile quirk(const std::string& name)
{
  return readRangeFile(ATOMPROBE_TEST_DATA "/range-quirks/" + name);
}

RangeFile real(const std::string& name)
{
  return readRangeFile(ATOMPROBE_TEST_DATA "/ranges/" + name);
}

/** All that a range says in one line. FormatRangeRow.* below test that on its own. */
Rows rowsOf(const RangeFile& file)
{
  Rows rows;
  for (const Range& range : file.ranges)
  {
    rows.push_back(formatRangeRow(range));
  }
  return rows;
}

std::vector<std::size_t> linesOf(const RangeFile& file)
{
  std::vector<std::size_t> lines;
  for (const Range& range : file.ranges)
  {
    lines.push_back(range.line);
  }
  return lines;
}

const std::string aluminium = "26.8 27.2 Vol:0.0166 Al:1 Color:33FFFF";
const std::string iron = "27.9 28.1 Vol:0.0118 Fe:1 Color:FF00FF";

void expectPlain(const std::string& name)
{
  const RangeFile file = quirk(name);
  EXPECT_EQ(rowsOf(file), (Rows{ aluminium, iron })) << name;
  EXPECT_EQ(file.warnings, Warnings{}) << name;
}

std::string messageOf(const std::string& text, const std::string& path = "x.rrng")
{
  try
  {
    parseRangeFile(text, path);
  }
  catch (const FileError& error)
  {
    return error.what();
  }
  return "no error";
}

bool contains(const std::string& text, const std::string& part)
{
  return text.find(part) != std::string::npos;
}

// ---- Numbers and rows ---------------------------------------------------------------------------

TEST(ShortestNumber, HasNoExponentInTheRangeOfMassesAndVolumes)
{
  EXPECT_EQ(shortestNumber(26.8), "26.8");
  EXPECT_EQ(shortestNumber(27), "27");
  EXPECT_EQ(shortestNumber(0), "0");
  EXPECT_EQ(shortestNumber(-0.5), "-0.5");
  EXPECT_EQ(shortestNumber(0.0001), "0.0001");
  EXPECT_EQ(shortestNumber(100000), "100000");
  EXPECT_EQ(shortestNumber(0.1 + 0.2), "0.30000000000000004");
}

TEST(FormatRangeRow, WritesWhatRrngWrites)
{
  Range range;
  range.lower = 26.8;
  range.upper = 27.2;
  range.volume = 0.01661;
  range.constituents = { { "Al", 1 } };
  range.color = Color{ 0x33, 0xFF, 0x0A };
  EXPECT_EQ(formatRangeRow(range), "26.8 27.2 Vol:0.01661 Al:1 Color:33FF0A");
  range.constituents = { { "Fe", 1 }, { "O", 2 } };
  range.name = "rust";
  range.color.reset();
  EXPECT_EQ(formatRangeRow(range), "26.8 27.2 Vol:0.01661 Fe:1 O:2 Name:rust");
}

TEST(FormatRangeRow, QuotesWhatThePlainFormCannotHold)
{
  Range range;
  range.lower = 1;
  range.upper = 2;
  range.name = "a \"b\" c:1";
  range.constituents = { { "Vol", 1 }, { "5.3", 2 }, { "A B", 3 } };
  EXPECT_EQ(
    formatRangeRow(range), "1 2 Vol:0 \"Vol\":1 \"5.3\":2 \"A B\":3 Name:\"a \"\"b\"\" c:1\"");
}

TEST(ParseRangeRow, ReadsBackWhatFormatRangeRowWrites)
{
  std::mt19937_64 random(3);
  const std::vector<std::string> texts = { "Al", "O", "un1", "59", "5,3", "Vol", "name", "#a", ";b",
    "a b", " a", "a=b", "x:y", "\"", "\"\"", "\"q\"", "a\"b", "Fe\xC3\xA9", "nan", "Range1", ".",
    "--", "1e5", "colour", "a ", "\\", "Color:33FFFF" };
  std::uniform_real_distribution<double> number(-10, 400);
  for (int repeat = 0; repeat < 5000; ++repeat)
  {
    Range range;
    range.lower = number(random);
    range.upper = range.lower + 0.1;
    range.volume = random() % 2 ? 0.0 : std::ldexp(1.0, -static_cast<int>(random() % 60));
    for (std::size_t i = random() % 4; i > 0; --i)
    {
      const std::string symbol = texts[random() % texts.size()] + std::string(i, 'x');
      range.constituents.push_back({ symbol, 1 + static_cast<int>(random() % 12) });
    }
    if (random() % 2)
    {
      range.constituents.push_back({ texts[random() % texts.size()], 2 });
    }
    range.name = random() % 2 ? texts[random() % texts.size()] : "";
    if (random() % 2)
    {
      range.color = Color{ static_cast<std::uint8_t>(random()), 0, 255 };
    }
    const std::string row = formatRangeRow(range);
    ASSERT_EQ(parseRangeRow(row), range) << row;
    ASSERT_EQ(parseRangeRow("Range12 = " + row), range) << row;
  }
}

TEST(ParseRangeRow, IsAsLenientAsAFile)
{
  const Range range = parseRangeRow("  27,2\t26,8 al1:1 Vol0,5 Color#FF");
  EXPECT_EQ(range.lower, 26.8);
  EXPECT_EQ(range.upper, 27.2);
  EXPECT_EQ(range.constituents, (Parts{ { "al1", 1 } }));
  EXPECT_EQ(range.volume, 0.5);
  EXPECT_EQ(range.color, (Color{ 0x00, 0x00, 0xFF }));
}

TEST(ParseRangeRow, RejectsWhatItDoesNotUnderstand)
{
  for (const char* row : { "", " ", "Range1=", "26.8", "26.8 Al:1", "26.8 27.2 aluminium",
         "26.8 27.2 Al:many", "26.8 27.2 Al:1 Color:red", "26.8 nan Al:1", "26.8 inf Al:1",
         "26.8 26.8 Al:1", "26.8 27.2 Vol:-1", "26.8 27.2 Al:-1", "26.8 27.2 Al:1e9",
         "26.8 1e300 Al:1", "26.8 27.2 28 Al:1" })
  {
    EXPECT_THROW(parseRangeRow(row), ParameterError) << row;
  }
}

TEST(ParseRangeRow, SaysWhatIsWrongWithARow)
{
  try
  {
    parseRangeRow("26.8 Al:1");
    FAIL();
  }
  catch (const ParameterError& error)
  {
    EXPECT_STREQ(error.what(),
      "range is \"26.8 Al:1\" (no two bounds in \"26.8 Al:1\"; the row was passed over); allowed "
      "is "
      "two bounds in Da and the ion, such as \"26.8 27.2 Vol:0.0166 Al:1 Color:33FFFF\"");
  }
}

// ---- Real files ---------------------------------------------------------------------------------

TEST(RangeFile, ReadsTheRangesOfCoCrNi)
{
  const RangeFile file = readRangeFile(ATOMPROBE_TEST_DATA "/CoCrNi/CoCrNi.rrng");
  EXPECT_EQ(rowsOf(file),
    (Rows{ "24.85 25.1 Vol:0.01201 Cr:1 Color:FF33CC", "25.8 26.25 Vol:0.01201 Cr:1 Color:FF33CC",
      "26.35 26.65 Vol:0.01201 Cr:1 Color:FF33CC", "26.85 27.15 Vol:0.01201 Cr:1 Color:FF33CC",
      "28.85 29.3 Vol:0.01094 Ni:1 Color:00CC00", "29.35 29.8 Vol:0.01108 Co:1 Color:0000FF",
      "29.85 30.25 Vol:0.01094 Ni:1 Color:00CC00", "30.35 30.65 Vol:0.01094 Ni:1 Color:00CC00",
      "30.85 31.15 Vol:0.01094 Ni:1 Color:00CC00", "31.85 32.15 Vol:0.01094 Ni:1 Color:00CC00",
      "57.8 58.2 Vol:0.01094 Ni:1 Color:00CC00", "59.8 60.2 Vol:0.01094 Ni:1 Color:00CC00",
      "0.95 1.1 Vol:0 H:1 Color:CCCC00", "1.95 2.1 Vol:0 H:2 Color:FFC800" }));
  EXPECT_EQ(file.ranges.front().line, 9u);
  EXPECT_EQ(file.ranges.back().line, 22u);
  EXPECT_EQ(file.warnings, Warnings{});
}

TEST(RangeFile, ReadsRrngWithUpperCaseExtensionAndBlankLines)
{
  const RangeFile file = real("R18_58152-v02.RRNG");
  EXPECT_EQ(rowsOf(file),
    (Rows{ "13.409 13.846 Vol:0.01661 Al:1 Color:33FFFF",
      "26.876 27.324 Vol:0.01661 Al:1 Color:33FFFF", "8.958 9.099 Vol:0.01661 Al:1 Color:33FFFF",
      "22.71 25.324 Vol:0.01767 Ti:1 Color:003333", "15.284 16.812 Vol:0.01767 Ti:1 Color:003333",
      "25.387 25.826 Vol:0.01382 V:1 Color:CC00CC", "16.948 17.04 Vol:0.01382 V:1 Color:CC00CC",
      "11.961 13.14 Vol:0.00878 C:1 Color:660033", "5.852 6.218 Vol:0.00878 C:1 Color:660033",
      "27.918 28.107 Vol:0.01177 Fe:1 Color:FF00FF", "13.95 14.08 Vol:0.02248 N:1 Color:99CC00",
      "30.909 33.1 Vol:0.0465 O:1 Ti:1 Color:006666",
      "61.906 66.137 Vol:0.0465 O:1 Ti:1 Color:006666",
      "29.948 30.081 Vol:0.02645 C:1 Ti:1 Color:FF0000" }));
  EXPECT_EQ(file.ranges.front().line, 13u);
  EXPECT_EQ(file.warnings, Warnings{});
}

TEST(RangeFile, ReadsRrngWithDecimalCommas)
{
  const RangeFile file = real("Mo_range.rrng");
  EXPECT_EQ(file.warnings, Warnings{});
  const Rows rows = rowsOf(file);
  ASSERT_EQ(rows.size(), 46u);
  EXPECT_EQ(rows[0], "22.8615 23.091 Vol:0.01558 Mo:1 Color:FF0033");
  EXPECT_EQ(rows[21], "13.928 14.116 Vol:0.02248 N:1 Color:009900");
  EXPECT_EQ(rows[25], "34.398 34.538 Vol:0.0196 Ga:1 Color:FFFF00");
  EXPECT_EQ(rows[34], "37.916 38.055 Vol:0.03806 Mo:1 N:1 Color:009900");
  EXPECT_EQ(rows[45], "61.901 62.061 Vol:0.01573 W:1 Color:330033");

  struct Kind
  {
    int ranges;
    double volume;
    Color color;
  };
  const std::map<std::string, Kind> expected = { { "Mo", { 21, 0.01558, { 0xFF, 0x00, 0x33 } } },
    { "N", { 1, 0.02248, { 0x00, 0x99, 0x00 } } }, { "O", { 1, 0.02883, { 0x00, 0x33, 0xFF } } },
    { "P", { 2, 0.02826, { 0xFF, 0x00, 0xFF } } }, { "Ga", { 1, 0.0196, { 0xFF, 0xFF, 0x00 } } },
    { "S", { 1, 0.02579, { 0xFF, 0xFF, 0x00 } } }, { "Fe", { 1, 0.01177, { 0xFF, 0x00, 0xFF } } },
    { "MoN", { 7, 0.03806, { 0x00, 0x99, 0x00 } } }, { "MoO", { 7, 0.0444, { 0x00, 0x33, 0xFF } } },
    { "W", { 4, 0.01573, { 0x33, 0x00, 0x33 } } } };
  std::map<std::string, int> ranges;
  for (const Range& range : file.ranges)
  {
    const std::string ion = formulaOf(range.constituents);
    ASSERT_TRUE(expected.count(ion)) << ion;
    ++ranges[ion];
    EXPECT_EQ(range.volume, expected.at(ion).volume);
    EXPECT_EQ(range.color, expected.at(ion).color);
    EXPECT_EQ(range.name, "");
    EXPECT_GT(range.upper, range.lower);
    EXPECT_LT(range.upper, range.lower + 0.4);
  }
  for (const auto& [ion, kind] : expected)
  {
    EXPECT_EQ(ranges[ion], kind.ranges) << ion;
  }
}

TEST(RangeFile, ReadsDoubleRngAsOneRangePerMolecule)
{
  const RangeFile file = real("R18_55377-v02.rng");
  EXPECT_EQ(rowsOf(file),
    (Rows{ "0.9006 1.3196 Vol:0 H:1 Color:CCCC00", "1.907 2.33 Vol:0 H:1 Color:CCCC00",
      "11.87 12.3261 Vol:0 Mg:1 Color:CC00CC", "12.3699 12.8272 Vol:0 Mg:1 Color:CC00CC",
      "12.8699 13.3276 Vol:0 Mg:1 Color:CC00CC", "13.3276 13.869 Vol:0 Al:1 Color:33FFFF",
      "26.8486 28.513 Vol:0 Al:1 Color:33FFFF",
      "13.951 14.101 Vol:0 Al:1 H:1 Name:AlH Color:FF0000" }));
  EXPECT_EQ(linesOf(file), (std::vector<std::size_t>{ 9, 10, 11, 12, 13, 14, 15, 16 }));
  EXPECT_EQ(file.warnings, Warnings{});
}

TEST(RangeFile, ReadsALargeDoubleRng)
{
  const RangeFile file = real("87D_1.rng");
  EXPECT_EQ(file.warnings, Warnings{});
  const Rows rows = rowsOf(file);
  ASSERT_EQ(rows.size(), 92u);
  EXPECT_EQ(rows[0], "13.883 14.212 Vol:0 Si:1 Color:999999");
  EXPECT_EQ(rows[6], "29.893 30.142 Vol:0 Zr:1 Color:660066");
  EXPECT_EQ(rows[27], "45.891 46.117 Vol:0 Si:1 O:1 Name:SiO Color:9999FF");
  EXPECT_EQ(rows[63], "82.818 83.062 Vol:0 Zr:1 Si:1 O:3 Name:ZrSiO3 Color:6666FF");
  EXPECT_EQ(rows[74], "119.795 120.194 Vol:0 Si:2 O:4 Name:Si2O4 Color:FF0000");
  EXPECT_EQ(rows[91], "32.98 33.017 Vol:0 O:2 Name:O2 Color:0099FF");
  EXPECT_EQ(file.ranges[0].line, 31u);
  EXPECT_EQ(file.ranges[91].line, 122u);

  std::map<std::string, int> ranges;
  for (const Range& range : file.ranges)
  {
    ++ranges[range.name.empty() ? formulaOf(range.constituents) : range.name];
    EXPECT_TRUE(range.color.has_value());
    if (!range.name.empty())
    {
      EXPECT_EQ(formulaOf(range.constituents), range.name);
    }
  }
  // Counted in the file with another program.
  const std::map<std::string, int> expected = { { "Si", 8 }, { "Zr", 12 }, { "O", 3 }, { "Y", 1 },
    { "Tm", 1 }, { "P", 1 }, { "Ta", 1 }, { "SiO", 4 }, { "ZrO", 15 }, { "HfO", 9 }, { "SiO2", 3 },
    { "ZrO2", 5 }, { "ZrSiO3", 9 }, { "Si2O3", 2 }, { "Si2O4", 1 }, { "SiO3", 3 }, { "ErO", 1 },
    { "DyO", 1 }, { "YO", 1 }, { "UO", 1 }, { "ThO2", 1 }, { "HfO2", 4 }, { "NbO", 1 },
    { "ScO", 1 }, { "O2", 3 } };
  EXPECT_EQ(ranges, expected);
}

TEST(RangeFile, ReadsEnvWithItsNamesAndVolumes)
{
  const RangeFile file = real("ErMnO.env");
  EXPECT_EQ(rowsOf(file),
    (Rows{ "15.88 16.84 Vol:0.02 O:1 Name:O Color:00FF00",
      "27.33 27.95 Vol:0.01166 Mn:1 Name:Mn Color:0080FF",
      "81.89 82.36 Vol:0.01166 Er:1 Name:Er Color:FF0000",
      "82.91 83.41 Vol:0.01166 Er:1 Name:Er Color:FF0000",
      "83.41 83.91 Vol:0.01166 Er:1 Name:Er Color:FF0000",
      "83.93 84.9 Vol:0.01166 Er:1 Name:Er Color:FF0000",
      "84.92 85.45 Vol:0.01166 Er:1 Name:Er Color:FF0000",
      "53.93 54.13 Vol:0.01166 Er:1 Name:Er Color:FF0000",
      "54.49 54.75 Vol:0.01166 Er:1 Name:Er Color:FF0000",
      "55.09 55.55 Vol:0.01166 Er:1 Name:Er Color:FF0000",
      "55.543 55.88 Vol:0.01166 Er:1 Name:Er Color:FF0000",
      "55.877 56.27 Vol:0.01166 Er:1 Name:Er Color:FF0000",
      "56.5 56.97 Vol:0.01166 Er:1 Name:Er Color:FF0000",
      "54.77 55.02 Vol:0.01166 Mn:1 Name:Mn Color:0080FF",
      "62.85 63.13 Vol:0.01166 Mn:2 O:1 Name:Mn2O Color:000000",
      "43.38 43.65 Vol:0.01166 Mn:1 O:2 Name:MnO2 Color:808080",
      "70.59 72.81 Vol:0.01166 Mn:1 O:1 Name:MnO Color:808080",
      "86.76 87.27 Vol:0.01166 Mn:1 O:2 Name:MnO2 Color:808080",
      "89.81 93.86 Vol:0.01166 Er:1 O:1 Name:ErO Color:FF0000",
      "98.8 101.36 Vol:0.01166 Er:1 O:2 Name:ErO2 Color:FF0000",
      "102.77 103.53 Vol:0.01166 Mn:1 O:3 Name:MnO3 Color:808080",
      "180.33 187.3 Vol:0.01166 Er:1 O:1 Name:ErO Color:FF0000",
      "197 203.38 Vol:0.01166 Er:1 O:2 Name:ErO2 Color:FF0000",
      "31.72 34.3 Vol:0.01166 O:2 Name:O2 Color:0000FF",
      "22.24 22.72 Vol:0.01166 Name:X23 Color:4D8080",
      "0.93 3.18 Vol:0.01166 Name:Hyd Color:000000" }));
  EXPECT_EQ(file.ranges.front().line, 39u);
  EXPECT_EQ(file.warnings, Warnings{});
}

// ---- .rrng: what is seen in the wild ------------------------------------------------------------

TEST(RangeFile, ReadsDecimalCommas)
{
  const RangeFile file = quirk("decimal-commas.rrng");
  EXPECT_EQ(rowsOf(file),
    (Rows{ "22.8615 23.091 Vol:0.01558 Mo:1 Color:FF0033",
      "23.5 24.25 Vol:0.01558 Mo:1 Color:FF0033",
      "30.5194 30.789 Vol:0.01558 Mo:1 Color:FF0033" }));
  EXPECT_EQ(file.warnings, Warnings{});
}

TEST(RangeFile, ReadsAnyLineEnds)
{
  expectPlain("crlf-line-ends.rrng");
  expectPlain("cr-line-ends.rrng");
  expectPlain("mixed-line-ends.rrng");
  expectPlain("no-last-newline.rrng");
}

TEST(RangeFile, CountsLinesWhateverEndsThem)
{
  EXPECT_EQ(linesOf(quirk("crlf-line-ends.rrng")), (std::vector<std::size_t>{ 7, 8 }));
  EXPECT_EQ(linesOf(quirk("cr-line-ends.rrng")), (std::vector<std::size_t>{ 7, 8 }));
  EXPECT_EQ(linesOf(quirk("mixed-line-ends.rrng")), (std::vector<std::size_t>{ 7, 9 }));
}

TEST(RangeFile, PassesOverBlankLinesAndComments)
{
  expectPlain("blank-and-comment-lines.rrng");
}

TEST(RangeFile, ReadsSectionsAndKeysInAnyCase)
{
  const RangeFile file = quirk("any-case.rrng");
  EXPECT_EQ(rowsOf(file), (Rows{ aluminium, "27.9 28.1 Vol:0.0118 Fe:1 Name:iron Color:FF00FF" }));
  EXPECT_EQ(file.warnings, Warnings{});
}

TEST(RangeFile, TakesAMissingVolumeForUnknown)
{
  const RangeFile file = quirk("no-volume.rrng");
  EXPECT_EQ(rowsOf(file),
    (Rows{ "26.8 27.2 Vol:0 Al:1 Color:33FFFF", "27.9 28.1 Vol:0 Fe:1 Color:FF00FF" }));
  EXPECT_EQ(file.warnings, Warnings{});
}

TEST(RangeFile, ReadsCountsWithDecimals)
{
  const RangeFile file = quirk("counts-with-decimals.rrng");
  EXPECT_EQ(rowsOf(file),
    (Rows{ "26.8 27.2 Vol:0.0166 A:1 Color:33FFFF", "43.9 44.1 Vol:0 Al:1 O:2",
      "59.9 60.1 Vol:0 Si:1" }));
  EXPECT_EQ(file.warnings, (Warnings{ "line 5: 1.4 atoms of \"Si\" were rounded to 1" }));
}

TEST(RangeFile, ReadsSpacesAroundEqualsAndColons)
{
  expectPlain("spaces-around-equals.rrng");
  expectPlain("spaces-around-colons.rrng");
}

TEST(RangeFile, ReadsIonsThatExistOnlyAsAName)
{
  const RangeFile file = quirk("names-only.rrng");
  EXPECT_EQ(rowsOf(file),
    (Rows{ "58.8 59.2 Vol:0 Name:59 Color:112233", "52.3 52.7 Vol:0 Name:52pt5 Color:445566",
      "70.1 70.4 Vol:0 Name:un1", "62.85 63.13 Vol:0 Name:Mn2O" }));
  EXPECT_EQ(file.warnings, Warnings{});
}

TEST(RangeFile, ReadsInventedSpecies)
{
  const RangeFile file = quirk("invented-species.rrng");
  EXPECT_EQ(rowsOf(file),
    (Rows{
      "112.8 113.2 Vol:0 CdandInAt113:1 Color:00FF00", "56.3 56.6 Vol:0 CdandInAt113:1 O:2" }));
  EXPECT_EQ(file.warnings, Warnings{});
}

TEST(RangeFile, DoesNotNeedTheListOfIons)
{
  expectPlain("elements-missing-from-ions.rrng");
  expectPlain("no-sections.rrng");
  expectPlain("rows-without-keys.rrng");
}

TEST(RangeFile, ReadsRowsThatAllHaveTheSameKey)
{
  expectPlain("every-key-range1.rrng");
}

TEST(RangeFile, KeepsOneOfExactRepeats)
{
  expectPlain("same-range-300-times.rrng");
  EXPECT_EQ(linesOf(quirk("same-range-300-times.rrng")), (std::vector<std::size_t>{ 3, 303 }));
}

TEST(RangeFile, SaysWhereTheNumberOfRangesIsWrong)
{
  const RangeFile file = quirk("wrong-number.rrng");
  EXPECT_EQ(rowsOf(file), (Rows{ aluminium, iron }));
  EXPECT_EQ(
    file.warnings, (Warnings{ "line 6: the file says that it has 7 ranges, but there are 2" }));
}

TEST(RangeFile, TakesAMissingColourForNone)
{
  const RangeFile file = quirk("no-colour.rrng");
  EXPECT_EQ(rowsOf(file), (Rows{ "26.8 27.2 Vol:0.0166 Al:1", "27.9 28.1 Vol:0.0118 Fe:1" }));
  EXPECT_FALSE(file.ranges[0].color.has_value());
  EXPECT_EQ(file.warnings, Warnings{});
}

TEST(RangeFile, ReadsFieldsInAnyOrder)
{
  const RangeFile file = quirk("fields-in-any-order.rrng");
  EXPECT_EQ(rowsOf(file),
    (Rows{ aluminium, "88.8 89.1 Vol:0.05 Fe:1 O:2 H:1 Name:FeO2H Color:FF00FF",
      "71.8 72.2 Vol:0 O:1 Fe:1 Name:rust" }));
  EXPECT_EQ(file.warnings, Warnings{});
}

TEST(RangeFile, ReadsOtherEncodings)
{
  expectPlain("utf8-byte-order-mark.rrng");
  expectPlain("utf16-big-endian-unmarked.rrng");
  const RangeFile file = quirk("utf16-little-endian.rrng");
  EXPECT_EQ(
    rowsOf(file), (Rows{ aluminium, "27.9 28.1 Vol:0.0118 Fe:1 Name:Fe\xC3\xA9 Color:FF00FF" }));
  EXPECT_EQ(file.warnings, Warnings{});
}

TEST(RangeFile, ReadsNamesInWindows1252AsUtf8)
{
  const RangeFile file = quirk("windows-1252-names.rrng");
  ASSERT_EQ(file.ranges.size(), 2u);
  EXPECT_EQ(file.ranges[0].name, "Al\xC3\xBCminium");
  // The euro, a dash, a superscript two, and a byte that stands for nothing.
  EXPECT_EQ(file.ranges[1].name, "Fe\xE2\x82\xAC\xE2\x80\x93\xC2\xB2\xEF\xBF\xBD");
  ASSERT_EQ(file.warnings.size(), 2u); // the comment on line 1 is nobody's business
  EXPECT_TRUE(contains(file.warnings[0], "line 4: \"Range1=26.8 27.2 Vol:0.0166 Al:1 Name:Al"));
  EXPECT_TRUE(contains(file.warnings[0], "was not UTF-8 and was read as Windows-1252"));
}

TEST(RangeFile, ReadsTabsAndAllKindsOfSpaces)
{
  expectPlain("tabs-and-trailing-spaces.rrng");
  EXPECT_EQ(rowsOf(quirk("no-break-spaces.rrng")), (Rows{ aluminium }));
}

TEST(RangeFile, TakesZeroBytesForSpacesAndSaysSo)
{
  const RangeFile file = quirk("zero-byte.rrng");
  EXPECT_EQ(rowsOf(file), (Rows{ aluminium, iron }));
  EXPECT_EQ(file.warnings, (Warnings{ "line 7: bytes of value 0 were taken for spaces" }));
}

TEST(RangeFile, ReadsQuotedNames)
{
  const RangeFile file = quirk("quoted-names.rrng");
  ASSERT_EQ(file.ranges.size(), 3u);
  EXPECT_EQ(file.ranges[0].name, "aluminium (1+)");
  EXPECT_EQ(file.ranges[0].color, (Color{ 0x33, 0xFF, 0xFF }));
  EXPECT_EQ(file.ranges[1].name, "Fe:2+");
  EXPECT_EQ(file.ranges[1].constituents, (Parts{ { "Fe", 1 } }));
  EXPECT_EQ(file.ranges[2].name, "say \"N\"");
  EXPECT_EQ(file.warnings, Warnings{});
}

TEST(RangeFile, ReadsNamesWithSpaces)
{
  const RangeFile file = quirk("names-with-spaces.rrng");
  ASSERT_EQ(file.ranges.size(), 3u);
  EXPECT_EQ(file.ranges[0].name, "Al one plus");
  EXPECT_EQ(file.ranges[1].name, "iron");
  EXPECT_EQ(file.ranges[2].name, "un one");
  EXPECT_EQ(file.ranges[2].lower, 13.9);
  EXPECT_EQ(file.ranges[2].upper, 14.1);
  EXPECT_EQ(file.warnings, Warnings{});
}

TEST(RangeFile, ReadsColoursHoweverTheyAreSpelled)
{
  const RangeFile file = quirk("colours.rrng");
  const std::vector<std::optional<Color>> expected = { Color{ 0x33, 0xFF, 0xFF },
    Color{ 0x00, 0xCC, 0x00 }, Color{ 0x33, 0x66, 0x99 }, Color{ 0x33, 0x66, 0x99 },
    Color{ 10, 20, 255 }, std::nullopt, Color{ 0xFF, 0x00, 0xAA }, Color{ 0x0A, 0x0B, 0x0C },
    std::nullopt };
  ASSERT_EQ(file.ranges.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
  {
    EXPECT_EQ(file.ranges[i].color, expected[i]) << i;
  }
  EXPECT_EQ(file.warnings,
    (Warnings{ "line 4: the colour \"CC00\" has fewer than six digits and was taken for 00CC00",
      "line 5: the colour \"FF336699\" has eight digits; 336699 was used, without opacity",
      "line 6: the colour \"336699FF\" has eight digits; 336699 was used, without opacity",
      "line 7: the colour \"10,20,255\" was read as red, green and blue from 0 to 255",
      "line 8: \"red\" is not a colour and was passed over",
      "line 11: \"1234567\" is not a colour and was passed over" }));
}

TEST(RangeFile, ReadsFieldsThatLostTheirColon)
{
  const RangeFile file = quirk("missing-colons.rrng");
  EXPECT_EQ(rowsOf(file), (Rows{ aluminium, "27.9 28.1 Vol:0.0118 Fe:2 Name:iron Color:FF00FF" }));
  EXPECT_EQ(file.warnings,
    (Warnings{
      "line 3: \"Vol0.0166\" was read as if it had a colon (and likewise in 5 more places, "
      "the last on line 4)",
      "line 4: \"??\" was not understood and passed over" }));
}

TEST(RangeFile, SwapsBoundsThatAreTheWrongWayRound)
{
  const RangeFile file = quirk("swapped-bounds.rrng");
  EXPECT_EQ(rowsOf(file), (Rows{ aluminium }));
  EXPECT_EQ(file.warnings,
    (Warnings{ "line 3: the bounds 27.2 and 26.8 are the wrong way round and were swapped" }));
}

TEST(RangeFile, PassesOverRangesWithoutWidth)
{
  const RangeFile file = quirk("no-width.rrng");
  EXPECT_EQ(rowsOf(file), (Rows{ "26.8 27.2 Vol:0 Al:1" }));
  EXPECT_EQ(file.warnings,
    (Warnings{ "line 4: the range from 28 to 28 has no width and was passed over",
      "line 5: the range from 0 to 0 has no width and was passed over" }));
}

TEST(RangeFile, PassesOverBoundsThatAreNotFinite)
{
  const RangeFile file = quirk("not-finite.rrng");
  EXPECT_EQ(rowsOf(file), (Rows{ "26.8 27.2 Vol:0 Al:1" }));
  EXPECT_EQ(file.warnings,
    (Warnings{ "line 4: the bounds nan and 28 are not both finite as float32; the range was passed "
               "over (and likewise in 3 more places, the last on line 7)" }));
}

TEST(RangeFile, ReadsWhatIsLeftOfDamagedRowsAndSaysWhatIsNot)
{
  const RangeFile file = quirk("damaged-rows.rrng");
  EXPECT_EQ(rowsOf(file), (Rows{ "26.8 27.2 Vol:0 Al:1", "13.9 14.1 Vol:0", "1 1.1 Vol:0 H:1" }));
  EXPECT_EQ(file.warnings,
    (Warnings{ "line 4: no two bounds in \"\"; the row was passed over",
      "line 5: no two bounds in \"27.9 Fe:1\"; the row was passed over",
      "line 6: \"many\" is not a number of atoms; \"N\" was left out of the ion",
      "line 6: \"-2\" is not a number of atoms; \"O\" was left out of the ion",
      "line 6: \"-1\" is not a volume; that of the ion is taken for unknown",
      "line 6: \":5\" was not understood and passed over",
      "line 6: \"7:1\" was not understood and passed over",
      "line 6: \"15\" was not understood and passed over",
      "line 7: \"something else\" was not understood and passed over",
      "line 9: no two bounds in \"1,2,3 1.2.3 H:1\"; the row was passed over" }));
}

TEST(RangeFile, KeepsRangesThatNameNoIon)
{
  const RangeFile file = quirk("no-ion.rrng");
  EXPECT_EQ(rowsOf(file), (Rows{ "26.8 27.2 Vol:0 Al:1", "28.1 28.3 Vol:0 Color:FF00FF" }));
}

TEST(RangeFile, KeepsMoleculesListedAsConstituents)
{
  EXPECT_EQ(rowsOf(quirk("molecules-as-constituents.rrng")),
    (Rows{ "71.8 72.2 Vol:0 FeO:1", "143.8 144.2 Vol:0 FeO:2 O:1", "2 2.1 Vol:0 H2:1" }));
}

TEST(RangeFile, SumsAConstituentThatARowNamesTwice)
{
  EXPECT_EQ(
    rowsOf(parseRangeFile("Range1=1 2 H:1 O:1 H:2\n", "x.rrng")), (Rows{ "1 2 Vol:0 H:3 O:1" }));
}

TEST(RangeFile, FoldsTheSameWarningOnManyLines)
{
  std::string text;
  for (int i = 0; i < 500; ++i)
  {
    text += "Range" + std::to_string(i) + "=" + std::to_string(i + 1) + " " + std::to_string(i) +
      " H:1\n";
  }
  const RangeFile file = parseRangeFile(text, "x.rrng");
  EXPECT_EQ(file.ranges.size(), 500u);
  EXPECT_EQ(file.warnings,
    (Warnings{ "line 1: the bounds 1 and 0 are the wrong way round and were swapped (and likewise "
               "in 499 more places, the last on line 500)" }));
}

TEST(RangeFile, ReadsVeryLongLines)
{
  const std::string longName(1000000, 'x');
  const RangeFile file = parseRangeFile(
    "Range1=1 2 H:1 Name:" + longName + "\n" + std::string(1000000, 'y') + "\n", "x.rrng");
  ASSERT_EQ(file.ranges.size(), 1u);
  EXPECT_EQ(file.ranges[0].name, longName);
  ASSERT_EQ(file.warnings.size(), 1u);
  EXPECT_LT(file.warnings[0].size(), 200u);
}

TEST(RangeFile, CutsQuotedTextBetweenCharacters)
{
  const RangeFile file =
    parseRangeFile("Range1=1 2 H:1\n" + std::string(59, 'y') + "\xC3\xBC and more\n", "x.rrng");
  ASSERT_EQ(file.warnings.size(), 1u);
  EXPECT_TRUE(contains(file.warnings[0], std::string(59, 'y') + "\xE2\x80\xA6\""));
}

// ---- .rng ---------------------------------------------------------------------------------------

const Rows plainRng = { "26.8486 28.513 Vol:0 Al:1 Color:33FFFF", "13.951 14.101 Vol:0 Al:1 H:1" };

TEST(RangeFile, ReadsRngRowsWhateverTheyBeginWith)
{
  for (const char* name :
    { "rows-with-index.rng", "rows-with-names.rng", "rows-without-marker.rng" })
  {
    const RangeFile file = quirk(name);
    EXPECT_EQ(rowsOf(file), plainRng) << name;
    EXPECT_EQ(file.warnings, Warnings{}) << name;
  }
}

TEST(RangeFile, ReadsRngColoursUpTo255)
{
  const RangeFile file = quirk("colours-to-255.rng");
  EXPECT_EQ(
    rowsOf(file), (Rows{ "26.8 28.5 Vol:0 Al:1 Color:33FFFF", "0.9 1.3 Vol:0 H:1 Color:0001FF" }));
}

TEST(RangeFile, ReadsRngColumnsByPlaceNotByTheDashedLine)
{
  RangeFile file = quirk("dashes-touch-names.rng");
  EXPECT_EQ(rowsOf(file), plainRng);
  EXPECT_EQ(file.warnings, Warnings{});

  file = quirk("names-spelled-otherwise.rng");
  EXPECT_EQ(rowsOf(file),
    (Rows{ "26.8486 28.513 Vol:0 Al:1 Color:33FFFF", "0.9006 1.3196 Vol:0 H:1 Color:CCCC00" }));
  EXPECT_EQ(file.warnings,
    (Warnings{ "line 8: column 1 is \"AL\" in the dashed line and \"Al\" above it; columns were "
               "taken in the order of the names above" }));
}

TEST(RangeFile, NamesRngColumnsByTheDashedLineWhereNothingElseDoes)
{
  const RangeFile file = quirk("no-names-above-dashes.rng");
  EXPECT_EQ(rowsOf(file), (Rows{ "26.8486 28.513 Vol:0 Al:1", "0.9006 1.3196 Vol:0 H:1" }));
  EXPECT_EQ(file.warnings.size(), 1u);
}

TEST(RangeFile, NamesRngColumnsByTheDashedLineWhereTheRowsOfNamesAreDamaged)
{
  const RangeFile file = quirk("one-name-row-damaged.rng");
  EXPECT_EQ(rowsOf(file),
    (Rows{ "26.8486 28.513 Vol:0 Al:1 Color:33FFFF", "24.9 25.1 Vol:0 Mg:1 Color:CC00CC" }));
  EXPECT_EQ(file.warnings,
    (Warnings{
      "line 8: the ions were named by the dashed line, as 3 names there and 2 rows of name "
      "and colour disagree" }));
}

TEST(RangeFile, DoesNotNeedTheDashedLine)
{
  const RangeFile file = quirk("dashes-missing.rng");
  EXPECT_EQ(rowsOf(file), plainRng);
  EXPECT_EQ(file.warnings, Warnings{});
}

TEST(RangeFile, PassesOverRngRowsThatAreAllZero)
{
  const RangeFile file = quirk("all-zero-rows.rng");
  EXPECT_EQ(rowsOf(file), (Rows{ "26.8486 28.513 Vol:0 Al:1 Color:33FFFF" }));
  EXPECT_EQ(file.warnings,
    (Warnings{ "line 10: the row counts no ion in the range from 0 to 0 and was passed over",
      "line 11: the row counts no ion in the range from 5 to 6 and was passed over",
      "line 12: the range from 0 to 0 has no width and was passed over" }));
}

TEST(RangeFile, ReadsNegativeRngRanges)
{
  EXPECT_EQ(rowsOf(quirk("negative-ranges.rng")),
    (Rows{ "-1.5 -0.5 Vol:0 H:1 Color:CCCC00", "-0.25 0.25 Vol:0 Mg:1 Color:CC00CC" }));
}

TEST(RangeFile, ReadsRngExponentsAndDecimalCommas)
{
  EXPECT_EQ(rowsOf(quirk("exponents.rng")),
    (Rows{ "26 28.5 Vol:0 Al:1 Color:33FFFF", "0.9006 1.3196 Vol:0 H:1 Color:CCCC00" }));
  const RangeFile file = quirk("decimal-commas.rng");
  EXPECT_EQ(rowsOf(file), plainRng);
  EXPECT_EQ(file.warnings, Warnings{});
}

TEST(RangeFile, SaysWhereRngCountsAreWrong)
{
  RangeFile file = quirk("wrong-counts.rng");
  EXPECT_EQ(rowsOf(file), plainRng);
  EXPECT_EQ(file.warnings,
    (Warnings{ "line 1: the file says that it has 9 ranges, but there are 2",
      "line 8: the file says that it has 5 ions, but it names 3" }));

  file = quirk("short-and-long-rows.rng");
  EXPECT_EQ(rowsOf(file), (Rows{ plainRng[0], plainRng[1], "0.9 1.3 Vol:0 H:2 Color:CCCC00" }));
  EXPECT_EQ(file.warnings,
    (Warnings{ "line 9: the row has 1 count for 3 columns; the missing ones were taken for 0",
      "line 10: the row has 5 counts for 3 columns; those beyond were passed over",
      "line 11: \"end of file\" was not understood and passed over",
      "line 12: 1.5 atoms of \"H\" were rounded to 2" }));
}

TEST(RangeFile, TakesRngColumnsOfMoleculesApart)
{
  EXPECT_EQ(rowsOf(quirk("molecules-as-columns.rng")),
    (Rows{ "31.9 32.1 Vol:0 O:2 Name:O2 Color:00FF00", "63.9 64.1 Vol:0 O:4 Color:00FF00",
      "58.9 59.1 Vol:0 Al:1 O:2", "112.8 113.2 Vol:0 CdandInAt113:1 Color:FF0000" }));
}

TEST(RangeFile, JoinsTheTwoPartsOfADoubleRng)
{
  const RangeFile file = quirk("double.rng");
  EXPECT_EQ(rowsOf(file),
    (Rows{ plainRng[0], "13.951 14.101 Vol:0 Al:1 H:1 Name:AlH Color:FF0000",
      "24.9 25.1 Vol:0 H:1 Mg:1 Name:hydride Color:00FF00", "2 2.1 Vol:0 H:2 Name:AlH Color:FF0000",
      "47.9 48.1 Vol:0 Mg:2 Name:Mg2 Color:808080" }));
  EXPECT_EQ(linesOf(file), (std::vector<std::size_t>{ 9, 10, 11, 12, 28 }));
  EXPECT_EQ(file.warnings,
    (Warnings{ "line 27: the polyatomic extension calls an ion \"AlH\" that is \"H2\" on line 12; "
               "the name was kept, and the constituents there" }));
}

// ---- .env ---------------------------------------------------------------------------------------

const Rows plainEnv = { "27.9 28.1 Vol:0.01166 Fe:1 Name:Fe Color:FF8000",
  "71.8 72.2 Vol:0.02 Fe:1 O:1 Name:FeO Color:0000FF", "22.24 22.72 Vol:0 Name:X23" };

TEST(RangeFile, ReadsEnvWithVolumesInCubicAngstrom)
{
  for (const char* name : { "plain.env", "decimal-commas.env", "no-increment.env" })
  {
    const RangeFile file = quirk(name);
    EXPECT_EQ(rowsOf(file), plainEnv) << name;
    EXPECT_EQ(file.warnings, Warnings{}) << name;
  }
}

TEST(RangeFile, ReadsEnvColoursUpTo255)
{
  const RangeFile file = quirk("colours-to-255.env");
  ASSERT_EQ(file.ranges.size(), 3u);
  EXPECT_EQ(file.ranges[0].color, (Color{ 255, 128, 0 }));
  EXPECT_EQ(file.ranges[1].color, (Color{ 0, 0, 1 }));
  EXPECT_FALSE(file.ranges[2].color.has_value());
}

TEST(RangeFile, SaysWhereTheEnvCountIsWrong)
{
  const RangeFile file = quirk("wrong-count.env");
  EXPECT_EQ(rowsOf(file), plainEnv);
  EXPECT_EQ(
    file.warnings, (Warnings{ "line 4: the file says that it has 9 ranges, but there are 3" }));
}

TEST(RangeFile, ReadsEnvInWindows1252)
{
  const RangeFile file = quirk("windows-1252.env");
  ASSERT_EQ(file.ranges.size(), 3u);
  EXPECT_EQ(file.ranges[2].name, "X\xC2\xB2");
  EXPECT_EQ(file.warnings,
    (Warnings{
      "line 12: \"X\xC2\xB2 22.24 22.72 0 1.000\" was not UTF-8 and was read as Windows-1252" }));
}

// ---- Which format it is, and no range at all ----------------------------------------------------

TEST(RangeFile, KnowsTheFormatFromTheContent)
{
  expectPlain("rrng-in-disguise.rng");
  for (const char* extension : { "rrng", "rng", "env", "ENV", "txt", "" })
  {
    const std::string path = std::string("x.") + extension;
    const auto text = [](const char* name)
    { return readTextFile(std::string(ATOMPROBE_TEST_DATA "/") + name); };
    EXPECT_EQ(parseRangeFile(text("ranges/ErMnO.env"), path).ranges.size(), 26u) << extension;
    EXPECT_EQ(parseRangeFile(text("ranges/87D_1.rng"), path).ranges.size(), 92u) << extension;
    EXPECT_EQ(parseRangeFile(text("ranges/Mo_range.rrng"), path).ranges.size(), 46u) << extension;
  }
}

TEST(RangeFile, SaysWhatItFoundInsteadOfRanges)
{
  try
  {
    quirk("no-range.rrng");
    FAIL();
  }
  catch (const FileError& error)
  {
    const std::string message = error.what();
    EXPECT_TRUE(contains(message,
      "no-range.rrng: no range in it; it has 7 lines of text, the first being \"[Ions]\" (line 7: "
      "no "
      "two bounds in \"oops\"; the row was passed over); expected lines such as \"Range1=26.8 27.2 "
      "Vol:0.0166 Al:1 Color:33FFFF\" (.rrng), \". 26.8 27.2 1 0\" below a row of dashes (.rng) or "
      "\"Al 26.8 27.2 16.6 1.0\" (.env)"))
      << message;
  }
}

TEST(RangeFile, RejectsWhatHoldsNoRange)
{
  for (const std::string& text : Rows{ "", "\n\n", "# only a comment", "\r\r\r", "[Ions]", "----",
         "3 2", "Rev_2.0", "x", "=", ":", "Range1=", "Range1=5 5 H:1", ". 0 0 0", "\"",
         "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n",
         "<?xml version=\"1.0\"?><ranges/>", std::string(100, '\0'), "\xFF\xFE", "\xFF",
         std::string("\xFF\xFE\x00\xD8", 4) })
  {
    EXPECT_TRUE(contains(messageOf(text), "x.rrng: no range in it; ")) << text;
    EXPECT_TRUE(contains(messageOf(text, "x.rng"), "x.rng: no range in it; ")) << text;
    EXPECT_TRUE(contains(messageOf(text, "x.env"), "x.env: no range in it; ")) << text;
  }
}

TEST(RangeFile, RejectsFilesThatCannotBeRead)
{
  EXPECT_THROW(readRangeFile("/no/such/file.rrng"), FileError);
  EXPECT_THROW(readRangeFile(ATOMPROBE_TEST_DATA), FileError);
}

TEST(RangeFile, RejectsAFileOfIons)
{
  EXPECT_THROW(readRangeFile(ATOMPROBE_TEST_DATA "/CoCrNi/CoCrNi.pos"), FileError);
}

TEST(RangeFile, ReadsTheSameInAnyLocale)
{
  const std::string before = std::setlocale(LC_ALL, nullptr);
  bool any = false;
  for (const char* name : { "de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "C.UTF-8" })
  {
    if (std::setlocale(LC_ALL, name))
    {
      any = true;
      EXPECT_EQ(parseRangeRow(aluminium).lower, 26.8) << name;
      EXPECT_EQ(formatRangeRow(parseRangeRow(aluminium)), aluminium) << name;
    }
  }
  std::setlocale(LC_ALL, before.c_str());
  if (!any)
  {
    GTEST_SKIP() << "no other locale installed";
  }
}

// ---- Writing ------------------------------------------------------------------------------------

TEST(WriteRrng, WritesSectionsWithTheirNumbers)
{
  const test::TemporaryFolder folder;
  writeRrng(folder.file("x.rrng"),
    { parseRangeRow(aluminium), parseRangeRow("71.8 72.2 Vol:0.03 Fe:1 O:1 Name:rust"),
      parseRangeRow("53.8 54.2 Vol:0.0332 Al:2"), parseRangeRow("58.8 59.2 Name:59") });
  EXPECT_EQ(readTextFile(folder.file("x.rrng")),
    "[Ions]\r\nNumber=3\r\nIon1=Al\r\nIon2=Fe\r\nIon3=O\r\n"
    "[Ranges]\r\nNumber=4\r\n"
    "Range1=26.8 27.2 Vol:0.0166 Al:1 Color:33FFFF\r\n"
    "Range2=71.8 72.2 Vol:0.03 Fe:1 O:1 Name:rust\r\n"
    "Range3=53.8 54.2 Vol:0.0332 Al:2\r\n"
    "Range4=58.8 59.2 Vol:0 Name:59\r\n");
}

TEST(WriteRrng, IsReadBackAsItWas)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("x.rrng");
  for (const char* name :
    { "87D_1.rng", "ErMnO.env", "Mo_range.rrng", "R18_55377-v02.rng", "R18_58152-v02.RRNG" })
  {
    const RangeFile before = real(name);
    writeRrng(path, before.ranges);
    const RangeFile after = readRangeFile(path);
    EXPECT_EQ(after.ranges, before.ranges) << name;
    EXPECT_EQ(after.warnings, Warnings{}) << name;
  }
  for (const char* name : { "quoted-names.rrng", "windows-1252-names.rrng", "double.rng",
         "molecules-as-columns.rng", "negative-ranges.rng", "no-ion.rrng" })
  {
    const RangeFile before = quirk(name);
    writeRrng(path, before.ranges);
    const RangeFile after = readRangeFile(path);
    EXPECT_EQ(after.ranges, before.ranges) << name;
    EXPECT_EQ(after.warnings, Warnings{}) << name;
  }
}

TEST(WriteRrng, FailsWhereItCannotWrite)
{
  EXPECT_THROW(writeRrng("/no/such/folder/x.rrng", { parseRangeRow(aluminium) }), FileError);
}

} // namespace
} // namespace apt
