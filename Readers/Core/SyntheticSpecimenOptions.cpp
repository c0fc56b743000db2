// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "CrystalRows.h"
#include "DomainForm.h"
#include "DomainPlacement.h"
#include "Error.h"
#include "Ion.h"
#include "MassPeaks.h"
#include "SpecimenOutline.h"
#include "SyntheticSpecimen.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace apt
{

namespace
{

constexpr double pi = 3.14159265358979323846;
constexpr double CompositionTolerance = 1e-6;

std::string number(double value)
{
  return std::isfinite(value) ? shortestNumber(value) : std::isnan(value) ? "NaN" : "infinite";
}

std::string inDegrees(double radians)
{
  // As the user typed it, not as the detour by radians left it.
  return number(std::round(radians * 180 / pi * 1e9) / 1e9) + " degrees";
}

void require(
  bool holds, const std::string& name, const std::string& value, const std::string& allowed)
{
  if (!holds)
  {
    throw ParameterError(name, value, allowed);
  }
}

bool isWithin(double value, double lower, double upper)
{
  return value >= lower && value <= upper;
}

void requireRange(const Interval& range, const std::string& name, bool holds, const char* unit,
  const std::string& allowed)
{
  require(
    holds && range.lower <= range.upper && std::isfinite(range.lower) && std::isfinite(range.upper),
    name, number(range.lower) + " to " + number(range.upper) + unit,
    allowed + ", the lower bound first");
}

void checkComposition(
  const Composition& composition, const std::string& name, const std::string& where)
{
  const std::string value = "\"" + formatComposition(composition) + "\"" + where;
  require(!composition.empty(), name, "empty" + where,
    "element symbols with fractions that sum to 1, such as \"Al 0.9, Li 0.1\"");
  double sum = 0;
  for (auto share = composition.begin(); share != composition.end(); ++share)
  {
    const Element* element = findElement(share->element);
    require(element && !element->isotopes.empty(), name, value,
      "symbols of elements that occur in nature, which \"" + share->element + "\" is not");
    require(
      isWithin(share->fraction, 0, 1 + CompositionTolerance), name, value, "fractions from 0 to 1");
    require(std::none_of(composition.begin(), share,
              [&](const Share& other) { return other.element == share->element; }),
      name, value, "each element once, and not " + share->element + " again");
    sum += share->fraction;
  }
  require(std::abs(sum - 1) <= CompositionTolerance, name,
    value + ", which sums to " + number(std::round(sum * 1e9) / 1e9), "fractions that sum to 1");
}

const char* nameOf(LatticeType lattice)
{
  switch (lattice)
  {
    case LatticeType::FCC:
      return "fcc";
    case LatticeType::BCC:
      return "bcc";
    case LatticeType::HCP:
      break;
  }
  return "hcp";
}

const char* nameOf(OrderedStructure structure)
{
  switch (structure)
  {
    case OrderedStructure::L1_2:
      return "L1_2";
    case OrderedStructure::L1_0:
      return "L1_0";
    case OrderedStructure::B2:
      return "B2";
    case OrderedStructure::D0_3:
      return "D0_3";
    case OrderedStructure::D0_19:
      break;
  }
  return "D0_19";
}

void checkCrystal(const SyntheticSpecimenOptions& options)
{
  require(isWithin(options.latticeParameter, 0.05, 10), "LatticeParameter",
    number(options.latticeParameter) + " nm", "0.05 to 10 nm");
  require(options.lattice != LatticeType::HCP || isWithin(options.axialRatio, 0.5, 3), "AxialRatio",
    number(options.axialRatio), "0.5 to 3");
  checkComposition(options.matrix, "MatrixComposition", "");
}

void checkOutline(const SyntheticSpecimenOptions& options)
{
  const double a = options.latticeParameter;
  constexpr double longest = 1e6; // nm; cells are counted below
  require(isWithin(options.edgeLength, a, longest), "EdgeLength",
    number(options.edgeLength) + " nm", number(a) + " (one unit cell) to 1000000 nm");
  require(options.height == 0 || isWithin(options.height, a, longest), "Height",
    number(options.height) + " nm",
    number(a) + " (one unit cell) to 1000000 nm, or 0 for as much as EdgeLength");
  // Throws where no needle has these dimensions.
  const SpecimenOutline outline(
    options.shape, options.edgeLength, options.height, options.shankAngle);
  const UnitCell cell = unitCell(options.lattice, a, options.axialRatio);
  const double cells = outline.volume() / (cell.edges[0] * cell.edges[1] * cell.edges[2]);
  require(cells <= std::ldexp(1.0, 31), "EdgeLength",
    number(options.edgeLength) + " nm, which makes " + number(std::round(cells)) + " unit cells",
    "what makes 2147483648 unit cells or fewer");
}

void checkDomains(const SyntheticSpecimenOptions& options)
{
  require(options.domainFraction <= ClosestPacking && options.domainFraction >= 0, "DomainFraction",
    number(options.domainFraction),
    options.domainFraction > ClosestPacking
      ? "0 to 0.6; more than 0.64 is beyond close packing of spheres placed at random"
      : "0 to 0.6");
  if (options.domainFraction == 0)
  {
    return;
  }
  require(latticeOf(options.structure) == options.lattice, "Structure",
    std::string(nameOf(options.structure)) + " on a lattice that is " + nameOf(options.lattice),
    options.lattice == LatticeType::FCC     ? "L1_2 or L1_0"
      : options.lattice == LatticeType::BCC ? "B2 or D0_3"
                                            : "D0_19");
  const std::vector<Sublattice>& expected = sublattices(options.structure);
  // The properties that hold them are named alike for all structures.
  const char* const names[] = { "SublatticeA", "SublatticeB", "SublatticeC" };
  const std::size_t count = options.sublattices.size();
  require(count == expected.size(), names[std::min(count, expected.size() - 1)],
    count < expected.size() ? "empty" : "one of " + std::to_string(count) + " compositions",
    "one composition for each of the " + std::to_string(expected.size()) + " sublattices of " +
      nameOf(options.structure));
  for (std::size_t i = 0; i < count; ++i)
  {
    checkComposition(options.sublattices[i], names[i], " for sublattice " + expected[i].name);
  }

  require(options.domainShape == DomainShape::Sphere || isWithin(options.aspectRatio, 0.01, 100),
    "AspectRatio", number(options.aspectRatio), "0.01 to 100");
  const DomainForm form(options.domainShape, options.aspectRatio, {});
  const double height = options.height > 0 ? options.height : options.edgeLength;
  // Smaller ones would hold no atoms; larger ones would not be in the specimen but around it.
  const double least = options.latticeParameter / 2;
  const double most = std::min(options.edgeLength, height) / 2 / form.boundingRadius(1);
  requireRange(options.domainRadius, "DomainRadiusRange",
    options.domainRadius.lower >= least && options.domainRadius.upper <= most, " nm",
    number(least) + " (half the lattice parameter) to " + number(most) +
      " nm (what fits into the specimen)");
  require(options.domainFraction <= ClosestPacking * form.filling(), "DomainFraction",
    number(options.domainFraction),
    "0 to " + number(std::floor(600 * form.filling()) / 1000) +
      " for domains of this shape, which are kept apart by the spheres about them");
  const SpecimenOutline outline(
    options.shape, options.edgeLength, options.height, options.shankAngle);
  const double domains =
    options.domainFraction * outline.volume() / form.volume(options.domainRadius.upper);
  require(domains <= 1e7, "DomainRadiusRange",
    number(options.domainRadius.lower) + " to " + number(options.domainRadius.upper) +
      " nm, which makes more than 10000000 domains",
    "larger radii");
}

void checkFaults(const SyntheticSpecimenOptions& options)
{
  if (options.fault == PlanarFault::None)
  {
    return;
  }
  require(options.lattice == LatticeType::FCC, "PlanarFault",
    std::string("one on {111} of a lattice that is ") + nameOf(options.lattice),
    "none, or a lattice that is fcc");
  require(options.faultCount >= 1 && options.faultCount <= 10000, "FaultCount",
    std::to_string(options.faultCount), "1 to 10000");
  const double height = options.height > 0 ? options.height : options.edgeLength;
  const double diagonal = std::hypot(options.edgeLength, options.edgeLength, height);
  // Two faults of the widest kind on neighbouring planes would be one of another kind.
  const double least = options.latticeParameter * std::sqrt(3.0);
  const double most = options.faultCount > 1 ? diagonal / (options.faultCount - 1) : diagonal;
  require(options.faultCount == 1 || isWithin(options.faultSpacing, least, most), "FaultSpacing",
    number(options.faultSpacing) + " nm",
    number(std::ceil(1e3 * least) / 1e3) + " nm (three lattice planes) to " +
      number(std::floor(1e3 * most) / 1e3) + " nm (all within the specimen)");
  require(isWithin(options.faultWidth, 0, 1e6), "FaultWidth", number(options.faultWidth) + " nm",
    "0 or more");
}

void checkMeasurement(const SyntheticSpecimenOptions& options)
{
  const char* const rotations[] = { "RotationX", "RotationY", "RotationZ" };
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    require(isWithin(options.rotationHalfRange[axis], 0, pi * (1 + 1e-9)), rotations[axis],
      inDegrees(options.rotationHalfRange[axis]), "0 to 180 degrees");
  }
  requireRange(options.lateralNoise, "LateralNoiseRange", options.lateralNoise.lower >= 0, " nm",
    "0 nm or more");
  requireRange(
    options.depthNoise, "DepthNoiseRange", options.depthNoise.lower >= 0, " nm", "0 nm or more");
  require(
    isWithin(options.noiseGrowth, 0, 1e6), "NoiseGrowth", number(options.noiseGrowth), "0 or more");
  requireRange(options.detectionEfficiency, "DetectionEfficiencyRange",
    options.detectionEfficiency.lower > 0 && options.detectionEfficiency.upper <= 1, "",
    "more than 0, up to 1");
  // Beyond, places of the matrix would change their order around a domain.
  require(isWithin(options.localMagnification, 0.25, 1.75), "LocalMagnification",
    number(options.localMagnification), "0.25 to 1.75");
  require(isWithin(options.massResolvingPower, 50, 1e6), "MassResolvingPower",
    number(options.massResolvingPower), "50 to 1000000");
  const MassPeaks peaks(elementsOf(options), options.massResolvingPower);
}

} // namespace

Composition parseComposition(const std::string& text, const std::string& parameter)
{
  const auto fail = [&](const std::string& at)
  {
    throw ParameterError(parameter, "\"" + text + "\"",
      "element symbols with fractions, such as \"Al 0.9, Li 0.1\" or \"Al 90 %, Li 10 %\"" +
        (at.empty() ? at : "; not understood from \"" + at + "\" on"));
  };
  const auto isOneOf = [](char c, const char* set)
  { return c != '\0' && std::string(set).find(c) != std::string::npos; };
  const auto isLetter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };

  Composition composition;
  std::size_t at = 0;
  const auto skip = [&](const char* set)
  {
    while (at < text.size() && isOneOf(text[at], set))
    {
      ++at;
    }
  };
  for (skip(" \t\n,;"); at < text.size(); skip(" \t\n,;"))
  {
    const std::size_t begin = at;
    Share share;
    while (at < text.size() && isLetter(text[at]))
    {
      share.element += text[at++];
    }
    skip(" \t:=");
    const auto [end, error] =
      std::from_chars(text.data() + at, text.data() + text.size(), share.fraction);
    if (share.element.empty() || error != std::errc() || !std::isfinite(share.fraction))
    {
      fail(text.substr(begin));
    }
    at = static_cast<std::size_t>(end - text.data());
    skip(" \t");
    if (at < text.size() && text[at] == '%')
    {
      share.fraction /= 100;
      ++at;
    }
    else if (at < text.size() && !isOneOf(text[at], " \t\n,;") && !isLetter(text[at]))
    {
      fail(text.substr(begin));
    }
    if (!findElement(share.element))
    {
      throw ParameterError(parameter, "\"" + text + "\"",
        "symbols of elements, which \"" + share.element + "\" is not");
    }
    composition.push_back(share);
  }
  if (composition.empty())
  {
    fail("");
  }
  return composition;
}

std::string formatComposition(const Composition& composition)
{
  std::string text;
  for (const Share& share : composition)
  {
    text += (text.empty() ? "" : ", ") + share.element + " " + number(share.fraction);
  }
  return text;
}

std::vector<std::string> elementsOf(const SyntheticSpecimenOptions& options)
{
  std::vector<std::string> symbols;
  const auto mention = [&](const Composition& composition)
  {
    for (const Share& share : composition)
    {
      if (std::find(symbols.begin(), symbols.end(), share.element) == symbols.end())
      {
        symbols.push_back(share.element);
      }
    }
  };
  mention(options.matrix);
  if (options.domainFraction > 0)
  {
    std::for_each(options.sublattices.begin(), options.sublattices.end(), mention);
  }
  return symbols;
}

void check(const SyntheticSpecimenOptions& options)
{
  checkCrystal(options);
  checkOutline(options);
  checkDomains(options);
  checkFaults(options);
  checkMeasurement(options);
}

} // namespace apt
