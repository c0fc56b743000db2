// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "MomentNet.h"

#include "MomentKernels.h"

#include <string>

namespace apt
{

std::pair<torch::Tensor, torch::Tensor> momentBasis(
  const MomentForm& form, const torch::Tensor& squared, const torch::Tensor& height)
{
  constexpr double turn = 2 * 3.14159265358979323846;
  const torch::Tensor basis =
    torch::empty({ squared.size(0), form.basisSize(), squared.size(1) }, squared.options());
  const torch::Tensor logSums = torch::empty({ squared.size(0), form.widths }, squared.options());
  std::vector<torch::Tensor> waves;
  for (int harmonic = 1; harmonic <= form.harmonics; ++harmonic)
  {
    const torch::Tensor phase = height * (turn * harmonic);
    waves.push_back(phase.cos());
    waves.push_back(phase.sin());
  }
  torch::Tensor weights = (squared * (-0.5 / (form.widestWidth * form.widestWidth))).exp();
  int64_t function = 0;
  for (int width = 0; width < form.widths; ++width)
  {
    const torch::Tensor sums = weights.sum(1).clamp_min(LowestMomentSum);
    logSums.select(1, width).copy_(sums.log());
    const torch::Tensor shares = weights / sums.unsqueeze(1);
    basis.select(1, function++).copy_(shares);
    for (const torch::Tensor& wave : waves)
    {
      basis.select(1, function++).copy_(shares * wave);
    }
    // Widths go down by √2 from the widest.
    weights = weights.square();
  }
  return { basis, logSums };
}

MomentLayerImpl::MomentLayerImpl(const MomentForm& form, double batchNormEpsilon)
  : Widths(form.widths)
  , Harmonics(form.harmonics)
{
  using torch::nn::LinearOptions;
  this->send = this->register_module(
    "send", torch::nn::Linear(LinearOptions(form.state, form.channels).bias(false)));
  this->own = this->register_module(
    "own", torch::nn::Linear(LinearOptions(form.state, form.channels).bias(false)));
  this->norm = this->register_module("norm",
    torch::nn::BatchNorm1d(torch::nn::BatchNorm1dOptions(form.inputSize()).eps(batchNormEpsilon)));
  this->fc1 = this->register_module("fc1", torch::nn::Linear(form.inputSize(), form.hidden));
  this->fc2 = this->register_module("fc2", torch::nn::Linear(form.hidden, form.state));
  this->read = this->register_module("read", torch::nn::Linear(form.state, 1));
}

torch::Tensor MomentLayerImpl::sent(const torch::Tensor& states)
{
  return this->send->forward(states);
}

torch::Tensor MomentLayerImpl::forward(const torch::Tensor& states, const torch::Tensor& received,
  const torch::Tensor& basis, const torch::Tensor& logSums, FoundStatistics* statistics)
{
  const int64_t ions = states.size(0);
  const int64_t perWidth = 1 + 2 * this->Harmonics;
  const torch::Tensor moments = basis.bmm(received); // [ions, functions, channels]
  const torch::Tensor mixed = moments * this->own->forward(states).unsqueeze(1);
  std::vector<torch::Tensor> parts{ moments.flatten(1) };
  if (this->Harmonics > 0)
  {
    // cos² + sin²: does not depend on where in the period of the lattice the ion itself is.
    const torch::Tensor waves =
      moments.view({ ions, this->Widths, perWidth, moments.size(2) }).slice(2, 1);
    parts.push_back(waves.square()
                      .reshape({ ions, this->Widths, this->Harmonics, 2, moments.size(2) })
                      .sum(3)
                      .flatten(1));
  }
  parts.insert(parts.end(), { mixed.flatten(1), logSums, states });
  const torch::Tensor normalised = normalise(this->norm, torch::cat(parts, 1), statistics);
  return states + this->fc2->forward(torch::silu(this->fc1->forward(normalised)));
}

torch::Tensor MomentLayerImpl::logits(const torch::Tensor& states)
{
  return this->read->forward(states).squeeze(1);
}

MomentNetImpl::MomentNetImpl(int64_t species, const MomentForm& form, double batchNormEpsilon)
  : Species(species)
{
  this->embedding = this->register_module(
    "embedding", torch::nn::Linear(torch::nn::LinearOptions(species, form.state).bias(false)));
  if (form.waveWindows > 0)
  {
    this->waves = this->register_module("waves",
      torch::nn::Linear(torch::nn::LinearOptions(
        species * form.waveFeatures(static_cast<std::size_t>(species)), form.state)
                          .bias(false)));
  }
  for (int layer = 1; layer <= form.layers; ++layer)
  {
    this->layers.push_back(
      this->register_module("block" + std::to_string(layer), MomentLayer(form, batchNormEpsilon)));
  }
}

torch::Tensor MomentNetImpl::begin(const torch::Tensor& species)
{
  return this->embedding->forward(
    torch::one_hot(species, this->Species).to(this->embedding->weight.scalar_type()));
}

torch::Tensor MomentNetImpl::begin(const torch::Tensor& species, const torch::Tensor& ofWaves)
{
  const torch::Tensor states = this->begin(species);
  if (!this->waves)
  {
    return states;
  }
  const torch::Tensor own =
    torch::one_hot(species, this->Species).to(states.scalar_type()).unsqueeze(2);
  return states + this->waves->forward((own * ofWaves.unsqueeze(1)).flatten(1));
}

std::vector<torch::Tensor> MomentNetImpl::forward(const torch::Tensor& species,
  const torch::Tensor& ofWaves, const torch::Tensor& neighbours, const torch::Tensor& basis,
  const torch::Tensor& logSums, FoundStatistics* statistics)
{
  const torch::Tensor flat = neighbours.flatten();
  torch::Tensor states = this->begin(species, ofWaves);
  torch::Tensor telling = this->begin(species);
  std::vector<torch::Tensor> logits;
  for (MomentLayer& layer : this->layers)
  {
    const torch::Tensor sent = layer->sent(telling);
    const torch::Tensor received =
      sent.index_select(0, flat).view({ neighbours.size(0), neighbours.size(1), sent.size(1) });
    states = layer->forward(states, received, basis, logSums, statistics);
    telling = states;
    logits.push_back(layer->logits(states));
  }
  return logits;
}

} // namespace apt
