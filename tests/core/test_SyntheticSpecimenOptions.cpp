// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Error.h"
#include "SpecimenPreset.h"
#include "SyntheticSpecimen.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

namespace apt
{
namespace
{

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

/** What check() says of the default options after a change; empty where it is content. */
std::string verdict(const std::function<void(SyntheticSpecimenOptions&)>& change)
{
  SyntheticSpecimenOptions options;
  change(options);
  try
  {
    check(options);
  }
  catch (const ParameterError& error)
  {
    return error.what();
  }
  return "";
}

/** The sentence starts so, and goes on with what is allowed. */
void expectRefusal(
  const std::string& begin, const std::function<void(SyntheticSpecimenOptions&)>& change)
{
  const std::string text = verdict(change);
  EXPECT_EQ(text.substr(0, begin.size()), begin);
  const std::size_t allowed = text.find("; allowed is ");
  EXPECT_NE(allowed, std::string::npos) << text;
  EXPECT_LT(allowed + 13, text.size()) << text;
}

TEST(SyntheticSpecimenOptions, DefaultsAndPresetsAreAllowed)
{
  EXPECT_EQ(verdict([](SyntheticSpecimenOptions&) {}), "");
  for (const SpecimenPreset& preset : specimenPresets())
  {
    EXPECT_EQ(verdict([&](SyntheticSpecimenOptions& options) { options = preset.options; }), "")
      << preset.name;
  }
}

TEST(SyntheticSpecimenOptions, EveryLatticeTakesItsStructuresAndNoOthers)
{
  for (const LatticeType lattice : { LatticeType::FCC, LatticeType::BCC, LatticeType::HCP })
  {
    for (const OrderedStructure structure : { OrderedStructure::L1_2, OrderedStructure::L1_0,
           OrderedStructure::B2, OrderedStructure::D0_3, OrderedStructure::D0_19 })
    {
      const auto change = [&](SyntheticSpecimenOptions& options)
      {
        options.lattice = lattice;
        options.structure = structure;
        options.sublattices.assign(sublattices(structure).size(), { { "Al", 1 } });
      };
      if (latticeOf(structure) == lattice)
      {
        EXPECT_EQ(verdict(change), "");
      }
      else
      {
        expectRefusal("Structure is ", change);
      }
    }
  }
}

TEST(SyntheticSpecimenOptions, RefusesWhatHasNoSize)
{
  for (const double value : { 0.0, -10.0, notANumber, infinity })
  {
    expectRefusal("EdgeLength is ", [&](auto& options) { options.edgeLength = value; });
    expectRefusal("LatticeParameter is ", [&](auto& options) { options.latticeParameter = value; });
    expectRefusal(
      "MassResolvingPower is ", [&](auto& options) { options.massResolvingPower = value; });
    expectRefusal(
      "LocalMagnification is ", [&](auto& options) { options.localMagnification = value; });
    expectRefusal("AxialRatio is ",
      [&](auto& options)
      {
        options.lattice = LatticeType::HCP;
        options.axialRatio = value;
      });
    expectRefusal("AspectRatio is ",
      [&](auto& options)
      {
        options.domainShape = DomainShape::Plate;
        options.aspectRatio = value;
      });
  }
  expectRefusal("Height is -1", [](auto& options) { options.height = -1; });
  expectRefusal("Height is NaN", [](auto& options) { options.height = notANumber; });
}

TEST(SyntheticSpecimenOptions, RefusesMoreCellsThanItCounts)
{
  expectRefusal("EdgeLength is 1000 nm", [](auto& options) { options.edgeLength = 1000; });
}

TEST(SyntheticSpecimenOptions, RefusesCompositionsThatDoNotSumToOne)
{
  expectRefusal("MatrixComposition is \"Al 0.9, Li 0.2\", which sums to 1.1; allowed is fractions",
    [](auto& options) {
      options.matrix = { { "Al", 0.9 }, { "Li", 0.2 } };
    });
  expectRefusal("SublatticeB is \"Li 0.9\" for sublattice B, which sums to 0.9",
    [](auto& options) {
      options.sublattices[1] = { { "Li", 0.9 } };
    });
  EXPECT_EQ(verdict(
              [](auto& options) {
                options.matrix = { { "Al", 1.0 / 3 }, { "Li", 0.333333 }, { "Mg", 0.333334 } };
              }),
    "");
}

TEST(SyntheticSpecimenOptions, RefusesCompositionsOfWhatIsNoElement)
{
  expectRefusal("MatrixComposition is \"Xy 1\"; allowed is symbols of elements",
    [](auto& options) {
      options.matrix = { { "Xy", 1 } };
    });
  expectRefusal("MatrixComposition is \"Tc 1\"", // has no natural isotope
    [](auto& options) {
      options.matrix = { { "Tc", 1 } };
    });
  expectRefusal("SublatticeA is ", [](auto& options) { options.sublattices[0] = { { "al", 1 } }; });
  expectRefusal("MatrixComposition is empty", [](auto& options) { options.matrix.clear(); });
  expectRefusal("MatrixComposition is ",
    [](auto& options) {
      options.matrix = { { "Al", 1.5 }, { "Li", -0.5 } };
    });
  expectRefusal("MatrixComposition is ",
    [](auto& options) {
      options.matrix = { { "Al", 0.5 }, { "Al", 0.5 } };
    });
  expectRefusal("MatrixComposition is ",
    [](auto& options) {
      options.matrix = { { "Al", notANumber } };
    });
}

TEST(SyntheticSpecimenOptions, RefusesSublatticesThatTheStructureLacksOrMisses)
{
  expectRefusal("SublatticeB is empty; allowed is one composition for each of the 2 sublattices",
    [](auto& options) { options.sublattices.resize(1); });
  expectRefusal("SublatticeA is empty", [](auto& options) { options.sublattices.clear(); });
  expectRefusal("SublatticeB is one of 3 compositions",
    [](auto& options) {
      options.sublattices.push_back({ { "Al", 1 } });
    });
}

TEST(SyntheticSpecimenOptions, WithoutDomainsItAsksForNothingAboutThem)
{
  EXPECT_EQ(verdict(
              [](auto& options)
              {
                options.domainFraction = 0;
                options.sublattices.clear();
                options.lattice = LatticeType::BCC;
                options.domainRadius = { -1, -2 };
              }),
    "");
}

TEST(SyntheticSpecimenOptions, RefusesDomainsThatDoNotFit)
{
  expectRefusal("DomainRadiusRange is 1 to 6 nm; allowed is 0.2025 (half the lattice parameter) "
                "to 5 nm",
    [](auto& options) {
      options.domainRadius = { 1, 6 };
    });
  expectRefusal("DomainRadiusRange is 2 to 1 nm",
    [](auto& options) {
      options.domainRadius = { 2, 1 };
    });
  expectRefusal("DomainRadiusRange is 0 to 1 nm",
    [](auto& options) {
      options.domainRadius = { 0, 1 };
    });
  expectRefusal("DomainRadiusRange is NaN to 1 nm",
    [](auto& options) {
      options.domainRadius = { notANumber, 1 };
    });
  expectRefusal("DomainRadiusRange is 1.2 to 2 nm", [](auto& options) { options.height = 3; });
}

TEST(SyntheticSpecimenOptions, RefusesFractionsBeyondClosePacking)
{
  expectRefusal("DomainFraction is 0.65; allowed is 0 to 0.6; more than 0.64 is beyond close",
    [](auto& options) { options.domainFraction = 0.65; });
  expectRefusal("DomainFraction is -0.1", [](auto& options) { options.domainFraction = -0.1; });
  expectRefusal(
    "DomainFraction is NaN", [](auto& options) { options.domainFraction = notANumber; });
  // Thin plates cannot be stacked when the spheres about them are kept apart.
  expectRefusal("DomainFraction is 0.3; allowed is 0 to 0.0",
    [](auto& options)
    {
      options.domainFraction = 0.3;
      options.domainShape = DomainShape::Plate;
      options.aspectRatio = 0.1;
    });
}

TEST(SyntheticSpecimenOptions, RefusesNoiseThatIsNone)
{
  expectRefusal("LateralNoiseRange is -0.1 to 0.5 nm; allowed is 0 nm or more",
    [](auto& options) {
      options.lateralNoise = { -0.1, 0.5 };
    });
  expectRefusal("DepthNoiseRange is 0.5 to 0.1 nm",
    [](auto& options) {
      options.depthNoise = { 0.5, 0.1 };
    });
  expectRefusal("DepthNoiseRange is 0 to infinite nm",
    [](auto& options) {
      options.depthNoise = { 0, infinity };
    });
  expectRefusal("NoiseGrowth is -1", [](auto& options) { options.noiseGrowth = -1; });
}

TEST(SyntheticSpecimenOptions, RefusesEfficienciesThatDetectNothingOrTooMuch)
{
  expectRefusal("DetectionEfficiencyRange is 0 to 0.5; allowed is more than 0, up to 1",
    [](auto& options) {
      options.detectionEfficiency = { 0, 0.5 };
    });
  expectRefusal("DetectionEfficiencyRange is 0.5 to 1.1",
    [](auto& options) {
      options.detectionEfficiency = { 0.5, 1.1 };
    });
  expectRefusal("DetectionEfficiencyRange is 0.8 to 0.4",
    [](auto& options) {
      options.detectionEfficiency = { 0.8, 0.4 };
    });
}

TEST(SyntheticSpecimenOptions, RefusesRotationsBeyondATurn)
{
  expectRefusal("RotationY is 200 degrees; allowed is 0 to 180 degrees",
    [](auto& options) { options.rotationHalfRange[1] = 200 * std::acos(-1.0) / 180; });
  expectRefusal(
    "RotationX is NaN degrees", [](auto& options) { options.rotationHalfRange[0] = notANumber; });
  EXPECT_EQ(verdict([](auto& options) { options.rotationHalfRange[2] = std::acos(-1.0); }), "");
}

TEST(SyntheticSpecimenOptions, RefusesFaultsThatTheLatticeLacks)
{
  expectRefusal("PlanarFault is ",
    [](auto& options)
    {
      options.lattice = LatticeType::BCC;
      options.domainFraction = 0;
      options.fault = PlanarFault::Twin;
    });
  const auto faulted = [](auto change)
  {
    return [change](SyntheticSpecimenOptions& options)
    {
      options.fault = PlanarFault::Intrinsic;
      options.faultCount = 3;
      change(options);
    };
  };
  expectRefusal("FaultCount is 0", faulted([](auto& options) { options.faultCount = 0; }));
  expectRefusal(
    "FaultSpacing is 0.5 nm", faulted([](auto& options) { options.faultSpacing = 0.5; }));
  expectRefusal("FaultSpacing is 20 nm", faulted([](auto& options) { options.faultSpacing = 20; }));
  expectRefusal("FaultWidth is -1 nm", faulted([](auto& options) { options.faultWidth = -1; }));
  EXPECT_EQ(verdict(faulted([](auto&) {})), "");
}

TEST(SyntheticSpecimenOptions, RefusesNeedlesWithoutATip)
{
  const auto needle = [](double angle)
  {
    return [angle](SyntheticSpecimenOptions& options)
    {
      options.shape = SpecimenShape::Needle;
      options.edgeLength = 20;
      options.height = 40;
      options.shankAngle = angle;
    };
  };
  EXPECT_EQ(verdict(needle(0.1)), "");
  expectRefusal("ShankAngle is ", needle(0.3));
  expectRefusal("ShankAngle is ", needle(-0.1));
  expectRefusal("ShankAngle is ", needle(notANumber));
}

TEST(SyntheticSpecimenOptions, ReadsCompositionsAsPeopleWriteThem)
{
  const char* const texts[] = { "Al 0.9, Li 0.1", "Al 0.9 Li 0.1", "Al:0.9;Li:0.1", "Al=0.9,Li=0.1",
    "Al0.9Li0.1", "Al 90 %, Li 10%", " Al\t9e-1,\nLi .1 ," };
  for (const char* text : texts)
  {
    const Composition composition = parseComposition(text, "MatrixComposition");
    ASSERT_EQ(composition.size(), 2u) << text;
    EXPECT_EQ(composition[0].element, "Al");
    EXPECT_DOUBLE_EQ(composition[0].fraction, 0.9);
    EXPECT_EQ(composition[1].element, "Li");
    EXPECT_DOUBLE_EQ(composition[1].fraction, 0.1);
  }
}

TEST(SyntheticSpecimenOptions, ReadsBackTheCompositionsThatItWrites)
{
  const Composition composition = { { "Co", 0.39525 }, { "Ni", 1.0 / 3 }, { "W", 1e-7 } };
  const Composition again = parseComposition(formatComposition(composition), "x");
  ASSERT_EQ(again.size(), composition.size());
  for (std::size_t i = 0; i < again.size(); ++i)
  {
    EXPECT_EQ(again[i].element, composition[i].element);
    EXPECT_EQ(again[i].fraction, composition[i].fraction);
  }
}

TEST(SyntheticSpecimenOptions, NamesTheTextThatIsNoComposition)
{
  const char* const texts[] = { "", " , ", "Al", "0.9", "Al 0.9 & Li 0.1", "Xx 1", "Al 0.9, Li",
    "Al nan", "Al 0.9/2", "Al 1e999" };
  for (const char* text : texts)
  {
    try
    {
      parseComposition(text, "SublatticeA");
      ADD_FAILURE() << text;
    }
    catch (const ParameterError& error)
    {
      const std::string begin = "SublatticeA is \"" + std::string(text) + "\"; allowed is ";
      EXPECT_EQ(std::string(error.what()).substr(0, begin.size()), begin);
    }
  }
}

TEST(SyntheticSpecimenOptions, ElementsComeInOrderOfFirstMention)
{
  SyntheticSpecimenOptions options;
  options.matrix = { { "Ni", 0.5 }, { "Al", 0.5 } };
  options.sublattices = { { { "Co", 0.5 }, { "Ni", 0.5 } }, { { "W", 1 } } };
  EXPECT_EQ(elementsOf(options), (std::vector<std::string>{ "Ni", "Al", "Co", "W" }));
  options.domainFraction = 0;
  EXPECT_EQ(elementsOf(options), (std::vector<std::string>{ "Ni", "Al" }));
}

} // namespace
} // namespace apt
