// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "DomainRecovery.h"

#include "Error.h"
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

constexpr std::size_t Grain = std::size_t{ 1 } << 16;
constexpr double None = std::numeric_limits<double>::quiet_NaN();
constexpr std::int32_t HighestDomain = 100000000;
constexpr std::size_t Shells = 20;     // of the matrix about a domain,
constexpr double ShellsPerExtent = 10; // each a tenth of the domain's extent wide
constexpr double Reach = Shells / ShellsPerExtent;
constexpr double BackgroundShare = 0.25; // of the matrix, at least
constexpr double CutBeyond = 1.1;        // of its extent, a domain fits into the box about the ions

using Vector = std::array<double, 3>;

/** Count, sum and products of positions: xx, yy, zz, xy, xz, yz. */
struct Moments
{
  double count = 0;
  Vector sum{};
  std::array<double, 6> products{};

  void add(const Vector& p)
  {
    ++this->count;
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      this->sum[axis] += p[axis];
      this->products[axis] += p[axis] * p[axis];
    }
    this->products[3] += p[0] * p[1];
    this->products[4] += p[0] * p[2];
    this->products[5] += p[1] * p[2];
  }

  Vector mean() const
  {
    return { this->sum[0] / this->count, this->sum[1] / this->count, this->sum[2] / this->count };
  }

  std::array<double, 6> covariance() const
  {
    const Vector m = this->mean();
    const std::array<double, 6> means = { m[0] * m[0], m[1] * m[1], m[2] * m[2], m[0] * m[1],
      m[0] * m[2], m[1] * m[2] };
    std::array<double, 6> result{};
    for (std::size_t i = 0; i < 6; ++i)
    {
      result[i] = this->products[i] / this->count - means[i];
    }
    return result;
  }

  double squaredGyrationRadius() const
  {
    const std::array<double, 6> c = this->covariance();
    return c[0] + c[1] + c[2];
  }
};

/** The ellipsoid that has the moments of a domain's ions when it is filled evenly. */
struct Ellipsoid
{
  Vector centre{};
  Vector half{};                   // nm, of the upright box about it
  std::array<double, 6> inverse{}; // of 5 × covariance, as Moments::products

  /** 1 on the surface, by the square; the centre is 0. */
  double squaredLevel(const Vector& p) const
  {
    const Vector d = { p[0] - this->centre[0], p[1] - this->centre[1], p[2] - this->centre[2] };
    const std::array<double, 6>& m = this->inverse;
    return d[0] * d[0] * m[0] + d[1] * d[1] * m[1] + d[2] * d[2] * m[2] +
      2 * (d[0] * d[1] * m[3] + d[0] * d[2] * m[4] + d[1] * d[2] * m[5]);
  }
};

/** @return whether the moments are those of a body with a volume */
bool fit(const Moments& moments, Ellipsoid& ellipsoid)
{
  if (moments.count < 4)
  {
    return false;
  }
  std::array<double, 6> c = moments.covariance();
  for (double& value : c)
  {
    value *= 5; // a ball's half axis² / variance
  }
  const double size = c[0] + c[1] + c[2];
  const std::array<double, 6> cofactors = { c[1] * c[2] - c[5] * c[5], c[0] * c[2] - c[4] * c[4],
    c[0] * c[1] - c[3] * c[3], c[4] * c[5] - c[3] * c[2], c[3] * c[5] - c[4] * c[1],
    c[3] * c[4] - c[0] * c[5] };
  const double determinant = c[0] * cofactors[0] + c[3] * cofactors[3] + c[4] * cofactors[4];
  if (!(determinant > 1e-9 * size * size * size))
  {
    return false;
  }
  ellipsoid.centre = moments.mean();
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    ellipsoid.half[axis] = std::sqrt(c[axis]);
  }
  for (std::size_t i = 0; i < 6; ++i)
  {
    ellipsoid.inverse[i] = cofactors[i] / determinant;
  }
  return true;
}

/** Cells that list the ellipsoids which come within Reach of them. */
class EllipsoidLookup
{
public:
  static constexpr std::size_t Nothing = std::numeric_limits<std::size_t>::max();

  /** @param exists which of them to look at */
  EllipsoidLookup(const std::vector<Ellipsoid>& ellipsoids, const std::vector<char>& exists)
    : Ellipsoids(ellipsoids)
  {
    Vector upper;
    upper.fill(-std::numeric_limits<double>::infinity());
    this->Lower.fill(std::numeric_limits<double>::infinity());
    double widest = 0;
    double count = 0;
    for (std::size_t i = 0; i < ellipsoids.size(); ++i)
    {
      for (std::size_t axis = 0; exists[i] && axis < 3; ++axis)
      {
        const double half = Reach * ellipsoids[i].half[axis];
        this->Lower[axis] = std::min(this->Lower[axis], ellipsoids[i].centre[axis] - half);
        upper[axis] = std::max(upper[axis], ellipsoids[i].centre[axis] + half);
        widest += half;
      }
      count += exists[i];
    }
    if (count == 0)
    {
      return;
    }
    // Half a mean ellipsoid's reach, but no more cells than a few for each ellipsoid.
    double volume = 1;
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      volume *= upper[axis] - this->Lower[axis];
    }
    this->Edge = std::max(widest / (3 * count) / 2, std::cbrt(volume / (64 * count + 1000)));
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      this->Size[axis] =
        static_cast<std::size_t>((upper[axis] - this->Lower[axis]) / this->Edge) + 1;
    }
    this->Begin.assign(this->Size[0] * this->Size[1] * this->Size[2] + 1, 0);
    const auto forEachCell = [&](std::size_t i, const auto& visit)
    {
      std::array<std::size_t, 3> first{};
      std::array<std::size_t, 3> last{};
      for (std::size_t axis = 0; axis < 3; ++axis)
      {
        const double half = Reach * ellipsoids[i].half[axis];
        const auto cellOf = [&](double x)
        {
          const double cell = (x - this->Lower[axis]) / this->Edge;
          return std::min(static_cast<std::size_t>(std::max(0.0, cell)), this->Size[axis] - 1);
        };
        first[axis] = cellOf(ellipsoids[i].centre[axis] - half);
        last[axis] = cellOf(ellipsoids[i].centre[axis] + half);
      }
      for (std::size_t z = first[2]; exists[i] && z <= last[2]; ++z)
      {
        for (std::size_t y = first[1]; y <= last[1]; ++y)
        {
          for (std::size_t x = first[0]; x <= last[0]; ++x)
          {
            visit((z * this->Size[1] + y) * this->Size[0] + x);
          }
        }
      }
    };
    for (std::size_t i = 0; i < ellipsoids.size(); ++i)
    {
      forEachCell(i, [&](std::size_t cell) { ++this->Begin[cell + 1]; });
    }
    std::partial_sum(this->Begin.begin(), this->Begin.end(), this->Begin.begin());
    this->Listed.resize(this->Begin.back());
    std::vector<std::size_t> next(this->Begin.begin(), this->Begin.end() - 1);
    for (std::size_t i = 0; i < ellipsoids.size(); ++i)
    {
      forEachCell(
        i, [&](std::size_t cell) { this->Listed[next[cell]++] = static_cast<std::uint32_t>(i); });
    }
  }

  /** The ellipsoid of the lowest level at p, below Reach, the earlier of equals; or Nothing. */
  std::size_t nearest(const Vector& p, double& level) const
  {
    std::size_t cell = 0;
    for (std::size_t axis = 3; axis-- > 0;)
    {
      const double at = (p[axis] - this->Lower[axis]) / this->Edge;
      if (!(at >= 0 && at < static_cast<double>(this->Size[axis])))
      {
        return Nothing; // NaN, too
      }
      cell = cell * this->Size[axis] + static_cast<std::size_t>(at);
    }
    std::size_t found = Nothing;
    double lowest = Reach * Reach;
    for (std::size_t i = this->Begin[cell]; i < this->Begin[cell + 1]; ++i)
    {
      const double squared = this->Ellipsoids[this->Listed[i]].squaredLevel(p);
      if (squared < lowest)
      {
        lowest = squared;
        found = this->Listed[i];
      }
    }
    level = std::sqrt(lowest);
    return found;
  }

private:
  const std::vector<Ellipsoid>& Ellipsoids;
  Vector Lower{};
  double Edge = 1;
  std::array<std::size_t, 3> Size{}; // cells
  std::vector<std::size_t> Begin;    // of each cell in Listed, and an end
  std::vector<std::uint32_t> Listed;
};

Vector positionOf(const ClassifiedIons& part, std::size_t i)
{
  const float* const p = part.positions + 3 * i;
  return { static_cast<double>(p[0]), static_cast<double>(p[1]), static_cast<double>(p[2]) };
}

bool isFinite(const Vector& p)
{
  return std::isfinite(p[0]) && std::isfinite(p[1]) && std::isfinite(p[2]);
}

/** Matrix ions by whose they are and how far out, those with a score and those called ordered. */
struct Surroundings
{
  Counts counts; // [domain][shell][called or not]
  std::uint64_t farIons = 0;
  std::uint64_t farFound = 0;

  std::uint64_t& at(std::size_t domain, std::size_t shell, bool called)
  {
    return this->counts[(domain * Shells + shell) * 2 + called];
  }
};

class Recovery
{
public:
  Recovery(const std::vector<ClassifiedIons>& parts, const std::vector<DomainTruth>& truths,
    const ClassificationOptions& options)
    : Parts(parts)
    , Truths(truths)
    , IsOrdered(isOrderedPhase(options))
    , Threshold(static_cast<float>(options.threshold))
  {
    for (const ClassifiedIons& part : parts)
    {
      this->Whole += part.size;
      this->HasPositions = this->HasPositions && (part.positions || part.size == 0);
    }
  }

  DomainRecovery run(const Progress& progress)
  {
    this->numberDomains();
    this->addUpDomains(subProgress(progress, 0, 0.4));
    const std::size_t size = this->Result.domains.size();
    std::vector<Ellipsoid> ellipsoids(size);
    std::vector<char> exists(size);
    for (std::size_t i = 0; i < size; ++i)
    {
      exists[i] = fit(this->All[i], ellipsoids[i]);
    }
    const EllipsoidLookup lookup(ellipsoids, exists);
    Surroundings around = this->lookAround(lookup, subProgress(progress, 0.4, 1));
    const std::size_t shells = this->reachFor(around);
    for (std::size_t i = 0; i < size; ++i)
    {
      this->measure(i, exists[i] ? &ellipsoids[i] : nullptr, around, shells);
    }
    return std::move(this->Result);
  }

private:
  bool isOrdered(const ClassifiedIons& part, std::size_t i) const
  {
    return this->IsOrdered[static_cast<std::size_t>(part.phase[i] + 128)] != 0;
  }

  void numberDomains()
  {
    std::int32_t highest = -1;
    for (const ClassifiedIons& part : this->Parts)
    {
      for (std::size_t i = 0; i < part.size; ++i)
      {
        if (part.domain[i] > highest && this->isOrdered(part, i))
        {
          highest = part.domain[i];
        }
      }
    }
    if (highest >= HighestDomain)
    {
      throw ParameterError("the highest number in Domain", std::to_string(highest),
        "below " + std::to_string(HighestDomain));
    }
    this->IndexOf.assign(static_cast<std::size_t>(highest + 1), -1);
    for (const ClassifiedIons& part : this->Parts)
    {
      for (std::size_t i = 0; i < part.size; ++i)
      {
        if (part.domain[i] >= 0 && this->isOrdered(part, i))
        {
          this->IndexOf[static_cast<std::size_t>(part.domain[i])] = 0;
        }
      }
    }
    for (std::size_t number = 0; number < this->IndexOf.size(); ++number)
    {
      if (this->IndexOf[number] == 0)
      {
        this->IndexOf[number] = static_cast<std::int32_t>(this->Result.domains.size());
        RecoveredDomain domain;
        domain.domain = static_cast<std::int32_t>(number);
        this->Result.domains.push_back(domain);
      }
    }
  }

  void addUpDomains(const Progress& progress)
  {
    this->All.resize(this->Result.domains.size());
    this->Found.resize(this->Result.domains.size());
    this->Lower.fill(std::numeric_limits<double>::infinity());
    this->Upper.fill(-std::numeric_limits<double>::infinity());
    std::size_t done = 0;
    for (const ClassifiedIons& part : this->Parts)
    {
      for (std::size_t i = 0; i < part.size; ++i, ++done)
      {
        if (progress && done % (1 << 22) == 0 &&
          !progress(static_cast<double>(done) / static_cast<double>(this->Whole)))
        {
          throw Stopped();
        }
        Vector p{ None, None, None };
        if (this->HasPositions)
        {
          p = positionOf(part, i);
          for (std::size_t axis = 0; isFinite(p) && axis < 3; ++axis)
          {
            this->Lower[axis] = std::min(this->Lower[axis], p[axis]);
            this->Upper[axis] = std::max(this->Upper[axis], p[axis]);
          }
        }
        if (part.domain[i] < 0 || !this->isOrdered(part, i))
        {
          continue;
        }
        const auto index =
          static_cast<std::size_t>(this->IndexOf[static_cast<std::size_t>(part.domain[i])]);
        RecoveredDomain& domain = this->Result.domains[index];
        const float score = part.score[i];
        if (std::isnan(score))
        {
          ++domain.unknown;
          continue;
        }
        const bool called = score >= this->Threshold;
        ++domain.ions;
        domain.found += called;
        if (isFinite(p))
        {
          this->All[index].add(p);
          if (called)
          {
            this->Found[index].add(p);
          }
        }
      }
    }
  }

  Surroundings lookAround(const EllipsoidLookup& lookup, const Progress& progress) const
  {
    Surroundings around;
    around.counts.assign(this->Result.domains.size() * Shells * 2, 0);
    std::uint64_t far[2] = { 0, 0 };
    std::size_t before = 0;
    for (const ClassifiedIons& part : this->Parts)
    {
      if (!this->HasPositions)
      {
        break;
      }
      const auto share = [this](std::size_t ions)
      { return static_cast<double>(ions) / static_cast<double>(this->Whole); };
      parallelFor(
        part.size, Grain,
        [&](std::size_t begin, std::size_t end)
        {
          std::uint64_t beyond[2] = { 0, 0 };
          for (std::size_t i = begin; i < end; ++i)
          {
            const float score = part.score[i];
            const Vector p = positionOf(part, i);
            if (std::isnan(score) || this->isOrdered(part, i) || !isFinite(p))
            {
              continue;
            }
            const bool called = score >= this->Threshold;
            double level = 0;
            const std::size_t domain = lookup.nearest(p, level);
            if (domain == EllipsoidLookup::Nothing)
            {
              ++beyond[called];
              continue;
            }
            const auto shell =
              std::min(static_cast<std::size_t>(level * ShellsPerExtent), Shells - 1);
            // Seldom contended; std::atomic_ref comes with C++20.
            __atomic_fetch_add(&around.at(domain, shell, called), 1, __ATOMIC_RELAXED);
          }
          __atomic_fetch_add(&far[0], beyond[0], __ATOMIC_RELAXED);
          __atomic_fetch_add(&far[1], beyond[1], __ATOMIC_RELAXED);
        },
        subProgress(progress, share(before), share(before + part.size)));
      before += part.size;
    }
    around.farFound = far[1];
    around.farIons = far[0] + far[1];
    return around;
  }

  /** How many shells are about the domains; what is beyond becomes the background. */
  std::size_t reachFor(Surroundings& around)
  {
    std::array<std::array<std::uint64_t, 2>, Shells> whole{};
    std::uint64_t matrix = around.farIons;
    for (std::size_t domain = 0; domain < this->Result.domains.size(); ++domain)
    {
      for (std::size_t shell = 0; shell < Shells; ++shell)
      {
        for (const bool called : { false, true })
        {
          whole[shell][called] += around.at(domain, shell, called);
          matrix += around.at(domain, shell, called);
        }
      }
    }
    std::size_t shells = Shells;
    while (shells > 0 &&
      static_cast<double>(around.farIons) < BackgroundShare * static_cast<double>(matrix))
    {
      --shells;
      around.farIons += whole[shells][0] + whole[shells][1];
      around.farFound += whole[shells][1];
    }
    this->Result.backgroundRate = around.farIons > 0
      ? static_cast<double>(around.farFound) / static_cast<double>(around.farIons)
      : 0;
    return shells;
  }

  void measure(
    std::size_t index, const Ellipsoid* ellipsoid, Surroundings& around, std::size_t shells)
  {
    RecoveredDomain& domain = this->Result.domains[index];
    const Moments& all = this->All[index];
    const auto ions = static_cast<double>(domain.ions);
    domain.recall = domain.ions > 0 ? static_cast<double>(domain.found) / ions : None;
    domain.centre = all.count > 0 ? all.mean() : Vector{ None, None, None };
    domain.radius = all.count > 1 ? std::sqrt(5.0 / 3 * all.squaredGyrationRadius()) : None;
    domain.volumeRatio = None;
    domain.radiusRatio = None;
    domain.gyrationRatio = None;
    const auto number = static_cast<std::size_t>(domain.domain);
    const bool isKnown = number < this->Truths.size();
    if (isKnown)
    {
      domain.radius = this->Truths[number].radius;
      domain.atEdge = this->Truths[number].atEdge;
    }
    if (!ellipsoid)
    {
      return;
    }
    for (std::size_t shell = 0; shell < shells; ++shell)
    {
      domain.matrixFound += around.at(index, shell, true);
      domain.matrixIons += around.at(index, shell, false) + around.at(index, shell, true);
    }
    const double background = this->Result.backgroundRate;
    if (background < 1)
    {
      const double found = static_cast<double>(domain.found + domain.matrixFound) -
        background * static_cast<double>(domain.ions + domain.matrixIons);
      domain.volumeRatio = found / ((1 - background) * ions);
      domain.radiusRatio = std::cbrt(domain.volumeRatio);
    }
    const Moments& found = this->Found[index];
    if (found.count > 1)
    {
      domain.gyrationRatio =
        std::sqrt(std::max(0.0, found.squaredGyrationRadius()) / all.squaredGyrationRadius());
    }
    for (std::size_t axis = 0; !isKnown && axis < 3; ++axis)
    {
      const double room =
        std::min(domain.centre[axis] - this->Lower[axis], this->Upper[axis] - domain.centre[axis]);
      domain.atEdge = domain.atEdge || ellipsoid->half[axis] > CutBeyond * room;
    }
  }

  const std::vector<ClassifiedIons>& Parts;
  const std::vector<DomainTruth>& Truths;
  std::vector<char> IsOrdered;
  float Threshold;
  std::size_t Whole = 0;
  bool HasPositions = true;
  std::vector<std::int32_t> IndexOf; // by number of the domain
  std::vector<Moments> All;
  std::vector<Moments> Found;
  Vector Lower{}; // of all ions
  Vector Upper{};
  DomainRecovery Result;
};

} // namespace

DomainRecovery recoverDomains(const std::vector<ClassifiedIons>& parts,
  const std::vector<DomainTruth>& truths, const ClassificationOptions& options,
  const Progress& progress)
{
  check(options);
  return Recovery(parts, truths, options).run(progress);
}

MeanEstimate meanRadiusRatio(const std::vector<RecoveredDomain>& domains)
{
  std::vector<double> ratios;
  for (const RecoveredDomain& domain : domains)
  {
    if (!domain.atEdge)
    {
      ratios.push_back(domain.volumeRatio);
    }
  }
  MeanEstimate estimate = estimateMean(ratios);
  estimate.mean = std::cbrt(estimate.mean);
  // dr/dv = 1 / (3 r²)
  estimate.standardError /= 3 * estimate.mean * estimate.mean;
  estimate.lower = std::cbrt(estimate.lower);
  estimate.upper = std::cbrt(estimate.upper);
  return estimate;
}

} // namespace apt
