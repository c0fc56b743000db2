// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

// The formats have a byte order each (.pos and .epos big-endian, .apt little-endian), whatever the
// machine has. GCC and Clang turn each of these into one load and at most one byte swap.

namespace apt
{

namespace detail
{
template <std::size_t Size>
struct Unsigned;
template <>
struct Unsigned<1>
{
  using type = std::uint8_t;
};
template <>
struct Unsigned<2>
{
  using type = std::uint16_t;
};
template <>
struct Unsigned<4>
{
  using type = std::uint32_t;
};
template <>
struct Unsigned<8>
{
  using type = std::uint64_t;
};

inline std::uint8_t swapBytes(std::uint8_t value)
{
  return value;
}
inline std::uint16_t swapBytes(std::uint16_t value)
{
  return __builtin_bswap16(value);
}
inline std::uint32_t swapBytes(std::uint32_t value)
{
  return __builtin_bswap32(value);
}
inline std::uint64_t swapBytes(std::uint64_t value)
{
  return __builtin_bswap64(value);
}

constexpr bool hostIsLittleEndian = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;

template <typename T, bool Swap>
T load(const void* source)
{
  static_assert(std::is_arithmetic<T>::value, "only numbers have a byte order");
  typename Unsigned<sizeof(T)>::type bits;
  std::memcpy(&bits, source, sizeof(T));
  if constexpr (Swap)
  {
    bits = swapBytes(bits);
  }
  T value;
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}

template <bool Swap, typename T>
void store(void* destination, T value)
{
  static_assert(std::is_arithmetic<T>::value, "only numbers have a byte order");
  typename Unsigned<sizeof(T)>::type bits;
  std::memcpy(&bits, &value, sizeof(T));
  if constexpr (Swap)
  {
    bits = swapBytes(bits);
  }
  std::memcpy(destination, &bits, sizeof(T));
}
} // namespace detail

/** @brief The number of type T stored big-endian at source, which need not be aligned. */
template <typename T>
T loadBig(const void* source)
{
  return detail::load<T, detail::hostIsLittleEndian>(source);
}

/** @brief The number of type T stored little-endian at source, which need not be aligned. */
template <typename T>
T loadLittle(const void* source)
{
  return detail::load<T, !detail::hostIsLittleEndian>(source);
}

/** @brief Stores value big-endian at destination, which need not be aligned. */
template <typename T>
void storeBig(void* destination, T value)
{
  detail::store<detail::hostIsLittleEndian>(destination, value);
}

/** @brief Stores value little-endian at destination, which need not be aligned. */
template <typename T>
void storeLittle(void* destination, T value)
{
  detail::store<!detail::hostIsLittleEndian>(destination, value);
}

} // namespace apt
