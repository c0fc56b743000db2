// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "MassPeaks.h"

#include "Error.h"
#include "Ion.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace apt
{

namespace
{

constexpr double ElectronMass = 0.000548579909;       // Da, CODATA 2018
constexpr double SigmasPerWidth = 2.3548200450309493; // full width at half maximum of a normal peak
constexpr double RarestPeak = 1e-3;

// The tail: its share of the ions, and its decay and its end in full widths at half maximum.
constexpr double TailShare = 0.15;
constexpr double TailDecay = 0.6;
constexpr double TailEnd = 2;

struct ChargeStates
{
  const char* symbol;
  std::array<double, 3> fractions; // 1+, 2+, 3+
};

constexpr ChargeStates usualChargeStates[] = {
  { "H", { 1, 0, 0 } },
  { "He", { 1, 0, 0 } },
  { "Li", { 1, 0, 0 } },
  { "Be", { 0.3, 0.7, 0 } },
  { "B", { 0.4, 0.6, 0 } },
  { "C", { 0.5, 0.5, 0 } },
  { "N", { 1, 0, 0 } },
  { "O", { 1, 0, 0 } },
  { "F", { 1, 0, 0 } },
  { "Na", { 1, 0, 0 } },
  { "Mg", { 0.2, 0.8, 0 } },
  { "Al", { 0.7, 0.3, 0 } },
  { "Si", { 0.2, 0.8, 0 } },
  { "P", { 0.6, 0.4, 0 } },
  { "S", { 1, 0, 0 } },
  { "Cl", { 1, 0, 0 } },
  { "K", { 1, 0, 0 } },
  { "Ca", { 0.3, 0.7, 0 } },
  { "Sc", { 0, 0.9, 0.1 } },
  { "Ti", { 0, 0.9, 0.1 } },
  { "V", { 0, 0.9, 0.1 } },
  { "Cr", { 0.15, 0.85, 0 } },
  { "Mn", { 0.2, 0.8, 0 } },
  { "Fe", { 0.1, 0.9, 0 } },
  { "Co", { 0.3, 0.7, 0 } },
  { "Ni", { 0.3, 0.7, 0 } },
  { "Cu", { 0.7, 0.3, 0 } },
  { "Zn", { 0.4, 0.6, 0 } },
  { "Ga", { 0.8, 0.2, 0 } },
  { "Ge", { 0.4, 0.6, 0 } },
  { "As", { 0.6, 0.4, 0 } },
  { "Rb", { 1, 0, 0 } },
  { "Y", { 0, 0.7, 0.3 } },
  { "Zr", { 0, 0.6, 0.4 } },
  { "Nb", { 0, 0.4, 0.6 } },
  { "Mo", { 0, 0.7, 0.3 } },
  { "Ru", { 0.1, 0.9, 0 } },
  { "Rh", { 0.3, 0.7, 0 } },
  { "Pd", { 0.6, 0.4, 0 } },
  { "Ag", { 1, 0, 0 } },
  { "Cd", { 0.9, 0.1, 0 } },
  { "In", { 1, 0, 0 } },
  { "Sn", { 0.4, 0.6, 0 } },
  { "Sb", { 0.6, 0.4, 0 } },
  { "Te", { 0.6, 0.4, 0 } },
  { "Cs", { 1, 0, 0 } },
  { "La", { 0, 0.6, 0.4 } },
  { "Ce", { 0, 0.7, 0.3 } },
  { "Nd", { 0, 0.7, 0.3 } },
  { "Gd", { 0, 0.7, 0.3 } },
  { "Hf", { 0, 0.3, 0.7 } },
  { "Ta", { 0, 0.2, 0.8 } },
  { "W", { 0, 0.3, 0.7 } },
  { "Re", { 0, 0.4, 0.6 } },
  { "Os", { 0, 0.6, 0.4 } },
  { "Ir", { 0, 0.8, 0.2 } },
  { "Pt", { 0.2, 0.8, 0 } },
  { "Au", { 0.6, 0.4, 0 } },
  { "Hg", { 0.8, 0.2, 0 } },
  { "Pb", { 0.4, 0.6, 0 } },
  { "Bi", { 0.5, 0.5, 0 } },
  { "U", { 0, 0.4, 0.6 } },
};

std::array<double, 3> chargeStatesOf(const std::string& symbol)
{
  for (const ChargeStates& row : usualChargeStates)
  {
    if (symbol == row.symbol)
    {
      return row.fractions;
    }
  }
  return { 0.5, 0.5, 0 };
}

double sigmaAt(double massToCharge, double resolvingPower)
{
  return massToCharge / resolvingPower / SigmasPerWidth;
}

double tailAt(double massToCharge, double resolvingPower)
{
  return TailEnd * massToCharge / resolvingPower;
}

/** Outwards to a tenth of a millidalton, as range files are written. */
double roundedDown(double bound)
{
  return std::floor(bound * 1e4) / 1e4;
}

double roundedUp(double bound)
{
  return std::ceil(bound * 1e4) / 1e4;
}

std::vector<MassPeak> allPeaks(const std::vector<std::string>& symbols, double resolvingPower)
{
  std::vector<MassPeak> peaks;
  for (std::size_t i = 0; i < symbols.size(); ++i)
  {
    const Element* element = findElement(symbols[i]);
    if (!element || element->isotopes.empty())
    {
      throw ParameterError("Composition", "of \"" + symbols[i] + "\"",
        "symbols of elements that occur in nature, such as Al");
    }
    const std::array<double, 3> states = chargeStatesOf(symbols[i]);
    for (const Isotope& isotope : element->isotopes)
    {
      for (int charge = 1; charge <= 3; ++charge)
      {
        MassPeak peak;
        peak.element = i;
        peak.massNumber = isotope.massNumber;
        peak.charge = charge;
        peak.massToCharge = isotope.mass / charge - ElectronMass;
        peak.fraction = isotope.abundance * states[static_cast<std::size_t>(charge - 1)];
        const double core =
          static_cast<double>(MassPeaks::CoreEnd) * sigmaAt(peak.massToCharge, resolvingPower);
        peak.lower = roundedDown(peak.massToCharge - core);
        peak.upper =
          roundedUp(peak.massToCharge + core + tailAt(peak.massToCharge, resolvingPower));
        if (peak.fraction >= RarestPeak && peak.lower > 0)
        {
          peaks.push_back(peak);
        }
      }
    }
  }
  return peaks;
}

/** Whether ranges of two elements would have a ratio in common. */
bool clash(const MassPeak& left, const MassPeak& right)
{
  // As float32, bounds a tenth of a millidalton apart may be one number.
  constexpr double apart = 1e-4;
  return left.element != right.element && left.lower < right.upper + apart &&
    right.lower < left.upper + apart;
}

/** The strongest peaks that can stand side by side, at least one for each element. */
std::vector<MassPeak> separablePeaks(const std::vector<std::string>& symbols, double resolvingPower)
{
  std::vector<MassPeak> left = allPeaks(symbols, resolvingPower);
  std::stable_sort(left.begin(), left.end(),
    [](const MassPeak& a, const MassPeak& b) { return a.fraction > b.fraction; });
  std::vector<MassPeak> taken;
  for (const MassPeak& peak : left)
  {
    if (std::none_of(
          taken.begin(), taken.end(), [&](const MassPeak& other) { return clash(peak, other); }))
    {
      taken.push_back(peak);
    }
  }
  // An element that went away empty gets its strongest peak for which others have a replacement.
  const auto peaksOf = [&](std::size_t element)
  {
    return std::count_if(
      taken.begin(), taken.end(), [&](const MassPeak& peak) { return peak.element == element; });
  };
  for (std::size_t element = 0; element < symbols.size(); ++element)
  {
    std::string rival;
    for (const MassPeak& peak : left)
    {
      if (peaksOf(element) > 0)
      {
        break;
      }
      if (peak.element != element)
      {
        continue;
      }
      const std::vector<MassPeak> before = taken;
      taken.erase(std::remove_if(taken.begin(), taken.end(),
                    [&](const MassPeak& other) { return clash(peak, other); }),
        taken.end());
      taken.push_back(peak);
      for (const MassPeak& gone : before)
      {
        if (peaksOf(gone.element) == 0)
        {
          rival = symbols[gone.element];
          taken = before;
          break;
        }
      }
    }
    if (peaksOf(element) == 0)
    {
      throw ParameterError("MassResolvingPower", shortestNumber(resolvingPower),
        "more, so that " + symbols[element] + " and " + (rival.empty() ? "others" : rival) +
          " can be told apart");
    }
  }
  std::sort(taken.begin(), taken.end(),
    [](const MassPeak& a, const MassPeak& b)
    { return a.element != b.element ? a.element < b.element : a.massToCharge < b.massToCharge; });
  return taken;
}

} // namespace

MassPeaks::MassPeaks(const std::vector<std::string>& elements, double resolvingPower)
{
  if (!(resolvingPower > 0) || !std::isfinite(resolvingPower))
  {
    throw ParameterError("MassResolvingPower", shortestNumber(resolvingPower), "more than 0");
  }
  this->Peaks = separablePeaks(elements, resolvingPower);
  for (std::size_t element = 0; element < elements.size(); ++element)
  {
    const auto isOwn = [&](const MassPeak& peak) { return peak.element == element; };
    const auto begin = std::find_if(this->Peaks.begin(), this->Peaks.end(), isOwn);
    const auto end = std::find_if_not(begin, this->Peaks.end(), isOwn);
    const double whole = std::accumulate(
      begin, end, 0.0, [](double sum, const MassPeak& peak) { return sum + peak.fraction; });
    this->FirstLine.push_back(this->Lines.size());
    double upTo = 0;
    for (auto peak = begin; peak != end; ++peak)
    {
      peak->fraction /= whole;
      upTo += peak->fraction;
      this->Lines.push_back({ static_cast<std::uint64_t>(std::llround(std::ldexp(upTo, 32))),
        peak->massToCharge, sigmaAt(peak->massToCharge, resolvingPower),
        tailAt(peak->massToCharge, resolvingPower) });

      // Peaks of one element that run into each other share a range.
      Range* last = this->Ranges.empty() ? nullptr : &this->Ranges.back();
      if (peak != begin && peak->lower <= last->upper)
      {
        last->upper = std::max(last->upper, peak->upper);
        continue;
      }
      Range range;
      range.lower = peak->lower;
      range.upper = peak->upper;
      range.constituents = { { elements[element], 1 } };
      range.color = defaultColor(element);
      this->Ranges.push_back(range);
    }
    this->Lines.back().upTo = std::uint64_t{ 1 } << 32;
  }
  this->FirstLine.push_back(this->Lines.size());
}

float MassPeaks::massToCharge(
  std::size_t element, std::uint32_t isotope, std::uint32_t tail, float normal) const
{
  const Line* line = &this->Lines[this->FirstLine[element]];
  while (isotope >= line->upTo)
  {
    ++line;
  }
  double ratio = line->centre + static_cast<double>(normal) * line->sigma;
  const double share = uniform(tail);
  if (share < TailShare)
  {
    // The inverse of an exponential distribution's integral, cut off at the end of the tail.
    const double cut = 1 - std::exp(-TailEnd / TailDecay);
    ratio -= line->tail * (TailDecay / TailEnd) * std::log1p(-cut * share / TailShare);
  }
  return static_cast<float>(ratio);
}

} // namespace apt
