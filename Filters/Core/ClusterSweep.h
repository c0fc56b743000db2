// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ClusterSearch.h"
#include "Progress.h"

#include <cstdint>
#include <vector>

namespace apt
{

/** @brief The parameters that are tried. */
struct ClusterSweepOptions
{
  double lowestSeparation = 0.2; ///< nm, above 0
  double highestSeparation = 1;  ///< nm, not below the lowest
  int separationSteps = 17;      ///< both ends included, 1 to 1000
  std::int64_t lowestSize = 3;   ///< ions, at least 1
  std::int64_t highestSize = 12; ///< ions, not below the lowest
  int sizeSteps = 4;             ///< both ends included, 1 to 100; sizes are rounded
  std::uint64_t seed = 1;        ///< of the control
};

/** @brief Clusters at one separation, of one minimum size. */
struct ClusterCount
{
  std::uint64_t clusters = 0;
  std::uint64_t ions = 0; ///< in them
};

/** @brief What clusterSweep counts. Entry [i × sizes.size() + j] is for separation i and size j. */
struct ClusterSweep
{
  std::vector<double> separations;     ///< nm
  std::vector<std::int64_t> sizes;     ///< minimum sizes, ions
  std::vector<ClusterCount> counts;    ///< in the data
  std::vector<ClusterCount> inControl; ///< with the selected ions put at random among the ranged
};

/**
 * @brief Counts clusters for many separations and minimum sizes at once, in the data and in a
 * control, without envelope and erosion.
 *
 * In the control the identities of the ranged ions are shuffled (see IonShuffle.h): the same
 * positions, and as many selected ions, at random among them.
 *
 * MaximumSeparation walks once over the pairs within the highest separation. Each pair of ions i, j
 * hangs together from separation max(d_ij, c_i, c_j) on, where c is the distance of the neighbour
 * that makes an ion a core ion (0 for the first neighbour); the walk keeps, of all pairs, a forest
 * of at most one per ion that hangs together at every separation as all pairs do (merge tree by
 * D. Smirnov, D. Morozov, Triplet merge trees, TopoInVis 2017, lock-free). From that the clusters at
 * ever higher separations come by union, and minimum sizes by counting. Time grows with the pairs
 * within the highest separation, which are estimated first; at most 32 bytes per selected ion.
 * DBSCAN searches anew at each separation, since border ions change theirs.
 *
 * The same for any number of threads.
 *
 * @param search only its method and what makes a core ion count here
 * @throws ParameterError where an option is out of bounds, and as clusterSearch; Stopped
 */
ClusterSweep clusterSweep(const ClusterIons& ions, const ClusterSearchOptions& search,
  const ClusterSweepOptions& options, const Progress& progress = {});

} // namespace apt
