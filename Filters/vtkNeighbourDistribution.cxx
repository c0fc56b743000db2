// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkNeighbourDistribution.h"

#include "vtkGatheredIons.h"
#include "vtkIonAlgorithmSupport.h"
#include "vtkIonCloudToPolyData.h"
#include "vtkIonSelection.h"
#include "vtkRanks.h"
#include "vtkTableColumns.h"

#include "NeighbourDistribution.h"

#include "vtkDataArray.h"
#include "vtkInformation.h"
#include "vtkInformationVector.h"
#include "vtkLogger.h"
#include "vtkObjectFactory.h"
#include "vtkPointData.h"
#include "vtkPointSet.h"
#include "vtkTable.h"
#include "vtkTypeInt32Array.h"
#include "vtkTypeInt64Array.h"

#include <algorithm>

vtkStandardNewMacro(vtkNeighbourDistribution);

namespace
{

using aptvtk::newColumn;

/** A column whose name says the unit too. */
void addColumn(vtkTable* table, const std::string& name, const std::string& unit,
  const std::vector<double>& values)
{
  const auto column =
    newColumn(table, unit.empty() ? name : name + " (" + unit + ")", unit.c_str(), values.size());
  std::copy(values.begin(), values.end(), column->GetPointer(0));
}

void addColumn(vtkTable* table, const std::string& name, const std::vector<std::uint64_t>& values)
{
  const auto column = newColumn<vtkTypeInt64Array>(table, name, values.size());
  std::copy(values.begin(), values.end(), column->GetPointer(0));
}

void addColumns(vtkTable* table, const std::string& name, const std::string& unit,
  const apt::WithControl& quantity)
{
  addColumn(table, name, unit, quantity.values);
  addColumn(table, name + "Control", unit, quantity.controlMean);
  addColumn(table, name + "ControlDeviation", unit, quantity.controlDeviation);
}

void addBins(vtkTable* table, const apt::NeighbourDistribution& distribution)
{
  const auto centres = newColumn(table, "bin_extents", "nm", distribution.bins);
  for (std::size_t bin = 0; bin < distribution.bins; ++bin)
  {
    centres->SetValue(static_cast<vtkIdType>(bin), distribution.centreOfBin(bin));
  }
}

void fillSummary(vtkTable* table, const apt::NeighbourDistribution& distribution)
{
  const std::size_t rows = distribution.orders.size();
  const auto order = newColumn<vtkTypeInt32Array>(table, "Neighbour", rows);
  apt::WithControl mean;
  std::vector<double> deviation;
  std::vector<std::uint64_t> beyond;
  for (std::size_t row = 0; row < rows; ++row)
  {
    const apt::NeighbourOrderDistances& distances = distribution.orders[row];
    order->SetValue(static_cast<vtkIdType>(row), static_cast<int>(row) + 1);
    mean.values.push_back(distances.mean.values[0]);
    mean.controlMean.push_back(distances.mean.controlMean[0]);
    mean.controlDeviation.push_back(distances.mean.controlDeviation[0]);
    deviation.push_back(distances.deviation);
    beyond.push_back(distances.beyond);
  }
  addColumns(table, "MeanDistance", "nm", mean);
  addColumn(table, "Deviation", "nm", deviation);
  addColumn(table, "Beyond", beyond);
}

void add(vtkObject* filter, std::vector<std::string>& names, const char* name)
{
  if (name && *name)
  {
    names.emplace_back(name);
    filter->Modified();
  }
}

void clear(vtkObject* filter, std::vector<std::string>& names)
{
  if (!names.empty())
  {
    names.clear();
    filter->Modified();
  }
}

} // namespace

vtkNeighbourDistribution::vtkNeighbourDistribution()
{
  this->SetNumberOfOutputPorts(4);
}

vtkNeighbourDistribution::~vtkNeighbourDistribution() = default;

void vtkNeighbourDistribution::AddCentreIon(const char* name)
{
  add(this, this->CentreIons, name);
}

void vtkNeighbourDistribution::ClearCentreIons()
{
  clear(this, this->CentreIons);
}

void vtkNeighbourDistribution::AddNeighbourIon(const char* name)
{
  add(this, this->NeighbourIons, name);
}

void vtkNeighbourDistribution::ClearNeighbourIons()
{
  clear(this, this->NeighbourIons);
}

int vtkNeighbourDistribution::FillInputPortInformation(int, vtkInformation* info)
{
  info->Set(vtkAlgorithm::INPUT_REQUIRED_DATA_TYPE(), "vtkPointSet");
  return 1;
}

int vtkNeighbourDistribution::RequestData(
  vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector* outputVector)
{
  vtkPointSet* input = vtkPointSet::GetData(inputVector[0]);
  aptvtk::reportErrors(this,
    [&]
    {
      const aptvtk::Ranks ranks;
      apt::NeighbourDistributionOptions options;
      const float* positions = nullptr;
      const std::int16_t* ion = nullptr;
      vtkSmartPointer<vtkDataArray> keptPositions;
      vtkSmartPointer<vtkDataArray> keptIon;
      const auto size = static_cast<std::size_t>(input->GetNumberOfPoints());
      const std::vector<std::string> names = ranks.firstNames(aptvtk::ionNamesOf(input));
      const bool chosen = !this->CentreIons.empty() || !this->NeighbourIons.empty();
      const bool hasIon =
        ranks.least(size == 0 || input->GetPointData()->HasArray(apt::arrayName::Ion)) > 0;
      ranks.together(
        [&]
        {
          keptPositions = aptvtk::positionsOf(input, positions);
          if (hasIon || chosen)
          {
            keptIon = aptvtk::ionOf(input, ion);
          }
          options.centreTypes = aptvtk::selectedTypes("CentreIons", this->CentreIons, names);
          options.neighbourTypes =
            aptvtk::selectedTypes("NeighbourIons", this->NeighbourIons, names);
          options.neighbours = this->NumberOfNeighbours;
          options.maximumDistance = this->MaximumDistance;
          options.binWidth = this->BinWidth;
          options.onlyInterior = this->OnlyInteriorCentres;
          options.controls = this->NumberOfControls;
          options.seed = static_cast<std::uint64_t>(this->Seed);
          options.maximumPairs = this->MaximumPairs;
        });

      apt::NeighbourDistributionInput ions{ size, positions, ion };
      std::vector<float> allPositions;
      std::vector<std::int16_t> allIon;
      if (ranks.several())
      {
        const std::vector<std::size_t> counts = ranks.all(size);
        allPositions = aptvtk::gathered(ranks, counts, positions, 3);
        if (hasIon)
        {
          allIon = aptvtk::gathered(ranks, counts, ion);
        }
        if (!ranks.isFirst())
        {
          return;
        }
        ions = { allPositions.size() / 3, allPositions.data(), hasIon ? allIon.data() : nullptr };
        vtkLogF(INFO, "Neighbour Distribution: %zu ions of %d ranks gathered on the first",
          ions.size, ranks.count());
      }
      const apt::NeighbourDistribution distribution =
        apt::neighbourDistribution(ions, options, aptvtk::progressOf(this));

      vtkTable* const distances = vtkTable::GetData(outputVector, 0);
      vtkTable* const correlation = vtkTable::GetData(outputVector, 1);
      vtkTable* const counts = vtkTable::GetData(outputVector, 2);
      vtkTable* const summary = vtkTable::GetData(outputVector, 3);
      addBins(distances, distribution);
      addBins(correlation, distribution);
      addBins(counts, distribution);
      addColumns(correlation, "PairCorrelation", "", distribution.pairCorrelation);
      addColumn(correlation, "RadialDistribution", "", distribution.radialDistribution);
      addColumn(counts, "Pairs", distribution.pairs);
      addColumn(counts, "Density", "1/nm3", distribution.density);
      for (std::size_t order = 0; order < distribution.orders.size(); ++order)
      {
        const std::string name = "Neighbour" + std::to_string(order + 1);
        addColumns(distances, name, "1/nm", distribution.orders[order].density);
        addColumn(counts, name + "Centres", distribution.orders[order].counts);
      }
      fillSummary(summary, distribution);

      for (vtkTable* table : { distances, correlation, counts, summary })
      {
        aptvtk::setField(table, "CentreIons", this->CentreIons);
        aptvtk::setField(table, "NeighbourIons", this->NeighbourIons);
        aptvtk::setField(table, "MaximumDistance", std::vector<double>{ this->MaximumDistance });
        aptvtk::setField(table, "BinWidth", std::vector<double>{ this->BinWidth });
        aptvtk::setField(
          table, "OnlyInteriorCentres", static_cast<long long>(this->OnlyInteriorCentres));
        aptvtk::setField(table, "NumberOfControls", static_cast<long long>(this->NumberOfControls));
        aptvtk::setField(table, "Seed", static_cast<long long>(this->Seed));
        aptvtk::setField(table, "Ions", static_cast<long long>(distribution.ions));
        aptvtk::setField(table, "Centres", static_cast<long long>(distribution.centreIons));
        aptvtk::setField(table, "Neighbours", static_cast<long long>(distribution.neighbourIons));
      }
    });
  return 1;
}

void vtkNeighbourDistribution::PrintSelf(ostream& os, vtkIndent indent)
{
  this->Superclass::PrintSelf(os, indent);
  os << indent << "CentreIons: " << aptvtk::joined(this->CentreIons) << "\n"
     << indent << "NeighbourIons: " << aptvtk::joined(this->NeighbourIons) << "\n"
     << indent << "NumberOfNeighbours: " << this->NumberOfNeighbours << "\n"
     << indent << "MaximumDistance: " << this->MaximumDistance << "\n"
     << indent << "BinWidth: " << this->BinWidth << "\n"
     << indent << "OnlyInteriorCentres: " << this->OnlyInteriorCentres << "\n"
     << indent << "NumberOfControls: " << this->NumberOfControls << "\n"
     << indent << "Seed: " << this->Seed << "\n"
     << indent << "MaximumPairs: " << this->MaximumPairs << "\n";
}
