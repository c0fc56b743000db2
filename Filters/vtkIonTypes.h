// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "IonCloud.h"

#include <cstdint>
#include <string>
#include <vector>

class vtkDataObject;

// Ion types as users and filters name them.

namespace aptvtk
{

/** @brief The names of the ion types that an object's field data has; empty without. */
std::vector<std::string> ionNamesOf(vtkDataObject* object);

/**
 * @brief The number of the ion type of that name.
 * @param property whose value it is, for the message
 * @throws apt::ParameterError naming those that there are
 */
int ionTypeOf(
  const std::vector<std::string>& names, const std::string& name, const char* property);

/**
 * @brief The array Ion of a cloud as int16.
 * @param kept where a converted copy goes
 * @return nullptr where the cloud is empty
 * @throws apt::Error where there is no such array
 */
const std::int16_t* ionTypesOf(const apt::IonCloudView& cloud, std::vector<std::int16_t>& kept);

/**
 * @brief The array of that name.
 * @return nullptr where the cloud is empty
 * @throws apt::ParameterError naming those that there are
 */
const apt::ArrayView* classArrayOf(const apt::IonCloudView& cloud, const std::string& name);

} // namespace aptvtk
