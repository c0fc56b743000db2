// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Optimiser.h"

#include "Error.h"

#include <algorithm>
#include <cmath>

namespace apt
{

namespace
{
constexpr double MeanDecay = 0.9;
constexpr double SquareDecay = 0.999;
constexpr double Epsilon = 1e-7;
/** Of the mean of gradients that Muon goes by. */
constexpr double MuonDecay = 0.95;
} // namespace

torch::Tensor orthogonalised(const torch::Tensor& matrix)
{
  // The odd polynomial of that paper, which lifts small singular values fastest.
  constexpr double first = 3.4445;
  constexpr double third = -4.7750;
  constexpr double fifth = 2.0315;
  const bool tall = matrix.size(0) > matrix.size(1);
  torch::Tensor x = tall ? matrix.t() : matrix;
  x = x / (x.norm() + Epsilon);
  for (int i = 0; i < 5; ++i)
  {
    const torch::Tensor square = x.mm(x.t());
    x = first * x + (third * square + fifth * square.mm(square)).mm(x);
  }
  return tall ? x.t() : x;
}

Optimiser::Optimiser(
  const torch::nn::Module& module, const std::vector<std::string>& orthogonal, double weightDecay)
  : WeightDecay(weightDecay)
{
  const auto parameters = module.named_parameters();
  for (const std::string& name : orthogonal)
  {
    const torch::Tensor* const matrix = parameters.find(name);
    if (!matrix || matrix->dim() != 2)
    {
      throw ParameterError("a parameter for Muon", name, "the name of a matrix of the network");
    }
  }
  for (const auto& item : parameters)
  {
    const bool muon =
      std::find(orthogonal.begin(), orthogonal.end(), item.key()) != orthogonal.end();
    this->Parameters.push_back({ item.key(), item.value(), torch::zeros_like(item.value()),
      muon ? torch::Tensor() : torch::zeros_like(item.value()) });
  }
}

void Optimiser::step(double learningRate)
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
    parameter.value.mul_(1 - learningRate * this->WeightDecay);
    if (parameter.square.defined())
    {
      parameter.mean.mul_(MeanDecay).add_(gradient, 1 - MeanDecay);
      parameter.square.mul_(SquareDecay).addcmul_(gradient, gradient, 1 - SquareDecay);
      const torch::Tensor deviation = (parameter.square / squareScale).sqrt_().add_(Epsilon);
      parameter.value.addcdiv_(parameter.mean, deviation, -learningRate / meanScale);
    }
    else
    {
      parameter.mean.mul_(MuonDecay).add_(gradient, 1 - MuonDecay);
      // As Nesterov: the mean as it will be if the next gradient is like this one.
      const torch::Tensor direction =
        orthogonalised(parameter.mean * MuonDecay + gradient * (1 - MuonDecay));
      // An orthogonal matrix has one per row or column, whichever are fewer.
      const auto longer = std::max(direction.size(0), direction.size(1));
      parameter.value.add_(direction, -learningRate * std::sqrt(static_cast<double>(longer)));
    }
    gradient.zero_();
  }
}

std::vector<Optimiser::Entry> Optimiser::state() const
{
  std::vector<Entry> entries;
  for (const Parameter& parameter : this->Parameters)
  {
    entries.push_back({ parameter.name + ".mean", parameter.mean });
    if (parameter.square.defined())
    {
      entries.push_back({ parameter.name + ".square", parameter.square });
    }
  }
  return entries;
}

} // namespace apt
