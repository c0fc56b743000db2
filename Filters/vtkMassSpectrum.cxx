// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkMassSpectrum.h"

#include "vtkIonAlgorithmSupport.h"
#include "vtkIonCloudToPolyData.h"
#include "vtkTableColumns.h"

#include "MassSpectrum.h"

#include "vtkCommunicator.h"
#include "vtkDoubleArray.h"
#include "vtkInformation.h"
#include "vtkInformationVector.h"
#include "vtkMultiProcessController.h"
#include "vtkNew.h"
#include "vtkObjectFactory.h"
#include "vtkPointSet.h"
#include "vtkStringArray.h"
#include "vtkTable.h"
#include "vtkTypeInt64Array.h"

#include <algorithm>
#include <cmath>
#include <limits>

vtkStandardNewMacro(vtkMassSpectrum);

namespace
{

using aptvtk::newColumn;

/** Sums over all ranks what each has counted. */
void sumOverRanks(vtkMultiProcessController* controller, std::vector<std::uint64_t>& counts)
{
  if (controller && controller->GetNumberOfProcesses() > 1)
  {
    std::vector<long long> mine(counts.begin(), counts.end());
    std::vector<long long> all(counts.size());
    controller->AllReduce(
      mine.data(), all.data(), static_cast<vtkIdType>(all.size()), vtkCommunicator::SUM_OP);
    counts.assign(all.begin(), all.end());
  }
}

void fillSpectrum(vtkTable* table, const apt::MassSpectrum& spectrum, bool logCounts)
{
  const std::size_t bins = spectrum.counts.size();
  const auto centres = newColumn(table, "bin_extents", "Da", bins);
  const auto counts = newColumn<vtkTypeInt64Array>(table, "Counts", bins);
  const auto logs = logCounts ? newColumn<vtkDoubleArray>(table, "Log10Counts", bins) : nullptr;
  for (std::size_t bin = 0; bin < bins; ++bin)
  {
    const auto row = static_cast<vtkIdType>(bin);
    const std::uint64_t count = spectrum.counts[bin];
    centres->SetValue(row, spectrum.lower + (static_cast<double>(bin) + 0.5) * spectrum.binWidth);
    counts->SetValue(row, static_cast<vtkTypeInt64>(count));
    if (logs)
    {
      logs->SetValue(row,
        count > 0 ? std::log10(static_cast<double>(count))
                  : std::numeric_limits<double>::quiet_NaN());
    }
  }
}

void fillComposition(vtkTable* table, const std::vector<apt::CompositionRow>& rows,
  const char* kind, const char* percentName, const char* errorName)
{
  const auto names = newColumn<vtkStringArray>(table, kind, rows.size());
  const auto counts = newColumn<vtkTypeInt64Array>(table, "Count", rows.size());
  const auto percents = newColumn(table, percentName, "%", rows.size());
  const auto errors = newColumn(table, errorName, "%", rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
  {
    const auto row = static_cast<vtkIdType>(i);
    names->SetValue(row, rows[i].name);
    counts->SetValue(row, static_cast<vtkTypeInt64>(rows[i].count));
    percents->SetValue(row, 100 * rows[i].fraction);
    errors->SetValue(row, 100 * rows[i].error);
  }
}

void fillRanges(
  vtkTable* table, const apt::RangeTable& ranges, const std::vector<std::uint64_t>& rangeCounts)
{
  const std::size_t size = ranges.ranges().size();
  const auto names = newColumn<vtkStringArray>(table, "Ion", size);
  const auto lower = newColumn(table, "Lower", "Da", size);
  const auto upper = newColumn(table, "Upper", "Da", size);
  const auto counts = newColumn<vtkTypeInt64Array>(table, "Count", size);
  for (std::size_t i = 0; i < size; ++i)
  {
    const auto row = static_cast<vtkIdType>(i);
    const auto ion = static_cast<std::size_t>(ranges.ionOfRange()[i]);
    names->SetValue(row, ranges.ions()[ion].name);
    lower->SetValue(row, ranges.ranges()[i].lower);
    upper->SetValue(row, ranges.ranges()[i].upper);
    counts->SetValue(row, static_cast<vtkTypeInt64>(rangeCounts[i]));
  }
}

} // namespace

vtkMassSpectrum::vtkMassSpectrum()
{
  this->SetNumberOfOutputPorts(4);
}

vtkMassSpectrum::~vtkMassSpectrum() = default;

int vtkMassSpectrum::FillInputPortInformation(int, vtkInformation* info)
{
  info->Set(vtkAlgorithm::INPUT_REQUIRED_DATA_TYPE(), "vtkPointSet");
  return 1;
}

int vtkMassSpectrum::RequestData(
  vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector* outputVector)
{
  vtkPointSet* input = vtkPointSet::GetData(inputVector[0]);
  vtkMultiProcessController* controller = vtkMultiProcessController::GetGlobalController();
  const bool parallel = controller && controller->GetNumberOfProcesses() > 1;

  const float* massToCharge = nullptr;
  vtkSmartPointer<vtkDataArray> kept;
  const auto count = static_cast<std::size_t>(input->GetNumberOfPoints());
  apt::MassSpectrumOptions options;
  options.lower = this->MassRange[0];
  options.upper = this->MassRange[1];
  options.binWidth = this->BinWidth;
  apt::RangeTable ranges;

  // A rank that fails alone would leave the others waiting for its counts: so all agree first.
  bool ready = aptvtk::reportErrors(this,
    [&]
    {
      kept = aptvtk::massToChargeOf(input, massToCharge);
      if (aptvtk::hasRanges(input))
      {
        ranges = aptvtk::rangesOf(input);
      }
      if (options.upper == 0)
      {
        options.upper = apt::highestMassToCharge(massToCharge, count);
      }
    });
  if (parallel)
  {
    const int mineReady = ready;
    int allReady = 0;
    controller->AllReduce(&mineReady, &allReady, 1, vtkCommunicator::MIN_OP);
    ready = allReady != 0;
    const double mine = options.upper;
    controller->AllReduce(&mine, &options.upper, 1, vtkCommunicator::MAX_OP);
  }
  if (!ready)
  {
    return 1;
  }
  if (this->MassRange[1] == 0)
  {
    options.upper = std::max(options.upper, options.lower + options.binWidth);
  }

  aptvtk::reportErrors(this,
    [&]
    {
      apt::Progress progress = aptvtk::progressOf(this);
      if (parallel)
      {
        progress = [this](double fraction)
        {
          this->UpdateProgress(fraction);
          return true; // see above: no rank may leave alone
        };
      }
      apt::MassSpectrum spectrum =
        apt::massSpectrum(massToCharge, count, options, apt::subProgress(progress, 0, 0.5));
      sumOverRanks(controller, spectrum.counts);
      std::vector<std::uint64_t> rangeCounts =
        apt::countsPerRange(massToCharge, count, ranges, apt::subProgress(progress, 0.5, 1));
      sumOverRanks(controller, rangeCounts);

      if (parallel && controller->GetLocalProcessId() != 0)
      {
        return;
      }
      fillSpectrum(vtkTable::GetData(outputVector, 0), spectrum, this->LogCounts);
      if (ranges.ranges().empty())
      {
        return;
      }
      std::vector<apt::CompositionRow> ions = apt::ionicComposition(ranges, rangeCounts);
      const double none = std::numeric_limits<double>::quiet_NaN();
      ions.push_back({ "unranged", rangeCounts.back(), none, none });
      fillComposition(
        vtkTable::GetData(outputVector, 1), ions, "Ion", "IonicPercent", "IonicPercentError");
      fillComposition(vtkTable::GetData(outputVector, 2),
        apt::elementalComposition(ranges, rangeCounts), "Element", "AtomicPercent",
        "AtomicPercentError");
      fillRanges(vtkTable::GetData(outputVector, 3), ranges, rangeCounts);
    });
  return 1;
}

void vtkMassSpectrum::PrintSelf(ostream& os, vtkIndent indent)
{
  this->Superclass::PrintSelf(os, indent);
  os << indent << "BinWidth: " << this->BinWidth << "\n"
     << indent << "MassRange: " << this->MassRange[0] << " " << this->MassRange[1] << "\n"
     << indent << "LogCounts: " << this->LogCounts << "\n";
}
