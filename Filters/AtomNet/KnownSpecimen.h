// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "CellSortedCloud.h"
#include "LabelledClouds.h"
#include "LatticeWaves.h"
#include "Progress.h"

#include <cstddef>
#include <cstdint>
#include <memory>
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

  /**
   * @brief Finds the lattice waves of the known ions, which each cloud is told from then on.
   *
   * Without effect for a form without wave windows. Keeps 18 bytes per known ion and 4 per ion
   * beside what LatticeWaves keeps.
   * @throws Stopped
   */
  void findWaves(const Progress& progress = {});

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
  /** The waves of all known ions, and where to find those of one. */
  struct Waves
  {
    Waves(const KnownSpecimen& specimen, const Progress& progress);

    CellSortedCloud sorted;
    LatticeWaves found;
    std::vector<std::uint32_t> place; ///< in sorted, of each ion of the source
  };

  std::uint8_t speciesOf(std::uint32_t ion) const
  {
    return static_cast<std::uint8_t>(this->Codes[static_cast<std::size_t>(this->Source.ion[ion])]);
  }
  /** The same of ions of the source, in the order of a cloud. */
  std::vector<std::uint8_t> speciesOf(const CellSortedCloud& sorted) const;
  bool isOrdered(std::uint32_t ion) const;

  SpecimenIons Source;
  MomentForm Moments;
  double LatticeParameter;
  std::size_t SpeciesCount;
  std::vector<int> OrderedValues;
  std::vector<int> Codes; ///< of each name
  std::vector<std::uint32_t> Ions;
  std::unique_ptr<const Waves> Told;
};

} // namespace apt
