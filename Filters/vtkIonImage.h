// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "vtkRanks.h"

#include "vtkAlgorithm.h"
#include "vtkAlgorithmOutput.h"
#include "vtkCompositeDataSet.h"
#include "vtkDataObject.h"
#include "vtkExecutive.h"
#include "vtkImageData.h"
#include "vtkInformation.h"
#include "vtkInformationVector.h"
#include "vtkMultiBlockDataSet.h"
#include "vtkNew.h"
#include "vtkStreamingDemandDrivenPipeline.h"

// What filters have in common that make an image of ions, or a block with one for each specimen.

namespace aptvtk
{

/** @brief Whether there may be several specimens. */
inline bool hasBlocks(vtkDataObject* input)
{
  return vtkCompositeDataSet::SafeDownCast(input) && !input->IsA("vtkPartitionedDataSet");
}

/** @brief For RequestDataObject: blocks where the input has any, else an image. */
inline void makeImageOutput(vtkInformationVector* input, vtkInformationVector* output)
{
  const bool blocks = hasBlocks(vtkDataObject::GetData(input));
  vtkInformation* const info = output->GetInformationObject(0);
  vtkDataObject* const present = info->Get(vtkDataObject::DATA_OBJECT());
  if (blocks && !vtkMultiBlockDataSet::SafeDownCast(present))
  {
    info->Set(vtkDataObject::DATA_OBJECT(), vtkNew<vtkMultiBlockDataSet>());
  }
  else if (!blocks && !vtkImageData::SafeDownCast(present))
  {
    info->Set(vtkDataObject::DATA_OBJECT(), vtkNew<vtkImageData>());
  }
}

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
