// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Error.h"
#include "NetworkCost.h"
#include "SmallModels.h"

#include <gtest/gtest.h>

using namespace apt;

TEST(NetworkCost, IsThatOfThePublishedNetwork)
{
  // science.md of the design: 1,266,080 per ion and block of five features.
  Model model = test::randomModel(2, true);
  EXPECT_EQ(multiplyAddsPerIon(model, 1), 1266080U);
  EXPECT_EQ(multiplyAddsPerIon(model), multiplyAddsPerIon(model, 1) + multiplyAddsPerIon(model, 2));
  EXPECT_THROW(multiplyAddsPerIon(model, 0), ParameterError);
  EXPECT_THROW(multiplyAddsPerIon(model, 3), ParameterError);
}

TEST(NetworkCost, OfAMomentNetIsAThirdOfAPublishedBlock)
{
  Model model = test::randomMomentNet(3);
  model.moments = MomentForm();
  model.neighbourCount = 193;
  // By hand: 192 neighbours · 25 functions · 10 channels; 637 → 88 → 32 → 1; 32 → 10 twice.
  const std::uint64_t layer = 192 * 25 * 10 + 637 * 88 + 88 * 32 + 32 + 2 * 32 * 10;
  EXPECT_EQ(model.moments.inputSize(), 637);
  EXPECT_EQ(multiplyAddsPerIon(model, 2), layer);
  EXPECT_EQ(multiplyAddsPerIon(model), 4 * layer);
  EXPECT_LE(multiplyAddsPerIon(model), 450000U);

  // With waves of 5 species in 3 windows, 3 numbers each, of which the own species' map makes a state.
  model.moments.waveWindows = 3;
  model.species = { { "A", { "A" } }, { "B", { "B" } }, { "C", { "C" } }, { "D", { "D" } },
    { "*", {} } };
  EXPECT_EQ(multiplyAddsPerIon(model, 1), layer + 45 * 32);
  EXPECT_EQ(multiplyAddsPerIon(model), 4 * layer + 45 * 32);
  EXPECT_LE(multiplyAddsPerIon(model), 450000U);
}
