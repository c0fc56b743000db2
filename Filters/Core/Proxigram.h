// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "CompositionBasis.h"
#include "Progress.h"
#include "SurfaceDistance.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace apt
{

/** @brief A cloud; it belongs to somebody else. */
struct ProfileInput
{
  std::size_t size = 0;
  const float* positions = nullptr; ///< size × 3: x, y, z in nm
  const std::int16_t* type =
    nullptr; ///< size ion types; what the basis does not know takes no part
};

/** @brief How ions are put into bins. */
struct ProfileBinning
{
  double width = 0.2;         ///< nm; bin k holds [k width, (k + 1) width)
  std::size_t ionsPerBin = 0; ///< not 0: bins of that many ions instead
};

/** @brief What belongs to a surface. */
struct SurfaceProfileOptions
{
  double maximumDistance = 5; ///< nm, on either side
  bool twoSided = true;       ///< only parts of the surface with ions on both sides, see below
  bool beyondRim = false;     ///< take ions too whose nearest point is on the rim of the surface
};

/** @brief A line, or a direction. */
struct LineProfileOptions
{
  std::array<double, 3> begin{}; ///< nm
  std::array<double, 3> end{};   ///< nm
  double radius = 0;             ///< nm around the line; 0: any distance from it
};

/** @brief One coordinate per ion: 4 bytes. */
struct ProfileCoordinates
{
  std::vector<float> values; ///< nm; NaN where an ion takes no part
  double lower = 0;          ///< nm, where the profile begins
  double upper = 0;          ///< nm, where it ends
  std::uint64_t ions = 0;    ///< that take part
  // Surface only:
  double area = 0;             ///< nm², of the parts that take part
  double wholeArea = 0;        ///< nm²
  std::uint64_t beyondRim = 0; ///< ions left out
  std::uint64_t oneSided = 0;  ///< ions left out
};

/**
 * @brief Signed distances to a surface: what a proximity histogram counts.
 *
 * O. C. Hellman, J. A. Vandenbroucke, J. Rüsing, D. Isheim, D. N. Seidman, Analysis of
 * three-dimensional atom-probe data by the proximity histogram, Microsc. Microanal. 6 (2000)
 * 437–444. Positive on the side that the normals point away from.
 *
 * An ion whose nearest point is on the rim of an open surface lies beside it, not in front of it,
 * and is left out, unless beyondRim: so a flat surface counts the prism over it.
 *
 * Where an isosurface leaves the specimen, or is closed at its edge, there is no interface. With
 * twoSided, a triangle takes part where two of its vertices are seen from both sides: where an ion
 * on that side within maximumDistance has its nearest point in a triangle that the vertex, or a
 * neighbour of it, belongs to. Ions nearest to other triangles are left out.
 *
 * O((n + t) log t) over all cores; 26 bytes per ion while it runs, of which 4 stay.
 *
 * @throws ParameterError where an option is out of bounds, or a coordinate of an ion that takes part
 * is not finite; Error where no ion is left; Stopped
 */
ProfileCoordinates distancesToSurface(const ProfileInput& input, const CompositionBasis& basis,
  const SurfaceDistance& surface, const SurfaceProfileOptions& options = {},
  const Progress& progress = {});

/** @brief Distances from the begin of a line, of ions between its ends. @throws as above */
ProfileCoordinates distancesAlongLine(const ProfileInput& input, const CompositionBasis& basis,
  const LineProfileOptions& options, const Progress& progress = {});

/**
 * @brief Coordinates along x, y or z, of ions within radius (0: all) of the middle of the box around
 * all. @throws as above
 */
ProfileCoordinates coordinatesAlongAxis(const ProfileInput& input, const CompositionBasis& basis,
  std::size_t axis, double radius, const Progress& progress = {});

/** @brief Ions by type between two coordinates. */
struct ProfileBin
{
  double lower = 0; ///< nm
  double upper = 0; ///< nm
  std::vector<std::uint64_t> ionsOfType;
};

/**
 * @brief Counts ions in bins.
 *
 * Of fixed width: from the bin that holds lower to the one that upper ends; upper itself belongs to
 * that one. Of fixed number: ions sorted by coordinate (equal ones by their number) are dealt out; a
 * rest of less than half a bin goes to the last one; bins meet half way between two ions. That takes
 * 8 bytes more per ion that takes part.
 * @throws ParameterError where the width is out of bounds, or there would be more than 10⁶ bins;
 * Stopped
 */
std::vector<ProfileBin> profileBins(const ProfileCoordinates& coordinates,
  const ProfileInput& input, const CompositionBasis& basis, const ProfileBinning& binning,
  const Progress& progress = {});

/** @brief What the interfacial excess is measured by. */
struct InterfaceOptions
{
  double position = 0;    ///< nm, of the middle of the interface; there is the dividing surface
  double halfWidth = 1.5; ///< nm on either side of it that belong to the interface
  double detectionEfficiency = 0.5; ///< above 0, at most 1
};

/** @brief Ions by type on either side: in the interface, and beyond it. */
struct InterfaceCounts
{
  std::array<std::vector<std::uint64_t>, 2> within; ///< below and above the dividing surface
  std::array<std::vector<std::uint64_t>, 2> beyond; ///< the phases on both sides
  double dividingSurface = 0;                       ///< nm
  double dividingSurfaceError = 0;                  ///< nm, 1σ; 0 where it was given
};

/** @brief Counts, with the dividing surface in the middle of the interface.
 * @throws ParameterError where an option is out of bounds; Stopped */
InterfaceCounts interfaceCounts(const ProfileCoordinates& coordinates, const ProfileInput& input,
  const CompositionBasis& basis, const InterfaceOptions& options, const Progress& progress = {});

/**
 * @brief Counts, with the dividing surface where one part has no excess.
 *
 * Interface and phases are those of the options; the surface between the phases moves within the
 * interface. Of the M atoms of the whole in it, it must have M₋ = (N − c₊ M) / (c₋ − c₊) on the
 * negative side, which is one place. Where a phase has no ions, its place is NaN. 8 bytes per ion in
 * the interface.
 * @throws Error where the share of the part does not differ between the phases by 3σ, or where the
 * place is not in the interface; else as above
 */
InterfaceCounts interfaceCountsWithoutExcess(const ProfileCoordinates& coordinates,
  const ProfileInput& input, const CompositionBasis& basis, const CompositionPart& without,
  const InterfaceOptions& options, const Progress& progress = {});

/** @brief Gibbsian interfacial excess of one part. */
struct InterfacialExcess
{
  double excess = 0;          ///< per nm²; NaN where a phase has no ions
  double error = 0;           ///< 1σ, from counting
  std::array<Share, 2> phase; ///< below and above
};

/**
 * @brief Gibbsian interfacial excess.
 *
 * B. W. Krakauer, D. N. Seidman, Absolute atomic-scale measurements of the Gibbsian interfacial
 * excess of solute at internal interfaces, Phys. Rev. B 48 (1993) 6724–6727; for surfaces of any
 * shape O. C. Hellman, D. N. Seidman, Mater. Sci. Eng. A 327 (2002) 24–28.
 *
 * Γ = Σ (N_i − c N) / (η A), summed over both sides of the dividing surface, with N_i of the part
 * among N in all in the interface, c the share of the part in the phase beyond it, area A and
 * detection efficiency η. Its variance is that of Poisson counts:
 * Σ (Σ_j n_j (k_j − c m_j)² + N² σ_c²) / (η A)².
 *
 * Where the phases differ, it depends on the place of the dividing surface.
 */
InterfacialExcess interfacialExcess(const InterfaceCounts& counts, const CompositionPart& part,
  const CompositionBasis& basis, double area, const InterfaceOptions& options);

/**
 * @brief Excess where another part has none.
 *
 * Γ of the part − R Γ of the other, R = (c₊ − c₋) of the part / (c₊ − c₋) of the other: this does not
 * depend on where the dividing surface is, and is what interfacialExcess would give where the other
 * has no excess. The variance is that of Poisson counts again, of ions that count k − R k' − (c − R c')
 * m each; it includes that of the place.
 */
InterfacialExcess relativeInterfacialExcess(const InterfaceCounts& counts,
  const CompositionPart& part, const CompositionPart& without, const CompositionBasis& basis,
  double area, const InterfaceOptions& options);

} // namespace apt
