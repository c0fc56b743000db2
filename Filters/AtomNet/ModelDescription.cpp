// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "ModelDescription.h"

#include "RangeFile.h"

namespace apt
{

namespace
{

std::string listed(const std::vector<std::string>& words, const char* between)
{
  std::string list;
  for (const std::string& word : words)
  {
    list += (list.empty() ? "" : between) + word;
  }
  return list;
}

std::string nameOf(Architecture architecture)
{
  switch (architecture)
  {
    case Architecture::PointNet:
      return "PointNet";
    case Architecture::MomentNet:
      return "MomentNet";
  }
  return {};
}

} // namespace

std::string speciesList(const Model& model)
{
  std::vector<std::string> names;
  for (const Species& species : model.species)
  {
    std::string name = species.name == "*" ? "* (any other ranged ion)" : species.name;
    if (!species.ions.empty() && species.ions != std::vector<std::string>{ species.name })
    {
      name += " (" + listed(species.ions, " ") + ")";
    }
    names.push_back(name);
  }
  return listed(names, ", ");
}

std::string describeModel(const Model& model)
{
  std::string text = "Alloy: " + model.alloy + "\nSpecies: " + speciesList(model) +
    "\nNetwork: " + nameOf(model.architecture) + " on " + std::to_string(model.neighbourCount) +
    " neighbours\nBlocks: " + std::to_string(model.blockCount()) +
    "\nLattice parameter: " + shortestNumber(model.latticeParameter) +
    " nm\nSuggested threshold: " + shortestNumber(model.threshold);
  for (const auto& [name, values] : model.metrics)
  {
    std::vector<std::string> figures;
    for (const double value : values)
    {
      figures.push_back(shortestNumber(value));
    }
    text += "\n" + name + ", block by block: " + listed(figures, " ");
  }
  return text + "\nLicence: " + model.licence;
}

} // namespace apt
