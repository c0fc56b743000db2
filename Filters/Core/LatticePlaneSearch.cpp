// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "LatticePlaneSearch.h"

#include "CellSortedCloud.h"
#include "Error.h"
#include "PairCount.h"
#include "ParallelFor.h"
#include "Random.h"
#include "RangeFile.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <string>

namespace apt
{

namespace
{

constexpr double Pi = 3.14159265358979323846;
constexpr std::size_t Grain = 1 << 16;

using Complex = std::complex<double>;

/** A map of weighted offsets, and its Fourier transform wherever it is asked for. */
class OffsetTransform
{
public:
  OffsetTransform(const std::vector<std::uint64_t>& counts, std::size_t perAxis, double width)
    : PerAxis(perAxis)
    , Width(width)
    , Values(counts.size())
  {
    const double last = static_cast<double>(perAxis / 2);
    const auto window = [&](std::size_t x, std::size_t y, std::size_t z)
    {
      const double r = std::hypot(static_cast<double>(x) - last, static_cast<double>(y) - last,
                         static_cast<double>(z) - last) /
        (last + 0.5);
      return r < 1 ? 0.5 + 0.5 * std::cos(Pi * r) : 0;
    };
    double windows = 0;
    const auto each = [&](const auto& visit)
    {
      std::size_t i = 0;
      for (std::size_t z = 0; z < perAxis; ++z)
      {
        for (std::size_t y = 0; y < perAxis; ++y)
        {
          for (std::size_t x = 0; x < perAxis; ++x, ++i)
          {
            // The middle holds the ions themselves.
            visit(i, i == counts.size() / 2 ? 0 : window(x, y, z));
          }
        }
      }
    };
    each(
      [&](std::size_t i, double weight)
      {
        const auto count = static_cast<double>(counts[i]);
        this->Values[i] = weight;
        windows += weight;
        this->Weight += weight * count;
        this->Variance += weight * weight * count;
      });
    const double mean = windows > 0 ? this->Weight / windows : 0;
    for (std::size_t i = 0; i < counts.size(); ++i)
    {
      this->Values[i] *= static_cast<double>(counts[i]) - mean;
    }
  }

  double weight() const { return this->Weight; }
  double variance() const { return this->Variance; }

  /** Squares of the transform at all combinations of frequencies (1 / nm), the first axis fastest. */
  std::vector<double> power(const std::array<std::vector<double>, 3>& frequencies) const
  {
    const std::size_t n = this->PerAxis;
    const std::size_t nx = frequencies[0].size();
    const std::size_t ny = frequencies[1].size();
    const std::size_t nz = frequencies[2].size();
    const std::vector<Complex> phasesX = this->phases(frequencies[0]);
    const std::vector<Complex> phasesY = this->phases(frequencies[1]);
    const std::vector<Complex> phasesZ = this->phases(frequencies[2]);
    // One axis after the other; each z layer of the first two by itself.
    std::vector<Complex> layers(n * nx * ny);
    parallelFor(n, 1,
      [&](std::size_t begin, std::size_t end)
      {
        std::vector<Complex> rows(n * nx);
        for (std::size_t z = begin; z < end; ++z)
        {
          for (std::size_t y = 0; y < n; ++y)
          {
            const double* const row = this->Values.data() + (z * n + y) * n;
            for (std::size_t qx = 0; qx < nx; ++qx)
            {
              const Complex* const phase = phasesX.data() + qx * n;
              double real = 0;
              double imaginary = 0;
              for (std::size_t x = 0; x < n; ++x)
              {
                real += row[x] * phase[x].real();
                imaginary += row[x] * phase[x].imag();
              }
              rows[qx * n + y] = { real, imaginary };
            }
          }
          for (std::size_t qy = 0; qy < ny; ++qy)
          {
            for (std::size_t qx = 0; qx < nx; ++qx)
            {
              layers[(qy * nx + qx) * n + z] =
                product(rows.data() + qx * n, phasesY.data() + qy * n, n);
            }
          }
        }
      });
    std::vector<double> power(nx * ny * nz);
    parallelFor(nz, 1,
      [&](std::size_t begin, std::size_t end)
      {
        for (std::size_t qz = begin; qz < end; ++qz)
        {
          for (std::size_t q = 0; q < nx * ny; ++q)
          {
            power[qz * nx * ny + q] =
              std::norm(product(layers.data() + q * n, phasesZ.data() + qz * n, n));
          }
        }
      });
    return power;
  }

private:
  static Complex product(const Complex* a, const Complex* b, std::size_t size)
  {
    double real = 0;
    double imaginary = 0;
    for (std::size_t i = 0; i < size; ++i)
    {
      real += a[i].real() * b[i].real() - a[i].imag() * b[i].imag();
      imaginary += a[i].real() * b[i].imag() + a[i].imag() * b[i].real();
    }
    return { real, imaginary };
  }

  std::vector<Complex> phases(const std::vector<double>& frequencies) const
  {
    std::vector<Complex> phases;
    for (const double frequency : frequencies)
    {
      for (std::size_t i = 0; i < this->PerAxis; ++i)
      {
        const double at =
          (static_cast<double>(i) - static_cast<double>(this->PerAxis / 2)) * this->Width;
        phases.push_back(std::polar(1.0, -2 * Pi * frequency * at));
      }
    }
    return phases;
  }

  std::size_t PerAxis;
  double Width;
  std::vector<double> Values;
  double Weight = 0;
  double Variance = 0;
};

struct Peak
{
  std::array<double, 3> frequency{}; ///< 1 / nm
  double power = 0;
};

double lengthOf(const std::array<double, 3>& vector)
{
  return std::hypot(vector[0], vector[1], vector[2]);
}

/** Grid points that no neighbour on the grid exceeds, strongest first. */
std::vector<Peak> peaksOnGrid(
  const OffsetTransform& transform, double lowest, double highest, double step)
{
  // One point more all around, so that each that counts has its neighbours.
  const int reach = static_cast<int>(std::ceil(highest / step)) + 1;
  std::array<std::vector<double>, 3> frequencies;
  for (int i = -reach; i <= reach; ++i)
  {
    frequencies[0].push_back(i * step);
    frequencies[1].push_back(i * step);
    if (i >= -1)
    {
      frequencies[2].push_back(i * step);
    }
  }
  const std::vector<double> power = transform.power(frequencies);
  const auto nx = static_cast<std::ptrdiff_t>(frequencies[0].size());
  const auto nz = static_cast<std::ptrdiff_t>(frequencies[2].size());
  std::vector<Peak> peaks;
  for (std::ptrdiff_t z = 1; z + 1 < nz; ++z)
  {
    for (std::ptrdiff_t y = 1; y + 1 < nx; ++y)
    {
      for (std::ptrdiff_t x = 1; x + 1 < nx; ++x)
      {
        const std::array<double, 3> q = { frequencies[0][static_cast<std::size_t>(x)],
          frequencies[1][static_cast<std::size_t>(y)],
          frequencies[2][static_cast<std::size_t>(z)] };
        const double length = lengthOf(q);
        // Of q and −q one is enough, also in the plane between them.
        const bool half = q[2] > 0 || q[1] > 0 || (q[1] == 0 && q[0] > 0);
        if (!half || length < lowest || length > highest)
        {
          continue;
        }
        const std::ptrdiff_t at = (z * nx + y) * nx + x;
        bool isPeak = true;
        for (std::ptrdiff_t neighbour = 0; neighbour < 27 && isPeak; ++neighbour)
        {
          const std::ptrdiff_t other =
            at + ((neighbour / 9 - 1) * nx + neighbour / 3 % 3 - 1) * nx + neighbour % 3 - 1;
          isPeak = power[static_cast<std::size_t>(other)] <= power[static_cast<std::size_t>(at)];
        }
        if (isPeak)
        {
          peaks.push_back({ q, power[static_cast<std::size_t>(at)] });
        }
      }
    }
  }
  std::stable_sort(
    peaks.begin(), peaks.end(), [](const Peak& a, const Peak& b) { return a.power > b.power; });
  return peaks;
}

Peak refined(const OffsetTransform& transform, Peak peak, double step)
{
  for (int halving = 0; halving < 9; ++halving)
  {
    step /= 2;
    std::array<std::vector<double>, 3> frequencies;
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      for (int i = -2; i <= 2; ++i)
      {
        frequencies[axis].push_back(peak.frequency[axis] + i * step);
      }
    }
    const std::vector<double> power = transform.power(frequencies);
    const auto best =
      static_cast<std::size_t>(std::max_element(power.begin(), power.end()) - power.begin());
    peak.power = power[best];
    peak.frequency = { frequencies[0][best % 5], frequencies[1][best / 5 % 5],
      frequencies[2][best / 25] };
  }
  return peak;
}

} // namespace

std::vector<LatticePlanes> findLatticePlanes(const SpatialDistributionInput& input,
  const LatticePlaneOptions& options, const Progress& progress)
{
  const double least = options.spacingRange[0];
  const double longest = options.spacingRange[1];
  if (!(least > 0 && longest > least && longest <= options.maximumDistance &&
        std::isfinite(options.maximumDistance)))
  {
    throw ParameterError("range of spacings",
      shortestNumber(least) + " to " + shortestNumber(longest),
      "ascending, above 0 and up to the maximum distance, " +
        shortestNumber(options.maximumDistance) + " nm");
  }
  if (!(options.maximumDistance / least <= 40))
  {
    throw ParameterError("smallest spacing", shortestNumber(least),
      "at least " + shortestNumber(options.maximumDistance / 40) +
        " nm, a fortieth of the maximum distance");
  }
  std::vector<std::int16_t> centreCode =
    typesWithin(input.size, input.ion, input.classes, options.ionClass);
  std::vector<std::int16_t> neighbourCode = centreCode;
  const auto isOf = [](std::int16_t type, int wanted)
  { return type >= 0 && (wanted == SpatialDistributionOptions::AllIons || type == wanted); };
  std::uint64_t centres = 0;
  for (const std::int16_t type : centreCode)
  {
    centres += isOf(type, options.centre);
  }
  const double share = static_cast<double>(options.centreIons) /
    static_cast<double>(std::max<std::uint64_t>(centres, 1));
  const Random random(options.seed);
  parallelFor(input.size, Grain,
    [&](std::size_t begin, std::size_t end)
    {
      for (std::size_t i = begin; i < end; ++i)
      {
        neighbourCode[i] = isOf(neighbourCode[i], options.neighbour) ? 0 : -1;
        const bool drawn = share >= 1 || uniform(random.words(Purpose::Sample, i)[0]) < share;
        centreCode[i] = isOf(centreCode[i], options.centre) && drawn ? 0 : -1;
      }
    });
  const CellSortedCloud centreCloud(
    input.positions, input.size, centreCode.data(), {}, subProgress(progress, 0, 0.1));
  const CellSortedCloud neighbourCloud(
    input.positions, input.size, neighbourCode.data(), {}, subProgress(progress, 0.1, 0.3));
  const ClassedCloud from{ &centreCloud, nullptr, 1 };
  const ClassedCloud to{ &neighbourCloud, nullptr, 1 };

  const double width = least / 4;
  OffsetBins bins;
  bins.shape = OffsetBins::Shape::Volume;
  bins.binsPerNanometre = static_cast<float>(1 / width);
  bins.last = static_cast<std::int32_t>(options.maximumDistance / width);
  requireFewPairs(from, to, bins, SpatialDistributionOptions().maximumPairs);
  const std::vector<std::uint64_t> counts =
    countPairs(from, to, bins, subProgress(progress, 0.3, 0.6));
  const OffsetTransform transform(counts, bins.perAxis(), width);

  // The main lobe of the window is about 2 / maximumDistance wide.
  const double step = 0.375 / options.maximumDistance;
  const std::vector<Peak> coarse = peaksOnGrid(transform, 1 / longest, 1 / least, step);
  const auto tick = [&](double fraction)
  {
    if (progress && !progress(fraction))
    {
      throw Stopped();
    }
  };
  tick(0.8);
  // Chance: as in planeSpacing, for a map that may be its own mirror image.
  const double trials = std::pow(static_cast<double>(bins.perAxis()) / 2, 3);
  const double chance = 2 * std::log(1000 * trials) * transform.variance();
  std::vector<LatticePlanes> planes;
  // Twice as many as are reported, since refining changes their order.
  for (std::size_t i = 0; i < std::min(coarse.size(), 2 * options.most); ++i)
  {
    const Peak peak = refined(transform, coarse[i], step);
    if (!(peak.power > chance))
    {
      continue;
    }
    const double length = lengthOf(peak.frequency);
    const double sign = peak.frequency[2] < 0 ? -1 : 1;
    LatticePlanes found;
    found.spacing = 1 / length;
    found.contrast = 2 * std::sqrt(peak.power) / transform.weight();
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      found.pole[axis] = sign * peak.frequency[axis] / length;
    }
    const bool known = std::any_of(planes.begin(), planes.end(),
      [&](const LatticePlanes& other)
      {
        std::array<double, 3> same{};
        std::array<double, 3> opposite{};
        for (std::size_t axis = 0; axis < 3; ++axis)
        {
          const double a = found.pole[axis] / found.spacing;
          const double b = other.pole[axis] / other.spacing;
          same[axis] = a - b;
          opposite[axis] = a + b;
        }
        return std::min(lengthOf(same), lengthOf(opposite)) < step;
      });
    if (!known)
    {
      planes.push_back(found);
    }
    tick(0.8 + 0.2 * static_cast<double>(i + 1) / static_cast<double>(2 * options.most));
  }
  std::stable_sort(planes.begin(), planes.end(),
    [](const LatticePlanes& a, const LatticePlanes& b) { return a.contrast > b.contrast; });
  if (!planes.empty())
  {
    // Of those about as sharp as the sharpest the longest spacing first.
    const auto end = std::find_if(planes.begin(), planes.end(),
      [&](const LatticePlanes& p) { return p.contrast < 0.9 * planes.front().contrast; });
    std::stable_sort(planes.begin(), end,
      [](const LatticePlanes& a, const LatticePlanes& b)
      { return a.spacing > b.spacing * (1 + 1e-3); });
  }
  planes.resize(std::min(planes.size(), options.most));
  return planes;
}

PoleAngles anglesOf(const std::array<double, 3>& direction)
{
  const double lateral = std::hypot(direction[0], direction[1]);
  return { std::atan2(lateral, direction[2]) * 180 / Pi,
    std::atan2(direction[1], direction[0]) * 180 / Pi };
}

} // namespace apt
