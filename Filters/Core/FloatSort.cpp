// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "FloatSort.h"

#include "ParallelFor.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

namespace apt
{

namespace
{

constexpr std::size_t Grain = std::size_t{ 1 } << 18;
// Below this, the counts of the digits cost more than comparing.
constexpr std::size_t Few = 4096;
constexpr int DigitBits = 8;
constexpr std::size_t Digits = std::size_t{ 1 } << DigitBits;

/** The byte of a value's rank among all float32: negative values have all bits turned over. */
std::size_t digitOf(float value, int shift)
{
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  bits ^= (bits >> 31) != 0 ? 0xffffffffu : 0x80000000u;
  return (bits >> shift) & (Digits - 1);
}

} // namespace

void sortFloats(float* values, float* room, std::size_t count, const Progress& progress)
{
  if (count < Few)
  {
    std::sort(values, values + count);
    return;
  }
  const std::size_t pieces = (count - 1) / Grain + 1;
  std::vector<std::array<std::size_t, Digits>> places(pieces);
  constexpr int passes = 32 / DigitBits;
  for (int pass = 0; pass < passes; ++pass)
  {
    const int shift = pass * DigitBits;
    const double done = static_cast<double>(pass) / passes;
    parallelFor(
      count, Grain,
      [&](std::size_t begin, std::size_t end)
      {
        std::array<std::size_t, Digits>& counts = places[begin / Grain];
        counts.fill(0);
        for (std::size_t i = begin; i < end; ++i)
        {
          ++counts[digitOf(values[i], shift)];
        }
      },
      subProgress(progress, done, done + 0.25 / passes));
    // Where each piece's values of each digit begin: by digit, then by piece, so that equal digits
    // keep their order.
    std::size_t before = 0;
    for (std::size_t digit = 0; digit < Digits; ++digit)
    {
      for (std::array<std::size_t, Digits>& place : places)
      {
        const std::size_t own = place[digit];
        place[digit] = before;
        before += own;
      }
    }
    parallelFor(
      count, Grain,
      [&](std::size_t begin, std::size_t end)
      {
        std::array<std::size_t, Digits> place = places[begin / Grain];
        for (std::size_t i = begin; i < end; ++i)
        {
          room[place[digitOf(values[i], shift)]++] = values[i];
        }
      },
      subProgress(progress, done + 0.25 / passes, done + 1.0 / passes));
    std::swap(values, room);
  }
  // An even number of passes: the values are back where they came from.
  static_assert(passes % 2 == 0);
}

} // namespace apt
