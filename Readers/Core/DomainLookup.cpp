// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "DomainLookup.h"

#include <algorithm>
#include <cmath>

namespace apt
{

DomainLookup::DomainLookup(const std::vector<Domain>& domains, const DomainForm& form,
  const SpecimenOutline& outline, double reach)
  : Domains(domains)
  , Form(form)
{
  const Point& half = outline.halfExtent();
  const double volume = 8 * half[0] * half[1] * half[2];
  // Small enough that most cells lie within one domain or none, and few enough to be made quickly.
  constexpr double mostCells = 3e7;
  double meanRadius = 0;
  for (const Domain& domain : domains)
  {
    meanRadius += domain.radius / static_cast<double>(domains.size());
  }
  double edge = 2 * (half[0] + half[1] + half[2]);
  if (!domains.empty())
  {
    const double perDomain = 50;
    const double cells = std::min(mostCells, 100 + perDomain * static_cast<double>(domains.size()));
    edge = std::max(reach * meanRadius / 2, std::cbrt(volume / cells));
  }
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    this->Count[axis] = std::max<std::int64_t>(1, static_cast<std::int64_t>(2 * half[axis] / edge));
    this->Lower[axis] = -half[axis];
    this->PerLength[axis] = static_cast<double>(this->Count[axis]) / (2 * half[axis]);
  }
  this->Start.assign(
    static_cast<std::size_t>(this->Count[0] * this->Count[1] * this->Count[2]) + 1, 0);
  for (const Domain& domain : domains)
  {
    this->visitCells(domain, reach, [this](std::size_t cell) { ++this->Start[cell + 1]; });
  }
  for (std::size_t cell = 1; cell < this->Start.size(); ++cell)
  {
    this->Start[cell] += this->Start[cell - 1];
  }
  this->Items.resize(this->Start.back());
  // Filled from the last domain backwards, each cell from its end: what is left over is the start
  // of each cell again, one place further on.
  for (std::size_t i = domains.size(); i-- > 0;)
  {
    this->visitCells(domains[i], reach,
      [&](std::size_t cell)
      { this->Items[--this->Start[cell + 1]] = static_cast<std::int32_t>(i); });
  }
  for (std::size_t cell = 0; cell + 1 < this->Start.size(); ++cell)
  {
    this->Start[cell] = this->Start[cell + 1];
  }
  this->Start.back() = this->Items.size();
}

template <typename Visit>
void DomainLookup::visitCells(const Domain& domain, double reach, Visit&& visit) const
{
  const double radius = reach * this->Form.boundingRadius(domain.radius);
  std::array<std::int64_t, 3> first{};
  std::array<std::int64_t, 3> last{};
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    first[axis] = this->along(axis, domain.centre[axis] - radius);
    last[axis] = this->along(axis, domain.centre[axis] + radius);
  }
  // Distance of the centre from a layer of cells along one axis.
  const auto away = [&](std::size_t axis, std::int64_t cell)
  {
    const double lower = this->Lower[axis] + static_cast<double>(cell) / this->PerLength[axis];
    const double upper = lower + 1 / this->PerLength[axis];
    return std::max({ lower - domain.centre[axis], domain.centre[axis] - upper, 0.0 });
  };
  const double squaredRadius = radius * radius * (1 + 1e-9);
  for (std::int64_t x = first[0]; x <= last[0]; ++x)
  {
    const double dx = away(0, x);
    for (std::int64_t y = first[1]; y <= last[1]; ++y)
    {
      const double dy = away(1, y);
      for (std::int64_t z = first[2]; z <= last[2]; ++z)
      {
        const double dz = away(2, z);
        if (dx * dx + dy * dy + dz * dz <= squaredRadius)
        {
          visit(static_cast<std::size_t>((x * this->Count[1] + y) * this->Count[2] + z));
        }
      }
    }
  }
}

} // namespace apt
