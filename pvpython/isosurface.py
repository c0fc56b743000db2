# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Precipitates as an isosurface, and what is in them: pvpython isosurface.py --output DIR

Finds the lithium-rich domains of a synthetic Al-Li-Mg specimen as the isosurface at 8 at.% Li of a
composition grid, and counts elements against the distance to it (proxigram). Writes isosurface.png
(the surface among the lithium ions) and proxigram.png, and prints the compositions on both sides.
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import atomprobe

atomprobe.load_plugin()

from paraview import servermanager
from paraview.simple import *

COLORS = {"Al": (0.45, 0.55, 0.65), "Li": (0.85, 0.33, 0.1), "Mg": (0.2, 0.6, 0.2)}


def rows(proxigram, port):
    """The table of that port as a list of dictionaries."""
    proxigram.UpdatePipeline()
    table = servermanager.Fetch(proxigram, idx=port)
    return [
        {table.GetColumnName(i): table.GetColumn(i).GetValue(row)
         for i in range(table.GetNumberOfColumns())}
        for row in range(table.GetNumberOfRows())
    ]


def show_surface(ions, surface, picture):
    lithium = atomprobe.ion_names(ions).index("Li")
    view = CreateView("RenderView")
    view.ViewSize = [900, 800]
    view.OrientationAxesVisibility = 0
    view.UseColorPaletteForBackground = 0
    view.Background = [1, 1, 1]
    outline = Show(Outline(Input=ions), view)
    outline.AmbientColor = outline.DiffuseColor = [0.4, 0.4, 0.4]
    points = Show(Threshold(Input=ions, Scalars=["POINTS", "Ion"], LowerThreshold=lithium,
                            UpperThreshold=lithium), view)
    ColorBy(points, None)
    points.AmbientColor = points.DiffuseColor = [0.3, 0.3, 0.35]
    points.PointSize = 2
    display = Show(surface, view)
    ColorBy(display, None)
    display.DiffuseColor = list(COLORS["Li"])
    display.Opacity = 0.75
    view.CameraPosition = [40, -35, 20]
    view.CameraFocalPoint = [0, 0, 0]
    view.CameraViewUp = [0, 0, 1]
    ResetCamera(view)
    GetActiveCamera().Zoom(1.1)
    SaveScreenshot(picture, view)


def show_proxigram(proxigram, picture):
    view = CreateView("XYChartView")
    view.ViewSize = [900, 500]
    display = Show(proxigram, view)
    labels = {shown.split(" (")[0]: shown for shown in list(display.SeriesLabel)[0::2]}
    shown = {name: labels["AtomicPercent_" + name] for name in ("Li", "Mg")}
    display.SeriesVisibility = list(shown.values())
    display.SeriesColor = [v for name, label in shown.items()
                           for v in [label] + [str(c) for c in COLORS[name]]]
    display.SeriesLabel = [v for name, label in shown.items() for v in (label, name)]
    display.SeriesLineThickness = [v for label in shown.values() for v in (label, "3")]
    view.ChartTitle = "Proxigram of the isosurface at 8 at.% Li"
    view.BottomAxisTitle = "Distance to the surface (nm), positive inside"
    view.LeftAxisTitle = "Composition (at.%)"
    view.LegendLocation = "TopLeft"
    SaveScreenshot(picture, view)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edge-length", type=float, default=20, help="nm")
    parser.add_argument("--output", default=".")
    arguments = parser.parse_args()
    os.makedirs(arguments.output, exist_ok=True)

    ions = SyntheticSpecimen(EdgeLength=arguments.edge_length, Seed=2, DomainFraction=0.12,
                             DomainRadiusRange=[2, 3.2])
    grid = CompositionGrid(Input=ions, Ions=["Li"])
    surface = Contour(Input=grid, ContourBy=["POINTS", "AtomicPercent_Li"], Isosurfaces=[8])
    # The isosurface lies outside of where the composition is half way: the dividing surface is where
    # lithium, of which the phases are made, has no excess.
    proxigram = Proxigram(Input=ions, Surface=surface, MaximumDistance=2.4, BinWidth=0.2,
                          InterfacePosition=0.6, InterfaceHalfWidth=1.0, DividingSurface="NoExcess",
                          DividingIon="Li")

    show_surface(ions, surface, os.path.join(arguments.output, "isosurface.png"))
    show_proxigram(proxigram, os.path.join(arguments.output, "proxigram.png"))
    print("        outside (at.%)   inside (at.%)    excess (atoms/nm2)")
    for row in rows(proxigram, 2):
        print("%-2s      %5.1f +- %-4.1f    %5.1f +- %-4.1f    %5.2f +- %.2f" % tuple(
            [row["Element"]] + [row[name + error] for name in (
                "AtomicPercentNegativeSide", "AtomicPercentPositiveSide", "InterfacialExcess")
                for error in ("", "Error")]))
    print("dividing surface, without excess of Li  %.2f +- %.2f nm" % tuple(
        rows(proxigram, 2)[0]["DividingSurface" + error] for error in ("", "Error")))
    print("area of the surface with ions on both sides  %.0f nm2" % rows(proxigram, 2)[0]["Area"])
    print("pictures %s/isosurface.png, proxigram.png" % arguments.output)


main()
