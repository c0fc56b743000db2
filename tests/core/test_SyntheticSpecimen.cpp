// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "SyntheticSpecimen.h"

#include "Error.h"
#include "KolmogorovSmirnov.h"
#include "NeighbourShells.h"
#include "ParallelFor.h"
#include "RangeTable.h"
#include "SpecimenPreset.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <set>

namespace apt
{
namespace
{

using Place = std::array<double, 3>;

const double ideal = std::sqrt(8.0 / 3);

struct Ions
{
  std::vector<float> positions;
  std::vector<float> massToCharge;
  std::vector<std::int16_t> ion;
  std::vector<std::int8_t> phase;
  std::vector<std::int32_t> domain;

  std::size_t size() const { return this->ion.size(); }
  Place place(std::size_t i) const
  {
    return { static_cast<double>(this->positions[3 * i]),
      static_cast<double>(this->positions[3 * i + 1]),
      static_cast<double>(this->positions[3 * i + 2]) };
  }
  void append(const Ions& other)
  {
    const auto add = [](auto& values, const auto& more)
    { values.insert(values.end(), more.begin(), more.end()); };
    add(this->positions, other.positions);
    add(this->massToCharge, other.massToCharge);
    add(this->ion, other.ion);
    add(this->phase, other.phase);
    add(this->domain, other.domain);
  }
};

bool operator==(const Ions& left, const Ions& right)
{
  return left.positions == right.positions && left.massToCharge == right.massToCharge &&
    left.ion == right.ion && left.phase == right.phase && left.domain == right.domain;
}

Ions ionsOf(const SyntheticSpecimen& specimen, std::uint32_t part = 0, std::uint32_t parts = 1)
{
  const auto count = static_cast<std::size_t>(specimen.count(part, parts));
  Ions ions;
  ions.positions.resize(3 * count);
  ions.massToCharge.resize(count);
  ions.ion.resize(count);
  ions.phase.resize(count);
  ions.domain.resize(count);
  specimen.fill(part, parts,
    { ions.positions.data(), ions.massToCharge.data(), ions.ion.data(), ions.phase.data(),
      ions.domain.data() });
  return ions;
}

/** Every site is seen, where it is. */
SyntheticSpecimenOptions perfect(LatticeType lattice, double edge, double a)
{
  SyntheticSpecimenOptions options;
  options.lattice = lattice;
  options.latticeParameter = a;
  options.axialRatio = ideal;
  options.edgeLength = edge;
  options.matrix = { { "Al", 1 } };
  options.domainFraction = 0;
  options.lateralNoise = { 0, 0 };
  options.depthNoise = { 0, 0 };
  options.detectionEfficiency = { 1, 1 };
  return options;
}

/** Where a place lies in the crystal, in nm along the cell's axes. */
Place inCrystal(const SyntheticSpecimen& specimen, const Place& place)
{
  const SyntheticSpecimen::Draw& draw = specimen.draw();
  Place result{};
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    for (std::size_t row = 0; row < 3; ++row)
    {
      result[axis] += draw.rotation[row][axis] * (place[row] - draw.origin[row]);
    }
  }
  return result;
}

/** The site at a place without noise. */
Site siteAt(const SyntheticSpecimen& specimen, const UnitCell& cell, const Place& place)
{
  const Place crystal = inCrystal(specimen, place);
  for (std::size_t basis = 0; basis < cell.sites.size(); ++basis)
  {
    Site site;
    site.basis = static_cast<int>(basis);
    std::int32_t* const cells[] = { &site.i, &site.j, &site.k };
    double off = 0;
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      const double along = crystal[axis] / cell.edges[axis] - cell.sites[basis][axis];
      *cells[axis] = static_cast<std::int32_t>(std::lround(along));
      off = std::max(off, std::abs(along - std::round(along)));
    }
    if (off < 1e-3)
    {
      return site;
    }
  }
  ADD_FAILURE() << "no lattice site";
  return {};
}

double largest(const Place& place)
{
  return std::max({ std::abs(place[0]), std::abs(place[1]), std::abs(place[2]) });
}

/** count hits of a chance, to five standard deviations. */
void expectBinomial(double hits, double count, double chance)
{
  EXPECT_NEAR(hits, count * chance, 5 * std::sqrt(count * chance * (1 - chance)) + 1e-9);
}

// ---- Crystals -----------------------------------------------------------------------------------

void expectShells(LatticeType lattice, const std::array<Shell, 3>& expected)
{
  const double a = 0.4;
  SyntheticSpecimenOptions options = perfect(lattice, 4.5, a);
  options.orientation = Orientation::Uniform; // which keeps distances
  const SyntheticSpecimen specimen(options, 0);
  const Ions ions = ionsOf(specimen);
  std::vector<Place> places;
  for (std::size_t i = 0; i < ions.size(); ++i)
  {
    places.push_back(ions.place(i));
  }
  int interior = 0;
  for (std::size_t i = 0; i < places.size(); ++i)
  {
    if (largest(places[i]) > 2.25 - a * (expected[2].distance + 0.02))
    {
      continue;
    }
    ++interior;
    const std::vector<Shell> shells =
      shellsAbout(places, i, a * (expected[2].distance + 0.01), 1e-4);
    ASSERT_EQ(shells.size(), 3u);
    for (std::size_t shell = 0; shell < 3; ++shell)
    {
      ASSERT_EQ(shells[shell].count, expected[shell].count);
      ASSERT_NEAR(shells[shell].distance, a * expected[shell].distance, 1e-5);
    }
  }
  EXPECT_GT(interior, 500);
}

TEST(SyntheticSpecimen, AnFccSpecimenHasTheShellsOfFcc)
{
  expectShells(LatticeType::FCC, fccShells());
}

TEST(SyntheticSpecimen, ABccSpecimenHasTheShellsOfBcc)
{
  expectShells(LatticeType::BCC, bccShells());
}

TEST(SyntheticSpecimen, AnHcpSpecimenHasTheShellsOfHcp)
{
  expectShells(LatticeType::HCP, hcpShells());
}

TEST(SyntheticSpecimen, FillsItsShapeWithSitesTimesEfficiency)
{
  for (const SpecimenShape shape :
    { SpecimenShape::Box, SpecimenShape::Cylinder, SpecimenShape::Needle })
  {
    for (const double efficiency : { 0.3, 1.0 })
    {
      SyntheticSpecimenOptions options = perfect(LatticeType::FCC, 20, 0.4);
      options.shape = shape;
      options.height = 30;
      options.shankAngle = 0.15;
      options.orientation = Orientation::Uniform;
      options.detectionEfficiency = { efficiency, efficiency };
      const SyntheticSpecimen specimen(options, 3);
      const Ions ions = ionsOf(specimen);
      const double pi = std::acos(-1.0);
      // Of the needle: the cone up to its own tip less that tip, plus the cap.
      const double sine = std::sin(0.15);
      const double cosine = std::cos(0.15);
      const double centre = (30 - 10 * cosine) / (1 - sine);
      const double cap = 30 - centre;
      const double touch = centre + cap * sine;
      const double top = 10 - touch * std::tan(0.15);
      const double needle = pi / 3 * touch * (100 + 10 * top + top * top) +
        pi / 3 * (30 - touch) * (30 - touch) * (3 * cap - (30 - touch));
      const double volume = shape == SpecimenShape::Box ? 400 * 30
        : shape == SpecimenShape::Cylinder              ? pi * 100 * 30
                                                        : needle;
      const double sites = volume * 4 / (0.4 * 0.4 * 0.4);
      // Beside what is detected by chance, the surface cuts cells.
      EXPECT_NEAR(static_cast<double>(ions.size()), sites * efficiency,
        5 * std::sqrt(sites * efficiency * (1 - efficiency)) + 0.001 * sites);
      for (std::size_t i = 0; i < ions.size(); ++i)
      {
        const Place place = ions.place(i);
        ASSERT_LE(std::abs(place[2]), 15 + 1e-5);
        ASSERT_LE(std::abs(place[0]), 10 + 1e-5);
        ASSERT_LE(shape == SpecimenShape::Box ? 0 : std::hypot(place[0], place[1]), 10 + 1e-5);
      }
    }
  }
}

TEST(SyntheticSpecimen, HoldsEverySiteAtMostOnce)
{
  SyntheticSpecimenOptions options = perfect(LatticeType::HCP, 8, 0.3);
  options.orientation = Orientation::Uniform;
  const UnitCell cell = unitCell(options.lattice, options.latticeParameter, options.axialRatio);
  const SyntheticSpecimen specimen(options, 1);
  const Ions ions = ionsOf(specimen);
  std::set<std::array<int, 4>> seen;
  for (std::size_t i = 0; i < ions.size(); ++i)
  {
    const Site site = siteAt(specimen, cell, ions.place(i));
    EXPECT_TRUE(seen.insert({ site.i, site.j, site.k, site.basis }).second);
  }
}

// ---- Order --------------------------------------------------------------------------------------

TEST(SyntheticSpecimen, SublatticesAndMatrixHaveTheirCompositions)
{
  const OrderedStructure structures[] = { OrderedStructure::L1_2, OrderedStructure::L1_0,
    OrderedStructure::B2, OrderedStructure::D0_3, OrderedStructure::D0_19 };
  for (const OrderedStructure structure : structures)
  {
    SyntheticSpecimenOptions options = perfect(latticeOf(structure), 14, 0.36);
    options.orientation = Orientation::Uniform;
    options.detectionEfficiency = { 0.7, 0.7 };
    options.structure = structure;
    options.domainFraction = 0.25;
    options.domainRadius = { 1, 1.6 };
    options.matrix = { { "Ni", 0.6 }, { "Al", 0.3 }, { "Cr", 0.1 } };
    options.sublattices = { { { "Ni", 0.8 }, { "W", 0.2 } }, { { "Al", 0.95 }, { "Ni", 0.05 } } };
    if (structure == OrderedStructure::D0_3)
    {
      options.sublattices.push_back({ { "Cr", 0.5 }, { "Al", 0.5 } });
    }
    const SyntheticSpecimen specimen(options, 0);
    const Ions ions = ionsOf(specimen);
    const UnitCell cell = unitCell(options.lattice, options.latticeParameter, options.axialRatio);

    // Counts by element, of the matrix and then of each sublattice.
    std::vector<std::map<std::string, int>> counts(options.sublattices.size() + 1);
    std::vector<int> sums(counts.size(), 0);
    for (std::size_t i = 0; i < ions.size(); ++i)
    {
      std::size_t where = 0;
      if (ions.domain[i] >= 0)
      {
        const Domain& domain = specimen.domains()[static_cast<std::size_t>(ions.domain[i])];
        where = 1 +
          static_cast<std::size_t>(
            sublatticeOf(structure, domain.variant, siteAt(specimen, cell, ions.place(i))));
      }
      ASSERT_EQ(ions.phase[i], where > 0 ? 1 : 0);
      ++counts[where][specimen.ions()[static_cast<std::size_t>(ions.ion[i])].name];
      ++sums[where];
    }
    const int ordered = static_cast<int>(ions.size()) - sums[0];
    for (std::size_t where = 0; where < counts.size(); ++where)
    {
      const Composition& expected = where == 0 ? options.matrix : options.sublattices[where - 1];
      EXPECT_EQ(counts[where].size(), expected.size());
      for (const Share& share : expected)
      {
        expectBinomial(counts[where][share.element], sums[where], share.fraction);
      }
      if (where > 0)
      {
        expectBinomial(sums[where], ordered, sublattices(structure)[where - 1].fraction);
      }
    }
  }
}

TEST(SyntheticSpecimen, HoldsTheFractionOfOrderedIonsThatIsAskedFor)
{
  for (const double fraction : { 0.05, 0.2, 0.45, 0.6 })
  {
    SyntheticSpecimenOptions options;
    options.edgeLength = 20;
    options.domainFraction = fraction;
    const SyntheticSpecimen specimen(options, 0);
    const Ions ions = ionsOf(specimen);
    const auto ordered = static_cast<double>(std::count(ions.phase.begin(), ions.phase.end(), 1));
    EXPECT_NEAR(ordered / static_cast<double>(ions.size()), fraction, 0.005);
  }
}

TEST(SyntheticSpecimen, DomainsHoldAllIonsWithinTheirRadiusAndNoOthers)
{
  SyntheticSpecimenOptions options = perfect(LatticeType::FCC, 12, 0.4);
  options.domainFraction = 0.2;
  options.domainRadius = { 0.8, 1.8 };
  options.orientation = Orientation::Uniform;
  for (std::uint32_t number = 0; number < 3; ++number)
  {
    const SyntheticSpecimen specimen(options, number);
    const Ions ions = ionsOf(specimen);
    std::vector<double> furthest(specimen.domains().size(), 0);
    std::vector<int> counts(specimen.domains().size(), 0);
    for (std::size_t i = 0; i < ions.size(); ++i)
    {
      const Place place = ions.place(i);
      for (std::size_t d = 0; d < specimen.domains().size(); ++d)
      {
        const Domain& domain = specimen.domains()[d];
        const double distance = std::hypot(
          place[0] - domain.centre[0], place[1] - domain.centre[1], place[2] - domain.centre[2]);
        if (std::abs(distance - domain.radius) > 1e-5)
        {
          ASSERT_EQ(ions.domain[i] == static_cast<std::int32_t>(d), distance < domain.radius);
        }
        if (distance < domain.radius)
        {
          furthest[d] = std::max(furthest[d], distance);
          ++counts[d];
        }
      }
    }
    for (std::size_t d = 0; d < furthest.size(); ++d)
    {
      const Domain& domain = specimen.domains()[d];
      if (largest(domain.centre) + domain.radius < 6)
      {
        // What a ball of that radius holds, and up to its surface but for less than an atom.
        const double sites = 4.0 / 3 * std::acos(-1.0) * std::pow(domain.radius, 3) * 4 / 0.064;
        EXPECT_NEAR(counts[d], sites, 3 * std::pow(sites, 1.0 / 3) + 10);
        EXPECT_GT(furthest[d], domain.radius - 0.12);
      }
    }
  }
}

// ---- Faults -------------------------------------------------------------------------------------

/** The stacking of the (111) planes from below, as how each lies on the one below: + or −. */
std::string stacking(const SyntheticSpecimen& specimen, const Ions& ions, double a,
  std::vector<double>* heights = nullptr)
{
  // Letter of the site in its plane: its place along a reciprocal vector of the planes' own net.
  std::map<long, int> letters;
  for (std::size_t i = 0; i < ions.size(); ++i)
  {
    const Place crystal = inCrystal(specimen, ions.place(i));
    const double height = (crystal[0] + crystal[1] + crystal[2]) / a;
    const double phase = (crystal[0] + crystal[1] - 2 * crystal[2]) * 2 / (3 * a);
    const long plane = std::lround(height);
    const long letter = std::lround(-3 * phase);
    EXPECT_NEAR(height, static_cast<double>(plane), 1e-3);
    EXPECT_NEAR(-3 * phase, static_cast<double>(letter), 1e-3);
    const int wrapped = static_cast<int>((letter % 3 + 3) % 3);
    const auto entry = letters.insert({ plane, wrapped }).first;
    EXPECT_EQ(entry->second, wrapped) << "one plane, two letters";
  }
  std::string text;
  for (auto entry = letters.begin(); std::next(entry) != letters.end(); ++entry)
  {
    const auto next = std::next(entry);
    EXPECT_EQ(next->first, entry->first + 1) << "a plane is missing";
    const int step = (next->second - entry->second + 3) % 3;
    text += step == 1 ? '+' : step == 2 ? '-' : '0';
    if (heights)
    {
      const Place& origin = specimen.draw().origin;
      const Place one = { 1, 1, 1 };
      double base = 0;
      for (std::size_t row = 0; row < 3; ++row)
      {
        for (std::size_t axis = 0; axis < 3; ++axis)
        {
          base += specimen.draw().rotation[row][axis] * one[axis] * origin[row] / std::sqrt(3.0);
        }
      }
      heights->push_back(base + (static_cast<double>(entry->first) + 0.5) * a / std::sqrt(3.0));
    }
  }
  return text;
}

SyntheticSpecimenOptions faulted(PlanarFault fault, int count = 1)
{
  SyntheticSpecimenOptions options = perfect(LatticeType::FCC, 6, 0.4);
  options.orientation = Orientation::Uniform;
  options.fault = fault;
  options.faultCount = count;
  options.faultSpacing = 2;
  return options;
}

std::string longestRuns(const std::string& text)
{
  std::string runs;
  for (const char c : text)
  {
    if (runs.empty() || runs.back() != c)
    {
      runs += c;
    }
  }
  return runs;
}

TEST(SyntheticSpecimen, FaultsChangeTheStackingSequence)
{
  const auto stackingOf = [](PlanarFault fault, int count)
  {
    const SyntheticSpecimenOptions options = faulted(fault, count);
    const SyntheticSpecimen specimen(options, 2);
    std::vector<double> heights;
    const std::string text =
      stacking(specimen, ionsOf(specimen), options.latticeParameter, &heights);
    // Where the sequence breaks is where the faults are said to be.
    EXPECT_EQ(specimen.faultPlanes().size(), fault == PlanarFault::None ? 0u : count);
    for (const double plane : specimen.faultPlanes())
    {
      const auto near = std::min_element(heights.begin(), heights.end(),
        [&](double left, double right)
        { return std::abs(left - plane) < std::abs(right - plane); });
      const auto at = static_cast<std::size_t>(near - heights.begin());
      if (fault == PlanarFault::Intrinsic)
      {
        EXPECT_EQ(text[at], '-');
        EXPECT_NEAR(*near, plane, 1e-6);
      }
      else
      {
        // On a plane of atoms, half way between two steps.
        EXPECT_NEAR(std::abs(*near - plane), 0.2 / std::sqrt(3.0), 1e-6);
      }
    }
    return text;
  };
  EXPECT_EQ(longestRuns(stackingOf(PlanarFault::None, 1)), "+");
  const std::string intrinsic = stackingOf(PlanarFault::Intrinsic, 1);
  EXPECT_EQ(longestRuns(intrinsic), "+-+");
  EXPECT_EQ(std::count(intrinsic.begin(), intrinsic.end(), '-'), 1);
  const std::string extrinsic = stackingOf(PlanarFault::Extrinsic, 1);
  EXPECT_EQ(longestRuns(extrinsic), "+-+");
  EXPECT_EQ(std::count(extrinsic.begin(), extrinsic.end(), '-'), 2);
  EXPECT_EQ(longestRuns(stackingOf(PlanarFault::Twin, 1)), "+-");
  const std::string twins = stackingOf(PlanarFault::Twin, 3);
  EXPECT_EQ(longestRuns(twins), "+-+-");
  const std::string several = stackingOf(PlanarFault::Intrinsic, 3);
  EXPECT_EQ(longestRuns(several), "+-+-+-+");
  EXPECT_EQ(std::count(several.begin(), several.end(), '-'), 3);
}

TEST(SyntheticSpecimen, FaultsKeepTwelveNeighboursAndTheDensity)
{
  for (const PlanarFault fault :
    { PlanarFault::Intrinsic, PlanarFault::Extrinsic, PlanarFault::Twin })
  {
    const SyntheticSpecimenOptions options = faulted(fault, 2);
    const double nearest = options.latticeParameter / std::sqrt(2.0);
    const SyntheticSpecimen specimen(options, 5);
    const Ions ions = ionsOf(specimen);
    std::vector<Place> places;
    for (std::size_t i = 0; i < ions.size(); ++i)
    {
      places.push_back(ions.place(i));
    }
    const double sites = 216 * 4 / 0.064;
    EXPECT_NEAR(static_cast<double>(ions.size()), sites, 0.005 * sites);
    int faultedIons = 0;
    for (std::size_t i = 0; i < places.size(); i += 3)
    {
      const std::vector<Shell> shells = shellsAbout(places, i, 1.2 * nearest, 1e-4);
      ASSERT_FALSE(shells.empty());
      ASSERT_NEAR(shells[0].distance, nearest, 1e-5) << "atoms in each other";
      if (largest(places[i]) < 3 - 1.01 * nearest)
      {
        ASSERT_EQ(shells.size(), 1u);
        ASSERT_EQ(shells[0].count, 12);
        faultedIons += ions.phase[i] == 2;
      }
    }
    EXPECT_GT(faultedIons, 50);
  }
}

TEST(SyntheticSpecimen, IonsNearAFaultAreLabelledAlsoInsideDomains)
{
  SyntheticSpecimenOptions options = faulted(PlanarFault::Intrinsic, 2);
  options.domainFraction = 0.3;
  options.domainRadius = { 1.5, 1.5 };
  options.sublattices = { { { "Al", 1 } }, { { "Li", 1 } } };
  options.faultWidth = 0.6;
  const SyntheticSpecimen specimen(options, 0);
  const Ions ions = ionsOf(specimen);
  int both = 0;
  for (std::size_t i = 0; i < ions.size(); ++i)
  {
    const Place place = ions.place(i);
    double height = 0;
    for (std::size_t row = 0; row < 3; ++row)
    {
      const auto& rotation = specimen.draw().rotation[row];
      height += (rotation[0] + rotation[1] + rotation[2]) / std::sqrt(3.0) * place[row];
    }
    bool near = false;
    for (const double plane : specimen.faultPlanes())
    {
      near |= std::abs(height - plane) < 0.3;
    }
    ASSERT_EQ(ions.phase[i], near ? 2 : ions.domain[i] >= 0 ? 1 : 0);
    both += near && ions.domain[i] >= 0;
  }
  EXPECT_GT(both, 20);
}

// ---- Measurement --------------------------------------------------------------------------------

/** The errors of each ion: sites and their detection do not depend on noise. */
std::vector<Place> errors(SyntheticSpecimenOptions options, std::uint32_t specimen,
  SyntheticSpecimen::Draw* draw = nullptr, std::vector<Place>* truth = nullptr)
{
  const SyntheticSpecimen noisy(options, specimen);
  options.lateralNoise = { 0, 0 };
  options.depthNoise = { 0, 0 };
  const Ions with = ionsOf(noisy);
  const Ions without = ionsOf(SyntheticSpecimen(options, specimen));
  EXPECT_EQ(with.size(), without.size());
  std::vector<Place> result;
  for (std::size_t i = 0; i < with.size(); ++i)
  {
    const Place one = with.place(i);
    const Place other = without.place(i);
    result.push_back({ one[0] - other[0], one[1] - other[1], one[2] - other[2] });
    if (truth)
    {
      truth->push_back(other);
    }
  }
  if (draw)
  {
    *draw = noisy.draw();
  }
  return result;
}

std::vector<double> component(const std::vector<Place>& places, std::size_t axis)
{
  std::vector<double> values;
  for (const Place& place : places)
  {
    values.push_back(place[axis]);
  }
  return values;
}

SyntheticSpecimenOptions noisy(NoiseModel model)
{
  SyntheticSpecimenOptions options;
  options.noiseModel = model;
  options.edgeLength = 12;
  options.lateralNoise = { 0.3, 0.5 };
  options.depthNoise = { 0.05, 0.1 };
  options.rotationHalfRange = { 0.1, 0.1, 1 };
  return options;
}

TEST(SyntheticSpecimen, GaussianNoiseIsNormalAlongEachAxisAndIndependent)
{
  for (std::uint32_t number = 0; number < 3; ++number)
  {
    SyntheticSpecimen::Draw draw;
    const std::vector<Place> noise = errors(noisy(NoiseModel::Gaussian), number, &draw);
    const double sigmas[] = { draw.lateralNoise, draw.lateralNoise, draw.depthNoise };
    const double n = static_cast<double>(noise.size());
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      EXPECT_LT(kolmogorovSmirnov(component(noise, axis),
                  [&](double x) { return normalDistribution(x, sigmas[axis]); }),
        KolmogorovSmirnovLimit);
      double product = 0;
      for (const Place& error : noise)
      {
        product += error[axis] * error[(axis + 1) % 3];
      }
      EXPECT_LT(std::abs(product / n), 5 * sigmas[axis] * sigmas[(axis + 1) % 3] / std::sqrt(n));
    }
  }
}

TEST(SyntheticSpecimen, TruncatedNoiseIsNormalWithinOneSigma)
{
  SyntheticSpecimen::Draw draw;
  const std::vector<Place> noise = errors(noisy(NoiseModel::TruncatedGaussian), 1, &draw);
  const double sigmas[] = { draw.lateralNoise, draw.lateralNoise, draw.depthNoise };
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    const double below = normalDistribution(-1, 1);
    EXPECT_LT(kolmogorovSmirnov(component(noise, axis),
                [&](double x)
                {
                  const double inside = normalDistribution(x, sigmas[axis]) - below;
                  return std::clamp(inside / (1 - 2 * below), 0.0, 1.0);
                }),
      KolmogorovSmirnovLimit);
    for (const Place& error : noise)
    {
      ASSERT_LE(std::abs(error[axis]), sigmas[axis] + 1e-5);
    }
  }
}

TEST(SyntheticSpecimen, PublishedScriptMovesAllThatItClipsByTheSameShift)
{
  SyntheticSpecimen::Draw draw;
  const std::vector<Place> noise = errors(noisy(NoiseModel::PublishedScript), 1, &draw);
  const double n = static_cast<double>(noise.size());
  // The shift is the value that comes again and again.
  std::array<double, 3> shifts{};
  std::array<std::vector<char>, 3> isShifted;
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    const double cell = 2e-5;
    std::map<long, int> counts;
    for (const Place& error : noise)
    {
      ++counts[std::lround(error[axis] / cell)];
    }
    const auto most = std::max_element(counts.begin(), counts.end(),
      [](const auto& left, const auto& right) { return left.second < right.second; });
    shifts[axis] = static_cast<double>(most->first) * cell;
    for (const Place& error : noise)
    {
      isShifted[axis].push_back(std::abs(error[axis] - shifts[axis]) < 2 * cell);
    }
  }
  EXPECT_LE(std::abs(shifts[0]), draw.lateralNoise);
  EXPECT_LE(std::abs(shifts[1]), draw.lateralNoise);
  EXPECT_LE(std::abs(shifts[2]), draw.depthNoise);
  EXPECT_GT(std::abs(shifts[0] - shifts[1]), 1e-3);

  // Beyond ±1σ in x and y: 31.7 %. In z it is the lateral error that is held against σ_z.
  const double beyond = 2 * normalDistribution(-1, 1);
  const double beyondInZ = 2 * normalDistribution(-draw.depthNoise, draw.lateralNoise);
  const double expected[] = { beyond, beyond, beyondInZ };
  std::array<double, 3> shares{};
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    shares[axis] =
      static_cast<double>(std::count(isShifted[axis].begin(), isShifted[axis].end(), 1)) / n;
    EXPECT_NEAR(shares[axis], expected[axis], 5 * 0.5 / std::sqrt(n) + 0.001);
  }
  EXPECT_GT(beyondInZ, 0.7);
  // That error is a draw of its own: being clipped in x and z are independent.
  double both = 0;
  for (std::size_t i = 0; i < noise.size(); ++i)
  {
    both += isShifted[0][i] && isShifted[2][i];
  }
  EXPECT_NEAR(both / n, expected[0] * expected[2], 5 * 0.5 / std::sqrt(n) + 0.001);

  // The others: x and y within ±1σ, z normal and not clipped at all.
  std::vector<double> x;
  std::vector<double> z;
  for (std::size_t i = 0; i < noise.size(); ++i)
  {
    if (!isShifted[0][i])
    {
      x.push_back(noise[i][0]);
      ASSERT_LE(std::abs(noise[i][0]), draw.lateralNoise + 1e-5);
    }
    if (!isShifted[2][i])
    {
      z.push_back(noise[i][2]);
    }
  }
  const double below = normalDistribution(-1, 1);
  EXPECT_LT(
    kolmogorovSmirnov(x,
      [&](double value)
      {
        return std::clamp(
          (normalDistribution(value, draw.lateralNoise) - below) / (1 - 2 * below), 0.0, 1.0);
      }),
    KolmogorovSmirnovLimit);
  EXPECT_LT(
    kolmogorovSmirnov(z, [&](double value) { return normalDistribution(value, draw.depthNoise); }),
    KolmogorovSmirnovLimit);
}

TEST(SyntheticSpecimen, NoiseGrowsAwayFromThePole)
{
  SyntheticSpecimenOptions options = noisy(NoiseModel::Gaussian);
  options.noiseGrowth = 1.5;
  SyntheticSpecimen::Draw draw;
  std::vector<Place> truth;
  const std::vector<Place> noise = errors(options, 0, &draw, &truth);
  const double sigmas[] = { draw.lateralNoise, draw.lateralNoise, draw.depthNoise };
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    std::vector<double> scaled;
    for (std::size_t i = 0; i < noise.size(); ++i)
    {
      scaled.push_back(noise[i][axis] / (1 + 1.5 * std::hypot(truth[i][0], truth[i][1]) / 6));
    }
    EXPECT_LT(
      kolmogorovSmirnov(scaled, [&](double x) { return normalDistribution(x, sigmas[axis]); }),
      KolmogorovSmirnovLimit);
  }
}

TEST(SyntheticSpecimen, NoTwoIonsShareTheirErrorsNotEvenTwins)
{
  SyntheticSpecimenOptions options = noisy(NoiseModel::Gaussian);
  options.fault = PlanarFault::Twin; // the mirrored crystal has the same cells as the other
  std::vector<Place> noise = errors(options, 0);
  std::sort(noise.begin(), noise.end());
  for (std::size_t i = 1; i < noise.size(); ++i)
  {
    ASSERT_GT(std::abs(noise[i][0] - noise[i - 1][0]) + std::abs(noise[i][1] - noise[i - 1][1]) +
        std::abs(noise[i][2] - noise[i - 1][2]),
      1e-5);
  }
}

TEST(SyntheticSpecimen, EachSpecimenDrawsItsOwnFromTheRanges)
{
  SyntheticSpecimenOptions options;
  options.edgeLength = 4;
  options.domainFraction = 0;
  options.rotationHalfRange = { 0.2, 0.3, 1.5 };
  std::array<std::vector<double>, 9> samples;
  for (std::uint32_t number = 0; number < 2000; ++number)
  {
    const SyntheticSpecimen specimen(options, number);
    const SyntheticSpecimen::Draw& draw = specimen.draw();
    samples[0].push_back(draw.lateralNoise);
    samples[1].push_back(draw.depthNoise);
    samples[2].push_back(draw.detectionEfficiency);
    // Of Rz · Ry · Rx.
    const auto& r = draw.rotation;
    samples[3].push_back(std::atan2(r[2][1], r[2][2]));
    samples[4].push_back(std::asin(-r[2][0]));
    samples[5].push_back(std::atan2(r[1][0], r[0][0]));
    const Place origin = inCrystal(specimen, { 0, 0, 0 });
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      samples[6 + axis].push_back(-origin[axis]);
    }
  }
  const double a = options.latticeParameter;
  const Interval expected[] = { options.lateralNoise, options.depthNoise,
    options.detectionEfficiency, { -0.2, 0.2 }, { -0.3, 0.3 }, { -1.5, 1.5 }, { 0, a }, { 0, a },
    { 0, a } };
  for (std::size_t i = 0; i < samples.size(); ++i)
  {
    EXPECT_LT(
      kolmogorovSmirnov(samples[i],
        [&](double x) { return uniformDistribution(x, expected[i].lower, expected[i].upper); }),
      KolmogorovSmirnovLimit)
      << i;
  }
}

TEST(SyntheticSpecimen, UniformOrientationsAreRotationsToEverywhere)
{
  SyntheticSpecimenOptions options;
  options.edgeLength = 4;
  options.domainFraction = 0;
  options.orientation = Orientation::Uniform;
  std::array<std::vector<double>, 9> entries;
  for (std::uint32_t number = 0; number < 2000; ++number)
  {
    const auto r = SyntheticSpecimen(options, number).draw().rotation;
    for (std::size_t i = 0; i < 3; ++i)
    {
      for (std::size_t j = 0; j < 3; ++j)
      {
        entries[3 * i + j].push_back(r[i][j]);
        const double dot = r[i][0] * r[j][0] + r[i][1] * r[j][1] + r[i][2] * r[j][2];
        ASSERT_NEAR(dot, i == j ? 1 : 0, 1e-12);
      }
    }
    const double determinant = r[0][0] * (r[1][1] * r[2][2] - r[1][2] * r[2][1]) -
      r[0][1] * (r[1][0] * r[2][2] - r[1][2] * r[2][0]) +
      r[0][2] * (r[1][0] * r[2][1] - r[1][1] * r[2][0]);
    ASSERT_NEAR(determinant, 1, 1e-12);
  }
  // Each entry is a coordinate of a point that is uniform on the sphere (Archimedes).
  for (const std::vector<double>& entry : entries)
  {
    EXPECT_LT(kolmogorovSmirnov(entry, [](double x) { return uniformDistribution(x, -1, 1); }),
      KolmogorovSmirnovLimit);
  }
}

TEST(SyntheticSpecimen, LocalMagnificationScalesDomainsLaterallyAndFadesOut)
{
  SyntheticSpecimenOptions options = perfect(LatticeType::FCC, 16, 0.4);
  options.domainFraction = 1e-6; // one domain
  options.domainRadius = { 2, 2 };
  for (const double magnification : { 0.6, 1.5 })
  {
    // A specimen whose domain is well inside.
    std::uint32_t number = 0;
    while (largest(SyntheticSpecimen(options, number).domains().at(0).centre) > 5)
    {
      ++number;
    }
    options.localMagnification = 1;
    const SyntheticSpecimen plain(options, number);
    options.localMagnification = magnification;
    const SyntheticSpecimen magnified(options, number);
    const Domain& domain = plain.domains()[0];
    const Ions truth = ionsOf(plain);
    const Ions seen = ionsOf(magnified);
    ASSERT_EQ(truth.size(), seen.size());
    EXPECT_EQ(truth.domain, seen.domain);
    double mostJump = 0;
    for (std::size_t i = 0; i < truth.size(); ++i)
    {
      const Place from = truth.place(i);
      const Place to = seen.place(i);
      const double distance = std::hypot(
        from[0] - domain.centre[0], from[1] - domain.centre[1], from[2] - domain.centre[2]);
      EXPECT_EQ(to[2], from[2]);
      for (std::size_t axis = 0; axis < 2; ++axis)
      {
        const double before = from[axis] - domain.centre[axis];
        const double after = to[axis] - domain.centre[axis];
        if (truth.domain[i] == 0)
        {
          ASSERT_NEAR(after, magnification * before, 1e-5);
        }
        else if (distance >= 6)
        {
          ASSERT_EQ(to[axis], from[axis]);
        }
        else
        {
          // Between, and on the same side of the centre.
          ASSERT_LE(std::abs(after - before), std::abs((magnification - 1) * before) + 1e-5);
          ASSERT_GE(after * before, -1e-5);
        }
      }
      // Continuous: the next site of the row moves along.
      if (i > 0)
      {
        const Place last = truth.place(i - 1);
        const double apart = std::hypot(from[0] - last[0], from[1] - last[1], from[2] - last[2]);
        const Place lastTo = seen.place(i - 1);
        const double change =
          std::hypot(to[0] - from[0] - lastTo[0] + last[0], to[1] - from[1] - lastTo[1] + last[1]);
        mostJump = std::max(mostJump, apart < 0.5 ? change / apart : 0);
      }
    }
    EXPECT_LT(mostJump, 2);
  }
}

TEST(SyntheticSpecimen, RangesGiveEveryIonItsTypeAgain)
{
  for (const SpecimenPreset& preset : specimenPresets())
  {
    const SyntheticSpecimen specimen(preset.options, 0);
    const Ions ions = ionsOf(specimen);
    const RangeTable table(specimen.ranges());
    ASSERT_EQ(table.ions().size(), specimen.ions().size());
    for (std::size_t i = 0; i < table.ions().size(); ++i)
    {
      EXPECT_EQ(table.ions()[i].name, specimen.ions()[i].name);
      EXPECT_EQ(table.ions()[i].color, specimen.ions()[i].color);
    }
    std::vector<std::int16_t> ranged(ions.size());
    table.assign(ions.massToCharge.data(), ions.size(), ranged.data());
    EXPECT_EQ(ranged, ions.ion) << preset.name;
  }
}

// ---- Repetition, parts, stopping ----------------------------------------------------------------

SyntheticSpecimenOptions everything(NoiseModel model)
{
  SyntheticSpecimenOptions options;
  options.edgeLength = 15;
  options.height = 25;
  options.shape = SpecimenShape::Needle;
  options.orientation = Orientation::Uniform;
  options.fault = PlanarFault::Twin;
  options.faultCount = 3;
  options.faultSpacing = 3;
  options.localMagnification = 0.8;
  options.noiseGrowth = 0.2;
  options.noiseModel = model;
  return options;
}

TEST(SyntheticSpecimen, IsTheSameOnAnyNumberOfThreadsAndParts)
{
  for (const NoiseModel model :
    { NoiseModel::Gaussian, NoiseModel::TruncatedGaussian, NoiseModel::PublishedScript })
  {
    const SyntheticSpecimenOptions options = everything(model);
    const Ions expected = ionsOf(SyntheticSpecimen(options, 4));
    ASSERT_GT(expected.size(), 10000u);
    for (int threads = 1; threads <= 3; ++threads)
    {
      const ThreadLimit limit(threads);
      EXPECT_TRUE(ionsOf(SyntheticSpecimen(options, 4)) == expected) << threads << " threads";
      for (const std::uint32_t parts : { 2u, 3u, 7u })
      {
        Ions whole;
        for (std::uint32_t part = 0; part < parts; ++part)
        {
          // As on a rank: each makes its own specimen, and knows nothing of the other parts.
          whole.append(ionsOf(SyntheticSpecimen(options, 4), part, parts));
        }
        EXPECT_TRUE(whole == expected) << parts << " parts on " << threads << " threads";
      }
    }
  }
}

TEST(SyntheticSpecimen, AnotherSeedOrSpecimenIsAnother)
{
  SyntheticSpecimenOptions options = everything(NoiseModel::Gaussian);
  const Ions first = ionsOf(SyntheticSpecimen(options, 0));
  EXPECT_FALSE(ionsOf(SyntheticSpecimen(options, 1)) == first);
  options.seed = 2;
  EXPECT_FALSE(ionsOf(SyntheticSpecimen(options, 0)) == first);
  options.seed = 1 + (std::uint64_t{ 1 } << 40);
  EXPECT_FALSE(ionsOf(SyntheticSpecimen(options, 0)) == first);
}

TEST(SyntheticSpecimen, PartsAreOfAboutEqualSize)
{
  SyntheticSpecimenOptions options;
  options.edgeLength = 30;
  options.shape = SpecimenShape::Cylinder;
  const SyntheticSpecimen specimen(options, 0);
  const auto whole = static_cast<double>(specimen.count(0, 1));
  for (std::uint32_t part = 0; part < 4; ++part)
  {
    EXPECT_NEAR(static_cast<double>(specimen.count(part, 4)), whole / 4, 0.05 * whole);
  }
}

TEST(SyntheticSpecimen, MorePartsThanRowsLeaveSomeEmpty)
{
  SyntheticSpecimenOptions options;
  options.edgeLength = 3;
  options.domainFraction = 0;
  const SyntheticSpecimen specimen(options, 0);
  constexpr std::uint32_t parts = 5000;
  std::uint64_t sum = 0;
  for (std::uint32_t part = 0; part < parts; ++part)
  {
    sum += specimen.count(part, parts);
  }
  EXPECT_EQ(sum, specimen.count(0, 1));
  EXPECT_THROW(specimen.count(parts, parts), ParameterError);
  EXPECT_THROW(specimen.count(0, 0), ParameterError);
}

TEST(SyntheticSpecimen, FillsOnlyWhatIsWanted)
{
  SyntheticSpecimenOptions options;
  const SyntheticSpecimen specimen(options, 0);
  const Ions all = ionsOf(specimen);
  std::vector<float> positions(all.positions.size());
  specimen.fill(0, 1, { positions.data(), nullptr, nullptr, nullptr, nullptr });
  EXPECT_EQ(positions, all.positions);
  std::vector<std::int16_t> ion(all.size());
  specimen.fill(0, 1, { positions.data(), nullptr, ion.data(), nullptr, nullptr });
  EXPECT_EQ(ion, all.ion);
  std::vector<float> ratios(all.size());
  specimen.fill(0, 1, { positions.data(), ratios.data(), nullptr, nullptr, nullptr });
  EXPECT_EQ(ratios, all.massToCharge);
}

TEST(SyntheticSpecimen, StopsWhenToldToAndCanBeAskedAgain)
{
  SyntheticSpecimenOptions options;
  options.edgeLength = 20;
  const Progress never = [](double) { return false; };
  EXPECT_THROW(SyntheticSpecimen(options, 0, never), Stopped);
  const SyntheticSpecimen specimen(options, 0);
  EXPECT_THROW(specimen.count(0, 1, never), Stopped);
  const Ions ions = ionsOf(specimen);
  std::vector<float> positions(ions.positions.size());
  EXPECT_THROW(
    specimen.fill(0, 1, { positions.data(), nullptr, nullptr, nullptr, nullptr }, never), Stopped);
  EXPECT_TRUE(ionsOf(specimen) == ionsOf(SyntheticSpecimen(options, 0)));
}

TEST(SyntheticSpecimen, ProgressRisesFromNoneToAll)
{
  SyntheticSpecimenOptions options;
  options.edgeLength = 20;
  const ThreadLimit limit(1);
  double last = 0;
  const Progress rising = [&](double fraction)
  {
    EXPECT_GE(fraction, last - 1e-12);
    EXPECT_LE(fraction, 1 + 1e-12);
    last = fraction;
    return true;
  };
  const SyntheticSpecimen specimen(options, 0, rising);
  EXPECT_NEAR(last, 1, 1e-9);
  last = 0;
  const std::uint64_t count = specimen.count(0, 1, rising);
  EXPECT_NEAR(last, 1, 1e-9);
  last = 0;
  std::vector<float> positions(3 * static_cast<std::size_t>(count));
  specimen.fill(0, 1, { positions.data(), nullptr, nullptr, nullptr, nullptr }, rising);
  EXPECT_NEAR(last, 1, 1e-9);
}

TEST(SyntheticSpecimen, DepthIsMeasuredFromTheSurfaceToTheDomain)
{
  SyntheticSpecimenOptions options;
  options.edgeLength = 16;
  const SyntheticSpecimen specimen(options, 0);
  int cut = 0;
  for (const Domain& domain : specimen.domains())
  {
    double furthest = 0;
    for (const double coordinate : domain.centre)
    {
      furthest = std::max(furthest, std::abs(coordinate));
    }
    const double depth = options.edgeLength / 2 - furthest - domain.radius;
    EXPECT_EQ(specimen.depth(domain) < 0, depth < 0);
    if (depth > 0)
    {
      EXPECT_NEAR(specimen.depth(domain), depth, 1e-12);
    }
    cut += depth < 0;
  }
  EXPECT_GT(cut, 0);
}

TEST(SyntheticSpecimen, ChecksItsOptions)
{
  SyntheticSpecimenOptions options;
  options.detectionEfficiency = { 0, 0 };
  EXPECT_THROW(SyntheticSpecimen(options, 0), ParameterError);
}

TEST(SyntheticSpecimen, CanBeMoved)
{
  SyntheticSpecimenOptions options;
  SyntheticSpecimen specimen(options, 0);
  const Ions before = ionsOf(specimen);
  SyntheticSpecimen moved = std::move(specimen);
  EXPECT_TRUE(ionsOf(moved) == before);
}

} // namespace
} // namespace apt
