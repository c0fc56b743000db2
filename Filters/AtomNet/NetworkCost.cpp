// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "NetworkCost.h"

#include "Error.h"

#include <string>

namespace apt
{

namespace
{

bool contains(const std::string& text, const char* part)
{
  return text.find(part) != std::string::npos;
}

/** Weights of dense layers have two indices; each is used once per row that the layer is put on. */
std::uint64_t denseLayers(const Model& model, std::size_t block, std::uint64_t rows)
{
  const std::string prefix = "block" + std::to_string(block) + ".";
  std::uint64_t sum = 0;
  for (const TensorDescription& tensor : tensorsOf(model))
  {
    if (tensor.shape.size() == 2 && tensor.name.compare(0, prefix.size(), prefix) == 0)
    {
      sum += std::uint64_t(tensor.shape[0]) * tensor.shape[1] *
        (contains(tensor.name, ".conv") ? rows : 1);
    }
  }
  return sum;
}

} // namespace

std::uint64_t multiplyAddsPerIon(const Model& model, std::size_t block)
{
  if (block < 1 || block > model.blockCount())
  {
    throw ParameterError(
      "the block", std::to_string(block), "1 to " + std::to_string(model.blockCount()));
  }
  const auto rows = static_cast<std::uint64_t>(model.neighbourCount);
  if (model.architecture == Architecture::MomentNet)
  {
    const auto functions = static_cast<std::uint64_t>(model.moments.basisSize());
    const auto channels = static_cast<std::uint64_t>(model.moments.channels);
    // Of the map of waves, the part of an ion's own species.
    const auto waves = block > 1
      ? std::uint64_t{ 0 }
      : static_cast<std::uint64_t>(model.moments.waveFeatures(model.species.size())) *
        static_cast<std::uint64_t>(model.moments.state);
    return waves + denseLayers(model, block, rows) + (rows - 1) * functions * channels;
  }
  const std::uint64_t columns = model.columnCount(block);
  constexpr std::uint64_t width = 32; // of the features that the second T-Net turns
  return denseLayers(model, block, rows) + rows * (columns * columns + width * width);
}

std::uint64_t multiplyAddsPerIon(const Model& model)
{
  std::uint64_t sum = 0;
  for (std::size_t block = 1; block <= model.blockCount(); ++block)
  {
    sum += multiplyAddsPerIon(model, block);
  }
  return sum;
}

} // namespace apt
