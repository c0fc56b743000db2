// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "MomentDense.h"

#include <torch/autograd.h>

#include <algorithm>

namespace apt
{

namespace
{

/** Ions whose inputs, or their gradients, fill half of a core's cache. */
constexpr int64_t RowsAtOnce = 256;

/** Batch norm and the dense layer behind it, as one: y = x weightᵀ + bias. */
struct FoldedDense
{
  torch::Tensor factor; ///< of batch norm, [inputs]
  torch::Tensor weight; ///< [hidden, inputs]
  torch::Tensor bias;   ///< [hidden]
};

FoldedDense fold(const torch::Tensor& mean, const torch::Tensor& inverseDeviation,
  const torch::Tensor& scale, const torch::Tensor& shift, const torch::Tensor& weight,
  const torch::Tensor& bias)
{
  const torch::Tensor factor = scale * inverseDeviation;
  return { factor, (weight * factor).contiguous(), bias + weight.mv(shift - mean * factor) };
}

/** Inputs of the dense part, normalised, through its first layer; also gives mean and variance. */
class MomentDense : public torch::autograd::Function<MomentDense>
{
public:
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context,
    const torch::Tensor& states, const torch::Tensor& sent, const torch::Tensor& own,
    const torch::Tensor& weight, const torch::Tensor& bias, const torch::Tensor& scale,
    const torch::Tensor& shift, const torch::Tensor& runningMean,
    const torch::Tensor& runningVariance, const c10::intrusive_ptr<MomentGraph>& graph,
    double epsilon, const FoundStatistics* statistics)
  {
    const int64_t ions = states.size(0);
    const int64_t size = graph->form.inputSize();
    const torch::Tensor inputs = torch::empty({ ions, size });
    torch::Tensor sums = torch::zeros({ 2, size }, torch::kFloat64);
    auto* sum = sums.data_ptr<double>();
    MomentScratch scratch(graph->form, graph->neighbours.columns());
    const torch::Tensor from = states.contiguous();
    const torch::Tensor ownFrom = own.contiguous();
    for (int64_t first = 0; first < ions; first += RowsAtOnce)
    {
      const int64_t count = std::min(RowsAtOnce, ions - first);
      float* rows = inputs.data_ptr<float>() + first * size;
      momentInputs(graph->form, graph->neighbours, static_cast<std::size_t>(first),
        static_cast<std::size_t>(count), sent.data_ptr<float>(),
        static_cast<std::size_t>(sent.size(1)), ownFrom.data_ptr<float>() + first * own.size(1),
        from.data_ptr<float>() + first * states.size(1), scratch, rows);
      if (statistics)
      {
        addColumnSums(
          static_cast<std::size_t>(count), static_cast<std::size_t>(size), rows, sum, sum + size);
      }
    }
    torch::Tensor mean = runningMean;
    torch::Tensor variance = runningVariance;
    Renormalisation by;
    torch::Tensor scaled = scale;
    torch::Tensor shifted = shift;
    if (statistics)
    {
      sums /= static_cast<double>(ions);
      mean = sums[0].to(torch::kFloat32);
      variance = (sums[1] - sums[0].square()).clamp_min(0).to(torch::kFloat32);
      by = renormalisation(mean, variance, runningMean, runningVariance, epsilon,
        statistics->scaleLimit, statistics->shiftLimit);
      scaled = scale * by.scale;
      shifted = shift + scale * by.shift;
    }
    const torch::Tensor inverse = (variance + epsilon).rsqrt();
    const FoldedDense folded = fold(mean, inverse, scaled, shifted, weight, bias);
    const torch::Tensor values = torch::addmm(folded.bias, inputs, folded.weight.t());
    context->save_for_backward({ inputs, ownFrom, weight, scaled, shifted, mean, inverse,
      folded.factor, folded.weight, by.scale, by.shift });
    context->saved_data["graph"] = c10::IValue::make_capsule(graph);
    context->mark_non_differentiable({ mean, variance });
    return { values, mean, variance };
  }

  static torch::autograd::variable_list backward(
    torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients)
  {
    const auto saved = context->get_saved_variables();
    const torch::Tensor &inputs = saved[0], &own = saved[1], &weight = saved[2], &scale = saved[3],
                        &shift = saved[4], &mean = saved[5], &inverse = saved[6],
                        &factor = saved[7], &folded = saved[8], &byScale = saved[9],
                        &byShift = saved[10];
    const auto graph =
      c10::static_intrusive_pointer_cast<MomentGraph>(context->saved_data["graph"].toCapsule());
    const int64_t ions = inputs.size(0);
    const int64_t size = inputs.size(1);
    const torch::Tensor above = gradients[0].contiguous();

    // y = x F' + b + W (shift − mean factor), F = W factor, factor = scale inverse.
    const torch::Tensor ofBias = above.sum(0);
    const torch::Tensor ofFolded = above.t().mm(inputs);
    const torch::Tensor ofShift = weight.t().mv(ofBias);
    const torch::Tensor ofWeight = torch::addr(ofFolded * factor, ofBias, shift - mean * factor);
    const torch::Tensor ofFactor = (ofFolded * weight).sum(0) - mean * ofShift;
    torch::Tensor ofScale = ofFactor * inverse;
    torch::Tensor offset = torch::zeros({ size });
    torch::Tensor slope = torch::zeros({ size });
    if (byScale.defined())
    {
      // Mean and variance are of these inputs; how they differ from the running ones is constant.
      const double perIon = 1 / static_cast<double>(ions);
      slope = ofFactor * scale * inverse.pow(3) * -perIon;
      offset = ofShift * factor * -perIon - slope * mean;
      ofScale = ofScale * byScale + ofShift * byShift;
    }

    const auto channels =
      static_cast<int64_t>(paddedToMomentLanes(static_cast<std::size_t>(graph->form.channels)));
    const torch::Tensor ofSent = torch::zeros({ ions, channels });
    const torch::Tensor ofOwn = torch::empty({ ions, own.size(1) });
    const torch::Tensor ofStates = torch::empty({ ions, graph->form.state });
    MomentScratch scratch(graph->form, graph->neighbours.columns());
    for (int64_t first = 0; first < ions; first += RowsAtOnce)
    {
      const int64_t count = std::min(RowsAtOnce, ions - first);
      const torch::Tensor part = above.slice(0, first, first + count).mm(folded);
      momentGradients(graph->form, graph->neighbours, static_cast<std::size_t>(first),
        static_cast<std::size_t>(count), own.data_ptr<float>() + first * own.size(1),
        inputs.data_ptr<float>() + first * size, part.data_ptr<float>(), offset.data_ptr<float>(),
        slope.data_ptr<float>(), scratch, ofSent.data_ptr<float>(),
        ofOwn.data_ptr<float>() + first * own.size(1),
        ofStates.data_ptr<float>() + first * ofStates.size(1));
    }
    return { ofStates, ofSent, ofOwn, ofWeight, ofBias, ofScale, ofShift, {}, {}, {}, {}, {} };
  }
};

} // namespace

torch::Tensor momentLayer(MomentLayer& layer, const torch::Tensor& states,
  const torch::Tensor& telling, const c10::intrusive_ptr<MomentGraph>& graph,
  FoundStatistics* statistics)
{
  const torch::Tensor sent = layer->sent(telling);
  const auto padded =
    static_cast<int64_t>(paddedToMomentLanes(static_cast<std::size_t>(sent.size(1))));
  const auto& norm = layer->norm;
  const auto found = MomentDense::apply(states,
    torch::constant_pad_nd(sent, { 0, padded - sent.size(1) }).contiguous(),
    layer->own->forward(states), layer->fc1->weight, layer->fc1->bias, norm->weight, norm->bias,
    norm->running_mean, norm->running_var, graph, norm->options.eps(), statistics);
  if (statistics)
  {
    statistics->batches.push_back({ norm, found[1], found[2] });
  }
  return states + layer->fc2->forward(torch::silu(found[0]));
}

std::vector<torch::Tensor> momentNet(MomentNet& network, const torch::Tensor& species,
  const torch::Tensor& waves, const c10::intrusive_ptr<MomentGraph>& graph,
  FoundStatistics* statistics)
{
  torch::Tensor states = network->begin(species, waves);
  torch::Tensor telling = network->begin(species);
  std::vector<torch::Tensor> logits;
  for (MomentLayer& layer : network->layers)
  {
    states = momentLayer(layer, states, telling, graph, statistics);
    telling = states;
    logits.push_back(layer->logits(states));
  }
  return logits;
}

AppliedMomentLayer::AppliedMomentLayer(MomentLayer layer, const MomentForm& form)
  : Layer(std::move(layer))
  , Form(form)
{
  const torch::NoGradGuard constant;
  const auto& norm = this->Layer->norm;
  const auto& dense = this->Layer->fc1;
  const FoldedDense folded =
    fold(norm->running_mean, (norm->running_var + norm->options.eps()).rsqrt(), norm->weight,
      norm->bias, dense->weight, dense->bias);
  this->Weight = folded.weight.t().contiguous();
  this->Bias = folded.bias;
}

torch::Tensor AppliedMomentLayer::forward(const MomentNeighbours& neighbours, const float* sent,
  std::size_t sentStride, const torch::Tensor& states, MomentScratch& scratch) const
{
  MomentLayer layer = this->Layer;
  const torch::Tensor own = layer->own->forward(states).contiguous();
  const torch::Tensor inputs = torch::empty({ states.size(0), this->Form.inputSize() });
  momentInputs(this->Form, neighbours, 0, neighbours.size(), sent, sentStride,
    own.data_ptr<float>(), states.data_ptr<float>(), scratch, inputs.data_ptr<float>());
  return states + layer->fc2->forward(torch::silu(torch::addmm(this->Bias, inputs, this->Weight)));
}

} // namespace apt
