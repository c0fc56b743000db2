# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Synthetic specimens of the three alloys: pvpython three_alloys.py --output DIR

Writes three_alloys.png: Al-Li-Mg, Au-Cu and Co superalloy side by side, the matrix hidden, each
ordered domain in a colour of its own; and prints what is in each specimen.
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import atomprobe

atomprobe.load_plugin()

from paraview.simple import *

ALLOYS = ("Al-Li-Mg L1_2", "Au-Cu L1_0", "Co superalloy L1_2")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edge-length", type=float, default=20, help="nm")
    parser.add_argument("--output", default=".")
    arguments = parser.parse_args()
    os.makedirs(arguments.output, exist_ok=True)

    layout = CreateLayout("Three alloys")
    # The cells of a layout are numbered as a binary tree: the children of i are 2i + 1 and 2i + 2.
    layout.SplitHorizontal(0, 1 / 3)
    layout.SplitHorizontal(2, 1 / 2)
    for cell, alloy in zip((1, 5, 6), ALLOYS):
        specimen = SyntheticSpecimen(
            Preset=alloy, EdgeLength=arguments.edge_length, RotationZ=0, Seed=7
        )
        counts = atomprobe.ion_counts(specimen)
        print("%s: %d ions: %s" % (
            alloy, sum(counts.values()),
            ", ".join("%s %d" % item for item in counts.items() if item[1])))

        domains = Threshold(Input=specimen, Scalars=["POINTS", "Phase"],
                            LowerThreshold=1, UpperThreshold=1)
        domains.UpdatePipeline()
        ordered = domains.GetDataInformation().GetNumberOfPoints()
        print("  in ordered domains: %.1f %%" % (100 * ordered / sum(counts.values())))

        view = CreateView("RenderView")
        AssignViewToLayout(view, layout, cell)
        view.OrientationAxesVisibility = 0
        view.UseColorPaletteForBackground = 0
        view.Background = [1, 1, 1]
        outline = Show(Outline(Input=specimen), view)
        outline.AmbientColor = outline.DiffuseColor = [0.4, 0.4, 0.4]
        # Neighbouring numbers get colours far apart.
        scattered = Calculator(Input=domains, ResultArrayName="Colour",
                               Function="(Domain * 0.6180339887) - floor(Domain * 0.6180339887)")
        display = Show(scattered, view)
        display.PointSize = 3
        ColorBy(display, ("POINTS", "Colour"))
        GetColorTransferFunction("Colour").ApplyPreset("Rainbow Uniform", True)
        display.SetScalarBarVisibility(view, False)
        title = Show(Text(Text=alloy), view)
        title.Color = [0, 0, 0]
        title.FontSize = 24
        title.WindowLocation = "Upper Center"
        view.CameraPosition = [arguments.edge_length * v for v in (1, -3, 1)]
        view.CameraFocalPoint = [0, 0, 0]
        view.CameraViewUp = [0, 0, 1]
        ResetCamera(view)

    layout.SetSize(1800, 620)
    picture = os.path.join(arguments.output, "three_alloys.png")
    SaveScreenshot(picture, layout)
    print("picture  %s" % picture)


main()
