// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "DomainForm.h"
#include "SpecimenOutline.h"
#include "SyntheticSpecimen.h"

#include <cstdint>
#include <vector>

namespace apt
{

/**
 * @brief Which domains a place is in, or within a number of their radii of.
 *
 * A uniform grid over the specimen, each cell with the domains that reach into it. Made in time
 * proportional to the cells that domains cover; about 1 kB per domain.
 * Thread-safe; the domains and the form must outlive it.
 */
class DomainLookup
{
public:
  /**
   * @param reach domains are found up to this many of their radii from their centre
   */
  DomainLookup(const std::vector<Domain>& domains, const DomainForm& form,
    const SpecimenOutline& outline, double reach = 1);

  /** @brief The domain that holds a point of the specimen, or −1; the first where two touch. */
  std::int32_t domainAt(const Point& point) const
  {
    for (const std::int32_t* index = this->begin(point); index != this->end(point); ++index)
    {
      if (this->Form.contains(this->Domains[static_cast<std::size_t>(*index)], point))
      {
        return *index;
      }
    }
    return -1;
  }

  /** @brief The domains whose reach may hold a point of the specimen, ascending. */
  const std::int32_t* begin(const Point& point) const
  {
    return this->Items.data() + this->Start[this->cellOf(point)];
  }
  const std::int32_t* end(const Point& point) const
  {
    return this->Items.data() + this->Start[this->cellOf(point) + 1];
  }

private:
  std::int64_t along(std::size_t axis, double coordinate) const;
  std::size_t cellOf(const Point& point) const;
  template <typename Visit>
  void visitCells(const Domain& domain, double reach, Visit&& visit) const;

  const std::vector<Domain>& Domains;
  const DomainForm& Form;
  Point Lower{};
  Point PerLength{};
  std::array<std::int64_t, 3> Count{};
  std::vector<std::uint64_t> Start;
  std::vector<std::int32_t> Items;
};

inline std::int64_t DomainLookup::along(std::size_t axis, double coordinate) const
{
  const auto cell =
    static_cast<std::int64_t>((coordinate - this->Lower[axis]) * this->PerLength[axis]);
  return cell < 0 ? 0 : cell >= this->Count[axis] ? this->Count[axis] - 1 : cell;
}

inline std::size_t DomainLookup::cellOf(const Point& point) const
{
  return static_cast<std::size_t>(
    (this->along(0, point[0]) * this->Count[1] + this->along(1, point[1])) * this->Count[2] +
    this->along(2, point[2]));
}

} // namespace apt
