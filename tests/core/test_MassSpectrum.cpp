// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "MassSpectrum.h"

#include "Error.h"
#include "ParallelFor.h"
#include "TestFiles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

namespace apt
{
namespace
{

using Counts = std::vector<std::uint64_t>;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();

RangeTable tableOf(const std::vector<std::string>& rows)
{
  std::vector<Range> ranges;
  for (const std::string& row : rows)
  {
    ranges.push_back(parseRangeRow(row));
  }
  return RangeTable(ranges);
}

MassSpectrumOptions bins(double lower, double upper, double width)
{
  MassSpectrumOptions options;
  options.lower = lower;
  options.upper = upper;
  options.binWidth = width;
  return options;
}

MassSpectrum spectrumOf(const std::vector<float>& ratios, const MassSpectrumOptions& options)
{
  return massSpectrum(ratios.data(), ratios.size(), options);
}

std::uint64_t sum(const Counts& counts)
{
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{ 0 });
}

/** The definition, by a search of all edges. */
Counts bySearch(
  const std::vector<float>& ratios, const MassSpectrumOptions& options, std::size_t binCount)
{
  std::vector<double> edges;
  for (std::size_t i = 0; i <= binCount; ++i)
  {
    edges.push_back(options.lower + static_cast<double>(i) * options.binWidth);
  }
  Counts counts(binCount);
  for (const float ratio : ratios)
  {
    if (!(ratio >= edges.front() && ratio <= std::max(edges.back(), options.upper)))
    {
      continue;
    }
    const auto above = std::upper_bound(edges.begin(), edges.end(), static_cast<double>(ratio));
    auto bin = static_cast<std::size_t>(above - edges.begin()) - 1;
    if (bin == binCount && edges.back() <= options.upper)
    {
      bin = binCount - 1; // the upper end of the last bin belongs to it
    }
    if (bin < binCount)
    {
      ++counts[bin];
    }
  }
  return counts;
}

TEST(MassSpectrum, PutsEdgesIntoTheBinThatBeginsThere)
{
  const MassSpectrum spectrum = spectrumOf({ 0.0f, 0.5f, 0.49999997f, 1.0f, 1.5f }, //
    bins(0, 2, 0.5));
  EXPECT_EQ(spectrum.counts, (Counts{ 2, 1, 1, 1 }));
  EXPECT_EQ(spectrum.outside, 0u);
  EXPECT_EQ(spectrum.lower, 0);
  EXPECT_EQ(spectrum.binWidth, 0.5);
}

TEST(MassSpectrum, PutsTheUpperEndIntoTheLastBin)
{
  const MassSpectrum spectrum = spectrumOf({ 2.0f, 2.0000002f }, bins(0, 2, 0.5));
  EXPECT_EQ(spectrum.counts, (Counts{ 0, 0, 0, 1 }));
  EXPECT_EQ(spectrum.outside, 1u);
}

TEST(MassSpectrum, ReachesBeyondTheUpperEndWhereTheWidthDoesNotDivide)
{
  const MassSpectrum spectrum = spectrumOf({ 0.9f, 1.1f, 1.2f }, bins(0, 1, 0.4));
  EXPECT_EQ(spectrum.counts, (Counts{ 0, 0, 2 }));
  // float 1.2 lies above the edge 1.2000000000000002
  EXPECT_EQ(spectrum.outside, 1u);
}

TEST(MassSpectrum, HasAsManyBinsAsTheWidthSuggests)
{
  EXPECT_EQ(spectrumOf({}, bins(0, 1.1, 0.1)).counts.size(), 11u); // 1.1 / 0.1 > 11 in double
  EXPECT_EQ(spectrumOf({}, bins(0, 300, 0.01)).counts.size(), 30000u);
  EXPECT_EQ(spectrumOf({}, bins(0.2, 0.8, 0.2)).counts.size(), 3u);
  EXPECT_EQ(spectrumOf({}, bins(0, 1e-9, 5)).counts.size(), 1u);
}

TEST(MassSpectrum, CountsWhatIsOutsideApart)
{
  const std::vector<float> ratios = { notANumber, infinity, -infinity, -1.0f, -1e-30f, 1e30f, 10.1f,
    std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest(), 5.0f, -0.0f };
  const MassSpectrum spectrum = spectrumOf(ratios, bins(0, 10, 1));
  EXPECT_EQ(spectrum.outside, 9u);
  EXPECT_EQ(spectrum.counts, (Counts{ 1, 0, 0, 0, 0, 1, 0, 0, 0, 0 }));
}

TEST(MassSpectrum, AgreesWithASearchOfTheEdges)
{
  std::mt19937 random(1);
  for (int repeat = 0; repeat < 60; ++repeat)
  {
    const double width = std::vector<double>{ 0.01, 0.001, 0.1, 1.0 / 3, 0.0625 }[random() % 5];
    const double lower = std::vector<double>{ 0, -3, 0.5, 17.3, 0.1 }[random() % 5];
    const double upper =
      lower + width * static_cast<double>(1 + random() % 3000) + (random() % 2 ? 0 : width / 3);
    const MassSpectrumOptions options = bins(lower, upper, width);

    std::vector<float> ratios = { static_cast<float>(lower), static_cast<float>(upper) };
    std::uniform_real_distribution<double> place(
      lower - 0.1 * (upper - lower), upper + 0.1 * (upper - lower));
    for (int i = 0; i < 3000; ++i)
    {
      ratios.push_back(static_cast<float>(place(random)));
      // On an edge, and beside it.
      const auto edge =
        static_cast<float>(lower + width * std::floor((place(random) - lower) / width));
      ratios.insert(
        ratios.end(), { edge, std::nextafter(edge, infinity), std::nextafter(edge, -infinity) });
    }
    const MassSpectrum spectrum = spectrumOf(ratios, options);
    EXPECT_EQ(
      spectrum.counts.size(), static_cast<std::size_t>(std::ceil((upper - lower) / width - 1e-6)));
    ASSERT_EQ(spectrum.counts, bySearch(ratios, options, spectrum.counts.size())) << width;
    ASSERT_EQ(sum(spectrum.counts) + spectrum.outside, ratios.size());
  }
}

TEST(MassSpectrum, HoldsTheHighestRatioOfACloudThatItReachesUpTo)
{
  for (const float highest : { 100.0f, 99.99f, 57.123456f, 0.01f })
  {
    const std::vector<float> ratios = { 0.005f, highest };
    ASSERT_EQ(highestMassToCharge(ratios.data(), ratios.size()), highest);
    EXPECT_EQ(spectrumOf(ratios, bins(0, highest, 0.01)).outside, 0u) << highest;
  }
}

TEST(MassSpectrum, RejectsParametersThatMakeNoSense)
{
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  for (const MassSpectrumOptions& options : { bins(0, 10, 0), bins(0, 10, -1), bins(0, 10, nan),
         bins(0, 10, inf), bins(0, 0, 1), bins(5, 4, 1), bins(nan, 4, 1), bins(0, nan, 1),
         bins(0, inf, 1), bins(-inf, 0, 1), bins(0, 1000, 1e-6), bins(0, 1e300, 1e-300) })
  {
    EXPECT_THROW(spectrumOf({ 1.0f }, options), ParameterError);
  }
}

TEST(MassSpectrum, NamesTheParameterThatMakesNoSense)
{
  try
  {
    spectrumOf({}, bins(0, 1000, 1e-6));
    FAIL();
  }
  catch (const ParameterError& error)
  {
    EXPECT_STREQ(
      error.what(), "bin width is 0.000001; allowed is at least 0.00001 Da, for 100 million bins");
  }
}

std::vector<float> manyRatios(std::size_t count)
{
  std::mt19937 random(9);
  std::normal_distribution<float> peak(27.0f, 0.3f);
  std::uniform_real_distribution<float> background(-1.0f, 120.0f);
  std::vector<float> ratios(count);
  for (float& ratio : ratios)
  {
    ratio = random() % 3 ? peak(random) : background(random);
  }
  return ratios;
}

TEST(MassSpectrum, IsTheSameForAnyNumberOfThreads)
{
  const std::vector<float> ratios = manyRatios(1500000);
  const RangeTable table = tableOf({ "26.8 27.2 Al:1", "50 60 Cr:1" });
  // 5 million bins are too many for counts per thread.
  for (const double width : { 0.01, 100.0 / 5e6 })
  {
    std::vector<MassSpectrum> spectra;
    for (const int threads : { 1, 2, 3 })
    {
      const ThreadLimit limit(threads);
      spectra.push_back(spectrumOf(ratios, bins(0, 100, width)));
      EXPECT_EQ(sum(spectra.back().counts) + spectra.back().outside, ratios.size());
      EXPECT_EQ(spectra.back().counts, spectra.front().counts);
      EXPECT_EQ(spectra.back().outside, spectra.front().outside);
    }
  }
  std::vector<Counts> counts;
  for (const int threads : { 1, 2, 3 })
  {
    const ThreadLimit limit(threads);
    counts.push_back(countsPerRange(ratios.data(), ratios.size(), table));
    EXPECT_EQ(counts.back(), counts.front());
    EXPECT_EQ(highestMassToCharge(ratios.data(), ratios.size()),
      *std::max_element(ratios.begin(), ratios.end()));
  }
}

TEST(MassSpectrum, AgreesBetweenFewAndManyBins)
{
  const std::vector<float> ratios = manyRatios(300000);
  const MassSpectrum fine = spectrumOf(ratios, bins(0, 128, 1.0 / 65536));
  const MassSpectrum coarse = spectrumOf(ratios, bins(0, 128, 1.0));
  ASSERT_EQ(fine.counts.size(), 128u * 65536);
  EXPECT_EQ(fine.outside, coarse.outside);
  for (std::size_t bin = 0; bin < 128; ++bin)
  {
    const auto begin = fine.counts.begin() + static_cast<std::ptrdiff_t>(bin * 65536);
    EXPECT_EQ(std::accumulate(begin, begin + 65536, std::uint64_t{ 0 }), coarse.counts[bin]);
  }
}

TEST(MassSpectrum, StopsWhenAsked)
{
  const std::vector<float> ratios(2000000, 27.0f);
  const auto stop = [](double) { return false; };
  EXPECT_THROW(massSpectrum(ratios.data(), ratios.size(), bins(0, 100, 0.01), stop), Stopped);
  EXPECT_THROW(
    countsPerRange(ratios.data(), ratios.size(), tableOf({ "26.8 27.2 Al:1" }), stop), Stopped);
}

TEST(HighestMassToCharge, PassesOverWhatIsNotFinite)
{
  const std::vector<float> ratios = { notANumber, 3.0f, infinity, 7.5f, -infinity, notANumber };
  EXPECT_EQ(highestMassToCharge(ratios.data(), ratios.size()), 7.5f);
  EXPECT_EQ(highestMassToCharge(ratios.data(), 1), 0.0f);
  EXPECT_EQ(highestMassToCharge(nullptr, 0), 0.0f);
  const float negative = -4.0f;
  EXPECT_EQ(highestMassToCharge(&negative, 1), -4.0f);
  const float largest = std::numeric_limits<float>::max();
  EXPECT_EQ(highestMassToCharge(&largest, 1), largest);
}

TEST(CountsPerRange, CountsTheUnrangedLast)
{
  const RangeTable table = tableOf({ "26.8 27.2 Al:1", "13.4 13.6 Al:1", "27 28 Cr:1" });
  const std::vector<float> ratios = { 27.0f, 27.1f, 13.5f, 27.5f, 50.0f, notANumber, 26.8f };
  EXPECT_EQ(countsPerRange(ratios.data(), ratios.size(), table), (Counts{ 3, 1, 1, 2 }));
  EXPECT_EQ(countsPerRange(ratios.data(), ratios.size(), RangeTable()), (Counts{ 7 }));
  EXPECT_EQ(countsPerRange(nullptr, 0, table), (Counts{ 0, 0, 0, 0 }));
}

TEST(CountsPerRange, AgreesWithTheRangesOfRealIons)
{
  const std::string folder = ATOMPROBE_TEST_DATA "/CoCrNi/";
  const IonCloud cloud = readIonFile(folder + "CoCrNi.pos");
  const IonCloudView view = cloud.view();
  const ArrayView* ratios = view.find(arrayName::MassToCharge);
  ASSERT_NE(ratios, nullptr);
  const RangeTable table(readRangeFile(folder + "CoCrNi.rrng").ranges);
  const Counts counts =
    countsPerRange(static_cast<const float*>(ratios->values), cloud.size, table);
  ASSERT_EQ(counts.size(), 15u);
  EXPECT_EQ(counts[0] + counts[1] + counts[2] + counts[3], 12294u); // Cr
  EXPECT_EQ(counts[5], 11227u);                                     // Co
  EXPECT_EQ(counts[12], 1103u);                                     // H
  EXPECT_EQ(counts[13], 174u);                                      // H2
  EXPECT_EQ(counts[14], 3602u);                                     // unranged

  const std::vector<CompositionRow> ions = ionicComposition(table, counts);
  ASSERT_EQ(ions.size(), 4u);
  EXPECT_EQ(ions[3].name, "H");
  EXPECT_EQ(ions[3].count, 1277u);
  EXPECT_DOUBLE_EQ(ions[0].fraction, 12294.0 / 36342);
  const std::vector<CompositionRow> elements = elementalComposition(table, counts);
  ASSERT_EQ(elements.size(), 4u);
  EXPECT_EQ(elements[3].count, 1103u + 2 * 174u);
  EXPECT_DOUBLE_EQ(elements[0].fraction, 12294.0 / (36342 + 174));
}

TEST(IonicComposition, CountsMolecularIonsAsTheyAre)
{
  const RangeTable table = tableOf({ "1 2 Fe:1", "3 4 Fe:1 O:1", "5 6 Fe:1" });
  const std::vector<CompositionRow> rows = ionicComposition(table, { 60, 20, 20, 1000 });
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].name, "Fe");
  EXPECT_EQ(rows[0].count, 80u);
  EXPECT_DOUBLE_EQ(rows[0].fraction, 0.8);
  EXPECT_DOUBLE_EQ(rows[0].error, 0.04); // sqrt(0.8 × 0.2 / 100)
  EXPECT_EQ(rows[1].name, "FeO");
  EXPECT_DOUBLE_EQ(rows[1].fraction, 0.2);
  EXPECT_DOUBLE_EQ(rows[1].error, 0.04);
}

TEST(ElementalComposition, TakesMolecularIonsApart)
{
  const RangeTable table = tableOf({ "1 2 Fe:1", "3 4 Fe:2 O:3", "5 6 Name:X23", "7 8 Name:MnO2" });
  const std::vector<CompositionRow> rows = elementalComposition(table, { 10, 4, 5, 1, 1000 });
  // 10 + 8 Fe, 12 + 2 O, 5 X23, 1 Mn: 38 atoms
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0].name, "Fe");
  EXPECT_EQ(rows[0].count, 18u);
  EXPECT_EQ(rows[1].name, "O");
  EXPECT_EQ(rows[1].count, 14u);
  EXPECT_EQ(rows[2].name, "X23");
  EXPECT_EQ(rows[2].count, 5u);
  EXPECT_EQ(rows[3].name, "Mn");
  EXPECT_EQ(rows[3].count, 1u);
  EXPECT_DOUBLE_EQ(rows[0].fraction, 18.0 / 38);
  // Σ n (k − c m)², range by range, by hand.
  const double c = 18.0 / 38;
  const double variance =
    10 * (1 - c) * (1 - c) + 4 * (2 - 5 * c) * (2 - 5 * c) + 5 * c * c + 1 * (3 * c) * (3 * c);
  EXPECT_NEAR(rows[0].error, std::sqrt(variance) / 38, 1e-14);
}

TEST(ElementalComposition, HasTheBinomialErrorWithoutMolecularIons)
{
  const RangeTable table = tableOf({ "1 2 Fe:1", "3 4 Cr:1", "5 6 Fe:1" });
  const Counts counts = { 700, 250, 50, 3 };
  const std::vector<CompositionRow> ions = ionicComposition(table, counts);
  const std::vector<CompositionRow> elements = elementalComposition(table, counts);
  ASSERT_EQ(ions.size(), elements.size());
  for (std::size_t i = 0; i < ions.size(); ++i)
  {
    EXPECT_EQ(elements[i].name, ions[i].name);
    EXPECT_EQ(elements[i].count, ions[i].count);
    EXPECT_DOUBLE_EQ(elements[i].fraction, ions[i].fraction);
    EXPECT_NEAR(elements[i].error, ions[i].error, 1e-14);
  }
}

TEST(ElementalComposition, HasTheErrorThatRepeatedMeasurementsShow)
{
  const RangeTable table =
    tableOf({ "1 2 Fe:1", "3 4 Fe:2 O:3", "5 6 O:1", "7 8 C:1 O:1", "9 10 O:2 Name:O2" });
  const std::vector<double> means = { 4000, 500, 1500, 300, 700 };
  std::mt19937_64 random(20);
  constexpr int repeats = 20000;
  std::vector<double> sums(3);
  std::vector<double> squares(3);
  for (int repeat = 0; repeat < repeats; ++repeat)
  {
    Counts counts;
    for (const double mean : means)
    {
      counts.push_back(
        static_cast<std::uint64_t>(std::poisson_distribution<std::int64_t>(mean)(random)));
    }
    counts.push_back(0);
    const std::vector<CompositionRow> rows = elementalComposition(table, counts);
    for (std::size_t i = 0; i < 3; ++i)
    {
      sums[i] += rows[i].fraction;
      squares[i] += rows[i].fraction * rows[i].fraction;
    }
  }
  Counts expected;
  for (const double mean : means)
  {
    expected.push_back(static_cast<std::uint64_t>(mean));
  }
  expected.push_back(0);
  const std::vector<CompositionRow> rows = elementalComposition(table, expected);
  for (std::size_t i = 0; i < 3; ++i)
  {
    const double mean = sums[i] / repeats;
    const double sigma = std::sqrt(squares[i] / repeats - mean * mean);
    EXPECT_NEAR(mean, rows[i].fraction, 1e-4) << rows[i].name;
    // The standard deviation of 20,000 values is known to half a percent.
    EXPECT_NEAR(sigma / rows[i].error, 1, 0.025) << rows[i].name;
  }
}

TEST(Composition, IsNotANumberWithoutRangedIons)
{
  const RangeTable table = tableOf({ "1 2 Fe:1", "3 4 Cr:1" });
  for (const std::vector<CompositionRow>& rows :
    { ionicComposition(table, { 0, 0, 9 }), elementalComposition(table, { 0, 0, 9 }) })
  {
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].count, 0u);
    EXPECT_TRUE(std::isnan(rows[0].fraction));
    EXPECT_TRUE(std::isnan(rows[0].error));
  }
  EXPECT_TRUE(ionicComposition(RangeTable(), { 9 }).empty());
  EXPECT_TRUE(elementalComposition(RangeTable(), { 9 }).empty());
}

TEST(Composition, HasNoErrorWhereAllIsOneElement)
{
  const RangeTable table = tableOf({ "1 2 H:1", "3 4 H:2" });
  const std::vector<CompositionRow> rows = elementalComposition(table, { 123, 77, 0 });
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].fraction, 1);
  EXPECT_EQ(rows[0].error, 0);
}

TEST(Composition, RejectsCountsOfAnotherTable)
{
  const RangeTable table = tableOf({ "1 2 H:1", "3 4 H:2" });
  EXPECT_THROW(ionicComposition(table, { 1, 2 }), ParameterError);
  EXPECT_THROW(elementalComposition(table, { 1, 2, 3, 4 }), ParameterError);
}

} // namespace
} // namespace apt
