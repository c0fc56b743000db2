// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "TorchBackEnd.h"

#include "Error.h"
#include "LatticeWaves.h"
#include "LayerSweep.h"
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
#include <array>
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
/** Ions of a tile in a sweep: the thinner, the less is kept; the thicker, the less is searched twice. */
constexpr std::size_t SweepTileIons = 128;
/** Tiles that begin together in a sweep: few, since all are kept, but several for each thread. */
constexpr std::size_t SweepTilesPerThread = 16;
constexpr std::size_t Grain = 65536;

class PointNetBackEnd : public InferenceBackEnd
{
public:
  PointNetBackEnd(const Model& model, const torch::Device& device)
    : Net(model)
    , On(device)
  {
  }

  std::string device() const override { return this->On.is_cuda() ? "CUDA" : "CPU"; }

  void run(const KnownIons& ions, std::size_t first, std::size_t last, const float* before,
    float* const* answers, const Progress& progress) override
  {
    // In the order of the cell-sorted cloud, as the features need it.
    const std::size_t size = ions.cloud->size();
    const std::uint32_t* original = ions.cloud->originalIndices();
    std::unique_ptr<float[]> known(new float[size]);
    std::unique_ptr<float[]> found(new float[size]);
    const auto forEachIon = [size](const auto& body)
    {
      parallelFor(size, Grain,
        [&](std::size_t begin, std::size_t end)
        {
          for (std::size_t place = begin; place < end; ++place)
          {
            body(place);
          }
        });
    };
    if (before)
    {
      forEachIon([&](std::size_t place) { known[place] = before[original[place]]; });
    }
    const double share = 1.0 / static_cast<double>(last - first + 1);
    for (std::size_t block = first; block <= last; ++block)
    {
      const double begun = share * static_cast<double>(block - first);
      this->runBlock(
        ions, block, known.get(), found.get(), subProgress(progress, begun, begun + share));
      forEachIon(
        [&](std::size_t place) { answers[block - first][original[place]] = found[place]; });
      std::swap(known, found);
    }
  }

private:
  void runBlock(const KnownIons& ions, std::size_t block, const float* before, float* after,
    const Progress& progress)
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

  Model Net;
  torch::Device On;
};

/** Runs all layers up to the last one that is asked for in one sweep. */
class MomentNetBackEnd : public InferenceBackEnd
{
public:
  MomentNetBackEnd(const Model& model, const torch::Device& device)
    : Net(model)
    , On(device)
    , Network(static_cast<int64_t>(model.species.size()), model.moments, model.batchNormEpsilon)
    , State(static_cast<std::size_t>(model.moments.state))
    , Channels(static_cast<std::size_t>(model.moments.channels))
  {
    loadTensors(*this->Network, model, "");
    if (this->Network->waves)
    {
      const torch::Tensor weight = this->Network->waves->weight.detach().t().contiguous();
      this->Waves.assign(weight.data_ptr<float>(), weight.data_ptr<float>() + weight.numel());
    }
    this->Network->to(device);
    if (device.is_cpu())
    {
      // With the kernels that all products are made with from then on.
      const TorchThreads threads(1);
      for (const MomentLayer& layer : this->Network->layers)
      {
        this->Applied.emplace_back(layer, model.moments);
      }
    }
  }

  std::string device() const override { return this->On.is_cuda() ? "CUDA" : "CPU"; }

  void run(const KnownIons& ions, std::size_t first, std::size_t last, const float*,
    float* const* answers, const Progress& progress) override
  {
    if (this->Network->waves && !ions.waves)
    {
      throw ParameterError("the waves of the ions", "missing", "those that the model looks at");
    }
    const TorchThreads threads(1);
    const std::size_t batch = this->On.is_cuda() ? BatchOnCuda : BatchOnCpu;
    LayerSweepOptions sweep;
    sweep.search.neighbours = this->Net.neighbourCount;
    // Sums over neighbours need no order by distance; this one costs the least.
    sweep.search.order = NeighbourOrder::Storage;
    // Always the same tiles, in whole batches: a batch has the same ions in it.
    sweep.search.tileIons = std::max(batch, SweepTileIons);
    sweep.tilesPerWave = SweepTilesPerThread * static_cast<std::size_t>(threadCount());
    sweep.layers = last;
    // Of each slot: states, changed in place, and what its ions send; two layers in turn.
    std::vector<float> states;
    std::array<std::vector<float>, 2> sent;
    std::vector<float> sentAtFirst;
    try
    {
      const std::vector<float> begin = this->begin(sentAtFirst);
      sweepLayers(
        *ions.cloud, sweep,
        [&](std::size_t slots)
        {
          states.resize(slots * sweep.search.tileIons * this->State);
          for (std::size_t layer = 1; layer < std::min<std::size_t>(last, 3); ++layer)
          {
            sent[layer % 2].resize(slots * sweep.search.tileIons * this->Channels + MomentLanes);
          }
        },
        [&](std::size_t number, const NeighbourTile& tile, const LayerSlots& slots)
        {
          // Is the thread's own: every thread sets it.
          const c10::InferenceMode constant;
          float* ownStates = states.data() + slots.placeOf(tile.begin) * this->State;
          if (number == 1)
          {
            for (std::size_t ion = 0; ion < tile.size; ++ion)
            {
              std::copy_n(begin.data() + ions.species[tile.begin + ion] * this->State, this->State,
                ownStates + ion * this->State);
            }
            this->addWaves(ions, tile, ownStates);
          }
          const auto placeOf = [&](std::uint32_t ion)
          { return number == 1 ? ions.species[ion] : slots.placeOf(ion); };
          for (std::size_t from = 0; from < tile.size; from += batch)
          {
            const std::size_t count = std::min(batch, tile.size - from);
            float* ownSent = number < last
              ? sent[number % 2].data() + slots.placeOf(tile.begin + from) * this->Channels
              : nullptr;
            const std::vector<float> probabilities = this->runBatch(ions, tile, number - 1, from,
              count, placeOf, number == 1 ? sentAtFirst.data() : sent[(number - 1) % 2].data(),
              ownStates + from * this->State, ownSent);
            if (number >= first)
            {
              for (std::size_t ion = 0; ion < count; ++ion)
              {
                answers[number - first][tile.ions[from + ion]] = probabilities[ion];
              }
            }
          }
        },
        progress);
    }
    catch (const c10::Error& error)
    {
      throw Error("LibTorch could not run the network on the " + this->device() + ": " +
        error.what_without_backtrace());
    }
  }

private:
  /** The states that ions of each species begin with; also what they send. */
  std::vector<float> begin(std::vector<float>& sent)
  {
    const c10::InferenceMode constant;
    const auto count = static_cast<int64_t>(this->Net.species.size());
    const torch::Tensor states =
      this->Network->begin(torch::arange(count).to(this->On)).contiguous();
    sent.resize(this->Net.species.size() * this->Channels + MomentLanes);
    this->send(this->Network->layers[0], states, sent.data());
    const torch::Tensor here = states.to(torch::kCPU);
    return { here.data_ptr<float>(), here.data_ptr<float>() + here.numel() };
  }

  static std::array<double, 3> normalOf(const KnownIons& ions)
  {
    return ions.waves ? ions.waves->normal() : std::array<double, 3>{ 0, 0, 1 };
  }

  /** Adds to the states that the ions of a tile begin with what comes from the waves. */
  void addWaves(const KnownIons& ions, const NeighbourTile& tile, float* states) const
  {
    if (!ions.waves)
    {
      return;
    }
    const std::size_t size = ions.waves->size();
    const std::vector<float>& weight = this->Waves;
    std::vector<float> features(size);
    for (std::size_t ion = 0; ion < tile.size; ++ion)
    {
      ions.waves->read(tile.begin + ion, features.data());
      const float* row =
        weight.data() + std::size_t{ ions.species[tile.begin + ion] } * size * this->State;
      for (std::size_t f = 0; f < size; ++f, row += this->State)
      {
        for (std::size_t s = 0; s < this->State; ++s)
        {
          states[ion * this->State + s] += features[f] * row[s];
        }
      }
    }
  }

  /** What ions of these states send. */
  void send(MomentLayer& layer, const torch::Tensor& states, float* to) const
  {
    const torch::Tensor sent = layer->sent(states).to(torch::kCPU).contiguous();
    std::copy_n(sent.data_ptr<float>(), sent.numel(), to);
  }

  /**
   * Runs layer number index, counted from 0, on count ions of a tile from one on.
   * @param placeOf where what an ion sent is in sent
   * @param states  of these ions, before and after
   * @param next    receives what they send to the next layer; nullptr after the last
   * @return the answers
   */
  template <typename PlaceOf>
  std::vector<float> runBatch(const KnownIons& ions, const NeighbourTile& tile, std::size_t index,
    std::size_t from, std::size_t count, const PlaceOf& placeOf, const float* sent, float* states,
    float* next)
  {
    MomentLayer& layer = this->Network->layers[index];
    const auto neighbours = static_cast<std::size_t>(this->Net.neighbourCount - 1);
    const torch::Tensor before =
      torch::from_blob(states, { static_cast<int64_t>(count), static_cast<int64_t>(this->State) });
    torch::Tensor after;
    std::unique_lock<std::mutex> lock(this->OneAtATime, std::defer_lock);
    if (this->On.is_cpu())
    {
      MomentNeighbours rows(neighbours);
      rows.append(tile, ions.latticeParameter, normalOf(ions), from, count, placeOf);
      MomentScratch scratch(this->Net.moments, rows.columns());
      after = this->Applied[index].forward(rows, sent, this->Channels, before, scratch);
    }
    else
    {
      lock.lock();
      after = this->onDevice(layer, tile, ions, from, count, placeOf, sent, before);
    }
    const torch::Tensor answer = layer->logits(after).sigmoid().to(torch::kCPU).contiguous();
    if (next)
    {
      this->send(this->Network->layers[index + 1], after, next);
    }
    const torch::Tensor kept = after.to(torch::kCPU).contiguous();
    std::copy_n(kept.data_ptr<float>(), count * this->State, states);
    return { answer.data_ptr<float>(), answer.data_ptr<float>() + count };
  }

  template <typename PlaceOf>
  torch::Tensor onDevice(MomentLayer& layer, const NeighbourTile& tile, const KnownIons& ions,
    std::size_t first, std::size_t count, const PlaceOf& placeOf, const float* sent,
    const torch::Tensor& states) const
  {
    const MomentForm& form = this->Net.moments;
    const int64_t channels = form.channels;
    const auto neighbours = static_cast<std::size_t>(this->Net.neighbourCount - 1);
    const auto size = static_cast<int64_t>(count);
    const auto columns = static_cast<int64_t>(neighbours);
    const torch::Tensor basis = torch::empty({ size, form.basisSize(), columns });
    const torch::Tensor logSums = torch::empty({ size, form.widths });
    const torch::Tensor received = torch::empty({ size, columns, channels });
    momentBasis(tile, form, ions.latticeParameter, normalOf(ions), first, count, neighbours,
      basis.data_ptr<float>(), logSums.data_ptr<float>());
    float* to = received.data_ptr<float>();
    for (std::size_t ion = first; ion < first + count; ++ion)
    {
      const std::uint32_t* row = tile.neighbour + ion * tile.neighbours;
      for (std::size_t j = 1; j <= neighbours; ++j, to += channels)
      {
        // What is missing weighs nothing; any place will do.
        std::copy_n(
          sent + placeOf(row[j < tile.neighbours ? j : 0]) * this->Channels, channels, to);
      }
    }
    return layer->forward(
      states.to(this->On), received.to(this->On), basis.to(this->On), logSums.to(this->On));
  }

  Model Net;
  torch::Device On;
  MomentNet Network;
  std::size_t State;
  std::size_t Channels;
  std::vector<AppliedMomentLayer> Applied; ///< on the CPU
  std::vector<float> Waves;                ///< [species × features][state]
  std::mutex OneAtATime;                   ///< on a device
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
