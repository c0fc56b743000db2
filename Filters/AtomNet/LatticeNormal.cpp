// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "LatticeNormal.h"

#include "ParallelFor.h"

#include <algorithm>
#include <cmath>
#include <complex>

namespace apt
{

namespace
{

constexpr double Pi = 3.14159265358979323846;
constexpr double Degree = Pi / 180;
/** Of tilts, which are looked for up to ±12 × 0.375°, and then up to ±4 × 0.1° from the best. */
constexpr int CoarseSteps = 12;
constexpr double CoarseStep = 0.375 * Degree;
constexpr int FineSteps = 4;
constexpr double FineStep = 0.1 * Degree;
/** Standard deviation of tilts, as far as one knows before looking. */
constexpr double ExpectedTilt = 2 * Degree;
/** Blocks that follow each other; their waves are taken together in groups of up to so many. */
constexpr std::size_t StretchBlocks = 64;
constexpr std::size_t MiddleBlocks = 8;
/** Of a cloud with more, at most so many stretches are looked at. */
constexpr std::size_t MostStretches = 8;
constexpr std::size_t IonsAtOnce = 65536;
/** Columns of the grid, with room for whole vectors. */
constexpr int Columns = 32;
static_assert(Columns >= 2 * CoarseSteps + 1);

/** Tilts about two axes, as components x and y of a normal whose z is 1. */
struct TiltGrid
{
  double x = 0; ///< in the middle
  double y = 0;
  double step = CoarseStep;
  int steps = CoarseSteps;

  int side() const { return 2 * this->steps + 1; }
};

/** Structure factors at all tilts of a grid: of each species, [row][real, imaginary][Columns]. */
class StructureFactors
{
public:
  StructureFactors(const TiltGrid& grid, std::size_t species)
    : Rows(static_cast<std::size_t>(grid.side()))
    , Values(species * this->Rows * 2 * Columns)
    , Species(species)
    , Counts(species)
  {
  }

  float* row(std::size_t species, std::size_t row)
  {
    return this->Values.data() + (species * this->Rows + row) * 2 * Columns;
  }

  void count(std::size_t species) { this->Counts[species] += 1; }

  void add(const StructureFactors& other)
  {
    std::transform(this->Values.begin(), this->Values.end(), other.Values.begin(),
      this->Values.begin(), std::plus<>());
    std::transform(this->Counts.begin(), this->Counts.end(), other.Counts.begin(),
      this->Counts.begin(), std::plus<>());
  }

  /** Adds what speaks for each tilt to power [row][Columns]. */
  void addPower(const std::vector<double>& shares, std::vector<double>& power)
  {
    double ions = 0;
    for (const double count : this->Counts)
    {
      ions += count;
    }
    if (!(ions > 0))
    {
      return;
    }
    for (std::size_t row = 0; row < this->Rows; ++row)
    {
      for (std::size_t column = 0; column < Columns; ++column)
      {
        std::complex<double> all;
        for (std::size_t s = 0; s < this->Species; ++s)
        {
          all += this->at(s, row, column);
        }
        for (std::size_t s = 0; s < this->Species; ++s)
        {
          const double variance = shares[s] * (1 - shares[s]);
          if (variance > 0)
          {
            power[row * Columns + column] +=
              std::norm(this->at(s, row, column) - shares[s] * all) / (variance * ions);
          }
        }
      }
    }
  }

private:
  std::complex<double> at(std::size_t species, std::size_t row, std::size_t column)
  {
    const float* values = this->row(species, row) + column;
    return { static_cast<double>(values[0]), static_cast<double>(values[Columns]) };
  }

  std::size_t Rows;
  std::vector<float> Values;
  std::size_t Species;
  std::vector<double> Counts;
};

/** exp(−iφ) */
std::complex<float> wave(double phase)
{
  return { static_cast<float>(std::cos(phase)), static_cast<float>(-std::sin(phase)) };
}

/** Adds the ions of a block, with phases from an origin. */
void addBlock(const CellSortedCloud& cloud, const CellSortedCloud::Block& block,
  const std::uint8_t* species, const std::array<float, 3>& origin, double latticeParameter,
  const TiltGrid& grid, StructureFactors& factors)
{
  const double perLength = 2 * Pi / latticeParameter;
  std::array<float, Columns> real{};
  std::array<float, Columns> imaginary{};
  for (std::uint32_t ion = block.begin; ion < block.end; ++ion)
  {
    const double x =
      perLength * (static_cast<double>(cloud.x()[ion]) - static_cast<double>(origin[0]));
    const double y =
      perLength * (static_cast<double>(cloud.y()[ion]) - static_cast<double>(origin[1]));
    const double z =
      perLength * (static_cast<double>(cloud.z()[ion]) - static_cast<double>(origin[2]));
    std::complex<float> column = wave(y * (grid.y - grid.steps * grid.step));
    const std::complex<float> columnStep = wave(y * grid.step);
    for (std::size_t i = 0; i < static_cast<std::size_t>(grid.side()); ++i)
    {
      real[i] = column.real();
      imaginary[i] = column.imag();
      column *= columnStep;
    }
    std::complex<float> row = wave(z + x * (grid.x - grid.steps * grid.step));
    const std::complex<float> rowStep = wave(x * grid.step);
    factors.count(species[ion]);
    for (std::size_t i = 0; i < static_cast<std::size_t>(grid.side()); ++i)
    {
      float* const sums = factors.row(species[ion], i);
      const float re = row.real();
      const float im = row.imag();
      for (std::size_t j = 0; j < Columns; ++j)
      {
        sums[j] += re * real[j] - im * imaginary[j];
        sums[Columns + j] += re * imaginary[j] + im * real[j];
      }
      row *= rowStep;
    }
  }
}

/** Where the blocks begin that are looked at, StretchBlocks or what is left of them each. */
std::vector<std::size_t> stretchesOf(std::size_t blocks)
{
  const std::size_t all = (blocks + StretchBlocks - 1) / StretchBlocks;
  const std::size_t taken = std::min(all, MostStretches);
  std::vector<std::size_t> begins;
  for (std::size_t i = 0; i < taken; ++i)
  {
    begins.push_back((2 * i + 1) * all / (2 * taken) * StretchBlocks);
  }
  return begins;
}

/** The best tilt of a grid. */
std::array<double, 2> bestTilt(const CellSortedCloud& cloud, const std::uint8_t* species,
  const std::vector<double>& shares, double latticeParameter, const TiltGrid& grid,
  const Progress& progress)
{
  const std::vector<std::size_t> stretches = stretchesOf(cloud.blocks().size());
  std::vector<std::vector<double>> power(
    stretches.size(), std::vector<double>(static_cast<std::size_t>(grid.side()) * Columns));
  parallelFor(
    stretches.size(), 1,
    [&](std::size_t begin, std::size_t end)
    {
      for (std::size_t i = begin; i < end; ++i)
      {
        const std::size_t first = stretches[i];
        const std::size_t last = std::min(first + StretchBlocks, cloud.blocks().size());
        const std::array<float, 3> origin = cloud.blocks()[first].box.lower;
        StructureFactors stretch(grid, shares.size());
        for (std::size_t middle = first; middle < last; middle += MiddleBlocks)
        {
          StructureFactors group(grid, shares.size());
          for (std::size_t b = middle; b < std::min(middle + MiddleBlocks, last); ++b)
          {
            StructureFactors block(grid, shares.size());
            addBlock(cloud, cloud.blocks()[b], species, origin, latticeParameter, grid, block);
            block.addPower(shares, power[i]);
            group.add(block);
          }
          group.addPower(shares, power[i]);
          stretch.add(group);
        }
        stretch.addPower(shares, power[i]);
      }
    },
    progress);
  double most = 0;
  std::array<double, 2> best{ grid.x, grid.y };
  bool found = false;
  for (int row = 0; row < grid.side(); ++row)
  {
    for (int column = 0; column < grid.side(); ++column)
    {
      const double x = grid.x + (row - grid.steps) * grid.step;
      const double y = grid.y + (column - grid.steps) * grid.step;
      double sum = -(x * x + y * y) / (2 * ExpectedTilt * ExpectedTilt);
      for (const std::vector<double>& part : power)
      {
        sum += part[static_cast<std::size_t>(row * Columns + column)];
      }
      if (!found || sum > most)
      {
        most = sum;
        best = { x, y };
        found = true;
      }
    }
  }
  return best;
}

} // namespace

std::vector<double> speciesShares(
  const CellSortedCloud& cloud, const std::uint8_t* species, std::size_t speciesCount)
{
  std::vector<std::vector<std::size_t>> pieces((cloud.size() + IonsAtOnce - 1) / IonsAtOnce);
  parallelFor(cloud.size(), IonsAtOnce,
    [&](std::size_t begin, std::size_t end)
    {
      std::vector<std::size_t>& counts = pieces[begin / IonsAtOnce];
      counts.resize(speciesCount);
      for (std::size_t ion = begin; ion < end; ++ion)
      {
        ++counts[species[ion]];
      }
    });
  std::vector<double> shares(speciesCount);
  for (const std::vector<std::size_t>& counts : pieces)
  {
    for (std::size_t s = 0; s < speciesCount; ++s)
    {
      shares[s] += static_cast<double>(counts[s]);
    }
  }
  for (double& share : shares)
  {
    share /= std::max(1.0, static_cast<double>(cloud.size()));
  }
  return shares;
}

std::array<double, 3> findLatticeNormal(const CellSortedCloud& cloud, const std::uint8_t* species,
  const std::vector<double>& shares, double latticeParameter, const Progress& progress)
{
  TiltGrid grid;
  const std::array<double, 2> near =
    bestTilt(cloud, species, shares, latticeParameter, grid, subProgress(progress, 0, 0.88));
  grid = { near[0], near[1], FineStep, FineSteps };
  const auto [x, y] =
    bestTilt(cloud, species, shares, latticeParameter, grid, subProgress(progress, 0.88, 1));
  const double length = std::sqrt(x * x + y * y + 1);
  return { x / length, y / length, 1 / length };
}

} // namespace apt
