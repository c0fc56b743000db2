// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause

// Any bytes are a safetensors file, or an apt::Error; any such file is a sound model, or an
// apt::Error; what was read can be written, and gives the same bytes from then on.

#include "ByteOrder.h"
#include "Error.h"
#include "MemoryFile.h"
#include "ModelFile.h"

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace
{

void require(bool condition, const char* what)
{
  if (!condition)
  {
    std::fprintf(stderr, "violated: %s\n", what);
    std::abort();
  }
}

std::string bytesOf(const std::string& path)
{
  std::ifstream stream(path, std::ios::binary);
  return { std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>() };
}

/** A path of this process's own. */
std::string scratchPath()
{
  return (std::filesystem::temp_directory_path() /
    ("fuzz_ModelFile." + std::to_string(::getpid()) + ".safetensors"))
    .string();
}

void readTensors(const std::string& path)
{
  const apt::SafetensorsFile file(path);
  std::vector<apt::Tensor> tensors;
  for (const apt::SafetensorsFile::Entry& entry : file.tensors())
  {
    tensors.push_back(file.read(entry));
    require(tensors.back().values.size() == entry.count, "a tensor has the values announced");
  }
  static const std::string scratch = scratchPath();
  apt::writeSafetensors(scratch, file.metadata(), tensors);
  const apt::SafetensorsFile again(scratch);
  require(again.metadata() == file.metadata(), "texts read back as the same");
  require(again.tensors().size() == tensors.size(), "tensors read back as the same");
  std::filesystem::remove(scratch);
}

void readModel(const std::string& path)
{
  const apt::Model model = apt::readModel(path);
  apt::requireSound(model);
  static const std::string scratch = scratchPath();
  apt::writeModel(scratch, model);
  const std::string bytes = bytesOf(scratch);
  apt::writeModel(scratch, apt::readModel(scratch));
  require(bytesOf(scratch) == bytes, "a model read and written gives the same bytes");
  std::filesystem::remove(scratch);
}

template <typename Call>
void allowErrors(const Call& call)
{
  try
  {
    call();
  }
  catch (const apt::Error&)
  {
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  {
    const MemoryFile memory(bytes, size);
    allowErrors([&] { readTensors(memory.path()); });
    allowErrors([&] { readModel(memory.path()); });
  }
  // A text is the header of a model of one block with weights of zero, so that seeds stay small and
  // lengths right: 177,402 values with five features and no batch norm.
  if (size > 0 && bytes[0] == '{')
  {
    constexpr std::size_t lengthSize = 8;
    constexpr std::size_t weights = 177402 * sizeof(float);
    std::vector<std::uint8_t> file(lengthSize + size + weights);
    apt::storeLittle<std::uint64_t>(file.data(), size);
    std::memcpy(file.data() + lengthSize, bytes, size);
    const MemoryFile memory(file.data(), file.size());
    allowErrors([&] { readTensors(memory.path()); });
    allowErrors([&] { readModel(memory.path()); });
  }
  return 0;
}
