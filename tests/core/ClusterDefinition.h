// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ClusterSearch.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace apt
{

/** An ion cloud with what a cluster search asks of it. */
struct Specimen
{
  std::vector<float> positions;
  std::vector<std::int16_t> type;
  std::vector<std::int8_t> ordered;
  std::vector<bool> selectedTypes;

  std::size_t size() const { return this->type.size(); }

  ClusterIons ions() const
  {
    ClusterIons ions;
    ions.size = this->size();
    ions.positions = this->positions.data();
    ions.type = this->type.data();
    ions.selectedTypes = this->selectedTypes;
    ions.ordered = this->ordered.empty() ? nullptr : this->ordered.data();
    return ions;
  }
};

/** All of one type, all selected. */
inline Specimen allSelected(std::vector<float> positions)
{
  Specimen specimen;
  specimen.type.assign(positions.size() / 3, 0);
  specimen.positions = std::move(positions);
  return specimen;
}

/** Gives ions types at random: one of types, or unranged with a probability of a tenth. */
inline Specimen withTypes(
  std::vector<float> positions, int types, std::vector<bool> selectedTypes, unsigned seed = 5)
{
  Specimen specimen = allSelected(std::move(positions));
  std::mt19937 random(seed);
  for (std::int16_t& type : specimen.type)
  {
    type = random() % 10 == 0 ? -1 : static_cast<std::int16_t>(random() % types);
  }
  specimen.selectedTypes = std::move(selectedTypes);
  return specimen;
}

inline std::vector<float> uniformIn(std::size_t ions, float edge, unsigned seed = 1)
{
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(0, edge);
  std::vector<float> positions(ions * 3);
  std::generate(positions.begin(), positions.end(), [&] { return uniform(random); });
  return positions;
}

/** The float32 distance of NeighbourSearch.h; volatile, so that nothing is fused or widened. */
inline float squaredBetween(const std::vector<float>& positions, std::size_t i, std::size_t j)
{
  const float dx = positions[i * 3] - positions[j * 3];
  const float dy = positions[i * 3 + 1] - positions[j * 3 + 1];
  const float dz = positions[i * 3 + 2] - positions[j * 3 + 2];
  const volatile float xx = dx * dx;
  const volatile float yy = dy * dy;
  const volatile float zz = dz * dz;
  const volatile float xxyy = xx + yy;
  return xxyy + zz;
}

inline bool isWithin(
  const std::vector<float>& positions, std::size_t i, std::size_t j, double distance)
{
  return static_cast<double>(squaredBetween(positions, i, j)) <= distance * distance;
}

/** What step 1 of the definition says. */
inline std::vector<bool> coreIonsOf(const Specimen& specimen, const ClusterSearchOptions& options)
{
  const ClusterIons ions = specimen.ions();
  std::vector<bool> core(ions.size);
  for (std::size_t i = 0; i < ions.size; ++i)
  {
    int neighbours = 0;
    for (std::size_t j = 0; j < ions.size && ions.isSelected(i); ++j)
    {
      neighbours += j != i && ions.isSelected(j) &&
        isWithin(specimen.positions, i, j, options.maximumSeparation);
    }
    core[i] = ions.isSelected(i) && neighbours >= options.neighboursOfCore();
  }
  return core;
}

/** Which of two ions another is nearer to; of equally near ones the lower index. */
inline bool isNearer(
  const std::vector<float>& positions, std::size_t ion, std::size_t a, std::size_t b)
{
  return std::make_pair(squaredBetween(positions, ion, a), a) <
    std::make_pair(squaredBetween(positions, ion, b), b);
}

/** The whole definition, step by step, by comparing everything with everything. */
inline std::vector<std::int32_t> clustersByDefinition(
  const Specimen& specimen, const ClusterSearchOptions& options)
{
  const ClusterIons ions = specimen.ions();
  const std::vector<float>& positions = specimen.positions;
  const std::size_t size = ions.size;
  const std::vector<bool> core = coreIonsOf(specimen, options);
  const std::size_t none = size;
  std::vector<std::size_t> cluster(size, none);
  // 2
  for (std::size_t i = 0; i < size; ++i)
  {
    if (!core[i] || cluster[i] != none)
    {
      continue;
    }
    std::vector<std::size_t> front{ i };
    cluster[i] = i;
    while (!front.empty())
    {
      const std::size_t from = front.back();
      front.pop_back();
      for (std::size_t j = 0; j < size; ++j)
      {
        if (core[j] && cluster[j] == none &&
          isWithin(positions, from, j, options.maximumSeparation))
        {
          cluster[j] = i;
          front.push_back(j);
        }
      }
    }
  }
  // 3
  if (options.method == ClusterMethod::DBSCAN)
  {
    for (std::size_t i = 0; i < size; ++i)
    {
      std::size_t nearest = none;
      for (std::size_t j = 0; j < size && ions.isSelected(i) && !core[i]; ++j)
      {
        if (core[j] && isWithin(positions, i, j, options.maximumSeparation) &&
          (nearest == none || isNearer(positions, i, j, nearest)))
        {
          nearest = j;
        }
      }
      cluster[i] = nearest == none ? cluster[i] : cluster[nearest];
    }
  }
  // 4
  const auto sizes = [&]
  {
    std::map<std::size_t, std::int64_t> counts;
    for (const std::size_t c : cluster)
    {
      ++counts[c];
    }
    return counts;
  };
  auto counts = sizes();
  for (std::size_t& c : cluster)
  {
    c = c != none && counts[c] < options.minimumSize ? none : c;
  }
  // 5
  std::vector<std::size_t> next = cluster;
  for (std::size_t i = 0; i < size && options.envelopeDistance > 0; ++i)
  {
    std::size_t nearest = none;
    for (std::size_t j = 0; j < size && ions.isRanged(i) && cluster[i] == none; ++j)
    {
      if (cluster[j] != none && isWithin(positions, i, j, options.envelopeDistance) &&
        (nearest == none || isNearer(positions, i, j, nearest)))
      {
        nearest = j;
      }
    }
    next[i] = nearest == none ? next[i] : cluster[nearest];
  }
  cluster = next;
  // 6
  for (std::size_t i = 0; i < size && options.erosionDistance > 0; ++i)
  {
    for (std::size_t j = 0; j < size; ++j)
    {
      if (ions.isRanged(j) && cluster[j] == none &&
        isWithin(positions, i, j, options.erosionDistance))
      {
        next[i] = none;
      }
    }
  }
  cluster = next;
  // Numbers: by size, then by the lowest index, which comes first in the map.
  std::map<std::size_t, std::pair<std::int64_t, std::size_t>> found;
  for (std::size_t i = 0; i < size; ++i)
  {
    if (cluster[i] != none)
    {
      auto& entry = found.emplace(cluster[i], std::make_pair(0, i)).first->second;
      --entry.first;
    }
  }
  std::vector<std::pair<std::pair<std::int64_t, std::size_t>, std::size_t>> order;
  for (const auto& [root, entry] : found)
  {
    order.emplace_back(entry, root);
  }
  std::sort(order.begin(), order.end());
  std::map<std::size_t, std::int32_t> numbers{ { none, -1 } };
  for (std::size_t i = 0; i < order.size(); ++i)
  {
    numbers[order[i].second] = static_cast<std::int32_t>(i);
  }
  std::vector<std::int32_t> answer;
  for (const std::size_t c : cluster)
  {
    answer.push_back(numbers[c]);
  }
  return answer;
}

/**
 * Says what is wrong with an answer (without envelope and erosion), or nothing where it is right. It
 * looks at the answer alone and searches for no clusters of its own.
 */
inline std::string wrongWith(const Specimen& specimen, const ClusterSearchOptions& options,
  const std::vector<std::int32_t>& answer)
{
  const ClusterIons ions = specimen.ions();
  const std::vector<float>& positions = specimen.positions;
  const std::size_t size = ions.size;
  const std::vector<bool> core = coreIonsOf(specimen, options);
  const auto linked = [&](std::size_t i, std::size_t j)
  { return isWithin(positions, i, j, options.maximumSeparation); };
  if (answer.size() != size)
  {
    return "not one number per ion";
  }
  /** The core ions that hang together with this one. */
  const auto togetherWith = [&](std::size_t first)
  {
    std::vector<bool> seen(size);
    std::vector<std::size_t> all{ first };
    seen[first] = true;
    for (std::size_t at = 0; at < all.size(); ++at)
    {
      for (std::size_t j = 0; j < size; ++j)
      {
        if (!seen[j] && core[j] && linked(all[at], j))
        {
          seen[j] = true;
          all.push_back(j);
        }
      }
    }
    return all;
  };
  /** The core ion that a border ion belongs to, or size. */
  const auto coreIonOf = [&](std::size_t ion)
  {
    std::size_t nearest = size;
    for (std::size_t j = 0; j < size; ++j)
    {
      if (core[j] && linked(ion, j) && (nearest == size || isNearer(positions, ion, j, nearest)))
      {
        nearest = j;
      }
    }
    return nearest;
  };
  const auto isBorder = [&](std::size_t ion)
  {
    return options.method == ClusterMethod::DBSCAN && ions.isSelected(ion) && !core[ion] &&
      coreIonOf(ion) < size;
  };
  std::map<std::int32_t, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < size; ++i)
  {
    if (answer[i] < -1)
    {
      return "a number below -1";
    }
    if (answer[i] >= 0)
    {
      members[answer[i]].push_back(i);
      if (!core[i] && !isBorder(i))
      {
        return "ion " + std::to_string(i) + " is neither core nor border";
      }
    }
    if (isBorder(i) && answer[i] != answer[coreIonOf(i)])
    {
      return "border ion " + std::to_string(i) + " is not with its nearest core ion";
    }
    for (std::size_t j = 0; j < i && core[i]; ++j)
    {
      if (core[j] && linked(i, j) && answer[i] != answer[j])
      {
        return "core ions " + std::to_string(i) + " and " + std::to_string(j) + " are apart";
      }
    }
    if (core[i] && answer[i] == -1)
    {
      const std::vector<std::size_t> together = togetherWith(i);
      auto count = static_cast<std::int64_t>(together.size());
      for (std::size_t j = 0; j < size; ++j)
      {
        count += isBorder(j) &&
          std::find(together.begin(), together.end(), coreIonOf(j)) != together.end();
      }
      if (count >= options.minimumSize)
      {
        return "the cluster of ion " + std::to_string(i) + " is missing";
      }
    }
  }
  std::int32_t expected = 0;
  for (const auto& [number, ionsOf] : members)
  {
    if (number != expected)
    {
      return "there is no cluster " + std::to_string(expected);
    }
    ++expected;
    if (static_cast<std::int64_t>(ionsOf.size()) < options.minimumSize)
    {
      return "cluster " + std::to_string(number) + " is too small";
    }
    std::size_t cores = 0;
    std::size_t aCore = size;
    for (const std::size_t ion : ionsOf)
    {
      cores += core[ion];
      aCore = core[ion] ? ion : aCore;
    }
    if (aCore == size || togetherWith(aCore).size() != cores)
    {
      return "cluster " + std::to_string(number) + " does not hang together";
    }
    if (number > 0)
    {
      const std::vector<std::size_t>& before = members[number - 1];
      if (std::make_pair(-static_cast<std::int64_t>(before.size()), before[0]) >=
        std::make_pair(-static_cast<std::int64_t>(ionsOf.size()), ionsOf[0]))
      {
        return "cluster " + std::to_string(number) + " comes too late";
      }
    }
  }
  return {};
}

} // namespace apt
