// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "TestFiles.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

namespace apt
{
namespace test
{

// Inputs, outputs and weights of the published network. They carry no licence, so that they stand
// beside the project, where they stand at all.
const std::string published = ATOMPROBE_SHARED "/reference/published/";

inline std::vector<float> floatsOf(const std::string& path)
{
  const std::string bytes = readFile(path);
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

struct PublishedModel
{
  std::string name; ///< of the files with features and answers
  std::size_t blocks;
  std::string arguments;            ///< of the importer
  std::vector<std::string> species; ///< in code order
};

inline void PrintTo(const PublishedModel& model, std::ostream* stream)
{
  *stream << model.name;
}

inline std::vector<PublishedModel> publishedModels()
{
  return { { "AlLiMg", 2,
             "checkpoint_AlLiMg/elemental.ckpt checkpoint_AlLiMg/elemental2.ckpt "
             "--species Al,Li,Mg --lattice-parameter 0.405",
             { "Al", "Li", "Mg" } },
    { "AuCu", 3,
      "checkpoint_AuCu/AtomNet.ckpt checkpoint_AuCu/AtomNet_2.ckpt checkpoint_AuCu/AtomNet_3.ckpt "
      "--species Cu,Au --lattice-parameter 0.390",
      { "Cu", "Au" } } };
}

inline std::string alloyName(const testing::TestParamInfo<PublishedModel>& alloy)
{
  return alloy.param.name;
}

/** Imports a published model; skips, and says so, where it or numpy is not there. */
class PublishedWeights : public testing::TestWithParam<PublishedModel>
{
protected:
  TemporaryFolder Folder;
  std::string Path = this->Folder.file("model.safetensors");

  void SetUp() override
  {
    if (!std::filesystem::exists(published))
    {
      GTEST_SKIP() << "the published weights are not at " << published;
    }
    if (std::system(ATOMPROBE_PYTHON " -c 'import numpy' 2>/dev/null") != 0)
    {
      GTEST_SKIP() << "the importer needs numpy (Debian: python3-numpy) for " ATOMPROBE_PYTHON;
    }
    this->python("'" ATOMPROBE_PVPYTHON "/import_tensorflow_checkpoint.py' " +
      GetParam().arguments + " --output '" + this->Path + "'");
  }

  /** Runs Python in the folder of the published files. */
  void python(const std::string& arguments)
  {
    const std::string command = "cd '" + published + "' && " ATOMPROBE_PYTHON " " + arguments +
      " >'" + this->Folder.file("log") + "' 2>&1";
    ASSERT_EQ(std::system(command.c_str()), 0) << readFile(this->Folder.file("log"));
  }
};

} // namespace test
} // namespace apt
