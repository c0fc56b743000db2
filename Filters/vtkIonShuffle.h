// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#ifndef vtkIonShuffle_h
#define vtkIonShuffle_h

#include "AtomProbeFiltersModule.h" // for the export macro
#include "vtkPolyDataAlgorithm.h"

#include <string>

/**
 * @class vtkIonShuffle
 * @brief The chemically randomised control: the same positions, the ions' identities permuted.
 *
 * The point arrays Ion and MassToCharge are permuted, both alike; everything else stays where it is:
 * positions, detector coordinates, voltages, Phase, Domain, and what other filters have found. All
 * permutations are equally likely; the same seed gives the same one on any number of threads and
 * ranks. An ion is known by its place in the cloud, the slices of the ranks one behind the other.
 *
 * Field data: ShuffleSeed, ShuffleClassArray where there is one, ShuffleUnranged.
 *
 * In parallel the two arrays are gathered on the first rank, permuted there, and given back.
 *
 * @warning Needs the point array Ion.
 * @sa apt::shuffledIons
 */
class ATOMPROBEFILTERS_EXPORT vtkIonShuffle : public vtkPolyDataAlgorithm
{
public:
  static vtkIonShuffle* New();
  vtkTypeMacro(vtkIonShuffle, vtkPolyDataAlgorithm);
  void PrintSelf(ostream& os, vtkIndent indent) override;

  ///@{
  /** Starts the random numbers. Default 1. */
  vtkSetMacro(Seed, int);
  vtkGetMacro(Seed, int);
  ///@}

  ///@{
  /** Shuffle ions of equal ClassArray among each other only. Default off. */
  vtkSetMacro(WithinClasses, bool);
  vtkGetMacro(WithinClasses, bool);
  vtkBooleanMacro(WithinClasses, bool);
  ///@}

  ///@{
  /** Name of the point array that tells the classes apart. Default Ordered. */
  vtkSetStdStringFromCharMacro(ClassArray);
  vtkGetCharFromStdStringMacro(ClassArray);
  ///@}

  ///@{
  /** Shuffle the unranged ions too; otherwise they stay in place. Default off. */
  vtkSetMacro(ShuffleUnranged, bool);
  vtkGetMacro(ShuffleUnranged, bool);
  vtkBooleanMacro(ShuffleUnranged, bool);
  ///@}

protected:
  vtkIonShuffle();
  ~vtkIonShuffle() override;

  int FillInputPortInformation(int port, vtkInformation* info) override;
  int RequestData(vtkInformation*, vtkInformationVector** inputVector,
    vtkInformationVector* outputVector) override;

private:
  vtkIonShuffle(const vtkIonShuffle&) = delete;
  void operator=(const vtkIonShuffle&) = delete;

  int Seed = 1;
  bool WithinClasses = false;
  std::string ClassArray = "Ordered";
  bool ShuffleUnranged = false;
};

#endif
