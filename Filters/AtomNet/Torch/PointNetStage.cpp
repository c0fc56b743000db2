// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "CellSortedCloud.h"
#include "Inference.h"
#include "NeighbourSearch.h"
#include "ParallelFor.h"
#include "PointNet.h"
#include "PointNetFeatures.h"
#include "Random.h"
#include "TorchBackEnd.h"
#include "TorchThreads.h"
#include "TrainingStage.h"

#include <algorithm>
#include <numeric>

namespace apt
{

namespace
{

class PointNetStage : public TrainingStage
{
public:
  PointNetStage(
    const Model& model, int block, const TrainingOptions& options, const torch::Device& device)
    : Net(model)
    , Block(block)
    , BatchSize(options.batchSize)
    , Orthogonality(options.orthogonality)
    , On(device)
    , Network(PointNetOptions(static_cast<int64_t>(model.columnCount(std::size_t(block))))
                .batchNorm(model.batchNorm)
                .batchNormEpsilon(model.batchNormEpsilon))
    , Before(block > 1 ? makeTorchBackEnd(model, device.is_cuda() ? Device::CUDA : Device::CPU)
                       : nullptr)
  {
    this->Network->to(device);
  }

  torch::nn::Module& network() override { return *this->Network; }
  std::string prefix() const override { return "block" + std::to_string(this->Block) + "."; }
  int block() const override { return this->Block; }
  void beginEpoch(double) override { this->Network->train(); }

  int cloudsAtOnce() const override { return 1; }

  void learn(const std::vector<LabelledCloud>& clouds, const std::vector<std::uint64_t>& seeds,
    const Step& step) override
  {
    const LabelledCloud& cloud = clouds.front();
    const Prepared prepared = this->prepare(cloud);
    const torch::Tensor order = shuffled(cloud.size(), seeds.front());
    const auto size = static_cast<int64_t>(cloud.size());
    for (int64_t first = 0; first < size; first += this->BatchSize)
    {
      const int64_t count = std::min<int64_t>(this->BatchSize, size - first);
      if (count < 2 && size > 1)
      {
        continue; // batch norm has no variance of a single ion
      }
      const torch::Tensor batch = order.slice(0, first, first + count);
      const PointNetAnswer answer =
        this->Network->forward(prepared.features.index_select(0, batch).to(this->On));
      torch::Tensor loss = torch::binary_cross_entropy_with_logits(
        answer.logits, prepared.truth.index_select(0, batch).to(this->On));
      if (this->Orthogonality > 0)
      {
        loss = loss +
          this->Orthogonality *
            (orthogonalityLoss(answer.inputTransform) + orthogonalityLoss(answer.featureTransform));
      }
      loss.backward();
      step(loss.item<double>(), static_cast<std::size_t>(count));
    }
  }

  std::vector<std::vector<float>> answers(const LabelledCloud& cloud) override
  {
    const torch::NoGradGuard constant;
    this->Network->eval();
    const Prepared prepared = this->prepare(cloud);
    std::vector<std::vector<float>> answers;
    for (const std::vector<float>& before : prepared.before)
    {
      answers.push_back(unsorted(prepared.sorted, before));
    }
    std::vector<float> values(cloud.size());
    const auto size = static_cast<int64_t>(cloud.size());
    constexpr int64_t batch = 512;
    for (int64_t first = 0; first < size; first += batch)
    {
      const int64_t count = std::min(batch, size - first);
      const torch::Tensor part =
        this->Network->forward(prepared.features.slice(0, first, first + count).to(this->On))
          .logits.sigmoid()
          .to(torch::kCPU)
          .contiguous();
      std::copy_n(part.data_ptr<float>(), count, values.begin() + first);
    }
    answers.push_back(unsorted(prepared.sorted, values));
    return answers;
  }

private:
  /** A cloud as the network takes it; its ions in the order of the cell-sorted cloud. */
  struct Prepared
  {
    CellSortedCloud sorted;
    std::vector<std::vector<float>> before; ///< answers of the blocks before, [block][ion]
    torch::Tensor features;                 ///< [ions, neighbours, columns]
    torch::Tensor truth;                    ///< [ions]
  };

  Prepared prepare(const LabelledCloud& cloud)
  {
    Prepared prepared{ CellSortedCloud(cloud.positions.data(), cloud.size()), {}, {}, {} };
    std::vector<std::uint8_t> species(cloud.size());
    prepared.truth = torch::empty({ static_cast<int64_t>(cloud.size()) });
    for (std::size_t place = 0; place < cloud.size(); ++place)
    {
      const std::uint32_t ion = prepared.sorted.originalIndices()[place];
      species[place] = cloud.species[ion];
      prepared.truth.data_ptr<float>()[place] = cloud.ordered[ion];
    }
    KnownIons ions;
    ions.cloud = &prepared.sorted;
    ions.species = species.data();
    ions.latticeParameter = this->Net.latticeParameter;
    for (std::size_t block = 1; block < static_cast<std::size_t>(this->Block); ++block)
    {
      std::vector<float> answer(cloud.size());
      this->Before->runBlock(
        ions, block, block > 1 ? prepared.before.back().data() : nullptr, answer.data(), {});
      prepared.before.push_back(std::move(answer));
    }
    const auto rows = static_cast<std::size_t>(this->Net.neighbourCount);
    const std::size_t columns = this->Net.columnCount(static_cast<std::size_t>(this->Block));
    prepared.features = torch::empty({ static_cast<int64_t>(cloud.size()), this->Net.neighbourCount,
      static_cast<int64_t>(columns) });
    auto* features = prepared.features.data_ptr<float>();
    NeighbourSearchOptions search;
    search.neighbours = this->Net.neighbourCount;
    forEachTile(prepared.sorted, search,
      [&](const NeighbourTile& tile)
      {
        makeFeatures(tile, ions, this->Net, static_cast<std::size_t>(this->Block),
          prepared.before.empty() ? nullptr : prepared.before.back().data(), 0, tile.size,
          features + tile.begin * rows * columns);
      });
    return prepared;
  }

  static std::vector<float> unsorted(
    const CellSortedCloud& sorted, const std::vector<float>& values)
  {
    std::vector<float> result(values.size());
    for (std::size_t place = 0; place < values.size(); ++place)
    {
      result[sorted.originalIndices()[place]] = values[place];
    }
    return result;
  }

  /** The numbers below size in random order (Fisher & Yates). */
  static torch::Tensor shuffled(std::size_t size, std::uint64_t seed)
  {
    const Random random(seed);
    torch::Tensor order = torch::arange(static_cast<int64_t>(size), torch::kInt64);
    auto* values = order.data_ptr<int64_t>();
    for (std::size_t left = size; left > 1; --left)
    {
      const std::uint64_t word = random.words(Purpose::Training, left)[0];
      std::swap(values[left - 1], values[(word * left) >> 32]);
    }
    return order;
  }

  // A batch comes after another: all cores for one.
  const TorchThreads Threads{ threadCount() };
  Model Net;
  int Block;
  int BatchSize;
  double Orthogonality;
  torch::Device On;
  PointNet Network;
  std::unique_ptr<InferenceBackEnd> Before;
};

} // namespace

std::unique_ptr<TrainingStage> makePointNetStage(
  const Model& model, int block, const TrainingOptions& options, const torch::Device& device)
{
  return std::make_unique<PointNetStage>(model, block, options, device);
}

} // namespace apt
