// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#ifndef vtkSMIonDensityMapProxy_h
#define vtkSMIonDensityMapProxy_h

#include "AtomProbeServerManagerModule.h" // for the export macro
#include "vtkSMSourceProxy.h"

/**
 * @class vtkSMIonDensityMapProxy
 * @brief The Ion Density Map filter: pixels without a ratio are not drawn.
 *
 * After the first update, where the session has no colour maps for its arrays yet, it makes them:
 * perceptually uniform, and transparent for NaN. One that comes from a state file, or that the user
 * has edited, stays as it is. In XML: `<IonDensityMapProxy>`.
 */
class ATOMPROBESERVERMANAGER_EXPORT vtkSMIonDensityMapProxy : public vtkSMSourceProxy
{
public:
  static vtkSMIonDensityMapProxy* New();
  vtkTypeMacro(vtkSMIonDensityMapProxy, vtkSMSourceProxy);
  void PrintSelf(ostream& os, vtkIndent indent) override;

protected:
  vtkSMIonDensityMapProxy();
  ~vtkSMIonDensityMapProxy() override;

  void PostUpdateData(bool usingCache) override;

private:
  vtkSMIonDensityMapProxy(const vtkSMIonDensityMapProxy&) = delete;
  void operator=(const vtkSMIonDensityMapProxy&) = delete;
};

#endif
