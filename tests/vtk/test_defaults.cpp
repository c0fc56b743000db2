// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkAtomNetSegmentation.h"
#include "vtkAtomNetTraining.h"
#include "vtkAtomProbeReader.h"
#include "vtkClassificationMetrics.h"
#include "vtkCompositionGrid.h"
#include "vtkIonClusterSearch.h"
#include "vtkIonDensityMap.h"
#include "vtkIonRanging.h"
#include "vtkIonShuffle.h"
#include "vtkMassSpectrum.h"
#include "vtkNeighbourDistribution.h"
#include "vtkProxigram.h"
#include "vtkSizeDistributionComparison.h"
#include "vtkSpatialDistributionMap.h"
#include "vtkSyntheticSpecimenSource.h"

#include "ClassificationMetrics.h"
#include "ClusterProperties.h"
#include "ClusterSearch.h"
#include "ClusterSweep.h"
#include "CompositionBasis.h"
#include "CompositionGrid.h"
#include "Inference.h"
#include "IonDensityMap.h"
#include "IonShuffle.h"
#include "LabelledClouds.h"
#include "LatticePlaneSearch.h"
#include "MassSpectrum.h"
#include "NeighbourDistribution.h"
#include "Proxigram.h"
#include "RangeFile.h"
#include "RangeTable.h"
#include "SizeDistribution.h"
#include "SpatialDistributionMap.h"
#include "Training.h"

#include "vtkNew.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <string>
#include <vector>

// The default of a property stands in three places: the core's options, the class, the XML.

namespace
{

/** Default values by property name, of the proxy in that file of ServerManagerXML. */
std::map<std::string, std::string> defaultsIn(const std::string& proxy)
{
  std::ifstream file(ATOMPROBE_XML "/" + proxy + ".xml");
  const std::string text{ std::istreambuf_iterator<char>(file), {} };
  const std::regex element("<(?:Int|Double|String|IdType)VectorProperty([^>]*)>");
  const std::regex attribute("(\\w+)=\"([^\"]*)\"");
  std::map<std::string, std::string> defaults;
  for (std::sregex_iterator it(text.begin(), text.end(), element), end; it != end; ++it)
  {
    const std::string attributes = (*it)[1];
    std::map<std::string, std::string> values;
    for (std::sregex_iterator at(attributes.begin(), attributes.end(), attribute); at != end; ++at)
    {
      values[(*at)[1]] = (*at)[2];
    }
    if (values.count("default_values"))
    {
      defaults[values["name"]] = values["default_values"];
    }
  }
  return defaults;
}

using Defaults = std::map<std::string, std::string>;

} // namespace

TEST(Defaults, OfTheReaderAgree)
{
  vtkNew<vtkAtomProbeReader> reader;
  EXPECT_EQ(defaultsIn("AtomProbeReader"),
    (Defaults{ { "Stride", std::to_string(reader->GetStride()) },
      { "KeepNonFinite", std::to_string(reader->GetKeepNonFinite()) },
      { "VoltageUnit", std::to_string(reader->GetVoltageUnit()) } }));
}

TEST(Defaults, OfTheSegmentationAgree)
{
  vtkNew<vtkAtomNetSegmentation> segmentation;
  Defaults defaults = defaultsIn("AtomNetSegmentation");
  const apt::InferenceOptions options;
  EXPECT_EQ(defaults["Model"], segmentation->GetModel());
  EXPECT_EQ(std::stod(defaults["Threshold"]), segmentation->GetThreshold());
  EXPECT_EQ(segmentation->GetThreshold(), apt::Model().threshold);
  EXPECT_EQ(defaults["BlockCount"], std::to_string(segmentation->GetBlockCount()));
  EXPECT_EQ(options.blockCount, static_cast<std::size_t>(segmentation->GetBlockCount()));
  EXPECT_EQ(std::stod(defaults["LatticeParameter"]), segmentation->GetLatticeParameter());
  EXPECT_EQ(options.latticeParameter, segmentation->GetLatticeParameter());
  EXPECT_EQ(defaults["Device"], std::to_string(segmentation->GetDevice()));
  EXPECT_EQ(static_cast<int>(options.device), segmentation->GetDevice());
  EXPECT_EQ(
    defaults["KeepBlockProbabilities"], std::to_string(segmentation->GetKeepBlockProbabilities()));
  EXPECT_EQ(defaults["BlocksRun"], std::to_string(segmentation->GetBlocksRun()));
  EXPECT_EQ(defaults.size(), 7u);
}

TEST(Defaults, OfTheTrainingAgree)
{
  vtkNew<vtkAtomNetTraining> training;
  const apt::TrainingOptions options;
  const apt::LabelledCloudOptions clouds;
  EXPECT_EQ(defaultsIn("AtomNetTraining"),
    (Defaults{ { "Architecture", std::to_string(training->GetArchitecture()) },
      { "BlockCount", std::to_string(training->GetBlockCount()) },
      { "LatticeParameter", apt::shortestNumber(training->GetLatticeParameter()) },
      { "Neighbours", std::to_string(training->GetNeighbours()) },
      { "WaveWindows", std::to_string(training->GetWaveWindows()) },
      { "SpeciesEncoding", std::to_string(training->GetSpeciesEncoding()) },
      { "BatchNorm", std::to_string(training->GetBatchNorm()) }, { "Alloy", training->GetAlloy() },
      { "Licence", training->GetLicence() },
      { "SuggestedThreshold", apt::shortestNumber(training->GetSuggestedThreshold()) },
      { "FreshSpecimens", std::to_string(training->GetFreshSpecimens()) },
      { "SpecimensPerEpoch", std::to_string(options.cloudsPerEpoch) },
      { "ValidationFraction", apt::shortestNumber(clouds.validationFraction) },
      { "TruthArray", training->GetTruthArray() },
      { "OrderedValues", std::to_string(clouds.orderedValues.at(0)) },
      { "Epochs", std::to_string(options.epochs) },
      { "LearningRate", apt::shortestNumber(options.learningRate) },
      { "CosineDecay", std::to_string(options.cosineDecay) },
      { "SpecimensPerStep", std::to_string(options.cloudsPerStep) },
      { "BatchSize", std::to_string(options.batchSize) },
      { "WeightDecay", apt::shortestNumber(options.weightDecay) },
      { "Orthogonality", apt::shortestNumber(options.orthogonality) },
      { "Patience", std::to_string(options.patience) }, { "Seed", std::to_string(options.seed) },
      { "Device", std::to_string(static_cast<int>(options.device)) },
      { "EpochsTrained", std::to_string(training->GetEpochsTrained()) } }));
  EXPECT_EQ(options.epochs, training->GetEpochs());
  EXPECT_EQ(options.cloudsPerEpoch, training->GetSpecimensPerEpoch());
  EXPECT_EQ(options.cloudsPerStep, training->GetSpecimensPerStep());
  EXPECT_EQ(options.batchSize, training->GetBatchSize());
  EXPECT_EQ(options.learningRate, training->GetLearningRate());
  EXPECT_EQ(options.cosineDecay, training->GetCosineDecay());
  EXPECT_EQ(options.weightDecay, training->GetWeightDecay());
  EXPECT_EQ(options.orthogonality, training->GetOrthogonality());
  EXPECT_EQ(options.patience, training->GetPatience());
  EXPECT_EQ(options.seed, static_cast<std::uint64_t>(training->GetSeed()));
  EXPECT_EQ(static_cast<int>(options.device), training->GetDevice());
  EXPECT_EQ(clouds.validationFraction, training->GetValidationFraction());
  EXPECT_EQ(clouds.orderedValues, training->GetOrderedValues());
}

TEST(Defaults, OfClassificationMetricsAgree)
{
  vtkNew<vtkClassificationMetrics> metrics;
  const apt::ClassificationOptions options;
  EXPECT_EQ(defaultsIn("ClassificationMetrics"),
    (Defaults{ { "Threshold", "0.5" }, { "OrderedPhases", "1" }, { "NumberOfThresholds", "101" },
      { "NumberOfCalibrationBins", "15" } }));
  EXPECT_EQ(metrics->GetThreshold(), 0.5);
  EXPECT_EQ(options.threshold, 0.5);
  EXPECT_EQ(metrics->GetOrderedPhases(), std::vector<int>{ 1 });
  EXPECT_EQ(options.orderedPhases, std::vector<int>{ 1 });
  EXPECT_EQ(metrics->GetNumberOfThresholds(), 101);
  EXPECT_EQ(options.thresholdCount, 101);
  EXPECT_EQ(metrics->GetNumberOfCalibrationBins(), 15);
  EXPECT_EQ(options.calibrationBins, 15);
  EXPECT_TRUE(metrics->GetScores().empty());
}

TEST(Defaults, OfTheCompositionGridAgree)
{
  vtkNew<vtkCompositionGrid> grid;
  const apt::CompositionChoice choice;
  const apt::CompositionGridOptions options;
  EXPECT_EQ(defaultsIn("CompositionGrid"),
    (Defaults{ { "SumIons", std::to_string(grid->GetSumIons()) },
      { "Decompose", std::to_string(grid->GetDecompose()) },
      { "VoxelSize", apt::shortestNumber(grid->GetVoxelSize()) }, { "Delocalisation", "3 3 1.5" },
      { "MinimumCount", apt::shortestNumber(grid->GetMinimumCount()) },
      { "Errors", std::to_string(grid->GetErrors()) },
      { "Counts", std::to_string(grid->GetCounts()) }, { "MaximumVoxels", "1e8" } }));
  EXPECT_EQ(choice.sum, grid->GetSumIons());
  EXPECT_EQ(choice.decompose, grid->GetDecompose());
  EXPECT_EQ(options.voxelSize, grid->GetVoxelSize());
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    EXPECT_EQ(options.delocalisation[axis], axis < 2 ? 3 : 1.5);
    EXPECT_EQ(options.delocalisation[axis], grid->GetDelocalisation()[axis]);
  }
  EXPECT_EQ(options.minimumCount, grid->GetMinimumCount());
  EXPECT_EQ(options.errors, grid->GetErrors());
  EXPECT_EQ(options.counts, grid->GetCounts());
  EXPECT_EQ(options.maximumVoxels, 1e8);
  EXPECT_EQ(options.maximumVoxels, grid->GetMaximumVoxels());
}

TEST(Defaults, OfIonRangingAgree)
{
  vtkNew<vtkIonRanging> ranging;
  EXPECT_EQ(defaultsIn("IonRanging"),
    (Defaults{ { "RemoveUnranged", std::to_string(ranging->GetRemoveUnranged()) },
      { "SeparateHomonuclearIons", std::to_string(ranging->GetSeparateHomonuclearIons()) } }));
  EXPECT_EQ(
    ranging->GetSeparateHomonuclearIons(), apt::RangeTableOptions().separateHomonuclearIons);
}

TEST(Defaults, OfTheMassSpectrumAgree)
{
  vtkNew<vtkMassSpectrum> spectrum;
  Defaults defaults = defaultsIn("MassSpectrum");
  const apt::MassSpectrumOptions options;
  EXPECT_EQ(std::stod(defaults["BinWidth"]), spectrum->GetBinWidth());
  EXPECT_EQ(options.binWidth, spectrum->GetBinWidth());
  EXPECT_EQ(defaults["MassRange"], "0 0");
  EXPECT_EQ(options.lower, spectrum->GetMassRange()[0]);
  EXPECT_EQ(options.upper, spectrum->GetMassRange()[1]);
  EXPECT_EQ(defaults["LogCounts"], std::to_string(spectrum->GetLogCounts()));
  EXPECT_EQ(defaults.size(), 3u);
}

TEST(Defaults, OfTheIonClusterSearchAgree)
{
  vtkNew<vtkIonClusterSearch> search;
  Defaults recipe;
  for (const std::string& line : search->GetRecipe())
  {
    const std::size_t equals = line.find('=');
    recipe[line.substr(0, equals)] = line.substr(equals + 1);
  }
  recipe.erase("Ions"); // a list, empty in all three
  EXPECT_EQ(defaultsIn("IonClusterSearch"), recipe);

  const apt::ClusterSearchOptions options;
  EXPECT_EQ(search->GetMethod(), static_cast<int>(options.method));
  EXPECT_EQ(search->GetMaximumSeparation(), options.maximumSeparation);
  EXPECT_EQ(search->GetOrder(), options.order);
  EXPECT_EQ(search->GetMinimumNeighbours(), options.minimumNeighbours);
  EXPECT_EQ(search->GetMinimumSize(), options.minimumSize);
  EXPECT_EQ(search->GetEnvelopeDistance(), options.envelopeDistance);
  EXPECT_EQ(search->GetErosionDistance(), options.erosionDistance);
  const apt::ClusterPropertiesOptions properties;
  EXPECT_EQ(search->GetDetectionEfficiency(), properties.detectionEfficiency);
  EXPECT_EQ(search->GetAtomicDensity(), properties.atomicDensity);
  const apt::ClusterSweepOptions sweep;
  EXPECT_EQ(search->GetSweepSeparationRange()[0], sweep.lowestSeparation);
  EXPECT_EQ(search->GetSweepSeparationRange()[1], sweep.highestSeparation);
  EXPECT_EQ(search->GetSweepSeparationSteps(), sweep.separationSteps);
  EXPECT_EQ(search->GetSweepSizeRange()[0], sweep.lowestSize);
  EXPECT_EQ(search->GetSweepSizeRange()[1], sweep.highestSize);
  EXPECT_EQ(search->GetSweepSizeSteps(), sweep.sizeSteps);
  EXPECT_EQ(static_cast<std::uint64_t>(search->GetSeed()), sweep.seed);
}

TEST(Defaults, OfTheProxigramAgree)
{
  vtkNew<vtkProxigram> proxigram;
  const apt::CompositionChoice choice;
  const apt::SurfaceProfileOptions surface;
  const apt::LineProfileOptions line;
  const apt::ProfileBinning binning;
  const apt::InterfaceOptions interfaceOptions;
  EXPECT_EQ(defaultsIn("Proxigram"),
    (Defaults{ { "Mode", std::to_string(proxigram->GetMode()) },
      { "SumIons", std::to_string(proxigram->GetSumIons()) },
      { "Decompose", std::to_string(proxigram->GetDecompose()) },
      { "MaximumDistance", apt::shortestNumber(proxigram->GetMaximumDistance()) },
      { "Invert", std::to_string(proxigram->GetInvert()) },
      { "OnlyTwoSided", std::to_string(proxigram->GetOnlyTwoSided()) },
      { "BeyondRim", std::to_string(proxigram->GetBeyondRim()) }, { "Point1", "0 0 -5" },
      { "Point2", "0 0 5" }, { "Radius", apt::shortestNumber(proxigram->GetRadius()) },
      { "BinWidth", apt::shortestNumber(proxigram->GetBinWidth()) },
      { "IonsPerBin", std::to_string(proxigram->GetIonsPerBin()) },
      { "InterfaceHalfWidth", apt::shortestNumber(proxigram->GetInterfaceHalfWidth()) },
      { "InterfacePosition", apt::shortestNumber(proxigram->GetInterfacePosition()) },
      { "DividingSurface", std::to_string(proxigram->GetDividingSurface()) },
      { "DividingIon", proxigram->GetDividingIon() },
      { "DetectionEfficiency", apt::shortestNumber(proxigram->GetDetectionEfficiency()) } }));
  EXPECT_EQ(choice.sum, proxigram->GetSumIons());
  EXPECT_EQ(choice.decompose, proxigram->GetDecompose());
  EXPECT_EQ(surface.maximumDistance, proxigram->GetMaximumDistance());
  EXPECT_EQ(surface.twoSided, proxigram->GetOnlyTwoSided());
  EXPECT_EQ(surface.beyondRim, proxigram->GetBeyondRim());
  EXPECT_EQ(line.radius, proxigram->GetRadius());
  EXPECT_EQ(proxigram->GetPoint1()[2], -5);
  EXPECT_EQ(proxigram->GetPoint2()[2], 5);
  EXPECT_EQ(binning.width, proxigram->GetBinWidth());
  EXPECT_EQ(static_cast<int>(binning.ionsPerBin), proxigram->GetIonsPerBin());
  EXPECT_EQ(interfaceOptions.halfWidth, proxigram->GetInterfaceHalfWidth());
  EXPECT_EQ(interfaceOptions.position, proxigram->GetInterfacePosition());
  EXPECT_EQ(interfaceOptions.detectionEfficiency, proxigram->GetDetectionEfficiency());
}

TEST(Defaults, OfTheSizeDistributionComparisonAgree)
{
  vtkNew<vtkSizeDistributionComparison> comparison;
  Defaults defaults = defaultsIn("SizeDistributionComparison");
  const apt::SizeDistributionOptions options;
  EXPECT_EQ(defaults["SizeColumn"], comparison->GetSizeColumn());
  EXPECT_EQ(std::stoi(defaults["BinWidth"]), comparison->GetBinWidth());
  EXPECT_EQ(options.binWidth, comparison->GetBinWidth());
  EXPECT_EQ(std::stod(defaults["MinimumExpected"]), comparison->GetMinimumExpected());
  EXPECT_EQ(options.minimumExpected, comparison->GetMinimumExpected());
  EXPECT_EQ(defaults.size(), 3u);
}

TEST(Defaults, OfTheSyntheticSpecimenAgree)
{
  vtkNew<vtkSyntheticSpecimenSource> source;
  const Defaults defaults = defaultsIn("SyntheticSpecimen");
  EXPECT_EQ(defaults.at("Preset"), std::to_string(source->GetPreset()));
  EXPECT_EQ(defaults.at("NumberOfSpecimens"), std::to_string(source->GetNumberOfSpecimens()));
  std::size_t compared = 0;
  for (const std::string& line : source->GetRecipe())
  {
    const std::size_t equals = line.find('=');
    const std::string name = line.substr(0, equals);
    ASSERT_EQ(defaults.count(name), 1u) << name;
    EXPECT_EQ(defaults.at(name), line.substr(equals + 1)) << name;
    ++compared;
  }
  // The recipe has all but the preset, the number of specimens and the two shares of the split.
  EXPECT_EQ(compared + 4, defaults.size());
}

TEST(Defaults, OfTheSpatialDistributionMapAgree)
{
  vtkNew<vtkSpatialDistributionMap> sdm;
  Defaults defaults = defaultsIn("SpatialDistributionMap");
  const apt::SpatialDistributionOptions options;
  const apt::LatticePlaneOptions search;
  EXPECT_EQ(defaults["CentreIon"], sdm->GetCentreIon());
  EXPECT_EQ(defaults["NeighbourIon"], sdm->GetNeighbourIon());
  EXPECT_EQ(options.centre, apt::SpatialDistributionOptions::AllIons);
  EXPECT_EQ(options.neighbour, apt::SpatialDistributionOptions::AllIons);
  EXPECT_EQ(defaults["AllPairs"], std::to_string(sdm->GetAllPairs()));
  EXPECT_EQ(options.allPairs, sdm->GetAllPairs());
  EXPECT_EQ(defaults["IonClass"], std::to_string(sdm->GetIonClass()));
  EXPECT_EQ(static_cast<int>(options.ionClass), sdm->GetIonClass());
  EXPECT_EQ(defaults["ClassArray"], sdm->GetClassArray());
  EXPECT_EQ(defaults["Axis"], "0 0 1");
  for (int i = 0; i < 3; ++i)
  {
    EXPECT_EQ(sdm->GetAxis()[i], i == 2);
    EXPECT_EQ(options.axis[static_cast<std::size_t>(i)], sdm->GetAxis()[i]);
  }
  EXPECT_EQ(defaults["FindAxis"], std::to_string(sdm->GetFindAxis()));
  EXPECT_EQ(defaults["SampleSize"], std::to_string(sdm->GetSampleSize()));
  EXPECT_EQ(static_cast<int>(search.centreIons), sdm->GetSampleSize());
  EXPECT_EQ(defaults["Seed"], std::to_string(sdm->GetSeed()));
  EXPECT_EQ(static_cast<int>(search.seed), sdm->GetSeed());
  EXPECT_EQ(defaults["Mode"], std::to_string(sdm->GetMode()));
  EXPECT_EQ(static_cast<int>(options.mode), sdm->GetMode());
  EXPECT_EQ(std::stod(defaults["MaximumDistance"]), sdm->GetMaximumDistance());
  EXPECT_EQ(options.maximumDistance, sdm->GetMaximumDistance());
  EXPECT_EQ(std::stod(defaults["LateralRadius"]), sdm->GetLateralRadius());
  EXPECT_EQ(options.lateralRadius, sdm->GetLateralRadius());
  EXPECT_EQ(defaults["DepthRange"], "-0.05 0.05");
  EXPECT_EQ(sdm->GetDepthRange()[0], -0.05);
  EXPECT_EQ(sdm->GetDepthRange()[1], 0.05);
  EXPECT_EQ(options.depthRange[0], -0.05);
  EXPECT_EQ(options.depthRange[1], 0.05);
  EXPECT_EQ(std::stod(defaults["BinWidth"]), sdm->GetBinWidth());
  EXPECT_EQ(options.binWidth, sdm->GetBinWidth());
  EXPECT_EQ(defaults["Normalisation"], std::to_string(sdm->GetNormalisation()));
  EXPECT_EQ(std::stod(defaults["MaximumPairs"]), sdm->GetMaximumPairs());
  EXPECT_EQ(options.maximumPairs, sdm->GetMaximumPairs());
  EXPECT_EQ(defaults.size(), 16u);
}

TEST(Defaults, OfTheIonShuffleAgree)
{
  vtkNew<vtkIonShuffle> shuffle;
  const apt::IonShuffleOptions options;
  EXPECT_EQ(defaultsIn("IonShuffle"),
    (Defaults{ { "Seed", std::to_string(shuffle->GetSeed()) },
      { "WithinClasses", std::to_string(shuffle->GetWithinClasses()) },
      { "ClassArray", shuffle->GetClassArray() },
      { "ShuffleUnranged", std::to_string(shuffle->GetShuffleUnranged()) } }));
  EXPECT_EQ(static_cast<int>(options.seed), shuffle->GetSeed());
  EXPECT_EQ(options.shuffleUnranged, shuffle->GetShuffleUnranged());
}

TEST(Defaults, OfTheNeighbourDistributionAgree)
{
  vtkNew<vtkNeighbourDistribution> filter;
  const apt::NeighbourDistributionOptions options;
  EXPECT_EQ(defaultsIn("NeighbourDistribution"),
    (Defaults{ { "NumberOfNeighbours", std::to_string(filter->GetNumberOfNeighbours()) },
      { "MaximumDistance", apt::shortestNumber(filter->GetMaximumDistance()) },
      { "BinWidth", apt::shortestNumber(filter->GetBinWidth()) },
      { "OnlyInteriorCentres", std::to_string(filter->GetOnlyInteriorCentres()) },
      { "NumberOfControls", std::to_string(filter->GetNumberOfControls()) },
      { "Seed", std::to_string(filter->GetSeed()) }, { "MaximumPairs", "1e11" } }));
  EXPECT_TRUE(options.centreTypes.empty());
  EXPECT_TRUE(options.neighbourTypes.empty());
  EXPECT_EQ(options.neighbours, filter->GetNumberOfNeighbours());
  EXPECT_EQ(options.maximumDistance, filter->GetMaximumDistance());
  EXPECT_EQ(options.binWidth, filter->GetBinWidth());
  EXPECT_EQ(options.onlyInterior, filter->GetOnlyInteriorCentres());
  EXPECT_EQ(options.controls, filter->GetNumberOfControls());
  EXPECT_EQ(static_cast<int>(options.seed), filter->GetSeed());
  EXPECT_EQ(options.maximumPairs, filter->GetMaximumPairs());
  EXPECT_EQ(filter->GetMaximumPairs(), 1e11);
}

TEST(Defaults, OfTheIonDensityMapAgree)
{
  vtkNew<vtkIonDensityMap> map;
  const apt::IonDensityMapOptions options;
  EXPECT_EQ(defaultsIn("IonDensityMap"),
    (Defaults{ { "Projection", std::to_string(map->GetProjection()) }, { "Axis", "0 0 1" },
      { "LimitDepth", std::to_string(map->GetLimitDepth()) }, { "DepthRange", "-5 5" },
      { "IonClass", std::to_string(map->GetIonClass()) },
      { "ReferenceClass", std::to_string(map->GetReferenceClass()) },
      { "ClassArray", map->GetClassArray() },
      { "PixelSize", apt::shortestNumber(map->GetPixelSize()) },
      { "Smoothing", apt::shortestNumber(map->GetSmoothing()) },
      { "MinimumCount", apt::shortestNumber(map->GetMinimumCount()) } }));
  EXPECT_EQ(static_cast<int>(options.projection), map->GetProjection());
  for (int i = 0; i < 3; ++i)
  {
    EXPECT_EQ(map->GetAxis()[i], i == 2);
    EXPECT_EQ(options.axis[static_cast<std::size_t>(i)], map->GetAxis()[i]);
  }
  EXPECT_EQ(options.limitDepth, map->GetLimitDepth());
  EXPECT_EQ(map->GetDepthRange()[0], -5);
  EXPECT_EQ(map->GetDepthRange()[1], 5);
  EXPECT_EQ(options.depthRange[0], -5);
  EXPECT_EQ(options.depthRange[1], 5);
  EXPECT_TRUE(options.ions.types.empty());
  EXPECT_TRUE(options.references.types.empty());
  EXPECT_EQ(static_cast<int>(options.ions.ionClass), map->GetIonClass());
  EXPECT_EQ(static_cast<int>(options.references.ionClass), map->GetReferenceClass());
  EXPECT_EQ(options.pixelSize, map->GetPixelSize());
  EXPECT_EQ(options.smoothing, map->GetSmoothing());
  EXPECT_EQ(options.minimumCount, map->GetMinimumCount());
}
