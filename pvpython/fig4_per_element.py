# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Recall and precision of each element: pvpython fig4_per_element.py [--specimens N] --output DIR

After Fig. 4 of Yu et al. (2024): how many of the ordered ions of an element a network finds, and how
many of those that it calls ordered are. Of each of the three alloys with the network that ships for
it, on specimens that training never saw. Prints the table and writes fig4_per_element.png.
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import atomprobe

atomprobe.load_plugin()

import figures
from paraview.simple import *

ALLOYS = ("Al-Li-Mg L1_2", "Au-Cu L1_0", "Co superalloy L1_2")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--specimens", type=int, default=5)
    parser.add_argument("--edge-length", type=float, default=10, help="nm")
    parser.add_argument("--output", default=".")
    arguments = parser.parse_args()
    os.makedirs(arguments.output, exist_ok=True)

    layout, cells = figures.grid("Per element", 1, len(ALLOYS))
    for alloy, cell in zip(ALLOYS, cells):
        source = SyntheticSpecimen(
            Preset=alloy, DomainVariants="Translations", EdgeLength=arguments.edge_length,
            NumberOfSpecimens=arguments.specimens, Seed=4)
        metrics = ClassificationMetrics(
            Input=AtomNetSegmentation(Input=source, Model=alloy + " MomentNet"))
        rows = figures.table(metrics, 4)
        print(alloy)
        for row in rows:
            print("  %-3s recall %.3f  precision %.3f" % (
                row["Ion"], row["Recall"], row["Precision"]))
        view = CreateView("XYBarChartView")
        AssignViewToLayout(view, layout, cell)
        display = Show(OutputPort(metrics, 4), view)
        display.UseIndexForXAxis = 1
        display.SeriesVisibility = ["Recall", "Precision"]
        display.SeriesColor = [v for name, color in (
            ("Recall", figures.BLUE), ("Precision", figures.ORANGE))
            for v in [name] + [str(c) for c in color]]
        view.ChartTitle = alloy
        view.LeftAxisUseCustomRange = 1
        view.LeftAxisRangeMinimum, view.LeftAxisRangeMaximum = 0, 1
        view.LeftAxisTitle = "Share" if cell == cells[0] else ""
        view.BottomAxisTitle = ""
        view.BottomAxisUseCustomRange = 1
        view.BottomAxisRangeMinimum, view.BottomAxisRangeMaximum = -0.5, len(rows) - 0.5
        view.BottomAxisUseCustomLabels = 1
        view.BottomAxisLabels = [v for i, row in enumerate(rows) for v in (str(i), row["Ion"])]
        view.LegendLocation = "TopRight"
        view.ShowLegend = int(cell == cells[-1])
    figures.save(layout, os.path.join(arguments.output, "fig4_per_element.png"), 1500, 520)


main()
