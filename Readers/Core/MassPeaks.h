// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Random.h"
#include "RangeFile.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace apt
{

/** @brief A peak of the mass spectrum: one isotope of an element in one charge state. */
struct MassPeak
{
  std::size_t element = 0; ///< index into the elements given
  int massNumber = 0;      ///< of the isotope
  int charge = 1;          ///< in units of e
  double massToCharge = 0; ///< Da, where it is highest
  double fraction = 0;     ///< of the element's ions
  double lower = 0;        ///< Da; no ion of the peak is below this bound
  double upper = 0;        ///< Da; no ion of the peak is above this bound
};

/**
 * @brief The mass spectrum that elements show, and the ranges that tell them apart in it.
 *
 * Each natural isotope in the usual charge states of its element (metals field-evaporate as in
 * D. R. Kingham, Surf. Sci. 116 (1982) 273; the shares are typical ones of pulsed instruments, not
 * those of any one run). The shape of a peak is a normal core, cut at ±3σ, and behind it an
 * exponential tail in 15 % of the ions.
 *
 * Where peaks of two elements overlap, the weaker one is left out and its ions show the element's
 * other peaks, so that every ion's ratio lies in a range of its own element. Thread-safe.
 */
class MassPeaks
{
public:
  /**
   * @param elements       symbols, all different
   * @param resolvingPower m/Δm, full width at half maximum
   * @throws ParameterError where an element is unknown or has no natural isotope (names Composition),
   * or where two cannot be told apart (names MassResolvingPower)
   */
  MassPeaks(const std::vector<std::string>& elements, double resolvingPower);

  /** @brief The peaks in use, by element. Fractions of an element add up to 1. */
  const std::vector<MassPeak>& peaks() const { return this->Peaks; }

  /**
   * @brief Disjoint ranges, by element in the order given and then by ratio, each with its
   * element's default colour: the ion types of a RangeTable made of them are the elements, in order.
   */
  const std::vector<Range>& ranges() const { return this->Ranges; }

  /**
   * @brief The ratio (Da) that an ion shows.
   * @param isotope a word that chooses the peak
   * @param tail    a word that chooses the tail
   * @param normal  a standard normal number within ±3
   */
  float massToCharge(
    std::size_t element, std::uint32_t isotope, std::uint32_t tail, float normal) const;

  /** @brief Beyond this many σ the core of a peak ends. */
  static constexpr float CoreEnd = 3;

private:
  struct Line
  {
    std::uint64_t upTo = 0; // the words below, of 2^32, that choose it or an earlier one
    double centre = 0;
    double sigma = 0;
    double tail = 0;
  };

  std::vector<MassPeak> Peaks;
  std::vector<Range> Ranges;
  std::vector<Line> Lines;
  std::vector<std::size_t> FirstLine; // of each element, and an end
};

} // namespace apt
