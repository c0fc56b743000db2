// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Error.h"
#include "ModelFile.h"
#include "ParallelFor.h"
#include "PointNetReference.h"
#include "PublishedModels.h"
#include "SmallModels.h"
#include "TestFiles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

using namespace apt;

namespace
{
std::vector<float> randomFeatures(const Model& model, std::size_t block, std::size_t ions)
{
  std::mt19937 random(5);
  std::vector<float> features(
    ions * static_cast<std::size_t>(model.neighbourCount) * model.columnCount(block));
  for (float& value : features)
  {
    value = static_cast<float>(static_cast<double>(random()) / 2147483648.0 - 1);
  }
  return features;
}

/** Sets every tensor whose name contains the part to that value. */
void fill(Model& model, const std::string& part, float value)
{
  for (Tensor& tensor : model.tensors)
  {
    if (test::contains(tensor.name, part))
    {
      std::fill(tensor.values.begin(), tensor.values.end(), value);
    }
  }
}

float& valueOf(Model& model, const std::string& name, std::size_t index)
{
  for (Tensor& tensor : model.tensors)
  {
    if (tensor.name == name)
    {
      return tensor.values.at(index);
    }
  }
  throw std::runtime_error("no tensor " + name);
}
} // namespace

using PublishedWeights = test::PublishedWeights;

TEST_P(PublishedWeights, GiveThePublishedAnswers)
{
  const Model model = readModel(this->Path);
  ASSERT_EQ(model.blockCount(), GetParam().blocks);
  for (std::size_t block = 1; block <= model.blockCount(); ++block)
  {
    const std::string stem = test::published + GetParam().name + "_" + std::to_string(block);
    const std::vector<double> answers =
      pointNetReference(model, block, test::floatsOf(stem + ".features.f32"));
    const std::vector<float> expected = test::floatsOf(stem + ".out.f32");
    ASSERT_EQ(answers.size(), 400U);
    ASSERT_EQ(expected.size(), 400U);
    double largest = 0;
    for (std::size_t i = 0; i < answers.size(); ++i)
    {
      ASSERT_TRUE(std::isfinite(answers[i]));
      largest = std::max(largest, std::abs(answers[i] - static_cast<double>(expected[i])));
    }
    EXPECT_LE(largest, 1e-5) << stem;
    std::cout << GetParam().name << " block " << block << ": largest difference " << largest
              << "\n";
  }
}

TEST_P(PublishedWeights, GiveTheSameBytesWhenWrittenAgain)
{
  const Model model = readModel(this->Path);
  EXPECT_TRUE(test::contains(model.licence, "not for redistribution"));
  const std::string again = this->Folder.file("again.safetensors");
  writeModel(again, model);
  EXPECT_EQ(test::readFile(again), test::readFile(this->Path));
}

INSTANTIATE_TEST_SUITE_P(
  Alloys, PublishedWeights, testing::ValuesIn(test::publishedModels()), test::alloyName);

TEST(PointNetReference, DoesNotDependOnTheOrderOfNeighbours)
{
  for (const bool batchNorm : { false, true })
  {
    const Model model = test::randomModel(2, batchNorm);
    const std::size_t columns = model.columnCount(2);
    std::vector<float> features = randomFeatures(model, 2, 20);
    const std::vector<double> before = pointNetReference(model, 2, features);
    std::mt19937 random(3);
    for (std::size_t ion = 0; ion < 20; ++ion)
    {
      for (std::size_t row = 31; row > 0; --row)
      {
        const std::size_t other = random() % (row + 1);
        const auto first = features.begin() + static_cast<std::ptrdiff_t>(ion * 32 * columns);
        std::swap_ranges(first + static_cast<std::ptrdiff_t>(row * columns),
          first + static_cast<std::ptrdiff_t>((row + 1) * columns),
          first + static_cast<std::ptrdiff_t>(other * columns));
      }
    }
    EXPECT_EQ(pointNetReference(model, 2, features), before);
    EXPECT_NE(before.front(), before.back());
  }
}

TEST(PointNetReference, GivesTheSameForAnyNumberOfThreadsAndIons)
{
  const Model model = test::randomModel(1, true);
  const std::vector<float> features = randomFeatures(model, 1, 50);
  const std::vector<double> answers = pointNetReference(model, 1, features);
  ASSERT_EQ(answers.size(), 50U);
  for (const int threads : { 1, 2, 5 })
  {
    const ThreadLimit limit(threads);
    EXPECT_EQ(pointNetReference(model, 1, features), answers);
  }
  const std::vector<float> last(features.end() - 32 * 5, features.end());
  EXPECT_EQ(pointNetReference(model, 1, last), std::vector<double>{ answers.back() });
  EXPECT_EQ(pointNetReference(model, 1, {}), std::vector<double>{});
}

TEST(PointNetReference, WorksOutASmallNetworkAsByHand)
{
  // All weights zero but one way through the network, along which it can be worked out by hand.
  Model model = test::randomModel(1, false);
  fill(model, "block1", 0);
  for (std::size_t i = 0; i < 5; ++i)
  {
    valueOf(model, "block1.tnet1.fc3.bias", i * 5 + i) = 1; // the identity
  }
  for (std::size_t i = 0; i < 32; ++i)
  {
    valueOf(model, "block1.tnet2.fc3.bias", i * 32 + i) = 1;
  }
  valueOf(model, "block1.tnet2.fc3.bias", 3 * 32 + 4) = 10;  // from channel 3 to 4: row-major
  valueOf(model, "block1.mlp1.conv1.weight", 7 * 5 + 2) = 2; // from z to channel 7
  valueOf(model, "block1.mlp1.conv1.bias", 7) = -1;
  valueOf(model, "block1.mlp1.conv2.weight", 3 * 32 + 7) = 1;
  valueOf(model, "block1.mlp2.conv1.weight", 0 * 32 + 4) = 0.1F;
  valueOf(model, "block1.mlp2.conv2.weight", 0) = 1;
  valueOf(model, "block1.mlp2.conv3.weight", 0) = 1;
  valueOf(model, "block1.head.fc1.weight", 0) = 1;
  valueOf(model, "block1.head.fc2.weight", 0) = 1;
  valueOf(model, "block1.head.out.weight", 0) = 1;
  valueOf(model, "block1.head.out.bias", 0) = -0.25F;

  std::vector<float> features(2 * 32 * 5, -5.0F);
  features[(32 + 9) * 5 + 2] = 1.5F; // z of a row of the second ion
  const std::vector<double> answers = pointNetReference(model, 1, features);
  // Every row of the first is cut off by a ReLU; the largest of the second is 2 · 1.5 − 1 = 2.
  EXPECT_NEAR(answers[0], 1 / (1 + std::exp(0.25)), 1e-9);
  EXPECT_NEAR(answers[1], 1 / (1 + std::exp(-1.75)), 1e-7);

  // Batch norm with these figures takes 3 from 1.5 · 2 − 1 = 2, halves it, doubles it, adds 3.5.
  Model normalised = test::randomModel(1, true);
  fill(normalised, "_bn.running_var", 1.0F - 1e-3F);
  fill(normalised, "_bn.running_mean", 0);
  fill(normalised, "_bn.weight", 1);
  fill(normalised, "_bn.bias", 0);
  for (const Tensor& tensor : model.tensors)
  {
    for (std::size_t i = 0; i < tensor.values.size(); ++i)
    {
      valueOf(normalised, tensor.name, i) = tensor.values[i];
    }
  }
  EXPECT_NEAR(pointNetReference(normalised, 1, features)[1], 1 / (1 + std::exp(-1.75)), 1e-7);
  valueOf(normalised, "block1.mlp1.conv1_bn.running_mean", 7) = 3;
  valueOf(normalised, "block1.mlp1.conv1_bn.running_var", 7) = 4.0F - 1e-3F;
  valueOf(normalised, "block1.mlp1.conv1_bn.weight", 7) = 2;
  valueOf(normalised, "block1.mlp1.conv1_bn.bias", 7) = 3.5F;
  EXPECT_NEAR(pointNetReference(normalised, 1, features)[1], 1 / (1 + std::exp(-2.25)), 1e-7);
}

TEST(PointNetReference, LetsNothingThatIsNotANumberPass)
{
  const Model model = test::randomModel(1, false);
  std::vector<float> features = randomFeatures(model, 1, 2);
  features[7] = std::nanf("");
  const std::vector<double> answers = pointNetReference(model, 1, features);
  EXPECT_TRUE(std::isnan(answers[0]));
  EXPECT_TRUE(std::isfinite(answers[1]));
}

TEST(PointNetReference, RejectsFeaturesAndBlocksThatTheModelDoesNotHave)
{
  const Model model = test::randomModel(1, false);
  EXPECT_EQ(
    test::messageOf<ParameterError>([&] { pointNetReference(model, 1, std::vector<float>(161)); }),
    "the number of features is 161; allowed is a multiple of 32 rows × 5 columns");
  EXPECT_THROW(pointNetReference(model, 0, {}), ParameterError);
  EXPECT_THROW(pointNetReference(model, 2, {}), ParameterError);
}

TEST(PointNetReference, RejectsModelThatIsNotSound)
{
  Model model = test::randomModel(1, false);
  model.tensors.front().shape = { 5, 32 };
  EXPECT_EQ(test::messageOf<ParameterError>([&] { pointNetReference(model, 1, {}); }),
    "the shape of tensor \"block1.tnet1.conv1.weight\" is [5, 32]; allowed is [32, 5]");
}

TEST(PointNetReference, StopsWhenTold)
{
  const Model model = test::randomModel(1, false);
  const std::vector<float> features = randomFeatures(model, 1, 200);
  EXPECT_THROW(pointNetReference(model, 1, features, [](double) { return false; }), Stopped);
}
