// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Progress.h"
#include "RangeFile.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace apt
{

/** @brief How ranges become ion types. */
struct RangeTableOptions
{
  /**
   * Without a name of its own, an ion of one element only (H:2) counts as an ion of that element
   * ("H"), its two atoms kept for compositions; when true it is an ion type of its own ("H2").
   */
  bool separateHomonuclearIons = false;
};

/**
 * @brief Says for a mass-to-charge-state ratio which range, and so which ion, it belongs to.
 *
 * Bounds belong to their range and are compared as float32, the precision of the files. Where two
 * ranges overlap, the one earlier in the file wins; a warning names both. Ranges that only touch
 * do not overlap; the earlier one has the ratio where they touch.
 *
 * What makes an ion type is its name: the range's own, else the formula of its constituents. Unnamed
 * ranges of the same constituents in another order (FeO, OFe) are one ion type, named as first
 * seen; a range with neither name nor constituents is named by its bounds ("28.1-28.3 Da"). Ion
 * types are numbered in the order in which the ranges name them first. The colour of an ion type is
 * the first that one of its ranges gives, else a default.
 *
 * Looking up is thread-safe. The table takes about a quarter of a megabyte, nothing per ion.
 */
class RangeTable
{
public:
  static constexpr std::int16_t Unranged = -1;

  /** @brief A table without ranges: every ion is unranged. */
  RangeTable() = default;

  /**
   * @throws ParameterError where there are more than 32,767 ranges, or a bound is not finite as
   * float32; a range with its bounds the wrong way round is taken for the swapped one
   */
  explicit RangeTable(std::vector<Range> ranges, const RangeTableOptions& options = {});

  /** @brief The ranges, in the order given. */
  const std::vector<Range>& ranges() const { return this->Ranges; }
  /** @brief The ion types; the values of the Ion array index these. */
  const std::vector<IonType>& ions() const { return this->Ions; }
  /** @brief The ion type of each range. */
  const std::vector<std::int16_t>& ionOfRange() const { return this->IonOfRange; }
  /**
   * @brief What each range's ion is made of: its constituents, else those of its name where that is
   * a formula; a species without a formula is made of itself.
   */
  const std::vector<std::vector<Constituent>>& constituentsOfRange() const
  {
    return this->ConstituentsOfRange;
  }
  /**
   * @brief One sentence for each pair of ranges that overlap, from the lowest ratio upwards, and
   * for ranges that had to be named by their bounds; what goes beyond 20 is only counted.
   *
   * A range that repeats another's bounds and ion says nothing new, and is not mentioned.
   */
  const std::vector<std::string>& warnings() const { return this->Warnings; }

  /** @brief Index of the range that holds that ratio (Da), or Unranged; NaN is unranged. */
  std::int16_t rangeOf(float massToCharge) const;

  /** @brief Index of the ion type, or Unranged. */
  std::int16_t ionOf(float massToCharge) const;

  /**
   * @brief ionOf for count ratios, over all cores.
   * @param ions room for count values
   * @throws Stopped
   */
  void assign(const float* massToCharge, std::size_t count, std::int16_t* ions,
    const Progress& progress = {}) const;

  /**
   * @brief rangeOf for count ratios, on the calling thread: for a piece of a longer run.
   * @param ranges room for count values
   */
  void rangesOf(const float* massToCharge, std::size_t count, std::int16_t* ranges) const;

private:
  void nameIons(const RangeTableOptions& options);
  void warnOfOverlaps();
  void cutIntoPieces();
  void fillCells();
  std::size_t cellOf(float massToCharge) const;
  std::int16_t rangeByPieces(float massToCharge) const;
  template <bool WantIon>
  void lookUp(const float* massToCharge, std::size_t count, std::int16_t* results) const;

  std::vector<Range> Ranges;
  std::vector<IonType> Ions;
  std::vector<std::int16_t> IonOfRange;
  std::vector<std::vector<Constituent>> ConstituentsOfRange;
  std::vector<std::string> Warnings;

  // Bounds of each range as float32, lower ≤ upper, without −0.
  std::vector<float> Lower;
  std::vector<float> Upper;
  // Disjoint pieces of the axis after overlaps are settled, ascending: piece i is the closed
  // interval [PieceLower[i], PieceUpper[i]] and belongs to range PieceRange[i].
  std::vector<float> PieceLower;
  std::vector<float> PieceUpper;
  std::vector<std::int16_t> PieceRange;

  // The axis in equal cells, the first and the last of which have no outer end. A cell that is all
  // one range or all unranged holds that, and the others Mixed, which means: search the pieces.
  // This is exact because cellOf, rounding and all, never falls as the ratio rises.
  static constexpr std::int16_t Mixed = -2;
  std::vector<std::int16_t> CellRange;
  std::vector<std::int16_t> CellIon;
  float CellOrigin = 0;
  float CellsPerDalton = 0;
};

} // namespace apt
