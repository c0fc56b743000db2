// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <torch/nn/modules/batchnorm.h>

#include <vector>

namespace apt
{

/** @brief Mean and variance of what went into a batch norm. */
struct BatchStatistics
{
  torch::nn::BatchNorm1d norm{ nullptr };
  torch::Tensor mean;
  torch::Tensor variance; ///< of the population, as Keras keeps it
};

/**
 * @brief What the batch norms of a network found in a batch, in the order in which they came.
 *
 * The limits are those of batch renormalisation (Ioffe, Advances in Neural Information Processing
 * Systems 30, 2017): answers are those of the running mean and variance as long as these are no
 * further than the limits from the batch's own, while gradients are those of the batch's own. With 1
 * and 0 it is batch norm.
 */
struct FoundStatistics
{
  double scaleLimit = 1; ///< of the ratio of deviations, own to running; 1 or more
  double shiftLimit = 0; ///< of the difference of means, in running deviations; 0 or more
  std::vector<BatchStatistics> batches;
};

/** @brief What batch renormalisation does to the own-normalised input: x scale + shift; constants. */
struct Renormalisation
{
  torch::Tensor scale; ///< [channels]
  torch::Tensor shift; ///< [channels]
};

/** @return the two for an own mean and variance; not for gradients to go through */
Renormalisation renormalisation(const torch::Tensor& mean, const torch::Tensor& variance,
  const torch::Tensor& runningMean, const torch::Tensor& runningVariance, double epsilon,
  double scaleLimit, double shiftLimit);

/**
 * @brief Batch norm without a hidden state, so that several threads may learn at a time.
 *
 * With statistics it goes with the mean and variance of the input and adds them to the list, for
 * addStatistics to bring into the running ones afterwards, in an order of the caller's; without, it
 * goes with the running ones.
 * @param input [rows, channels]
 */
torch::Tensor normalise(
  const torch::nn::BatchNorm1d& norm, const torch::Tensor& input, FoundStatistics* statistics);

/**
 * @brief Moves the running means and variances towards those in the list, in its order.
 *
 * By momentum, but by no less than 2 / (n + 1) for the nth time, so that what they begin with is soon
 * forgotten; n is the norm's num_batches_tracked.
 */
void addStatistics(const FoundStatistics& statistics, double momentum);

} // namespace apt
