// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "TorchDevice.h"

#include "Error.h"

#include <ATen/Context.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <string>

namespace apt
{

c10::Device torchDevice(Device device)
{
  const bool there = torch::cuda::is_available();
  if (device == Device::CUDA && !there)
  {
    throw ParameterError("Device", "CUDA",
      std::string("Auto or CPU on this machine: LibTorch ") + TORCH_VERSION +
        (at::hasCUDA() ? " finds no CUDA device that it can use" : " was built without CUDA"));
  }
  return there && device != Device::CPU ? c10::Device(c10::kCUDA, 0) : c10::Device(c10::kCPU);
}

} // namespace apt
