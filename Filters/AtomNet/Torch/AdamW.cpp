// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "AdamW.h"

#include <cmath>

namespace apt
{

namespace
{
constexpr double MeanDecay = 0.9;
constexpr double SquareDecay = 0.999;
constexpr double Epsilon = 1e-7;
} // namespace

AdamW::AdamW(const torch::nn::Module& module, double weightDecay)
  : WeightDecay(weightDecay)
{
  for (const auto& item : module.named_parameters())
  {
    this->Parameters.push_back({ item.key(), item.value(), torch::zeros_like(item.value()),
      torch::zeros_like(item.value()) });
  }
}

void AdamW::step(double learningRate)
{
  const torch::NoGradGuard constant;
  ++this->steps;
  const double meanScale = 1 - std::pow(MeanDecay, static_cast<double>(this->steps));
  const double squareScale = 1 - std::pow(SquareDecay, static_cast<double>(this->steps));
  for (Parameter& parameter : this->Parameters)
  {
    torch::Tensor& gradient = parameter.value.mutable_grad();
    if (!gradient.defined())
    {
      continue;
    }
    parameter.mean.mul_(MeanDecay).add_(gradient, 1 - MeanDecay);
    parameter.square.mul_(SquareDecay).addcmul_(gradient, gradient, 1 - SquareDecay);
    const torch::Tensor deviation = (parameter.square / squareScale).sqrt_().add_(Epsilon);
    parameter.value.mul_(1 - learningRate * this->WeightDecay);
    parameter.value.addcdiv_(parameter.mean, deviation, -learningRate / meanScale);
    gradient.zero_();
  }
}

std::vector<AdamW::Entry> AdamW::state() const
{
  std::vector<Entry> entries;
  for (const Parameter& parameter : this->Parameters)
  {
    entries.push_back({ parameter.name + ".mean", parameter.mean });
    entries.push_back({ parameter.name + ".square", parameter.square });
  }
  return entries;
}

} // namespace apt
