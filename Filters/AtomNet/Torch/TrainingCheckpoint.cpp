// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "TrainingCheckpoint.h"

#include "Error.h"
#include "JsonText.h"

#include <nlohmann/json.hpp>

#include <filesystem>

namespace apt
{

namespace
{
constexpr const char* Format = "AtomProbe training checkpoint 1";
}

void writeCheckpoint(const std::string& path, const TrainingCheckpoint& checkpoint)
{
  nlohmann::json epochs = nlohmann::json::array();
  for (const TrainingEpoch& epoch : checkpoint.epochs)
  {
    epochs.push_back({ epoch.block, epoch.epoch, epoch.trainingLoss, epoch.validationLoss,
      epoch.validationAuc, epoch.seconds, epoch.best });
  }
  const nlohmann::json state = { checkpoint.stage, checkpoint.epoch, checkpoint.sinceBest,
    checkpoint.bestAuc, checkpoint.steps };
  std::vector<Tensor> tensors;
  for (const auto& [name, tensor] : checkpoint.tensors)
  {
    tensors.push_back(tensor);
    tensors.back().name = name;
  }
  writeSafetensors(path,
    { { "format", Format }, { "recipe", checkpoint.recipe }, { "state", state.dump() },
      { "epochs", epochs.dump() } },
    tensors);
}

std::optional<TrainingCheckpoint> readCheckpoint(const std::string& path, const std::string& recipe)
{
  if (!std::filesystem::exists(path))
  {
    return std::nullopt;
  }
  try
  {
    const SafetensorsFile file(path);
    const auto& texts = file.metadata();
    if (texts.count("format") == 0 || texts.at("format") != Format || texts.count("recipe") == 0 ||
      texts.at("recipe") != recipe)
    {
      return std::nullopt;
    }
    TrainingCheckpoint checkpoint;
    checkpoint.recipe = recipe;
    const nlohmann::json state = parseJson(texts.at("state"));
    checkpoint.stage = state.at(0).get<int>();
    checkpoint.epoch = state.at(1).get<int>();
    checkpoint.sinceBest = state.at(2).get<int>();
    checkpoint.bestAuc = state.at(3).get<double>();
    checkpoint.steps = state.at(4).get<long long>();
    for (const nlohmann::json& item : parseJson(texts.at("epochs")))
    {
      TrainingEpoch epoch;
      epoch.block = item.at(0).get<int>();
      epoch.epoch = item.at(1).get<int>();
      epoch.trainingLoss = item.at(2).get<double>();
      epoch.validationLoss = item.at(3).get<double>();
      epoch.validationAuc = item.at(4).get<std::vector<double>>();
      epoch.seconds = item.at(5).get<double>();
      epoch.best = item.at(6).get<bool>();
      checkpoint.epochs.push_back(epoch);
    }
    for (const SafetensorsFile::Entry& entry : file.tensors())
    {
      checkpoint.tensors[entry.description.name] = file.read(entry);
    }
    return checkpoint;
  }
  // A checkpoint is a convenience: without a sound one training begins anew.
  catch (const Error&)
  {
  }
  catch (const std::out_of_range&)
  {
  }
  catch (const nlohmann::json::exception&)
  {
  }
  return std::nullopt;
}

} // namespace apt
