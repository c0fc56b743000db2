// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace apt
{

using Counts = std::vector<std::uint64_t>;

/**
 * @brief Counts that each piece of a parallel run adds to on its own.
 *
 * There are as many as pieces run at once; which piece meets which does not matter, since sums of
 * integers are exact in any order. 8 bytes per count and thread. take and giveBack may be called
 * from several threads; sum when all are given back.
 */
class PartialCounts
{
public:
  explicit PartialCounts(std::size_t size)
    : Size(size)
  {
  }

  std::unique_ptr<Counts> take()
  {
    const std::lock_guard<std::mutex> lock(this->Mutex);
    if (this->Free.empty())
    {
      return std::make_unique<Counts>(this->Size);
    }
    std::unique_ptr<Counts> counts = std::move(this->Free.back());
    this->Free.pop_back();
    return counts;
  }

  void giveBack(std::unique_ptr<Counts> counts)
  {
    const std::lock_guard<std::mutex> lock(this->Mutex);
    this->Free.push_back(std::move(counts));
  }

  Counts sum() const
  {
    Counts total(this->Size);
    for (const std::unique_ptr<Counts>& counts : this->Free)
    {
      std::transform(
        total.begin(), total.end(), counts->begin(), total.begin(), std::plus<std::uint64_t>());
    }
    return total;
  }

private:
  std::size_t Size;
  std::mutex Mutex;
  std::vector<std::unique_ptr<Counts>> Free;
};

} // namespace apt
