// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "ModelFile.h"

#include "Error.h"
#include "Fingerprint.h"
#include "JsonText.h"
#include "ModelDescription.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

namespace apt
{

namespace
{
constexpr const char* formatName = "AtomProbe model";
constexpr const char* formatVersion = "1";
constexpr const char* anyOther = "*";
constexpr std::size_t speciesLimit = 64;
constexpr std::size_t blockLimit = 64;
constexpr int neighbourLimit = 256;
constexpr double latticeParameterLimit = 10; // nm

template <typename T, std::size_t Size>
using NamesOf = std::array<std::pair<T, const char*>, Size>;

constexpr NamesOf<Architecture, 2> architectureNames{ { { Architecture::PointNet, "PointNet" },
  { Architecture::MomentNet, "MomentNet" } } };

/** A member of MomentForm, its name in the file and its bounds. */
struct MomentMember
{
  const char* name;
  int MomentForm::*member;
  int lowest;
  int highest;
};
constexpr MomentMember momentMembers[]{ { "widths", &MomentForm::widths, 1, 16 },
  { "harmonics", &MomentForm::harmonics, 0, 16 }, { "channels", &MomentForm::channels, 1, 256 },
  { "state", &MomentForm::state, 1, 1024 }, { "hidden", &MomentForm::hidden, 1, 4096 },
  { "layers", &MomentForm::layers, 1, 64 } };
constexpr const char* widestWidthName = "widest_width";
constexpr double widestWidthLimit = 100;
constexpr const char* waveWindowsName = "wave_windows";
constexpr int waveWindowsLimit = 8;
constexpr const char* widestWindowName = "widest_window";
constexpr double widestWindowLimit = 1000;
constexpr const char* wavesName = "waves.weight";

constexpr NamesOf<SpeciesEncoding, 2> encodingNames{ { { SpeciesEncoding::Code, "code" },
  { SpeciesEncoding::OneHot, "one-hot" } } };

constexpr NamesOf<Feature, 7> featureNames{ { { Feature::OffsetX, "offset_x" },
  { Feature::OffsetY, "offset_y" }, { Feature::OffsetZ, "offset_z" },
  { Feature::NeighbourSpecies, "neighbour_species" }, { Feature::OwnSpecies, "own_species" },
  { Feature::NeighbourProbability, "neighbour_probability" },
  { Feature::OwnProbability, "own_probability" } } };

template <typename T, std::size_t Size>
std::string nameOf(const NamesOf<T, Size>& names, T value)
{
  const auto found = std::find_if(
    names.begin(), names.end(), [value](const auto& entry) { return entry.first == value; });
  return found == names.end() ? "?" : found->second;
}

template <typename T, std::size_t Size>
std::optional<T> valueOf(const NamesOf<T, Size>& names, const std::string& name)
{
  const auto found = std::find_if(
    names.begin(), names.end(), [&name](const auto& entry) { return entry.second == name; });
  return found == names.end() ? std::nullopt : std::optional<T>(found->first);
}

template <typename T, std::size_t Size>
std::string listOf(const NamesOf<T, Size>& names)
{
  std::string list;
  for (const auto& entry : names)
  {
    list += (list.empty() ? "" : ", ") + std::string(entry.second);
  }
  return list;
}

// Tensors -----------------------------------------------------------------------------------------

/** Appends layers to a list of tensors, each beginning where the one before it ended. */
class TensorList
{
public:
  TensorList(std::vector<TensorDescription>& tensors, bool batchNorm)
    : Tensors(tensors)
    , BatchNorm(batchNorm)
  {
  }

  void plain(const std::string& name, std::size_t in, std::size_t out)
  {
    this->Tensors.push_back({ name + ".weight", { out, in } });
    this->Tensors.push_back({ name + ".bias", { out } });
  }

  void normalised(const std::string& name, std::size_t in, std::size_t out)
  {
    this->plain(name, in, out);
    if (this->BatchNorm)
    {
      this->norm(name + "_bn", out);
    }
  }

  void unbiased(const std::string& name, std::size_t in, std::size_t out)
  {
    this->Tensors.push_back({ name + ".weight", { out, in } });
  }

  void norm(const std::string& name, std::size_t size)
  {
    for (const char* part : { "weight", "bias", "running_mean", "running_var" })
    {
      this->Tensors.push_back({ name + "." + part, { size } });
    }
  }

  void transform(const std::string& name, std::size_t size)
  {
    this->normalised(name + ".conv1", size, 32);
    this->normalised(name + ".conv2", 32, 64);
    this->normalised(name + ".conv3", 64, 128);
    this->normalised(name + ".fc1", 128, 128);
    this->normalised(name + ".fc2", 128, 64);
    this->plain(name + ".fc3", 64, size * size);
  }

private:
  std::vector<TensorDescription>& Tensors;
  bool BatchNorm;
};

/**
 * Throws where these are not the tensors that the model must have.
 * @param found names and shapes, in any order
 */
void requireTensors(const Model& model, const std::vector<TensorDescription>& found)
{
  const std::vector<TensorDescription> expected = tensorsOf(model);
  const std::string whole = "the " + std::to_string(expected.size()) + " tensors of a " +
    nameOf(architectureNames, model.architecture) + " with " + std::to_string(model.blockCount()) +
    (model.blockCount() == 1 ? " block" : " blocks") +
    (model.batchNorm ? " and batch norm" : " and no batch norm");
  std::map<std::string, const TensorDescription*> byName;
  for (const TensorDescription& tensor : found)
  {
    if (!byName.emplace(tensor.name, &tensor).second)
    {
      throw ParameterError("tensor " + inQuotes(tensor.name), "given twice", whole);
    }
  }
  for (const TensorDescription& tensor : expected)
  {
    const auto place = byName.find(tensor.name);
    if (place == byName.end())
    {
      throw ParameterError("tensor " + inQuotes(tensor.name), "missing", whole);
    }
    if (place->second->shape != tensor.shape)
    {
      throw ParameterError("the shape of tensor " + inQuotes(tensor.name),
        shapeText(place->second->shape), shapeText(tensor.shape));
    }
    byName.erase(place);
  }
  if (!byName.empty())
  {
    throw ParameterError(
      "tensor " + inQuotes(byName.begin()->first), "one that has no place", whole);
  }
}

/** Throws where a value is not finite or a variance is negative. */
void requireValues(const Tensor& tensor)
{
  static const std::string variance = ".running_var";
  const bool isVariance = tensor.name.size() > variance.size() &&
    tensor.name.compare(tensor.name.size() - variance.size(), variance.size(), variance) == 0;
  for (const float value : tensor.values)
  {
    if (!std::isfinite(value) || (isVariance && value < 0))
    {
      throw ParameterError("a value of tensor " + inQuotes(tensor.name), std::to_string(value),
        isVariance ? "a number from 0, being a variance" : "a finite number");
    }
  }
}

// What a model says beside its tensors ---------------------------------------------------------------

void requireSpecies(const std::vector<Species>& species)
{
  if (species.empty() || species.size() > speciesLimit)
  {
    throw ParameterError("the number of species", std::to_string(species.size()),
      "1 to " + std::to_string(speciesLimit));
  }
  std::set<std::string> names;
  std::set<std::string> ions;
  for (const Species& one : species)
  {
    if (one.name.empty() || !names.insert(one.name).second)
    {
      throw ParameterError("the name of a species", inQuotes(one.name), "a name of its own");
    }
    if ((one.name == anyOther) != one.ions.empty())
    {
      throw ParameterError("the number of ions that count as species " + inQuotes(one.name),
        std::to_string(one.ions.size()), "0 for \"*\" and 1 or more for any other");
    }
    for (const std::string& ion : one.ions)
    {
      if (ion.empty() || !ions.insert(ion).second)
      {
        throw ParameterError("an ion that counts as species " + inQuotes(one.name), inQuotes(ion),
          "a name that no species has yet");
      }
    }
  }
}

void requireFeatures(const std::vector<std::vector<Feature>>& features)
{
  if (features.empty() || features.size() > blockLimit)
  {
    throw ParameterError("the number of blocks", std::to_string(features.size()),
      "1 to " + std::to_string(blockLimit));
  }
  for (std::size_t i = 0; i < features.size(); ++i)
  {
    const std::string place = "the feature list of block " + std::to_string(i + 1);
    if (features[i].empty())
    {
      throw ParameterError(place, "empty", "one feature or more");
    }
    std::set<Feature> seen;
    for (const Feature feature : features[i])
    {
      const std::string name = nameOf(featureNames, feature);
      if (!seen.insert(feature).second)
      {
        throw ParameterError(place, "one with " + name + " twice", "each feature once");
      }
      if (i == 0 &&
        (feature == Feature::NeighbourProbability || feature == Feature::OwnProbability))
      {
        throw ParameterError(place, "one with " + name, "features that need no block before it");
      }
    }
  }
}

void requireFigures(const Model& model)
{
  if (!(model.latticeParameter > 0 && model.latticeParameter <= latticeParameterLimit))
  {
    throw ParameterError("the lattice parameter", std::to_string(model.latticeParameter) + " nm",
      "more than 0 and at most 10 nm");
  }
  if (model.neighbourCount < 1 || model.neighbourCount > neighbourLimit)
  {
    throw ParameterError("the number of neighbours", std::to_string(model.neighbourCount),
      "1 to " + std::to_string(neighbourLimit));
  }
  if (!(model.threshold >= 0 && model.threshold <= 1))
  {
    throw ParameterError("the suggested threshold", std::to_string(model.threshold), "0 to 1");
  }
  if (model.batchNorm && !(model.batchNormEpsilon > 0 && model.batchNormEpsilon <= 1))
  {
    throw ParameterError("the epsilon of batch norm", std::to_string(model.batchNormEpsilon),
      "more than 0 and at most 1");
  }
  for (const auto& [name, value] : model.training)
  {
    const double* number = std::get_if<double>(&value);
    if (number && !std::isfinite(*number))
    {
      throw ParameterError(
        "training parameter " + inQuotes(name), std::to_string(*number), "a finite number");
    }
  }
  for (const auto& [name, values] : model.metrics)
  {
    if (values.size() != model.blockCount() ||
      !std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); }))
    {
      throw ParameterError("metric " + inQuotes(name),
        "a list of " + std::to_string(values.size()) + " figures",
        "one finite figure for each of the " + std::to_string(model.blockCount()) + " blocks");
    }
  }
  if (model.licence.empty())
  {
    throw ParameterError("the licence", "empty", "a name or sentence");
  }
}

void requireMoments(const Model& model)
{
  for (const MomentMember& member : momentMembers)
  {
    const int value = model.moments.*member.member;
    if (value < member.lowest || value > member.highest)
    {
      throw ParameterError(std::string("the number of ") + member.name + " of a MomentNet",
        std::to_string(value),
        std::to_string(member.lowest) + " to " + std::to_string(member.highest));
    }
  }
  if (!(model.moments.widestWidth > 0 && model.moments.widestWidth <= widestWidthLimit))
  {
    throw ParameterError("the widest width of a MomentNet",
      std::to_string(model.moments.widestWidth), "more than 0 and at most 100 lattice parameters");
  }
  if (model.moments.waveWindows < 0 || model.moments.waveWindows > waveWindowsLimit)
  {
    throw ParameterError("the number of wave windows of a MomentNet",
      std::to_string(model.moments.waveWindows), "0 to " + std::to_string(waveWindowsLimit));
  }
  if (!(model.moments.widestWindow > 0 && model.moments.widestWindow <= widestWindowLimit))
  {
    throw ParameterError("the widest window of a MomentNet",
      std::to_string(model.moments.widestWindow),
      "more than 0 and at most 1000 lattice parameters");
  }
  if (!model.features.empty())
  {
    throw ParameterError(
      "the number of feature lists of a MomentNet", std::to_string(model.features.size()), "0");
  }
  if (!model.batchNorm)
  {
    throw ParameterError("the batch norm of a MomentNet", "missing", "there");
  }
}

// Metadata ------------------------------------------------------------------------------------------

/** A whole number as such, so that it is written without a decimal point. */
nlohmann::json numberJson(double value)
{
  constexpr double exact = 9007199254740992.0; // 2^53
  if (std::abs(value) < exact && value == std::floor(value))
  {
    return static_cast<std::int64_t>(value);
  }
  return value;
}

/** The metadata of a model file, and the one way to say what is wrong with them. */
class MetadataReader
{
public:
  MetadataReader(const std::string& path, const std::map<std::string, std::string>& metadata)
    : Path(path)
    , Metadata(metadata)
  {
  }

  [[noreturn]] void fail(const std::string& key, const std::string& expected) const
  {
    throw FileError(this->Path,
      "metadata \"" + key + "\" is " + inQuotes(this->text(key)) + "; expected is " + expected);
  }

  bool has(const std::string& key) const { return this->Metadata.count(key) > 0; }

  const std::string& text(const std::string& key) const
  {
    const auto found = this->Metadata.find(key);
    if (found == this->Metadata.end())
    {
      throw FileError(this->Path, "metadata \"" + key + "\" is missing");
    }
    return found->second;
  }

  nlohmann::json json(const std::string& key) const
  {
    try
    {
      return parseJson(this->text(key));
    }
    catch (const JsonError& error)
    {
      throw FileError(this->Path,
        "metadata \"" + key + "\", character " + std::to_string(error.byte() + 1) + ": " +
          error.what());
    }
  }

  double number(const std::string& key) const
  {
    const nlohmann::json value = this->json(key);
    if (!value.is_number())
    {
      this->fail(key, "a number");
    }
    return value.get<double>();
  }

  std::uint64_t wholeNumber(const std::string& key, std::uint64_t limit) const
  {
    const nlohmann::json value = this->json(key);
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > limit)
    {
      this->fail(key, "a whole number from 0 to " + std::to_string(limit));
    }
    return value.get<std::uint64_t>();
  }

  template <typename T, std::size_t Size>
  T choice(const std::string& key, const NamesOf<T, Size>& names) const
  {
    const std::optional<T> value = valueOf(names, this->text(key));
    if (!value)
    {
      this->fail(key, (Size == 1 ? "" : "one of ") + listOf(names));
    }
    return *value;
  }

  std::vector<Species> species(const std::string& key) const
  {
    static const std::string expected = "a list of {\"ions\": [names], \"name\": name}";
    std::vector<Species> list;
    const nlohmann::json value = this->json(key);
    if (!value.is_array())
    {
      this->fail(key, expected);
    }
    for (const nlohmann::json& one : value)
    {
      if (!one.is_object() || one.size() != 2 || !one.contains("name") || !one.contains("ions") ||
        !one["name"].is_string() || !one["ions"].is_array())
      {
        this->fail(key, expected);
      }
      list.push_back({ one["name"].get<std::string>(), {} });
      for (const nlohmann::json& ion : one["ions"])
      {
        if (!ion.is_string())
        {
          this->fail(key, expected);
        }
        list.back().ions.push_back(ion.get<std::string>());
      }
    }
    return list;
  }

  std::vector<std::vector<Feature>> features(const std::string& key) const
  {
    const std::string expected = "for each block a list of " + listOf(featureNames);
    std::vector<std::vector<Feature>> blocks;
    const nlohmann::json value = this->json(key);
    if (!value.is_array())
    {
      this->fail(key, expected);
    }
    for (const nlohmann::json& block : value)
    {
      if (!block.is_array())
      {
        this->fail(key, expected);
      }
      blocks.emplace_back();
      for (const nlohmann::json& name : block)
      {
        const std::optional<Feature> feature = name.is_string()
          ? valueOf(featureNames, name.get_ref<const std::string&>())
          : std::nullopt;
        if (!feature)
        {
          this->fail(key, expected);
        }
        blocks.back().push_back(*feature);
      }
    }
    return blocks;
  }

  MomentForm moments(const std::string& key) const
  {
    static const std::string expected = "an object with widest_width and whole numbers for widths, "
                                        "harmonics, channels, state, hidden "
                                        "and layers, and may be wave_windows (1 to 8) and "
                                        "widest_window";
    MomentForm form;
    const nlohmann::json value = this->json(key);
    const bool waves = value.is_object() && value.contains(waveWindowsName);
    if (!value.is_object() || value.size() != std::size(momentMembers) + (waves ? 3 : 1) ||
      !value.contains(widestWidthName) || !value[widestWidthName].is_number())
    {
      this->fail(key, expected);
    }
    form.widestWidth = value[widestWidthName].get<double>();
    if (waves)
    {
      const nlohmann::json& windows = value[waveWindowsName];
      if (!windows.is_number_unsigned() || windows.get<std::uint64_t>() < 1 ||
        windows.get<std::uint64_t>() > static_cast<std::uint64_t>(waveWindowsLimit) ||
        !value.contains(widestWindowName) || !value[widestWindowName].is_number())
      {
        this->fail(key, expected);
      }
      form.waveWindows = windows.get<int>();
      form.widestWindow = value[widestWindowName].get<double>();
    }
    for (const MomentMember& member : momentMembers)
    {
      if (!value.contains(member.name) || !value[member.name].is_number_unsigned() ||
        value[member.name].get<std::uint64_t>() > static_cast<std::uint64_t>(member.highest))
      {
        this->fail(key, expected);
      }
      form.*member.member = value[member.name].get<int>();
    }
    return form;
  }

  std::map<std::string, std::variant<double, std::string>> training(const std::string& key) const
  {
    static const std::string expected = "an object with numbers and texts";
    std::map<std::string, std::variant<double, std::string>> parameters;
    const nlohmann::json value = this->json(key);
    if (!value.is_object())
    {
      this->fail(key, expected);
    }
    for (const auto& item : value.items())
    {
      if (item.value().is_number())
      {
        parameters[item.key()] = item.value().get<double>();
      }
      else if (item.value().is_string())
      {
        parameters[item.key()] = item.value().get<std::string>();
      }
      else
      {
        this->fail(key, expected);
      }
    }
    return parameters;
  }

  std::map<std::string, std::vector<double>> metrics(const std::string& key) const
  {
    static const std::string expected = "an object with a list of numbers for each metric";
    std::map<std::string, std::vector<double>> metrics;
    const nlohmann::json value = this->json(key);
    if (!value.is_object())
    {
      this->fail(key, expected);
    }
    for (const auto& item : value.items())
    {
      if (!item.value().is_array())
      {
        this->fail(key, expected);
      }
      std::vector<double>& figures = metrics[item.key()];
      for (const nlohmann::json& figure : item.value())
      {
        if (!figure.is_number())
        {
          this->fail(key, expected);
        }
        figures.push_back(figure.get<double>());
      }
    }
    return metrics;
  }

private:
  const std::string& Path;
  const std::map<std::string, std::string>& Metadata;
};

Model describedBy(const std::string& path, const std::map<std::string, std::string>& metadata)
{
  const MetadataReader reader(path, metadata);
  if (!reader.has("format") || reader.text("format") != formatName)
  {
    throw FileError(path,
      "is a safetensors file, but no model of AtomProbe's: metadata \"format\" is " +
        (reader.has("format") ? inQuotes(reader.text("format")) : "missing") + "; expected is \"" +
        formatName + "\"");
  }
  if (reader.text("format_version") != formatVersion)
  {
    reader.fail(
      "format_version", std::string("\"") + formatVersion + "\", which this version reads");
  }

  Model model;
  model.architecture = reader.choice("architecture", architectureNames);
  model.alloy = reader.text("alloy");
  model.species = reader.species("species");
  model.encoding = reader.choice("species_encoding", encodingNames);
  model.latticeParameter = reader.number("lattice_parameter_nm");
  model.neighbourCount = static_cast<int>(reader.wholeNumber("neighbours", neighbourLimit));
  const std::uint64_t blocks = reader.wholeNumber("blocks", blockLimit);
  model.features = reader.features("features");
  if (model.architecture == Architecture::MomentNet)
  {
    model.moments = reader.moments("moments");
  }
  if (model.blockCount() != blocks)
  {
    reader.fail("blocks",
      std::to_string(model.blockCount()) + ", for as many " +
        (model.architecture == Architecture::MomentNet ? "layers" : "feature lists") +
        " are there");
  }
  model.threshold = reader.number("threshold");
  const nlohmann::json batchNorm = reader.json("batch_norm");
  if (!batchNorm.is_boolean())
  {
    reader.fail("batch_norm", "true or false");
  }
  model.batchNorm = batchNorm.get<bool>();
  if (model.batchNorm)
  {
    model.batchNormEpsilon = reader.number("batch_norm_epsilon");
  }
  model.training = reader.training("training");
  if (reader.has("seed"))
  {
    model.seed = reader.wholeNumber("seed", std::numeric_limits<std::uint64_t>::max());
  }
  model.metrics = reader.metrics("metrics");
  model.licence = reader.text("licence");
  return model;
}

std::map<std::string, std::string> metadataOf(const Model& model)
{
  // Arrays and objects made explicitly: an empty one must not become null.
  nlohmann::json species = nlohmann::json::array();
  for (const Species& one : model.species)
  {
    species.push_back({ { "name", one.name }, { "ions", one.ions } });
  }
  nlohmann::json features = nlohmann::json::array();
  for (const std::vector<Feature>& block : model.features)
  {
    nlohmann::json names = nlohmann::json::array();
    for (const Feature feature : block)
    {
      names.push_back(nameOf(featureNames, feature));
    }
    features.push_back(names);
  }
  nlohmann::json training = nlohmann::json::object();
  for (const auto& [name, value] : model.training)
  {
    const double* number = std::get_if<double>(&value);
    training[name] = number ? numberJson(*number) : nlohmann::json(std::get<std::string>(value));
  }
  nlohmann::json metrics = nlohmann::json::object();
  for (const auto& [name, values] : model.metrics)
  {
    nlohmann::json& figures = metrics[name] = nlohmann::json::array();
    for (const double value : values)
    {
      figures.push_back(numberJson(value));
    }
  }

  std::map<std::string, std::string> metadata;
  try
  {
    metadata = { { "format", formatName }, { "format_version", formatVersion },
      { "architecture", nameOf(architectureNames, model.architecture) }, { "alloy", model.alloy },
      { "species", species.dump() }, { "species_encoding", nameOf(encodingNames, model.encoding) },
      { "lattice_parameter_nm", numberJson(model.latticeParameter).dump() },
      { "neighbours", std::to_string(model.neighbourCount) },
      { "blocks", std::to_string(model.blockCount()) }, { "features", features.dump() },
      { "threshold", numberJson(model.threshold).dump() },
      { "batch_norm", model.batchNorm ? "true" : "false" }, { "training", training.dump() },
      { "metrics", metrics.dump() }, { "licence", model.licence } };
  }
  catch (const nlohmann::json::exception&)
  {
    throw ParameterError("a text or name of the model", "not UTF-8", "text in UTF-8");
  }
  if (model.architecture == Architecture::MomentNet)
  {
    nlohmann::json moments = { { widestWidthName, numberJson(model.moments.widestWidth) } };
    for (const MomentMember& member : momentMembers)
    {
      moments[member.name] = model.moments.*member.member;
    }
    if (model.moments.waveWindows > 0)
    {
      moments[waveWindowsName] = model.moments.waveWindows;
      moments[widestWindowName] = numberJson(model.moments.widestWindow);
    }
    metadata["moments"] = moments.dump();
  }
  if (model.batchNorm)
  {
    metadata["batch_norm_epsilon"] = numberJson(model.batchNormEpsilon).dump();
  }
  if (model.seed)
  {
    metadata["seed"] = std::to_string(*model.seed);
  }
  return metadata;
}
} // namespace

std::size_t Model::columnCount(std::size_t block) const
{
  if (block < 1 || block > this->features.size())
  {
    throw ParameterError(
      "the block", std::to_string(block), "1 to " + std::to_string(this->features.size()));
  }
  std::size_t columns = 0;
  for (const Feature feature : this->features[block - 1])
  {
    const bool isSpecies = feature == Feature::NeighbourSpecies || feature == Feature::OwnSpecies;
    columns += isSpecies && this->encoding == SpeciesEncoding::OneHot ? this->species.size() : 1;
  }
  return columns;
}

int Model::codeOf(const std::string& ion) const
{
  int other = -1;
  for (std::size_t code = 0; code < this->species.size(); ++code)
  {
    const Species& one = this->species[code];
    if (std::find(one.ions.begin(), one.ions.end(), ion) != one.ions.end())
    {
      return static_cast<int>(code);
    }
    if (one.name == anyOther)
    {
      other = static_cast<int>(code);
    }
  }
  return other;
}

const Tensor& Model::tensor(const std::string& name) const
{
  const auto found = std::find_if(this->tensors.begin(), this->tensors.end(),
    [&name](const Tensor& tensor) { return tensor.name == name; });
  if (found == this->tensors.end())
  {
    throw ParameterError("the name of a tensor", inQuotes(name), "one that the model has");
  }
  return *found;
}

std::vector<TensorDescription> tensorsOf(const Model& model)
{
  std::vector<TensorDescription> tensors;
  TensorList list(tensors, model.batchNorm);
  if (model.architecture == Architecture::MomentNet)
  {
    const MomentForm& form = model.moments;
    const auto state = static_cast<std::size_t>(form.state);
    const auto channels = static_cast<std::size_t>(form.channels);
    const auto hidden = static_cast<std::size_t>(form.hidden);
    const auto input = static_cast<std::size_t>(form.inputSize());
    list.unbiased("embedding", model.species.size(), state);
    if (form.waveWindows > 0)
    {
      list.unbiased("waves",
        model.species.size() * static_cast<std::size_t>(form.waveFeatures(model.species.size())),
        state);
    }
    for (std::size_t block = 1; block <= model.blockCount(); ++block)
    {
      const std::string prefix = "block" + std::to_string(block) + ".";
      list.unbiased(prefix + "send", state, channels);
      list.unbiased(prefix + "own", state, channels);
      list.norm(prefix + "norm", input);
      list.plain(prefix + "fc1", input, hidden);
      list.plain(prefix + "fc2", hidden, state);
      list.plain(prefix + "read", state, 1);
    }
    return tensors;
  }
  for (std::size_t block = 1; block <= model.blockCount(); ++block)
  {
    const std::string prefix = "block" + std::to_string(block) + ".";
    const std::size_t columns = model.columnCount(block);
    list.transform(prefix + "tnet1", columns);
    list.normalised(prefix + "mlp1.conv1", columns, 32);
    list.normalised(prefix + "mlp1.conv2", 32, 32);
    list.transform(prefix + "tnet2", 32);
    list.normalised(prefix + "mlp2.conv1", 32, 32);
    list.normalised(prefix + "mlp2.conv2", 32, 64);
    list.normalised(prefix + "mlp2.conv3", 64, 128);
    list.normalised(prefix + "head.fc1", 128, 128);
    list.normalised(prefix + "head.fc2", 128, 64);
    list.plain(prefix + "head.out", 64, 1);
  }
  return tensors;
}

std::string weightsFingerprint(const Model& model)
{
  Fingerprint fingerprint;
  for (const TensorDescription& description : tensorsOf(model))
  {
    const std::vector<float>& values = model.tensor(description.name).values;
    fingerprint.add(values.data(), values.size() * sizeof(float));
  }
  return fingerprint.text();
}

void requireCanBeginWith(const Model& form, const Model& initial)
{
  const std::string what = "the initial model";
  if (initial.architecture != form.architecture)
  {
    throw ParameterError(what, "a " + nameOf(architectureNames, initial.architecture),
      "a " + nameOf(architectureNames, form.architecture));
  }
  if (initial.species.size() != form.species.size())
  {
    throw ParameterError("the number of species of " + what,
      std::to_string(initial.species.size()) + ": " + speciesList(initial),
      "that of the one to train, " + std::to_string(form.species.size()) + ": " +
        speciesList(form) + "; they take each other's places in this order");
  }
  if (initial.encoding != form.encoding || initial.features.size() < form.features.size() ||
    !std::equal(form.features.begin(), form.features.end(), initial.features.begin()))
  {
    throw ParameterError("what " + what + " is told of an ion", "something else",
      "the features, blocks and species encoding of the one to train");
  }
  if (form.architecture == Architecture::MomentNet &&
    initial.moments.widestWidth != form.moments.widestWidth)
  {
    throw ParameterError("the widest width of " + what, std::to_string(initial.moments.widestWidth),
      std::to_string(form.moments.widestWidth));
  }
  const std::vector<TensorDescription> there = tensorsOf(initial);
  const std::vector<TensorDescription> wanted = tensorsOf(form);
  const auto has = [](const std::vector<TensorDescription>& list, const TensorDescription& one)
  {
    return std::any_of(list.begin(), list.end(),
      [&](const TensorDescription& other)
      { return other.name == one.name && other.shape == one.shape; });
  };
  const bool newWaves = initial.moments.waveWindows == 0;
  for (const TensorDescription& tensor : wanted)
  {
    if (!(newWaves && tensor.name == wavesName) && !has(there, tensor))
    {
      throw ParameterError("the form of " + what,
        "one without tensor " + inQuotes(tensor.name) + " of shape " + shapeText(tensor.shape),
        "that of the one to train; is BlockCount the same?");
    }
  }
  for (const TensorDescription& tensor : there)
  {
    // Later blocks of a PointNet may be left out: none before needs them.
    if (form.architecture == Architecture::MomentNet && !has(wanted, tensor))
    {
      throw ParameterError("the form of " + what, "one with tensor " + inQuotes(tensor.name),
        "that of the one to train; is BlockCount the same?");
    }
  }
}

void requireSoundForm(const Model& model)
{
  requireSpecies(model.species);
  if (model.architecture == Architecture::MomentNet)
  {
    requireMoments(model);
  }
  else
  {
    requireFeatures(model.features);
  }
  requireFigures(model);
}

void requireSound(const Model& model)
{
  requireSoundForm(model);
  std::vector<TensorDescription> tensors;
  for (const Tensor& tensor : model.tensors)
  {
    tensors.push_back({ tensor.name, tensor.shape });
  }
  requireTensors(model, tensors);
  for (const Tensor& tensor : model.tensors)
  {
    requireValues(tensor);
  }
}

Model readModel(const std::string& path)
{
  const SafetensorsFile file(path);
  Model model = describedBy(path, file.metadata());
  try
  {
    requireSoundForm(model);
    std::map<std::string, const SafetensorsFile::Entry*> byName;
    std::vector<TensorDescription> tensors;
    for (const SafetensorsFile::Entry& entry : file.tensors())
    {
      byName[entry.description.name] = &entry;
      tensors.push_back(entry.description);
    }
    requireTensors(model, tensors);
    for (const TensorDescription& tensor : tensorsOf(model))
    {
      model.tensors.push_back(file.read(*byName.at(tensor.name)));
      requireValues(model.tensors.back());
    }
  }
  catch (const ParameterError& error)
  {
    throw FileError(path, error.what());
  }
  return model;
}

void writeModel(const std::string& path, const Model& model)
{
  requireSound(model);
  // In the one order, whatever the model has.
  std::vector<Tensor> tensors;
  for (const TensorDescription& tensor : tensorsOf(model))
  {
    tensors.push_back(model.tensor(tensor.name));
  }
  writeSafetensors(path, metadataOf(model), tensors);
}

} // namespace apt
