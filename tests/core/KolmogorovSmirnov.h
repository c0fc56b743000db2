// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace apt
{

/**
 * @brief The Kolmogorov–Smirnov statistic √n · D of a sample against a distribution function.
 *
 * Of a sample that has the distribution, one in a thousand exceeds 1.95.
 */
template <typename Distribution>
double kolmogorovSmirnov(std::vector<double> sample, Distribution&& distribution)
{
  std::sort(sample.begin(), sample.end());
  const double n = static_cast<double>(sample.size());
  double furthest = 0;
  for (std::size_t i = 0; i < sample.size(); ++i)
  {
    const double expected = distribution(sample[i]);
    furthest = std::max({ furthest, expected - static_cast<double>(i) / n,
      static_cast<double>(i + 1) / n - expected });
  }
  return std::sqrt(n) * furthest;
}

constexpr double KolmogorovSmirnovLimit = 1.95;

/** @brief Distribution function of a normal number with mean 0. */
inline double normalDistribution(double x, double sigma)
{
  return 0.5 * std::erfc(-x / (sigma * std::sqrt(2.0)));
}

/** @brief Distribution function of a uniform number. */
inline double uniformDistribution(double x, double lower, double upper)
{
  return std::clamp((x - lower) / (upper - lower), 0.0, 1.0);
}

} // namespace apt
