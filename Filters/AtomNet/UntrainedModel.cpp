// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "UntrainedModel.h"

#include "Error.h"

namespace apt
{

namespace
{

constexpr int BlockLimit = 64;
constexpr int PointNetNeighbours = 32;
constexpr int MomentNetNeighbours = 193;

} // namespace

Model untrainedModel(Architecture architecture, int blocks)
{
  if (blocks < 1 || blocks > BlockLimit)
  {
    throw ParameterError(
      "BlockCount", std::to_string(blocks), "1 to " + std::to_string(BlockLimit));
  }
  Model model;
  model.architecture = architecture;
  model.batchNorm = true;
  if (architecture == Architecture::MomentNet)
  {
    model.neighbourCount = MomentNetNeighbours;
    // Squares of moments vary by as little as this; more would drown them.
    model.batchNormEpsilon = 1e-7;
    model.moments.layers = blocks;
    return model;
  }
  model.neighbourCount = PointNetNeighbours;
  for (int block = 1; block <= blocks; ++block)
  {
    using F = Feature;
    model.features.push_back(block == 1
        ? std::vector<F>{ F::OffsetX, F::OffsetY, F::OffsetZ, F::NeighbourSpecies, F::OwnSpecies }
        : std::vector<F>{ F::OffsetX, F::OffsetY, F::OffsetZ, F::NeighbourProbability,
            F::NeighbourSpecies, F::OwnProbability });
  }
  return model;
}

} // namespace apt
