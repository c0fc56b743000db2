// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "NeighbourSearch.h"

#include "Error.h"
#include "NeighbourArithmetic.h"
#include "NeighbourKernels.h"
#include "ParallelFor.h"
#include "Pool.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <queue>
#include <string>
#include <vector>

namespace apt
{

namespace
{

constexpr int MostNeighbours = 256;
// Ions are searched in groups that share their candidates, and groups in runs along a row of cells
// that share the ions which their candidates are taken from.
constexpr std::size_t GroupIons = 10;
constexpr std::size_t MostGroupIons = 64;
constexpr std::size_t RunIons = 96;
constexpr std::size_t MostRunIons = 192;
// Where more ions than this are near, or more blocks, many are at one place: the tree knows better.
constexpr std::size_t MostCandidates = 1 << 12;
constexpr std::size_t MostBlocks = 512;
constexpr int MostAttempts = 6;
// How much the guess may grow within a run.
constexpr float RunMargin = 1.2F;

/** Columns of a tile that is being filled. */
struct NeighbourColumns
{
  std::vector<std::uint32_t> neighbour;
  std::vector<float> dx;
  std::vector<float> dy;
  std::vector<float> dz;
  std::vector<float> squaredDistance;

  void resize(std::size_t size)
  {
    this->neighbour.resize(size);
    this->dx.resize(size);
    this->dy.resize(size);
    this->dz.resize(size);
    this->squaredDistance.resize(size);
  }

  NeighbourRows rows(std::size_t at, std::size_t stride)
  {
    return { this->neighbour.data() + at, this->dx.data() + at, this->dy.data() + at,
      this->dz.data() + at, this->squaredDistance.data() + at, stride };
  }
};

IonBox boxOf(const CellSortedCloud& cloud, std::size_t begin, std::size_t end)
{
  IonBox box;
  box.lower = box.upper = { cloud.x()[begin], cloud.y()[begin], cloud.z()[begin] };
  for (std::size_t ion = begin + 1; ion < end; ++ion)
  {
    const std::array<float, 3> position{ cloud.x()[ion], cloud.y()[ion], cloud.z()[ion] };
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      box.lower[axis] = std::min(box.lower[axis], position[axis]);
      box.upper[axis] = std::max(box.upper[axis], position[axis]);
    }
  }
  return box;
}

/** Gathers the ions around a box. */
class Neighbourhood
{
public:
  explicit Neighbourhood(const CellSortedCloud& cloud)
    : Cloud(cloud)
  {
  }

  /** The boxes that follow are all in this one. */
  void enter(const IonBox& home)
  {
    this->Home = home;
    this->Reach = -1;
  }

  /**
   * Gathers all ions not farther than that from a point in the box, which lies in the home box.
   * @return false, with nothing gathered, where there may be more than mostCandidates of them, or
   * where they may be in more than mostBlocks blocks
   */
  bool gather(const IonBox& box, float squaredDistance, std::size_t mostCandidates,
    std::size_t mostBlocks, NeighbourCandidates& candidates)
  {
    if (!(squaredDistance <= this->Reach) || squaredDistance * 8 < this->Reach)
    {
      // Somewhat farther, so that the next group with a larger guess need not come here again.
      this->Reach = std::min(squaredDistance * 1.5F, std::numeric_limits<float>::max());
      this->Whole = this->Cloud.findBlocks(this->Home, this->Reach, mostBlocks, this->Near);
    }
    if (!this->Whole)
    {
      return false;
    }
    this->Ranges.clear();
    std::size_t size = 0;
    for (const std::uint32_t index : this->Near)
    {
      const CellSortedCloud::Block& block = this->Cloud.blocks()[index];
      if (squaredGap(box, block.box) <= squaredDistance)
      {
        size += this->addRanges(block, box, squaredDistance);
      }
      if (size > mostCandidates)
      {
        return false;
      }
    }
    gatherCandidates(
      this->Cloud, this->Ranges.data(), this->Ranges.size(), box, squaredDistance, candidates);
    return true;
  }

private:
  /**
   * The ions of the cells of a block that the distance reaches. This may say too much but never too
   * little: reach covers the rounding of the squared distance, and an ion's cell is monotone in its
   * coordinate.
   */
  std::size_t addRanges(const CellSortedCloud::Block& block, const IonBox& box, float squared)
  {
    const double reach = std::sqrt(static_cast<double>(squared)) * (1 + 1e-6) + 1e-18;
    const std::uint16_t* const offsets = this->Cloud.cellOffsets(block);
    const int firstY = block.cell(1, static_cast<double>(box.lower[1]) - reach);
    const int lastY = block.cell(1, static_cast<double>(box.upper[1]) + reach);
    const int firstZ = block.cell(2, static_cast<double>(box.lower[2]) - reach);
    const int lastZ = block.cell(2, static_cast<double>(box.upper[2]) + reach);
    this->SquaredGapY.clear();
    for (int y = firstY; y <= lastY; ++y)
    {
      const double gapY = gapToCells(block, 1, y, box);
      this->SquaredGapY.push_back(gapY * gapY);
    }
    // Along x in cells, from the lower end of the block; rounding is far below the slack.
    constexpr double slack = 1e-6;
    const double perNanometre = block.cellsPerNanometre[0];
    const double origin = static_cast<double>(block.box.lower[0]);
    const double lowerX = (static_cast<double>(box.lower[0]) - origin) * perNanometre - slack;
    const double upperX = (static_cast<double>(box.upper[0]) - origin) * perNanometre + slack;
    const double lastX = block.cells[0] - 1;
    std::size_t size = 0;
    for (int z = firstZ; z <= lastZ; ++z)
    {
      const double gapZ = gapToCells(block, 2, z, box);
      const double leftZ = reach * reach - gapZ * gapZ;
      for (int y = firstY; y <= lastY; ++y)
      {
        const double left = leftZ - this->SquaredGapY[static_cast<std::size_t>(y - firstY)];
        if (left < 0)
        {
          continue;
        }
        const double reachX = std::sqrt(left) * perNanometre;
        const auto from = static_cast<int>(std::clamp(lowerX - reachX, 0.0, lastX));
        const auto to = static_cast<int>(std::clamp(upperX + reachX, 0.0, lastX));
        const std::uint16_t* const row = offsets + (z * block.cells[1] + y) * block.cells[0];
        const IonRange range{ block.begin + row[from], block.begin + row[to + 1] };
        this->Ranges.push_back(range);
        size += range.end - range.begin;
      }
    }
    return size;
  }

  /** Not above the distance along an axis from an ion in the box to one in that layer of cells. */
  static double gapToCells(
    const CellSortedCloud::Block& block, std::size_t axis, int cell, const IonBox& box)
  {
    if (block.cells[axis] == 1)
    {
      return 0;
    }
    // The rounding of an ion's cell is far below this part of a cell.
    constexpr double slack = 1e-6;
    const double edge = block.cellEdge[axis];
    const double lower =
      static_cast<double>(block.box.lower[axis]) + (static_cast<double>(cell) - slack) * edge;
    const double upper = lower + (1 + 2 * slack) * edge;
    return std::max({ 0.0, lower - static_cast<double>(box.upper[axis]),
      static_cast<double>(box.lower[axis]) - upper });
  }

  const CellSortedCloud& Cloud;
  IonBox Home;
  float Reach = -1;
  bool Whole = false;
  std::vector<std::uint32_t> Near;
  std::vector<IonRange> Ranges;
  std::vector<double> SquaredGapY;
};

/** Finds the neighbours of one point from the tree over the blocks, best first. */
class TreeSearch
{
public:
  /**
   * @param self the ion of the cloud that the point is, or one that there is not
   * @return the squared distance of the last
   */
  float find(const CellSortedCloud& cloud, const std::array<float, 3>& point, std::uint32_t self,
    std::size_t wanted, NeighbourOrder order, const NeighbourRows& row)
  {
    IonBox box;
    box.lower = box.upper = point;
    this->Found.clear();
    this->Queue = {};
    if (wanted > 1)
    {
      this->push(cloud, cloud.levels().size(), 0, box);
    }
    while (!this->Queue.empty())
    {
      const Place place = this->Queue.top();
      this->Queue.pop();
      if (this->isFull(wanted) &&
        !isNearer({ place.squaredGap, place.lowestIon, 0 }, this->Found[0]))
      {
        break;
      }
      if (place.level == 0)
      {
        this->scan(cloud, cloud.blocks()[place.index], point, self, wanted);
        continue;
      }
      const std::size_t belowSize =
        place.level == 1 ? cloud.blocks().size() : cloud.levels()[place.level - 2].size();
      const std::size_t first = place.index * CellSortedCloud::NodeArity;
      const std::size_t last = std::min<std::size_t>(first + CellSortedCloud::NodeArity, belowSize);
      for (std::size_t child = first; child < last; ++child)
      {
        this->push(cloud, place.level - 1, child, box);
      }
    }
    const float farthest = this->Found.empty() ? 0 : this->Found[0].squaredDistance;
    if (order == NeighbourOrder::Distance)
    {
      std::sort_heap(this->Found.begin(), this->Found.end(), isNearer);
    }
    else
    {
      std::sort(this->Found.begin(), this->Found.end(),
        [](const Neighbour& a, const Neighbour& b) { return a.place < b.place; });
    }
    this->write(cloud, point, self, row);
    return farthest;
  }

private:
  struct Neighbour
  {
    float squaredDistance;
    std::uint32_t original;
    std::uint32_t place;
  };

  struct Place
  {
    float squaredGap;
    std::uint32_t lowestIon;
    std::size_t level;
    std::size_t index;
  };

  struct IsFarther
  {
    bool operator()(const Place& a, const Place& b) const
    {
      return a.squaredGap != b.squaredGap ? a.squaredGap > b.squaredGap : a.lowestIon > b.lowestIon;
    }
  };

  static bool isNearer(const Neighbour& a, const Neighbour& b)
  {
    return a.squaredDistance != b.squaredDistance ? a.squaredDistance < b.squaredDistance
                                                  : a.original < b.original;
  }

  bool isFull(std::size_t wanted) const { return this->Found.size() + 1 >= wanted; }

  void push(const CellSortedCloud& cloud, std::size_t level, std::size_t index, const IonBox& box)
  {
    if (level == 0)
    {
      const CellSortedCloud::Block& block = cloud.blocks()[index];
      this->Queue.push({ squaredGap(box, block.box), block.lowestIon, level, index });
    }
    else
    {
      const CellSortedCloud::Node& node = cloud.levels()[level - 1][index];
      this->Queue.push({ squaredGap(box, node.box), node.lowestIon, level, index });
    }
  }

  /** Found is a heap, the farthest on top, of wanted − 1 others at most. */
  void scan(const CellSortedCloud& cloud, const CellSortedCloud::Block& block,
    const std::array<float, 3>& point, std::uint32_t self, std::size_t wanted)
  {
    for (std::uint32_t other = block.begin; other < block.end; ++other)
    {
      const float squared = squaredLength(
        point[0] - cloud.x()[other], point[1] - cloud.y()[other], point[2] - cloud.z()[other]);
      const bool full = this->isFull(wanted);
      if (other == self || (full && squared > this->Found[0].squaredDistance))
      {
        continue;
      }
      const Neighbour neighbour{ squared, cloud.originalIndices()[other], other };
      if (full)
      {
        if (!isNearer(neighbour, this->Found[0]))
        {
          continue;
        }
        std::pop_heap(this->Found.begin(), this->Found.end(), isNearer);
        this->Found.pop_back();
      }
      this->Found.push_back(neighbour);
      std::push_heap(this->Found.begin(), this->Found.end(), isNearer);
    }
  }

  void write(const CellSortedCloud& cloud, const std::array<float, 3>& point, std::uint32_t self,
    const NeighbourRows& row) const
  {
    row.neighbour[0] = self;
    row.dx[0] = row.dy[0] = row.dz[0] = row.squaredDistance[0] = 0;
    for (std::size_t column = 1; column <= this->Found.size(); ++column)
    {
      const std::uint32_t other = this->Found[column - 1].place;
      row.neighbour[column] = other;
      row.dx[column] = point[0] - cloud.x()[other];
      row.dy[column] = point[1] - cloud.y()[other];
      row.dz[column] = point[2] - cloud.z()[other];
      row.squaredDistance[column] = this->Found[column - 1].squaredDistance;
    }
  }

  std::vector<Neighbour> Found;
  std::priority_queue<Place, std::vector<Place>, IsFarther> Queue;
};

/**
 * Steps through consecutive ions of the cloud by groups: cells side by side in one row of a block,
 * as many as it takes to have enough ions.
 */
class GroupWalk
{
public:
  GroupWalk(const CellSortedCloud& cloud, std::size_t begin, std::size_t end, std::size_t enough,
    std::size_t most)
    : Cloud(cloud)
    , End(static_cast<std::uint32_t>(end))
    , Enough(enough)
    , Most(static_cast<std::uint32_t>(most))
  {
    this->Group.end = static_cast<std::uint32_t>(begin);
  }

  /** Goes to the next group; false where there is none. */
  bool next()
  {
    this->Group.begin = this->Group.end;
    if (this->Group.begin >= this->End)
    {
      return false;
    }
    this->Entered =
      this->BlockIndex == None || this->Group.begin >= this->Cloud.blocks()[this->BlockIndex].end;
    if (this->Entered)
    {
      this->BlockIndex = this->Cloud.blockOf(this->Group.begin);
      this->Cell = 0;
    }
    const CellSortedCloud::Block& block = this->Cloud.blocks()[this->BlockIndex];
    const std::uint16_t* const offsets = this->Cloud.cellOffsets(block);
    const std::uint32_t begin = this->Group.begin - block.begin;
    while (offsets[this->Cell + 1] <= begin)
    {
      ++this->Cell;
    }
    const std::size_t row = block.cells[0];
    std::size_t last = this->Cell + 1;
    while (last % row != 0 && offsets[last] < begin + this->Enough)
    {
      ++last;
    }
    this->Group.end =
      std::min({ this->End, block.begin + offsets[last], this->Group.begin + this->Most });
    return true;
  }

  IonRange group() const { return this->Group; }
  std::size_t block() const { return this->BlockIndex; }
  /** Whether the group is the first that is met in its block. */
  bool entered() const { return this->Entered; }

private:
  static constexpr std::size_t None = static_cast<std::size_t>(-1);

  const CellSortedCloud& Cloud;
  std::uint32_t End;
  std::size_t Enough;
  std::uint32_t Most;
  IonRange Group;
  std::size_t BlockIndex = None;
  std::size_t Cell = 0;
  bool Entered = false;
};

/** Where a group's first ion is among its candidates, which are in the order of the cloud. */
std::size_t candidateOf(const NeighbourCandidates& candidates, std::uint32_t ion)
{
  const std::uint32_t* const begin = candidates.ion.get();
  return static_cast<std::size_t>(std::lower_bound(begin, begin + candidates.size, ion) - begin);
}

/** What a thread needs for searching tiles. */
struct TileScratch
{
  NeighbourColumns columns;
  NeighbourCandidates wide;
  NeighbourCandidates candidates;
  NeighbourScratch selection;
  TreeSearch tree;
  std::vector<std::size_t> rowBegin;
};

std::size_t mostCandidatesFor(std::size_t wanted)
{
  return MostCandidates + 64 * wanted;
}

/** How much farther to look where only found of the wanted were there. */
float fartherBy(std::size_t wanted, std::uint32_t found)
{
  const float missing = static_cast<float>(wanted + 6) / static_cast<float>(found);
  return std::clamp(1.1F * std::cbrt(missing * missing), 1.3F, 4.0F);
}

/**
 * By how much the square of the distance to the last neighbour is guessed larger than its mean over the
 * ions before: large enough that few ions must be searched twice, small enough that few candidates are
 * in vain. So many ions more than wanted as two or three times their number scatters by.
 */
float guessMargin(std::size_t wanted)
{
  const float more = 2.25F / std::sqrt(static_cast<float>(wanted));
  return std::min(1.25F, std::cbrt((1 + more) * (1 + more)));
}

/** The square of the radius of the sphere that holds the wanted, at the mean density of a block. */
float guessedSquare(const CellSortedCloud::Block& block, std::size_t wanted)
{
  std::array<double, 3> extent{};
  double longest = 0;
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    extent[axis] =
      static_cast<double>(block.box.upper[axis]) - static_cast<double>(block.box.lower[axis]);
    longest = std::max(longest, extent[axis]);
  }
  double volume = 1;
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    // A flat or thin block: one cell thick, as far as this is concerned.
    volume *= std::max(extent[axis], longest / 16);
  }
  const double ions = block.end - block.begin;
  const double radius =
    std::cbrt(volume * 3 * static_cast<double>(wanted) / (4 * 3.14159265 * ions));
  return static_cast<float>(radius * radius);
}

/** Fills the rows of one tile with the nearest neighbours. */
class NearestInTile
{
public:
  NearestInTile(const CellSortedCloud& cloud, std::size_t wanted, NeighbourOrder order,
    std::size_t begin, TileScratch& scratch)
    : Cloud(cloud)
    , Wanted(wanted)
    , Order(order)
    , Margin(guessMargin(wanted))
    , Begin(begin)
    , Scratch(scratch)
    , Around(cloud)
    , AroundOne(cloud)
  {
  }

  void search(std::size_t end)
  {
    GroupWalk runs(this->Cloud, this->Begin, end, RunIons, MostRunIons);
    while (runs.next())
    {
      if (runs.entered())
      {
        const CellSortedCloud::Block& block = this->Cloud.blocks()[runs.block()];
        this->Around.enter(block.box);
        this->AroundOne.enter(block.box);
        if (!(this->Guess > 0))
        {
          this->Guess = guessedSquare(block, this->Wanted);
        }
      }
      this->searchRun(runs.group());
    }
  }

private:
  NeighbourRows rows(std::uint32_t ion)
  {
    return this->Scratch.columns.rows((ion - this->Begin) * this->Wanted, this->Wanted);
  }

  std::size_t mostCandidates() const { return mostCandidatesFor(this->Wanted); }
  bool byDistance() const { return this->Order == NeighbourOrder::Distance; }

  void searchRun(IonRange run)
  {
    const float reach = this->Guess * this->Margin * RunMargin;
    const bool gathered = this->Around.gather(boxOf(this->Cloud, run.begin, run.end), reach,
      this->mostCandidates(), MostBlocks, this->Scratch.wide);
    GroupWalk groups(this->Cloud, run.begin, run.end, GroupIons, MostGroupIons);
    while (groups.next())
    {
      this->searchGroup(groups.group(), gathered, reach);
    }
  }

  /** All ions within reach are gathered, if any are. */
  void searchGroup(IonRange group, bool gathered, float reach)
  {
    const std::size_t size = group.end - group.begin;
    const float squared = std::min(this->Guess * this->Margin, reach);
    std::array<NeighboursWithin, MostGroupIons> found{};
    std::size_t firstInWide = 0;
    if (gathered)
    {
      firstInWide = candidateOf(this->Scratch.wide, group.begin);
      narrowCandidates(this->Scratch.wide, boxOf(this->Cloud, group.begin, group.end), squared,
        this->Scratch.candidates);
      findNearest(this->Cloud, this->Scratch.candidates,
        candidateOf(this->Scratch.candidates, group.begin), size, this->Wanted, squared,
        this->byDistance(), this->rows(group.begin), found.data(), this->Scratch.selection);
    }
    float sum = 0;
    for (std::size_t i = 0; i < size; ++i)
    {
      const auto ion = static_cast<std::uint32_t>(group.begin + i);
      if (gathered && found[i].ions < this->Wanted)
      {
        // A few of the ions of most groups come here.
        findNearest(this->Cloud, this->Scratch.wide, firstInWide + i, 1, this->Wanted, reach,
          this->byDistance(), this->rows(ion), &found[i], this->Scratch.selection);
      }
      if (found[i].ions < this->Wanted)
      {
        this->searchAgain(ion, reach, found[i]);
      }
      sum += found[i].squaredDistance;
    }
    this->Guess += 0.25F * (sum / static_cast<float>(size) - this->Guess);
  }

  /** One ion, after found (0 = not known) were found within a distance. */
  void searchAgain(std::uint32_t ion, float squared, NeighboursWithin& found)
  {
    const IonBox box = boxOf(this->Cloud, ion, ion + std::size_t{ 1 });
    for (int attempt = 0; attempt < MostAttempts && found.ions > 0 && squared > 0; ++attempt)
    {
      squared *= fartherBy(this->Wanted, found.ions);
      if (!this->AroundOne.gather(
            box, squared, this->mostCandidates(), MostBlocks, this->Scratch.candidates))
      {
        break;
      }
      findNearest(this->Cloud, this->Scratch.candidates, candidateOf(this->Scratch.candidates, ion),
        1, this->Wanted, squared, this->byDistance(), this->rows(ion), &found,
        this->Scratch.selection);
      if (found.ions >= this->Wanted)
      {
        return;
      }
    }
    found.squaredDistance = this->Scratch.tree.find(
      this->Cloud, box.lower, ion, this->Wanted, this->Order, this->rows(ion));
  }

  const CellSortedCloud& Cloud;
  std::size_t Wanted;
  NeighbourOrder Order;
  float Margin;
  std::size_t Begin;
  TileScratch& Scratch;
  Neighbourhood Around;
  // Searched farther, so that its list of blocks is another.
  Neighbourhood AroundOne;
  // The square of the distance to the last neighbour that is to be expected, nm².
  float Guess = 0;
};

/** Fills the rows of one tile with the nearest ions of another cloud. */
class NearestOfOther
{
public:
  NearestOfOther(const CellSortedCloud& cloud, const CellSortedCloud& others, std::size_t wanted,
    NeighbourOrder order, std::size_t begin, TileScratch& scratch)
    : Cloud(cloud)
    , Others(others)
    , Wanted(wanted)
    , Order(order)
    , Begin(begin)
    , Scratch(scratch)
    , Around(others)
    , AroundOne(others)
    , Guess(guessedSquare(others.blocks().front(), wanted))
  {
  }

  void search(std::size_t end)
  {
    GroupWalk groups(this->Cloud, this->Begin, end, GroupIons, MostGroupIons);
    while (groups.next())
    {
      if (groups.entered())
      {
        const CellSortedCloud::Block& block = this->Cloud.blocks()[groups.block()];
        this->Around.enter(block.box);
        this->AroundOne.enter(block.box);
      }
      this->searchGroup(groups.group());
    }
  }

private:
  NeighbourRows rows(std::uint32_t ion)
  {
    return this->Scratch.columns.rows((ion - this->Begin) * this->Wanted, this->Wanted);
  }

  void searchGroup(IonRange group)
  {
    const float squared = this->Guess * guessMargin(this->Wanted);
    const bool gathered = this->Around.gather(boxOf(this->Cloud, group.begin, group.end), squared,
      mostCandidatesFor(this->Wanted), MostBlocks, this->Scratch.wide);
    float sum = 0;
    for (std::uint32_t ion = group.begin; ion < group.end; ++ion)
    {
      const IonBox box = boxOf(this->Cloud, ion, ion + std::size_t{ 1 });
      NeighboursWithin found{ 1, 0 };
      if (gathered)
      {
        narrowCandidates(this->Scratch.wide, box, squared, this->Scratch.candidates);
        found = this->nearest(ion, box, squared);
      }
      if (found.ions < this->Wanted)
      {
        found = this->searchAgain(
          ion, box, gathered ? squared * fartherBy(this->Wanted, found.ions) : squared);
      }
      this->rows(ion).neighbour[0] = NoIon;
      sum += found.squaredDistance;
    }
    this->Guess += 0.25F * (sum / static_cast<float>(group.end - group.begin) - this->Guess);
  }

  /** From the candidates of scratch; what is within the distance, this ion included. */
  NeighboursWithin nearest(std::uint32_t ion, const IonBox& box, float squared)
  {
    // The search is told which of its candidates is the centre: so it becomes the last of them.
    // There is room for it, and where the vector that it is in goes on, nothing is near.
    NeighbourCandidates& candidates = this->Scratch.candidates;
    const std::size_t self = candidates.size;
    candidates.x.get()[self] = box.lower[0];
    candidates.y.get()[self] = box.lower[1];
    candidates.z.get()[self] = box.lower[2];
    candidates.ion.get()[self] = 0;
    std::copy(box.lower.begin(), box.lower.end(), candidates.packed.get() + self * 4);
    ++candidates.size;
    NeighboursWithin found;
    findNearest(this->Others, candidates, self, 1, this->Wanted, squared,
      this->Order == NeighbourOrder::Distance, this->rows(ion), &found, this->Scratch.selection);
    return found;
  }

  NeighboursWithin searchAgain(std::uint32_t ion, const IonBox& box, float squared)
  {
    for (int attempt = 0; attempt < MostAttempts && squared > 0; ++attempt)
    {
      if (!this->AroundOne.gather(
            box, squared, mostCandidatesFor(this->Wanted), MostBlocks, this->Scratch.candidates))
      {
        break;
      }
      const NeighboursWithin found = this->nearest(ion, box, squared);
      if (found.ions >= this->Wanted)
      {
        return found;
      }
      squared *= fartherBy(this->Wanted, found.ions);
    }
    return { static_cast<std::uint32_t>(this->Wanted),
      this->Scratch.tree.find(
        this->Others, box.lower, NoIon, this->Wanted, this->Order, this->rows(ion)) };
  }

  static constexpr std::uint32_t NoIon = std::numeric_limits<std::uint32_t>::max();

  const CellSortedCloud& Cloud;
  const CellSortedCloud& Others;
  std::size_t Wanted; // with the centre itself
  NeighbourOrder Order;
  std::size_t Begin;
  TileScratch& Scratch;
  Neighbourhood Around;
  Neighbourhood AroundOne;
  float Guess;
};

void checkTileIons(std::size_t tileIons)
{
  if (tileIons < 1)
  {
    throw ParameterError("ions per tile", std::to_string(tileIons), "1 or more");
  }
}

void check(const NeighbourSearchOptions& options)
{
  if (options.neighbours < 1 || options.neighbours > MostNeighbours)
  {
    throw ParameterError("number of neighbours", std::to_string(options.neighbours),
      "1 to " + std::to_string(MostNeighbours));
  }
  checkTileIons(options.tileIons);
}

/** Searches for the ions from begin to end among others, by search(scratch), and hands them over. */
template <typename Search>
void searchTile(const CellSortedCloud& cloud, const CellSortedCloud& others, std::size_t wanted,
  std::size_t begin, std::size_t end, Pool<TileScratch>& pool, const Search& search,
  const std::function<void(const NeighbourTile&)>& tile)
{
  std::unique_ptr<TileScratch> scratch = pool.take();
  NeighbourColumns& columns = scratch->columns;
  columns.resize(std::max(columns.neighbour.size(), (end - begin) * wanted));
  search(*scratch);
  NeighbourTile result;
  result.cloud = &others;
  result.begin = begin;
  result.size = end - begin;
  result.neighbours = wanted;
  result.ions = cloud.originalIndices() + begin;
  result.x = cloud.x() + begin;
  result.y = cloud.y() + begin;
  result.z = cloud.z() + begin;
  result.neighbour = columns.neighbour.data();
  result.dx = columns.dx.data();
  result.dy = columns.dy.data();
  result.dz = columns.dz.data();
  result.squaredDistance = columns.squaredDistance.data();
  tile(result);
  pool.giveBack(std::move(scratch));
}

/** Searches for the ions from begin to end in their own cloud. */
void searchOwnTile(const CellSortedCloud& cloud, const NeighbourSearchOptions& options,
  std::size_t begin, std::size_t end, Pool<TileScratch>& pool,
  const std::function<void(const NeighbourTile&)>& tile)
{
  const std::size_t wanted = std::min(static_cast<std::size_t>(options.neighbours), cloud.size());
  searchTile(
    cloud, cloud, wanted, begin, end, pool,
    [&](TileScratch& scratch)
    { NearestInTile(cloud, wanted, options.order, begin, scratch).search(end); },
    tile);
}

} // namespace

void forEachTile(const CellSortedCloud& cloud, const NeighbourSearchOptions& options,
  const std::function<void(const NeighbourTile&)>& tile, const Progress& progress)
{
  check(options);
  Pool<TileScratch> pool;
  parallelFor(
    cloud.size(), options.tileIons,
    [&](std::size_t begin, std::size_t end)
    { searchOwnTile(cloud, options, begin, end, pool, tile); },
    progress);
}

void forEachTile(const CellSortedCloud& cloud, const NeighbourSearchOptions& options,
  const std::vector<std::uint32_t>& begins, const std::vector<std::uint32_t>& tiles,
  const std::function<void(const NeighbourTile&)>& tile, const Progress& progress)
{
  check(options);
  Pool<TileScratch> pool;
  parallelFor(
    tiles.size(), 1,
    [&](std::size_t number, std::size_t)
    {
      const std::size_t one = tiles[number];
      searchOwnTile(cloud, options, begins[one], begins[one + 1], pool, tile);
    },
    progress);
}

void forEachTileOfOther(const CellSortedCloud& cloud, const CellSortedCloud& others,
  const NeighbourSearchOptions& options, const std::function<void(const NeighbourTile&)>& tile,
  const Progress& progress)
{
  check(options);
  const std::size_t wanted =
    std::min(static_cast<std::size_t>(options.neighbours), others.size() + 1);
  Pool<TileScratch> pool;
  parallelFor(
    cloud.size(), options.tileIons,
    [&](std::size_t begin, std::size_t end)
    {
      searchTile(
        cloud, others, wanted, begin, end, pool,
        [&](TileScratch& scratch)
        {
          if (wanted > 1)
          {
            NearestOfOther(cloud, others, wanted, options.order, begin, scratch).search(end);
          }
        },
        tile);
    },
    progress);
}

void forEachTileWithin(const CellSortedCloud& cloud, double radius,
  const RadiusSearchOptions& options, const std::function<void(const RadiusTile&)>& tile,
  const Progress& progress)
{
  if (!(radius >= 0 && std::isfinite(radius)))
  {
    throw ParameterError("radius", std::to_string(radius), "0 nm or more");
  }
  checkTileIons(options.tileIons);
  const float squared = squareNotAbove(radius);
  const bool byDistance = options.order == NeighbourOrder::Distance;
  constexpr std::size_t noLimit = std::numeric_limits<std::size_t>::max();
  Pool<TileScratch> pool;
  parallelFor(
    cloud.size(), options.tileIons,
    [&](std::size_t begin, std::size_t end)
    {
      std::unique_ptr<TileScratch> scratch = pool.take();
      NeighbourColumns& columns = scratch->columns;
      scratch->rowBegin.assign(1, 0);
      Neighbourhood around(cloud);
      GroupWalk walk(cloud, begin, end, GroupIons, MostGroupIons);
      while (walk.next())
      {
        if (walk.entered())
        {
          around.enter(cloud.blocks()[walk.block()].box);
        }
        const IonRange group = walk.group();
        around.gather(
          boxOf(cloud, group.begin, group.end), squared, noLimit, noLimit, scratch->candidates);
        const std::size_t first = candidateOf(scratch->candidates, group.begin);
        for (std::size_t i = 0; i < group.end - group.begin; ++i)
        {
          const std::size_t self = first + i;
          const std::size_t count =
            findWithin(cloud, scratch->candidates, self, squared, byDistance, scratch->selection);
          const std::size_t at = scratch->rowBegin.back();
          if (columns.neighbour.size() < at + count)
          {
            columns.resize((at + count) * 3 / 2);
          }
          writeRow(scratch->candidates, self, count, columns.rows(at, 0), scratch->selection);
          scratch->rowBegin.push_back(at + count);
        }
      }
      RadiusTile result;
      result.cloud = &cloud;
      result.begin = begin;
      result.size = end - begin;
      result.ions = cloud.originalIndices() + begin;
      result.x = cloud.x() + begin;
      result.y = cloud.y() + begin;
      result.z = cloud.z() + begin;
      result.rowBegin = scratch->rowBegin.data();
      result.neighbour = columns.neighbour.data();
      result.dx = columns.dx.data();
      result.dy = columns.dy.data();
      result.dz = columns.dz.data();
      result.squaredDistance = columns.squaredDistance.data();
      tile(result);
      pool.giveBack(std::move(scratch));
    },
    progress);
}

} // namespace apt
