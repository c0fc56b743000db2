// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace apt
{

/** @brief What is wrong with a JSON text, for the caller to say in which file and where in it. */
class JsonError : public std::runtime_error
{
public:
  JsonError(std::size_t byte, const std::string& problem)
    : std::runtime_error(problem)
    , Byte(byte)
  {
  }

  /** @brief Bytes before the place; 0 where the text as a whole is meant. */
  std::size_t byte() const { return this->Byte; }

private:
  std::size_t Byte;
};

/**
 * @brief Parses JSON that may come from anybody.
 *
 * Values lie in at most eight objects and arrays, more than a model file ever needs, and no object
 * has the same name twice: readers disagree about which of the two counts.
 * @throws JsonError
 */
nlohmann::json parseJson(std::string_view text);

/**
 * @brief The text between double quotes, for a message: cut after 60 bytes, and everything that is
 * not printable ASCII as a question mark.
 */
std::string inQuotes(std::string_view text);

} // namespace apt
