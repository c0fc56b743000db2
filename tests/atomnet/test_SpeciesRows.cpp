// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "SpeciesRows.h"

#include "Error.h"
#include "TestFiles.h"
#include "UntrainedModel.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

TEST(SpeciesRows, AreReadAsAUserWritesThem)
{
  const std::vector<apt::Species> species =
    apt::parseSpecies({ "*", " Co ", "", "Al: Al, AlH ,Al2", "W:WO" });
  ASSERT_EQ(species.size(), 4u);
  EXPECT_EQ(species[0].name, "*");
  EXPECT_TRUE(species[0].ions.empty());
  EXPECT_EQ(species[1].name, "Co");
  EXPECT_EQ(species[1].ions, std::vector<std::string>{ "Co" });
  EXPECT_EQ(species[2].name, "Al");
  EXPECT_EQ(species[2].ions, (std::vector<std::string>{ "Al", "AlH", "Al2" }));
  EXPECT_EQ(species[3].ions, std::vector<std::string>{ "WO" });
  EXPECT_EQ(apt::formatSpecies(species),
    (std::vector<std::string>{ "*", "Co", "Al: Al, AlH, Al2", "W: WO" }));
  EXPECT_TRUE(apt::parseSpecies({}).empty());
}

TEST(SpeciesRows, ThatMakeNoSenseAreNamed)
{
  for (const char* text : { ":", ": Al", "Al:", "Al: Al,", "Al: ,AlH", "*: Al" })
  {
    try
    {
      apt::parseSpecies({ "Co", text });
      ADD_FAILURE() << text;
    }
    catch (const apt::ParameterError& error)
    {
      EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
    }
  }
}

TEST(SpeciesRows, TakeThePlacesOfAModelsSpecies)
{
  apt::Model model = apt::untrainedModel(apt::Architecture::MomentNet, 1);
  model.species = apt::parseSpecies({ "Cu", "Au" });
  model.latticeParameter = 0.39;
  model.licence = "CC0-1.0";
  apt::replaceSpecies(model, apt::parseSpecies({ "A site: Co, Ni", "*" }));
  EXPECT_EQ(model.codeOf("Ni"), 0);
  EXPECT_EQ(model.codeOf("Cu"), 1);

  EXPECT_EQ(apt::test::messageOf<apt::ParameterError>(
              [&] {
                apt::replaceSpecies(model, apt::parseSpecies({ "Co", "Ni", "*" }));
              }),
    "the number of rows of Species is 3; allowed is 2, a row for each species of the model, in its "
    "order: A site (Co Ni), * (any other ranged ion); or none");
  for (const char* text : { "Co", "W: Co" })
  {
    EXPECT_THROW(apt::replaceSpecies(model, apt::parseSpecies({ "Co", text })), apt::ParameterError)
      << text;
    EXPECT_EQ(model.codeOf("Ni"), 0) << "it stays as it was";
  }
}
