// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "DomainRecovery.h"

#include "Error.h"
#include "ParallelFor.h"
#include "Random.h"
#include "SyntheticSpecimen.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

namespace
{

using Point = std::array<double, 3>;

/** Ions strewn over a box about the origin, with balls of order in it. */
struct Balls
{
  std::vector<float> positions;
  std::vector<std::int8_t> phase;
  std::vector<std::int32_t> domain;
  std::vector<float> score;

  apt::ClassifiedIons part() const
  {
    apt::ClassifiedIons ions;
    ions.size = this->phase.size();
    ions.score = this->score.data();
    ions.phase = this->phase.data();
    ions.domain = this->domain.data();
    ions.positions = this->positions.data();
    return ions;
  }
};

constexpr double Half = 6; // nm, of the box

struct Ball
{
  Point centre;
  double radius;
};

const std::vector<Ball> ThreeBalls = { { { -3, -3, -2 }, 2 }, { { 3, 2.5, -3 }, 1.5 },
  { { 0, 1, 3 }, 2.4 } };

/** @param score of an ion, by its position and a uniform random number */
Balls strew(std::size_t count, const std::vector<Ball>& balls,
  const std::function<double(const Point&, double)>& score)
{
  const apt::Random random(3);
  Balls ions;
  for (std::size_t i = 0; i < count; ++i)
  {
    const apt::Random::Words words = random.words(apt::Purpose::Position, i);
    Point p;
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      p[axis] = apt::uniform(words[axis], -Half, Half);
      ions.positions.push_back(static_cast<float>(p[axis]));
    }
    std::int32_t domain = -1;
    for (std::size_t ball = 0; ball < balls.size(); ++ball)
    {
      const Point& c = balls[ball].centre;
      if (std::hypot(p[0] - c[0], p[1] - c[1], p[2] - c[2]) < balls[ball].radius)
      {
        domain = static_cast<std::int32_t>(ball);
      }
    }
    ions.phase.push_back(domain >= 0);
    ions.domain.push_back(domain);
    ions.score.push_back(static_cast<float>(score(p, apt::uniform(words[3]))));
  }
  return ions;
}

/** Scores that call ordered what is within so many radii of a ball, with that error rate outside. */
std::function<double(const Point&, double)> scaledBalls(
  const std::vector<Ball>& balls, double scale, double errors = 0)
{
  return [&balls, scale, errors](const Point& p, double random)
  {
    for (const Ball& ball : balls)
    {
      const Point& c = ball.centre;
      if (std::hypot(p[0] - c[0], p[1] - c[1], p[2] - c[2]) < scale * ball.radius)
      {
        return 1.0;
      }
    }
    return random < errors ? 0.9 : 0.1;
  };
}

apt::DomainRecovery recover(const Balls& balls)
{
  return apt::recoverDomains({ balls.part() });
}

} // namespace

TEST(DomainRecovery, AnAnswerOfKnownRadiusGivesThatRadiusBack)
{
  for (const double scale : { 0.5, 0.7, 0.85, 1.0, 1.2, 1.4 })
  {
    const apt::DomainRecovery recovery =
      recover(strew(150000, ThreeBalls, scaledBalls(ThreeBalls, scale)));
    ASSERT_EQ(recovery.domains.size(), 3u);
    EXPECT_NEAR(recovery.backgroundRate, 0, 1e-4);
    for (std::size_t i = 0; i < 3; ++i)
    {
      const apt::RecoveredDomain& domain = recovery.domains[i];
      // Counts are good to their root.
      const double error = 4 / std::sqrt(static_cast<double>(domain.found + domain.matrixFound));
      EXPECT_NEAR(domain.volumeRatio, std::pow(scale, 3), error * std::pow(scale, 3));
      EXPECT_NEAR(domain.radiusRatio, scale, error / 3 * scale) << i;
      EXPECT_NEAR(domain.gyrationRatio, std::min(scale, 1.0), 0.02);
      EXPECT_NEAR(domain.recall, std::min(1.0, std::pow(scale, 3)), 0.04);
      EXPECT_NEAR(domain.radius, ThreeBalls[i].radius, 0.03);
      EXPECT_FALSE(domain.atEdge);
      for (std::size_t axis = 0; axis < 3; ++axis)
      {
        EXPECT_NEAR(domain.centre[axis], ThreeBalls[i].centre[axis], 0.1);
      }
    }
    const apt::MeanEstimate mean = apt::meanRadiusRatio(recovery.domains);
    EXPECT_EQ(mean.count, 3u);
    EXPECT_NEAR(mean.mean, scale, 0.025 * scale);
  }
}

TEST(DomainRecovery, TheBackgroundIsTakenOff)
{
  for (const double errors : { 0.1, 0.3 })
  {
    const apt::DomainRecovery recovery =
      recover(strew(200000, ThreeBalls, scaledBalls(ThreeBalls, 0.8, errors)));
    EXPECT_NEAR(recovery.backgroundRate, errors, 0.01);
    EXPECT_NEAR(apt::meanRadiusRatio(recovery.domains).mean, 0.8, 0.03);
  }
}

TEST(DomainRecovery, AnAnswerThatKnowsNothingRecoversNothing)
{
  const apt::DomainRecovery recovery =
    recover(strew(150000, ThreeBalls, [](const Point&, double random) { return random; }));
  EXPECT_NEAR(recovery.backgroundRate, 0.5, 0.01);
  for (const apt::RecoveredDomain& domain : recovery.domains)
  {
    EXPECT_NEAR(domain.recall, 0.5, 0.06);
    EXPECT_NEAR(domain.volumeRatio, 0, 0.15);
  }
}

TEST(DomainRecovery, TheMeanRatioHasNoBiasOfSmallCounts)
{
  // Balls of some 25 ions, half of which, and a fifth of the matrix, are called ordered: single
  // ratios scatter by a third, and the cube roots' mean would be far off.
  std::vector<Ball> balls;
  for (int i = 0; i < 125; ++i)
  {
    balls.push_back({ { (i % 5 - 2) * 2.2, (i / 5 % 5 - 2) * 2.2, (i / 25 - 2) * 2.2 }, 0.5 });
  }
  const auto answer = [&balls](const Point& p, double random)
  { return scaledBalls(balls, 1)(p, 1) > 0.5 ? random < 0.6 : random < 0.2; };
  const apt::DomainRecovery recovery = recover(strew(90000, balls, answer));
  const apt::MeanEstimate mean = apt::meanRadiusRatio(recovery.domains);
  EXPECT_EQ(mean.count, 125u);
  EXPECT_NEAR(mean.mean, std::cbrt(0.4 / 0.8), 3 * mean.standardError);
  EXPECT_LT(mean.standardError, 0.03);
  EXPECT_LT(mean.lower, mean.mean);
  EXPECT_GT(mean.upper, mean.mean);
}

TEST(DomainRecovery, IonsMissingThroughoutLeaveTheRadiusOfGyration)
{
  const auto sieve = [](const Point& p, double random)
  { return random < 0.5 ? scaledBalls(ThreeBalls, 1)(p, random) : 0.0; };
  for (const apt::RecoveredDomain& domain : recover(strew(150000, ThreeBalls, sieve)).domains)
  {
    EXPECT_NEAR(domain.radiusRatio, std::cbrt(0.5), 0.02);
    EXPECT_NEAR(domain.gyrationRatio, 1, 0.02);
  }
}

TEST(DomainRecovery, DomainsCutByTheEdgeAreToldAndLeftOut)
{
  const std::vector<Ball> balls = { { { 6, 0, 0 }, 2 }, { { -5, -5, -5 }, 1.5 }, { { 0, 0, 0 }, 2 },
    { { 0, 0, 4 }, 1.9 } };
  const apt::DomainRecovery recovery = recover(strew(200000, balls, scaledBalls(balls, 0.8)));
  EXPECT_TRUE(recovery.domains[0].atEdge);
  EXPECT_TRUE(recovery.domains[1].atEdge);
  EXPECT_FALSE(recovery.domains[2].atEdge);
  EXPECT_FALSE(recovery.domains[3].atEdge);
  EXPECT_EQ(apt::meanRadiusRatio(recovery.domains).count, 2u);
}

TEST(DomainRecovery, EveryIonBelongsToOneDomainOrToTheBackground)
{
  const Balls balls = strew(50000, ThreeBalls, scaledBalls(ThreeBalls, 1));
  const apt::DomainRecovery recovery = recover(balls);
  std::uint64_t inDomains = 0;
  std::uint64_t about = 0;
  for (const apt::RecoveredDomain& domain : recovery.domains)
  {
    inDomains += domain.ions;
    about += domain.matrixIons;
    // Within two radii lies seven times the ball, less what other domains and the box take.
    EXPECT_LT(domain.matrixIons, 7.5 * static_cast<double>(domain.ions));
    EXPECT_GT(domain.matrixIons, domain.ions);
  }
  std::uint64_t expected = 0;
  for (const std::int32_t domain : balls.domain)
  {
    expected += domain >= 0;
  }
  EXPECT_EQ(inDomains, expected);
  EXPECT_LT(about, 50000 - inDomains);
}

TEST(DomainRecovery, WhereDomainsFillTheBoxAQuarterOfTheMatrixIsBackground)
{
  const std::vector<Ball> balls = { { { 0, 0, 0 }, 5 } };
  const Balls ions = strew(50000, balls, scaledBalls(balls, 0.9, 0.1));
  const apt::DomainRecovery recovery = recover(ions);
  std::uint64_t matrix = 0;
  for (const std::int32_t domain : ions.domain)
  {
    matrix += domain < 0;
  }
  const auto background = static_cast<double>(matrix - recovery.domains[0].matrixIons);
  EXPECT_GT(background, 0.25 * static_cast<double>(matrix));
  EXPECT_LT(background, 0.5 * static_cast<double>(matrix));
  EXPECT_NEAR(recovery.domains[0].radiusRatio, 0.9, 0.03);
}

TEST(DomainRecovery, UnknownIonsAreLeftOutAndCounted)
{
  Balls balls = strew(60000, ThreeBalls, scaledBalls(ThreeBalls, 0.8));
  std::uint64_t unknown = 0;
  for (std::size_t i = 0; i < balls.score.size(); i += 3)
  {
    balls.score[i] = std::numeric_limits<float>::quiet_NaN();
    unknown += balls.domain[i] >= 0;
  }
  const apt::DomainRecovery recovery = recover(balls);
  for (const apt::RecoveredDomain& domain : recovery.domains)
  {
    unknown -= domain.unknown;
    EXPECT_NEAR(domain.radiusRatio, 0.8, 0.03);
  }
  EXPECT_EQ(unknown, 0u);
}

TEST(DomainRecovery, ThreadsAndPartsDoNotMatter)
{
  const Balls balls = strew(200000, ThreeBalls, scaledBalls(ThreeBalls, 0.8, 0.2));
  apt::ClassifiedIons first = balls.part();
  apt::ClassifiedIons second = first;
  first.size = 70000;
  second.size -= first.size;
  second.score += first.size;
  second.phase += first.size;
  second.domain += first.size;
  second.positions += 3 * first.size;
  const auto run = [](const std::vector<apt::ClassifiedIons>& parts, int threads)
  {
    const apt::ThreadLimit limit(threads);
    return apt::recoverDomains(parts);
  };
  const apt::DomainRecovery expected = run({ balls.part() }, 1);
  for (const apt::DomainRecovery& other : { run({ balls.part() }, 4), run({ first, second }, 3) })
  {
    EXPECT_EQ(expected.backgroundRate, other.backgroundRate);
    for (std::size_t i = 0; i < expected.domains.size(); ++i)
    {
      EXPECT_EQ(expected.domains[i].radiusRatio, other.domains[i].radiusRatio);
      EXPECT_EQ(expected.domains[i].gyrationRatio, other.domains[i].gyrationRatio);
      EXPECT_EQ(expected.domains[i].matrixIons, other.domains[i].matrixIons);
    }
  }
}

TEST(DomainRecovery, APerfectAnswerRecoversASpecimenWithBlurredBorders)
{
  apt::SyntheticSpecimenOptions options;
  options.edgeLength = 16;
  const apt::SyntheticSpecimen specimen(options, 0);
  const std::size_t size = specimen.count(0, 1);
  Balls ions;
  ions.positions.resize(3 * size);
  ions.phase.resize(size);
  ions.domain.resize(size);
  apt::SyntheticSpecimen::Destination to;
  to.positions = ions.positions.data();
  to.phase = ions.phase.data();
  to.domain = ions.domain.data();
  specimen.fill(0, 1, to);
  ions.score.assign(ions.phase.begin(), ions.phase.end());
  std::vector<apt::DomainTruth> truths;
  for (const apt::Domain& domain : specimen.domains())
  {
    truths.push_back({ domain.radius, specimen.depth(domain) < 0 });
  }
  const apt::DomainRecovery recovery = apt::recoverDomains({ ions.part() }, truths);
  EXPECT_LE(recovery.domains.size(), specimen.domains().size()); // some are cut to nothing
  int inside = 0;
  for (const apt::RecoveredDomain& domain : recovery.domains)
  {
    EXPECT_EQ(domain.recall, 1);
    if (!std::isnan(domain.radiusRatio))
    {
      EXPECT_DOUBLE_EQ(domain.radiusRatio, 1);
      EXPECT_DOUBLE_EQ(domain.gyrationRatio, 1);
    }
    EXPECT_EQ(domain.radius, specimen.domains()[static_cast<std::size_t>(domain.domain)].radius);
    EXPECT_EQ(domain.atEdge, truths[static_cast<std::size_t>(domain.domain)].atEdge);
    inside += !domain.atEdge;
  }
  EXPECT_GT(inside, 10);
  EXPECT_LT(inside, static_cast<int>(recovery.domains.size()) - 10);
  EXPECT_DOUBLE_EQ(apt::meanRadiusRatio(recovery.domains).mean, 1);

  // Measured on the ions, radii are a little wider.
  for (const apt::RecoveredDomain& domain : recover(ions).domains)
  {
    const apt::DomainTruth& truth = truths[static_cast<std::size_t>(domain.domain)];
    if (!truth.atEdge)
    {
      EXPECT_GT(domain.radius, truth.radius * 0.95);
      EXPECT_LT(domain.radius, truth.radius + 0.6);
    }
  }
}

TEST(DomainRecovery, DegenerateCloudsGiveNoRatioAndNoCrash)
{
  // None; one ion; all in one place; in a plane; positions that are no numbers; no positions.
  EXPECT_TRUE(apt::recoverDomains({}).domains.empty());
  Balls one;
  one.positions = { 1, 2, 3 };
  one.phase = { 1 };
  one.domain = { 7 };
  one.score = { 0.9f };
  apt::DomainRecovery recovery = recover(one);
  ASSERT_EQ(recovery.domains.size(), 1u);
  EXPECT_EQ(recovery.domains[0].domain, 7);
  EXPECT_EQ(recovery.domains[0].recall, 1);
  EXPECT_TRUE(std::isnan(recovery.domains[0].radiusRatio));

  Balls many = strew(5000, ThreeBalls, scaledBalls(ThreeBalls, 0.8));
  Balls changed = many;
  std::fill(changed.positions.begin(), changed.positions.end(), 1.0f);
  EXPECT_TRUE(std::isnan(recover(changed).domains[0].radiusRatio));
  changed = many;
  for (std::size_t i = 2; i < changed.positions.size(); i += 3)
  {
    changed.positions[i] = 0;
  }
  EXPECT_TRUE(std::isnan(recover(changed).domains[0].radiusRatio));
  std::fill(changed.positions.begin(), changed.positions.end(), NAN);
  EXPECT_TRUE(std::isnan(recover(changed).domains[0].radiusRatio));
  EXPECT_GT(recover(changed).domains[0].recall, 0.4);
  apt::ClassifiedIons bare = many.part();
  bare.positions = nullptr;
  recovery = apt::recoverDomains({ bare });
  EXPECT_TRUE(std::isnan(recovery.domains[0].radiusRatio));
  EXPECT_EQ(recovery.domains[0].recall, recover(many).domains[0].recall);
}

TEST(DomainRecovery, RefusesNumbersThatNoSpecimenHas)
{
  Balls balls = strew(100, ThreeBalls, scaledBalls(ThreeBalls, 1));
  balls.phase[5] = 1;
  balls.domain[5] = std::numeric_limits<std::int32_t>::max();
  EXPECT_THROW(recover(balls), apt::ParameterError);
}
