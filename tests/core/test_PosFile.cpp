// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Error.h"
#include "ParallelFor.h"
#include "PosFile.h"
#include "TestFiles.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include <unistd.h>

using namespace apt;
using Floats = std::vector<float>;
using Integers = std::vector<std::int32_t>;
using Names = std::vector<std::string>;

namespace
{
constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();
constexpr float infinite = std::numeric_limits<float>::infinity();

test::ByteString posRecord(float x, float y, float z, float massToCharge)
{
  test::ByteString record;
  return record.big(x).big(y).big(z).big(massToCharge);
}

test::ByteString eposRecord(float x, float standingVoltage = 4200, float pulseVoltage = 800,
  std::int32_t pulsesSinceLastEvent = 3, std::int32_t ionsPerPulse = 1)
{
  test::ByteString record = posRecord(x, x + 0.25F, x + 0.5F, 27 + x);
  return record.big(500 + x)
    .big(standingVoltage)
    .big(pulseVoltage)
    .big(x - 10)
    .big(x + 10)
    .big(pulsesSinceLastEvent)
    .big(ionsPerPulse);
}

/** Any bit pattern may come, among them NaN, which must be kept bit for bit. */
test::ByteString randomRecords(std::size_t count, std::size_t recordSize, unsigned seed)
{
  std::mt19937 random(seed);
  test::ByteString bytes;
  for (std::size_t i = 0; i < count * recordSize / 4; ++i)
  {
    bytes.big(static_cast<std::uint32_t>(random()));
  }
  return bytes;
}

/** A big-endian word of a file as it should come out. */
std::uint32_t wordAt(const std::string& bytes, std::size_t offset)
{
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < 4; ++i)
  {
    word = word << 8 | static_cast<unsigned char>(bytes[offset + i]);
  }
  return word;
}

std::uint32_t wordOf(const void* values, std::size_t index)
{
  std::uint32_t word;
  std::memcpy(&word, static_cast<const char*>(values) + index * 4, 4);
  return word;
}

std::string problemOf(const std::string& path, PosFile::Layout layout)
{
  return test::messageOf<FileError>([&] { PosFile file(path, layout); });
}

IonSlice wholeOf(const IonFile& file)
{
  return { 0, file.size(), 1 };
}

IonCloud smallCloud()
{
  IonCloud cloud;
  cloud.size = 3;
  cloud.positions = { 0.125F, -1, 2, 3, 4.5F, 5, 6, 7, 8e-7F };
  test::addArray<float>(
    cloud, arrayName::MassToCharge, "Da", ValueType::Float32, { 26.98F, 58.69F, 1.008F });
  return cloud;
}

IonCloud fullCloud()
{
  IonCloud cloud = smallCloud();
  test::addArray<float>(
    cloud, arrayName::TimeOfFlight, "ns", ValueType::Float32, { 512.5F, 700, 110 });
  test::addArray<float>(
    cloud, arrayName::StandingVoltage, "V", ValueType::Float32, { 4200, 4201, 4202.5F });
  test::addArray<float>(
    cloud, arrayName::PulseVoltage, "V", ValueType::Float32, { 840, 841, 842.5F });
  test::addArray<float>(cloud, arrayName::DetectorX, "mm", ValueType::Float32, { -3, 0, 3.5F });
  test::addArray<float>(cloud, arrayName::DetectorY, "mm", ValueType::Float32, { 7, -8, 9.5F });
  test::addArray<std::int32_t>(
    cloud, arrayName::PulsesSinceLastEvent, "", ValueType::Int32, { 17, 0, 70000 });
  test::addArray<std::int32_t>(cloud, arrayName::IonsPerPulse, "", ValueType::Int32, { 2, 0, 1 });
  return cloud;
}
} // namespace

TEST(PosFile, ReadsBigEndianPositionsAndRatios)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.pos");
  test::writeFile(path, posRecord(1.5F, -2, 3.25F, 26.98F).append(posRecord(4, 5, 6, 58.5F)));
  const PosFile file(path, PosFile::Layout::Pos);
  EXPECT_EQ(file.path(), path);
  EXPECT_EQ(file.size(), 2U);
  EXPECT_EQ(file.layout(), PosFile::Layout::Pos);
  EXPECT_EQ(file.warnings(), Names{});
  ASSERT_EQ(file.arrays().size(), 1U);
  EXPECT_EQ(file.arrays()[0].name, "MassToCharge");
  EXPECT_EQ(file.arrays()[0].unit, "Da");
  const IonCloud cloud = test::readSlice(file, wholeOf(file));
  EXPECT_EQ(cloud.positions, (Floats{ 1.5F, -2, 3.25F, 4, 5, 6 }));
  EXPECT_EQ(test::valuesOf<float>(cloud, "MassToCharge"), (Floats{ 26.98F, 58.5F }));
}

TEST(PosFile, ReadsTheRealSpecimenAsABytewiseReaderDoes)
{
  const std::string path = ATOMPROBE_TEST_DATA "/CoCrNi/CoCrNi.pos";
  const std::string bytes = test::readFile(path);
  const PosFile file(path, PosFile::Layout::Pos);
  ASSERT_EQ(file.size(), 39944U);
  EXPECT_EQ(file.warnings(), Names{});
  const IonCloud cloud = test::readSlice(file, wholeOf(file));
  ASSERT_EQ(cloud.size, 39944U);
  const Floats ratios = test::valuesOf<float>(cloud, "MassToCharge");
  for (std::size_t ion = 0; ion < cloud.size; ++ion)
  {
    for (std::size_t i = 0; i < 3; ++i)
    {
      ASSERT_EQ(wordOf(cloud.positions.data(), ion * 3 + i), wordAt(bytes, ion * 16 + i * 4));
    }
    ASSERT_EQ(wordOf(ratios.data(), ion), wordAt(bytes, ion * 16 + 12));
  }
}

TEST(PosFile, ReadsAnyBitPatternAtAnyCount)
{
  // The count decides how many ions are left for the loop without vectors.
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.pos");
  for (const std::size_t count : { 1, 2, 3, 4, 5, 7, 64, 1001 })
  {
    const test::ByteString bytes = randomRecords(count, 16, static_cast<unsigned>(count));
    test::writeFile(path, bytes);
    const PosFile file(path, PosFile::Layout::Pos);
    const IonCloud cloud = test::readSlice(file, wholeOf(file), true);
    const Floats ratios = test::valuesOf<float>(cloud, "MassToCharge");
    for (std::size_t ion = 0; ion < count; ++ion)
    {
      for (std::size_t i = 0; i < 3; ++i)
      {
        ASSERT_EQ(
          wordOf(cloud.positions.data(), ion * 3 + i), wordAt(bytes.bytes(), ion * 16 + i * 4));
      }
      ASSERT_EQ(wordOf(ratios.data(), ion), wordAt(bytes.bytes(), ion * 16 + 12));
    }
  }
}

TEST(PosFile, ReadsWithoutTheRatiosWhenTheyAreNotWanted)
{
  const PosFile file(ATOMPROBE_TEST_DATA "/CoCrNi/CoCrNi.pos", PosFile::Layout::Pos);
  const IonCloud whole = test::readSlice(file, wholeOf(file));
  Floats positions(file.size() * 3);
  file.read(wholeOf(file), positions.data(), { nullptr });
  EXPECT_EQ(positions, whole.positions);
}

TEST(PosFile, ReadsAllColumnsOfEpos)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.epos");
  test::writeFile(path,
    eposRecord(1, 4200, 840, 17, 2).append(eposRecord(2, 4201, 841, 0, 0)).append(eposRecord(3)));
  const PosFile file(path, PosFile::Layout::Epos);
  EXPECT_EQ(file.size(), 3U);
  EXPECT_EQ(file.voltageFactor(), 1.0F);
  EXPECT_EQ(file.warnings(), Names{});
  EXPECT_EQ(test::namesOf(file.arrays()),
    (Names{ "MassToCharge", "TimeOfFlight", "StandingVoltage", "PulseVoltage", "DetectorX",
      "DetectorY", "PulsesSinceLastEvent", "IonsPerPulse" }));
  Names units;
  for (const ArrayDescription& array : file.arrays())
  {
    units.push_back(array.unit);
  }
  EXPECT_EQ(units, (Names{ "Da", "ns", "V", "V", "mm", "mm", "", "" }));
  const IonCloud cloud = test::readSlice(file, wholeOf(file));
  EXPECT_EQ(cloud.positions, (Floats{ 1, 1.25F, 1.5F, 2, 2.25F, 2.5F, 3, 3.25F, 3.5F }));
  EXPECT_EQ(test::valuesOf<float>(cloud, "MassToCharge"), (Floats{ 28, 29, 30 }));
  EXPECT_EQ(test::valuesOf<float>(cloud, "TimeOfFlight"), (Floats{ 501, 502, 503 }));
  EXPECT_EQ(test::valuesOf<float>(cloud, "StandingVoltage"), (Floats{ 4200, 4201, 4200 }));
  EXPECT_EQ(test::valuesOf<float>(cloud, "PulseVoltage"), (Floats{ 840, 841, 800 }));
  EXPECT_EQ(test::valuesOf<float>(cloud, "DetectorX"), (Floats{ -9, -8, -7 }));
  EXPECT_EQ(test::valuesOf<float>(cloud, "DetectorY"), (Floats{ 11, 12, 13 }));
  EXPECT_EQ(test::valuesOf<std::int32_t>(cloud, "PulsesSinceLastEvent"), (Integers{ 17, 0, 3 }));
  EXPECT_EQ(test::valuesOf<std::int32_t>(cloud, "IonsPerPulse"), (Integers{ 2, 0, 1 }));
}

TEST(PosFile, ReadsTheWantedColumnsOfEposOnly)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.epos");
  test::writeFile(path, randomRecords(1000, 44, 1));
  const PosFile file(path, PosFile::Layout::Epos);
  const IonCloud whole = test::readSlice(file, wholeOf(file), true);
  Floats positions(3000);
  Floats detectorY(1000);
  std::vector<void*> arrays(8, nullptr);
  arrays[5] = detectorY.data();
  file.read(wholeOf(file), positions.data(), arrays, true);
  EXPECT_EQ(std::memcmp(positions.data(), whole.positions.data(), 12000), 0);
  EXPECT_EQ(std::memcmp(detectorY.data(), whole.arrays[5].values.data(), 4000), 0);
}

TEST(PosFile, TakesVoltagesUpTo50ForKilovolts)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.epos");
  test::writeFile(path, eposRecord(1, 4.5F, 1.5F).append(eposRecord(2, 50, 2)));
  const PosFile file(path, PosFile::Layout::Epos);
  EXPECT_EQ(file.voltageFactor(), 1000.0F);
  ASSERT_EQ(file.warnings().size(), 1U);
  EXPECT_TRUE(test::contains(file.warnings()[0], "kV"));
  const IonCloud cloud = test::readSlice(file, wholeOf(file));
  EXPECT_EQ(test::valuesOf<float>(cloud, "StandingVoltage"), (Floats{ 4500, 50000 }));
  EXPECT_EQ(test::valuesOf<float>(cloud, "PulseVoltage"), (Floats{ 1500, 2000 }));
  EXPECT_EQ(test::valuesOf<float>(cloud, "TimeOfFlight"), (Floats{ 501, 502 }));
}

TEST(PosFile, TakesVoltagesForVoltsWhereOneIsAbove50)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.epos");
  test::ByteString bytes;
  for (int ion = 0; ion < 30000; ++ion)
  {
    bytes.append(eposRecord(1, ion == 17321 ? 51.0F : notANumber, 2));
  }
  test::writeFile(path, bytes);
  EXPECT_EQ(PosFile(path, PosFile::Layout::Epos).voltageFactor(), 1.0F);
}

TEST(PosFile, LeavesVoltagesOfZeroAlone)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.epos");
  test::writeFile(path, eposRecord(1, 0, 900));
  const PosFile file(path, PosFile::Layout::Epos);
  EXPECT_EQ(file.voltageFactor(), 1.0F);
  EXPECT_EQ(file.warnings(), Names{});
}

TEST(PosFile, FindsTheVoltageUnitOfAFileTooLargeToLookAtWhole)
{
  // 65,536 ions are looked at, in runs from all over the file; the last one ends with the file.
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.epos");
  test::ByteString bytes;
  for (int ion = 0; ion < 100000; ++ion)
  {
    bytes.append(eposRecord(1, 5, 1));
  }
  test::writeFile(path, bytes);
  EXPECT_EQ(PosFile(path, PosFile::Layout::Epos).voltageFactor(), 1000.0F);
  test::writeFile(path, bytes.append(eposRecord(1, 5000, 1)));
  EXPECT_EQ(PosFile(path, PosFile::Layout::Epos).voltageFactor(), 1.0F);
}

TEST(PosFile, ObeysTheVoltageUnitThatTheUserGives)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.epos");
  test::writeFile(path, eposRecord(1, 60, 10));
  IonFileOptions options;
  options.voltageUnit = VoltageUnit::Kilovolt;
  const PosFile inKilovolts(path, PosFile::Layout::Epos, options);
  EXPECT_EQ(inKilovolts.warnings(), Names{});
  EXPECT_EQ(
    test::valuesOf<float>(test::readSlice(inKilovolts, wholeOf(inKilovolts)), "StandingVoltage"),
    Floats{ 60000 });
  test::writeFile(path, eposRecord(1, 6, 1));
  options.voltageUnit = VoltageUnit::Volt;
  const PosFile inVolts(path, PosFile::Layout::Epos, options);
  EXPECT_EQ(inVolts.warnings(), Names{});
  EXPECT_EQ(test::valuesOf<float>(test::readSlice(inVolts, wholeOf(inVolts)), "StandingVoltage"),
    Floats{ 6 });
}

TEST(PosFile, WarnsOfLabelsInTheFourthColumn)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.pos");
  test::writeFile(path, posRecord(1, 2, 3, 0).append(posRecord(4, 5, 6, 17)));
  const Names warnings = PosFile(path, PosFile::Layout::Pos).warnings();
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_TRUE(test::contains(warnings[0], "up to 17: they look like labels"));
}

TEST(PosFile, LeavesOutIonsWithoutAPlace)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.pos");
  test::writeFile(path,
    posRecord(notANumber, 2, 3, 10.5F)
      .append(posRecord(1, 2, 3, notANumber))
      .append(posRecord(4, -infinite, 3, 30))
      .append(posRecord(4, 5, notANumber, 40))
      .append(posRecord(4, 5, 6, 50)));
  const PosFile file(path, PosFile::Layout::Pos);
  IonFile::Outcome outcome;
  const IonCloud cloud = test::readSlice(file, wholeOf(file), false, &outcome);
  EXPECT_EQ(outcome.ions, 2U);
  EXPECT_EQ(outcome.nonFinite, 3U);
  EXPECT_EQ(cloud.positions, (Floats{ 1, 2, 3, 4, 5, 6 }));
  const Floats ratios = test::valuesOf<float>(cloud, "MassToCharge");
  EXPECT_TRUE(std::isnan(ratios[0]));
  EXPECT_EQ(ratios[1], 50);

  const IonCloud all = test::readSlice(file, wholeOf(file), true, &outcome);
  EXPECT_EQ(outcome.ions, 5U);
  EXPECT_EQ(outcome.nonFinite, 3U);
  EXPECT_TRUE(std::isnan(all.positions[0]));
  EXPECT_EQ(test::valuesOf<float>(all, "MassToCharge")[3], 40);
}

TEST(PosFile, FindsEachSingleBadCoordinate)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.pos");
  for (std::size_t bad = 0; bad < 7 * 3; ++bad)
  {
    test::ByteString bytes;
    for (std::size_t ion = 0; ion < 7; ++ion)
    {
      const auto coordinate = [&](std::size_t i) { return ion * 3 + i == bad ? notANumber : 1.0F; };
      bytes.append(posRecord(coordinate(0), coordinate(1), coordinate(2), infinite));
    }
    test::writeFile(path, bytes);
    const PosFile file(path, PosFile::Layout::Pos);
    IonFile::Outcome outcome;
    test::readSlice(file, wholeOf(file), false, &outcome);
    EXPECT_EQ(outcome.nonFinite, 1U);
    EXPECT_EQ(outcome.ions, 6U);
  }
}

TEST(PosFile, CountsBadCoordinatesOfEpos)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.epos");
  test::writeFile(path, eposRecord(1).append(eposRecord(notANumber)).append(eposRecord(2)));
  const PosFile file(path, PosFile::Layout::Epos);
  IonFile::Outcome outcome;
  const IonCloud cloud = test::readSlice(file, wholeOf(file), false, &outcome);
  EXPECT_EQ(outcome.nonFinite, 1U);
  EXPECT_EQ(test::valuesOf<float>(cloud, "DetectorX"), (Floats{ -9, -8 }));
}

TEST(PosFile, RejectsSizeThatIsNotAMultipleOf16)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.pos");
  test::writeFile(path, posRecord(1, 2, 3, 4).zeros(1));
  EXPECT_EQ(problemOf(path, PosFile::Layout::Pos),
    path +
      ": has 17 bytes, not a multiple of the 16 that an ion takes in a .pos file; the file is cut "
      "short or of another kind");
}

TEST(PosFile, RejectsSizeThatIsNotAMultipleOf44)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.epos");
  test::writeFile(path, eposRecord(1).zeros(1));
  EXPECT_EQ(problemOf(path, PosFile::Layout::Epos),
    path +
      ": has 45 bytes, not a multiple of the 44 that an ion takes in a .epos file; the file is cut "
      "short or of another kind");
}

TEST(PosFile, NamesTheOtherLayoutWhereItsSizeFits)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a");
  test::writeFile(path, eposRecord(1));
  EXPECT_TRUE(test::contains(problemOf(path, PosFile::Layout::Pos), "it would fit .epos"));
  test::writeFile(path, posRecord(1, 2, 3, 4));
  EXPECT_TRUE(test::contains(problemOf(path, PosFile::Layout::Epos), "it would fit .pos"));
}

TEST(PosFile, RejectsText)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.pos");
  test::writeFile(path, "x,y,z,m\r\n1.0,2.0,3.0,27.1\r\n\t1.0,2.0,3.0,27.1\n0.5");
  EXPECT_EQ(test::readFile(path).size() % 16, 0U);
  EXPECT_TRUE(test::contains(problemOf(path, PosFile::Layout::Pos), "holds text"));
}

TEST(PosFile, RejectsAFileThatShrinksBeforeItIsRead)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.pos");
  test::writeFile(path, randomRecords(100000, 16, 5));
  const PosFile file(path, PosFile::Layout::Pos);
  ASSERT_EQ(::truncate(path.c_str(), 16 * 50000 + 3), 0);
  EXPECT_TRUE(test::contains(
    test::messageOf<FileError>([&] { test::readSlice(file, wholeOf(file)); }), "cut short"));
}

TEST(WritePos, GivesTheBytesOfTheFormat)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.pos");
  writePos(path, fullCloud().view());
  EXPECT_EQ(test::readFile(path),
    posRecord(0.125F, -1, 2, 26.98F)
      .append(posRecord(3, 4.5F, 5, 58.69F))
      .append(posRecord(6, 7, 8e-7F, 1.008F))
      .bytes());
  EXPECT_EQ(folder.names(), Names{ "a.pos" });
}

TEST(WritePos, IsReadBackTheSame)
{
  const test::TemporaryFolder folder;
  const std::string original = ATOMPROBE_TEST_DATA "/CoCrNi/CoCrNi.pos";
  const std::string copy = folder.file("copy.pos");
  writePos(copy, readIonFile(original).view());
  EXPECT_TRUE(test::readFile(copy) == test::readFile(original));
}

TEST(WritePos, NeedsTheRatios)
{
  const test::TemporaryFolder folder;
  IonCloud cloud = smallCloud();
  cloud.arrays[0].description.name = "mass";
  EXPECT_EQ(test::messageOf<ParameterError>([&] { writePos(folder.file("a.pos"), cloud.view()); }),
    "array MassToCharge is missing; allowed is float32 with one value per ion");
  cloud = smallCloud();
  cloud.arrays[0].description.type = ValueType::Int32;
  EXPECT_THROW(writePos(folder.file("a.pos"), cloud.view()), ParameterError);
  EXPECT_EQ(folder.names(), Names{});
}

TEST(WritePos, LeavesThePreviousFileWhenStopped)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.pos");
  test::writeFile(path, "before");
  EXPECT_THROW(writePos(path, smallCloud().view(), [](double) { return false; }), Stopped);
  EXPECT_EQ(test::readFile(path), "before");
  EXPECT_EQ(folder.names(), Names{ "a.pos" });
}

TEST(WritePos, ReportsProgressUpToTheWhole)
{
  const test::TemporaryFolder folder;
  IonCloud cloud;
  cloud.size = 700000;
  cloud.positions.assign(cloud.size * 3, 1.0F);
  test::addArray(
    cloud, arrayName::MassToCharge, "Da", ValueType::Float32, Floats(cloud.size, 27.1F));
  Floats fractions;
  writePos(folder.file("a.pos"), cloud.view(),
    [&](double fraction)
    {
      fractions.push_back(static_cast<float>(fraction));
      return true;
    });
  EXPECT_GT(fractions.size(), 1U);
  EXPECT_TRUE(std::is_sorted(fractions.begin(), fractions.end()));
  EXPECT_EQ(fractions.back(), 1.0F);
  test::expectEqual(readIonFile(folder.file("a.pos")), cloud);
}

TEST(WriteEpos, GivesTheBytesOfTheFormat)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.epos");
  EXPECT_EQ(writeEpos(path, fullCloud().view()), Names{});
  const std::string bytes = test::readFile(path);
  ASSERT_EQ(bytes.size(), 3U * 44);
  test::ByteString second = posRecord(3, 4.5F, 5, 58.69F);
  second.big(700.0F).big(4201.0F).big(841.0F).big(0.0F).big(-8.0F);
  second.big(std::int32_t{ 0 }).big(std::int32_t{ 0 });
  EXPECT_EQ(bytes.substr(44, 44), second.bytes());
}

TEST(WriteEpos, IsReadBackTheSame)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.epos");
  writeEpos(path, fullCloud().view());
  test::expectEqual(readIonFile(path), fullCloud());
}

TEST(WriteEpos, TellsWhichArraysItMadeUp)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.epos");
  IonCloud cloud = smallCloud();
  test::addArray<float>(cloud, arrayName::DetectorX, "mm", ValueType::Float32, { 1, 2, 3 });
  EXPECT_EQ(writeEpos(path, cloud.view()),
    (Names{ "TimeOfFlight", "StandingVoltage", "PulseVoltage", "DetectorY", "PulsesSinceLastEvent",
      "IonsPerPulse" }));
  const IonCloud read = readIonFile(path);
  EXPECT_EQ(test::valuesOf<float>(read, "DetectorX"), (Floats{ 1, 2, 3 }));
  EXPECT_EQ(test::valuesOf<float>(read, "TimeOfFlight"), (Floats{ 0, 0, 0 }));
  EXPECT_EQ(test::valuesOf<std::int32_t>(read, "PulsesSinceLastEvent"), (Integers{ 0, 0, 0 }));
  EXPECT_EQ(test::valuesOf<std::int32_t>(read, "IonsPerPulse"), (Integers{ 1, 1, 1 }));
}

TEST(WriteEpos, RejectsArrayOfAnotherType)
{
  const test::TemporaryFolder folder;
  IonCloud cloud = smallCloud();
  test::addArray<double>(cloud, arrayName::TimeOfFlight, "ns", ValueType::Float64, { 1, 2, 3 });
  EXPECT_EQ(
    test::messageOf<ParameterError>([&] { writeEpos(folder.file("a.epos"), cloud.view()); }),
    "array TimeOfFlight is of another type; allowed is float32 with one value per ion");
}

TEST(WriteEpos, LeavesNothingBehindWhenStopped)
{
  const test::TemporaryFolder folder;
  EXPECT_THROW(
    writeEpos(folder.file("a.epos"), fullCloud().view(), [](double) { return false; }), Stopped);
  EXPECT_EQ(folder.names(), Names{});
}
