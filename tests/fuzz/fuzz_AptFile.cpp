// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "AptFile.h"
#include "Error.h"
#include "MemoryFile.h"
#include "ParallelFor.h"

// Any bytes as .apt: nothing but an apt::Error may come of it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  const MemoryFile memory(bytes, size);
  const apt::ThreadLimit limit(1);
  try
  {
    readAll(apt::AptFile(memory.path()));
  }
  catch (const apt::Error&)
  {
  }
  return 0;
}
