// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#ifndef vtkSizeDistributionComparison_h
#define vtkSizeDistributionComparison_h

#include "AtomProbeFiltersModule.h" // for the export macro
#include "vtkTableAlgorithm.h"

#include <string>
#include <vector>

/**
 * @class vtkSizeDistributionComparison
 * @brief Compares the cluster sizes of two or more cluster tables by the contingency coefficient µ.
 *
 * Inputs: tables with a row per cluster (port Clusters of Ion Cluster Search), any number of them.
 * Port 0, Distributions: bin_extents (ions: the smallest size of the bin, the name by which ParaView's
 * charts know an x axis), and for each input how many clusters are in the bin, and which share of
 * its clusters that is. Port 1, Comparisons: a row per pair of inputs, those with the first input
 * first, with µ, χ², degrees of freedom and p-value (NaN where nothing can be compared).
 *
 * In parallel, sizes are gathered on the first rank, where the tables are.
 *
 * @sa apt::compareSizes for the definitions
 */
class ATOMPROBEFILTERS_EXPORT vtkSizeDistributionComparison : public vtkTableAlgorithm
{
public:
  static vtkSizeDistributionComparison* New();
  vtkTypeMacro(vtkSizeDistributionComparison, vtkTableAlgorithm);
  void PrintSelf(ostream& os, vtkIndent indent) override;

  ///@{
  /** The column that holds the sizes. Default Ions. */
  vtkSetMacro(SizeColumn, std::string);
  vtkGetMacro(SizeColumn, std::string);
  ///@}

  ///@{
  /** Width of a bin in ions. Default 1. */
  vtkSetMacro(BinWidth, int);
  vtkGetMacro(BinWidth, int);
  ///@}

  ///@{
  /** Clusters that must be expected in each compared bin; sparse bins are merged. Default 5. */
  vtkSetMacro(MinimumExpected, double);
  vtkGetMacro(MinimumExpected, double);
  ///@}

  ///@{
  /** What the inputs are called in the tables, in their order; "Input 1" and so on beyond. */
  void AddName(const char* name);
  void ClearNames();
  ///@}

protected:
  vtkSizeDistributionComparison();
  ~vtkSizeDistributionComparison() override;

  int FillInputPortInformation(int port, vtkInformation* info) override;
  int RequestData(
    vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector*) override;

private:
  vtkSizeDistributionComparison(const vtkSizeDistributionComparison&) = delete;
  void operator=(const vtkSizeDistributionComparison&) = delete;

  std::string SizeColumn = "Ions";
  int BinWidth = 1;
  double MinimumExpected = 5;
  std::vector<std::string> Names;
};

#endif
