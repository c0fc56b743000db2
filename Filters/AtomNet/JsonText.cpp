// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "JsonText.h"

#include <set>
#include <vector>

namespace apt
{

nlohmann::json parseJson(std::string_view text)
{
  using Event = nlohmann::json::parse_event_t;
  constexpr std::size_t depthLimit = 8;

  // For each object or array that is open, the names that it has so far.
  std::vector<std::set<std::string>> open;
  const auto watch = [&open](int, Event event, nlohmann::json& parsed)
  {
    switch (event)
    {
      case Event::object_start:
      case Event::array_start:
        if (open.size() == depthLimit)
        {
          throw JsonError(
            0, "has objects in objects more than " + std::to_string(depthLimit) + " deep");
        }
        open.emplace_back();
        break;
      case Event::object_end:
      case Event::array_end:
        open.pop_back();
        break;
      case Event::key:
        if (!open.back().insert(parsed.get_ref<const std::string&>()).second)
        {
          throw JsonError(
            0, "has the name " + inQuotes(parsed.get_ref<const std::string&>()) + " twice");
        }
        break;
      case Event::value:
        break;
    }
    return true;
  };
  try
  {
    return nlohmann::json::parse(text.begin(), text.end(), watch);
  }
  catch (const nlohmann::json::parse_error& error)
  {
    // Not the library's own message, which quotes the text at any length.
    throw JsonError(error.byte > 0 ? error.byte - 1 : 0, "is not JSON");
  }
  catch (const nlohmann::json::exception&)
  {
    throw JsonError(0, "has a number that is out of range");
  }
}

std::string inQuotes(std::string_view text)
{
  constexpr std::size_t limit = 60;
  std::string result = "\"";
  for (const char c : text.substr(0, limit))
  {
    result += c >= 0x20 && c < 0x7f ? c : '?';
  }
  return result + (text.size() > limit ? "…\"" : "\"");
}

} // namespace apt
