// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "CellSortedCloud.h"
#include "MomentBasis.h"
#include "MomentDense.h"
#include "MomentNet.h"
#include "NeighbourSearch.h"
#include "ParallelFor.h"
#include "TorchThreads.h"
#include "TrainingStage.h"

#include <torch/autograd.h>

namespace apt
{

namespace
{

/** Of the epochs, the share that batch norm goes with the cloud at hand; after it, with the mean of
 * the clouds before, so that the network ends with what it will have when it is applied. */
constexpr double OwnStatisticsShare = 0.7;
/** Of a cloud in those means. */
constexpr double StatisticsMomentum = 0.01;

/** A cloud as the network takes it; its ions in the order of the cell-sorted cloud. */
struct PreparedCloud
{
  CellSortedCloud sorted;
  torch::Tensor species;                 ///< [ions] int64
  torch::Tensor truth;                   ///< [ions]
  c10::intrusive_ptr<MomentGraph> graph; ///< on the CPU; elsewhere the three below
  torch::Tensor neighbours;              ///< [ions, neighbours] int64
  torch::Tensor basis;                   ///< [ions, functions, neighbours]
  torch::Tensor logSums;                 ///< [ions, widths]

  std::vector<torch::Tensor> logits(
    MomentNet& network, std::vector<BatchStatistics>* statistics = nullptr) const
  {
    return this->graph
      ? momentNet(network, this->species, this->graph, statistics)
      : network->forward(this->species, this->neighbours, this->basis, this->logSums, statistics);
  }
};

PreparedCloud prepare(const LabelledCloud& cloud, const Model& model, const torch::Device& device)
{
  PreparedCloud prepared{ CellSortedCloud(cloud.positions.data(), cloud.size()), {}, {}, {}, {}, {},
    {} };
  const auto ions = static_cast<int64_t>(cloud.size());
  const int64_t neighbours = model.neighbourCount - 1;
  const auto columns = static_cast<std::size_t>(neighbours);
  NeighbourSearchOptions search;
  search.neighbours = model.neighbourCount;
  prepared.species = torch::empty({ ions }, torch::kInt64);
  prepared.truth = torch::empty({ ions });
  auto* species = prepared.species.data_ptr<int64_t>();
  auto* truth = prepared.truth.data_ptr<float>();
  for (std::size_t place = 0; place < cloud.size(); ++place)
  {
    const std::size_t ion = prepared.sorted.originalIndices()[place];
    species[place] = cloud.species[ion];
    truth[place] = cloud.ordered[ion];
  }
  if (device.is_cpu())
  {
    // One tile: rows in the order of the ions.
    search.tileIons = cloud.size();
    MomentNeighbours rows(columns);
    forEachTile(prepared.sorted, search,
      [&](const NeighbourTile& tile) { rows.append(tile, model.latticeParameter, 0, tile.size); });
    prepared.graph = c10::make_intrusive<MomentGraph>(model.moments, std::move(rows));
    return prepared;
  }
  const auto functions = static_cast<std::size_t>(model.moments.basisSize());
  const auto widths = static_cast<std::size_t>(model.moments.widths);
  prepared.neighbours = torch::empty({ ions, neighbours }, torch::kInt64);
  prepared.basis = torch::empty({ ions, model.moments.basisSize(), neighbours });
  prepared.logSums = torch::empty({ ions, model.moments.widths });
  auto* places = prepared.neighbours.data_ptr<int64_t>();
  auto* basis = prepared.basis.data_ptr<float>();
  auto* logSums = prepared.logSums.data_ptr<float>();
  forEachTile(prepared.sorted, search,
    [&](const NeighbourTile& tile)
    {
      momentBasis(tile, model.moments, model.latticeParameter, 0, tile.size, columns,
        basis + tile.begin * functions * columns, logSums + tile.begin * widths);
      for (std::size_t ion = 0; ion < tile.size; ++ion)
      {
        const std::size_t place = tile.begin + ion;
        for (std::size_t j = 0; j < columns; ++j)
        {
          // What is missing weighs nothing; any place will do.
          places[place * columns + j] = j + 1 < tile.neighbours
            ? static_cast<int64_t>(tile.neighbour[ion * tile.neighbours + 1 + j])
            : static_cast<int64_t>(place);
        }
      }
    });
  for (torch::Tensor* tensor : { &prepared.species, &prepared.truth, &prepared.neighbours,
         &prepared.basis, &prepared.logSums })
  {
    *tensor = tensor->to(device);
  }
  return prepared;
}

class MomentNetStage : public TrainingStage
{
public:
  MomentNetStage(const Model& model, int cloudsPerStep, const torch::Device& device)
    : Net(model)
    , CloudsPerStep(cloudsPerStep)
    , On(device)
    , Network(static_cast<int64_t>(model.species.size()), model.moments, model.batchNormEpsilon)
  {
    this->Network->to(device);
  }

  torch::nn::Module& network() override { return *this->Network; }
  std::string prefix() const override { return ""; }
  int block() const override { return this->Net.moments.layers; }

  void beginEpoch(double done) override { this->OwnStatistics = done < OwnStatisticsShare; }

  int cloudsAtOnce() const override { return this->CloudsPerStep; }

  /** One step; each cloud on a thread of its own, their gradients added in order. */
  void learn(const std::vector<LabelledCloud>& clouds, const std::vector<std::uint64_t>&,
    const Step& step) override
  {
    const std::vector<torch::Tensor> parameters = this->Network->parameters();
    struct Part
    {
      double loss = 0;
      std::vector<torch::Tensor> gradients;
      std::vector<BatchStatistics> statistics;
    };
    std::vector<Part> parts(clouds.size());
    parallelFor(clouds.size(), 1,
      [&](std::size_t begin, std::size_t end)
      {
        for (std::size_t i = begin; i < end; ++i)
        {
          const PreparedCloud prepared = prepare(clouds[i], this->Net, this->On);
          const std::vector<torch::Tensor> logits =
            prepared.logits(this->Network, this->OwnStatistics ? &parts[i].statistics : nullptr);
          torch::Tensor loss = torch::zeros({}, prepared.truth.options());
          for (const torch::Tensor& answer : logits)
          {
            loss = loss + torch::binary_cross_entropy_with_logits(answer, prepared.truth);
          }
          loss = loss / static_cast<double>(logits.size() * clouds.size());
          parts[i].gradients = torch::autograd::grad({ loss }, parameters);
          parts[i].loss = loss.item<double>();
        }
      });
    double loss = 0;
    std::size_t ions = 0;
    for (std::size_t i = 0; i < parts.size(); ++i)
    {
      loss += parts[i].loss;
      ions += clouds[i].size();
      addGradients(parameters, parts[i].gradients);
      addStatistics(parts[i].statistics, StatisticsMomentum);
    }
    step(loss, ions);
  }

  std::vector<std::vector<float>> answers(const LabelledCloud& cloud) override
  {
    const torch::NoGradGuard constant;
    const PreparedCloud prepared = prepare(cloud, this->Net, this->On);
    std::vector<std::vector<float>> answers;
    for (const torch::Tensor& logits : prepared.logits(this->Network))
    {
      const torch::Tensor values = logits.sigmoid().to(torch::kCPU).contiguous();
      answers.emplace_back(cloud.size());
      for (std::size_t place = 0; place < cloud.size(); ++place)
      {
        answers.back()[prepared.sorted.originalIndices()[place]] = values.data_ptr<float>()[place];
      }
    }
    return answers;
  }

private:
  // A thread for each cloud; see learn.
  const TorchThreads Threads{ 1 };
  Model Net;
  int CloudsPerStep;
  bool OwnStatistics = true;
  torch::Device On;
  MomentNet Network;
};

} // namespace

std::unique_ptr<TrainingStage> makeMomentNetStage(
  const Model& model, const TrainingOptions& options, const torch::Device& device)
{
  return std::make_unique<MomentNetStage>(model, options.cloudsPerStep, device);
}

} // namespace apt
