// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Error.h"
#include "ModelTensors.h"
#include "PointNet.h"
#include "PointNetReference.h"
#include "PublishedModels.h"
#include "SmallModels.h"

#include <ATen/CPUGeneratorImpl.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

using namespace apt;

namespace
{

PointNet blockOf(const Model& model, std::size_t block)
{
  PointNet network(PointNetOptions(static_cast<int64_t>(model.columnCount(block)))
                     .batchNorm(model.batchNorm)
                     .batchNormEpsilon(model.batchNormEpsilon));
  loadTensors(*network, model, "block" + std::to_string(block) + ".");
  return network;
}

std::vector<float> answersOf(const Model& model, std::size_t block, std::vector<float> features)
{
  const torch::NoGradGuard constant;
  const auto columns = static_cast<int64_t>(model.columnCount(block));
  const torch::Tensor input =
    torch::from_blob(features.data(), { static_cast<int64_t>(features.size()) })
      .view({ -1, model.neighbourCount, columns });
  const torch::Tensor answers = blockOf(model, block)->forward(input).logits.sigmoid();
  const float* begin = answers.data_ptr<float>();
  return { begin, begin + answers.numel() };
}

std::vector<float> valuesOf(const torch::Tensor& tensor)
{
  const float* begin = tensor.data_ptr<float>();
  return { begin, begin + tensor.numel() };
}

/** A model of one new network, without what training would add. */
Model untrained(bool batchNorm)
{
  Model model = test::randomModel(1, batchNorm);
  model.tensors.clear();
  torch::manual_seed(7);
  const PointNet network(PointNetOptions(5).batchNorm(batchNorm));
  storeTensors(*network, "block1.", model);
  return model;
}

} // namespace

using PublishedWeightsInLibTorch = test::PublishedWeights;

TEST_P(PublishedWeightsInLibTorch, GiveThePublishedAnswers)
{
  const Model model = readModel(this->Path);
  for (std::size_t block = 1; block <= model.blockCount(); ++block)
  {
    const std::string stem = test::published + GetParam().name + "_" + std::to_string(block);
    const std::vector<float> answers =
      answersOf(model, block, test::floatsOf(stem + ".features.f32"));
    const std::vector<float> expected = test::floatsOf(stem + ".out.f32");
    ASSERT_EQ(answers.size(), 400U);
    ASSERT_EQ(expected.size(), 400U);
    for (std::size_t ion = 0; ion < answers.size(); ++ion)
    {
      EXPECT_NEAR(answers[ion], expected[ion], 1e-5) << stem << " ion " << ion;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
  Alloys, PublishedWeightsInLibTorch, testing::ValuesIn(test::publishedModels()), test::alloyName);

TEST(PointNet, AgreesWithThePlainReference)
{
  for (const bool batchNorm : { false, true })
  {
    const Model model = test::randomModel(2, batchNorm);
    for (const std::size_t block : { 1, 2 })
    {
      torch::manual_seed(3);
      const std::vector<float> features =
        valuesOf(torch::rand({ 50, 32, static_cast<int64_t>(model.columnCount(block)) }) * 2 - 1);
      const std::vector<double> expected = pointNetReference(model, block, features);
      const std::vector<float> answers = answersOf(model, block, features);
      ASSERT_EQ(answers.size(), expected.size());
      for (std::size_t ion = 0; ion < answers.size(); ++ion)
      {
        EXPECT_NEAR(answers[ion], expected[ion], 2e-6);
      }
    }
  }
}

TEST(PointNet, BeginsWithTheIdentityInBothTransforms)
{
  for (const bool batchNorm : { false, true })
  {
    torch::manual_seed(1);
    PointNet network(PointNetOptions(6).batchNorm(batchNorm));
    for (const bool training : { true, false })
    {
      FoundStatistics statistics;
      const PointNetAnswer answer =
        network->forward(torch::randn({ 4, 32, 6 }), { training ? &statistics : nullptr, nullptr });
      EXPECT_TRUE(torch::equal(answer.inputTransform, torch::eye(6).expand({ 4, 6, 6 })));
      EXPECT_TRUE(torch::equal(answer.featureTransform, torch::eye(32).expand({ 4, 32, 32 })));
    }
  }
}

TEST(PointNet, HasTheNumberOfParametersOfThePublishedOne)
{
  const auto count = [](const PointNetOptions& options)
  {
    int64_t parameters = 0;
    for (const torch::Tensor& tensor : PointNet(options)->parameters())
    {
      parameters += tensor.numel();
    }
    return parameters;
  };
  EXPECT_EQ(count(PointNetOptions(5)), 177402);
  EXPECT_EQ(count(PointNetOptions(5).batchNorm(true)), 180026);
}

TEST(PointNet, HasTheGradientsOfItsAnswer)
{
  for (const bool batchNorm : { false, true })
  {
    torch::manual_seed(2);
    PointNet network(PointNetOptions(5).batchNorm(batchNorm).dropout(0));
    network->to(torch::kFloat64);
    const torch::Tensor features =
      torch::randn({ 8, 32, 5 }, torch::TensorOptions().dtype(torch::kFloat64));
    {
      // Away from where the T-Nets do not depend on their input.
      const torch::NoGradGuard constant;
      network->tnet1->fc3->weight.normal_(0, 0.05);
      network->tnet2->fc3->weight.normal_(0, 0.02);
    }
    const torch::Tensor truth = torch::arange(8, features.options()).remainder(2);
    const auto loss = [&]
    {
      FoundStatistics statistics;
      const PointNetAnswer answer = network->forward(features, { &statistics, nullptr });
      EXPECT_EQ(statistics.batches.size(), batchNorm ? 17U : 0U);
      return torch::binary_cross_entropy_with_logits(answer.logits, truth) +
        0.01 * orthogonalityLoss(answer.featureTransform);
    };
    network->zero_grad();
    loss().backward();
    int checked = 0;
    for (const auto& item : network->named_parameters())
    {
      const torch::Tensor gradient = item.value().grad().flatten();
      // Its steepest entry: where a step of the loss is least drowned by rounding.
      const int64_t at = gradient.abs().argmax().item<int64_t>();
      const double expected = gradient[at].item<double>();
      const torch::NoGradGuard constant;
      torch::Tensor values = item.value().view({ -1 });
      const double before = values[at].item<double>();
      const double step = 1e-6;
      values[at] = before + step;
      const double above = loss().item<double>();
      values[at] = before - step;
      const double below = loss().item<double>();
      values[at] = before;
      EXPECT_NEAR((above - below) / (2 * step), expected, 1e-6 + 1e-4 * std::abs(expected))
        << item.key();
      checked += expected != 0;
    }
    // A bias before a batch norm has no influence; every other parameter has.
    EXPECT_GE(checked, batchNorm ? 40 : 38);
  }
}

TEST(PointNet, AnswersTheSameInAnyOrderOfTheRows)
{
  torch::manual_seed(4);
  PointNet network(PointNetOptions(5).batchNorm(true));
  const torch::NoGradGuard constant;
  const torch::Tensor features = torch::randn({ 20, 32, 5 });
  const torch::Tensor mixed = features.index_select(1, torch::randperm(32));
  const torch::Tensor answers = network->forward(features).logits;
  EXPECT_TRUE(torch::allclose(answers, network->forward(mixed).logits, 1e-5, 1e-6));
  EXPECT_GT(answers.std().item<double>(), 0);
}

TEST(PointNet, DropsSomeOfTheHeadWhenItLearns)
{
  torch::manual_seed(5);
  PointNet network(PointNetOptions(5).dropout(0.5));
  const torch::NoGradGuard constant;
  const torch::Tensor features = torch::randn({ 200, 32, 5 });
  const torch::Tensor whole = network->forward(features).logits;
  const auto dropped = [&](std::uint64_t seed)
  {
    at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
    return network->forward(features, { nullptr, &generator }).logits;
  };
  EXPECT_TRUE(torch::equal(dropped(1), dropped(1)));
  EXPECT_FALSE(torch::equal(dropped(1), dropped(2)));
  EXPECT_FALSE(torch::equal(dropped(1), whole));
  // What is kept is scaled up: right on average.
  torch::Tensor mean = torch::zeros_like(whole);
  for (std::uint64_t seed = 0; seed < 300; ++seed)
  {
    mean += network->head->forward(torch::ones({ 200, 128 }),
              [&]
              {
                static at::Generator generator;
                generator = at::make_generator<at::CPUGeneratorImpl>(seed);
                return PointNetBatch{ nullptr, &generator };
              }()) /
      300;
  }
  const double expected = network->head->forward(torch::ones({ 1, 128 })).item<double>();
  EXPECT_NEAR(mean.mean().item<double>(), expected, 0.2 * std::abs(expected) + 0.05);
}

TEST(PointNet, MeasuresHowFarMatricesAreFromOrthogonal)
{
  const double angle = 0.3;
  torch::Tensor turn = torch::eye(3).repeat({ 2, 1, 1 });
  turn[0][0][0] = std::cos(angle);
  turn[0][0][1] = -std::sin(angle);
  turn[0][1][0] = std::sin(angle);
  turn[0][1][1] = std::cos(angle);
  EXPECT_NEAR(orthogonalityLoss(turn).item<double>(), 0, 1e-12);
  // ‖1 − 4·1‖² = 9 for each of three diagonal entries of the one matrix, 0 for the other.
  turn[1] *= 2;
  EXPECT_NEAR(orthogonalityLoss(turn).item<double>(), 27.0 / 2, 1e-5);
}

TEST(ModelTensors, GiveBackTheWeightsThatWereStored)
{
  for (const bool batchNorm : { false, true })
  {
    test::TemporaryFolder folder;
    Model model = untrained(batchNorm);
    writeModel(folder.file("first"), model);
    const Model read = readModel(folder.file("first"));
    const PointNet network = blockOf(read, 1);
    Model again = read;
    again.tensors.clear();
    storeTensors(*network, "block1.", again);
    writeModel(folder.file("second"), again);
    EXPECT_EQ(test::readFile(folder.file("first")), test::readFile(folder.file("second")));
  }
}

TEST(ModelTensors, AreTheSameFromTheSameSeedOnly)
{
  const Model model = untrained(true);
  const Model again = untrained(true);
  torch::manual_seed(8);
  Model other = test::randomModel(1, true);
  storeTensors(*PointNet(PointNetOptions(5).batchNorm(true)), "block1.", other);
  for (std::size_t i = 0; i < model.tensors.size(); ++i)
  {
    EXPECT_EQ(model.tensors[i].values, again.tensors[i].values);
  }
  EXPECT_NE(model.tensor("block1.mlp1.conv1.weight").values,
    other.tensor("block1.mlp1.conv1.weight").values);
}

TEST(ModelTensors, RejectNetworkOfAnotherForm)
{
  const Model model = test::randomModel(1, false);
  PointNet wide(PointNetOptions(6));
  EXPECT_EQ(test::messageOf<ParameterError>([&] { loadTensors(*wide, model, "block1."); }),
    "the shape of block1.mlp1.conv1.weight is [32, 5]; allowed is [32, 6]");
  Model target = model;
  EXPECT_THROW(storeTensors(*wide, "block1.", target), ParameterError);
  Model normalised = test::randomModel(1, true);
  EXPECT_EQ(test::messageOf<ParameterError>(
              [&] { storeTensors(*PointNet(PointNetOptions(5)), "block1.", normalised); }),
    "the network's block1.tnet1.conv1_bn.weight is missing; allowed is [32]");
}
