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

#include <ATen/CPUGeneratorImpl.h>
#include <torch/autograd.h>

#include <algorithm>

namespace apt
{

namespace
{

/**
 * Ions of a batch that go through the network together, on a thread of their own, and over which
 * batch norm takes its means (as in Hoffer et al., NIPS 2017): so the answer does not depend on the
 * number of threads. Each has this times the rows per ion to take them over, in the head this alone.
 * A device takes a batch at one go, as published: it would spend its time on starting small ones.
 */
constexpr std::size_t PartSize = 64;
constexpr std::size_t AnswersAtOnceOnDevice = 4096;
/** Of such a part in the running means. */
constexpr double StatisticsMomentum = 0.03;

class PointNetStage : public TrainingStage
{
public:
  PointNetStage(
    const Model& model, int block, const TrainingOptions& options, const torch::Device& device)
    : Net(model)
    , Block(block)
    , BatchSize(static_cast<std::size_t>(options.batchSize))
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
  /** None: it is trained as published, by Adam. */
  std::vector<std::string> orthogonalParameters() const override { return {}; }
  std::string prefix() const override { return "block" + std::to_string(this->Block) + "."; }
  int block() const override { return this->Block; }
  void beginEpoch(double) override {}

  int cloudsAtOnce() const override { return 1; }

  void learn(const std::vector<LabelledCloud>& clouds, const std::vector<std::uint64_t>& seeds,
    const Step& step) override
  {
    const LabelledCloud& cloud = clouds.front();
    const Prepared prepared = this->prepare(cloud);
    const torch::Tensor order = shuffled(cloud.size(), seeds.front());
    const std::vector<torch::Tensor> parameters = this->Network->parameters();
    struct Part
    {
      double loss = 0;
      std::vector<torch::Tensor> gradients;
      FoundStatistics statistics;
    };
    for (std::size_t first = 0; first < cloud.size(); first += this->BatchSize)
    {
      const std::size_t count = std::min(this->BatchSize, cloud.size() - first);
      if (count < PartSize && first > 0)
      {
        break; // too few for a mean that counts as much as the others
      }
      std::vector<Part> parts(
        this->On.is_cpu() ? std::max<std::size_t>(1, count / PartSize) : std::size_t{ 1 });
      parallelFor(parts.size(), 1,
        [&](std::size_t begin, std::size_t end)
        {
          for (std::size_t i = begin; i < end; ++i)
          {
            const std::size_t from = first + i * count / parts.size();
            const std::size_t to = first + (i + 1) * count / parts.size();
            const torch::Tensor ions =
              order.slice(0, static_cast<int64_t>(from), static_cast<int64_t>(to)).to(this->On);
            at::Generator dropout = at::make_generator<at::CPUGeneratorImpl>(seeds.front() + from);
            const PointNetAnswer answer = this->Network->forward(
              prepared.features.index_select(0, ions), { &parts[i].statistics, &dropout });
            torch::Tensor loss = torch::binary_cross_entropy_with_logits(
              answer.logits, prepared.truth.index_select(0, ions));
            if (this->Orthogonality > 0)
            {
              loss = loss +
                this->Orthogonality *
                  (orthogonalityLoss(answer.inputTransform) +
                    orthogonalityLoss(answer.featureTransform));
            }
            loss = loss * (static_cast<double>(to - from) / static_cast<double>(count));
            parts[i].gradients = torch::autograd::grad({ loss }, parameters);
            parts[i].loss = loss.item<double>();
          }
        });
      double loss = 0;
      for (const Part& part : parts)
      {
        loss += part.loss;
        addGradients(parameters, part.gradients);
        addStatistics(part.statistics, StatisticsMomentum);
      }
      step(loss, count);
    }
  }

  std::vector<std::vector<float>> answers(const LabelledCloud& cloud) override
  {
    const Prepared prepared = this->prepare(cloud);
    std::vector<std::vector<float>> answers = prepared.before;
    std::vector<float> values(cloud.size());
    const auto answer = [&](std::size_t begin, std::size_t end)
    {
      const torch::NoGradGuard constantHere; // the thread's own
      const torch::Tensor part = this->Network
                                   ->forward(prepared.features.slice(
                                     0, static_cast<int64_t>(begin), static_cast<int64_t>(end)))
                                   .logits.sigmoid()
                                   .to(torch::kCPU)
                                   .contiguous();
      std::copy_n(
        part.data_ptr<float>(), end - begin, values.begin() + static_cast<std::ptrdiff_t>(begin));
    };
    if (this->On.is_cpu())
    {
      parallelFor(cloud.size(), PartSize, answer);
    }
    else
    {
      for (std::size_t begin = 0; begin < cloud.size(); begin += AnswersAtOnceOnDevice)
      {
        answer(begin, std::min(begin + AnswersAtOnceOnDevice, cloud.size()));
      }
    }
    answers.push_back(unsorted(prepared.sorted, values));
    return answers;
  }

private:
  /** A cloud as the network takes it; its ions in the order of the cell-sorted cloud. */
  struct Prepared
  {
    CellSortedCloud sorted;
    std::vector<std::vector<float>> before; ///< answers of the blocks before, as the cloud came
    torch::Tensor features;                 ///< [ions, neighbours, columns], on the device
    torch::Tensor truth;                    ///< [ions], on the device
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
    const std::size_t known = static_cast<std::size_t>(this->Block) - 1;
    prepared.before.assign(known, std::vector<float>(cloud.size()));
    std::vector<float> before; // in the order of the cell-sorted cloud
    if (known > 0)
    {
      std::vector<float*> answers;
      for (std::vector<float>& answer : prepared.before)
      {
        answers.push_back(answer.data());
      }
      this->Before->run(ions, 1, known, nullptr, answers.data(), {});
      for (std::size_t place = 0; place < cloud.size(); ++place)
      {
        before.push_back(answers.back()[prepared.sorted.originalIndices()[place]]);
      }
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
          before.empty() ? nullptr : before.data(), 0, tile.size,
          features + tile.begin * rows * columns);
      });
    prepared.features = prepared.features.to(this->On);
    prepared.truth = prepared.truth.to(this->On);
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

  // A thread for each part of a batch; see learn.
  const TorchThreads Threads{ 1 };
  Model Net;
  int Block;
  std::size_t BatchSize;
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
