// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "IonShuffle.h"

#include "Error.h"
#include "ParallelFor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>

namespace apt
{
namespace
{

using Indices = std::vector<std::uint32_t>;

IonShuffleOptions seeded(std::uint64_t seed)
{
  IonShuffleOptions options;
  options.seed = seed;
  return options;
}

bool isPermutation(Indices permutation)
{
  std::sort(permutation.begin(), permutation.end());
  for (std::size_t i = 0; i < permutation.size(); ++i)
  {
    if (permutation[i] != i)
    {
      return false;
    }
  }
  return true;
}

/** χ² per degree of freedom, as a number of σ. */
double deviation(const std::vector<double>& counts, double expected)
{
  double chiSquare = 0;
  for (const double count : counts)
  {
    chiSquare += (count - expected) * (count - expected) / expected;
  }
  const auto degrees = static_cast<double>(counts.size() - 1);
  return (chiSquare - degrees) / std::sqrt(2 * degrees);
}

} // namespace

TEST(IonShuffle, IsAPermutationOfEveryIon)
{
  for (const std::size_t size : { 0u, 1u, 2u, 100u, 300000u })
  {
    EXPECT_TRUE(isPermutation(shuffledIons(size, nullptr, nullptr))) << size;
  }
}

TEST(IonShuffle, LeavesUnrangedIonsInPlaceUnlessAsked)
{
  std::vector<std::int16_t> ion(20000);
  for (std::size_t i = 0; i < ion.size(); ++i)
  {
    ion[i] = static_cast<std::int16_t>(i % 4) - 1;
  }
  IonShuffleOptions options = seeded(3);
  const Indices permutation = shuffledIons(ion.size(), ion.data(), nullptr, options);
  EXPECT_TRUE(isPermutation(permutation));
  std::size_t moved = 0;
  for (std::size_t i = 0; i < ion.size(); ++i)
  {
    if (ion[i] < 0)
    {
      EXPECT_EQ(permutation[i], i);
    }
    moved += permutation[i] != i;
  }
  EXPECT_GT(moved, 14900u);
  options.shuffleUnranged = true;
  const Indices all = shuffledIons(ion.size(), ion.data(), nullptr, options);
  EXPECT_TRUE(isPermutation(all));
  EXPECT_TRUE(std::any_of(ion.begin(), ion.end(),
    [&](const std::int16_t& type)
    {
      const auto i = static_cast<std::size_t>(&type - ion.data());
      return type < 0 && all[i] != i;
    }));
}

TEST(IonShuffle, KeepsIdentitiesWithinTheirClass)
{
  constexpr std::size_t size = 50000;
  std::mt19937 random(1);
  std::vector<std::int32_t> classes(size);
  std::vector<std::int16_t> ion(size);
  for (std::size_t i = 0; i < size; ++i)
  {
    classes[i] = static_cast<std::int32_t>(random() % 3) * 1000 - 1;
    ion[i] = static_cast<std::int16_t>(random() % 5) - 1;
  }
  const Indices permutation = shuffledIons(size, ion.data(), classes.data(), seeded(9));
  ASSERT_TRUE(isPermutation(permutation));
  std::map<std::pair<std::int32_t, std::int16_t>, int> before;
  std::map<std::pair<std::int32_t, std::int16_t>, int> after;
  for (std::size_t i = 0; i < size; ++i)
  {
    EXPECT_EQ(classes[permutation[i]], classes[i]);
    ++before[{ classes[i], ion[i] }];
    ++after[{ classes[i], ion[permutation[i]] }];
  }
  EXPECT_EQ(before, after);
}

TEST(IonShuffle, IsTheSameForAnyNumberOfThreads)
{
  constexpr std::size_t size = 400000;
  std::vector<std::int32_t> classes(size);
  for (std::size_t i = 0; i < size; ++i)
  {
    classes[i] = i % 7 == 0;
  }
  Indices before;
  for (const int threads : { 1, 2, 5 })
  {
    const ThreadLimit limit(threads);
    const Indices now = shuffledIons(size, nullptr, classes.data(), seeded(5));
    EXPECT_TRUE(before.empty() || now == before) << threads;
    before = now;
  }
}

TEST(IonShuffle, SeedsDiffer)
{
  const Indices one = shuffledIons(10000, nullptr, nullptr, seeded(1));
  const Indices other = shuffledIons(10000, nullptr, nullptr, seeded(2));
  std::size_t equal = 0;
  for (std::size_t i = 0; i < one.size(); ++i)
  {
    equal += one[i] == other[i];
  }
  EXPECT_LT(equal, 12u); // 1 is expected
  EXPECT_EQ(one, shuffledIons(10000, nullptr, nullptr, seeded(1)));
}

TEST(IonShuffle, MakesEveryPermutationEquallyOften)
{
  std::map<Indices, double> seen;
  constexpr int shuffles = 48000;
  for (int seed = 0; seed < shuffles; ++seed)
  {
    ++seen[shuffledIons(4, nullptr, nullptr, seeded(static_cast<std::uint64_t>(seed)))];
  }
  ASSERT_EQ(seen.size(), 24u);
  std::vector<double> counts;
  for (const auto& entry : seen)
  {
    counts.push_back(entry.second);
  }
  EXPECT_LT(std::fabs(deviation(counts, shuffles / 24.0)), 4);
}

TEST(IonShuffle, SendsEveryIonAnywhereAlsoAcrossHeaps)
{
  // 20,000 ions are four heaps: from each tenth of the ions to each tenth, equally often.
  constexpr std::size_t size = 20000;
  std::vector<double> counts(100);
  constexpr int shuffles = 20;
  for (int seed = 0; seed < shuffles; ++seed)
  {
    const Indices permutation =
      shuffledIons(size, nullptr, nullptr, seeded(static_cast<std::uint64_t>(seed)));
    for (std::size_t i = 0; i < size; ++i)
    {
      ++counts[i * 10 / size * 10 + std::size_t{ permutation[i] } * 10 / size];
    }
  }
  EXPECT_LT(deviation(counts, shuffles * static_cast<double>(size) / 100), 4);
}

TEST(IonShuffle, ClassesAreShuffledIndependently)
{
  // Two classes of the same size, one behind the other, must not be shuffled alike.
  constexpr std::size_t half = 1000;
  std::vector<std::int32_t> classes(2 * half);
  std::fill(classes.begin() + half, classes.end(), 1);
  const Indices permutation = shuffledIons(2 * half, nullptr, classes.data(), seeded(1));
  std::size_t equal = 0;
  for (std::size_t i = 0; i < half; ++i)
  {
    equal += permutation[i] + half == permutation[i + half];
  }
  EXPECT_LT(equal, 12u);
}

TEST(IonShuffle, PermutesValuesOfAnySize)
{
  const Indices permutation = { 2, 0, 1 };
  const std::vector<std::int16_t> small = { 10, 20, 30 };
  std::vector<std::int16_t> smallTo(3);
  permute(small.data(), permutation.data(), 3, sizeof(std::int16_t), smallTo.data());
  EXPECT_EQ(smallTo, (std::vector<std::int16_t>{ 30, 10, 20 }));
  const std::vector<double> large = { 1, 2, 3, 4, 5, 6 };
  std::vector<double> largeTo(6);
  permute(large.data(), permutation.data(), 3, 2 * sizeof(double), largeTo.data());
  EXPECT_EQ(largeTo, (std::vector<double>{ 5, 6, 1, 2, 3, 4 }));
}

TEST(IonShuffle, StopsWhenToldTo)
{
  EXPECT_THROW(shuffledIons(500000, nullptr, nullptr, {}, [](double) { return false; }), Stopped);
}

} // namespace apt
