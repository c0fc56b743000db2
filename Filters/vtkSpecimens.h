// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

class vtkDataObject;
class vtkPointSet;

// What is a specimen in an input that may have blocks.

namespace aptvtk
{

/** @brief A specimen as it comes in: a cloud, or the pieces of one. */
struct InputSpecimen
{
  std::string name;                 ///< that of the block, or "Specimen 1" and so on
  std::vector<vtkPointSet*> pieces; ///< on this rank; may be none
};

/**
 * @brief Adds the specimens of a data object: a point set is one, so is each block of a composite
 * data set, but the pieces of a partitioned data set are one together.
 *
 * The same on all ranks, which have the same blocks, if empty ones.
 */
void addSpecimens(vtkDataObject* object, std::vector<InputSpecimen>& specimens);

} // namespace aptvtk
