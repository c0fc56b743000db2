// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "BatchStatistics.h"
#include "ModelFile.h"

#include <torch/nn.h>

#include <cstdint>
#include <utility>
#include <vector>

// Names of members are those of the tensors in a model file: see apt::Model.

namespace apt
{

/**
 * @brief The basis functions of the neighbours of ions, on the device that these are on.
 *
 * What momentBasis of MomentKernels.h says, for many ions at once.
 * @param squared distances in a², [ions, neighbours]
 * @param height  z of neighbour minus ion in a, [ions, neighbours]
 * @return basis [ions, functions, neighbours] and logSums [ions, widths]
 */
std::pair<torch::Tensor, torch::Tensor> momentBasis(
  const MomentForm& form, const torch::Tensor& squared, const torch::Tensor& height);

/** @brief One layer of a MomentNet: what ions are sent by their neighbours changes their states. */
class MomentLayerImpl : public torch::nn::Module
{
public:
  MomentLayerImpl(const MomentForm& form, double batchNormEpsilon);

  /** @brief What ions send: states [ions, state] → [ions, channels]. */
  torch::Tensor sent(const torch::Tensor& states);

  /**
   * @param states   [ions, state]
   * @param received [ions, neighbours, channels]
   * @param basis    [ions, functions, neighbours]
   * @param logSums  [ions, widths]
   * @param statistics see normalise
   * @return the new states
   */
  torch::Tensor forward(const torch::Tensor& states, const torch::Tensor& received,
    const torch::Tensor& basis, const torch::Tensor& logSums,
    FoundStatistics* statistics = nullptr);

  /** @brief The answer after this layer: states [ions, state] → logits [ions]. */
  torch::Tensor logits(const torch::Tensor& states);

  torch::nn::Linear send{ nullptr }, own{ nullptr };
  torch::nn::BatchNorm1d norm{ nullptr };
  torch::nn::Linear fc1{ nullptr }, fc2{ nullptr }, read{ nullptr };

private:
  int64_t Widths;
  int64_t Harmonics;
};
TORCH_MODULE(MomentLayer);

/**
 * @brief A network that sums over all neighbours with a fixed basis of the offset.
 *
 * It has the lattice's periodicity along the axis of analysis built in, where an atom probe is
 * sharp, sees a few lattice parameters far in each layer, and needs a third of the multiplications
 * of one published block. See docs/design.md.
 */
class MomentNetImpl : public torch::nn::Module
{
public:
  MomentNetImpl(int64_t species, const MomentForm& form, double batchNormEpsilon);

  /** @brief The embedding of species, which is what ions send in the first layer: species [ions]
   * int64 → [ions, state]. */
  torch::Tensor begin(const torch::Tensor& species);

  /**
   * @brief The states that ions begin with: the embedding, and what comes from the waves.
   * @param waves [ions, waveFeatures]; without meaning for a form without wave windows
   */
  torch::Tensor begin(const torch::Tensor& species, const torch::Tensor& waves);

  /**
   * @brief All layers, on a whole specimen.
   *
   * @param species    [ions] int64
   * @param waves      see begin
   * @param neighbours [ions, neighbours] int32 or int64: places of an ion's neighbours
   * @param basis      [ions, functions, neighbours]
   * @param logSums    [ions, widths]
   * @param statistics see normalise
   * @return logits [ions] after each layer
   */
  std::vector<torch::Tensor> forward(const torch::Tensor& species, const torch::Tensor& waves,
    const torch::Tensor& neighbours, const torch::Tensor& basis, const torch::Tensor& logSums,
    FoundStatistics* statistics = nullptr);

  torch::nn::Linear embedding{ nullptr }, waves{ nullptr };
  std::vector<MomentLayer> layers; ///< block1, block2, …

private:
  int64_t Species;
};
TORCH_MODULE(MomentNet);

} // namespace apt
