// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#ifndef vtkAtomProbeWriter_h
#define vtkAtomProbeWriter_h

#include "AtomProbeReadersModule.h" // for the export macro
#include "vtkWriter.h"

#include <string>

/**
 * @class vtkAtomProbeWriter
 * @brief Writes an ion cloud as .pos, .epos or .apt; the extension says which.
 *
 * .pos holds positions and MassToCharge, .epos also the flight and detector arrays (those that the
 * cloud lacks are written as 0, with a warning), .apt every numeric point array, so that results
 * can be looked at in AP Suite. The file appears under its name only when it is complete.
 *
 * @warning Needs the point array MassToCharge.
 */
class ATOMPROBEREADERS_EXPORT vtkAtomProbeWriter : public vtkWriter
{
public:
  static vtkAtomProbeWriter* New();
  vtkTypeMacro(vtkAtomProbeWriter, vtkWriter);
  void PrintSelf(ostream& os, vtkIndent indent) override;

  ///@{
  /** The file. */
  void SetFileName(VTK_FILEPATH const char* name);
  VTK_FILEPATH const char* GetFileName() const { return this->FileName.c_str(); }
  ///@}

protected:
  vtkAtomProbeWriter();
  ~vtkAtomProbeWriter() override;

  int FillInputPortInformation(int port, vtkInformation* info) override;
  void WriteData() override;

private:
  vtkAtomProbeWriter(const vtkAtomProbeWriter&) = delete;
  void operator=(const vtkAtomProbeWriter&) = delete;

  std::string FileName;
};

#endif
