// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Training.h"

#include "ClassificationMetrics.h"
#include "Error.h"
#include "Fingerprint.h"
#include "ModelTensors.h"
#include "Optimiser.h"
#include "ParallelFor.h"
#include "Random.h"
#include "TorchDevice.h"
#include "TrainingCheckpoint.h"
#include "TrainingHistory.h"
#include "TrainingStage.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <numeric>
#include <optional>

namespace apt
{

namespace
{

constexpr int EpochLimit = 100000;
/** Bytes; what describes a model must stay small enough to be read. */
constexpr std::size_t HistoryLimit = std::size_t(1) << 20;

void check(const Model& form, const TrainingData& data, const TrainingOptions& options)
{
  const auto require = [](bool holds, const char* name, auto value, const char* allowed)
  {
    if (!holds)
    {
      throw ParameterError(name, std::to_string(value), allowed);
    }
  };
  require(
    options.epochs >= 1 && options.epochs <= EpochLimit, "Epochs", options.epochs, "1 to 100000");
  require(options.cloudsPerEpoch >= 1, "the number of clouds per epoch", options.cloudsPerEpoch,
    "1 or more");
  require(options.batchSize >= 2, "BatchSize", options.batchSize, "2 ions or more");
  require(options.cloudsPerStep >= 1 && options.cloudsPerStep <= 1024,
    "the number of clouds per step", options.cloudsPerStep, "1 to 1024");
  require(options.learningRate > 0 && options.learningRate <= 1, "LearningRate",
    options.learningRate, "more than 0 and at most 1");
  require(options.weightDecay >= 0 && options.weightDecay <= 1, "WeightDecay", options.weightDecay,
    "0 to 1");
  require(options.orthogonality >= 0 && std::isfinite(options.orthogonality),
    "the weight of orthogonality", options.orthogonality, "0 or more");
  require(options.patience >= 0, "Patience", options.patience, "0 or more epochs");
  if (data.validation.empty())
  {
    throw Error(
      "there is no cloud to validate with; give more data or a larger ValidationFraction");
  }
  if (form.blockCount() < 1)
  {
    throw ParameterError("BlockCount", "0", "1 or more");
  }
  if (options.initial)
  {
    requireCanBeginWith(form, *options.initial);
  }
}

/** Refuses what a network cannot learn from. */
void check(const LabelledCloud& cloud, const Model& form, const std::string& which)
{
  if (cloud.positions.size() != 3 * cloud.size() || cloud.ordered.size() != cloud.size())
  {
    throw ParameterError("the arrays of " + which, "of different lengths", "one value per ion");
  }
  if (cloud.size() < static_cast<std::size_t>(form.neighbourCount))
  {
    throw Error(which + " has " + std::to_string(cloud.size()) +
      " ions of the model's species; the network looks at " + std::to_string(form.neighbourCount) +
      " at a time");
  }
  const auto features = static_cast<std::size_t>(form.moments.waveFeatures(form.species.size()));
  if (!cloud.waves.empty() && cloud.waves.size() != cloud.size() * features)
  {
    throw ParameterError("the number of waves of " + which, std::to_string(cloud.waves.size()),
      std::to_string(features) + " per ion");
  }
  if (countNonFinite(cloud.size(), cloud.positions.data()) > 0)
  {
    throw Error(which + " has ions whose positions are not finite");
  }
  for (const std::uint8_t species : cloud.species)
  {
    if (species >= form.species.size())
    {
      throw ParameterError("a species of " + which, std::to_string(species),
        "0 to " + std::to_string(form.species.size() - 1));
    }
  }
}

/** Words for a purpose of their own from the seed: never the same for two stages or epochs. */
std::uint64_t seedFor(std::uint64_t seed, int stage, int epoch, std::uint64_t number)
{
  const Random random(seed, static_cast<std::uint32_t>(epoch));
  const Random::Words words =
    random.words(Purpose::Training, number, static_cast<std::uint32_t>(stage));
  return (std::uint64_t{ words[0] } << 32) | words[1];
}

/** The numbers of the clouds of an epoch, in the order in which they are learnt from. */
std::vector<std::uint64_t> cloudsOf(
  const TrainingData& data, const TrainingOptions& options, int stage, int epoch)
{
  std::vector<std::uint64_t> numbers(data.clouds > 0
      ? static_cast<std::size_t>(data.clouds)
      : static_cast<std::size_t>(options.cloudsPerEpoch));
  if (data.clouds == 0)
  {
    // New ones each epoch; those of the validation set are others.
    std::iota(numbers.begin(), numbers.end(),
      static_cast<std::uint64_t>(epoch - 1) * static_cast<std::uint64_t>(options.cloudsPerEpoch));
    return numbers;
  }
  std::iota(numbers.begin(), numbers.end(), std::uint64_t(0));
  for (std::size_t left = numbers.size(); left > 1; --left)
  {
    std::swap(numbers[left - 1], numbers[seedFor(options.seed, stage, epoch, left) % left]);
  }
  return numbers;
}

void add(Fingerprint& fingerprint, const LabelledCloud& cloud)
{
  fingerprint.add(cloud.positions.data(), cloud.positions.size() * sizeof(float));
  fingerprint.add(cloud.species.data(), cloud.species.size());
  fingerprint.add(cloud.ordered.data(), cloud.ordered.size());
  fingerprint.add(cloud.waves.data(), cloud.waves.size() * sizeof(float));
}

/** All that the result depends on, but for the machine. */
std::string recipeOf(const Model& form, const TrainingData& data, const TrainingOptions& options)
{
  Fingerprint fingerprint;
  for (const LabelledCloud& cloud : data.validation)
  {
    add(fingerprint, cloud);
  }
  add(fingerprint, data.cloud(0));
  std::string recipe = fingerprint.text() + " " + std::to_string(data.clouds) + " " + data.identity;
  for (const TensorDescription& tensor : tensorsOf(form))
  {
    recipe += " " + tensor.name + shapeText(tensor.shape);
  }
  for (const double value :
    { static_cast<double>(options.epochs), static_cast<double>(options.cloudsPerEpoch),
      static_cast<double>(options.batchSize), static_cast<double>(options.cloudsPerStep),
      options.learningRate, static_cast<double>(options.cosineDecay), options.weightDecay,
      options.orthogonality, static_cast<double>(options.patience),
      static_cast<double>(options.device), form.latticeParameter,
      static_cast<double>(form.neighbourCount), form.moments.widestWidth, form.batchNormEpsilon,
      static_cast<double>(form.moments.waveWindows), form.moments.widestWindow })
  {
    std::uint64_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    recipe += " " + std::to_string(bits);
  }
  if (options.initial)
  {
    recipe += " " + weightsFingerprint(*options.initial);
  }
  // Checkpoints have what its optimiser keeps.
  return recipe + (form.architecture == Architecture::MomentNet ? " Muon " : " ") +
    std::to_string(options.seed);
}

/** How good answers are, cloud by cloud, on average. */
struct Validation
{
  double loss = 0;
  std::vector<double> auc;
};

Validation validate(TrainingStage& stage, const std::vector<LabelledCloud>& clouds)
{
  Validation mean;
  for (const LabelledCloud& cloud : clouds)
  {
    const std::vector<std::vector<float>> answers = stage.answers(cloud);
    mean.auc.resize(answers.size());
    std::vector<std::int8_t> phase(cloud.ordered.begin(), cloud.ordered.end());
    for (std::size_t block = 0; block < answers.size(); ++block)
    {
      ClassifiedIons ions;
      ions.size = cloud.size();
      ions.score = answers[block].data();
      ions.phase = phase.data();
      ClassificationOptions options;
      options.thresholdCount = 2;
      const ScoreQuality quality = classify({ ions }, 0, options).pooled;
      mean.auc[block] += quality.auc / static_cast<double>(clouds.size());
      if (block + 1 == answers.size())
      {
        mean.loss += quality.logLoss / static_cast<double>(clouds.size());
      }
    }
  }
  return mean;
}

/** A network with its optimiser, and what a checkpoint keeps of them. */
std::map<std::string, torch::Tensor> tensorsOf(
  torch::nn::Module& network, const Optimiser& optimiser)
{
  std::map<std::string, torch::Tensor> tensors;
  for (const auto& item : network.named_parameters())
  {
    tensors.emplace("network." + item.key(), item.value());
  }
  for (const auto& item : network.named_buffers())
  {
    tensors.emplace("network." + item.key(), item.value());
  }
  for (const Optimiser::Entry& entry : optimiser.state())
  {
    tensors.emplace("optimiser." + entry.name, entry.tensor);
  }
  return tensors;
}

class Trainer
{
public:
  Trainer(const Model& form, const TrainingData& data, const TrainingOptions& options,
    const std::function<void(const TrainingEpoch&)>& told, const Progress& progress)
    : Data(data)
    , Options(options)
    , Told(told)
    , Report(progress)
    , On(torchDevice(options.device))
  {
    this->Result.model = form;
    this->Stages =
      form.architecture == Architecture::MomentNet ? 1 : static_cast<int>(form.blockCount());
    for (int stage = 1; stage <= this->Stages; ++stage)
    {
      this->AllEpochs += this->epochsOf(stage);
    }
  }

  TrainingResult run()
  {
    std::optional<TrainingCheckpoint> checkpoint;
    if (!this->Options.checkpoint.empty())
    {
      this->Recipe = recipeOf(this->Result.model, this->Data, this->Options);
      checkpoint = readCheckpoint(this->Options.checkpoint, this->Recipe);
    }
    if (checkpoint)
    {
      this->Result.epochs = checkpoint->epochs;
      this->restoreModel(*checkpoint);
    }
    const int firstStage = checkpoint ? checkpoint->stage : 1;
    for (int stage = 1; stage < firstStage; ++stage)
    {
      this->EpochsDone += this->epochsOf(stage);
    }
    for (int stage = firstStage; stage <= this->Stages && !this->Result.stopped; ++stage)
    {
      this->runStage(stage, checkpoint && stage == checkpoint->stage ? &*checkpoint : nullptr);
    }
    this->finish();
    if (!this->Options.checkpoint.empty() && !this->Result.stopped)
    {
      std::error_code ignored;
      std::filesystem::remove(this->Options.checkpoint, ignored);
    }
    return this->Result;
  }

private:
  int epochsOf(int stage) const
  {
    return stage == 1 ? this->Options.epochs : std::max(1, this->Options.epochs / 2);
  }

  void runStage(int number, const TrainingCheckpoint* checkpoint)
  {
    const int epochs = this->epochsOf(number);
    torch::manual_seed(seedFor(this->Options.seed, number, 0, 0));
    const std::unique_ptr<TrainingStage> stage =
      this->Result.model.architecture == Architecture::MomentNet
      ? makeMomentNetStage(this->Result.model, this->Options, this->On)
      : makePointNetStage(this->Result.model, number, this->Options, this->On);
    if (this->Options.initial)
    {
      // Waves that it has none of have no effect at first.
      for (auto& item : stage->network().named_parameters())
      {
        const torch::NoGradGuard constant;
        item.value().zero_();
      }
      loadTensors(
        stage->network(), *this->Options.initial, stage->prefix(), MissingTensors::StayAsTheyAre);
    }
    Optimiser optimiser(stage->network(), stage->orthogonalParameters(), this->Options.weightDecay);
    double bestAuc = -1;
    int sinceBest = 0;
    int epoch = 0;
    if (checkpoint)
    {
      const torch::NoGradGuard constant;
      for (auto& [name, tensor] : tensorsOf(stage->network(), optimiser))
      {
        const Tensor& source = checkpoint->tensors.at(name);
        torch::Tensor values = torch::empty(tensor.sizes());
        std::copy(source.values.begin(), source.values.end(), values.data_ptr<float>());
        tensor.copy_(values);
      }
      optimiser.steps = checkpoint->steps;
      bestAuc = checkpoint->bestAuc;
      sinceBest = checkpoint->sinceBest;
      epoch = checkpoint->epoch;
    }
    while (epoch < epochs && !(this->Options.patience > 0 && sinceBest >= this->Options.patience))
    {
      ++epoch;
      TrainingEpoch row;
      if (!this->runEpoch(*stage, optimiser, number, epoch, row))
      {
        this->Result.stopped = true;
        if (this->Result.epochs.empty())
        {
          throw Stopped();
        }
        return;
      }
      row.best = row.validationAuc.back() > bestAuc;
      sinceBest = row.best ? 0 : sinceBest + 1;
      if (row.best)
      {
        bestAuc = row.validationAuc.back();
        storeTensors(stage->network(), stage->prefix(), this->Result.model);
      }
      this->Result.epochs.push_back(row);
      if (!this->Options.checkpoint.empty())
      {
        this->keep(*stage, optimiser, number, epoch, sinceBest, bestAuc);
      }
      if (this->Told)
      {
        this->Told(row);
      }
    }
    this->EpochsDone += epochs;
  }

  /** @return false where the user stopped it */
  bool runEpoch(
    TrainingStage& stage, Optimiser& optimiser, int number, int epoch, TrainingEpoch& row)
  {
    const auto start = std::chrono::steady_clock::now();
    const int epochs = this->epochsOf(number);
    const std::vector<std::uint64_t> clouds = cloudsOf(this->Data, this->Options, number, epoch);
    stage.beginEpoch(static_cast<double>(epoch - 1) / epochs);
    double losses = 0;
    double ions = 0;
    const auto atOnce = static_cast<std::size_t>(stage.cloudsAtOnce());
    for (std::size_t first = 0; first < clouds.size(); first += atOnce)
    {
      const double done = static_cast<double>(first) / static_cast<double>(clouds.size());
      if (!this->report(epoch - 1 + 0.95 * done))
      {
        return false;
      }
      std::vector<LabelledCloud> now(std::min(atOnce, clouds.size() - first));
      std::vector<std::uint64_t> seeds(now.size());
      parallelFor(now.size(), 1,
        [&](std::size_t begin, std::size_t end)
        {
          for (std::size_t i = begin; i < end; ++i)
          {
            const std::uint64_t cloud = clouds[first + i];
            now[i] = this->Data.cloud(cloud);
            check(now[i], this->Result.model, "training cloud " + std::to_string(cloud));
            seeds[i] = seedFor(this->Options.seed, number, epoch, cloud + 1);
          }
        });
      const double rate = this->Options.cosineDecay ? 0.5 * this->Options.learningRate *
          (1 + std::cos(3.14159265358979323846 * (epoch - 1 + done) / epochs))
                                                    : this->Options.learningRate;
      stage.learn(now, seeds,
        [&](double loss, std::size_t count)
        {
          if (!std::isfinite(loss))
          {
            throw Error("the loss is " + std::to_string(loss) + " in block " +
              std::to_string(stage.block()) + ", epoch " + std::to_string(epoch) +
              "; a lower LearningRate may help, it is " +
              std::to_string(this->Options.learningRate));
          }
          optimiser.step(rate);
          losses += loss * static_cast<double>(count);
          ions += static_cast<double>(count);
        });
    }
    if (!this->report(epoch - 0.05))
    {
      return false;
    }
    const Validation validation = validate(stage, this->Data.validation);
    row.block = stage.block();
    row.epoch = epoch;
    row.trainingLoss = losses / ions;
    row.validationLoss = validation.loss;
    row.validationAuc = validation.auc;
    row.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return true;
  }

  bool report(double epochs) const
  {
    return !this->Report || this->Report((this->EpochsDone + epochs) / this->AllEpochs);
  }

  void keep(TrainingStage& stage, const Optimiser& optimiser, int number, int epoch, int sinceBest,
    double bestAuc) const
  {
    TrainingCheckpoint checkpoint;
    checkpoint.recipe = this->Recipe;
    checkpoint.stage = number;
    checkpoint.epoch = epoch;
    checkpoint.sinceBest = sinceBest;
    checkpoint.bestAuc = bestAuc;
    checkpoint.steps = optimiser.steps;
    checkpoint.epochs = this->Result.epochs;
    for (const auto& [name, tensor] : tensorsOf(stage.network(), optimiser))
    {
      const torch::Tensor values = tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous();
      const float* begin = values.data_ptr<float>();
      checkpoint.tensors[name] = { name, { values.sizes().begin(), values.sizes().end() },
        { begin, begin + values.numel() } };
    }
    for (const Tensor& tensor : this->Result.model.tensors)
    {
      checkpoint.tensors["best." + tensor.name] = tensor;
    }
    writeCheckpoint(this->Options.checkpoint, checkpoint);
  }

  void restoreModel(const TrainingCheckpoint& checkpoint)
  {
    for (const TensorDescription& tensor : apt::tensorsOf(this->Result.model))
    {
      this->Result.model.tensors.push_back(
        { tensor.name, tensor.shape, checkpoint.tensors.at("best." + tensor.name).values });
    }
  }

  /** Completes what the model says of itself. */
  void finish()
  {
    Model& model = this->Result.model;
    const int blocks = this->Result.epochs.back().block;
    if (model.architecture == Architecture::PointNet)
    {
      // Stopped early: those blocks that were trained.
      model.features.resize(static_cast<std::size_t>(blocks));
      std::vector<Tensor> kept;
      for (const TensorDescription& tensor : apt::tensorsOf(model))
      {
        kept.push_back(model.tensor(tensor.name));
      }
      model.tensors = kept;
    }
    std::vector<double> auc;
    for (const TrainingEpoch& epoch : this->Result.epochs)
    {
      if (epoch.best)
      {
        // The last best one of each block stays.
        auc.resize(std::min(auc.size(), epoch.validationAuc.size()));
        auc = epoch.validationAuc;
      }
    }
    model.metrics["validation_auc"] = auc;
    model.seed = this->Options.seed;
    model.training["epochs"] = static_cast<double>(this->Options.epochs);
    model.training["clouds_per_epoch"] = static_cast<double>(
      this->Data.clouds > 0 ? static_cast<int>(this->Data.clouds) : this->Options.cloudsPerEpoch);
    model.training["batch_size"] = static_cast<double>(this->Options.batchSize);
    model.training["clouds_per_step"] = static_cast<double>(this->Options.cloudsPerStep);
    model.training["learning_rate"] = this->Options.learningRate;
    model.training["cosine_decay"] = static_cast<double>(this->Options.cosineDecay);
    model.training["optimiser"] =
      std::string(model.architecture == Architecture::MomentNet ? "Muon and AdamW" : "AdamW");
    model.training["weight_decay"] = this->Options.weightDecay;
    model.training["orthogonality"] = this->Options.orthogonality;
    model.training["patience"] = static_cast<double>(this->Options.patience);
    const std::string history = historyText(this->Result.epochs);
    if (history.size() <= HistoryLimit)
    {
      model.training["history"] = history;
    }
  }

  const TrainingData& Data;
  const TrainingOptions& Options;
  const std::function<void(const TrainingEpoch&)>& Told;
  const Progress& Report;
  torch::Device On;
  TrainingResult Result;
  std::string Recipe;
  int Stages = 1;
  double AllEpochs = 0;
  double EpochsDone = 0;
};

} // namespace

TrainingResult train(const Model& form, const TrainingData& data, const TrainingOptions& options,
  const std::function<void(const TrainingEpoch&)>& told, const Progress& progress)
{
  Model model = form;
  model.tensors.clear();
  model.metrics.clear();
  check(model, data, options);
  for (const LabelledCloud& cloud : data.validation)
  {
    check(cloud, model, "a validation cloud");
    const auto ordered = std::count(cloud.ordered.begin(), cloud.ordered.end(), 1);
    if (ordered == 0 || static_cast<std::size_t>(ordered) == cloud.size())
    {
      throw Error("a validation cloud has " + std::to_string(ordered) + " ordered ions of " +
        std::to_string(cloud.size()) + "; both classes are needed");
    }
  }
  try
  {
    return Trainer(model, data, options, told, progress).run();
  }
  catch (const c10::Error& error)
  {
    throw Error(std::string("LibTorch could not train: ") + error.what_without_backtrace());
  }
}

} // namespace apt
