// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "BatchStatistics.h"

#include <algorithm>

namespace apt
{

Renormalisation renormalisation(const torch::Tensor& mean, const torch::Tensor& variance,
  const torch::Tensor& runningMean, const torch::Tensor& runningVariance, double epsilon,
  double scaleLimit, double shiftLimit)
{
  const torch::NoGradGuard constant;
  const torch::Tensor inverse = (runningVariance + epsilon).rsqrt();
  return { ((variance + epsilon).sqrt() * inverse).clamp(1 / scaleLimit, scaleLimit),
    ((mean - runningMean) * inverse).clamp(-shiftLimit, shiftLimit) };
}

torch::Tensor normalise(
  const torch::nn::BatchNorm1d& norm, const torch::Tensor& input, FoundStatistics* statistics)
{
  const double epsilon = norm->options.eps();
  if (!statistics)
  {
    return torch::batch_norm(input, norm->weight, norm->bias, norm->running_mean, norm->running_var,
      false, 0, epsilon, false);
  }
  const bool plain = statistics->scaleLimit == 1 && statistics->shiftLimit == 0;
  // It has mean and deviation from its own forward pass: taking them again costs more than the rest.
  const torch::Tensor none;
  const auto [output, mean, inverseDeviation] = at::native_batch_norm(
    input, plain ? norm->weight : none, plain ? norm->bias : none, {}, {}, true, 0, epsilon);
  const torch::Tensor variance = (inverseDeviation.detach().pow(-2) - epsilon).clamp_min(0);
  statistics->batches.push_back({ norm, mean.detach(), variance });
  if (plain)
  {
    return output;
  }
  const Renormalisation by = renormalisation(mean.detach(), variance, norm->running_mean,
    norm->running_var, epsilon, statistics->scaleLimit, statistics->shiftLimit);
  return output * (norm->weight * by.scale) + (norm->bias + norm->weight * by.shift);
}

void addStatistics(const FoundStatistics& statistics, double momentum)
{
  const torch::NoGradGuard constant;
  for (const BatchStatistics& batch : statistics.batches)
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
