// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ClassificationMetrics.h"
#include "MeanEstimate.h"
#include "Progress.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace apt
{

/** @brief What became of one ordered domain in the answer. */
struct RecoveredDomain
{
  std::int32_t domain = 0;
  std::uint64_t ions = 0;    ///< ordered ions in it that have a score
  std::uint64_t found = 0;   ///< of these, called ordered
  std::uint64_t unknown = 0; ///< ordered ions in it that have none
  /** Of the matrix around it, as far as that is this domain's: with a score, and called ordered. */
  std::uint64_t matrixIons = 0;
  std::uint64_t matrixFound = 0;
  std::array<double, 3> centre{}; ///< nm, the mean position of its ions
  double radius = 0;              ///< nm; true, where that is known, see recoverDomains
  double recall = 0;              ///< found / ions
  double volumeRatio = 0;         ///< recovered / true size by ions, see recoverDomains
  double radiusRatio = 0;         ///< cube root of volumeRatio, with its sign
  double gyrationRatio = 0;       ///< radius of gyration of the found ions / that of all its ions
  bool atEdge = false;            ///< the specimen's surface may cut it
};

/** @brief The domains of one specimen. */
struct DomainRecovery
{
  std::vector<RecoveredDomain> domains; ///< by number
  /** Share of the matrix ions far from every domain that are called ordered. */
  double backgroundRate = 0;
};

/** @brief What the maker of a domain knows about it. */
struct DomainTruth
{
  double radius = 0; ///< nm, before any noise
  bool atEdge = false;
};

/**
 * @brief Recall and size of each domain in the answer, of one specimen.
 *
 * The size of a precipitate in atom probe data is the number of ions that belong to it, and its
 * radius that of the sphere that holds as many. So the recovered radius is that of a domain of N′
 * instead of N ions, (N′ / N)^(1/3) times the true one, whatever the domain's shape. N′ is what the
 * answer adds to the background in and about the domain: with N and M ions in the domain and the
 * matrix about it, n and m of them called ordered, and a share q of the matrix far away,
 * N′ = (n + m − q (N + M)) / (1 − q). A perfect answer gives 1; one that knows nothing (q
 * everywhere) 0, up to chance of either sign; one that swells the domain above 1; and noise that
 * blurs the border, so that as many ions are lost inside as are won outside, leaves the size as it
 * is, where recall alone would shrink it.
 *
 * The ratio of the radii of gyration tells what was lost: it stays 1 where ions are missing
 * throughout, and falls where the rim is.
 *
 * About a domain: the matrix ions nearer to it than to any other, in units of the domain's own
 * extent (Mahalanobis distance by the covariance of its ions; 1 is the surface of an ellipsoid),
 * out to 2; the background is the matrix beyond. Where less than a quarter of the matrix is that far
 * out, the reach is drawn in, in steps of 0.1, until a quarter is. NaN are: the ratios of domains of
 * fewer than 4 known ions or without a volume, and all where there are no positions.
 *
 * Without truths, radius is √(5/3) times the radius of gyration of the ions as they were measured,
 * which noise widens; and a domain is atEdge where a ball of its extent would reach out of the box
 * about all ions by more than a tenth, which noise and slanted or round surfaces hide.
 *
 * Ions of ordered phases that are in no domain are neither domain nor matrix. Takes about half a
 * kilobyte for each domain and nothing per ion. Sums over domains run on one thread, in the order
 * of the ions; the matrix, on all.
 *
 * @param parts  all of one specimen, each with domain; positions in all or in none
 * @param truths by number of the domain; domains beyond its end are taken as without
 * @throws ParameterError from check, and where a domain's number is 100 million or above; Stopped
 */
DomainRecovery recoverDomains(const std::vector<ClassifiedIons>& parts,
  const std::vector<DomainTruth>& truths = {}, const ClassificationOptions& options = {},
  const Progress& progress = {});

/**
 * @brief Recovered over true radius of the domains that are not at the edge.
 *
 * The cube root of the mean volumeRatio, each domain counting once, and of the ends of its interval:
 * chance, of either sign, is averaged out before the root, which would make a bias of it.
 */
MeanEstimate meanRadiusRatio(const std::vector<RecoveredDomain>& domains);

} // namespace apt
