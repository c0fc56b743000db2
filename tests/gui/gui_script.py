# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Runs inside the ParaView window: opens the file as File ▸ Open does, ranges it, looks at it."""

import os
import sys
import traceback

PICTURE = os.environ["ATOMPROBE_GUI_PICTURE"]
DATA = os.path.join(os.environ["ATOMPROBE_TEST_DATA"], "CoCrNi")


def main():
    from paraview import servermanager, simple
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkIOImage import vtkPNGReader

    # The command line has loaded the plugin into the window; its proxies are simply there.
    reader = simple.OpenDataFile(os.path.join(DATA, "CoCrNi.pos"))
    assert reader.SMProxy.GetXMLName() == "AtomProbeReader"
    ions = simple.IonRanging(
        Input=reader, RangeFileName=os.path.join(DATA, "CoCrNi.rrng")
    )
    view = simple.GetActiveViewOrCreate("RenderView")
    simple.Hide(reader, view)
    display = simple.Show(ions, view)
    assert display.ColorArrayName[1] == "Ion", display.ColorArrayName
    display.SetScalarBarVisibility(view, True)
    view.ResetActiveCameraToPositiveX()
    simple.Render(view)

    # One chart opens for the spectrum, and none for its tables.
    spectrum = simple.MassSpectrum(Input=ions)
    controller = servermanager.vtkSMParaViewPipelineControllerWithRendering()
    for port in range(4):
        # As Apply does.
        controller.ShowInPreferredView(spectrum.SMProxy, port, None)
    charts = [v for v in simple.GetViews() if v.GetXMLName() == "XYChartView"]
    assert len(charts) == 1, charts
    simple.SetActiveView(view)
    simple.SaveScreenshot(PICTURE, view, ImageResolution=[800, 600])

    image = vtkPNGReader()
    image.SetFileName(PICTURE)
    image.Update()
    pixels = vtk_to_numpy(image.GetOutput().GetPointData().GetScalars())[:, :3].astype(int)
    for name, color in (("Cr", (255, 51, 204)), ("Ni", (0, 204, 0)), ("Co", (0, 0, 255))):
        # Shading darkens a colour but keeps its direction.
        lit = pixels[pixels.sum(axis=1) > 120]
        unit = lit / (lit**2).sum(axis=1, keepdims=True) ** 0.5
        wanted = [c / sum(v * v for v in color) ** 0.5 for c in color]
        seen = int((unit @ wanted > 0.995).sum())
        print("pixels in the colour of %s: %d" % (name, seen))
        assert seen > 100, name


# In the window, print goes to its own output panel.
sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__ = open(1, "w"), open(2, "w")
try:
    main()
    print("GUI OK")
    code = 0
except BaseException:
    traceback.print_exc()
    code = 1
sys.stdout.flush()
sys.stderr.flush()
# The window has no other way to end with an exit code.
os._exit(code)
