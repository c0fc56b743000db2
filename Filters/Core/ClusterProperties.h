// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ClusterSearch.h"
#include "Progress.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace apt
{

/** @brief What turns a number of detected atoms into a volume. */
struct ClusterPropertiesOptions
{
  double detectionEfficiency = 0.5; ///< above 0, at most 1
  double atomicDensity = 60.2;      ///< atoms per nm³ (aluminium), above 0
};

/** @brief What there is to say about one cluster. */
struct ClusterProperties
{
  std::uint64_t ions = 0;
  std::uint64_t atoms = 0;               ///< molecular ions taken apart
  std::vector<std::uint64_t> ionsOfType; ///< by ion type
  std::array<double, 3> centre{};        ///< nm: mean position of its ions
  double radiusOfGyration = 0;           ///< nm: sqrt(Σ |r − centre|² / ions)
  /** nm: of the ball (3 atoms / (4 π density efficiency))^(1/3). */
  double equivalentRadius = 0;
  std::array<double, 3> extent{}; ///< nm: edges of the smallest box along the axes around its ions
  bool touchesEdge = false;       ///< see EdgeOfCloud

  /** @brief Share of its ions that are of that type, molecular ions as they are. */
  double fraction(std::size_t type) const;
  /** @brief 1σ of fraction from counting, binomial: sqrt(c (1 − c) / ions). */
  double fractionError(std::size_t type) const;
};

/**
 * @brief Says which ions are at the edge of the ions that are ranged.
 *
 * Space is cut into cubes of such a size that those with an ion in them hold about 40 ranged ions on
 * average. An ion is at the edge where its own cube, or one of the 26 around it, holds fewer than
 * 10. So edges are found whatever the shape of the specimen, around voids too, in a layer of about
 * a quarter to one and a quarter of a cube (1.1 nm at 30 ions per nm³).
 *
 * The size is that for which 40 = ions × volume of a cube / volume of the cubes with an ion, where
 * the latter volume is found with cubes made so from the box around all ions. Where that is mostly
 * empty (an ion very far from the rest), cubes stay larger. O(n) over all cores; 4 bytes per cube.
 */
class EdgeOfCloud
{
public:
  /** @throws ParameterError where a coordinate of a ranged ion is not finite; Stopped */
  EdgeOfCloud(const ClusterIons& ions, const Progress& progress = {});

  /** @brief Whether a ranged ion is at the edge. */
  bool isAtEdge(const float* position) const;

  /** @brief Edge of the cubes, nm; 0 where there are no two places. */
  double cubeEdge() const { return this->Edge; }

private:
  void fill(const ClusterIons& ions, const Progress& progress);
  std::array<std::int64_t, 3> cubeOf(const float* position) const;
  bool isFull(std::int64_t x, std::int64_t y, std::int64_t z) const;

  std::array<double, 3> Lower{};
  std::array<double, 3> Extent{};
  double Edge = 0;
  std::array<std::int64_t, 3> Cubes{ 1, 1, 1 };
  std::vector<std::uint32_t> Counts;
};

/**
 * @brief Atoms in an ion of each type, by its name: 2 for H2, 1 where the name is no formula.
 */
std::vector<std::uint64_t> atomsByName(const std::vector<std::string>& names);

/**
 * @brief Describes each cluster.
 *
 * Sums are made in double in the order of the ions: the same for any number of threads. 4 bytes per
 * ion that is in a cluster.
 * @param clusterId    as clusterSearch gives it
 * @param clusterSizes as clusterSearch gives them
 * @param atomsOfType  atoms in an ion of each type, as atomsByName gives them; a type beyond its end
 * has one, and is in no entry of ionsOfType
 * @throws ParameterError where an option is out of bounds; Stopped
 */
std::vector<ClusterProperties> describeClusters(const ClusterIons& ions,
  const std::int32_t* clusterId, const std::vector<std::uint64_t>& clusterSizes,
  const std::vector<std::uint64_t>& atomsOfType, const ClusterPropertiesOptions& options,
  const Progress& progress = {});

} // namespace apt
