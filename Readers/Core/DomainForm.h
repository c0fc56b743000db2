// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "CrystalRows.h"
#include "SpecimenOutline.h"
#include "SyntheticSpecimen.h"

#include <cstddef>

namespace apt
{

/**
 * @brief The form that all domains of a specimen share, up to their size and axis.
 */
class DomainForm
{
public:
  /** @param rotation crystal → specimen */
  DomainForm(DomainShape shape, double aspectRatio, const Matrix& rotation);

  /** @brief nm³ of a domain of that radius (nm). */
  double volume(double radius) const;

  /** @brief nm: radius of the sphere about a domain of that radius. */
  double boundingRadius(double radius) const;

  /** @brief The share of the volume of that sphere which the domain fills. */
  double filling() const;

  /**
   * @brief 0 in the centre, 1 on the surface, in proportion to the distance along every ray from the
   * centre.
   */
  double level(const Domain& domain, const Point& point) const;

  /** @brief level(domain, point) ≤ 1, without a root. */
  bool contains(const Domain& domain, const Point& point) const;

  /**
   * @brief nm³ of a domain that lie within the outline.
   *
   * Exact for domains wholly inside or outside; where the surface cuts, counted on 1024 points
   * evenly spread, always the same: to about 1 % of the domain.
   */
  double volumeWithin(const SpecimenOutline& outline, const Domain& domain) const;

private:
  struct Offset
  {
    double squaredLateral; // from the axis
    double along;          // the axis
  };
  Offset offsetOf(const Domain& domain, const Point& point) const;

  DomainShape Shape;
  double AspectRatio;
  Matrix Axes; // rows: the crystal's axes in the specimen
};

} // namespace apt
