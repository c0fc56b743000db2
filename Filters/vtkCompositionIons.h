// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "vtkRanks.h"

#include "CompositionBasis.h"

#include "vtkSmartPointer.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

class vtkDataArray;
class vtkPointSet;

// What filters that compute compositions have in common.

namespace aptvtk
{

/** @brief The ions of a specimen, and what they are made of. */
class CompositionIons
{
public:
  /**
   * @brief Those of each rank, used in place where they are in one piece.
   *
   * Where they are to be taken apart, and ranges of one ion have different atoms, their ranges are
   * the types.
   * @throws apt::Error on all ranks where an array is missing on one
   */
  CompositionIons(
    const Ranks& ranks, const std::vector<vtkPointSet*>& pieces, apt::CompositionChoice choice);

  /** @brief Makes them those of all ranks on the first one, and none on the others. */
  void gather(const Ranks& ranks, const char* filter);

  std::size_t size() const { return this->Size; }
  const float* positions() const { return this->Positions; }
  const std::int16_t* types() const { return this->Types; }

  /**
   * @brief What counts for what.
   * @throws apt::Error as compositionBasis
   */
  apt::CompositionBasis basis() const;

  /**
   * @brief One element or, not taken apart, one ion; property says where the name comes from.
   * @throws apt::Error as compositionPart
   */
  apt::CompositionPart part(const std::string& name, const char* property) const;

private:
  apt::CompositionChoice Choice;
  std::vector<std::string> Names;
  std::vector<std::vector<apt::Constituent>> Constituents;
  std::size_t Size = 0;
  const float* Positions = nullptr;
  const std::int16_t* Types = nullptr;
  std::vector<vtkSmartPointer<vtkDataArray>> Kept;
  std::vector<float> AllPositions;
  std::vector<std::int16_t> AllTypes;
};

/** @brief "Li, Mg", or "all". */
std::string textOf(const std::vector<std::string>& names);

/** @brief "AtomicPercent" or "IonicPercent", the first part of the name of an array. */
inline const char* percentName(bool decompose)
{
  return decompose ? "AtomicPercent" : "IonicPercent";
}

} // namespace aptvtk
