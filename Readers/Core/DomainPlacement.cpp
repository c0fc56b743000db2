// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "DomainPlacement.h"

#include "Error.h"
#include "ParallelFor.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace apt
{

namespace
{

constexpr double pi = 3.14159265358979323846;

// Of the spheres about the domains: up to here random sequential addition is quick, and here it is
// given up for packing.
constexpr double QuickBySequence = 0.25;
constexpr double MostBySequence = 0.32;
constexpr int MostMisses = 20000; // one after the other

// Spheres are packed this much too large, so that nearly parted ones are parted.
constexpr double Slack = 1e-3;

double ballVolume(double radius)
{
  return 4.0 / 3 * pi * radius * radius * radius;
}

/** A box that goes on at its other side, in cells. */
class PeriodicCells
{
public:
  /** Cells as small as least, but not many more than most. */
  PeriodicCells(const Point& box, double least, double most)
    : Box(box)
  {
    const double edge = std::max(least, std::cbrt(box[0] * box[1] * box[2] / most));
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      this->Count[axis] = std::max<std::int64_t>(1, static_cast<std::int64_t>(box[axis] / edge));
      this->PerLength[axis] = static_cast<double>(this->Count[axis]) / box[axis];
    }
  }

  std::size_t size() const
  {
    return static_cast<std::size_t>(this->Count[0] * this->Count[1] * this->Count[2]);
  }

  std::size_t cellOf(const Point& point) const
  {
    return this->index(
      this->along(0, point[0]), this->along(1, point[1]), this->along(2, point[2]));
  }

  /** Calls visit(cell) once for each cell that holds a point within reach, until it says false. */
  template <typename Visit>
  bool visit(const Point& point, double reach, Visit&& visit) const
  {
    std::array<std::int64_t, 3> begin{};
    std::array<std::int64_t, 3> end{};
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      begin[axis] = this->along(axis, point[axis] - reach);
      end[axis] =
        std::min(this->along(axis, point[axis] + reach) + 1, begin[axis] + this->Count[axis]);
    }
    for (std::int64_t x = begin[0]; x < end[0]; ++x)
    {
      const std::int64_t plane = this->inside(0, x) * this->Count[1];
      for (std::int64_t y = begin[1]; y < end[1]; ++y)
      {
        const std::int64_t line = (plane + this->inside(1, y)) * this->Count[2];
        for (std::int64_t z = begin[2]; z < end[2]; ++z)
        {
          if (!visit(static_cast<std::size_t>(line + this->inside(2, z))))
          {
            return false;
          }
        }
      }
    }
    return true;
  }

  /** The shortest way from one point to the other, both in the box. */
  Point apart(const Point& from, const Point& to) const
  {
    Point offset{};
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      const double direct = to[axis] - from[axis];
      const double box = this->Box[axis];
      offset[axis] = direct > box / 2 ? direct - box : direct < -box / 2 ? direct + box : direct;
    }
    return offset;
  }

  /** The same place in the box, whose middle is the origin. */
  Point wrapped(const Point& point) const
  {
    Point inside{};
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      inside[axis] = point[axis] - this->Box[axis] * std::round(point[axis] / this->Box[axis]);
    }
    return inside;
  }

private:
  std::int64_t along(std::size_t axis, double coordinate) const
  {
    return static_cast<std::int64_t>(std::floor(coordinate * this->PerLength[axis]));
  }

  /** The cell of the box that repeats there. Never far: a loop beats the remainder of a division. */
  std::int64_t inside(std::size_t axis, std::int64_t cell) const
  {
    const std::int64_t count = this->Count[axis];
    while (cell < 0)
    {
      cell += count;
    }
    while (cell >= count)
    {
      cell -= count;
    }
    return cell;
  }

  std::size_t index(std::int64_t x, std::int64_t y, std::int64_t z) const
  {
    return static_cast<std::size_t>(
      (this->inside(0, x) * this->Count[1] + this->inside(1, y)) * this->Count[2] +
      this->inside(2, z));
  }

  Point Box;
  std::array<std::int64_t, 3> Count{};
  Point PerLength{};
};

double squaredLength(const Point& vector)
{
  return vector[0] * vector[0] + vector[1] * vector[1] + vector[2] * vector[2];
}

struct Sphere
{
  Point centre;
  double radius = 0; // of the domain
  double bounding = 0;
};

/** Spheres in the order of their cells, those of a cell by number. */
class SpheresByCell
{
public:
  SpheresByCell(const PeriodicCells& cells, const std::vector<Sphere>& spheres)
    : Start(cells.size() + 1, 0)
    , Items(spheres.size())
  {
    for (const Sphere& sphere : spheres)
    {
      ++this->Start[cells.cellOf(sphere.centre) + 1];
    }
    for (std::size_t cell = 1; cell < this->Start.size(); ++cell)
    {
      this->Start[cell] += this->Start[cell - 1];
    }
    std::vector<std::uint32_t> next(this->Start.begin(), this->Start.end() - 1);
    for (std::size_t i = 0; i < spheres.size(); ++i)
    {
      this->Items[next[cells.cellOf(spheres[i].centre)]++] = static_cast<std::uint32_t>(i);
    }
  }

  const std::uint32_t* begin(std::size_t cell) const
  {
    return this->Items.data() + this->Start[cell];
  }
  const std::uint32_t* end(std::size_t cell) const
  {
    return this->Items.data() + this->Start[cell + 1];
  }

  /** The numbers of all spheres, cell by cell. */
  const std::vector<std::uint32_t>& order() const { return this->Items; }

private:
  std::vector<std::uint32_t> Start;
  std::vector<std::uint32_t> Items;
};

/**
 * Pushes spheres apart until none overlap: minimises the sum of squared overlaps by FIRE.
 *
 * Every sphere sums over its own neighbours in their order, so that threads do not matter.
 */
class Parting
{
public:
  Parting(std::vector<Sphere>& spheres, const Point& box)
    : Whole(spheres)
    , Cells(box, 2 * largest(spheres), 4.0 * static_cast<double>(spheres.size()) + 1000)
    , Order(SpheresByCell(Cells, spheres).order())
    , Skin(0.3 * largest(spheres))
    , Velocity(spheres.size(), Point{})
    , Force(spheres.size(), Point{})
    , Listed(spheres.size())
    , Neighbours((spheres.size() - 1) / Grain + 1)
    , ListEnd(spheres.size())
  {
    // Neighbours in space are neighbours in memory.
    for (const std::uint32_t number : this->Order)
    {
      this->Spheres.push_back(spheres[number]);
    }
  }

  /** Whether it came to an end without overlap; if not, the spheres are left as they were. */
  bool run(const Progress& progress)
  {
    constexpr int mostSteps = 20000;
    constexpr int slowSteps = 250; // in which a packing that is not jammed relaxes visibly
    constexpr double visibly = 0.98;
    constexpr double firstStep = 0.1;
    constexpr double longestStep = 0.5;
    constexpr double firstMixing = 0.1;
    constexpr int patience = 5;
    double step = firstStep;
    double mixing = firstMixing;
    int downhill = 0;
    double energyBefore = std::numeric_limits<double>::infinity();
    for (int count = 0; count < mostSteps; ++count)
    {
      if (progress && count % 20 == 0 && !progress(static_cast<double>(count) / mostSteps))
      {
        throw Stopped();
      }
      this->listNeighboursWhereMoved();
      const Sums sums = this->computeForces();
      if (sums.overlaps == 0)
      {
        for (std::size_t i = 0; i < this->Order.size(); ++i)
        {
          this->Whole[this->Order[i]] = this->Spheres[i];
        }
        return true;
      }
      if (count % slowSteps == 0)
      {
        if (sums.energy > visibly * energyBefore)
        {
          return false;
        }
        energyBefore = sums.energy;
      }
      // FIRE: speed up and turn towards the force as long as it goes downhill, else stop.
      double keep = 1;
      double turn = 0;
      if (sums.power > 0)
      {
        keep = 1 - mixing;
        turn = mixing * std::sqrt(sums.speed / std::max(sums.force, 1e-300));
        if (++downhill > patience)
        {
          step = std::min(1.1 * step, longestStep);
          mixing *= 0.99;
        }
      }
      else if (count > 0)
      {
        keep = 0;
        downhill = 0;
        step *= 0.5;
        mixing = firstMixing;
      }
      this->move(step, keep, turn);
    }
    return false;
  }

private:
  struct Sums
  {
    double energy = 0; // squares of overlaps
    double power = 0;  // force times velocity
    double force = 0;  // squared
    double speed = 0;  // squared
    std::uint64_t overlaps = 0;
  };

  static constexpr std::size_t Grain = 2048;

  static double largest(const std::vector<Sphere>& spheres)
  {
    double radius = 0;
    for (const Sphere& sphere : spheres)
    {
      radius = std::max(radius, sphere.bounding);
    }
    return radius * (1 + Slack);
  }

  void listNeighboursWhereMoved()
  {
    double moved = 0;
    for (std::size_t i = 0; i < this->Spheres.size() && this->IsListed; ++i)
    {
      moved =
        std::max(moved, squaredLength(this->Cells.apart(this->Listed[i], this->Spheres[i].centre)));
    }
    if (this->IsListed && 4 * moved < this->Skin * this->Skin)
    {
      return;
    }
    const double most = largest(this->Spheres);
    const SpheresByCell byCell(this->Cells, this->Spheres);
    parallelFor(this->Spheres.size(), Grain,
      [&](std::size_t begin, std::size_t end)
      {
        std::vector<std::uint32_t>& list = this->Neighbours[begin / Grain];
        list.clear();
        for (std::size_t i = begin; i < end; ++i)
        {
          const Sphere& sphere = this->Spheres[i];
          const double own = sphere.bounding * (1 + Slack);
          this->Cells.visit(sphere.centre, own + most + this->Skin,
            [&](std::size_t cell)
            {
              for (const std::uint32_t* j = byCell.begin(cell); j != byCell.end(cell); ++j)
              {
                const Sphere& other = this->Spheres[*j];
                const double reach = own + other.bounding * (1 + Slack) + this->Skin;
                if (*j != i &&
                  squaredLength(this->Cells.apart(sphere.centre, other.centre)) < reach * reach)
                {
                  list.push_back(*j);
                }
              }
              return true;
            });
          this->ListEnd[i] = list.size();
          this->Listed[i] = sphere.centre;
        }
      });
    this->IsListed = true;
  }

  Sums computeForces()
  {
    std::vector<Sums> pieces((this->Spheres.size() - 1) / Grain + 1);
    parallelFor(this->Spheres.size(), Grain,
      [&](std::size_t begin, std::size_t end)
      {
        Sums& sums = pieces[begin / Grain];
        for (std::size_t i = begin; i < end; ++i)
        {
          this->computeForce(i, sums);
        }
      });
    Sums whole;
    for (const Sums& sums : pieces)
    {
      whole.energy += sums.energy;
      whole.power += sums.power;
      whole.force += sums.force;
      whole.speed += sums.speed;
      whole.overlaps += sums.overlaps;
    }
    return whole;
  }

  void computeForce(std::size_t i, Sums& sums)
  {
    const Sphere& sphere = this->Spheres[i];
    Point force{};
    const std::vector<std::uint32_t>& list = this->Neighbours[i / Grain];
    for (std::size_t at = i % Grain == 0 ? 0 : this->ListEnd[i - 1]; at < this->ListEnd[i]; ++at)
    {
      const Sphere& other = this->Spheres[list[at]];
      const double contact = sphere.bounding + other.bounding;
      const double reach = contact * (1 + Slack);
      const Point offset = this->Cells.apart(other.centre, sphere.centre);
      const double squared = squaredLength(offset);
      if (squared >= reach * reach)
      {
        continue;
      }
      sums.overlaps += squared < contact * contact;
      const double distance = std::sqrt(squared);
      sums.energy += (reach - distance) * (reach - distance);
      for (std::size_t axis = 0; axis < 3; ++axis)
      {
        // Two in one place part along x, the one with the lower number downwards.
        const double direction = distance > 0 ? offset[axis] / distance
          : axis > 0                          ? 0
          : i < list[at]                      ? -1
                                              : 1;
        force[axis] += (reach - distance) * direction;
      }
    }
    this->Force[i] = force;
    const Point& velocity = this->Velocity[i];
    sums.power += force[0] * velocity[0] + force[1] * velocity[1] + force[2] * velocity[2];
    sums.force += squaredLength(force);
    sums.speed += squaredLength(velocity);
  }

  void move(double step, double keep, double turn)
  {
    this->eachSphere(
      [&](std::size_t i)
      {
        for (std::size_t axis = 0; axis < 3; ++axis)
        {
          double& velocity = this->Velocity[i][axis];
          velocity = keep * velocity + (turn + step) * this->Force[i][axis];
          this->Spheres[i].centre[axis] += step * velocity;
        }
        this->Spheres[i].centre = this->Cells.wrapped(this->Spheres[i].centre);
      });
  }

  template <typename Body>
  void eachSphere(Body&& body)
  {
    parallelFor(this->Spheres.size(), Grain,
      [&](std::size_t begin, std::size_t end)
      {
        for (std::size_t i = begin; i < end; ++i)
        {
          body(i);
        }
      });
  }

  std::vector<Sphere>& Whole;
  PeriodicCells Cells;
  std::vector<std::uint32_t> Order; // numbers of the spheres, in that of their first cells
  std::vector<Sphere> Spheres;
  double Skin;
  std::vector<Point> Velocity;
  std::vector<Point> Force;
  std::vector<Point> Listed; // where each sphere was when neighbours were listed
  bool IsListed = false;
  std::vector<std::vector<std::uint32_t>> Neighbours; // one after the other, for each piece
  std::vector<std::size_t> ListEnd;                   // of each sphere's neighbours in them
};

/** Everything that both ways of placing share. */
class Placement
{
public:
  Placement(const SyntheticSpecimenOptions& options, const SpecimenOutline& outline,
    const DomainForm& form, const Random& random)
    : Options(options)
    , Outline(outline)
    , Form(form)
    , Generator(random)
    , Target(options.domainFraction * outline.volume())
    , Largest(form.boundingRadius(options.domainRadius.upper))
  {
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      // The second, so that no sphere meets another one on both sides.
      this->Box[axis] =
        std::max(2 * outline.halfExtent()[axis] + 2 * this->Largest, 5 * this->Largest);
    }
  }

  /** Random sequential addition; false where it would not get there in good time. */
  bool addOneByOne(const Progress& progress)
  {
    const double volume = this->Box[0] * this->Box[1] * this->Box[2];
    const PeriodicCells cells(this->Box, 2 * this->Largest, 1e7);
    constexpr std::uint32_t none = 0xFFFFFFFF;
    std::vector<std::uint32_t> first(cells.size(), none); // sphere of each cell
    std::vector<std::uint32_t> next;                      // of the same cell
    std::vector<Sphere> spheres;
    double filled = 0;
    int misses = 0;
    for (std::uint64_t attempt = 0; this->Reached < this->Target; ++attempt)
    {
      if (progress && attempt % 4096 == 0 && !progress(this->Reached / this->Target))
      {
        throw Stopped();
      }
      // A sphere that did not fit tries elsewhere with the radius it has, lest small ones win.
      const Sphere sphere = this->drawn(spheres.size(), Purpose::Placement, attempt);
      const bool fits = cells.visit(sphere.centre, sphere.bounding + this->Largest,
        [&](std::size_t cell)
        {
          for (std::uint32_t i = first[cell]; i != none; i = next[i])
          {
            const double contact = sphere.bounding + spheres[i].bounding;
            if (squaredLength(cells.apart(sphere.centre, spheres[i].centre)) < contact * contact)
            {
              return false;
            }
          }
          return true;
        });
      if (!fits)
      {
        if (++misses > MostMisses)
        {
          return false;
        }
        continue;
      }
      misses = 0;
      filled += ballVolume(sphere.bounding) / volume;
      if (filled > MostBySequence)
      {
        return false;
      }
      const std::size_t cell = cells.cellOf(sphere.centre);
      next.push_back(first[cell]);
      first[cell] = static_cast<std::uint32_t>(spheres.size());
      spheres.push_back(sphere);
      this->take(sphere, spheres.size() - 1);
    }
    return true;
  }

  /** Throws in, pushes apart, and takes; a little denser each time until it suffices. */
  void packAll(const Progress& progress)
  {
    constexpr std::uint32_t mostAttempts = 40;
    constexpr double densest = ClosestPacking + 0.02; // of spheres of different sizes
    const double wanted = this->Options.domainFraction / this->Form.filling();
    double best = 0;
    int failures = 0;
    for (std::uint32_t attempt = 0; attempt < mostAttempts && failures < 2; ++attempt)
    {
      const double fraction = std::min(wanted * (1.006 + 0.004 * attempt), densest);
      if (!this->pack(fraction, attempt, progress))
      {
        ++failures;
        continue;
      }
      best = std::max(best, this->Reached);
      if (this->Reached >= this->Target)
      {
        return;
      }
    }
    // What would have been possible, to tell the user.
    for (std::uint32_t attempt = mostAttempts; best == 0; ++attempt)
    {
      const double fraction = wanted * (1 - 0.03 * (attempt - mostAttempts + 1));
      if (fraction < QuickBySequence || this->pack(fraction, attempt, progress))
      {
        best = this->Reached;
        break;
      }
    }
    best = std::floor(1000 * best / this->Outline.volume()) / 1000;
    throw ParameterError("DomainFraction", shortestNumber(this->Options.domainFraction),
      "at most about " + shortestNumber(best) +
        ", which was reached without overlap of domains of this shape with DomainRadiusRange " +
        shortestNumber(this->Options.domainRadius.lower) + " to " +
        shortestNumber(this->Options.domainRadius.upper) + " nm");
  }

  /** Drops what is too much: the last domains, and then the one that best fits the rest. */
  std::vector<Domain> trimmed()
  {
    while (this->Domains.size() > 1 && this->Reached - this->Volumes.back() >= this->Target)
    {
      this->drop(this->Domains.size() - 1);
    }
    const double surplus = this->Reached - this->Target;
    const auto best = std::min_element(this->Volumes.begin(), this->Volumes.end(),
      [&](double left, double right)
      { return std::abs(left - surplus) < std::abs(right - surplus); });
    if (this->Domains.size() > 1 && std::abs(*best - surplus) < std::abs(surplus))
    {
      this->drop(static_cast<std::size_t>(best - this->Volumes.begin()));
    }
    return std::move(this->Domains);
  }

  void clear()
  {
    this->Domains.clear();
    this->Volumes.clear();
    this->Reached = 0;
  }

private:
  void drop(std::size_t index)
  {
    this->Reached -= this->Volumes[index];
    this->Volumes.erase(this->Volumes.begin() + static_cast<std::ptrdiff_t>(index));
    this->Domains.erase(this->Domains.begin() + static_cast<std::ptrdiff_t>(index));
  }

  /** Sphere number so, at the place that purpose, place and branch tell. */
  Sphere drawn(
    std::uint64_t number, Purpose purpose, std::uint64_t place, std::uint32_t branch = 0) const
  {
    const Random::Words words = this->Generator.words(purpose, place, branch);
    Sphere sphere;
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      sphere.centre[axis] = (uniform(words[axis]) - 0.5) * this->Box[axis];
    }
    const Interval& radius = this->Options.domainRadius;
    const std::uint32_t word = this->Generator.words(Purpose::DomainKind, number)[0];
    sphere.radius = uniform(word, radius.lower, radius.upper);
    sphere.bounding = this->Form.boundingRadius(sphere.radius);
    return sphere;
  }

  /** Fills the box to that fraction; false where the spheres are jammed before they are apart. */
  bool pack(double fraction, std::uint32_t attempt, const Progress& progress)
  {
    std::vector<Sphere> spheres = this->thrownIn(fraction, attempt);
    if (!Parting(spheres, this->Box).run(progress))
    {
      return false;
    }
    this->clear();
    for (std::size_t i = 0; i < spheres.size(); ++i)
    {
      this->take(spheres[i], i);
    }
    return true;
  }

  std::vector<Sphere> thrownIn(double fraction, std::uint32_t attempt) const
  {
    const double volume = fraction * this->Box[0] * this->Box[1] * this->Box[2];
    std::vector<Sphere> spheres;
    double filled = 0;
    while (true)
    {
      const std::size_t number = spheres.size();
      const Sphere sphere = this->drawn(number, Purpose::Packing, number, attempt);
      filled += ballVolume(sphere.bounding);
      if (filled > volume && !spheres.empty())
      {
        return spheres;
      }
      spheres.push_back(sphere);
    }
  }

  /** Takes the domain of a sphere, if it reaches into the specimen. */
  void take(const Sphere& sphere, std::uint64_t number)
  {
    const Random::Words words = this->Generator.words(Purpose::DomainKind, number);
    Domain domain;
    domain.radius = sphere.radius;
    domain.centre = sphere.centre;
    const bool all = this->Options.domainVariants == DomainVariants::All;
    if (this->Options.domainVariants != DomainVariants::One)
    {
      // The translations of L1_0's first orientation are its first two variants.
      const bool firstTwo = !all && this->Options.structure == OrderedStructure::L1_0;
      const int variants = firstTwo ? 2 : variantCount(this->Options.structure);
      domain.variant = static_cast<int>(below(words[1], static_cast<std::uint32_t>(variants)));
    }
    // The basal plane is the only one of its kind in hcp.
    if (all && this->Options.lattice != LatticeType::HCP)
    {
      domain.axis = static_cast<int>(below(words[2], 3));
    }
    const double volume = this->Form.volumeWithin(this->Outline, domain);
    if (volume > 0)
    {
      this->Domains.push_back(domain);
      this->Volumes.push_back(volume);
      this->Reached += volume;
    }
  }

  const SyntheticSpecimenOptions& Options;
  const SpecimenOutline& Outline;
  const DomainForm& Form;
  const Random& Generator;
  double Target;  // nm³
  double Largest; // nm
  Point Box{};
  std::vector<Domain> Domains;
  std::vector<double> Volumes; // nm³ within the specimen
  double Reached = 0;          // their sum
};

} // namespace

std::vector<Domain> placeDomains(const SyntheticSpecimenOptions& options,
  const SpecimenOutline& outline, const DomainForm& form, const Random& random,
  const Progress& progress)
{
  if (!(options.domainFraction > 0))
  {
    return {};
  }
  Placement placement(options, outline, form, random);
  const double fraction = options.domainFraction / form.filling();
  if (fraction > QuickBySequence || !placement.addOneByOne(progress))
  {
    placement.clear();
    placement.packAll(progress);
  }
  return placement.trimmed();
}

} // namespace apt
