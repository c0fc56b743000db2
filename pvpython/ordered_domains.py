# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Find ordered domains with AtomNet: pvpython ordered_domains.py --output DIR

First three synthetic alloys, of which the truth is known: ordered_domains_al_li_mg.png, …_au_cu.png
and …_co_superalloy.png show the ions that are in domains, the probability of every ion, and the ions
that are called ordered. Then the real CoCrNi alloy: ordered_domains_cocrni.png shows the probability,
the ordered ions alone, and what is called ordered when the same ions are shuffled over the same
places, the control that any finding has to beat. Prints how good the answers are, element by
element.
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

# By preset, which begins the name of the model as well: the name of the picture.
ALLOYS = {"Al-Li-Mg L1_2": "al_li_mg", "Au-Cu L1_0": "au_cu", "Co superalloy L1_2": "co_superalloy"}


def segmented(ions, model, folder, **properties):
    """The ions with the answer of a model that ships, or of the file of that name in a folder."""
    if folder:
        path = os.path.join(os.path.abspath(folder), model + ".safetensors")
        return AtomNetSegmentation(Input=ions, Model="Custom", ModelFileName=path, **properties)
    return AtomNetSegmentation(Input=ions, Model=model, **properties)


def ordered_alone(answer, array="Ordered"):
    """The ions that are called ordered, or that are."""
    return Threshold(Input=answer, Scalars=["POINTS", array], LowerThreshold=1, UpperThreshold=1)


def show(layout, cell, source, array, title, size, camera):
    """One picture: the source coloured by that array."""
    view = CreateView("RenderView")
    AssignViewToLayout(view, layout, cell)
    view.OrientationAxesVisibility = 0
    view.UseColorPaletteForBackground = 0
    view.Background = [1, 1, 1]
    display = Show(source, view)
    ColorBy(display, ("POINTS", array))
    if array == "OrderedProbability":
        # ColorBy rescales to the data.
        GetColorTransferFunction(array).RescaleTransferFunction(0, 1)
    display.PointSize = size
    display.SetScalarBarVisibility(view, True)
    bar = GetScalarBar(GetColorTransferFunction(array), view)
    bar.Title = "probability" if array == "OrderedProbability" else "ion"
    bar.ComponentTitle = ""
    bar.RangeLabelFormat = "%.1f"
    bar.TitleColor = bar.LabelColor = [0, 0, 0]
    bar.WindowLocation = "Lower Right Corner"
    label = Show(Text(Text=title), view)
    label.WindowLocation = "Upper Center"
    label.Color = [0, 0, 0]
    label.FontSize = 18
    camera(view)


def pictures(row, path, camera):
    """Pictures beside each other, [(source, array, title, point size), …], into one file."""
    layout = CreateLayout(os.path.basename(path))
    cell = 0
    for number, picture in enumerate(row):
        left = len(row) - number
        if left > 1:
            layout.SplitHorizontal(cell, 1.0 / left)
            show(layout, 2 * cell + 1, *picture, camera)
            cell = 2 * cell + 2
        else:
            show(layout, cell, *picture, camera)
    size = [560 * len(row), 600]
    layout.SetSize(*size)
    SaveScreenshot(path, layout, ImageResolution=size)
    print("picture  %s" % path)


def table(metrics, port):
    """A table of Classification Metrics as a list of dictionaries."""
    metrics.UpdatePipeline()
    rows = servermanager.Fetch(metrics, idx=port)
    return [{rows.GetColumnName(i): rows.GetColumn(i).GetValue(row)
             for i in range(rows.GetNumberOfColumns())} for row in range(rows.GetNumberOfRows())]


def synthetic(alloy, name, arguments):
    ions = SyntheticSpecimen(Preset=alloy, DomainVariants="Translations",
                             EdgeLength=arguments.edge, Seed=2026)
    answer = segmented(ions, alloy + " MomentNet", arguments.models)
    metrics = ClassificationMetrics(Input=answer)
    summary = table(metrics, 0)[0]
    print("%s, synthetic, %g nm, never seen in training: AUC %.3f" % (
        alloy, arguments.edge, summary["AUC"]))
    for row in [dict(summary, Ion="all")] + table(metrics, 4):
        print("  %-4s recall %.3f  precision %.3f" % (row["Ion"], row["Recall"], row["Precision"]))

    def camera(view):
        view.ResetActiveCameraToPositiveY()
        ResetCamera(view)
        view.CameraViewAngle = 24

    pictures(
        [(ordered_alone(ions, "Phase"), "Ion", alloy + ": ions in domains", 2.5),
         (answer, "OrderedProbability", "probability of every ion, AUC %.3f" % summary["AUC"], 2.5),
         (ordered_alone(answer), "Ion", "ions called ordered", 2.5)],
        os.path.join(arguments.output, "ordered_domains_%s.png" % name), camera)


def share_ordered(answer):
    """The share of the ions with a probability that is called ordered."""
    answer.UpdatePipeline()
    from vtkmodules.util.numpy_support import vtk_to_numpy

    points = servermanager.Fetch(answer).GetPointData()
    probability = vtk_to_numpy(points.GetArray("OrderedProbability"))
    return vtk_to_numpy(points.GetArray("Ordered")).sum() / (probability == probability).sum()


def real(arguments):
    reader = AtomProbeReader(FileName=os.path.join(_DATA, "CoCrNi.pos"))
    ranges = os.path.join(_DATA, "CoCrNi.rrng")
    ions = IonRanging(Input=reader, RangeFileName=ranges, RemoveUnranged=1)
    # The superalloy's network takes chromium for one of its "other" ions. CoCrNi: a = 0.357 nm.
    model, properties = "Co superalloy L1_2 MomentNet", {"LatticeParameter": 0.357}
    answer = segmented(ions, model, arguments.models, **properties)
    control = segmented(IonShuffle(Input=ions, Seed=1), model, arguments.models, **properties)
    print("CoCrNi, measured: %.2f %% called ordered; with its ions shuffled (control): %.2f %%" % (
        100 * share_ordered(answer), 100 * share_ordered(control)))

    def camera(view):
        view.ResetActiveCameraToPositiveX()
        ResetCamera(view)

    pictures(
        [(answer, "OrderedProbability", "CoCrNi: probability of every ion", 3),
         (ordered_alone(answer), "Ion", "ions called ordered", 3),
         (ordered_alone(control), "Ion", "the same, ions shuffled", 3)],
        os.path.join(arguments.output, "ordered_domains_cocrni.png"), camera)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edge", type=float, default=16, help="of the synthetic specimens, nm")
    parser.add_argument("--models", help="folder of model files; else those that ship are used")
    parser.add_argument("--output", default=".")
    arguments = parser.parse_args()
    os.makedirs(arguments.output, exist_ok=True)
    for alloy, name in ALLOYS.items():
        synthetic(alloy, name, arguments)
    real(arguments)


main()
