// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "LabelledClouds.h"
#include "SyntheticSpecimen.h"

#include <cstdint>
#include <vector>

namespace apt
{

/**
 * @brief Whether these are the ions of that synthetic specimen, all of them and unchanged, with the
 * phases for truth.
 *
 * Makes the specimen again: 19 bytes per ion while it lasts.
 */
bool areIonsOf(const SpecimenIons& ions, const SyntheticSpecimenOptions& recipe,
  std::uint32_t specimen, const Progress& progress = {});

/**
 * @brief Clouds that are made when they are needed, every one a synthetic specimen of its own.
 *
 * The recipes take turns. Specimens are made from options.seed, not from those of the recipes, and
 * have numbers from 2³¹ on, which vtkSyntheticSpecimenSource never uses: so none is ever one that
 * can be in the pipeline, nor one to validate with. Of a specimen with more than cloudIons ions one
 * piece is taken (see cutIntoClouds), a random one, with the waves of the whole.
 *
 * For validation there are validationFraction × cloudsPerEpoch specimens, rounded up to as many of
 * each recipe, at least one.
 *
 * @param cloudsPerEpoch TrainingOptions::cloudsPerEpoch
 * @throws ParameterError where a recipe cannot be made or validationFraction is out of bounds; Error
 * where specimens for validation have ions of one class only; Stopped
 */
TrainingData freshClouds(const std::vector<SyntheticSpecimenOptions>& recipes, const Model& model,
  int cloudsPerEpoch, const LabelledCloudOptions& options = {}, const Progress& progress = {});

/** @brief The elements of the recipes, each a species of its own, in order of first mention. */
std::vector<Species> speciesIn(const std::vector<SyntheticSpecimenOptions>& recipes);

} // namespace apt
