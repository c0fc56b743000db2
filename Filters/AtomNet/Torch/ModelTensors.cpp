// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "ModelTensors.h"

#include "Error.h"

#include <algorithm>
#include <map>
#include <vector>

namespace apt
{

namespace
{

/** The module's parameters and statistics, by name. */
std::map<std::string, torch::Tensor> tensorsIn(const torch::nn::Module& module)
{
  std::map<std::string, torch::Tensor> tensors;
  for (const auto& item : module.named_parameters())
  {
    tensors.emplace(item.key(), item.value());
  }
  for (const auto& item : module.named_buffers())
  {
    if (item.value().is_floating_point())
    {
      tensors.emplace(item.key(), item.value());
    }
  }
  return tensors;
}

std::vector<std::size_t> shapeOf(const torch::Tensor& tensor)
{
  return { tensor.sizes().begin(), tensor.sizes().end() };
}

} // namespace

void loadTensors(
  torch::nn::Module& module, const Model& model, const std::string& prefix, MissingTensors missing)
{
  torch::NoGradGuard constant;
  for (auto& [name, tensor] : tensorsIn(module))
  {
    const std::string whole = prefix + name;
    if (missing == MissingTensors::StayAsTheyAre &&
      std::none_of(model.tensors.begin(), model.tensors.end(),
        [&whole](const Tensor& other) { return other.name == whole; }))
    {
      continue;
    }
    const Tensor& source = model.tensor(whole);
    if (source.shape != shapeOf(tensor))
    {
      throw ParameterError(
        "the shape of " + prefix + name, shapeText(source.shape), shapeText(shapeOf(tensor)));
    }
    const torch::Tensor values = torch::empty(tensor.sizes(), torch::kFloat32);
    std::copy(source.values.begin(), source.values.end(), values.data_ptr<float>());
    tensor.copy_(values);
  }
}

void storeTensors(const torch::nn::Module& module, const std::string& prefix, Model& model)
{
  const std::vector<TensorDescription> descriptions = tensorsOf(model);
  if (model.tensors.empty())
  {
    for (const TensorDescription& description : descriptions)
    {
      std::size_t count = 1;
      for (const std::size_t extent : description.shape)
      {
        count *= extent;
      }
      model.tensors.push_back(
        Tensor{ description.name, description.shape, std::vector<float>(count) });
    }
  }
  const std::map<std::string, torch::Tensor> tensors = tensorsIn(module);
  for (Tensor& target : model.tensors)
  {
    if (target.name.compare(0, prefix.size(), prefix) != 0)
    {
      continue;
    }
    const auto found = tensors.find(target.name.substr(prefix.size()));
    if (found == tensors.end() || shapeOf(found->second) != target.shape)
    {
      throw ParameterError("the network's " + target.name,
        found == tensors.end() ? "missing" : shapeText(shapeOf(found->second)),
        shapeText(target.shape));
    }
    const torch::Tensor values =
      found->second.detach().to(torch::kCPU, torch::kFloat32).contiguous();
    std::copy_n(values.data_ptr<float>(), target.values.size(), target.values.begin());
  }
}

} // namespace apt
