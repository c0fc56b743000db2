// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkIonClusterSearch.h"

#include "vtkGatheredIons.h"
#include "vtkIonAlgorithmSupport.h"
#include "vtkIonCloudToPolyData.h"
#include "vtkIonSelection.h"
#include "vtkRanks.h"
#include "vtkTableColumns.h"

#include "ClusterProperties.h"
#include "ClusterSearch.h"
#include "ClusterSweep.h"
#include "RangeFile.h"

#include "vtkInformation.h"
#include "vtkInformationVector.h"
#include "vtkLogger.h"
#include "vtkObjectFactory.h"
#include "vtkPointData.h"
#include "vtkPolyData.h"
#include "vtkTypeInt64Array.h"

#include <algorithm>
#include <memory>

vtkStandardNewMacro(vtkIonClusterSearch);

namespace
{

using aptvtk::newColumn;

constexpr const char* RecipeField = "ClusterSearch";

void fillClusters(vtkTable* table, const std::vector<apt::ClusterProperties>& clusters,
  const std::vector<std::string>& names)
{
  const std::size_t rows = clusters.size();
  const auto fill = [&](const auto& column, const auto& value)
  {
    for (std::size_t row = 0; row < rows; ++row)
    {
      column->SetValue(static_cast<vtkIdType>(row), value(clusters[row]));
    }
  };
  const auto integers = [&](const std::string& name, const auto& value)
  {
    fill(newColumn<vtkTypeInt64Array>(table, name, rows),
      [&](const apt::ClusterProperties& cluster)
      { return static_cast<vtkTypeInt64>(value(cluster)); });
  };
  const auto numbers = [&](const std::string& name, const char* unit, const auto& value)
  { fill(newColumn(table, name, unit, rows), value); };
  using Cluster = apt::ClusterProperties;

  const auto ids = newColumn<vtkTypeInt64Array>(table, apt::arrayName::ClusterId, rows);
  for (std::size_t row = 0; row < rows; ++row)
  {
    ids->SetValue(static_cast<vtkIdType>(row), static_cast<vtkTypeInt64>(row));
  }
  integers("Ions", [](const Cluster& c) { return c.ions; });
  integers("Atoms", [](const Cluster& c) { return c.atoms; });
  constexpr const char* axes = "XYZ";
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    numbers(std::string("Centre") + axes[axis], "nm",
      [axis](const Cluster& c) { return c.centre[axis]; });
  }
  numbers("RadiusOfGyration", "nm", [](const Cluster& c) { return c.radiusOfGyration; });
  numbers("EquivalentRadius", "nm", [](const Cluster& c) { return c.equivalentRadius; });
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    numbers(std::string("Extent") + axes[axis], "nm",
      [axis](const Cluster& c) { return c.extent[axis]; });
  }
  integers("TouchesEdge", [](const Cluster& c) { return c.touchesEdge; });
  for (std::size_t type = 0; type < names.size(); ++type)
  {
    if (std::none_of(clusters.begin(), clusters.end(),
          [type](const Cluster& c) { return c.ionsOfType[type] > 0; }))
    {
      continue;
    }
    integers("Count_" + names[type], [type](const Cluster& c) { return c.ionsOfType[type]; });
    numbers("IonicPercent_" + names[type], "%",
      [type](const Cluster& c) { return 100 * c.fraction(type); });
    numbers("IonicPercentError_" + names[type], "%",
      [type](const Cluster& c) { return 100 * c.fractionError(type); });
  }
}

void fillSweep(vtkTable* table, const apt::ClusterSweep& sweep)
{
  const std::size_t rows = sweep.separations.size();
  const auto separations = newColumn(table, "MaximumSeparation", "nm", rows);
  for (std::size_t row = 0; row < rows; ++row)
  {
    separations->SetValue(static_cast<vtkIdType>(row), sweep.separations[row]);
  }
  for (std::size_t size = 0; size < sweep.sizes.size(); ++size)
  {
    const std::string suffix = "_" + std::to_string(sweep.sizes[size]);
    const auto add = [&](const char* name, const std::vector<apt::ClusterCount>& counts,
                       std::uint64_t apt::ClusterCount::*what)
    {
      const auto column = newColumn<vtkTypeInt64Array>(table, name + suffix, rows);
      for (std::size_t row = 0; row < rows; ++row)
      {
        column->SetValue(static_cast<vtkIdType>(row),
          static_cast<vtkTypeInt64>(counts[row * sweep.sizes.size() + size].*what));
      }
    };
    add("Clusters", sweep.counts, &apt::ClusterCount::clusters);
    add("ControlClusters", sweep.inControl, &apt::ClusterCount::clusters);
    add("ClusteredIons", sweep.counts, &apt::ClusterCount::ions);
    add("ControlClusteredIons", sweep.inControl, &apt::ClusterCount::ions);
  }
}

} // namespace

vtkIonClusterSearch::vtkIonClusterSearch()
{
  this->SetNumberOfOutputPorts(3);
}

vtkIonClusterSearch::~vtkIonClusterSearch() = default;

void vtkIonClusterSearch::AddIon(const char* name)
{
  if (name && *name)
  {
    this->Ions.emplace_back(name);
    this->Modified();
  }
}

void vtkIonClusterSearch::ClearIons()
{
  if (!this->Ions.empty())
  {
    this->Ions.clear();
    this->Modified();
  }
}

std::vector<std::string> vtkIonClusterSearch::GetRecipe() const
{
  const auto number = [](double value) { return apt::shortestNumber(value); };
  std::string ions;
  for (const std::string& ion : this->Ions)
  {
    ions += (ions.empty() ? "" : " ") + ion;
  }
  return { "Method=" + std::to_string(this->Method), "Ions=" + ions,
    "OnlyOrdered=" + std::to_string(this->OnlyOrdered),
    "MaximumSeparation=" + number(this->MaximumSeparation), "Order=" + std::to_string(this->Order),
    "MinimumNeighbours=" + std::to_string(this->MinimumNeighbours),
    "MinimumSize=" + std::to_string(this->MinimumSize),
    "EnvelopeDistance=" + number(this->EnvelopeDistance),
    "ErosionDistance=" + number(this->ErosionDistance),
    "DetectionEfficiency=" + number(this->DetectionEfficiency),
    "AtomicDensity=" + number(this->AtomicDensity), "Sweep=" + std::to_string(this->Sweep),
    "SweepSeparationRange=" + number(this->SweepSeparationRange[0]) + " " +
      number(this->SweepSeparationRange[1]),
    "SweepSeparationSteps=" + std::to_string(this->SweepSeparationSteps),
    "SweepSizeRange=" + std::to_string(this->SweepSizeRange[0]) + " " +
      std::to_string(this->SweepSizeRange[1]),
    "SweepSizeSteps=" + std::to_string(this->SweepSizeSteps),
    "Seed=" + std::to_string(this->Seed) };
}

int vtkIonClusterSearch::FillInputPortInformation(int, vtkInformation* info)
{
  info->Set(vtkAlgorithm::INPUT_REQUIRED_DATA_TYPE(), "vtkPointSet");
  return 1;
}

int vtkIonClusterSearch::FillOutputPortInformation(int port, vtkInformation* info)
{
  info->Set(vtkDataObject::DATA_TYPE_NAME(), port == 0 ? "vtkPolyData" : "vtkTable");
  return 1;
}

int vtkIonClusterSearch::RequestData(
  vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector* outputVector)
{
  vtkPointSet* input = vtkPointSet::GetData(inputVector[0]);
  vtkPolyData* output = vtkPolyData::GetData(outputVector, 0);
  vtkTable* clusterTable = vtkTable::GetData(outputVector, 1);
  vtkTable* sweepTable = vtkTable::GetData(outputVector, 2);
  aptvtk::reportErrors(this,
    [&]
    {
      const aptvtk::Ranks ranks;
      const auto size = static_cast<std::size_t>(input->GetNumberOfPoints());
      const std::vector<std::string> names = ranks.firstNames(aptvtk::ionNamesOf(input));
      const float* positions = nullptr;
      const std::int16_t* types = nullptr;
      vtkSmartPointer<vtkDataArray> keptPositions;
      vtkSmartPointer<vtkDataArray> keptTypes;
      vtkSmartPointer<vtkDataArray> ordered;
      vtkSmartPointer<vtkDataArray> clusterId;
      apt::ClusterSearchOptions options;
      apt::ClusterIons ions;
      ranks.together(
        [&]
        {
          if (this->Method != MAXIMUM_SEPARATION && this->Method != DBSCAN)
          {
            throw apt::ParameterError(
              "Method", std::to_string(this->Method), "0 (MaximumSeparation) or 1 (DBSCAN)");
          }
          options.method = static_cast<apt::ClusterMethod>(this->Method);
          options.maximumSeparation = this->MaximumSeparation;
          options.order = this->Order;
          options.minimumNeighbours = this->MinimumNeighbours;
          options.minimumSize = this->MinimumSize;
          options.envelopeDistance = this->EnvelopeDistance;
          options.erosionDistance = this->ErosionDistance;
          keptPositions = aptvtk::positionsOf(input, positions);
          keptTypes = aptvtk::ionOf(input, types);
          if (this->OnlyOrdered)
          {
            ordered = aptvtk::pointArray(input, apt::arrayName::Ordered, VTK_TYPE_INT8,
              "apply AtomNet Segmentation first, or switch OnlyOrdered off");
          }
          ions.selectedTypes = aptvtk::selectedTypes("Ions", this->Ions, names);
          clusterId = aptvtk::newArray({ apt::arrayName::ClusterId, "", apt::ValueType::Int32, 1 },
            input->GetNumberOfPoints());
        });

      ions.size = size;
      ions.positions = positions;
      ions.type = types;
      ions.ordered = ordered ? static_cast<std::int8_t*>(ordered->GetVoidPointer(0)) : nullptr;
      auto* const own = static_cast<std::int32_t*>(clusterId->GetVoidPointer(0));
      std::int32_t* ids = own;
      std::vector<std::size_t> counts;
      std::vector<float> allPositions;
      std::vector<std::int16_t> allTypes;
      std::vector<std::int8_t> allOrdered;
      std::unique_ptr<std::int32_t[]> allIds;
      if (ranks.several())
      {
        counts = ranks.all(size);
        allPositions = aptvtk::gathered(ranks, counts, positions, 3);
        allTypes = aptvtk::gathered(ranks, counts, types);
        if (this->OnlyOrdered)
        {
          allOrdered = aptvtk::gathered(ranks, counts, ions.ordered);
        }
        ions.size = allTypes.size();
        ions.positions = allPositions.data();
        ions.type = allTypes.data();
        ions.ordered = this->OnlyOrdered ? allOrdered.data() : nullptr;
      }
      ranks.together(
        [&]
        {
          if (!ranks.isFirst())
          {
            return;
          }
          if (ranks.several())
          {
            vtkLogF(INFO, "Ion Cluster Search: %zu ions of %d ranks gathered on the first",
              ions.size, ranks.count());
            allIds.reset(new std::int32_t[ions.size]);
            ids = allIds.get();
          }
          apt::ClusterPropertiesOptions propertiesOptions;
          propertiesOptions.detectionEfficiency = this->DetectionEfficiency;
          propertiesOptions.atomicDensity = this->AtomicDensity;
          const apt::Progress progress = aptvtk::progressOf(this);
          const double share = this->Sweep ? 0.3 : 1;
          const std::vector<std::uint64_t> sizes =
            apt::clusterSearch(ions, options, ids, apt::subProgress(progress, 0, 0.8 * share));
          const std::vector<apt::ClusterProperties> clusters =
            apt::describeClusters(ions, ids, sizes, apt::atomsByName(names), propertiesOptions,
              apt::subProgress(progress, 0.8 * share, share));
          if (this->Sweep)
          {
            apt::ClusterSweepOptions sweepOptions;
            sweepOptions.lowestSeparation = this->SweepSeparationRange[0];
            sweepOptions.highestSeparation = this->SweepSeparationRange[1];
            sweepOptions.separationSteps = this->SweepSeparationSteps;
            sweepOptions.lowestSize = this->SweepSizeRange[0];
            sweepOptions.highestSize = this->SweepSizeRange[1];
            sweepOptions.sizeSteps = this->SweepSizeSteps;
            sweepOptions.seed = static_cast<std::uint64_t>(this->Seed);
            fillSweep(sweepTable,
              apt::clusterSweep(ions, options, sweepOptions, apt::subProgress(progress, share, 1)));
          }
          fillClusters(clusterTable, clusters, names);
        });
      if (ranks.several())
      {
        ranks.scatter(ids, aptvtk::bytesOf(counts, sizeof(std::int32_t)), own);
      }

      aptvtk::shareIons(input, output);
      output->GetPointData()->AddArray(clusterId);
      output->GetPointData()->SetActiveScalars(apt::arrayName::ClusterId);
      for (vtkDataObject* object : { static_cast<vtkDataObject*>(output),
             static_cast<vtkDataObject*>(clusterTable), static_cast<vtkDataObject*>(sweepTable) })
      {
        aptvtk::setField(object, RecipeField, this->GetRecipe());
      }
    });
  return 1;
}

void vtkIonClusterSearch::PrintSelf(ostream& os, vtkIndent indent)
{
  this->Superclass::PrintSelf(os, indent);
  for (const std::string& line : this->GetRecipe())
  {
    os << indent << line << "\n";
  }
}
