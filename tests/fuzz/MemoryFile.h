// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "IonFile.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

/** A file that is in memory only, and has a path all the same. */
class MemoryFile
{
public:
  MemoryFile(const std::uint8_t* bytes, std::size_t size)
    : Descriptor(::memfd_create("fuzz", MFD_CLOEXEC))
  {
    if (this->Descriptor < 0 ||
      ::write(this->Descriptor, bytes, size) != static_cast<ssize_t>(size))
    {
      std::abort();
    }
  }
  ~MemoryFile() { ::close(this->Descriptor); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(this->Descriptor); }

private:
  int Descriptor;
};

/** Reads every ion, then each third one in two pieces, into memory that is just large enough. */
inline void readAll(const apt::IonFile& file)
{
  const auto read = [&file](const apt::IonSlice& slice)
  {
    const std::size_t count = static_cast<std::size_t>(slice.count);
    std::vector<float> positions(count * 3 + 1);
    std::vector<std::vector<std::byte>> values;
    std::vector<void*> arrays;
    for (const apt::ArrayDescription& description : file.arrays())
    {
      values.emplace_back(count * apt::bytesPerIon(description));
      arrays.push_back(values.back().data());
    }
    file.read(slice, positions.data(), arrays);
  };
  read({ 0, file.size(), 1 });
  read(apt::sliceOfPiece(file.size(), 3, 0, 2));
  read(apt::sliceOfPiece(file.size(), 3, 1, 2));
}
