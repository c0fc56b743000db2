// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "InputFile.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace apt
{

/** @brief Named numbers in an array of any rank, the last index running fastest. */
struct Tensor
{
  std::string name;
  std::vector<std::size_t> shape; ///< empty: a single number
  std::vector<float> values;      ///< as many as the product of the shape
};

/** @brief The name and shape of a tensor without its values. */
struct TensorDescription
{
  std::string name;
  std::vector<std::size_t> shape;
};

/** @brief A shape as messages show it: "[32, 5]". */
std::string shapeText(const std::vector<std::size_t>& shape);

/**
 * @brief A file in the safetensors format: tensors and texts, and nothing that could be executed.
 *
 * Layout (https://github.com/huggingface/safetensors): the length of the header as a 64-bit
 * little-endian integer; the header, a JSON object, which may end in spaces; the values of the
 * tensors one after the other without gaps. The header has for each tensor its dtype, shape and
 * the places of its first byte and of the byte behind its last one, counted from the header's end;
 * and under "__metadata__" texts by name.
 *
 * Every statement of the header is checked against the file before anything is made of it: the
 * memory taken is bounded by the size of the file, whatever the header says. Only float32 (F32) is
 * read. Thread-safe once constructed.
 */
class SafetensorsFile
{
public:
  /** What the header says of a tensor, checked. */
  struct Entry
  {
    TensorDescription description;
    std::uint64_t offset = 0; ///< of the first value, in bytes from the start of the file
    std::size_t count = 0;    ///< values
  };

  /**
   * @brief Opens the file and reads its header, not the values.
   * @throws FileError where the file cannot be opened, its header is longer than the file or than
   * 4 MiB, is not JSON of that form, names a tensor twice, is of another type than F32, or has
   * tensors that overlap, leave gaps, do not fit their shape or do not fill the file
   */
  explicit SafetensorsFile(const std::string& path);

  const std::string& path() const { return this->File.path(); }
  const std::map<std::string, std::string>& metadata() const { return this->Metadata; }

  /** @brief The tensors in the order of their values in the file; empty ones by name. */
  const std::vector<Entry>& tensors() const { return this->Tensors; }

  /** @brief One of tensors() with its values. @throws FileError, also where one is not finite */
  Tensor read(const Entry& entry) const;

private:
  InputFile File;
  std::map<std::string, std::string> Metadata;
  std::vector<Entry> Tensors;
};

/**
 * @brief Writes tensors and texts in the safetensors format; equal arguments give equal bytes.
 *
 * The header has the texts by name and then the tensors in the order given, which is also that of
 * the values, and is filled up with spaces so that these begin at a multiple of 8 bytes.
 * @param metadata texts in UTF-8
 * @throws ParameterError where a name comes twice or is "__metadata__", a shape does not fit the
 * values, a value is not finite, or a text is not UTF-8
 * @throws FileError where the file cannot be written; nothing is left behind then
 */
void writeSafetensors(const std::string& path, const std::map<std::string, std::string>& metadata,
  const std::vector<Tensor>& tensors);

} // namespace apt
