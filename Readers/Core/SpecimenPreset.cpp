// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "SpecimenPreset.h"

namespace apt
{

namespace
{

constexpr double degree = 3.14159265358979323846 / 180;

/** What the three have in common: nearly along <001>, any rotation about it. */
SyntheticSpecimenOptions common()
{
  SyntheticSpecimenOptions options;
  options.lattice = LatticeType::FCC;
  options.domainFraction = 0.2;
  options.rotationHalfRange = { 3 * degree, 3 * degree, 90 * degree };
  options.noiseModel = NoiseModel::Gaussian;
  options.lateralNoise = { 0.2, 0.5 };
  options.depthNoise = { 0.02, 0.08 };
  options.detectionEfficiency = { 0.4, 0.8 };
  return options;
}

SyntheticSpecimenOptions aluminiumLithiumMagnesium()
{
  SyntheticSpecimenOptions options = common();
  options.latticeParameter = 0.405;
  options.structure = OrderedStructure::L1_2;
  options.matrix = { { "Al", 0.90 }, { "Li", 0.05 }, { "Mg", 0.05 } };
  options.sublattices = { { { "Al", 0.95 }, { "Mg", 0.05 } },
    { { "Li", 0.86 }, { "Al", 0.09 }, { "Mg", 0.05 } } };
  options.domainRadius = { 1.2, 2.0 };
  return options;
}

SyntheticSpecimenOptions goldCopper()
{
  SyntheticSpecimenOptions options = common();
  options.latticeParameter = 0.390;
  options.structure = OrderedStructure::L1_0;
  options.matrix = { { "Cu", 0.5 }, { "Au", 0.5 } };
  options.sublattices = { { { "Cu", 1.0 } }, { { "Au", 1.0 } } };
  options.domainRadius = { 0.8, 1.2 };
  return options;
}

SyntheticSpecimenOptions cobaltSuperalloy()
{
  SyntheticSpecimenOptions options = common();
  options.latticeParameter = 0.3587;
  options.structure = OrderedStructure::L1_2;
  // Domains and matrix have the same composition: order alone tells them apart.
  options.sublattices = { { { "Co", 0.527 }, { "Ni", 0.467 }, { "Ti", 0.006 } },
    { { "Al", 0.363 }, { "W", 0.186 }, { "Ti", 0.271 }, { "Ta", 0.180 } } };
  options.matrix = { { "Co", 0.39525 }, { "Ni", 0.35025 }, { "Al", 0.09075 }, { "W", 0.0465 },
    { "Ti", 0.07225 }, { "Ta", 0.045 } };
  options.domainRadius = { 1.4, 2.0 };
  return options;
}

} // namespace

const std::vector<SpecimenPreset>& specimenPresets()
{
  static const std::vector<SpecimenPreset> presets = {
    { "Al-Li-Mg L1_2", aluminiumLithiumMagnesium() },
    { "Au-Cu L1_0", goldCopper() },
    { "Co superalloy L1_2", cobaltSuperalloy() },
  };
  return presets;
}

} // namespace apt
