// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "AptFile.h"
#include "Error.h"
#include "IonFile.h"
#include "ParallelFor.h"
#include "PosFile.h"
#include "TestFiles.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include <unistd.h>

using namespace apt;

namespace
{
constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();

/** Ions with an array of every kind that the writers take; each tenth without a place. */
IonCloud variedCloud(std::size_t size)
{
  IonCloud cloud;
  cloud.size = size;
  std::vector<float> ratios;
  std::vector<std::int32_t> pulses;
  std::vector<float> detectorX;
  std::vector<float> detectorY;
  for (std::size_t ion = 0; ion < size; ++ion)
  {
    const float number = static_cast<float>(ion);
    cloud.positions.insert(
      cloud.positions.end(), { number, ion % 10 == 7 ? notANumber : number / 3, -number });
    ratios.push_back(number + 0.5F);
    pulses.push_back(static_cast<std::int32_t>(ion) - 5);
    detectorX.push_back(number / 7);
    detectorY.push_back(number / 11);
  }
  test::addArray(cloud, arrayName::MassToCharge, "Da", ValueType::Float32, ratios);
  test::addArray(cloud, arrayName::DetectorX, "mm", ValueType::Float32, detectorX);
  test::addArray(cloud, arrayName::DetectorY, "mm", ValueType::Float32, detectorY);
  test::addArray(cloud, arrayName::PulsesSinceLastEvent, "", ValueType::Int32, pulses);
  return cloud;
}

/** Each stride-th ion of a cloud. */
IonCloud pick(const IonCloud& cloud, std::size_t stride)
{
  IonCloud picked;
  for (const IonCloud::Array& array : cloud.arrays)
  {
    picked.arrays.push_back({ array.description, {} });
  }
  for (std::size_t ion = 0; ion < cloud.size; ion += stride)
  {
    ++picked.size;
    picked.positions.insert(
      picked.positions.end(), &cloud.positions[ion * 3], cloud.positions.data() + ion * 3 + 3);
    for (std::size_t i = 0; i < cloud.arrays.size(); ++i)
    {
      const std::size_t bytes = bytesPerIon(cloud.arrays[i].description);
      const std::byte* from = cloud.arrays[i].values.data() + ion * bytes;
      picked.arrays[i].values.insert(picked.arrays[i].values.end(), from, from + bytes);
    }
  }
  return picked;
}

void append(IonCloud& cloud, const IonCloud& more)
{
  if (cloud.arrays.empty())
  {
    cloud = more;
    return;
  }
  cloud.size += more.size;
  cloud.positions.insert(cloud.positions.end(), more.positions.begin(), more.positions.end());
  for (std::size_t i = 0; i < cloud.arrays.size(); ++i)
  {
    cloud.arrays[i].values.insert(
      cloud.arrays[i].values.end(), more.arrays[i].values.begin(), more.arrays[i].values.end());
  }
}

/** One file of each layout with the same ions. */
class EachLayout : public testing::TestWithParam<const char*>
{
protected:
  std::string write(const IonCloud& cloud) const
  {
    const std::string path = this->Folder.file(std::string("ions.") + GetParam());
    if (std::string(GetParam()) == "pos")
    {
      writePos(path, cloud.view());
    }
    else if (std::string(GetParam()) == "epos")
    {
      writeEpos(path, cloud.view());
    }
    else
    {
      writeApt(path, cloud.view());
    }
    return path;
  }

  test::TemporaryFolder Folder;
};

class MadeUpFile : public IonFile
{
public:
  explicit MadeUpFile(std::uint64_t size)
  {
    this->Size = size;
    this->Arrays.push_back({ "number", "", ValueType::UInt64, 1 });
  }

protected:
  std::uint64_t decode(const IonSlice& slice, float* positions, const std::vector<void*>& arrays,
    const Progress&) const override
  {
    for (std::size_t i = 0; i < slice.count; ++i)
    {
      std::fill_n(positions + i * 3, 3, 0.0F);
      static_cast<std::uint64_t*>(arrays[0])[i] = slice.first + i * slice.stride;
    }
    return 0;
  }
};
} // namespace

TEST(SliceOfPiece, HoldsEachStridethIonOnceInOrder)
{
  for (const std::uint64_t size : { 0, 1, 2, 7, 100 })
  {
    for (const std::uint64_t stride : { 1, 2, 3, 99, 100, 101 })
    {
      for (const std::uint64_t pieces : { 1, 2, 3, 7, 200 })
      {
        std::vector<std::uint64_t> expected;
        for (std::uint64_t ion = 0; ion < size; ion += stride)
        {
          expected.push_back(ion);
        }
        std::vector<std::uint64_t> ions;
        std::uint64_t smallest = size;
        std::uint64_t largest = 0;
        for (std::uint64_t piece = 0; piece < pieces; ++piece)
        {
          const IonSlice slice = sliceOfPiece(size, stride, piece, pieces);
          EXPECT_EQ(slice.stride, stride);
          EXPECT_LE(slice.first, size);
          smallest = std::min(smallest, slice.count);
          largest = std::max(largest, slice.count);
          for (std::uint64_t i = 0; i < slice.count; ++i)
          {
            ions.push_back(slice.first + i * stride);
          }
        }
        EXPECT_EQ(ions, expected);
        EXPECT_LE(largest - std::min(smallest, largest), 1U) << "pieces of unequal size";
      }
    }
  }
}

TEST(SliceOfPiece, DoesNotOverflow)
{
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  const IonSlice last = sliceOfPiece(most, 1, most - 1, most);
  EXPECT_EQ(last.first, most - 1);
  EXPECT_EQ(last.count, 1U);
  const IonSlice half = sliceOfPiece(most, 2, 1, 2);
  EXPECT_EQ(half.first, (most / 2 + 1));
  EXPECT_EQ(half.first + (half.count - 1) * 2, most - 1);
  EXPECT_EQ(sliceOfPiece(5, most, 0, 1).count, 1U);
}

TEST(SliceOfPiece, RejectsWhatMakesNoSense)
{
  EXPECT_EQ(test::messageOf<ParameterError>([] { sliceOfPiece(10, 0, 0, 1); }),
    "stride is 0; allowed is 1 or more");
  EXPECT_EQ(test::messageOf<ParameterError>([] { sliceOfPiece(10, 1, 0, 0); }),
    "pieces is 0; allowed is 1 or more");
  EXPECT_EQ(test::messageOf<ParameterError>([] { sliceOfPiece(10, 1, 3, 3); }),
    "piece is 3; allowed is 0 to 2");
}

TEST(IonFile, RejectsSliceOutsideTheFile)
{
  const MadeUpFile file(10);
  std::vector<float> positions(30);
  std::vector<std::uint64_t> numbers(10);
  const auto read = [&](std::uint64_t first, std::uint64_t count, std::uint64_t stride)
  {
    return test::messageOf<ParameterError>(
      [&] {
        file.read({ first, count, stride }, positions.data(), { numbers.data() });
      });
  };
  EXPECT_EQ(read(0, 10, 1), "");
  EXPECT_EQ(read(9, 1, 1), "");
  EXPECT_EQ(read(1, 3, 4), "");
  EXPECT_EQ(numbers[2], 9U);
  EXPECT_EQ(read(0, 1, std::numeric_limits<std::uint64_t>::max()), "");
  EXPECT_EQ(read(0, 11, 1), "number of ions is 11; allowed is 0 to 10");
  EXPECT_EQ(read(2, 3, 4), "number of ions is 3; allowed is 0 to 2");
  EXPECT_EQ(read(10, 1, 1), "first ion is 10; allowed is 0 to 9");
  EXPECT_EQ(read(0, 1, 0), "stride is 0; allowed is 1 or more");
  EXPECT_EQ(read(5, std::numeric_limits<std::uint64_t>::max(), 2),
    "number of ions is 18446744073709551615; allowed is 0 to 3");
  EXPECT_EQ(read(0, 2, std::numeric_limits<std::uint64_t>::max()),
    "number of ions is 2; allowed is 0 to 1");
}

TEST(IonFile, RejectsWrongNumberOfArraysAndMissingMemory)
{
  const MadeUpFile file(10);
  std::vector<float> positions(30);
  EXPECT_EQ(test::messageOf<ParameterError>(
              [&] {
                file.read({ 0, 1, 1 }, positions.data(), {});
              }),
    "number of arrays is 0; allowed is 1");
  EXPECT_THROW(file.read({ 0, 1, 1 }, nullptr, { nullptr }), ParameterError);
}

TEST(IonFile, ReadsNothingForAnEmptySlice)
{
  const MadeUpFile file(10);
  const IonFile::Outcome outcome = file.read({ 10, 0, 3 }, nullptr, { nullptr });
  EXPECT_EQ(outcome.ions, 0U);
  EXPECT_EQ(outcome.nonFinite, 0U);
}

TEST_P(EachLayout, GivesTheSameForAnyNumberOfThreads)
{
  const std::unique_ptr<IonFile> file = openIonFile(this->write(variedCloud(100001)));
  ASSERT_EQ(file->size(), 100001U);
  IonCloud first;
  for (const int threads : { 1, 2, 3 })
  {
    const ThreadLimit limit(threads);
    IonFile::Outcome outcome;
    const IonCloud cloud = test::readSlice(*file, { 0, 100001, 1 }, false, &outcome);
    EXPECT_EQ(outcome.nonFinite, 10000U);
    EXPECT_EQ(outcome.ions, 90001U);
    if (threads == 1)
    {
      first = cloud;
    }
    test::expectEqual(cloud, first);
  }
}

TEST_P(EachLayout, GivesTheSameHoweverItIsCut)
{
  const std::unique_ptr<IonFile> file = openIonFile(this->write(variedCloud(20011)));
  const IonCloud whole = test::readSlice(*file, { 0, 20011, 1 }, true);
  // With strides on both sides of the page, below which what lies between is read too.
  for (const std::uint64_t stride : { 1, 2, 5, 90, 93, 94, 250, 256, 257, 300, 1024, 1500, 30000 })
  {
    for (const std::uint64_t pieces : { 1, 2, 7 })
    {
      IonCloud together;
      for (std::uint64_t piece = 0; piece < pieces; ++piece)
      {
        append(together,
          test::readSlice(*file, sliceOfPiece(file->size(), stride, piece, pieces), true));
      }
      test::expectEqual(together, pick(whole, static_cast<std::size_t>(stride)));
    }
  }
}

TEST_P(EachLayout, ReadsBackWhatWasWritten)
{
  const IonCloud cloud = variedCloud(5000);
  const std::unique_ptr<IonFile> file = openIonFile(this->write(cloud));
  IonFile::Outcome outcome;
  const IonCloud read = test::readSlice(*file, { 0, 5000, 1 }, true, &outcome);
  EXPECT_EQ(outcome.nonFinite, 500U);
  EXPECT_EQ(
    std::memcmp(read.positions.data(), cloud.positions.data(), cloud.size * 3 * sizeof(float)), 0);
  for (const IonCloud::Array& array : read.arrays)
  {
    const IonCloudView view = cloud.view();
    const ArrayView* original = view.find(array.description.name);
    if (original)
    {
      EXPECT_EQ(std::memcmp(array.values.data(), original->values, array.values.size()), 0)
        << array.description.name;
    }
  }
}

TEST_P(EachLayout, StopsWhenProgressAnswersFalse)
{
  const std::unique_ptr<IonFile> file = openIonFile(this->write(variedCloud(200000)));
  std::vector<float> positions(file->size() * 3);
  const std::vector<void*> arrays(file->arrays().size(), nullptr);
  int calls = 0;
  EXPECT_THROW(file->read({ 0, file->size(), 1 }, positions.data(), arrays, false,
                 [&](double)
                 {
                   ++calls;
                   return false;
                 }),
    Stopped);
  EXPECT_EQ(calls, 1);
}

TEST_P(EachLayout, ReportsProgressThatGrows)
{
  const ThreadLimit limit(1);
  const std::unique_ptr<IonFile> file = openIonFile(this->write(variedCloud(100000)));
  std::vector<float> positions(file->size() * 3);
  const std::vector<void*> arrays(file->arrays().size(), nullptr);
  double last = 0;
  file->read({ 0, file->size(), 1 }, positions.data(), arrays, false,
    [&](double fraction)
    {
      EXPECT_GT(fraction, last);
      last = fraction;
      return true;
    });
  EXPECT_EQ(last, 1.0);
}

TEST_P(EachLayout, RejectsAFileThatShrinksBeforeItIsRead)
{
  const std::string path = this->write(variedCloud(50000));
  const std::unique_ptr<IonFile> file = openIonFile(path);
  ASSERT_EQ(::truncate(path.c_str(), 100000), 0);
  std::vector<float> positions(file->size() * 3);
  const std::vector<void*> arrays(file->arrays().size(), nullptr);
  const std::string message = test::messageOf<FileError>(
    [&] {
      file->read({ 0, file->size(), 1 }, positions.data(), arrays);
    });
  EXPECT_TRUE(test::contains(message, path)) << message;
  EXPECT_TRUE(test::contains(message, "it was cut short meanwhile")) << message;
}

INSTANTIATE_TEST_SUITE_P(IonFile, EachLayout, testing::Values("pos", "epos", "apt"),
  [](const testing::TestParamInfo<const char*>& parameter)
  { return std::string(parameter.param); });

TEST(OpenIonFile, GoesByTheExtensionInAnyCase)
{
  const test::TemporaryFolder folder;
  const IonCloud cloud = variedCloud(44);
  for (const char* name : { "a.pos", "a.POS", "a.Epos", "a.dat", "a" })
  {
    // 44 records of 16 bytes are 16 records of 44 bytes as well.
    writePos(folder.file(name), cloud.view());
    const std::unique_ptr<IonFile> file = openIonFile(folder.file(name));
    const bool isEpos = std::string(name) == "a.Epos";
    EXPECT_EQ(file->size(), isEpos ? 16U : 44U) << name;
    EXPECT_EQ(file->arrays().size(), isEpos ? 8U : 1U) << name;
  }
}

TEST(OpenIonFile, KnowsAnAptFileByItsMagicNumber)
{
  const test::TemporaryFolder folder;
  writeApt(folder.file("a.pos"), variedCloud(5).view());
  EXPECT_EQ(openIonFile(folder.file("a.pos"))->arrays().size(), 4U);
}

TEST(OpenIonFile, RejectsAnAptFileThatIsNone)
{
  const test::TemporaryFolder folder;
  writePos(folder.file("a.apt"), variedCloud(50).view());
  EXPECT_TRUE(test::contains(
    test::messageOf<FileError>([&] { openIonFile(folder.file("a.apt")); }), "is no .apt file"));
}

TEST(OpenIonFile, NamesTheMissingFile)
{
  EXPECT_THROW(openIonFile("/nowhere/a.pos"), FileError);
  EXPECT_THROW(openIonFile(""), FileError);
}

TEST(ReadIonFile, ReadsTheRealSpecimen)
{
  const IonCloud cloud = readIonFile(ATOMPROBE_TEST_DATA "/CoCrNi/CoCrNi.pos");
  EXPECT_EQ(cloud.size, 39944U);
  EXPECT_EQ(cloud.positions.size(), 39944U * 3);
  EXPECT_EQ(test::valuesOf<float>(cloud, "MassToCharge").size(), 39944U);
}

TEST(ReadIonFile, LeavesOutIonsWithoutAPlace)
{
  const test::TemporaryFolder folder;
  writePos(folder.file("a.pos"), variedCloud(100).view());
  const IonCloud cloud = readIonFile(folder.file("a.pos"));
  EXPECT_EQ(cloud.size, 90U);
  EXPECT_EQ(cloud.positions.size(), 270U);
  EXPECT_EQ(test::valuesOf<float>(cloud, "MassToCharge").size(), 90U);
}

TEST(LooksLikeIonFile, AcceptsRealAndWrittenFiles)
{
  EXPECT_TRUE(looksLikeIonFile(ATOMPROBE_TEST_DATA "/CoCrNi/CoCrNi.pos"));
  const test::TemporaryFolder folder;
  const IonCloud cloud = variedCloud(100000);
  writePos(folder.file("a.pos"), cloud.view());
  writeEpos(folder.file("a.epos"), cloud.view());
  writeApt(folder.file("a.apt"), cloud.view());
  EXPECT_TRUE(looksLikeIonFile(folder.file("a.pos")));
  EXPECT_TRUE(looksLikeIonFile(folder.file("a.epos")));
  EXPECT_TRUE(looksLikeIonFile(folder.file("a.apt")));
}

TEST(MayBeIonFile, AcceptsDamagedFilesSoThatOpeningThemSaysHow)
{
  const test::TemporaryFolder folder;
  const auto mayBe = [&](const std::string& name, const std::string& bytes)
  {
    test::writeFile(folder.file(name), bytes);
    EXPECT_THROW(openIonFile(folder.file(name)), FileError) << name;
    return mayBeIonFile(folder.file(name));
  };
  EXPECT_TRUE(mayBeIonFile(ATOMPROBE_TEST_DATA "/CoCrNi/CoCrNi.pos"));
  EXPECT_TRUE(mayBe("empty.pos", ""));
  EXPECT_TRUE(mayBe("cut.pos", std::string(17, '\0')));
  EXPECT_TRUE(mayBe("zeros.apt", std::string(2000, '\0')));
  EXPECT_TRUE(mayBe("pointer.pos",
    "version https://git-lfs.github.com/spec/v1\noid sha256:0123456789abcdef\nsize 1\n    "));
  EXPECT_FALSE(mayBe("text.pos", std::string(64, ' ')));
  EXPECT_FALSE(mayBe("text.apt", std::string(640, ' ')));
  EXPECT_FALSE(mayBeIonFile(folder.path()));
  EXPECT_FALSE(mayBeIonFile(folder.file("missing.pos")));
}

TEST(LooksLikeIonFile, RejectsWhatIsNone)
{
  const test::TemporaryFolder folder;
  EXPECT_FALSE(looksLikeIonFile(folder.path()));
  EXPECT_FALSE(looksLikeIonFile(folder.file("missing.pos")));
  EXPECT_FALSE(looksLikeIonFile(ATOMPROBE_TEST_DATA "/CoCrNi/CoCrNi.rrng"));

  const auto looksLike = [&](const std::string& name, const std::string& bytes)
  {
    test::writeFile(folder.file(name), bytes);
    return looksLikeIonFile(folder.file(name));
  };
  EXPECT_FALSE(looksLike("empty.pos", ""));
  EXPECT_FALSE(looksLike("size.pos", std::string(17, '\0')));
  EXPECT_FALSE(looksLike("pointer.pos",
    "version https://git-lfs.github.com/spec/v1\noid sha256:0123456789abcdef\nsize 1\n    "));
  EXPECT_FALSE(looksLike("text.pos", std::string(64, ' ')));
  EXPECT_FALSE(looksLike("zeros.apt", std::string(2000, '\0')));
  test::ByteString far;
  EXPECT_FALSE(looksLike("far.pos", far.big(1.0F).big(2.0F).big(2e6F).big(27.0F).bytes()));
  test::ByteString heavy;
  EXPECT_FALSE(looksLike("heavy.pos", heavy.big(1.0F).big(2.0F).big(3.0F).big(2e5F).bytes()));
  test::ByteString nowhere;
  EXPECT_FALSE(looksLike("nowhere.pos",
    nowhere.big(notANumber).big(notANumber).big(notANumber).big(notANumber).bytes()));
  // A file of the other byte order: plausible numbers become absurd ones.
  test::ByteString little;
  EXPECT_FALSE(looksLike(
    "little.pos", little.little(10.3F).little(-20.7F).little(33.3F).little(26.98F).bytes()));
}
