// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "PointNetFeatures.h"

namespace apt
{

namespace
{
/** The columns that a species takes, as one-hot or as its code. */
std::size_t writeSpecies(const Model& model, std::uint8_t code, float* columns)
{
  if (model.encoding == SpeciesEncoding::Code)
  {
    columns[0] = static_cast<float>(code);
    return 1;
  }
  for (std::size_t species = 0; species < model.species.size(); ++species)
  {
    columns[species] = species == code ? 1.0F : 0.0F;
  }
  return model.species.size();
}
} // namespace

void makeFeatures(const NeighbourTile& tile, const KnownIons& ions, const Model& model,
  std::size_t block, const float* before, std::size_t first, std::size_t count, float* features)
{
  const std::vector<Feature>& list = model.features[block - 1];
  const auto rows = static_cast<std::size_t>(model.neighbourCount);
  const auto unit = static_cast<float>(ions.latticeParameter);
  for (std::size_t ion = first; ion < first + count; ++ion)
  {
    const std::size_t place = tile.begin + ion;
    for (std::size_t row = 0; row < rows; ++row)
    {
      const std::size_t entry = ion * tile.neighbours + (row < tile.neighbours ? row : 0);
      const std::uint32_t neighbour = tile.neighbour[entry];
      for (const Feature feature : list)
      {
        switch (feature)
        {
          case Feature::OffsetX:
            *features++ = tile.dx[entry] / unit;
            break;
          case Feature::OffsetY:
            *features++ = tile.dy[entry] / unit;
            break;
          case Feature::OffsetZ:
            *features++ = tile.dz[entry] / unit;
            break;
          case Feature::NeighbourSpecies:
            features += writeSpecies(model, ions.species[neighbour], features);
            break;
          case Feature::OwnSpecies:
            features += writeSpecies(model, ions.species[place], features);
            break;
          case Feature::NeighbourProbability:
            *features++ = before[neighbour];
            break;
          case Feature::OwnProbability:
            *features++ = before[place];
            break;
        }
      }
    }
  }
}

} // namespace apt
