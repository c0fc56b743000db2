// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "InputFile.h"

#include "Error.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace apt
{

namespace
{
std::string systemMessage(int error)
{
  return std::generic_category().message(error);
}

std::string problemOfOpening(int error)
{
  switch (error)
  {
    case ENOENT:
      return "there is no such file";
    case EACCES:
    case EPERM:
      return "you have no permission to read it";
    default:
      return "cannot be opened: " + systemMessage(error);
  }
}

/** Every item of a fixed size, which the compiler then copies with one or two moves. */
template <std::size_t Size>
void gather(const std::byte* source, std::size_t distance, std::size_t count, std::byte* to)
{
  for (std::size_t i = 0; i < count; ++i)
  {
    std::memcpy(to + i * Size, source + i * distance, Size);
  }
}

void gather(const std::byte* source, std::size_t distance, std::size_t count, std::size_t itemSize,
  std::byte* to)
{
  switch (itemSize)
  {
    case 1:
      return gather<1>(source, distance, count, to);
    case 2:
      return gather<2>(source, distance, count, to);
    case 4:
      return gather<4>(source, distance, count, to);
    case 8:
      return gather<8>(source, distance, count, to);
    case 12:
      return gather<12>(source, distance, count, to);
    case 16:
      return gather<16>(source, distance, count, to);
    case 44:
      return gather<44>(source, distance, count, to);
    default:
      for (std::size_t i = 0; i < count; ++i)
      {
        std::memcpy(to + i * itemSize, source + i * distance, itemSize);
      }
  }
}
} // namespace

InputFile::InputFile(const std::string& path)
  : Path(path)
{
  // O_NONBLOCK: opening a named pipe by mistake must not wait for a writer.
  do
  {
    this->Descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  } while (this->Descriptor < 0 && errno == EINTR);
  if (this->Descriptor < 0)
  {
    throw FileError(path, problemOfOpening(errno));
  }

  try
  {
    struct stat status;
    if (::fstat(this->Descriptor, &status) != 0)
    {
      throw FileError(path, problemOfOpening(errno));
    }
    if (S_ISDIR(status.st_mode))
    {
      throw FileError(path, "is a folder, not a file");
    }
    if (!S_ISREG(status.st_mode))
    {
      throw FileError(path, "is a pipe or device, not a regular file");
    }
    if (status.st_size <= 0)
    {
      throw FileError(path, "is empty");
    }
    this->Size = static_cast<std::uint64_t>(status.st_size);

    static constexpr char pointer[] = "version https://git-lfs";
    std::array<char, sizeof(pointer) - 1> start;
    if (this->Size >= start.size())
    {
      this->read(0, start.data(), start.size());
      if (std::equal(start.begin(), start.end(), pointer))
      {
        throw FileError(path,
          "is a Git LFS pointer of " + std::to_string(this->Size) +
            " bytes instead of the data it stands for; `git lfs pull` fetches that");
      }
    }
  }
  catch (...)
  {
    ::close(this->Descriptor);
    throw;
  }
}

InputFile::~InputFile()
{
  ::close(this->Descriptor);
}

void InputFile::read(std::uint64_t offset, void* destination, std::size_t count) const
{
  if (offset > this->Size || count > this->Size - offset)
  {
    throw FileError::atByte(this->Path, this->Size,
      "the file ends here, but " + std::to_string(count) + " bytes were expected at byte " +
        std::to_string(offset));
  }
  std::byte* to = static_cast<std::byte*>(destination);
  while (count > 0)
  {
    const ssize_t got = ::pread(this->Descriptor, to, count, static_cast<off_t>(offset));
    if (got < 0)
    {
      if (errno == EINTR)
      {
        continue;
      }
      throw FileError::atByte(this->Path, offset, "cannot be read: " + systemMessage(errno));
    }
    if (got == 0)
    {
      throw FileError::atByte(this->Path, offset,
        "the file ends here, but it had " + std::to_string(this->Size) +
          " bytes when it was opened: it was cut short meanwhile");
    }
    to += got;
    offset += static_cast<std::uint64_t>(got);
    count -= static_cast<std::size_t>(got);
  }
}

void InputFile::readStrided(std::uint64_t offset, std::size_t itemSize, std::uint64_t distance,
  std::size_t count, void* destination) const
{
  std::byte* to = static_cast<std::byte*>(destination);
  if (count == 0)
  {
    return;
  }
  if (count == 1 || distance == itemSize)
  {
    this->read(offset, to, count * itemSize);
    return;
  }

  // Beyond a page or so, reading single items moves less than reading all that lies between.
  constexpr std::uint64_t pageSize = 4096;
  std::array<std::byte, 16 * pageSize> buffer;
  if (distance > pageSize || itemSize > pageSize)
  {
    for (std::size_t i = 0; i < count; ++i)
    {
      this->read(offset + i * distance, to + i * itemSize, itemSize);
    }
    return;
  }
  const std::size_t step = static_cast<std::size_t>(distance);
  const std::size_t itemsPerBuffer = (buffer.size() - itemSize) / step + 1;
  for (std::size_t begin = 0; begin < count; begin += itemsPerBuffer)
  {
    const std::size_t items = std::min(itemsPerBuffer, count - begin);
    this->read(offset + begin * distance, buffer.data(), (items - 1) * step + itemSize);
    gather(buffer.data(), step, items, itemSize, to + begin * itemSize);
  }
}

bool InputFile::startsLikeText() const
{
  std::array<unsigned char, 512> start;
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(start.size(), this->Size));
  this->read(0, start.data(), count);
  return std::all_of(start.begin(), start.begin() + count,
    [](unsigned char c) { return (c >= 0x20 && c < 0x7f) || (c >= '\t' && c <= '\r'); });
}

std::string readTextFile(const std::string& path)
{
  constexpr std::uint64_t limit = std::uint64_t{ 64 } << 20;
  const InputFile file(path);
  if (file.size() > limit)
  {
    throw FileError(path,
      "is " + std::to_string(file.size()) +
        " bytes long, too long for a text file of this kind (64 MiB at most)");
  }
  std::string text(static_cast<std::size_t>(file.size()), '\0');
  file.read(0, text.data(), text.size());
  return text;
}

std::string lowerCaseExtension(const std::string& path)
{
  const std::string name = path.substr(path.find_last_of('/') + 1);
  const std::size_t dot = name.find_last_of('.');
  // A name that only begins with a dot is that of a hidden file.
  if (dot == std::string::npos || dot == 0)
  {
    return {};
  }
  std::string extension = name.substr(dot + 1);
  // Not tolower, which depends on the user's locale.
  std::transform(extension.begin(), extension.end(), extension.begin(),
    [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return extension;
}

} // namespace apt
