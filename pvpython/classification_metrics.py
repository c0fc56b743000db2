# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""How good is counting lithium? pvpython classification_metrics.py --output DIR

Calls an ion of synthetic Al-Li-Mg ordered where there is much lithium around it, and judges that
answer, which needs no network, by the truth. Writes classification_metrics.png: recall and precision
against the threshold, receiver operating characteristic, calibration, and the radius in which each
domain is found again; and prints the summary.
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import atomprobe

atomprobe.load_plugin()

import figures
from paraview.simple import *

# Share of lithium around an ion from which it is as likely ordered as not, and how fast that turns.
EVEN, TURN = 0.125, 0.017


def lithium_around(ions):
    """OrderedProbability from the share of lithium about each ion, by Gaussian weights (0.73 nm)."""
    lithium = atomprobe.ion_names(ions).index("Li")
    lithium = Calculator(Input=ions, ResultArrayName="Lithium", Function="Ion == %d" % lithium)
    lithium = PassArrays(Input=lithium, PointDataArrays=["Lithium"])
    # On a point of the data the kernel takes that point's value alone: so a little beside it.
    beside = Transform(Input=ions)
    beside.Transform.Translate = [0.001, 0, 0]
    share = PointDatasetInterpolator(Input=lithium, Source=beside, Kernel="GaussianKernel")
    share.Kernel.Radius = 1.5
    share.Kernel.Sharpness = 1.5 / (2**0.5 * 0.73)
    known = AppendAttributes(Input=[ions, share])
    return Calculator(Input=known, ResultArrayName="OrderedProbability",
                      Function="1 / (1 + exp((%g - Lithium) / %g))" % (EVEN, TURN))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", default=".")
    parser.add_argument("--specimens", type=int, default=3)
    arguments = parser.parse_args()
    os.makedirs(arguments.output, exist_ok=True)

    answers = [lithium_around(SyntheticSpecimen(Preset="Al-Li-Mg L1_2", EdgeLength=12, Seed=seed))
               for seed in range(1, arguments.specimens + 1)]
    metrics = ClassificationMetrics(Input=GroupDatasets(Input=answers))
    summary = figures.table(metrics)[0]
    for name in ("AUC", "AveragePrecision", "Recall", "Precision", "CalibrationError",
                 "RadiusRatio"):
        print("%-17s %.3f, over specimens %.3f +- %.3f" % (
            name, summary[name], summary[name + "Mean"], summary[name + "StandardError"]))
    print("%d domains that the surface does not cut" % summary["WholeDomains"])

    layout, cells = figures.grid("Classification metrics", 2, 2)
    view = figures.chart(layout, cells[0], "Per threshold", "Threshold", "", legend="BottomLeft")
    figures.show_series(view, OutputPort(metrics, 1), {
        "Recall": figures.BLUE, "Precision": figures.ORANGE, "F1": figures.GREEN})
    view = figures.chart(
        layout, cells[1], "Receiver operating characteristic, AUC %.3f" % summary["AUC"],
        "False positive rate", "Recall")
    view.ShowLegend = 0
    figures.show_series(
        view, OutputPort(metrics, 1), {"Recall": figures.BLUE}, x="FalsePositiveRate")
    view = figures.chart(layout, cells[2], "Calibration", "Probability of order",
                         "Share of ordered ions", legend="TopLeft")
    figures.show_series(view, OutputPort(metrics, 2), {
        "Observed": figures.BLUE, "ObservedLower": figures.GREY, "ObservedUpper": figures.GREY,
        "MeanScore": figures.ORANGE})
    whole = ThresholdTable(Input=OutputPort(metrics, 3), Column=["ROWS", "AtEdge"])
    whole.MinValue = whole.MaxValue = 0
    view = figures.chart(
        layout, cells[3], "Whole domains, mean ratio %.2f" % summary["RadiusRatio"],
        "True radius (nm)", "Recovered radius (nm)", legend="TopLeft")
    figures.show_series(view, whole, {"RecoveredRadius": figures.BLUE, "Radius": figures.GREY},
                        x="Radius", lines=False)
    figures.save(layout, os.path.join(arguments.output, "classification_metrics.png"), 1400, 900)


if __name__ == "__main__":
    main()
