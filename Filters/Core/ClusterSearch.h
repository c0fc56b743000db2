// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Progress.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace apt
{

/** @brief What makes a cluster. */
enum class ClusterMethod
{
  /**
   * Core ions that hang together (J. M. Hyde, C. A. English 2000; A. Vaumousse, A. Cerezo, P. J.
   * Warren, Ultramicroscopy 95 (2003) 215; with an order as the core linkage of L. T. Stephenson et
   * al., Microsc. Microanal. 13 (2007) 448).
   */
  MaximumSeparation,
  /** The same, and the ions at its border (M. Ester et al., KDD 1996). */
  DBSCAN
};

/**
 * @brief An ion cloud and which of its ions the clusters are made of.
 *
 * An ion that is unranged takes no part in anything. Of the others those that are *selected* make
 * the clusters; the rest can only be added by an envelope.
 */
struct ClusterIons
{
  std::size_t size = 0;                 ///< ions, below 2³¹
  const float* positions = nullptr;     ///< size × 3, nm
  const std::int16_t* type = nullptr;   ///< size values: the ion type, negative = unranged
  std::vector<bool> selectedTypes;      ///< by ion type; empty = all
  const std::int8_t* ordered = nullptr; ///< size values, or nullptr; 0 = not selected

  bool isRanged(std::size_t ion) const { return this->type[ion] >= 0; }

  bool isSelected(std::size_t ion) const
  {
    const std::int16_t t = this->type[ion];
    return t >= 0 && (!this->ordered || this->ordered[ion] != 0) &&
      (this->selectedTypes.empty() ||
        (static_cast<std::size_t>(t) < this->selectedTypes.size() &&
          this->selectedTypes[static_cast<std::size_t>(t)]));
  }

  /** @brief The selected ions, ascending. */
  std::vector<std::uint32_t> selected() const;
};

/** @brief The parameters of a cluster search; customary names in brackets. */
struct ClusterSearchOptions
{
  ClusterMethod method = ClusterMethod::MaximumSeparation;
  double maximumSeparation = 0.4; ///< nm (d_max)
  int order = 1;                  ///< MaximumSeparation: neighbours of a core ion (K), 1 to 255
  int minimumNeighbours = 5;    ///< DBSCAN: neighbours of a core ion, itself not counted, 1 to 255
  std::int64_t minimumSize = 3; ///< selected ions (N_min), at least 1
  double envelopeDistance = 0;  ///< nm (L); 0 = no envelope
  double erosionDistance = 0;   ///< nm (d_erosion); 0 = no erosion

  /** @brief Neighbours that make an ion a core ion. */
  int neighboursOfCore() const
  {
    return this->method == ClusterMethod::DBSCAN ? this->minimumNeighbours : this->order;
  }
};

/**
 * @brief Refuses what cannot be searched.
 * @throws ParameterError naming the parameter, its value and what is allowed
 */
void check(const ClusterSearchOptions& options);

/**
 * @brief Finds clusters of ions.
 *
 * In this order, distances being compared as in NeighbourSearch.h (not above counts as within):
 * 1. *Core ions* are the selected ions that have at least neighboursOfCore() other selected ions
 *    within maximumSeparation.
 * 2. A *cluster* is a set of core ions that hang together by steps of at most maximumSeparation, as
 *    large as it can be.
 * 3. DBSCAN only: a selected ion that is not a core ion, but has one within maximumSeparation, is a
 *    border ion. It belongs to the cluster of its nearest core ion; of equally near ones, that with
 *    the lowest index. So the answer does not depend on any order, as that of DBSCAN as published
 *    does.
 * 4. Clusters of fewer than minimumSize ions are dropped.
 * 5. *Envelope*: each other ranged ion within envelopeDistance of an ion of a cluster joins the
 *    cluster of the nearest such ion; of equally near ones, that with the lowest index.
 * 6. *Erosion*: each ion of a cluster, selected or not, that has a ranged ion of no cluster within
 *    erosionDistance leaves it. A cluster may so become smaller than minimumSize; it is gone when
 *    no ion is left.
 *
 * With one neighbour, any ion with a partner is a core ion, and the two methods are the same.
 *
 * Time grows as n log n with the selected ions, whatever the separation (see linkIons); with more
 * than one neighbour to a core ion, also with n times that number; with an envelope or erosion, with
 * the pairs of ranged ions within those distances, which are estimated first. Memory beside the
 * input and clusterId: at most 40 bytes per selected ion; with an envelope or erosion at most 18
 * per ranged ion, not at the same time. All cores; the answer is the same for any number of
 * threads.
 *
 * @param clusterId room for ions.size values: the cluster of each ion, −1 = none. Clusters are
 * numbered from 0 by their number of ions, the largest first; of equal ones, that which has the ion
 * of lowest index first.
 * @return the number of ions in each cluster
 * @throws ParameterError where an option is out of bounds, a coordinate of an ion that takes part is
 * not finite, there are too many ions, or envelope or erosion would have to look at more than 10¹⁰
 * pairs of ions and more than 1000 per ion; Stopped, clusterId then being of no use
 */
std::vector<std::uint64_t> clusterSearch(const ClusterIons& ions,
  const ClusterSearchOptions& options, std::int32_t* clusterId, const Progress& progress = {});

} // namespace apt
