// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Error.h"

namespace apt
{

FileError::FileError(const std::string& path, const std::string& problem)
  : Error(path + ": " + problem)
{
}

FileError FileError::atByte(const std::string& path, std::uint64_t byte, const std::string& problem)
{
  return FileError(path + ", byte " + std::to_string(byte), problem);
}

FileError FileError::atLine(const std::string& path, std::uint64_t line, const std::string& problem)
{
  return FileError(path + ", line " + std::to_string(line), problem);
}

ParameterError::ParameterError(
  const std::string& name, const std::string& value, const std::string& allowed)
  : Error(name + " is " + value + "; allowed is " + allowed)
{
}

Stopped::Stopped()
  : Error("stopped by the user")
{
}

} // namespace apt
