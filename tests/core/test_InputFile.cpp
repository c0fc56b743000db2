// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Error.h"
#include "InputFile.h"
#include "TestFiles.h"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>
#include <thread>

#include <sys/stat.h>
#include <unistd.h>

using namespace apt;

namespace
{
std::string problemOf(const std::string& path)
{
  return test::messageOf<FileError>([&] { InputFile file(path); });
}
} // namespace

TEST(InputFile, ReadsAtAnyPlace)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.bin");
  test::writeFile(path, "0123456789");
  const InputFile file(path);
  EXPECT_EQ(file.path(), path);
  EXPECT_EQ(file.size(), 10U);
  std::string text(3, ' ');
  file.read(7, text.data(), 3);
  EXPECT_EQ(text, "789");
  file.read(0, text.data(), 3);
  EXPECT_EQ(text, "012");
  file.read(10, text.data(), 0);
  EXPECT_EQ(text, "012");
}

TEST(InputFile, RejectsMissingFile)
{
  const test::TemporaryFolder folder;
  EXPECT_EQ(
    problemOf(folder.file("none.pos")), folder.file("none.pos") + ": there is no such file");
}

TEST(InputFile, RejectsFolder)
{
  const test::TemporaryFolder folder;
  EXPECT_EQ(problemOf(folder.path()), folder.path() + ": is a folder, not a file");
}

TEST(InputFile, RejectsEmptyFile)
{
  const test::TemporaryFolder folder;
  test::writeFile(folder.file("a.pos"), "");
  EXPECT_EQ(problemOf(folder.file("a.pos")), folder.file("a.pos") + ": is empty");
}

TEST(InputFile, RejectsPipeWithoutWaitingForAWriter)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("pipe.pos");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_TRUE(test::contains(problemOf(path), "not a regular file"));
}

TEST(InputFile, RejectsFileThatMayNotBeRead)
{
  if (::geteuid() == 0)
  {
    GTEST_SKIP() << "root may read everything";
  }
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.pos");
  test::writeFile(path, "0123456789abcdef");
  ASSERT_EQ(::chmod(path.c_str(), 0), 0);
  EXPECT_EQ(problemOf(path), path + ": you have no permission to read it");
}

TEST(InputFile, TellsAGitLfsPointerFromTheData)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.pos");
  test::writeFile(path,
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n");
  EXPECT_TRUE(test::contains(problemOf(path), "is a Git LFS pointer"));
  EXPECT_TRUE(test::contains(problemOf(path), "git lfs pull"));
}

TEST(InputFile, NamesThePlaceWhereTheFileEndsTooEarly)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.bin");
  test::writeFile(path, "0123456789");
  const InputFile file(path);
  std::string text(8, ' ');
  EXPECT_EQ(test::messageOf<FileError>([&] { file.read(5, text.data(), 8); }),
    path + ", byte 10: the file ends here, but 8 bytes were expected at byte 5");
  EXPECT_THROW(file.read(std::numeric_limits<std::uint64_t>::max() - 2, text.data(), 8), FileError);
}

TEST(InputFile, NoticesThatTheFileShrankAfterOpening)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.bin");
  test::writeFile(path, "0123456789");
  const InputFile file(path);
  ASSERT_EQ(::truncate(path.c_str(), 6), 0);
  std::string text(10, ' ');
  EXPECT_EQ(test::messageOf<FileError>([&] { file.read(0, text.data(), 10); }),
    path +
      ", byte 6: the file ends here, but it had 10 bytes when it was opened: it was cut short "
      "meanwhile");
}

TEST(InputFile, ReadsItemsAtAnyDistance)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.bin");
  std::string bytes(300000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i)
  {
    bytes[i] = static_cast<char>(i * 2654435761U >> 13);
  }
  test::writeFile(path, bytes);
  const InputFile file(path);
  for (const std::size_t itemSize : { 1, 2, 3, 4, 8, 12, 16, 44, 100, 5000 })
  {
    // Below, at and above the page, from where on only the items themselves are read.
    for (const std::size_t gap : { 0, 1, 16, 4051, 4052, 4096, 9000 })
    {
      const std::size_t distance = itemSize + gap;
      const std::size_t offset = 5;
      const std::size_t count = (bytes.size() - offset - itemSize) / distance + 1;
      std::string read(count * itemSize, '\0');
      file.readStrided(offset, itemSize, distance, count, read.data());
      std::string expected;
      for (std::size_t i = 0; i < count; ++i)
      {
        expected += bytes.substr(offset + i * distance, itemSize);
      }
      EXPECT_TRUE(read == expected) << itemSize << " bytes each " << distance;
      EXPECT_THROW(file.readStrided(offset, itemSize, distance, count + 1,
                     std::string((count + 1) * itemSize, '\0').data()),
        FileError);
    }
  }
  file.readStrided(bytes.size(), 16, 16, 0, nullptr);
  // One item lies nowhere else, whatever the distance.
  char item = 0;
  file.readStrided(7, 1, std::numeric_limits<std::uint64_t>::max(), 1, &item);
  EXPECT_EQ(item, bytes[7]);
}

TEST(InputFile, ReadsFromManyThreadsAtOnce)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.bin");
  std::vector<std::uint32_t> numbers(100000);
  std::iota(numbers.begin(), numbers.end(), 0U);
  test::writeFile(
    path, std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size() * 4));
  const InputFile file(path);
  std::vector<std::vector<std::uint32_t>> parts(4);
  std::vector<std::thread> threads;
  for (std::size_t part = 0; part < parts.size(); ++part)
  {
    parts[part].resize(25000);
    threads.emplace_back(
      [&, part]
      {
        for (std::size_t i = 0; i < 25000; i += 100)
        {
          file.read((part * 25000 + i) * 4, &parts[part][i], 400);
        }
      });
  }
  for (std::thread& thread : threads)
  {
    thread.join();
  }
  std::vector<std::uint32_t> together;
  for (const std::vector<std::uint32_t>& part : parts)
  {
    together.insert(together.end(), part.begin(), part.end());
  }
  EXPECT_EQ(together, numbers);
}

TEST(ReadTextFile, GivesTheBytesAsTheyAre)
{
  const test::TemporaryFolder folder;
  const std::string text("Ångström\r\nmixed\nends\r\0 and no last newline", 43);
  test::writeFile(folder.file("a.rrng"), text);
  EXPECT_EQ(readTextFile(folder.file("a.rrng")), text);
}

TEST(ReadTextFile, RejectsFileLargerThan64MiB)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.rrng");
  test::writeFile(path, "[Ions]");
  ASSERT_EQ(::truncate(path.c_str(), (std::int64_t{ 64 } << 20) + 1), 0);
  EXPECT_TRUE(test::contains(
    test::messageOf<FileError>([&] { readTextFile(path); }), "is 67108865 bytes long"));
}

TEST(LowerCaseExtension, TakesWhatFollowsTheLastDotOfTheName)
{
  EXPECT_EQ(lowerCaseExtension("/data/R12_3456-v01.POS"), "pos");
  EXPECT_EQ(lowerCaseExtension("a.pos.ePos"), "epos");
  EXPECT_EQ(lowerCaseExtension("folder.apt/file"), "");
  EXPECT_EQ(lowerCaseExtension("file"), "");
  EXPECT_EQ(lowerCaseExtension("file."), "");
  EXPECT_EQ(lowerCaseExtension("/data/.pos"), "");
  EXPECT_EQ(lowerCaseExtension(""), "");
}
