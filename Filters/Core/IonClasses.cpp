// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "IonClasses.h"

#include "Error.h"
#include "ParallelFor.h"
#include "PartialCounts.h"

#include <algorithm>
#include <limits>
#include <string>
#include <type_traits>

namespace apt
{

namespace
{

constexpr std::size_t Grain = 1 << 16;

template <typename T>
std::int32_t wholeNumber(T value)
{
  constexpr std::int32_t lowest = std::numeric_limits<std::int32_t>::min();
  constexpr std::int32_t highest = std::numeric_limits<std::int32_t>::max();
  if constexpr (std::is_floating_point_v<T>)
  {
    const auto number = static_cast<double>(value);
    return number > lowest && number < highest ? static_cast<std::int32_t>(number) : lowest;
  }
  else if constexpr (std::is_signed_v<T>)
  {
    const std::int64_t number = value;
    return number >= lowest && number <= highest ? static_cast<std::int32_t>(number) : lowest;
  }
  else
  {
    const std::uint64_t number = value;
    return number <= highest ? static_cast<std::int32_t>(number) : lowest;
  }
}

template <typename T>
std::vector<std::int32_t> wholeNumbersOf(const void* values, std::size_t size)
{
  std::vector<std::int32_t> numbers(size);
  const T* const from = static_cast<const T*>(values);
  parallelFor(size, Grain,
    [&](std::size_t begin, std::size_t end)
    { std::transform(from + begin, from + end, numbers.begin() + begin, wholeNumber<T>); });
  return numbers;
}

} // namespace

std::vector<std::int32_t> wholeNumbers(const ArrayView& array, std::size_t size)
{
  if (array.description.components != 1)
  {
    throw ParameterError("number of components of " + array.description.name,
      std::to_string(array.description.components), "1");
  }
  switch (array.description.type)
  {
    case ValueType::Int8:
      return wholeNumbersOf<std::int8_t>(array.values, size);
    case ValueType::UInt8:
      return wholeNumbersOf<std::uint8_t>(array.values, size);
    case ValueType::Int16:
      return wholeNumbersOf<std::int16_t>(array.values, size);
    case ValueType::UInt16:
      return wholeNumbersOf<std::uint16_t>(array.values, size);
    case ValueType::Int32:
      return wholeNumbersOf<std::int32_t>(array.values, size);
    case ValueType::UInt32:
      return wholeNumbersOf<std::uint32_t>(array.values, size);
    case ValueType::Int64:
      return wholeNumbersOf<std::int64_t>(array.values, size);
    case ValueType::UInt64:
      return wholeNumbersOf<std::uint64_t>(array.values, size);
    case ValueType::Float32:
      return wholeNumbersOf<float>(array.values, size);
    case ValueType::Float64:
      break;
  }
  return wholeNumbersOf<double>(array.values, size);
}

std::vector<std::int16_t> typesWithin(
  std::size_t size, const std::int16_t* ion, const ArrayView* classes, IonClass ionClass)
{
  if (ionClass != IonClass::All && !classes)
  {
    throw ParameterError("array of classes", "missing", "there, where not all ions take part");
  }
  std::vector<std::int32_t> numbers;
  if (ionClass != IonClass::All)
  {
    numbers = wholeNumbers(*classes, size);
  }
  std::vector<std::int16_t> types(size);
  parallelFor(size, Grain,
    [&](std::size_t begin, std::size_t end)
    {
      for (std::size_t i = begin; i < end; ++i)
      {
        const bool in = numbers.empty() || (numbers[i] != 0) == (ionClass == IonClass::Ordered);
        types[i] =
          in && !(ion && ion[i] < 0) ? (ion ? ion[i] : std::int16_t{ 0 }) : std::int16_t{ -1 };
      }
    });
  return types;
}

std::vector<std::uint64_t> countsOfTypes(const std::vector<std::int16_t>& types)
{
  constexpr std::size_t most = std::size_t{ std::numeric_limits<std::int16_t>::max() } + 1;
  PartialCounts partial(most);
  parallelFor(types.size(), Grain,
    [&](std::size_t begin, std::size_t end)
    {
      auto counts = partial.take();
      for (std::size_t i = begin; i < end; ++i)
      {
        if (types[i] >= 0)
        {
          ++(*counts)[static_cast<std::size_t>(types[i])];
        }
      }
      partial.giveBack(std::move(counts));
    });
  std::vector<std::uint64_t> total = partial.sum();
  while (!total.empty() && total.back() == 0)
  {
    total.pop_back();
  }
  return total;
}

} // namespace apt
