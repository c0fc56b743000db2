// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "CellSortedCloud.h"
#include "LatticeWaves.h"
#include "MomentDense.h"
#include "MomentNet.h"
#include "NeighbourSearch.h"
#include "ParallelFor.h"
#include "TorchThreads.h"
#include "TrainingStage.h"

#include <torch/autograd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

namespace apt
{

namespace
{

/** Where in the epochs batch norm no longer goes with the statistics of the cloud at hand, in which
 * the network cannot see how noisy a specimen is as a whole, but is renormalised; until then the
 * running ones are not worth going with. */
constexpr double RenormalisedFrom = 0.1;
/** As Ioffe has them at the end; see FoundStatistics. */
constexpr double ScaleLimit = 3;
constexpr double ShiftLimit = 5;
/** From where on the running ones are constants, as when the network is applied. */
constexpr double RunningFrom = 0.7;
/** Of a cloud in those means. */
constexpr double StatisticsMomentum = 0.03;

/** Clouds that are made ready at a time where a device runs the network, over all cores. */
constexpr int CloudsOnDevice = 16;

/** A cloud as the network takes it; its ions in the order of the cell-sorted cloud. */
struct PreparedCloud
{
  CellSortedCloud sorted;
  torch::Tensor species;                 ///< [ions] int64
  torch::Tensor truth;                   ///< [ions]
  torch::Tensor waves;                   ///< [ions, features], where the form has wave windows
  c10::intrusive_ptr<MomentGraph> graph; ///< on the CPU; elsewhere the three below
  torch::Tensor neighbours;              ///< [ions, neighbours] int32
  torch::Tensor squared;                 ///< [ions, neighbours] distances in a²
  torch::Tensor height;                  ///< [ions, neighbours] z in a
};

std::vector<torch::Tensor> logitsOf(MomentNet& network, const MomentForm& form,
  const PreparedCloud& cloud, FoundStatistics* statistics = nullptr)
{
  if (cloud.graph)
  {
    return momentNet(network, cloud.species, cloud.waves, cloud.graph, statistics);
  }
  const auto [basis, logSums] = momentBasis(form, cloud.squared, cloud.height);
  return network->forward(cloud.species, cloud.waves, cloud.neighbours, basis, logSums, statistics);
}

PreparedCloud prepare(const LabelledCloud& cloud, const Model& model, const torch::Device& device)
{
  PreparedCloud prepared{ CellSortedCloud(cloud.positions.data(), cloud.size()), {}, {}, {}, {}, {},
    {}, {} };
  const auto ions = static_cast<int64_t>(cloud.size());
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
  std::array<double, 3> normal = cloud.normal;
  if (model.moments.waveWindows > 0 && !cloud.waves.empty())
  {
    const std::size_t size = cloud.waves.size() / cloud.size();
    prepared.waves = torch::empty({ ions, static_cast<int64_t>(size) });
    auto* features = prepared.waves.data_ptr<float>();
    for (std::size_t place = 0; place < cloud.size(); ++place)
    {
      std::copy_n(cloud.waves.data() + prepared.sorted.originalIndices()[place] * size, size,
        features + place * size);
    }
  }
  else if (model.moments.waveWindows > 0)
  {
    std::vector<std::uint8_t> codes(species, species + ions);
    const LatticeWaves waves(
      prepared.sorted, codes.data(), model.species.size(), model.latticeParameter, model.moments);
    normal = waves.normal();
    prepared.waves = torch::empty({ ions, static_cast<int64_t>(waves.size()) });
    auto* features = prepared.waves.data_ptr<float>();
    for (std::size_t place = 0; place < cloud.size(); ++place)
    {
      waves.read(place, features + place * waves.size());
    }
  }
  NeighbourSearchOptions search;
  search.neighbours = model.neighbourCount;
  search.order = NeighbourOrder::Storage; // sums need no other
  // One tile: rows in the order of the ions.
  search.tileIons = cloud.size();
  MomentNeighbours rows(static_cast<std::size_t>(model.neighbourCount - 1));
  forEachTile(prepared.sorted, search,
    [&](const NeighbourTile& tile)
    { rows.append(tile, model.latticeParameter, normal, 0, tile.size); });
  if (device.is_cpu())
  {
    prepared.graph = c10::make_intrusive<MomentGraph>(model.moments, std::move(rows));
    return prepared;
  }
  const auto onDevice = [&](const auto* values, torch::ScalarType type)
  {
    // from_blob takes what it does not change as changeable.
    void* const from = const_cast<void*>(static_cast<const void*>(values));
    return torch::from_blob(from, { ions, static_cast<int64_t>(rows.columns()) }, type).to(device);
  };
  prepared.neighbours = onDevice(rows.place(0), torch::kInt32);
  prepared.squared = onDevice(rows.squared(0), torch::kFloat32);
  prepared.height = onDevice(rows.height(0), torch::kFloat32);
  prepared.species = prepared.species.to(device);
  prepared.truth = prepared.truth.to(device);
  prepared.waves = prepared.waves.defined() ? prepared.waves.to(device) : prepared.waves;
  return prepared;
}

class MomentNetStage : public TrainingStage
{
public:
  MomentNetStage(const Model& model, const TrainingOptions& options, const torch::Device& device)
    : Net(model)
    , CloudsPerStep(options.cloudsPerStep)
    , GoesOn(options.initial != nullptr)
    , On(device)
    , Network(static_cast<int64_t>(model.species.size()), model.moments, model.batchNormEpsilon)
  {
    this->Network->to(device);
  }

  torch::nn::Module& network() override { return *this->Network; }
  /** What maps states and moments to each other; not what species and answers are read by. */
  std::vector<std::string> orthogonalParameters() const override
  {
    std::vector<std::string> names;
    for (int layer = 1; layer <= this->Net.moments.layers; ++layer)
    {
      for (const char* name : { "send", "own", "fc1", "fc2" })
      {
        names.push_back("block" + std::to_string(layer) + "." + name + ".weight");
      }
    }
    return names;
  }
  std::string prefix() const override { return ""; }
  int block() const override { return this->Net.moments.layers; }

  void beginEpoch(double done) override
  {
    this->Running = this->GoesOn || done >= RunningFrom;
    this->Renormalised = done >= RenormalisedFrom;
  }

  int cloudsAtOnce() const override
  {
    return this->On.is_cpu()
      ? this->CloudsPerStep
      : std::max(1, CloudsOnDevice / this->CloudsPerStep) * this->CloudsPerStep;
  }

  /** On the CPU each cloud of a step has a thread of its own; their gradients are added in order. */
  void learn(const std::vector<LabelledCloud>& clouds, const std::vector<std::uint64_t>&,
    const Step& step) override
  {
    const auto each = [](std::size_t count, const auto& body)
    {
      parallelFor(count, 1,
        [&](std::size_t begin, std::size_t end)
        {
          for (std::size_t i = begin; i < end; ++i)
          {
            body(i);
          }
        });
    };
    // On the CPU each is made ready where it is used: not all of a step's are there at a time.
    std::vector<std::unique_ptr<PreparedCloud>> prepared(this->On.is_cpu() ? 0 : clouds.size());
    each(prepared.size(),
      [&](std::size_t i)
      { prepared[i] = std::make_unique<PreparedCloud>(prepare(clouds[i], this->Net, this->On)); });
    const std::vector<torch::Tensor> parameters = this->Network->parameters();
    const auto perStep = static_cast<std::size_t>(this->CloudsPerStep);
    for (std::size_t first = 0; first < clouds.size(); first += perStep)
    {
      std::vector<Part> parts(std::min(perStep, clouds.size() - first));
      if (this->On.is_cpu())
      {
        each(parts.size(),
          [&](std::size_t i)
          {
            const PreparedCloud cloud = prepare(clouds[first + i], this->Net, this->On);
            parts[i] = this->learnFrom(cloud, parts.size(), parameters);
          });
      }
      else
      {
        for (std::size_t i = 0; i < parts.size(); ++i)
        {
          parts[i] = this->learnFrom(*prepared[first + i], parts.size(), parameters);
          prepared[first + i].reset();
        }
      }
      double loss = 0;
      std::size_t ions = 0;
      for (std::size_t i = 0; i < parts.size(); ++i)
      {
        loss += parts[i].loss;
        ions += clouds[first + i].size();
        addGradients(parameters, parts[i].gradients);
        addStatistics(parts[i].statistics, StatisticsMomentum);
      }
      step(loss, ions);
    }
  }

  std::vector<std::vector<float>> answers(const LabelledCloud& cloud) override
  {
    const torch::NoGradGuard constant;
    const PreparedCloud prepared = prepare(cloud, this->Net, this->On);
    std::vector<std::vector<float>> answers;
    for (const torch::Tensor& logits : logitsOf(this->Network, this->Net.moments, prepared))
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
  /** What a cloud adds to a step. */
  struct Part
  {
    double loss = 0;
    std::vector<torch::Tensor> gradients;
    FoundStatistics statistics;
  };

  Part learnFrom(
    const PreparedCloud& cloud, std::size_t clouds, const std::vector<torch::Tensor>& parameters)
  {
    Part part;
    if (this->Renormalised)
    {
      part.statistics.scaleLimit = ScaleLimit;
      part.statistics.shiftLimit = ShiftLimit;
    }
    const std::vector<torch::Tensor> logits =
      logitsOf(this->Network, this->Net.moments, cloud, this->Running ? nullptr : &part.statistics);
    torch::Tensor loss = torch::zeros({}, cloud.truth.options());
    for (const torch::Tensor& answer : logits)
    {
      loss = loss + torch::binary_cross_entropy_with_logits(answer, cloud.truth);
    }
    loss = loss / static_cast<double>(logits.size() * clouds);
    part.gradients = torch::autograd::grad({ loss }, parameters);
    part.loss = loss.item<double>();
    return part;
  }

  // A thread for each cloud; see learn.
  const TorchThreads Threads{ 1 };
  Model Net;
  int CloudsPerStep;
  bool GoesOn; ///< from a model that has been trained
  bool Running = false;
  bool Renormalised = false;
  torch::Device On;
  MomentNet Network;
};

} // namespace

std::unique_ptr<TrainingStage> makeMomentNetStage(
  const Model& model, const TrainingOptions& options, const torch::Device& device)
{
  return std::make_unique<MomentNetStage>(model, options, device);
}

} // namespace apt
