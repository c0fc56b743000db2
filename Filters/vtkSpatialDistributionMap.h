// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#ifndef vtkSpatialDistributionMap_h
#define vtkSpatialDistributionMap_h

#include "AtomProbeFiltersModule.h" // for the export macro
#include "vtkDataObjectAlgorithm.h"
#include "vtkNew.h" // for a member

#include <string>

class vtkStringArray;

/**
 * @class vtkSpatialDistributionMap
 * @brief Where, as seen from an ion, its neighbours are: z-SDM, xy-SDM and 3-D SDM.
 *
 * Port 0, Profile (vtkTable): bin_extents (nm along the axis; centre of the bin, the name by which
 * ParaView's charts know an x axis), and a column per pair, "Centre-Neighbour". Filled in every mode.
 * Port 1, Map (vtkImageData): in the modes XY and XYZ, a value per point; a point is the centre of a
 * bin, in nm, in coordinates whose z axis is the axis of the map.
 * Port 2, Spacings (vtkTable): a row per pair: distance between planes along the axis.
 * Port 3, Planes (vtkTable): with FindAxis, the directions along which ions stand in planes.
 *
 * Offsets are neighbour minus centre, in nm. Field data of ports 0 and 1 has the parameters.
 *
 * In parallel the ions are gathered on the first rank, which has the outputs.
 *
 * @warning Needs the point array Ion unless both ions are All and AllPairs is off.
 * @sa apt::spatialDistributionMap, apt::planeSpacing, apt::findLatticePlanes
 */
class ATOMPROBEFILTERS_EXPORT vtkSpatialDistributionMap : public vtkDataObjectAlgorithm
{
public:
  static vtkSpatialDistributionMap* New();
  vtkTypeMacro(vtkSpatialDistributionMap, vtkDataObjectAlgorithm);
  void PrintSelf(ostream& os, vtkIndent indent) override;

  ///@{
  /** Name of the ions at the centre and of those around it; All for every ranged ion. Default All. */
  vtkSetStdStringFromCharMacro(CentreIon);
  vtkGetCharFromStdStringMacro(CentreIon);
  vtkSetStdStringFromCharMacro(NeighbourIon);
  vtkGetCharFromStdStringMacro(NeighbourIon);
  ///@}

  ///@{
  /** Profile: a column for every pair of ion types. Default off. */
  vtkSetMacro(AllPairs, bool);
  vtkGetMacro(AllPairs, bool);
  vtkBooleanMacro(AllPairs, bool);
  ///@}

  ///@{
  /** 0 all ions, 1 those where ClassArray is not 0, 2 those where it is. Default 0. */
  vtkSetMacro(IonClass, int);
  vtkGetMacro(IonClass, int);
  ///@}

  ///@{
  /** Name of the point array that tells ordered ions from the matrix. Default Ordered. */
  vtkSetStdStringFromCharMacro(ClassArray);
  vtkGetCharFromStdStringMacro(ClassArray);
  ///@}

  ///@{
  /** Direction, of any length. Default 0 0 1. */
  vtkSetVector3Macro(Axis, double);
  vtkGetVector3Macro(Axis, double);
  ///@}

  ///@{
  /** Take the pole of the sharpest lattice planes in place of Axis. Default off. */
  vtkSetMacro(FindAxis, bool);
  vtkGetMacro(FindAxis, bool);
  vtkBooleanMacro(FindAxis, bool);
  ///@}

  ///@{
  /** Ions, at most about so many, whose neighbours the search for planes looks at. Default 100000. */
  vtkSetMacro(SampleSize, int);
  vtkGetMacro(SampleSize, int);
  ///@}

  ///@{
  /** Starts the random choice of these ions. Default 1. */
  vtkSetMacro(Seed, int);
  vtkGetMacro(Seed, int);
  ///@}

  ///@{
  /** 0 Z, 1 XY, 2 XYZ. Default 0. */
  vtkSetMacro(Mode, int);
  vtkGetMacro(Mode, int);
  ///@}

  ///@{
  /** How far the bins reach, nm. Default 1.5. */
  vtkSetMacro(MaximumDistance, double);
  vtkGetMacro(MaximumDistance, double);
  ///@}

  ///@{
  /** Profile: how far from the axis a neighbour may be, nm. Default 0.3. */
  vtkSetMacro(LateralRadius, double);
  vtkGetMacro(LateralRadius, double);
  ///@}

  ///@{
  /** XY map: offsets along the axis, nm. Default -0.05 0.05. */
  vtkSetVector2Macro(DepthRange, double);
  vtkGetVector2Macro(DepthRange, double);
  ///@}

  ///@{
  /** Width of a bin, nm. Default 0.01. */
  vtkSetMacro(BinWidth, double);
  vtkGetMacro(BinWidth, double);
  ///@}

  ///@{
  /** 0 counts, 1 per centre ion, 2 relative to the mean, 3 to shuffled ions. Default 0. */
  vtkSetMacro(Normalisation, int);
  vtkGetMacro(Normalisation, int);
  ///@}

  ///@{
  /** Beyond about so many pairs nothing is counted. Default 1e11. */
  vtkSetMacro(MaximumPairs, double);
  vtkGetMacro(MaximumPairs, double);
  ///@}

  /** All, and the names of the input's ions: what the panel offers. */
  vtkStringArray* GetKnownIons();

protected:
  vtkSpatialDistributionMap();
  ~vtkSpatialDistributionMap() override;

  int FillInputPortInformation(int port, vtkInformation* info) override;
  int FillOutputPortInformation(int port, vtkInformation* info) override;
  int RequestDataObject(
    vtkInformation*, vtkInformationVector**, vtkInformationVector* outputVector) override;
  int RequestInformation(vtkInformation*, vtkInformationVector** inputVector,
    vtkInformationVector* outputVector) override;
  int RequestData(vtkInformation*, vtkInformationVector** inputVector,
    vtkInformationVector* outputVector) override;

private:
  vtkSpatialDistributionMap(const vtkSpatialDistributionMap&) = delete;
  void operator=(const vtkSpatialDistributionMap&) = delete;

  std::string CentreIon = "All";
  std::string NeighbourIon = "All";
  bool AllPairs = false;
  int IonClass = 0;
  std::string ClassArray = "Ordered";
  double Axis[3] = { 0, 0, 1 };
  bool FindAxis = false;
  int SampleSize = 100000;
  int Seed = 1;
  int Mode = 0;
  double MaximumDistance = 1.5;
  double LateralRadius = 0.3;
  double DepthRange[2] = { -0.05, 0.05 };
  double BinWidth = 0.01;
  int Normalisation = 0;
  double MaximumPairs = 1e11;
  vtkNew<vtkStringArray> KnownIons;
};

#endif
