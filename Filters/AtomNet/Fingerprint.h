// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

namespace apt
{

/** @brief Tells whether data are what they were, not more: 64-bit FNV-1a. */
class Fingerprint
{
public:
  void add(const void* data, std::size_t bytes)
  {
    const auto* values = static_cast<const unsigned char*>(data);
    for (std::size_t i = 0; i < bytes; ++i)
    {
      this->Value = (this->Value ^ values[i]) * 1099511628211U;
    }
  }
  void add(std::uint64_t value) { this->add(&value, sizeof value); }

  std::string text() const
  {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(this->Value));
    return text;
  }

private:
  std::uint64_t Value = 14695981039346656037U;
};

} // namespace apt
