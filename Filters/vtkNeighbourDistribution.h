// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#ifndef vtkNeighbourDistribution_h
#define vtkNeighbourDistribution_h

#include "AtomProbeFiltersModule.h" // for the export macro
#include "vtkTableAlgorithm.h"

#include <string>
#include <vector>

/**
 * @class vtkNeighbourDistribution
 * @brief How far ions are from their k-th neighbours, and how many there are at each distance.
 *
 * All ports are vtkTable. Ports 0 to 2 have a row per bin; bin_extents is the distance in its middle,
 * nm, by the name by which ParaView's charts know an x axis.
 * Port 0, Distances: of each k the share of the centres per nm, and the mean and the standard
 * deviation of the same over the shuffled controls.
 * Port 1, PairCorrelation: pair correlation with its controls, and radial distribution.
 * Port 2, Counts: pairs, density of neighbours, and centres per k.
 * Port 3, Summary: a row per k: mean distance, beside the controls.
 *
 * Field data of all ports has the parameters, and how many ions took part.
 *
 * In parallel the ions are gathered on the first rank, which has the outputs.
 *
 * @warning Needs the point array Ion where ions are chosen by name.
 * @sa apt::neighbourDistribution for the definitions
 */
class ATOMPROBEFILTERS_EXPORT vtkNeighbourDistribution : public vtkTableAlgorithm
{
public:
  static vtkNeighbourDistribution* New();
  vtkTypeMacro(vtkNeighbourDistribution, vtkTableAlgorithm);
  void PrintSelf(ostream& os, vtkIndent indent) override;

  ///@{
  /** Ions at which distances begin, by name; none = all ranged ions. Default none. */
  void AddCentreIon(const char* name);
  void ClearCentreIons();
  ///@}

  ///@{
  /** Ions at which distances end, by name; none = all ranged ions. Default none. */
  void AddNeighbourIon(const char* name);
  void ClearNeighbourIons();
  ///@}

  ///@{
  /** The first to this neighbour, 1 to 254. Default 3. */
  vtkSetMacro(NumberOfNeighbours, int);
  vtkGetMacro(NumberOfNeighbours, int);
  ///@}

  ///@{
  /** How far the bins reach, nm. Default 2. */
  vtkSetMacro(MaximumDistance, double);
  vtkGetMacro(MaximumDistance, double);
  ///@}

  ///@{
  /** Width of a bin, nm. Default 0.02. */
  vtkSetMacro(BinWidth, double);
  vtkGetMacro(BinWidth, double);
  ///@}

  ///@{
  /** Only centres that are farther than MaximumDistance from the specimen's surface. Default off. */
  vtkSetMacro(OnlyInteriorCentres, bool);
  vtkGetMacro(OnlyInteriorCentres, bool);
  vtkBooleanMacro(OnlyInteriorCentres, bool);
  ///@}

  ///@{
  /** Clouds with shuffled ion types to compare with, 0 to 1000. Default 10. */
  vtkSetMacro(NumberOfControls, int);
  vtkGetMacro(NumberOfControls, int);
  ///@}

  ///@{
  /** Starts the random numbers of the first control; the next take the numbers behind. Default 1. */
  vtkSetMacro(Seed, int);
  vtkGetMacro(Seed, int);
  ///@}

  ///@{
  /** Beyond about so many pairs nothing is counted. Default 1e11. */
  vtkSetMacro(MaximumPairs, double);
  vtkGetMacro(MaximumPairs, double);
  ///@}

protected:
  vtkNeighbourDistribution();
  ~vtkNeighbourDistribution() override;

  int FillInputPortInformation(int port, vtkInformation* info) override;
  int RequestData(vtkInformation*, vtkInformationVector** inputVector,
    vtkInformationVector* outputVector) override;

private:
  vtkNeighbourDistribution(const vtkNeighbourDistribution&) = delete;
  void operator=(const vtkNeighbourDistribution&) = delete;

  std::vector<std::string> CentreIons;
  std::vector<std::string> NeighbourIons;
  int NumberOfNeighbours = 3;
  double MaximumDistance = 2;
  double BinWidth = 0.02;
  bool OnlyInteriorCentres = false;
  int NumberOfControls = 10;
  int Seed = 1;
  double MaximumPairs = 1e11;
};

#endif
