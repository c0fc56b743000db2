# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""What the threshold trades: pvpython fig6_threshold.py [--edge-length NM] --output DIR

After Fig. 6 of Yu et al. (2024): the lower the threshold, the more of the ordered ions are found, and
the more of the matrix is taken for ordered. Al-Li-Mg with the network that ships: recall, precision and
F1 against the threshold, and the ions that are called ordered at three of them. Prints the figures at
these and writes fig6_threshold.png.
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import atomprobe

atomprobe.load_plugin()

import figures
from paraview.simple import *

THRESHOLDS = (0.2, 0.5, 0.8)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edge-length", type=float, default=16, help="nm")
    parser.add_argument("--output", default=".")
    arguments = parser.parse_args()
    os.makedirs(arguments.output, exist_ok=True)

    found = AtomNetSegmentation(
        Input=SyntheticSpecimen(Preset="Al-Li-Mg L1_2", EdgeLength=arguments.edge_length, Seed=6),
        Model="Al-Li-Mg L1_2 MomentNet")
    metrics = ClassificationMetrics(Input=found)
    layout, cells = figures.grid("Threshold", 2, 2)
    view = figures.chart(
        layout, cells[0], "Al-Li-Mg", "Threshold", "Share", legend="BottomLeft")
    metrics.UpdatePipeline()
    figures.show_series(view, OutputPort(metrics, 1), {
        "Recall": figures.BLUE, "Precision": figures.ORANGE, "F1": figures.GREEN})
    for threshold, cell in zip(THRESHOLDS, cells[1:]):
        # The same probabilities: each keeps its own threshold.
        ordered = Threshold(
            Input=found, Scalars=["POINTS", "OrderedProbability"], LowerThreshold=threshold,
            UpperThreshold=1)
        scene = figures.scene(layout, cell, "probability of at least %g" % threshold)
        figures.show_points(scene, ordered, "Ion", legend="ion")
        figures.from_the_front(scene)
        metrics.Threshold = threshold
        row = figures.table(metrics)[0]
        print("threshold %.1f: recall %.3f, precision %.3f, F1 %.3f, radii of domains × %.2f" % (
            threshold, row["Recall"], row["Precision"], row["F1"], row["RadiusRatio"]))
    figures.save(layout, os.path.join(arguments.output, "fig6_threshold.png"), 1200, 980)


main()
