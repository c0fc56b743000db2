// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Error.h"
#include "ParallelFor.h"
#include "TestFiles.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <limits>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

using namespace apt;

TEST(ParallelFor, RunsEachItemOnceForAnyGrainAndNumberOfThreads)
{
  for (const int threads : { 1, 2, 3 })
  {
    const ThreadLimit limit(threads);
    for (const std::size_t grain : { 1, 3, 100, 1000, 5000 })
    {
      std::vector<int> runs(1000, 0);
      parallelFor(runs.size(), grain,
        [&](std::size_t begin, std::size_t end)
        {
          for (std::size_t i = begin; i < end; ++i)
          {
            ++runs[i];
          }
        });
      EXPECT_EQ(runs, std::vector<int>(1000, 1)) << threads << " threads, grain " << grain;
    }
  }
}

TEST(ParallelFor, CutsIntoPiecesThatDependOnSizeAndGrainOnly)
{
  const std::set<std::pair<std::size_t, std::size_t>> expected = { { 0, 4 }, { 4, 8 }, { 8, 10 } };
  for (const int threads : { 1, 2, 3 })
  {
    const ThreadLimit limit(threads);
    std::mutex mutex;
    std::set<std::pair<std::size_t, std::size_t>> pieces;
    parallelFor(10, 4,
      [&](std::size_t begin, std::size_t end)
      {
        const std::lock_guard<std::mutex> lock(mutex);
        pieces.insert({ begin, end });
      });
    EXPECT_EQ(pieces, expected);
  }
}

TEST(ParallelFor, RunsNothingForNoItems)
{
  parallelFor(
    0, 10, [](std::size_t, std::size_t) { FAIL(); },
    [](double)
    {
      ADD_FAILURE();
      return true;
    });
}

TEST(ParallelFor, TakesAGrainAsLargeAsCanBe)
{
  std::atomic<int> calls{ 0 };
  parallelFor(7, std::numeric_limits<std::size_t>::max(),
    [&](std::size_t begin, std::size_t end)
    {
      ++calls;
      EXPECT_EQ(begin, 0U);
      EXPECT_EQ(end, 7U);
    });
  EXPECT_EQ(calls, 1);
}

TEST(ParallelFor, RejectsGrainZero)
{
  EXPECT_EQ(
    test::messageOf<ParameterError>([] { parallelFor(1, 0, [](std::size_t, std::size_t) {}); }),
    "grain is 0; allowed is 1 or more");
}

TEST(ParallelFor, ReportsProgressOnTheCallingThreadOnly)
{
  const std::thread::id caller = std::this_thread::get_id();
  double last = 0;
  int calls = 0;
  parallelFor(
    1000, 10, [](std::size_t, std::size_t) {},
    [&](double fraction)
    {
      EXPECT_EQ(std::this_thread::get_id(), caller);
      EXPECT_GT(fraction, last);
      EXPECT_LE(fraction, 1.0);
      last = fraction;
      ++calls;
      return true;
    });
  EXPECT_LE(calls, 100);
}

TEST(ParallelFor, ReportsTheWholeWhicheverThreadRunsTheLastPiece)
{
  const std::thread::id caller = std::this_thread::get_id();
  for (const int threads : { 1, 2, 3 })
  {
    const ThreadLimit limit(threads);
    double last = 0;
    int calls = 0;
    parallelFor(
      20, 3,
      [&](std::size_t, std::size_t)
      {
        if (std::this_thread::get_id() != caller)
        {
          std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
      },
      [&](double fraction)
      {
        last = fraction;
        ++calls;
        return true;
      });
    EXPECT_EQ(last, 1.0);
    EXPECT_LE(calls, 7);
  }
}

TEST(ParallelFor, ThrowsStoppedWhenProgressAnswersFalse)
{
  const ThreadLimit limit(1);
  int pieces = 0;
  EXPECT_THROW(
    parallelFor(
      1000, 1, [&](std::size_t, std::size_t) { ++pieces; }, [&](double) { return pieces < 5; }),
    Stopped);
  EXPECT_LT(pieces, 1000);
}

TEST(ParallelFor, PassesOnWhatABodyThrows)
{
  for (const int threads : { 1, 2, 3 })
  {
    const ThreadLimit limit(threads);
    EXPECT_EQ(test::messageOf<std::domain_error>(
                []
                {
                  parallelFor(100, 1,
                    [](std::size_t begin, std::size_t)
                    {
                      if (begin == 42)
                      {
                        throw std::domain_error("forty-two");
                      }
                    });
                }),
      "forty-two");
  }
}

TEST(ParallelFor, RunsInsideItself)
{
  std::atomic<int> sum{ 0 };
  parallelFor(8, 1,
    [&](std::size_t, std::size_t)
    {
      parallelFor(
        100, 7, [&](std::size_t begin, std::size_t end) { sum += static_cast<int>(end - begin); });
    });
  EXPECT_EQ(sum, 800);
}

TEST(ParallelFor, NeverReturnsFromAnInnerLoopThatWasNotRunWhole)
{
  // When the outer loop fails, the inner loops that run are cancelled with it.
  std::atomic<int> incomplete{ 0 };
  for (int repeat = 0; repeat < 200; ++repeat)
  {
    EXPECT_THROW(parallelFor(64, 1,
                   [&](std::size_t piece, std::size_t)
                   {
                     if (piece == 40)
                     {
                       throw std::domain_error("fails");
                     }
                     std::atomic<int> items{ 0 };
                     parallelFor(64, 1, [&](std::size_t, std::size_t) { ++items; });
                     if (items != 64)
                     {
                       ++incomplete;
                     }
                   }),
      std::domain_error);
  }
  EXPECT_EQ(incomplete, 0);
}

TEST(ThreadLimit, BoundsTheThreadsWhileItLives)
{
  const int before = threadCount();
  EXPECT_GE(before, 1);
  {
    const ThreadLimit two(2);
    EXPECT_EQ(threadCount(), 2);
    {
      const ThreadLimit one(1);
      EXPECT_EQ(threadCount(), 1);
      std::mutex mutex;
      std::set<std::thread::id> threads;
      parallelFor(100, 1,
        [&](std::size_t, std::size_t)
        {
          const std::lock_guard<std::mutex> lock(mutex);
          threads.insert(std::this_thread::get_id());
        });
      EXPECT_EQ(threads, std::set<std::thread::id>{ std::this_thread::get_id() });
    }
    EXPECT_EQ(threadCount(), 2);
  }
  EXPECT_EQ(threadCount(), before);
}

TEST(ThreadLimit, RejectsZero)
{
  EXPECT_THROW(ThreadLimit(0), ParameterError);
}
