// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <Random123/boxmuller.hpp>
#include <Random123/philox.h>
#include <Random123/uniform.hpp>

#include <array>
#include <cstdint>

namespace apt
{

/** @brief What random words are for; one list, so that no two uses share a stream. */
enum class Purpose : std::uint8_t
{
  Specimen,    ///< what a specimen draws once
  Detection,   ///< numbered by cell: one word for each site of the basis
  Position,    ///< numbered by site, like the rest
  Species,     ///< and what mass-to-charge the ion shows
  Refusals,    ///< what takes the place of draws that fell out of bounds
  Placement,   ///< numbered by attempt
  Packing,     ///< numbered by sphere, branches by attempt
  DomainKind,  ///< numbered by domain
  Training,    ///< the order in which a network sees its clouds and their ions
  ShuffleHeap, ///< numbered by ion
  Shuffle,     ///< numbered by place
  Sample,      ///< numbered by ion
};

/**
 * @brief Random numbers that are looked up by what they are for instead of drawn in turn.
 *
 * Philox 4×32-10 (J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, Parallel random numbers: as
 * easy as 1, 2, 3, SC11, doi:10.1145/2063384.2063405). The key is the seed; the counter is made of
 * the stream, the purpose, a branch of it and a number. Equal arguments give equal words, whichever
 * thread or rank asks, and in whatever order; different arguments give independent ones.
 *
 * Thread-safe: it has no state that changes.
 */
class Random
{
public:
  using Words = std::array<std::uint32_t, 4>;

  /** Of the branch, this many bits count. */
  static constexpr int BranchBits = 24;

  /**
   * @param seed   what the user chose
   * @param stream sets apart what shares a seed: the number of the specimen, say
   */
  explicit Random(std::uint64_t seed, std::uint32_t stream = 0)
    : Key{ { static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32) } }
    , Stream(stream)
  {
  }

  /**
   * @brief Four words of 32 random bits.
   * @param purpose what for
   * @param number  which one: the number of a lattice site, say
   * @param branch  sets apart draws that share purpose and number, below 2^BranchBits
   */
  Words words(Purpose purpose, std::uint64_t number, std::uint32_t branch = 0) const
  {
    const r123::Philox4x32::ctr_type counter = { { static_cast<std::uint32_t>(number),
      static_cast<std::uint32_t>(number >> 32), this->Stream,
      (branch << 8) | static_cast<std::uint32_t>(purpose) } };
    const r123::Philox4x32::ctr_type words = r123::Philox4x32{}(counter, this->Key);
    return { words[0], words[1], words[2], words[3] };
  }

private:
  r123::Philox4x32::key_type Key;
  std::uint32_t Stream;
};

/** @brief Uniform in (0, 1), never an end. */
inline double uniform(std::uint32_t word)
{
  return r123::u01<double>(word);
}

/** @brief Uniform in (lower, upper). */
inline double uniform(std::uint32_t word, double lower, double upper)
{
  return lower + (upper - lower) * uniform(word);
}

/** @brief One of 0 … count − 1, count at least 1; exact but for one part in 2^32 / count. */
inline std::uint32_t below(std::uint32_t word, std::uint32_t count)
{
  return static_cast<std::uint32_t>((std::uint64_t{ word } * count) >> 32);
}

/**
 * @brief Four independent standard normal numbers (Box and Muller 1958), none beyond ±6.8.
 */
inline std::array<float, 4> normals(const Random::Words& words)
{
  const r123::float2 first = r123::boxmuller(words[0], words[1]);
  const r123::float2 second = r123::boxmuller(words[2], words[3]);
  return { first.x, first.y, second.x, second.y };
}

} // namespace apt
