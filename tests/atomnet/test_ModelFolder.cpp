// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "ModelFolder.h"

#include "ModelDescription.h"

#include "Error.h"
#include "SmallModels.h"
#include "TestFiles.h"

#include <gtest/gtest.h>

namespace apt
{

TEST(ModelFolder, ListsItsModelsByNameAndNothingElse)
{
  const test::TemporaryFolder folder;
  for (const char* name : { "Au-Cu L1_0 PointNet.safetensors",
         "Al-Li-Mg L1_2 MomentNet.safetensors", "README.md", "other.safetensors.part" })
  {
    std::ofstream(folder.file(name)) << "x";
  }
  EXPECT_EQ(modelNames(folder.path()),
    (std::vector<std::string>{ "Al-Li-Mg L1_2 MomentNet", "Au-Cu L1_0 PointNet" }));
  EXPECT_EQ(modelPath(folder.path(), "Au-Cu L1_0 PointNet"),
    folder.file("Au-Cu L1_0 PointNet.safetensors"));
}

TEST(ModelFolder, NeedNotExist)
{
  EXPECT_TRUE(modelNames("/nowhere/models").empty());
  EXPECT_TRUE(modelNames("").empty());
}

TEST(ModelFolder, NamesWhatThereIsInsteadOfAnUnknownModel)
{
  const test::TemporaryFolder folder;
  std::ofstream(folder.file("Au-Cu L1_0 PointNet.safetensors")) << "x";
  for (const char* name : { "Fe-Al B2 PointNet", "", "../models/Au-Cu L1_0 PointNet" })
  {
    try
    {
      modelPath(folder.path(), name);
      ADD_FAILURE() << name;
    }
    catch (const ParameterError& error)
    {
      const std::string text = error.what();
      EXPECT_NE(text.find(name), std::string::npos) << text;
      EXPECT_NE(text.find("allowed is Au-Cu L1_0 PointNet, or Custom"), std::string::npos) << text;
    }
  }
}

TEST(ModelFolder, LiesBesideTheProgram)
{
  const std::filesystem::path program = std::filesystem::canonical("/proc/self/exe");
  EXPECT_EQ(modelFolder(), (program.parent_path() / "models").string());
}

TEST(ModelDescription, SaysWhatTheModelIsMadeFor)
{
  Model model = test::randomModel(2, true);
  EXPECT_EQ(speciesList(model), "* (any other ranged ion), Ab (Ab AbH), Cd");
  model.threshold = 0.35;
  model.metrics = { { "auc", { 0.903, 0.95567896544 } } };
  EXPECT_EQ(describeModel(model),
    "Alloy: Ab-Cd\n"
    "Species: * (any other ranged ion), Ab (Ab AbH), Cd\n"
    "Network: PointNet on 32 neighbours\n"
    "Blocks: 2\n"
    "Lattice parameter: 0.405 nm\n"
    "Suggested threshold: 0.35\n"
    "auc, block by block: 0.903 0.9557\n"
    "Licence: CC0-1.0");
}

TEST(ModelDescription, NamesTheWindowsOfLatticeWaves)
{
  Model model = test::randomMomentNet(2);
  EXPECT_FALSE(test::contains(describeModel(model), "waves"));
  model.moments.waveWindows = 3;
  EXPECT_TRUE(test::contains(describeModel(model),
    "Blocks: 2\nLattice waves: in windows of 14, 7, 3.5 lattice parameters, along the normal of "
    "the planes\nLattice parameter: "))
    << describeModel(model);
}

} // namespace apt
