// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Error.h"
#include "OutputFile.h"
#include "TestFiles.h"

#include <gtest/gtest.h>

#include <csignal>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace apt;
using Names = std::vector<std::string>;

TEST(OutputFile, AppearsUnderItsNameWithCommit)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.pos");
  OutputFile file(path);
  file.write("0123", 4);
  file.write("", 0);
  file.write("456", 3);
  EXPECT_FALSE(std::filesystem::exists(path));
  file.commit();
  EXPECT_EQ(test::readFile(path), "0123456");
  EXPECT_EQ(folder.names(), Names{ "a.pos" });
}

TEST(OutputFile, LeavesNothingBehindWithoutCommit)
{
  const test::TemporaryFolder folder;
  {
    OutputFile file(folder.file("a.pos"));
    file.write("0123", 4);
    EXPECT_EQ(folder.names().size(), 1U);
  }
  EXPECT_EQ(folder.names(), Names{});
}

TEST(OutputFile, LeavesThePreviousFileUntouchedWithoutCommit)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.pos");
  test::writeFile(path, "before");
  {
    OutputFile file(path);
    file.write("0123", 4);
  }
  EXPECT_EQ(test::readFile(path), "before");
  EXPECT_EQ(folder.names(), Names{ "a.pos" });
}

TEST(OutputFile, ReplacesThePreviousFileWithCommit)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.pos");
  test::writeFile(path, "before, and longer");
  OutputFile file(path);
  file.write("after", 5);
  file.commit();
  EXPECT_EQ(test::readFile(path), "after");
}

TEST(OutputFile, StaysAfterTheObjectIsGone)
{
  const test::TemporaryFolder folder;
  {
    OutputFile file(folder.file("a.pos"));
    file.commit();
  }
  EXPECT_EQ(folder.names(), Names{ "a.pos" });
}

TEST(OutputFile, HasThePermissionsOfAnOrdinaryNewFile)
{
  const test::TemporaryFolder folder;
  OutputFile file(folder.file("a.pos"));
  file.commit();
  test::writeFile(folder.file("ordinary"), "x");
  struct stat ours;
  struct stat ordinary;
  ASSERT_EQ(::stat(folder.file("a.pos").c_str(), &ours), 0);
  ASSERT_EQ(::stat(folder.file("ordinary").c_str(), &ordinary), 0);
  EXPECT_EQ(ours.st_mode, ordinary.st_mode);
}

TEST(OutputFile, WritesTwiceTheSameNameAtOnce)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.pos");
  OutputFile first(path);
  OutputFile second(path);
  first.write("first", 5);
  second.write("second", 6);
  second.commit();
  EXPECT_EQ(test::readFile(path), "second");
  first.commit();
  EXPECT_EQ(test::readFile(path), "first");
  EXPECT_EQ(folder.names(), Names{ "a.pos" });
}

TEST(OutputFile, TakesTheLongestNameThatAFileCanHave)
{
  const test::TemporaryFolder folder;
  const std::string name = std::string(251, 'n') + ".pos";
  OutputFile file(folder.file(name));
  file.commit();
  EXPECT_EQ(folder.names(), Names{ name });
}

TEST(OutputFile, RejectsFolderThatDoesNotExist)
{
  const test::TemporaryFolder folder;
  const std::string path = folder.file("none/a.pos");
  EXPECT_EQ(test::messageOf<FileError>([&] { OutputFile file(path); }),
    path + ": cannot be written: No such file or directory");
}

TEST(OutputFile, RejectsNameOfAFolder)
{
  const test::TemporaryFolder folder;
  EXPECT_TRUE(test::contains(
    test::messageOf<FileError>([&] { OutputFile file(folder.path()); }), "is a folder"));
  EXPECT_TRUE(test::contains(
    test::messageOf<FileError>([&] { OutputFile file(folder.path() + "/"); }), "is a folder"));
}

TEST(OutputFile, RejectsFolderThatMayNotBeWritten)
{
  if (::geteuid() == 0)
  {
    GTEST_SKIP() << "root may write everywhere";
  }
  const test::TemporaryFolder folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0500), 0);
  EXPECT_THROW(OutputFile(folder.file("a.pos")), FileError);
  ASSERT_EQ(::chmod(folder.path().c_str(), 0700), 0);
}

TEST(OutputFile, WritesIntoTheWorkingFolder)
{
  const test::TemporaryFolder folder;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  {
    OutputFile file("a.pos");
    file.commit();
  }
  std::filesystem::current_path(before);
  EXPECT_EQ(folder.names(), Names{ "a.pos" });
}

TEST(OutputFile, SaysThatTheFileCannotGrow)
{
  // A limit on the size of files stands in for a full disk.
  const test::TemporaryFolder folder;
  struct rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit limit = before;
  limit.rlim_cur = 1000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  const std::string path = folder.file("a.pos");
  const std::string message = test::messageOf<FileError>(
    [&]
    {
      OutputFile file(path);
      const std::string bytes(4096, 'x');
      file.write(bytes.data(), bytes.size());
    });
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(message, path + ": cannot be written: File too large");
  EXPECT_EQ(folder.names(), Names{});
}
