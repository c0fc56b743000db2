// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#ifndef vtkProxigram_h
#define vtkProxigram_h

#include "AtomProbeFiltersModule.h" // for the export macro
#include "vtkTableAlgorithm.h"

#include <string>
#include <vector>

/**
 * @class vtkProxigram
 * @brief Concentration against the distance to a surface, or along a line; interfacial excess.
 *
 * Input port 0: the ions. Input port 1, needed in the mode SURFACE only: the surface, such as Contour of a
 * Composition Grid; its point normals say what is outside, else the order of its points. Distances
 * are positive on the side that normals point away from: with Contour, where there is more.
 *
 * Port 0, Profile: bin_extents (nm; centre of the bin, the name by which ParaView's charts know an
 * x axis), AtomicPercent_Li and so on (IonicPercent_Li where molecular ions are taken as they are).
 * Port 1, Bins: also the limits of the bins, counts and counting errors.
 * Port 2, Excess, in the mode SURFACE: a row per chosen ion with its interfacial excess.
 * Field data have the parameters, in the mode SURFACE also InterfacialExcess, its error, and Area.
 *
 * In parallel ions and surface are gathered on the first rank, which has the tables.
 *
 * @warning Needs the point array Ion.
 * @sa apt::distancesToSurface, apt::interfacialExcess for the definitions
 */
class ATOMPROBEFILTERS_EXPORT vtkProxigram : public vtkTableAlgorithm
{
public:
  static vtkProxigram* New();
  vtkTypeMacro(vtkProxigram, vtkTableAlgorithm);
  void PrintSelf(ostream& os, vtkIndent indent) override;

  enum ModeType
  {
    SURFACE = 0,
    X = 1,
    Y = 2,
    Z = 3,
    LINE = 4
  };

  ///@{
  /** What distances are measured from. Default SURFACE. */
  vtkSetMacro(Mode, int);
  vtkGetMacro(Mode, int);
  ///@}

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
  /** SURFACE: how far from the surface ions count, on either side, nm. Default 5. */
  vtkSetMacro(MaximumDistance, double);
  vtkGetMacro(MaximumDistance, double);
  ///@}

  ///@{
  /** SURFACE: the other side is positive. Default off. */
  vtkSetMacro(Invert, bool);
  vtkGetMacro(Invert, bool);
  vtkBooleanMacro(Invert, bool);
  ///@}

  ///@{
  /** SURFACE: only parts of the surface with ions on both sides. Default on. */
  vtkSetMacro(OnlyTwoSided, bool);
  vtkGetMacro(OnlyTwoSided, bool);
  vtkBooleanMacro(OnlyTwoSided, bool);
  ///@}

  ///@{
  /** SURFACE: ions too whose nearest point is on the rim of an open surface. Default off. */
  vtkSetMacro(BeyondRim, bool);
  vtkGetMacro(BeyondRim, bool);
  vtkBooleanMacro(BeyondRim, bool);
  ///@}

  ///@{
  /** LINE: where it begins and ends, nm. Default 0 0 -5 and 0 0 5. */
  vtkSetVector3Macro(Point1, double);
  vtkGetVector3Macro(Point1, double);
  vtkSetVector3Macro(Point2, double);
  vtkGetVector3Macro(Point2, double);
  ///@}

  ///@{
  /** X, Y, Z, LINE: how far from the axis ions count, nm; 0 = any distance. Default 0. */
  vtkSetMacro(Radius, double);
  vtkGetMacro(Radius, double);
  ///@}

  ///@{
  /** Width of a bin, nm. Default 0.2. */
  vtkSetMacro(BinWidth, double);
  vtkGetMacro(BinWidth, double);
  ///@}

  ///@{
  /** Ions per bin, instead of a fixed width; 0 = off. Default 0. */
  vtkSetMacro(IonsPerBin, int);
  vtkGetMacro(IonsPerBin, int);
  ///@}

  ///@{
  /** SURFACE: half width of the interface for the excess, nm. Default 1.5. */
  vtkSetMacro(InterfaceHalfWidth, double);
  vtkGetMacro(InterfaceHalfWidth, double);
  ///@}

  ///@{
  /** SURFACE: distance of the middle of the interface for the excess, nm. Default 0. */
  vtkSetMacro(InterfacePosition, double);
  vtkGetMacro(InterfacePosition, double);
  ///@}

  ///@{
  /** SURFACE: the dividing surface is at InterfacePosition, or where DividingIon has no excess.
   * Default AT_POSITION. */
  enum DividingSurfaceType
  {
    AT_POSITION = 0,
    NO_EXCESS = 1
  };
  vtkSetMacro(DividingSurface, int);
  vtkGetMacro(DividingSurface, int);
  ///@}

  ///@{
  /** NO_EXCESS: the element (ion, where they are not taken apart) that has none. Default empty. */
  vtkSetMacro(DividingIon, std::string);
  vtkGetMacro(DividingIon, std::string);
  ///@}

  ///@{
  /** Share of the atoms that were detected, for the excess. Default 0.5. */
  vtkSetMacro(DetectionEfficiency, double);
  vtkGetMacro(DetectionEfficiency, double);
  ///@}

protected:
  vtkProxigram();
  ~vtkProxigram() override;

  int FillInputPortInformation(int port, vtkInformation* info) override;
  int RequestData(vtkInformation*, vtkInformationVector** inputVector,
    vtkInformationVector* outputVector) override;

private:
  vtkProxigram(const vtkProxigram&) = delete;
  void operator=(const vtkProxigram&) = delete;

  void describe(vtkTable* table) const;

  int Mode = SURFACE;
  std::vector<std::string> Ions;
  std::vector<std::string> ReferenceIons;
  bool SumIons = false;
  bool Decompose = true;
  double MaximumDistance = 5;
  bool Invert = false;
  bool OnlyTwoSided = true;
  bool BeyondRim = false;
  double Point1[3] = { 0, 0, -5 };
  double Point2[3] = { 0, 0, 5 };
  double Radius = 0;
  double BinWidth = 0.2;
  int IonsPerBin = 0;
  double InterfaceHalfWidth = 1.5;
  double InterfacePosition = 0;
  int DividingSurface = AT_POSITION;
  std::string DividingIon;
  double DetectionEfficiency = 0.5;
};

#endif
