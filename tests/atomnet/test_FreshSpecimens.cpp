// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "FreshSpecimens.h"

#include "Error.h"
#include "SpeciesRows.h"
#include "SpecimenPreset.h"
#include "UntrainedModel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace
{

apt::SyntheticSpecimenOptions recipeOf(std::size_t preset = 0, double edge = 4)
{
  apt::SyntheticSpecimenOptions recipe = apt::specimenPresets()[preset].options;
  recipe.edgeLength = edge;
  recipe.domainRadius = { 0.8, 1.0 };
  return recipe;
}

apt::Model modelOf(const std::vector<apt::SyntheticSpecimenOptions>& recipes)
{
  apt::Model model = apt::untrainedModel(apt::Architecture::MomentNet, 1);
  model.species = apt::speciesIn(recipes);
  model.latticeParameter = recipes[0].latticeParameter;
  return model;
}

/** A specimen as the source makes it. */
struct Made
{
  std::vector<float> positions;
  std::vector<std::int16_t> ion;
  std::vector<std::int8_t> phase;
  std::vector<std::int32_t> truth;
  apt::SpecimenIons ions;

  Made(const apt::SyntheticSpecimenOptions& recipe, std::uint32_t number)
  {
    const apt::SyntheticSpecimen specimen(recipe, number);
    this->ions.size = specimen.count(0, 1);
    this->positions.resize(3 * this->ions.size);
    this->ion.resize(this->ions.size);
    this->phase.resize(this->ions.size);
    specimen.fill(
      0, 1, { this->positions.data(), nullptr, this->ion.data(), this->phase.data(), nullptr });
    this->truth.assign(this->phase.begin(), this->phase.end());
    this->ions.name = "made";
    this->ions.positions = this->positions.data();
    this->ions.ion = this->ion.data();
    this->ions.truth = this->truth.data();
    for (const apt::IonType& type : specimen.ions())
    {
      this->ions.ionNames.push_back(type.name);
    }
  }
};

bool isSame(const apt::LabelledCloud& one, const apt::LabelledCloud& other)
{
  return one.positions == other.positions && one.species == other.species &&
    one.ordered == other.ordered;
}

} // namespace

TEST(FreshSpecimens, AreTheSameForTheSameNumberAndSeedAlone)
{
  const std::vector<apt::SyntheticSpecimenOptions> recipes{ recipeOf() };
  apt::LabelledCloudOptions options;
  const apt::TrainingData data = apt::freshClouds(recipes, modelOf(recipes), 10, options);
  const apt::TrainingData again = apt::freshClouds(recipes, modelOf(recipes), 10, options);
  options.seed = 2;
  const apt::TrainingData others = apt::freshClouds(recipes, modelOf(recipes), 10, options);
  EXPECT_EQ(data.clouds, 0u) << "without end";
  for (const std::uint64_t number : { 0, 1, 12345678 })
  {
    EXPECT_GT(data.cloud(number).size(), 500u);
    EXPECT_TRUE(isSame(data.cloud(number), again.cloud(number)));
    EXPECT_FALSE(isSame(data.cloud(number), others.cloud(number)));
  }
  // The seed of the recipe is that of the specimens in the pipeline.
  std::vector<apt::SyntheticSpecimenOptions> reseeded = recipes;
  reseeded[0].seed = 99;
  options.seed = 1;
  EXPECT_TRUE(
    isSame(apt::freshClouds(reseeded, modelOf(recipes), 10, options).cloud(3), data.cloud(3)));
}

TEST(FreshSpecimens, AreAllDifferentAndNeverThoseOfTheSourceOrOfValidation)
{
  const std::vector<apt::SyntheticSpecimenOptions> recipes{ recipeOf() };
  const apt::Model model = modelOf(recipes);
  const apt::TrainingData data = apt::freshClouds(recipes, model, 20);
  std::vector<std::vector<float>> all;
  for (std::uint64_t number = 0; number < 10; ++number)
  {
    all.push_back(data.cloud(number).positions);
  }
  ASSERT_EQ(data.validation.size(), 2u);
  for (const apt::LabelledCloud& cloud : data.validation)
  {
    all.push_back(cloud.positions);
  }
  for (std::uint32_t number = 0; number < 5; ++number)
  {
    all.push_back(Made(recipes[0], number).positions);
  }
  const std::size_t size = all.size();
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  EXPECT_EQ(all.size(), size);
}

TEST(FreshSpecimens, FollowTheRecipe)
{
  const std::vector<apt::SyntheticSpecimenOptions> recipes{ recipeOf(0, 6) };
  const apt::TrainingData data = apt::freshClouds(recipes, modelOf(recipes), 10);
  double ordered = 0;
  double lithium = 0;
  double ions = 0;
  for (std::uint64_t number = 0; number < 8; ++number)
  {
    const apt::LabelledCloud cloud = data.cloud(number);
    ions += static_cast<double>(cloud.size());
    ordered += static_cast<double>(std::count(cloud.ordered.begin(), cloud.ordered.end(), 1));
    lithium += static_cast<double>(std::count(cloud.species.begin(), cloud.species.end(), 1));
  }
  EXPECT_NEAR(ordered / ions, 0.2, 0.03);
  // 0.05 in the matrix, a quarter of 0.86 in the domains.
  EXPECT_NEAR(lithium / ions, 0.8 * 0.05 + 0.2 * 0.86 / 4, 0.01);
}

TEST(FreshSpecimens, OfSeveralRecipesTakeTurns)
{
  std::vector<apt::SyntheticSpecimenOptions> recipes(3, recipeOf());
  recipes[0].detectionEfficiency = { 0.2, 0.2 };
  recipes[1].detectionEfficiency = { 0.5, 0.5 };
  recipes[2].detectionEfficiency = { 1, 1 };
  const apt::TrainingData data = apt::freshClouds(recipes, modelOf(recipes), 10);
  // As many of each to validate with, though a tenth of ten is one.
  ASSERT_EQ(data.validation.size(), 3u);
  for (const auto& cloud : { std::function<apt::LabelledCloud(std::size_t)>(data.cloud),
         std::function<apt::LabelledCloud(std::size_t)>(
           [&data](std::size_t i) { return data.validation[i]; }) })
  {
    std::array<std::size_t, 3> sizes{ cloud(0).size(), cloud(1).size(), cloud(2).size() };
    std::sort(sizes.begin(), sizes.end());
    EXPECT_NEAR(static_cast<double>(sizes[0]) / static_cast<double>(sizes[2]), 0.2, 0.05);
    EXPECT_NEAR(static_cast<double>(sizes[1]) / static_cast<double>(sizes[2]), 0.5, 0.05);
  }
}

TEST(FreshSpecimens, LargeOnesGiveAPieceEach)
{
  const std::vector<apt::SyntheticSpecimenOptions> recipes{ recipeOf(0, 8) };
  apt::LabelledCloudOptions options;
  options.cloudIons = 2000;
  const apt::TrainingData data = apt::freshClouds(recipes, modelOf(recipes), 10, options);
  for (std::uint64_t number = 0; number < 5; ++number)
  {
    EXPECT_LE(data.cloud(number).size(), 2000u);
    EXPECT_GE(data.cloud(number).size(), 1000u);
  }
}

TEST(FreshSpecimens, PiecesOfLargeOnesAreToldTheWavesOfTheWhole)
{
  const std::vector<apt::SyntheticSpecimenOptions> recipes{ recipeOf(0, 6) };
  apt::Model model = modelOf(recipes);
  model.moments.waveWindows = 1;
  apt::LabelledCloudOptions options;
  const apt::LabelledCloud whole = apt::freshClouds(recipes, model, 10, options).cloud(0);
  options.cloudIons = whole.size() / 4 + 1;
  const apt::LabelledCloud piece = apt::freshClouds(recipes, model, 10, options).cloud(0);
  EXPECT_LT(piece.size(), whole.size() / 3);
  EXPECT_EQ(piece.normal, whole.normal);
  const std::size_t features = whole.waves.size() / whole.size();
  ASSERT_EQ(piece.waves.size(), piece.size() * features);
  ASSERT_GT(features, 0u);
  // Both keep the order of the specimen.
  std::size_t i = 0;
  for (std::size_t j = 0; j < whole.size() && i < piece.size(); ++j)
  {
    if (std::equal(&whole.positions[3 * j], &whole.positions[3 * j] + 3, &piece.positions[3 * i]))
    {
      EXPECT_TRUE(std::equal(&whole.waves[features * j], &whole.waves[features * j] + features,
        &piece.waves[features * i]));
      ++i;
    }
  }
  EXPECT_EQ(i, piece.size());
}

TEST(FreshSpecimens, OnesToValidateWithHaveBothClasses)
{
  // Few domains in a large specimen: most pieces are all matrix.
  apt::SyntheticSpecimenOptions recipe = recipeOf(0, 9);
  recipe.domainFraction = 0.01;
  apt::LabelledCloudOptions options;
  options.cloudIons = 1500;
  options.validationFraction = 0.5;
  const apt::TrainingData data = apt::freshClouds({ recipe }, modelOf({ recipe }), 12, options);
  ASSERT_EQ(data.validation.size(), 6u);
  for (const apt::LabelledCloud& cloud : data.validation)
  {
    EXPECT_GT(std::count(cloud.ordered.begin(), cloud.ordered.end(), 1), 0);
  }
  recipe.domainFraction = 0;
  EXPECT_THROW(apt::freshClouds({ recipe }, modelOf({ recipe }), 12, options), apt::Error);
}

TEST(FreshSpecimens, TellTheIonsOfASpecimenFromOthers)
{
  const apt::SyntheticSpecimenOptions recipe = recipeOf();
  Made made(recipe, 3);
  EXPECT_TRUE(apt::areIonsOf(made.ions, recipe, 3));
  EXPECT_FALSE(apt::areIonsOf(made.ions, recipe, 2));
  // Shuffled identities, another truth, a moved ion, another name, a lost ion.
  std::swap(*std::find(made.ion.begin(), made.ion.end(), 0),
    *std::find(made.ion.begin(), made.ion.end(), 1));
  EXPECT_FALSE(apt::areIonsOf(made.ions, recipe, 3));
  Made relabelled(recipe, 3);
  relabelled.truth[5] = 1 - relabelled.truth[5];
  EXPECT_FALSE(apt::areIonsOf(relabelled.ions, recipe, 3));
  Made moved(recipe, 3);
  moved.positions[7] += 0.01F;
  EXPECT_FALSE(apt::areIonsOf(moved.ions, recipe, 3));
  Made renamed(recipe, 3);
  renamed.ions.ionNames[0] = "Xx";
  EXPECT_FALSE(apt::areIonsOf(renamed.ions, recipe, 3));
  Made fewer(recipe, 3);
  --fewer.ions.size;
  EXPECT_FALSE(apt::areIonsOf(fewer.ions, recipe, 3));
}

TEST(FreshSpecimens, SpeciesAreTheElementsOfAllRecipes)
{
  const std::vector<apt::Species> species = apt::speciesIn({ recipeOf(0), recipeOf(1) });
  EXPECT_EQ(
    apt::formatSpecies(species), (std::vector<std::string>{ "Al", "Li", "Mg", "Cu", "Au" }));
}

TEST(FreshSpecimens, RefuseWhatCannotBeMade)
{
  apt::SyntheticSpecimenOptions recipe = recipeOf();
  const apt::Model model = modelOf({ recipe });
  apt::LabelledCloudOptions options;
  options.validationFraction = 0;
  EXPECT_THROW(apt::freshClouds({ recipe }, model, 10, options), apt::ParameterError);
  EXPECT_THROW(apt::freshClouds({ recipe }, model, 0), apt::ParameterError);
  recipe.domainRadius = { 40, 50 };
  EXPECT_THROW(apt::freshClouds({ recipe }, model, 10), apt::ParameterError);
}
