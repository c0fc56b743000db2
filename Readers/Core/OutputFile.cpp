// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "OutputFile.h"

#include "Error.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <stdio.h>
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

std::string folderOf(const std::string& path)
{
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
}
} // namespace

OutputFile::OutputFile(const std::string& path)
  : Path(path)
{
  const std::string folder = folderOf(path);
  const std::string name = path.substr(folder.size());
  struct stat status;
  if (name.empty() || (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)))
  {
    throw FileError(path, "is a folder; the name of a file is needed");
  }

  // A file name has 255 bytes at most; what is added must fit too.
  constexpr std::size_t nameLimit = 200;
  static std::atomic<unsigned> number{ 0 };
  // Not mkstemp, which makes a file that nobody else may read: here the system gives the permissions
  // that any new file gets.
  constexpr mode_t permissions = 0666;
  const std::string stem = folder + name.substr(0, nameLimit) + "." + std::to_string(::getpid());
  do
  {
    this->TemporaryPath = stem + "-" + std::to_string(number++) + ".part";
    this->Descriptor =
      ::open(this->TemporaryPath.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions);
  } while (this->Descriptor < 0 && (errno == EEXIST || errno == EINTR));
  if (this->Descriptor < 0)
  {
    throw FileError(path, "cannot be written: " + systemMessage(errno));
  }
}

OutputFile::~OutputFile()
{
  if (this->Descriptor >= 0)
  {
    ::close(this->Descriptor);
  }
  if (!this->TemporaryPath.empty())
  {
    ::unlink(this->TemporaryPath.c_str());
  }
}

void OutputFile::write(const void* source, std::size_t count)
{
  const char* from = static_cast<const char*>(source);
  while (count > 0)
  {
    const ssize_t written = ::write(this->Descriptor, from, count);
    if (written < 0)
    {
      if (errno == EINTR)
      {
        continue;
      }
      throw FileError(this->Path, "cannot be written: " + systemMessage(errno));
    }
    from += written;
    count -= static_cast<std::size_t>(written);
  }
}

void OutputFile::commit()
{
  // Some file systems have no fsync and say so with EINVAL or ENOTSUP: no reason to fail.
  if (::fsync(this->Descriptor) != 0 && errno != EINVAL && errno != ENOTSUP)
  {
    throw FileError(this->Path, "cannot be written: " + systemMessage(errno));
  }
  // The descriptor is gone whatever close answers.
  const int closed = ::close(this->Descriptor);
  this->Descriptor = -1;
  if (closed != 0 && errno != EINTR)
  {
    throw FileError(this->Path, "cannot be written: " + systemMessage(errno));
  }
  if (::rename(this->TemporaryPath.c_str(), this->Path.c_str()) != 0)
  {
    throw FileError(this->Path, "cannot be given its name: " + systemMessage(errno));
  }
  this->TemporaryPath.clear();

  // So that the name outlives a power cut as well; the file is whole in any case.
  const std::string folder = folderOf(this->Path);
  const int descriptor =
    ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0)
  {
    ::fsync(descriptor);
    ::close(descriptor);
  }
}

void requireRoomFor(const std::string& path, std::size_t bytes)
{
  OutputFile file(path);
  const std::vector<char> piece(std::min(bytes, std::size_t(1) << 20));
  while (bytes > 0)
  {
    const std::size_t count = std::min(bytes, piece.size());
    file.write(piece.data(), count);
    bytes -= count;
  }
}

} // namespace apt
