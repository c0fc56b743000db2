// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#ifndef vtkSMIonCloudSourceProxy_h
#define vtkSMIonCloudSourceProxy_h

#include "AtomProbeServerManagerModule.h" // for the export macro
#include "vtkSMSourceProxy.h"

#include <string>
#include <vector>

/**
 * @class vtkSMIonCloudSourceProxy
 * @brief A source or filter whose output has ions with names: puts them into the colour legend.
 *
 * After each update that changes them, the names and colours in the information property IonLegend
 * (name, red, green, blue of each ion, 0 … 255) become the categories of the colour map of the
 * array Ion, so that the 3-D view shows the colours of the range file and the legend the names.
 * Colours that the user then edits stay until the ions change. In XML: `<IonCloudSourceProxy>`.
 */
class ATOMPROBESERVERMANAGER_EXPORT vtkSMIonCloudSourceProxy : public vtkSMSourceProxy
{
public:
  static vtkSMIonCloudSourceProxy* New();
  vtkTypeMacro(vtkSMIonCloudSourceProxy, vtkSMSourceProxy);
  void PrintSelf(ostream& os, vtkIndent indent) override;

protected:
  vtkSMIonCloudSourceProxy();
  ~vtkSMIonCloudSourceProxy() override;

  void PostUpdateData(bool usingCache) override;

private:
  vtkSMIonCloudSourceProxy(const vtkSMIonCloudSourceProxy&) = delete;
  void operator=(const vtkSMIonCloudSourceProxy&) = delete;

  std::vector<std::string> Legend;
};

#endif
