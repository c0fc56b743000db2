// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "ParallelFor.h"

#include "Error.h"

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

namespace apt
{

namespace
{
// 0 = no limit.
thread_local int threadLimit = 0;
} // namespace

int threadCount()
{
  return threadLimit > 0 ? threadLimit : tbb::this_task_arena::max_concurrency();
}

ThreadLimit::ThreadLimit(int threads)
  : Before(threadLimit)
{
  if (threads < 1)
  {
    throw ParameterError("threads", std::to_string(threads), "1 or more");
  }
  threadLimit = threads;
}

ThreadLimit::~ThreadLimit()
{
  threadLimit = this->Before;
}

void parallelFor(std::size_t size, std::size_t grain,
  const std::function<void(std::size_t begin, std::size_t end)>& body, const Progress& progress)
{
  if (grain < 1)
  {
    throw ParameterError("grain", std::to_string(grain), "1 or more");
  }
  if (size == 0)
  {
    return;
  }

  const std::size_t pieces = (size - 1) / grain + 1;
  const std::thread::id caller = std::this_thread::get_id();
  const int limit = threadLimit;
  std::atomic<std::size_t> done{ 0 };
  std::atomic<bool> stopped{ false };
  std::size_t reported = 0; // of the caller alone
  tbb::task_group_context context;

  const auto runPiece = [&](std::size_t piece)
  {
    const std::size_t begin = piece * grain;
    body(begin, begin + std::min(grain, size - begin));
    const std::size_t finished = done.fetch_add(1) + 1;
    if (progress && std::this_thread::get_id() == caller && !stopped)
    {
      reported = finished;
      if (!progress(static_cast<double>(finished) / static_cast<double>(pieces)))
      {
        stopped = true;
        context.cancel_group_execution();
      }
    }
  };
  const auto runAll = [&]
  { tbb::parallel_for(std::size_t{ 0 }, pieces, runPiece, tbb::simple_partitioner(), context); };

  if (limit > 0)
  {
    // TBB starts no more threads than there are processors, unless told to.
    std::optional<tbb::global_control> moreThreads;
    if (limit > tbb::this_task_arena::max_concurrency())
    {
      moreThreads.emplace(tbb::global_control::max_allowed_parallelism, limit);
    }
    // Isolated, so that a nested parallelFor cannot make the caller run a foreign piece meanwhile.
    tbb::task_arena arena(limit);
    arena.execute(runAll);
  }
  else
  {
    tbb::this_task_arena::isolate(runAll);
  }
  // A loop inside a piece of another one is cancelled with it, silently: what it computed is not
  // whole, and must not be used.
  if (stopped || done != pieces)
  {
    throw Stopped();
  }
  // Where another thread ran the last piece, nobody has said yet that all is done.
  if (progress && reported != pieces && !progress(1))
  {
    throw Stopped();
  }
}

} // namespace apt
