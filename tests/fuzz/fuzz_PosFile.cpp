// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Error.h"
#include "MemoryFile.h"
#include "ParallelFor.h"
#include "PosFile.h"

// Any bytes as .pos and .epos: nothing but an apt::Error may come of it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  const MemoryFile memory(bytes, size);
  const apt::ThreadLimit limit(1);
  apt::looksLikeIonFile(memory.path());
  for (const auto layout : { apt::PosFile::Layout::Pos, apt::PosFile::Layout::Epos })
  {
    try
    {
      readAll(apt::PosFile(memory.path(), layout));
    }
    catch (const apt::Error&)
    {
    }
  }
  return 0;
}
