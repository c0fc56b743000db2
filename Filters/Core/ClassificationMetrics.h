// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Progress.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace apt
{

/**
 * @brief A part of a cloud with an answer and the truth, that belongs to somebody else.
 *
 * An ion's score says how much it looks ordered; NaN means that the classifier does not know the
 * ion, which is then counted as unknown and left out of everything else.
 */
struct ClassifiedIons
{
  std::size_t size = 0;
  std::size_t specimen = 0;     ///< which one these ions belong to; several parts may share it
  const float* score = nullptr; ///< size values
  const std::int8_t* phase = nullptr;   ///< size values: the truth
  const std::int16_t* ion = nullptr;    ///< size values or nullptr: the type; negative = unranged
  const std::int32_t* domain = nullptr; ///< size values or nullptr; negative = in none
  const float* positions = nullptr;     ///< size × 3, nm, or nullptr
};

/** @brief What counts as ordered, in the truth and in the answer, and how finely to look. */
struct ClassificationOptions
{
  /** An ion is called ordered where its score, compared as float32, is at least this. */
  double threshold = 0.5;
  /**
   * Phases that are ordered in truth; all others are not. Not "all but the matrix": further phases
   * of a specimen are other structures and defects (planar faults), which a network that looks for
   * one order has not to find.
   */
  std::vector<int> orderedPhases = { 1 };
  /**
   * Evenly from 0 to 1 (from the lowest to the highest score where these are no probabilities), at
   * least 2 and at most 10,000.
   */
  int thresholdCount = 101;
  int calibrationBins = 15; ///< of equal width over [0, 1]; 1 to 10,000
};

/** @brief Ions by truth and answer at a threshold. */
struct ConfusionCounts
{
  std::uint64_t truePositives = 0;  ///< ordered and called so
  std::uint64_t falsePositives = 0; ///< not ordered but called so
  std::uint64_t falseNegatives = 0;
  std::uint64_t trueNegatives = 0;

  // Each NaN where it has no ions to speak of.
  double recall() const;       ///< of the ordered ions, the share called ordered
  double precision() const;    ///< of those called ordered, the share that is
  double f1() const;           ///< harmonic mean of both: 2 TP / (2 TP + FP + FN)
  double specificity() const;  ///< of the other ions, the share not called ordered
  double binarisedAuc() const; ///< AUC of the answer made 0 or 1: (recall + specificity) / 2
};

/**
 * @brief How good a score is.
 *
 * A value is NaN where it is not defined: for one class alone, and the last three where a score is
 * not in [0, 1].
 */
struct ScoreQuality
{
  std::uint64_t positives = 0; ///< ordered ions with a score
  std::uint64_t negatives = 0; ///< other ions with a score
  std::uint64_t unknown = 0;   ///< ions without
  ConfusionCounts atThreshold;
  /** Probability that an ordered ion scores higher than another one, ties counted half. */
  double auc = 0;
  /** Mean over the ordered ions of the precision at the threshold that just finds each. */
  double averagePrecision = 0;
  double brierScore = 0; ///< mean squared difference of score and truth
  double logLoss = 0; ///< cross entropy per ion in nats, scores clipped to [2⁻²⁴, 1 − 2⁻²⁴]
  double calibrationError = 0; ///< see CalibrationBin
};

/** @brief One threshold of the receiver operating characteristic and precision–recall curves. */
struct ThresholdRow
{
  double threshold = 0;
  ConfusionCounts all;
  std::vector<ConfusionCounts> byIon; ///< as ClassificationResult::ions
};

/**
 * @brief Ions whose score is in (lower, upper]; the first bin holds 0 too.
 *
 * The expected calibration error is the mean of |observed − meanScore| over the bins, weighted by
 * their ions (M. P. Naeini, G. F. Cooper, M. Hauskrecht, AAAI 2015; bins of equal width as in C. Guo
 * et al., ICML 2017), with the probability of being ordered on the axis from 0 to 1.
 */
struct CalibrationBin
{
  double lower = 0;
  double upper = 0;
  std::uint64_t count = 0;
  std::uint64_t positives = 0;
  double meanScore = 0;     ///< NaN in an empty bin, as the next three
  double observed = 0;      ///< share of ordered ions
  double observedLower = 0; ///< Wilson's 95 % interval of observed, ions taken as independent
  double observedUpper = 0;
};

/** @brief All that ClassificationOptions ask for. */
struct ClassificationResult
{
  ScoreQuality pooled;                 ///< all ions of all specimens together
  std::vector<ScoreQuality> specimens; ///< each alone, by its number
  std::vector<ThresholdRow> thresholds;
  std::vector<CalibrationBin> calibration; ///< empty where a score is not in [0, 1]
  std::vector<ConfusionCounts> ions;       ///< at the threshold, by type; unranged ions are in none
};

/** @brief Refuses options that make no sense. @throws ParameterError naming the one, and its value */
void check(const ClassificationOptions& options);

/** @brief Is that phase one of the ordered ones? A table over all int8, indexed by phase + 128. */
std::vector<char> isOrderedPhase(const ClassificationOptions& options);

/**
 * @brief Compares scores with the truth, over all cores.
 *
 * AUC and average precision are exact: scores are sorted (sortFloats), ordered and other ions apart,
 * and the ranks counted in whole numbers (T. Fawcett, Pattern Recognit. Lett. 27 (2006) 861).
 * Time is linear in the ions; 8 bytes for each ion with a score while it runs. The answer does not
 * depend on the order of the ions, but for the last digits of calibration, nor on the threads.
 *
 * @param parts in any order
 * @param ionTypes number of types that ion refers to; larger values are in none
 * @throws ParameterError from check; Stopped
 */
ClassificationResult classify(const std::vector<ClassifiedIons>& parts, std::size_t ionTypes,
  const ClassificationOptions& options = {}, const Progress& progress = {});

} // namespace apt
