// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#ifndef vtkIonRanging_h
#define vtkIonRanging_h

#include "AtomProbeFiltersModule.h" // for the export macro
#include "vtkPolyDataAlgorithm.h"

#include <string>
#include <vector>

class vtkStringArray;

/**
 * @class vtkIonRanging
 * @brief Gives every ion its name, by the ranges of a range file (.rrng, .rng, .env).
 *
 * Adds the point array Ion (int16: index into IonNames, −1 = unranged), the field arrays IonNames,
 * IonColors (uint8 × 3) and Ranges (one .rrng row each, so that later filters and files have them).
 *
 * The ranges are those of RangeFileName; without it those added with AddRange; without them those
 * that the input already carries. Bounds belong to their range. Where two ranges overlap, the one
 * earlier in the file wins, and a warning names both.
 *
 * @warning Needs the point array MassToCharge.
 * @sa apt::RangeTable for the rules
 */
class ATOMPROBEFILTERS_EXPORT vtkIonRanging : public vtkPolyDataAlgorithm
{
public:
  static vtkIonRanging* New();
  vtkTypeMacro(vtkIonRanging, vtkPolyDataAlgorithm);
  void PrintSelf(ostream& os, vtkIndent indent) override;

  ///@{
  /** The range file. Default none. */
  void SetRangeFileName(VTK_FILEPATH const char* name);
  VTK_FILEPATH const char* GetRangeFileName() const { return this->RangeFileName.c_str(); }
  ///@}

  ///@{
  /** Ranges as rows of a .rrng file: "26.8 27.2 Al:1 Color:33FFFF". Used without a file. */
  void AddRange(const char* row);
  void ClearRanges();
  ///@}

  ///@{
  /** Leave out the ions that no range holds. Default off. */
  vtkSetMacro(RemoveUnranged, bool);
  vtkGetMacro(RemoveUnranged, bool);
  vtkBooleanMacro(RemoveUnranged, bool);
  ///@}

  ///@{
  /** Make H2 an ion of its own where the file names it H:2 only; else it counts as H. Default off. */
  vtkSetMacro(SeparateHomonuclearIons, bool);
  vtkGetMacro(SeparateHomonuclearIons, bool);
  vtkBooleanMacro(SeparateHomonuclearIons, bool);
  ///@}

  /** Makes the next update read the range file again. */
  void Refresh() { this->Modified(); }

  /**
   * Name, red, green, blue (0 … 255) of each ion after an update: what the client's legend shows.
   */
  vtkStringArray* GetIonLegend();

protected:
  vtkIonRanging();
  ~vtkIonRanging() override;

  int FillInputPortInformation(int port, vtkInformation* info) override;
  int RequestData(
    vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector*) override;

private:
  vtkIonRanging(const vtkIonRanging&) = delete;
  void operator=(const vtkIonRanging&) = delete;

  std::string RangeFileName;
  std::vector<std::string> RangeRows;
  bool RemoveUnranged = false;
  bool SeparateHomonuclearIons = false;
  vtkNew<vtkStringArray> IonLegend;
};

#endif
