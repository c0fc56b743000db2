// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Error.h"

#include <algorithm>
#include <string>
#include <vector>

// Lists of ions that a user has chosen by name.

namespace aptvtk
{

/** @brief Texts one behind the other, "none" where there are none. */
inline std::string joined(const std::vector<std::string>& texts)
{
  std::string all;
  for (const std::string& text : texts)
  {
    all += (all.empty() ? "" : ", ") + text;
  }
  return all.empty() ? "none" : all;
}

/**
 * @brief Which ion types the names stand for; empty = all.
 * @param property that holds the names, for the message
 * @param names    of the input's ion types
 * @throws apt::ParameterError with the names that there are
 */
inline std::vector<bool> selectedTypes(const char* property, const std::vector<std::string>& wanted,
  const std::vector<std::string>& names)
{
  std::vector<bool> selected;
  for (const std::string& ion : wanted)
  {
    const auto found = std::find(names.begin(), names.end(), ion);
    if (found == names.end())
    {
      throw apt::ParameterError(std::string("an entry of ") + property, "\"" + ion + "\"",
        "the name of an ion of the input (" + joined(names) + ")");
    }
    selected.resize(names.size());
    selected[static_cast<std::size_t>(found - names.begin())] = true;
  }
  return selected;
}

} // namespace aptvtk
