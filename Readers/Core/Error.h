// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace apt
{

/**
 * @brief Base of everything that the core throws on purpose.
 *
 * what() is one sentence for the user: the file or parameter, the place, what was found and what
 * was expected.
 */
class Error : public std::runtime_error
{
public:
  using std::runtime_error::runtime_error;
};

/**
 * @brief A file is missing, unreadable or not what it claims to be.
 */
class FileError : public Error
{
public:
  /** The sentence becomes "<path>: <problem>". */
  FileError(const std::string& path, const std::string& problem);
  /** The sentence becomes "<path>, byte <byte>: <problem>". */
  static FileError atByte(const std::string& path, std::uint64_t byte, const std::string& problem);
  /** The sentence becomes "<path>, line <line>: <problem>"; lines count from 1. */
  static FileError atLine(const std::string& path, std::uint64_t line, const std::string& problem);
};

/**
 * @brief A parameter has a value that makes no sense.
 *
 * The sentence becomes "<name> is <value>; allowed is <allowed>".
 */
class ParameterError : public Error
{
public:
  ParameterError(const std::string& name, const std::string& value, const std::string& allowed);
};

/**
 * @brief The user stopped the run (a Progress answered false). Not a failure: nothing to report.
 */
class Stopped : public Error
{
public:
  Stopped();
};

} // namespace apt
