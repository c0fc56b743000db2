// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause

// How long it takes to find the normal of the planes of a cloud, and that together with the lattice
// waves of a network with three windows. Ions of two species, 40 per nm³, on planes 0.2 nm apart.

#include "LatticeNormal.h"
#include "LatticeWaves.h"
#include "ModelFile.h"
#include "ParallelFor.h"

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace
{

constexpr double latticeParameter = 0.4;

struct Ions
{
  explicit Ions(std::size_t count)
    : species(count)
    , cloud(places(count).data(), count)
  {
    std::mt19937 random(2);
    for (std::uint8_t& code : this->species)
    {
      code = random() % 2;
    }
  }

  static std::vector<float> places(std::size_t count)
  {
    std::mt19937 random(1);
    const double edge = std::cbrt(static_cast<double>(count) / 40);
    const auto uniform = [&] { return static_cast<double>(random()) / 4294967296.0; };
    std::vector<float> positions;
    for (std::size_t ion = 0; ion < count; ++ion)
    {
      positions.push_back(static_cast<float>(edge * uniform()));
      positions.push_back(static_cast<float>(edge * uniform()));
      const double plane = std::floor(edge * uniform() / (latticeParameter / 2));
      positions.push_back(static_cast<float>(plane * latticeParameter / 2 + 0.05 * uniform()));
    }
    return positions;
  }

  std::vector<std::uint8_t> species;
  apt::CellSortedCloud cloud;
};

/** range(0) ions, range(1) threads. */
void latticeNormal(benchmark::State& state)
{
  const Ions ions(static_cast<std::size_t>(state.range(0)));
  const apt::ThreadLimit limit(static_cast<int>(state.range(1)));
  for (auto _ : state)
  {
    const auto shares = apt::speciesShares(ions.cloud, ions.species.data(), 2);
    benchmark::DoNotOptimize(
      apt::findLatticeNormal(ions.cloud, ions.species.data(), shares, latticeParameter));
  }
}

void latticeWaves(benchmark::State& state)
{
  const Ions ions(static_cast<std::size_t>(state.range(0)));
  const apt::ThreadLimit limit(static_cast<int>(state.range(1)));
  apt::MomentForm form;
  form.waveWindows = 3;
  for (auto _ : state)
  {
    const apt::LatticeWaves waves(ions.cloud, ions.species.data(), 2, latticeParameter, form);
    benchmark::DoNotOptimize(waves.normal());
  }
}

} // namespace

BENCHMARK(latticeNormal)
  ->ArgsProduct({ { 20'000, 150'000, 10'000'000 }, { 1, 2 } })
  ->UseRealTime()
  ->Unit(benchmark::kMillisecond);
BENCHMARK(latticeWaves)
  ->ArgsProduct({ { 20'000, 150'000, 10'000'000 }, { 1, 2 } })
  ->UseRealTime()
  ->Unit(benchmark::kMillisecond);
