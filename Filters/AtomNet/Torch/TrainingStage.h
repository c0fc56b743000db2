// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Training.h"

#include <torch/nn/module.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace apt
{

/** @brief What learns at one go: a block of a PointNet, or a MomentNet as a whole. */
class TrainingStage
{
public:
  virtual ~TrainingStage() = default;

  virtual torch::nn::Module& network() = 0;

  /** @brief Names of its matrices that learn by Muon; see Optimiser. */
  virtual std::vector<std::string> orthogonalParameters() const = 0;

  /** @brief What stands before the names of the network's tensors in the model. */
  virtual std::string prefix() const = 0;

  /** @brief The block, from 1, whose answer it is about. */
  virtual int block() const = 0;

  /** @brief Makes ready for learning; done is the share of the epochs that are over. */
  virtual void beginEpoch(double done) = 0;

  /** @brief The clouds that it learns from in one call. */
  virtual int cloudsAtOnce() const = 0;

  /** Takes the mean loss over that many ions; goes a step down the gradients of the network. */
  using Step = std::function<void(double loss, std::size_t ions)>;

  /** @brief Learns from clouds, in one step or in several; seeds has one for each. */
  virtual void learn(const std::vector<LabelledCloud>& clouds,
    const std::vector<std::uint64_t>& seeds, const Step& step) = 0;

  /** @brief The answers for a cloud after each block up to this one, [block][ion]. */
  virtual std::vector<std::vector<float>> answers(const LabelledCloud& cloud) = 0;
};

/** @brief Adds what a part of a batch found to the gradients that the parameters have. */
inline void addGradients(
  const std::vector<torch::Tensor>& parameters, const std::vector<torch::Tensor>& found)
{
  const torch::NoGradGuard constant;
  for (std::size_t i = 0; i < parameters.size(); ++i)
  {
    torch::Tensor& gradient = parameters[i].mutable_grad();
    gradient = gradient.defined() ? gradient.add_(found[i]) : found[i].clone();
  }
}

/** @brief A block of a PointNet; model holds the weights of those before it. */
std::unique_ptr<TrainingStage> makePointNetStage(
  const Model& model, int block, const TrainingOptions& options, const torch::Device& device);

std::unique_ptr<TrainingStage> makeMomentNetStage(
  const Model& model, const TrainingOptions& options, const torch::Device& device);

} // namespace apt
