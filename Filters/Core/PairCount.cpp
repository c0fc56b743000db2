// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "PairCount.h"

#include "Error.h"
#include "NeighbourArithmetic.h"
#include "ParallelFor.h"
#include "PartialCounts.h"
#include "Pool.h"
#include "RangeFile.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace apt
{

namespace
{

// A group gathers the ions around it, so that it should have many ions and be small.
constexpr std::size_t GroupIons = 12;
constexpr std::uint32_t MostGroupIons = 64;
constexpr std::uint32_t MostCandidates = 4096;
constexpr std::size_t SampleIons = 256;
// Above this, counts per thread cost more than counting into shared ones.
constexpr std::size_t MostBinsPerThread = 1 << 22;

/** The counts of a thread, or those of all. */
class Tally
{
public:
  Tally(std::uint64_t* counts, bool shared)
    : Counts(counts)
    , Shared(shared)
  {
  }

  /** Whether anything is counted at all. */
  bool counts() const { return this->Counts != nullptr; }

  void add(std::size_t row, const std::uint32_t* found, std::size_t count) const
  {
    std::uint64_t* const to = this->Counts + row;
    if (this->Shared)
    {
      for (std::size_t i = 0; i < count; ++i)
      {
        // std::atomic_ref comes with C++20.
        __atomic_fetch_add(to + found[i], 1, __ATOMIC_RELAXED);
      }
      return;
    }
    for (std::size_t i = 0; i < count; ++i)
    {
      ++to[found[i]];
    }
  }

private:
  std::uint64_t* Counts;
  bool Shared;
};

struct Scratch
{
  OffsetCandidates candidates;
  LaneBuffer<std::uint32_t> found;

  Scratch()
  {
    this->candidates.x.reserve(MostCandidates);
    this->candidates.y.reserve(MostCandidates);
    this->candidates.z.reserve(MostCandidates);
    std::uint32_t* const firstBin = this->candidates.firstBin.reserve(MostCandidates);
    std::fill(firstBin, firstBin + MostCandidates, 0u);
    this->found.reserve(MostCandidates);
  }
};

/** Counts the pairs of one group of ions after the other. */
class PairWalk
{
public:
  PairWalk(const ClassedCloud& centres, const ClassedCloud& neighbours, const OffsetBins& bins,
    bool eachTwoOnce, Scratch& scratch)
    : Centres(centres)
    , Neighbours(neighbours)
    , Bins(bins)
    , EachTwoOnce(eachTwoOnce)
    , Own(scratch)
  {
    // A little more than the bins reach, which covers the rounding of offsets.
    constexpr double slack = 1e-5;
    const double reach = (bins.last + (bins.shape == OffsetBins::Shape::Radius ? 1 : 0.5)) /
      static_cast<double>(bins.binsPerNanometre);
    this->Lower.fill(-reach);
    this->Upper.fill(reach);
    if (bins.shape == OffsetBins::Shape::Depth)
    {
      const double radius = std::sqrt(static_cast<double>(bins.squaredRadius));
      this->Lower[0] = this->Lower[1] = -radius;
      this->Upper[0] = this->Upper[1] = radius;
    }
    else if (bins.shape == OffsetBins::Shape::Plane)
    {
      this->Lower[2] = static_cast<double>(bins.lowerDepth);
      this->Upper[2] = static_cast<double>(bins.upperDepth);
    }
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      this->Lower[axis] -= slack * std::fabs(this->Lower[axis]);
      this->Upper[axis] += slack * std::fabs(this->Upper[axis]);
    }
  }

  /** All pairs whose centre is in a block. */
  void countBlock(std::size_t index, const Tally& tally)
  {
    const CellSortedCloud::Block& block = this->Centres.cloud->blocks()[index];
    this->enter(block.box);
    const std::uint16_t* const offsets = this->Centres.cloud->cellOffsets(block);
    const std::size_t row = block.cells[0];
    const std::size_t cells = row * block.cells[1] * block.cells[2];
    for (std::size_t cell = 0; cell < cells;)
    {
      std::size_t last = cell + 1;
      while (last % row != 0 && offsets[last] < offsets[cell] + GroupIons)
      {
        ++last;
      }
      const std::uint32_t end = block.begin + offsets[last];
      for (std::uint32_t begin = block.begin + offsets[cell]; begin < end;)
      {
        const std::uint32_t groupEnd = std::min(end, begin + MostGroupIons);
        this->countGroup({ begin, groupEnd }, tally);
        begin = groupEnd;
      }
      cell = last;
    }
  }

  /** The pairs of one ion, itself included; each two ions are not looked at once here. */
  std::uint64_t countIon(std::uint32_t ion)
  {
    IonBox box;
    box.lower = box.upper = { this->Centres.cloud->x()[ion], this->Centres.cloud->y()[ion],
      this->Centres.cloud->z()[ion] };
    this->enter(box);
    this->Found = 0;
    this->countGroup({ ion, ion + 1 }, Tally(nullptr, false));
    return this->Found;
  }

private:
  static float below(double value)
  {
    return std::nextafter(static_cast<float>(value), -std::numeric_limits<float>::infinity());
  }

  static float above(double value)
  {
    return std::nextafter(static_cast<float>(value), std::numeric_limits<float>::infinity());
  }

  IonBox reached(const IonBox& box) const
  {
    IonBox reached;
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      reached.lower[axis] = below(static_cast<double>(box.lower[axis]) + this->Lower[axis]);
      reached.upper[axis] = above(static_cast<double>(box.upper[axis]) + this->Upper[axis]);
    }
    return reached;
  }

  void enter(const IonBox& box)
  {
    this->Neighbours.cloud->findBlocks(
      this->reached(box), 0, std::numeric_limits<std::size_t>::max(), this->Near);
  }

  IonBox boxOf(IonRange group) const
  {
    const CellSortedCloud& cloud = *this->Centres.cloud;
    IonBox box;
    box.lower =
      box.upper = { cloud.x()[group.begin], cloud.y()[group.begin], cloud.z()[group.begin] };
    for (std::uint32_t ion = group.begin + 1; ion < group.end; ++ion)
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

  void countGroup(IonRange group, const Tally& tally)
  {
    const IonBox box = this->reached(this->boxOf(group));
    OffsetCandidates& candidates = this->Own.candidates;
    candidates.size = 0;
    if (this->EachTwoOnce)
    {
      // Within the group first, each ion with those behind it; then with all behind the group.
      this->append(group, box);
      for (std::uint32_t ion = group.begin; ion < group.end; ++ion)
      {
        this->countIonWithCandidates(ion, ion - group.begin + 1, tally);
      }
      candidates.size = 0;
    }
    for (const std::uint32_t index : this->Near)
    {
      const CellSortedCloud::Block& block = this->Neighbours.cloud->blocks()[index];
      if ((!this->EachTwoOnce || block.end > group.end) && squaredGap(box, block.box) <= 0)
      {
        this->visitBlock(block, group, box, tally);
      }
    }
    this->flush(group, tally);
  }

  void visitBlock(
    const CellSortedCloud::Block& block, IonRange group, const IonBox& box, const Tally& tally)
  {
    std::array<int, 3> first;
    std::array<int, 3> last;
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      first[axis] = block.cell(static_cast<int>(axis), static_cast<double>(box.lower[axis]));
      last[axis] = block.cell(static_cast<int>(axis), static_cast<double>(box.upper[axis]));
    }
    const std::uint16_t* const offsets = this->Neighbours.cloud->cellOffsets(block);
    for (int z = first[2]; z <= last[2]; ++z)
    {
      for (int y = first[1]; y <= last[1]; ++y)
      {
        const std::uint16_t* const row = offsets + (z * block.cells[1] + y) * block.cells[0];
        std::uint32_t begin = block.begin + row[first[0]];
        const std::uint32_t end = block.begin + row[last[0] + 1];
        if (this->EachTwoOnce)
        {
          begin = std::max(begin, group.end);
        }
        while (begin < end)
        {
          if (this->Own.candidates.size + (end - begin) > MostCandidates)
          {
            this->flush(group, tally);
          }
          const std::uint32_t pieceEnd = std::min(end, begin + MostCandidates);
          this->append({ begin, pieceEnd }, box);
          begin = pieceEnd;
        }
      }
    }
  }

  void append(IonRange range, const IonBox& box)
  {
    appendCandidates(*this->Neighbours.cloud, this->Neighbours.ionClass,
      static_cast<std::uint32_t>(this->Bins.size()), range, box, this->Own.candidates);
  }

  void flush(IonRange group, const Tally& tally)
  {
    for (std::uint32_t ion = group.begin; ion < group.end; ++ion)
    {
      this->countIonWithCandidates(ion, 0, tally);
    }
    this->Own.candidates.size = 0;
  }

  void countIonWithCandidates(std::uint32_t ion, std::size_t first, const Tally& tally)
  {
    const CellSortedCloud& cloud = *this->Centres.cloud;
    const float point[3] = { cloud.x()[ion], cloud.y()[ion], cloud.z()[ion] };
    std::uint32_t* const found = this->Own.found.get();
    const std::size_t count = findBins(this->Bins, point, this->Own.candidates, first, found);
    if (tally.counts())
    {
      const std::size_t ionClass = this->Centres.ionClass ? this->Centres.ionClass[ion] : 0;
      tally.add(ionClass * this->Neighbours.classes * this->Bins.size(), found, count);
    }
    this->Found += count;
  }

  const ClassedCloud& Centres;
  const ClassedCloud& Neighbours;
  const OffsetBins& Bins;
  bool EachTwoOnce;
  Scratch& Own;
  std::array<double, 3> Lower{};
  std::array<double, 3> Upper{};
  std::vector<std::uint32_t> Near;
  std::uint64_t Found = 0;
};

/** Of a pair that was seen from one ion, what the other sees: the classes swapped, k as −k. */
void addMirrorImage(Counts& counts, std::size_t classes, const OffsetBins& shape)
{
  const std::size_t bins = shape.size();
  const bool isDistance = shape.shape == OffsetBins::Shape::Radius;
  for (std::size_t a = 0; a < classes; ++a)
  {
    for (std::size_t b = a; b < classes; ++b)
    {
      std::uint64_t* const ab = counts.data() + (a * classes + b) * bins;
      std::uint64_t* const ba = counts.data() + (b * classes + a) * bins;
      const std::size_t half = bins / 2 + 1;
      for (std::size_t bin = 0; bin < (a == b && !isDistance ? half : bins); ++bin)
      {
        const std::size_t mirrored = isDistance ? bin : bins - 1 - bin;
        const std::uint64_t both = ab[bin] + ba[mirrored];
        ab[bin] = ba[mirrored] = both;
      }
    }
  }
}

} // namespace

std::vector<std::uint64_t> countPairs(const ClassedCloud& centres, const ClassedCloud& neighbours,
  const OffsetBins& bins, const Progress& progress)
{
  const std::size_t size = centres.classes * neighbours.classes * bins.size();
  const bool same = centres.cloud == neighbours.cloud;
  const bool symmetric =
    bins.shape != OffsetBins::Shape::Plane || bins.lowerDepth == -bins.upperDepth;
  const bool eachTwoOnce = same && symmetric;
  const bool shared = size > MostBinsPerThread;
  Counts total(shared ? size : 0);
  PartialCounts partial(size);
  Pool<Scratch> scratches;
  parallelFor(
    centres.cloud->blocks().size(), 1,
    [&](std::size_t begin, std::size_t end)
    {
      std::unique_ptr<Scratch> scratch = scratches.take();
      std::unique_ptr<Counts> counts = shared ? nullptr : partial.take();
      PairWalk walk(centres, neighbours, bins, eachTwoOnce, *scratch);
      for (std::size_t block = begin; block < end; ++block)
      {
        walk.countBlock(block, Tally(shared ? total.data() : counts->data(), shared));
      }
      scratches.giveBack(std::move(scratch));
      if (counts)
      {
        partial.giveBack(std::move(counts));
      }
    },
    progress);
  if (!shared)
  {
    total = partial.sum();
  }
  if (eachTwoOnce)
  {
    addMirrorImage(total, centres.classes, bins);
  }
  else if (same && bins.lowerDepth <= 0 && bins.upperDepth >= 0)
  {
    // Each ion has met itself, at no distance at all.
    for (std::size_t ion = 0; ion < centres.cloud->size(); ++ion)
    {
      const std::size_t ionClass = centres.ionClass ? centres.ionClass[ion] : 0;
      --total[ionClass * (centres.classes + 1) * bins.size() + bins.size() / 2];
    }
  }
  return total;
}

double estimatePairs(
  const ClassedCloud& centres, const ClassedCloud& neighbours, const OffsetBins& bins)
{
  const std::size_t size = centres.cloud->size();
  const std::size_t samples = std::min(size, SampleIons);
  if (samples == 0)
  {
    return 0;
  }
  std::vector<std::uint64_t> found(samples);
  Pool<Scratch> scratches;
  parallelFor(samples, 16,
    [&](std::size_t begin, std::size_t end)
    {
      std::unique_ptr<Scratch> scratch = scratches.take();
      PairWalk walk(centres, neighbours, bins, false, *scratch);
      for (std::size_t sample = begin; sample < end; ++sample)
      {
        found[sample] = walk.countIon(static_cast<std::uint32_t>(sample * size / samples));
      }
      scratches.giveBack(std::move(scratch));
    });
  double sum = 0;
  for (const std::uint64_t count : found)
  {
    sum += static_cast<double>(count);
  }
  return sum / static_cast<double>(samples) * static_cast<double>(size);
}

void requireFewPairs(const ClassedCloud& centres, const ClassedCloud& neighbours,
  const OffsetBins& bins, double maximum)
{
  requireFewPairs(estimatePairs(centres, neighbours, bins), maximum);
}

void requireFewPairs(double pairs, double maximum)
{
  if (pairs > maximum)
  {
    throw ParameterError("number of pairs within reach",
      "about " + shortestNumber(std::round(pairs)),
      "up to " + shortestNumber(maximum) +
        "; make the distance or the radius smaller, or allow more pairs");
  }
}

} // namespace apt
