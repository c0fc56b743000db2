// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Error.h"
#include "Progress.h"

#include "vtkAlgorithm.h"
#include "vtkVersionMacros.h"

#include <exception>
#include <new>

// The one bridge between the core, which throws, and VTK, which reports.

namespace aptvtk
{

/** @brief A Progress that moves ParaView's progress bar and asks whether the user has aborted. */
inline apt::Progress progressOf(vtkAlgorithm* algorithm)
{
  return [algorithm](double fraction)
  {
    algorithm->UpdateProgress(fraction);
#if VTK_VERSION_NUMBER >= 90300000000ULL
    return !algorithm->CheckAbort();
#else
    return algorithm->GetAbortExecute() == 0;
#endif
  };
}

/**
 * @brief Runs work for that algorithm and reports what it throws as one error sentence.
 *
 * A run that the user stopped is no error. RequestData returns 1 after an error too, with an empty
 * output: upon 0 the executive would add a message of its own that tells the user nothing.
 * @return whether work came to its end
 */
template <typename Work>
bool reportErrors(vtkAlgorithm* algorithm, Work&& work)
{
  try
  {
    work();
    return true;
  }
  catch (const apt::Stopped&)
  {
  }
  catch (const std::bad_alloc&)
  {
    vtkErrorWithObjectMacro(algorithm, "not enough memory for this many ions");
  }
  catch (const std::exception& error)
  {
    vtkErrorWithObjectMacro(algorithm, << error.what());
  }
  return false;
}

} // namespace aptvtk
