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
 * A run that the user stopped is no error.
 * @return what RequestData should: 1, or 0 after an error
 */
template <typename Work>
int reportErrors(vtkAlgorithm* algorithm, Work&& work)
{
  try
  {
    work();
    return 1;
  }
  catch (const apt::Stopped&)
  {
    return 1;
  }
  catch (const std::bad_alloc&)
  {
    vtkErrorWithObjectMacro(algorithm, "not enough memory for this many ions");
  }
  catch (const std::exception& error)
  {
    vtkErrorWithObjectMacro(algorithm, << error.what());
  }
  return 0;
}

} // namespace aptvtk
