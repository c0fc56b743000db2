// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "IonShuffle.h"

#include "Error.h"
#include "ParallelFor.h"
#include "Random.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>
#include <string>

namespace apt
{

namespace
{

constexpr std::size_t Grain = 1 << 16;
constexpr std::size_t IonsPerHeap = 4096;
constexpr std::size_t MostHeaps = 1 << 14;

using Indices = std::vector<std::uint32_t>;

/** A uniform random permutation of 0 … size − 1. */
Indices shuffledIndices(std::size_t size, const Random& random, const Progress& progress)
{
  const std::size_t heaps = std::clamp<std::size_t>(size / IonsPerHeap, 1, MostHeaps);
  const auto heapOf = [&](std::size_t i)
  { return below(random.words(Purpose::ShuffleHeap, i)[0], static_cast<std::uint32_t>(heaps)); };
  // Few enough pieces that their counts stay small beside the ions.
  const std::size_t grain = std::max(Grain, size / 64 + 1);
  const std::size_t pieces = size == 0 ? 0 : (size - 1) / grain + 1;
  std::vector<std::size_t> places(pieces * heaps);
  parallelFor(
    size, grain,
    [&](std::size_t begin, std::size_t end)
    {
      std::size_t* const counts = places.data() + begin / grain * heaps;
      for (std::size_t i = begin; i < end; ++i)
      {
        ++counts[heapOf(i)];
      }
    },
    subProgress(progress, 0, 0.3));
  std::vector<std::size_t> begins;
  std::size_t place = 0;
  for (std::size_t heap = 0; heap < heaps; ++heap)
  {
    begins.push_back(place);
    for (std::size_t piece = 0; piece < pieces; ++piece)
    {
      const std::size_t count = places[piece * heaps + heap];
      places[piece * heaps + heap] = place;
      place += count;
    }
  }
  begins.push_back(place);
  Indices indices(size);
  parallelFor(
    size, grain,
    [&](std::size_t begin, std::size_t end)
    {
      std::size_t* const next = places.data() + begin / grain * heaps;
      for (std::size_t i = begin; i < end; ++i)
      {
        indices[next[heapOf(i)]++] = static_cast<std::uint32_t>(i);
      }
    },
    subProgress(progress, 0.3, 0.6));
  parallelFor(
    heaps, 1,
    [&](std::size_t first, std::size_t last)
    {
      for (std::size_t heap = first; heap < last; ++heap)
      {
        const std::size_t begin = begins[heap];
        for (std::size_t left = begins[heap + 1] - begin; left > 1; --left)
        {
          const std::size_t at = begin + left - 1;
          const std::uint32_t other =
            below(random.words(Purpose::Shuffle, at)[0], static_cast<std::uint32_t>(left));
          std::swap(indices[at], indices[begin + other]);
        }
      }
    },
    subProgress(progress, 0.6, 1));
  return indices;
}

/** The ions that take part, class by class, and in a class in order; where each class begins. */
struct Participants
{
  Indices ions;
  std::vector<std::size_t> begins;
};

Participants participantsOf(std::size_t size, const std::int16_t* ion, const std::int32_t* classes,
  const IonShuffleOptions& options)
{
  Participants participants;
  participants.ions.reserve(size);
  for (std::size_t i = 0; i < size; ++i)
  {
    if (options.shuffleUnranged || !ion || ion[i] >= 0)
    {
      participants.ions.push_back(static_cast<std::uint32_t>(i));
    }
  }
  participants.begins.push_back(0);
  if (classes)
  {
    Indices& ions = participants.ions;
    const auto less = [&](std::uint32_t a, std::uint32_t b) { return classes[a] < classes[b]; };
    if (!std::is_sorted(ions.begin(), ions.end(), less))
    {
      std::stable_sort(ions.begin(), ions.end(), less);
    }
    for (std::size_t i = 1; i < ions.size(); ++i)
    {
      if (classes[ions[i]] != classes[ions[i - 1]])
      {
        participants.begins.push_back(i);
      }
    }
  }
  participants.begins.push_back(participants.ions.size());
  return participants;
}

} // namespace

std::vector<std::uint32_t> shuffledIons(std::size_t size, const std::int16_t* ion,
  const std::int32_t* classes, const IonShuffleOptions& options, const Progress& progress)
{
  if (size > std::numeric_limits<std::uint32_t>::max())
  {
    throw ParameterError("number of ions", std::to_string(size), "below 4294967296");
  }
  Indices permutation(size);
  std::iota(permutation.begin(), permutation.end(), 0u);
  const Participants participants = participantsOf(size, ion, classes, options);
  const double all = std::max(1.0, static_cast<double>(participants.ions.size()));
  for (std::size_t c = 0; c + 1 < participants.begins.size(); ++c)
  {
    const std::size_t begin = participants.begins[c];
    const std::size_t count = participants.begins[c + 1] - begin;
    if (count == 0)
    {
      continue;
    }
    const std::uint32_t* const ions = participants.ions.data() + begin;
    // The class's own value sets its random numbers apart, whatever other classes there are.
    const std::uint32_t stream = classes ? static_cast<std::uint32_t>(classes[ions[0]]) : 0;
    const Indices shuffled = shuffledIndices(count, Random(options.seed, stream),
      subProgress(progress, 0.2 + 0.8 * static_cast<double>(begin) / all,
        0.2 + 0.8 * static_cast<double>(begin + count) / all));
    parallelFor(count, Grain,
      [&](std::size_t first, std::size_t last)
      {
        for (std::size_t i = first; i < last; ++i)
        {
          permutation[ions[i]] = ions[shuffled[i]];
        }
      });
  }
  return permutation;
}

void permute(const void* from, const std::uint32_t* permutation, std::size_t size,
  std::size_t bytesPerIon, void* to, const Progress& progress)
{
  const auto* const source = static_cast<const std::byte*>(from);
  auto* const destination = static_cast<std::byte*>(to);
  parallelFor(
    size, Grain,
    [&](std::size_t begin, std::size_t end)
    {
      for (std::size_t i = begin; i < end; ++i)
      {
        std::memcpy(destination + i * bytesPerIon,
          source + std::size_t{ permutation[i] } * bytesPerIon, bytesPerIon);
      }
    },
    progress);
}

} // namespace apt
