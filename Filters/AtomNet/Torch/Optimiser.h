// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <torch/nn/module.h>

#include <string>
#include <vector>

namespace apt
{

/**
 * @brief Adam with decoupled weight decay (AdamW, Loshchilov & Hutter, ICLR 2019), and Muon (Jordan et al.,
 * 2024) for the matrices it is told, with a state that can be written to any kind of file.
 *
 * Muon goes down the gradient's running mean made orthogonal, so that every direction of a matrix learns at
 * one pace, however small its gradient. Its step changes weights by about the learning rate in quadratic
 * mean, so that both take the same rate.
 *
 * LibTorch's own optimisers key their state by address, differently from version to version, and can only
 * write it in the archives of TorchScript.
 */
class Optimiser
{
public:
  /**
   * Of the module's parameters; Adam's epsilon is that of Keras, 1e-7.
   * @param orthogonal names of those that are for Muon, of two indices
   * @throws ParameterError where the module has no such matrix
   */
  Optimiser(const torch::nn::Module& module, const std::vector<std::string>& orthogonal,
    double weightDecay);

  /** @brief One step down the gradients that the parameters have; clears them. */
  void step(double learningRate);

  /** @brief A tensor of the state, by name; all are float32 or float64 as the parameters. */
  struct Entry
  {
    std::string name; ///< "<parameter>.mean", and for Adam "<parameter>.square"
    torch::Tensor tensor;
  };
  std::vector<Entry> state() const;

  long long steps = 0; ///< so far; part of the state

private:
  struct Parameter
  {
    std::string name;
    torch::Tensor value;
    torch::Tensor mean;
    torch::Tensor square; ///< none where it is for Muon
  };
  std::vector<Parameter> Parameters;
  double WeightDecay;
};

/**
 * @brief The matrix with the singular vectors of another and singular values near 1, by five steps of a
 * Newton–Schulz iteration (Jordan et al., 2024): 0.7 to 1.2, but for those that are next to nothing beside
 * the largest.
 */
torch::Tensor orthogonalised(const torch::Tensor& matrix);

} // namespace apt
