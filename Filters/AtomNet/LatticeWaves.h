// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "CellSortedCloud.h"
#include "ModelFile.h"
#include "Progress.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace apt
{

/**
 * @brief Which way each species goes with the planes of the lattice, in windows wider than a MomentNet
 * sees.
 *
 * Around an ion at r, with Gaussian weights g = exp(−|r' − r|² / 2W²) over the ions at r', for species s
 *
 *   Z = Σ g (1 for its ions − its share) exp(−iφ) / √(n share (1 − share)),
 *   φ = 2π normal·(r' − r) / a, n = Σ g,
 *
 * has a square of about 0.35 where there is no order, and grows with the window where there is. What a
 * network is told of it is Re Z and −Im Z (cos and sin, as in its moments), each over √(1 + |Z|²), which
 * tells the phase where it is known and little where it is not; and ln(1 + |Z|²) / 4. A species that no
 * ion or every ion has, has zeros. The windows are those of the form, the widest first.
 *
 * Sums are made on a grid of voxels of 3/7 W: waves are put on it, turned back by the phase of a plane wave,
 * so that they are smooth; blurred; and read between the voxels. That is within some hundredths of what it
 * says above. Only bricks of 8³ voxels that have ions are kept: cost and memory go with the ions, not with
 * the box around them. Of a cloud of 40 ions per nm³ the grid of a narrowest window of 1.4 nm has 4 to 12
 * bytes per ion for 2 to 5 species, and twice that while it is made.
 *
 * The same for any number of threads. Reading from any number of threads is safe.
 */
class LatticeWaves
{
public:
  /**
   * @param cloud   must live as long as this
   * @param species cloud.size() places below speciesCount, in the order of the cloud; not kept
   * @param latticeParameter a, nm
   * @throws Stopped
   */
  LatticeWaves(const CellSortedCloud& cloud, const std::uint8_t* species, std::size_t speciesCount,
    double latticeParameter, const MomentForm& form, const Progress& progress = {});

  /** @brief Of the planes; see findLatticeNormal. */
  const std::array<double, 3>& normal() const { return this->Normal; }

  /** @brief Numbers per ion: form.waveFeatures(speciesCount). */
  std::size_t size() const { return 3 * this->Shares.size() * this->Windows.size(); }

  /**
   * @brief What a network is told about an ion: [window][species][cos, sin, power].
   * @param place in the order of the cloud
   */
  void read(std::size_t place, float* features) const;

private:
  /** The sums of one window on its voxels. */
  struct Window
  {
    double voxelsPerLength = 0;
    std::vector<std::uint64_t> bricks; ///< that have ions, by number, ascending
    std::vector<float>
      sums; ///< [brick][9³ voxels, the first of the next bricks too][2 species + 1]
  };

  Window windowOf(const std::uint8_t* species, double width, const Progress& progress) const;
  std::array<double, 3> voxelOf(const Window& window, std::size_t place) const;
  double phaseOf(std::size_t place) const;

  const CellSortedCloud& Cloud;
  double PerLength; ///< 2π / a
  std::vector<double> Shares;
  std::array<double, 3> Normal;
  std::array<double, 3> Origin{ 0, 0, 0 };
  std::vector<Window> Windows;
};

} // namespace apt
