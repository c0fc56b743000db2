// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "MassPeaks.h"

#include "Error.h"
#include "Ion.h"
#include "RangeTable.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace apt
{
namespace
{

using Symbols = std::vector<std::string>;

const Symbols alloys[] = { { "Al", "Li", "Mg" }, { "Cu", "Au" },
  { "Co", "Ni", "Al", "W", "Ti", "Ta" }, { "Fe", "Cr", "Ni" },
  { "Fe", "Cr", "Ni", "Mn", "Co", "Cu", "Si", "Mo", "C", "B" }, { "Si", "N" }, { "Ti", "O", "C" },
  { "H" } };

/** Draws, edges of everything first. */
float drawn(const MassPeaks& peaks, std::size_t element, std::uint64_t number)
{
  const Random::Words words = Random(3).words(Purpose::Species, number);
  const std::uint32_t edges[] = { 0, 0xFFFFFFFF };
  if (number < 8)
  {
    return peaks.massToCharge(
      element, edges[number % 2], edges[number / 2 % 2], number / 4 % 2 == 0 ? -3.0f : 3.0f);
  }
  const float normal =
    std::clamp(normals(Random(3).words(Purpose::Position, number))[0], -3.0f, 3.0f);
  return peaks.massToCharge(element, words[0], words[1], normal);
}

TEST(MassPeaks, RangesGiveEveryIonItsElementAgain)
{
  for (const Symbols& alloy : alloys)
  {
    for (const double resolvingPower : { 200.0, 1000.0, 5000.0 })
    {
      const MassPeaks peaks(alloy, resolvingPower);
      const RangeTable table(peaks.ranges());
      ASSERT_EQ(table.ions().size(), alloy.size());
      EXPECT_TRUE(table.warnings().empty());
      for (std::size_t element = 0; element < alloy.size(); ++element)
      {
        EXPECT_EQ(table.ions()[element].name, alloy[element]);
        EXPECT_EQ(table.ions()[element].color, defaultColor(element));
        for (std::uint64_t number = 0; number < 20000; ++number)
        {
          const float ratio = drawn(peaks, element, number);
          ASSERT_EQ(table.ionOf(ratio), static_cast<std::int16_t>(element))
            << alloy[element] << " at " << ratio;
        }
      }
    }
  }
}

TEST(MassPeaks, AnElementAloneShowsItsNaturalIsotopes)
{
  const MassPeaks peaks({ "Cu" }, 2000);
  std::map<int, double> byMassNumber;
  double sum = 0;
  for (const MassPeak& peak : peaks.peaks())
  {
    byMassNumber[peak.massNumber] += peak.fraction;
    sum += peak.fraction;
    // The ion is what the atom is without its electrons.
    for (const Isotope& isotope : findElement("Cu")->isotopes)
    {
      if (isotope.massNumber == peak.massNumber)
      {
        EXPECT_NEAR(peak.massToCharge, isotope.mass / peak.charge, 6e-4);
        EXPECT_LT(peak.massToCharge, isotope.mass / peak.charge);
      }
    }
  }
  EXPECT_NEAR(sum, 1, 1e-12);
  for (const Isotope& isotope : findElement("Cu")->isotopes)
  {
    EXPECT_NEAR(byMassNumber[isotope.massNumber], isotope.abundance, 1e-6);
  }
}

TEST(MassPeaks, IonsShowPeaksInTheirProportionAndWidth)
{
  const double resolvingPower = 1000;
  const MassPeaks peaks({ "Mg" }, resolvingPower);
  constexpr std::uint64_t count = 200000;
  std::vector<int> counts(peaks.peaks().size(), 0);
  std::vector<int> aboveHalf(peaks.peaks().size(), 0);
  for (std::uint64_t number = 8; number < count; ++number)
  {
    const double ratio = static_cast<double>(drawn(peaks, 0, number));
    for (std::size_t i = 0; i < counts.size(); ++i)
    {
      const MassPeak& peak = peaks.peaks()[i];
      if (peak.lower <= ratio && ratio <= peak.upper)
      {
        ++counts[i];
        aboveHalf[i] +=
          std::abs(ratio - peak.massToCharge) < 0.5 * peak.massToCharge / resolvingPower;
      }
    }
  }
  for (std::size_t i = 0; i < counts.size(); ++i)
  {
    const double expected = peaks.peaks()[i].fraction * count;
    EXPECT_NEAR(counts[i], expected, 5 * std::sqrt(expected) + 10);
    // A normal core has 76 % of itself within its full width at half maximum, and is 85 % of all;
    // the tail adds little to that.
    if (counts[i] > 1000)
    {
      EXPECT_NEAR(static_cast<double>(aboveHalf[i]) / counts[i], 0.761 * 0.85 + 0.06, 0.05);
    }
  }
}

TEST(MassPeaks, OfTwoThatOverlapTheStrongerStays)
{
  const MassPeaks peaks({ "Fe", "Ni" }, 1000);
  for (const MassPeak& peak : peaks.peaks())
  {
    EXPECT_FALSE(peak.element == 0 && peak.massNumber == 58) << "58Fe lies on 58Ni";
  }
  const MassPeaks iron({ "Fe" }, 1000);
  EXPECT_TRUE(std::any_of(iron.peaks().begin(), iron.peaks().end(),
    [](const MassPeak& peak) { return peak.massNumber == 58; }));
}

TEST(MassPeaks, RefuseElementsThatDoNotOccurAndThoseThatCannotBeToldApart)
{
  EXPECT_THROW(MassPeaks({ "Al", "Xx" }, 1000), ParameterError);
  EXPECT_THROW(MassPeaks({ "Tc" }, 1000), ParameterError);
  EXPECT_THROW(MassPeaks({ "Al" }, 0), ParameterError);
  try
  {
    MassPeaks({ "Co", "Ni", "Fe", "Cr", "Mn" }, 5);
    FAIL();
  }
  catch (const ParameterError& error)
  {
    EXPECT_EQ(std::string(error.what()).find("MassResolvingPower is 5; allowed is more"), 0u);
  }
}

} // namespace
} // namespace apt
