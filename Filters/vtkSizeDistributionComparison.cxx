// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkSizeDistributionComparison.h"

#include "vtkGatheredIons.h"
#include "vtkIonAlgorithmSupport.h"
#include "vtkIonCloudToPolyData.h"
#include "vtkRanks.h"
#include "vtkTableColumns.h"

#include "RangeFile.h"
#include "SizeDistribution.h"

#include "vtkInformation.h"
#include "vtkInformationVector.h"
#include "vtkObjectFactory.h"
#include "vtkStringArray.h"
#include "vtkTypeInt32Array.h"
#include "vtkTypeInt64Array.h"

#include <cmath>

vtkStandardNewMacro(vtkSizeDistributionComparison);

namespace
{

using aptvtk::newColumn;

/** The sizes in one table; a rank without clusters may have no columns at all. */
std::vector<std::int64_t> sizesOf(vtkTable* table, const std::string& column)
{
  std::vector<std::int64_t> sizes;
  if (table->GetNumberOfColumns() == 0)
  {
    return sizes;
  }
  auto* array = vtkDataArray::SafeDownCast(table->GetColumnByName(column.c_str()));
  if (!array || array->GetNumberOfComponents() != 1)
  {
    std::string names;
    for (vtkIdType i = 0; i < table->GetNumberOfColumns(); ++i)
    {
      const char* name = table->GetColumnName(i);
      names += (names.empty() ? "" : ", ") + std::string(name ? name : "(unnamed)");
    }
    throw apt::Error("an input has no column " + column + " of numbers (it has: " + names +
      "); choose the port Clusters of Ion Cluster Search, or another SizeColumn");
  }
  for (vtkIdType row = 0; row < array->GetNumberOfTuples(); ++row)
  {
    const double size = array->GetComponent(row, 0);
    if (!(std::fabs(size) <= 9e15 && size == std::floor(size)))
    {
      throw apt::ParameterError("row " + std::to_string(row) + " of column " + column,
        apt::shortestNumber(size), "a whole number of ions");
    }
    sizes.push_back(static_cast<std::int64_t>(size));
  }
  return sizes;
}

void fillDistributions(vtkTable* table, const apt::SizeDistributions& distributions,
  const std::vector<std::string>& names)
{
  const std::size_t rows = distributions.bins.size();
  const auto sizes = newColumn<vtkTypeInt64Array>(table, "bin_extents", rows);
  for (std::size_t row = 0; row < rows; ++row)
  {
    sizes->SetValue(static_cast<vtkIdType>(row), distributions.bins[row] * distributions.binWidth);
  }
  for (std::size_t set = 0; set < names.size(); ++set)
  {
    const auto counts = newColumn<vtkTypeInt64Array>(table, names[set] + " clusters", rows);
    const auto shares = newColumn(table, names[set] + " frequency", "", rows);
    const auto total = static_cast<double>(distributions.totals[set]);
    for (std::size_t row = 0; row < rows; ++row)
    {
      const std::uint64_t count = distributions.counts[set][row];
      counts->SetValue(static_cast<vtkIdType>(row), static_cast<vtkTypeInt64>(count));
      shares->SetValue(static_cast<vtkIdType>(row), static_cast<double>(count) / total);
    }
  }
}

void fillComparisons(vtkTable* table, const apt::SizeDistributions& distributions,
  const std::vector<std::string>& names, const apt::SizeDistributionOptions& options)
{
  const std::size_t sets = names.size();
  const std::size_t rows = sets * (sets - 1) / 2;
  const auto first = newColumn<vtkStringArray>(table, "First", rows);
  const auto second = newColumn<vtkStringArray>(table, "Second", rows);
  const auto firstCount = newColumn<vtkTypeInt64Array>(table, "FirstClusters", rows);
  const auto secondCount = newColumn<vtkTypeInt64Array>(table, "SecondClusters", rows);
  const auto mu = newColumn(table, "Mu", "", rows);
  const auto muOfEqualTotals = newColumn(table, "MuOfEqualTotals", "", rows);
  const auto chiSquared = newColumn(table, "ChiSquared", "", rows);
  const auto freedom = newColumn<vtkTypeInt32Array>(table, "DegreesOfFreedom", rows);
  const auto pValue = newColumn(table, "PValue", "", rows);
  vtkIdType row = 0;
  for (std::size_t i = 0; i < sets; ++i)
  {
    for (std::size_t j = i + 1; j < sets; ++j, ++row)
    {
      const apt::SizeComparison comparison = apt::compareSizes(distributions, i, j, options);
      first->SetValue(row, names[i]);
      second->SetValue(row, names[j]);
      firstCount->SetValue(row, static_cast<vtkTypeInt64>(distributions.totals[i]));
      secondCount->SetValue(row, static_cast<vtkTypeInt64>(distributions.totals[j]));
      mu->SetValue(row, comparison.mu);
      muOfEqualTotals->SetValue(row, comparison.muOfEqualTotals);
      chiSquared->SetValue(row, comparison.chiSquared);
      freedom->SetValue(row, comparison.degreesOfFreedom);
      pValue->SetValue(row, comparison.pValue);
    }
  }
}

} // namespace

vtkSizeDistributionComparison::vtkSizeDistributionComparison()
{
  this->SetNumberOfOutputPorts(2);
}

vtkSizeDistributionComparison::~vtkSizeDistributionComparison() = default;

void vtkSizeDistributionComparison::AddName(const char* name)
{
  if (name && *name)
  {
    this->Names.emplace_back(name);
    this->Modified();
  }
}

void vtkSizeDistributionComparison::ClearNames()
{
  if (!this->Names.empty())
  {
    this->Names.clear();
    this->Modified();
  }
}

int vtkSizeDistributionComparison::FillInputPortInformation(int, vtkInformation* info)
{
  info->Set(vtkAlgorithm::INPUT_REQUIRED_DATA_TYPE(), "vtkTable");
  info->Set(vtkAlgorithm::INPUT_IS_REPEATABLE(), 1);
  return 1;
}

int vtkSizeDistributionComparison::RequestData(
  vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector* outputVector)
{
  aptvtk::reportErrors(this,
    [&]
    {
      const aptvtk::Ranks ranks;
      std::vector<std::vector<std::int64_t>> sizes;
      ranks.together(
        [&]
        {
          for (int i = 0; i < inputVector[0]->GetNumberOfInformationObjects(); ++i)
          {
            sizes.push_back(sizesOf(vtkTable::GetData(inputVector[0], i), this->SizeColumn));
          }
          if (sizes.size() < 2)
          {
            throw apt::ParameterError("number of inputs", std::to_string(sizes.size()),
              "2 or more cluster tables: select several in the pipeline, then this filter");
          }
        });
      if (ranks.several())
      {
        for (std::vector<std::int64_t>& ofInput : sizes)
        {
          ofInput = aptvtk::gathered(ranks, ranks.all(ofInput.size()), ofInput.data());
        }
        if (!ranks.isFirst())
        {
          return;
        }
      }
      std::vector<std::string> names;
      for (std::size_t i = 0; i < sizes.size(); ++i)
      {
        names.push_back(i < this->Names.size() ? this->Names[i] : "Input " + std::to_string(i + 1));
      }
      apt::SizeDistributionOptions options;
      options.binWidth = this->BinWidth;
      options.minimumExpected = this->MinimumExpected;
      const apt::SizeDistributions distributions = apt::sizeDistributions(sizes, options);
      fillDistributions(vtkTable::GetData(outputVector, 0), distributions, names);
      fillComparisons(vtkTable::GetData(outputVector, 1), distributions, names, options);
      for (int port = 0; port < 2; ++port)
      {
        aptvtk::setField(vtkTable::GetData(outputVector, port), "SizeDistributionComparison",
          std::vector<std::string>{ "SizeColumn=" + this->SizeColumn,
            "BinWidth=" + std::to_string(this->BinWidth),
            "MinimumExpected=" + apt::shortestNumber(this->MinimumExpected) });
      }
    });
  return 1;
}

void vtkSizeDistributionComparison::PrintSelf(ostream& os, vtkIndent indent)
{
  this->Superclass::PrintSelf(os, indent);
  os << indent << "SizeColumn: " << this->SizeColumn << "\n"
     << indent << "BinWidth: " << this->BinWidth << "\n"
     << indent << "MinimumExpected: " << this->MinimumExpected << "\n"
     << indent << "Names: " << this->Names.size() << "\n";
}
