// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#ifndef vtkRangeFileWriter_h
#define vtkRangeFileWriter_h

#include "AtomProbeReadersModule.h" // for the export macro
#include "vtkWriter.h"

#include <string>

/**
 * @class vtkRangeFileWriter
 * @brief Writes the ranges that an ion cloud carries (see Ion Ranging) as a .rrng file.
 *
 * Turns a .rng or .env file into one that AP Suite reads. In parallel, the first rank writes.
 */
class ATOMPROBEREADERS_EXPORT vtkRangeFileWriter : public vtkWriter
{
public:
  static vtkRangeFileWriter* New();
  vtkTypeMacro(vtkRangeFileWriter, vtkWriter);
  void PrintSelf(ostream& os, vtkIndent indent) override;

  ///@{
  /** The file. */
  void SetFileName(VTK_FILEPATH const char* name);
  VTK_FILEPATH const char* GetFileName() const { return this->FileName.c_str(); }
  ///@}

protected:
  vtkRangeFileWriter();
  ~vtkRangeFileWriter() override;

  int FillInputPortInformation(int port, vtkInformation* info) override;
  void WriteData() override;

private:
  vtkRangeFileWriter(const vtkRangeFileWriter&) = delete;
  void operator=(const vtkRangeFileWriter&) = delete;

  std::string FileName;
};

#endif
