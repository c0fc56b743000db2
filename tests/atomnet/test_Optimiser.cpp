// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Error.h"
#include "Optimiser.h"

#include <torch/linalg.h>
#include <torch/nn.h>
#include <torch/optim.h>

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

using namespace apt;

namespace
{

constexpr double rate = 0.01;
constexpr double decay = 0.1;

/** Sets the gradients of a layer's parameters to some that change from step to step. */
void setGradients(torch::nn::Linear& layer, int step)
{
  torch::manual_seed(100 + static_cast<std::uint64_t>(step));
  for (torch::Tensor& parameter : layer->parameters())
  {
    parameter.mutable_grad() = torch::randn_like(parameter);
  }
}

torch::nn::Linear layerOf(std::int64_t in, std::int64_t out)
{
  torch::manual_seed(7);
  return torch::nn::Linear(in, out);
}

torch::Tensor singularValues(const torch::Tensor& matrix)
{
  return torch::linalg_svdvals(matrix.detach());
}

} // namespace

TEST(Optimiser, goesAsAdamWDoes)
{
  torch::nn::Linear ours = layerOf(5, 3);
  torch::nn::Linear theirs = layerOf(5, 3);
  Optimiser optimiser(*ours, {}, decay);
  torch::optim::AdamW reference(
    theirs->parameters(), torch::optim::AdamWOptions(rate).eps(1e-7).weight_decay(decay));
  for (int step = 0; step < 5; ++step)
  {
    setGradients(ours, step);
    setGradients(theirs, step);
    optimiser.step(rate);
    reference.step();
  }
  EXPECT_EQ(optimiser.steps, 5);
  EXPECT_LT((ours->weight - theirs->weight).abs().max().item<double>(), 1e-6);
  EXPECT_LT((ours->bias - theirs->bias).abs().max().item<double>(), 1e-6);
  EXPECT_EQ(ours->weight.grad().abs().max().item<double>(), 0);
}

TEST(Optimiser, makesMatricesOrthogonal)
{
  torch::manual_seed(3);
  for (const auto& [rows, columns] : { std::pair{ 8, 40 }, std::pair{ 40, 8 }, std::pair{ 6, 6 } })
  {
    const torch::Tensor matrix = torch::randn({ rows, columns }) * 1e-3;
    const torch::Tensor found = orthogonalised(matrix);
    ASSERT_EQ(found.sizes(), matrix.sizes());
    if (rows != columns) // a square one of random numbers has some near 0
    {
      const torch::Tensor values = singularValues(found);
      EXPECT_GT(values.min().item<double>(), 0.65);
      EXPECT_LT(values.max().item<double>(), 1.25);
    }
    // The same singular vectors: found matrixᵀ is symmetric and positive.
    const torch::Tensor product = found.mm(matrix.t());
    EXPECT_LT((product - product.t()).abs().max().item<double>(),
      1e-4 * product.abs().max().item<double>());
    EXPECT_GT(product.trace().item<double>(), 0);
  }
}

TEST(Optimiser, goesDownTheMeanOfGradientsMadeOrthogonal)
{
  torch::nn::Linear layer = layerOf(20, 4);
  Optimiser optimiser(*layer, { "weight" }, decay);
  torch::Tensor mean = torch::zeros({ 4, 20 });
  for (int step = 0; step < 4; ++step)
  {
    setGradients(layer, step);
    const torch::Tensor gradient = layer->weight.grad().clone();
    const torch::Tensor before = layer->weight.detach().clone();
    optimiser.step(rate);
    mean = 0.95 * mean + 0.05 * gradient;
    const torch::Tensor change =
      (layer->weight.detach() - before * (1 - rate * decay)) / (-rate * std::sqrt(20.0));
    EXPECT_LT(
      (change - orthogonalised(0.95 * mean + 0.05 * gradient)).abs().max().item<double>(), 1e-4);
    // In quadratic mean weights change by about the learning rate.
    const double root = (rate * std::sqrt(20.0) * change).square().mean().sqrt().item<double>();
    EXPECT_GT(root, 0.65 * rate);
    EXPECT_LT(root, 1.25 * rate);
  }
}

TEST(Optimiser, refusesNamesOfWhatIsNoMatrix)
{
  const torch::nn::Linear layer = layerOf(5, 3);
  EXPECT_THROW(Optimiser(*layer, { "wieght" }, 0), ParameterError);
  EXPECT_THROW(Optimiser(*layer, { "bias" }, 0), ParameterError);
}

TEST(Optimiser, keepsWhatItsStepsNeed)
{
  torch::nn::Linear layer = layerOf(5, 3);
  const Optimiser optimiser(*layer, { "weight" }, 0);
  std::vector<std::string> names;
  for (const Optimiser::Entry& entry : optimiser.state())
  {
    names.push_back(entry.name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{ "weight.mean", "bias.mean", "bias.square" }));
}
