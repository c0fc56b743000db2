// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "IonSelection.h"

#include "ParallelFor.h"

#include <cstring>

namespace apt
{

namespace
{
constexpr std::size_t pieceSize = 65536;
}

RangedIons::RangedIons(const std::int16_t* ions, std::size_t size)
  : Ions(ions)
  , Size(size)
  , Offsets((size + pieceSize - 1) / pieceSize + 1, 0)
{
  parallelFor(size, pieceSize,
    [this](std::size_t begin, std::size_t end)
    {
      std::uint64_t kept = 0;
      for (std::size_t i = begin; i < end; ++i)
      {
        kept += this->Ions[i] >= 0;
      }
      this->Offsets[begin / pieceSize + 1] = kept;
    });
  for (std::size_t piece = 1; piece < this->Offsets.size(); ++piece)
  {
    this->Offsets[piece] += this->Offsets[piece - 1];
  }
}

void RangedIons::copy(
  const void* source, void* destination, std::size_t bytesPerIon, const Progress& progress) const
{
  parallelFor(
    this->Size, pieceSize,
    [&](std::size_t begin, std::size_t end)
    {
      const auto* from = static_cast<const std::byte*>(source);
      auto* to =
        static_cast<std::byte*>(destination) + this->Offsets[begin / pieceSize] * bytesPerIon;
      for (std::size_t i = begin; i < end;)
      {
        // Runs of ranged ions are long in real data, so whole runs are copied at a time.
        std::size_t run = i;
        while (run < end && this->Ions[run] >= 0)
        {
          ++run;
        }
        if (run > i)
        {
          std::memcpy(to, from + i * bytesPerIon, (run - i) * bytesPerIon);
          to += (run - i) * bytesPerIon;
        }
        i = run + 1;
      }
    },
    progress);
}

} // namespace apt
