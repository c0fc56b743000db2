// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "IonLinkage.h"

#include "CellSortedCloud.h"
#include "DisjointSets.h"
#include "Error.h"
#include "NeighbourArithmetic.h"
#include "ParallelFor.h"
#include "RangeFile.h"

#include <tbb/parallel_sort.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <mutex>
#include <string>

namespace apt
{

namespace
{

constexpr std::size_t Grain = 1 << 16;
constexpr std::size_t CellGrain = 1 << 12;
// Above so many pairs, ions that are too far from the other cell's box are left out first.
constexpr std::size_t MostPairsUntested = 256;
constexpr std::size_t FewPairs = 2;

/** A cell, and in it an ion while the ions are sorted, later where its ions begin. */
struct Cell
{
  std::uint64_t key; // (z × rows + y) × cells of a row + x
  std::uint32_t first;
};

struct Box
{
  std::array<double, 3> lower;
  std::array<double, 3> upper;
};

Box boxOf(const float* positions, const std::vector<std::uint32_t>& ions)
{
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Box box{ { infinity, infinity, infinity }, { -infinity, -infinity, -infinity } };
  std::mutex mutex;
  parallelFor(ions.size(), Grain,
    [&](std::size_t begin, std::size_t end)
    {
      Box mine{ { infinity, infinity, infinity }, { -infinity, -infinity, -infinity } };
      for (std::size_t i = begin; i < end; ++i)
      {
        checkCoordinates(positions, ions[i]);
        for (std::size_t axis = 0; axis < 3; ++axis)
        {
          const auto coordinate = static_cast<double>(positions[std::size_t{ ions[i] } * 3 + axis]);
          mine.lower[axis] = std::min(mine.lower[axis], coordinate);
          mine.upper[axis] = std::max(mine.upper[axis], coordinate);
        }
      }
      const std::lock_guard<std::mutex> lock(mutex);
      for (std::size_t axis = 0; axis < 3; ++axis)
      {
        box.lower[axis] = std::min(box.lower[axis], mine.lower[axis]);
        box.upper[axis] = std::max(box.upper[axis], mine.upper[axis]);
      }
    });
  return box;
}

/** Ions sorted into cells of which any two ions in one are linked. */
class LinkCells
{
public:
  LinkCells(const float* positions, std::vector<std::uint32_t> ions, double distance,
    const Progress& progress)
    : SquaredDistance(squareNotAbove(distance))
  {
    const Box box = boxOf(positions, ions);
    // A little less than the edge of a cube that is as wide across as the distance, so that rounding
    // puts no two ions into one cell that are not linked.
    const double edge = distance / std::sqrt(3.0) * (1 - 1e-6);
    // Two ions that are linked are at most two cells apart along an axis, since the distance is less
    // than two edges; with two empty cells at either end, no step leads into another row.
    std::array<double, 3> cells{};
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      cells[axis] = std::floor((box.upper[axis] - box.lower[axis]) / edge) + 5;
    }
    constexpr double mostCells = 9e18; // below 2⁶³
    const double tooMany = cells[0] * cells[1] * cells[2] / mostCells;
    if (!(tooMany < 1))
    {
      throw ParameterError("maximum separation", shortestNumber(distance),
        "large enough that the box around the ions holds at most 9e18 cubes as wide across, such "
        "as " +
          shortestNumber(std::pow(10, std::ceil(std::log10(distance * std::cbrt(tooMany))))) +
          " nm (is an ion very far from the others?)");
    }
    const auto rowLength = static_cast<std::uint64_t>(cells[0]);
    const auto layerLength = rowLength * static_cast<std::uint64_t>(cells[1]);
    for (std::uint64_t z = 0; z <= 2; ++z)
    {
      for (std::uint64_t y = 0; y <= 4; ++y)
      {
        // Of the rows around a cell those behind it: y − 2 rows on, two cells back.
        if (z > 0 || y > 2)
        {
          this->Rows.push_back(z * layerLength + y * rowLength - 2 * rowLength - 2);
        }
      }
    }
    this->Cells.resize(ions.size());
    parallelFor(
      ions.size(), Grain,
      [&](std::size_t begin, std::size_t end)
      {
        for (std::size_t i = begin; i < end; ++i)
        {
          const float* const position = positions + std::size_t{ ions[i] } * 3;
          const auto cell = [&](std::size_t axis)
          {
            return static_cast<std::uint64_t>(
                     (static_cast<double>(position[axis]) - box.lower[axis]) / edge) +
              2;
          };
          this->Cells[i] = { cell(2) * layerLength + cell(1) * rowLength + cell(0), ions[i] };
        }
      },
      subProgress(progress, 0, 0.1));
    std::vector<std::uint32_t>().swap(ions);
    // As a piece of a parallelFor, so that a ThreadLimit holds for it too.
    parallelFor(1, 1,
      [&](std::size_t, std::size_t)
      {
        tbb::parallel_sort(this->Cells.begin(), this->Cells.end(),
          [](const Cell& a, const Cell& b)
          { return a.key != b.key ? a.key < b.key : a.first < b.first; });
      });

    const std::size_t size = this->Cells.size();
    this->Ions.resize(size);
    this->X.resize(size);
    this->Y.resize(size);
    this->Z.resize(size);
    parallelFor(
      size, Grain,
      [&](std::size_t begin, std::size_t end)
      {
        for (std::size_t i = begin; i < end; ++i)
        {
          const std::uint32_t ion = this->Cells[i].first;
          this->Ions[i] = ion;
          this->X[i] = positions[std::size_t{ ion } * 3];
          this->Y[i] = positions[std::size_t{ ion } * 3 + 1];
          this->Z[i] = positions[std::size_t{ ion } * 3 + 2];
        }
      },
      subProgress(progress, 0.7, 1));
    std::size_t filled = 0;
    for (std::size_t i = 0; i < size; ++i)
    {
      if (filled == 0 || this->Cells[filled - 1].key != this->Cells[i].key)
      {
        this->Cells[filled] = this->Cells[i];
        this->Cells[filled].first = static_cast<std::uint32_t>(i);
        ++filled;
      }
    }
    this->Cells.resize(filled);
  }

  std::size_t size() const { return this->Cells.size(); }
  std::size_t begin(std::size_t cell) const { return this->Cells[cell].first; }
  std::size_t end(std::size_t cell) const
  {
    return cell + 1 < this->Cells.size() ? this->Cells[cell + 1].first : this->Ions.size();
  }
  std::uint32_t ion(std::size_t place) const { return this->Ions[place]; }

  /** Unites the cells from first to last with those behind them that a pair of ions links. */
  void link(std::size_t first, std::size_t last, DisjointSets& sets) const
  {
    // Where each row begins for the cell at hand: as cells ascend, so do these.
    std::vector<std::size_t> cursors;
    const std::size_t size = this->Cells.size();
    for (const std::uint64_t row : this->Rows)
    {
      cursors.push_back(static_cast<std::size_t>(
        std::lower_bound(this->Cells.begin(), this->Cells.end(), this->Cells[first].key + row,
          [](const Cell& cell, std::uint64_t key) { return cell.key < key; }) -
        this->Cells.begin()));
    }
    Scratch scratch;
    for (std::size_t cell = first; cell < last; ++cell)
    {
      const std::uint64_t key = this->Cells[cell].key;
      // The rest of its own row, then the rows behind.
      for (std::size_t other = cell + 1; other < size && this->Cells[other].key <= key + 2; ++other)
      {
        this->linkPair(cell, other, sets, scratch);
      }
      for (std::size_t row = 0; row < cursors.size(); ++row)
      {
        const std::uint64_t from = key + this->Rows[row];
        std::size_t other = cursors[row];
        while (other < size && this->Cells[other].key < from)
        {
          ++other;
        }
        cursors[row] = other;
        for (; other < size && this->Cells[other].key <= from + 4; ++other)
        {
          this->linkPair(cell, other, sets, scratch);
        }
      }
    }
  }

  /** No more links are asked for. */
  void forgetPositions()
  {
    std::vector<float>().swap(this->X);
    std::vector<float>().swap(this->Y);
    std::vector<float>().swap(this->Z);
  }

private:
  struct Scratch
  {
    std::vector<std::size_t> a;
    std::vector<std::size_t> b;
  };

  void linkPair(std::size_t cell, std::size_t other, DisjointSets& sets, Scratch& scratch) const
  {
    const auto a = static_cast<std::uint32_t>(cell);
    const auto b = static_cast<std::uint32_t>(other);
    // To look at a few pairs is quicker than to ask whether one must.
    const std::size_t pairs =
      (this->end(cell) - this->begin(cell)) * (this->end(other) - this->begin(other));
    if ((pairs <= FewPairs || sets.find(a) != sets.find(b)) &&
      this->areLinked(cell, other, scratch))
    {
      sets.unite(a, b);
    }
  }

  bool areLinked(std::size_t a, std::size_t b, Scratch& scratch) const
  {
    const std::size_t beginA = this->begin(a);
    const std::size_t endA = this->end(a);
    const std::size_t beginB = this->begin(b);
    const std::size_t endB = this->end(b);
    if ((endA - beginA) * (endB - beginB) <= MostPairsUntested)
    {
      for (std::size_t i = beginA; i < endA; ++i)
      {
        for (std::size_t j = beginB; j < endB; ++j)
        {
          if (this->isLinked(i, j))
          {
            return true;
          }
        }
      }
      return false;
    }
    this->keepNear(beginA, endA, this->box(beginB, endB), scratch.a);
    this->keepNear(beginB, endB, this->box(beginA, endA), scratch.b);
    for (const std::size_t i : scratch.a)
    {
      for (const std::size_t j : scratch.b)
      {
        if (this->isLinked(i, j))
        {
          return true;
        }
      }
    }
    return false;
  }

  bool isLinked(std::size_t i, std::size_t j) const
  {
    return squaredLength(this->X[i] - this->X[j], this->Y[i] - this->Y[j],
             this->Z[i] - this->Z[j]) <= this->SquaredDistance;
  }

  IonBox box(std::size_t begin, std::size_t end) const
  {
    const auto bounds = [=](const std::vector<float>& values)
    { return std::minmax_element(values.data() + begin, values.data() + end); };
    const auto x = bounds(this->X);
    const auto y = bounds(this->Y);
    const auto z = bounds(this->Z);
    return { { *x.first, *y.first, *z.first }, { *x.second, *y.second, *z.second } };
  }

  /** Keeps the ions that may be linked with one in the box. */
  void keepNear(
    std::size_t begin, std::size_t end, const IonBox& other, std::vector<std::size_t>& kept) const
  {
    kept.clear();
    for (std::size_t i = begin; i < end; ++i)
    {
      const std::array<float, 3> position{ this->X[i], this->Y[i], this->Z[i] };
      if (squaredGap({ position, position }, other) <= this->SquaredDistance)
      {
        kept.push_back(i);
      }
    }
  }

  float SquaredDistance;
  std::vector<std::uint64_t> Rows; // steps from a cell to the first that may be near in rows behind
  std::vector<Cell> Cells;
  std::vector<std::uint32_t> Ions;
  std::vector<float> X;
  std::vector<float> Y;
  std::vector<float> Z;
};

} // namespace

void linkIons(const float* positions, std::vector<std::uint32_t> ions, double distance,
  std::int32_t* component, const Progress& progress)
{
  if (!(distance > 0 && std::isfinite(distance)))
  {
    throw ParameterError("maximum separation", shortestNumber(distance), "above 0 nm");
  }
  if (ions.empty())
  {
    return;
  }
  LinkCells cells(positions, std::move(ions), distance, subProgress(progress, 0, 0.5));
  DisjointSets sets(cells.size());
  parallelFor(
    cells.size(), CellGrain,
    [&](std::size_t begin, std::size_t end) { cells.link(begin, end, sets); },
    subProgress(progress, 0.5, 0.95));

  cells.forgetPositions();
  // In a cell ions ascend, so that its first is its lowest.
  std::vector<std::uint32_t> lowest(cells.size(), std::numeric_limits<std::uint32_t>::max());
  for (std::size_t cell = 0; cell < cells.size(); ++cell)
  {
    std::uint32_t& low = lowest[sets.find(static_cast<std::uint32_t>(cell))];
    low = std::min(low, cells.ion(cells.begin(cell)));
  }
  parallelFor(
    cells.size(), CellGrain,
    [&](std::size_t begin, std::size_t end)
    {
      for (std::size_t cell = begin; cell < end; ++cell)
      {
        const auto low =
          static_cast<std::int32_t>(lowest[sets.find(static_cast<std::uint32_t>(cell))]);
        for (std::size_t place = cells.begin(cell); place < cells.end(cell); ++place)
        {
          component[cells.ion(place)] = low;
        }
      }
    },
    subProgress(progress, 0.95, 1));
}

} // namespace apt
