// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "MomentBasis.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace apt
{

namespace
{
/** The smallest sum of weights that is told from none. */
const float LowestSum = std::exp(-10.0F);
} // namespace

void momentBasis(const NeighbourTile& tile, const MomentForm& form, double latticeParameter,
  std::size_t first, std::size_t count, std::size_t neighbours, float* basis, float* logSums)
{
  const auto widths = static_cast<std::size_t>(form.widths);
  const auto harmonics = static_cast<std::size_t>(form.harmonics);
  const auto functions = static_cast<std::size_t>(form.basisSize());
  const std::size_t there = std::min(neighbours, tile.neighbours - 1);
  const double scale = 1 / (latticeParameter * latticeParameter);
  const auto exponent = static_cast<float>(-0.5 * scale / (form.widestWidth * form.widestWidth));
  const auto wave = static_cast<float>(-2 * 3.14159265358979323846 / latticeParameter);
  std::vector<float> weight(there);
  std::vector<float> waves(2 * harmonics * there);
  for (std::size_t ion = first; ion < first + count; ++ion)
  {
    // Column 0 is the ion itself. The tile has offsets from the neighbour to the ion: minus.
    const float* z = tile.dz + ion * tile.neighbours + 1;
    const float* squared = tile.squaredDistance + ion * tile.neighbours + 1;
    for (std::size_t j = 0; j < there; ++j)
    {
      weight[j] = std::exp(exponent * squared[j]);
    }
    if (harmonics > 0)
    {
      for (std::size_t j = 0; j < there; ++j)
      {
        waves[j] = std::cos(wave * z[j]);
        waves[there + j] = std::sin(wave * z[j]);
      }
    }
    for (std::size_t l = 1; l < harmonics; ++l)
    {
      const float* cosine = waves.data() + 2 * (l - 1) * there;
      float* next = waves.data() + 2 * l * there;
      for (std::size_t j = 0; j < there; ++j)
      {
        next[j] = cosine[j] * waves[j] - cosine[there + j] * waves[there + j];
        next[there + j] = cosine[there + j] * waves[j] + cosine[j] * waves[there + j];
      }
    }
    float* row = basis;
    for (std::size_t q = 0; q < widths; ++q)
    {
      float sum = 0;
      for (std::size_t j = 0; j < there; ++j)
      {
        sum += weight[j];
      }
      *logSums++ = std::log(std::max(sum, LowestSum));
      const float normal = 1 / std::max(sum, LowestSum);
      for (std::size_t j = 0; j < there; ++j)
      {
        row[j] = weight[j] * normal;
      }
      for (std::size_t function = 0; function < 2 * harmonics; ++function)
      {
        float* target = row + (1 + function) * neighbours;
        const float* factor = waves.data() + function * there;
        for (std::size_t j = 0; j < there; ++j)
        {
          target[j] = row[j] * factor[j];
        }
      }
      for (std::size_t function = 0; function <= 2 * harmonics; ++function)
      {
        std::fill(row + function * neighbours + there, row + (function + 1) * neighbours, 0.0F);
      }
      row += (1 + 2 * harmonics) * neighbours;
      for (std::size_t j = 0; j < there; ++j)
      {
        weight[j] *= weight[j];
      }
    }
    basis += functions * neighbours;
  }
}

} // namespace apt
