// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Training.h"

#include "Error.h"

namespace apt
{

TrainingResult train(const Model&, const TrainingData&, const TrainingOptions&,
  const std::function<void(const TrainingEpoch&)>&, const Progress&)
{
  throw Error(
    "this AtomProbe was built without LibTorch, which trains the network; install LibTorch "
    "and build with -DATOMPROBE_WITH_TORCH=ON");
}

} // namespace apt
