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
 * @brief Batch norm without a hidden state, so that several threads may learn at a time.
 *
 * With statistics it goes with the mean and variance of the input and adds them to the list, for
 * addStatistics to bring into the running ones afterwards, in an order of the caller's; without, it
 * goes with the running ones.
 * @param input [rows, channels]
 */
torch::Tensor normalise(const torch::nn::BatchNorm1d& norm, const torch::Tensor& input,
  std::vector<BatchStatistics>* statistics);

/**
 * @brief Moves the running means and variances towards those in the list, in its order.
 *
 * By momentum, but by no less than 2 / (n + 1) for the nth time, so that what they begin with is soon
 * forgotten; n is the norm's num_batches_tracked.
 */
void addStatistics(const std::vector<BatchStatistics>& statistics, double momentum);

} // namespace apt
