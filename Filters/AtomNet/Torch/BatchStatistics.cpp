// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "BatchStatistics.h"

namespace apt
{

torch::Tensor normalise(const torch::nn::BatchNorm1d& norm, const torch::Tensor& input,
  std::vector<BatchStatistics>* statistics)
{
  const double epsilon = norm->options.eps();
  if (!statistics)
  {
    return torch::batch_norm(input, norm->weight, norm->bias, norm->running_mean, norm->running_var,
      false, 0, epsilon, false);
  }
  {
    const torch::NoGradGuard constant;
    statistics->push_back({ norm, input.mean(0), input.var(0, false) });
  }
  return torch::batch_norm(input, norm->weight, norm->bias, {}, {}, true, 0, epsilon, false);
}

void addStatistics(const std::vector<BatchStatistics>& statistics, double momentum)
{
  const torch::NoGradGuard constant;
  for (const BatchStatistics& batch : statistics)
  {
    batch.norm->running_mean.lerp_(batch.mean, momentum);
    batch.norm->running_var.lerp_(batch.variance, momentum);
  }
}

} // namespace apt
