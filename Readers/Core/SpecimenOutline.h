// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "SyntheticSpecimen.h"

#include <array>

namespace apt
{

/** @brief x, y, z in nm, in double: where positions are computed with. */
using Point = std::array<double, 3>;

/** @brief A stretch of a line, in units of its direction; empty where begin > end. */
struct Stretch
{
  double begin = 0;
  double end = 0;
};

/**
 * @brief The outer surface of a synthetic specimen: a convex body about the z axis, centred at the
 * origin.
 *
 * A needle has its base at the lowest z and its tip at the highest, as reconstructions of real
 * specimens have: a cone that goes over into a spherical cap without a kink.
 */
class SpecimenOutline
{
public:
  /**
   * @param edgeLength nm; edge, diameter or base diameter
   * @param height     nm; 0 = edgeLength
   * @param shankAngle radians; half angle of the needle's cone
   * @throws ParameterError where no needle has these dimensions
   */
  SpecimenOutline(SpecimenShape shape, double edgeLength, double height, double shankAngle);

  /** @brief nm³ */
  double volume() const;

  /** @brief Half the edges of the upright box about it, nm. */
  const Point& halfExtent() const { return this->Half; }

  bool contains(const Point& point) const;

  /**
   * @brief Distance (nm) from a point inside to the surface.
   *
   * For a point outside it is negative and in size no more than the distance.
   */
  double depth(const Point& point) const;

  /** @brief The part of the line origin + t · direction that lies inside. */
  Stretch clip(const Point& origin, const Point& direction) const;

private:
  double radiusAt(double aboveBase) const;
  Stretch clipCone(const Point& origin, const Point& direction) const;
  Stretch clipCap(const Point& origin, const Point& direction) const;

  SpecimenShape Shape;
  Point Half;
  // Of the needle: the sine, cosine and tangent of the shank angle, and of its cap the radius and
  // the heights above the base of its centre and of the circle where it touches the cone.
  double Sine = 0;
  double Cosine = 1;
  double Tangent = 0;
  double CapRadius = 0;
  double CapCentre = 0;
  double CapBegin = 0;
};

} // namespace apt
