// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#ifndef vtkIonDensityMap_h
#define vtkIonDensityMap_h

#include "AtomProbeFiltersModule.h" // for the export macro
#include "vtkDataObjectAlgorithm.h"

#include <string>
#include <vector>

class vtkImageData;
class vtkPointSet;

/**
 * @class vtkIonDensityMap
 * @brief Two-dimensional histogram of positions or detector hits, and the ratio of two of them.
 *
 * The output is a flat vtkImageData in the plane of x and y, a point for each pixel, at its centre,
 * in nm (detector: mm). Point arrays: Count, ReferenceCount (ions per pixel), IonDensity,
 * IonDensityError (1/nm², 1/mm²), IonRatio = Count / ReferenceCount, IonRatioError; errors are 1σ from
 * counting. The ratio is NaN where there are too few reference ions. Field data is that of the input,
 * and the parameters.
 *
 * Where the input has several specimens as blocks, so has the output.
 *
 * In parallel each rank counts its ions, and the counts are added on the first, which has the output.
 *
 * How large an image is must be known before it is made, and here that follows from the ions: so
 * this updates its input when it is asked for information.
 *
 * @warning Needs the point array Ion where ions are chosen by name, ClassArray where they are by
 * class, and DetectorX and DetectorY for the projection Detector.
 * @sa apt::ionDensityMap for the definitions
 */
class ATOMPROBEFILTERS_EXPORT vtkIonDensityMap : public vtkDataObjectAlgorithm
{
public:
  static vtkIonDensityMap* New();
  vtkTypeMacro(vtkIonDensityMap, vtkDataObjectAlgorithm);
  void PrintSelf(ostream& os, vtkIndent indent) override;

  ///@{
  /** 0 X, 1 Y, 2 Z, 3 Axis, 4 Detector: see apt::IonDensityProjection. Default 2. */
  vtkSetMacro(Projection, int);
  vtkGetMacro(Projection, int);
  ///@}

  ///@{
  /** Direction looked at with the projection Axis, of any length. Default 0 0 1. */
  vtkSetVector3Macro(Axis, double);
  vtkGetVector3Macro(Axis, double);
  ///@}

  ///@{
  /** Count only ions within DepthRange. Default off. */
  vtkSetMacro(LimitDepth, bool);
  vtkGetMacro(LimitDepth, bool);
  vtkBooleanMacro(LimitDepth, bool);
  ///@}

  ///@{
  /** Along the direction looked at (detector: along z), nm, ends included. Default -5 5. */
  vtkSetVector2Macro(DepthRange, double);
  vtkGetVector2Macro(DepthRange, double);
  ///@}

  ///@{
  /** Ions that are counted, by name; none = all ranged ions. Default none. */
  void AddIon(const char* name);
  void ClearIons();
  ///@}

  ///@{
  /** Which of these: 0 all, 1 where ClassArray is not 0, 2 where it is. Default 0. */
  vtkSetMacro(IonClass, int);
  vtkGetMacro(IonClass, int);
  ///@}

  ///@{
  /** Ions that the counts are divided by, by name; none = all ranged ions. Default none. */
  void AddReferenceIon(const char* name);
  void ClearReferenceIons();
  ///@}

  ///@{
  /** Which of these, as IonClass. Default 0. */
  vtkSetMacro(ReferenceClass, int);
  vtkGetMacro(ReferenceClass, int);
  ///@}

  ///@{
  /** Name of the point array that tells ordered ions from the matrix. Default Ordered. */
  vtkSetStdStringFromCharMacro(ClassArray);
  vtkGetCharFromStdStringMacro(ClassArray);
  ///@}

  ///@{
  /** Edge of a pixel, nm (detector: mm); 0 = one that fits the ions. Default 0. */
  vtkSetMacro(PixelSize, double);
  vtkGetMacro(PixelSize, double);
  ///@}

  ///@{
  /** σ of the Gaussian that spreads the counts, nm (detector: mm); 0 = off. Default 0. */
  vtkSetMacro(Smoothing, double);
  vtkGetMacro(Smoothing, double);
  ///@}

  ///@{
  /** Reference ions that must be behind a pixel for it to have a ratio. Default 1. */
  vtkSetMacro(MinimumCount, double);
  vtkGetMacro(MinimumCount, double);
  ///@}

protected:
  vtkIonDensityMap();
  ~vtkIonDensityMap() override;

  int FillInputPortInformation(int port, vtkInformation* info) override;
  int FillOutputPortInformation(int port, vtkInformation* info) override;
  int RequestDataObject(vtkInformation*, vtkInformationVector** inputVector,
    vtkInformationVector* outputVector) override;
  int RequestInformation(vtkInformation*, vtkInformationVector** inputVector,
    vtkInformationVector* outputVector) override;
  int RequestData(vtkInformation*, vtkInformationVector** inputVector,
    vtkInformationVector* outputVector) override;

private:
  vtkIonDensityMap(const vtkIonDensityMap&) = delete;
  void operator=(const vtkIonDensityMap&) = delete;

  class MappedIons;
  void fill(vtkImageData* output, const std::vector<vtkPointSet*>& pieces);

  int Projection = 2;
  double Axis[3] = { 0, 0, 1 };
  bool LimitDepth = false;
  double DepthRange[2] = { -5, 5 };
  std::vector<std::string> Ions;
  int IonClass = 0;
  std::vector<std::string> ReferenceIons;
  int ReferenceClass = 0;
  std::string ClassArray = "Ordered";
  double PixelSize = 0;
  double Smoothing = 0;
  double MinimumCount = 1;
};

#endif
