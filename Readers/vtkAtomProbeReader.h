// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#ifndef vtkAtomProbeReader_h
#define vtkAtomProbeReader_h

#include "AtomProbeReadersModule.h" // for the export macro
#include "vtkPolyDataAlgorithm.h"
#include "vtkSmartPointer.h"

#include <string>

class vtkDataArraySelection;

/**
 * @class vtkAtomProbeReader
 * @brief Reads an atom probe data set (.pos, .epos, .apt) as an ion cloud.
 *
 * The output holds the reconstructed positions as float32 points in nm, one vertex cell per ion,
 * and the per-ion arrays of the file under their customary names with their units (see
 * docs/formats.md). The field array SourceFile says where it came from.
 *
 * Reads in parallel over all cores, and its own piece of the ions on each rank.
 *
 * @warning Ions with a NaN or infinite coordinate are left out, with a warning that counts them,
 * unless KeepNonFinite is on.
 */
class ATOMPROBEREADERS_EXPORT vtkAtomProbeReader : public vtkPolyDataAlgorithm
{
public:
  static vtkAtomProbeReader* New();
  vtkTypeMacro(vtkAtomProbeReader, vtkPolyDataAlgorithm);
  void PrintSelf(ostream& os, vtkIndent indent) override;

  enum VoltageUnits
  {
    AUTOMATIC = 0,
    VOLT = 1,
    KILOVOLT = 2
  };

  ///@{
  /** The file. */
  void SetFileName(VTK_FILEPATH const char* name);
  VTK_FILEPATH const char* GetFileName() const { return this->FileName.c_str(); }
  ///@}

  ///@{
  /** Read every Stride-th ion only. Default 1: all. */
  vtkSetMacro(Stride, int);
  vtkGetMacro(Stride, int);
  ///@}

  ///@{
  /** Keep ions with a NaN or infinite coordinate. Default off. */
  vtkSetMacro(KeepNonFinite, bool);
  vtkGetMacro(KeepNonFinite, bool);
  vtkBooleanMacro(KeepNonFinite, bool);
  ///@}

  ///@{
  /** What unit the voltages of an .epos file are in; they become V. Default AUTOMATIC. */
  vtkSetMacro(VoltageUnit, int);
  vtkGetMacro(VoltageUnit, int);
  ///@}

  /** Which arrays of the file to read. All, by default. */
  vtkDataArraySelection* GetPointArraySelection();

  /** Makes the next update read the file again. */
  void Refresh() { this->Modified(); }

  /** 1 where the content is that of an ion file, or of a damaged one (to say how), else 0. */
  static int CanReadFile(VTK_FILEPATH const char* name);

protected:
  vtkAtomProbeReader();
  ~vtkAtomProbeReader() override;

  int RequestInformation(
    vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector*) override;
  int RequestData(
    vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector*) override;

private:
  vtkAtomProbeReader(const vtkAtomProbeReader&) = delete;
  void operator=(const vtkAtomProbeReader&) = delete;

  std::string FileName;
  int Stride = 1;
  bool KeepNonFinite = false;
  int VoltageUnit = AUTOMATIC;
  vtkSmartPointer<vtkDataArraySelection> PointArraySelection;
};

#endif
