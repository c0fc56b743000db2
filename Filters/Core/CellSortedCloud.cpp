// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "CellSortedCloud.h"

#include "Error.h"
#include "IonCloud.h"
#include "NeighbourArithmetic.h"
#include "ParallelFor.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <numeric>
#include <string>

namespace apt
{

namespace
{

constexpr std::size_t Grain = 1 << 16;
// Far beyond any specimen, and small enough that no squared distance overflows.
constexpr float LargestCoordinate = 1e15F;
// Bins of one pass of the sort: as many as the caches can write to at once.
constexpr std::size_t MaximumBins = 4096;
// Ranges up to this many ions are cut by one thread, which stays in its cache.
constexpr std::size_t LargestSerialRange = 1 << 17;
// Below this many nm apart, coordinates count as equal (and 1 / extent does not overflow).
constexpr double SmallestExtent = 1e-30;

const IonBox& emptyBox()
{
  static const IonBox box = []
  {
    IonBox empty;
    empty.lower.fill(std::numeric_limits<float>::infinity());
    empty.upper.fill(-std::numeric_limits<float>::infinity());
    return empty;
  }();
  return box;
}

void include(IonBox& box, const float* position)
{
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    box.lower[axis] = std::min(box.lower[axis], position[axis]);
    box.upper[axis] = std::max(box.upper[axis], position[axis]);
  }
}

void include(IonBox& box, const IonBox& other)
{
  include(box, other.lower.data());
  include(box, other.upper.data());
}

/** A grid of about cubic cells over a box. Along an axis without extent it has one cell. */
struct Grid
{
  std::array<double, 3> lower{};
  std::array<double, 3> cellsPerNanometre{};
  std::array<std::uint32_t, 3> cells{ 1, 1, 1 };

  /** About wanted cells, at most maximum, at least two where the box has an extent at all. */
  Grid(const IonBox& box, double wanted, std::size_t maximum)
  {
    std::array<double, 3> extent{};
    std::array<bool, 3> cut{};
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      this->lower[axis] = static_cast<double>(box.lower[axis]);
      extent[axis] = static_cast<double>(box.upper[axis]) - this->lower[axis];
      cut[axis] = extent[axis] > SmallestExtent;
    }
    // A box thinner than the edge that its other axes ask for is not cut across.
    for (bool changed = true; changed;)
    {
      changed = false;
      double logVolume = -std::log(std::max(wanted, 1.0));
      int axes = 0;
      for (std::size_t axis = 0; axis < 3; ++axis)
      {
        logVolume += cut[axis] ? std::log(extent[axis]) : 0;
        axes += cut[axis];
      }
      const double edge = axes > 0 ? std::exp(logVolume / axes) : 0;
      for (std::size_t axis = 0; axis < 3; ++axis)
      {
        const double cellCount = cut[axis] ? std::round(extent[axis] / edge) : 1;
        this->cells[axis] =
          static_cast<std::uint32_t>(std::clamp(cellCount, 1.0, static_cast<double>(maximum)));
        if (cut[axis] && extent[axis] < edge * 0.5)
        {
          cut[axis] = false;
          changed = true;
        }
      }
    }
    const auto longest =
      static_cast<std::size_t>(std::max_element(extent.begin(), extent.end()) - extent.begin());
    if (this->size() == 1 && extent[longest] > SmallestExtent && maximum > 1)
    {
      this->cells[longest] = 2;
    }
    while (this->size() > maximum)
    {
      --*std::max_element(this->cells.begin(), this->cells.end());
    }
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      this->cellsPerNanometre[axis] =
        this->cells[axis] > 1 ? static_cast<double>(this->cells[axis]) / extent[axis] : 0;
    }
  }

  std::size_t size() const
  {
    return std::size_t{ this->cells[0] } * this->cells[1] * this->cells[2];
  }

  std::uint32_t cell(std::size_t axis, float coordinate) const
  {
    const auto cell = static_cast<std::uint32_t>(
      (static_cast<double>(coordinate) - this->lower[axis]) * this->cellsPerNanometre[axis]);
    return std::min(cell, this->cells[axis] - 1);
  }

  std::uint32_t cell(const float* position) const
  {
    return (this->cell(2, position[2]) * this->cells[1] + this->cell(1, position[1])) *
      this->cells[0] +
      this->cell(0, position[0]);
  }

  /** The place of each cell on a path through all that steps from neighbour to neighbour. */
  std::vector<std::uint32_t> path() const
  {
    std::vector<std::uint32_t> places(this->size());
    std::uint32_t place = 0;
    std::uint32_t row = 0;
    for (std::uint32_t z = 0; z < this->cells[2]; ++z)
    {
      for (std::uint32_t j = 0; j < this->cells[1]; ++j, ++row)
      {
        const std::uint32_t y = z % 2 == 0 ? j : this->cells[1] - 1 - j;
        for (std::uint32_t i = 0; i < this->cells[0]; ++i)
        {
          const std::uint32_t x = row % 2 == 0 ? i : this->cells[0] - 1 - i;
          places[(z * this->cells[1] + y) * this->cells[0] + x] = place++;
        }
      }
    }
    return places;
  }
};

struct Range
{
  std::size_t begin;
  std::size_t end;
};

/**
 * Cuts a list of ions into blocks by sorting it, again and again, into the cells of a grid over
 * what is left to cut. All sorting is stable, so that equal positions stay in order of index.
 */
class Partition
{
public:
  Partition(const float* positions, std::uint32_t* ions, std::uint32_t* scratch,
    const CellSortedCloudOptions& options)
    : Positions(positions)
    , Ions(ions)
    , Scratch(scratch)
    , IonsPerBlock(options.ionsPerBlock)
  {
  }

  std::vector<std::size_t> cut(std::size_t size, const Progress& progress)
  {
    std::vector<Range> serial;
    this->cutLarge({ 0, size }, serial, subProgress(progress, 0, 0.5));
    std::vector<std::vector<std::size_t>> begins(serial.size());
    parallelFor(
      serial.size(), 1,
      [&](std::size_t first, std::size_t last)
      {
        for (std::size_t i = first; i < last; ++i)
        {
          this->cutSmall(serial[i], begins[i]);
        }
      },
      subProgress(progress, 0.5, 1));
    std::vector<std::size_t> all;
    for (const std::vector<std::size_t>& some : begins)
    {
      all.insert(all.end(), some.begin(), some.end());
    }
    return all;
  }

private:
  std::size_t largestBlock() const { return this->IonsPerBlock * 2; }

  const float* position(std::size_t place) const
  {
    return this->Positions + std::size_t{ this->Ions[place] } * 3;
  }

  IonBox box(Range range) const
  {
    IonBox box = emptyBox();
    for (std::size_t i = range.begin; i < range.end; ++i)
    {
      include(box, this->position(i));
    }
    return box;
  }

  Grid grid(const IonBox& box, Range range) const
  {
    const std::size_t blocks = (range.end - range.begin) / this->IonsPerBlock + 1;
    return Grid(box, static_cast<double>(std::max<std::size_t>(blocks, 2)), MaximumBins);
  }

  void cutLarge(Range range, std::vector<Range>& serial, const Progress& progress)
  {
    if (range.end - range.begin <= LargestSerialRange)
    {
      serial.push_back(range);
      return;
    }
    const std::size_t size = range.end - range.begin;
    // Few enough pieces that their counts stay small beside the ions.
    const std::size_t grain = std::max(Grain, (size - 1) / 256 + 1);
    const std::size_t pieces = (size - 1) / grain + 1;
    std::vector<IonBox> boxes(pieces);
    parallelFor(size, grain,
      [&](std::size_t begin, std::size_t end) {
        boxes[begin / grain] = this->box({ range.begin + begin, range.begin + end });
      });
    IonBox whole = emptyBox();
    for (const IonBox& box : boxes)
    {
      include(whole, box);
    }
    const Grid grid = this->grid(whole, range);
    const std::size_t bins = grid.size();
    if (bins == 1)
    {
      serial.push_back(range);
      return;
    }
    const std::vector<std::uint32_t> path = grid.path();
    std::vector<std::uint32_t> places(pieces * bins);
    parallelFor(
      size, grain,
      [&](std::size_t begin, std::size_t end)
      {
        std::uint32_t* counts = places.data() + begin / grain * bins;
        for (std::size_t i = begin; i < end; ++i)
        {
          ++counts[path[grid.cell(this->position(range.begin + i))]];
        }
      },
      subProgress(progress, 0, 0.4));
    std::vector<Range> parts;
    std::size_t place = range.begin;
    for (std::size_t bin = 0; bin < bins; ++bin)
    {
      const std::size_t begin = place;
      for (std::size_t piece = 0; piece < pieces; ++piece)
      {
        const std::uint32_t count = places[piece * bins + bin];
        places[piece * bins + bin] = static_cast<std::uint32_t>(place);
        place += count;
      }
      if (place > begin)
      {
        parts.push_back({ begin, place });
      }
    }
    parallelFor(
      size, grain,
      [&](std::size_t begin, std::size_t end)
      {
        std::uint32_t* next = places.data() + begin / grain * bins;
        for (std::size_t i = range.begin + begin; i < range.begin + end; ++i)
        {
          this->Scratch[next[path[grid.cell(this->position(i))]]++] = this->Ions[i];
        }
      },
      subProgress(progress, 0.4, 0.9));
    parallelFor(size, Grain,
      [&](std::size_t begin, std::size_t end)
      {
        std::copy(this->Scratch + range.begin + begin, this->Scratch + range.begin + end,
          this->Ions + range.begin + begin);
      });
    for (const Range part : parts)
    {
      this->cutLarge(part, serial, {});
    }
  }

  void cutSmall(Range range, std::vector<std::size_t>& begins)
  {
    const std::size_t size = range.end - range.begin;
    if (size <= this->largestBlock())
    {
      begins.push_back(range.begin);
      return;
    }
    const Grid grid = this->grid(this->box(range), range);
    const std::size_t bins = grid.size();
    if (bins == 1)
    {
      // All at one place: by index, so that the first block holds the lowest.
      for (std::size_t begin = range.begin; begin < range.end; begin += this->IonsPerBlock)
      {
        begins.push_back(begin);
      }
      return;
    }
    const std::vector<std::uint32_t> path = grid.path();
    std::vector<std::size_t> next(bins + 1);
    for (std::size_t i = range.begin; i < range.end; ++i)
    {
      ++next[path[grid.cell(this->position(i))] + 1];
    }
    next[0] = range.begin;
    std::partial_sum(next.begin(), next.end(), next.begin());
    const std::vector<std::size_t> limits = next;
    for (std::size_t i = range.begin; i < range.end; ++i)
    {
      this->Scratch[next[path[grid.cell(this->position(i))]]++] = this->Ions[i];
    }
    std::copy(this->Scratch + range.begin, this->Scratch + range.end, this->Ions + range.begin);
    for (std::size_t bin = 0; bin < bins; ++bin)
    {
      if (limits[bin + 1] > limits[bin])
      {
        this->cutSmall({ limits[bin], limits[bin + 1] }, begins);
      }
    }
  }

  const float* Positions;
  std::uint32_t* Ions;
  std::uint32_t* Scratch;
  std::size_t IonsPerBlock;
};

/** Sorts the ions of one block into the cells of its grid. */
class BlockSort
{
public:
  void sort(const float* positions, double ionsPerCell, CellSortedCloud::Block& block,
    std::uint32_t* ions, float* x, float* y, float* z, std::uint16_t* offsets)
  {
    const std::size_t size = block.end - block.begin;
    this->Position.resize(size);
    this->Ion.assign(ions, ions + size);
    this->Cell.resize(size);
    block.box = emptyBox();
    for (std::size_t i = 0; i < size; ++i)
    {
      const float* position = positions + std::size_t{ this->Ion[i] } * 3;
      this->Position[i] = { position[0], position[1], position[2] };
      include(block.box, position);
    }
    block.lowestIon = *std::min_element(this->Ion.begin(), this->Ion.end());
    const Grid grid(block.box, static_cast<double>(size) / ionsPerCell, size / 2 + 1);
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      block.cells[axis] = static_cast<std::uint16_t>(grid.cells[axis]);
      block.cellsPerNanometre[axis] = grid.cellsPerNanometre[axis];
      block.cellEdge[axis] = grid.cells[axis] > 1 ? 1 / grid.cellsPerNanometre[axis] : 0;
    }
    const std::size_t cells = grid.size();
    std::fill(offsets, offsets + cells + 1, std::uint16_t{ 0 });
    for (std::size_t i = 0; i < size; ++i)
    {
      this->Cell[i] = static_cast<std::uint16_t>(grid.cell(this->Position[i].data()));
      ++offsets[this->Cell[i]];
    }
    std::uint16_t place = 0;
    for (std::size_t cell = 0; cell < cells; ++cell)
    {
      const std::uint16_t count = offsets[cell];
      offsets[cell] = place;
      place = static_cast<std::uint16_t>(place + count);
    }
    for (std::size_t i = 0; i < size; ++i)
    {
      const std::size_t to = offsets[this->Cell[i]]++;
      x[to] = this->Position[i][0];
      y[to] = this->Position[i][1];
      z[to] = this->Position[i][2];
      ions[to] = this->Ion[i];
    }
    // Each now says where its cell ends, that is, where the next begins.
    std::copy_backward(offsets, offsets + cells, offsets + cells + 1);
    offsets[0] = 0;
  }

private:
  std::vector<std::array<float, 3>> Position;
  std::vector<std::uint32_t> Ion;
  std::vector<std::uint16_t> Cell;
};

void checkSize(std::size_t size)
{
  if (size > std::numeric_limits<std::uint32_t>::max())
  {
    throw ParameterError("number of ions", std::to_string(size), "below 4294967296");
  }
}

void check(const CellSortedCloudOptions& options)
{
  if (!(options.ionsPerCell >= 2 && std::isfinite(options.ionsPerCell)))
  {
    throw ParameterError("ions per cell", std::to_string(options.ionsPerCell), "2 or more");
  }
  if (options.ionsPerBlock < 1 || options.ionsPerBlock > 16384)
  {
    throw ParameterError("ions per block", std::to_string(options.ionsPerBlock), "1 to 16384");
  }
}

template <typename T>
std::unique_ptr<T[]> uninitialised(std::size_t size)
{
  // Not make_unique, which would fill it: by one thread, for nothing.
  std::unique_ptr<T[]> memory(new T[size]);
  adviseHugePages(memory.get(), size * sizeof(T));
  return memory;
}

} // namespace

void checkCoordinates(const float* positions, std::uint32_t ion)
{
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    const float coordinate = positions[std::size_t{ ion } * 3 + axis];
    if (!(std::fabs(coordinate) <= LargestCoordinate))
    {
      throw ParameterError(std::string(1, "xyz"[axis]) + " of ion " + std::to_string(ion),
        std::to_string(coordinate), "-1e15 to 1e15 nm");
    }
  }
}

CellSortedCloud::CellSortedCloud(const float* positions, std::size_t size, const std::int16_t* code,
  const CellSortedCloudOptions& options, const Progress& progress)
{
  checkSize(size);
  check(options);
  if (size == 0)
  {
    return;
  }
  const std::size_t pieces = (size - 1) / Grain + 1;
  std::vector<std::size_t> places(pieces + 1);
  parallelFor(size, Grain,
    [&](std::size_t begin, std::size_t end)
    {
      const std::ptrdiff_t out = code
        ? std::count_if(code + begin, code + end, [](std::int16_t value) { return value < 0; })
        : 0;
      places[begin / Grain + 1] = end - begin - static_cast<std::size_t>(out);
    });
  std::partial_sum(places.begin(), places.end(), places.begin());
  this->Size = places.back();
  this->Ions = uninitialised<std::uint32_t>(this->Size);
  parallelFor(size, Grain,
    [&](std::size_t begin, std::size_t end)
    {
      std::size_t place = places[begin / Grain];
      for (std::size_t ion = begin; ion < end; ++ion)
      {
        if (!code || code[ion] >= 0)
        {
          this->Ions[place++] = static_cast<std::uint32_t>(ion);
        }
      }
    });
  this->build(positions, options, progress);
}

CellSortedCloud::CellSortedCloud(const float* positions, std::size_t size,
  const std::vector<std::uint32_t>& ions, const CellSortedCloudOptions& options,
  const Progress& progress)
{
  checkSize(size);
  check(options);
  for (std::size_t i = 0; i < ions.size(); ++i)
  {
    if (ions[i] >= size || (i > 0 && ions[i] <= ions[i - 1]))
    {
      throw ParameterError("entry " + std::to_string(i) + " of the listed ions",
        std::to_string(ions[i]), "above the entry before and below " + std::to_string(size));
    }
  }
  this->Size = ions.size();
  this->Ions = uninitialised<std::uint32_t>(this->Size);
  std::copy(ions.begin(), ions.end(), this->Ions.get());
  this->build(positions, options, progress);
}

void CellSortedCloud::build(
  const float* positions, const CellSortedCloudOptions& options, const Progress& progress)
{
  if (this->Size == 0)
  {
    return;
  }
  parallelFor(
    this->Size, Grain,
    [&](std::size_t begin, std::size_t end)
    {
      for (std::size_t i = begin; i < end; ++i)
      {
        checkCoordinates(positions, this->Ions[i]);
      }
    },
    subProgress(progress, 0, 0.1));

  std::vector<std::size_t> begins;
  {
    const std::unique_ptr<std::uint32_t[]> scratch = uninitialised<std::uint32_t>(this->Size);
    begins = Partition(positions, this->Ions.get(), scratch.get(), options)
               .cut(this->Size, subProgress(progress, 0.1, 0.6));
  }

  this->X = uninitialised<float>(this->Size);
  this->Y = uninitialised<float>(this->Size);
  this->Z = uninitialised<float>(this->Size);
  // A block has at most size / 2 + 1 cells, so that this bound on where its offsets begin is safe.
  this->OffsetCount = this->Size / 2 + begins.size() * 3;
  this->Offsets = uninitialised<std::uint16_t>(this->OffsetCount);
  this->Blocks.resize(begins.size());
  parallelFor(
    begins.size(), 16,
    [&](std::size_t first, std::size_t last)
    {
      BlockSort sort;
      for (std::size_t i = first; i < last; ++i)
      {
        Block& block = this->Blocks[i];
        const std::size_t begin = begins[i];
        block.begin = static_cast<std::uint32_t>(begin);
        block.end = static_cast<std::uint32_t>(i + 1 < begins.size() ? begins[i + 1] : this->Size);
        block.offsets = begin / 2 + i * 3;
        sort.sort(positions, options.ionsPerCell, block, this->Ions.get() + begin,
          this->X.get() + begin, this->Y.get() + begin, this->Z.get() + begin,
          this->Offsets.get() + block.offsets);
      }
    },
    subProgress(progress, 0.6, 1));

  std::vector<Node> below(this->Blocks.size());
  std::transform(this->Blocks.begin(), this->Blocks.end(), below.begin(),
    [](const Block& block) {
      return Node{ block.box, block.lowestIon };
    });
  while (below.size() > 1)
  {
    std::vector<Node> level;
    for (std::size_t i = 0; i < below.size(); ++i)
    {
      if (i % NodeArity == 0)
      {
        level.push_back(below[i]);
      }
      include(level.back().box, below[i].box);
      level.back().lowestIon = std::min(level.back().lowestIon, below[i].lowestIon);
    }
    this->Levels.push_back(level);
    below = std::move(level);
  }
}

std::size_t CellSortedCloud::blockOf(std::uint32_t ion) const
{
  const auto next = std::upper_bound(this->Blocks.begin(), this->Blocks.end(), ion,
    [](std::uint32_t value, const Block& block) { return value < block.begin; });
  return static_cast<std::size_t>(next - this->Blocks.begin()) - 1;
}

bool CellSortedCloud::findBlocks(const IonBox& box, float squaredDistance, std::size_t maximum,
  std::vector<std::uint32_t>& found) const
{
  found.clear();
  // Depth first, the last child first onto the stack, so that blocks come out in their order.
  struct Place
  {
    std::size_t level; // 0 = a block
    std::size_t index;
  };
  std::vector<Place> stack;
  if (!this->Blocks.empty())
  {
    stack.push_back({ this->Levels.size(), 0 });
  }
  while (!stack.empty())
  {
    const Place place = stack.back();
    stack.pop_back();
    const IonBox& other = place.level == 0 ? this->Blocks[place.index].box
                                           : this->Levels[place.level - 1][place.index].box;
    if (squaredGap(box, other) > squaredDistance)
    {
      continue;
    }
    if (place.level == 0)
    {
      if (found.size() == maximum)
      {
        return false;
      }
      found.push_back(static_cast<std::uint32_t>(place.index));
      continue;
    }
    const std::size_t belowSize =
      place.level == 1 ? this->Blocks.size() : this->Levels[place.level - 2].size();
    const std::size_t first = place.index * NodeArity;
    for (std::size_t child = std::min(first + NodeArity, belowSize); child-- > first;)
    {
      stack.push_back({ place.level - 1, child });
    }
  }
  return true;
}

std::size_t CellSortedCloud::memory() const
{
  std::size_t bytes = this->Size * (3 * sizeof(float) + sizeof(std::uint32_t)) +
    this->OffsetCount * sizeof(std::uint16_t) + this->Blocks.capacity() * sizeof(Block);
  for (const std::vector<Node>& level : this->Levels)
  {
    bytes += level.capacity() * sizeof(Node);
  }
  return bytes;
}

} // namespace apt
