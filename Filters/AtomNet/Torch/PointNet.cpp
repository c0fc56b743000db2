// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "PointNet.h"

#include <string>
#include <tuple>

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
      torch::nn::BatchNorm1d(torch::nn::BatchNorm1dOptions(out).eps(options.batchNormEpsilon())));
  }
}

/** Dense, batch norm where there is one, ReLU; on the last dimension. */
torch::Tensor denseRelu(torch::nn::Linear& layer, const torch::nn::BatchNorm1d& batchNorm,
  const torch::Tensor& input, const PointNetBatch& batch)
{
  torch::Tensor output = layer->forward(input);
  if (batchNorm)
  {
    output = normalise(batchNorm, output.reshape({ -1, output.size(-1) }), batch.statistics)
               .view(output.sizes());
  }
  // What the layer made belongs to nobody else.
  return output.relu_();
}

torch::Tensor maximumOverRows(const torch::Tensor& rows)
{
  // Twice as fast as amax, which shares the gradient among equal ones.
  return std::get<0>(rows.max(1));
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

torch::Tensor TransformNetImpl::forward(const torch::Tensor& rows, const PointNetBatch& batch)
{
  torch::Tensor x = denseRelu(this->conv1, this->conv1_bn, rows, batch);
  x = denseRelu(this->conv2, this->conv2_bn, x, batch);
  x = maximumOverRows(denseRelu(this->conv3, this->conv3_bn, x, batch));
  x = denseRelu(this->fc1, this->fc1_bn, x, batch);
  x = denseRelu(this->fc2, this->fc2_bn, x, batch);
  return this->fc3->forward(x).view({ -1, this->Columns, this->Columns });
}

LocalMlpImpl::LocalMlpImpl(int64_t columns, const PointNetOptions& options)
{
  add(*this, "conv1", columns, LocalWidth, this->conv1, &this->conv1_bn, options);
  add(*this, "conv2", LocalWidth, LocalWidth, this->conv2, &this->conv2_bn, options);
}

torch::Tensor LocalMlpImpl::forward(torch::Tensor rows, const PointNetBatch& batch)
{
  rows = denseRelu(this->conv1, this->conv1_bn, rows, batch);
  return denseRelu(this->conv2, this->conv2_bn, rows, batch);
}

PoolingMlpImpl::PoolingMlpImpl(const PointNetOptions& options)
{
  add(*this, "conv1", LocalWidth, LocalWidth, this->conv1, &this->conv1_bn, options);
  add(*this, "conv2", LocalWidth, MiddleWidth, this->conv2, &this->conv2_bn, options);
  add(*this, "conv3", MiddleWidth, PooledWidth, this->conv3, &this->conv3_bn, options);
}

torch::Tensor PoolingMlpImpl::forward(torch::Tensor rows, const PointNetBatch& batch)
{
  rows = denseRelu(this->conv1, this->conv1_bn, rows, batch);
  rows = denseRelu(this->conv2, this->conv2_bn, rows, batch);
  return maximumOverRows(denseRelu(this->conv3, this->conv3_bn, rows, batch));
}

HeadImpl::HeadImpl(const PointNetOptions& options)
  : Dropout(options.dropout())
{
  add(*this, "fc1", PooledWidth, PooledWidth, this->fc1, &this->fc1_bn, options);
  add(*this, "fc2", PooledWidth, MiddleWidth, this->fc2, &this->fc2_bn, options);
  add(*this, "out", MiddleWidth, 1, this->out, nullptr, options);
}

torch::Tensor HeadImpl::forward(torch::Tensor pooled, const PointNetBatch& batch)
{
  const auto drop = [&](const torch::Tensor& values)
  {
    if (!batch.dropout || this->Dropout <= 0)
    {
      return values;
    }
    const torch::Tensor kept = torch::empty(values.sizes(), values.scalar_type())
                                 .bernoulli_(1 - this->Dropout, *batch.dropout);
    return values * kept.div_(1 - this->Dropout).to(values.device());
  };
  pooled = drop(denseRelu(this->fc1, this->fc1_bn, pooled, batch));
  pooled = drop(denseRelu(this->fc2, this->fc2_bn, pooled, batch));
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

PointNetAnswer PointNetImpl::forward(const torch::Tensor& features, const PointNetBatch& batch)
{
  PointNetAnswer answer;
  answer.inputTransform = this->tnet1->forward(features, batch);
  torch::Tensor x = this->mlp1->forward(features.matmul(answer.inputTransform), batch);
  answer.featureTransform = this->tnet2->forward(x, batch);
  x = this->mlp2->forward(x.matmul(answer.featureTransform), batch);
  answer.logits = this->head->forward(x, batch);
  return answer;
}

torch::Tensor orthogonalityLoss(const torch::Tensor& transforms)
{
  const torch::Tensor identity = torch::eye(transforms.size(-1), transforms.options());
  const torch::Tensor distance = identity - transforms.matmul(transforms.transpose(1, 2));
  return distance.square().sum({ 1, 2 }).mean();
}

} // namespace apt
