// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "ClassificationMetrics.h"

#include "Error.h"
#include "FloatSort.h"
#include "MeanEstimate.h"
#include "ParallelFor.h"
#include "PartialCounts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

namespace apt
{

namespace
{

constexpr std::size_t Grain = std::size_t{ 1 } << 18;
constexpr double None = std::numeric_limits<double>::quiet_NaN();
constexpr int MaximumThresholds = 10000;
constexpr int MaximumBins = 10000;

double ratio(double part, double whole)
{
  return whole > 0 ? part / whole : None;
}

double ratio(std::uint64_t part, std::uint64_t whole)
{
  return ratio(static_cast<double>(part), static_cast<double>(whole));
}

/** Sorted scores of one class. */
struct Scores
{
  const float* begin = nullptr;
  const float* end = nullptr;

  std::size_t size() const { return static_cast<std::size_t>(end - begin); }
  /** How many are at least that. */
  std::uint64_t countFrom(float threshold) const
  {
    return static_cast<std::uint64_t>(end - std::lower_bound(begin, end, threshold));
  }
};

/** Σ term(score), the same for any number of threads: fixed pieces, summed in their order. */
template <typename Term>
double sumOf(const Scores& scores, const Term& term)
{
  std::vector<double> sums(scores.size() / Grain + 1);
  parallelFor(scores.size(), Grain,
    [&](std::size_t begin, std::size_t end)
    {
      double sum = 0;
      for (std::size_t i = begin; i < end; ++i)
      {
        sum += term(static_cast<double>(scores.begin[i]));
      }
      sums[begin / Grain] = sum;
    });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

/** Both classes of some ions. */
struct ScoresByTruth
{
  Scores positives;
  Scores negatives;

  std::size_t size() const { return positives.size() + negatives.size(); }
  float lowest() const
  {
    return std::min(
      positives.size() > 0 ? *positives.begin : std::numeric_limits<float>::infinity(),
      negatives.size() > 0 ? *negatives.begin : std::numeric_limits<float>::infinity());
  }
  float highest() const
  {
    return std::max(
      positives.size() > 0 ? positives.end[-1] : -std::numeric_limits<float>::infinity(),
      negatives.size() > 0 ? negatives.end[-1] : -std::numeric_limits<float>::infinity());
  }
  bool areProbabilities() const { return size() > 0 && lowest() >= 0 && highest() <= 1; }

  ConfusionCounts at(float threshold) const
  {
    ConfusionCounts counts;
    counts.truePositives = this->positives.countFrom(threshold);
    counts.falseNegatives = this->positives.size() - counts.truePositives;
    counts.falsePositives = this->negatives.countFrom(threshold);
    counts.trueNegatives = this->negatives.size() - counts.falsePositives;
    return counts;
  }
};

/**
 * AUC and average precision, from where each ordered ion's score stands among all: each piece
 * looks its first one up and walks on from there.
 */
void rank(const ScoresByTruth& scores, ScoreQuality& quality, const Progress& progress)
{
  const Scores& positives = scores.positives;
  const Scores& negatives = scores.negatives;
  quality.auc = None;
  quality.averagePrecision = None;
  if (positives.size() == 0)
  {
    return;
  }
  const std::size_t pieces = (positives.size() - 1) / Grain + 1;
  // Twice the pairs in the right order, ties once: below 2 · 10⁹ · 10⁹, which 64 bits hold.
  std::vector<std::uint64_t> pairs(pieces);
  std::vector<double> precisions(pieces);
  parallelFor(
    positives.size(), Grain,
    [&](std::size_t begin, std::size_t end)
    {
      const float first = positives.begin[begin];
      const float* same = std::lower_bound(positives.begin, positives.end, first);
      const float* below = std::lower_bound(negatives.begin, negatives.end, first);
      const float* upTo = below;
      for (std::size_t i = begin; i < end; ++i)
      {
        const float score = positives.begin[i];
        while (*same < score)
        {
          ++same;
        }
        while (below != negatives.end && *below < score)
        {
          ++below;
        }
        while (upTo != negatives.end && *upTo <= score)
        {
          ++upTo;
        }
        pairs[begin / Grain] +=
          static_cast<std::uint64_t>((below - negatives.begin) + (upTo - negatives.begin));
        const auto found = static_cast<double>(positives.end - same);
        precisions[begin / Grain] += found / (found + static_cast<double>(negatives.end - below));
      }
    },
    progress);
  const auto positiveCount = static_cast<double>(positives.size());
  const auto negativeCount = static_cast<double>(negatives.size());
  const std::uint64_t twice = std::accumulate(pairs.begin(), pairs.end(), std::uint64_t{ 0 });
  quality.auc = ratio(static_cast<double>(twice), 2 * positiveCount * negativeCount);
  if (negatives.size() > 0)
  {
    quality.averagePrecision =
      std::accumulate(precisions.begin(), precisions.end(), 0.0) / positiveCount;
  }
}

std::vector<CalibrationBin> calibrate(const ScoresByTruth& scores, int bins)
{
  std::vector<CalibrationBin> rows;
  ScoresByTruth rest = scores;
  for (int i = 0; i < bins; ++i)
  {
    CalibrationBin row;
    row.lower = static_cast<double>(i) / bins;
    row.upper = static_cast<double>(i + 1) / bins;
    const auto last = static_cast<float>(row.upper);
    const auto take = [last](Scores& from)
    {
      const Scores taken{ from.begin, std::upper_bound(from.begin, from.end, last) };
      from.begin = taken.end;
      return taken;
    };
    const Scores positives = take(rest.positives);
    const Scores negatives = take(rest.negatives);
    row.count = positives.size() + negatives.size();
    row.positives = positives.size();
    const auto count = static_cast<double>(row.count);
    const auto itself = [](double score) { return score; };
    row.meanScore = ratio(sumOf(positives, itself) + sumOf(negatives, itself), count);
    row.observed = ratio(row.positives, row.count);
    const Interval95 interval = wilsonInterval(static_cast<double>(row.positives), count);
    row.observedLower = interval.lower;
    row.observedUpper = interval.upper;
    rows.push_back(row);
  }
  return rows;
}

double expectedCalibrationError(const std::vector<CalibrationBin>& bins)
{
  double sum = 0;
  double whole = 0;
  for (const CalibrationBin& bin : bins)
  {
    if (bin.count > 0)
    {
      const auto count = static_cast<double>(bin.count);
      sum += count * std::abs(bin.observed - bin.meanScore);
      whole += count;
    }
  }
  return ratio(sum, whole);
}

ScoreQuality qualityOf(const ScoresByTruth& scores, std::uint64_t unknown,
  const ClassificationOptions& options, const Progress& progress)
{
  ScoreQuality quality;
  quality.positives = scores.positives.size();
  quality.negatives = scores.negatives.size();
  quality.unknown = unknown;
  quality.atThreshold = scores.at(static_cast<float>(options.threshold));
  rank(scores, quality, progress);
  quality.brierScore = None;
  quality.logLoss = None;
  quality.calibrationError = None;
  if (scores.areProbabilities())
  {
    const auto count = static_cast<double>(scores.size());
    // A float32 next to 1 is 2⁻²⁴ away from it.
    const double edge = std::ldexp(1.0, -24);
    const auto square = [](double x) { return x * x; };
    quality.brierScore = (sumOf(scores.positives, [&](double p) { return square(1 - p); }) +
                           sumOf(scores.negatives, square)) /
      count;
    quality.logLoss =
      -(sumOf(scores.positives, [&](double p) { return std::log(std::max(p, edge)); }) +
        sumOf(scores.negatives, [&](double p) { return std::log(std::max(1 - p, edge)); })) /
      count;
    quality.calibrationError = expectedCalibrationError(calibrate(scores, options.calibrationBins));
  }
  return quality;
}

/** All known scores, ordered and other ions apart, those of each specimen together. */
class GatheredScores
{
public:
  GatheredScores(const std::vector<ClassifiedIons>& parts, const std::vector<char>& isOrdered,
    const Progress& progress)
  {
    std::size_t specimens = 0;
    for (const ClassifiedIons& part : parts)
    {
      specimens = std::max(specimens, part.specimen + 1);
    }
    struct Piece
    {
      const ClassifiedIons* part;
      std::size_t begin;
      std::size_t end;
      std::size_t counts[2]; // other, ordered
      std::size_t unknown;
    };
    std::vector<Piece> pieces;
    for (std::size_t specimen = 0; specimen < specimens; ++specimen)
    {
      for (const ClassifiedIons& part : parts)
      {
        for (std::size_t at = 0; part.specimen == specimen && at < part.size; at += Grain)
        {
          pieces.push_back({ &part, at, std::min(at + Grain, part.size), { 0, 0 }, 0 });
        }
      }
    }
    // Calls visit(truth, score) for each ion with a score.
    const auto forEachKnown = [&isOrdered](const Piece& piece, const auto& visit)
    {
      for (std::size_t i = piece.begin; i < piece.end; ++i)
      {
        const float score = piece.part->score[i];
        if (!std::isnan(score))
        {
          // Adding 0 makes −0 and +0 one.
          visit(isOrdered[static_cast<std::size_t>(piece.part->phase[i] + 128)], score + 0.0f);
        }
      }
    };
    parallelFor(
      pieces.size(), 1,
      [&](std::size_t index, std::size_t)
      {
        Piece& piece = pieces[index];
        forEachKnown(piece, [&](char truth, float) { ++piece.counts[truth != 0]; });
        piece.unknown = piece.end - piece.begin - piece.counts[0] - piece.counts[1];
      },
      subProgress(progress, 0, 0.4));

    for (std::vector<std::size_t>& starts : this->Starts)
    {
      starts.assign(specimens + 1, 0);
    }
    this->Unknown.assign(specimens, 0);
    for (const Piece& piece : pieces)
    {
      const std::size_t specimen = piece.part->specimen;
      this->Starts[0][specimen + 1] += piece.counts[0];
      this->Starts[1][specimen + 1] += piece.counts[1];
      this->Unknown[specimen] += piece.unknown;
    }
    std::size_t next[2] = { 0, 0 };
    for (Piece& piece : pieces)
    {
      for (std::size_t truth = 0; truth < 2; ++truth)
      {
        const std::size_t own = piece.counts[truth];
        piece.counts[truth] = next[truth];
        next[truth] += own;
      }
    }
    for (std::size_t truth = 0; truth < 2; ++truth)
    {
      std::partial_sum(
        this->Starts[truth].begin(), this->Starts[truth].end(), this->Starts[truth].begin());
      this->Values[truth].resize(next[truth]);
    }
    parallelFor(
      pieces.size(), 1,
      [&](std::size_t index, std::size_t)
      {
        const Piece& piece = pieces[index];
        float* to[2] = { this->Values[0].data() + piece.counts[0],
          this->Values[1].data() + piece.counts[1] };
        forEachKnown(piece, [&](char truth, float score) { *to[truth != 0]++ = score; });
      },
      subProgress(progress, 0.4, 1));
    this->Room.resize(std::max(next[0], next[1]));
  }

  std::size_t specimens() const { return this->Unknown.size(); }
  std::uint64_t unknown(std::size_t specimen) const { return this->Unknown[specimen]; }
  std::uint64_t unknown() const
  {
    return std::accumulate(this->Unknown.begin(), this->Unknown.end(), std::uint64_t{ 0 });
  }

  /** The scores of the specimens from first to before last, sorted. */
  ScoresByTruth sorted(std::size_t first, std::size_t last, const Progress& progress)
  {
    for (std::size_t truth = 0; truth < 2; ++truth)
    {
      const std::size_t begin = this->Starts[truth][first];
      const double part = static_cast<double>(truth) / 2;
      sortFloats(this->Values[truth].data() + begin, this->Room.data(),
        this->Starts[truth][last] - begin, subProgress(progress, part, part + 0.5));
    }
    return this->inOrder(first, last);
  }

  /** The same, where they are sorted already. */
  ScoresByTruth inOrder(std::size_t first, std::size_t last) const
  {
    const auto of = [&](std::size_t truth)
    {
      const float* const values = this->Values[truth].data();
      return Scores{ values + this->Starts[truth][first], values + this->Starts[truth][last] };
    };
    return { of(1), of(0) };
  }

private:
  std::vector<float> Values[2];       // other, ordered
  std::vector<std::size_t> Starts[2]; // of each specimen, and an end
  std::vector<std::uint64_t> Unknown; // of each specimen
  std::vector<float> Room;
};

std::vector<double> thresholdsFor(const ScoresByTruth& scores, int count)
{
  double lower = 0;
  double upper = 1;
  if (scores.size() > 0 && !scores.areProbabilities())
  {
    constexpr auto limit = static_cast<double>(std::numeric_limits<float>::max());
    lower = std::clamp(static_cast<double>(scores.lowest()), -limit, limit);
    upper = std::clamp(static_cast<double>(scores.highest()), -limit, limit);
  }
  std::vector<double> thresholds;
  for (int i = 0; i < count; ++i)
  {
    thresholds.push_back(lower + (upper - lower) * i / (count - 1));
  }
  return thresholds;
}

/** Fills byIon of each threshold, and ions at the one threshold. */
void countByIon(const std::vector<ClassifiedIons>& parts, std::size_t ionTypes,
  const std::vector<char>& isOrdered, float threshold, ClassificationResult& result,
  const Progress& progress)
{
  result.ions.resize(ionTypes);
  for (ThresholdRow& row : result.thresholds)
  {
    row.byIon.resize(ionTypes);
  }
  std::vector<float> thresholds;
  for (const ThresholdRow& row : result.thresholds)
  {
    thresholds.push_back(static_cast<float>(row.threshold));
  }
  // Of each type and truth: ions by how many thresholds they reach, and those that reach the one.
  const std::size_t own = thresholds.size() + 2;
  PartialCounts partial(2 * ionTypes * own);
  std::size_t whole = 0;
  for (const ClassifiedIons& part : parts)
  {
    whole += part.size;
  }
  std::size_t before = 0;
  for (const ClassifiedIons& part : parts)
  {
    if (part.ion && ionTypes > 0)
    {
      const auto share = [whole](std::size_t ions)
      { return static_cast<double>(ions) / static_cast<double>(whole); };
      parallelFor(
        part.size, Grain,
        [&](std::size_t begin, std::size_t end)
        {
          std::unique_ptr<Counts> counts = partial.take();
          for (std::size_t i = begin; i < end; ++i)
          {
            const float score = part.score[i];
            const std::int16_t type = part.ion[i];
            if (std::isnan(score) || type < 0 || static_cast<std::size_t>(type) >= ionTypes)
            {
              continue;
            }
            const std::size_t truth = isOrdered[static_cast<std::size_t>(part.phase[i] + 128)] != 0;
            std::uint64_t* const row =
              counts->data() + (2 * static_cast<std::size_t>(type) + truth) * own;
            const auto reached = std::upper_bound(thresholds.begin(), thresholds.end(), score);
            ++row[reached - thresholds.begin()];
            row[own - 1] += score >= threshold;
          }
          partial.giveBack(std::move(counts));
        },
        subProgress(progress, share(before), share(before + part.size)));
    }
    before += part.size;
  }
  const Counts counts = partial.sum();
  const auto split =
    [](ConfusionCounts& confusion, std::size_t truth, std::uint64_t called, std::uint64_t all)
  {
    (truth ? confusion.truePositives : confusion.falsePositives) = called;
    (truth ? confusion.falseNegatives : confusion.trueNegatives) = all - called;
  };
  for (std::size_t type = 0; type < ionTypes; ++type)
  {
    for (std::size_t truth = 0; truth < 2; ++truth)
    {
      const std::uint64_t* const row = counts.data() + (2 * type + truth) * own;
      const std::uint64_t all = std::accumulate(row, row + own - 1, std::uint64_t{ 0 });
      split(result.ions[type], truth, row[own - 1], all);
      std::uint64_t called = 0;
      for (std::size_t i = thresholds.size(); i-- > 0;)
      {
        called += row[i + 1];
        split(result.thresholds[i].byIon[type], truth, called, all);
      }
    }
  }
}

} // namespace

double ConfusionCounts::recall() const
{
  return ratio(this->truePositives, this->truePositives + this->falseNegatives);
}

double ConfusionCounts::precision() const
{
  return ratio(this->truePositives, this->truePositives + this->falsePositives);
}

double ConfusionCounts::f1() const
{
  return ratio(
    2 * this->truePositives, 2 * this->truePositives + this->falsePositives + this->falseNegatives);
}

double ConfusionCounts::specificity() const
{
  return ratio(this->trueNegatives, this->trueNegatives + this->falsePositives);
}

double ConfusionCounts::binarisedAuc() const
{
  return (this->recall() + this->specificity()) / 2;
}

void check(const ClassificationOptions& options)
{
  if (!std::isfinite(options.threshold))
  {
    throw ParameterError("Threshold", std::to_string(options.threshold), "a finite number");
  }
  if (options.thresholdCount < 2 || options.thresholdCount > MaximumThresholds)
  {
    throw ParameterError("NumberOfThresholds", std::to_string(options.thresholdCount),
      "2 to " + std::to_string(MaximumThresholds));
  }
  if (options.calibrationBins < 1 || options.calibrationBins > MaximumBins)
  {
    throw ParameterError("NumberOfCalibrationBins", std::to_string(options.calibrationBins),
      "1 to " + std::to_string(MaximumBins));
  }
  if (options.orderedPhases.empty())
  {
    throw ParameterError("OrderedPhases", "empty", "one phase or more, such as 1");
  }
  for (const int phase : options.orderedPhases)
  {
    if (phase < -128 || phase > 127)
    {
      throw ParameterError("OrderedPhases", std::to_string(phase), "numbers from -128 to 127");
    }
  }
}

std::vector<char> isOrderedPhase(const ClassificationOptions& options)
{
  std::vector<char> isOrdered(256, 0);
  for (const int phase : options.orderedPhases)
  {
    isOrdered[static_cast<std::size_t>(phase + 128)] = 1;
  }
  return isOrdered;
}

ClassificationResult classify(const std::vector<ClassifiedIons>& parts, std::size_t ionTypes,
  const ClassificationOptions& options, const Progress& progress)
{
  check(options);
  const std::vector<char> isOrdered = isOrderedPhase(options);
  ClassificationResult result;
  GatheredScores gathered(parts, isOrdered, subProgress(progress, 0, 0.1));

  const std::size_t specimens = gathered.specimens();
  for (std::size_t i = 0; i < specimens; ++i)
  {
    const double share = 0.4 / static_cast<double>(specimens);
    const Progress own = subProgress(
      progress, 0.1 + static_cast<double>(i) * share, 0.1 + static_cast<double>(i + 1) * share);
    result.specimens.push_back(qualityOf(gathered.sorted(i, i + 1, subProgress(own, 0, 0.8)),
      gathered.unknown(i), options, subProgress(own, 0.8, 1)));
  }
  const ScoresByTruth all = specimens == 1
    ? gathered.inOrder(0, 1)
    : gathered.sorted(0, specimens, subProgress(progress, 0.5, 0.8));
  result.pooled = specimens == 1
    ? result.specimens[0]
    : qualityOf(all, gathered.unknown(), options, subProgress(progress, 0.8, 0.9));
  if (all.areProbabilities())
  {
    result.calibration = calibrate(all, options.calibrationBins);
  }
  for (const double threshold : thresholdsFor(all, options.thresholdCount))
  {
    result.thresholds.push_back({ threshold, all.at(static_cast<float>(threshold)), {} });
  }
  countByIon(parts, ionTypes, isOrdered, static_cast<float>(options.threshold), result,
    subProgress(progress, 0.9, 1));
  return result;
}

} // namespace apt
