// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "MomentBasis.h"

#include "MomentKernels.h"

#include <algorithm>

namespace apt
{

void momentBasis(const NeighbourTile& tile, const MomentForm& form, double latticeParameter,
  const std::array<double, 3>& normal, std::size_t first, std::size_t count, std::size_t neighbours,
  float* basis, float* logSums)
{
  const auto widths = static_cast<std::size_t>(form.widths);
  const auto functions = static_cast<std::size_t>(form.basisSize());
  MomentNeighbours rows(neighbours);
  rows.append(tile, latticeParameter, normal, first, count);
  MomentScratch scratch(form, rows.columns());
  for (std::size_t ion = 0; ion < count; ++ion)
  {
    momentBasis(form, rows, ion, scratch, scratch.basis.get(), logSums + ion * widths);
    for (std::size_t function = 0; function < functions; ++function)
    {
      std::copy_n(scratch.basis.get() + function * rows.columns(), neighbours,
        basis + (ion * functions + function) * neighbours);
    }
  }
}

} // namespace apt
