// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "InputFile.h"
#include "IonFile.h"

#include <cstddef>

namespace apt
{

/**
 * @brief A .pos or .epos file: records of 16 or 44 bytes, big-endian, without a header.
 *
 * .pos: x, y, z (nm), m/q (Da). .epos: the same, then time of flight (ns), standing and pulse
 * voltage, detector x and y (mm), pulses since the last event and ions per pulse.
 */
class PosFile : public IonFile
{
public:
  enum class Layout
  {
    Pos,
    Epos
  };

  /** @throws FileError, also where the size is no multiple of the record's or the file is text */
  PosFile(const std::string& path, Layout layout, const IonFileOptions& options = {});

  Layout layout() const { return this->FileLayout; }
  /** @brief 1000 where the file's voltages were taken for kV, else 1. */
  float voltageFactor() const { return this->VoltageFactor; }

  /**
   * @brief True where the size fits, the file is not text, and the records sampled from all over it
   * are plausible: coordinates mostly finite and within 1e6 nm, m/q from -100 to 1e5 Da.
   * @throws FileError where it cannot be read
   */
  static bool looksPlausible(const InputFile& file, Layout layout);

protected:
  std::uint64_t decode(const IonSlice& slice, float* positions, const std::vector<void*>& arrays,
    const Progress& progress) const override;

private:
  InputFile File;
  Layout FileLayout;
  float VoltageFactor = 1;
};

/**
 * @brief Decodes .pos records that lie in memory, on the calling thread.
 *
 * @param records      count × 16 bytes
 * @param positions    room for count × 3 coordinates
 * @param massToCharge room for count ratios, or nullptr
 * @return whether any coordinate is NaN or infinite
 */
bool decodePosRecords(
  const std::byte* records, std::size_t count, float* positions, float* massToCharge);

/**
 * @brief Writes a .pos file. Needs the array MassToCharge.
 * @throws ParameterError where it is missing; FileError; Stopped (then nothing is left behind)
 */
void writePos(const std::string& path, const IonCloudView& cloud, const Progress& progress = {});

/**
 * @brief Writes an .epos file, voltages in V. Needs the array MassToCharge.
 * @return the names of the arrays that the cloud lacks and that were written as 0 (IonsPerPulse 1)
 * @throws ParameterError where MassToCharge is missing; FileError; Stopped
 */
std::vector<std::string> writeEpos(
  const std::string& path, const IonCloudView& cloud, const Progress& progress = {});

} // namespace apt
