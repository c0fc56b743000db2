// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause

// How fast ions come from a .pos file of 1 GiB in the page cache into fresh memory, beside how fast
// the same threads copy the same bytes into fresh memory. Copy and read take turns, so that both
// see the same machine. bytes_per_second is that of the file; of_copy is the share of the copy.

#include "InputFile.h"
#include "IonFile.h"
#include "ParallelFor.h"
#include "PosFile.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace
{
constexpr std::size_t ions = std::size_t{ 1 } << 26;
constexpr std::size_t bytesPerIon = 16;
constexpr std::size_t fileSize = ions * bytesPerIon;

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
    std::vector<float> positions(ions * 3);
    std::vector<float> ratios(ions);
    apt::parallelFor(ions, 1 << 16,
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
    cloud.size = ions;
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

const std::string& largeFile()
{
  static const LargeFile file;
  return file.path();
}

double secondsOf(const std::function<void()>& work)
{
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/** What the read is compared with: the bytes as they are, in pieces as large as is best. */
double copy(bool hugePages)
{
  const apt::InputFile file(largeFile());
  FreshMemory memory(fileSize);
  return secondsOf(
    [&]
    {
      if (hugePages)
      {
        apt::adviseHugePages(memory.as<void>(), fileSize);
      }
      apt::parallelFor(fileSize, std::size_t{ 1 } << 20,
        [&](std::size_t begin, std::size_t end)
        { file.read(begin, memory.as<std::byte>() + begin, end - begin); });
    });
}

double read()
{
  const apt::PosFile file(largeFile(), apt::PosFile::Layout::Pos);
  FreshMemory positions(ions * 12);
  FreshMemory ratios(ions * 4);
  return secondsOf(
    [&] {
      file.read({ 0, ions, 1 }, positions.as<float>(), { ratios.as<float>() });
    });
}

/** The same from a mapping of the file instead of pread: why IonFile does not map. */
double readMapped(int flags)
{
  const int descriptor = ::open(largeFile().c_str(), O_RDONLY);
  FreshMemory positions(ions * 12);
  FreshMemory ratios(ions * 4);
  void* mapping = nullptr;
  const double seconds = secondsOf(
    [&]
    {
      mapping = ::mmap(nullptr, fileSize, PROT_READ, MAP_SHARED | flags, descriptor, 0);
      if (mapping == MAP_FAILED)
      {
        throw std::runtime_error("cannot map");
      }
      apt::adviseHugePages(positions.as<void>(), ions * 12);
      apt::adviseHugePages(ratios.as<void>(), ions * 4);
      apt::parallelFor(ions, std::size_t{ 1 } << 14,
        [&](std::size_t begin, std::size_t end)
        {
          apt::decodePosRecords(static_cast<const std::byte*>(mapping) + begin * bytesPerIon,
            end - begin, positions.as<float>() + begin * 3, ratios.as<float>() + begin);
        });
    });
  ::munmap(mapping, fileSize);
  ::close(descriptor);
  return seconds;
}

/** Reads and copies in turns with state.range(0) threads. */
void compareWithCopy(
  benchmark::State& state, bool hugePages, const std::function<double()>& variant)
{
  const apt::ThreadLimit limit(static_cast<int>(state.range(0)));
  ::prctl(PR_SET_THP_DISABLE, hugePages ? 0 : 1, 0, 0, 0);
  copy(hugePages); // so that the file is in the page cache
  double copySeconds = 0;
  double seconds = 0;
  for (auto iteration : state)
  {
    (void)iteration;
    copySeconds += copy(hugePages);
    const double once = variant();
    seconds += once;
    state.SetIterationTime(once);
  }
  ::prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
  const double bytes = static_cast<double>(state.iterations()) * static_cast<double>(fileSize);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(fileSize));
  state.counters["copy"] = benchmark::Counter(
    bytes / copySeconds, benchmark::Counter::kDefaults, benchmark::Counter::kIs1024);
  state.counters["of_copy"] = copySeconds / seconds;
}

void readPos(benchmark::State& state)
{
  compareWithCopy(state, true, [] { return read(); });
}

void readPosWithoutHugePages(benchmark::State& state)
{
  compareWithCopy(state, false, [] { return read(); });
}

void readPosMapped(benchmark::State& state)
{
  compareWithCopy(state, true, [] { return readMapped(0); });
}

void readPosMappedPopulated(benchmark::State& state)
{
  compareWithCopy(state, true, [] { return readMapped(MAP_POPULATE); });
}

/** Each hundredth ion, as a preview reads it: the rate is that of the part that is read. */
void readPosStrided(benchmark::State& state)
{
  constexpr std::size_t stride = 100;
  const apt::PosFile file(largeFile(), apt::PosFile::Layout::Pos);
  const apt::IonSlice slice = apt::sliceOfPiece(ions, stride, 0, 1);
  const std::size_t count = static_cast<std::size_t>(slice.count);
  const apt::ThreadLimit limit(static_cast<int>(state.range(0)));
  for (auto iteration : state)
  {
    (void)iteration;
    FreshMemory positions(count * 12);
    FreshMemory ratios(count * 4);
    state.SetIterationTime(
      secondsOf([&] { file.read(slice, positions.as<float>(), { ratios.as<float>() }); }));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(count * bytesPerIon));
}

void writePos(benchmark::State& state)
{
  const apt::IonCloud cloud = apt::readIonFile(largeFile());
  const std::string path = largeFile() + ".copy.pos";
  const apt::ThreadLimit limit(static_cast<int>(state.range(0)));
  for (auto iteration : state)
  {
    (void)iteration;
    state.SetIterationTime(secondsOf([&] { apt::writePos(path, cloud.view()); }));
  }
  std::filesystem::remove(path);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(fileSize));
}

void threads(benchmark::internal::Benchmark* benchmark)
{
  const int all = apt::threadCount();
  for (int count = 1; count < all; count *= 2)
  {
    benchmark->Arg(count);
  }
  benchmark->Arg(all)->ArgName("threads")->UseManualTime()->Unit(benchmark::kMillisecond);
}
} // namespace

BENCHMARK(readPos)->Apply(threads);
BENCHMARK(readPosWithoutHugePages)->Apply(threads);
BENCHMARK(readPosMapped)->Apply(threads);
BENCHMARK(readPosMappedPopulated)->Apply(threads);
BENCHMARK(readPosStrided)->Apply(threads);
BENCHMARK(writePos)->Apply(threads)->Iterations(2);
