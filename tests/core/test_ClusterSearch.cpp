// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "ClusterSearch.h"

#include "ClusterDefinition.h"
#include "Error.h"
#include "ParallelFor.h"
#include "SyntheticSpecimen.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace apt
{
namespace
{

struct Answer
{
  std::vector<std::int32_t> clusterId;
  std::vector<std::uint64_t> sizes;
};

Answer search(const Specimen& specimen, const ClusterSearchOptions& options)
{
  Answer answer;
  answer.clusterId.assign(specimen.size(), 77);
  answer.sizes = clusterSearch(specimen.ions(), options, answer.clusterId.data());
  return answer;
}

ClusterSearchOptions separation(double distance, int order = 1, std::int64_t minimumSize = 3)
{
  ClusterSearchOptions options;
  options.maximumSeparation = distance;
  options.order = order;
  options.minimumSize = minimumSize;
  return options;
}

ClusterSearchOptions dbscan(double distance, int neighbours, std::int64_t minimumSize = 1)
{
  ClusterSearchOptions options = separation(distance, 1, minimumSize);
  options.method = ClusterMethod::DBSCAN;
  options.minimumNeighbours = neighbours;
  return options;
}

std::vector<float> cubicLattice(int cells, float parameter)
{
  std::vector<float> positions;
  for (int i = 0; i < cells * cells * cells; ++i)
  {
    positions.push_back(parameter * static_cast<float>(i % cells));
    positions.push_back(parameter * static_cast<float>(i / cells % cells));
    positions.push_back(parameter * static_cast<float>(i / cells / cells));
  }
  return positions;
}

/** Clumps of ions around random centres, and others between them. */
std::vector<float> clumps(std::size_t ions, float edge, unsigned seed = 1)
{
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 0.4F);
  std::vector<float> positions = uniformIn(ions, edge, seed);
  for (std::size_t i = ions / 3; i < ions; ++i)
  {
    const std::size_t centre = i % 7;
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      positions[i * 3 + axis] = positions[centre * 3 + axis] + normal(random);
    }
  }
  return positions;
}

Specimen permuted(const Specimen& specimen, const std::vector<std::size_t>& order)
{
  Specimen result;
  result.selectedTypes = specimen.selectedTypes;
  for (const std::size_t ion : order)
  {
    result.positions.insert(result.positions.end(), specimen.positions.begin() + ion * 3,
      specimen.positions.begin() + ion * 3 + 3);
    result.type.push_back(specimen.type[ion]);
    if (!specimen.ordered.empty())
    {
      result.ordered.push_back(specimen.ordered[ion]);
    }
  }
  return result;
}

void expectDefinition(const Specimen& specimen, const ClusterSearchOptions& options)
{
  SCOPED_TRACE("separation " + std::to_string(options.maximumSeparation) + ", core from " +
    std::to_string(options.neighboursOfCore()));
  const Answer answer = search(specimen, options);
  ASSERT_EQ(answer.clusterId, clustersByDefinition(specimen, options));
  std::vector<std::uint64_t> sizes(answer.sizes.size());
  for (const std::int32_t id : answer.clusterId)
  {
    if (id >= 0)
    {
      ++sizes.at(static_cast<std::size_t>(id));
    }
  }
  EXPECT_EQ(answer.sizes, sizes);
  if (options.envelopeDistance == 0 && options.erosionDistance == 0)
  {
    EXPECT_EQ(wrongWith(specimen, options, answer.clusterId), "");
  }
}

void expectDefinitionForAllMethods(const Specimen& specimen, const std::vector<double>& distances)
{
  for (const double distance : distances)
  {
    expectDefinition(specimen, separation(distance));
    expectDefinition(specimen, separation(distance, 1, 1));
    expectDefinition(specimen, separation(distance, 4, 6));
    expectDefinition(specimen, dbscan(distance, 1));
    expectDefinition(specimen, dbscan(distance, 5));
    expectDefinition(specimen, dbscan(distance, 12, 20));
    ClusterSearchOptions both = separation(distance, 2, 5);
    both.envelopeDistance = distance * 0.8;
    both.erosionDistance = distance * 0.6;
    expectDefinition(specimen, both);
    both.method = ClusterMethod::DBSCAN;
    both.envelopeDistance = 0;
    expectDefinition(specimen, both);
  }
}

TEST(ClusterSearch, AgreesWithTheDefinitionInAUniformCloud)
{
  expectDefinitionForAllMethods(
    withTypes(uniformIn(1200, 6), 3, { false, true, true }), { 0.2, 0.5, 0.62, 0.9, 3, 100 });
}

TEST(ClusterSearch, AgreesWithTheDefinitionInClumps)
{
  expectDefinitionForAllMethods(allSelected(clumps(1000, 10)), { 0.15, 0.3, 0.6, 1.4 });
}

TEST(ClusterSearch, AgreesWithTheDefinitionWhereLatticeDistancesTie)
{
  // Exact in binary: the separation is the lattice parameter, and the diagonals, to the last bit.
  expectDefinitionForAllMethods(
    withTypes(cubicLattice(10, 0.25F), 2, { true }), { 0.25, 0.2499, 0.3535533905932738, 0.5 });
  expectDefinitionForAllMethods(
    withTypes(cubicLattice(10, 0.405F), 2, { true }), { 0.405, 0.57, 0.81 });
}

TEST(ClusterSearch, AgreesWithTheDefinitionWhereManyIonsAreAtOnePlace)
{
  std::vector<float> positions = uniformIn(300, 4);
  positions.insert(positions.end(), positions.begin(), positions.begin() + 600);
  positions.insert(positions.end(), positions.begin(), positions.begin() + 300);
  for (int i = 0; i < 200; ++i)
  {
    positions.insert(positions.end(), { 2, 2, 2 });
    positions.insert(positions.end(), { 2, 2, 2.9F });
  }
  expectDefinitionForAllMethods(
    withTypes(positions, 4, { true, true, true }), { 1e-5, 0.3, 0.89, 0.91 });
}

TEST(ClusterSearch, AgreesWithTheDefinitionWhereAStrayIonIsFarAway)
{
  std::vector<float> positions = clumps(500, 8);
  positions.insert(positions.begin(), { 3e5F, -3e5F, 3e5F });
  expectDefinitionForAllMethods(allSelected(positions), { 0.3 });
}

TEST(ClusterSearch, AgreesWithTheDefinitionAmongOrderedIonsOnly)
{
  Specimen specimen = withTypes(clumps(1000, 8), 3, {});
  for (std::size_t i = 0; i < specimen.size(); ++i)
  {
    specimen.ordered.push_back(static_cast<std::int8_t>(i % 5 < 3));
  }
  expectDefinitionForAllMethods(specimen, { 0.3, 0.5 });
}

TEST(ClusterSearch, ContestedBorderIonsGoToTheNearestCoreIonAndThenToTheLowestIndex)
{
  // Two rods of core ions along x, and between them ions that both reach but that are not core.
  std::vector<float> positions;
  for (int i = 0; i < 6; ++i)
  {
    positions.insert(positions.end(), { static_cast<float>(i) * 0.25F, 0, 0 });
    positions.insert(positions.end(), { static_cast<float>(i) * 0.25F, 2, 0 });
  }
  positions.insert(positions.end(), { 0, 1, 0 });         // as near to both
  positions.insert(positions.end(), { 1.25F, 1.25F, 0 }); // nearer to the second
  const Specimen specimen = allSelected(positions);
  const Answer answer = search(specimen, dbscan(1, 3));
  ASSERT_EQ(answer.sizes.size(), 2u);
  EXPECT_EQ(answer.clusterId[12], answer.clusterId[0]);
  EXPECT_EQ(answer.clusterId[13], answer.clusterId[1]);
  EXPECT_NE(answer.clusterId[0], answer.clusterId[1]);
  expectDefinition(specimen, dbscan(1, 3));
  // A border ion joins no two clusters, and of maximum separation with an order it is no part.
  EXPECT_EQ(search(specimen, separation(1, 3)).clusterId[12], -1);
}

TEST(ClusterSearch, AgreesWithTheDBSCANOfScikitLearn)
{
  // Cloud and labels as dbscan_by_sklearn.py makes them; a letter per cluster, a dot for noise.
  std::uint32_t state = 2;
  const auto draw = [&]
  {
    state = 1664525u * state + 1013904223u;
    return static_cast<double>(state >> 8) / 16777216;
  };
  std::vector<float> positions;
  for (std::size_t i = 0; i < 400; ++i)
  {
    const bool alone = i < 8 || i % 3 == 0;
    double centre[3];
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      centre[axis] = alone ? 4 * draw() : static_cast<double>(positions[i % 8 * 3 + axis]);
    }
    for (const double c : centre)
    {
      const double offset = draw() + draw() + draw() - 1.5;
      positions.push_back(static_cast<float>(c + (alone ? 0 : 0.5) * offset));
    }
  }
  const std::string labels =
    "ABCDEFGHA.CD.FG.ABDDE.GH.BC.EF.HAB.D..G.AB.DE.GH.BC.EF.HAECD.FG.ABCDEBGHCBC.EF.H"
    "A.CD.FG.AB..E.GH.BC.EF.HA.CD.FG.AB.DE.GH.BC.EF.HA.CD.FG.AB.DEEGH.BC.EF.HA.CDHFG."
    "AB..E.GH.B..EF.HA.CD.FG.AB.DEHGH.BC.EFC.A.CD.FG.AB.DE.GH.BCEEF.H..CD.FG.AB.DE.GH"
    ".BC.EF.HA.C..FGHAB.DE.GHABC.EF.HA.CD.FG..B.DE.GH.BC.EFHHA.C...G.AB..E.GHCBCDEF.H"
    "A.CD.FG.AB.DE.GH.B.HEF.HA.C..FG....DE.GH.BCBEF.HA.CD.FG.AB.DE.GH.BC.E.HHA..D.FG.";
  // That DBSCAN counts the ion itself: 6 samples are 5 neighbours.
  const Answer answer = search(allSelected(positions), dbscan(0.375, 5));
  ASSERT_EQ(labels.size(), 400u);
  std::map<char, std::int32_t> idOf{ { '.', -1 } };
  for (std::size_t i = 0; i < 400; ++i)
  {
    const auto entry = idOf.emplace(labels[i], answer.clusterId[i]).first;
    EXPECT_EQ(entry->second, answer.clusterId[i]) << "ion " << i << " of " << labels[i];
  }
  std::set<std::int32_t> ids;
  for (const auto& [label, id] : idOf)
  {
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), idOf.size());
  EXPECT_EQ(answer.sizes.size() + 1, idOf.size());
}

TEST(ClusterSearch, VerifierRejectsWhatIsNotTheAnswer)
{
  const Specimen specimen = allSelected(clumps(400, 12));
  for (const ClusterSearchOptions& options : { separation(0.35), dbscan(0.4, 5, 4) })
  {
    const Answer answer = search(specimen, options);
    ASSERT_GE(answer.sizes.size(), 3u);
    ASSERT_EQ(wrongWith(specimen, options, answer.clusterId), "");
    const auto altered = [&](const auto& change)
    {
      std::vector<std::int32_t> other = answer.clusterId;
      change(other);
      EXPECT_NE(other, answer.clusterId);
      return wrongWith(specimen, options, other);
    };
    const auto last = static_cast<std::int32_t>(answer.sizes.size() - 1);
    const auto firstOf = [&](std::int32_t id)
    {
      return static_cast<std::size_t>(
        std::find(answer.clusterId.begin(), answer.clusterId.end(), id) - answer.clusterId.begin());
    };
    EXPECT_NE(altered([&](auto& ids) { std::replace(ids.begin(), ids.end(), last, 0); }), "")
      << "two merged";
    EXPECT_NE(altered(
                [&](auto& ids)
                {
                  for (std::size_t i = 0, seen = 0; i < ids.size(); ++i)
                  {
                    if (ids[i] == 0 && seen++ % 2)
                    {
                      ids[i] = last + 1;
                    }
                  }
                }),
      "")
      << "one split";
    EXPECT_NE(altered([&](auto& ids) { ids[firstOf(0)] = 1; }), "") << "one ion moved";
    EXPECT_NE(altered([&](auto& ids) { ids[firstOf(0)] = -1; }), "") << "one ion lost";
    EXPECT_NE(altered([&](auto& ids) { ids[firstOf(-1)] = 0; }), "") << "a noise ion added";
    EXPECT_NE(altered([&](auto& ids) { std::replace(ids.begin(), ids.end(), last, -1); }), "")
      << "one cluster lost";
    EXPECT_NE(altered(
                [&](auto& ids)
                {
                  for (std::int32_t& id : ids)
                  {
                    id = id == 0 ? 1 : id == 1 ? 0 : id;
                  }
                }),
      "")
      << "two numbers changed";
  }
}

TEST(ClusterSearch, IsTheSameForAnyNumberOfThreads)
{
  const Specimen specimen = withTypes(clumps(60000, 20), 3, { true, true, false });
  ClusterSearchOptions options = dbscan(0.35, 6, 4);
  options.envelopeDistance = 0.3;
  options.erosionDistance = 0.2;
  for (const ClusterMethod method : { ClusterMethod::DBSCAN, ClusterMethod::MaximumSeparation })
  {
    options.method = method;
    Answer one;
    {
      const ThreadLimit limit(1);
      one = search(specimen, options);
    }
    EXPECT_GT(one.sizes.size(), 5u);
    for (const int threads : { 2, 7 })
    {
      const ThreadLimit limit(threads);
      const Answer many = search(specimen, options);
      EXPECT_EQ(many.clusterId, one.clusterId);
      EXPECT_EQ(many.sizes, one.sizes);
    }
  }
}

TEST(ClusterSearch, PermutedIonsPermuteTheAnswer)
{
  const Specimen specimen = withTypes(clumps(3000, 12), 3, { true, false, true });
  std::vector<std::size_t> order(specimen.size());
  std::iota(order.begin(), order.end(), 0u);
  std::shuffle(order.begin(), order.end(), std::mt19937(3));
  ClusterSearchOptions options = dbscan(0.5, 4);
  options.envelopeDistance = 0.4;
  const Answer before = search(specimen, options);
  const Answer after = search(permuted(specimen, order), options);
  EXPECT_EQ(before.sizes, after.sizes);
  // Clusters of equal size may change their numbers with the lowest index.
  std::map<std::int32_t, std::int32_t> numbers;
  for (std::size_t i = 0; i < order.size(); ++i)
  {
    const std::int32_t was = before.clusterId[order[i]];
    EXPECT_EQ(numbers.emplace(was, after.clusterId[i]).first->second, after.clusterId[i]);
    EXPECT_EQ(was == -1, after.clusterId[i] == -1);
  }
}

TEST(ClusterSearch, LargeSeparationsMakeOneClusterOfAllWithoutLookingAtEachPair)
{
  const Specimen specimen = allSelected(uniformIn(1000000, 32)); // 30 per nm³, 5 × 10¹¹ pairs
  EXPECT_EQ(search(specimen, separation(60)).sizes, std::vector<std::uint64_t>{ 1000000 });
  EXPECT_EQ(search(specimen, separation(4)).sizes, std::vector<std::uint64_t>{ 1000000 });
}

TEST(ClusterSearch, ErosionTakesBackWhatTheEnvelopeAddedBeyondTheSurface)
{
  // A ball of selected ions in a lattice of others.
  Specimen specimen = allSelected(cubicLattice(20, 0.3F));
  std::size_t inBall = 0;
  for (std::size_t i = 0; i < specimen.size(); ++i)
  {
    const double r = std::hypot(static_cast<double>(specimen.positions[i * 3]) - 2.85,
      static_cast<double>(specimen.positions[i * 3 + 1]) - 2.85,
      static_cast<double>(specimen.positions[i * 3 + 2]) - 2.85);
    specimen.type[i] = r < 1.5;
    inBall += r < 1.5;
  }
  specimen.selectedTypes = { false, true };
  ClusterSearchOptions options = separation(0.31);
  EXPECT_EQ(search(specimen, options).sizes, std::vector<std::uint64_t>{ inBall });
  options.envelopeDistance = 0.31;
  const std::uint64_t withEnvelope = search(specimen, options).sizes.at(0);
  EXPECT_GT(withEnvelope, inBall);
  options.erosionDistance = 0.31;
  EXPECT_EQ(search(specimen, options).sizes, std::vector<std::uint64_t>{ inBall });
  options.erosionDistance = 10;
  EXPECT_TRUE(search(specimen, options).sizes.empty());
}

TEST(ClusterSearch, FindsTheDomainsOfASyntheticSpecimen)
{
  SyntheticSpecimenOptions recipe;
  recipe.edgeLength = 18;
  recipe.matrix = { { "Al", 0.93 }, { "Li", 0.02 }, { "Mg", 0.05 } };
  recipe.domainFraction = 0.05;
  recipe.lateralNoise = { 0.1, 0.1 };
  recipe.depthNoise = { 0.03, 0.03 };
  recipe.detectionEfficiency = { 0.7, 0.7 };
  const SyntheticSpecimen made(recipe, 0);
  Specimen specimen;
  const std::size_t size = made.count(0, 1);
  specimen.positions.resize(size * 3);
  specimen.type.resize(size);
  std::vector<std::int32_t> domain(size);
  SyntheticSpecimen::Destination destination;
  destination.positions = specimen.positions.data();
  destination.ion = specimen.type.data();
  destination.domain = domain.data();
  made.fill(0, 1, destination);
  for (const IonType& ion : made.ions())
  {
    specimen.selectedTypes.push_back(ion.name == "Li");
  }
  // Li is on every fourth site of a domain: 0.4 nm to the nearest, without losses and noise.
  const Answer answer = search(specimen, separation(0.55, 3, 10));

  std::map<std::int32_t, std::map<std::int32_t, std::size_t>> clustersOfDomain;
  std::map<std::int32_t, std::size_t> lithium;
  std::vector<std::size_t> fromDomains(answer.sizes.size());
  for (std::size_t i = 0; i < size; ++i)
  {
    if (specimen.ions().isSelected(i) && domain[i] >= 0)
    {
      ++clustersOfDomain[domain[i]][answer.clusterId[i]];
      ++lithium[domain[i]];
    }
    if (domain[i] >= 0 && answer.clusterId[i] >= 0)
    {
      ++fromDomains[static_cast<std::size_t>(answer.clusterId[i])];
    }
  }
  // Domains that touch each other are one to any method of this kind: look at those that stand
  // alone, and are not all but cut off by the edge of the specimen.
  const std::vector<Domain>& domains = made.domains();
  std::size_t alone = 0;
  std::set<std::int32_t> found;
  for (std::size_t i = 0; i < domains.size(); ++i)
  {
    const bool standsAlone = std::all_of(domains.begin(), domains.end(),
      [&](const Domain& other)
      {
        const auto& a = domains[i].centre;
        const auto& b = other.centre;
        return &other == &domains[i] ||
          std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) >
          domains[i].radius + other.radius + 0.7;
      });
    const auto number = static_cast<std::int32_t>(i);
    if (!standsAlone || lithium[number] < 25)
    {
      continue;
    }
    ++alone;
    const auto most =
      std::max_element(clustersOfDomain[number].begin(), clustersOfDomain[number].end(),
        [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most->first >= 0 && most->second * 3 > lithium[number] * 2 &&
      most->second * 5 > answer.sizes[static_cast<std::size_t>(most->first)] * 4)
    {
      found.insert(most->first);
    }
  }
  EXPECT_GE(alone, 8u);
  EXPECT_GE(found.size() * 10, alone * 9) << found.size() << " of " << alone;
  for (std::size_t id = 0; id < answer.sizes.size(); ++id)
  {
    EXPECT_GT(fromDomains[id] * 4, answer.sizes[id] * 3) << "cluster " << id;
  }
}

TEST(ClusterSearch, TakesEmptyAndTinyClouds)
{
  for (const ClusterSearchOptions& options :
    { separation(0.5, 1, 1), separation(0.5, 3, 1), dbscan(0.5, 1), dbscan(0.5, 9) })
  {
    EXPECT_TRUE(search(Specimen(), options).sizes.empty());
    const Specimen one = allSelected({ 1, 2, 3 });
    EXPECT_EQ(search(one, options).clusterId, std::vector<std::int32_t>{ -1 });
    Specimen unranged = allSelected(std::vector<float>(30, 1));
    unranged.type.assign(10, -1);
    EXPECT_EQ(search(unranged, options).clusterId, std::vector<std::int32_t>(10, -1));
  }
  const Specimen two = allSelected({ 1, 2, 3, 1, 2, 3 });
  EXPECT_EQ(search(two, separation(0.5, 1, 2)).sizes, std::vector<std::uint64_t>{ 2 });
}

TEST(ClusterSearch, IgnoresWhereUnrangedIonsAre)
{
  Specimen specimen = allSelected({ 0, 0, 0, 0.1F, 0, 0, std::nanf(""), 0, 0 });
  specimen.type[2] = -1;
  EXPECT_EQ(
    search(specimen, separation(0.2, 1, 2)).clusterId, (std::vector<std::int32_t>{ 0, 0, -1 }));
}

std::string errorOf(const Specimen& specimen, const ClusterSearchOptions& options)
{
  try
  {
    search(specimen, options);
  }
  catch (const ParameterError& error)
  {
    return error.what();
  }
  return {};
}

TEST(ClusterSearch, RefusesWhatMakesNoSenseInOneSentence)
{
  const Specimen specimen = allSelected(uniformIn(100, 2));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(errorOf(specimen, separation(0)), "maximum separation is 0; allowed is above 0 nm");
  EXPECT_EQ(errorOf(specimen, separation(nan)), "maximum separation is nan; allowed is above 0 nm");
  EXPECT_EQ(errorOf(specimen, separation(1, 0)), "order is 0; allowed is 1 to 255");
  EXPECT_EQ(errorOf(specimen, separation(1, 256)), "order is 256; allowed is 1 to 255");
  EXPECT_EQ(
    errorOf(specimen, dbscan(1, 0)), "minimum number of neighbours is 0; allowed is 1 to 255");
  EXPECT_EQ(errorOf(specimen, separation(1, 1, 0)), "minimum size is 0; allowed is 1 ion or more");
  ClusterSearchOptions options;
  options.envelopeDistance = -1;
  EXPECT_EQ(errorOf(specimen, options), "envelope distance is -1; allowed is 0 nm or more");
  options.envelopeDistance = 0;
  options.erosionDistance = nan;
  EXPECT_EQ(errorOf(specimen, options), "erosion distance is nan; allowed is 0 nm or more");
  EXPECT_EQ(errorOf(allSelected({ 0, 0, 0, 1, std::nanf(""), 0 }), {}),
    "y of ion 1 is nan; allowed is -1e15 to 1e15 nm");
  EXPECT_EQ(errorOf(allSelected({ 0, 0, 0, 1e6F, 1e6F, 1e6F }), separation(1e-4)),
    "maximum separation is 0.0001; allowed is large enough that the box around the ions holds at "
    "most 9e18 cubes as wide across, such as 1 nm (is an ion very far from the others?)");
}

TEST(ClusterSearch, SaysHowManyPairsAnEnvelopeWouldTake)
{
  // Each with each: 150,000 ions have more than 10¹⁰ such pairs.
  const Specimen specimen = allSelected(uniformIn(150000, 15));
  ClusterSearchOptions options = separation(0.3);
  options.envelopeDistance = 60;
  EXPECT_EQ(errorOf(specimen, options),
    "envelope distance is 60; allowed is one that has fewer than 1e+10 pairs of ions within it; "
    "here are about 2e+10");
  options.envelopeDistance = 0;
  options.erosionDistance = 60;
  EXPECT_EQ(errorOf(specimen, options),
    "erosion distance is 60; allowed is one that has fewer than 1e+10 pairs of ions within it; "
    "here are about 2e+10");
}

TEST(ClusterSearch, StopsWhenAsked)
{
  const Specimen specimen = allSelected(uniformIn(300000, 22));
  std::vector<std::int32_t> clusterId(specimen.size());
  ClusterSearchOptions options = dbscan(0.4, 5);
  options.envelopeDistance = 0.5;
  for (const double at : { 0.05, 0.3, 0.55, 0.7 })
  {
    double reached = 0;
    EXPECT_THROW(clusterSearch(specimen.ions(), options, clusterId.data(),
                   [&](double fraction)
                   {
                     EXPECT_GE(fraction, reached);
                     reached = fraction;
                     return fraction < at;
                   }),
      Stopped);
    EXPECT_LT(reached, at + 0.2);
  }
}

} // namespace
} // namespace apt
