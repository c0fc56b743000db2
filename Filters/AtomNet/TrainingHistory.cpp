// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "TrainingHistory.h"

#include "JsonText.h"

#include <limits>

namespace apt
{

std::string historyText(const std::vector<TrainingEpoch>& epochs)
{
  nlohmann::json rows = nlohmann::json::array();
  for (const TrainingEpoch& epoch : epochs)
  {
    rows.push_back({ epoch.block, epoch.epoch, epoch.trainingLoss, epoch.validationLoss,
      epoch.validationAuc, epoch.best });
  }
  return rows.dump();
}

std::vector<TrainingEpoch> historyOf(const Model& model)
{
  const auto found = model.training.find("history");
  if (found == model.training.end() || !std::holds_alternative<std::string>(found->second))
  {
    return {};
  }
  std::vector<TrainingEpoch> epochs;
  try
  {
    for (const nlohmann::json& row : parseJson(std::get<std::string>(found->second)))
    {
      TrainingEpoch epoch;
      epoch.block = row.at(0).get<int>();
      epoch.epoch = row.at(1).get<int>();
      epoch.trainingLoss = row.at(2).get<double>();
      epoch.validationLoss = row.at(3).get<double>();
      epoch.validationAuc = row.at(4).get<std::vector<double>>();
      epoch.best = row.at(5).get<bool>();
      epoch.seconds = std::numeric_limits<double>::quiet_NaN();
      epochs.push_back(epoch);
    }
  }
  // Model files come from anybody; a history is for show.
  catch (const JsonError&)
  {
    return {};
  }
  catch (const nlohmann::json::exception&)
  {
    return {};
  }
  return epochs;
}

} // namespace apt
