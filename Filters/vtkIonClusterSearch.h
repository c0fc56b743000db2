// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#ifndef vtkIonClusterSearch_h
#define vtkIonClusterSearch_h

#include "AtomProbeFiltersModule.h" // for the export macro
#include "vtkPolyDataAlgorithm.h"

#include <string>
#include <vector>

class vtkTable;

/**
 * @class vtkIonClusterSearch
 * @brief Finds clusters of ions by maximum separation or DBSCAN, with envelope and erosion.
 *
 * Port 0: the ion cloud with the point array ClusterId (int32; 0 … n − 1, the largest cluster first;
 * −1 = in none). Port 1, Clusters: a row per cluster with its ions, composition, place and size.
 * Port 2, Sweep: numbers of clusters over separations and minimum sizes, in the data and in a
 * control, where asked for.
 *
 * In parallel the ions that are needed are gathered on the first rank, which searches alone; each
 * rank gets the numbers of its ions back. The tables are on the first rank. The answer is that of one
 * rank.
 *
 * @warning Needs the point array Ion; with OnlyOrdered also Ordered.
 * @sa apt::clusterSearch for the definitions, apt::describeClusters, apt::clusterSweep
 */
class ATOMPROBEFILTERS_EXPORT vtkIonClusterSearch : public vtkPolyDataAlgorithm
{
public:
  static vtkIonClusterSearch* New();
  vtkTypeMacro(vtkIonClusterSearch, vtkPolyDataAlgorithm);
  void PrintSelf(ostream& os, vtkIndent indent) override;

  enum MethodType
  {
    MAXIMUM_SEPARATION = 0,
    DBSCAN = 1
  };

  ///@{
  /** What makes a cluster. Default MAXIMUM_SEPARATION. */
  vtkSetMacro(Method, int);
  vtkGetMacro(Method, int);
  ///@}

  ///@{
  /** Ion types that clusters are made of, by name; none = all ranged ions. Default none. */
  void AddIon(const char* name);
  void ClearIons();
  ///@}

  ///@{
  /** Make clusters only of ions that the array Ordered marks. Default off. */
  vtkSetMacro(OnlyOrdered, bool);
  vtkGetMacro(OnlyOrdered, bool);
  vtkBooleanMacro(OnlyOrdered, bool);
  ///@}

  ///@{
  /** Largest distance in nm between linked ions (d_max). Default 0.4. */
  vtkSetMacro(MaximumSeparation, double);
  vtkGetMacro(MaximumSeparation, double);
  ///@}

  ///@{
  /** Neighbours of a core ion in MAXIMUM_SEPARATION (K). Default 1. */
  vtkSetMacro(Order, int);
  vtkGetMacro(Order, int);
  ///@}

  ///@{
  /** Neighbours of a core ion in DBSCAN, itself not counted. Default 5. */
  vtkSetMacro(MinimumNeighbours, int);
  vtkGetMacro(MinimumNeighbours, int);
  ///@}

  ///@{
  /** Ions of the smallest cluster, before envelope and erosion (N_min). Default 3. */
  vtkSetMacro(MinimumSize, int);
  vtkGetMacro(MinimumSize, int);
  ///@}

  ///@{
  /** Distance in nm within which other ions join (L); 0 = off. Default 0. */
  vtkSetMacro(EnvelopeDistance, double);
  vtkGetMacro(EnvelopeDistance, double);
  ///@}

  ///@{
  /** Distance in nm from ions outside within which ions leave (d_erosion); 0 = off. Default 0. */
  vtkSetMacro(ErosionDistance, double);
  vtkGetMacro(ErosionDistance, double);
  ///@}

  ///@{
  /** Share of the atoms that were detected, for the equivalent radius. Default 0.5. */
  vtkSetMacro(DetectionEfficiency, double);
  vtkGetMacro(DetectionEfficiency, double);
  ///@}

  ///@{
  /** Atoms per nm³, for the equivalent radius. Default 60.2 (aluminium). */
  vtkSetMacro(AtomicDensity, double);
  vtkGetMacro(AtomicDensity, double);
  ///@}

  ///@{
  /** Fill port 2. Default off. */
  vtkSetMacro(Sweep, bool);
  vtkGetMacro(Sweep, bool);
  vtkBooleanMacro(Sweep, bool);
  ///@}

  ///@{
  /** Lowest and highest separation of the sweep in nm. Default 0.2, 1. */
  vtkSetVector2Macro(SweepSeparationRange, double);
  vtkGetVector2Macro(SweepSeparationRange, double);
  ///@}

  ///@{
  /** Separations of the sweep, both ends included. Default 17. */
  vtkSetMacro(SweepSeparationSteps, int);
  vtkGetMacro(SweepSeparationSteps, int);
  ///@}

  ///@{
  /** Lowest and highest minimum size of the sweep, ions. Default 3, 12. */
  vtkSetVector2Macro(SweepSizeRange, int);
  vtkGetVector2Macro(SweepSizeRange, int);
  ///@}

  ///@{
  /** Minimum sizes of the sweep, both ends included. Default 4. */
  vtkSetMacro(SweepSizeSteps, int);
  vtkGetMacro(SweepSizeSteps, int);
  ///@}

  ///@{
  /** Starts the random generator of the control. Default 1. */
  vtkSetMacro(Seed, int);
  vtkGetMacro(Seed, int);
  ///@}

  /** "Name=value" of each property: what the field array ClusterSearch of all outputs holds. */
  std::vector<std::string> GetRecipe() const;

protected:
  vtkIonClusterSearch();
  ~vtkIonClusterSearch() override;

  int FillInputPortInformation(int port, vtkInformation* info) override;
  int FillOutputPortInformation(int port, vtkInformation* info) override;
  int RequestData(
    vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector*) override;

private:
  vtkIonClusterSearch(const vtkIonClusterSearch&) = delete;
  void operator=(const vtkIonClusterSearch&) = delete;

  int Method = MAXIMUM_SEPARATION;
  std::vector<std::string> Ions;
  bool OnlyOrdered = false;
  double MaximumSeparation = 0.4;
  int Order = 1;
  int MinimumNeighbours = 5;
  int MinimumSize = 3;
  double EnvelopeDistance = 0;
  double ErosionDistance = 0;
  double DetectionEfficiency = 0.5;
  double AtomicDensity = 60.2;
  bool Sweep = false;
  double SweepSeparationRange[2] = { 0.2, 1 };
  int SweepSeparationSteps = 17;
  int SweepSizeRange[2] = { 3, 12 };
  int SweepSizeSteps = 4;
  int Seed = 1;
};

#endif
