# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Domains, their planes and their sizes: pvpython fig7_domains.py [--edge-length NM] --output DIR

After Fig. 7 of Yu et al. (2024), for local order that has no contrast in composition: Au-Cu with L1_0
domains, found by the network that ships. Ordered ions that hang together are a domain, each in a colour
of its own; in them, and only in them, z-SDMs show planes of one element 0.39 nm apart; and the sizes of
the domains are compared with what the network finds in the same specimen when its ions are shuffled.

The comparison: at a threshold of 0.5 the network calls nearly nothing ordered in a control, and there are
no sizes to compare. So in the specimen and in each of the controls the same share of the ions goes into the
cluster search, those with the highest probability. What differs is then whether these ions hang together,
as in the cluster statistics of Moody et al. (2008), whose controls have as many solutes as the data. Several
controls, compared with each other, say what contingency coefficient µ chance alone makes. Prints the
figures, with bins, degrees of freedom and p-values, and writes fig7_domains.png.
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import atomprobe

atomprobe.load_plugin()

import figures
import numpy
from paraview import servermanager
from paraview.simple import *
from vtkmodules.util.numpy_support import vtk_to_numpy

# Width of the bins of sizes, ions.
BIN_WIDTH = 5


def network(ions):
    return AtomNetSegmentation(Input=ions, Model="Au-Cu L1_0 MomentNet")


def domains_of(ions):
    """Ordered ions that hang together: each with three others within 0.35 nm."""
    return IonClusterSearch(Input=ions, OnlyOrdered=1, MaximumSeparation=0.35, Order=3, MinimumSize=3)


def most_probable(found, share):
    """The same ions; ordered are so many of them as share says, those with the highest probability."""
    found.UpdatePipeline()
    probability = vtk_to_numpy(
        servermanager.Fetch(found).GetPointData().GetArray("OrderedProbability"))
    threshold = float(numpy.quantile(probability, 1 - share))
    return Calculator(Input=found, ResultArrayName="Ordered",
                      Function="OrderedProbability >= %.9g" % threshold), threshold


def show_domains(layout, cell, domains, title):
    scene = figures.scene(layout, cell, title)
    inside = Threshold(Input=domains, Scalars=["POINTS", "ClusterId"])
    inside.LowerThreshold, inside.UpperThreshold = 0, 1e9
    # Twelve colours, so that domains beside each other differ.
    colour = Calculator(Input=inside, ResultArrayName="Colour",
                        Function="7 * ClusterId - 12 * floor(7 * ClusterId / 12)")
    inside.UpdatePipeline()
    if inside.GetDataInformation().GetNumberOfPoints() > 0:
        figures.show_points(scene, colour, "Colour", 3)
        colors = GetColorTransferFunction("Colour")
        colors.ApplyPreset("Rainbow Uniform", True)
        colors.RescaleTransferFunction(0, 11)
    figures.box(scene, domains)
    figures.from_the_front(scene)


def show_planes(layout, cell, found):
    view = figures.chart(layout, cell, "z-SDM of ordered ions and of the matrix", "Distance (nm)",
                         "Neighbours, relative to the mean")
    for pair, color in (("Au", figures.ORANGE), ("Cu", figures.BLUE)):
        for ion_class, shade in (("Ordered", color), ("Matrix", figures.paler(color))):
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


def compare_sizes(layout, cell, searches, names):
    comparison = SizeDistributionComparison(
        Input=[OutputPort(search, 1) for search in searches], Names=names, BinWidth=BIN_WIDTH)
    view = figures.chart(layout, cell, "Sizes of the domains", "Ions of a domain",
                         "Share of the domains, at least so large")
    # Of few large domains, bins of a histogram would each hold one or none.
    for name, search in zip(names, searches):
        sizes = sorted(row["Ions"] for row in figures.table(search, 1))
        larger = 1 - numpy.arange(len(sizes)) / len(sizes)
        figures.show_series(
            view, figures.table_of(bin_extents=sizes, **{name: larger}),
            {name: figures.RED if name == names[0] else figures.GREY})
    view.LeftAxisLogScale = 1
    view.BottomAxisLogScale = 1
    rows = figures.table(comparison, 1)
    for row in rows:
        print("µ of %s and %s: %.2f (%d and %d domains; bins of %d ions, %d degrees of freedom, "
              "p = %.1g)" % (row["First"], row["Second"], row["Mu"], row["FirstClusters"],
                             row["SecondClusters"], BIN_WIDTH, row["DegreesOfFreedom"], row["PValue"]))
    of_specimen = [row["Mu"] for row in rows if row["First"] == names[0]]
    among_controls = [row["Mu"] for row in rows if row["First"] != names[0]]
    print("specimen against controls: µ at least %.2f; controls among themselves: at most %.2f; %s" % (
        min(of_specimen), max(among_controls),
        "well apart" if min(of_specimen) > 1.5 * max(among_controls) else "NOT well apart"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edge-length", type=float, default=16, help="nm")
    parser.add_argument("--controls", type=int, default=3)
    parser.add_argument("--share", type=float, default=0.15,
                        help="of the ions that take part in the comparison of sizes")
    parser.add_argument("--output", default=".")
    arguments = parser.parse_args()
    os.makedirs(arguments.output, exist_ok=True)

    ions = SyntheticSpecimen(
        Preset="Au-Cu L1_0", DomainVariants="Translations", EdgeLength=arguments.edge_length,
        RotationX=0, RotationY=0, LateralNoiseRange=[0.25, 0.25], DepthNoiseRange=[0.04, 0.04],
        NoiseModel="Gaussian", DetectionEfficiencyRange=[0.6, 0.6], Seed=7)
    found = network(ions)
    names = ["specimen"] + ["control %d" % seed for seed in range(1, arguments.controls + 1)]
    answers = [found] + [
        network(IonShuffle(Input=ions, Seed=seed)) for seed in range(1, arguments.controls + 1)]
    layout, cells = figures.grid("Domains", 2, 2)

    show_planes(layout, cells[2], found)

    searches = []
    for name, answer in zip(names, answers):
        sizes = [row["Ions"] for row in figures.table(domains_of(answer), 1)]
        marked, threshold = most_probable(answer, arguments.share)
        searches.append(domains_of(marked))
        print("%s: %d domains at a threshold of 0.5, with %d ions; %.0f %% of its ions have a "
              "probability of %.3f or more" % (
                  name, len(sizes), sum(sizes), 100 * arguments.share, threshold))
    most = "the %.0f %% most probable ions" % (100 * arguments.share)
    show_domains(layout, cells[0], searches[0], "domains of " + most)
    show_domains(layout, cells[1], searches[1], "control, shuffled: " + most)
    compare_sizes(layout, cells[3], searches, names)
    figures.save(layout, os.path.join(arguments.output, "fig7_domains.png"), 1200, 980)


main()
