// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Random.h"

#include "KolmogorovSmirnov.h"

#include <gtest/gtest.h>

#include <set>

namespace apt
{
namespace
{

TEST(Random, GivesTheKnownAnswersOfPhilox4x32)
{
  // kat_vectors of Random123: all zeros, all ones.
  EXPECT_EQ(Random(0, 0).words(Purpose::Specimen, 0),
    (Random::Words{ 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 }));
  EXPECT_EQ(Random(~std::uint64_t{ 0 }, ~std::uint32_t{ 0 })
              .words(static_cast<Purpose>(0xFF), ~std::uint64_t{ 0 }, 0xFFFFFF),
    (Random::Words{ 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd }));
}

TEST(Random, GivesOtherWordsWhereAnyPartOfTheKeyDiffers)
{
  std::set<Random::Words> seen;
  const auto add = [&](std::uint64_t seed, std::uint32_t stream, Purpose purpose,
                     std::uint64_t number, std::uint32_t branch)
  { seen.insert(Random(seed, stream).words(purpose, number, branch)); };
  add(1, 1, Purpose::Position, 1, 1);
  add(2, 1, Purpose::Position, 1, 1);
  add(1 + (std::uint64_t{ 1 } << 32), 1, Purpose::Position, 1, 1);
  add(1, 2, Purpose::Position, 1, 1);
  add(1, 1, Purpose::Species, 1, 1);
  add(1, 1, Purpose::Position, 2, 1);
  add(1, 1, Purpose::Position, 1 + (std::uint64_t{ 1 } << 61), 1);
  add(1, 1, Purpose::Position, 1, 2);
  add(1, 1, Purpose::Position, 1, 1 << (Random::BranchBits - 1));
  EXPECT_EQ(seen.size(), 9u);
}

TEST(Random, UniformNumbersAreUniformAndNeverAnEnd)
{
  EXPECT_GT(uniform(0), 0);
  EXPECT_LT(uniform(0xFFFFFFFF), 1);
  const Random random(7);
  std::vector<double> sample;
  for (std::uint64_t i = 0; i < 10000; ++i)
  {
    for (const std::uint32_t word : random.words(Purpose::Species, i))
    {
      sample.push_back(uniform(word, -2, 3));
    }
  }
  EXPECT_LT(kolmogorovSmirnov(sample, [](double x) { return uniformDistribution(x, -2, 3); }),
    KolmogorovSmirnovLimit);
}

TEST(Random, NormalNumbersAreNormalAndIndependent)
{
  const Random random(7);
  std::array<std::vector<double>, 4> samples;
  std::array<std::array<double, 4>, 4> products{};
  constexpr int count = 40000;
  for (std::uint64_t i = 0; i < count; ++i)
  {
    const std::array<float, 4> drawn = normals(random.words(Purpose::Position, i));
    for (std::size_t j = 0; j < 4; ++j)
    {
      samples[j].push_back(static_cast<double>(drawn[j]));
      for (std::size_t k = 0; k < 4; ++k)
      {
        products[j][k] += static_cast<double>(drawn[j]) * static_cast<double>(drawn[k]) / count;
      }
    }
  }
  for (std::size_t j = 0; j < 4; ++j)
  {
    EXPECT_LT(kolmogorovSmirnov(samples[j], [](double x) { return normalDistribution(x, 1); }),
      KolmogorovSmirnovLimit);
    for (std::size_t k = 0; k < j; ++k)
    {
      EXPECT_LT(std::abs(products[j][k]), 5 / std::sqrt(count));
    }
  }
}

TEST(Random, NormalNumbersOfTheOutermostWordsAreFinite)
{
  for (const std::uint32_t word : { 0u, 1u, 0x7FFFFFFFu, 0x80000000u, 0xFFFFFFFFu })
  {
    for (const float number : normals({ word, word, 0, word }))
    {
      EXPECT_LE(std::abs(number), 6.8f);
    }
  }
}

TEST(Random, BelowReachesEveryNumberAndNoMore)
{
  EXPECT_EQ(below(0, 6), 0u);
  EXPECT_EQ(below(0xFFFFFFFF, 6), 5u);
  std::array<int, 6> counts{};
  for (std::uint64_t i = 0; i < 6000; ++i)
  {
    ++counts[below(Random(3).words(Purpose::DomainKind, i)[0], 6)];
  }
  for (const int count : counts)
  {
    EXPECT_NEAR(count, 1000, 150);
  }
}

} // namespace
} // namespace apt
