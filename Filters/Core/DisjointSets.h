// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace apt
{

/**
 * @brief Sets of the numbers 0 to size − 1 that any number of threads may unite at once.
 *
 * The root of a set is its lowest number, so that the answer does not depend on the order of the
 * unions. Lock-free, with path halving (R. J. Anderson, H. Woll, Wait-free parallel algorithms for
 * the union-find problem, STOC 1991). 4 bytes per number.
 */
class DisjointSets
{
public:
  explicit DisjointSets(std::size_t size)
    : Parents(size)
  {
    std::iota(this->Parents.begin(), this->Parents.end(), 0U);
  }

  /** @brief The lowest number of the set that this one is in, as far as it is united by now. */
  std::uint32_t find(std::uint32_t number)
  {
    for (;;)
    {
      std::uint32_t parent = this->load(number);
      if (parent == number)
      {
        return number;
      }
      const std::uint32_t above = this->load(parent);
      if (above != parent)
      {
        this->exchange(number, parent, above);
      }
      number = above;
    }
  }

  /** @brief Makes one set of the two that hold these. */
  void unite(std::uint32_t a, std::uint32_t b)
  {
    for (;;)
    {
      a = this->find(a);
      b = this->find(b);
      if (a == b)
      {
        return;
      }
      const std::uint32_t low = a < b ? a : b;
      const std::uint32_t high = a < b ? b : a;
      // Fails where another thread has meanwhile put the higher one below something else.
      if (this->exchange(high, high, low))
      {
        return;
      }
    }
  }

private:
  // std::atomic_ref comes with C++20. Only the numbers themselves pass between threads: relaxed.
  std::uint32_t load(std::uint32_t number) const
  {
    return __atomic_load_n(this->Parents.data() + number, __ATOMIC_RELAXED);
  }

  bool exchange(std::uint32_t number, std::uint32_t expected, std::uint32_t parent)
  {
    return __atomic_compare_exchange_n(
      this->Parents.data() + number, &expected, parent, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  }

  std::vector<std::uint32_t> Parents;
};

} // namespace apt
