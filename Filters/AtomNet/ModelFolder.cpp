// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "ModelFolder.h"

#include "Error.h"

#include <dlfcn.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace apt
{

namespace
{

constexpr const char* Extension = ".safetensors";

} // namespace

std::string modelFolder()
{
  Dl_info here = {};
  if (dladdr(reinterpret_cast<const void*>(&modelFolder), &here) == 0 || !here.dli_fname)
  {
    return {};
  }
  std::error_code none;
  const std::filesystem::path file = std::filesystem::canonical(here.dli_fname, none);
  return none ? std::string() : (file.parent_path() / "models").string();
}

std::vector<std::string> modelNames(const std::string& folder)
{
  std::vector<std::string> names;
  std::error_code none;
  for (std::filesystem::directory_iterator file(folder, none), end; !none && file != end;
       file.increment(none))
  {
    if (file->path().extension() == Extension)
    {
      names.push_back(file->path().stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string modelPath(const std::string& folder, const std::string& name)
{
  const std::vector<std::string> names = modelNames(folder);
  if (std::find(names.begin(), names.end(), name) == names.end())
  {
    std::string list;
    for (const std::string& other : names)
    {
      list += other + ", ";
    }
    throw ParameterError("Model", "\"" + name + "\"",
      list + "or Custom with ModelFileName (models that ship lie in " + folder + ")");
  }
  return (std::filesystem::path(folder) / (name + Extension)).string();
}

} // namespace apt
