// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Training.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace apt
{

/** @brief What a specimen is for. */
enum class SpecimenUse
{
  Training,   ///< learnt from; where there is none for validation, pieces of it are drawn for that
  Validation, ///< tried on after every epoch, never learnt from
  Test        ///< for afterwards: training never looks at it
};

/** @brief The use that the name of a specimen tells: "Validation 2", "Test 1", or anything else. */
SpecimenUse useOf(const std::string& name);

/** @brief The ions of one specimen and their truth; they belong to somebody else, who keeps them. */
struct SpecimenIons
{
  std::string name; ///< for messages
  SpecimenUse use = SpecimenUse::Training;
  std::size_t size = 0;
  const float* positions = nullptr;    ///< size × 3, nm
  const std::int16_t* ion = nullptr;   ///< size places in ionNames; −1 = unranged
  const std::int32_t* truth = nullptr; ///< size
  std::vector<std::string> ionNames;
};

/** @brief How labelled clouds are made. */
struct LabelledCloudOptions
{
  std::vector<int> orderedValues = { 1 }; ///< of the truth; all others are not ordered
  double validationFraction = 0.1;        ///< of the clouds, more than 0 and below 1
  std::uint64_t seed = 1;                 ///< draws the clouds to validate with
  /** The most ions of a cloud: a MomentNet of two layers takes 46 kB for each. */
  std::size_t cloudIons = 20000;
};

/**
 * @brief The names of the ions that occur in the specimens but not in Test ones, each a species of
 * its own, in the order of the legends.
 */
std::vector<Species> speciesIn(const std::vector<SpecimenIons>& specimens);

/**
 * @brief Cuts the ions of a model's species in space into clouds to learn from and to validate with.
 *
 * The box around a specimen is halved along its longest edge, so that both halves hold as many ions,
 * until no piece has more than there may be: cloudIons, or so many fewer that there are enough
 * pieces to draw the share for validation from, but not below 1000. Every ion of a known species is
 * in one cloud; no cloud has ions of two specimens. With specimens for validation among them, their
 * pieces are what is validated with, and validationFraction has no meaning; else pieces with both
 * classes in them are drawn, at least one. Test specimens are passed over.
 *
 * A model with wave windows is told the waves of whole specimens, as where it is applied, not those
 * of pieces.
 *
 * Depends on ions, model and options alone. O(n log n) on one thread, waves apart. Memory: 5 bytes
 * per ion that is learnt from and 14 per ion to validate with, and with waves what
 * KnownSpecimen::findWaves says, beside the specimens, which must outlive the result.
 *
 * @param model its species tell which ions take part, its neighbourCount how many a cloud must have
 * @throws ParameterError where validationFraction is out of bounds; Error where positions are not
 * finite, an ion's value has no name, no ion is of the model's species, all ions are of one class,
 * or there are too few of them for two clouds; Stopped
 */
TrainingData cutIntoClouds(const std::vector<SpecimenIons>& specimens, const Model& model,
  const LabelledCloudOptions& options = {}, const Progress& progress = {});

/**
 * @brief The mean distance of an ion of a model's species to the next one, in the specimen that has
 * most of them, nm; 0 where there are fewer than two.
 */
double meanNearestNeighbourDistance(const std::vector<SpecimenIons>& specimens, const Model& model);

/** @brief Tells these ions, names and truth from others: 16 hexadecimal digits (64-bit FNV-1a). */
std::string fingerprintOf(const std::vector<SpecimenIons>& specimens);

} // namespace apt
