// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Inference.h"

#include "Error.h"
#include "LatticeWaves.h"
#include "ModelDescription.h"
#include "NeighbourSearch.h"
#include "ParallelFor.h"
#if ATOMPROBE_WITH_TORCH
#include "TorchBackEnd.h"
#endif

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

namespace apt
{

namespace
{

constexpr std::size_t Grain = 65536;
/** Parts of a run: sorting the ions takes about this much of it. */
constexpr double SortingEnd = 0.02;
constexpr double WavesEnd = 0.06;

std::string listOf(const std::vector<std::string>& names)
{
  std::string list;
  for (const std::string& name : names)
  {
    list += (list.empty() ? "" : ", ") + name;
  }
  return list.empty() ? "none" : list;
}

/** The species code of each name of the cloud; −1 for none. */
std::vector<int> codesOf(const Model& model, const std::vector<std::string>& ionNames)
{
  std::vector<int> codes;
  codes.reserve(ionNames.size());
  for (const std::string& name : ionNames)
  {
    codes.push_back(model.codeOf(name));
  }
  return codes;
}

const std::int16_t* ionsOf(const IonCloudView& cloud)
{
  const ArrayView* ions = cloud.find(arrayName::Ion);
  if (!ions)
  {
    throw Error("the ion cloud has no array Ion, which says what each ion is; name its ions with "
                "Ion Ranging first");
  }
  if (ions->description.type != ValueType::Int16 || ions->description.components != 1)
  {
    throw Error("the array Ion does not hold one int16 per ion; make it with Ion Ranging");
  }
  return static_cast<const std::int16_t*>(ions->values);
}

InferenceReport run(const IonCloudView& cloud, const std::vector<std::string>& ionNames,
  const Model& model, InferenceBackEnd* given, const InferenceOptions& options,
  const std::vector<float*>& probabilities, std::size_t known, const Progress& progress)
{
  requireSound(model);
  const std::size_t blocks = blockCountOf(model, options);
  if (probabilities.size() != blocks || known > blocks)
  {
    throw ParameterError("the number of arrays", std::to_string(probabilities.size()),
      "one for each of the " + std::to_string(blocks) + " blocks");
  }
  if (!(options.latticeParameter >= 0 && options.latticeParameter <= 10))
  {
    throw ParameterError(
      "LatticeParameter", std::to_string(options.latticeParameter), "0 (the model's own) to 10 nm");
  }
  if (options.tileIons < 1 || options.tileIons > (std::size_t(1) << 20))
  {
    throw ParameterError("tileIons", std::to_string(options.tileIons), "1 to 1048576");
  }

  InferenceReport report;
  report.latticeParameter =
    options.latticeParameter > 0 ? options.latticeParameter : model.latticeParameter;
  if (cloud.size == 0)
  {
    return report;
  }

  const std::int16_t* ions = ionsOf(cloud);
  const std::vector<int> codes = codesOf(model, ionNames);
  for (std::size_t name = 0; name < codes.size(); ++name)
  {
    if (codes[name] < 0)
    {
      report.unknownNames.push_back(ionNames[name]);
    }
  }
  const auto codeOf = [&codes, ions](std::size_t ion) -> std::int16_t
  {
    const std::int16_t name = ions[ion];
    return name >= 0 && static_cast<std::size_t>(name) < codes.size()
      ? static_cast<std::int16_t>(codes[static_cast<std::size_t>(name)])
      : std::int16_t(-1);
  };

  const CellSortedCloud sorted = [&]
  {
    const std::unique_ptr<std::int16_t[]> code(new std::int16_t[cloud.size]);
    parallelFor(cloud.size, Grain,
      [&](std::size_t begin, std::size_t end)
      {
        for (std::size_t ion = begin; ion < end; ++ion)
        {
          code[ion] = codeOf(ion);
        }
      });
    return CellSortedCloud(
      cloud.positions, cloud.size, code.get(), {}, subProgress(progress, 0, SortingEnd));
  }();
  report.knownIons = sorted.size();
  if (sorted.size() == 0)
  {
    throw Error("the model knows none of these ions: its species are " + speciesList(model) +
      "; the ions of the cloud are " + listOf(ionNames) +
      "; Species may say which of these count as which of those");
  }
  const std::unique_ptr<std::uint8_t[]> species(new std::uint8_t[sorted.size()]);
  const std::uint32_t* original = sorted.originalIndices();
  parallelFor(sorted.size(), Grain,
    [&](std::size_t begin, std::size_t end)
    {
      for (std::size_t place = begin; place < end; ++place)
      {
        species[place] = static_cast<std::uint8_t>(codeOf(original[place]));
      }
    });
  report.meanNearestNeighbourDistance = meanNearestNeighbourDistance(sorted);
  report.latticeParameterIsPlausible = sorted.size() < 2 ||
    isPlausibleLatticeParameter(report.latticeParameter, report.meanNearestNeighbourDistance);
  if (known == blocks)
  {
    return report;
  }

  std::unique_ptr<InferenceBackEnd> made;
  if (!given)
  {
    made = makeInferenceBackEnd(model, options.device);
    given = made.get();
  }
  report.device = given->device();
  KnownIons knownIons;
  knownIons.cloud = &sorted;
  knownIons.species = species.get();
  knownIons.latticeParameter = report.latticeParameter;
  knownIons.tileIons = options.tileIons;
  std::optional<LatticeWaves> waves;
  if (model.architecture == Architecture::MomentNet && model.moments.waveWindows > 0)
  {
    waves.emplace(sorted, species.get(), model.species.size(), report.latticeParameter,
      model.moments, subProgress(progress, SortingEnd, WavesEnd));
    knownIons.waves = &*waves;
    report.latticeNormal = waves->normal();
  }

  for (std::size_t block = known; block < blocks; ++block)
  {
    float* answer = probabilities[block];
    parallelFor(cloud.size, Grain,
      [&](std::size_t begin, std::size_t end)
      { std::fill(answer + begin, answer + end, std::numeric_limits<float>::quiet_NaN()); });
  }
  given->run(knownIons, known + 1, blocks, known > 0 ? probabilities[known - 1] : nullptr,
    probabilities.data() + known, subProgress(progress, waves ? WavesEnd : SortingEnd, 1));
  return report;
}

} // namespace

std::size_t blockCountOf(const Model& model, const InferenceOptions& options)
{
  if (options.blockCount > model.blockCount())
  {
    throw ParameterError("BlockCount", std::to_string(options.blockCount),
      "0 (all) to " + std::to_string(model.blockCount()) + ", the blocks of this model");
  }
  return options.blockCount == 0 ? model.blockCount() : options.blockCount;
}

bool isPlausibleLatticeParameter(double latticeParameter, double distance)
{
  return distance >= 0.25 * latticeParameter && distance <= latticeParameter;
}

InferenceReport predict(const IonCloudView& cloud, const std::vector<std::string>& ionNames,
  const Model& model, const InferenceOptions& options, const std::vector<float*>& probabilities,
  std::size_t known, const Progress& progress)
{
  return run(cloud, ionNames, model, nullptr, options, probabilities, known, progress);
}

InferenceReport predict(const IonCloudView& cloud, const std::vector<std::string>& ionNames,
  const Model& model, InferenceBackEnd& backEnd, const InferenceOptions& options,
  const std::vector<float*>& probabilities, std::size_t known, const Progress& progress)
{
  return run(cloud, ionNames, model, &backEnd, options, probabilities, known, progress);
}

std::vector<std::vector<float>> predict(const IonCloudView& cloud,
  const std::vector<std::string>& ionNames, const Model& model, const InferenceOptions& options,
  const Progress& progress)
{
  std::vector<std::vector<float>> answers(
    blockCountOf(model, options), std::vector<float>(cloud.size));
  std::vector<float*> pointers;
  for (std::vector<float>& answer : answers)
  {
    pointers.push_back(answer.data());
  }
  predict(cloud, ionNames, model, options, pointers, 0, progress);
  return answers;
}

double meanNearestNeighbourDistance(const CellSortedCloud& cloud)
{
  if (cloud.size() < 2)
  {
    return 0;
  }
  NeighbourSearchOptions search;
  search.neighbours = 2;
  std::vector<double> sums((cloud.size() - 1) / search.tileIons + 1);
  forEachTile(cloud, search,
    [&](const NeighbourTile& tile)
    {
      double sum = 0;
      for (std::size_t ion = 0; ion < tile.size; ++ion)
      {
        sum += std::sqrt(static_cast<double>(tile.squaredDistance[2 * ion + 1]));
      }
      sums[tile.begin / search.tileIons] = sum;
    });
  double sum = 0;
  for (const double part : sums)
  {
    sum += part;
  }
  return sum / static_cast<double>(cloud.size());
}

std::unique_ptr<InferenceBackEnd> makeInferenceBackEnd(const Model& model, Device device)
{
#if ATOMPROBE_WITH_TORCH
  return makeTorchBackEnd(model, device);
#else
  static_cast<void>(model);
  static_cast<void>(device);
  throw Error("this AtomProbe was built without LibTorch, which runs the network; install LibTorch "
              "and build with -DATOMPROBE_WITH_TORCH=ON");
#endif
}

} // namespace apt
