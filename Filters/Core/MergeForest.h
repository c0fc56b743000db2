// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

namespace apt
{

/**
 * @brief What hangs together at every level, of a graph whose edges come in any order from any
 * number of threads.
 *
 * Keeps, of all edges, at most one per node: at each level its edges up to there join the same nodes
 * as all edges up to there do (a minimum spanning forest, kept as a merge tree: D. Smirnov, D.
 * Morozov, Triplet merge trees, TopoInVis 2017). Each node but the lowest of a component has a link
 * to a lower one, with the level from which on it hangs together with it. Lock-free; 8 bytes per
 * node.
 */
class MergeForest
{
public:
  struct Link
  {
    std::uint32_t node = 0;
    float level = std::numeric_limits<float>::infinity(); ///< infinite: there is no link
  };

  explicit MergeForest(std::size_t size)
    : Links(size)
  {
    for (std::size_t node = 0; node < size; ++node)
    {
      this->Links[node] =
        pack(static_cast<std::uint32_t>(node), std::numeric_limits<float>::infinity());
    }
  }

  /** @brief The link of a node; read it when no thread adds edges any more. */
  Link link(std::uint32_t node) const { return unpack(this->load(node)); }

  /** @brief Adds an edge. @param level finite and not negative */
  void unite(std::uint32_t a, std::uint32_t b, float level)
  {
    for (;;)
    {
      a = this->lowest(a, level);
      b = this->lowest(b, level);
      if (a == b)
      {
        return;
      }
      if (a < b)
      {
        std::swap(a, b);
      }
      const std::uint64_t before = this->load(a);
      const Link old = unpack(before);
      if (old.level <= level || !this->exchange(a, before, pack(b, level)))
      {
        continue; // another thread was here
      }
      if (old.level == std::numeric_limits<float>::infinity())
      {
        return;
      }
      // What the old link said is now to be said of b, with which a hangs together from below it.
      a = b;
      b = old.node;
      level = old.level;
    }
  }

private:
  /** The node that links up to the level lead to; shortens the way for whoever comes next. */
  std::uint32_t lowest(std::uint32_t node, float level)
  {
    for (;;)
    {
      const std::uint64_t packed = this->load(node);
      const Link link = unpack(packed);
      if (link.level > level)
      {
        return node;
      }
      const Link next = unpack(this->load(link.node));
      if (next.level <= link.level)
      {
        this->exchange(node, packed, pack(next.node, link.level));
      }
      node = link.node;
    }
  }

  static std::uint64_t pack(std::uint32_t node, float level)
  {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &level, sizeof(bits));
    return (std::uint64_t{ bits } << 32) | node;
  }

  static Link unpack(std::uint64_t packed)
  {
    const auto bits = static_cast<std::uint32_t>(packed >> 32);
    Link link;
    link.node = static_cast<std::uint32_t>(packed);
    std::memcpy(&link.level, &bits, sizeof(bits));
    return link;
  }

  // As in DisjointSets: relaxed, since nothing but the links passes between threads.
  std::uint64_t load(std::uint32_t node) const
  {
    return __atomic_load_n(this->Links.data() + node, __ATOMIC_RELAXED);
  }

  bool exchange(std::uint32_t node, std::uint64_t expected, std::uint64_t link)
  {
    return __atomic_compare_exchange_n(
      this->Links.data() + node, &expected, link, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  }

  std::vector<std::uint64_t> Links;
};

} // namespace apt
