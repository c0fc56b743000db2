// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

namespace apt
{

/**
 * @brief The folder of the models that ship: "models" beside the library (AtomProbe.so) or program
 * that this code is linked into. It need not exist.
 */
std::string modelFolder();

/**
 * @brief Names of the models in a folder, sorted: those of its files less ".safetensors".
 * @return none where there is no such folder
 */
std::vector<std::string> modelNames(const std::string& folder);

/** @brief The file of a model. @throws ParameterError where it is none of modelNames, naming them */
std::string modelPath(const std::string& folder, const std::string& name);

} // namespace apt
