// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "DomainForm.h"
#include "Progress.h"
#include "Random.h"
#include "SpecimenOutline.h"
#include "SyntheticSpecimen.h"

#include <vector>

namespace apt
{

/** @brief Random close packing of equal spheres: more cannot be asked for. */
constexpr double ClosestPacking = 0.64;

/**
 * @brief Places the domains of a specimen without overlap of the spheres about them.
 *
 * Centres are spread over a periodic box that reaches beyond the specimen by more than a radius on
 * all sides, so that the specimen is cut out of an endless alloy: the density of domains is the same
 * up to its surface, which cuts some of them. Radii are uniform in domainRadius. Domains that do not
 * reach into the specimen are left out.
 *
 * Low fractions are placed by random sequential addition (B. Widom, J. Chem. Phys. 44 (1966) 3888),
 * which jams near 0.38; above about a quarter, spheres are thrown in at random and pushed apart
 * (C. S. O'Hern et al., Phys. Rev. E 68 (2003) 011306) by FIRE (E. Bitzek et al., Phys. Rev. Lett.
 * 97 (2006) 170201).
 *
 * The volume within the specimen comes as near to domainFraction as one domain allows, and there is
 * at least one domain unless domainFraction is 0. The same for any number of threads. 200,000
 * domains take half a second at one fifth and some ten seconds at three fifths, and about 400 bytes
 * each while they are packed.
 *
 * @throws ParameterError naming DomainFraction and the fraction reached
 * @throws Stopped
 */
std::vector<Domain> placeDomains(const SyntheticSpecimenOptions& options,
  const SpecimenOutline& outline, const DomainForm& form, const Random& random,
  const Progress& progress = {});

} // namespace apt
