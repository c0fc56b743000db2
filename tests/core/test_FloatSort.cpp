// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "FloatSort.h"

#include "Error.h"
#include "ParallelFor.h"
#include "Random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace
{

/** Of all sizes from denormal to huge, both signs, with repetitions. */
std::vector<float> someValues(std::size_t count)
{
  const apt::Random random(5);
  std::vector<float> values;
  for (std::size_t i = 0; i < count; ++i)
  {
    const apt::Random::Words words = random.words(apt::Purpose::Species, i);
    const double sign = words[0] & 1 ? 1 : -1;
    const int exponent = static_cast<int>(apt::below(words[1], 250)) - 130;
    values.push_back(static_cast<float>(sign * std::ldexp(apt::uniform(words[2]), exponent)));
  }
  for (std::size_t i = 0; i < count; i += 3)
  {
    values[i] = static_cast<float>(i % 7) / 7;
  }
  return values;
}

} // namespace

TEST(FloatSort, SortsAsTheStandardLibraryDoes)
{
  for (const std::size_t count : { 0, 1, 2, 4095, 4096, 300000, 600001 })
  {
    std::vector<float> values = someValues(count);
    if (count > 10)
    {
      values[3] = std::numeric_limits<float>::infinity();
      values[5] = -std::numeric_limits<float>::infinity();
    }
    std::vector<float> expected = values;
    std::sort(expected.begin(), expected.end());
    std::vector<float> room(count);
    apt::sortFloats(values.data(), room.data(), count);
    EXPECT_EQ(values, expected) << count;
  }
}

TEST(FloatSort, IsTheSameOnAnyNumberOfThreads)
{
  std::vector<float> first = someValues(700000);
  std::vector<float> second = first;
  std::vector<float> room(first.size());
  {
    const apt::ThreadLimit limit(1);
    apt::sortFloats(first.data(), room.data(), first.size());
  }
  const apt::ThreadLimit limit(4);
  apt::sortFloats(second.data(), room.data(), second.size());
  EXPECT_EQ(std::memcmp(first.data(), second.data(), first.size() * sizeof(float)), 0);
}

TEST(FloatSort, StopsWhenAsked)
{
  std::vector<float> values = someValues(600000);
  std::vector<float> room(values.size());
  EXPECT_THROW(
    apt::sortFloats(values.data(), room.data(), values.size(), [](double) { return false; }),
    apt::Stopped);
}
