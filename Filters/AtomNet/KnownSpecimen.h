// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "LabelledClouds.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace apt
{

/** @brief A specimen as a model sees it: its ions of known species, with their class. */
class KnownSpecimen
{
public:
  /**
   * @param ions is not copied and must outlive this
   * @throws Error where a position is not finite or an ion's value has no name
   */
  KnownSpecimen(
    const SpecimenIons& ions, const Model& model, const std::vector<int>& orderedValues);

  const SpecimenIons& source() const { return this->Source; }

  /** @brief Indices of the ions of known species, ascending. */
  const std::vector<std::uint32_t>& ions() const { return this->Ions; }

  /** @brief Frees the list of ions, once it has been cut. */
  void forgetIons() { std::vector<std::uint32_t>().swap(this->Ions); }

  std::size_t countOrdered(const std::vector<std::uint32_t>& ions) const;

  /**
   * @brief The known ions in pieces of about equal size, each of at most limit and, unless all are
   * fewer, at least least ions: see cutIntoClouds. Ascending indices in each.
   */
  std::vector<std::vector<std::uint32_t>> cut(std::size_t limit, std::size_t least) const;

  /** @brief Those ions as a cloud to learn from. */
  LabelledCloud cloud(const std::vector<std::uint32_t>& ions) const;

private:
  bool isOrdered(std::uint32_t ion) const;

  SpecimenIons Source;
  std::vector<int> OrderedValues;
  std::vector<int> Codes; ///< of each name
  std::vector<std::uint32_t> Ions;
};

} // namespace apt
