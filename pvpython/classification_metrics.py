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

from paraview import servermanager
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


def rows(metrics, port):
    """The table of that port as a list of dictionaries."""
    metrics.UpdatePipeline()
    table = servermanager.Fetch(metrics, idx=port)
    return [
        {table.GetColumnName(i): table.GetColumn(i).GetValue(row)
         for i in range(table.GetNumberOfColumns())}
        for row in range(table.GetNumberOfRows())
    ]


def chart(layout, cell, source, title, bottom, left, series, x="bin_extents", lines=True,
          legend="BottomLeft"):
    """A chart of those series, {name of the column: colour}, in that cell of the layout."""
    view = CreateView("XYChartView")
    AssignViewToLayout(view, layout, cell)
    display = Show(source, view)
    display.UseIndexForXAxis = 0
    display.XArrayName = x
    labels = {}
    for shown in list(display.SeriesLabel)[0::2]:
        labels[shown.split(" (")[0]] = shown
    display.SeriesVisibility = [labels[name] for name in series]
    display.SeriesColor = [v for name, color in series.items()
                           for v in [labels[name]] + [str(c) for c in color]]
    display.SeriesLabel = [v for name in series for v in (labels[name], name)]
    display.SeriesLineThickness = [v for name in series for v in (labels[name], "3")]
    if not lines:
        display.SeriesLineStyle = [v for name in series for v in (labels[name], "0")]
        display.SeriesMarkerStyle = [v for name in series for v in (labels[name], "4")]
        display.SeriesMarkerSize = [v for name in series for v in (labels[name], "8")]
    view.ChartTitle = title
    view.BottomAxisTitle = bottom
    view.LeftAxisTitle = left
    view.LegendLocation = legend
    return view


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", default=".")
    parser.add_argument("--specimens", type=int, default=3)
    arguments = parser.parse_args()
    os.makedirs(arguments.output, exist_ok=True)

    answers = [lithium_around(SyntheticSpecimen(Preset="Al-Li-Mg L1_2", EdgeLength=12, Seed=seed))
               for seed in range(1, arguments.specimens + 1)]
    metrics = ClassificationMetrics(Input=GroupDatasets(Input=answers))
    summary = rows(metrics, 0)[0]
    for name in ("AUC", "AveragePrecision", "Recall", "Precision", "CalibrationError",
                 "RadiusRatio"):
        print("%-17s %.3f, over specimens %.3f +- %.3f" % (
            name, summary[name], summary[name + "Mean"], summary[name + "StandardError"]))
    print("%d domains that the surface does not cut" % summary["WholeDomains"])

    layout = CreateLayout("Classification metrics")
    layout.SplitHorizontal(0, 0.5)
    layout.SplitVertical(1, 0.5)
    layout.SplitVertical(2, 0.5)
    blue, orange, green, grey = (0.12, 0.47, 0.71), (0.9, 0.5, 0.1), (0.2, 0.6, 0.2), (.6, .6, .6)
    chart(layout, 3, OutputPort(metrics, 1), "Per threshold", "Threshold", "",
          {"Recall": blue, "Precision": orange, "F1": green})
    chart(layout, 5, OutputPort(metrics, 1),
          "Receiver operating characteristic, AUC %.3f" % summary["AUC"], "False positive rate",
          "Recall", {"Recall": blue}, x="FalsePositiveRate").ShowLegend = 0
    chart(layout, 4, OutputPort(metrics, 2), "Calibration",
          "Probability of order", "Share of ordered ions",
          {"Observed": blue, "ObservedLower": grey, "ObservedUpper": grey, "MeanScore": orange},
          legend="TopLeft")
    whole = ThresholdTable(Input=OutputPort(metrics, 3), Column=["ROWS", "AtEdge"])
    whole.MinValue = whole.MaxValue = 0
    chart(layout, 6, whole,
          "Whole domains, mean ratio %.2f" % summary["RadiusRatio"], "True radius (nm)",
          "Recovered radius (nm)", {"RecoveredRadius": blue, "Radius": grey}, x="Radius",
          lines=False, legend="TopLeft")
    layout.SetSize(1400, 900)
    picture = os.path.join(arguments.output, "classification_metrics.png")
    SaveScreenshot(picture, layout)
    print("picture  %s" % picture)


main()
