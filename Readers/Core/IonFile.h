// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "IonCloud.h"
#include "Progress.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace apt
{

/** @brief The ions first, first + stride, first + 2 stride, … of a file: count of them. */
struct IonSlice
{
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  std::uint64_t stride = 1;
};

/**
 * @brief The slice that piece number piece of pieces reads, of a file of size ions at that stride.
 *
 * The slices of all pieces follow each other and together hold each stride-th ion once.
 * @throws ParameterError where stride or pieces is 0 or piece is not below pieces
 */
IonSlice sliceOfPiece(
  std::uint64_t size, std::uint64_t stride, std::uint64_t piece, std::uint64_t pieces);

/** @brief The unit of the voltages in a file that does not say (.epos: seen in V and in kV). */
enum class VoltageUnit
{
  /**
   * kV where the largest standing voltage is above 0 and not above 50, else V: specimens evaporate
   * at 1–15 kV. Up to 65,536 records from all over the file are looked at.
   */
  Automatic,
  Volt,
  Kilovolt
};

/** @brief How to read what a file leaves open. */
struct IonFileOptions
{
  VoltageUnit voltageUnit = VoltageUnit::Automatic;
};

/**
 * @brief A file of ions, opened and checked, whose ions can be read in slices.
 *
 * Reading is thread-safe. Files are read in pieces with pread rather than mapped. The kernel copies
 * into a buffer that stays in cache, which makes reading some 10 to 20 % slower than from a mapping
 * that is in the page cache whole; but a file that shrinks meanwhile, or whose server is gone, is
 * an error message and not a SIGBUS.
 */
class IonFile
{
public:
  /** @brief What came of a read. */
  struct Outcome
  {
    std::uint64_t ions = 0;      ///< ions now in the destination
    std::uint64_t nonFinite = 0; ///< ions seen with a NaN or infinite coordinate
  };

  virtual ~IonFile() = default;

  const std::string& path() const { return this->Path; }

  /** @brief Number of ions in the file. */
  std::uint64_t size() const { return this->Size; }

  /** @brief The per-ion arrays beside the positions, in the order of the file. */
  const std::vector<ArrayDescription>& arrays() const { return this->Arrays; }

  /** @brief What is odd about the file, one sentence each; it was read all the same. */
  const std::vector<std::string>& warnings() const { return this->Warnings; }

  /**
   * @brief Reads a slice straight into the caller's memory, over all cores.
   *
   * @param slice         must lie inside the file
   * @param positions     room for slice.count × 3 coordinates, nm; not nullptr
   * @param arrays        one pointer per entry of arrays(), each with room for slice.count ions;
   *                      nullptr for an array that is not wanted
   * @param keepNonFinite keep ions with a NaN or infinite coordinate; otherwise they are left out,
   *                      the others move up, and Outcome::ions is less than slice.count
   * @throws FileError where the file ends early or cannot be read
   * @throws Stopped
   */
  Outcome read(const IonSlice& slice, float* positions, const std::vector<void*>& arrays,
    bool keepNonFinite = false, const Progress& progress = {}) const;

protected:
  IonFile() = default;

  /** @brief Decodes a slice; returns the number of ions with a coordinate that is not finite. */
  virtual std::uint64_t decode(const IonSlice& slice, float* positions,
    const std::vector<void*>& arrays, const Progress& progress) const = 0;

  std::string Path;
  std::uint64_t Size = 0;
  std::vector<ArrayDescription> Arrays;
  std::vector<std::string> Warnings;
};

/**
 * @brief Opens a .pos, .epos or .apt file.
 *
 * An .apt file is known by its magic number; .pos and .epos, which have none, by their extension
 * (in any case). A file of another extension is taken for .pos.
 * @throws FileError
 */
std::unique_ptr<IonFile> openIonFile(const std::string& path, const IonFileOptions& options = {});

/**
 * @brief True where openIonFile would make sense of the file: it has an .apt header, or its size
 * fits the extension and the records sampled from all over it are plausible as ions. Never throws.
 */
bool looksLikeIonFile(const std::string& path) noexcept;

/**
 * @brief True where opening the file as ions is worth trying: it looks like ions, or it is damaged
 * (cut short, empty, a Git-LFS pointer) and openIonFile says how. False for text, folders and the
 * like, which somebody else may read. Never throws.
 */
bool mayBeIonFile(const std::string& path) noexcept;

/** @brief Reads a whole file, all arrays. For tests and programs without VTK. */
IonCloud readIonFile(const std::string& path, const IonFileOptions& options = {});

} // namespace apt
