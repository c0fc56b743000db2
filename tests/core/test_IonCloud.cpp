// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "IonCloud.h"
#include "TestFiles.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

using namespace apt;

namespace
{
constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();
constexpr float infinite = std::numeric_limits<float>::infinity();
} // namespace

TEST(IonCloud, KnowsTheSizeOfEachValueType)
{
  EXPECT_EQ(sizeOf(ValueType::Int8), 1U);
  EXPECT_EQ(sizeOf(ValueType::UInt8), 1U);
  EXPECT_EQ(sizeOf(ValueType::Int16), 2U);
  EXPECT_EQ(sizeOf(ValueType::UInt16), 2U);
  EXPECT_EQ(sizeOf(ValueType::Int32), 4U);
  EXPECT_EQ(sizeOf(ValueType::UInt32), 4U);
  EXPECT_EQ(sizeOf(ValueType::Float32), 4U);
  EXPECT_EQ(sizeOf(ValueType::Int64), 8U);
  EXPECT_EQ(sizeOf(ValueType::UInt64), 8U);
  EXPECT_EQ(sizeOf(ValueType::Float64), 8U);
  EXPECT_EQ(bytesPerIon({ "a", "", ValueType::Int16, 3 }), 6U);
}

TEST(IonCloud, ViewShowsPositionsAndArrays)
{
  IonCloud cloud;
  cloud.size = 2;
  cloud.positions = { 0, 1, 2, 3, 4, 5 };
  test::addArray<float>(cloud, arrayName::MassToCharge, "Da", ValueType::Float32, { 27, 58 });
  test::addArray<std::int16_t>(cloud, arrayName::Ion, "", ValueType::Int16, { -1, 3 });
  const IonCloudView view = cloud.view();
  EXPECT_EQ(view.size, 2U);
  EXPECT_EQ(view.positions, cloud.positions.data());
  const ArrayView* ion = view.find("Ion");
  ASSERT_NE(ion, nullptr);
  EXPECT_EQ(static_cast<const std::int16_t*>(ion->values)[1], 3);
  EXPECT_EQ(ion->description.type, ValueType::Int16);
  EXPECT_EQ(view.find("ion"), nullptr);
}

TEST(CountNonFinite, CountsIonsRatherThanCoordinates)
{
  const std::vector<float> positions = { 0, 1, 2, notANumber, notANumber, notANumber, 3, 4, 5, 6,
    -infinite, infinite };
  EXPECT_EQ(countNonFinite(4, positions.data()), 2U);
  EXPECT_EQ(countNonFinite(1, positions.data()), 0U);
  EXPECT_EQ(countNonFinite(0, nullptr), 0U);
}

TEST(CountNonFinite, TakesTheLargestAndSmallestNumbersForFinite)
{
  const std::vector<float> positions = { std::numeric_limits<float>::max(),
    std::numeric_limits<float>::lowest(), std::numeric_limits<float>::denorm_min() };
  EXPECT_EQ(countNonFinite(1, positions.data()), 0U);
}

TEST(DropNonFinite, KeepsTheOthersInOrderWithTheirValues)
{
  std::vector<float> positions = { notANumber, 0, 0, 1, 1, 1, 2, 2, infinite, 3, 3, 3, 4, 4, 4, 5,
    notANumber, 5 };
  std::vector<double> times = { 0, 10, 20, 30, 40, 50 };
  std::vector<std::int8_t> pairs = { 0, 0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5 };
  const std::vector<ArrayDescription> descriptions = { { "t", "", ValueType::Float64, 1 },
    { "unwanted", "", ValueType::Float32, 1 }, { "pair", "", ValueType::Int8, 2 } };
  const std::size_t kept =
    dropNonFinite(6, positions.data(), descriptions, { times.data(), nullptr, pairs.data() });
  ASSERT_EQ(kept, 3U);
  positions.resize(9);
  EXPECT_EQ(positions, (std::vector<float>{ 1, 1, 1, 3, 3, 3, 4, 4, 4 }));
  times.resize(3);
  EXPECT_EQ(times, (std::vector<double>{ 10, 30, 40 }));
  pairs.resize(6);
  EXPECT_EQ(pairs, (std::vector<std::int8_t>{ 1, -1, 3, -3, 4, -4 }));
}

TEST(DropNonFinite, AgreesWithTheDefinitionOnRandomClouds)
{
  std::mt19937 random(1);
  for (int repeat = 0; repeat < 50; ++repeat)
  {
    const std::size_t size = random() % 40;
    std::vector<float> positions(size * 3);
    std::vector<std::int32_t> numbers(size);
    std::vector<std::int32_t> expected;
    for (std::size_t ion = 0; ion < size; ++ion)
    {
      bool finite = true;
      for (std::size_t i = 0; i < 3; ++i)
      {
        const bool bad = random() % 5 == 0;
        positions[ion * 3 + i] = bad ? notANumber : static_cast<float>(ion);
        finite = finite && !bad;
      }
      numbers[ion] = static_cast<std::int32_t>(ion);
      if (finite)
      {
        expected.push_back(numbers[ion]);
      }
    }
    EXPECT_EQ(countNonFinite(size, positions.data()), size - expected.size());
    numbers.resize(dropNonFinite(
      size, positions.data(), { { "n", "", ValueType::Int32, 1 } }, { numbers.data() }));
    EXPECT_EQ(numbers, expected);
    for (std::size_t ion = 0; ion < expected.size(); ++ion)
    {
      EXPECT_EQ(positions[ion * 3], static_cast<float>(expected[ion]));
    }
  }
}

TEST(AdviseHugePages, LeavesTheContentAlone)
{
  adviseHugePages(nullptr, 0);
  // An odd beginning and end: whole pages inside are all that may be touched.
  std::vector<unsigned char> memory((std::size_t{ 8 } << 20) + 12345, 7);
  adviseHugePages(memory.data() + 1, memory.size() - 3);
  EXPECT_TRUE(
    std::all_of(memory.begin(), memory.end(), [](unsigned char value) { return value == 7; }));
}
