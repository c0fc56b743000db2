# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Precipitates by composition and by network: pvpython fig5_precipitates.py [--edge-length NM] --output DIR

After Fig. 5 of Yu et al. (2024): L1_2 precipitates of Al-Li-Mg as the isosurface at 8 at.% Li of a
delocalised composition grid, and beside it as the ions that the network that ships calls ordered, of
which each belongs to one side or the other. z-SDMs between lithium ions show planes 0.405 nm apart
in the precipitates and every 0.2 nm in the matrix. Prints how much of the truth each finds, and
writes fig5_precipitates.png.
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import atomprobe

atomprobe.load_plugin()

import figures
from paraview.simple import *


def in_surface(ions, grid):
    """The ions, with an answer of the isosurface: the composition of the grid where they are."""
    sampled = ResampleWithDataset(SourceDataArrays=grid, DestinationMesh=ions)
    both = AppendAttributes(Input=[ions, sampled])
    return Calculator(Input=both, ResultArrayName="OrderedProbability",
                      Function="AtomicPercent_Li / 100")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edge-length", type=float, default=16, help="nm")
    parser.add_argument("--output", default=".")
    arguments = parser.parse_args()
    os.makedirs(arguments.output, exist_ok=True)

    ions = SyntheticSpecimen(
        Preset="Al-Li-Mg L1_2", EdgeLength=arguments.edge_length, RotationX=0, RotationY=0, Seed=5)
    found = AtomNetSegmentation(Input=ions, Model="Al-Li-Mg L1_2 MomentNet")
    grid = CompositionGrid(Input=ions, Ions=["Li"])
    surface = Contour(Input=grid, ContourBy=["POINTS", "AtomicPercent_Li"], Isosurfaces=[8])

    layout, cells = figures.grid("Precipitates", 2, 2)
    scene = figures.scene(layout, cells[0], "isosurface, 8 at.% Li")
    display = Show(surface, scene)
    ColorBy(display, None)
    display.AmbientColor = display.DiffuseColor = list(figures.ORANGE)
    figures.box(scene, ions)
    figures.from_the_front(scene)
    scene = figures.scene(layout, cells[1], "ions called ordered")
    figures.show_points(scene, figures.ordered_alone(found), "Ion", legend="ion")
    figures.box(scene, ions)
    figures.from_the_front(scene)

    for cell, ion_class, title in (
            (cells[2], "Ordered", "z-SDM in the precipitates"),
            (cells[3], "Matrix", "z-SDM in the matrix")):
        view = figures.chart(layout, cell, title, "Distance (nm)",
                             "Neighbours, relative to the mean")
        for ion, color in (("Al", figures.BLUE), ("Li", figures.RED)):
            sdm = SpatialDistributionMap(
                Input=found, CentreIon=ion, NeighbourIon=ion, IonClass=ion_class,
                LateralRadius=0.5, BinWidth=0.02, Normalisation="RelativeToMean")
            column = "%s-%s" % (ion, ion)
            spacing = figures.table(sdm, 2)[0]
            print("%s in %-8s spacing of planes %.3f ± %.3f nm" % (
                column, ion_class.lower() + ":", spacing["Spacing"], spacing["SpacingError"]))
            figures.show_series(view, sdm, {column: color})

    for name, answer, threshold in (("isosurface", in_surface(ions, grid), 0.08),
                                    ("network", found, 0.5)):
        row = figures.table(ClassificationMetrics(Input=answer, Threshold=threshold))[0]
        print("%-10s: recall %.3f, precision %.3f, AUC %.3f" % (
            name, row["Recall"], row["Precision"], row["AUC"]))
    figures.save(layout, os.path.join(arguments.output, "fig5_precipitates.png"), 1200, 980)


main()
