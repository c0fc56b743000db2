// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "SizeDistribution.h"

#include "Error.h"
#include "RangeFile.h"

#include <unsupported/Eigen/SpecialFunctions>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <string>

namespace apt
{

namespace
{

void check(const SizeDistributionOptions& options)
{
  if (options.binWidth < 1)
  {
    throw ParameterError("bin width", std::to_string(options.binWidth), "1 ion or more");
  }
  if (!(options.minimumExpected >= 0 && std::isfinite(options.minimumExpected)))
  {
    throw ParameterError(
      "minimum of expected clusters", shortestNumber(options.minimumExpected), "0 or more");
  }
}

} // namespace

SizeDistributions sizeDistributions(
  const std::vector<std::vector<std::int64_t>>& sizes, const SizeDistributionOptions& options)
{
  check(options);
  std::map<std::int64_t, std::vector<std::uint64_t>> counts;
  SizeDistributions distributions;
  distributions.binWidth = options.binWidth;
  for (std::size_t set = 0; set < sizes.size(); ++set)
  {
    for (const std::int64_t size : sizes[set])
    {
      if (size < 0)
      {
        throw ParameterError("size of a cluster", std::to_string(size), "0 ions or more");
      }
      std::vector<std::uint64_t>& bin = counts[size / options.binWidth];
      bin.resize(sizes.size());
      ++bin[set];
    }
    distributions.totals.push_back(sizes[set].size());
  }
  distributions.counts.resize(sizes.size());
  for (const auto& [bin, ofSets] : counts)
  {
    distributions.bins.push_back(bin);
    for (std::size_t set = 0; set < sizes.size(); ++set)
    {
      distributions.counts[set].push_back(ofSets[set]);
    }
  }
  return distributions;
}

SizeComparison compareSizes(const SizeDistributions& distributions, std::size_t first,
  std::size_t second, const SizeDistributionOptions& options)
{
  check(options);
  constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
  SizeComparison comparison{ nothing, nothing, nothing, 0, nothing };
  const auto firstTotal = static_cast<double>(distributions.totals.at(first));
  const auto secondTotal = static_cast<double>(distributions.totals.at(second));
  const double total = firstTotal + secondTotal;
  if (!(firstTotal > 0 && secondTotal > 0))
  {
    return comparison;
  }
  using Column = std::array<double, 2>;
  // The row with fewer clusters expects fewer in each column.
  const double smallerShare = std::min(firstTotal, secondTotal) / total;
  const auto isEnough = [&](const Column& column)
  {
    const double clusters = column[0] + column[1];
    return clusters > 0 && clusters * smallerShare >= options.minimumExpected;
  };
  std::vector<Column> columns;
  Column column{ 0, 0 };
  for (std::size_t bin = 0; bin < distributions.bins.size(); ++bin)
  {
    column[0] += static_cast<double>(distributions.counts[first][bin]);
    column[1] += static_cast<double>(distributions.counts[second][bin]);
    if (isEnough(column))
    {
      columns.push_back(column);
      column = { 0, 0 };
    }
  }
  if (!columns.empty())
  {
    columns.back()[0] += column[0];
    columns.back()[1] += column[1];
  }
  if (columns.size() < 2)
  {
    return comparison;
  }
  double chiSquared = 0;
  double ofEqualTotals = 0; // χ² / N
  for (const Column& observed : columns)
  {
    const double share = (observed[0] + observed[1]) / total;
    const Column expected{ share * firstTotal, share * secondTotal };
    for (std::size_t row = 0; row < 2; ++row)
    {
      const double difference = observed[row] - expected[row];
      chiSquared += difference * difference / expected[row];
    }
    const Column frequency{ observed[0] / firstTotal, observed[1] / secondTotal };
    const double difference = frequency[0] - frequency[1];
    ofEqualTotals += 0.5 * difference * difference / (frequency[0] + frequency[1]);
  }
  comparison.chiSquared = chiSquared;
  comparison.mu = std::sqrt(chiSquared / (total + chiSquared));
  comparison.muOfEqualTotals = std::sqrt(ofEqualTotals / (1 + ofEqualTotals));
  comparison.degreesOfFreedom = static_cast<int>(columns.size()) - 1;
  // The χ² distribution's upper tail is the regularised incomplete gamma function Q(dof/2, χ²/2).
  comparison.pValue = Eigen::numext::igammac(0.5 * comparison.degreesOfFreedom, 0.5 * chiSquared);
  return comparison;
}

} // namespace apt
