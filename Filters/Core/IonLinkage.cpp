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
#include <tuple>

namespace apt
{

namespace
{

constexpr std::size_t Grain = 1 << 16;
constexpr std::size_t CellGrain = 1 << 12;
// Above so many pairs, ions that are too far from the other cell's box are left out first.
constexpr std::size_t MostPairsUntested = 256;

/** A cell, and in it an ion while the ions are sorted, later where its ions begin. */
struct Cell
{
  std::int32_t z;
  std::int32_t y;
  std::int32_t x;
  std::uint32_t first;
};

bool isSameCell(const Cell& a, const Cell& b)
{
  return std::tie(a.z, a.y, a.x) == std::tie(b.z, b.y, b.x);
}

bool isCellBefore(const Cell& a, const Cell& b)
{
  return std::tie(a.z, a.y, a.x) < std::tie(b.z, b.y, b.x);
}

struct Offset
{
  int z;
  int y;
  int lowestX;
};

/**
 * Rows of cells that come after a cell and may hold an ion within the distance: two ions are at most
 * two cells apart along an axis, since the distance is less than two edges. Along x to + 2.
 */
std::vector<Offset> rowsAfter()
{
  std::vector<Offset> rows{ { 0, 0, 1 }, { 0, 1, -2 }, { 0, 2, -2 } };
  for (int z = 1; z <= 2; ++z)
  {
    for (int y = -2; y <= 2; ++y)
    {
      rows.push_back({ z, y, -2 });
    }
  }
  return rows;
}

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
    // A little less than the third root of the volume of the cube that is as wide across as the
    // distance, so that rounding puts no two ions into one cell that are not linked.
    const double edge = distance / std::sqrt(3.0) * (1 - 1e-6);
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      const double extent = box.upper[axis] - box.lower[axis];
      constexpr double mostCells = 2147483600;
      if (!(extent / edge < mostCells))
      {
        throw ParameterError("maximum separation", shortestNumber(distance),
"at least " + shortestNumber(std::pow(10, std::ceil(std::log10(extent / mostCells * 2)))) + " nm for ions that are " +
            shortestNumber(extent) + " nm apart");
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
            return static_cast<std::int32_t>(
              (static_cast<double>(position[axis]) - box.lower[axis]) / edge);
          };
          this->Cells[i] = { cell(2), cell(1), cell(0), ions[i] };
        }
      },
      subProgress(progress, 0, 0.1));
    ions = {};
    // As a piece of a parallelFor, so that a ThreadLimit holds for it too.
    parallelFor(1, 1,
      [&](std::size_t, std::size_t)
      {
        tbb::parallel_sort(this->Cells.begin(), this->Cells.end(),
          [](const Cell& a, const Cell& b)
          { return std::tie(a.z, a.y, a.x, a.first) < std::tie(b.z, b.y, b.x, b.first); });
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
    std::size_t cells = 0;
    for (std::size_t i = 0; i < size; ++i)
    {
      if (cells == 0 || !isSameCell(this->Cells[cells - 1], this->Cells[i]))
      {
        this->Cells[cells] = this->Cells[i];
        this->Cells[cells].first = static_cast<std::uint32_t>(i);
        ++cells;
      }
    }
    this->Cells.resize(cells);
    this->Cells.shrink_to_fit();
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
    static const std::vector<Offset> rows = rowsAfter();
    // Where each row begins for the cell at hand: as cells ascend, so do these.
    std::vector<std::size_t> cursors;
    for (const Offset& row : rows)
    {
      cursors.push_back(
        static_cast<std::size_t>(std::lower_bound(this->Cells.begin(), this->Cells.end(),
                                   moved(this->Cells[first], row), isCellBefore) -
          this->Cells.begin()));
    }
    Scratch scratch;
    for (std::size_t cell = first; cell < last; ++cell)
    {
      for (std::size_t row = 0; row < rows.size(); ++row)
      {
        const Cell from = moved(this->Cells[cell], rows[row]);
        std::size_t& cursor = cursors[row];
        while (cursor < this->Cells.size() && isCellBefore(this->Cells[cursor], from))
        {
          ++cursor;
        }
        Cell to = from;
        to.x = this->Cells[cell].x + 2;
        for (std::size_t other = cursor;
             other < this->Cells.size() && !isCellBefore(to, this->Cells[other]); ++other)
        {
          const auto a = static_cast<std::uint32_t>(cell);
          const auto b = static_cast<std::uint32_t>(other);
          if (sets.find(a) != sets.find(b) && this->areLinked(cell, other, scratch))
          {
            sets.unite(a, b);
          }
        }
      }
    }
  }

  /** No more links are asked for. */
  void forgetPositions()
  {
    this->X = {};
    this->Y = {};
    this->Z = {};
  }

private:
  struct Scratch
  {
    std::vector<std::size_t> a;
    std::vector<std::size_t> b;
  };

  /** Cells stay 40 below the largest of the numbers, so that none overflows here. */
  static Cell moved(const Cell& cell, const Offset& offset)
  {
    return { cell.z + offset.z, cell.y + offset.y, cell.x + offset.lowestX, 0 };
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
