// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "IonFile.h"

#include "AptFile.h"
#include "Error.h"
#include "InputFile.h"
#include "PosFile.h"

#include <algorithm>
#include <array>
#include <filesystem>

namespace apt
{

namespace
{
bool hasAptMagic(const InputFile& file)
{
  static constexpr std::array<char, 4> magic = { 'A', 'P', 'T', '\0' };
  std::array<char, 4> start;
  if (file.size() < start.size())
  {
    return false;
  }
  file.read(0, start.data(), start.size());
  return start == magic;
}

PosFile::Layout layoutOf(const std::string& path)
{
  return lowerCaseExtension(path) == "epos" ? PosFile::Layout::Epos : PosFile::Layout::Pos;
}
} // namespace

IonSlice sliceOfPiece(
  std::uint64_t size, std::uint64_t stride, std::uint64_t piece, std::uint64_t pieces)
{
  if (stride == 0)
  {
    throw ParameterError("stride", "0", "1 or more");
  }
  if (pieces == 0)
  {
    throw ParameterError("pieces", "0", "1 or more");
  }
  if (piece >= pieces)
  {
    throw ParameterError("piece", std::to_string(piece), "0 to " + std::to_string(pieces - 1));
  }
  // The first few pieces hold one ion more than the others. (No product of size and pieces here:
  // it could overflow.)
  const std::uint64_t ions = size == 0 ? 0 : (size - 1) / stride + 1;
  const std::uint64_t whole = ions / pieces;
  const std::uint64_t rest = ions % pieces;
  const std::uint64_t begin = whole * piece + std::min(piece, rest);

  IonSlice slice;
  slice.count = whole + (piece < rest ? 1 : 0);
  slice.first = slice.count > 0 ? begin * stride : size;
  slice.stride = stride;
  return slice;
}

IonFile::Outcome IonFile::read(const IonSlice& slice, float* positions,
  const std::vector<void*>& arrays, bool keepNonFinite, const Progress& progress) const
{
  if (slice.stride == 0)
  {
    throw ParameterError("stride", "0", "1 or more");
  }
  if (arrays.size() != this->Arrays.size())
  {
    throw ParameterError(
      "number of arrays", std::to_string(arrays.size()), std::to_string(this->Arrays.size()));
  }
  if (slice.count == 0)
  {
    return {};
  }
  if (slice.first >= this->Size)
  {
    throw ParameterError(
      "first ion", std::to_string(slice.first), "0 to " + std::to_string(this->Size - 1));
  }
  const std::uint64_t available = (this->Size - 1 - slice.first) / slice.stride + 1;
  if (slice.count > available)
  {
    throw ParameterError(
      "number of ions", std::to_string(slice.count), "0 to " + std::to_string(available));
  }
  if (!positions)
  {
    throw ParameterError("positions", "nullptr", "memory for the ions");
  }

  const std::size_t count = static_cast<std::size_t>(slice.count);
  adviseHugePages(positions, count * 3 * sizeof(float));
  for (std::size_t i = 0; i < arrays.size(); ++i)
  {
    adviseHugePages(arrays[i], count * bytesPerIon(this->Arrays[i]));
  }

  Outcome outcome;
  outcome.ions = slice.count;
  outcome.nonFinite = this->decode(slice, positions, arrays, progress);
  if (outcome.nonFinite > 0 && !keepNonFinite)
  {
    outcome.ions = dropNonFinite(count, positions, this->Arrays, arrays);
  }
  return outcome;
}

std::unique_ptr<IonFile> openIonFile(const std::string& path, const IonFileOptions& options)
{
  const bool isApt = hasAptMagic(InputFile(path));
  // A file that is called .apt but is none gets the message that says so.
  if (isApt || lowerCaseExtension(path) == "apt")
  {
    return std::make_unique<AptFile>(path);
  }
  return std::make_unique<PosFile>(path, layoutOf(path), options);
}

bool looksLikeIonFile(const std::string& path) noexcept
{
  try
  {
    const InputFile file(path);
    if (hasAptMagic(file))
    {
      return true;
    }
    return lowerCaseExtension(path) != "apt" && PosFile::looksPlausible(file, layoutOf(path));
  }
  catch (...)
  {
    return false;
  }
}

bool mayBeIonFile(const std::string& path) noexcept
{
  try
  {
    const InputFile file(path);
    const std::size_t recordSize = layoutOf(path) == PosFile::Layout::Epos ? 44 : 16;
    return looksLikeIonFile(path) ||
      (!file.startsLikeText() &&
        (lowerCaseExtension(path) == "apt" || file.size() % recordSize != 0));
  }
  catch (...)
  {
    std::error_code ignored;
    return std::filesystem::is_regular_file(path, ignored);
  }
}

IonCloud readIonFile(const std::string& path, const IonFileOptions& options)
{
  const std::unique_ptr<IonFile> file = openIonFile(path, options);
  const std::size_t size = static_cast<std::size_t>(file->size());
  IonCloud cloud;
  cloud.positions.resize(size * 3);
  std::vector<void*> arrays;
  for (const ArrayDescription& description : file->arrays())
  {
    cloud.arrays.push_back({ description, {} });
    cloud.arrays.back().values.resize(size * bytesPerIon(description));
    arrays.push_back(cloud.arrays.back().values.data());
  }

  IonSlice all;
  all.count = file->size();
  cloud.size = static_cast<std::size_t>(file->read(all, cloud.positions.data(), arrays).ions);

  cloud.positions.resize(cloud.size * 3);
  for (IonCloud::Array& array : cloud.arrays)
  {
    array.values.resize(cloud.size * bytesPerIon(array.description));
  }
  return cloud;
}

} // namespace apt
