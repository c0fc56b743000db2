// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause

// Highway includes this file once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "NeighbourKernels.cpp"
#include <hwy/foreach_target.h>

#include "NeighbourArithmetic.h"
#include "NeighbourKernels.h"

#include "FrontLanes-inl.h"

#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace apt
{
namespace HWY_NAMESPACE
{
namespace
{

namespace hn = hwy::HWY_NAMESPACE;

using Indices = hn::RebindToSigned<Floats>;

// Whether vectors are made of a known number of blocks of four lanes.
#define APT_HAVE_BLOCKS (!HWY_HAVE_SCALABLE && HWY_TARGET != HWY_SCALAR)

// So far away that its squared distance is infinite: never a neighbour.
constexpr float FarAway = 1e30F;

/**
 * Copies ions that are not farther from a box than a distance to candidates. The ions are what
 * source calls its argument with: vectors of x, y, z and place, and how many lanes are valid.
 */
template <class Source>
HWY_INLINE void copyNear(const IonBox& box, float squaredDistance, std::size_t most,
  NeighbourCandidates& candidates, const Source& source)
{
  const Floats f;
  float* const toX = candidates.x.reserve(most);
  float* const toY = candidates.y.reserve(most);
  float* const toZ = candidates.z.reserve(most);
  std::uint32_t* const toIon = candidates.ion.reserve(most);
  const auto lowerX = hn::Set(f, box.lower[0]);
  const auto lowerY = hn::Set(f, box.lower[1]);
  const auto lowerZ = hn::Set(f, box.lower[2]);
  const auto upperX = hn::Set(f, box.upper[0]);
  const auto upperY = hn::Set(f, box.upper[1]);
  const auto upperZ = hn::Set(f, box.upper[2]);
  const auto limit = hn::Set(f, squaredDistance);
  const auto zero = hn::Zero(f);
  const auto gapTo = [&](auto value, auto lower, auto upper) HWY_ATTR
  { return hn::Max(zero, hn::Max(hn::Sub(lower, value), hn::Sub(value, upper))); };

  std::size_t count = 0;
  source(
    [&](auto x, auto y, auto z, auto ions, std::size_t valid) HWY_ATTR
    {
      const auto gapX = gapTo(x, lowerX, upperX);
      const auto gapY = gapTo(y, lowerY, upperY);
      const auto gapZ = gapTo(z, lowerZ, upperZ);
      const auto squared =
        hn::Add(hn::Add(hn::Mul(gapX, gapX), hn::Mul(gapY, gapY)), hn::Mul(gapZ, gapZ));
      const auto near = hn::And(hn::Le(squared, limit), hn::FirstN(f, valid));
      const auto front = frontOf(near);
      storeFront(x, front, toX + count);
      storeFront(y, front, toY + count);
      storeFront(z, front, toZ + count);
      storeFront(ions, front, toIon + count);
      count += hn::CountTrue(f, near);
    });
  // Fills up the last vector with ions that are near nothing.
  hn::StoreU(hn::Set(f, FarAway), f, toX + count);
  hn::StoreU(zero, f, toY + count);
  hn::StoreU(zero, f, toZ + count);
  candidates.size = count;
#if APT_HAVE_BLOCKS
  float* const packed = candidates.packed.reserve(most * 4);
  for (std::size_t i = 0; i < count; i += hn::Lanes(f))
  {
    hn::StoreInterleaved4(hn::Load(f, toX + i), hn::Load(f, toY + i), hn::Load(f, toZ + i),
      hn::Load(f, reinterpret_cast<const float*>(toIon + i)), f, packed + i * 4);
  }
#else
  candidates.packed.reserve(most * 4);
#endif
}

void gatherCandidatesHere(const CellSortedCloud& cloud, const IonRange* ranges,
  std::size_t rangeCount, const IonBox& box, float squaredDistance, NeighbourCandidates& candidates)
{
  const Floats f;
  const Words u;
  const std::size_t lanes = hn::Lanes(f);
  std::size_t most = 0;
  for (std::size_t r = 0; r < rangeCount; ++r)
  {
    most += ranges[r].end - ranges[r].begin;
  }
  const float* const fromX = cloud.x();
  const float* const fromY = cloud.y();
  const float* const fromZ = cloud.z();
  const std::size_t size = cloud.size();
  const auto numbers = hn::Iota(u, 0);
  copyNear(box, squaredDistance, most, candidates,
    [&](const auto& copy) HWY_ATTR
    {
      for (std::size_t r = 0; r < rangeCount; ++r)
      {
        const std::size_t end = ranges[r].end;
        for (std::size_t i = ranges[r].begin; i < end; i += lanes)
        {
          const std::size_t left = end - i;
          auto x = hn::Zero(f);
          auto y = hn::Zero(f);
          auto z = hn::Zero(f);
          if (HWY_LIKELY(i + lanes <= size))
          {
            x = hn::LoadU(f, fromX + i);
            y = hn::LoadU(f, fromY + i);
            z = hn::LoadU(f, fromZ + i);
          }
          else
          {
            // The cloud ends here: nothing beyond it may be read.
            HWY_ALIGN float tail[3 * HWY_MAX_BYTES / sizeof(float)] = {};
            std::memcpy(tail, fromX + i, left * sizeof(float));
            std::memcpy(tail + lanes, fromY + i, left * sizeof(float));
            std::memcpy(tail + 2 * lanes, fromZ + i, left * sizeof(float));
            x = hn::LoadU(f, tail);
            y = hn::LoadU(f, tail + lanes);
            z = hn::LoadU(f, tail + 2 * lanes);
          }
          copy(x, y, z, hn::Add(numbers, hn::Set(u, static_cast<std::uint32_t>(i))), left);
        }
      }
    });
}

void narrowCandidatesHere(const NeighbourCandidates& wide, const IonBox& box, float squaredDistance,
  NeighbourCandidates& candidates)
{
  const Floats f;
  const Words u;
  const std::size_t lanes = hn::Lanes(f);
  copyNear(box, squaredDistance, wide.size, candidates,
    [&](const auto& copy) HWY_ATTR
    {
      for (std::size_t i = 0; i < wide.size; i += lanes)
      {
        copy(hn::Load(f, wide.x.get() + i), hn::Load(f, wide.y.get() + i),
          hn::Load(f, wide.z.get() + i), hn::Load(u, wide.ion.get() + i), wide.size - i);
      }
    });
}

/** Fills up the last vector of the accepted. */
HWY_INLINE void endWithInfinity(std::size_t count, NeighbourScratch& scratch)
{
  const Floats f;
  hn::StoreU(
    hn::Set(f, std::numeric_limits<float>::infinity()), f, scratch.squaredDistance.get() + count);
}

/**
 * Goes through the candidates within the distance, but not self. For each vector of them store gets
 * offsets, squared distances, the first one's number, which are within, and how many were before.
 * Returns how many there are.
 */
template <class Store>
HWY_INLINE std::size_t forEachWithin(
  NeighbourCandidates& candidates, std::size_t self, float squaredDistance, const Store& store)
{
  const Floats f;
  const std::size_t lanes = hn::Lanes(f);
  const std::size_t size = candidates.size;
  float* const x = candidates.x.get();
  const float* const y = candidates.y.get();
  const float* const z = candidates.z.get();
  const float selfX = x[self];
  const auto atX = hn::Set(f, selfX);
  const auto atY = hn::Set(f, y[self]);
  const auto atZ = hn::Set(f, z[self]);
  const auto limit = hn::Set(f, squaredDistance);
  x[self] = FarAway;
  std::size_t count = 0;
  for (std::size_t i = 0; i < size; i += lanes)
  {
    const auto dx = hn::Sub(atX, hn::Load(f, x + i));
    const auto dy = hn::Sub(atY, hn::Load(f, y + i));
    const auto dz = hn::Sub(atZ, hn::Load(f, z + i));
    const auto squared = hn::Add(hn::Add(hn::Mul(dx, dx), hn::Mul(dy, dy)), hn::Mul(dz, dz));
    const auto near = hn::Le(squared, limit);
    store(dx, dy, dz, squared, i, frontOf(near), count);
    count += hn::CountTrue(f, near);
  }
  x[self] = selfX;
  return count;
}

/** The candidates within the distance, but not self, and their squared distances, into scratch. */
std::size_t accept(NeighbourCandidates& candidates, std::size_t self, float squaredDistance,
  NeighbourScratch& scratch)
{
  const Words u;
  float* const toDistance = scratch.squaredDistance.reserve(candidates.size);
  std::uint32_t* const toCandidate = scratch.candidate.reserve(candidates.size);
  const auto step = hn::Set(u, static_cast<std::uint32_t>(hn::Lanes(u)));
  auto number = hn::Iota(u, 0);
  const std::size_t count = forEachWithin(candidates, self, squaredDistance,
    [&](auto, auto, auto, auto squared, std::size_t, auto front, std::size_t before) HWY_ATTR
    {
      storeFront(squared, front, toDistance + before);
      storeFront(number, front, toCandidate + before);
      number = hn::Add(number, step);
    });
  endWithInfinity(count, scratch);
  return count;
}

/** Keeps those of the accepted that are within a smaller distance; how many there are. */
std::size_t narrow(std::size_t count, float squaredDistance, NeighbourScratch& scratch)
{
  const Floats f;
  const Words u;
  const std::size_t lanes = hn::Lanes(f);
  float* const distance = scratch.squaredDistance.get();
  std::uint32_t* const candidate = scratch.candidate.get();
  const auto limit = hn::Set(f, squaredDistance);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; i += lanes)
  {
    const auto squared = hn::Load(f, distance + i);
    const auto number = hn::Load(u, candidate + i);
    const auto near = hn::And(hn::Le(squared, limit), hn::FirstN(f, count - i));
    const auto front = frontOf(near);
    storeFront(squared, front, distance + kept);
    storeFront(number, front, candidate + kept);
    kept += hn::CountTrue(f, near);
  }
  endWithInfinity(kept, scratch);
  return kept;
}

template <class V, class M>
HWY_INLINE V countWhere(V counts, M mask)
{
  const Words u;
#if HWY_TARGET <= HWY_AVX3
  return hn::IfThenElse(hn::RebindMask(u, mask), hn::Add(counts, hn::Set(u, 1)), counts);
#else
  return hn::Sub(counts, hn::BitCast(u, hn::VecFromMask(Floats(), mask)));
#endif
}

/** How many of the accepted are within a distance; those behind the last are at infinity. */
std::size_t countWithin(std::size_t count, float squaredDistance, const NeighbourScratch& scratch)
{
  const Floats f;
  const Words u;
  const std::size_t lanes = hn::Lanes(f);
  const float* const distance = scratch.squaredDistance.get();
  const auto limit = hn::Set(f, squaredDistance);
#if HWY_TARGET <= HWY_AVX3
  (void)u;
  std::size_t within = 0;
  for (std::size_t i = 0; i < count; i += lanes)
  {
    within += hn::CountTrue(f, hn::Le(hn::Load(f, distance + i), limit));
  }
  return within;
#else
  auto counts = hn::Zero(u);
  for (std::size_t i = 0; i < count; i += lanes)
  {
    counts = countWhere(counts, hn::Le(hn::Load(f, distance + i), limit));
  }
  return hn::GetLane(hn::SumOfLanes(u, counts));
#endif
}

/** For Width vectors of accepted ions: how many of all are nearer. */
template <int Width>
HWY_INLINE void rankByDistance(
  const float* distance, std::size_t count, std::size_t at, std::uint32_t* ranks)
{
  const Floats f;
  const Words u;
  const std::size_t lanes = hn::Lanes(f);
  const auto d0 = hn::Load(f, distance + at);
  const auto d1 = hn::Load(f, distance + at + (Width > 1 ? lanes : 0));
  const auto d2 = hn::Load(f, distance + at + (Width > 2 ? 2 * lanes : 0));
  const auto d3 = hn::Load(f, distance + at + (Width > 3 ? 3 * lanes : 0));
  auto r0 = hn::Zero(u);
  auto r1 = hn::Zero(u);
  auto r2 = hn::Zero(u);
  auto r3 = hn::Zero(u);
  for (std::size_t j = 0; j < count; ++j)
  {
    const auto other = hn::Set(f, distance[j]);
    r0 = countWhere(r0, hn::Lt(other, d0));
    if constexpr (Width > 1)
    {
      r1 = countWhere(r1, hn::Lt(other, d1));
    }
    if constexpr (Width > 2)
    {
      r2 = countWhere(r2, hn::Lt(other, d2));
    }
    if constexpr (Width > 3)
    {
      r3 = countWhere(r3, hn::Lt(other, d3));
    }
  }
  hn::Store(r0, u, ranks + at);
  if constexpr (Width > 1)
  {
    hn::Store(r1, u, ranks + at + lanes);
  }
  if constexpr (Width > 2)
  {
    hn::Store(r2, u, ranks + at + 2 * lanes);
  }
  if constexpr (Width > 3)
  {
    hn::Store(r3, u, ranks + at + 3 * lanes);
  }
}

/** The same where distances are equal: the lower original index is nearer. */
void rankWithTies(
  const float* distance, const std::uint32_t* original, std::size_t count, std::uint32_t* ranks)
{
  const Floats f;
  const Words u;
  const std::size_t lanes = hn::Lanes(f);
  for (std::size_t at = 0; at < count; at += lanes)
  {
    const auto squared = hn::Load(f, distance + at);
    const auto index = hn::Load(u, original + at);
    auto rank = hn::Zero(u);
    for (std::size_t j = 0; j < count; ++j)
    {
      const auto other = hn::Set(f, distance[j]);
      const auto lower = hn::Lt(hn::Set(u, original[j]), index);
      rank = countWhere(rank,
        hn::Or(hn::Lt(other, squared), hn::And(hn::Eq(other, squared), hn::RebindMask(f, lower))));
    }
    hn::Store(rank, u, ranks + at);
  }
}

#if HWY_TARGET <= HWY_AVX3

constexpr std::size_t MostRounded = 64;

/**
 * Orders up to MostRounded accepted, all within a distance, into ordered, by counting how many are
 * nearer where squared distances are rounded to 16 bits. Returns false, with ordered in no order,
 * where some are then equally far, which is seldom.
 */
bool orderRounded(const float* distance, const std::uint32_t* candidate, std::size_t count,
  float squaredDistance, std::uint32_t* ordered)
{
  const Floats f;
  const Indices s;
  const hn::ScalableTag<std::int16_t> whole;
  const hn::Rebind<std::int16_t, Floats> half;
  constexpr std::size_t lanes = HWY_MAX_BYTES / sizeof(float);
  // The accepted are at most at 32500, and what fills up their last vector beyond.
  const float steps = 65000 / squaredDistance;
  if (!(steps < 1e30F))
  {
    return false;
  }
  HWY_ALIGN std::int16_t rounded[MostRounded];
  const auto round = [&](std::size_t at) HWY_ATTR
  {
    auto key = hn::Set(half, 32600);
    if (at < count)
    {
      const auto step = hn::Mul(hn::Load(f, distance + at), hn::Set(f, steps));
      const auto within = hn::Min(step, hn::Set(f, 65100));
      key = hn::DemoteTo(half, hn::ConvertTo(s, hn::Sub(within, hn::Set(f, 32500))));
    }
    hn::Store(key, half, rounded + at);
    return key;
  };
  const auto r0 = round(0);
  const auto r1 = round(lanes);
  const auto r2 = round(2 * lanes);
  const auto r3 = round(3 * lanes);
  const auto low = hn::Combine(whole, r1, r0);
  const auto high = hn::Combine(whole, r3, r2);
  std::size_t sum = 0;
  for (std::size_t i = 0; i < count; ++i)
  {
    const auto other = hn::Set(whole, rounded[i]);
    const std::size_t nearer =
      hn::CountTrue(whole, hn::Lt(low, other)) + hn::CountTrue(whole, hn::Lt(high, other));
    sum += nearer;
    ordered[nearer] = candidate[i];
  }
  // Of two that are equal neither was counted as nearer, so that the sum tells of them.
  return sum == count * (count - 1) / 2;
}

#endif

/** Above this many, sorting in n log n is faster than counting. */
constexpr std::size_t MostRanked = 1024;

/**
 * Orders the accepted candidates, all within a distance, into scratch.ordered[1…], the wanted nearest
 * of them at least.
 */
void order(const CellSortedCloud& cloud, const NeighbourCandidates& candidates, std::size_t count,
  std::size_t wanted, float squaredDistance, NeighbourScratch& scratch)
{
  const Floats f;
  const std::size_t lanes = hn::Lanes(f);
  float* const distance = scratch.squaredDistance.get();
  const std::uint32_t* const candidate = scratch.candidate.get();
  std::uint32_t* const ordered = scratch.ordered.reserve(count + 2);
  const std::uint32_t* const originals = cloud.originalIndices();

#if HWY_TARGET <= HWY_AVX3
  if (count <= MostRounded &&
    orderRounded(distance, candidate, count, squaredDistance, ordered + 1))
  {
    return;
  }
#else
  (void)squaredDistance;
#endif
  if (count > MostRanked)
  {
    std::uint32_t* const entry = scratch.rank.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
    {
      entry[i] = static_cast<std::uint32_t>(i);
    }
    const auto nearer = [&](std::uint32_t a, std::uint32_t b)
    {
      return distance[a] != distance[b] ? distance[a] < distance[b]
                                        : originals[candidates.ion.get()[candidate[a]]] <
          originals[candidates.ion.get()[candidate[b]]];
    };
    std::partial_sort(entry, entry + std::min(wanted, count), entry + count, nearer);
    for (std::size_t i = 0; i < count; ++i)
    {
      ordered[i + 1] = candidate[entry[i]];
    }
  }
  else
  {
    std::uint32_t* const rank = scratch.rank.reserve(count);
    std::size_t at = 0;
    for (; at + 3 * lanes < count; at += 4 * lanes)
    {
      rankByDistance<4>(distance, count, at, rank);
    }
    if (at + 2 * lanes < count)
    {
      rankByDistance<3>(distance, count, at, rank);
    }
    else if (at + lanes < count)
    {
      rankByDistance<2>(distance, count, at, rank);
    }
    else if (at < count)
    {
      rankByDistance<1>(distance, count, at, rank);
    }
    // Whole vectors, so that the loop ends where the processor expects it to; the lanes beyond the
    // last are ranked count, behind all.
    const std::size_t ranked = (count + lanes - 1) / lanes * lanes;
    std::size_t sum = 0;
    for (std::size_t i = 0; i < ranked; ++i)
    {
      sum += rank[i];
      ordered[rank[i] + 1] = candidate[i];
    }
    // Of two at the same distance neither was counted as nearer, so that the sum tells of ties.
    if (sum != count * (count - 1) / 2 + (ranked - count) * count)
    {
      std::uint32_t* const original = scratch.original.reserve(count);
      for (std::size_t i = 0; i < count; ++i)
      {
        original[i] = originals[candidates.ion.get()[candidate[i]]];
      }
      rankWithTies(distance, original, count, rank);
      for (std::size_t i = 0; i < count; ++i)
      {
        ordered[rank[i] + 1] = candidate[i];
      }
    }
  }
}

struct Columns
{
  hn::Vec<Floats> x;
  hn::Vec<Floats> y;
  hn::Vec<Floats> z;
  hn::Vec<Words> ion;
};

#if APT_HAVE_BLOCKS

/** Candidates number[0], number[4], … , a block of the vector each. */
HWY_INLINE hn::Vec<Floats> everyFourth(const float* packed, const std::uint32_t* number)
{
  const hn::FixedTag<float, 4> four;
  const auto at = [&](std::size_t i) HWY_ATTR
  { return hn::Load(four, packed + std::size_t{ number[i] } * 4); };
  const Floats f;
#if HWY_MAX_BYTES == 64
  const hn::FixedTag<float, 8> eight;
  return hn::Combine(f, hn::Combine(eight, at(12), at(8)), hn::Combine(eight, at(4), at(0)));
#elif HWY_MAX_BYTES == 32
  return hn::Combine(f, at(4), at(0));
#else
  (void)f;
  return at(0);
#endif
}

/**
 * The candidates of as many numbers as a vector has lanes. Instructions that gather lanes are slower.
 */
HWY_INLINE Columns fetch(const NeighbourCandidates& candidates, const std::uint32_t* number)
{
  const Floats f;
  const hn::RepartitionToWide<Words> pairs;
  const float* const packed = candidates.packed.get();
  const auto v0 = everyFourth(packed, number);
  const auto v1 = everyFourth(packed, number + 1);
  const auto v2 = everyFourth(packed, number + 2);
  const auto v3 = everyFourth(packed, number + 3);
  const auto xy0 = hn::BitCast(pairs, hn::InterleaveLower(f, v0, v1));
  const auto xy2 = hn::BitCast(pairs, hn::InterleaveLower(f, v2, v3));
  const auto zi0 = hn::BitCast(pairs, hn::InterleaveUpper(f, v0, v1));
  const auto zi2 = hn::BitCast(pairs, hn::InterleaveUpper(f, v2, v3));
  return { hn::BitCast(f, hn::InterleaveLower(pairs, xy0, xy2)),
    hn::BitCast(f, hn::InterleaveUpper(pairs, xy0, xy2)),
    hn::BitCast(f, hn::InterleaveLower(pairs, zi0, zi2)),
    hn::BitCast(Words(), hn::InterleaveUpper(pairs, zi0, zi2)) };
}

#else

HWY_INLINE Columns fetch(const NeighbourCandidates& candidates, const std::uint32_t* number)
{
  const Floats f;
  const Indices s;
  const auto at = hn::LoadU(s, reinterpret_cast<const std::int32_t*>(number));
  const auto* const ion = reinterpret_cast<const std::int32_t*>(candidates.ion.get());
  return { hn::GatherIndex(f, candidates.x.get(), at), hn::GatherIndex(f, candidates.y.get(), at),
    hn::GatherIndex(f, candidates.z.get(), at), hn::BitCast(Words(), hn::GatherIndex(s, ion, at)) };
}

#endif

void writeRowHere(const NeighbourCandidates& candidates, std::size_t self, std::size_t count,
  const NeighbourRows& row, const NeighbourScratch& scratch)
{
  const Floats f;
  const Words u;
  const std::size_t lanes = hn::Lanes(f);
  const std::uint32_t* const ordered = scratch.ordered.get();
  const auto atX = hn::Set(f, candidates.x.get()[self]);
  const auto atY = hn::Set(f, candidates.y.get()[self]);
  const auto atZ = hn::Set(f, candidates.z.get()[self]);
  for (std::size_t i = 0; i < count; i += lanes)
  {
    const bool whole = i + lanes <= count;
    HWY_ALIGN std::uint32_t last[HWY_MAX_BYTES / sizeof(std::uint32_t)];
    if (!whole)
    {
      std::fill(std::copy(ordered + i, ordered + count, last), last + lanes, ordered[i]);
    }
    const Columns at = fetch(candidates, whole ? ordered + i : last);
    const auto dx = hn::Sub(atX, at.x);
    const auto dy = hn::Sub(atY, at.y);
    const auto dz = hn::Sub(atZ, at.z);
    const auto squared = hn::Add(hn::Add(hn::Mul(dx, dx), hn::Mul(dy, dy)), hn::Mul(dz, dz));
    if (HWY_LIKELY(whole))
    {
      hn::StoreU(at.ion, u, row.neighbour + i);
      hn::StoreU(dx, f, row.dx + i);
      hn::StoreU(dy, f, row.dy + i);
      hn::StoreU(dz, f, row.dz + i);
      hn::StoreU(squared, f, row.squaredDistance + i);
    }
    else
    {
      const auto inRow = hn::FirstN(f, count - i);
      hn::BlendedStore(at.ion, hn::RebindMask(u, inRow), u, row.neighbour + i);
      hn::BlendedStore(dx, inRow, f, row.dx + i);
      hn::BlendedStore(dy, inRow, f, row.dy + i);
      hn::BlendedStore(dz, inRow, f, row.dz + i);
      hn::BlendedStore(squared, inRow, f, row.squaredDistance + i);
    }
  }
}

/** A squared distance within which there are some number of the accepted. */
struct Cut
{
  float squaredDistance;
  std::size_t within;
};

/**
 * Cuts off the accepted where as many are within as wanted, or more where some are equally far or as
 * good as.
 */
Cut cutAt(
  std::size_t accepted, std::size_t wanted, float squaredDistance, const NeighbourScratch& scratch)
{
  constexpr int mostAttempts = 12;
  Cut low{ 0, 0 };
  Cut high{ squaredDistance, accepted };
  // About where it would be if they filled a sphere evenly, (wanted / accepted) to the power 2 / 3.
  const float inner = static_cast<float>(wanted) + 0.5F;
  const float outer = static_cast<float>(accepted) + 1;
  float between = squaredDistance * (outer + 5 * inner) / (5 * outer + inner);
  for (int attempt = 0; attempt < mostAttempts && high.within != wanted; ++attempt)
  {
    const Cut cut{ between, countWithin(accepted, between, scratch) };
    (cut.within < wanted ? low : high) = cut;
    // If squared distances between the two were spread evenly.
    between = low.squaredDistance +
      (high.squaredDistance - low.squaredDistance) *
        (static_cast<float>(wanted - low.within) + 0.5F) /
        (static_cast<float>(high.within - low.within) + 1);
  }
  return high;
}

/** Lists those of the accepted that are within a distance. */
void listWithin(
  std::size_t accepted, float squaredDistance, const NeighbourScratch& scratch, std::uint32_t* list)
{
  const Floats f;
  const Words u;
  const std::size_t lanes = hn::Lanes(f);
  const auto limit = hn::Set(f, squaredDistance);
  for (std::size_t i = 0; i < accepted; i += lanes)
  {
    const auto near = hn::Le(hn::Load(f, scratch.squaredDistance.get() + i), limit);
    storeFront(hn::Load(u, scratch.candidate.get() + i), frontOf(near), list);
    list += hn::CountTrue(f, near);
  }
}

/** Lists the wanted nearest of the accepted, some of which are equally far. */
void listWithTies(const CellSortedCloud& cloud, const NeighbourCandidates& candidates,
  std::size_t accepted, std::size_t wanted, NeighbourScratch& scratch, std::uint32_t* list)
{
  const float* const distance = scratch.squaredDistance.get();
  const std::uint32_t* const candidate = scratch.candidate.get();
  const std::uint32_t* const ion = candidates.ion.get();
  const std::uint32_t* const originals = cloud.originalIndices();
  std::uint32_t* const entry = scratch.rank.reserve(accepted);
  for (std::size_t i = 0; i < accepted; ++i)
  {
    entry[i] = static_cast<std::uint32_t>(i);
  }
  std::nth_element(entry, entry + wanted, entry + accepted,
    [&](std::uint32_t a, std::uint32_t b)
    {
      return distance[a] != distance[b]
        ? distance[a] < distance[b]
        : originals[ion[candidate[a]]] < originals[ion[candidate[b]]];
    });
  std::sort(entry, entry + wanted);
  for (std::size_t i = 0; i < wanted; ++i)
  {
    list[i] = candidate[entry[i]];
  }
}

NeighbourRows rowOf(const NeighbourRows& rows, std::size_t number, std::size_t column)
{
  const std::size_t at = number * rows.stride + column;
  return { rows.neighbour + at, rows.dx + at, rows.dy + at, rows.dz + at, rows.squaredDistance + at,
    rows.stride };
}

NeighboursWithin findByDistance(const CellSortedCloud& cloud, NeighbourCandidates& candidates,
  std::size_t self, std::size_t wanted, float squaredDistance, const NeighbourRows& row,
  NeighbourScratch& scratch)
{
  const std::size_t others = wanted - 1;
  std::size_t accepted = accept(candidates, self, squaredDistance, scratch);
  NeighboursWithin found{ static_cast<std::uint32_t>(accepted + 1), 0 };
  if (accepted < others)
  {
    return found;
  }
  // Counting ranks takes the square of how many there are.
  float limit = squaredDistance;
  for (int attempt = 0; attempt < 3 && accepted > 2 * others + 32; ++attempt)
  {
    const float ratio = static_cast<float>(others + others / 4 + 8) / static_cast<float>(accepted);
    const float smaller = limit * std::max(ratio, 0.01F);
    if (countWithin(accepted, smaller, scratch) < others)
    {
      break;
    }
    limit = smaller;
    accepted = narrow(accepted, limit, scratch);
  }
  order(cloud, candidates, accepted, others, limit, scratch);
  scratch.ordered.get()[0] = static_cast<std::uint32_t>(self);
  writeRowHere(candidates, self, wanted, row, scratch);
  found.squaredDistance = row.squaredDistance[others];
  return found;
}

NeighboursWithin findAsStored(const CellSortedCloud& cloud, NeighbourCandidates& candidates,
  std::size_t self, std::size_t wanted, float squaredDistance, const NeighbourRows& row,
  NeighbourScratch& scratch)
{
  const std::size_t others = wanted - 1;
  const std::size_t accepted = accept(candidates, self, squaredDistance, scratch);
  NeighboursWithin found{ static_cast<std::uint32_t>(accepted + 1), 0 };
  if (accepted < others)
  {
    return found;
  }
  const Cut cut = cutAt(accepted, others, squaredDistance, scratch);
  std::uint32_t* const ordered = scratch.ordered.reserve(accepted + 1);
  ordered[0] = static_cast<std::uint32_t>(self);
  if (cut.within == others)
  {
    listWithin(accepted, cut.squaredDistance, scratch, ordered + 1);
  }
  else
  {
    listWithTies(cloud, candidates, accepted, others, scratch, ordered + 1);
  }
  writeRowHere(candidates, self, wanted, row, scratch);
  found.squaredDistance = cut.squaredDistance;
  return found;
}

void findNearestHere(const CellSortedCloud& cloud, NeighbourCandidates& candidates,
  std::size_t first, std::size_t count, std::size_t wanted, float squaredDistance, bool byDistance,
  const NeighbourRows& rows, NeighboursWithin* found, NeighbourScratch& scratch)
{
  for (std::size_t i = 0; i < count; ++i)
  {
    const NeighbourRows row = rowOf(rows, i, 0);
    found[i] = byDistance
      ? findByDistance(cloud, candidates, first + i, wanted, squaredDistance, row, scratch)
      : findAsStored(cloud, candidates, first + i, wanted, squaredDistance, row, scratch);
  }
}

std::size_t findWithinHere(const CellSortedCloud& cloud, NeighbourCandidates& candidates,
  std::size_t self, float squaredDistance, bool byDistance, NeighbourScratch& scratch)
{
  const std::size_t accepted = accept(candidates, self, squaredDistance, scratch);
  if (byDistance)
  {
    order(cloud, candidates, accepted, accepted, squaredDistance, scratch);
  }
  else
  {
    std::uint32_t* const ordered = scratch.ordered.reserve(accepted + 1);
    std::copy(scratch.candidate.get(), scratch.candidate.get() + accepted, ordered + 1);
  }
  scratch.ordered.get()[0] = static_cast<std::uint32_t>(self);
  return accepted + 1;
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace apt
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace apt
{

HWY_EXPORT(gatherCandidatesHere);
HWY_EXPORT(narrowCandidatesHere);
HWY_EXPORT(findNearestHere);
HWY_EXPORT(findWithinHere);
HWY_EXPORT(writeRowHere);

void gatherCandidates(const CellSortedCloud& cloud, const IonRange* ranges, std::size_t rangeCount,
  const IonBox& box, float squaredDistance, NeighbourCandidates& candidates)
{
  HWY_DYNAMIC_DISPATCH(gatherCandidatesHere)
  (cloud, ranges, rangeCount, box, squaredDistance, candidates);
}

void narrowCandidates(const NeighbourCandidates& wide, const IonBox& box, float squaredDistance,
  NeighbourCandidates& candidates)
{
  HWY_DYNAMIC_DISPATCH(narrowCandidatesHere)(wide, box, squaredDistance, candidates);
}

void findNearest(const CellSortedCloud& cloud, NeighbourCandidates& candidates, std::size_t first,
  std::size_t count, std::size_t wanted, float squaredDistance, bool byDistance,
  const NeighbourRows& rows, NeighboursWithin* found, NeighbourScratch& scratch)
{
  HWY_DYNAMIC_DISPATCH(findNearestHere)
  (cloud, candidates, first, count, wanted, squaredDistance, byDistance, rows, found, scratch);
}

std::size_t findWithin(const CellSortedCloud& cloud, NeighbourCandidates& candidates,
  std::size_t self, float squaredDistance, bool byDistance, NeighbourScratch& scratch)
{
  return HWY_DYNAMIC_DISPATCH(findWithinHere)(
    cloud, candidates, self, squaredDistance, byDistance, scratch);
}

void writeRow(const NeighbourCandidates& candidates, std::size_t self, std::size_t count,
  const NeighbourRows& row, const NeighbourScratch& scratch)
{
  HWY_DYNAMIC_DISPATCH(writeRowHere)(candidates, self, count, row, scratch);
}

} // namespace apt
#endif // HWY_ONCE
