// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Inference.h"
#include "ModelFile.h"
#include "Progress.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace apt
{

/** @brief Ions of a model's species whose class is known. */
struct LabelledCloud
{
  std::vector<float> positions;      ///< × 3, nm
  std::vector<std::uint8_t> species; ///< places in Model::species
  std::vector<std::uint8_t> ordered; ///< 1 where the ion belongs to an ordered domain, else 0
  /** What LatticeWaves tells of each ion in the whole specimen that the cloud is a piece of, for a
   * form with wave windows; empty: the cloud is the whole specimen. */
  std::vector<float> waves;
  std::array<double, 3> normal{ 0, 0, 1 }; ///< of the planes there

  std::size_t size() const { return this->species.size(); }
};

/** @brief What a network learns from, and what it is tried on. */
struct TrainingData
{
  /** The cloud of that number; equal numbers give equal clouds. May be called
   * on several threads at once. */
  std::function<LabelledCloud(std::uint64_t number)> cloud;
  /** Numbers run from 0 to below this, each once an epoch; 0: every one is new, without end. */
  std::uint64_t clouds = 0;
  std::vector<LabelledCloud> validation; ///< never learnt from
  std::string identity; ///< tells these data from others: a checkpoint of others is of no use
};

/** @brief How a network learns. */
struct TrainingOptions
{
  int epochs = 20;         ///< 1 to 100000; a PointNet's first block, the others take half of them
  int cloudsPerEpoch = 50; ///< where TrainingData::clouds is 0
  int batchSize = 256;     ///< PointNet: ions per step
  int cloudsPerStep = 4;   ///< MomentNet: whole clouds per step, each on a core of its own
  double learningRate = 1e-3;
  bool cosineDecay = true;  ///< of the learning rate, to 0 at the last step
  double weightDecay = 0;   ///< per step and learning rate
  double orthogonality = 0; ///< PointNet: weight of the T-Nets' distance from orthogonal
  int patience = 0;         ///< epochs without a better one after which to stop; 0: never
  /** Weights to begin with, of a model that requireCanBeginWith accepts; nullptr: random ones. Waves that
   * it has none of begin without effect. A MomentNet then goes with its means and variances from the
   * start. */
  std::shared_ptr<const Model> initial;
  std::uint64_t seed = 1;
  Device device = Device::Auto;
  /** Where to keep what it takes to go on after a kill, after every epoch; empty: nowhere. Found
   * there, and made with the same model and options, training goes on from it. Gone at the end, but
   * not where the user stopped it: the same call then goes on. */
  std::string checkpoint;
};

/** @brief One epoch. */
struct TrainingEpoch
{
  int block = 0;             ///< from 1; of a MomentNet, which learns all layers at once, the last
  int epoch = 0;             ///< from 1
  double trainingLoss = 0;   ///< mean binary cross entropy while learning
  double validationLoss = 0; ///< of the block's answer
  std::vector<double> validationAuc; ///< area under the ROC curve after each block so far
  double seconds = 0;
  bool best = false; ///< the best validation AUC so far; its weights are kept
};

/** @brief What came of it. */
struct TrainingResult
{
  Model model; ///< with the weights of the best epoch, metrics, seed and parameters
  std::vector<TrainingEpoch> epochs;
  bool stopped = false; ///< by the user; the model is the best so far
};

/**
 * @brief Trains a network, from nothing or from the weights of another.
 *
 * A PointNet is trained as published (Yu et al. 2024): block after block, each upon the answers of
 * the one before, binary cross entropy, Adam, the best epoch by validation AUC kept (but for batch
 * norm, whose means are over parts of a batch, 64 ions each); a MomentNet
 * with all its layers at once, the mean of their losses, by Muon and Adam (see Optimiser). The same seed, data and machine give the
 * same bits, for any number of threads. All random numbers depend on seed, block and epoch only, so that a run that is
 * continued from a checkpoint ends where it would have ended.
 *
 * @param form what to train: architecture, species, lattice parameter, neighbours, features or
 *             moments, batch norm, licence; without tensors
 * @param told called after every epoch
 * @param progress when it answers false training ends with the best epoch so far, if there is one
 * @throws ParameterError for options out of bounds; Error where clouds have one class only, fewer
 * ions than the network looks at, positions that are not finite, or where a loss is not finite;
 * FileError where the checkpoint cannot be written; Stopped before the end of the first epoch
 */
TrainingResult train(const Model& form, const TrainingData& data, const TrainingOptions& options,
  const std::function<void(const TrainingEpoch&)>& told = {}, const Progress& progress = {});

} // namespace apt
