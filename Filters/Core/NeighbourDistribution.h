// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Progress.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace apt
{

/** @brief Between which ions distances are taken, and how they are counted. */
struct NeighbourDistributionOptions
{
  std::vector<bool> centreTypes;    ///< by ion type; empty = every ion that has a type
  std::vector<bool> neighbourTypes; ///< the same
  int neighbours = 3;               ///< the first to this one, 1 to 254
  double maximumDistance = 2;       ///< nm, as far as the bins reach
  double binWidth = 0.02;           ///< nm
  bool onlyInterior = false;  ///< only centres that are maximumDistance inside, see interiorIons
  int controls = 10;          ///< shuffled clouds, 0 or more
  std::uint64_t seed = 1;     ///< of the first control; the next have the numbers that follow
  double maximumPairs = 1e11; ///< beyond about so many, nothing is counted
};

/** @brief A cloud to be looked at; it belongs to somebody else. */
struct NeighbourDistributionInput
{
  std::size_t size = 0;
  const float* positions = nullptr;  ///< size × 3: x, y, z in nm
  const std::int16_t* ion = nullptr; ///< size ion types, negative = none; nullptr: all are 0
};

/** @brief Values of one cloud beside those of its controls. */
struct WithControl
{
  std::vector<double> values;
  std::vector<double> controlMean;      ///< NaN without controls
  std::vector<double> controlDeviation; ///< sample standard deviation; NaN with fewer than two
};

/** @brief Distances to the neighbour of one order. */
struct NeighbourOrderDistances
{
  std::uint64_t beyond = 0;          ///< centres whose neighbour is beyond the bins, or missing
  std::vector<std::uint64_t> counts; ///< of centres, per bin
  WithControl density;               ///< 1/nm: the share of the centres per bin, by its width
  WithControl mean;                  ///< nm; one value, over all centres, whatever the bins
  double deviation = 0;              ///< nm, of the distances about their mean
};

/**
 * @brief Distances between ions, by neighbour and all together. Bin i holds the distances from
 * i binWidth to (i + 1) binWidth, the lower end included.
 */
struct NeighbourDistribution
{
  double binWidth = 0; ///< nm
  std::size_t bins = 0;
  std::uint64_t ions = 0;          ///< that have a type
  std::uint64_t centreIons = 0;    ///< at which distances begin
  std::uint64_t neighbourIons = 0; ///< at which they may end

  std::vector<NeighbourOrderDistances> orders; ///< the nearest neighbour first
  std::vector<std::uint64_t> pairs;            ///< per bin, ordered; no ion is its own neighbour
  std::vector<double> density;                 ///< 1/nm³, of neighbours about a centre
  std::vector<double> radialDistribution;      ///< density by its mean over the sphere of all bins
  /** Pairs over what they would be on average if ion types were shuffled; NaN where no two ions are
   * so far apart. */
  WithControl pairCorrelation;

  double centreOfBin(std::size_t bin) const
  {
    return (static_cast<double>(bin) + 0.5) * this->binWidth;
  }
};

/**
 * @brief How far ions are from their k-th neighbours, and how many there are at each distance.
 *
 * k-th neighbours: M. K. Miller, E. A. Kenik, Atom probe tomography: a technique for nanoscale
 * characterization, Microsc. Microanal. 10 (2004) 336–341; L. T. Stephenson, M. P. Moody, P. V.
 * Liddicoat, S. P. Ringer, New techniques for the analysis of fine-scaled clustering phenomena
 * within atom probe tomography (APT) data, Microsc. Microanal. 13 (2007) 448–463.
 * Pair correlation: F. De Geuser, W. Lefebvre, D. Blavette, 3D atom probe study of solute atoms
 * clustering during natural ageing and pre-ageing of an Al-Mg-Si alloy, Phil. Mag. Lett. 86 (2006)
 * 227–234; H. Zhao, B. Gault, D. Ponge, D. Raabe, F. De Geuser, Parameter free quantitative analysis
 * of atom probe data by correlation functions, Scripta Mater. 154 (2018) 106–110.
 *
 * Surfaces. The pair correlation is, at each distance, (pairs) / (all pairs about centres that there
 * may be) × N' (N − 1) / (A B − C): with N ions, B of them of the neighbour types, A centres, C of
 * these of the neighbour types too, and N' ions that would be centres if of the right type (N, or
 * those in the interior). It is 1 on average over all ways to deal the types to the same
 * positions, exactly, for any form of the specimen: surface, tapering, density, lattice planes and
 * what the instrument does to them are in both. Density, radial distribution and distances to k-th
 * neighbours feel the surface; for these, onlyInterior leaves out the centres that are near it, and
 * the controls have the same surface.
 *
 * Controls have the same positions, and the types of all ions that have one shuffled (shuffledIons).
 * Where all ions are centres and neighbours, shuffling changes nothing, and nothing is shuffled.
 *
 * Arithmetic: distances are float32 square roots of squared distances in float32, each operation
 * rounded; a bin is floor(distance × (1 / binWidth)), in float32. The same counts for any number
 * of threads.
 *
 * Time grows with the number of pairs, all of them once and those asked for once for the cloud and for
 * each control. Memory: at most 18 bytes per centre ion and 18 per neighbour ion, 36 bytes per ion
 * when all are asked for, and 10 bytes per ion for types, roles and their permutation.
 *
 * @throws ParameterError where an option is out of bounds, a coordinate of an ion with a type is not
 * finite, or there would be more pairs than maximumPairs; Error where there are no centres,
 * no neighbours, or no centre is far enough inside; Stopped
 */
NeighbourDistribution neighbourDistribution(const NeighbourDistributionInput& input,
  const NeighbourDistributionOptions& options = {}, const Progress& progress = {});

} // namespace apt
