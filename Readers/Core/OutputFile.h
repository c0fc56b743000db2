// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>

namespace apt
{

/**
 * @brief A file that appears under its name only when it is complete.
 *
 * Bytes go to a file beside the final one, which commit() renames; without a commit the destructor
 * removes it, and whatever had the final name before is untouched.
 */
class OutputFile
{
public:
  /** @throws FileError where no file can be made in that folder */
  explicit OutputFile(const std::string& path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /** @brief Appends. @throws FileError, for a full disk say */
  void write(const void* source, std::size_t count);

  /** @brief Flushes to the disk and gives the file its name. @throws FileError */
  void commit();

private:
  std::string Path;
  std::string TemporaryPath;
  int Descriptor = -1;
};

/**
 * @brief Tries whether a file of that size can be written there, and leaves nothing behind.
 *
 * For work that takes long before it has something to write.
 * @throws FileError as OutputFile does
 */
void requireRoomFor(const std::string& path, std::size_t bytes);

} // namespace apt
