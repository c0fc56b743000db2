// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "ClassificationMetrics.h"

#include "Error.h"
#include "MeanEstimate.h"
#include "ParallelFor.h"
#include "Random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

namespace
{

constexpr float Unknown = std::numeric_limits<float>::quiet_NaN();

/** Scores and truth that can be handed over as a part. */
struct Sample
{
  std::vector<float> score;
  std::vector<std::int8_t> phase;
  std::vector<std::int16_t> ion;

  apt::ClassifiedIons part(std::size_t specimen = 0) const
  {
    apt::ClassifiedIons ions;
    ions.size = this->score.size();
    ions.specimen = specimen;
    ions.score = this->score.data();
    ions.phase = this->phase.data();
    ions.ion = this->ion.data();
    return ions;
  }
};

/** What the truth has to do with the score, of seeded numbers. */
enum class Kind
{
  Calibrated, ///< the probability of being ordered is the score
  Shifted,    ///< it is the square of it
  Tied        ///< calibrated, the scores rounded to eighths, a tenth of them unknown
};

Sample makeSample(std::size_t count, Kind kind, std::uint64_t seed = 1)
{
  const apt::Random random(seed);
  Sample sample;
  for (std::size_t i = 0; i < count; ++i)
  {
    const apt::Random::Words words = random.words(apt::Purpose::Species, i);
    double score = apt::uniform(words[0]);
    sample.phase.push_back(
      apt::uniform(words[1]) < (kind == Kind::Shifted ? score * score : score) ? 1 : 0);
    if (kind == Kind::Tied)
    {
      score = std::round(score * 8) / 8;
    }
    sample.score.push_back(
      kind == Kind::Tied && words[2] % 10 == 0 ? Unknown : static_cast<float>(score));
    sample.ion.push_back(static_cast<std::int16_t>(static_cast<int>(words[3] % 4) - 1));
  }
  return sample;
}

/** The definition: over all pairs of an ordered and another ion. */
double aucByPairs(const Sample& sample)
{
  double sum = 0;
  double pairs = 0;
  for (std::size_t i = 0; i < sample.score.size(); ++i)
  {
    for (std::size_t j = 0; j < sample.score.size(); ++j)
    {
      const float a = sample.score[i];
      const float b = sample.score[j];
      if (sample.phase[i] == 1 && sample.phase[j] != 1 && !std::isnan(a) && !std::isnan(b))
      {
        sum += a > b ? 1 : a == b ? 0.5 : 0;
        ++pairs;
      }
    }
  }
  return sum / pairs;
}

apt::ConfusionCounts countAt(const Sample& sample, float threshold, int ion = -2)
{
  apt::ConfusionCounts counts;
  for (std::size_t i = 0; i < sample.score.size(); ++i)
  {
    if (std::isnan(sample.score[i]) || (ion != -2 && sample.ion[i] != ion))
    {
      continue;
    }
    const bool called = sample.score[i] >= threshold;
    const bool truth = sample.phase[i] == 1;
    ++(truth ? (called ? counts.truePositives : counts.falseNegatives)
             : (called ? counts.falsePositives : counts.trueNegatives));
  }
  return counts;
}

/** The definition: precision times the step of recall, down over the distinct scores. */
double averagePrecisionBySteps(const Sample& sample)
{
  std::vector<float> scores;
  std::copy_if(sample.score.begin(), sample.score.end(), std::back_inserter(scores),
    [](float score) { return !std::isnan(score); });
  std::sort(scores.begin(), scores.end(), std::greater<float>());
  scores.erase(std::unique(scores.begin(), scores.end()), scores.end());
  double sum = 0;
  double recall = 0;
  for (const float score : scores)
  {
    const apt::ConfusionCounts counts = countAt(sample, score);
    sum += (counts.recall() - recall) * counts.precision();
    recall = counts.recall();
  }
  return sum;
}

bool operator==(const apt::ConfusionCounts& a, const apt::ConfusionCounts& b)
{
  return a.truePositives == b.truePositives && a.falsePositives == b.falsePositives &&
    a.trueNegatives == b.trueNegatives && a.falseNegatives == b.falseNegatives;
}

apt::ScoreQuality qualityOf(const Sample& sample)
{
  return apt::classify({ sample.part() }, 3).pooled;
}

} // namespace

TEST(ClassificationMetrics, AucIsTheShareOfPairsInTheRightOrder)
{
  for (const Kind kind : { Kind::Calibrated, Kind::Tied })
  {
    for (const std::size_t count : { 2, 17, 300, 6000 })
    {
      const Sample sample = makeSample(count, kind, count);
      const double expected = aucByPairs(sample);
      if (!std::isnan(expected))
      {
        EXPECT_NEAR(qualityOf(sample).auc, expected, 1e-14) << count;
      }
    }
  }
}

TEST(ClassificationMetrics, RanksAreRightAcrossThePiecesOfAParallelRun)
{
  // More than one piece of the loop over the ordered ions, ties across their border; by counting.
  const Sample sample = makeSample(1200000, Kind::Tied);
  std::vector<double> positives(9);
  std::vector<double> negatives(9);
  for (std::size_t i = 0; i < sample.score.size(); ++i)
  {
    if (!std::isnan(sample.score[i]))
    {
      const auto level = static_cast<std::size_t>(sample.score[i] * 8);
      ++(sample.phase[i] ? positives : negatives)[level];
    }
  }
  double pairs = 0;
  double below = 0;
  for (std::size_t level = 0; level < 9; ++level)
  {
    pairs += positives[level] * (below + negatives[level] / 2);
    below += negatives[level];
  }
  const double all = std::accumulate(positives.begin(), positives.end(), 0.0);
  EXPECT_NEAR(qualityOf(sample).auc, pairs / all / below, 1e-14);
  EXPECT_NEAR(qualityOf(sample).averagePrecision, averagePrecisionBySteps(sample), 1e-9);
}

TEST(ClassificationMetrics, AucOfAllTiesIsOneHalf)
{
  Sample sample = makeSample(1000, Kind::Calibrated);
  std::fill(sample.score.begin(), sample.score.end(), 0.3f);
  EXPECT_EQ(qualityOf(sample).auc, 0.5);
  // Zero has two signs and is one score.
  for (std::size_t i = 0; i < sample.score.size(); ++i)
  {
    sample.score[i] = i % 3 == 0 ? -0.0f : 0.0f;
  }
  EXPECT_EQ(qualityOf(sample).auc, 0.5);
}

TEST(ClassificationMetrics, AucDependsOnTheOrderOfScoresOnly)
{
  Sample sample = makeSample(5000, Kind::Calibrated);
  const double auc = qualityOf(sample).auc;
  for (float& score : sample.score)
  {
    score = std::log(score) * 1e6f;
  }
  EXPECT_NEAR(qualityOf(sample).auc, auc, 1e-6); // rounding may tie a few
  for (float& score : sample.score)
  {
    score = -score;
  }
  EXPECT_NEAR(qualityOf(sample).auc, 1 - auc, 1e-6);
}

TEST(ClassificationMetrics, AveragePrecisionIsThatOfItsDefinition)
{
  for (const Kind kind : { Kind::Calibrated, Kind::Tied })
  {
    const Sample sample = makeSample(700, kind);
    EXPECT_NEAR(qualityOf(sample).averagePrecision, averagePrecisionBySteps(sample), 1e-12);
  }
}

TEST(ClassificationMetrics, ThresholdsCountEveryIonOnce)
{
  const Sample sample = makeSample(4000, Kind::Tied);
  apt::ClassificationOptions options;
  options.threshold = 0.625;
  options.thresholdCount = 41;
  const apt::ClassificationResult result = apt::classify({ sample.part() }, 3, options);
  ASSERT_EQ(result.thresholds.size(), 41u);
  for (const apt::ThresholdRow& row : result.thresholds)
  {
    const auto threshold = static_cast<float>(row.threshold);
    EXPECT_TRUE(row.all == countAt(sample, threshold)) << threshold;
    for (int ion = 0; ion < 3; ++ion)
    {
      EXPECT_TRUE(row.byIon[static_cast<std::size_t>(ion)] == countAt(sample, threshold, ion));
    }
  }
  EXPECT_EQ(result.thresholds.front().threshold, 0);
  EXPECT_EQ(result.thresholds.front().all.recall(), 1);
  EXPECT_EQ(result.thresholds.back().threshold, 1);
  for (int ion = 0; ion < 3; ++ion)
  {
    EXPECT_TRUE(result.ions[static_cast<std::size_t>(ion)] == countAt(sample, 0.625f, ion));
  }
  const apt::ConfusionCounts own = countAt(sample, 0.625f);
  EXPECT_TRUE(result.pooled.atThreshold == own);
  // The AUC of the answer made 0 or 1, by pairs.
  Sample binary = sample;
  for (float& score : binary.score)
  {
    score = std::isnan(score) ? score : static_cast<float>(score >= 0.625f);
  }
  EXPECT_NEAR(own.binarisedAuc(), aucByPairs(binary), 1e-14);
}

TEST(ClassificationMetrics, UnknownIonsAreLeftOutAndCounted)
{
  Sample sample = makeSample(3000, Kind::Calibrated);
  const apt::ScoreQuality without = qualityOf(sample);
  Sample with = sample;
  for (int i = 0; i < 500; ++i)
  {
    with.score.push_back(Unknown);
    with.phase.push_back(static_cast<std::int8_t>(i % 2));
    with.ion.push_back(1);
  }
  const apt::ScoreQuality quality = qualityOf(with);
  EXPECT_EQ(quality.unknown, 500u);
  EXPECT_EQ(without.unknown, 0u);
  EXPECT_EQ(quality.positives + quality.negatives, 3000u);
  EXPECT_EQ(quality.auc, without.auc);
  EXPECT_EQ(quality.brierScore, without.brierScore);
}

TEST(ClassificationMetrics, ScoresOfACalibratedAnswerAreWhatTheoryGives)
{
  // A probability p uniform in (0, 1) that is right: ∫ p (1 − p) dp = 1/6, and ½ nat.
  const Sample sample = makeSample(400000, Kind::Calibrated);
  const apt::ScoreQuality quality = qualityOf(sample);
  EXPECT_NEAR(quality.brierScore, 1.0 / 6, 0.001);
  EXPECT_NEAR(quality.logLoss, 0.5, 0.003);
  EXPECT_NEAR(quality.auc, 5.0 / 6, 0.002);
  EXPECT_LT(quality.calibrationError, 0.004);

  // Truth p² where p is said: ∫ (p − p²) dp = 1/6 off.
  EXPECT_NEAR(qualityOf(makeSample(400000, Kind::Shifted)).calibrationError, 1.0 / 6, 0.004);
}

TEST(ClassificationMetrics, CalibrationBinsHoldTheirUpperEdge)
{
  Sample sample;
  sample.score = { 0, 0.1f, 0.25f, 0.26f, 0.5f, 1, 1 };
  sample.phase = { 0, 1, 0, 1, 1, 1, 0 };
  sample.ion.assign(7, 0);
  apt::ClassificationOptions options;
  options.calibrationBins = 4;
  const apt::ClassificationResult result = apt::classify({ sample.part() }, 1, options);
  ASSERT_EQ(result.calibration.size(), 4u);
  const std::uint64_t counts[] = { 3, 2, 0, 2 };
  const std::uint64_t positives[] = { 1, 2, 0, 1 };
  for (std::size_t i = 0; i < 4; ++i)
  {
    EXPECT_EQ(result.calibration[i].count, counts[i]);
    EXPECT_EQ(result.calibration[i].positives, positives[i]);
  }
  EXPECT_NEAR(result.calibration[0].meanScore, 0.35 / 3, 1e-7);
  EXPECT_TRUE(std::isnan(result.calibration[2].observed));
  EXPECT_NEAR(result.pooled.calibrationError,
    (std::abs(1 - 0.35) + std::abs(2 - 0.76) + std::abs(1 - 2.0)) / 7, 1e-7);
  EXPECT_LT(result.calibration[0].observedLower, 1.0 / 3);
  EXPECT_GT(result.calibration[0].observedUpper, 1.0 / 3);
}

TEST(ClassificationMetrics, OrderOfIonsAndThreadsDoNotMatter)
{
  const Sample sample = makeSample(900000, Kind::Calibrated);
  Sample turned = sample;
  std::reverse(turned.score.begin(), turned.score.end());
  std::reverse(turned.phase.begin(), turned.phase.end());
  std::reverse(turned.ion.begin(), turned.ion.end());
  const auto run = [](const Sample& ions, int threads)
  {
    const apt::ThreadLimit limit(threads);
    return apt::classify({ ions.part() }, 3);
  };
  const apt::ClassificationResult first = run(sample, 1);
  for (const apt::ClassificationResult& other : { run(sample, 4), run(turned, 3) })
  {
    EXPECT_EQ(first.pooled.auc, other.pooled.auc);
    EXPECT_EQ(first.pooled.averagePrecision, other.pooled.averagePrecision);
    EXPECT_EQ(first.pooled.brierScore, other.pooled.brierScore);
    EXPECT_EQ(first.pooled.logLoss, other.pooled.logLoss);
    EXPECT_EQ(first.pooled.calibrationError, other.pooled.calibrationError);
    EXPECT_TRUE(first.thresholds[30].byIon[2] == other.thresholds[30].byIon[2]);
  }
}

TEST(ClassificationMetrics, EachSpecimenIsWhatItIsAlone)
{
  std::vector<Sample> samples;
  Sample together;
  for (std::uint64_t seed = 1; seed <= 3; ++seed)
  {
    samples.push_back(makeSample(2000 * seed, Kind::Tied, seed));
    const Sample& own = samples.back();
    together.score.insert(together.score.end(), own.score.begin(), own.score.end());
    together.phase.insert(together.phase.end(), own.phase.begin(), own.phase.end());
    together.ion.insert(together.ion.end(), own.ion.begin(), own.ion.end());
  }
  // The second in two parts, and they come in any order.
  apt::ClassifiedIons half = samples[1].part(1);
  apt::ClassifiedIons rest = half;
  half.size = 1500;
  rest.size -= half.size;
  rest.score += half.size;
  rest.phase += half.size;
  rest.ion += half.size;
  const apt::ClassificationResult result =
    apt::classify({ rest, samples[2].part(2), samples[0].part(0), half }, 3);
  ASSERT_EQ(result.specimens.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i)
  {
    const apt::ScoreQuality alone = qualityOf(samples[i]);
    EXPECT_EQ(result.specimens[i].auc, alone.auc);
    EXPECT_EQ(result.specimens[i].averagePrecision, alone.averagePrecision);
    EXPECT_EQ(result.specimens[i].calibrationError, alone.calibrationError);
    EXPECT_EQ(result.specimens[i].unknown, alone.unknown);
    EXPECT_TRUE(result.specimens[i].atThreshold == alone.atThreshold);
  }
  const apt::ScoreQuality pooled = qualityOf(together);
  EXPECT_EQ(result.pooled.auc, pooled.auc);
  EXPECT_EQ(result.pooled.unknown, pooled.unknown);
  EXPECT_TRUE(result.pooled.atThreshold == pooled.atThreshold);
}

TEST(ClassificationMetrics, IntervalsOverSpecimensHoldTheTruth)
{
  // Eight specimens each, whose AUC is 5/6 in truth: some 95 % of 300 intervals hold it.
  int held = 0;
  constexpr int trials = 300;
  for (std::uint64_t trial = 0; trial < trials; ++trial)
  {
    std::vector<Sample> samples;
    std::vector<apt::ClassifiedIons> parts;
    for (std::uint64_t i = 0; i < 8; ++i)
    {
      samples.push_back(makeSample(400, Kind::Calibrated, 8 * trial + i));
    }
    for (std::size_t i = 0; i < 8; ++i)
    {
      parts.push_back(samples[i].part(i));
    }
    std::vector<double> values;
    for (const apt::ScoreQuality& quality : apt::classify(parts, 0).specimens)
    {
      values.push_back(quality.auc);
    }
    const apt::MeanEstimate estimate = apt::estimateMean(values);
    held += estimate.lower < 5.0 / 6 && 5.0 / 6 < estimate.upper;
  }
  EXPECT_NEAR(held / static_cast<double>(trials), 0.95, 0.04);
}

TEST(ClassificationMetrics, OneClassAloneHasNoAucAndNoError)
{
  Sample sample = makeSample(1000, Kind::Calibrated);
  std::fill(sample.phase.begin(), sample.phase.end(), std::int8_t{ 0 });
  apt::ScoreQuality quality = qualityOf(sample);
  EXPECT_TRUE(std::isnan(quality.auc));
  EXPECT_TRUE(std::isnan(quality.averagePrecision));
  EXPECT_TRUE(std::isnan(quality.atThreshold.recall()));
  EXPECT_TRUE(std::isnan(quality.atThreshold.binarisedAuc()));
  EXPECT_FALSE(std::isnan(quality.brierScore));
  std::fill(sample.phase.begin(), sample.phase.end(), std::int8_t{ 1 });
  quality = qualityOf(sample);
  EXPECT_TRUE(std::isnan(quality.auc));
  EXPECT_TRUE(std::isnan(quality.averagePrecision));
  EXPECT_EQ(quality.atThreshold.precision(), 1);
}

TEST(ClassificationMetrics, NoIonsOrNoKnownOnesGiveNoValues)
{
  Sample sample = makeSample(50, Kind::Calibrated);
  std::fill(sample.score.begin(), sample.score.end(), Unknown);
  for (const apt::ClassificationResult& result : { apt::classify({}, 2),
         apt::classify({ apt::ClassifiedIons{} }, 2), apt::classify({ sample.part() }, 2) })
  {
    EXPECT_EQ(result.pooled.positives + result.pooled.negatives, 0u);
    EXPECT_TRUE(std::isnan(result.pooled.auc));
    EXPECT_TRUE(std::isnan(result.pooled.brierScore));
    EXPECT_TRUE(result.calibration.empty());
    EXPECT_EQ(result.thresholds.size(), 101u);
    EXPECT_EQ(result.ions.size(), 2u);
  }
}

TEST(ClassificationMetrics, ScoresThatAreNoProbabilitiesHaveRanksButNoCalibration)
{
  Sample sample = makeSample(2000, Kind::Calibrated);
  for (float& score : sample.score)
  {
    score = 10 * score - 3;
  }
  sample.score[7] = std::numeric_limits<float>::infinity();
  const apt::ClassificationResult result = apt::classify({ sample.part() }, 3);
  EXPECT_NEAR(result.pooled.auc, aucByPairs(sample), 1e-14);
  EXPECT_TRUE(std::isnan(result.pooled.brierScore));
  EXPECT_TRUE(std::isnan(result.pooled.logLoss));
  EXPECT_TRUE(std::isnan(result.pooled.calibrationError));
  EXPECT_TRUE(result.calibration.empty());
  EXPECT_LT(result.thresholds.front().threshold, -2.9);
  EXPECT_EQ(result.thresholds.front().all.recall(), 1);
}

TEST(ClassificationMetrics, TheUserSaysWhichPhasesAreOrdered)
{
  Sample sample;
  sample.score = { 0.9f, 0.8f, 0.2f, 0.1f };
  sample.phase = { 1, 2, 0, 3 };
  sample.ion.assign(4, 0);
  apt::ClassificationOptions options;
  EXPECT_EQ(apt::classify({ sample.part() }, 1, options).pooled.positives, 1u);
  options.orderedPhases = { 1, 3 };
  const apt::ScoreQuality quality = apt::classify({ sample.part() }, 1, options).pooled;
  EXPECT_EQ(quality.positives, 2u);
  EXPECT_EQ(quality.auc, 0.5);
}

TEST(ClassificationMetrics, OptionsThatMakeNoSenseAreNamed)
{
  const auto refusal = [](const auto& change)
  {
    apt::ClassificationOptions options;
    change(options);
    try
    {
      apt::classify({}, 0, options);
    }
    catch (const apt::ParameterError& error)
    {
      return std::string(error.what());
    }
    return std::string();
  };
  using Options = apt::ClassificationOptions;
  EXPECT_NE(refusal([](Options& o) { o.threshold = NAN; }).find("Threshold"), std::string::npos);
  EXPECT_NE(refusal([](Options& o) { o.thresholdCount = 1; }).find("is 1;"), std::string::npos);
  EXPECT_NE(refusal([](Options& o) { o.thresholdCount = 1 << 30; }).find("NumberOfThresholds"),
    std::string::npos);
  EXPECT_NE(refusal([](Options& o) { o.calibrationBins = 0; }).find("NumberOfCalibrationBins"),
    std::string::npos);
  EXPECT_NE(
    refusal([](Options& o) { o.orderedPhases.clear(); }).find("OrderedPhases"), std::string::npos);
  EXPECT_NE(refusal([](Options& o) { o.orderedPhases = { 300 }; }).find("300"), std::string::npos);
}

TEST(ClassificationMetrics, StopsWhenAsked)
{
  const Sample sample = makeSample(600000, Kind::Calibrated);
  int calls = 0;
  EXPECT_THROW(
    apt::classify({ sample.part() }, 3, {}, [&](double) { return ++calls < 5; }), apt::Stopped);
}
