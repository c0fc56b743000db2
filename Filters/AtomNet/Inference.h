// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "InferenceBackEnd.h"
#include "IonCloud.h"
#include "ModelFile.h"
#include "Progress.h"

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace apt
{

/** @brief Where a network runs. */
enum class Device
{
  Auto, ///< CUDA where there is a device for it, else the CPU
  CPU,
  CUDA
};

/** @brief How predict applies a model. */
struct InferenceOptions
{
  std::size_t blockCount = 0;  ///< blocks to run; 0 is all that the model has
  double latticeParameter = 0; ///< nm, the unit of the offsets; 0 is the model's own
  Device device = Device::Auto;
  std::size_t tileIons =
    1024; ///< at a time and thread, about, 1 to 1048576; never changes the answer
};

/** @brief What predict found out on its way. */
struct InferenceReport
{
  std::string device;                    ///< "CPU", "CUDA (…)"; empty where no block was run
  std::size_t knownIons = 0;             ///< ions of the model's species
  double latticeParameter = 0;           ///< nm, the one that was used
  std::vector<std::string> unknownNames; ///< ions of the cloud that are no species of the model
  std::array<double, 3> latticeNormal{ 0, 0, 1 }; ///< z of the network; see findLatticeNormal
  double meanNearestNeighbourDistance = 0;        ///< nm, over the known ions; 0 for fewer than two
  bool latticeParameterIsPlausible = true;        ///< see isPlausibleLatticeParameter
};

/**
 * @brief Finds for every ion the probability that it belongs to an ordered domain, block by block.
 *
 * Ions whose species the model does not know (unranged or unmapped) take no part: they are no
 * neighbour of anyone, and their answer is NaN. A cloud with fewer ions than the model looks at has
 * rows repeated, which a maximum over rows does not see.
 *
 * Beside the input and the answer it takes 28 bytes per ion and a budget for the tiles: features
 * are made, used and dropped tile by tile, and no neighbour list is kept. A MomentNet takes 19 bytes
 * per ion, and for each ion of a slice of the cloud its state and what it sends in two layers; see
 * sweepLayers; with wave windows what LatticeWaves says besides.
 *
 * The answer is the same, bit by bit, for any number of threads and any size of tiles.
 *
 * @param cloud    needs the array Ion (int16, place in ionNames; −1 = unranged)
 * @param ionNames what the values of Ion stand for
 * @param probabilities one array of cloud.size floats for each block in turn: as many as
 *                 options.blockCount says
 * @param known    how many leading arrays hold the answer already; their blocks are not run again
 * @throws ParameterError where an option is out of bounds, the array Ion is missing or no species of
 * the model is in the cloud, naming both lists, or the device is not there, naming what there is;
 * Stopped, upon which the arrays from known on have no meaning
 */
InferenceReport predict(const IonCloudView& cloud, const std::vector<std::string>& ionNames,
  const Model& model, const InferenceOptions& options, const std::vector<float*>& probabilities,
  std::size_t known = 0, const Progress& progress = {});

/** @brief The same into arrays of its own, [block][ion]. */
std::vector<std::vector<float>> predict(const IonCloudView& cloud,
  const std::vector<std::string>& ionNames, const Model& model,
  const InferenceOptions& options = {}, const Progress& progress = {});

/** @brief The same with a given back end; options.device has no meaning then. */
InferenceReport predict(const IonCloudView& cloud, const std::vector<std::string>& ionNames,
  const Model& model, InferenceBackEnd& backEnd, const InferenceOptions& options,
  const std::vector<float*>& probabilities, std::size_t known = 0, const Progress& progress = {});

/** @brief The number of blocks that these options ask for. @throws ParameterError for too many */
std::size_t blockCountOf(const Model& model, const InferenceOptions& options);

/**
 * @brief Whether ions of a crystal with this lattice parameter can lie as far apart as they do.
 *
 * In a perfect fcc or L1₂ crystal the nearest neighbour is at 0.71 a; with 30 % of the ions
 * detected and their places blurred beyond recognition, at 0.55 (4 · 0.3 / a³)^(−1/3) = 0.52 a; where
 * all are detected and blurred, at 0.35 a. 0.25 a to 1 a is held for plausible: that finds
 * ångströms in place of nanometres, and a model for quite another crystal.
 * @param distance mean distance to the nearest neighbour, nm
 */
bool isPlausibleLatticeParameter(double latticeParameter, double distance);

/** @brief The mean distance of an ion to the next one, nm; 0 for fewer than two. */
double meanNearestNeighbourDistance(const CellSortedCloud& cloud);

/** @brief The back end for a device. @throws ParameterError where there is none, saying why */
std::unique_ptr<InferenceBackEnd> makeInferenceBackEnd(const Model& model, Device device);

} // namespace apt
