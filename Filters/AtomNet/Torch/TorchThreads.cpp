// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "TorchThreads.h"

#include <ATen/Parallel.h>

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

} // namespace

TorchThreads::TorchThreads(int threads)
  : Before(at::get_num_threads())
  , BlasBefore(blasThreads())
{
  at::set_num_threads(threads);
  setBlasThreads(threads);
}

TorchThreads::~TorchThreads()
{
  at::set_num_threads(this->Before);
  setBlasThreads(this->BlasBefore);
}

} // namespace apt
