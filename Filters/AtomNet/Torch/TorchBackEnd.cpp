// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "TorchBackEnd.h"

#include "Error.h"
#include "ModelTensors.h"
#include "NeighbourSearch.h"
#include "PointNet.h"
#include "PointNetFeatures.h"
#include "TorchThreads.h"

#include <torch/cuda.h>
#include <torch/version.h>

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

/** The device that is asked for, where it is there. */
torch::Device deviceFor(bool cuda, bool orCpu)
{
  const bool there = torch::cuda::is_available();
  if (cuda && !orCpu && !there)
  {
    throw ParameterError("Device", "CUDA",
      std::string("Auto or CPU on this machine: LibTorch ") + TORCH_VERSION +
        (at::hasCUDA() ? " finds no CUDA device that it can use" : " was built without CUDA"));
  }
  return there && (cuda || orCpu) ? torch::Device(torch::kCUDA, 0) : torch::Device(torch::kCPU);
}

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
    network->eval();
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

} // namespace

std::unique_ptr<InferenceBackEnd> makeTorchBackEnd(const Model& model, bool cuda, bool orCpu)
{
  return std::make_unique<PointNetBackEnd>(model, deviceFor(cuda, orCpu));
}

} // namespace apt
