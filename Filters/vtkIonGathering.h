// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Error.h"

#include "vtkCommunicator.h"
#include "vtkMultiProcessController.h"

#include <limits>
#include <numeric>
#include <string>
#include <vector>

// For filters whose answer needs the ions of all ranks in one place.

namespace aptvtk
{

/** @brief The controller where there are several ranks, else nullptr. */
inline vtkMultiProcessController* severalRanks()
{
  vtkMultiProcessController* controller = vtkMultiProcessController::GetGlobalController();
  return controller && controller->GetNumberOfProcesses() > 1 ? controller : nullptr;
}

/** @brief Whether all ranks say yes; a rank that left alone would keep the others waiting. */
inline bool allAgree(vtkMultiProcessController* controller, bool mine)
{
  if (!controller)
  {
    return mine;
  }
  const int own = mine;
  int all = 0;
  controller->AllReduce(&own, &all, 1, vtkCommunicator::MIN_OP);
  return all != 0;
}

/** @brief The number of ions on each rank. */
inline std::vector<vtkIdType> ionsOfRanks(vtkMultiProcessController* controller, std::size_t mine)
{
  std::vector<vtkIdType> sizes(static_cast<std::size_t>(controller->GetNumberOfProcesses()));
  const auto own = static_cast<vtkIdType>(mine);
  controller->AllGather(&own, sizes.data(), 1);
  return sizes;
}

/**
 * @brief The values of all ranks, in order of rank.
 * @param perIon  values per ion
 * @param toAll   give them to all ranks; otherwise to the first, and nothing to the others
 * @throws apt::Error on all ranks alike where there are more than MPI counts
 */
template <typename T>
std::vector<T> gathered(vtkMultiProcessController* controller, const T* values,
  const std::vector<vtkIdType>& ionsOfRank, int perIon, bool toAll)
{
  std::vector<vtkIdType> lengths;
  std::vector<vtkIdType> offsets;
  vtkIdType total = 0;
  for (const vtkIdType ions : ionsOfRank)
  {
    offsets.push_back(total);
    lengths.push_back(ions * perIon);
    total += lengths.back();
  }
  if (total > std::numeric_limits<int>::max())
  {
    throw apt::Error("the ranks hold " + std::to_string(total / perIon) +
      " ions together, more than can be gathered on one (" +
      std::to_string(std::numeric_limits<int>::max() / perIon) + "); use a single rank");
  }
  const int rank = controller->GetLocalProcessId();
  const vtkIdType own = lengths[static_cast<std::size_t>(rank)];
  std::vector<T> all(toAll || rank == 0 ? static_cast<std::size_t>(total) : 0);
  if (toAll)
  {
    controller->AllGatherV(values, all.data(), own, lengths.data(), offsets.data());
  }
  else
  {
    controller->GatherV(values, all.data(), own, lengths.data(), offsets.data(), 0);
  }
  return all;
}

} // namespace aptvtk
