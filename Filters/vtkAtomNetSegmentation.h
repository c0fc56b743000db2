// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#ifndef vtkAtomNetSegmentation_h
#define vtkAtomNetSegmentation_h

#include "AtomProbeFiltersModule.h" // for the export macro
#include "vtkNew.h"
#include "vtkPassInputTypeAlgorithm.h"

#include <memory>
#include <string>
#include <vector>

class vtkPointSet;
class vtkStringArray;

/**
 * @class vtkAtomNetSegmentation
 * @brief Finds the ions that lie in ordered domains, with a trained network (AtomNet).
 *
 * Adds the point arrays OrderedProbability (float32, 0 … 1; NaN for ions that the model does not
 * know), Ordered (int8: 1 where that is at least Threshold) and, with KeepBlockProbabilities,
 * OrderedProbabilityBlock1 and so on; the field arrays ModelFile and Segmentation (all parameters).
 * Composite input is taken block by block, each an ion cloud of its own.
 *
 * What the network has found is kept: another Threshold only compares again, a larger BlockCount
 * runs the blocks that are missing, a smaller one none. It is run anew where positions, the array
 * Ion, IonNames, the model file, Species, LatticeParameter or Device are others. What is kept are the arrays
 * of the output, not copies: 4 bytes per ion and block.
 *
 * In parallel the ions are gathered on the first rank, which runs the network: 14 bytes per ion
 * and 4 per block there. The answer is that of a single rank.
 *
 * @warning Needs the point array Ion and the field array IonNames, as Ion Ranging makes them, and an
 * AtomProbe that was built with LibTorch.
 * @sa apt::predict
 */
class ATOMPROBEFILTERS_EXPORT vtkAtomNetSegmentation : public vtkPassInputTypeAlgorithm
{
public:
  static vtkAtomNetSegmentation* New();
  vtkTypeMacro(vtkAtomNetSegmentation, vtkPassInputTypeAlgorithm);
  void PrintSelf(ostream& os, vtkIndent indent) override;

  ///@{
  /** A model that ships, by name (see GetModelNames), or "Custom". Default Al-Li-Mg L1_2 MomentNet. */
  void SetModel(const char* name);
  const char* GetModel() const { return this->Model.c_str(); }
  ///@}

  ///@{
  /** The model file, used where Model is Custom. Default none. */
  void SetModelFileName(VTK_FILEPATH const char* name);
  VTK_FILEPATH const char* GetModelFileName() const { return this->ModelFileName.c_str(); }
  ///@}

  ///@{
  /**
   * Which ions count as the model's species, in the order of those, see apt::parseSpecies. None: as
   * the model says.
   */
  void AddSpecies(const char* text);
  void ClearSpecies();
  const std::vector<std::string>& GetSpecies() const { return this->Species; }
  ///@}

  ///@{
  /** Ions with at least this probability are Ordered, 0 to 1. Default 0.5. */
  vtkSetMacro(Threshold, double);
  vtkGetMacro(Threshold, double);
  ///@}

  ///@{
  /** How many of the model's blocks to run; 0 is all. Default 0. */
  vtkSetMacro(BlockCount, int);
  vtkGetMacro(BlockCount, int);
  ///@}

  ///@{
  /** Lattice parameter of the crystal in nm; 0 is the model's own. Default 0. */
  vtkSetMacro(LatticeParameter, double);
  vtkGetMacro(LatticeParameter, double);
  ///@}

  ///@{
  /** Where the network runs: 0 CUDA if there is a device for it, else CPU; 1 CPU; 2 CUDA. */
  vtkSetMacro(Device, int);
  vtkGetMacro(Device, int);
  ///@}

  ///@{
  /** Also give the probability after each block. Default off. */
  vtkSetMacro(KeepBlockProbabilities, bool);
  vtkGetMacro(KeepBlockProbabilities, bool);
  vtkBooleanMacro(KeepBlockProbabilities, bool);
  ///@}

  /** Makes the next update look whether the model file has changed. */
  void Refresh() { this->Modified(); }

  /** Names of the models that ship, and "Custom". */
  vtkStringArray* GetModelNames();

  /** What the chosen model is made for, a line each; empty where none can be read. */
  const char* GetModelInformation();

  /** Blocks that the network ran in the last update, over all clouds; 0 where all was known. */
  vtkGetMacro(BlocksRun, int);

protected:
  vtkAtomNetSegmentation();
  ~vtkAtomNetSegmentation() override;

  int FillInputPortInformation(int port, vtkInformation* info) override;
  int RequestData(
    vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector*) override;

private:
  vtkAtomNetSegmentation(const vtkAtomNetSegmentation&) = delete;
  void operator=(const vtkAtomNetSegmentation&) = delete;

  class Run;
  struct Cache;

  std::string GetModelPath() const;

  std::string Model = "Al-Li-Mg L1_2 MomentNet";
  std::string ModelFileName;
  std::vector<std::string> Species;
  double Threshold = 0.5;
  int BlockCount = 0;
  double LatticeParameter = 0;
  int Device = 0;
  bool KeepBlockProbabilities = false;
  int BlocksRun = 0;
  std::unique_ptr<Cache> Kept;
  vtkNew<vtkStringArray> ModelNames;
  std::string ModelInformation;
};

#endif
