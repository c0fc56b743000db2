// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "IonClasses.h"
#include "Progress.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace apt
{

/** @brief What a map shows side by side: across, up, and along which direction it looks. */
enum class IonDensityProjection
{
  X,       ///< y across, z up
  Y,       ///< x across, z up
  Z,       ///< x across, y up
  Axis,    ///< coordinates turned so that the axis becomes z (rotationToAxis), x across, y up
  Detector ///< detector x across, detector y up; depth is z of the position
};

/** @brief Which ions are counted. */
struct IonDensitySelection
{
  std::vector<bool> types;           ///< by ion type; empty = every ion that has one
  IonClass ionClass = IonClass::All; ///< by the array of classes
};

/** @brief What is mapped, and how finely. */
struct IonDensityMapOptions
{
  IonDensityProjection projection = IonDensityProjection::Z;
  std::array<double, 3> axis{ 0, 0, 1 };     ///< for Axis, any length but 0
  bool limitDepth = false;                   ///< count only ions within depthRange
  std::array<double, 2> depthRange{ -5, 5 }; ///< nm, along the direction looked at, ends included
  IonDensitySelection ions;                  ///< the numerator
  IonDensitySelection references;            ///< the denominator of the ratio
  /** Edge of a pixel: nm, or mm for Detector; 0 = see ionDensityPlace. */
  double pixelSize = 0;
  double smoothing = 0;    ///< σ of the Gaussian, nm or mm; 0 = off
  double minimumCount = 1; ///< reference ions that must be behind a pixel for it to have a ratio
};

/** @brief A cloud; it belongs to somebody else. */
struct IonDensityInput
{
  std::size_t size = 0;
  const float* positions = nullptr;      ///< size × 3: x, y, z in nm
  const std::int16_t* ion = nullptr;     ///< size ion types, negative = none; nullptr: all are 0
  const std::int32_t* classes = nullptr; ///< size classes, 0 = matrix; not needed for All
  const float* detectorX = nullptr;      ///< size, mm; for Detector only
  const float* detectorY = nullptr;
};

/** @brief The smallest rectangle around what is counted, of part of a cloud or of all of it. */
struct IonDensityBounds
{
  std::array<double, 2> lower{};
  std::array<double, 2> upper{};
  std::uint64_t ions = 0;       ///< within the depth, in the numerator or in the denominator
  std::uint64_t references = 0; ///< in the denominator

  void add(const IonDensityBounds& other);
};

/** @brief Where the pixels are: number i along an axis reaches from (first + i) pixelSize on. */
struct IonDensityPlace
{
  double pixelSize = 0; ///< nm or mm
  std::array<std::int32_t, 2> first{};
  std::array<std::size_t, 2> pixels{};

  std::size_t size() const { return this->pixels[0] * this->pixels[1]; }
};

/** @brief Ions per pixel, x fastest. */
struct IonDensityCounts
{
  std::vector<std::uint64_t> ions;
  std::vector<std::uint64_t> references;
  std::vector<std::uint64_t> both; ///< in the numerator and in the denominator
};

/** @brief A value per pixel, x fastest. Errors are 1σ, from counting. */
struct IonDensityMap : IonDensityPlace
{
  std::vector<double> count;          ///< ions per pixel
  std::vector<double> referenceCount; ///< reference ions per pixel
  std::vector<double> density;        ///< ions per nm² (mm² of the detector)
  std::vector<double> densityError;
  std::vector<double> ratio; ///< count / referenceCount; NaN where there are too few
  std::vector<double> ratioError;
};

/**
 * @brief The rectangle around what is counted of a cloud, over all cores.
 * @throws ParameterError where an option is out of bounds, an array is missing, or a coordinate of an
 * ion that is asked for is not finite; Stopped
 */
IonDensityBounds ionDensityBounds(
  const IonDensityInput& input, const IonDensityMapOptions& options, const Progress& progress = {});

/**
 * @brief Where the pixels of such ions lie.
 *
 * Edges of pixels are at whole multiples of their size, so that maps of one size lie on each other.
 * With a size of 0 it is the smallest of 1, 2, 5 × 10ⁿ that is large enough for 20 reference ions per
 * pixel of the rectangle and for at most 500 pixels along a side. With smoothing, the map is larger by
 * its reach, so that nothing falls off.
 * @throws ParameterError where there would be more than 2²⁴ pixels; Error where there are no ions
 */
IonDensityPlace ionDensityPlace(
  const IonDensityBounds& bounds, const IonDensityMapOptions& options);

/**
 * @brief Counts ions per pixel, over all cores.
 *
 * An ion is counted where floor(coordinate / pixelSize), in double, says, whatever its depth within
 * the range. Exact, and the same for any number of threads. Memory: nothing per ion; 24 bytes per
 * pixel, and up to 2¹⁸ pixels as much for each thread.
 * @throws as ionDensityBounds
 */
IonDensityCounts ionDensityCounts(const IonDensityInput& input, const IonDensityMapOptions& options,
  const IonDensityPlace& place, const Progress& progress = {});

/**
 * @brief Density and ratio, with their errors, of counts.
 *
 * Smoothing spreads the counts by K_i ∝ exp(−(i pixelSize)² / 2σ²) along each side, |i| pixelSize up to
 * 4σ and Σ K = 1, before anything is divided: Σ count stays what it was, to rounding. Where ions are
 * evenly spread over its reach, a pixel then weighs as n / Σ K² ions (over both sides), which is what
 * is compared with minimumCount and what errors are made of.
 *
 * Errors: the density's is √n. Ratio r = n / m: of ions in the numerator alone (a), in both (b), in the
 * denominator alone (c), which are independent, the variance is (a + b (1 − r)² + c r²) / m². That is
 * r (1 − r) / m where the numerator is part of the denominator, and r² (1 / n + 1 / m) where they
 * have no ion in common. It is 0 where no ion of the numerator is.
 */
IonDensityMap ionDensityMap(const IonDensityCounts& counts, const IonDensityPlace& place,
  const IonDensityMapOptions& options);

/**
 * @brief Two-dimensional histogram of positions or detector hits, and the ratio of two of them: all
 * of the above.
 * @throws as they do
 */
IonDensityMap ionDensityMap(const IonDensityInput& input, const IonDensityMapOptions& options = {},
  const Progress& progress = {});

} // namespace apt
