// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Error.h"
#include "IonSelection.h"
#include "ParallelFor.h"

#include <gtest/gtest.h>

#include <random>

namespace
{

std::vector<std::int16_t> someIons(std::size_t size, double rangedFraction)
{
  std::mt19937 generator(7);
  std::bernoulli_distribution ranged(rangedFraction);
  std::vector<std::int16_t> ions(size);
  for (std::int16_t& ion : ions)
  {
    ion = ranged(generator) ? 3 : -1;
  }
  return ions;
}

} // namespace

TEST(RangedIons, KeepsExactlyTheRangedOnesInOrder)
{
  for (const std::size_t size : { 0u, 1u, 65535u, 65536u, 65537u, 200000u })
  {
    for (const double fraction : { 0.0, 0.1, 0.9, 1.0 })
    {
      const std::vector<std::int16_t> ions = someIons(size, fraction);
      struct Value
      {
        std::uint32_t a, b, c;
      };
      std::vector<Value> values;
      std::vector<std::uint32_t> expected;
      for (std::uint32_t i = 0; i < size; ++i)
      {
        values.push_back({ i, i + 1, i + 2 });
        if (ions[i] >= 0)
        {
          expected.push_back(i);
        }
      }
      const apt::RangedIons selection(ions.data(), size);
      ASSERT_EQ(selection.count(), expected.size());
      for (const int threads : { 1, 2, 3 })
      {
        const apt::ThreadLimit limit(threads);
        std::vector<Value> kept(selection.count());
        selection.copy(values.data(), kept.data(), sizeof(Value));
        for (std::size_t i = 0; i < kept.size(); ++i)
        {
          ASSERT_EQ(kept[i].a, expected[i]);
          ASSERT_EQ(kept[i].c, expected[i] + 2);
        }
      }
    }
  }
}

TEST(RangedIons, StopsWhenAsked)
{
  const std::vector<std::int16_t> ions(300000, 0);
  std::vector<std::int16_t> copy(ions.size());
  const apt::RangedIons selection(ions.data(), ions.size());
  const apt::ThreadLimit limit(1);
  EXPECT_THROW(
    selection.copy(ions.data(), copy.data(), 2, [](double) { return false; }), apt::Stopped);
}
