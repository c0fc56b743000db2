// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "OrderedIons.h"

#include "Error.h"
#include "ParallelFor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace apt
{

TEST(OrderedIons, AreThoseAtOrAboveTheThreshold)
{
  const float below = std::nextafter(0.25F, 0.0F);
  const std::vector<float> probability = { 0, below, 0.25F, 0.5F, 1,
    std::numeric_limits<float>::quiet_NaN() };
  std::vector<std::int8_t> ordered(probability.size(), 7);
  markOrdered(probability.data(), probability.size(), 0.25, ordered.data());
  EXPECT_EQ(ordered, (std::vector<std::int8_t>{ 0, 0, 1, 1, 1, 0 }));
  markOrdered(probability.data(), probability.size(), 0, ordered.data());
  EXPECT_EQ(ordered, (std::vector<std::int8_t>{ 1, 1, 1, 1, 1, 0 }));
  markOrdered(probability.data(), probability.size(), 1, ordered.data());
  EXPECT_EQ(ordered, (std::vector<std::int8_t>{ 0, 0, 0, 0, 1, 0 }));
}

TEST(OrderedIons, AreComparedInDouble)
{
  // 0.7F is below 0.7.
  const float probability = 0.7F;
  std::int8_t ordered = 7;
  markOrdered(&probability, 1, 0.7, &ordered);
  EXPECT_EQ(ordered, double(probability) >= 0.7 ? 1 : 0);
}

TEST(OrderedIons, AreTheSameForAnyNumberOfThreads)
{
  std::vector<float> probability(1000003);
  for (std::size_t i = 0; i < probability.size(); ++i)
  {
    probability[i] = static_cast<float>((i * 7919) % 1000) / 1000;
  }
  std::vector<std::int8_t> one(probability.size());
  {
    const ThreadLimit limit(1);
    markOrdered(probability.data(), probability.size(), 0.3, one.data());
  }
  std::vector<std::int8_t> all(probability.size());
  markOrdered(probability.data(), probability.size(), 0.3, all.data());
  EXPECT_EQ(one, all);
  markOrdered(nullptr, 0, 0.3, nullptr);
}

TEST(OrderedIons, RejectAThresholdThatIsNoProbability)
{
  for (const double threshold : { -0.1, 1.1, std::nan("") })
  {
    EXPECT_THROW(markOrdered(nullptr, 0, threshold, nullptr), ParameterError) << threshold;
  }
}

} // namespace apt
