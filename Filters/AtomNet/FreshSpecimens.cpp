// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "FreshSpecimens.h"

#include "Error.h"
#include "KnownSpecimen.h"
#include "Random.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>

namespace apt
{

namespace
{

// Sources number their specimens with an int; those made here begin where it ends.
constexpr std::uint64_t FirstValidation = std::uint64_t(1) << 31;
constexpr std::uint64_t FirstTraining = FirstValidation + (std::uint64_t(1) << 30);
constexpr std::uint64_t NumberEnd = std::uint64_t(1) << 32;

/** A specimen that has been made. */
struct MadeSpecimen
{
  std::vector<float> positions;
  std::vector<std::int16_t> ion;
  std::vector<std::int32_t> truth;
  std::vector<std::string> ionNames;

  MadeSpecimen(const SyntheticSpecimen& specimen, std::uint64_t size)
    : positions(3 * size)
    , ion(size)
    , truth(size)
  {
    std::vector<std::int8_t> phase(size);
    SyntheticSpecimen::Destination destination;
    destination.positions = this->positions.data();
    destination.ion = this->ion.data();
    destination.phase = phase.data();
    specimen.fill(0, 1, destination);
    std::copy(phase.begin(), phase.end(), this->truth.begin());
    for (const IonType& type : specimen.ions())
    {
      this->ionNames.push_back(type.name);
    }
  }

  SpecimenIons view() const
  {
    SpecimenIons ions;
    ions.name = "a synthetic specimen";
    ions.size = this->ion.size();
    ions.positions = this->positions.data();
    ions.ion = this->ion.data();
    ions.truth = this->truth.data();
    ions.ionNames = this->ionNames;
    return ions;
  }
};

/** Makes clouds from recipes, each from the specimen of a number. */
class FreshClouds
{
public:
  FreshClouds(const std::vector<SyntheticSpecimenOptions>& recipes, const Model& model,
    const LabelledCloudOptions& options)
    : Recipes(recipes)
    , Form(model)
    , Options(options)
  {
    this->Form.tensors.clear();
    for (SyntheticSpecimenOptions& recipe : this->Recipes)
    {
      recipe.seed = options.seed;
      check(recipe);
    }
  }

  LabelledCloud cloud(std::uint64_t number) const
  {
    const SyntheticSpecimen specimen(
      this->Recipes[number % this->Recipes.size()], static_cast<std::uint32_t>(number));
    const MadeSpecimen made(specimen, specimen.count(0, 1));
    KnownSpecimen known(made.view(), this->Form, this->Options.orderedValues);
    known.findWaves();
    const std::vector<std::vector<std::uint32_t>> pieces =
      known.cut(this->Options.cloudIons, static_cast<std::size_t>(this->Form.neighbourCount));
    const std::uint32_t word = Random(this->Options.seed).words(Purpose::Training, number, 0)[0];
    return known.cloud(pieces[below(word, static_cast<std::uint32_t>(pieces.size()))]);
  }

private:
  std::vector<SyntheticSpecimenOptions> Recipes;
  Model Form;
  LabelledCloudOptions Options;
};

bool hasBothClasses(const LabelledCloud& cloud)
{
  const auto ordered = std::count(cloud.ordered.begin(), cloud.ordered.end(), 1);
  return ordered > 0 && static_cast<std::size_t>(ordered) < cloud.size();
}

} // namespace

bool areIonsOf(const SpecimenIons& ions, const SyntheticSpecimenOptions& recipe,
  std::uint32_t number, const Progress& progress)
{
  const SyntheticSpecimen specimen(recipe, number, progress);
  const std::uint64_t size = specimen.count(0, 1);
  if (size != ions.size)
  {
    return false;
  }
  const MadeSpecimen made(specimen, size);
  return made.ionNames == ions.ionNames &&
    std::equal(made.positions.begin(), made.positions.end(), ions.positions) &&
    std::equal(made.ion.begin(), made.ion.end(), ions.ion) &&
    std::equal(made.truth.begin(), made.truth.end(), ions.truth);
}

TrainingData freshClouds(const std::vector<SyntheticSpecimenOptions>& recipes, const Model& model,
  int cloudsPerEpoch, const LabelledCloudOptions& options, const Progress& progress)
{
  if (!(options.validationFraction > 0 && options.validationFraction < 1))
  {
    throw ParameterError(
      "ValidationFraction", std::to_string(options.validationFraction), "more than 0 and below 1");
  }
  constexpr int mostClouds = 1000000;
  if (cloudsPerEpoch < 1 || cloudsPerEpoch > mostClouds)
  {
    throw ParameterError("SpecimensPerEpoch", std::to_string(cloudsPerEpoch), "1 to 1000000");
  }
  const auto clouds = std::make_shared<FreshClouds>(recipes, model, options);
  TrainingData data;
  data.clouds = 0;
  data.cloud = [clouds](std::uint64_t number)
  {
    if (number >= NumberEnd - FirstTraining)
    {
      throw Error("more than " + std::to_string(NumberEnd - FirstTraining) +
        " specimens are asked for; fewer Epochs or SpecimensPerEpoch are needed");
    }
    return clouds->cloud(FirstTraining + number);
  };

  // As many of each recipe.
  const double wanted = options.validationFraction * cloudsPerEpoch - 1e-9;
  const std::size_t each = std::max<std::size_t>(
    1, static_cast<std::size_t>(std::ceil(wanted / static_cast<double>(recipes.size()))));
  const std::size_t count = each * recipes.size();
  for (std::size_t i = 0; i < count; ++i)
  {
    if (progress && !progress(static_cast<double>(i) / static_cast<double>(count)))
    {
      throw Stopped();
    }
    // A piece of a large specimen may be all matrix: then the next one of that recipe.
    constexpr std::uint64_t tries = 100;
    for (std::uint64_t attempt = 0; attempt < tries; ++attempt)
    {
      LabelledCloud cloud = clouds->cloud(FirstValidation + i + attempt * count);
      if (hasBothClasses(cloud))
      {
        data.validation.push_back(std::move(cloud));
        break;
      }
    }
    if (data.validation.size() == i)
    {
      throw Error("fresh specimens have ions of one class only, but validation needs both: is "
                  "DomainFraction 0, or do OrderedValues name no phase of theirs?");
    }
  }
  return data;
}

std::vector<Species> speciesIn(const std::vector<SyntheticSpecimenOptions>& recipes)
{
  std::vector<Species> species;
  std::set<std::string> known;
  for (const SyntheticSpecimenOptions& recipe : recipes)
  {
    for (const std::string& element : elementsOf(recipe))
    {
      if (known.insert(element).second)
      {
        species.push_back({ element, { element } });
      }
    }
  }
  return species;
}

} // namespace apt
