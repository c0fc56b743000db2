// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "vtkAlgorithm.h"
#include "vtkCommand.h"

#include <string>
#include <vector>

/** @brief Keeps the errors and warnings of an algorithm instead of printing them. */
class Recorder
{
public:
  explicit Recorder(vtkAlgorithm* algorithm)
  {
    algorithm->AddObserver(vtkCommand::ErrorEvent, this, &Recorder::addError);
    algorithm->AddObserver(vtkCommand::WarningEvent, this, &Recorder::addWarning);
  }

  std::vector<std::string> errors;
  std::vector<std::string> warnings;

private:
  void addError(vtkObject*, unsigned long, void* text)
  {
    this->errors.emplace_back(static_cast<const char*>(text));
  }
  void addWarning(vtkObject*, unsigned long, void* text)
  {
    this->warnings.emplace_back(static_cast<const char*>(text));
  }
};
