# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Runs inside the ParaView window: finds ordered ions, and the picture shows probabilities 0 to 1."""

import os
import sys
import tempfile
import traceback

PICTURE = os.environ["ATOMPROBE_GUI_PICTURE"]
sys.path[:0] = [os.environ["ATOMPROBE_PVPYTHON"], os.environ["ATOMPROBE_TESTS"]]


def main():
    from paraview import servermanager, simple
    from small_model import write_random_model
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkIOImage import vtkPNGReader

    folder = tempfile.TemporaryDirectory()
    model = write_random_model(os.path.join(folder.name, "model.safetensors"), species=("Al", "Li"))
    source = simple.SyntheticSpecimen(EdgeLength=4, DomainFraction=0)
    view = simple.GetActiveViewOrCreate("RenderView")
    # As the menu does: the panel opens before anything is chosen, and then Apply.
    segmentation = simple.AtomNetSegmentation(Input=source)
    simple.SetActiveSource(segmentation)
    assert segmentation.Model == "Al-Li-Mg L1_2 MomentNet"
    segmentation.ModelFileName = model
    assert segmentation.Model == "Custom"
    controller = servermanager.vtkSMParaViewPipelineControllerWithRendering()
    controller.ShowInPreferredView(segmentation.SMProxy, 0, view.SMProxy)
    display = simple.GetDisplayProperties(segmentation, view)
    assert display.ColorArrayName[1] == "OrderedProbability", display.ColorArrayName
    colors = simple.GetColorTransferFunction("OrderedProbability")
    assert list(colors.RGBPoints)[0] == 0 and list(colors.RGBPoints)[-4] == 1
    assert "Species: Al, Li" in segmentation.GetProperty("ModelInformation").GetData()
    # The slider: the network does not run again, and the view goes on showing what it shows.
    segmentation.Threshold = 0.3
    segmentation.UpdatePipeline()
    segmentation.UpdatePropertyInformation()
    assert segmentation.GetProperty("BlocksRun").GetData() == 0
    assert list(colors.RGBPoints)[0] == 0 and list(colors.RGBPoints)[-4] == 1
    display.PointSize = 5
    simple.ResetCamera(view)
    simple.SaveScreenshot(PICTURE, view, ImageResolution=[800, 600])

    image = vtkPNGReader()
    image.SetFileName(PICTURE)
    image.Update()
    pixels = vtk_to_numpy(image.GetOutput().GetPointData().GetScalars())[:, :3].astype(int)
    grey = (abs(pixels - 153).max(axis=1) < 3).sum()
    print("pixels of ions that the model does not know: %d" % grey)
    assert grey > 50


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
