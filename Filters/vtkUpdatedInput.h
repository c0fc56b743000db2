// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "vtkRanks.h"

#include "vtkAlgorithm.h"
#include "vtkAlgorithmOutput.h"
#include "vtkExecutive.h"
#include "vtkInformation.h"
#include "vtkInformationVector.h"
#include "vtkNew.h"
#include "vtkStreamingDemandDrivenPipeline.h"

namespace aptvtk
{

/**
 * @brief Has the ions of a filter's input made, as later in the update they will be asked for.
 *
 * For RequestInformation of filters whose output is an image: how large it is must be said there,
 * and follows from the ions. On all ranks at once.
 */
inline void updateInput(vtkAlgorithm* filter)
{
  vtkExecutive* const executive = filter->GetInputExecutive(0, 0);
  auto* const pipeline = vtkStreamingDemandDrivenPipeline::SafeDownCast(executive);
  vtkAlgorithmOutput* const connection = filter->GetInputConnection(0, 0);
  if (!pipeline || !connection)
  {
    return;
  }
  const Ranks ranks;
  vtkNew<vtkInformationVector> requests;
  requests->SetNumberOfInformationObjects(pipeline->GetNumberOfOutputPorts());
  vtkInformation* const request = requests->GetInformationObject(connection->GetIndex());
  request->Set(vtkStreamingDemandDrivenPipeline::UPDATE_PIECE_NUMBER(), ranks.rank());
  request->Set(vtkStreamingDemandDrivenPipeline::UPDATE_NUMBER_OF_PIECES(), ranks.count());
  request->Set(vtkStreamingDemandDrivenPipeline::UPDATE_NUMBER_OF_GHOST_LEVELS(), 0);
  pipeline->Update(connection->GetIndex(), requests);
}

} // namespace aptvtk
