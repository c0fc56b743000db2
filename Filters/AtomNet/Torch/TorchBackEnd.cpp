// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "TorchBackEnd.h"

#include "Error.h"
#include "ModelTensors.h"
#include "MomentBasis.h"
#include "MomentDense.h"
#include "MomentNet.h"
#include "NeighbourSearch.h"
#include "ParallelFor.h"
#include "PointNet.h"
#include "PointNetFeatures.h"
#include "TorchDevice.h"
#include "TorchThreads.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

namespace apt
{

namespace
{

/** Ions that go through the network at once: their widest layer fills half of a core's cache. */
constexpr std::size_t BatchOnCpu = 64;
constexpr std::size_t BatchOnCuda = 16384;

class PointNetBackEnd : public InferenceBackEnd
{
public:
  PointNetBackEnd(const Model& model, const torch::Device& device)
    : Net(model)
    , On(device)
  {
  }

  std::string device() const override { return this->On.is_cuda() ? "CUDA" : "CPU"; }

  void runBlock(const KnownIons& ions, std::size_t block, const float* before, float* after,
    const Progress& progress) override
  {
    const std::size_t rows = static_cast<std::size_t>(this->Net.neighbourCount);
    const std::size_t columns = this->Net.columnCount(block);
    PointNet network(PointNetOptions(static_cast<int64_t>(columns))
                       .batchNorm(this->Net.batchNorm)
                       .batchNormEpsilon(this->Net.batchNormEpsilon));
    loadTensors(*network, this->Net, "block" + std::to_string(block) + ".");
    network->to(this->On);

    const std::size_t batch = this->On.is_cuda() ? BatchOnCuda : BatchOnCpu;
    NeighbourSearchOptions search;
    search.neighbours = this->Net.neighbourCount;
    // Whole batches per tile: a batch has the same ions in it whatever the tile.
    search.tileIons = (std::max(ions.tileIons, batch) + batch - 1) / batch * batch;
    const TorchThreads threads(1);
    std::mutex oneAtATime;
    const auto run = [&](const NeighbourTile& tile)
    {
      // Both are the thread's own: every thread sets them.
      const c10::InferenceMode constant;
      std::vector<float> features(std::min(batch, tile.size) * rows * columns);
      for (std::size_t first = 0; first < tile.size; first += batch)
      {
        const std::size_t count = std::min(batch, tile.size - first);
        makeFeatures(tile, ions, this->Net, block, before, first, count, features.data());
        const torch::Tensor input = torch::from_blob(features.data(),
          { static_cast<int64_t>(count), static_cast<int64_t>(rows),
            static_cast<int64_t>(columns) });
        std::unique_lock<std::mutex> lock(oneAtATime, std::defer_lock);
        if (this->On.is_cuda())
        {
          lock.lock();
        }
        const torch::Tensor answer =
          network->forward(input.to(this->On)).logits.sigmoid().to(torch::kCPU).contiguous();
        std::copy_n(answer.data_ptr<float>(), count, after + tile.begin + first);
      }
    };
    try
    {
      forEachTile(*ions.cloud, search, run, progress);
    }
    catch (const c10::Error& error)
    {
      throw Error("LibTorch could not run block " + std::to_string(block) + " on the " +
        this->device() + ": " + error.what_without_backtrace());
    }
  }

private:
  Model Net;
  torch::Device On;
};

/**
 * Keeps the states of all ions between blocks: 4 × (state + padded channels) bytes per ion. Layers
 * that are missing are run first.
 */
class MomentNetBackEnd : public InferenceBackEnd
{
public:
  MomentNetBackEnd(const Model& model, const torch::Device& device)
    : Net(model)
    , On(device)
    , Network(static_cast<int64_t>(model.species.size()), model.moments, model.batchNormEpsilon)
  {
    loadTensors(*this->Network, model, "");
    this->Network->to(device);
    if (device.is_cpu())
    {
      for (const MomentLayer& layer : this->Network->layers)
      {
        this->Applied.emplace_back(layer, model.moments);
      }
    }
  }

  std::string device() const override { return this->On.is_cuda() ? "CUDA" : "CPU"; }

  void runBlock(const KnownIons& ions, std::size_t block, const float*, float* after,
    const Progress& progress) override
  {
    const TorchThreads threads(1);
    try
    {
      if (block <= this->Done || this->Ions != ions.cloud)
      {
        this->Done = 0;
        this->begin(ions);
      }
      const double share = 1.0 / static_cast<double>(block - this->Done);
      double done = 0;
      while (this->Done < block)
      {
        this->runLayer(ions, this->Done, this->Done + 1 == block ? after : nullptr,
          subProgress(progress, done, done + share));
        ++this->Done;
        done += share;
      }
    }
    catch (const c10::Error& error)
    {
      throw Error("LibTorch could not run layer " + std::to_string(this->Done + 1) + " on the " +
        this->device() + ": " + error.what_without_backtrace());
    }
  }

private:
  void begin(const KnownIons& ions)
  {
    const std::size_t state = static_cast<std::size_t>(this->Net.moments.state);
    this->Ions = ions.cloud;
    this->States.reset(new float[ions.cloud->size() * state]);
    // What is behind the channels is read, though not used.
    this->Sent = std::make_unique<float[]>(ions.cloud->size() * this->Padded);
    const c10::InferenceMode constant;
    const torch::Tensor species = torch::arange(static_cast<int64_t>(this->Net.species.size()));
    const torch::Tensor states =
      this->Network->begin(species.to(this->On)).to(torch::kCPU).contiguous();
    const float* rows = states.data_ptr<float>();
    for (std::size_t ion = 0; ion < ions.cloud->size(); ++ion)
    {
      std::copy_n(rows + ions.species[ion] * state, state, this->States.get() + ion * state);
    }
  }

  /** Runs layer number index, counted from 0; answers go to after where that is given. */
  void runLayer(const KnownIons& ions, std::size_t index, float* after, const Progress& progress)
  {
    MomentLayer& layer = this->Network->layers[index];
    const MomentForm& form = this->Net.moments;
    const auto state = static_cast<std::size_t>(form.state);
    const auto channels = static_cast<std::size_t>(form.channels);
    const auto neighbours = static_cast<std::size_t>(this->Net.neighbourCount - 1);
    const std::size_t batch = this->On.is_cuda() ? BatchOnCuda : BatchOnCpu;
    const auto tensor = [](float* values, std::initializer_list<std::size_t> shape)
    { return torch::from_blob(values, std::vector<int64_t>(shape.begin(), shape.end())); };

    // Before any state changes: what neighbours are sent is of the layer before.
    parallelFor(ions.cloud->size(), 16 * batch,
      [&](std::size_t begin, std::size_t end)
      {
        const c10::InferenceMode constant;
        for (std::size_t first = begin; first < end; first += batch)
        {
          const std::size_t count = std::min(batch, end - first);
          const torch::Tensor sent =
            layer->sent(tensor(this->States.get() + first * state, { count, state }).to(this->On))
              .to(torch::kCPU)
              .contiguous();
          for (std::size_t ion = 0; ion < count; ++ion)
          {
            std::copy_n(sent.data_ptr<float>() + ion * channels, channels,
              this->Sent.get() + (first + ion) * this->Padded);
          }
        }
      });

    NeighbourSearchOptions search;
    search.neighbours = this->Net.neighbourCount;
    search.tileIons = (std::max(ions.tileIons, batch) + batch - 1) / batch * batch;
    std::mutex oneAtATime;
    const auto run = [&](const NeighbourTile& tile)
    {
      const c10::InferenceMode constant;
      MomentNeighbours rows(neighbours);
      MomentScratch scratch(form, rows.columns());
      for (std::size_t first = 0; first < tile.size; first += batch)
      {
        const std::size_t count = std::min(batch, tile.size - first);
        float* states = this->States.get() + (tile.begin + first) * state;
        const torch::Tensor before = tensor(states, { count, state });
        torch::Tensor changed;
        if (this->On.is_cpu())
        {
          rows.clear();
          rows.append(tile, ions.latticeParameter, first, count);
          changed = this->Applied[index].forward(rows, this->Sent.get(), before, scratch);
        }
        else
        {
          const std::unique_lock<std::mutex> lock(oneAtATime);
          changed = this->onDevice(layer, tile, ions, first, count, before);
        }
        if (after)
        {
          const torch::Tensor answer =
            layer->logits(changed).sigmoid().to(torch::kCPU).contiguous();
          std::copy_n(answer.data_ptr<float>(), count, after + tile.begin + first);
        }
        const torch::Tensor kept = changed.to(torch::kCPU).contiguous();
        std::copy_n(kept.data_ptr<float>(), count * state, states);
      }
    };
    forEachTile(*ions.cloud, search, run, progress);
  }

  torch::Tensor onDevice(MomentLayer& layer, const NeighbourTile& tile, const KnownIons& ions,
    std::size_t first, std::size_t count, const torch::Tensor& states) const
  {
    const MomentForm& form = this->Net.moments;
    const int64_t channels = form.channels;
    const auto neighbours = static_cast<std::size_t>(this->Net.neighbourCount - 1);
    const auto size = static_cast<int64_t>(count);
    const auto columns = static_cast<int64_t>(neighbours);
    const torch::Tensor basis = torch::empty({ size, form.basisSize(), columns });
    const torch::Tensor logSums = torch::empty({ size, form.widths });
    const torch::Tensor received = torch::empty({ size, columns, channels });
    momentBasis(tile, form, ions.latticeParameter, first, count, neighbours,
      basis.data_ptr<float>(), logSums.data_ptr<float>());
    float* to = received.data_ptr<float>();
    for (std::size_t ion = first; ion < first + count; ++ion)
    {
      const std::uint32_t* row = tile.neighbour + ion * tile.neighbours;
      for (std::size_t j = 1; j <= neighbours; ++j, to += channels)
      {
        // What is missing weighs nothing; any place will do.
        std::copy_n(
          this->Sent.get() + row[j < tile.neighbours ? j : 0] * this->Padded, channels, to);
      }
    }
    return layer->forward(
      states.to(this->On), received.to(this->On), basis.to(this->On), logSums.to(this->On));
  }

  Model Net;
  torch::Device On;
  MomentNet Network;
  std::vector<AppliedMomentLayer> Applied; ///< on the CPU
  const std::size_t Padded =
    paddedToMomentLanes(static_cast<std::size_t>(this->Net.moments.channels));
  const CellSortedCloud* Ions = nullptr; ///< those that the states belong to
  std::size_t Done = 0;                  ///< layers that the states have gone through
  std::unique_ptr<float[]> States;       ///< [ions][state]
  std::unique_ptr<float[]> Sent;         ///< [ions][Padded]
};

} // namespace

std::unique_ptr<InferenceBackEnd> makeTorchBackEnd(const Model& model, Device device)
{
  if (model.architecture == Architecture::MomentNet)
  {
    return std::make_unique<MomentNetBackEnd>(model, torchDevice(device));
  }
  return std::make_unique<PointNetBackEnd>(model, torchDevice(device));
}

} // namespace apt
