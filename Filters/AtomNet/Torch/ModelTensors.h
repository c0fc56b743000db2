// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ModelFile.h"

#include <torch/nn/module.h>

#include <string>

namespace apt
{

/** @brief What becomes of tensors that a model does not have. */
enum class MissingTensors
{
  AreErrors,
  StayAsTheyAre
};

/**
 * @brief Gives a module the weights of a model.
 *
 * @param prefix what stands before the module's own names in the model: "block1."
 * @throws ParameterError where one is missing or of another shape
 */
void loadTensors(torch::nn::Module& module, const Model& model, const std::string& prefix,
  MissingTensors missing = MissingTensors::AreErrors);

/**
 * @brief Gives a model the weights of a module, as float32.
 *
 * Those of other modules stay; where the model has no tensors yet, they become zeros, so that the
 * list is whole and in the order of tensorsOf. What only training needs (num_batches_tracked) is
 * left out.
 * @throws ParameterError where the model is to have a tensor under the prefix that the module has not
 */
void storeTensors(const torch::nn::Module& module, const std::string& prefix, Model& model);

} // namespace apt
