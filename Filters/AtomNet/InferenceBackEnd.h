// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "CellSortedCloud.h"
#include "Progress.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace apt
{

class LatticeWaves;

/** @brief Those ions of a cloud that a model knows; all arrays are in the order of the cloud. */
struct KnownIons
{
  const CellSortedCloud* cloud = nullptr;
  const std::uint8_t* species = nullptr; ///< cloud->size() codes, places in Model::species
  double latticeParameter = 0;           ///< nm; the unit of the offsets
  const LatticeWaves* waves = nullptr;   ///< of these, where the model has wave windows
  std::size_t tileIons = 1024;           ///< at a time and thread, about; never changes the answer
};

/**
 * @brief What runs a model's network: the seam behind which back ends for a device stand.
 *
 * One is made for one model.
 */
class InferenceBackEnd
{
public:
  virtual ~InferenceBackEnd() = default;

  /** @brief The device that it runs on, for the user: "CPU", "CUDA (NVIDIA H100)". */
  virtual std::string device() const = 0;

  /**
   * @brief Runs blocks on all ions.
   *
   * Arrays have a place for each ion of the whole cloud and are indexed by
   * cloud->originalIndices(); those of ions that take no part are neither read nor written.
   *
   * @param first, last from 1; any block may be the first that is asked for
   * @param before  the answer of the block before the first; nullptr where that is block 1
   * @param answers receive the answers of the blocks first to last, in 0 … 1
   * @throws Stopped; Error where the device fails
   */
  virtual void run(const KnownIons& ions, std::size_t first, std::size_t last, const float* before,
    float* const* answers, const Progress& progress) = 0;
};

} // namespace apt
