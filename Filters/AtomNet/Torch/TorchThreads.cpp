// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "TorchThreads.h"

#include <ATen/Parallel.h>

#include <cstdlib>
#include <string>

#include <dlfcn.h>

namespace apt
{

namespace
{

// OpenBLAS with threads of its own does not listen to OpenMP or to LibTorch. It may or may not be
// what LibTorch is linked with, so it is asked by name.
template <typename Function>
Function* blasFunction(const char* name)
{
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

int blasThreads()
{
  auto* get = blasFunction<int()>("openblas_get_num_threads");
  return get ? get() : 0;
}

void setBlasThreads(int threads)
{
  auto* set = blasFunction<void(int)>("openblas_set_num_threads");
  if (set && threads > 0)
  {
    set(threads);
  }
}

/**
 * Makes OpenBLAS use the vectors that the processor has. An OpenBLAS that is older than the
 * processor takes it for one of 2004, and is then several times slower (Debian 12's on Intel's
 * fourth and fifth Xeons). It only asks when it is loaded, which is before the plugin can say
 * anything; so it is made to ask again.
 */
void updateBlasKernels()
{
  static const bool done = []
  {
    auto* name = blasFunction<char*()>("openblas_get_corename");
    auto* quit = blasFunction<void()>("gotoblas_dynamic_quit");
    auto* begin = blasFunction<void()>("gotoblas_dynamic_init");
    if (!name || !quit || !begin || std::getenv("OPENBLAS_CORETYPE"))
    {
      return true;
    }
    const char* better = nullptr;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    {
      better = "SkylakeX";
    }
    else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    {
      better = "Haswell";
    }
#endif
    const std::string found = name();
    for (const char* outdated : { "Prescott", "Core2", "Penryn", "Dunnington", "Nehalem" })
    {
      if (better && found == outdated)
      {
        ::setenv("OPENBLAS_CORETYPE", better, 1);
        quit();
        begin();
        ::unsetenv("OPENBLAS_CORETYPE");
      }
    }
    return true;
  }();
  static_cast<void>(done);
}

} // namespace

TorchThreads::TorchThreads(int threads)
  : Before(at::get_num_threads())
  , BlasBefore(blasThreads())
{
  updateBlasKernels();
  at::set_num_threads(threads);
  setBlasThreads(threads);
}

TorchThreads::~TorchThreads()
{
  at::set_num_threads(this->Before);
  setBlasThreads(this->BlasBefore);
}

} // namespace apt
