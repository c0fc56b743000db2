// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

class vtkMultiProcessController;

namespace aptvtk
{

/**
 * @brief The ranks of a parallel server, for filters that need all ions in one place.
 *
 * All ranks make the same calls in the same order. On a single rank nothing is sent.
 */
class Ranks
{
public:
  Ranks();

  bool several() const { return this->Count > 1; }
  bool isFirst() const { return this->Rank == 0; }
  int count() const { return this->Count; }
  int rank() const { return this->Rank; }

  /**
   * @brief Runs work on every rank; where it throws on one of them, this throws on all.
   *
   * A rank that failed alone would leave the others waiting for ever. The first rank throws the
   * sentence of the lowest one that failed, so that the user sees it once; the others throw Stopped.
   */
  void together(const std::function<void()>& work) const;

  /** @brief What each rank has, in the order of the ranks. */
  std::vector<std::size_t> all(std::size_t mine) const;

  /** @brief The least that a rank has. */
  std::size_t least(std::size_t mine) const;

  /** @brief The first rank's texts that are not empty; a rank without ions has no names. */
  std::vector<std::string> firstNames(const std::vector<std::string>& mine) const;

  /**
   * @brief Lays the bytes of all ranks side by side on the first one, in the order of the ranks.
   * @param sizes bytes of each rank, as all(bytes) gave them
   * @param whole has room for their sum on the first rank; not looked at on the others
   */
  void gather(const void* mine, const std::vector<std::size_t>& sizes, void* whole) const;

  /** @brief The way back: each rank gets its bytes of what the first one has. */
  void scatter(const void* whole, const std::vector<std::size_t>& sizes, void* mine) const;

private:
  vtkMultiProcessController* Controller;
  int Rank = 0;
  int Count = 1;
};

} // namespace aptvtk
