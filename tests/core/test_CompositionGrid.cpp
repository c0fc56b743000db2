// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "CompositionGrid.h"

#include "Error.h"
#include "ParallelFor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>

namespace apt
{
namespace
{

constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();
const std::vector<std::string> alloy{ "Al", "Li", "Al2O" };

struct Cloud
{
  std::vector<float> positions;
  std::vector<std::int16_t> type;

  void add(float x, float y, float z, int ionType)
  {
    this->positions.insert(this->positions.end(), { x, y, z });
    this->type.push_back(static_cast<std::int16_t>(ionType));
  }
  CompositionGridInput input() const
  {
    return { this->type.size(), this->positions.data(), this->type.data() };
  }
};

/** Types −1 (unranged) to 2, of which 1 has the given share. */
Cloud randomCloud(std::size_t ions, float edge, unsigned seed, double share = 0.2)
{
  Cloud cloud;
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> place(-edge / 3, 2 * edge / 3);
  std::discrete_distribution<int> type({ 0.05, 0.85 - share, share, 0.1 });
  for (std::size_t i = 0; i < ions; ++i)
  {
    const float x = place(random);
    const float y = place(random);
    cloud.add(x, y, place(random), type(random) - 1);
  }
  return cloud;
}

CompositionBasis basisOf(bool decompose, const std::vector<std::string>& ions = {},
  const std::vector<std::string>& references = {})
{
  CompositionChoice choice;
  choice.decompose = decompose;
  choice.ions = ions;
  choice.references = references;
  return compositionBasis(alloy, constituentsByName(alloy), choice);
}

CompositionGridOptions everything(double voxelSize = 0.5)
{
  CompositionGridOptions options;
  options.voxelSize = voxelSize;
  options.counts = true;
  options.minimumCount = 0;
  return options;
}

double sum(const std::unique_ptr<float[]>& values, std::size_t size)
{
  return std::accumulate(values.get(), values.get() + size, 0.0);
}

bool same(
  const std::unique_ptr<float[]>& left, const std::unique_ptr<float[]>& right, std::size_t size)
{
  return std::memcmp(left.get(), right.get(), size * sizeof(float)) == 0;
}

bool same(const CompositionGrid& left, const CompositionGrid& right)
{
  bool equal = left.first == right.first && left.voxels == right.voxels &&
    left.parts.size() == right.parts.size() && same(left.count, right.count, left.size());
  for (std::size_t part = 0; equal && part < left.parts.size(); ++part)
  {
    equal = same(left.parts[part].percent, right.parts[part].percent, left.size()) &&
      same(left.parts[part].error, right.parts[part].error, left.size()) &&
      same(left.parts[part].count, right.parts[part].count, left.size());
  }
  return equal;
}

/** How much of an ion a voxel gets along an axis, by the definition of the two passes. */
double weightAlong(double position, int voxel, double size, double delocalisation)
{
  const double sigma = delocalisation / 3;
  double norm = 0;
  double weight = 0;
  for (int i = -100; i <= 100; ++i)
  {
    const double distance = i * size;
    if (std::fabs(distance) > delocalisation * (1 + 1e-6))
    {
      continue;
    }
    const double k = i == 0 ? 1 : std::exp(-distance * distance / (2 * sigma * sigma));
    norm += k;
    weight += k * std::max(0.0, 1 - std::fabs(position - (voxel - i) * size) / size);
  }
  return weight / norm;
}

/** The definition: every voxel asks every ion. */
void expectIsThatOfTheDefinition(const CompositionGrid& grid, const Cloud& cloud,
  const CompositionBasis& basis, const CompositionGridOptions& options)
{
  // Places are rounded to 1/1024 of a voxel.
  const double tolerance = 3e-3;
  std::size_t index = 0;
  for (std::size_t z = 0; z < grid.voxels[2]; ++z)
  {
    for (std::size_t y = 0; y < grid.voxels[1]; ++y)
    {
      for (std::size_t x = 0; x < grid.voxels[0]; ++x, ++index)
      {
        const std::array<int, 3> voxel{ grid.first[0] + static_cast<int>(x),
          grid.first[1] + static_cast<int>(y), grid.first[2] + static_cast<int>(z) };
        std::array<double, 3> weightOfType{};
        for (std::size_t i = 0; i < cloud.type.size(); ++i)
        {
          if (cloud.type[i] < 0)
          {
            continue;
          }
          double weight = 1;
          for (std::size_t axis = 0; axis < 3; ++axis)
          {
            weight *= weightAlong(static_cast<double>(cloud.positions[3 * i + axis]), voxel[axis],
              grid.voxelSize, options.delocalisation[axis]);
          }
          weightOfType[static_cast<std::size_t>(cloud.type[i])] += weight;
        }
        double whole = 0;
        for (std::size_t type = 0; type < 3; ++type)
        {
          whole += weightOfType[type] * basis.reference[type];
        }
        ASSERT_NEAR(grid.count[index], whole, tolerance);
        for (std::size_t part = 0; part < basis.parts.size(); ++part)
        {
          const std::vector<std::uint32_t>& perIon = basis.parts[part].perIon;
          double counted = 0;
          for (std::size_t type = 0; type < 3; ++type)
          {
            counted += weightOfType[type] * perIon[type];
          }
          ASSERT_NEAR(grid.parts[part].count[index], counted, tolerance);
          if (whole < 0.5)
          {
            continue;
          }
          const double fraction = counted / whole;
          ASSERT_NEAR(grid.parts[part].percent[index], 100 * fraction, 1);
          double variance = 0;
          for (std::size_t type = 0; type < 3; ++type)
          {
            variance +=
              weightOfType[type] * std::pow(perIon[type] - fraction * basis.reference[type], 2);
          }
          ASSERT_NEAR(grid.parts[part].error[index],
            100 * std::sqrt(variance / grid.ionsPerCount) / whole, 1);
        }
      }
    }
  }
}

TEST(CompositionGrid, IsThatOfTheDefinition)
{
  const Cloud cloud = randomCloud(300, 3, 1);
  CompositionGridOptions options = everything(0.5);
  options.delocalisation = { 1, 0, 0.7 };
  for (const bool decompose : { false, true })
  {
    const CompositionBasis basis = basisOf(decompose);
    expectIsThatOfTheDefinition(
      compositionGrid(cloud.input(), basis, options), cloud, basis, options);
  }
  const CompositionBasis ratio = basisOf(true, { "Li", "O" }, { "Al" });
  expectIsThatOfTheDefinition(
    compositionGrid(cloud.input(), ratio, options), cloud, ratio, options);
}

TEST(CompositionGrid, SharesAnIonAmongTheEightVoxelsAroundIt)
{
  Cloud cloud;
  cloud.add(2.25F, -0.5F, 7.125F, 0);
  CompositionGridOptions options = everything(1);
  options.delocalisation = { 0, 0, 0 };
  const CompositionGrid grid = compositionGrid(cloud.input(), basisOf(false), options);
  EXPECT_EQ(grid.first, (std::array<std::int32_t, 3>{ 2, -1, 7 }));
  ASSERT_EQ(grid.voxels, (std::array<std::size_t, 3>{ 2, 2, 2 }));
  const std::array<std::array<float, 2>, 3> parts{ { { 0.75F, 0.25F }, { 0.5F, 0.5F },
    { 0.875F, 0.125F } } };
  for (std::size_t i = 0; i < 8; ++i)
  {
    EXPECT_EQ(grid.count[i], parts[0][i & 1] * parts[1][i >> 1 & 1] * parts[2][i >> 2]);
  }
}

TEST(CompositionGrid, ConservesIonsAndAtoms)
{
  const Cloud cloud = randomCloud(20000, 8, 2);
  std::array<double, 3> ions{};
  for (const std::int16_t type : cloud.type)
  {
    if (type >= 0)
    {
      ++ions[static_cast<std::size_t>(type)];
    }
  }
  for (const double size : { 0.3, 1.0, 5.0, 100.0 })
  {
    const CompositionGrid asIons = compositionGrid(cloud.input(), basisOf(false), everything(size));
    EXPECT_NEAR(sum(asIons.count, asIons.size()), ions[0] + ions[1] + ions[2], 0.01);
    for (std::size_t type = 0; type < 3; ++type)
    {
      EXPECT_NEAR(sum(asIons.parts[type].count, asIons.size()), ions[type], 0.01);
    }
    const CompositionGrid asAtoms = compositionGrid(cloud.input(), basisOf(true), everything(size));
    EXPECT_NEAR(sum(asAtoms.count, asAtoms.size()), ions[0] + ions[1] + 3 * ions[2], 0.01);
    EXPECT_NEAR(sum(asAtoms.parts[0].count, asAtoms.size()), ions[0] + 2 * ions[2], 0.01);
  }
}

TEST(CompositionGrid, FractionsOfAllPartsAddUpToOne)
{
  const Cloud cloud = randomCloud(5000, 6, 3);
  const CompositionGrid grid = compositionGrid(cloud.input(), basisOf(true), everything());
  for (std::size_t i = 0; i < grid.size(); ++i)
  {
    if (grid.count[i] > 1e-3F)
    {
      ASSERT_NEAR(
        grid.parts[0].percent[i] + grid.parts[1].percent[i] + grid.parts[2].percent[i], 100, 1e-3);
    }
  }
}

TEST(CompositionGrid, IsTheSameForAnyNumberOfThreadsAndAnyOrderOfTheIons)
{
  const Cloud cloud = randomCloud(200000, 20, 4);
  const CompositionBasis basis = basisOf(true);
  const CompositionGrid grid = compositionGrid(cloud.input(), basis, everything());
  for (const int threads : { 1, 3, 8 })
  {
    const ThreadLimit limit(threads);
    EXPECT_TRUE(same(compositionGrid(cloud.input(), basis, everything()), grid)) << threads;
  }
  Cloud reversed;
  for (std::size_t i = cloud.type.size(); i-- > 0;)
  {
    reversed.add(cloud.positions[3 * i], cloud.positions[3 * i + 1], cloud.positions[3 * i + 2],
      cloud.type[i]);
  }
  EXPECT_TRUE(same(compositionGrid(reversed.input(), basis, everything()), grid));
  reversed.type[7] = reversed.type[7] == 1 ? 0 : 1;
  EXPECT_FALSE(same(compositionGrid(reversed.input(), basis, everything()), grid));
}

TEST(CompositionGrid, ErrorIsTheScatterOfARandomAlloy)
{
  // 30 ions per nm³ of one composition everywhere; far from the edge.
  constexpr float edge = 24;
  for (const std::array<double, 3> width :
    { std::array<double, 3>{ 3, 3, 1.5 }, std::array<double, 3>{ 0, 0, 0 } })
  {
    const Cloud cloud = randomCloud(static_cast<std::size_t>(30 * edge * edge * edge), edge, 5);
    CompositionGridOptions options = everything(0.75);
    options.delocalisation = width;
    const CompositionGrid grid = compositionGrid(cloud.input(), basisOf(true), options);
    for (const std::size_t part : { 0, 1, 2 })
    {
      double squares = 0;
      double mean = 0;
      double predicted = 0;
      double count = 0;
      for (std::size_t z = 0; z < grid.voxels[2]; ++z)
      {
        for (std::size_t y = 0; y < grid.voxels[1]; ++y)
        {
          for (std::size_t x = 0; x < grid.voxels[0]; ++x)
          {
            const std::size_t i = x + grid.voxels[0] * (y + grid.voxels[1] * z);
            // Half of what the bulk has is at the surface.
            if (grid.count[i] > 0.8 * 30 * 1.2 * 0.95 * 0.75 * 0.75 * 0.75)
            {
              const auto fraction = static_cast<double>(grid.parts[part].percent[i]);
              const auto error = static_cast<double>(grid.parts[part].error[i]);
              mean += fraction;
              squares += fraction * fraction;
              predicted += error * error;
              ++count;
            }
          }
        }
      }
      ASSERT_GT(count, 5000);
      const double variance = squares / count - mean * mean / (count * count);
      EXPECT_NEAR(std::sqrt(variance / (predicted / count)), 1, 0.06) << part;
    }
  }
}

TEST(CompositionGrid, SpreadsAnIonByTheStatedVariance)
{
  std::mt19937 random(6);
  std::uniform_real_distribution<float> place(0, 10);
  double variance = 0;
  constexpr int trials = 300;
  for (int trial = 0; trial < trials; ++trial)
  {
    Cloud cloud;
    cloud.add(place(random), 0, 0, 0);
    CompositionGridOptions options = everything(0.4);
    options.delocalisation = { 3, 0, 0 };
    const CompositionGrid grid = compositionGrid(cloud.input(), basisOf(false), options);
    for (std::size_t x = 0; x < grid.voxels[0]; ++x)
    {
      const double distance =
        (grid.first[0] + static_cast<double>(x)) * 0.4 - static_cast<double>(cloud.positions[0]);
      for (std::size_t row = 0; row < 4; ++row)
      {
        variance +=
          distance * distance * static_cast<double>(grid.count[row * grid.voxels[0] + x]) / trials;
      }
    }
  }
  // The Gaussian is cut at 3σ, which takes 3 % of its variance.
  EXPECT_NEAR(variance, 0.97 * 1 + 0.4 * 0.4 / 6, 0.015);
}

TEST(CompositionGrid, KernelAddsUpToOneAndReachesAsFarAsItsWidth)
{
  const std::vector<double> kernel = delocalisationKernel(0.5, 3);
  ASSERT_EQ(kernel.size(), 7u);
  EXPECT_NEAR(kernel[0] + 2 * std::accumulate(kernel.begin() + 1, kernel.end(), 0.0), 1, 1e-12);
  EXPECT_NEAR(kernel[2] / kernel[0], std::exp(-0.5), 1e-12);
  EXPECT_NEAR(kernel[6] / kernel[0], std::exp(-4.5), 1e-12);
  EXPECT_EQ(delocalisationKernel(0.1, 0.3).size(), 4u); // 0.3 / 0.1 < 3 in double
  EXPECT_EQ(delocalisationKernel(0.5, 0), (std::vector<double>{ 1 }));
  EXPECT_EQ(delocalisationKernel(2, 1.5), (std::vector<double>{ 1 }));
}

TEST(CompositionGrid, SaysNothingOfVoxelsWithFewIonsBehindThem)
{
  const Cloud cloud = randomCloud(30000, 10, 7);
  CompositionGridOptions options = everything();
  options.minimumCount = 50;
  const CompositionGrid grid = compositionGrid(cloud.input(), basisOf(false), options);
  std::size_t few = 0;
  std::size_t enough = 0;
  for (std::size_t i = 0; i < grid.size(); ++i)
  {
    if (static_cast<double>(grid.count[i]) * grid.ionsPerCount < 50)
    {
      ASSERT_EQ(grid.parts[1].percent[i], 0);
      ASSERT_TRUE(std::isnan(grid.parts[1].error[i]));
      ++few;
    }
    else
    {
      ASSERT_GT(grid.parts[1].percent[i], 0);
      ASSERT_GT(grid.parts[1].error[i], 0);
      ++enough;
    }
  }
  EXPECT_GT(few, 1000u);
  EXPECT_GT(enough, 1000u);
}

TEST(CompositionGrid, LeavesOutWhatWasNotAskedFor)
{
  const Cloud cloud = randomCloud(100, 3, 8);
  CompositionGridOptions options;
  options.errors = false;
  const CompositionGrid grid = compositionGrid(cloud.input(), basisOf(false, { "Li" }), options);
  ASSERT_EQ(grid.parts.size(), 1u);
  EXPECT_FALSE(grid.parts[0].error);
  EXPECT_FALSE(grid.parts[0].count);
  EXPECT_TRUE(grid.parts[0].percent);
}

TEST(CompositionGrid, TakesASingleIonAndManyInOnePlace)
{
  Cloud cloud;
  for (int i = 0; i < 70000; ++i)
  {
    cloud.add(1, 2, 3, i % 2);
  }
  const CompositionGrid grid = compositionGrid(cloud.input(), basisOf(false), everything());
  EXPECT_NEAR(sum(grid.count, grid.size()), 70000, 0.1);
  EXPECT_NEAR(
    *std::max_element(grid.parts[1].percent.get(), grid.parts[1].percent.get() + grid.size()), 50,
    1e-2);
  Cloud one;
  one.add(-1000, 0, 0.1F, 1);
  const CompositionGrid single = compositionGrid(one.input(), basisOf(false), everything(3));
  EXPECT_NEAR(sum(single.count, single.size()), 1, 1e-6);
}

std::string sentenceOf(const Cloud& cloud, const CompositionGridOptions& options)
{
  try
  {
    compositionGrid(cloud.input(), basisOf(true), options);
  }
  catch (const Error& error)
  {
    return error.what();
  }
  return "";
}

TEST(CompositionGrid, SaysWhatIsWrong)
{
  const Cloud cloud = randomCloud(100, 10, 9);
  EXPECT_EQ(sentenceOf({}, {}), "the input has no ions");
  EXPECT_EQ(sentenceOf(cloud, everything(0)), "voxel size is 0; allowed is above 0 nm");
  EXPECT_NE(sentenceOf(cloud, everything(-1)), "");
  EXPECT_NE(sentenceOf(cloud, everything(static_cast<double>(notANumber))), "");
  CompositionGridOptions options;
  options.delocalisation[2] = -1;
  EXPECT_EQ(sentenceOf(cloud, options), "delocalisation is -1; allowed is 0 nm or more");
  options = {};
  options.minimumCount = -1;
  EXPECT_NE(sentenceOf(cloud, options), "");
  EXPECT_NE(
    sentenceOf(cloud, everything(1e-3)).find("e+12 for a voxel size of 0.001 nm, which take"),
    std::string::npos)
    << sentenceOf(cloud, everything(1e-3));
  Cloud unranged = cloud;
  std::fill(unranged.type.begin(), unranged.type.end(), std::int16_t{ -1 });
  EXPECT_NE(sentenceOf(unranged, {}).find("none of the 100 ions"), std::string::npos);
  Cloud stray = cloud;
  stray.add(1e14F, 0, 0, 0);
  EXPECT_NE(sentenceOf(stray, {}).find("number of voxels"), std::string::npos);
  Cloud broken = cloud;
  broken.add(0, notANumber, 0, 0);
  EXPECT_NE(sentenceOf(broken, {}).find("y of ion 100 is"), std::string::npos);
  broken.type.back() = -1;
  EXPECT_EQ(sentenceOf(broken, {}), "");
}

TEST(CompositionGrid, Stops)
{
  const Cloud cloud = randomCloud(1000, 10, 10);
  EXPECT_THROW(
    compositionGrid(cloud.input(), basisOf(true), {}, [](double) { return false; }), Stopped);
  double last = 0;
  compositionGrid(cloud.input(), basisOf(true), {},
    [&last](double fraction)
    {
      EXPECT_GE(fraction, last);
      last = fraction;
      return true;
    });
  EXPECT_GT(last, 0.5);
}

} // namespace
} // namespace apt
