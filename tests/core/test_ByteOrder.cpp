// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "ByteOrder.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

using namespace apt;

namespace
{
constexpr std::array<unsigned char, 9> ascending = { 0xff, 0x81, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
  0x88 };

template <typename T>
void expectRoundTrip(T value)
{
  std::array<unsigned char, sizeof(T) + 2> big = {};
  std::array<unsigned char, sizeof(T) + 2> little = {};
  storeBig(big.data() + 1, value);
  storeLittle(little.data() + 1, value);
  EXPECT_EQ(loadBig<T>(big.data() + 1), value);
  EXPECT_EQ(loadLittle<T>(little.data() + 1), value);
  // One order is the other one backwards, and nothing outside is touched.
  for (std::size_t i = 0; i < big.size(); ++i)
  {
    EXPECT_EQ(big[i], little[big.size() - 1 - i]);
  }
  EXPECT_EQ(big.front(), 0);
  EXPECT_EQ(big.back(), 0);
}
} // namespace

TEST(ByteOrder, LoadsTheMostSignificantByteFirstFromBigEndian)
{
  EXPECT_EQ(loadBig<std::uint8_t>(ascending.data() + 1), 0x81U);
  EXPECT_EQ(loadBig<std::uint16_t>(ascending.data() + 1), 0x8102U);
  EXPECT_EQ(loadBig<std::uint32_t>(ascending.data() + 1), 0x81020304U);
  EXPECT_EQ(loadBig<std::uint64_t>(ascending.data() + 1), 0x8102030405060788U);
}

TEST(ByteOrder, LoadsTheLeastSignificantByteFirstFromLittleEndian)
{
  EXPECT_EQ(loadLittle<std::uint8_t>(ascending.data() + 1), 0x81U);
  EXPECT_EQ(loadLittle<std::uint16_t>(ascending.data() + 1), 0x0281U);
  EXPECT_EQ(loadLittle<std::uint32_t>(ascending.data() + 1), 0x04030281U);
  EXPECT_EQ(loadLittle<std::uint64_t>(ascending.data() + 1), 0x8807060504030281U);
}

TEST(ByteOrder, KeepsTheSignOfIntegers)
{
  EXPECT_EQ(loadBig<std::int8_t>(ascending.data() + 1), -127);
  EXPECT_EQ(loadBig<std::int16_t>(ascending.data()), -127);
  EXPECT_EQ(loadLittle<std::int16_t>(ascending.data() + 7), -30713);
}

TEST(ByteOrder, LoadsIeeeFloats)
{
  const std::array<unsigned char, 8> bigOneAndAHalf = { 0x3f, 0xc0, 0, 0, 0, 0, 0, 0 };
  EXPECT_EQ(loadBig<float>(bigOneAndAHalf.data()), 1.5F);
  const std::array<unsigned char, 8> littleOneAndAHalf = { 0, 0, 0, 0, 0, 0, 0xf8, 0x3f };
  EXPECT_EQ(loadLittle<double>(littleOneAndAHalf.data()), 1.5);
}

TEST(ByteOrder, GivesBackWhatWasStored)
{
  expectRoundTrip<std::int8_t>(-2);
  expectRoundTrip<std::uint8_t>(200);
  expectRoundTrip<std::int16_t>(-12345);
  expectRoundTrip<std::uint16_t>(54321);
  expectRoundTrip<std::int32_t>(-123456789);
  expectRoundTrip<std::uint32_t>(4123456789U);
  expectRoundTrip<std::int64_t>(std::numeric_limits<std::int64_t>::min() + 7);
  expectRoundTrip<std::uint64_t>(std::numeric_limits<std::uint64_t>::max() - 7);
  expectRoundTrip(-1.2345F);
  expectRoundTrip(std::numeric_limits<float>::denorm_min());
  expectRoundTrip(6.02214076e23);
}

TEST(ByteOrder, KeepsNotANumber)
{
  std::array<unsigned char, 4> bytes;
  storeBig(bytes.data(), std::numeric_limits<float>::quiet_NaN());
  EXPECT_TRUE(std::isnan(loadBig<float>(bytes.data())));
}
