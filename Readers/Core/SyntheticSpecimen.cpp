// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "SyntheticSpecimen.h"

#include "CrystalRows.h"
#include "DomainForm.h"
#include "DomainLookup.h"
#include "DomainPlacement.h"
#include "Error.h"
#include "Ion.h"
#include "MassPeaks.h"
#include "ParallelFor.h"
#include "Random.h"
#include "SpecimenOutline.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <numeric>
#include <optional>

namespace apt
{

namespace
{

constexpr double pi = 3.14159265358979323846;

// A block of rows is what one thread makes in one go, and what parts are made of.
constexpr double SitesPerBlock = 16384;

// Of a branch, the lowest eight bits number redraws at the same site, and the rest the slab.
constexpr int RedrawBits = 8;
constexpr std::uint32_t ThirdLateralDraw = (1 << RedrawBits) - 1;

// How far the displacement by local magnification reaches, in radii of the domain.
constexpr double MagnificationReach = 3;

/** One of the words below upTo (of 2^32), but not of the outcome before, chooses this species. */
struct Outcome
{
  std::uint64_t upTo = 0;
  std::int16_t species = 0;
};

Matrix aboutAxes(double x, double y, double z)
{
  const double cx = std::cos(x);
  const double sx = std::sin(x);
  const double cy = std::cos(y);
  const double sy = std::sin(y);
  const double cz = std::cos(z);
  const double sz = std::sin(z);
  return { { { cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx },
    { sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx }, { -sy, cy * sx, cy * cx } } };
}

/** K. Shoemake, Uniform random rotations, Graphics Gems III (1992) 124-132. */
Matrix uniformRotation(double u1, double u2, double u3)
{
  const double x = std::sqrt(1 - u1) * std::sin(2 * pi * u2);
  const double y = std::sqrt(1 - u1) * std::cos(2 * pi * u2);
  const double z = std::sqrt(u1) * std::sin(2 * pi * u3);
  const double w = std::sqrt(u1) * std::cos(2 * pi * u3);
  return { { { 1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w) },
    { 2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w) },
    { 2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y) } } };
}

SyntheticSpecimen::Draw drawnFor(const SyntheticSpecimenOptions& options, const Random& random)
{
  SyntheticSpecimen::Draw draw;
  const Random::Words turn = random.words(Purpose::Specimen, 0);
  if (options.orientation == Orientation::Uniform)
  {
    draw.rotation = uniformRotation(uniform(turn[0]), uniform(turn[1]), uniform(turn[2]));
  }
  else
  {
    const auto angle = [&](std::size_t axis)
    { return uniform(turn[axis], -1, 1) * options.rotationHalfRange[axis]; };
    draw.rotation = aboutAxes(angle(0), angle(1), angle(2));
  }
  const Random::Words shift = random.words(Purpose::Specimen, 1);
  const UnitCell cell = unitCell(options.lattice, options.latticeParameter, options.axialRatio);
  draw.origin = product(draw.rotation,
    { uniform(shift[0]) * cell.edges[0], uniform(shift[1]) * cell.edges[1],
      uniform(shift[2]) * cell.edges[2] });
  const Random::Words words = random.words(Purpose::Specimen, 2);
  const auto within = [&](std::size_t word, const Interval& range)
  { return uniform(words[word], range.lower, range.upper); };
  draw.lateralNoise = within(0, options.lateralNoise);
  draw.depthNoise = within(1, options.depthNoise);
  draw.detectionEfficiency = within(2, options.detectionEfficiency);
  return draw;
}

} // namespace

struct SyntheticSpecimen::Impl
{
  Impl(const SyntheticSpecimenOptions& options, std::uint32_t specimen, const Progress& progress);

  /** The first block of a part; that of the part behind the last one is the end. */
  std::size_t firstBlock(std::uint32_t part, std::uint32_t parts) const;
  void requirePart(std::uint32_t part, std::uint32_t parts) const;

  /** Counts the ions of these blocks, where that was not done before. */
  void countBlocks(std::size_t begin, std::size_t end, const Progress& progress) const;

  /** Calls visit(row, k, basis, site number) for each site of the block that is detected. */
  template <typename Visit>
  void visitDetected(std::size_t block, Visit&& visit) const;

  void makeIon(const CrystalRow& row, std::int32_t k, int basis, std::uint64_t site,
    const Destination& destination, std::uint64_t at) const;
  std::int8_t phaseOf(const Point& position, std::int32_t domain) const;
  std::int16_t speciesOf(const Site& site, std::int32_t domain, std::uint32_t word) const;
  Point magnified(const Point& position) const;
  Point noise(std::uint64_t site, std::uint32_t slab, const std::array<float, 4>& draws) const;

  SyntheticSpecimenOptions Options;
  Random Generator;
  Draw Drawn;
  SpecimenOutline Outline;
  CrystalRows Rows;
  DomainForm Form;
  std::vector<Domain> Domains;
  DomainLookup Lookup;
  std::optional<DomainLookup> Magnifying;
  MassPeaks Peaks;
  std::vector<IonType> Ions;
  std::vector<std::vector<Outcome>> Species; // of the matrix, then of each sublattice

  std::uint64_t DetectedBelow; // words below this, of 2^32, are detected
  std::array<float, 4> Bounds; // standard normal numbers beyond are drawn again
  Point CommonShift{};         // PublishedScript: what clipped ions are moved by, nm

  std::uint64_t RowsPerBlock;
  std::vector<std::uint64_t> SitesBefore; // each block, and an end

  mutable std::mutex Counting;
  mutable std::vector<std::uint32_t> Counts; // ions of each block that was counted
  mutable std::vector<char> IsCounted;
};

SyntheticSpecimen::Impl::Impl(
  const SyntheticSpecimenOptions& options, std::uint32_t specimen, const Progress& progress)
  : Options((check(options), options))
  , Generator(options.seed, specimen)
  , Drawn(drawnFor(options, Generator))
  , Outline(options.shape, options.edgeLength, options.height, options.shankAngle)
  , Rows(Options, Outline, Drawn.rotation, Drawn.origin)
  , Form(options.domainShape, options.aspectRatio, Drawn.rotation)
  , Domains(placeDomains(Options, Outline, Form, Generator, subProgress(progress, 0, 0.9)))
  , Lookup(Domains, Form, Outline)
  , Peaks(elementsOf(options), options.massResolvingPower)
  , DetectedBelow(
      static_cast<std::uint64_t>(std::llround(std::ldexp(Drawn.detectionEfficiency, 32))))
{
  if (options.localMagnification != 1 && !this->Domains.empty())
  {
    this->Magnifying.emplace(this->Domains, this->Form, this->Outline, MagnificationReach);
  }

  const std::vector<std::string> symbols = elementsOf(options);
  for (const std::string& symbol : symbols)
  {
    this->Ions.push_back({ symbol, defaultColor(this->Ions.size()) });
  }
  const auto addSpecies = [&](const Composition& composition)
  {
    const double whole = std::accumulate(composition.begin(), composition.end(), 0.0,
      [](double sum, const Share& share) { return sum + share.fraction; });
    double upTo = 0;
    std::vector<Outcome> outcomes;
    for (const Share& share : composition)
    {
      if (share.fraction > 0)
      {
        upTo += share.fraction / whole;
        const auto symbol = std::find(symbols.begin(), symbols.end(), share.element);
        outcomes.push_back({ static_cast<std::uint64_t>(std::llround(std::ldexp(upTo, 32))),
          static_cast<std::int16_t>(symbol - symbols.begin()) });
      }
    }
    outcomes.back().upTo = std::uint64_t{ 1 } << 32;
    this->Species.push_back(std::move(outcomes));
  };
  addSpecies(options.matrix);
  if (options.domainFraction > 0)
  {
    std::for_each(options.sublattices.begin(), options.sublattices.end(), addSpecies);
  }

  constexpr float never = std::numeric_limits<float>::infinity();
  const float bound = options.noiseModel == NoiseModel::TruncatedGaussian ? 1 : never;
  this->Bounds = { bound, bound, bound, MassPeaks::CoreEnd };
  const Random::Words shift = this->Generator.words(Purpose::Specimen, 3);
  this->CommonShift = { uniform(shift[0], -1, 1) * this->Drawn.lateralNoise,
    uniform(shift[1], -1, 1) * this->Drawn.lateralNoise,
    uniform(shift[2], -1, 1) * this->Drawn.depthNoise };

  const double sitesPerRow =
    this->Outline.volume() / this->Rows.siteVolume() / static_cast<double>(this->Rows.size());
  this->RowsPerBlock = static_cast<std::uint64_t>(std::max(1.0, SitesPerBlock / sitesPerRow));
  const std::size_t blocks =
    static_cast<std::size_t>((this->Rows.size() - 1) / this->RowsPerBlock + 1);
  this->SitesBefore.assign(blocks + 1, 0);
  parallelFor(
    blocks, 8,
    [this](std::size_t begin, std::size_t end)
    {
      for (std::size_t block = begin; block < end; ++block)
      {
        const std::uint64_t last = std::min((block + 1) * this->RowsPerBlock, this->Rows.size());
        for (std::uint64_t row = block * this->RowsPerBlock; row < last; ++row)
        {
          this->SitesBefore[block + 1] += this->Rows.siteCount(row);
        }
      }
    },
    subProgress(progress, 0.9, 1));
  std::partial_sum(this->SitesBefore.begin(), this->SitesBefore.end(), this->SitesBefore.begin());
  this->Counts.assign(blocks, 0);
  this->IsCounted.assign(blocks, 0);
}

void SyntheticSpecimen::Impl::requirePart(std::uint32_t part, std::uint32_t parts) const
{
  if (part >= parts)
  {
    throw ParameterError(
      "part", std::to_string(part), "0 to less than the " + std::to_string(parts) + " parts");
  }
}

std::size_t SyntheticSpecimen::Impl::firstBlock(std::uint32_t part, std::uint32_t parts) const
{
  const std::size_t blocks = this->SitesBefore.size() - 1;
  if (part == parts)
  {
    return blocks;
  }
  // Sites stay below 2^33 and parts below 2^32: too much for 64 bits, but not for two steps.
  const std::uint64_t sites = this->SitesBefore.back();
  const std::uint64_t wanted = sites / parts * part + sites % parts * part / parts;
  const auto found =
    std::lower_bound(this->SitesBefore.begin(), this->SitesBefore.end() - 1, wanted);
  return part == 0 ? 0 : static_cast<std::size_t>(found - this->SitesBefore.begin());
}

template <typename Visit>
void SyntheticSpecimen::Impl::visitDetected(std::size_t block, Visit&& visit) const
{
  const int basisSize = this->Rows.basisSize();
  const std::uint64_t last = std::min((block + 1) * this->RowsPerBlock, this->Rows.size());
  for (std::uint64_t index = block * this->RowsPerBlock; index < last; ++index)
  {
    const CrystalRow row = this->Rows.row(index);
    std::uint64_t cell = CrystalRows::siteNumber({ row.i, row.j, row.begin, 0 });
    for (std::int32_t k = row.begin; k < row.end; ++k, cell += CrystalRow::MaximumSites)
    {
      const Random::Words words =
        this->Generator.words(Purpose::Detection, cell, row.slab << RedrawBits);
      for (int basis = 0; basis < basisSize; ++basis)
      {
        const auto site = static_cast<std::size_t>(basis);
        if (words[site] < this->DetectedBelow && row.siteBegin[site] <= k && k < row.siteEnd[site])
        {
          visit(row, k, basis, cell + site);
        }
      }
    }
  }
}

void SyntheticSpecimen::Impl::countBlocks(
  std::size_t begin, std::size_t end, const Progress& progress) const
{
  const std::lock_guard<std::mutex> lock(this->Counting);
  parallelFor(
    end - begin, 1,
    [&](std::size_t first, std::size_t)
    {
      const std::size_t block = begin + first;
      if (!this->IsCounted[block])
      {
        std::uint32_t count = 0;
        this->visitDetected(
          block, [&](const CrystalRow&, std::int32_t, int, std::uint64_t) { ++count; });
        this->Counts[block] = count;
        this->IsCounted[block] = 1;
      }
    },
    progress);
}

std::int8_t SyntheticSpecimen::Impl::phaseOf(const Point& position, std::int32_t domain) const
{
  const std::vector<double>& planes = this->Rows.faultPlanes();
  if (!planes.empty())
  {
    const Point& normal = this->Rows.faultNormal();
    const double height =
      normal[0] * position[0] + normal[1] * position[1] + normal[2] * position[2];
    const auto above = std::lower_bound(planes.begin(), planes.end(), height);
    const double half = this->Options.faultWidth / 2;
    if ((above != planes.end() && *above - height <= half) ||
      (above != planes.begin() && height - *(above - 1) <= half))
    {
      return 2;
    }
  }
  return domain >= 0 ? 1 : 0;
}

std::int16_t SyntheticSpecimen::Impl::speciesOf(
  const Site& site, std::int32_t domain, std::uint32_t word) const
{
  std::size_t table = 0;
  if (domain >= 0)
  {
    const int variant = this->Domains[static_cast<std::size_t>(domain)].variant;
    table = 1 + static_cast<std::size_t>(apt::sublatticeOf(this->Options.structure, variant, site));
  }
  const Outcome* outcome = this->Species[table].data();
  while (word >= outcome->upTo)
  {
    ++outcome;
  }
  return outcome->species;
}

Point SyntheticSpecimen::Impl::magnified(const Point& position) const
{
  Point result = position;
  const std::int32_t* const end = this->Magnifying->end(position);
  for (const std::int32_t* index = this->Magnifying->begin(position); index != end; ++index)
  {
    const Domain& domain = this->Domains[static_cast<std::size_t>(*index)];
    const double level = this->Form.level(domain, position);
    if (level >= MagnificationReach)
    {
      continue;
    }
    double share = 1;
    if (level > 1)
    {
      // What an incompressible plane does around a hole that grows, faded out without a kink.
      const double t = (level - 1) / (MagnificationReach - 1);
      share = (1 - t * t * (3 - 2 * t)) / (level * level);
    }
    share *= this->Options.localMagnification - 1;
    result[0] += share * (position[0] - domain.centre[0]);
    result[1] += share * (position[1] - domain.centre[1]);
  }
  return result;
}

Point SyntheticSpecimen::Impl::noise(
  std::uint64_t site, std::uint32_t slab, const std::array<float, 4>& draws) const
{
  const double lateral = this->Drawn.lateralNoise;
  const double depth = this->Drawn.depthNoise;
  Point error = { lateral * static_cast<double>(draws[0]), lateral * static_cast<double>(draws[1]),
    depth * static_cast<double>(draws[2]) };
  if (this->Options.noiseModel == NoiseModel::PublishedScript)
  {
    // The scripts mean to clip at ±1σ. They give all the ions that they clip the same shift, and
    // clip z by a further draw of the lateral error, made for no other use.
    const std::uint32_t branch = (slab << RedrawBits) | ThirdLateralDraw;
    const double third = lateral *
      static_cast<double>(normals(this->Generator.words(Purpose::Refusals, site, branch))[0]);
    const std::array<double, 3> clipped = { error[0], error[1], third };
    const std::array<double, 3> bounds = { lateral, lateral, depth };
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      if (std::abs(clipped[axis]) > bounds[axis])
      {
        error[axis] = this->CommonShift[axis];
      }
    }
  }
  return error;
}

void SyntheticSpecimen::Impl::makeIon(const CrystalRow& row, std::int32_t k, int basis,
  std::uint64_t site, const Destination& destination, std::uint64_t at) const
{
  const Point truth = row.position(basis, k);
  const std::int32_t domain = this->Lookup.domainAt(truth);
  const std::uint32_t branch = row.slab << RedrawBits;

  std::array<float, 4> draws = normals(this->Generator.words(Purpose::Position, site, branch));
  const auto isRefused = [&](std::size_t i) { return std::abs(draws[i]) > this->Bounds[i]; };
  for (std::uint32_t redraw = 1;
       redraw < ThirdLateralDraw && (isRefused(0) || isRefused(1) || isRefused(2) || isRefused(3));
       ++redraw)
  {
    const std::array<float, 4> others =
      normals(this->Generator.words(Purpose::Refusals, site, branch | redraw));
    for (std::size_t i = 0; i < 4; ++i)
    {
      draws[i] = isRefused(i) ? others[i] : draws[i];
    }
  }

  const Point place = this->Magnifying ? this->magnified(truth) : truth;
  Point error = this->noise(site, row.slab, draws);
  if (this->Options.noiseGrowth > 0)
  {
    const double growth = 1 +
      this->Options.noiseGrowth * std::hypot(truth[0], truth[1]) / (this->Options.edgeLength / 2);
    error = { error[0] * growth, error[1] * growth, error[2] * growth };
  }
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    destination.positions[3 * at + axis] = static_cast<float>(place[axis] + error[axis]);
  }

  if (destination.ion || destination.massToCharge)
  {
    const Random::Words words = this->Generator.words(Purpose::Species, site, branch);
    const std::int16_t species = this->speciesOf({ row.i, row.j, k, basis }, domain, words[0]);
    if (destination.ion)
    {
      destination.ion[at] = species;
    }
    if (destination.massToCharge)
    {
      destination.massToCharge[at] =
        this->Peaks.massToCharge(static_cast<std::size_t>(species), words[1], words[2], draws[3]);
    }
  }
  if (destination.phase)
  {
    destination.phase[at] = this->phaseOf(truth, domain);
  }
  if (destination.domain)
  {
    destination.domain[at] = domain;
  }
}

SyntheticSpecimen::SyntheticSpecimen(
  const SyntheticSpecimenOptions& options, std::uint32_t specimen, const Progress& progress)
  : Own(std::make_unique<Impl>(options, specimen, progress))
{
}

SyntheticSpecimen::~SyntheticSpecimen() = default;
SyntheticSpecimen::SyntheticSpecimen(SyntheticSpecimen&&) noexcept = default;
SyntheticSpecimen& SyntheticSpecimen::operator=(SyntheticSpecimen&&) noexcept = default;

const SyntheticSpecimen::Draw& SyntheticSpecimen::draw() const
{
  return this->Own->Drawn;
}

const std::vector<Domain>& SyntheticSpecimen::domains() const
{
  return this->Own->Domains;
}

double SyntheticSpecimen::depth(const Domain& domain) const
{
  return this->Own->Outline.depth(domain.centre) - this->Own->Form.boundingRadius(domain.radius);
}

const std::vector<double>& SyntheticSpecimen::faultPlanes() const
{
  return this->Own->Rows.faultPlanes();
}

const std::vector<IonType>& SyntheticSpecimen::ions() const
{
  return this->Own->Ions;
}

const std::vector<Range>& SyntheticSpecimen::ranges() const
{
  return this->Own->Peaks.ranges();
}

std::uint64_t SyntheticSpecimen::count(
  std::uint32_t part, std::uint32_t parts, const Progress& progress) const
{
  const Impl& own = *this->Own;
  own.requirePart(part, parts);
  const std::size_t begin = own.firstBlock(part, parts);
  const std::size_t end = own.firstBlock(part + 1, parts);
  own.countBlocks(begin, end, progress);
  std::uint64_t count = 0;
  for (std::size_t block = begin; block < end; ++block)
  {
    count += own.Counts[block];
  }
  return count;
}

void SyntheticSpecimen::fill(std::uint32_t part, std::uint32_t parts,
  const Destination& destination, const Progress& progress) const
{
  const Impl& own = *this->Own;
  own.requirePart(part, parts);
  const std::size_t begin = own.firstBlock(part, parts);
  const std::size_t end = own.firstBlock(part + 1, parts);
  own.countBlocks(begin, end, subProgress(progress, 0, 0.1));
  std::vector<std::uint64_t> before(end - begin + 1, 0);
  for (std::size_t block = begin; block < end; ++block)
  {
    before[block - begin + 1] = before[block - begin] + own.Counts[block];
  }
  parallelFor(
    end - begin, 1,
    [&](std::size_t first, std::size_t)
    {
      std::uint64_t at = before[first];
      own.visitDetected(begin + first,
        [&](const CrystalRow& row, std::int32_t k, int basis, std::uint64_t site)
        { own.makeIon(row, k, basis, site, destination, at++); });
    },
    subProgress(progress, 0.1, 1));
}

} // namespace apt
