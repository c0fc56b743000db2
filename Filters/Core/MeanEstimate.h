// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <vector>

namespace apt
{

/** @brief A mean with its error, from independent repetitions. */
struct MeanEstimate
{
  std::size_t count = 0;    ///< repetitions that have a value
  double mean = 0;          ///< NaN without any
  double standardError = 0; ///< standard deviation / √count; NaN below two
  double lower = 0;         ///< ends of the interval that holds the true mean with that confidence;
  double upper = 0;         ///< NaN below two
};

/**
 * @brief Mean, standard error and Student's interval of values taken as independent and normal.
 *
 * @param values     NaN are left out
 * @param confidence of the two-sided interval, between 0 and 1
 * @throws ParameterError where the confidence is not between 0 and 1
 */
MeanEstimate estimateMean(const std::vector<double>& values, double confidence = 0.95);

/**
 * @brief The t that Student's t stays within, in size, with that probability.
 *
 * Solves the finite series for whole degrees of freedom (Abramowitz and Stegun 1964, 26.7.3 and
 * 26.7.4); time grows with them.
 * @throws ParameterError where there is no degree of freedom, or the probability is not between 0
 * and 1
 */
double studentQuantile(double probability, std::size_t degreesOfFreedom);

/** @brief A share of a count, with its interval. */
struct Interval95
{
  double lower = 0;
  double upper = 0;
};

/**
 * @brief Wilson's 95 % interval of a fraction seen as part of whole independent trials (E. B.
 * Wilson, J. Am. Stat. Assoc. 22 (1927) 209): sensible at 0 and 1 and for few trials. NaN for none.
 */
Interval95 wilsonInterval(double part, double whole);

} // namespace apt
