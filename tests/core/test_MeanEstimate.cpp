// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "MeanEstimate.h"

#include "Error.h"
#include "Random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

TEST(MeanEstimate, QuantilesAreThoseOfPrintedTables)
{
  const struct
  {
    std::size_t degrees;
    double t;
  } table[] = { { 1, 12.706 }, { 2, 4.303 }, { 3, 3.182 }, { 4, 2.776 }, { 9, 2.262 },
    { 10, 2.228 }, { 30, 2.042 }, { 120, 1.980 }, { 10000, 1.960 } };
  for (const auto& row : table)
  {
    EXPECT_NEAR(apt::studentQuantile(0.95, row.degrees), row.t, 6e-4) << row.degrees;
  }
  EXPECT_NEAR(apt::studentQuantile(0.99, 5), 4.032, 6e-4);
  EXPECT_NEAR(apt::studentQuantile(0.5, 1), 1, 1e-12);
}

TEST(MeanEstimate, IsTheMeanAndTheStandardErrorOfTheMean)
{
  const apt::MeanEstimate estimate = apt::estimateMean({ 1, 2, 3, 6 });
  EXPECT_EQ(estimate.count, 4u);
  EXPECT_DOUBLE_EQ(estimate.mean, 3);
  EXPECT_DOUBLE_EQ(estimate.standardError, std::sqrt((4 + 1 + 0 + 9) / 3.0 / 4.0));
  EXPECT_NEAR(estimate.upper - 3, 3.182 * estimate.standardError, 1e-3);
  EXPECT_DOUBLE_EQ(estimate.upper - 3, 3 - estimate.lower);
}

TEST(MeanEstimate, LeavesOutWhatHasNoValue)
{
  const double none = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(apt::estimateMean({ 1, none, 3 }).mean, 2);
  EXPECT_EQ(apt::estimateMean({ 1, none, 3 }).count, 2u);
  EXPECT_EQ(apt::estimateMean({ none, 5 }).mean, 5);
  EXPECT_TRUE(std::isnan(apt::estimateMean({ none, 5 }).standardError));
  EXPECT_TRUE(std::isnan(apt::estimateMean({}).mean));
}

TEST(MeanEstimate, IntervalsHoldTheTruthAsOftenAsTheySay)
{
  // 4000 times five normal numbers: 95 % ± 0.34 % of the intervals hold 0.
  const apt::Random random(11);
  int held = 0;
  constexpr int trials = 4000;
  for (std::uint64_t trial = 0; trial < trials; ++trial)
  {
    const auto first = apt::normals(random.words(apt::Purpose::Position, 2 * trial));
    const auto second = apt::normals(random.words(apt::Purpose::Position, 2 * trial + 1));
    const apt::MeanEstimate estimate =
      apt::estimateMean({ first[0], first[1], first[2], first[3], second[0] });
    held += estimate.lower < 0 && 0 < estimate.upper;
  }
  EXPECT_NEAR(held / static_cast<double>(trials), 0.95, 0.014);
}

TEST(MeanEstimate, WilsonsIntervalSolvesItsEquation)
{
  constexpr double z = 1.959963984540054;
  for (const auto& [part, whole] : { std::pair{ 3.0, 10.0 }, { 80.0, 81.0 }, { 500.0, 1000.0 } })
  {
    const apt::Interval95 interval = apt::wilsonInterval(part, whole);
    for (const double p : { interval.lower, interval.upper })
    {
      EXPECT_NEAR(std::abs(part / whole - p), z * std::sqrt(p * (1 - p) / whole), 1e-12);
    }
    EXPECT_LT(interval.lower, part / whole);
    EXPECT_GT(interval.upper, part / whole);
  }
  EXPECT_NEAR(apt::wilsonInterval(0, 10).lower, 0, 1e-15);
  EXPECT_NEAR(apt::wilsonInterval(0, 10).upper, z * z / (10 + z * z), 1e-12);
  EXPECT_TRUE(std::isnan(apt::wilsonInterval(0, 0).lower));
}

TEST(MeanEstimate, RefusesWhatIsNoProbability)
{
  EXPECT_THROW(apt::estimateMean({ 1, 2 }, 0), apt::ParameterError);
  EXPECT_THROW(apt::estimateMean({ 1, 2 }, 1), apt::ParameterError);
  EXPECT_THROW(apt::studentQuantile(0.95, 0), apt::ParameterError);
}
