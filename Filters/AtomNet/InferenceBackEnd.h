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

/** @brief Those ions of a cloud that a model knows; all arrays are in the order of the cloud. */
struct KnownIons
{
  const CellSortedCloud* cloud = nullptr;
  const std::uint8_t* species = nullptr; ///< cloud->size() codes, places in Model::species
  double latticeParameter = 0;           ///< nm; the unit of the offsets
  std::size_t tileIons = 1024;           ///< at a time and thread, about; never changes the answer
};

/**
 * @brief What runs a model's network: the seam behind which back ends for a device stand.
 *
 * One is made for one model. It may keep what it found in a block to use it in the next one.
 */
class InferenceBackEnd
{
public:
  virtual ~InferenceBackEnd() = default;

  /** @brief The device that it runs on, for the user: "CPU", "CUDA (NVIDIA H100)". */
  virtual std::string device() const = 0;

  /**
   * @brief Runs a block on all ions.
   *
   * @param block  from 1; any block may be the first that is asked for
   * @param before the answer of the block before, [cloud->size()]; nullptr for block 1
   * @param after  receives the answer, [cloud->size()] in 0 … 1; another array than before
   * @throws Stopped; Error where the device fails
   */
  virtual void runBlock(const KnownIons& ions, std::size_t block, const float* before, float* after,
    const Progress& progress) = 0;
};

} // namespace apt
