// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// A .pos file of 1 GiB in the page cache, and how fast its bytes are copied: what reading it is
// compared with.

#include "InputFile.h"
#include "ParallelFor.h"
#include "PosFile.h"

#include <chrono>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

constexpr std::size_t largeFileIons = std::size_t{ 1 } << 26;
constexpr std::size_t posBytesPerIon = 16;
constexpr std::size_t largeFileSize = largeFileIons * posBytesPerIon;

/** Memory that was never touched: each of its pages costs a page fault. */
class FreshMemory
{
public:
  explicit FreshMemory(std::size_t size)
    : Size(size)
  {
    this->Address =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (this->Address == MAP_FAILED)
    {
      throw std::runtime_error("no memory");
    }
  }
  ~FreshMemory() { ::munmap(this->Address, this->Size); }
  FreshMemory(const FreshMemory&) = delete;
  FreshMemory& operator=(const FreshMemory&) = delete;

  template <typename T>
  T* as()
  {
    return static_cast<T*>(this->Address);
  }

private:
  std::size_t Size;
  void* Address;
};

/** A specimen of 1 GiB, made once and gone at the end. */
class LargeFile
{
public:
  LargeFile()
    : Path((std::filesystem::temp_directory_path() /
        ("atomprobe-benchmark-" + std::to_string(::getpid()) + ".pos"))
             .string())
  {
    std::vector<float> positions(largeFileIons * 3);
    std::vector<float> ratios(largeFileIons);
    apt::parallelFor(largeFileIons, 1 << 16,
      [&](std::size_t begin, std::size_t end)
      {
        for (std::size_t ion = begin; ion < end; ++ion)
        {
          const float number = static_cast<float>(ion);
          positions[ion * 3] = 20 * std::sin(number);
          positions[ion * 3 + 1] = 20 * std::cos(number);
          positions[ion * 3 + 2] = number * 1e-6F;
          ratios[ion] = 27 + std::fmod(number, 31.0F) / 3;
        }
      });
    apt::IonCloudView cloud;
    cloud.size = largeFileIons;
    cloud.positions = positions.data();
    cloud.arrays.push_back(
      { { apt::arrayName::MassToCharge, "Da", apt::ValueType::Float32, 1 }, ratios.data() });
    apt::writePos(this->Path, cloud);
  }
  ~LargeFile()
  {
    std::error_code ignored;
    std::filesystem::remove(this->Path, ignored);
  }
  LargeFile(const LargeFile&) = delete;
  LargeFile& operator=(const LargeFile&) = delete;

  const std::string& path() const { return this->Path; }

private:
  std::string Path;
};

inline const std::string& largeFile()
{
  static const LargeFile file;
  return file.path();
}

inline double secondsOf(const std::function<void()>& work)
{
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/** What the read is compared with: the bytes as they are, in pieces as large as is best. */
inline double copy(bool hugePages)
{
  const apt::InputFile file(largeFile());
  FreshMemory memory(largeFileSize);
  return secondsOf(
    [&]
    {
      if (hugePages)
      {
        apt::adviseHugePages(memory.as<void>(), largeFileSize);
      }
      apt::parallelFor(largeFileSize, std::size_t{ 1 } << 20,
        [&](std::size_t begin, std::size_t end)
        { file.read(begin, memory.as<std::byte>() + begin, end - begin); });
    });
}
