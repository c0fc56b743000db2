// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#ifndef vtkSMAtomNetSegmentationProxy_h
#define vtkSMAtomNetSegmentationProxy_h

#include "AtomProbeServerManagerModule.h" // for the export macro
#include "vtkSMSourceProxy.h"

/**
 * @class vtkSMAtomNetSegmentationProxy
 * @brief The AtomNet Segmentation filter: its probabilities get a colour map that means the same in
 * every picture, and a model file that is chosen is used.
 *
 * Choosing a ModelFileName while Model is what it is to begin with makes Model Custom, so that a
 * script need not say both; state files keep the two as they are.
 *
 * After the first update, where the session has no colour map for OrderedProbability yet, it makes
 * one: perceptually uniform, from 0 to 1 whatever the data, grey for ions that the model does not
 * know. A map that comes from a state file, or that the user has edited, stays as it is. In XML:
 * `<AtomNetSegmentationProxy>`.
 */
class ATOMPROBESERVERMANAGER_EXPORT vtkSMAtomNetSegmentationProxy : public vtkSMSourceProxy
{
public:
  static vtkSMAtomNetSegmentationProxy* New();
  vtkTypeMacro(vtkSMAtomNetSegmentationProxy, vtkSMSourceProxy);
  void PrintSelf(ostream& os, vtkIndent indent) override;

protected:
  vtkSMAtomNetSegmentationProxy();
  ~vtkSMAtomNetSegmentationProxy() override;

  void PostUpdateData(bool usingCache) override;
  void SetPropertyModifiedFlag(const char* name, int flag) override;

private:
  vtkSMAtomNetSegmentationProxy(const vtkSMAtomNetSegmentationProxy&) = delete;
  void operator=(const vtkSMAtomNetSegmentationProxy&) = delete;
};

#endif
