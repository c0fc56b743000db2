// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <torch/nn/module.h>

#include <string>
#include <vector>

namespace apt
{

/**
 * @brief Adam with decoupled weight decay (Loshchilov & Hutter, ICLR 2019), and a state that can be
 * written to any kind of file.
 *
 * LibTorch's own keys its state by address, differently from version to version, and can only write
 * it in the archives of TorchScript.
 */
class AdamW
{
public:
  /** Of the module's parameters; epsilon is that of Keras, 1e-7. */
  AdamW(const torch::nn::Module& module, double weightDecay);

  /** @brief One step down the gradients that the parameters have; clears them. */
  void step(double learningRate);

  /** @brief A tensor of the state, by name; all are float32 or float64 as the parameters. */
  struct Entry
  {
    std::string name; ///< "<parameter>.mean", "<parameter>.square"
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
    torch::Tensor square;
  };
  std::vector<Parameter> Parameters;
  double WeightDecay;
};

} // namespace apt
