// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "UntrainedModel.h"

#include "Error.h"
#include "SpeciesRows.h"
#include "TrainingHistory.h"

#include <gtest/gtest.h>

#include <cmath>

TEST(UntrainedModel, HasThePublishedFeaturesOrTheLayersOfAMomentNet)
{
  apt::Model pointNet = apt::untrainedModel(apt::Architecture::PointNet, 3);
  EXPECT_EQ(pointNet.blockCount(), 3u);
  EXPECT_EQ(pointNet.neighbourCount, 32);
  EXPECT_EQ(pointNet.features[0].size(), 5u);
  EXPECT_EQ(pointNet.features[1].size(), 6u);
  EXPECT_EQ(pointNet.features[1], pointNet.features[2]);
  apt::Model momentNet = apt::untrainedModel(apt::Architecture::MomentNet, 2);
  EXPECT_EQ(momentNet.blockCount(), 2u);
  EXPECT_EQ(momentNet.neighbourCount, 193);
  for (apt::Model* model : { &pointNet, &momentNet })
  {
    model->species = apt::parseSpecies({ "*", "Al" });
    model->latticeParameter = 0.4;
    model->licence = "CC0-1.0";
    EXPECT_NO_THROW(apt::requireSoundForm(*model));
    EXPECT_TRUE(model->tensors.empty());
  }
  EXPECT_THROW(apt::untrainedModel(apt::Architecture::PointNet, 0), apt::ParameterError);
  EXPECT_THROW(apt::untrainedModel(apt::Architecture::MomentNet, 65), apt::ParameterError);
}

TEST(TrainingHistory, ComesBackFromTheModelButForTheSeconds)
{
  std::vector<apt::TrainingEpoch> epochs(2);
  epochs[0] = { 1, 1, 0.1 + 0.2, 1.0 / 3, { 0.875 }, 12.5, true };
  epochs[1] = { 2, 1, 0.25, 1e-17, { 0.875, 0.9 }, 13, false };
  apt::Model model;
  model.training["history"] = apt::historyText(epochs);
  const std::vector<apt::TrainingEpoch> back = apt::historyOf(model);
  ASSERT_EQ(back.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i)
  {
    EXPECT_EQ(back[i].block, epochs[i].block);
    EXPECT_EQ(back[i].epoch, epochs[i].epoch);
    EXPECT_EQ(back[i].trainingLoss, epochs[i].trainingLoss);
    EXPECT_EQ(back[i].validationLoss, epochs[i].validationLoss);
    EXPECT_EQ(back[i].validationAuc, epochs[i].validationAuc);
    EXPECT_EQ(back[i].best, epochs[i].best);
    EXPECT_TRUE(std::isnan(back[i].seconds));
  }
  epochs[0].seconds = 99;
  EXPECT_EQ(apt::historyText(epochs), std::get<std::string>(model.training["history"]));
}

TEST(TrainingHistory, OfAnotherFormIsNone)
{
  apt::Model model;
  EXPECT_TRUE(apt::historyOf(model).empty());
  model.training["history"] = 3.0;
  EXPECT_TRUE(apt::historyOf(model).empty());
  for (const char* text :
    { "", "{", "[1]", "[[]]", "[[1,2,3,4,5,6]]", "{\"a\":1}", "[[1,2,0.1,0.2,[\"x\"],true]]" })
  {
    model.training["history"] = std::string(text);
    EXPECT_TRUE(apt::historyOf(model).empty()) << text;
  }
}
