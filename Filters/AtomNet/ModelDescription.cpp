// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "ModelDescription.h"

#include "RangeFile.h"

#include <cmath>

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

/** A line for networks with lattice waves. */
std::string wavesOf(const Model& model)
{
  const int windows = model.architecture == Architecture::MomentNet ? model.moments.waveWindows : 0;
  if (windows == 0)
  {
    return {};
  }
  std::vector<std::string> widths;
  for (int window = 0; window < windows; ++window)
  {
    widths.push_back(shortestNumber(std::ldexp(model.moments.widestWindow, -window)));
  }
  return "\nLattice waves: in windows of " + listed(widths, ", ") +
    " lattice parameters, along the normal of the planes";
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
    " neighbours\nBlocks: " + std::to_string(model.blockCount()) + wavesOf(model) +
    "\nLattice parameter: " + shortestNumber(model.latticeParameter) +
    " nm\nSuggested threshold: " + shortestNumber(model.threshold);
  for (const auto& [name, values] : model.metrics)
  {
    std::vector<std::string> figures;
    for (const double value : values)
    {
      // More digits than four are chance.
      figures.push_back(shortestNumber(std::round(value * 1e4) / 1e4));
    }
    text += "\n" + name + ", block by block: " + listed(figures, " ");
  }
  return text + "\nLicence: " + model.licence;
}

} // namespace apt
