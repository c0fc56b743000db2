// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace apt
{

/**
 * @brief A regular file opened for reading at any place, from any number of threads.
 */
class InputFile
{
public:
  /**
   * @throws FileError where the file is missing, a directory or other thing that is not a regular
   * file, empty, not permitted, or a Git-LFS pointer instead of the data
   */
  explicit InputFile(const std::string& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& path() const { return this->Path; }

  /** @brief Size in bytes when the file was opened. */
  std::uint64_t size() const { return this->Size; }

  /**
   * @brief Reads count bytes at that offset. Thread-safe.
   * @throws FileError where the file ends before (it was cut short after it was opened) or the
   * system reports an error
   */
  void read(std::uint64_t offset, void* destination, std::size_t count) const;

  /**
   * @brief Reads count items of itemSize bytes, each starting distance bytes after the one before,
   * and lays them side by side. Thread-safe.
   *
   * Where the items are far apart, what lies between them is not read.
   * @param distance at least itemSize
   * @throws FileError as read does
   */
  void readStrided(std::uint64_t offset, std::size_t itemSize, std::uint64_t distance,
    std::size_t count, void* destination) const;

  /** @brief True where the file begins like text. Floats do not: they have zeros and high bytes. */
  bool startsLikeText() const;

private:
  std::string Path;
  int Descriptor = -1;
  std::uint64_t Size = 0;
};

/** @brief The whole file as text. @throws FileError, also where it is larger than 64 MiB. */
std::string readTextFile(const std::string& path);

/** @brief The extension in lower case without the dot ("epos"); empty where there is none. */
std::string lowerCaseExtension(const std::string& path);

} // namespace apt
