// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "SyntheticSpecimen.h"

#include <string>
#include <vector>

namespace apt
{

/** @brief A recipe that has a name. */
struct SpecimenPreset
{
  std::string name;
  SyntheticSpecimenOptions options;
};

/**
 * @brief The three alloys of Yu et al. (2024), Table 1: Al-Li-Mg L1_2, Au-Cu L1_0 and
 * Co superalloy L1_2.
 *
 * Lattice parameters, compositions, domain radii, efficiencies and noise are those of the paper and
 * its scripts, with the depth noise that its networks can see (0.02–0.08 nm; the printed range reads
 * "0.08–0.02"). The superalloy's minor elements stand for the paper's "others".
 */
const std::vector<SpecimenPreset>& specimenPresets();

} // namespace apt
