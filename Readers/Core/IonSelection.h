// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Progress.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace apt
{

/**
 * @brief The ions of a cloud that have an ion type, and a way to copy their values together.
 *
 * Keeps no list: 8 bytes per 65,536 ions. The order stays.
 */
class RangedIons
{
public:
  /** @param ions  size values, negative = unranged; kept by reference */
  RangedIons(const std::int16_t* ions, std::size_t size);

  /** @brief How many there are. */
  std::size_t count() const { return this->Offsets.back(); }

  /**
   * @brief Copies their values to the front of destination, over all cores.
   * @param source      size × bytesPerIon bytes
   * @param destination room for count() × bytesPerIon bytes, apart from source
   * @throws Stopped
   */
  void copy(const void* source, void* destination, std::size_t bytesPerIon,
    const Progress& progress = {}) const;

private:
  const std::int16_t* Ions;
  std::size_t Size;
  std::vector<std::uint64_t> Offsets; // of each piece's first kept ion; the last is the total
};

} // namespace apt
