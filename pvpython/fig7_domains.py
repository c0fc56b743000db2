# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Domains, their planes and their sizes: pvpython fig7_domains.py [--edge-length NM] --output DIR

After Fig. 7 of Yu et al. (2024), for local order that has no contrast in composition: Au-Cu with L1_0
domains, found by the network that ships. Ordered ions that hang together are a domain, each in a colour
of its own; in them, and only in them, z-SDMs show planes of one element 0.39 nm apart; and the sizes of
the domains are compared with what the network finds in the same specimen when its ions are shuffled
(contingency coefficient µ, several controls). Prints the figures and writes fig7_domains.png.
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import atomprobe

atomprobe.load_plugin()

import figures
from paraview.simple import *


# So low that the controls have something to compare with: at 0.5 there are no domains in them.
THRESHOLD = 0.16


def domains_of(ions):
    """The answer of the network, and the domains that its ordered ions make."""
    found = AtomNetSegmentation(Input=ions, Model="Au-Cu L1_0 MomentNet", Threshold=THRESHOLD)
    return found, IonClusterSearch(
        Input=found, OnlyOrdered=1, MaximumSeparation=0.35, Order=6, MinimumSize=3)


def show_domains(layout, cell, domains, title):
    scene = figures.scene(layout, cell, title)
    inside = Threshold(Input=domains, Scalars=["POINTS", "ClusterId"])
    inside.LowerThreshold, inside.UpperThreshold = 0, 1e9
    # Twelve colours, so that domains beside each other differ.
    colour = Calculator(Input=inside, ResultArrayName="Colour",
                        Function="7 * ClusterId - 12 * floor(7 * ClusterId / 12)")
    if inside.GetDataInformation().GetNumberOfPoints() > 0:
        figures.show_points(scene, colour, "Colour", 3)
        GetColorTransferFunction("Colour").ApplyPreset("Rainbow Uniform", True)
    Show(Outline(Input=domains), scene).AmbientColor = [0.4, 0.4, 0.4]
    figures.from_the_front(scene)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edge-length", type=float, default=18, help="nm")
    parser.add_argument("--controls", type=int, default=3)
    parser.add_argument("--output", default=".")
    arguments = parser.parse_args()
    os.makedirs(arguments.output, exist_ok=True)

    ions = SyntheticSpecimen(
        Preset="Au-Cu L1_0", DomainVariants="Translations", EdgeLength=arguments.edge_length,
        RotationX=0, RotationY=0, LateralNoiseRange=[0.25, 0.25], DepthNoiseRange=[0.04, 0.04],
        DetectionEfficiencyRange=[0.6, 0.6], Seed=7)
    found, domains = domains_of(ions)
    layout, cells = figures.grid("Domains", 2, 2)

    show_domains(layout, cells[0], domains, "domains, each in its colour")

    view = figures.chart(layout, cells[2], "z-SDM of ordered ions and of the matrix", "Distance (nm)",
                         "Neighbours, relative to the mean")
    for pair, color in (("Au", figures.ORANGE), ("Cu", figures.BLUE)):
        for ion_class, shade in (("Ordered", color), ("Matrix", figures.GREY)):
            sdm = SpatialDistributionMap(
                Input=found, CentreIon=pair, NeighbourIon=pair, IonClass=ion_class,
                LateralRadius=0.5, BinWidth=0.02, Normalisation="RelativeToMean")
            column = "%s-%s" % (pair, pair)
            figures.show_series(view, sdm, {column: shade},
                                names={column: "%s, %s" % (column, ion_class.lower())})
            spacing = figures.table(sdm, 2)[0]
            print("%s in %-8s spacing of planes %.3f ± %.3f nm, contrast %.2f" % (
                column, ion_class.lower() + ":", spacing["Spacing"], spacing["SpacingError"],
                spacing["Contrast"]))

    controls = [domains_of(IonShuffle(Input=ions, Seed=seed))[1]
                for seed in range(1, arguments.controls + 1)]
    names = ["found"] + ["control %d" % seed for seed in range(1, arguments.controls + 1)]
    comparison = SizeDistributionComparison(
        Input=[OutputPort(search, 1) for search in [domains] + controls], Names=names, BinWidth=2)
    view = figures.chart(layout, cells[3], "Sizes of the domains", "Ions", "Share of the domains")
    comparison.UpdatePipeline()
    shades = [figures.RED] + [figures.GREY] * arguments.controls
    figures.show_series(view, comparison, {
        name + " frequency": shade for name, shade in zip(names, shades)}, names={
        name + " frequency": name for name in names})

    rows = figures.table(comparison, 1)
    for row in rows:
        print("µ of %s and %s: %.2f (%d and %d domains)" % (
            row["First"], row["Second"], row["Mu"], row["FirstClusters"], row["SecondClusters"]))
    show_domains(layout, cells[1], controls[0], "control: the same ions, shuffled")
    figures.save(layout, os.path.join(arguments.output, "fig7_domains.png"), 1300, 1100)


main()
