// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "BatchStatistics.h"

#include <algorithm>

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
  // It has mean and deviation from its own forward pass: taking them again costs more than the rest.
  const auto [output, mean, inverseDeviation] =
    at::native_batch_norm(input, norm->weight, norm->bias, {}, {}, true, 0, epsilon);
  const torch::NoGradGuard constant;
  statistics->push_back(
    { norm, mean.detach(), (inverseDeviation.detach().pow(-2) - epsilon).clamp_min(0) });
  return output;
}

void addStatistics(const std::vector<BatchStatistics>& statistics, double momentum)
{
  const torch::NoGradGuard constant;
  for (const BatchStatistics& batch : statistics)
  {
    torch::nn::BatchNorm1d norm = batch.norm;
    norm->num_batches_tracked += 1;
    const auto times = norm->num_batches_tracked.item<double>();
    const double share = std::max(momentum, 2 / (times + 1));
    norm->running_mean.lerp_(batch.mean, share);
    norm->running_var.lerp_(batch.variance, share);
  }
}

} // namespace apt
