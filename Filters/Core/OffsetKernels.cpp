// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause

// Highway includes this file once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "OffsetKernels.cpp"
#include <hwy/foreach_target.h>

#include "OffsetKernels.h"

#include "FrontLanes-inl.h"

#include <hwy/highway.h>

#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace apt
{
namespace HWY_NAMESPACE
{
namespace
{

using Integers = hn::RebindToSigned<Floats>;

void appendCandidatesHere(const CellSortedCloud& cloud, const std::uint8_t* ionClass,
  std::uint32_t binsPerClass, IonRange range, const IonBox& box, OffsetCandidates& candidates)
{
  const Floats f;
  const Words u;
  const std::size_t lanes = hn::Lanes(f);
  const auto lowerX = hn::Set(f, box.lower[0]);
  const auto lowerY = hn::Set(f, box.lower[1]);
  const auto lowerZ = hn::Set(f, box.lower[2]);
  const auto upperX = hn::Set(f, box.upper[0]);
  const auto upperY = hn::Set(f, box.upper[1]);
  const auto upperZ = hn::Set(f, box.upper[2]);
  float* const toX = candidates.x.get();
  float* const toY = candidates.y.get();
  float* const toZ = candidates.z.get();
  std::uint32_t* const toBin = candidates.firstBin.get();
  std::size_t count = candidates.size;
  HWY_ALIGN float tail[3 * HWY_MAX_BYTES / sizeof(float)] = {};
  HWY_ALIGN std::uint32_t firstBin[HWY_MAX_BYTES / sizeof(float)] = {};
  const std::size_t size = cloud.size();
  for (std::size_t i = range.begin; i < range.end; i += lanes)
  {
    const std::size_t left = range.end - i;
    auto x = hn::Zero(f);
    auto y = hn::Zero(f);
    auto z = hn::Zero(f);
    if (HWY_LIKELY(i + lanes <= size))
    {
      x = hn::LoadU(f, cloud.x() + i);
      y = hn::LoadU(f, cloud.y() + i);
      z = hn::LoadU(f, cloud.z() + i);
    }
    else
    {
      // The cloud ends here: nothing beyond it may be read.
      std::memcpy(tail, cloud.x() + i, left * sizeof(float));
      std::memcpy(tail + lanes, cloud.y() + i, left * sizeof(float));
      std::memcpy(tail + 2 * lanes, cloud.z() + i, left * sizeof(float));
      x = hn::Load(f, tail);
      y = hn::Load(f, tail + lanes);
      z = hn::Load(f, tail + 2 * lanes);
    }
    const auto inX = hn::And(hn::Ge(x, lowerX), hn::Le(x, upperX));
    const auto inY = hn::And(hn::Ge(y, lowerY), hn::Le(y, upperY));
    const auto inZ = hn::And(hn::Ge(z, lowerZ), hn::Le(z, upperZ));
    const auto inside = hn::And(hn::And(inX, inY), hn::And(inZ, hn::FirstN(f, left)));
    const auto front = frontOf(inside);
    storeFront(x, front, toX + count);
    storeFront(y, front, toY + count);
    storeFront(z, front, toZ + count);
    if (ionClass)
    {
      const std::size_t valid = left < lanes ? left : lanes;
      for (std::size_t lane = 0; lane < valid; ++lane)
      {
        firstBin[lane] = ionClass[i + lane] * binsPerClass;
      }
      storeFront(hn::Load(u, firstBin), front, toBin + count);
    }
    count += hn::CountTrue(f, inside);
  }
  candidates.size = count;
}

/** See findBins. */
template <OffsetBins::Shape shape>
std::size_t findBinsOf(const OffsetBins& bins, const float* point,
  const OffsetCandidates& candidates, std::size_t first, std::uint32_t* found)
{
  const Floats f;
  const Words u;
  const Integers s;
  const std::size_t lanes = hn::Lanes(f);
  const auto atX = hn::Set(f, point[0]);
  const auto atY = hn::Set(f, point[1]);
  const auto atZ = hn::Set(f, point[2]);
  const auto scale = hn::Set(f, bins.binsPerNanometre);
  const auto half = hn::Set(f, 0.5F);
  const auto zero = hn::Zero(f);
  const auto end = hn::Set(f, static_cast<float>(bins.last + 1));
  const auto perAxis = hn::Set(s, 2 * bins.last + 1);
  const auto middle = hn::Set(s, bins.last);
  const float* const x = candidates.x.get();
  const float* const y = candidates.y.get();
  const float* const z = candidates.z.get();
  const std::uint32_t* const firstBin = candidates.firstBin.get();

  const auto steps = [&](auto offset) HWY_ATTR
  { return hn::Add(hn::Mul(hn::Abs(offset), scale), half); };
  const auto signedBin = [&](auto offset, auto step) HWY_ATTR
  {
    const auto k = hn::ConvertTo(s, step);
    return hn::Add(middle, hn::IfThenElse(hn::RebindMask(s, hn::Lt(offset, zero)), hn::Neg(k), k));
  };

  std::size_t count = 0;
  for (std::size_t i = first; i < candidates.size; i += lanes)
  {
    const auto dx = hn::Sub(hn::LoadU(f, x + i), atX);
    const auto dy = hn::Sub(hn::LoadU(f, y + i), atY);
    const auto dz = hn::Sub(hn::LoadU(f, z + i), atZ);
    auto in = hn::FirstN(f, candidates.size - i);
    auto bin = hn::Zero(s);
    if constexpr (shape == OffsetBins::Shape::Depth)
    {
      const auto squared = hn::Add(hn::Mul(dx, dx), hn::Mul(dy, dy));
      const auto stepZ = steps(dz);
      in = hn::And(in, hn::Le(squared, hn::Set(f, bins.squaredRadius)));
      in = hn::And(in, hn::Lt(stepZ, end));
      bin = signedBin(dz, stepZ);
    }
    else if constexpr (shape == OffsetBins::Shape::Radius)
    {
      const auto squared = hn::Add(hn::Add(hn::Mul(dx, dx), hn::Mul(dy, dy)), hn::Mul(dz, dz));
      const auto step = hn::Mul(hn::Sqrt(squared), scale);
      in = hn::And(in, hn::Lt(step, end));
      bin = hn::ConvertTo(s, step);
    }
    else
    {
      const auto stepX = steps(dx);
      const auto stepY = steps(dy);
      in = hn::And(in, hn::And(hn::Lt(stepX, end), hn::Lt(stepY, end)));
      bin = hn::Add(hn::Mul(signedBin(dy, stepY), perAxis), signedBin(dx, stepX));
      if constexpr (shape == OffsetBins::Shape::Plane)
      {
        in = hn::And(in,
          hn::And(
            hn::Ge(dz, hn::Set(f, bins.lowerDepth)), hn::Le(dz, hn::Set(f, bins.upperDepth))));
      }
      else
      {
        const auto stepZ = steps(dz);
        in = hn::And(in, hn::Lt(stepZ, end));
        bin = hn::Add(hn::Mul(signedBin(dz, stepZ), hn::Mul(perAxis, perAxis)), bin);
      }
    }
    const auto place = hn::Add(hn::BitCast(u, bin), hn::LoadU(u, firstBin + i));
    storeFront(place, frontOf(in), found + count);
    count += hn::CountTrue(f, in);
  }
  return count;
}

std::size_t findBinsHere(const OffsetBins& bins, const float* point,
  const OffsetCandidates& candidates, std::size_t first, std::uint32_t* found)
{
  switch (bins.shape)
  {
    case OffsetBins::Shape::Plane:
      return findBinsOf<OffsetBins::Shape::Plane>(bins, point, candidates, first, found);
    case OffsetBins::Shape::Volume:
      return findBinsOf<OffsetBins::Shape::Volume>(bins, point, candidates, first, found);
    case OffsetBins::Shape::Radius:
      return findBinsOf<OffsetBins::Shape::Radius>(bins, point, candidates, first, found);
    default:
      return findBinsOf<OffsetBins::Shape::Depth>(bins, point, candidates, first, found);
  }
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace apt
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace apt
{

HWY_EXPORT(appendCandidatesHere);
HWY_EXPORT(findBinsHere);

void appendCandidates(const CellSortedCloud& cloud, const std::uint8_t* ionClass,
  std::uint32_t binsPerClass, IonRange range, const IonBox& box, OffsetCandidates& candidates)
{
  HWY_DYNAMIC_DISPATCH(appendCandidatesHere)
  (cloud, ionClass, binsPerClass, range, box, candidates);
}

std::size_t findBins(const OffsetBins& bins, const float* point, const OffsetCandidates& candidates,
  std::size_t first, std::uint32_t* found)
{
  return HWY_DYNAMIC_DISPATCH(findBinsHere)(bins, point, candidates, first, found);
}

} // namespace apt
#endif // HWY_ONCE
