// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkSpecimens.h"

#include "vtkCompositeDataSet.h"
#include "vtkDataObjectTree.h"
#include "vtkInformation.h"
#include "vtkMultiBlockDataSet.h"
#include "vtkPartitionedDataSet.h"
#include "vtkPartitionedDataSetCollection.h"
#include "vtkPointSet.h"

namespace aptvtk
{

namespace
{

void add(vtkDataObject* object, const std::string& name, bool isPiece,
  std::vector<InputSpecimen>& specimens)
{
  auto* tree = vtkDataObjectTree::SafeDownCast(object);
  const bool isWhole = isPiece || !tree || tree->IsA("vtkPartitionedDataSet");
  if (isWhole && !isPiece)
  {
    specimens.push_back({ name, {} });
  }
  if (!tree)
  {
    if (auto* ions = vtkPointSet::SafeDownCast(object))
    {
      specimens.back().pieces.push_back(ions);
    }
    return;
  }
  auto* const blocks = vtkMultiBlockDataSet::SafeDownCast(tree);
  auto* const partitions = vtkPartitionedDataSet::SafeDownCast(tree);
  auto* const sets = vtkPartitionedDataSetCollection::SafeDownCast(tree);
  const unsigned int size = blocks ? blocks->GetNumberOfBlocks()
    : partitions                   ? partitions->GetNumberOfPartitions()
    : sets                         ? sets->GetNumberOfPartitionedDataSets()
                                   : 0;
  for (unsigned int i = 0; i < size; ++i)
  {
    vtkDataObject* const child = blocks ? blocks->GetBlock(i)
      : partitions                      ? partitions->GetPartitionAsDataObject(i)
                                        : sets->GetPartitionedDataSet(i);
    vtkInformation* const about = blocks && blocks->HasMetaData(i) ? blocks->GetMetaData(i)
      : sets && sets->HasMetaData(i)                               ? sets->GetMetaData(i)
                                                                   : nullptr;
    const char* const own = about && about->Has(vtkCompositeDataSet::NAME())
      ? about->Get(vtkCompositeDataSet::NAME())
      : nullptr;
    add(child, own ? own : "Specimen " + std::to_string(specimens.size() + 1), isWhole, specimens);
  }
}

} // namespace

void addSpecimens(vtkDataObject* object, std::vector<InputSpecimen>& specimens)
{
  add(object, "Specimen " + std::to_string(specimens.size() + 1), false, specimens);
}

} // namespace aptvtk
