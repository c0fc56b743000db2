// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Ion.h"
#include "RangeTable.h"

#include <cstdint>
#include <string>
#include <vector>

namespace apt
{

/** @brief What is to be compared with what. Names are of ions or, decomposed, of elements. */
struct CompositionChoice
{
  bool decompose = true;               ///< take molecular ions apart into their elements
  std::vector<std::string> ions;       ///< of which the share is asked; none = each that there is
  std::vector<std::string> references; ///< of which it is a share; none = all
  bool sum = false;                    ///< the ions together instead of each of them
};

/** @brief One thing whose share is asked. */
struct CompositionPart
{
  std::string name;                  ///< "Li", or "Li+Mg" where several are summed
  std::vector<std::uint32_t> perIon; ///< how often an ion of each type counts for it
};

/** @brief How often an ion of each type counts for what. */
struct CompositionBasis
{
  std::vector<CompositionPart> parts;
  std::vector<std::uint32_t> reference; ///< how often an ion of each type counts in the whole

  /** @brief Whether ions of that type count for anything. */
  bool takesPart(std::int16_t type) const;
};

/** @brief What ions of each type are made of, by their names; a name that is no formula, of itself. */
std::vector<std::vector<Constituent>> constituentsByName(const std::vector<std::string>& names);

/** @brief What ions of each type are made of, by their ranges. */
struct ConstituentsOfTypes
{
  std::vector<std::vector<Constituent>> types;
  /** Names of types whose ranges do not agree (H:1 and H:2, both called H); the first one counts. */
  std::vector<std::string> ambiguous;
};
ConstituentsOfTypes constituentsByRanges(const RangeTable& table);

/**
 * @brief The range of each ion that has a type, over all cores; −1 for the others.
 *
 * With ranges for types, and the constituents of each range, nothing is ambiguous.
 */
std::vector<std::int16_t> rangesOfIons(
  const RangeTable& table, const std::int16_t* types, const float* massToCharge, std::size_t size);

/**
 * @brief Finds the chosen names among those that there are.
 * @param names        of the ion types
 * @param constituents of the ion types
 * @throws ParameterError where a name is not there, naming those that are, or where there is none
 */
CompositionBasis compositionBasis(const std::vector<std::string>& names,
  const std::vector<std::vector<Constituent>>& constituents, const CompositionChoice& choice);

/**
 * @brief One element or, not taken apart, one ion by its name.
 * @param property says in the message where the name comes from
 * @throws ParameterError as compositionBasis
 */
CompositionPart compositionPart(const std::vector<std::string>& names,
  const std::vector<std::vector<Constituent>>& constituents, bool decompose,
  const std::string& name, const std::string& property);

/** @brief How much ions of each type count together: Σ k n. */
std::uint64_t countOf(
  const std::vector<std::uint64_t>& ionsOfType, const std::vector<std::uint32_t>& perIon);

/** @brief A share with its counting error. */
struct Share
{
  double fraction = 0; ///< NaN where nothing of the whole is there
  double error = 0;    ///< 1σ
};

/**
 * @brief The share of a part, from ions of each type.
 *
 * With n_j ions of type j, each of which counts k_j times for the part and m_j times in the whole,
 * c = Σ k n / Σ m n. Ions arrive independently, their atoms do not: to first order and for Poisson
 * counts the variance is Σ n (k − c m)² / (Σ m n)². Where every ion counts once, that is the
 * binomial c (1 − c) / N.
 */
Share shareOf(const std::vector<std::uint64_t>& ionsOfType, const std::vector<std::uint32_t>& part,
  const std::vector<std::uint32_t>& reference);

} // namespace apt
