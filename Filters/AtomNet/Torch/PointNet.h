// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "BatchStatistics.h"

#include <torch/nn.h>

#include <cstdint>
#include <vector>

// Names of members are those of the tensors in a model file: see apt::Model.

namespace apt
{

/** @brief The form of one block of the published network. */
struct PointNetOptions
{
  explicit PointNetOptions(int64_t columns);

  TORCH_ARG(int64_t, columns);                ///< features per row
  TORCH_ARG(bool, batchNorm) = false;         ///< after every dense layer but the last of each net
  TORCH_ARG(double, batchNormEpsilon) = 1e-3; ///< added to the variance
  TORCH_ARG(double, dropout) = 0.3;           ///< after each hidden layer of the head
};

/** @brief What is of one batch and not of the network: several threads may learn at a time. */
struct PointNetBatch
{
  /** Given: batch norm goes with the batch; see normalise. */
  FoundStatistics* statistics = nullptr;
  /** Given: hidden layers of the head lose some of their values. */
  at::Generator* dropout = nullptr;
};

/** @brief Finds from all rows of an ion the matrix that they are multiplied with (T-Net). */
class TransformNetImpl : public torch::nn::Module
{
public:
  /** Of rows with that many columns; its answer is the identity, whatever the rows, until trained. */
  TransformNetImpl(int64_t columns, const PointNetOptions& options);

  /** @brief [ions, rows, columns] → [ions, columns, columns]. */
  torch::Tensor forward(const torch::Tensor& rows, const PointNetBatch& batch = {});

  torch::nn::Linear conv1{ nullptr }, conv2{ nullptr }, conv3{ nullptr };
  torch::nn::Linear fc1{ nullptr }, fc2{ nullptr }, fc3{ nullptr };
  torch::nn::BatchNorm1d conv1_bn{ nullptr }, conv2_bn{ nullptr }, conv3_bn{ nullptr };
  torch::nn::BatchNorm1d fc1_bn{ nullptr }, fc2_bn{ nullptr };

private:
  int64_t Columns;
};
TORCH_MODULE(TransformNet);

/** @brief Two dense layers on every row. */
class LocalMlpImpl : public torch::nn::Module
{
public:
  LocalMlpImpl(int64_t columns, const PointNetOptions& options);

  /** @brief [ions, rows, columns] → [ions, rows, 32]. */
  torch::Tensor forward(torch::Tensor rows, const PointNetBatch& batch = {});

  torch::nn::Linear conv1{ nullptr }, conv2{ nullptr };
  torch::nn::BatchNorm1d conv1_bn{ nullptr }, conv2_bn{ nullptr };
};
TORCH_MODULE(LocalMlp);

/** @brief Three dense layers on every row, and the largest over the rows. */
class PoolingMlpImpl : public torch::nn::Module
{
public:
  explicit PoolingMlpImpl(const PointNetOptions& options);

  /** @brief [ions, rows, 32] → [ions, 128]. */
  torch::Tensor forward(torch::Tensor rows, const PointNetBatch& batch = {});

  torch::nn::Linear conv1{ nullptr }, conv2{ nullptr }, conv3{ nullptr };
  torch::nn::BatchNorm1d conv1_bn{ nullptr }, conv2_bn{ nullptr }, conv3_bn{ nullptr };
};
TORCH_MODULE(PoolingMlp);

/** @brief From what was pooled to one number. */
class HeadImpl : public torch::nn::Module
{
public:
  explicit HeadImpl(const PointNetOptions& options);

  /** @brief [ions, 128] → [ions]. */
  torch::Tensor forward(torch::Tensor pooled, const PointNetBatch& batch = {});

  torch::nn::Linear fc1{ nullptr }, fc2{ nullptr }, out{ nullptr };
  torch::nn::BatchNorm1d fc1_bn{ nullptr }, fc2_bn{ nullptr };

private:
  double Dropout;
};
TORCH_MODULE(Head);

/** @brief What a block answers, and what a regulariser of its matrices needs. */
struct PointNetAnswer
{
  torch::Tensor logits;           ///< [ions]; their sigmoid is the probability
  torch::Tensor inputTransform;   ///< [ions, columns, columns]
  torch::Tensor featureTransform; ///< [ions, 32, 32]
};

/**
 * @brief One block of AtomNet: a PointNet on an ion and its nearest neighbours.
 *
 * The reference implementation, for training and for the tests of faster ones. Weights begin as
 * Keras begins them, which the published network was trained with: Glorot-uniform, biases zero, the
 * T-Nets' answer the identity. Seed with torch::manual_seed before making one.
 *
 * Source: Yu et al., Acta Materialia 278 (2024) 120280; Qi et al., PointNet, CVPR 2017.
 */
class PointNetImpl : public torch::nn::Module
{
public:
  explicit PointNetImpl(const PointNetOptions& options);

  /**
   * @brief [ions, rows, columns] → logits [ions]; the order of an ion's rows has no influence.
   *
   * Learns and answers alike but for what batch says; train() and eval() change nothing.
   */
  PointNetAnswer forward(const torch::Tensor& features, const PointNetBatch& batch = {});

  TransformNet tnet1{ nullptr }, tnet2{ nullptr };
  LocalMlp mlp1{ nullptr };
  PoolingMlp mlp2{ nullptr };
  Head head{ nullptr };
};
TORCH_MODULE(PointNet);

/**
 * @brief How far matrices are from orthogonal: the mean over the ions of ‖1 − A·Aᵀ‖² (Frobenius).
 *
 * Source: Qi et al., PointNet, CVPR 2017, equation 2. (The published scripts sum over pairs of ions
 * instead, which does not ask for orthogonal matrices; see docs/design.md.)
 * @param transforms [ions, n, n]
 */
torch::Tensor orthogonalityLoss(const torch::Tensor& transforms);

} // namespace apt
