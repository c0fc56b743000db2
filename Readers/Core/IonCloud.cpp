// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "IonCloud.h"

#include <cstring>

#include <sys/mman.h>
#include <unistd.h>

namespace apt
{

namespace
{
// A float32 whose exponent bits are all set is infinite or NaN. Looked at as integers, so that no
// compiler flag for floating-point arithmetic can change the answer.
constexpr std::uint32_t exponentBits = 0x7f800000;

bool isFinite(const float* value)
{
  std::uint32_t bits;
  std::memcpy(&bits, value, sizeof(bits));
  return (bits & exponentBits) != exponentBits;
}

bool isFinitePoint(const float* point)
{
  return isFinite(point) && isFinite(point + 1) && isFinite(point + 2);
}
} // namespace

std::size_t sizeOf(ValueType type)
{
  switch (type)
  {
    case ValueType::Int8:
    case ValueType::UInt8:
      return 1;
    case ValueType::Int16:
    case ValueType::UInt16:
      return 2;
    case ValueType::Int32:
    case ValueType::UInt32:
    case ValueType::Float32:
      return 4;
    case ValueType::Int64:
    case ValueType::UInt64:
    case ValueType::Float64:
      return 8;
  }
  return 0;
}

std::size_t bytesPerIon(const ArrayDescription& description)
{
  return sizeOf(description.type) * static_cast<std::size_t>(description.components);
}

const ArrayView* IonCloudView::find(const std::string& name) const
{
  for (const ArrayView& array : this->arrays)
  {
    if (array.description.name == name)
    {
      return &array;
    }
  }
  return nullptr;
}

IonCloudView IonCloud::view() const
{
  IonCloudView view;
  view.size = this->size;
  view.positions = this->positions.data();
  view.arrays.reserve(this->arrays.size());
  for (const Array& array : this->arrays)
  {
    view.arrays.push_back({ array.description, array.values.data() });
  }
  return view;
}

std::size_t countNonFinite(std::size_t size, const float* positions)
{
  // Hardly a file has any: the first loop, which vectorises, is all that usually runs.
  bool any = false;
  for (std::size_t i = 0; i < size * 3; ++i)
  {
    any |= !isFinite(positions + i);
  }
  if (!any)
  {
    return 0;
  }
  std::size_t count = 0;
  for (std::size_t ion = 0; ion < size; ++ion)
  {
    count += isFinitePoint(positions + ion * 3) ? 0 : 1;
  }
  return count;
}

std::size_t dropNonFinite(std::size_t size, float* positions,
  const std::vector<ArrayDescription>& descriptions, const std::vector<void*>& arrays)
{
  const auto move =
    [](void* values, std::size_t bytes, std::size_t to, std::size_t from, std::size_t count)
  {
    std::byte* first = static_cast<std::byte*>(values);
    std::memmove(first + to * bytes, first + from * bytes, count * bytes);
  };

  // Whole runs of ions that stay are moved at once.
  std::size_t kept = 0;
  std::size_t ion = 0;
  while (ion < size)
  {
    if (!isFinitePoint(positions + ion * 3))
    {
      ++ion;
      continue;
    }
    const std::size_t begin = ion;
    while (ion < size && isFinitePoint(positions + ion * 3))
    {
      ++ion;
    }
    const std::size_t count = ion - begin;
    if (kept != begin)
    {
      move(positions, 3 * sizeof(float), kept, begin, count);
      for (std::size_t i = 0; i < arrays.size(); ++i)
      {
        if (arrays[i])
        {
          move(arrays[i], bytesPerIon(descriptions[i]), kept, begin, count);
        }
      }
    }
    kept += count;
  }
  return kept;
}

void adviseHugePages(void* memory, std::size_t bytes) noexcept
{
#ifdef MADV_HUGEPAGE
  // Below this there is hardly a whole huge page inside.
  constexpr std::size_t worthwhile = std::size_t{ 4 } << 20;
  if (!memory || bytes < worthwhile)
  {
    return;
  }
  // madvise takes whole pages; those that other data share are left as they are.
  const std::uintptr_t page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const std::uintptr_t address = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t begin = (address + page - 1) / page * page;
  const std::uintptr_t end = (address + bytes) / page * page;
  madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#else
  (void)memory;
  (void)bytes;
#endif
}

} // namespace apt
