// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fstream>
#include <sstream>
#include <string>

/** A line of /proc/self/status in bytes. */
inline double memory(const std::string& key)
{
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line))
  {
    if (line.rfind(key + ":", 0) == 0)
    {
      double kibibytes = 0;
      std::istringstream(line.substr(key.size() + 1)) >> kibibytes;
      return kibibytes * 1024;
    }
  }
  return 0;
}
