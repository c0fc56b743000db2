// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#ifndef vtkSMAtomNetTrainingProxy_h
#define vtkSMAtomNetTrainingProxy_h

#include "AtomProbeServerManagerModule.h" // for the export macro
#include "vtkSMSourceProxy.h"

/**
 * @class vtkSMAtomNetTrainingProxy
 * @brief The AtomNet Training filter: its chart opens with losses and AUC alone.
 *
 * ParaView's charts draw every column of a table. This adds the columns that are no curve to those
 * that charts of the session leave out until the user ticks them. In XML: `<AtomNetTrainingProxy>`.
 */
class ATOMPROBESERVERMANAGER_EXPORT vtkSMAtomNetTrainingProxy : public vtkSMSourceProxy
{
public:
  static vtkSMAtomNetTrainingProxy* New();
  vtkTypeMacro(vtkSMAtomNetTrainingProxy, vtkSMSourceProxy);
  void PrintSelf(ostream& os, vtkIndent indent) override;

protected:
  vtkSMAtomNetTrainingProxy();
  ~vtkSMAtomNetTrainingProxy() override;

private:
  vtkSMAtomNetTrainingProxy(const vtkSMAtomNetTrainingProxy&) = delete;
  void operator=(const vtkSMAtomNetTrainingProxy&) = delete;
};

#endif
