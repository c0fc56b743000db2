// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "AptFile.h"

#include "ByteOrder.h"
#include "Error.h"
#include "OutputFile.h"
#include "ParallelFor.h"
#include "TextEncoding.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>

namespace apt
{

namespace
{
// --- the format

constexpr std::size_t fileHeaderSize = 540;
constexpr std::size_t fileNameUnits = 256;
constexpr std::size_t sectionHeaderSize = 148;
constexpr std::size_t nameUnits = 32;
constexpr std::size_t unitUnits = 16;
constexpr std::int32_t fileVersion = 2;
constexpr std::int32_t sectionHeaderVersion = 2;
constexpr std::int32_t sectionVersion = 1;
constexpr std::uint32_t oneToOne = 1;
constexpr std::uint32_t fixedSize = 1;
constexpr std::uint32_t integer = 1;
constexpr std::uint32_t unsignedInteger = 2;
constexpr std::uint32_t floatingPoint = 3;
constexpr char fileMagic[4] = { 'A', 'P', 'T', '\0' };
constexpr char sectionMagic[4] = { 'S', 'E', 'C', '\0' };

constexpr const char* positionName = "Position";
constexpr const char* detectorName = "Detector Coordinates";
constexpr const char* pulseName = "pulse";
constexpr const char* pulseDeltaName = "pulseDelta";

/** The arrays of the ion cloud and the sections that hold them. */
struct KnownSection
{
  const char* section;
  const char* array;
  ValueType type;
  const char* unit;
};
// Of two sections for one array the first is the one that is written.
constexpr std::array<KnownSection, 10> knownSections = { {
  { "Mass", arrayName::MassToCharge, ValueType::Float32, "Da" },
  { "tof", arrayName::TimeOfFlight, ValueType::Float32, "ns" },
  { "Time of Flight", arrayName::TimeOfFlight, ValueType::Float32, "ns" },
  { "Voltage", arrayName::StandingVoltage, ValueType::Float32, "V" },
  { "Pulse Voltage", arrayName::PulseVoltage, ValueType::Float32, "V" },
  { "XDet_mm", arrayName::DetectorX, ValueType::Float32, "mm" },
  { "YDet_mm", arrayName::DetectorY, ValueType::Float32, "mm" },
  { "Delta Pulse", arrayName::PulsesSinceLastEvent, ValueType::Int32, "" },
  { "Pulse Delta", arrayName::PulsesSinceLastEvent, ValueType::Int32, "" },
  { "Multiplicity", arrayName::IonsPerPulse, ValueType::Int32, "" },
} };

/** The numbers that a section can hold, as its header tells them. */
struct NumberType
{
  ValueType type;
  std::uint32_t dataType;
  std::int32_t bits;
  const char* name;
};
constexpr std::array<NumberType, 10> numberTypes = { {
  { ValueType::Int8, integer, 8, "int8" },
  { ValueType::UInt8, unsignedInteger, 8, "uint8" },
  { ValueType::Int16, integer, 16, "int16" },
  { ValueType::UInt16, unsignedInteger, 16, "uint16" },
  { ValueType::Int32, integer, 32, "int32" },
  { ValueType::UInt32, unsignedInteger, 32, "uint32" },
  { ValueType::Int64, integer, 64, "int64" },
  { ValueType::UInt64, unsignedInteger, 64, "uint64" },
  { ValueType::Float32, floatingPoint, 32, "float32" },
  { ValueType::Float64, floatingPoint, 64, "float64" },
} };

const NumberType& numberTypeOf(ValueType type)
{
  return *std::find_if(numberTypes.begin(), numberTypes.end(),
    [type](const NumberType& candidate) { return candidate.type == type; });
}

// --- text

constexpr std::uint32_t replacementCharacter = 0xfffd;

/** UTF-16LE up to its first zero as UTF-8. What is no text, and control characters, become U+FFFD. */
std::string textFromUtf16(const std::byte* source, std::size_t units)
{
  std::string text;
  for (std::size_t i = 0; i < units; ++i)
  {
    const std::uint32_t unit = loadLittle<std::uint16_t>(source + 2 * i);
    if (unit == 0)
    {
      break;
    }
    if (unit >= 0xd800 && unit < 0xdc00 && i + 1 < units)
    {
      const std::uint32_t low = loadLittle<std::uint16_t>(source + 2 * (i + 1));
      if (low >= 0xdc00 && low < 0xe000)
      {
        detail::appendUtf8(text, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
        ++i;
        continue;
      }
    }
    const bool isText =
      unit >= 0x20 && !(unit >= 0x7f && unit < 0xa0) && !(unit >= 0xd800 && unit < 0xe000);
    detail::appendUtf8(text, isText ? unit : replacementCharacter);
  }
  return text;
}

/** The next code point of UTF-8 text, at moves on; bytes that are no UTF-8 become U+FFFD. */
std::uint32_t nextCodePoint(const std::string& text, std::size_t& at)
{
  const auto byteAt = [&text](std::size_t i)
  { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  const std::uint32_t first = byteAt(at++);
  if (first < 0x80)
  {
    return first;
  }
  const std::size_t more = first >= 0xf0 && first < 0xf5 ? 3
    : first >= 0xe0 && first < 0xf0                      ? 2
    : first >= 0xc2 && first < 0xe0                      ? 1
                                                         : 0;
  if (more == 0 || text.size() - at < more)
  {
    return replacementCharacter;
  }
  std::uint32_t codePoint = first & (0x3fU >> more);
  for (std::size_t i = 0; i < more; ++i)
  {
    if ((byteAt(at + i) & 0xc0) != 0x80)
    {
      return replacementCharacter;
    }
    codePoint = codePoint << 6 | (byteAt(at + i) & 0x3f);
  }
  at += more;
  const bool isCodePoint = codePoint < 0x110000 && !(codePoint >= 0xd800 && codePoint < 0xe000) &&
    codePoint >= (more == 3      ? 0x10000U
                     : more == 2 ? 0x800U
                                 : 0x80U);
  return isCodePoint ? codePoint : replacementCharacter;
}

/** UTF-8 as UTF-16, cut to so many units between two characters. */
std::vector<std::uint16_t> utf16FromText(const std::string& text, std::size_t limit)
{
  std::vector<std::uint16_t> units;
  for (std::size_t at = 0; at < text.size();)
  {
    const std::uint32_t codePoint = nextCodePoint(text, at);
    if (units.size() + (codePoint < 0x10000 ? 1 : 2) > limit)
    {
      break;
    }
    if (codePoint < 0x10000)
    {
      units.push_back(static_cast<std::uint16_t>(codePoint));
    }
    else
    {
      units.push_back(static_cast<std::uint16_t>(0xd800 + ((codePoint - 0x10000) >> 10)));
      units.push_back(static_cast<std::uint16_t>(0xdc00 + ((codePoint - 0x10000) & 0x3ff)));
    }
  }
  return units;
}

std::string quoted(const std::string& text)
{
  return "\"" + text + "\"";
}

std::string inHexadecimal(const std::byte* bytes, std::size_t count)
{
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < count; ++i)
  {
    const unsigned value = std::to_integer<unsigned>(bytes[i]);
    text += text.empty() ? "" : " ";
    text += digits[value >> 4];
    text += digits[value & 15];
  }
  return text;
}

// --- reading

struct Section
{
  std::string name;
  std::string unit;
  std::uint64_t headerOffset = 0;
  std::uint64_t valuesOffset = 0;
  std::uint64_t byteCount = 0;
  std::uint64_t recordCount = 0;
  std::uint32_t relationship = 0;
  std::uint32_t recordType = 0;
  std::uint32_t dataType = 0;
  std::int32_t bits = 0;
  std::int32_t recordSize = 0;

  std::uint64_t end() const { return this->valuesOffset + this->byteCount; }

  /** What the values are, where they are numbers and each record holds a whole number of them. */
  std::optional<ArrayDescription> description() const
  {
    for (const NumberType& candidate : numberTypes)
    {
      if (candidate.dataType == this->dataType && candidate.bits == this->bits)
      {
        const std::int32_t valueSize = this->bits / 8;
        if (this->recordType != fixedSize || this->recordSize < valueSize ||
          this->recordSize % valueSize != 0)
        {
          return std::nullopt;
        }
        return ArrayDescription{ this->name, this->unit, candidate.type,
          this->recordSize / valueSize };
      }
    }
    return std::nullopt;
  }

  bool is(ValueType type, int components) const
  {
    const std::optional<ArrayDescription> found = this->description();
    return found && found->type == type && found->components == components;
  }
};

/** The ion count that the header gives; offset becomes that of the first section. */
std::uint64_t readFileHeader(
  const InputFile& file, std::uint64_t& offset, std::vector<std::string>& warnings)
{
  std::array<std::byte, fileHeaderSize> header;
  const std::size_t available =
    static_cast<std::size_t>(std::min<std::uint64_t>(header.size(), file.size()));
  file.read(0, header.data(), available);
  const std::size_t magicSize = std::min(available, sizeof(fileMagic));
  if (std::memcmp(header.data(), fileMagic, magicSize) != 0)
  {
    throw FileError::atByte(file.path(), 0,
      "is no .apt file: it begins with the bytes " + inHexadecimal(header.data(), magicSize) +
        ", expected were 41 50 54 00 (\"APT\")");
  }
  if (available < header.size())
  {
    throw FileError::atByte(file.path(), file.size(),
      "the file ends inside the header of " + std::to_string(fileHeaderSize) +
        " bytes: it is cut short");
  }
  const std::int32_t size = loadLittle<std::int32_t>(header.data() + 4);
  if (size < static_cast<std::int32_t>(fileHeaderSize) ||
    static_cast<std::uint64_t>(size) > file.size())
  {
    throw FileError::atByte(file.path(), 4,
      "the header says that it is " + std::to_string(size) + " bytes long; expected was " +
        std::to_string(fileHeaderSize) + " or more, within the file of " +
        std::to_string(file.size()));
  }
  const std::int32_t version = loadLittle<std::int32_t>(header.data() + 8);
  if (version != fileVersion)
  {
    warnings.push_back("the file is of version " + std::to_string(version) + " of .apt; version " +
      std::to_string(fileVersion) + " is known");
  }
  offset = static_cast<std::uint64_t>(size);
  return loadLittle<std::uint64_t>(header.data() + 532);
}

Section readSectionHeader(const InputFile& file, std::uint64_t offset)
{
  const std::uint64_t left = file.size() - offset;
  if (left < sectionHeaderSize)
  {
    throw FileError::atByte(file.path(), offset,
      "here are " + std::to_string(left) + " bytes, fewer than the " +
        std::to_string(sectionHeaderSize) +
        " of the header of a section: the file is cut short or damaged");
  }
  std::array<std::byte, sectionHeaderSize> header;
  file.read(offset, header.data(), header.size());
  const std::byte* at = header.data();
  if (std::memcmp(at, sectionMagic, sizeof(sectionMagic)) != 0)
  {
    throw FileError::atByte(file.path(), offset,
      "a section should begin here with the bytes 53 45 43 00 (\"SEC\"), found were " +
        inHexadecimal(at, sizeof(sectionMagic)));
  }

  Section section;
  section.headerOffset = offset;
  section.name = textFromUtf16(at + 12, nameUnits);
  section.relationship = loadLittle<std::uint32_t>(at + 80);
  section.recordType = loadLittle<std::uint32_t>(at + 84);
  section.dataType = loadLittle<std::uint32_t>(at + 88);
  section.bits = loadLittle<std::int32_t>(at + 92);
  section.recordSize = loadLittle<std::int32_t>(at + 96);
  section.unit = textFromUtf16(at + 100, unitUnits);
  section.recordCount = loadLittle<std::uint64_t>(at + 132);
  section.byteCount = loadLittle<std::uint64_t>(at + 140);

  const std::int32_t headerSize = loadLittle<std::int32_t>(at + 4);
  if (headerSize < static_cast<std::int32_t>(sectionHeaderSize) ||
    static_cast<std::uint64_t>(headerSize) > left)
  {
    throw FileError::atByte(file.path(), offset + 4,
      "section " + quoted(section.name) + " says that its header is " + std::to_string(headerSize) +
        " bytes long; expected was " + std::to_string(sectionHeaderSize) + " or more, and " +
        std::to_string(left) + " bytes are left in the file");
  }
  section.valuesOffset = offset + static_cast<std::uint64_t>(headerSize);
  if (section.byteCount > file.size() - section.valuesOffset)
  {
    throw FileError::atByte(file.path(), offset + 140,
      "section " + quoted(section.name) + " says that it holds " +
        std::to_string(section.byteCount) + " bytes, but " +
        std::to_string(file.size() - section.valuesOffset) +
        " are left in the file: it is cut short or damaged");
  }
  return section;
}

/** @throws FileError where the values would not fit into the section */
void checkRecords(const InputFile& file, const Section& section)
{
  // Divided rather than multiplied: the product may exceed 64 bits.
  const std::uint64_t recordSize = static_cast<std::uint64_t>(section.recordSize);
  if (section.recordCount > section.byteCount / recordSize)
  {
    throw FileError::atByte(file.path(), section.headerOffset + 132,
      "section " + quoted(section.name) + " says that it holds " +
        std::to_string(section.recordCount) + " records of " + std::to_string(recordSize) +
        " bytes, but it has " + std::to_string(section.byteCount) + " bytes");
  }
}

/** All sections, in order; of those that share a name the first. */
std::vector<Section> readSections(
  const InputFile& file, std::uint64_t offset, std::vector<std::string>& warnings)
{
  // Real files have some 30. The limit keeps a damaged one from taking hours.
  constexpr std::size_t limit = 10000;
  std::vector<Section> sections;
  std::set<std::string> names;
  for (std::size_t count = 0; offset < file.size(); ++count)
  {
    if (count == limit)
    {
      throw FileError::atByte(file.path(), offset,
        "there are more than " + std::to_string(limit) + " sections: the file is damaged");
    }
    Section section = readSectionHeader(file, offset);
    offset = section.end();
    if (!names.insert(section.name).second)
    {
      warnings.push_back("there is a second section " + quoted(section.name) + " at byte " +
        std::to_string(section.headerOffset) + "; it was left out");
      continue;
    }
    sections.push_back(std::move(section));
  }
  return sections;
}

const Section& findPosition(const InputFile& file, const std::vector<Section>& sections)
{
  const auto found = std::find_if(sections.begin(), sections.end(),
    [](const Section& section) { return section.name == positionName; });
  if (found == sections.end())
  {
    constexpr std::size_t namesInMessage = 12;
    std::string names;
    for (std::size_t i = 0; i < std::min(namesInMessage, sections.size()); ++i)
    {
      names += (i > 0 ? ", " : "") + sections[i].name;
    }
    names += sections.size() > namesInMessage ? ", …" : "";
    throw FileError(file.path(),
      "has no section \"Position\" (it has " + (names.empty() ? "none" : names) +
        "): the ions were not reconstructed, as in a flat test");
  }
  if (!found->is(ValueType::Float32, 3))
  {
    throw FileError::atByte(file.path(), found->headerOffset + 84,
      "section \"Position\" holds records of " + std::to_string(found->recordSize) +
        " bytes (record type " + std::to_string(found->recordType) + ", data type " +
        std::to_string(found->dataType) + " of " + std::to_string(found->bits) +
        " bits); expected were three float32");
  }
  checkRecords(file, *found);
  return *found;
}

/** The sections that become arrays. */
std::vector<Section> findArrays(const InputFile& file, const std::vector<Section>& sections,
  std::uint64_t ions, std::vector<std::string>& warnings)
{
  std::vector<Section> arrays;
  for (const Section& section : sections)
  {
    if (section.name == positionName || section.relationship != oneToOne)
    {
      continue;
    }
    if (!section.description())
    {
      // Text and opaque structures are nothing to warn of; numbers that cannot be read are.
      if (section.recordType == fixedSize && section.dataType >= integer &&
        section.dataType <= floatingPoint)
      {
        warnings.push_back("section " + quoted(section.name) +
          " was left out: it holds records of " + std::to_string(section.recordSize) +
          " bytes made of numbers of " + std::to_string(section.bits) + " bits (data type " +
          std::to_string(section.dataType) + ")");
      }
      continue;
    }
    if (section.recordCount != ions)
    {
      warnings.push_back("section " + quoted(section.name) + " was left out: it has " +
        std::to_string(section.recordCount) + " records for " + std::to_string(ions) + " ions");
      continue;
    }
    if (section.name.empty())
    {
      warnings.push_back("the section at byte " + std::to_string(section.headerOffset) +
        " was left out: it has no name");
      continue;
    }
    checkRecords(file, section);
    arrays.push_back(section);
  }
  return arrays;
}

/** The unit in the spelling of the ion cloud where it is the same one, else as in the file. */
std::string unitOf(const std::string& inFile, const std::string& expected)
{
  const auto lowerCase = [](std::string text)
  {
    std::transform(text.begin(), text.end(), text.begin(),
      [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return text;
  };
  const bool isDalton = expected == "Da" && (inFile == "amu" || inFile == "u");
  return inFile.empty() || isDalton || lowerCase(inFile) == lowerCase(expected) ? expected : inFile;
}

/** Turns the values at that place from the byte order of the file to that of the machine. */
void toHostOrder(void* values, std::size_t valueSize, std::size_t count)
{
  if constexpr (!detail::hostIsLittleEndian)
  {
    std::byte* value = static_cast<std::byte*>(values);
    for (std::size_t i = 0; i < count; ++i)
    {
      std::reverse(value, value + valueSize);
      value += valueSize;
    }
  }
  else
  {
    (void)values;
    (void)valueSize;
    (void)count;
  }
}

// --- writing

/** A section to be written. */
struct OutputSection
{
  std::string name;
  std::string unit;
  ValueType type = ValueType::Float32;
  int components = 1;
  std::vector<std::byte> extraHeader;
  // The values are those of the parts in turn, one value per part and ion; or of the only part,
  // which may have several values per ion.
  std::vector<const std::byte*> parts;

  std::size_t recordSize() const
  {
    return sizeOf(this->type) * static_cast<std::size_t>(this->components);
  }
};

void storeText(std::byte* destination, const std::string& text, std::size_t units)
{
  // The last unit stays zero.
  for (const std::uint16_t unit : utf16FromText(text, units - 1))
  {
    storeLittle(destination, unit);
    destination += sizeof(unit);
  }
}

std::vector<std::byte> encodeFileHeader(const std::string& path, std::size_t ions)
{
  std::vector<std::byte> header(fileHeaderSize);
  std::memcpy(header.data(), fileMagic, sizeof(fileMagic));
  storeLittle<std::int32_t>(header.data() + 4, static_cast<std::int32_t>(fileHeaderSize));
  storeLittle<std::int32_t>(header.data() + 8, fileVersion);
  storeText(header.data() + 12, path.substr(path.find_last_of('/') + 1), fileNameUnits);
  // Windows counts in 100 ns from 1601.
  constexpr std::int64_t from1601To1970 = 116444736000000000;
  const std::int64_t ticks = std::chrono::duration_cast<std::chrono::nanoseconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count() /
    100;
  storeLittle<std::uint64_t>(
    header.data() + 524, static_cast<std::uint64_t>(ticks + from1601To1970));
  storeLittle<std::uint64_t>(header.data() + 532, ions);
  return header;
}

std::vector<std::byte> encodeSectionHeader(const OutputSection& section, std::size_t ions)
{
  const NumberType& number = numberTypeOf(section.type);
  std::vector<std::byte> header(sectionHeaderSize);
  std::byte* at = header.data();
  std::memcpy(at, sectionMagic, sizeof(sectionMagic));
  storeLittle<std::int32_t>(
    at + 4, static_cast<std::int32_t>(sectionHeaderSize + section.extraHeader.size()));
  storeLittle<std::int32_t>(at + 8, sectionHeaderVersion);
  storeText(at + 12, section.name, nameUnits);
  storeLittle<std::int32_t>(at + 76, sectionVersion);
  storeLittle<std::uint32_t>(at + 80, oneToOne);
  storeLittle<std::uint32_t>(at + 84, fixedSize);
  storeLittle<std::uint32_t>(at + 88, number.dataType);
  storeLittle<std::int32_t>(at + 92, number.bits);
  storeLittle<std::int32_t>(at + 96, static_cast<std::int32_t>(section.recordSize()));
  storeText(at + 100, section.unit, unitUnits);
  storeLittle<std::uint64_t>(at + 132, ions);
  storeLittle<std::uint64_t>(at + 140, std::uint64_t{ ions } * section.recordSize());
  header.insert(header.end(), section.extraHeader.begin(), section.extraHeader.end());
  return header;
}

/** Position's extra header: the smallest and largest x, y and z. */
std::vector<std::byte> encodeBounds(const IonCloudView& cloud)
{
  std::array<float, 3> smallest;
  std::array<float, 3> largest;
  smallest.fill(std::numeric_limits<float>::infinity());
  largest.fill(-std::numeric_limits<float>::infinity());
  for (std::size_t ion = 0; ion < cloud.size; ++ion)
  {
    for (std::size_t i = 0; i < 3; ++i)
    {
      const float value = cloud.positions[ion * 3 + i];
      if (std::isfinite(value))
      {
        smallest[i] = std::min(smallest[i], value);
        largest[i] = std::max(largest[i], value);
      }
    }
  }
  std::vector<std::byte> bounds(6 * sizeof(float));
  for (std::size_t i = 0; i < 3; ++i)
  {
    const bool any = smallest[i] <= largest[i];
    storeLittle(bounds.data() + 2 * i * sizeof(float), any ? smallest[i] : 0.0F);
    storeLittle(bounds.data() + (2 * i + 1) * sizeof(float), any ? largest[i] : 0.0F);
  }
  return bounds;
}

/** The values of count ions from first on, in the order of the file. */
void encodeValues(
  const OutputSection& section, std::size_t first, std::size_t count, std::byte* destination)
{
  if (section.parts.size() == 1)
  {
    const std::size_t recordSize = section.recordSize();
    std::memcpy(destination, section.parts[0] + first * recordSize, count * recordSize);
  }
  else
  {
    const std::size_t valueSize = sizeOf(section.type);
    for (std::size_t ion = first; ion < first + count; ++ion)
    {
      for (const std::byte* part : section.parts)
      {
        std::memcpy(destination, part + ion * valueSize, valueSize);
        destination += valueSize;
      }
    }
    destination -= count * section.recordSize();
  }
  // (Swapping to the file's order is the same as swapping from it.)
  toHostOrder(
    destination, sizeOf(section.type), count * static_cast<std::size_t>(section.components));
}

bool isFloat32(const ArrayView* array)
{
  return array && array->description.type == ValueType::Float32 &&
    array->description.components == 1;
}

std::vector<OutputSection> planSections(const IonCloudView& cloud)
{
  const ArrayView* massToCharge = cloud.find(arrayName::MassToCharge);
  if (!isFloat32(massToCharge))
  {
    throw ParameterError(std::string("array ") + arrayName::MassToCharge,
      massToCharge ? "of another type" : "missing", "float32 with one value per ion");
  }

  std::vector<OutputSection> sections;
  const auto add = [&sections](const std::string& name, const std::string& unit, ValueType type,
                     int components, std::vector<const std::byte*> parts)
  {
    OutputSection section;
    section.name = name;
    section.unit = unit;
    section.type = type;
    section.components = components;
    section.parts = std::move(parts);
    sections.push_back(std::move(section));
  };
  const auto valuesOf = [](const ArrayView& array)
  { return static_cast<const std::byte*>(array.values); };

  add(positionName, "nm", ValueType::Float32, 3,
    { reinterpret_cast<const std::byte*>(cloud.positions) });
  sections.back().extraHeader = encodeBounds(cloud);
  add("Mass", "Da", ValueType::Float32, 1, { valuesOf(*massToCharge) });

  const ArrayView* detectorX = cloud.find(arrayName::DetectorX);
  const ArrayView* detectorY = cloud.find(arrayName::DetectorY);
  const bool hasDetector = isFloat32(detectorX) && isFloat32(detectorY);
  for (const ArrayView& array : cloud.arrays)
  {
    const ArrayDescription& description = array.description;
    if (&array == massToCharge || (hasDetector && &array == detectorY))
    {
      continue;
    }
    if (hasDetector && &array == detectorX)
    {
      add(
        detectorName, "mm", ValueType::Float32, 2, { valuesOf(*detectorX), valuesOf(*detectorY) });
      continue;
    }
    if (description.components < 1 ||
      bytesPerIon(description) > std::size_t{ std::numeric_limits<std::int32_t>::max() })
    {
      throw ParameterError("number of components of the array " + quoted(description.name),
        std::to_string(description.components), "1 or more, less than 2 GiB per ion");
    }
    const auto known = std::find_if(knownSections.begin(), knownSections.end(),
      [&description](const KnownSection& candidate)
      {
        return candidate.array == description.name && candidate.type == description.type &&
          description.components == 1;
      });
    const bool isKnown = known != knownSections.end();
    add(isKnown ? known->section : description.name,
      isKnown && description.unit.empty() ? known->unit : description.unit, description.type,
      description.components, { valuesOf(array) });
  }

  std::map<std::vector<std::uint16_t>, std::string> names;
  for (const OutputSection& section : sections)
  {
    const std::vector<std::uint16_t> name = utf16FromText(section.name, nameUnits - 1);
    if (name.empty())
    {
      throw ParameterError("name of an array", "empty", "a name of one character or more");
    }
    const auto inserted = names.emplace(name, section.name);
    if (!inserted.second)
    {
      throw ParameterError("name of a section", quoted(section.name),
        "one that differs in its first " + std::to_string(nameUnits - 1) + " characters from " +
          quoted(inserted.first->second) + ", which the file has already");
    }
  }
  return sections;
}
} // namespace

AptFile::AptFile(const std::string& path)
  : File(path)
{
  this->Path = path;
  std::uint64_t offset = 0;
  const std::uint64_t ionsInHeader = readFileHeader(this->File, offset, this->Warnings);
  const std::vector<Section> sections = readSections(this->File, offset, this->Warnings);
  const Section& position = findPosition(this->File, sections);
  this->Size = position.recordCount;
  this->PositionSource.offset = position.valuesOffset;
  this->PositionSource.recordSize = static_cast<std::uint64_t>(position.recordSize);
  if (ionsInHeader != this->Size)
  {
    this->Warnings.push_back("the header says that there are " + std::to_string(ionsInHeader) +
      " ions, but there are positions of " + std::to_string(this->Size));
  }

  const std::vector<Section> arrays = findArrays(this->File, sections, this->Size, this->Warnings);
  std::set<std::string> taken;
  for (const Section& section : arrays)
  {
    taken.insert(section.name);
  }
  const auto add = [this](const std::string& name, const std::string& unit, ValueType type,
                     int components, const Section& section, std::uint64_t skip)
  {
    this->Arrays.push_back({ name, unit, type, components });
    Source source;
    source.offset = section.valuesOffset + skip;
    source.recordSize = static_cast<std::uint64_t>(section.recordSize);
    this->Sources.push_back(source);
  };
  const auto find = [&arrays](const char* name, ValueType type) -> const Section*
  {
    for (const Section& section : arrays)
    {
      if (section.name == name && section.is(type, 1))
      {
        return &section;
      }
    }
    return nullptr;
  };

  const Section* pulse = find(pulseName, ValueType::Float32);
  const Section* pulseDelta = find(pulseDeltaName, ValueType::Int16);
  const bool hasPulseNumber = pulse && pulseDelta && taken.insert(arrayName::PulseNumber).second;
  bool pulseNumberAdded = false;
  for (const Section& section : arrays)
  {
    if (hasPulseNumber && (&section == pulse || &section == pulseDelta))
    {
      if (!pulseNumberAdded)
      {
        add(arrayName::PulseNumber, "", ValueType::Float64, 1, *pulse, 0);
        this->Sources.back().addend = pulseDelta->valuesOffset;
        this->Sources.back().addendRecordSize = static_cast<std::uint64_t>(pulseDelta->recordSize);
        pulseNumberAdded = true;
      }
      continue;
    }
    if (section.name == detectorName && section.is(ValueType::Float32, 2) &&
      taken.count(arrayName::DetectorX) == 0 && taken.count(arrayName::DetectorY) == 0)
    {
      const std::string unit = unitOf(section.unit, "mm");
      add(arrayName::DetectorX, unit, ValueType::Float32, 1, section, 0);
      add(arrayName::DetectorY, unit, ValueType::Float32, 1, section, sizeof(float));
      taken.insert({ arrayName::DetectorX, arrayName::DetectorY });
      continue;
    }
    const auto known = std::find_if(knownSections.begin(), knownSections.end(),
      [&section](const KnownSection& candidate)
      { return candidate.section == section.name && section.is(candidate.type, 1); });
    if (known != knownSections.end() && taken.insert(known->array).second)
    {
      const std::string unit = unitOf(section.unit, known->unit);
      if (unit != known->unit)
      {
        this->Warnings.push_back("section " + quoted(section.name) + " has the unit " +
          quoted(unit) + (*known->unit ? " instead of " + quoted(known->unit) : ""));
      }
      add(known->array, unit, known->type, 1, section, 0);
      continue;
    }
    const ArrayDescription description = *section.description();
    add(description.name, description.unit, description.type, description.components, section, 0);
  }
}

std::uint64_t AptFile::decode(const IonSlice& slice, float* positions,
  const std::vector<void*>& arrays, const Progress& progress) const
{
  // Values are read straight into the caller's memory: they lie there as in the file.
  constexpr std::size_t grain = std::size_t{ 1 } << 15;
  const std::size_t count = static_cast<std::size_t>(slice.count);
  std::atomic<std::uint64_t> nonFinite{ 0 };
  parallelFor(
    count, grain,
    [&](std::size_t begin, std::size_t end)
    {
      const std::size_t size = end - begin;
      const std::uint64_t first = slice.first + begin * slice.stride;
      const auto readValues = [&](std::uint64_t offset, std::uint64_t recordSize,
                                std::size_t itemSize, std::size_t skip, std::size_t ions, void* to)
      {
        this->File.readStrided(offset + (first + skip * slice.stride) * recordSize, itemSize,
          slice.stride * recordSize, ions, to);
      };

      float* points = positions + begin * 3;
      readValues(this->PositionSource.offset, this->PositionSource.recordSize, 3 * sizeof(float), 0,
        size, points);
      toHostOrder(points, sizeof(float), size * 3);
      nonFinite += countNonFinite(size, points);

      for (std::size_t i = 0; i < arrays.size(); ++i)
      {
        if (!arrays[i])
        {
          continue;
        }
        const Source& source = this->Sources[i];
        const ArrayDescription& description = this->Arrays[i];
        const std::size_t itemSize = bytesPerIon(description);
        std::byte* to = static_cast<std::byte*>(arrays[i]) + begin * itemSize;
        if (source.addend == 0)
        {
          readValues(source.offset, source.recordSize, itemSize, 0, size, to);
          toHostOrder(
            to, sizeOf(description.type), size * static_cast<std::size_t>(description.components));
          continue;
        }
        constexpr std::size_t step = 4096;
        std::array<float, step> pulses;
        std::array<std::int16_t, step> deltas;
        double* numbers = reinterpret_cast<double*>(to);
        for (std::size_t at = 0; at < size; at += step)
        {
          const std::size_t ions = std::min(step, size - at);
          readValues(source.offset, source.recordSize, sizeof(float), at, ions, pulses.data());
          readValues(
            source.addend, source.addendRecordSize, sizeof(std::int16_t), at, ions, deltas.data());
          toHostOrder(pulses.data(), sizeof(float), ions);
          toHostOrder(deltas.data(), sizeof(std::int16_t), ions);
          for (std::size_t ion = 0; ion < ions; ++ion)
          {
            numbers[at + ion] = static_cast<double>(pulses[ion]) + deltas[ion];
          }
        }
      }
    },
    progress);
  return nonFinite;
}

void writeApt(const std::string& path, const IonCloudView& cloud, const Progress& progress)
{
  const std::vector<OutputSection> sections = planSections(cloud);
  std::size_t bytesPerIonInAll = 0;
  for (const OutputSection& section : sections)
  {
    bytesPerIonInAll += section.recordSize();
  }
  const double total = static_cast<double>(bytesPerIonInAll) * static_cast<double>(cloud.size);

  constexpr std::size_t blockSize = std::size_t{ 4 } << 20;
  OutputFile file(path);
  const std::vector<std::byte> fileHeader = encodeFileHeader(path, cloud.size);
  file.write(fileHeader.data(), fileHeader.size());
  double written = 0;
  std::vector<std::byte> block;
  for (const OutputSection& section : sections)
  {
    const std::vector<std::byte> header = encodeSectionHeader(section, cloud.size);
    file.write(header.data(), header.size());

    const std::size_t recordSize = section.recordSize();
    const std::size_t blockIons = std::max<std::size_t>(1, blockSize / recordSize);
    block.resize(std::max(block.size(), std::min(blockIons, cloud.size) * recordSize));
    for (std::size_t first = 0; first < cloud.size; first += blockIons)
    {
      const std::size_t count = std::min(blockIons, cloud.size - first);
      encodeValues(section, first, count, block.data());
      file.write(block.data(), count * recordSize);
      written += static_cast<double>(count * recordSize);
      if (progress && !progress(std::min(1.0, written / total)))
      {
        throw Stopped();
      }
    }
  }
  file.commit();
}

} // namespace apt
