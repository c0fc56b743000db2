// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "MeanEstimate.h"

#include "Error.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace apt
{

namespace
{

constexpr double Pi = 3.14159265358979323846;
constexpr double None = std::numeric_limits<double>::quiet_NaN();

void requireProbability(const char* name, double value)
{
  if (!(value > 0 && value < 1))
  {
    throw ParameterError(name, std::to_string(value), "between 0 and 1");
  }
}

/** Probability that |t| stays below √degreesOfFreedom · tan(angle). */
double probabilityWithin(double angle, std::size_t degreesOfFreedom)
{
  const double sine = std::sin(angle);
  const double cosine = std::cos(angle);
  const bool odd = degreesOfFreedom % 2 == 1;
  double term = odd ? cosine : 1;
  double sum = 0;
  for (std::size_t k = odd ? 1 : 0; k + 2 <= degreesOfFreedom; k += 2)
  {
    sum += term;
    const auto power = static_cast<double>(k);
    term *= (power + 1) / (power + 2) * cosine * cosine;
  }
  return odd ? 2 / Pi * (angle + sine * sum) : sine * sum;
}

} // namespace

double studentQuantile(double probability, std::size_t degreesOfFreedom)
{
  requireProbability("probability", probability);
  if (degreesOfFreedom < 1)
  {
    throw ParameterError("degrees of freedom", "0", "1 or more");
  }
  double lower = 0;
  double upper = Pi / 2;
  for (int halving = 0; halving < 60; ++halving)
  {
    const double middle = (lower + upper) / 2;
    (probabilityWithin(middle, degreesOfFreedom) < probability ? lower : upper) = middle;
  }
  return std::sqrt(static_cast<double>(degreesOfFreedom)) * std::tan((lower + upper) / 2);
}

MeanEstimate estimateMean(const std::vector<double>& values, double confidence)
{
  requireProbability("confidence", confidence);
  MeanEstimate estimate{ 0, None, None, None, None };
  double sum = 0;
  for (const double value : values)
  {
    if (!std::isnan(value))
    {
      sum += value;
      ++estimate.count;
    }
  }
  if (estimate.count == 0)
  {
    return estimate;
  }
  const auto count = static_cast<double>(estimate.count);
  estimate.mean = sum / count;
  if (estimate.count == 1)
  {
    return estimate;
  }
  double squares = 0;
  for (const double value : values)
  {
    if (!std::isnan(value))
    {
      squares += (value - estimate.mean) * (value - estimate.mean);
    }
  }
  estimate.standardError = std::sqrt(squares / (count - 1) / count);
  const double half = studentQuantile(confidence, estimate.count - 1) * estimate.standardError;
  estimate.lower = estimate.mean - half;
  estimate.upper = estimate.mean + half;
  return estimate;
}

Interval95 wilsonInterval(double part, double whole)
{
  if (!(whole > 0))
  {
    return { None, None };
  }
  constexpr double z = 1.959963984540054; // of the normal distribution, two-sided 95 %
  const double fraction = part / whole;
  const double scale = 1 / (1 + z * z / whole);
  const double centre = scale * (fraction + z * z / (2 * whole));
  const double half =
    scale * z * std::sqrt(fraction * (1 - fraction) / whole + z * z / (4 * whole * whole));
  return { std::max(0.0, centre - half), std::min(1.0, centre + half) };
}

} // namespace apt
