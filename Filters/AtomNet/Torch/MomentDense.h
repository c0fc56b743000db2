// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "BatchStatistics.h"
#include "MomentKernels.h"
#include "MomentNet.h"

#include <torch/types.h>

#include <vector>

namespace apt
{

/** @brief The neighbours of all ions of a cloud, for momentDense. */
struct MomentGraph : torch::CustomClassHolder
{
  MomentGraph(const MomentForm& momentForm, MomentNeighbours allNeighbours)
    : form(momentForm)
    , neighbours(std::move(allNeighbours))
  {
  }

  MomentForm form;
  MomentNeighbours neighbours;
};

/**
 * @brief A layer of a MomentNet on the CPU, as MomentLayerImpl::forward defines it.
 *
 * The inputs of its dense part are by far the widest array of the network. They are made, and their
 * gradients used, by kernels that go through them once; batch norm is folded into the weights that
 * follow it, by its definition and with its exact gradients.
 *
 * @param states [ions, state], all ions of the graph
 * @param telling what they send comes from these: the states, but in the first layer
 * @param statistics see normalise
 * @return the new states
 */
torch::Tensor momentLayer(MomentLayer& layer, const torch::Tensor& states,
  const torch::Tensor& telling, const c10::intrusive_ptr<MomentGraph>& graph,
  FoundStatistics* statistics = nullptr);

/** @brief All layers; species [ions] int64 → logits [ions] after each, as MomentNetImpl::forward. */
std::vector<torch::Tensor> momentNet(MomentNet& network, const torch::Tensor& species,
  const torch::Tensor& waves, const c10::intrusive_ptr<MomentGraph>& graph,
  FoundStatistics* statistics = nullptr);

/** @brief A layer as it is applied on the CPU: batch norm is folded into the weights behind it. */
class AppliedMomentLayer
{
public:
  AppliedMomentLayer(MomentLayer layer, const MomentForm& form);

  /**
   * @brief New states of some ions.
   * @param neighbours of these ions
   * @param sent   of all ions; see momentInputs
   * @param states [ions, state] before
   */
  torch::Tensor forward(const MomentNeighbours& neighbours, const float* sent,
    std::size_t sentStride, const torch::Tensor& states, MomentScratch& scratch) const;

private:
  MomentLayer Layer;
  MomentForm Form;
  torch::Tensor Weight; ///< [inputs, hidden]
  torch::Tensor Bias;   ///< [hidden]
};

} // namespace apt
