// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "LabelledClouds.h"

#include "CellSortedCloud.h"
#include "Error.h"
#include "Fingerprint.h"
#include "IonCloud.h"
#include "KnownSpecimen.h"
#include "ModelDescription.h"
#include "Random.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>

namespace apt
{

namespace
{

/** Below it a cloud is mostly surface, where neighbours are missing. */
constexpr std::size_t LeastCloudIons = 1000;

/** Ions that make one cloud. */
struct Piece
{
  std::size_t specimen = 0; ///< place in the list
  std::vector<std::uint32_t> ions;
  std::size_t ordered = 0;

  bool hasBothClasses() const { return this->ordered > 0 && this->ordered < this->ions.size(); }
};

std::string valuesText(const std::vector<int>& values)
{
  std::string text;
  for (const int value : values)
  {
    text += (text.empty() ? "" : " or ") + std::to_string(value);
  }
  return text.empty() ? "(no value)" : text;
}

[[noreturn]] void refuseOneClass(
  const std::vector<KnownSpecimen>& specimens, bool ordered, const std::vector<int>& orderedValues)
{
  std::set<std::int32_t> found;
  constexpr std::size_t enough = 8;
  for (const KnownSpecimen& specimen : specimens)
  {
    for (std::size_t i = 0; i < specimen.source().size && found.size() < enough; ++i)
    {
      found.insert(specimen.source().truth[i]);
    }
  }
  std::string values;
  for (const std::int32_t value : found)
  {
    values += (values.empty() ? "" : ", ") + std::to_string(value);
  }
  throw Error(std::string("the ions to learn from are of one class only: ") +
    (ordered ? "all" : "none") + " of them are ordered, which is a truth of " +
    valuesText(orderedValues) + " (their truth is " + values +
    (found.size() < enough ? "" : ", …") + "); choose other OrderedValues, or data with both");
}

void requireFraction(double fraction)
{
  if (!(fraction > 0 && fraction < 1))
  {
    throw ParameterError("ValidationFraction", std::to_string(fraction), "more than 0 and below 1");
  }
}

/** The clouds that are drawn for validation: those in both classes, in random order. */
std::vector<std::size_t> drawn(
  const std::vector<Piece>& pieces, double fraction, std::uint64_t seed)
{
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < pieces.size(); ++i)
  {
    if (pieces[i].hasBothClasses())
    {
      order.push_back(i);
    }
  }
  const Random random(seed);
  for (std::size_t left = order.size(); left > 1; --left)
  {
    // Branch 0: those of training itself begin with 1.
    const std::uint32_t word = random.words(Purpose::Training, left, 0)[0];
    std::swap(order[left - 1], order[below(word, static_cast<std::uint32_t>(left))]);
  }
  const auto wanted =
    static_cast<std::size_t>(std::lround(fraction * static_cast<double>(pieces.size())));
  order.resize(std::min({ order.size(), std::max<std::size_t>(wanted, 1), pieces.size() - 1 }));
  return order;
}

} // namespace

SpecimenUse useOf(const std::string& name)
{
  return name.rfind("Validation", 0) == 0 ? SpecimenUse::Validation
    : name.rfind("Test", 0) == 0          ? SpecimenUse::Test
                                          : SpecimenUse::Training;
}

std::vector<Species> speciesIn(const std::vector<SpecimenIons>& specimens)
{
  std::vector<Species> species;
  std::set<std::string> known;
  for (const SpecimenIons& specimen : specimens)
  {
    std::vector<bool> occurs(specimen.ionNames.size());
    for (std::size_t i = 0; specimen.use != SpecimenUse::Test && i < specimen.size; ++i)
    {
      const std::int16_t ion = specimen.ion[i];
      if (ion >= 0 && static_cast<std::size_t>(ion) < occurs.size())
      {
        occurs[static_cast<std::size_t>(ion)] = true;
      }
    }
    for (std::size_t ion = 0; ion < occurs.size(); ++ion)
    {
      const std::string& name = specimen.ionNames[ion];
      if (occurs[ion] && known.insert(name).second)
      {
        species.push_back({ name, { name } });
      }
    }
  }
  return species;
}

TrainingData cutIntoClouds(const std::vector<SpecimenIons>& specimens, const Model& model,
  const LabelledCloudOptions& options, const Progress& progress)
{
  requireFraction(options.validationFraction);
  const auto known = std::make_shared<std::vector<KnownSpecimen>>();
  std::size_t all = 0;
  std::size_t ordered = 0;
  bool hasValidation = false;
  std::string names;
  for (const SpecimenIons& specimen : specimens)
  {
    if (specimen.use == SpecimenUse::Test || specimen.size == 0)
    {
      continue;
    }
    known->emplace_back(specimen, model, options.orderedValues);
    const std::size_t size = known->back().ions().size();
    if (size == 0)
    {
      known->pop_back();
      continue;
    }
    if (size < static_cast<std::size_t>(model.neighbourCount))
    {
      throw Error(specimen.name + " has " + std::to_string(size) +
        " ions of the model's species; the network looks at " +
        std::to_string(model.neighbourCount) + " at a time");
    }
    hasValidation = hasValidation || specimen.use == SpecimenUse::Validation;
    if (specimen.use == SpecimenUse::Training)
    {
      all += size;
      ordered += known->back().countOrdered(known->back().ions());
    }
  }
  if (all == 0)
  {
    throw Error("there is no ion of the model's species to learn from; its species are " +
      speciesList(model));
  }
  if (ordered == 0 || ordered == all)
  {
    refuseOneClass(*known, ordered > 0, options.orderedValues);
  }

  const std::size_t most = std::max<std::size_t>(options.cloudIons, 1);
  const std::size_t limit = hasValidation
    ? most
    : std::min(most,
        std::max(LeastCloudIons,
          static_cast<std::size_t>(options.validationFraction * static_cast<double>(all))));
  const auto pieces = std::make_shared<std::vector<Piece>>();
  std::vector<Piece> validation;
  for (std::size_t i = 0; i < known->size(); ++i)
  {
    KnownSpecimen& specimen = (*known)[i];
    if (progress && !progress(static_cast<double>(i) / static_cast<double>(known->size())))
    {
      throw Stopped();
    }
    specimen.findWaves(
      subProgress(progress, static_cast<double>(i) / static_cast<double>(known->size()),
        static_cast<double>(i + 1) / static_cast<double>(known->size())));
    const bool forValidation = specimen.source().use == SpecimenUse::Validation;
    for (std::vector<std::uint32_t>& ions :
      specimen.cut(limit, static_cast<std::size_t>(model.neighbourCount)))
    {
      const std::size_t count = specimen.countOrdered(ions);
      (forValidation ? validation : *pieces).push_back({ i, std::move(ions), count });
    }
    specimen.forgetIons();
  }
  if (hasValidation)
  {
    validation.erase(std::remove_if(validation.begin(), validation.end(),
                       [](const Piece& piece) { return !piece.hasBothClasses(); }),
      validation.end());
  }
  else
  {
    if (pieces->size() < 2)
    {
      throw Error("there are " + std::to_string(all) +
        " ions to learn from, too few for two clouds, one of them to validate with; " +
        std::to_string(LeastCloudIons + 1) + " or more are needed, or several specimens");
    }
    std::vector<std::size_t> places = drawn(*pieces, options.validationFraction, options.seed);
    for (const std::size_t place : places)
    {
      validation.push_back((*pieces)[place]);
    }
    std::sort(places.rbegin(), places.rend());
    for (const std::size_t place : places)
    {
      pieces->erase(pieces->begin() + static_cast<std::ptrdiff_t>(place));
    }
  }
  if (validation.empty())
  {
    throw Error(
      "no cloud has ions of both classes, as validation needs: of the specimens in pieces "
      "of " +
      std::to_string(limit) + " ions at most, each is wholly ordered or not at all");
  }

  TrainingData data;
  data.clouds = pieces->size();
  data.cloud = [known, pieces](std::uint64_t number)
  {
    const Piece& piece = (*pieces)[static_cast<std::size_t>(number)];
    return (*known)[piece.specimen].cloud(piece.ions);
  };
  for (const Piece& piece : validation)
  {
    data.validation.push_back((*known)[piece.specimen].cloud(piece.ions));
  }
  return data;
}

double meanNearestNeighbourDistance(const std::vector<SpecimenIons>& specimens, const Model& model)
{
  const SpecimenIons* largest = nullptr;
  for (const SpecimenIons& specimen : specimens)
  {
    if (!largest || specimen.size > largest->size)
    {
      largest = &specimen;
    }
  }
  if (!largest || largest->size == 0)
  {
    return 0;
  }
  const KnownSpecimen known(*largest, model, {});
  return known.ions().empty() ? 0
                              : meanNearestNeighbourDistance(
                                  CellSortedCloud(largest->positions, largest->size, known.ions()));
}

std::string fingerprintOf(const std::vector<SpecimenIons>& specimens)
{
  Fingerprint fingerprint;
  for (const SpecimenIons& specimen : specimens)
  {
    fingerprint.add(static_cast<std::uint64_t>(specimen.use));
    fingerprint.add(specimen.size);
    fingerprint.add(specimen.positions, specimen.size * 3 * sizeof(float));
    fingerprint.add(specimen.ion, specimen.size * sizeof(std::int16_t));
    fingerprint.add(specimen.truth, specimen.size * sizeof(std::int32_t));
    for (const std::string& name : specimen.ionNames)
    {
      fingerprint.add(name.c_str(), name.size() + 1);
    }
  }
  return fingerprint.text();
}

} // namespace apt
