// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#ifndef vtkCompositionGrid_h
#define vtkCompositionGrid_h

#include "AtomProbeFiltersModule.h" // for the export macro
#include "vtkDataObjectAlgorithm.h"

#include <string>
#include <vector>

class vtkImageData;
class vtkPointSet;

namespace apt
{
struct CompositionChoice;
struct CompositionGridOptions;
} // namespace apt

/**
 * @class vtkCompositionGrid
 * @brief Composition on a regular grid, delocalised in two passes.
 *
 * A point per voxel, nm. Point arrays: Count (ions or atoms per voxel; sums to all that there are),
 * and for each chosen ion AtomicPercent_Li (IonicPercent_Li where molecular ions are taken as they
 * are), AtomicPercentError_Li (1σ, from counting) and Count_Li. Contour takes it as it is. Field data
 * is that of the input, and the parameters.
 *
 * Where the input has several specimens as blocks, so has the output.
 *
 * In parallel the ions are gathered on the first rank, which has the output.
 *
 * How large an image is must be known before it is made, and here that follows from the ions: so
 * this updates its input when it is asked for information.
 *
 * @warning Needs the point array Ion.
 * @warning Percentages are 0, and their errors NaN, where fewer than MinimumCount ions are behind a
 * voxel: so surfaces that reach the edge of the specimen are closed there.
 * @sa apt::compositionGrid for the definitions
 */
class ATOMPROBEFILTERS_EXPORT vtkCompositionGrid : public vtkDataObjectAlgorithm
{
public:
  static vtkCompositionGrid* New();
  vtkTypeMacro(vtkCompositionGrid, vtkDataObjectAlgorithm);
  void PrintSelf(ostream& os, vtkIndent indent) override;

  ///@{
  /** Ions (elements, with Decompose) whose share is asked, by name; none = each. Default none. */
  void AddIon(const char* name);
  void ClearIons();
  ///@}

  ///@{
  /** Ions (elements) of which it is a share, by name; none = all. Default none. */
  void AddReferenceIon(const char* name);
  void ClearReferenceIons();
  ///@}

  ///@{
  /** The share of all of Ions together instead of each. Default off. */
  vtkSetMacro(SumIons, bool);
  vtkGetMacro(SumIons, bool);
  vtkBooleanMacro(SumIons, bool);
  ///@}

  ///@{
  /** Take molecular ions apart into their elements. Default on. */
  vtkSetMacro(Decompose, bool);
  vtkGetMacro(Decompose, bool);
  vtkBooleanMacro(Decompose, bool);
  ///@}

  ///@{
  /** Edge of a voxel, nm. Default 0.5. */
  vtkSetMacro(VoxelSize, double);
  vtkGetMacro(VoxelSize, double);
  ///@}

  ///@{
  /** How far the second pass spreads ions along x, y and z (3σ), nm; 0 = off. Default 3 3 1.5. */
  vtkSetVector3Macro(Delocalisation, double);
  vtkGetVector3Macro(Delocalisation, double);
  ///@}

  ///@{
  /** Ions that must be behind a voxel for it to have a composition. Default 100. */
  vtkSetMacro(MinimumCount, double);
  vtkGetMacro(MinimumCount, double);
  ///@}

  ///@{
  /** Make the arrays of counting errors. Default on. */
  vtkSetMacro(Errors, bool);
  vtkGetMacro(Errors, bool);
  vtkBooleanMacro(Errors, bool);
  ///@}

  ///@{
  /** Make the arrays of counts per ion. Default off. */
  vtkSetMacro(Counts, bool);
  vtkGetMacro(Counts, bool);
  vtkBooleanMacro(Counts, bool);
  ///@}

  ///@{
  /** Beyond so many voxels nothing is made. Default 1e8. */
  vtkSetMacro(MaximumVoxels, double);
  vtkGetMacro(MaximumVoxels, double);
  ///@}

protected:
  vtkCompositionGrid();
  ~vtkCompositionGrid() override;

  int FillInputPortInformation(int port, vtkInformation* info) override;
  int FillOutputPortInformation(int port, vtkInformation* info) override;
  int RequestDataObject(vtkInformation*, vtkInformationVector** inputVector,
    vtkInformationVector* outputVector) override;
  int RequestInformation(vtkInformation*, vtkInformationVector** inputVector,
    vtkInformationVector* outputVector) override;
  int RequestData(vtkInformation*, vtkInformationVector** inputVector,
    vtkInformationVector* outputVector) override;

private:
  vtkCompositionGrid(const vtkCompositionGrid&) = delete;
  void operator=(const vtkCompositionGrid&) = delete;

  apt::CompositionChoice choice() const;
  apt::CompositionGridOptions options() const;
  void place(const std::vector<vtkPointSet*>& pieces, int* extent) const;
  void fill(vtkImageData* output, const std::vector<vtkPointSet*>& pieces);

  std::vector<std::string> Ions;
  std::vector<std::string> ReferenceIons;
  bool SumIons = false;
  bool Decompose = true;
  double VoxelSize = 0.5;
  double Delocalisation[3] = { 3, 3, 1.5 };
  double MinimumCount = 100;
  bool Errors = true;
  bool Counts = false;
  double MaximumVoxels = 1e8;
};

#endif
