// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace apt
{

/**
 * @brief Sets for as long as it lives how many threads LibTorch and its BLAS take for one call.
 *
 * One where many threads call at a time, each for a tile of its own: that needs no barriers, keeps
 * a tile in its core's cache, and is independent of the OpenMP and BLAS that LibTorch was built
 * with. All cores for training, where a batch comes after another. (Left alone, Debian's LibTorch
 * answers 1, and its OpenBLAS takes all cores.) Not for several at a time.
 */
class TorchThreads
{
public:
  explicit TorchThreads(int threads);
  ~TorchThreads();
  TorchThreads(const TorchThreads&) = delete;
  TorchThreads& operator=(const TorchThreads&) = delete;

private:
  int Before;
  int BlasBefore;
};

} // namespace apt
