// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ModelFile.h"

#include <cmath>
#include <cstddef>
#include <random>

namespace apt
{
namespace test
{

/** Gives a model the tensors that it needs, with weights of about the size that training gives. */
inline void fillWithRandomWeights(Model& model, unsigned seed)
{
  model.tensors.clear();
  std::mt19937 random(seed);
  // Not the standard library's distributions, which differ from one to the next.
  const auto uniform = [&random] { return static_cast<double>(random()) / 4294967296.0; };
  for (const TensorDescription& description : tensorsOf(model))
  {
    Tensor tensor{ description.name, description.shape, {} };
    std::size_t count = 1;
    for (const std::size_t extent : tensor.shape)
    {
      count *= extent;
    }
    const auto has = [&tensor](const char* part)
    { return tensor.name.find(part) != std::string::npos; };
    // The matrices that rows are multiplied with stay near the identity, as they begin.
    const bool isTransform = has("fc3");
    double reach = tensor.shape.size() == 2 ? std::sqrt(6.0 / double(tensor.shape[1])) : 0.5;
    reach *= isTransform ? 0.01 : 1;
    const std::size_t side = isTransform ? std::size_t(std::lround(std::sqrt(double(count)))) : 0;
    for (std::size_t i = 0; i < count; ++i)
    {
      double value = has("running_var") ? 0.5 + uniform() : reach * (2 * uniform() - 1);
      if (has("fc3.bias") && i % (side + 1) == 0)
      {
        value += 1;
      }
      tensor.values.push_back(static_cast<float>(value));
    }
    model.tensors.push_back(tensor);
  }
}

/** A sound model with weights of about the size that training gives, from a seed. */
inline Model randomModel(std::size_t blocks, bool batchNorm, unsigned seed = 1)
{
  Model model;
  model.alloy = "Ab-Cd";
  model.species = { { "*", {} }, { "Ab", { "Ab", "AbH" } }, { "Cd", { "Cd" } } };
  model.latticeParameter = 0.405;
  for (std::size_t block = 0; block < blocks; ++block)
  {
    model.features.push_back({ Feature::OffsetX, Feature::OffsetY, Feature::OffsetZ });
    if (block > 0)
    {
      model.features.back().push_back(Feature::NeighbourProbability);
    }
    model.features.back().push_back(Feature::NeighbourSpecies);
    model.features.back().push_back(block > 0 ? Feature::OwnProbability : Feature::OwnSpecies);
  }
  model.threshold = 0.5;
  model.batchNorm = batchNorm;
  model.training = { { "epochs", 20.0 }, { "learning_rate", 0.001 },
    { "noise", std::string("Gaussian") } };
  model.seed = 18446744073709551615U;
  model.metrics = { { "auc", std::vector<double>(blocks, 0.903) } };
  model.licence = "CC0-1.0";

  fillWithRandomWeights(model, seed);
  return model;
}

/** A small MomentNet with random weights. */
inline Model randomMomentNet(int layers, unsigned seed = 1)
{
  Model model = randomModel(1, true, seed);
  model.architecture = Architecture::MomentNet;
  model.features.clear();
  model.neighbourCount = 17;
  model.moments.widths = 3;
  model.moments.widestWidth = 1.3;
  model.moments.harmonics = 2;
  model.moments.channels = 4;
  model.moments.state = 6;
  model.moments.hidden = 8;
  model.moments.layers = layers;
  model.metrics = { { "auc", std::vector<double>(static_cast<std::size_t>(layers), 0.9) } };
  fillWithRandomWeights(model, seed);
  return model;
}

} // namespace test
} // namespace apt
