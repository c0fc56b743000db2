// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#ifndef vtkSyntheticSpecimenSource_h
#define vtkSyntheticSpecimenSource_h

#include "AtomProbeReadersModule.h" // for the export macro
#include "vtkDataObjectAlgorithm.h"
#include "vtkNew.h"

#include <string>
#include <vector>

class vtkPolyData;
class vtkStringArray;

namespace apt
{
class SyntheticSpecimen;
struct SyntheticSpecimenOptions;
} // namespace apt

/**
 * @class vtkSyntheticSpecimenSource
 * @brief Makes atom probe specimens whose truth is known: a crystal with ordered domains or faults,
 * measured with noise and losses.
 *
 * The output is an ion cloud with MassToCharge, Ion and the truth: Phase (0 matrix, 1 ordered
 * domain, 2 at a planar fault) and Domain (−1 in the matrix). One specimen is a vtkPolyData,
 * several are the blocks of a vtkMultiBlockDataSet; each draws anew from every range.
 *
 * The same properties and seed give the same ions on any number of threads and ranks; each rank
 * makes its own part. See apt::SyntheticSpecimenOptions for the meaning of each property; lengths
 * are in nm, angles in degrees.
 */
class ATOMPROBEREADERS_EXPORT vtkSyntheticSpecimenSource : public vtkDataObjectAlgorithm
{
public:
  static vtkSyntheticSpecimenSource* New();
  vtkTypeMacro(vtkSyntheticSpecimenSource, vtkDataObjectAlgorithm);
  void PrintSelf(ostream& os, vtkIndent indent) override;

  /** Sets all properties of the alloy from the preset of that number (apt::specimenPresets). */
  void UsePreset(int preset);

  ///@{
  /** Name of the recipe, for the record: it changes no other property (see UsePreset). */
  vtkSetMacro(Preset, int);
  vtkGetMacro(Preset, int);
  ///@}

  ///@{
  /** How many specimens to make. Default 1. */
  vtkSetMacro(NumberOfSpecimens, int);
  vtkGetMacro(NumberOfSpecimens, int);
  ///@}

  ///@{
  /** Shares of the specimens whose blocks are named Validation and Test. Default 0: no split. */
  vtkSetMacro(ValidationFraction, double);
  vtkGetMacro(ValidationFraction, double);
  vtkSetMacro(TestFraction, double);
  vtkGetMacro(TestFraction, double);
  ///@}

  ///@{
  /** Crystal: lattice (apt::LatticeType), its parameter (nm), c / a (hcp), composition. */
  vtkSetMacro(Lattice, int);
  vtkGetMacro(Lattice, int);
  vtkSetMacro(LatticeParameter, double);
  vtkGetMacro(LatticeParameter, double);
  vtkSetMacro(AxialRatio, double);
  vtkGetMacro(AxialRatio, double);
  vtkSetStdStringFromCharMacro(MatrixComposition);
  vtkGetCharFromStdStringMacro(MatrixComposition);
  ///@}

  ///@{
  /** Ordered structure (apt::OrderedStructure) and the composition of its sublattices. */
  vtkSetMacro(Structure, int);
  vtkGetMacro(Structure, int);
  vtkSetStdStringFromCharMacro(SublatticeA);
  vtkGetCharFromStdStringMacro(SublatticeA);
  vtkSetStdStringFromCharMacro(SublatticeB);
  vtkGetCharFromStdStringMacro(SublatticeB);
  vtkSetStdStringFromCharMacro(SublatticeC);
  vtkGetCharFromStdStringMacro(SublatticeC);
  ///@}

  ///@{
  /** Ordered domains: share of the ions, shape (apt::DomainShape), radius (nm), variants. */
  vtkSetMacro(DomainFraction, double);
  vtkGetMacro(DomainFraction, double);
  vtkSetMacro(DomainShape, int);
  vtkGetMacro(DomainShape, int);
  vtkSetVector2Macro(DomainRadiusRange, double);
  vtkGetVector2Macro(DomainRadiusRange, double);
  vtkSetMacro(AspectRatio, double);
  vtkGetMacro(AspectRatio, double);
  vtkSetMacro(DomainVariants, int);
  vtkGetMacro(DomainVariants, int);
  ///@}

  ///@{
  /** Planar faults on {111}: kind (apt::PlanarFault), how many, nm between them, nm labelled. */
  vtkSetMacro(PlanarFault, int);
  vtkGetMacro(PlanarFault, int);
  vtkSetMacro(FaultCount, int);
  vtkGetMacro(FaultCount, int);
  vtkSetMacro(FaultSpacing, double);
  vtkGetMacro(FaultSpacing, double);
  vtkSetMacro(FaultWidth, double);
  vtkGetMacro(FaultWidth, double);
  ///@}

  ///@{
  /** Specimen: shape (apt::SpecimenShape), edge or diameter, height (0: as edge), nm; degrees. */
  vtkSetMacro(Shape, int);
  vtkGetMacro(Shape, int);
  vtkSetMacro(EdgeLength, double);
  vtkGetMacro(EdgeLength, double);
  vtkSetMacro(Height, double);
  vtkGetMacro(Height, double);
  vtkSetMacro(ShankAngle, double);
  vtkGetMacro(ShankAngle, double);
  ///@}

  ///@{
  /** Orientation (apt::Orientation) and half ranges of the rotations about x, y, z, degrees. */
  vtkSetMacro(Orientation, int);
  vtkGetMacro(Orientation, int);
  vtkSetMacro(RotationX, double);
  vtkGetMacro(RotationX, double);
  vtkSetMacro(RotationY, double);
  vtkGetMacro(RotationY, double);
  vtkSetMacro(RotationZ, double);
  vtkGetMacro(RotationZ, double);
  ///@}

  ///@{
  /** Measurement: noise (apt::NoiseModel; nm), efficiency, magnification, mass resolving power. */
  vtkSetMacro(NoiseModel, int);
  vtkGetMacro(NoiseModel, int);
  vtkSetVector2Macro(LateralNoiseRange, double);
  vtkGetVector2Macro(LateralNoiseRange, double);
  vtkSetVector2Macro(DepthNoiseRange, double);
  vtkGetVector2Macro(DepthNoiseRange, double);
  vtkSetMacro(NoiseGrowth, double);
  vtkGetMacro(NoiseGrowth, double);
  vtkSetVector2Macro(DetectionEfficiencyRange, double);
  vtkGetVector2Macro(DetectionEfficiencyRange, double);
  vtkSetMacro(LocalMagnification, double);
  vtkGetMacro(LocalMagnification, double);
  vtkSetMacro(MassResolvingPower, double);
  vtkGetMacro(MassResolvingPower, double);
  ///@}

  ///@{
  /** Another seed gives other specimens. Default 1. */
  vtkSetMacro(Seed, int);
  vtkGetMacro(Seed, int);
  ///@}

  /** Name, red, green, blue (0 … 255) of each ion after an update, for the client's legend. */
  vtkStringArray* GetIonLegend();

  /** All properties of the specimen as "name=value" or "name=value value", NumberOfSpecimens out. */
  std::vector<std::string> GetRecipe() const;

  /**
   * Sets the properties that these rows name, as GetRecipe writes them; what they do not name stays.
   * @return whether all rows were understood
   */
  bool SetRecipe(const std::vector<std::string>& rows);

  /** The properties as the core takes them. @throws apt::ParameterError */
  apt::SyntheticSpecimenOptions GetOptions() const;

protected:
  vtkSyntheticSpecimenSource();
  ~vtkSyntheticSpecimenSource() override;

  int RequestDataObject(
    vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector*) override;
  int RequestInformation(
    vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector*) override;
  int RequestData(
    vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector*) override;

private:
  vtkSyntheticSpecimenSource(const vtkSyntheticSpecimenSource&) = delete;
  void operator=(const vtkSyntheticSpecimenSource&) = delete;

  void SetOptions(const apt::SyntheticSpecimenOptions& options);
  /** Calls visit(name, member) for each row of the recipe. */
  template <typename Source, typename Visitor>
  static void VisitRecipe(Source& source, const Visitor& visit);
  /** Puts into the field data what it takes to make this specimen again, and what it drew. */
  void DescribeSpecimen(
    vtkPolyData* cloud, const apt::SyntheticSpecimen& specimen, int number) const;

  int Preset = 0;
  int NumberOfSpecimens = 1;
  double ValidationFraction = 0;
  double TestFraction = 0;
  int Lattice = 0;
  double LatticeParameter = 0;
  double AxialRatio = 0;
  std::string MatrixComposition;
  int Structure = 0;
  std::string SublatticeA;
  std::string SublatticeB;
  std::string SublatticeC;
  double DomainFraction = 0;
  int DomainShape = 0;
  double DomainRadiusRange[2] = { 0, 0 };
  double AspectRatio = 1;
  int DomainVariants = 0;
  int PlanarFault = 0;
  int FaultCount = 1;
  double FaultSpacing = 0;
  double FaultWidth = 0;
  int Shape = 0;
  double EdgeLength = 0;
  double Height = 0;
  double ShankAngle = 0;
  int Orientation = 0;
  double RotationX = 0;
  double RotationY = 0;
  double RotationZ = 0;
  int NoiseModel = 0;
  double LateralNoiseRange[2] = { 0, 0 };
  double DepthNoiseRange[2] = { 0, 0 };
  double NoiseGrowth = 0;
  double DetectionEfficiencyRange[2] = { 0, 0 };
  double LocalMagnification = 1;
  double MassResolvingPower = 0;
  int Seed = 1;
  vtkNew<vtkStringArray> IonLegend;
};

#endif
