// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Safetensors.h"
#include "Training.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace apt
{

/** @brief What it takes to go on with a training run: its state at the end of an epoch. */
struct TrainingCheckpoint
{
  std::string recipe;                ///< of model, options and data; others cannot go on from here
  int stage = 1;                     ///< that it was in
  int epoch = 0;                     ///< of the stage, over
  int sinceBest = 0;                 ///< epochs since the best one
  double bestAuc = 0;                ///< of the stage
  long long steps = 0;               ///< of the optimiser
  std::vector<TrainingEpoch> epochs; ///< of all stages so far
  std::map<std::string, Tensor> tensors; ///< the network's, the optimiser's, and the best ones
};

/** @brief Writes it beside and renames, so that a kill leaves the one before. @throws FileError */
void writeCheckpoint(const std::string& path, const TrainingCheckpoint& checkpoint);

/**
 * @brief Reads the checkpoint of that recipe.
 * @return none where there is no file, one of another recipe, or one that is damaged
 */
std::optional<TrainingCheckpoint> readCheckpoint(
  const std::string& path, const std::string& recipe);

} // namespace apt
