# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Find ordered domains with AtomNet: pvpython ordered_domains.py [--edge NM] [--models DIR] --output DIR

First a synthetic Al-Li-Mg specimen, of which the truth is known: ordered_domains_al_li_mg.png shows
the truth, the probability of every ion, and the ions that are called ordered alone. Then the real
CoCrNi alloy: ordered_domains_cocrni.png shows the probability, the ordered ions alone, and what is
called ordered when the same ions are shuffled over the same places, the control that any finding
has to beat. Prints how good the answers are.
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import atomprobe

atomprobe.load_plugin()

from paraview import servermanager
from paraview.simple import *

_DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "data", "CoCrNi")


def segmented(ions, model, folder, **properties):
    """The ions with the answer of a model that ships, or of the file of that name in a folder."""
    if folder:
        path = os.path.join(os.path.abspath(folder), model + ".safetensors")
        return AtomNetSegmentation(Input=ions, Model="Custom", ModelFileName=path, **properties)
    return AtomNetSegmentation(Input=ions, Model=model, **properties)


def ordered_alone(answer):
    """The ions that are called ordered."""
    return Threshold(Input=answer, Scalars=["POINTS", "Ordered"], LowerThreshold=1,
                     UpperThreshold=1)


def shares(answer):
    """Ions that the model knows, and the share of them that it calls ordered."""
    answer.UpdatePipeline()
    known = ordered = 0
    data = servermanager.Fetch(answer)
    blocks = [data]
    if data.IsA("vtkMultiBlockDataSet"):
        blocks = [data.GetBlock(i) for i in range(data.GetNumberOfBlocks())]
    from vtkmodules.util.numpy_support import vtk_to_numpy

    for block in blocks:
        points = block.GetPointData()
        probability = vtk_to_numpy(points.GetArray("OrderedProbability"))
        known += int((probability == probability).sum())
        ordered += int(vtk_to_numpy(points.GetArray("Ordered")).sum())
    return known, ordered / max(known, 1)


def show(layout, cell, source, array, title, size, camera):
    """One picture of the row: the source coloured by that array."""
    view = CreateView("RenderView")
    AssignViewToLayout(view, layout, cell)
    view.OrientationAxesVisibility = 0
    display = Show(source, view)
    ColorBy(display, ("POINTS", array))
    display.PointSize = size
    display.SetScalarBarVisibility(view, array == "OrderedProbability")
    if array == "OrderedProbability":
        bar = GetScalarBar(GetColorTransferFunction(array), view)
        bar.Title = "Ordered probability"
        bar.ComponentTitle = ""
        bar.WindowLocation = "Lower Right Corner"
    label = Show(Text(Text=title), view)
    label.WindowLocation = "Upper Left Corner"
    label.FontSize = 16
    camera(view)
    return view


def row(pictures, path, camera):
    """Pictures beside each other, [(source, array, title, point size)], into one file."""
    layout = CreateLayout(os.path.basename(path))
    cell = 0
    for number in range(len(pictures) - 1):
        layout.SplitHorizontal(cell, 1.0 / (len(pictures) - number))
        cell = 2 * cell + 2
    cells, cell = [], 0
    for number in range(len(pictures) - 1):
        cells.append(2 * cell + 1)
        cell = 2 * cell + 2
    cells.append(cell)
    for place, picture in zip(cells, pictures):
        show(layout, place, *picture, camera)
    layout.SetSize(600 * len(pictures), 700)
    SaveScreenshot(path, layout, ImageResolution=[600 * len(pictures), 700])


def synthetic(arguments):
    ions = SyntheticSpecimen(Preset="Al-Li-Mg L1_2", EdgeLength=arguments.edge, Seed=2026)
    answer = segmented(ions, "Al-Li-Mg L1_2 MomentNet", arguments.models,
                       KeepBlockProbabilities=1)
    metrics = ClassificationMetrics(Input=answer)
    metrics.UpdatePipeline()
    table = servermanager.Fetch(metrics, idx=0)
    print("Al-Li-Mg, synthetic, %g nm, never seen in training" % arguments.edge)
    for i in range(table.GetNumberOfRows()):
        values = [(name, table.GetColumnByName(name).GetValue(i))
                  for name in ("AUC", "Recall", "Precision")]
        print("  %-26s %s" % (table.GetValue(i, 0).ToString(),
                              "  ".join("%s %.3f" % value for value in values)))
    truth = Threshold(Input=ions, Scalars=["POINTS", "Phase"], LowerThreshold=1,
                      UpperThreshold=1)

    def camera(view):
        view.ResetActiveCameraToPositiveY()
        ResetCamera(view)

    path = os.path.join(arguments.output, "ordered_domains_al_li_mg.png")
    row([(truth, "Ion", "truth: ions in domains", 2.5),
         (answer, "OrderedProbability", "probability of every ion", 2.5),
         (ordered_alone(answer), "Ion", "ions called ordered", 2.5)], path, camera)
    print("picture  %s" % path)


def real(arguments):
    reader = AtomProbeReader(FileName=os.path.join(_DATA, "CoCrNi.pos"))
    ranges = os.path.join(_DATA, "CoCrNi.rrng")
    ions = IonRanging(Input=reader, RangeFileName=ranges, RemoveUnranged=1)
    # The superalloy's network takes chromium for one of its "other" ions. CoCrNi: a = 0.357 nm.
    properties = {"LatticeParameter": 0.357}
    answer = segmented(ions, "Co superalloy L1_2 MomentNet", arguments.models, **properties)
    control = segmented(IonShuffle(Input=ions, Seed=1), "Co superalloy L1_2 MomentNet",
                        arguments.models, **properties)
    print("CoCrNi, measured")
    for name, source in (("as measured", answer), ("ions shuffled (control)", control)):
        print("  %-26s %6d ions known, %5.2f %% called ordered" %
              ((name,) + (lambda s: (s[0], 100 * s[1]))(shares(source))))

    def camera(view):
        view.ResetActiveCameraToPositiveX()
        ResetCamera(view)
        view.CameraViewAngle = 20

    path = os.path.join(arguments.output, "ordered_domains_cocrni.png")
    row([(answer, "OrderedProbability", "probability of every ion", 3),
         (ordered_alone(answer), "Ion", "ions called ordered", 3),
         (ordered_alone(control), "Ion", "the same, ions shuffled", 3)], path, camera)
    print("picture  %s" % path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edge", type=float, default=20, help="of the synthetic specimen, nm")
    parser.add_argument("--models", help="folder of model files; else those that ship are used")
    parser.add_argument("--output", default=".")
    arguments = parser.parse_args()
    os.makedirs(arguments.output, exist_ok=True)
    synthetic(arguments)
    real(arguments)


main()
