// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// Units, everywhere in the core: positions and distances nm, mass-to-charge-state ratios Da, times
// of flight ns, voltages V, detector coordinates mm, angles radians. Positions are float32, as in
// the files; sums are made in double.

namespace apt
{

/** @brief The type of the values of a per-ion array. */
enum class ValueType
{
  Int8,
  UInt8,
  Int16,
  UInt16,
  Int32,
  UInt32,
  Int64,
  UInt64,
  Float32,
  Float64
};

/** @brief Bytes of one value: 1, 2, 4 or 8. */
std::size_t sizeOf(ValueType type);

/**
 * @brief Names of the per-ion arrays that scripts and state files depend on.
 */
namespace arrayName
{
constexpr const char* MassToCharge = "MassToCharge";
constexpr const char* TimeOfFlight = "TimeOfFlight";
constexpr const char* StandingVoltage = "StandingVoltage";
constexpr const char* PulseVoltage = "PulseVoltage";
constexpr const char* DetectorX = "DetectorX";
constexpr const char* DetectorY = "DetectorY";
constexpr const char* PulsesSinceLastEvent = "PulsesSinceLastEvent";
constexpr const char* IonsPerPulse = "IonsPerPulse";
constexpr const char* PulseNumber = "PulseNumber";
constexpr const char* Ion = "Ion";
constexpr const char* Phase = "Phase";
constexpr const char* Domain = "Domain";
constexpr const char* OrderedProbability = "OrderedProbability";
constexpr const char* Ordered = "Ordered";
constexpr const char* ClusterId = "ClusterId";
} // namespace arrayName

/** @brief What a per-ion array holds. Values of one ion lie side by side (interleaved). */
struct ArrayDescription
{
  std::string name;
  std::string unit; ///< empty where there is none
  ValueType type = ValueType::Float32;
  int components = 1;
};

/** @brief Bytes of one ion's values. */
std::size_t bytesPerIon(const ArrayDescription& description);

/** @brief A per-ion array that belongs to somebody else. */
struct ArrayView
{
  ArrayDescription description;
  const void* values = nullptr; ///< size × components values of description.type
};

/** @brief An ion cloud that belongs to somebody else, who keeps it alive and unchanged. */
struct IonCloudView
{
  std::size_t size = 0;
  const float* positions = nullptr; ///< size × 3: x, y, z in nm
  std::vector<ArrayView> arrays;

  /** @brief The array of that name, or nullptr. */
  const ArrayView* find(const std::string& name) const;
};

/** @brief An ion cloud that owns its memory; for tests and programs without VTK. */
struct IonCloud
{
  struct Array
  {
    ArrayDescription description;
    std::vector<std::byte> values;
  };

  std::size_t size = 0;
  std::vector<float> positions;
  std::vector<Array> arrays;

  IonCloudView view() const;
};

/** @brief The number of ions with a NaN or infinite coordinate; positions holds size × 3. */
std::size_t countNonFinite(std::size_t size, const float* positions);

/**
 * @brief Moves the ions whose three coordinates are finite to the front, in order.
 *
 * @param size      number of ions
 * @param positions size × 3 coordinates, changed in place
 * @param arrays    one pointer per description, changed in place; nullptr entries are passed over
 * @return the number of ions with finite coordinates
 */
std::size_t dropNonFinite(std::size_t size, float* positions,
  const std::vector<ArrayDescription>& descriptions, const std::vector<void*>& arrays);

/**
 * @brief Asks the system to back memory that was not written yet with huge pages.
 *
 * Filling fresh memory costs a page fault per 4 KiB, which takes longer than the decoding itself;
 * with pages of 2 MiB it does not. Only a hint: where the system has no such pages, or the memory
 * is small, nothing happens.
 */
void adviseHugePages(void* memory, std::size_t bytes) noexcept;

} // namespace apt
