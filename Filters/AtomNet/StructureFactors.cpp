// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause

// Highway includes this file once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "StructureFactors.cpp"
#include <hwy/foreach_target.h>

#include "StructureFactors.h"

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <functional>

HWY_BEFORE_NAMESPACE();
namespace apt
{
namespace HWY_NAMESPACE
{
namespace
{

namespace hn = hwy::HWY_NAMESPACE;

constexpr double Pi = 3.14159265358979323846;
/** Ions whose waves are in the cache at a time. */
constexpr std::size_t IonsAtOnce = 16;
/** Of a grid, at most; and what divides the columns of any, with room for whole vectors. */
constexpr std::size_t MostColumns = 32;
constexpr std::size_t ColumnsInStep = 16;

/** exp(−iφ) of four phases for each ion. */
class Phases
{
public:
  /** In periods. */
  void set(std::size_t ion, const std::array<double, 4>& phases)
  {
    for (std::size_t i = 0; i < 4; ++i)
    {
      // In double, for there are many periods in z.
      this->Phase[4 * ion + i] =
        static_cast<float>(2 * Pi * (phases[i] - std::nearbyint(phases[i])));
    }
  }

  void findWaves()
  {
    const hn::CappedTag<float, 4 * IonsAtOnce> d;
    for (std::size_t i = 0; i < 4 * IonsAtOnce; i += hn::Lanes(d))
    {
      const auto phase = hn::LoadU(d, this->Phase + i);
      hn::StoreU(hn::Cos(d, phase), d, this->Real + i);
      hn::StoreU(hn::Neg(hn::Sin(d, phase)), d, this->Imaginary + i);
    }
  }

  std::complex<float> wave(std::size_t ion, std::size_t number) const
  {
    return { this->Real[4 * ion + number], this->Imaginary[4 * ion + number] };
  }

private:
  float Phase[4 * IonsAtOnce] = {};
  float Real[4 * IonsAtOnce];
  float Imaginary[4 * IonsAtOnce];
};

/** exp(−iφ) and its square along a side of a grid, [real, imaginary, and of the square][columns]. */
using Waves = float[4][MostColumns];

/** The waves φ = first + i step; columns is a power of 2. */
void wavesHere(const std::complex<float>& first, const std::complex<float>& step,
  std::size_t columns, Waves& waves)
{
  waves[0][0] = first.real();
  waves[1][0] = first.imag();
  float real = step.real();
  float imaginary = step.imag();
  // Those that are there, times the wave of so many steps, are as many again.
  for (std::size_t there = 1; there < columns; there *= 2)
  {
    for (std::size_t i = 0; i < there; ++i)
    {
      waves[0][there + i] = waves[0][i] * real - waves[1][i] * imaginary;
      waves[1][there + i] = waves[0][i] * imaginary + waves[1][i] * real;
    }
    const float square = real * real - imaginary * imaginary;
    imaginary *= 2 * real;
    real = square;
  }
  for (std::size_t i = 0; i < columns; ++i)
  {
    waves[2][i] = waves[0][i] * waves[0][i] - waves[1][i] * waves[1][i];
    waves[3][i] = 2 * waves[0][i] * waves[1][i];
  }
}

/**
 * Adds the products of waves of rows and columns to sums, and those of their squares to planes. Two
 * rows at a time, so that no sum waits for the one before it; rows is even.
 */
void addProductsHere(std::size_t ions, std::size_t rows, std::size_t columns, const Waves* ofRows,
  const Waves* ofColumns, float* sums, float* planes)
{
  // Vectors whose length the compiler does not know cannot be members of anything.
  const hn::CappedTag<float, ColumnsInStep> d;
  using Vector = hn::Vec<decltype(d)>;
  const auto add = [d](Vector& sum, Vector& imaginarySum, float real, float imaginary,
                     const Vector& wave, const Vector& imaginaryWave)
  {
    const auto a = hn::Set(d, real);
    const auto b = hn::Set(d, imaginary);
    sum = hn::NegMulAdd(b, imaginaryWave, hn::MulAdd(a, wave, sum));
    imaginarySum = hn::MulAdd(b, wave, hn::MulAdd(a, imaginaryWave, imaginarySum));
  };
  for (std::size_t row = 0; row < rows; row += 2)
  {
    for (std::size_t column = 0; column < columns; column += hn::Lanes(d))
    {
      float* const sum = sums + row * 2 * columns + column;
      float* const plane = planes + row * 2 * columns + column;
      Vector real = hn::LoadU(d, sum);
      Vector imaginary = hn::LoadU(d, sum + columns);
      Vector nextReal = hn::LoadU(d, sum + 2 * columns);
      Vector nextImaginary = hn::LoadU(d, sum + 3 * columns);
      Vector planeReal = hn::LoadU(d, plane);
      Vector planeImaginary = hn::LoadU(d, plane + columns);
      Vector nextPlaneReal = hn::LoadU(d, plane + 2 * columns);
      Vector nextPlaneImaginary = hn::LoadU(d, plane + 3 * columns);
      for (std::size_t ion = 0; ion < ions; ++ion)
      {
        const Waves& along = ofColumns[ion];
        const Waves& of = ofRows[ion];
        const Vector wave = hn::LoadU(d, along[0] + column);
        const Vector imaginaryWave = hn::LoadU(d, along[1] + column);
        const Vector square = hn::LoadU(d, along[2] + column);
        const Vector imaginarySquare = hn::LoadU(d, along[3] + column);
        add(real, imaginary, of[0][row], of[1][row], wave, imaginaryWave);
        add(nextReal, nextImaginary, of[0][row + 1], of[1][row + 1], wave, imaginaryWave);
        add(planeReal, planeImaginary, of[2][row], of[3][row], square, imaginarySquare);
        add(nextPlaneReal, nextPlaneImaginary, of[2][row + 1], of[3][row + 1], square,
          imaginarySquare);
      }
      hn::StoreU(real, d, sum);
      hn::StoreU(imaginary, d, sum + columns);
      hn::StoreU(nextReal, d, sum + 2 * columns);
      hn::StoreU(nextImaginary, d, sum + 3 * columns);
      hn::StoreU(planeReal, d, plane);
      hn::StoreU(planeImaginary, d, plane + columns);
      hn::StoreU(nextPlaneReal, d, plane + 2 * columns);
      hn::StoreU(nextPlaneImaginary, d, plane + 3 * columns);
    }
  }
}

/** Adds ions of one species, at places of the cloud. */
void addIonsHere(const CellSortedCloud& cloud, const std::uint32_t* places, std::size_t count,
  const std::array<float, 3>& origin, double perLength, const TiltGrid& grid, std::size_t rows,
  std::size_t columns, float* sums, float* planes)
{
  Waves ofRows[IonsAtOnce];
  Waves ofColumns[IonsAtOnce];
  Phases phases;
  const auto phase = [&](const float* positions, std::uint32_t place, std::size_t axis) {
    return perLength * (static_cast<double>(positions[place]) - static_cast<double>(origin[axis]));
  };
  for (std::size_t first = 0; first < count; first += IonsAtOnce)
  {
    const std::size_t ions = std::min(IonsAtOnce, count - first);
    for (std::size_t i = 0; i < ions; ++i)
    {
      const std::uint32_t place = places[first + i];
      const double x = phase(cloud.x(), place, 0);
      const double y = phase(cloud.y(), place, 1);
      const double z = phase(cloud.z(), place, 2);
      phases.set(i, { z + x * grid.xOf(0), x * grid.step, y * grid.yOf(0), y * grid.step });
    }
    phases.findWaves();
    for (std::size_t i = 0; i < ions; ++i)
    {
      wavesHere(phases.wave(i, 0), phases.wave(i, 1), columns, ofRows[i]);
      wavesHere(phases.wave(i, 2), phases.wave(i, 3), columns, ofColumns[i]);
    }
    addProductsHere(ions, rows, columns, ofRows, ofColumns, sums, planes);
  }
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace apt
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace apt
{

namespace
{

HWY_EXPORT(addIonsHere);

} // namespace

StructureFactors::StructureFactors(
  const TiltGrid& grid, std::size_t species, double latticeParameter)
  : Grid(grid)
  , PerLength(1 / latticeParameter)
  , Rows(static_cast<std::size_t>(grid.side()) + 1)
  , Columns(this->Rows > 16 ? 32 : 16)
  , Size(this->Rows * 2 * this->Columns)
  , Sums((species + 1) * this->Size)
  , Counts(species)
{
}

void StructureFactors::add(const CellSortedCloud& cloud, const CellSortedCloud::Block& block,
  const std::uint8_t* species, const std::array<float, 3>& origin)
{
  // The sums of one species stay at hand.
  std::vector<std::vector<std::uint32_t>> places(this->Counts.size());
  for (std::uint32_t place = block.begin; place < block.end; ++place)
  {
    places[species[place]].push_back(place);
  }
  float* const planes = this->Sums.data() + places.size() * this->Size;
  for (std::size_t s = 0; s < places.size(); ++s)
  {
    this->Counts[s] += places[s].size();
    HWY_DYNAMIC_DISPATCH(addIonsHere)
    (cloud, places[s].data(), places[s].size(), origin, this->PerLength, this->Grid, this->Rows,
      this->Columns, this->Sums.data() + s * this->Size, planes);
  }
}

void StructureFactors::add(const StructureFactors& other)
{
  const auto sum = [](auto& to, const auto& from)
  { std::transform(to.begin(), to.end(), from.begin(), to.begin(), std::plus<>()); };
  sum(this->Sums, other.Sums);
  sum(this->Counts, other.Counts);
}

std::complex<double> StructureFactors::at(std::size_t kind, int row, int column) const
{
  const float* const values = this->Sums.data() + kind * this->Size +
    static_cast<std::size_t>(row) * 2 * this->Columns + column;
  return { static_cast<double>(values[0]), static_cast<double>(values[this->Columns]) };
}

} // namespace apt
#endif // HWY_ONCE
