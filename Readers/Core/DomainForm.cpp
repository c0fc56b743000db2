// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "DomainForm.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace apt
{

namespace
{

constexpr double pi = 3.14159265358979323846;

/**
 * Points spread evenly over the unit ball, or over the cylinder of radius 1 and half height 1 about
 * the last axis, by the additive recurrence of the generalised golden ratio (M. Roberts, The
 * unreasonable effectiveness of quasirandom sequences, 2018).
 */
std::vector<Point> evenPoints(bool cylinder)
{
  constexpr std::size_t count = 1024;
  constexpr double ratio = 1.22074408460575947536;
  std::vector<Point> points(count);
  for (std::size_t n = 0; n < count; ++n)
  {
    const auto coordinate = [&](int power)
    { return std::fmod(0.5 + static_cast<double>(n + 1) / std::pow(ratio, power), 1.0); };
    const double angle = 2 * pi * coordinate(1);
    const double along = 2 * coordinate(2) - 1;
    const double outwards = cylinder ? std::sqrt(coordinate(3)) : std::cbrt(coordinate(3));
    const double lateral = cylinder ? 1 : std::sqrt(1 - along * along);
    points[n] = { outwards * lateral * std::cos(angle), outwards * lateral * std::sin(angle),
      cylinder ? along : outwards * along };
  }
  return points;
}

} // namespace

DomainForm::DomainForm(DomainShape shape, double aspectRatio, const Matrix& rotation)
  : Shape(shape)
  , AspectRatio(shape == DomainShape::Sphere ? 1 : aspectRatio)
{
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    this->Axes[axis] = { rotation[0][axis], rotation[1][axis], rotation[2][axis] };
  }
}

double DomainForm::volume(double radius) const
{
  const double cube = radius * radius * radius * this->AspectRatio;
  return this->Shape == DomainShape::Plate ? 2 * pi * cube : 4.0 / 3 * pi * cube;
}

double DomainForm::boundingRadius(double radius) const
{
  switch (this->Shape)
  {
    case DomainShape::Plate:
      return radius * std::hypot(1, this->AspectRatio);
    case DomainShape::Ellipsoid:
      return radius * std::max(1.0, this->AspectRatio);
    case DomainShape::Sphere:
      break;
  }
  return radius;
}

double DomainForm::filling() const
{
  const double bounding = this->boundingRadius(1);
  return this->volume(1) / (4.0 / 3 * pi * bounding * bounding * bounding);
}

DomainForm::Offset DomainForm::offsetOf(const Domain& domain, const Point& point) const
{
  const Point offset = { point[0] - domain.centre[0], point[1] - domain.centre[1],
    point[2] - domain.centre[2] };
  const double squared = offset[0] * offset[0] + offset[1] * offset[1] + offset[2] * offset[2];
  if (this->Shape == DomainShape::Sphere)
  {
    return { squared, 0 };
  }
  const Point& axis = this->Axes[static_cast<std::size_t>(domain.axis)];
  const double along = offset[0] * axis[0] + offset[1] * axis[1] + offset[2] * axis[2];
  return { std::max(0.0, squared - along * along), along };
}

double DomainForm::level(const Domain& domain, const Point& point) const
{
  const Offset offset = this->offsetOf(domain, point);
  const double along = offset.along / this->AspectRatio;
  if (this->Shape == DomainShape::Plate)
  {
    return std::max(std::sqrt(offset.squaredLateral), std::abs(along)) / domain.radius;
  }
  return std::sqrt(offset.squaredLateral + along * along) / domain.radius;
}

bool DomainForm::contains(const Domain& domain, const Point& point) const
{
  const Offset offset = this->offsetOf(domain, point);
  const double along = offset.along / this->AspectRatio;
  const double squaredRadius = domain.radius * domain.radius;
  if (this->Shape == DomainShape::Plate)
  {
    return std::max(offset.squaredLateral, along * along) <= squaredRadius;
  }
  return offset.squaredLateral + along * along <= squaredRadius;
}

double DomainForm::volumeWithin(const SpecimenOutline& outline, const Domain& domain) const
{
  const double whole = this->volume(domain.radius);
  const double bounding = this->boundingRadius(domain.radius);
  const double depth = outline.depth(domain.centre);
  if (depth >= bounding)
  {
    return whole;
  }
  if (depth <= -bounding)
  {
    return 0;
  }
  static const std::vector<Point> ball = evenPoints(false);
  static const std::vector<Point> cylinder = evenPoints(true);
  const std::vector<Point>& points = this->Shape == DomainShape::Plate ? cylinder : ball;

  const std::size_t first = static_cast<std::size_t>(domain.axis);
  const Point& axis = this->Axes[first];
  const Point& across = this->Axes[(first + 1) % 3];
  const Point& other = this->Axes[(first + 2) % 3];
  std::size_t inside = 0;
  for (const Point& unit : points)
  {
    Point point{};
    for (std::size_t i = 0; i < 3; ++i)
    {
      point[i] = domain.centre[i] +
        domain.radius *
          (unit[0] * across[i] + unit[1] * other[i] + unit[2] * this->AspectRatio * axis[i]);
    }
    inside += outline.contains(point);
  }
  return whole * static_cast<double>(inside) / static_cast<double>(points.size());
}

} // namespace apt
