// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "IonDensityMap.h"

#include "AxisRotation.h"
#include "Error.h"
#include "IonShuffle.h"
#include "ParallelFor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <string>

namespace apt
{
namespace
{

using Options = IonDensityMapOptions;
using Projection = IonDensityProjection;

/** An ion cloud in memory of its own. */
struct Cloud
{
  std::vector<float> positions;
  std::vector<std::int16_t> ion;
  std::vector<std::int32_t> classes;
  std::vector<float> detectorX;
  std::vector<float> detectorY;

  std::size_t size() const { return this->ion.size(); }
  IonDensityInput input() const
  {
    return { this->size(), this->positions.data(), this->ion.data(), this->classes.data(),
      this->detectorX.data(), this->detectorY.data() };
  }
};

/** Uniform in a box about (1, 2, 3) nm, types from −1 to 2, a third ordered. */
Cloud randomCloud(std::size_t ions, unsigned seed)
{
  Cloud cloud;
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> place(-1, 1);
  std::uniform_int_distribution<int> type(-1, 2);
  for (std::size_t i = 0; i < ions; ++i)
  {
    cloud.positions.push_back(1 + 6 * place(random));
    cloud.positions.push_back(2 + 4 * place(random));
    cloud.positions.push_back(3 + 9 * place(random));
    cloud.ion.push_back(static_cast<std::int16_t>(type(random)));
    cloud.classes.push_back(place(random) > 0.333F ? 2 : 0);
    cloud.detectorX.push_back(15 * place(random));
    cloud.detectorY.push_back(12 * place(random));
  }
  return cloud;
}

bool isOf(const Cloud& cloud, std::size_t ion, const IonDensitySelection& selection)
{
  const int type = cloud.ion[ion];
  return type >= 0 &&
    (selection.types.empty() ||
      (static_cast<std::size_t>(type) < selection.types.size() &&
        selection.types[static_cast<std::size_t>(type)])) &&
    (selection.ionClass == IonClass::All ||
      (cloud.classes[ion] != 0) == (selection.ionClass == IonClass::Ordered));
}

double sum(const std::vector<double>& values)
{
  return std::accumulate(values.begin(), values.end(), 0.0);
}

std::string messageOf(const Cloud& cloud, const Options& options)
{
  try
  {
    ionDensityMap(cloud.input(), options);
  }
  catch (const Error& error)
  {
    return error.what();
  }
  return "nothing was thrown";
}

} // namespace

TEST(IonDensityMap, EachIonIsCountedInThePixelThatItIsIn)
{
  const Cloud cloud = randomCloud(3000, 1);
  for (const Projection projection :
    { Projection::X, Projection::Y, Projection::Z, Projection::Axis, Projection::Detector })
  {
    for (const bool limited : { false, true })
    {
      Options options;
      options.projection = projection;
      options.axis = { 1, -0.5, 2 };
      options.pixelSize = 0.7;
      options.limitDepth = limited;
      options.depthRange = { 0, 2.5 };
      options.ions.types = { true, false, true };
      options.ions.ionClass = IonClass::Ordered;
      options.references.types = { true, true };
      const IonDensityMap map = ionDensityMap(cloud.input(), options);
      std::vector<double> count(map.size());
      std::vector<double> references(map.size());
      std::size_t outside = 0;
      const auto rotation = rotationToAxis(options.axis);
      for (std::size_t i = 0; i < cloud.size(); ++i)
      {
        const std::array<double, 3> p{ static_cast<double>(cloud.positions[3 * i]),
          static_cast<double>(cloud.positions[3 * i + 1]),
          static_cast<double>(cloud.positions[3 * i + 2]) };
        std::array<double, 3> at{ p[0], p[1], p[2] }; // across, up, depth
        if (projection == Projection::X)
        {
          at = { p[1], p[2], p[0] };
        }
        else if (projection == Projection::Y)
        {
          at = { p[0], p[2], p[1] };
        }
        else if (projection == Projection::Axis)
        {
          for (std::size_t row = 0; row < 3; ++row)
          {
            at[row] = rotation[row][0] * p[0] + rotation[row][1] * p[1] + rotation[row][2] * p[2];
          }
        }
        else if (projection == Projection::Detector)
        {
          at[0] = static_cast<double>(cloud.detectorX[i]);
          at[1] = static_cast<double>(cloud.detectorY[i]);
        }
        const bool isIon = isOf(cloud, i, options.ions);
        const bool isReference = isOf(cloud, i, options.references);
        if (limited && (at[2] < 0 || at[2] > 2.5))
        {
          outside += isIon || isReference;
          continue;
        }
        if (!isIon && !isReference)
        {
          continue;
        }
        const double x = std::floor(at[0] / 0.7) - map.first[0];
        const double y = std::floor(at[1] / 0.7) - map.first[1];
        ASSERT_TRUE(x >= 0 && x < static_cast<double>(map.pixels[0]) && y >= 0 &&
          y < static_cast<double>(map.pixels[1]));
        const std::size_t pixel =
          static_cast<std::size_t>(y) * map.pixels[0] + static_cast<std::size_t>(x);
        count[pixel] += isIon;
        references[pixel] += isReference;
      }
      EXPECT_EQ(map.count, count);
      EXPECT_EQ(map.referenceCount, references);
      EXPECT_EQ(outside > 0, limited);
      // The map is no larger than it must be.
      for (const std::size_t row : { std::size_t{ 0 }, map.pixels[1] - 1 })
      {
        double inRow = 0;
        for (std::size_t x = 0; x < map.pixels[0]; ++x)
        {
          inRow += count[row * map.pixels[0] + x] + references[row * map.pixels[0] + x];
        }
        EXPECT_GT(inRow, 0);
      }
      for (std::size_t i = 0; i < map.size(); ++i)
      {
        EXPECT_DOUBLE_EQ(map.density[i], count[i] / 0.49);
        EXPECT_DOUBLE_EQ(map.densityError[i], std::sqrt(count[i]) / 0.49);
        if (references[i] == 0)
        {
          EXPECT_TRUE(std::isnan(map.ratio[i]) && std::isnan(map.ratioError[i]));
        }
        else
        {
          EXPECT_DOUBLE_EQ(map.ratio[i], count[i] / references[i]);
          EXPECT_FALSE(std::isnan(map.ratioError[i]));
        }
      }
    }
  }
}

TEST(IonDensityMap, TheErrorOfARatioIsThatOfAShareOrOfAQuotient)
{
  // One pixel: 6 of type 0, 14 of type 1.
  Cloud cloud;
  for (int i = 0; i < 20; ++i)
  {
    cloud.positions.insert(cloud.positions.end(), { 0.5F, 0.5F, 0.1F * static_cast<float>(i) });
    cloud.ion.push_back(i < 6 ? 0 : 1);
  }
  Options options;
  options.pixelSize = 1;
  options.ions.types = { true };
  IonDensityMap map = ionDensityMap(cloud.input(), options);
  ASSERT_EQ(map.size(), 1u);
  EXPECT_DOUBLE_EQ(map.ratio[0], 0.3);
  EXPECT_DOUBLE_EQ(map.ratioError[0], std::sqrt(0.3 * 0.7 / 20));
  options.references.types = { false, true };
  map = ionDensityMap(cloud.input(), options);
  EXPECT_DOUBLE_EQ(map.ratio[0], 6.0 / 14);
  EXPECT_DOUBLE_EQ(map.ratioError[0], 6.0 / 14 * std::sqrt(1.0 / 6 + 1.0 / 14));
  options.minimumCount = 15;
  EXPECT_TRUE(std::isnan(ionDensityMap(cloud.input(), options).ratio[0]));
  options.minimumCount = 14;
  EXPECT_FALSE(std::isnan(ionDensityMap(cloud.input(), options).ratio[0]));
}

TEST(IonDensityMap, SmoothingLosesNoIon)
{
  const Cloud cloud = randomCloud(5000, 2);
  Options options;
  options.pixelSize = 0.5;
  const double ions = sum(ionDensityMap(cloud.input(), options).count);
  EXPECT_EQ(ions,
    static_cast<double>(
      std::count_if(cloud.ion.begin(), cloud.ion.end(), [](int type) { return type >= 0; })));
  for (const double smoothing : { 0.1, 0.6, 3.0 })
  {
    options.smoothing = smoothing;
    const IonDensityMap map = ionDensityMap(cloud.input(), options);
    EXPECT_NEAR(sum(map.count), ions, 1e-8 * ions);
    EXPECT_NEAR(sum(map.density) * 0.25, ions, 1e-8 * ions);
    for (std::size_t i = 0; i < map.size(); ++i)
    {
      if (!std::isnan(map.ratio[i]))
      {
        EXPECT_NEAR(map.ratio[i], 1, 1e-9);
        EXPECT_NEAR(map.ratioError[i], 0, 1e-7);
      }
    }
  }
}

TEST(IonDensityMap, SmoothingSpreadsAnIonByTheGaussian)
{
  Cloud cloud;
  cloud.positions = { 0.05F, 0.05F, 0 };
  cloud.ion = { 0 };
  Options options;
  options.pixelSize = 0.1;
  options.smoothing = 0.5;
  const IonDensityMap map = ionDensityMap(cloud.input(), options);
  ASSERT_EQ(map.pixels[0], 41u);
  ASSERT_EQ(map.pixels[1], 41u);
  EXPECT_EQ(map.first[0], -20);
  double variance = 0;
  for (int y = 0; y < 41; ++y)
  {
    for (int x = 0; x < 41; ++x)
    {
      const double dx = 0.1 * (x - 20);
      const double dy = 0.1 * (y - 20);
      const double value = map.density[static_cast<std::size_t>(y * 41 + x)];
      const double expected =
        std::exp(-(dx * dx + dy * dy) / (2 * 0.25)) / (2 * 3.14159265358979 * 0.25);
      EXPECT_NEAR(value, expected, 2e-3);
      variance += dx * dx * value * 0.01;
    }
  }
  EXPECT_NEAR(variance, 0.25, 0.005);
}

TEST(IonDensityMap, ErrorsAreThoseThatChanceMakes)
{
  // Many clouds of the same kind: the spread of the middle pixel is what its errors say.
  for (const double smoothing : { 0.0, 1.0 })
  {
    Options options;
    options.pixelSize = 1;
    options.smoothing = smoothing;
    options.ions.types = { true };
    double ratios = 0;
    double squares = 0;
    double errors = 0;
    double densities = 0;
    double densitySquares = 0;
    double densityErrors = 0;
    constexpr int clouds = 300;
    for (int cloudNumber = 0; cloudNumber < clouds; ++cloudNumber)
    {
      Cloud cloud = randomCloud(8000, static_cast<unsigned>(100 + cloudNumber));
      const IonDensityMap map = ionDensityMap(cloud.input(), options);
      // Of the pixel from (1, 2) nm on, far from the edges.
      const auto x = static_cast<std::size_t>(1 - map.first[0]);
      const auto y = static_cast<std::size_t>(2 - map.first[1]);
      const std::size_t pixel = y * map.pixels[0] + x;
      ratios += map.ratio[pixel];
      squares += map.ratio[pixel] * map.ratio[pixel];
      errors += map.ratioError[pixel];
      densities += map.density[pixel];
      densitySquares += map.density[pixel] * map.density[pixel];
      densityErrors += map.densityError[pixel];
    }
    const double spread = std::sqrt(squares / clouds - ratios * ratios / clouds / clouds);
    EXPECT_NEAR(errors / clouds, spread, 0.15 * spread) << smoothing;
    EXPECT_NEAR(ratios / clouds, 1.0 / 3, 0.01);
    const double densitySpread =
      std::sqrt(densitySquares / clouds - densities * densities / clouds / clouds);
    EXPECT_NEAR(densityErrors / clouds, densitySpread, 0.15 * densitySpread) << smoothing;
  }
}

TEST(IonDensityMap, TheRatioOfShuffledIonsIsFlat)
{
  // Type 0 to the left, type 1 to the right; then shuffled.
  Cloud cloud = randomCloud(60000, 3);
  for (std::size_t i = 0; i < cloud.size(); ++i)
  {
    cloud.ion[i] = cloud.positions[3 * i] < 1 ? 0 : 1;
  }
  Options options;
  options.pixelSize = 1;
  options.ions.types = { true };
  options.minimumCount = 100;
  const auto chiSquare = [&](const Cloud& of)
  {
    const IonDensityMap map = ionDensityMap(of.input(), options);
    double total = 0;
    double pixels = 0;
    const double mean = sum(map.count) / sum(map.referenceCount);
    for (std::size_t i = 0; i < map.size(); ++i)
    {
      if (!std::isnan(map.ratio[i]))
      {
        total += std::pow(map.ratio[i] - mean, 2) / (mean * (1 - mean) / map.referenceCount[i]);
        ++pixels;
      }
    }
    EXPECT_GT(pixels, 80);
    return total / pixels;
  };
  EXPECT_GT(chiSquare(cloud), 100);
  Cloud shuffled = cloud;
  permute(cloud.ion.data(), shuffledIons(cloud.size(), cloud.ion.data(), nullptr).data(),
    cloud.size(), sizeof(std::int16_t), shuffled.ion.data());
  EXPECT_NEAR(chiSquare(shuffled), 1, 0.45);
}

TEST(IonDensityMap, PixelsFitTheIonsWhereNoSizeIsGiven)
{
  for (const std::size_t ions : { 1000u, 30000u, 300000u })
  {
    const Cloud cloud = randomCloud(ions, 4);
    const IonDensityMap map = ionDensityMap(cloud.input(), {});
    // 1, 2 or 5 × 10ⁿ.
    const double mantissa = map.pixelSize / std::pow(10, std::floor(std::log10(map.pixelSize)));
    EXPECT_TRUE(std::fabs(mantissa - 1) < 1e-9 || std::fabs(mantissa - 2) < 1e-9 ||
      std::fabs(mantissa - 5) < 1e-9)
      << map.pixelSize;
    const double perPixel = sum(map.referenceCount) / (12 * 8) * map.pixelSize * map.pixelSize;
    EXPECT_GE(perPixel, 19);
    EXPECT_LE(perPixel, 20 * 6.5);
  }
}

TEST(IonDensityMap, IonsAtOnePlaceOrOnALineAreAMapToo)
{
  Cloud cloud;
  for (int i = 0; i < 50; ++i)
  {
    cloud.positions.insert(cloud.positions.end(), { 3, 4, 5 });
    cloud.ion.push_back(0);
  }
  IonDensityMap map = ionDensityMap(cloud.input(), {});
  ASSERT_EQ(map.size(), 1u);
  EXPECT_EQ(map.count[0], 50);
  for (std::size_t i = 0; i < 50; ++i)
  {
    cloud.positions[3 * i] = static_cast<float>(i);
  }
  map = ionDensityMap(cloud.input(), {});
  EXPECT_EQ(map.pixels[1], 1u);
  EXPECT_EQ(sum(map.count), 50);
  cloud.positions.resize(3);
  cloud.ion.resize(1);
  EXPECT_EQ(ionDensityMap(cloud.input(), {}).count, std::vector<double>{ 1 });
}

TEST(IonDensityMap, PartsAddUpAndThreadsDoNotMatter)
{
  const Cloud cloud = randomCloud(300000, 5);
  for (const double pixelSize : { 0.1, 0.01 })
  {
    Options options;
    options.pixelSize = pixelSize; // the finer one is counted into shared counts
    options.ions.types = { false, true };
    const IonDensityMap whole = ionDensityMap(cloud.input(), options);
    {
      const ThreadLimit limit(1);
      const IonDensityMap alone = ionDensityMap(cloud.input(), options);
      EXPECT_EQ(alone.count, whole.count);
      EXPECT_EQ(alone.first, whole.first);
    }
    IonDensityInput first = cloud.input();
    IonDensityInput second = first;
    first.size = 100000;
    second.size -= first.size;
    second.positions += 3 * first.size;
    second.ion += first.size;
    IonDensityBounds bounds = ionDensityBounds(first, options);
    bounds.add(ionDensityBounds(second, options));
    const IonDensityPlace place = ionDensityPlace(bounds, options);
    EXPECT_EQ(place.pixels, whole.pixels);
    EXPECT_EQ(place.first, whole.first);
    const IonDensityCounts a = ionDensityCounts(first, options, place);
    const IonDensityCounts b = ionDensityCounts(second, options, place);
    for (std::size_t i = 0; i < place.size(); ++i)
    {
      ASSERT_EQ(static_cast<double>(a.ions[i] + b.ions[i]), whole.count[i]);
    }
  }
}

TEST(IonDensityMap, WhatCannotBeIsASentence)
{
  Cloud cloud = randomCloud(1000, 6);
  const auto with = [](const auto& change)
  {
    Options options;
    change(options);
    return options;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto expect = [&](const auto& change, const char* text)
  {
    const std::string message = messageOf(cloud, with(change));
    EXPECT_NE(message.find(text), std::string::npos) << message;
  };
  expect([](Options& o) { o.pixelSize = -1; }, "pixel size is -1");
  expect([&](Options& o) { o.pixelSize = nan; }, "pixel size");
  expect([](Options& o) { o.pixelSize = 1e-6; }, "pixels; here would be about");
  expect([](Options& o) { o.pixelSize = 1e-300; }, "pixels; here would be about");
  expect([](Options& o) { o.smoothing = -1; }, "smoothing is -1");
  expect([](Options& o) { o.smoothing = 1e9; }, "pixels; here would be about");
  expect([&](Options& o) { o.minimumCount = nan; }, "minimum count");
  expect(
    [](Options& o)
    {
      o.projection = Projection::Axis;
      o.axis = { 0, 0, 0 };
    },
    "axis");
  expect(
    [](Options& o)
    {
      o.limitDepth = true;
      o.depthRange = { 2, 1 };
    },
    "depth range is 2 to 1");
  expect(
    [](Options& o)
    {
      o.limitDepth = true;
      o.depthRange = { 1000, 1001 };
    },
    "no ion to map");
  expect([](Options& o) { o.ions.types = o.references.types = { false }; }, "no ion to map");
  EXPECT_NE(messageOf(Cloud(), {}).find("no ion to map"), std::string::npos);
  cloud.positions[3 * 17 + 1] = std::numeric_limits<float>::quiet_NaN();
  cloud.ion[17] = 1;
  expect([](Options&) {}, "position of ion 17");
  EXPECT_EQ(messageOf(cloud, with([](Options& o) { o.projection = Projection::Detector; })),
    "nothing was thrown");
  cloud.detectorX[20] = std::numeric_limits<float>::infinity();
  cloud.ion[20] = 1;
  expect([](Options& o) { o.projection = Projection::Detector; }, "of ion 20");
  IonDensityInput input = cloud.input();
  input.detectorX = nullptr;
  EXPECT_THROW(ionDensityMap(input, with([](Options& o) { o.projection = Projection::Detector; })),
    ParameterError);
  input.classes = nullptr;
  EXPECT_THROW(ionDensityMap(input, with([](Options& o) { o.ions.ionClass = IonClass::Matrix; })),
    ParameterError);
  EXPECT_THROW(
    ionDensityMap(randomCloud(200000, 7).input(), {}, [](double f) { return f < 0.5; }), Stopped);
}

} // namespace apt
