// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#ifndef vtkSMSyntheticSpecimenProxy_h
#define vtkSMSyntheticSpecimenProxy_h

#include "AtomProbeServerManagerModule.h" // for the export macro
#include "vtkSMIonCloudSourceProxy.h"

/**
 * @class vtkSMSyntheticSpecimenProxy
 * @brief The Synthetic Specimen source: choosing a preset fills the other properties.
 *
 * When Preset changes, each property that still has the value of the preset before gets that of the
 * new one; what the user has changed stays, in whatever order a script sets things. Loading a state
 * file fills nothing: it has all values. In XML: `<SyntheticSpecimenProxy>`.
 */
class ATOMPROBESERVERMANAGER_EXPORT vtkSMSyntheticSpecimenProxy : public vtkSMIonCloudSourceProxy
{
public:
  static vtkSMSyntheticSpecimenProxy* New();
  vtkTypeMacro(vtkSMSyntheticSpecimenProxy, vtkSMIonCloudSourceProxy);
  void PrintSelf(ostream& os, vtkIndent indent) override;

  void UpdateVTKObjects() override;
  int LoadXMLState(vtkPVXMLElement* element, vtkSMProxyLocator* locator) override;

protected:
  vtkSMSyntheticSpecimenProxy();
  ~vtkSMSyntheticSpecimenProxy() override;

private:
  vtkSMSyntheticSpecimenProxy(const vtkSMSyntheticSpecimenProxy&) = delete;
  void operator=(const vtkSMSyntheticSpecimenProxy&) = delete;

  int LastPreset = 0;
};

#endif
