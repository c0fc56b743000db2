// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "IonCloud.h"
#include "Lattice.h"
#include "Progress.h"
#include "RangeFile.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace apt
{

/** @brief Bounds of a quantity that each specimen draws anew, uniformly. */
struct Interval
{
  double lower = 0;
  double upper = 0;
};

/** @brief A share of a composition. */
struct Share
{
  std::string element; ///< symbol
  double fraction = 0; ///< of the atoms, 0 … 1
};

/** @brief Shares that sum to 1. */
using Composition = std::vector<Share>;

/**
 * @brief "Al 0.85, Li 0.10, Mg 0.05" and the like: also with percent signs, colons, equals signs,
 * semicolons, or no commas at all.
 *
 * Whether the fractions sum to 1 is for check() to say.
 * @param parameter the property that the text comes from, for the message
 * @throws ParameterError naming the text and the place that was not understood
 */
Composition parseComposition(const std::string& text, const std::string& parameter);

/** @brief The form that parseComposition reads. */
std::string formatComposition(const Composition& composition);

/** @brief The outer shape of a specimen; its axis is z, the direction of analysis. */
enum class SpecimenShape
{
  Box,      ///< edgeLength × edgeLength × height
  Cylinder, ///< diameter edgeLength
  /** Cone of half angle shankAngle with a spherical cap, its tip at the highest z; base diameter
   * edgeLength. */
  Needle
};

enum class DomainShape
{
  Sphere,
  Ellipsoid, ///< of revolution about a cube axis, aspectRatio = half axis / equatorial radius
  Plate      ///< disc normal to a cube axis, aspectRatio = thickness / diameter
};

/** @brief Which variants of the ordered structure the domains draw. */
enum class DomainVariants
{
  All,          ///< translations (antiphase domains) and orientations
  Translations, ///< those of the first orientation: c along z of the crystal in L1_0
  One           ///< the first, for all
};

/** @brief A planar fault on {111} of an fcc lattice. */
enum class PlanarFault
{
  None,
  Intrinsic, ///< the crystal above is shifted by a/6 <112>: one hcp layer pair
  Extrinsic, ///< two such shifts on successive planes
  Twin       ///< the crystal above is the mirror image
};

enum class NoiseModel
{
  Gaussian,          ///< independent normal errors
  TruncatedGaussian, ///< the same, redrawn until within ±1σ
  /**
   * What the scripts of Yu et al. (2024) do, mistakes included: of the normal errors, those in x and
   * in y beyond ±1σ are replaced by one shift each, the same for all ions of the specimen; so are
   * those in z wherever a further draw of the lateral error is beyond ±1σ of z.
   */
  PublishedScript
};

enum class Orientation
{
  Ranges, ///< rotations about x, then y, then z, each uniform in ± its half range
  Uniform ///< uniform over all orientations (Shoemake 1992)
};

/**
 * @brief The recipe of synthetic specimens with known truth.
 */
struct SyntheticSpecimenOptions
{
  // Crystal
  LatticeType lattice = LatticeType::FCC;
  double latticeParameter = 0.405; ///< nm
  double axialRatio = 1.633;       ///< c / a, hcp only
  Composition matrix = { { "Al", 0.90 }, { "Li", 0.05 }, { "Mg", 0.05 } };

  // Ordered domains
  OrderedStructure structure = OrderedStructure::L1_2;
  /** Composition of each sublattice, in the order of sublattices(structure). */
  std::vector<Composition> sublattices = { { { "Al", 1 } }, { { "Li", 1 } } };
  /** Of the ions, 0 … 0.6; 0 = none, structure and sublattices then do not matter. */
  double domainFraction = 0.2;
  DomainShape domainShape = DomainShape::Sphere;
  /**
   * nm; equatorial radius of an ellipsoid, radius of a plate. Each domain draws its own. At most
   * what fits into the specimen.
   */
  Interval domainRadius = { 1.2, 2.0 };
  double aspectRatio = 1;
  /**
   * With All, each ellipsoid or plate draws its cube axis as well; else that is z. On hcp it is
   * always c.
   */
  DomainVariants domainVariants = DomainVariants::All;

  // Planar faults (fcc)
  PlanarFault fault = PlanarFault::None;
  int faultCount = 1;
  /** nm between neighbouring faults, to the nearest lattice plane; the set centred in the specimen. */
  double faultSpacing = 5;
  double faultWidth = 0.5; ///< nm; ions within half of it of a fault plane get Phase 2

  // Specimen
  SpecimenShape shape = SpecimenShape::Box;
  double edgeLength = 10;                               ///< nm
  double height = 0;                                    ///< nm along z; 0 = edgeLength
  double shankAngle = 5 * 3.14159265358979323846 / 180; ///< radians, needle only

  // Measurement
  Orientation orientation = Orientation::Ranges;
  std::array<double, 3> rotationHalfRange = { 0, 0, 0 }; ///< radians about x, y, z
  NoiseModel noiseModel = NoiseModel::Gaussian;
  Interval lateralNoise = { 0.2, 0.5 }; ///< σ in x and y, nm
  Interval depthNoise = { 0.02, 0.08 }; ///< σ in z, nm
  double noiseGrowth = 0; ///< both σ times 1 + this × distance from the pole / (edgeLength / 2)
  Interval detectionEfficiency = { 0.4, 0.8 };
  /**
   * Lateral size of a domain in the data / in truth; < 1 = denser. Around a domain the matrix is
   * moved with it, less and less up to three radii away.
   */
  double localMagnification = 1;
  double massResolvingPower = 1000; ///< m/Δm, full width at half maximum

  std::uint64_t seed = 1;
};

/**
 * @brief Refuses what cannot be made.
 * @throws ParameterError naming the property, its value and what is allowed
 */
void check(const SyntheticSpecimenOptions& options);

/** @brief Symbols of the elements that options mention, in order of first mention. */
std::vector<std::string> elementsOf(const SyntheticSpecimenOptions& options);

/** @brief An ordered domain, in the coordinates of the specimen before noise. */
struct Domain
{
  std::array<double, 3> centre{}; ///< nm
  double radius = 0;              ///< nm
  int variant = 0;                ///< see variantCount
  int axis = 2;                   ///< of the cell, along which an ellipsoid or plate has its own
};

/**
 * @brief One specimen: what it drew, its domains, its ions.
 *
 * Made from options and the number of the specimen alone (Philox 4×32-10, Salmon et al. 2011, keyed
 * by seed, specimen and lattice site), so that any part of it is the same on any number of threads
 * and ranks. Ions are made twice, once to be counted, so that nothing is kept per ion: beside the
 * destination there are about two kilobytes for each domain and a few bytes for every thousand
 * ions. The domains are placed on construction, on every rank alike.
 *
 * The specimen is a box, cylinder or needle centred at the origin, cut out of the crystal before any
 * error of measurement; noise may carry an ion out of it. Ions come in the order of the crystal's
 * cells. What is const may be called from several threads.
 */
class SyntheticSpecimen
{
public:
  /** @brief What this specimen drew from the ranges. */
  struct Draw
  {
    /** Crystal → specimen: Rz · Ry · Rx, its columns the cell's axes in the specimen. */
    std::array<std::array<double, 3>, 3> rotation{};
    /** nm; where in the specimen the corner of cell (0, 0, 0) lies: anywhere within one cell. */
    std::array<double, 3> origin{};
    double lateralNoise = 0; ///< nm
    double depthNoise = 0;   ///< nm
    double detectionEfficiency = 0;
  };

  /**
   * @throws ParameterError naming the property, its value and what is allowed; also where the
   * domains cannot be placed without overlap (says what fraction was reached)
   */
  SyntheticSpecimen(
    const SyntheticSpecimenOptions& options, std::uint32_t specimen, const Progress& progress = {});
  ~SyntheticSpecimen();
  SyntheticSpecimen(SyntheticSpecimen&&) noexcept;
  SyntheticSpecimen& operator=(SyntheticSpecimen&&) noexcept;

  const Draw& draw() const;
  const std::vector<Domain>& domains() const;

  /**
   * @brief Distance (nm) from the specimen's surface inwards to the sphere about that domain: the
   * surface cuts no domain where it is not negative.
   */
  double depth(const Domain& domain) const;

  /**
   * @brief Distances (nm) of the planar faults from the specimen's centre along the crystal's [111],
   * ascending; some may be outside.
   */
  const std::vector<double>& faultPlanes() const;

  /** @brief Ion types: index = value of the array Ion. Elements in order of first mention. */
  const std::vector<IonType>& ions() const;

  /** @brief Ranges that give each m/q its ion again. */
  const std::vector<Range>& ranges() const;

  /**
   * @brief Counts the ions of part number part of parts. Parts follow each other; together they
   * hold every ion once. They are of about equal size; where there are more parts than rows of
   * cells, some are empty.
   * @throws Stopped
   */
  std::uint64_t count(std::uint32_t part, std::uint32_t parts, const Progress& progress = {}) const;

  /** @brief Where the ions go; nullptr for what is not wanted. Each with room for count() ions. */
  struct Destination
  {
    float* positions = nullptr;    ///< × 3, nm; never nullptr
    float* massToCharge = nullptr; ///< Da
    std::int16_t* ion = nullptr;
    std::int8_t* phase = nullptr;   ///< 0 matrix, 1 ordered domain, 2 at a planar fault
    std::int32_t* domain = nullptr; ///< index into domains(), −1 in the matrix
  };

  /**
   * @brief Makes the ions of that part, over all cores.
   * @throws Stopped; the destination then holds part of the ions
   */
  void fill(std::uint32_t part, std::uint32_t parts, const Destination& destination,
    const Progress& progress = {}) const;

private:
  struct Impl;
  std::unique_ptr<Impl> Own;
};

} // namespace apt
