// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "AxisRotation.h"
#include "IonClasses.h"
#include "IonCloud.h"
#include "Progress.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace apt
{

/** @brief Which offsets a map counts, in coordinates whose z axis is the axis of the map. */
enum class SpatialDistributionMode
{
  Z,  ///< those within lateralRadius of the axis, by z
  XY, ///< those with z in depthRange, by x and y
  XYZ ///< by x, y and z
};

/** @brief What a map is made of. */
struct SpatialDistributionOptions
{
  static constexpr int AllIons = -1;

  SpatialDistributionMode mode = SpatialDistributionMode::Z;
  int centre = AllIons;    ///< ion type, or AllIons: every one that has a type
  int neighbour = AllIons; ///< the same
  /** Z only: every pair of ion types, one after the other, instead of centre and neighbour. */
  bool allPairs = false;
  IonClass ionClass = IonClass::All;        ///< of both, centre and neighbour
  std::array<double, 3> axis = { 0, 0, 1 }; ///< any length but 0
  double maximumDistance = 1.5; ///< nm, of the last bin's centre, along every axis that has bins
  double lateralRadius = 0.3;   ///< nm, Z only
  std::array<double, 2> depthRange = { -0.05, 0.05 }; ///< nm, XY only; both ends belong to it
  double binWidth = 0.01;                             ///< nm
  double maximumPairs = 1e11;                         ///< beyond about so many, nothing is counted
};

/** @brief A cloud to be mapped; it belongs to somebody else. */
struct SpatialDistributionInput
{
  std::size_t size = 0;
  const float* positions = nullptr;   ///< size × 3: x, y, z in nm
  const std::int16_t* ion = nullptr;  ///< size ion types, negative = none; nullptr: all are 0
  const ArrayView* classes = nullptr; ///< what ionClass looks at; not needed for All
};

/** @brief Counts of ordered pairs of one kind. */
struct PairCounts
{
  int centre = 0; ///< as in SpatialDistributionOptions
  int neighbour = 0;
  std::uint64_t centreIons = 0;      ///< that take part
  std::uint64_t neighbourIons = 0;   ///< that take part
  std::vector<std::uint64_t> counts; ///< x fastest, then y, then z
};

/**
 * @brief Counts of pairs by offset, neighbour minus centre.
 *
 * Along an axis, bin i of binsPerAxis() is centred at (i − last) binWidth and holds the offsets that
 * are nearest to its centre (float32; half way counts away from 0).
 */
struct SpatialDistribution
{
  SpatialDistributionMode mode = SpatialDistributionMode::Z;
  double binWidth = 0;  ///< nm
  std::size_t last = 0; ///< bins on either side of 0
  std::vector<PairCounts> pairs;
  PairCounts all; ///< every ion with every other; counts only where they were asked for

  std::size_t binsPerAxis() const { return 2 * this->last + 1; }
  /** @brief nm */
  double centreOfBin(std::size_t bin) const
  {
    return (static_cast<double>(bin) - static_cast<double>(this->last)) * this->binWidth;
  }
};

/**
 * @brief Spatial distribution map: where, as seen from an ion, its neighbours are.
 *
 * B. P. Geiser, T. F. Kelly, D. J. Larson, J. Schneir, J. P. Roberts, Spatial distribution maps for
 * atom probe tomography, Microsc. Microanal. 13 (2007) 437–447, doi:10.1017/S1431927607070948;
 * M. P. Moody, B. Gault, L. T. Stephenson, D. Haley, S. P. Ringer, Qualification of the tomographic
 * reconstruction in atom probe by advanced spatial distribution map techniques, Ultramicroscopy 109
 * (2009) 815–824, doi:10.1016/j.ultramic.2009.03.016.
 *
 * All pairs count that the region holds; no ion is its own neighbour. Ions at the surface have fewer
 * neighbours, and nothing is done about that: normalised() says what each quotient makes of it.
 *
 * Coordinates are turned so that the axis becomes z, by the smallest rotation that does it (by half
 * a turn about x for −z), in double, and rounded to float32; offsets, squared lateral distance
 * (dx² + dy²) and numbers of bins are float32. Counts are exact sums: the same on any number of
 * threads, and on any processor.
 *
 * Time goes with the number of pairs, which grows linearly with the number of ions. Memory: 18 bytes
 * per ion that takes part, and while sorting 2 bytes per ion and (unless the axis is z) 12 more; and
 * see countPairs.
 *
 * @param withAll count every ion with every other too, as RelativeToShuffled needs it
 * @throws ParameterError where an option is out of bounds, a coordinate is not finite, or there
 * would be more pairs than maximumPairs; Stopped
 */
SpatialDistribution spatialDistributionMap(const SpatialDistributionInput& input,
  const SpatialDistributionOptions& options, bool withAll = false, const Progress& progress = {});

/**
 * @brief Bins on either side of 0, along every axis that has bins.
 * @throws ParameterError where an option that bins depend on is out of bounds
 */
std::size_t binsOnEitherSide(const SpatialDistributionOptions& options);

/** @brief What counts are divided by. */
enum class SpatialDistributionNorm
{
  Counts,       ///< nothing
  PerCentreIon, ///< the number of centre ions: neighbours per centre ion in this bin
  /** What each bin would hold if all its pairs lay evenly over the region: 1 is the density of
   * neighbours that the centres see, like a pair correlation function. Includes what the surface
   * takes away. */
  RelativeToMean,
  /**
   * What it would hold on average if the ion types were shuffled: with A of the N ions centres and B
   * neighbours, (all pairs of this bin) A B / N (N − 1), or A (A − 1) / N (N − 1) for ions of one
   * type. Lattice planes, density and surfaces cancel: what is left is order. NaN where no pair is.
   */
  RelativeToShuffled
};

/**
 * @brief Counts divided by what the norm says; see there.
 * @param pair one of map.pairs
 * @throws ParameterError for RelativeToShuffled where map.all has no counts
 */
std::vector<double> normalised(
  const SpatialDistribution& map, const PairCounts& pair, SpatialDistributionNorm norm);

/** @brief The distance between lattice planes, from a z map. */
struct PlaneSpacing
{
  double spacing = 0;      ///< nm; NaN where no planes are seen
  double spacingError = 0; ///< 1σ, nm
  double offset = 0;       ///< nm, of the peak nearest to 0; 0 by symmetry for ions of one kind
  double offsetError = 0;  ///< 1σ, nm
  double contrast = 0;     ///< 0 = flat, 1 = a cosine that touches zero, 2 = sharp lines
  int peaks = 0;           ///< that the line was fitted to
  double chiSquare = 0;    ///< of the fit, per degree of freedom
};

/**
 * @brief Measures the peak-to-peak distance of a z map of counts.
 *
 * The period is first guessed: of the periods from 4 bins to half of the greatest distance, the
 * longest whose Fourier component (of the counts less a straight line, under a Hann window) is at
 * least 0.7 of the strongest. Each peak is then placed by the phase of the fundamental over one
 * period about it, of the counts less a line through what lies about the period's ends. Unlike the
 * vertex of a parabola, that uses every pair, is moved by no background that is straight there, and
 * knows its error from the counts (Poisson). A straight line through position against number, by
 * weighted least squares, gives spacing and offset. For ions of one kind the map is its own mirror
 * image, so that only the peaks at z > 0 are used, and the line goes through 0.
 *
 * A line sharper than a bin is known to the bin's width / √12 only. Errors are enlarged by
 * √(χ² / degrees of freedom) where that is above 1. Pairs are taken for independent, although an ion
 * is in many: real errors are somewhat larger. Without planes, that is, where the strongest
 * component is no more than chance gives once in a thousand maps, or the contrast is below 0.01,
 * spacing is NaN.
 *
 * @param oneKind centre and neighbour are of the same kind
 */
PlaneSpacing planeSpacing(const std::vector<std::uint64_t>& counts, double binWidth, bool oneKind);

} // namespace apt
