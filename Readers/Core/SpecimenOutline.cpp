// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "SpecimenOutline.h"

#include "Error.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace apt
{

namespace
{

constexpr double pi = 3.14159265358979323846;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr Stretch everything = { -infinity, infinity };
constexpr Stretch nothing = { infinity, -infinity };

bool isEmpty(const Stretch& stretch)
{
  return !(stretch.begin <= stretch.end);
}

Stretch common(const Stretch& left, const Stretch& right)
{
  return { std::max(left.begin, right.begin), std::min(left.end, right.end) };
}

/** Where lower ≤ origin + t · direction ≤ upper. */
Stretch between(double origin, double direction, double lower, double upper)
{
  if (direction == 0)
  {
    return lower <= origin && origin <= upper ? everything : nothing;
  }
  const double first = (lower - origin) / direction;
  const double second = (upper - origin) / direction;
  return { std::min(first, second), std::max(first, second) };
}

struct Roots
{
  bool real = false;
  double low = 0;
  double high = 0;
};

/** Of a t² + 2 b t + c, a not 0, without cancellation. */
Roots rootsOf(double a, double b, double c)
{
  const double discriminant = b * b - a * c;
  if (discriminant < 0)
  {
    return {};
  }
  const double q = -(b + std::copysign(std::sqrt(discriminant), b));
  const double first = q / a;
  const double second = q != 0 ? c / q : 0;
  return { true, std::min(first, second), std::max(first, second) };
}

/** Where a t² + 2 b t + c ≤ 0, a ≥ 0. */
Stretch insideOf(double a, double b, double c)
{
  if (a == 0)
  {
    return c <= 0 ? everything : nothing;
  }
  const Roots roots = rootsOf(a, b, c);
  return roots.real ? Stretch{ roots.low, roots.high } : nothing;
}

double lateral(const Point& point)
{
  return std::hypot(point[0], point[1]);
}

} // namespace

SpecimenOutline::SpecimenOutline(
  SpecimenShape shape, double edgeLength, double height, double shankAngle)
  : Shape(shape)
  , Half{ edgeLength / 2, edgeLength / 2, (height > 0 ? height : edgeLength) / 2 }
{
  if (shape != SpecimenShape::Needle)
  {
    return;
  }
  this->Sine = std::sin(shankAngle);
  this->Cosine = std::cos(shankAngle);
  this->Tangent = std::tan(shankAngle);
  const double baseRadius = this->Half[0];
  const double whole = 2 * this->Half[2];
  if (!(shankAngle >= 0) || !(baseRadius * this->Cosine > whole * this->Sine))
  {
    const double most = std::atan2(baseRadius, whole) * 180 / pi;
    throw ParameterError("ShankAngle", shortestNumber(shankAngle * 180 / pi) + " degrees",
      "0 to less than " + shortestNumber(std::floor(10 * most) / 10) +
        " degrees, beyond which the cone ends below the tip");
  }
  if (!(whole >= baseRadius * this->Cosine))
  {
    throw ParameterError("Height", shortestNumber(whole) + " nm",
      "half of EdgeLength or more: the cap of a needle needs the room");
  }
  // The sphere that touches the cone from within and reaches up to the tip.
  this->CapCentre = (whole - baseRadius * this->Cosine) / (1 - this->Sine);
  this->CapRadius = whole - this->CapCentre;
  this->CapBegin = this->CapCentre + this->CapRadius * this->Sine;
}

double SpecimenOutline::radiusAt(double aboveBase) const
{
  return this->Half[0] - aboveBase * this->Tangent;
}

double SpecimenOutline::volume() const
{
  const double radius = this->Half[0];
  const double whole = 2 * this->Half[2];
  switch (this->Shape)
  {
    case SpecimenShape::Box:
      return 4 * radius * radius * whole;
    case SpecimenShape::Cylinder:
      return pi * radius * radius * whole;
    case SpecimenShape::Needle:
      break;
  }
  const double top = this->radiusAt(this->CapBegin);
  const double cap = whole - this->CapBegin;
  return pi / 3 * this->CapBegin * (radius * radius + radius * top + top * top) +
    pi / 3 * cap * cap * (3 * this->CapRadius - cap);
}

bool SpecimenOutline::contains(const Point& point) const
{
  return this->depth(point) >= 0;
}

double SpecimenOutline::depth(const Point& point) const
{
  const double fromEnds = this->Half[2] - std::abs(point[2]);
  switch (this->Shape)
  {
    case SpecimenShape::Box:
      return std::min(
        { this->Half[0] - std::abs(point[0]), this->Half[1] - std::abs(point[1]), fromEnds });
    case SpecimenShape::Cylinder:
      return std::min(this->Half[0] - lateral(point), fromEnds);
    case SpecimenShape::Needle:
      break;
  }
  const double aboveBase = point[2] + this->Half[2];
  const double fromAxis = lateral(point);
  // Cone and cap share their normals on the cone of radii to the circle where they touch: on its
  // one side the cap is nearest, on the other the cone.
  const double aboveCentre = aboveBase - this->CapCentre;
  const double fromSide = aboveCentre * this->Cosine >= fromAxis * this->Sine
    ? this->CapRadius - std::hypot(fromAxis, aboveCentre)
    : (this->radiusAt(aboveBase) - fromAxis) * this->Cosine;
  return std::min(fromSide, aboveBase);
}

Stretch SpecimenOutline::clipCone(const Point& origin, const Point& direction) const
{
  const Stretch upright =
    between(origin[2], direction[2], -this->Half[2], this->CapBegin - this->Half[2]);
  if (isEmpty(upright))
  {
    return nothing;
  }
  const double radius = this->radiusAt(origin[2] + this->Half[2]);
  const double growth = -this->Tangent * direction[2];
  const double a = direction[0] * direction[0] + direction[1] * direction[1] - growth * growth;
  const double b = origin[0] * direction[0] + origin[1] * direction[1] - radius * growth;
  const double c = origin[0] * origin[0] + origin[1] * origin[1] - radius * radius;
  if (a > 0)
  {
    return common(upright, insideOf(a, b, c));
  }
  if (a == 0)
  {
    // Parallel to a line on the cone, or along the axis of a cylinder.
    if (b == 0)
    {
      return c <= 0 ? upright : nothing;
    }
    const double end = -c / (2 * b);
    return common(upright, b > 0 ? Stretch{ -infinity, end } : Stretch{ end, infinity });
  }
  // Steeper than the cone: inside it before the one root and, mirrored at the apex, after the
  // other. Between the base and the cap only one of the two is left.
  const Roots roots = rootsOf(a, b, c);
  if (!roots.real)
  {
    return upright;
  }
  const Stretch before = common(upright, { -infinity, roots.low });
  return isEmpty(before) ? common(upright, { roots.high, infinity }) : before;
}

Stretch SpecimenOutline::clipCap(const Point& origin, const Point& direction) const
{
  const Stretch upright =
    between(origin[2], direction[2], this->CapBegin - this->Half[2], this->Half[2]);
  const double z = origin[2] + this->Half[2] - this->CapCentre;
  const double a =
    direction[0] * direction[0] + direction[1] * direction[1] + direction[2] * direction[2];
  const double b = origin[0] * direction[0] + origin[1] * direction[1] + z * direction[2];
  const double c =
    origin[0] * origin[0] + origin[1] * origin[1] + z * z - this->CapRadius * this->CapRadius;
  return common(upright, insideOf(a, b, c));
}

Stretch SpecimenOutline::clip(const Point& origin, const Point& direction) const
{
  switch (this->Shape)
  {
    case SpecimenShape::Box:
      return common(common(between(origin[0], direction[0], -this->Half[0], this->Half[0]),
                      between(origin[1], direction[1], -this->Half[1], this->Half[1])),
        between(origin[2], direction[2], -this->Half[2], this->Half[2]));
    case SpecimenShape::Cylinder:
      return common(between(origin[2], direction[2], -this->Half[2], this->Half[2]),
        insideOf(direction[0] * direction[0] + direction[1] * direction[1],
          origin[0] * direction[0] + origin[1] * direction[1],
          origin[0] * origin[0] + origin[1] * origin[1] - this->Half[0] * this->Half[0]));
    case SpecimenShape::Needle:
      break;
  }
  // Both are stretches of one convex body's, so that nothing lies between them.
  const Stretch cone = this->clipCone(origin, direction);
  const Stretch cap = this->clipCap(origin, direction);
  if (isEmpty(cone))
  {
    return cap;
  }
  if (isEmpty(cap))
  {
    return cone;
  }
  return { std::min(cone.begin, cap.begin), std::max(cone.end, cap.end) };
}

} // namespace apt
