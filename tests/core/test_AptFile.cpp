// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "AptFile.h"
#include "Error.h"
#include "TestFiles.h"

#include <gtest/gtest.h>

#include <limits>
#include <memory>

#include <unistd.h>

using namespace apt;
using test::ByteString;
using Floats = std::vector<float>;
using Integers = std::vector<std::int32_t>;
using Names = std::vector<std::string>;

namespace
{
constexpr std::uint64_t two63 = std::uint64_t{ 1 } << 63;

/** A section of an .apt file, its fields by the names of the format. */
struct Section
{
  std::string name;
  std::uint32_t dataType = 3;
  std::int32_t dataTypeSize = 32;
  std::int32_t recordSize = 4;
  std::uint64_t recordCount = 3;
  ByteString payload;
  std::string unit;
  std::uint32_t relationship = 1;
  std::uint32_t recordType = 1;
  ByteString extraHeader;
  std::int32_t headerSize = 148; // without the extra header
  std::string magic = std::string("SEC\0", 4);
  // Unless it lies, the size of the payload.
  std::uint64_t byteCount = std::numeric_limits<std::uint64_t>::max();

  ByteString bytes() const
  {
    ByteString bytes;
    const bool lies = this->byteCount != std::numeric_limits<std::uint64_t>::max();
    return bytes.text(this->magic)
      .little<std::int32_t>(this->headerSize + static_cast<std::int32_t>(this->extraHeader.size()))
      .little<std::int32_t>(2)
      .utf16(this->name, 32)
      .little<std::int32_t>(1)
      .little(this->relationship)
      .little(this->recordType)
      .little(this->dataType)
      .little(this->dataTypeSize)
      .little(this->recordSize)
      .utf16(this->unit, 16)
      .little(this->recordCount)
      .little<std::uint64_t>(lies ? this->byteCount : this->payload.size())
      .append(this->extraHeader)
      .append(this->payload);
  }
};

ByteString fileHeader(std::uint64_t ions, std::int32_t headerSize = 540, std::int32_t version = 2)
{
  ByteString bytes;
  return bytes.text(std::string("APT\0", 4))
    .little(headerSize)
    .little(version)
    .utf16("specimen.apt", 256)
    .little(std::uint64_t{ 131592960000000000 })
    .little(ions);
}

template <typename T>
ByteString numbers(const std::vector<T>& values)
{
  ByteString bytes;
  for (const T value : values)
  {
    bytes.little(value);
  }
  return bytes;
}

template <typename T>
Section numberSection(const std::string& name, std::uint32_t dataType, const std::vector<T>& values,
  std::int32_t components = 1)
{
  Section section;
  section.name = name;
  section.dataType = dataType;
  section.dataTypeSize = 8 * static_cast<std::int32_t>(sizeof(T));
  section.recordSize = static_cast<std::int32_t>(sizeof(T)) * components;
  section.recordCount = values.size() / static_cast<std::size_t>(components);
  section.payload = numbers(values);
  return section;
}

/** Three ions at 1 2 3, 4 5 6 and 7 8 9, with the bounds in the extra header. */
Section positionSection()
{
  Section section = numberSection<float>("Position", 3, { 1, 2, 3, 4, 5, 6, 7, 8, 9 }, 3);
  section.unit = "nm";
  section.extraHeader = numbers<float>({ 1, 7, 2, 8, 3, 9 });
  return section;
}

Section massSection()
{
  Section section = numberSection<float>("Mass", 3, { 27, 13.5F, 58.5F });
  section.unit = "Da";
  return section;
}

/** A file on the disk for as long as it is needed. */
class WrittenFile
{
public:
  explicit WrittenFile(const ByteString& bytes) { test::writeFile(this->path(), bytes); }
  explicit WrittenFile(const std::vector<Section>& sections, std::uint64_t ions = 3)
  {
    ByteString bytes = fileHeader(ions);
    for (const Section& section : sections)
    {
      bytes.append(section.bytes());
    }
    test::writeFile(this->path(), bytes);
  }

  std::string path() const { return this->Folder.file("a.apt"); }
  AptFile open() const { return AptFile(this->path()); }
  std::string problem() const
  {
    return test::messageOf<FileError>([&] { this->open(); });
  }
  Names warnings() const { return this->open().warnings(); }
  Names arrays() const { return test::namesOf(this->open().arrays()); }
  IonCloud read() const { return readIonFile(this->path()); }

private:
  test::TemporaryFolder Folder;
};

void expectArray(const ArrayDescription& array, const std::string& name, const std::string& unit,
  ValueType type, int components)
{
  EXPECT_EQ(array.name, name);
  EXPECT_EQ(array.unit, unit) << name;
  EXPECT_EQ(array.type, type) << name;
  EXPECT_EQ(array.components, components) << name;
}
} // namespace

TEST(AptFile, ReadsPositionsAndRatios)
{
  const WrittenFile written({ positionSection(), massSection() });
  const AptFile file(written.path());
  EXPECT_EQ(file.path(), written.path());
  EXPECT_EQ(file.size(), 3U);
  EXPECT_EQ(file.warnings(), Names{});
  ASSERT_EQ(file.arrays().size(), 1U);
  expectArray(file.arrays()[0], "MassToCharge", "Da", ValueType::Float32, 1);
  const IonCloud cloud = written.read();
  EXPECT_EQ(cloud.positions, (Floats{ 1, 2, 3, 4, 5, 6, 7, 8, 9 }));
  EXPECT_EQ(test::valuesOf<float>(cloud, "MassToCharge"), (Floats{ 27, 13.5F, 58.5F }));
}

TEST(AptFile, ObeysTheSizeOfTheHeaders)
{
  // Files from flat tests lack Position's extra header; others may have one anywhere.
  Section position = positionSection();
  position.extraHeader = {};
  Section mass = massSection();
  mass.extraHeader.zeros(7);
  EXPECT_EQ(WrittenFile({ position, mass }).read().positions[8], 9);
  EXPECT_EQ(
    test::valuesOf<float>(WrittenFile({ position, mass }).read(), "MassToCharge")[2], 58.5F);

  ByteString bytes = fileHeader(3, 550);
  bytes.zeros(10).append(position.bytes()).append(mass.bytes());
  EXPECT_EQ(WrittenFile(bytes).read().positions[8], 9);
}

TEST(AptFile, PassesOverPaddingAfterTheValues)
{
  Section position = positionSection();
  position.payload.zeros(20);
  Section mass = massSection();
  mass.payload.zeros(1);
  const WrittenFile written({ position, mass, numberSection<std::int8_t>("last", 1, { 1, 2, 3 }) });
  EXPECT_EQ(written.read().positions, (Floats{ 1, 2, 3, 4, 5, 6, 7, 8, 9 }));
  EXPECT_EQ(
    test::valuesOf<std::int8_t>(written.read(), "last"), (std::vector<std::int8_t>{ 1, 2, 3 }));
}

TEST(AptFile, FindsPositionWhereverItIs)
{
  const WrittenFile written({ massSection(), positionSection() });
  EXPECT_EQ(written.read().positions[8], 9);
  EXPECT_EQ(test::valuesOf<float>(written.read(), "MassToCharge")[2], 58.5F);
}

TEST(AptFile, KeepsUnknownSectionsByTheirOwnNameAndType)
{
  const WrittenFile written({ positionSection(), numberSection<std::int8_t>("i8", 1, { -1, 2, 3 }),
    numberSection<std::uint8_t>("Ion Type", 2, { 255, 2, 3 }),
    numberSection<std::int16_t>("i16", 1, { -1, 2, 30000 }),
    numberSection<std::uint16_t>("tstage", 2, { 1, 2, 60000 }),
    numberSection<std::int32_t>("xstage", 1, { -1, 2, 3 }),
    numberSection<std::uint32_t>("u32", 2, { 4000000000U, 2, 3 }),
    numberSection<std::int64_t>("z", 1, { -1, 2, std::int64_t{ 1 } << 60 }),
    numberSection<std::uint64_t>("u64", 2, { 1, 2, two63 }),
    numberSection<float>("freq", 3, { 1, 2, 0.5F }),
    numberSection<double>("f64", 3, { 1, 2, 1e300 }) });
  const AptFile file(written.path());
  EXPECT_EQ(file.warnings(), Names{});
  ASSERT_EQ(file.arrays().size(), 10U);
  expectArray(file.arrays()[0], "i8", "", ValueType::Int8, 1);
  expectArray(file.arrays()[1], "Ion Type", "", ValueType::UInt8, 1);
  expectArray(file.arrays()[2], "i16", "", ValueType::Int16, 1);
  expectArray(file.arrays()[3], "tstage", "", ValueType::UInt16, 1);
  expectArray(file.arrays()[4], "xstage", "", ValueType::Int32, 1);
  expectArray(file.arrays()[5], "u32", "", ValueType::UInt32, 1);
  expectArray(file.arrays()[6], "z", "", ValueType::Int64, 1);
  expectArray(file.arrays()[7], "u64", "", ValueType::UInt64, 1);
  expectArray(file.arrays()[8], "freq", "", ValueType::Float32, 1);
  expectArray(file.arrays()[9], "f64", "", ValueType::Float64, 1);
  const IonCloud cloud = written.read();
  EXPECT_EQ(test::valuesOf<std::int8_t>(cloud, "i8"), (std::vector<std::int8_t>{ -1, 2, 3 }));
  EXPECT_EQ(
    test::valuesOf<std::uint8_t>(cloud, "Ion Type"), (std::vector<std::uint8_t>{ 255, 2, 3 }));
  EXPECT_EQ(
    test::valuesOf<std::int16_t>(cloud, "i16"), (std::vector<std::int16_t>{ -1, 2, 30000 }));
  EXPECT_EQ(
    test::valuesOf<std::uint16_t>(cloud, "tstage"), (std::vector<std::uint16_t>{ 1, 2, 60000 }));
  EXPECT_EQ(test::valuesOf<std::int32_t>(cloud, "xstage"), (Integers{ -1, 2, 3 }));
  EXPECT_EQ(
    test::valuesOf<std::uint32_t>(cloud, "u32"), (std::vector<std::uint32_t>{ 4000000000U, 2, 3 }));
  EXPECT_EQ(test::valuesOf<std::int64_t>(cloud, "z")[2], std::int64_t{ 1 } << 60);
  EXPECT_EQ(test::valuesOf<std::uint64_t>(cloud, "u64")[2], two63);
  EXPECT_EQ(test::valuesOf<float>(cloud, "freq"), (Floats{ 1, 2, 0.5F }));
  EXPECT_EQ(test::valuesOf<double>(cloud, "f64"), (std::vector<double>{ 1, 2, 1e300 }));
}

TEST(AptFile, TellsTheNumberOfComponentsFromTheSizes)
{
  const WrittenFile written(
    { positionSection(), numberSection<std::int16_t>("pair", 1, { 1, 2, 3, 4, 5, 6 }, 2) });
  expectArray(written.open().arrays()[0], "pair", "", ValueType::Int16, 2);
  EXPECT_EQ(test::valuesOf<std::int16_t>(written.read(), "pair"),
    (std::vector<std::int16_t>{ 1, 2, 3, 4, 5, 6 }));
}

TEST(AptFile, GivesKnownSectionsTheNamesOfTheIonCloud)
{
  const WrittenFile written({ positionSection(), massSection(),
    numberSection<float>("Time of Flight", 3, { 500, 501, 502 }),
    numberSection<float>("Voltage", 3, { 4000, 4001, 4002 }),
    numberSection<float>("Pulse Voltage", 3, { 800, 801, 802 }),
    numberSection<float>("Detector Coordinates", 3, { 1, 2, 3, 4, 5, 6 }, 2),
    numberSection<std::int32_t>("Delta Pulse", 1, { 10, 0, 11 }),
    numberSection<std::int32_t>("Multiplicity", 1, { 2, 0, 1 }) });
  const AptFile file(written.path());
  EXPECT_EQ(file.warnings(), Names{});
  ASSERT_EQ(file.arrays().size(), 8U);
  expectArray(file.arrays()[0], "MassToCharge", "Da", ValueType::Float32, 1);
  expectArray(file.arrays()[1], "TimeOfFlight", "ns", ValueType::Float32, 1);
  expectArray(file.arrays()[2], "StandingVoltage", "V", ValueType::Float32, 1);
  expectArray(file.arrays()[3], "PulseVoltage", "V", ValueType::Float32, 1);
  expectArray(file.arrays()[4], "DetectorX", "mm", ValueType::Float32, 1);
  expectArray(file.arrays()[5], "DetectorY", "mm", ValueType::Float32, 1);
  expectArray(file.arrays()[6], "PulsesSinceLastEvent", "", ValueType::Int32, 1);
  expectArray(file.arrays()[7], "IonsPerPulse", "", ValueType::Int32, 1);
  const IonCloud cloud = written.read();
  EXPECT_EQ(test::valuesOf<float>(cloud, "TimeOfFlight"), (Floats{ 500, 501, 502 }));
  EXPECT_EQ(test::valuesOf<float>(cloud, "StandingVoltage"), (Floats{ 4000, 4001, 4002 }));
  EXPECT_EQ(test::valuesOf<float>(cloud, "PulseVoltage"), (Floats{ 800, 801, 802 }));
  EXPECT_EQ(test::valuesOf<float>(cloud, "DetectorX"), (Floats{ 1, 3, 5 }));
  EXPECT_EQ(test::valuesOf<float>(cloud, "DetectorY"), (Floats{ 2, 4, 6 }));
  EXPECT_EQ(test::valuesOf<std::int32_t>(cloud, "PulsesSinceLastEvent"), (Integers{ 10, 0, 11 }));
  EXPECT_EQ(test::valuesOf<std::int32_t>(cloud, "IonsPerPulse"), (Integers{ 2, 0, 1 }));
}

TEST(AptFile, KnowsTheOtherSpellings)
{
  EXPECT_EQ(WrittenFile({ positionSection(), numberSection<float>("tof", 3, { 1, 2, 3 }),
                          numberSection<float>("XDet_mm", 3, { 1, 2, 3 }),
                          numberSection<float>("YDet_mm", 3, { 4, 5, 6 }),
                          numberSection<std::int32_t>("Pulse Delta", 1, { 4, 5, 6 }) })
              .arrays(),
    (Names{ "TimeOfFlight", "DetectorX", "DetectorY", "PulsesSinceLastEvent" }));
}

TEST(AptFile, KeepsTheOwnNameOfASectionOfAnotherType)
{
  const WrittenFile written({ positionSection(), numberSection<double>("Mass", 3, { 1, 2, 3 }),
    numberSection<std::uint32_t>("Multiplicity", 2, { 1, 2, 3 }),
    numberSection<float>("tof", 3, { 1, 2, 3, 4, 5, 6 }, 2),
    numberSection<double>("Detector Coordinates", 3, { 1, 2, 3, 4, 5, 6 }, 2) });
  EXPECT_EQ(written.arrays(), (Names{ "Mass", "Multiplicity", "tof", "Detector Coordinates" }));
  EXPECT_EQ(test::valuesOf<double>(written.read(), "Detector Coordinates").size(), 6U);
}

TEST(AptFile, KeepsTheOwnNameWhereTheOtherIsTaken)
{
  EXPECT_EQ(
    WrittenFile({ positionSection(), numberSection<float>("tof", 3, { 1, 2, 3 }),
                  numberSection<float>("Time of Flight", 3, { 1, 2, 3 }),
                  numberSection<float>("XDet_mm", 3, { 1, 2, 3 }),
                  numberSection<float>("Detector Coordinates", 3, { 1, 2, 3, 4, 5, 6 }, 2) })
      .arrays(),
    (Names{ "TimeOfFlight", "Time of Flight", "DetectorX", "Detector Coordinates" }));
  // A section that has the very name keeps it, wherever it comes.
  EXPECT_EQ(WrittenFile({ positionSection(), numberSection<float>("Mass", 3, { 1, 2, 3 }),
                          numberSection<std::int8_t>("MassToCharge", 1, { 1, 2, 3 }) })
              .arrays(),
    (Names{ "Mass", "MassToCharge" }));
}

TEST(AptFile, AddsPulseAndPulseDeltaInDoublePrecision)
{
  // float32 cannot tell pulses apart beyond 2^24; the int16 beside it is what it lacks.
  const WrittenFile written(
    { positionSection(), numberSection<float>("pulse", 3, { 1, 33554432, 3e9F }), massSection(),
      numberSection<std::int16_t>("pulseDelta", 1, { -1, 1, 32767 }) });
  EXPECT_EQ(written.arrays(), (Names{ "PulseNumber", "MassToCharge" }));
  expectArray(written.open().arrays()[0], "PulseNumber", "", ValueType::Float64, 1);
  EXPECT_EQ(test::valuesOf<double>(written.read(), "PulseNumber"),
    (std::vector<double>{ 0, 33554433, 3000032767.0 }));
}

TEST(AptFile, KeepsPulseAloneAsItIs)
{
  EXPECT_EQ(
    WrittenFile({ positionSection(), numberSection<float>("pulse", 3, { 1, 2, 3 }) }).arrays(),
    Names{ "pulse" });
  EXPECT_EQ(WrittenFile({ positionSection(), numberSection<float>("pulse", 3, { 1, 2, 3 }),
                          numberSection<std::int32_t>("pulseDelta", 1, { 1, 2, 3 }) })
              .arrays(),
    (Names{ "pulse", "pulseDelta" }));
}

TEST(AptFile, ReadsPulseNumberInLongStretches)
{
  const std::size_t size = 50000;
  Floats positions(3 * size, 1);
  Floats pulses(size);
  std::vector<std::int16_t> deltas(size);
  std::vector<double> expected(size);
  for (std::size_t ion = 0; ion < size; ++ion)
  {
    pulses[ion] = static_cast<float>(ion) * 16;
    deltas[ion] = static_cast<std::int16_t>(ion % 16);
    expected[ion] = static_cast<double>(ion * 16 + ion % 16);
  }
  const WrittenFile written(
    { numberSection("Position", 3, positions, 3), numberSection("pulse", 3, pulses),
      numberSection("pulseDelta", 1, deltas) },
    size);
  EXPECT_EQ(test::valuesOf<double>(written.read(), "PulseNumber"), expected);
}

TEST(AptFile, PassesOverTextAndOpaqueSections)
{
  Section json;
  json.name = "Properties";
  json.relationship = 3;
  json.recordType = 2;
  json.dataType = 4;
  json.dataTypeSize = 8;
  json.recordSize = 0;
  json.recordCount = 1;
  json.payload.text("{\"Experiment\": {}}");
  Section opaque;
  opaque.name = "Opaque";
  opaque.dataType = 0;
  opaque.dataTypeSize = 0;
  opaque.recordSize = 20;
  opaque.payload.zeros(60);
  Section variable = numberSection<float>("Variable", 3, { 1, 2, 3 });
  variable.recordType = 2;
  Section other = numberSection<float>("Other", 3, { 1, 2, 3 });
  other.dataType = 5;
  Section indexed = numberSection<float>("Indexed", 3, { 1, 2, 3 });
  indexed.relationship = 2;
  const WrittenFile written(
    { json, positionSection(), opaque, variable, other, indexed, massSection(), json });
  EXPECT_EQ(written.arrays(), Names{ "MassToCharge" });
  EXPECT_EQ(test::valuesOf<float>(written.read(), "MassToCharge"), (Floats{ 27, 13.5F, 58.5F }));
}

TEST(AptFile, WarnsOfNumbersThatItCannotRead)
{
  Section half = numberSection<std::int16_t>("half", 3, { 1, 2, 3 });
  Section odd = numberSection<std::int16_t>("odd", 1, { 1, 2, 3 });
  odd.recordSize = 3;
  Section nothing = numberSection<std::int16_t>("nothing", 1, { 1, 2, 3 });
  nothing.recordSize = 0;
  Section negative = numberSection<std::int16_t>("negative", 1, { 1, 2, 3 });
  negative.recordSize = -2;
  Section bits = numberSection<std::int16_t>("bits", 1, { 1, 2, 3 });
  bits.dataTypeSize = 0;
  const WrittenFile written({ positionSection(), half, odd, nothing, negative, bits });
  EXPECT_EQ(written.arrays(), Names{});
  ASSERT_EQ(written.warnings().size(), 5U);
  EXPECT_TRUE(test::contains(written.warnings()[0], "\"half\" was left out"));
}

TEST(AptFile, WarnsOfASectionOfAnotherNumberOfIons)
{
  const WrittenFile written({ positionSection(), massSection(),
    numberSection<float>("short", 3, { 1, 2 }), numberSection<float>("long", 3, { 1, 2, 3, 4 }) });
  EXPECT_EQ(written.arrays(), Names{ "MassToCharge" });
  EXPECT_EQ(written.warnings(),
    (Names{ "section \"short\" was left out: it has 2 records for 3 ions",
      "section \"long\" was left out: it has 4 records for 3 ions" }));
}

TEST(AptFile, WarnsWhereTheHeaderCountsOtherIons)
{
  const WrittenFile written({ positionSection() }, 77);
  EXPECT_EQ(written.open().size(), 3U);
  EXPECT_EQ(written.warnings(),
    Names{ "the header says that there are 77 ions, but there are positions of 3" });
}

TEST(AptFile, WarnsOfASecondSectionOfTheSameName)
{
  const WrittenFile written(
    { positionSection(), massSection(), numberSection<float>("Mass", 3, { 1, 2, 3 }),
      numberSection<float>("Position", 3, { 1, 2, 3 }, 3) });
  EXPECT_EQ(written.open().size(), 3U);
  EXPECT_EQ(test::valuesOf<float>(written.read(), "MassToCharge")[0], 27);
  ASSERT_EQ(written.warnings().size(), 2U);
  EXPECT_TRUE(test::contains(written.warnings()[0], "a second section \"Mass\""));
}

TEST(AptFile, WarnsOfAnUnknownVersionAndAnUnexpectedUnit)
{
  Section voltage = numberSection<float>("Voltage", 3, { 4, 5, 6 });
  voltage.unit = "kV";
  Section mass = massSection();
  mass.unit = "da";
  ByteString bytes = fileHeader(3, 540, 3);
  bytes.append(positionSection().bytes()).append(mass.bytes()).append(voltage.bytes());
  const WrittenFile written(bytes);
  EXPECT_EQ(written.warnings(),
    (Names{ "the file is of version 3 of .apt; version 2 is known",
      "section \"Voltage\" has the unit \"kV\" instead of \"V\"" }));
  EXPECT_EQ(written.open().arrays()[0].unit, "Da");
  EXPECT_EQ(written.open().arrays()[1].unit, "kV");
}

TEST(AptFile, LeavesOutASectionWithoutAName)
{
  const WrittenFile written({ positionSection(), numberSection<float>("", 3, { 1, 2, 3 }) });
  EXPECT_EQ(written.arrays(), Names{});
  ASSERT_EQ(written.warnings().size(), 1U);
  EXPECT_TRUE(test::contains(written.warnings()[0], "it has no name"));
}

TEST(AptFile, ReadsNamesInUtf16)
{
  // å, a Greek letter, an emoji (two units), a lone half of one, a line end, and no zero at the end.
  ByteString name;
  for (const int unit : { 0xe5, 0x3bc, 0xd83d, 0xde00, 0xd800, 0x0a })
  {
    name.little(static_cast<std::uint16_t>(unit));
  }
  for (int i = 6; i < 32; ++i)
  {
    name.little<std::uint16_t>('x');
  }
  std::string bytes = numberSection<float>("", 3, { 1, 2, 3 }).bytes().bytes();
  bytes.replace(12, 64, name.bytes());
  ByteString file = fileHeader(3);
  EXPECT_EQ(WrittenFile(file.append(positionSection().bytes()).text(bytes)).arrays(),
    Names{ "å\u03bc\U0001f600\ufffd\ufffd" + std::string(26, 'x') });
}

TEST(AptFile, LeavesOutIonsWithoutAPlace)
{
  Section position = positionSection();
  position.payload =
    numbers<float>({ 1, 2, 3, 4, std::numeric_limits<float>::infinity(), 6, 7, 8, 9 });
  const WrittenFile written({ position, massSection(),
    numberSection<float>("Detector Coordinates", 3, { 1, 2, 3, 4, 5, 6 }, 2) });
  const IonCloud cloud = written.read();
  EXPECT_EQ(cloud.positions, (Floats{ 1, 2, 3, 7, 8, 9 }));
  EXPECT_EQ(test::valuesOf<float>(cloud, "MassToCharge"), (Floats{ 27, 58.5F }));
  EXPECT_EQ(test::valuesOf<float>(cloud, "DetectorY"), (Floats{ 2, 6 }));
}

TEST(AptFile, RejectsMissingPosition)
{
  const WrittenFile written({ massSection(), numberSection<float>("tof", 3, { 1, 2, 3 }) });
  EXPECT_EQ(written.problem(),
    written.path() +
      ": has no section \"Position\" (it has Mass, tof): the ions were not reconstructed, as in a "
      "flat test");
  EXPECT_TRUE(test::contains(WrittenFile(fileHeader(0)).problem(), "(it has none)"));
}

TEST(AptFile, RejectsPositionOfAnotherType)
{
  const WrittenFile doubles({ numberSection<double>("Position", 3, { 1, 2, 3 }, 3) });
  EXPECT_TRUE(test::contains(doubles.problem(), "expected were three float32"));
  const WrittenFile pairs({ numberSection<float>("Position", 3, { 1, 2, 3, 4 }, 2) });
  EXPECT_TRUE(test::contains(pairs.problem(), "expected were three float32"));
  Section variable = positionSection();
  variable.recordType = 2;
  EXPECT_TRUE(test::contains(WrittenFile({ variable }).problem(), "expected were three float32"));
}

TEST(AptFile, AcceptsAFileOfNoIons)
{
  const WrittenFile written({ numberSection<float>("Position", 3, {}, 3) }, 0);
  EXPECT_EQ(written.open().size(), 0U);
  EXPECT_EQ(written.read().size, 0U);
}

TEST(AptFile, RejectsWrongMagicNumber)
{
  const WrittenFile written(ByteString().text("PK\x03\x04").zeros(1000));
  EXPECT_EQ(written.problem(),
    written.path() +
      ", byte 0: is no .apt file: it begins with the bytes 50 4b 03 04, expected were 41 50 54 00 "
      "(\"APT\")");
  EXPECT_TRUE(test::contains(WrittenFile(ByteString().text("B")).problem(), "is no .apt file"));
}

TEST(AptFile, RejectsAHeaderThatIsCutShort)
{
  const std::string header = fileHeader(3).bytes();
  for (const std::size_t size : { 1, 4, 11, 539 })
  {
    const WrittenFile written(ByteString().text(header.substr(0, size)));
    EXPECT_TRUE(test::contains(written.problem(), "the file ends inside the header")) << size;
  }
}

TEST(AptFile, RejectsAFileHeaderOfAnImpossibleSize)
{
  for (const std::int32_t size : { -1, 0, 539, 100000, std::numeric_limits<std::int32_t>::max(),
         std::numeric_limits<std::int32_t>::min() })
  {
    ByteString bytes = fileHeader(3, size);
    bytes.append(positionSection().bytes());
    EXPECT_TRUE(test::contains(
      WrittenFile(bytes).problem(), "byte 4: the header says that it is " + std::to_string(size)));
  }
}

TEST(AptFile, RejectsEachCutInsideASection)
{
  ByteString whole = fileHeader(3);
  whole.append(positionSection().bytes());
  const std::size_t end = whole.size();
  whole.append(massSection().bytes());
  for (std::size_t size = 541; size < whole.size(); ++size)
  {
    if (size != end)
    {
      const WrittenFile written(ByteString().text(whole.bytes().substr(0, size)));
      EXPECT_TRUE(test::contains(written.problem(), "cut short") ||
        test::contains(written.problem(), "bytes are left in the file"))
        << size << " " << written.problem();
    }
  }
}

TEST(AptFile, RejectsASectionThatDoesNotBeginAsOne)
{
  Section mass = massSection();
  mass.magic = "SECT";
  const WrittenFile written({ positionSection(), mass });
  EXPECT_TRUE(test::contains(written.problem(),
    ", byte 748: a section should begin here with the bytes 53 45 43 00 (\"SEC\"), found were 53 "
    "45 43 54"))
    << written.problem();
}

TEST(AptFile, RejectsASectionHeaderOfAnImpossibleSize)
{
  for (const std::int32_t size : { -1, 0, 147, 100000, std::numeric_limits<std::int32_t>::max(),
         std::numeric_limits<std::int32_t>::min() })
  {
    Section mass = massSection();
    mass.headerSize = size;
    const WrittenFile written({ positionSection(), mass });
    EXPECT_TRUE(test::contains(written.problem(),
      "section \"Mass\" says that its header is " + std::to_string(size) + " bytes long"))
      << written.problem();
  }
}

TEST(AptFile, RejectsByteCountsThatLie)
{
  for (const std::uint64_t count : { std::uint64_t{ 13 }, std::uint64_t{ 1 } << 32, two63 - 1,
         two63, std::numeric_limits<std::uint64_t>::max() - 200,
         std::numeric_limits<std::uint64_t>::max() - 1 })
  {
    Section mass = massSection();
    mass.byteCount = count;
    const WrittenFile written({ positionSection(), mass });
    EXPECT_TRUE(test::contains(written.problem(),
      "section \"Mass\" says that it holds " + std::to_string(count) + " bytes, but 12 are left"))
      << written.problem();
  }
}

TEST(AptFile, RejectsRecordCountsThatLie)
{
  for (const std::uint64_t count :
    { std::uint64_t{ 4 }, std::uint64_t{ 1 } << 32, std::uint64_t{ 1 } << 60,
      std::uint64_t{ 1 } << 62, two63, std::numeric_limits<std::uint64_t>::max() / 12 + 1,
      std::numeric_limits<std::uint64_t>::max() })
  {
    Section position = positionSection();
    position.recordCount = count;
    EXPECT_TRUE(test::contains(WrittenFile({ position, massSection() }).problem(),
      "section \"Position\" says that it holds " + std::to_string(count) + " records"));
    // In another section it does not fit the ions.
    Section mass = massSection();
    mass.recordCount = count;
    EXPECT_TRUE(test::anyContains(
      WrittenFile({ positionSection(), mass }).warnings(), "\"Mass\" was left out"));
  }
}

TEST(AptFile, RejectsASectionSmallerThanItsRecords)
{
  Section mass = massSection();
  mass.payload = numbers<float>({ 1, 2 });
  EXPECT_TRUE(test::contains(WrittenFile({ positionSection(), mass }).problem(),
    "section \"Mass\" says that it holds 3 records of 4 bytes, but it has 8 bytes"));
}

TEST(AptFile, RejectsRecordSizesThatLie)
{
  Section mass = massSection();
  mass.recordSize = std::numeric_limits<std::int32_t>::max() - 3;
  EXPECT_TRUE(test::contains(
    WrittenFile({ positionSection(), mass }).problem(), "says that it holds 3 records"));
}

TEST(AptFile, RejectsMoreSectionsThanAnyFileHas)
{
  Section empty;
  empty.relationship = 3;
  empty.recordCount = 0;
  ByteString bytes = fileHeader(3);
  for (int i = 0; i < 10002; ++i)
  {
    bytes.append(empty.bytes());
  }
  EXPECT_TRUE(test::contains(WrittenFile(bytes).problem(), "more than 10000 sections"));
}

// --- writing

namespace
{
IonCloud smallCloud()
{
  IonCloud cloud;
  cloud.size = 3;
  cloud.positions = { 1, -2, 3, 4, 5, -6, 7, 8, 9 };
  test::addArray<float>(
    cloud, arrayName::MassToCharge, "Da", ValueType::Float32, { 27, 13.5F, 58.5F });
  return cloud;
}

Names sectionNames(const std::string& path)
{
  const std::string bytes = test::readFile(path);
  Names names;
  for (std::size_t at = 540; at + 148 <= bytes.size();)
  {
    std::string name;
    for (std::size_t i = 0; i < 32 && bytes[at + 12 + 2 * i] != 0; ++i)
    {
      name += bytes[at + 12 + 2 * i];
    }
    names.push_back(name);
    std::int32_t headerSize;
    std::uint64_t byteCount;
    std::memcpy(&headerSize, &bytes[at + 4], sizeof(headerSize));
    std::memcpy(&byteCount, &bytes[at + 140], sizeof(byteCount));
    at += static_cast<std::size_t>(headerSize) + byteCount;
  }
  return names;
}
} // namespace

TEST(WriteApt, GivesTheBytesOfTheFormat)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("specimen.apt");
  IonCloud cloud = smallCloud();
  test::addArray<std::uint16_t>(cloud, "tstage", "K", ValueType::UInt16, { 50, 51, 60000 });
  writeApt(path, cloud.view());

  Section position = numberSection("Position", 3, cloud.positions, 3);
  position.unit = "nm";
  position.extraHeader = numbers<float>({ 1, 7, -2, 8, -6, 9 });
  Section stage = numberSection<std::uint16_t>("tstage", 2, { 50, 51, 60000 });
  stage.unit = "K";
  ByteString expected = fileHeader(3);
  expected.append(position.bytes()).append(massSection().bytes()).append(stage.bytes());
  std::string found = test::readFile(path);
  ASSERT_EQ(found.size(), expected.size());
  // The time is now: between 2020 and 2120, in 100 ns since 1601.
  std::uint64_t time;
  std::memcpy(&time, &found[524], sizeof(time));
  EXPECT_GT(time, 132000000000000000U);
  EXPECT_LT(time, 164000000000000000U);
  found.replace(524, 8, expected.bytes().substr(524, 8));
  EXPECT_TRUE(found == expected.bytes());
  EXPECT_EQ(folder.names(), Names{ "specimen.apt" });
}

TEST(WriteApt, IsReadBackTheSameForEveryType)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.apt");
  IonCloud cloud = smallCloud();
  test::addArray<std::int8_t>(cloud, "i8", "", ValueType::Int8, { -128, 0, 127 });
  test::addArray<std::uint8_t>(cloud, "u8", "", ValueType::UInt8, { 0, 1, 255 });
  test::addArray<std::int16_t>(cloud, arrayName::Ion, "", ValueType::Int16, { -1, 0, 32767 });
  test::addArray<std::uint16_t>(cloud, "u16", "", ValueType::UInt16, { 0, 1, 65535 });
  test::addArray<std::int32_t>(cloud, "ClusterId", "", ValueType::Int32, { -1, 0, 1 << 30 });
  test::addArray<std::uint32_t>(cloud, "u32", "", ValueType::UInt32, { 0, 1, 4294967295U });
  test::addArray<std::int64_t>(cloud, "i64", "", ValueType::Int64, { -1, 0, 1LL << 62 });
  test::addArray<std::uint64_t>(cloud, "u64", "", ValueType::UInt64, { 0, 1, two63 });
  test::addArray<float>(cloud, "OrderedProbability", "", ValueType::Float32, { 0, 0.5F, 1 });
  test::addArray<double>(cloud, arrayName::PulseNumber, "", ValueType::Float64, { 1, 2, 3e12 });
  test::addArray<double>(
    cloud, "gradient", "1/nm", ValueType::Float64, { 1, 2, 3, 4, 5, 6, 7, 8, 9 }, 3);
  writeApt(path, cloud.view());
  test::expectEqual(readIonFile(path), cloud);
  EXPECT_EQ(AptFile(path).warnings(), Names{});
}

TEST(WriteApt, NamesSectionsAsApSuiteKnowsThem)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.apt");
  IonCloud cloud = smallCloud();
  const Floats floats = { 1, 2, 3 };
  const Integers integers = { 4, 5, 6 };
  test::addArray(cloud, arrayName::TimeOfFlight, "ns", ValueType::Float32, floats);
  test::addArray(cloud, arrayName::StandingVoltage, "V", ValueType::Float32, floats);
  test::addArray(cloud, arrayName::PulseVoltage, "V", ValueType::Float32, floats);
  test::addArray<float>(cloud, arrayName::DetectorX, "mm", ValueType::Float32, { 7, 8, 9 });
  test::addArray(cloud, arrayName::DetectorY, "mm", ValueType::Float32, floats);
  test::addArray(cloud, arrayName::PulsesSinceLastEvent, "", ValueType::Int32, integers);
  test::addArray(cloud, arrayName::IonsPerPulse, "", ValueType::Int32, integers);
  writeApt(path, cloud.view());
  EXPECT_EQ(sectionNames(path),
    (Names{ "Position", "Mass", "tof", "Voltage", "Pulse Voltage", "Detector Coordinates",
      "Delta Pulse", "Multiplicity" }));
  test::expectEqual(readIonFile(path), cloud);
}

TEST(WriteApt, WritesOneDetectorCoordinateAlone)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.apt");
  IonCloud cloud = smallCloud();
  test::addArray<float>(cloud, arrayName::DetectorY, "mm", ValueType::Float32, { 7, 8, 9 });
  writeApt(path, cloud.view());
  EXPECT_EQ(sectionNames(path), (Names{ "Position", "Mass", "YDet_mm" }));
  test::expectEqual(readIonFile(path), cloud);
}

TEST(WriteApt, KeepsTheOwnNameOfAnArrayOfAnotherType)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.apt");
  IonCloud cloud = smallCloud();
  test::addArray<double>(cloud, arrayName::TimeOfFlight, "ns", ValueType::Float64, { 1, 2, 3 });
  test::addArray<double>(cloud, arrayName::DetectorX, "mm", ValueType::Float64, { 1, 2, 3 });
  test::addArray<float>(cloud, arrayName::DetectorY, "mm", ValueType::Float32, { 1, 2, 3 });
  writeApt(path, cloud.view());
  test::expectEqual(readIonFile(path), cloud);
}

TEST(WriteApt, LeavesIonsWithoutAPlaceOutOfTheBounds)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.apt");
  IonCloud cloud = smallCloud();
  cloud.positions[0] = std::numeric_limits<float>::quiet_NaN();
  cloud.positions[4] = std::numeric_limits<float>::infinity();
  writeApt(path, cloud.view());
  EXPECT_EQ(
    test::readFile(path).substr(540 + 148, 24), numbers<float>({ 4, 7, -2, 8, -6, 9 }).bytes());
}

TEST(WriteApt, WritesACloudOfNoIons)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.apt");
  IonCloud cloud;
  test::addArray<float>(cloud, arrayName::MassToCharge, "Da", ValueType::Float32, {});
  writeApt(path, cloud.view());
  test::expectEqual(readIonFile(path), cloud);
  EXPECT_EQ(test::readFile(path).substr(540 + 148, 24), std::string(24, '\0'));
}

TEST(WriteApt, WritesNamesInUtf16CutBetweenCharacters)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.apt");
  IonCloud cloud = smallCloud();
  // 30 units, then a character of two of which only one would fit.
  const std::string kept = "å\u03bc\u20ac" + std::string(27, 'x');
  test::addArray<float>(cloud, kept + "\U0001f600", "", ValueType::Float32, { 1, 2, 3 });
  test::addArray<float>(cloud, "\U0001f600", "\U0001f600", ValueType::Float32, { 1, 2, 3 });
  test::addArray<float>(cloud, "bad \xff\xc3", "", ValueType::Float32, { 1, 2, 3 });
  writeApt(path, cloud.view());
  const AptFile file(path);
  EXPECT_EQ(test::namesOf(file.arrays()),
    (Names{ "MassToCharge", kept, "\U0001f600", "bad \ufffd\ufffd" }));
  EXPECT_EQ(file.arrays()[2].unit, "\U0001f600");
}

TEST(WriteApt, RejectsSectionsThatWouldShareAName)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.apt");
  const auto problem = [&](const Names& names)
  {
    IonCloud cloud = smallCloud();
    for (const std::string& name : names)
    {
      test::addArray<float>(cloud, name, "", ValueType::Float32, { 1, 2, 3 });
    }
    return test::messageOf<ParameterError>([&] { writeApt(path, cloud.view()); });
  };
  EXPECT_TRUE(test::contains(problem({ "Mass" }), "name of a section is \"Mass\""));
  EXPECT_NE(problem({ "Position" }), "");
  EXPECT_NE(problem({ "TimeOfFlight", "tof" }), "");
  EXPECT_NE(problem({ std::string(31, 'x') + "1", std::string(31, 'x') + "2" }), "");
  EXPECT_NE(problem({ "" }), "");
  EXPECT_EQ(problem({ std::string(30, 'x') + "1", std::string(30, 'x') + "2" }), "");
}

TEST(WriteApt, NeedsTheRatios)
{
  const test::TemporaryFolder folder;
  IonCloud cloud = smallCloud();
  cloud.arrays.clear();
  EXPECT_EQ(test::messageOf<ParameterError>([&] { writeApt(folder.file("a.apt"), cloud.view()); }),
    "array MassToCharge is missing; allowed is float32 with one value per ion");
  EXPECT_EQ(folder.names(), Names{});
}

TEST(WriteApt, LeavesThePreviousFileWhenStopped)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.apt");
  test::writeFile(path, "before");
  int calls = 0;
  EXPECT_THROW(writeApt(path, smallCloud().view(), [&](double) { return ++calls < 2; }), Stopped);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(test::readFile(path), "before");
  EXPECT_EQ(folder.names(), Names{ "a.apt" });
}

TEST(WriteApt, ReportsProgressUpToTheWhole)
{
  const test::TemporaryFolder folder;
  std::vector<double> fractions;
  writeApt(folder.file("a.apt"), smallCloud().view(),
    [&](double fraction)
    {
      fractions.push_back(fraction);
      return true;
    });
  ASSERT_EQ(fractions.size(), 2U);
  EXPECT_EQ(fractions[0], 0.75);
  EXPECT_EQ(fractions[1], 1.0);
}
