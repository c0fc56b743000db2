// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#ifndef vtkClassificationMetrics_h
#define vtkClassificationMetrics_h

#include "AtomProbeFiltersModule.h" // for the export macro
#include "vtkTableAlgorithm.h"

#include <string>
#include <vector>

/**
 * @class vtkClassificationMetrics
 * @brief How well a probability of order agrees with the known truth of synthetic data.
 *
 * The input is an ion cloud, or several in a composite data set: each block is a specimen of its
 * own, the pieces of a partitioned data set are one. Tables:
 * port 0, Summary, a row per score; port 1, Thresholds, a vtkMultiBlockDataSet with a table per
 * score, and per score and ion; port 2, Calibration, the same per score; port 3, Domains; port 4,
 * Ions, at the threshold; port 5, Specimens, a row per score and specimen.
 * See apt::classify and apt::recoverDomains for the definitions.
 *
 * In parallel, ions are gathered to the first rank, which alone has tables: ranks cannot be counted
 * in parts. That takes 7 bytes for each ion there, and 23 where there are domains.
 *
 * @warning Needs the point array Phase (truth) and a score, NaN where the ion is not known.
 * Domains need the array Domain, ions the array Ion and the field array IonNames.
 */
class ATOMPROBEFILTERS_EXPORT vtkClassificationMetrics : public vtkTableAlgorithm
{
public:
  static vtkClassificationMetrics* New();
  vtkTypeMacro(vtkClassificationMetrics, vtkTableAlgorithm);
  void PrintSelf(ostream& os, vtkIndent indent) override;

  ///@{
  /** An ion is called ordered where its score, as float32, is at least this. Default 0.5. */
  vtkSetMacro(Threshold, double);
  vtkGetMacro(Threshold, double);
  ///@}

  ///@{
  /** Names of the point arrays to compare. None: all whose names begin with OrderedProbability. */
  void AddScore(const char* name);
  void ClearScores();
  const std::vector<std::string>& GetScores() const { return this->Scores; }
  ///@}

  ///@{
  /** Phases that count as ordered; all others do not. Default 1. */
  void AddOrderedPhase(int phase);
  void ClearOrderedPhases();
  const std::vector<int>& GetOrderedPhases() const { return this->OrderedPhases; }
  ///@}

  ///@{
  /** Thresholds of the curves, evenly from 0 to 1. Default 101. */
  vtkSetMacro(NumberOfThresholds, int);
  vtkGetMacro(NumberOfThresholds, int);
  ///@}

  ///@{
  /** Bins of equal width in which the score is compared with the truth. Default 15. */
  vtkSetMacro(NumberOfCalibrationBins, int);
  vtkGetMacro(NumberOfCalibrationBins, int);
  ///@}

protected:
  vtkClassificationMetrics();
  ~vtkClassificationMetrics() override;

  int FillInputPortInformation(int port, vtkInformation* info) override;
  int FillOutputPortInformation(int port, vtkInformation* info) override;
  int RequestData(
    vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector*) override;

private:
  vtkClassificationMetrics(const vtkClassificationMetrics&) = delete;
  void operator=(const vtkClassificationMetrics&) = delete;

  double Threshold = 0.5;
  std::vector<std::string> Scores;
  std::vector<int> OrderedPhases = { 1 };
  int NumberOfThresholds = 101;
  int NumberOfCalibrationBins = 15;
};

#endif
