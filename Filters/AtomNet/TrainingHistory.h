// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Training.h"

#include <string>
#include <vector>

namespace apt
{

/**
 * @brief The epochs of a training run as the text that a model keeps under "history": a JSON array
 * with block, epoch, training loss, validation loss, [validation AUC after each block], best.
 *
 * Without the seconds, so that equal training gives equal files.
 */
std::string historyText(const std::vector<TrainingEpoch>& epochs);

/**
 * @brief The epochs that a model was trained in; their seconds are NaN.
 * @return none where the model does not say, or not in this form
 */
std::vector<TrainingEpoch> historyOf(const Model& model);

} // namespace apt
