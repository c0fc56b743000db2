// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause

// Moving the lanes under a mask to the front of a vector, for kernels that Highway compiles once for
// each instruction set; hence the unusual guard, and no pragma once.
#if defined(APT_FRONT_LANES_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef APT_FRONT_LANES_INL_H
#undef APT_FRONT_LANES_INL_H
#else
#define APT_FRONT_LANES_INL_H
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace apt
{
namespace HWY_NAMESPACE
{
namespace
{

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using Words = hn::RebindToUnsigned<Floats>;

// How the lanes under a mask are moved to the front of a vector: by an instruction where there is
// one, elsewhere by a table of which lanes come first. Highway's own Compress has such tables too,
// but g++ 12 copies them to the stack at each use.
#define APT_FRONT_BY_TABLE (!HWY_HAVE_SCALABLE && HWY_TARGET != HWY_SCALAR && HWY_MAX_BYTES <= 32)

#if APT_FRONT_BY_TABLE

constexpr std::size_t TableLanes = HWY_MAX_BYTES / sizeof(float);

struct FrontTable
{
  alignas(HWY_MAX_BYTES) std::uint32_t lanes[(std::size_t{ 1 } << TableLanes) * TableLanes] = {};

  constexpr FrontTable()
  {
    for (std::size_t mask = 0; mask < std::size_t{ 1 } << TableLanes; ++mask)
    {
      std::size_t place = mask * TableLanes;
      for (std::uint32_t lane = 0; lane < TableLanes; ++lane)
      {
        if ((mask >> lane & 1) != 0)
        {
          this->lanes[place++] = lane;
        }
      }
    }
  }
};

constexpr FrontTable frontTable;

template <class M>
HWY_INLINE auto frontOf(M mask)
{
  std::uint8_t bits[8] = {};
  hn::StoreMaskBits(Floats(), mask, bits);
  return hn::IndicesFromVec(
    Floats(), hn::Load(Words(), frontTable.lanes + std::size_t{ bits[0] } * TableLanes));
}

template <class V, class F>
HWY_INLINE void storeFront(V values, F front, float* to)
{
  hn::StoreU(hn::TableLookupLanes(values, front), Floats(), to);
}

#else

template <class M>
HWY_INLINE M frontOf(M mask)
{
  return mask;
}

template <class V, class F>
HWY_INLINE void storeFront(V values, F front, float* to)
{
  hn::StoreU(hn::Compress(values, front), Floats(), to);
}

#endif

template <class V, class F>
HWY_INLINE void storeFront(V values, F front, std::uint32_t* to)
{
  storeFront(hn::BitCast(Floats(), values), front, reinterpret_cast<float*>(to));
}

#undef APT_FRONT_BY_TABLE

} // namespace
} // namespace HWY_NAMESPACE
} // namespace apt
HWY_AFTER_NAMESPACE();

#endif // per-target guard
