// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "PointNet.h"

#include <string>

namespace apt
{

namespace
{

// Widths of the published network.
constexpr int64_t LocalWidth = 32;
constexpr int64_t MiddleWidth = 64;
constexpr int64_t PooledWidth = 128;

/** Makes a dense layer, and its batch norm where there is one, under their names. */
void add(torch::nn::Module& owner, const std::string& name, int64_t in, int64_t out,
  torch::nn::Linear& layer, torch::nn::BatchNorm1d* batchNorm, const PointNetOptions& options)
{
  layer = owner.register_module(name, torch::nn::Linear(in, out));
  torch::NoGradGuard constant;
  torch::nn::init::xavier_uniform_(layer->weight);
  torch::nn::init::zeros_(layer->bias);
  if (batchNorm && options.batchNorm())
  {
    *batchNorm = owner.register_module(name + "_bn",
      torch::nn::BatchNorm1d(torch::nn::BatchNorm1dOptions(out)
                               .eps(options.batchNormEpsilon())
                               .momentum(options.batchNormMomentum())));
  }
}

/** Dense, batch norm where there is one, ReLU; on the last dimension. */
torch::Tensor denseRelu(
  torch::nn::Linear& layer, torch::nn::BatchNorm1d& batchNorm, const torch::Tensor& input)
{
  torch::Tensor output = layer->forward(input);
  if (batchNorm)
  {
    const torch::Tensor flat = batchNorm->forward(output.reshape({ -1, output.size(-1) }));
    output = flat.view(output.sizes());
  }
  // What the layer made belongs to nobody else.
  return output.relu_();
}

torch::Tensor maximumOverRows(const torch::Tensor& rows)
{
  return rows.amax(1);
}

} // namespace

PointNetOptions::PointNetOptions(int64_t columns)
  : columns_(columns)
{
}

TransformNetImpl::TransformNetImpl(int64_t columns, const PointNetOptions& options)
  : Columns(columns)
{
  add(*this, "conv1", columns, LocalWidth, this->conv1, &this->conv1_bn, options);
  add(*this, "conv2", LocalWidth, MiddleWidth, this->conv2, &this->conv2_bn, options);
  add(*this, "conv3", MiddleWidth, PooledWidth, this->conv3, &this->conv3_bn, options);
  add(*this, "fc1", PooledWidth, PooledWidth, this->fc1, &this->fc1_bn, options);
  add(*this, "fc2", PooledWidth, MiddleWidth, this->fc2, &this->fc2_bn, options);
  add(*this, "fc3", MiddleWidth, columns * columns, this->fc3, nullptr, options);
  torch::NoGradGuard constant;
  torch::nn::init::zeros_(this->fc3->weight);
  this->fc3->bias.copy_(torch::eye(columns).flatten());
}

torch::Tensor TransformNetImpl::forward(const torch::Tensor& rows)
{
  torch::Tensor x = denseRelu(this->conv1, this->conv1_bn, rows);
  x = denseRelu(this->conv2, this->conv2_bn, x);
  x = maximumOverRows(denseRelu(this->conv3, this->conv3_bn, x));
  x = denseRelu(this->fc1, this->fc1_bn, x);
  x = denseRelu(this->fc2, this->fc2_bn, x);
  return this->fc3->forward(x).view({ -1, this->Columns, this->Columns });
}

LocalMlpImpl::LocalMlpImpl(int64_t columns, const PointNetOptions& options)
{
  add(*this, "conv1", columns, LocalWidth, this->conv1, &this->conv1_bn, options);
  add(*this, "conv2", LocalWidth, LocalWidth, this->conv2, &this->conv2_bn, options);
}

torch::Tensor LocalMlpImpl::forward(torch::Tensor rows)
{
  rows = denseRelu(this->conv1, this->conv1_bn, rows);
  return denseRelu(this->conv2, this->conv2_bn, rows);
}

PoolingMlpImpl::PoolingMlpImpl(const PointNetOptions& options)
{
  add(*this, "conv1", LocalWidth, LocalWidth, this->conv1, &this->conv1_bn, options);
  add(*this, "conv2", LocalWidth, MiddleWidth, this->conv2, &this->conv2_bn, options);
  add(*this, "conv3", MiddleWidth, PooledWidth, this->conv3, &this->conv3_bn, options);
}

torch::Tensor PoolingMlpImpl::forward(torch::Tensor rows)
{
  rows = denseRelu(this->conv1, this->conv1_bn, rows);
  rows = denseRelu(this->conv2, this->conv2_bn, rows);
  return maximumOverRows(denseRelu(this->conv3, this->conv3_bn, rows));
}

HeadImpl::HeadImpl(const PointNetOptions& options)
{
  add(*this, "fc1", PooledWidth, PooledWidth, this->fc1, &this->fc1_bn, options);
  add(*this, "fc2", PooledWidth, MiddleWidth, this->fc2, &this->fc2_bn, options);
  add(*this, "out", MiddleWidth, 1, this->out, nullptr, options);
  this->dropout = this->register_module("dropout", torch::nn::Dropout(options.dropout()));
}

torch::Tensor HeadImpl::forward(torch::Tensor pooled)
{
  pooled = this->dropout->forward(denseRelu(this->fc1, this->fc1_bn, pooled));
  pooled = this->dropout->forward(denseRelu(this->fc2, this->fc2_bn, pooled));
  return this->out->forward(pooled).squeeze(1);
}

PointNetImpl::PointNetImpl(const PointNetOptions& options)
{
  this->tnet1 = this->register_module("tnet1", TransformNet(options.columns(), options));
  this->mlp1 = this->register_module("mlp1", LocalMlp(options.columns(), options));
  this->tnet2 = this->register_module("tnet2", TransformNet(LocalWidth, options));
  this->mlp2 = this->register_module("mlp2", PoolingMlp(options));
  this->head = this->register_module("head", Head(options));
}

PointNetAnswer PointNetImpl::forward(const torch::Tensor& features)
{
  PointNetAnswer answer;
  answer.inputTransform = this->tnet1->forward(features);
  torch::Tensor x = this->mlp1->forward(features.matmul(answer.inputTransform));
  answer.featureTransform = this->tnet2->forward(x);
  x = this->mlp2->forward(x.matmul(answer.featureTransform));
  answer.logits = this->head->forward(x);
  return answer;
}

torch::Tensor orthogonalityLoss(const torch::Tensor& transforms)
{
  const torch::Tensor identity = torch::eye(transforms.size(-1), transforms.options());
  const torch::Tensor distance = identity - transforms.matmul(transforms.transpose(1, 2));
  return distance.square().sum({ 1, 2 }).mean();
}

} // namespace apt
