// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Progress.h"

#include <cstddef>
#include <functional>

namespace apt
{

/**
 * @brief Runs body(begin, end) over [0, size) cut into pieces of grain items, on all cores.
 *
 * The pieces depend on size and grain only, so that a body that writes its own piece gives the same
 * answer for any number of threads. The calling thread takes part.
 *
 * @param size     number of items; 0 returns at once
 * @param grain    items per piece, at least 1
 * @param body     called concurrently, once per piece
 * @param progress see Progress; called on the calling thread only, at most once per piece; the last
 *                 time with 1
 * @throws Stopped when progress answers false; pieces not begun by then are not run
 * @throws whatever a body threw first; the remaining pieces are not run
 */
void parallelFor(std::size_t size, std::size_t grain,
  const std::function<void(std::size_t begin, std::size_t end)>& body,
  const Progress& progress = {});

/** @brief The number of threads that parallelFor uses on the calling thread. At least 1. */
int threadCount();

/**
 * @brief Bounds the threads of parallelFor for as long as it lives, on the constructing thread.
 *
 * For tests of "the same answer for any number of threads", and for benchmarks.
 */
class ThreadLimit
{
public:
  explicit ThreadLimit(int threads);
  ~ThreadLimit();
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;

private:
  int Before;
};

} // namespace apt
