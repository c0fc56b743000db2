// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace apt
{

/**
 * @brief Things that each piece of a parallel run borrows; there are as many as pieces run at once.
 *
 * Which piece meets which thing is left to chance, so that only what does not depend on it may be
 * kept in them: memory to work in, say.
 */
template <typename T>
class Pool
{
public:
  /** @brief A thing that nobody has: one that was given back, or a new one. */
  std::unique_ptr<T> take()
  {
    const std::lock_guard<std::mutex> lock(this->Mutex);
    if (this->Free.empty())
    {
      return std::make_unique<T>();
    }
    std::unique_ptr<T> thing = std::move(this->Free.back());
    this->Free.pop_back();
    return thing;
  }

  void giveBack(std::unique_ptr<T> thing)
  {
    const std::lock_guard<std::mutex> lock(this->Mutex);
    this->Free.push_back(std::move(thing));
  }

private:
  std::mutex Mutex;
  std::vector<std::unique_ptr<T>> Free;
};

} // namespace apt
