// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause

// How fast ions come from a .pos file of 1 GiB in the page cache into fresh memory, beside how fast
// the same threads copy the same bytes into fresh memory. Copy and read take turns, so that both
// see the same machine. copy and read are bytes of the file per second, of_copy is their ratio.

#include "LargeFile.h"

#include "IonFile.h"
#include "ParallelFor.h"
#include "PosFile.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace
{
double read()
{
  const apt::PosFile file(largeFile(), apt::PosFile::Layout::Pos);
  FreshMemory positions(largeFileIons * 12);
  FreshMemory ratios(largeFileIons * 4);
  return secondsOf(
    [&] {
      file.read({ 0, largeFileIons, 1 }, positions.as<float>(), { ratios.as<float>() });
    });
}

/**
 * The same from a mapping of the file instead of pread. What IonFile pays for not dying of a SIGBUS
 * when the file shrinks or its server is gone.
 */
double readMapped(int flags)
{
  const int descriptor = ::open(largeFile().c_str(), O_RDONLY);
  FreshMemory positions(largeFileIons * 12);
  FreshMemory ratios(largeFileIons * 4);
  void* mapping = nullptr;
  const double seconds = secondsOf(
    [&]
    {
      mapping = ::mmap(nullptr, largeFileSize, PROT_READ, MAP_SHARED | flags, descriptor, 0);
      if (mapping == MAP_FAILED)
      {
        throw std::runtime_error("cannot map");
      }
      apt::adviseHugePages(positions.as<void>(), largeFileIons * 12);
      apt::adviseHugePages(ratios.as<void>(), largeFileIons * 4);
      apt::parallelFor(largeFileIons, std::size_t{ 1 } << 14,
        [&](std::size_t begin, std::size_t end)
        {
          apt::decodePosRecords(static_cast<const std::byte*>(mapping) + begin * posBytesPerIon,
            end - begin, positions.as<float>() + begin * 3, ratios.as<float>() + begin);
        });
    });
  ::munmap(mapping, largeFileSize);
  ::close(descriptor);
  return seconds;
}

/**
 * Reads and copies in turns with state.range(0) threads. The best of each is what counts: whatever
 * else the machine does (a hypervisor that fetches pages back, say) can only add to it.
 */
void compareWithCopy(
  benchmark::State& state, bool hugePages, const std::function<double()>& variant)
{
  const apt::ThreadLimit limit(static_cast<int>(state.range(0)));
  ::prctl(PR_SET_THP_DISABLE, hugePages ? 0 : 1, 0, 0, 0);
  double bestCopy = copy(hugePages); // (This also brings the file into the page cache.)
  double best = std::numeric_limits<double>::infinity();
  for (auto iteration : state)
  {
    (void)iteration;
    bestCopy = std::min(bestCopy, copy(hugePages));
    const double once = variant();
    best = std::min(best, once);
    state.SetIterationTime(once);
  }
  ::prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
  const auto rate = [](double seconds)
  {
    return benchmark::Counter(static_cast<double>(largeFileSize) / seconds,
      benchmark::Counter::kDefaults, benchmark::Counter::kIs1024);
  };
  state.counters["copy"] = rate(bestCopy);
  state.counters["read"] = rate(best);
  state.counters["of_copy"] = bestCopy / best;
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
  const apt::IonSlice slice = apt::sliceOfPiece(largeFileIons, stride, 0, 1);
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
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(count * posBytesPerIon));
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
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(largeFileSize));
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

constexpr int turns = 10;
} // namespace

BENCHMARK(readPos)->Apply(threads)->Iterations(turns);
BENCHMARK(readPosWithoutHugePages)->Apply(threads)->Iterations(turns);
BENCHMARK(readPosMapped)->Apply(threads)->Iterations(turns);
BENCHMARK(readPosMappedPopulated)->Apply(threads)->Iterations(turns);
BENCHMARK(readPosStrided)->Apply(threads);
BENCHMARK(writePos)->Apply(threads)->Iterations(2);
