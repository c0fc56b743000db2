// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#ifndef vtkAtomNetTraining_h
#define vtkAtomNetTraining_h

#include "AtomProbeFiltersModule.h" // for the export macro
#include "vtkTableAlgorithm.h"

#include <memory>
#include <string>
#include <vector>

/**
 * @class vtkAtomNetTraining
 * @brief Trains a network (AtomNet) that finds ordered domains, and writes it as a model file.
 *
 * Takes any number of inputs: ion clouds, or composite data sets with a specimen in each block. It
 * learns from fresh specimens where every input says how it was made (Synthetic Specimen does), else
 * from the ions themselves; blocks named Validation are then for validation, and those named Test
 * are left alone. See apt::freshClouds and apt::cutIntoClouds.
 *
 * The output is a table with a row per epoch; bin_extents counts the epochs of all blocks, which
 * makes it the x axis of ParaView's charts.
 *
 * The model file is written once, at the end, and whatever had its name before stays until then.
 * Stopped by the user, or by a file ModelFileName + ".stop", the best epoch so far is written. After
 * every epoch the state goes to ModelFileName + ".checkpoint": a run that was killed or stopped goes
 * on from there when it is started with the same properties, to the same bytes. A model file that
 * was made with the same properties from the same data is not made again; its table is read from it.
 *
 * In parallel the ions are gathered on the first rank, which trains: 18 bytes per ion there.
 *
 * @warning Needs the point arrays Ion and TruthArray and the field array IonNames, and an AtomProbe
 * that was built with LibTorch.
 * @sa apt::train
 */
class ATOMPROBEFILTERS_EXPORT vtkAtomNetTraining : public vtkTableAlgorithm
{
public:
  static vtkAtomNetTraining* New();
  vtkTypeMacro(vtkAtomNetTraining, vtkTableAlgorithm);
  void PrintSelf(ostream& os, vtkIndent indent) override;

  ///@{
  /** The model file to write. Default none. */
  void SetModelFileName(VTK_FILEPATH const char* name);
  VTK_FILEPATH const char* GetModelFileName() const { return this->ModelFileName.c_str(); }
  ///@}

  ///@{
  /** apt::Architecture: 0 PointNet, 1 MomentNet. Default 1. */
  vtkSetMacro(Architecture, int);
  vtkGetMacro(Architecture, int);
  ///@}

  ///@{
  /** Blocks (PointNet) or layers (MomentNet), each with an answer of its own. Default 2. */
  vtkSetMacro(BlockCount, int);
  vtkGetMacro(BlockCount, int);
  ///@}

  ///@{
  /** Model file whose weights it begins with, of the same architecture and blocks and with as many
   * species; empty: random ones. Default empty. */
  vtkSetStdStringFromCharMacro(InitialModelFileName);
  vtkGetCharFromStdStringMacro(InitialModelFileName);
  ///@}

  ///@{
  /** How often a network sees its data; later blocks of a PointNet take half of it. Default 20. */
  vtkSetMacro(Epochs, int);
  vtkGetMacro(Epochs, int);
  ///@}

  ///@{
  /** PointNet: ions in a step. Default 256. */
  vtkSetMacro(BatchSize, int);
  vtkGetMacro(BatchSize, int);
  ///@}

  ///@{
  /** Size of a step: Adam, and Muon for the matrices of a MomentNet. Default 0.001. */
  vtkSetMacro(LearningRate, double);
  vtkGetMacro(LearningRate, double);
  ///@}

  ///@{
  /** Let the learning rate fall along a cosine, to 0 at the end. Default on. */
  vtkSetMacro(CosineDecay, bool);
  vtkGetMacro(CosineDecay, bool);
  vtkBooleanMacro(CosineDecay, bool);
  ///@}

  ///@{
  /** By how much weights shrink per step and learning rate. Default 0. */
  vtkSetMacro(WeightDecay, double);
  vtkGetMacro(WeightDecay, double);
  ///@}

  ///@{
  /** PointNet: weight in the loss of how far the T-Nets are from orthogonal. Default 0. */
  vtkSetMacro(Orthogonality, double);
  vtkGetMacro(Orthogonality, double);
  ///@}

  ///@{
  /** Epochs without a better one after which a block is done; 0: never. Default 0. */
  vtkSetMacro(Patience, int);
  vtkGetMacro(Patience, int);
  ///@}

  ///@{
  /** Share of the clouds that is never learnt from, but tried on after each epoch. Default 0.1. */
  vtkSetMacro(ValidationFraction, double);
  vtkGetMacro(ValidationFraction, double);
  ///@}

  ///@{
  /** Another seed gives another model. Default 1. */
  vtkSetMacro(Seed, int);
  vtkGetMacro(Seed, int);
  ///@}

  ///@{
  /** Where the network runs: 0 CUDA if there is a device for it, else CPU; 1 CPU; 2 CUDA. */
  vtkSetMacro(Device, int);
  vtkGetMacro(Device, int);
  ///@}

  ///@{
  /** Learn from new specimens at every step, where the input says how it was made. Default on. */
  vtkSetMacro(FreshSpecimens, bool);
  vtkGetMacro(FreshSpecimens, bool);
  vtkBooleanMacro(FreshSpecimens, bool);
  ///@}

  ///@{
  /** Fresh specimens in an epoch. Default 50. */
  vtkSetMacro(SpecimensPerEpoch, int);
  vtkGetMacro(SpecimensPerEpoch, int);
  ///@}

  ///@{
  /** MomentNet: specimens, or pieces of them, in a step. Default 4. */
  vtkSetMacro(SpecimensPerStep, int);
  vtkGetMacro(SpecimensPerStep, int);
  ///@}

  ///@{
  /** The point array of whole numbers that holds the truth. Default Phase. */
  void SetTruthArray(const char* name);
  const char* GetTruthArray() const { return this->TruthArray.c_str(); }
  ///@}

  ///@{
  /** Values of the truth that are ordered; all others are not. Default 1. */
  void AddOrderedValue(int value);
  void ClearOrderedValues();
  const std::vector<int>& GetOrderedValues() const { return this->OrderedValues; }
  ///@}

  ///@{
  /** The model's species in code order, see apt::parseSpecies. None: the ions that occur. */
  void AddSpecies(const char* text);
  void ClearSpecies();
  const std::vector<std::string>& GetSpecies() const { return this->Species; }
  ///@}

  ///@{
  /** Lattice parameter of the crystal in nm; 0 is that of the specimens' recipe. Default 0. */
  vtkSetMacro(LatticeParameter, double);
  vtkGetMacro(LatticeParameter, double);
  ///@}

  ///@{
  /** Ions that the network looks at, the ion itself included; 0: 32 PointNet, 193 MomentNet. */
  vtkSetMacro(Neighbours, int);
  vtkGetMacro(Neighbours, int);
  ///@}

  ///@{
  /** MomentNet: windows in which it learns the lattice waves of the species, 0 to 8; with any, its
   * axis is the normal of the lattice planes near z. Default 3. */
  vtkSetMacro(WaveWindows, int);
  vtkGetMacro(WaveWindows, int);
  ///@}

  ///@{
  /** PointNet: how it is told a species, as its place in the list (0, as published) or as a column for
   * each (1), which leaves it to the network which species are alike. Default 0. */
  vtkSetMacro(SpeciesEncoding, int);
  vtkGetMacro(SpeciesEncoding, int);
  ///@}

  ///@{
  /** PointNet: batch norm after each layer. Default on. */
  vtkSetMacro(BatchNorm, bool);
  vtkGetMacro(BatchNorm, bool);
  vtkBooleanMacro(BatchNorm, bool);
  ///@}

  ///@{
  /** Name of the alloy in the model file; empty: its species with hyphens between. Default empty. */
  void SetAlloy(const char* name);
  const char* GetAlloy() const { return this->Alloy.c_str(); }
  ///@}

  ///@{
  /** Licence of the weights in the model file: an SPDX name or a sentence. Default "not stated". */
  void SetLicence(const char* licence);
  const char* GetLicence() const { return this->Licence.c_str(); }
  ///@}

  ///@{
  /** Probability (0 to 1) from which the model file says an ion is ordered; only says. Default 0.5. */
  vtkSetMacro(SuggestedThreshold, double);
  vtkGetMacro(SuggestedThreshold, double);
  ///@}

  /** Epochs that were trained in the last update; 0 where the model was there already. */
  vtkGetMacro(EpochsTrained, int);

protected:
  vtkAtomNetTraining();
  ~vtkAtomNetTraining() override;

  int FillInputPortInformation(int port, vtkInformation* info) override;
  int RequestData(
    vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector*) override;

private:
  vtkAtomNetTraining(const vtkAtomNetTraining&) = delete;
  void operator=(const vtkAtomNetTraining&) = delete;

  class Run;
  struct Trained;

  void SetText(std::string& member, const char* value);

  std::string ModelFileName;
  int Architecture = 1;
  int BlockCount = 2;
  int Epochs = 20;
  int BatchSize = 256;
  double LearningRate = 0.001;
  bool CosineDecay = true;
  double WeightDecay = 0;
  double Orthogonality = 0;
  int Patience = 0;
  double ValidationFraction = 0.1;
  int Seed = 1;
  int Device = 0;
  bool FreshSpecimens = true;
  int SpecimensPerEpoch = 50;
  int SpecimensPerStep = 4;
  std::string TruthArray = "Phase";
  std::vector<int> OrderedValues = { 1 };
  std::vector<std::string> Species;
  double LatticeParameter = 0;
  int Neighbours = 0;
  std::string InitialModelFileName;
  int WaveWindows = 3;
  int SpeciesEncoding = 0;
  bool BatchNorm = true;
  std::string Alloy;
  std::string Licence = "not stated";
  double SuggestedThreshold = 0.5;
  int EpochsTrained = 0;
  std::unique_ptr<Trained> Kept;
};

#endif
