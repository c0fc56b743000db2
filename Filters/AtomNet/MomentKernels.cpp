// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause

// Highway includes this file once for each instruction set. Vectors whose length the compiler does
// not know cannot stand in arrays, which is how sums are kept in registers here.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "MomentKernels.cpp"
#include <hwy/detect_targets.h>
#ifdef HWY_ALL_SVE
#define HWY_DISABLED_TARGETS (HWY_ALL_SVE | HWY_RVV)
#endif
#include <hwy/foreach_target.h>

#include "MomentKernels.h"

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace apt
{
namespace HWY_NAMESPACE
{
namespace
{

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using Vector = hn::Vec<Floats>;

/** Sums that are kept in registers. */
constexpr std::size_t MostAtOnce = 14;

void momentBasisHere(const MomentForm& form, const float* squared, const float* height,
  std::size_t columns, MomentScratch& scratch, float* basis, float* logSums)
{
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  const auto widths = static_cast<std::size_t>(form.widths);
  const auto harmonics = static_cast<std::size_t>(form.harmonics);
  float* const weights = scratch.weights.get();
  float* const waves = scratch.waves.get();
  const auto exponent =
    hn::Set(d, static_cast<float>(-0.5 / (form.widestWidth * form.widestWidth)));
  const auto turn = hn::Set(d, static_cast<float>(2 * 3.14159265358979323846));
  for (std::size_t j = 0; j < columns; j += lanes)
  {
    hn::Store(hn::Exp(d, hn::Mul(exponent, hn::LoadU(d, squared + j))), d, weights + j);
    if (harmonics > 0)
    {
      const auto phase = hn::Mul(turn, hn::LoadU(d, height + j));
      const auto cosine = hn::Cos(d, phase);
      const auto sine = hn::Sin(d, phase);
      auto c = cosine;
      auto s = sine;
      for (std::size_t l = 0;; ++l)
      {
        hn::Store(c, d, waves + 2 * l * columns + j);
        hn::Store(s, d, waves + (2 * l + 1) * columns + j);
        if (l + 1 == harmonics)
        {
          break;
        }
        const auto next = hn::NegMulAdd(s, sine, hn::Mul(c, cosine));
        s = hn::MulAdd(s, cosine, hn::Mul(c, sine));
        c = next;
      }
    }
  }
  for (std::size_t q = 0; q < widths; ++q)
  {
    auto sums = hn::Zero(d);
    for (std::size_t j = 0; j < columns; j += lanes)
    {
      sums = hn::Add(sums, hn::Load(d, weights + j));
    }
    const float sum = std::max(hn::GetLane(hn::SumOfLanes(d, sums)), LowestMomentSum);
    logSums[q] = std::log(sum);
    const auto normal = hn::Set(d, 1 / sum);
    for (std::size_t j = 0; j < columns; j += lanes)
    {
      const auto weight = hn::Load(d, weights + j);
      // Widths go down by √2 from the widest.
      hn::Store(hn::Mul(weight, weight), d, weights + j);
      const auto share = hn::Mul(weight, normal);
      float* to = basis + j;
      hn::StoreU(share, d, to);
      for (std::size_t wave = 0; wave < 2 * harmonics; ++wave)
      {
        to += columns;
        hn::StoreU(hn::Mul(share, hn::Load(d, waves + wave * columns + j)), d, to);
      }
    }
    basis += (1 + 2 * harmonics) * columns;
  }
}

/** The moments of N functions in a vector of channels. */
template <std::size_t N>
HWY_INLINE void sumMoments(const float* basis, std::size_t columns, const std::uint32_t* place,
  const float* sent, std::size_t sentStride, float* moments, std::size_t channels)
{
  const Floats d;
  Vector sums[N];
  HWY_UNROLL(16)
  for (std::size_t f = 0; f < N; ++f)
  {
    sums[f] = hn::Zero(d);
  }
  for (std::size_t j = 0; j < columns; ++j)
  {
    const Vector values = hn::LoadU(d, sent + std::size_t{ place[j] } * sentStride);
    HWY_UNROLL(16)
    for (std::size_t f = 0; f < N; ++f)
    {
      sums[f] = hn::MulAdd(hn::Set(d, basis[f * columns + j]), values, sums[f]);
    }
  }
  HWY_UNROLL(16)
  for (std::size_t f = 0; f < N; ++f)
  {
    hn::Store(sums[f], d, moments + f * channels);
  }
}

/** The same for a number of functions that is known when it runs, N at most. */
template <std::size_t N, typename... Arguments>
HWY_INLINE void sumMoments(std::size_t functions, const float* basis, Arguments... arguments)
{
  if constexpr (N > 1)
  {
    if (functions < N)
    {
      sumMoments<N - 1>(functions, basis, arguments...);
      return;
    }
  }
  sumMoments<N>(basis, arguments...);
}

void momentInputsHere(const MomentForm& form, const MomentNeighbours& neighbours, std::size_t first,
  std::size_t count, const float* sent, std::size_t sentStride, const float* own,
  const float* states, MomentScratch& scratch, float* inputs)
{
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  const auto channels = static_cast<std::size_t>(form.channels);
  const std::size_t padded = paddedToMomentLanes(channels);
  const auto functions = static_cast<std::size_t>(form.basisSize());
  const auto widths = static_cast<std::size_t>(form.widths);
  const auto harmonics = static_cast<std::size_t>(form.harmonics);
  const std::size_t perWidth = 1 + 2 * harmonics;
  const auto state = static_cast<std::size_t>(form.state);
  const auto size = static_cast<std::size_t>(form.inputSize());
  const std::size_t columns = neighbours.columns();
  float* const basis = scratch.basis.get();
  float* const moments = scratch.moments.get();
  float* const row = scratch.row.get();
  // Parts of one size, as large as the registers hold.
  const std::size_t parts = (functions - 1) / MostAtOnce + 1;
  const std::size_t atOnce = (functions - 1) / parts + 1;
  for (std::size_t ion = 0; ion < count; ++ion)
  {
    const std::size_t place = first + ion;
    // The row is filled from its begin: what a vector writes behind its channels is written over.
    float* const powers = row + functions * channels;
    float* const mixed = powers + widths * harmonics * channels;
    float* const logSums = mixed + functions * channels;
    momentBasisHere(form, neighbours.squared(place), neighbours.height(place), columns, scratch,
      basis, scratch.logSums.get());
    for (std::size_t c = 0; c < channels; c += lanes)
    {
      for (std::size_t f = 0; f < functions; f += atOnce)
      {
        sumMoments<MostAtOnce>(std::min(atOnce, functions - f), basis + f * columns, columns,
          neighbours.place(place), sent + c, sentStride, moments + f * padded + c, padded);
      }
    }
    for (std::size_t f = 0; f < functions; ++f)
    {
      for (std::size_t c = 0; c < channels; c += lanes)
      {
        hn::StoreU(hn::Load(d, moments + f * padded + c), d, row + f * channels + c);
      }
    }
    for (std::size_t q = 0; q < widths; ++q)
    {
      for (std::size_t l = 0; l < harmonics; ++l)
      {
        const float* const cosines = moments + (q * perWidth + 1 + 2 * l) * padded;
        for (std::size_t c = 0; c < channels; c += lanes)
        {
          const auto cosine = hn::Load(d, cosines + c);
          const auto sine = hn::Load(d, cosines + padded + c);
          hn::StoreU(hn::MulAdd(cosine, cosine, hn::Mul(sine, sine)), d,
            powers + (q * harmonics + l) * channels + c);
        }
      }
    }
    std::copy_n(own + ion * channels, channels, scratch.own.get());
    for (std::size_t f = 0; f < functions; ++f)
    {
      for (std::size_t c = 0; c < channels; c += lanes)
      {
        hn::StoreU(
          hn::Mul(hn::Load(d, moments + f * padded + c), hn::Load(d, scratch.own.get() + c)), d,
          mixed + f * channels + c);
      }
    }
    std::copy_n(scratch.logSums.get(), widths, logSums);
    std::copy_n(states + ion * state, state, logSums + widths);
    std::copy_n(row, size, inputs + ion * size);
  }
}

void addColumnSumsHere(
  std::size_t count, std::size_t size, const float* values, double* sums, double* squares)
{
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> f;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t row = 0; row < count; ++row)
  {
    const float* from = values + row * size;
    std::size_t i = 0;
    for (; i + lanes <= size; i += lanes)
    {
      const auto value = hn::PromoteTo(d, hn::LoadU(f, from + i));
      hn::StoreU(hn::Add(hn::LoadU(d, sums + i), value), d, sums + i);
      hn::StoreU(hn::MulAdd(value, value, hn::LoadU(d, squares + i)), d, squares + i);
    }
    for (; i < size; ++i)
    {
      const double value = from[i];
      sums[i] += value;
      squares[i] += value * value;
    }
  }
}

/** Adds the gradients of what N neighbours sent, in a vector of channels. */
template <std::size_t N>
HWY_INLINE void spreadGradients(const float* basis, std::size_t columns, std::size_t functions,
  const float* moments, std::size_t channels, const std::uint32_t* place, float* sentGradient)
{
  const Floats d;
  Vector sums[N];
  HWY_UNROLL(16)
  for (std::size_t j = 0; j < N; ++j)
  {
    sums[j] = hn::Zero(d);
  }
  for (std::size_t f = 0; f < functions; ++f)
  {
    const Vector values = hn::Load(d, moments + f * channels);
    HWY_UNROLL(16)
    for (std::size_t j = 0; j < N; ++j)
    {
      sums[j] = hn::MulAdd(hn::Set(d, basis[f * columns + j]), values, sums[j]);
    }
  }
  HWY_UNROLL(16)
  for (std::size_t j = 0; j < N; ++j)
  {
    // One neighbour after the other: places may be equal.
    float* const to = sentGradient + std::size_t{ place[j] } * channels;
    hn::StoreU(hn::Add(hn::LoadU(d, to), sums[j]), d, to);
  }
}

void momentGradientsHere(const MomentForm& form, const MomentNeighbours& neighbours,
  std::size_t first, std::size_t count, const float* own, const float* inputs,
  const float* gradients, const float* offset, const float* slope, MomentScratch& scratch,
  float* sentGradient, float* ownGradient, float* stateGradient)
{
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  const auto channels = static_cast<std::size_t>(form.channels);
  const std::size_t padded = paddedToMomentLanes(channels);
  const auto functions = static_cast<std::size_t>(form.basisSize());
  const auto widths = static_cast<std::size_t>(form.widths);
  const auto harmonics = static_cast<std::size_t>(form.harmonics);
  const std::size_t perWidth = 1 + 2 * harmonics;
  const auto state = static_cast<std::size_t>(form.state);
  const auto size = static_cast<std::size_t>(form.inputSize());
  const std::size_t columns = neighbours.columns();
  float* const basis = scratch.basis.get();
  float* const moments = scratch.moments.get();
  float* const row = scratch.row.get();
  const float* const powers = row + functions * channels;
  const float* const mixed = powers + widths * harmonics * channels;
  constexpr std::size_t AtOnce = HWY_MAX_BYTES >= 64 ? 16 : 8;
  for (std::size_t ion = 0; ion < count; ++ion)
  {
    const std::size_t place = first + ion;
    const float* const x = inputs + ion * size;
    const float* const g = gradients + ion * size;
    std::size_t i = 0;
    for (; i + lanes <= size; i += lanes)
    {
      const auto value = hn::Add(hn::LoadU(d, g + i), hn::LoadU(d, offset + i));
      hn::Store(hn::MulAdd(hn::LoadU(d, slope + i), hn::LoadU(d, x + i), value), d, row + i);
    }
    for (; i < size; ++i)
    {
      row[i] = g[i] + offset[i] + slope[i] * x[i];
    }
    std::copy_n(own + ion * channels, channels, scratch.own.get());
    for (std::size_t c = 0; c < channels; c += lanes)
    {
      const auto ownHere = hn::Load(d, scratch.own.get() + c);
      auto ownSum = hn::Zero(d);
      // Lanes behind the channels hold what belongs to others; nobody looks at them.
      for (std::size_t q = 0; q < widths; ++q)
      {
        for (std::size_t k = 0; k < perWidth; ++k)
        {
          const std::size_t f = q * perWidth + k;
          const auto moment = hn::LoadU(d, x + f * channels + c);
          const auto mix = hn::LoadU(d, mixed + f * channels + c);
          ownSum = hn::MulAdd(mix, moment, ownSum);
          auto sum = hn::MulAdd(mix, ownHere, hn::LoadU(d, row + f * channels + c));
          if (k > 0)
          {
            const auto power = hn::LoadU(d, powers + (q * harmonics + (k - 1) / 2) * channels + c);
            sum = hn::MulAdd(hn::Add(power, power), moment, sum);
          }
          hn::Store(sum, d, moments + f * padded + c);
        }
      }
      hn::Store(ownSum, d, scratch.ownSum.get() + c);
    }
    std::copy_n(scratch.ownSum.get(), channels, ownGradient + ion * channels);
    std::copy_n(mixed + functions * channels + widths, state, stateGradient + ion * state);

    momentBasisHere(form, neighbours.squared(place), neighbours.height(place), columns, scratch,
      basis, scratch.logSums.get());
    for (std::size_t c = 0; c < channels; c += lanes)
    {
      for (std::size_t j = 0; j < columns; j += AtOnce)
      {
        spreadGradients<AtOnce>(basis + j, columns, functions, moments + c, padded,
          neighbours.place(place) + j, sentGradient + c);
      }
    }
  }
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace apt
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace apt
{

HWY_EXPORT(momentBasisHere);
HWY_EXPORT(momentInputsHere);
HWY_EXPORT(addColumnSumsHere);
HWY_EXPORT(momentGradientsHere);

namespace
{
// exp of it is 0, and its arithmetic stays finite.
constexpr float FarAway = 1e6F;

/** Of zeros, so that no lane of padding ever holds something that is not finite. */
hwy::AlignedFreeUniquePtr<float[]> zeros(std::size_t count)
{
  auto values = hwy::AllocateAligned<float>(count);
  std::fill_n(values.get(), count, 0.0F);
  return values;
}
} // namespace

void MomentNeighbours::append(const NeighbourTile& tile, double latticeParameter,
  const std::array<double, 3>& normal, std::size_t first, std::size_t count)
{
  const std::size_t there = std::min(this->Neighbours, tile.neighbours - 1);
  const std::size_t before = this->Place.size();
  const std::size_t after = before + count * this->Columns;
  this->Squared.resize(after, FarAway);
  this->Height.resize(after, 0);
  this->Place.resize(after, static_cast<std::uint32_t>(tile.begin + first));
  const auto perSquare = static_cast<float>(1 / (latticeParameter * latticeParameter));
  const auto alongX = static_cast<float>(-normal[0] / latticeParameter);
  const auto alongY = static_cast<float>(-normal[1] / latticeParameter);
  const auto alongZ = static_cast<float>(-normal[2] / latticeParameter);
  for (std::size_t ion = 0; ion < count; ++ion)
  {
    // Column 0 is the ion itself. The tile has offsets from the neighbour to the ion: minus.
    const std::size_t from = (first + ion) * tile.neighbours + 1;
    const std::size_t to = before + ion * this->Columns;
    for (std::size_t j = 0; j < there; ++j)
    {
      this->Squared[to + j] = perSquare * tile.squaredDistance[from + j];
      this->Height[to + j] =
        alongX * tile.dx[from + j] + alongY * tile.dy[from + j] + alongZ * tile.dz[from + j];
      this->Place[to + j] = tile.neighbour[from + j];
    }
  }
}

void MomentNeighbours::clear()
{
  this->Squared.clear();
  this->Height.clear();
  this->Place.clear();
}

MomentScratch::MomentScratch(const MomentForm& form, std::size_t columns)
{
  const auto functions = static_cast<std::size_t>(form.basisSize());
  const std::size_t channels = paddedToMomentLanes(static_cast<std::size_t>(form.channels));
  this->waves = zeros(2 * static_cast<std::size_t>(form.harmonics) * columns + MomentLanes);
  this->weights = zeros(columns);
  this->basis = zeros(functions * columns);
  this->logSums = zeros(static_cast<std::size_t>(form.widths));
  this->moments = zeros(functions * channels);
  this->own = zeros(channels);
  this->ownSum = zeros(channels);
  this->row = zeros(static_cast<std::size_t>(form.inputSize()) + MomentLanes);
}

void momentBasis(const MomentForm& form, const MomentNeighbours& neighbours, std::size_t ion,
  MomentScratch& scratch, float* basis, float* logSums)
{
  HWY_DYNAMIC_DISPATCH(momentBasisHere)
  (form, neighbours.squared(ion), neighbours.height(ion), neighbours.columns(), scratch, basis,
    logSums);
}

void momentInputs(const MomentForm& form, const MomentNeighbours& neighbours, std::size_t first,
  std::size_t count, const float* sent, std::size_t sentStride, const float* own,
  const float* states, MomentScratch& scratch, float* inputs)
{
  HWY_DYNAMIC_DISPATCH(momentInputsHere)
  (form, neighbours, first, count, sent, sentStride, own, states, scratch, inputs);
}

void addColumnSums(
  std::size_t count, std::size_t size, const float* values, double* sums, double* squares)
{
  HWY_DYNAMIC_DISPATCH(addColumnSumsHere)(count, size, values, sums, squares);
}

void momentGradients(const MomentForm& form, const MomentNeighbours& neighbours, std::size_t first,
  std::size_t count, const float* own, const float* inputs, const float* gradients,
  const float* offset, const float* slope, MomentScratch& scratch, float* sentGradient,
  float* ownGradient, float* stateGradient)
{
  HWY_DYNAMIC_DISPATCH(momentGradientsHere)
  (form, neighbours, first, count, own, inputs, gradients, offset, slope, scratch, sentGradient,
    ownGradient, stateGradient);
}

} // namespace apt
#endif // HWY_ONCE
