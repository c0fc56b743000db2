// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "InputFile.h"
#include "IonFile.h"

namespace apt
{

/**
 * @brief An .apt file of CAMECA's AP Suite 6: a header and any number of named sections.
 *
 * Every one-to-one section of fixed-size numbers is an array. Sections that the ion cloud has a
 * name for get it (Mass → MassToCharge, tof or "Time of Flight" → TimeOfFlight, Voltage →
 * StandingVoltage, "Pulse Voltage" → PulseVoltage, "Detector Coordinates" or XDet_mm and YDet_mm →
 * DetectorX and DetectorY, "Delta Pulse" or "Pulse Delta" → PulsesSinceLastEvent, Multiplicity →
 * IonsPerPulse, pulse + pulseDelta → PulseNumber as double), provided that they have the type of
 * that array and no other section has the name already; the others keep their own name, and their
 * own type. Sections of another kind (text, JSON, opaque structures) are passed over.
 */
class AptFile : public IonFile
{
public:
  /**
   * @throws FileError where the header is not one, a section leaves the file, or there is no
   * Position
   */
  explicit AptFile(const std::string& path);

protected:
  std::uint64_t decode(const IonSlice& slice, float* positions, const std::vector<void*>& arrays,
    const Progress& progress) const override;

private:
  /** Where the values of one array lie: component by component of up to two sections. */
  struct Source
  {
    std::uint64_t offset = 0;     ///< of the first ion's value, in bytes
    std::uint64_t recordSize = 0; ///< bytes from one ion to the next
    std::uint64_t addend = 0;     ///< offset of pulseDelta's values; 0 = none (PulseNumber only)
    std::uint64_t addendRecordSize = 0;
  };

  InputFile File;
  Source PositionSource;
  std::vector<Source> Sources;
};

/**
 * @brief Writes an .apt file: Position, Mass, and every further array as a one-to-one section.
 *
 * Arrays of the ion cloud get the section name that AP Suite knows them by (see AptFile); names
 * are cut to the 31 UTF-16 units that fit, units of measurement to 15.
 * @throws ParameterError where MassToCharge is missing or not float32, or two sections would share
 * a name
 * @throws FileError; Stopped
 */
void writeApt(const std::string& path, const IonCloudView& cloud, const Progress& progress = {});

} // namespace apt
