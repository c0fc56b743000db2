// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "PosFile.h"

#include "ByteOrder.h"
#include "Error.h"
#include "OutputFile.h"
#include "ParallelFor.h"

#include <algorithm>
#include <array>

#include <atomic>
#include <cmath>

namespace apt
{

namespace
{
constexpr std::size_t posRecordSize = 16;
constexpr std::size_t eposRecordSize = 44;

// A piece of the file is read into a buffer that stays in the processor's own (L2) cache while it
// is decoded; a larger one is slower, a smaller one costs more system calls.
constexpr std::size_t bufferSize = std::size_t{ 256 } << 10;

/** The columns of an .epos record beside the positions, in order; .pos has the first alone. */
struct Column
{
  const char* name;
  const char* unit;
  ValueType type;
  std::size_t offset; // in the record
  bool isVoltage;
};
constexpr std::array<Column, 8> columns = { {
  { arrayName::MassToCharge, "Da", ValueType::Float32, 12, false },
  { arrayName::TimeOfFlight, "ns", ValueType::Float32, 16, false },
  { arrayName::StandingVoltage, "V", ValueType::Float32, 20, true },
  { arrayName::PulseVoltage, "V", ValueType::Float32, 24, true },
  { arrayName::DetectorX, "mm", ValueType::Float32, 28, false },
  { arrayName::DetectorY, "mm", ValueType::Float32, 32, false },
  { arrayName::PulsesSinceLastEvent, "", ValueType::Int32, 36, false },
  { arrayName::IonsPerPulse, "", ValueType::Int32, 40, false },
} };
constexpr std::size_t standingVoltageOffset = 20;

std::size_t recordSizeOf(PosFile::Layout layout)
{
  return layout == PosFile::Layout::Pos ? posRecordSize : eposRecordSize;
}

// Four bytes at once, whatever they stand for.
using Word = std::uint32_t;
// The exponent bits of a float32; all set in infinities and NaN.
constexpr Word exponentBits = 0x7f800000;

Word loadWord(const std::byte* source)
{
  return loadBig<Word>(source);
}

/** Stores bits that may be those of a float, as they are. */
void storeWord(void* destination, Word bits)
{
  std::memcpy(destination, &bits, sizeof(bits));
}

bool isFiniteWord(Word bits)
{
  return (bits & exponentBits) != exponentBits;
}

/** Decodes the coordinates of one record. Returns whether all are finite. */
bool decodePoint(const std::byte* record, float* point)
{
  // (By way of an array the compilers would store the words and load them again.)
  const Word x = loadWord(record);
  const Word y = loadWord(record + 4);
  const Word z = loadWord(record + 8);
  storeWord(point, x);
  storeWord(point + 1, y);
  storeWord(point + 2, z);
  return isFiniteWord(x) && isFiniteWord(y) && isFiniteWord(z);
}

/** Decodes .pos records one by one. Returns whether a coordinate is not finite. */
bool decodePosOneByOne(
  const std::byte* records, std::size_t count, float* positions, float* massToCharge)
{
  bool anyNonFinite = false;
  for (std::size_t ion = 0; ion < count; ++ion)
  {
    const std::byte* record = records + ion * posRecordSize;
    anyNonFinite |= !decodePoint(record, positions + ion * 3);
    if (massToCharge)
    {
      storeWord(massToCharge + ion, loadWord(record + 12));
    }
  }
  return anyNonFinite;
}

#if defined(__x86_64__) && defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define ATOMPROBE_SHUFFLE_RECORDS
#endif
#endif

#ifdef ATOMPROBE_SHUFFLE_RECORDS
using Bytes = std::uint8_t __attribute__((vector_size(16)));
using Words = Word __attribute__((vector_size(16)));

inline Bytes loadBytes(const std::byte* source)
{
  Bytes bytes;
  std::memcpy(&bytes, source, sizeof(bytes));
  return bytes;
}

inline void storeWords(float* destination, Words words)
{
  std::memcpy(destination, &words, sizeof(words));
}

/**
 * Has the processor fetch the destination that lies so many bytes ahead. Each huge page is cleared
 * by the kernel long before its last lines are written; without this each of them is waited for,
 * which takes longer than the decoding. Ahead may lie outside the array: a prefetch cannot fault.
 */
inline void prefetch(const float* destination, std::size_t bytesAhead)
{
  const std::uintptr_t address = reinterpret_cast<std::uintptr_t>(destination) + bytesAhead;
  __builtin_prefetch(reinterpret_cast<const void*>(address), 1);
}
constexpr std::size_t prefetchedIons = 1024;

/**
 * The same four records at a time with the byte shuffles that every x86 processor since 2008 has;
 * the compilers find no such thing by themselves. Each record is turned to the host's byte order
 * and rotated in one shuffle, such that the rest is choosing words from two records.
 */
__attribute__((target("sse4.1"))) bool decodePosShuffled(
  const std::byte* records, std::size_t count, float* positions, float* massToCharge)
{
  constexpr std::size_t step = 4;
  const std::size_t whole = count / step * step;
  Words anyNonFinite = {};
  const Words exponent = { exponentBits, exponentBits, exponentBits, exponentBits };
  for (std::size_t ion = 0; ion < whole; ion += step)
  {
    prefetch(positions + ion * 3, prefetchedIons * 3 * sizeof(float));
    if (massToCharge)
    {
      prefetch(massToCharge + ion, prefetchedIons * sizeof(float));
    }
    const std::byte* record = records + ion * posRecordSize;
    const Bytes first = loadBytes(record);
    const Bytes second = loadBytes(record + posRecordSize);
    const Bytes third = loadBytes(record + 2 * posRecordSize);
    const Bytes fourth = loadBytes(record + 3 * posRecordSize);
    // x0 y0 z0 m0
    const Words a = (Words)__builtin_shufflevector(
      first, first, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
    // y1 z1 m1 x1
    const Words b = (Words)__builtin_shufflevector(
      second, second, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12, 3, 2, 1, 0);
    // z2 m2 x2 y2
    const Words c = (Words)__builtin_shufflevector(
      third, third, 11, 10, 9, 8, 15, 14, 13, 12, 3, 2, 1, 0, 7, 6, 5, 4);
    // m3 x3 y3 z3
    const Words d = (Words)__builtin_shufflevector(
      fourth, fourth, 15, 14, 13, 12, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8);

    const Words ab = __builtin_shufflevector(a, b, 0, 1, 2, 7); // x0 y0 z0 x1
    const Words bc = __builtin_shufflevector(b, c, 0, 1, 6, 7); // y1 z1 x2 y2
    const Words cd = __builtin_shufflevector(c, d, 0, 5, 6, 7); // z2 x3 y3 z3
    anyNonFinite |= (Words)((ab & exponent) == exponent) | (Words)((bc & exponent) == exponent) |
      (Words)((cd & exponent) == exponent);
    storeWords(positions + ion * 3, ab);
    storeWords(positions + ion * 3 + 4, bc);
    storeWords(positions + ion * 3 + 8, cd);

    if (massToCharge)
    {
      const Words dc = __builtin_shufflevector(d, c, 0, 5, 2, 3); // m3 m2
      const Words ba = __builtin_shufflevector(b, a, 0, 1, 2, 7); // m1 m0 in its upper half
      storeWords(massToCharge + ion, __builtin_shufflevector(dc, ba, 7, 6, 1, 0));
    }
  }
  const bool rest = decodePosOneByOne(records + whole * posRecordSize, count - whole,
    positions + whole * 3, massToCharge ? massToCharge + whole : nullptr);
  return rest || (anyNonFinite[0] | anyNonFinite[1] | anyNonFinite[2] | anyNonFinite[3]) != 0;
}
#endif

/** One column of .epos records. */
void decodeColumn(const std::byte* records, std::size_t count, std::size_t offset, void* values)
{
  std::byte* to = static_cast<std::byte*>(values);
  for (std::size_t ion = 0; ion < count; ++ion)
  {
    storeWord(to + ion * sizeof(Word), loadWord(records + ion * eposRecordSize + offset));
  }
}

bool decodeEpos(const std::byte* records, std::size_t count, float voltageFactor, float* positions,
  const std::vector<std::byte*>& arrays)
{
  // Column after column of so few records that they stay in the L1 cache.
  constexpr std::size_t step = 256;
  bool anyNonFinite = false;
  for (std::size_t begin = 0; begin < count; begin += step)
  {
    const std::size_t size = std::min(step, count - begin);
    const std::byte* from = records + begin * eposRecordSize;
    for (std::size_t ion = 0; ion < size; ++ion)
    {
      anyNonFinite |= !decodePoint(from + ion * eposRecordSize, positions + (begin + ion) * 3);
    }
    for (std::size_t i = 0; i < columns.size(); ++i)
    {
      if (!arrays[i])
      {
        continue;
      }
      std::byte* to = arrays[i] + begin * sizeof(Word);
      decodeColumn(from, size, columns[i].offset, to);
      if (columns[i].isVoltage && voltageFactor != 1.0F)
      {
        float* voltages = reinterpret_cast<float*>(to);
        for (std::size_t ion = 0; ion < size; ++ion)
        {
          voltages[ion] *= voltageFactor;
        }
      }
    }
  }
  return anyNonFinite;
}

/** Records from all over the file: all where there are few, else evenly spaced runs of them. */
std::vector<std::byte> sampleRecords(
  const InputFile& file, std::size_t recordSize, std::size_t recordsPerRun)
{
  // Runs rather than single records, which a disk or a network would take minutes to find.
  constexpr std::size_t runs = 64;
  const std::uint64_t size = file.size() / recordSize;
  std::vector<std::byte> sample;
  if (size <= runs * recordsPerRun)
  {
    sample.resize(static_cast<std::size_t>(size) * recordSize);
    file.read(0, sample.data(), sample.size());
    return sample;
  }
  const std::size_t runBytes = recordsPerRun * recordSize;
  sample.resize(runs * runBytes);
  // The first run begins with the file, the last one ends with it.
  const std::uint64_t last = size - recordsPerRun;
  for (std::size_t run = 0; run < runs; ++run)
  {
    const std::uint64_t first = last / (runs - 1) * run + last % (runs - 1) * run / (runs - 1);
    file.read(first * recordSize, sample.data() + run * runBytes, runBytes);
  }
  return sample;
}

/** 1000 where the standing voltages of a sample can only be kV, else 1. */
float voltageFactorOf(const std::vector<std::byte>& records)
{
  constexpr float largestKilovoltage = 50;
  float largest = 0;
  for (std::size_t at = 0; at < records.size(); at += eposRecordSize)
  {
    // (NaN is not larger than anything.)
    const float voltage = std::fabs(loadBig<float>(records.data() + at + standingVoltageOffset));
    largest = voltage > largest ? voltage : largest;
  }
  return largest > 0 && largest <= largestKilovoltage ? 1000.0F : 1.0F;
}

/** The largest label where the ratios of a sample are rather labels, else a negative number. */
float largestLabel(const std::vector<std::byte>& records)
{
  constexpr float limit = 100000;
  constexpr float none = -1;
  float largest = 0;
  for (std::size_t at = 0; at < records.size(); at += posRecordSize)
  {
    const float value = loadBig<float>(records.data() + at + 12);
    if (!(value >= 0 && value < limit && value == std::floor(value)))
    {
      return none;
    }
    largest = std::max(largest, value);
  }
  return largest;
}

std::string otherLayoutThatFits(std::uint64_t size, PosFile::Layout layout)
{
  const bool isPos = layout == PosFile::Layout::Pos;
  const std::size_t other = isPos ? eposRecordSize : posRecordSize;
  return size % other == 0
    ? std::string("it would fit ") + (isPos ? ".epos (44" : ".pos (16") + " bytes per ion)"
    : "the file is cut short or of another kind";
}

// --- writing

/** The array of that column, or nullptr. @throws ParameterError where it has another type */
const ArrayView* findColumn(const IonCloudView& cloud, const Column& column)
{
  const ArrayView* array = cloud.find(column.name);
  if (array && (array->description.type != column.type || array->description.components != 1))
  {
    throw ParameterError(std::string("array ") + column.name, "of another type",
      std::string(column.type == ValueType::Int32 ? "int32" : "float32") +
        " with one value per ion");
  }
  return array;
}

const ArrayView* findMassToCharge(const IonCloudView& cloud)
{
  const ArrayView* array = findColumn(cloud, columns[0]);
  if (!array)
  {
    throw ParameterError(
      std::string("array ") + arrayName::MassToCharge, "missing", "float32 with one value per ion");
  }
  return array;
}

void encodeWord(std::byte* destination, const void* value)
{
  Word word;
  std::memcpy(&word, value, sizeof(word));
  storeBig(destination, word);
}

/** Writes size records, which encode(ion, record) makes, over all cores. */
template <typename Encode>
void writeRecords(const std::string& path, std::size_t size, std::size_t recordSize,
  const Progress& progress, const Encode& encode)
{
  constexpr std::size_t blockIons = std::size_t{ 1 } << 18;
  constexpr std::size_t grain = std::size_t{ 1 } << 14;
  OutputFile file(path);
  std::vector<std::byte> block(std::min(size, blockIons) * recordSize);
  for (std::size_t first = 0; first < size; first += blockIons)
  {
    const std::size_t count = std::min(blockIons, size - first);
    parallelFor(count, grain,
      [&](std::size_t begin, std::size_t end)
      {
        for (std::size_t ion = begin; ion < end; ++ion)
        {
          encode(first + ion, block.data() + ion * recordSize);
        }
      });
    file.write(block.data(), count * recordSize);
    if (progress && !progress(static_cast<double>(first + count) / static_cast<double>(size)))
    {
      throw Stopped();
    }
  }
  file.commit();
}
} // namespace

PosFile::PosFile(const std::string& path, Layout layout, const IonFileOptions& options)
  : File(path)
  , FileLayout(layout)
{
  const bool isPos = layout == Layout::Pos;
  const std::size_t recordSize = recordSizeOf(layout);
  const std::uint64_t bytes = this->File.size();
  if (this->File.startsLikeText())
  {
    throw FileError(path,
      "holds text where the binary records of a " + std::string(isPos ? ".pos" : ".epos") +
        " file were expected");
  }
  if (bytes % recordSize != 0)
  {
    throw FileError(path,
      "has " + std::to_string(bytes) + " bytes, not a multiple of the " +
        std::to_string(recordSize) + " that an ion takes in a " + (isPos ? ".pos" : ".epos") +
        " file; " + otherLayoutThatFits(bytes, layout));
  }
  this->Path = path;
  this->Size = bytes / recordSize;
  const std::size_t columnCount = isPos ? 1 : columns.size();
  for (std::size_t i = 0; i < columnCount; ++i)
  {
    this->Arrays.push_back({ columns[i].name, columns[i].unit, columns[i].type, 1 });
  }

  constexpr std::size_t recordsPerRun = 1024;
  if (isPos)
  {
    const float largest = largestLabel(sampleRecords(this->File, recordSize, recordsPerRun));
    if (largest >= 0)
    {
      this->Warnings.push_back("the fourth column holds whole numbers only, up to " +
        std::to_string(static_cast<int>(largest)) +
        ": they look like labels (of clusters, say) rather than mass-to-charge-state ratios");
    }
  }
  else if (options.voltageUnit == VoltageUnit::Kilovolt)
  {
    this->VoltageFactor = 1000;
  }
  else if (options.voltageUnit == VoltageUnit::Automatic)
  {
    this->VoltageFactor = voltageFactorOf(sampleRecords(this->File, recordSize, recordsPerRun));
    if (this->VoltageFactor != 1.0F)
    {
      this->Warnings.push_back("the voltages were taken for kV, as no standing voltage exceeds 50, "
                               "and multiplied by 1000 to give V");
    }
  }
}

bool PosFile::looksPlausible(const InputFile& file, Layout layout)
{
  const std::size_t recordSize = recordSizeOf(layout);
  if (file.size() % recordSize != 0 || file.startsLikeText())
  {
    return false;
  }
  constexpr std::size_t recordsPerRun = 64;
  constexpr float largestCoordinate = 1e6F;
  constexpr float smallestRatio = -100;
  constexpr float largestRatio = 1e5F;
  const std::vector<std::byte> sample = sampleRecords(file, recordSize, recordsPerRun);
  const std::size_t count = sample.size() / recordSize;
  std::size_t nonFinite = 0;
  for (std::size_t ion = 0; ion < count; ++ion)
  {
    const std::byte* record = sample.data() + ion * recordSize;
    std::array<float, 4> values;
    for (std::size_t i = 0; i < values.size(); ++i)
    {
      values[i] = loadBig<float>(record + i * sizeof(float));
    }
    if (!std::all_of(
          values.begin(), values.end(), [](float value) { return std::isfinite(value); }))
    {
      ++nonFinite;
      continue;
    }
    if (std::fabs(values[0]) > largestCoordinate || std::fabs(values[1]) > largestCoordinate ||
      std::fabs(values[2]) > largestCoordinate || values[3] < smallestRatio ||
      values[3] > largestRatio)
    {
      return false;
    }
  }
  return nonFinite <= count / 2;
}

bool decodePosRecords(
  const std::byte* records, std::size_t count, float* positions, float* massToCharge)
{
#ifdef ATOMPROBE_SHUFFLE_RECORDS
  static const bool canShuffle = __builtin_cpu_supports("sse4.1") != 0;
  if (canShuffle)
  {
    return decodePosShuffled(records, count, positions, massToCharge);
  }
#endif
  return decodePosOneByOne(records, count, positions, massToCharge);
}

std::uint64_t PosFile::decode(const IonSlice& slice, float* positions,
  const std::vector<void*>& arrays, const Progress& progress) const
{
  const std::size_t recordSize = recordSizeOf(this->FileLayout);
  const std::size_t count = static_cast<std::size_t>(slice.count);
  std::atomic<std::uint64_t> nonFinite{ 0 };
  parallelFor(
    count, bufferSize / recordSize,
    [&](std::size_t begin, std::size_t end)
    {
      // One per thread for good: getting it anew for each piece would cost page faults.
      thread_local std::vector<std::byte> buffer(bufferSize);
      const std::size_t size = end - begin;
      this->File.readStrided((slice.first + begin * slice.stride) * recordSize, recordSize,
        slice.stride * recordSize, size, buffer.data());

      float* points = positions + begin * 3;
      bool anyNonFinite;
      if (this->FileLayout == Layout::Pos)
      {
        float* ratios = static_cast<float*>(arrays[0]);
        anyNonFinite =
          decodePosRecords(buffer.data(), size, points, ratios ? ratios + begin : nullptr);
      }
      else
      {
        std::vector<std::byte*> to;
        for (void* array : arrays)
        {
          to.push_back(array ? static_cast<std::byte*>(array) + begin * sizeof(Word) : nullptr);
        }
        anyNonFinite = decodeEpos(buffer.data(), size, this->VoltageFactor, points, to);
      }
      if (anyNonFinite)
      {
        nonFinite += countNonFinite(size, points);
      }
    },
    progress);
  return nonFinite;
}

void writePos(const std::string& path, const IonCloudView& cloud, const Progress& progress)
{
  const float* ratios = static_cast<const float*>(findMassToCharge(cloud)->values);
  writeRecords(path, cloud.size, posRecordSize, progress,
    [&](std::size_t ion, std::byte* record)
    {
      for (std::size_t i = 0; i < 3; ++i)
      {
        storeBig(record + i * sizeof(float), cloud.positions[ion * 3 + i]);
      }
      storeBig(record + 3 * sizeof(float), ratios[ion]);
    });
}

std::vector<std::string> writeEpos(
  const std::string& path, const IonCloudView& cloud, const Progress& progress)
{
  findMassToCharge(cloud);
  std::vector<std::string> missing;
  std::array<const std::byte*, columns.size()> values;
  for (std::size_t i = 0; i < columns.size(); ++i)
  {
    const ArrayView* array = findColumn(cloud, columns[i]);
    values[i] = array ? static_cast<const std::byte*>(array->values) : nullptr;
    if (!array)
    {
      missing.push_back(columns[i].name);
    }
  }

  writeRecords(path, cloud.size, eposRecordSize, progress,
    [&](std::size_t ion, std::byte* record)
    {
      for (std::size_t i = 0; i < 3; ++i)
      {
        storeBig(record + i * sizeof(float), cloud.positions[ion * 3 + i]);
      }
      for (std::size_t i = 0; i < columns.size(); ++i)
      {
        std::byte* to = record + columns[i].offset;
        if (values[i])
        {
          encodeWord(to, values[i] + ion * sizeof(Word));
        }
        else
        {
          // Without a record of events each ion counts as one of its own.
          const bool isIonsPerPulse = i + 1 == columns.size();
          storeBig<std::int32_t>(to, isIonsPerPulse ? 1 : 0);
        }
      }
    });
  return missing;
}

} // namespace apt
