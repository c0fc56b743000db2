// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>

namespace apt
{

/**
 * @brief Tells how far a long run has come, and asks whether to go on.
 *
 * Called with a fraction in [0, 1], always on the thread that started the run, never from a worker;
 * answers false to stop, upon which the run throws Stopped. An empty Progress is never called.
 */
using Progress = std::function<bool(double fraction)>;

/**
 * @brief A Progress for one part of a longer run: [0, 1] of the part becomes [begin, end] of it.
 */
inline Progress subProgress(const Progress& whole, double begin, double end)
{
  if (!whole)
  {
    return {};
  }
  return [whole, begin, end](double fraction) { return whole(begin + fraction * (end - begin)); };
}

} // namespace apt
