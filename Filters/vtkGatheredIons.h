// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "vtkRanks.h"

#include "Error.h"
#include "IonClasses.h"
#include "IonCloud.h"

#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

// What filters that gather ions on one rank have in common.

namespace aptvtk
{

/** @brief Bytes of each rank, of its ions. */
inline std::vector<std::size_t> bytesOf(
  const std::vector<std::size_t>& ionsOfRanks, std::size_t perIon)
{
  std::vector<std::size_t> bytes = ionsOfRanks;
  for (std::size_t& count : bytes)
  {
    count *= perIon;
  }
  return bytes;
}

/**
 * @brief The values of all ranks, in order of rank, on the first one; elsewhere nothing.
 * @param values nullptr on a rank without ions
 */
template <typename T>
std::vector<T> gathered(const Ranks& ranks, const std::vector<std::size_t>& ionsOfRanks,
  const T* values, std::size_t perIon = 1)
{
  std::vector<T> all;
  ranks.together(
    [&]
    {
      if (ranks.isFirst())
      {
        all.resize(
          perIon * std::accumulate(ionsOfRanks.begin(), ionsOfRanks.end(), std::size_t{ 0 }));
      }
    });
  ranks.gather(values, bytesOf(ionsOfRanks, perIon * sizeof(T)), all.data());
  return all;
}

/**
 * @brief The values of the array that tells classes of ions apart; none where there are no ions.
 * @throws apt::ParameterError naming the arrays that there are
 */
inline std::vector<std::int32_t> classesOf(const apt::IonCloudView& cloud, const std::string& name)
{
  if (cloud.size == 0)
  {
    return {};
  }
  if (const apt::ArrayView* array = cloud.find(name))
  {
    return apt::wholeNumbers(*array, cloud.size);
  }
  std::string known;
  for (const apt::ArrayView& array : cloud.arrays)
  {
    known += (known.empty() ? "" : ", ") + array.description.name;
  }
  throw apt::ParameterError("ClassArray", "\"" + name + "\"",
    "a point array of the input: " + known +
      " (AtomNet Segmentation gives Ordered, Synthetic Specimen Phase)");
}

} // namespace aptvtk
