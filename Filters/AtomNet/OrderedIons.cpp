// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "OrderedIons.h"

#include "Error.h"
#include "ParallelFor.h"

#include <string>

namespace apt
{

void markOrdered(const float* probability, std::size_t size, double threshold, std::int8_t* ordered)
{
  if (!(threshold >= 0 && threshold <= 1))
  {
    throw ParameterError("Threshold", std::to_string(threshold), "0 to 1");
  }
  constexpr std::size_t grain = std::size_t(1) << 18;
  parallelFor(size, grain,
    [=](std::size_t begin, std::size_t end)
    {
      for (std::size_t ion = begin; ion < end; ++ion)
      {
        // False for NaN.
        ordered[ion] = static_cast<double>(probability[ion]) >= threshold;
      }
    });
}

} // namespace apt
