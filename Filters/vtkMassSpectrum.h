// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#ifndef vtkMassSpectrum_h
#define vtkMassSpectrum_h

#include "AtomProbeFiltersModule.h" // for the export macro
#include "vtkTableAlgorithm.h"

/**
 * @class vtkMassSpectrum
 * @brief Histogram over mass-to-charge-state ratios, counts per range, and composition.
 *
 * Port 0, Spectrum: bin_extents (Da; centre of the bin, the name by which ParaView's charts know an
 * x axis), Counts, and Log10Counts where asked for (NaN in empty bins).
 * The other ports are filled where the input carries ranges (see Ion Ranging):
 * port 1, Ions: Ion, Count, IonicPercent, IonicPercentError (molecular ions as they are; the last
 * row counts the unranged); port 2, Elements: Element, Count, AtomicPercent, AtomicPercentError
 * (molecular ions taken apart); port 3, Ranges: Ion, Lower, Upper (Da), Count.
 * Errors are 1σ, from counting; see apt::ionicComposition and apt::elementalComposition.
 *
 * In parallel, counts are summed over all ranks and the tables are on the first.
 *
 * @warning Needs the point array MassToCharge.
 */
class ATOMPROBEFILTERS_EXPORT vtkMassSpectrum : public vtkTableAlgorithm
{
public:
  static vtkMassSpectrum* New();
  vtkTypeMacro(vtkMassSpectrum, vtkTableAlgorithm);
  void PrintSelf(ostream& os, vtkIndent indent) override;

  ///@{
  /** Width of a bin in Da. Default 0.01. */
  vtkSetMacro(BinWidth, double);
  vtkGetMacro(BinWidth, double);
  ///@}

  ///@{
  /** Lower and upper end in Da; an upper end of 0 means the highest ratio of all. Default 0, 0. */
  vtkSetVector2Macro(MassRange, double);
  vtkGetVector2Macro(MassRange, double);
  ///@}

  ///@{
  /** Add the column Log10Counts. Default off. */
  vtkSetMacro(LogCounts, bool);
  vtkGetMacro(LogCounts, bool);
  vtkBooleanMacro(LogCounts, bool);
  ///@}

protected:
  vtkMassSpectrum();
  ~vtkMassSpectrum() override;

  int FillInputPortInformation(int port, vtkInformation* info) override;
  int RequestData(
    vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector*) override;

private:
  vtkMassSpectrum(const vtkMassSpectrum&) = delete;
  void operator=(const vtkMassSpectrum&) = delete;

  double BinWidth = 0.01;
  double MassRange[2] = { 0, 0 };
  bool LogCounts = false;
};

#endif
