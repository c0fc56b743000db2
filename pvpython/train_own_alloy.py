# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""AtomNet for an alloy of your own: pvpython train_own_alloy.py --output DIR

Describes an alloy (here Ni-Al with gamma' precipitates, L1_2), trains a small network on synthetic
specimens of it for about two minutes, and finds the precipitates of a specimen that the network
never saw. Writes own_alloy.safetensors, own_alloy.png (truth beside answer) and
own_alloy_training.png (loss and AUC against epoch). Change ALLOY to make it yours.
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import atomprobe

atomprobe.load_plugin()

from paraview import servermanager
from paraview.simple import *

ALLOY = dict(
    Preset="Custom",
    Lattice="FCC",
    LatticeParameter=0.356,  # nm
    MatrixComposition="Ni 0.88, Al 0.12",
    Structure="L1_2",
    SublatticeA="Ni 1",
    SublatticeB="Al 0.9, Ni 0.1",
    DomainFraction=0.2,
    RotationX=3, RotationY=3, RotationZ=90,  # degrees
    DetectionEfficiencyRange=[0.4, 0.8],
    LateralNoiseRange=[0.2, 0.5],  # nm
    DepthNoiseRange=[0.02, 0.08],  # nm
)


def train(arguments, model):
    """Shows the network new specimens of the alloy at every step; returns the filter."""
    # Small boxes: many different specimens teach more than a large one.
    example = SyntheticSpecimen(
        EdgeLength=arguments.training_edge_length, DomainRadiusRange=[1.0, 1.8], **ALLOY)
    training = AtomNetTraining(
        Input=example, ModelFileName=model, Architecture="MomentNet", BlockCount=2,
        Epochs=arguments.epochs, SpecimensPerEpoch=arguments.specimens_per_epoch,
        SpecimensPerStep=2, LearningRate=0.003, Alloy="Ni-Al", Licence="CC0-1.0")
    training.UpdatePipeline()
    table = servermanager.Fetch(training)
    if table.GetNumberOfRows() == 0:
        sys.exit("training gave no model")
    auc = table.GetColumnByName("ValidationAUC")
    print("trained for %d epochs; best AUC on specimens that were not learnt from: %.3f" % (
        table.GetNumberOfRows(), max(auc.GetValue(i) for i in range(auc.GetNumberOfValues()))))
    return training


def chart(training, path):
    view = CreateView("XYChartView")
    view.ViewSize = [900, 560]
    view.ChartTitle = "Training of Ni-Al"
    view.BottomAxisTitle = "epoch"
    view.LeftAxisTitle = "loss, AUC"
    view.LeftAxisUseCustomRange = 1
    view.LeftAxisRangeMinimum, view.LeftAxisRangeMaximum = 0, 1
    view.LegendLocation = "BottomRight"
    display = Show(training, view)
    display.SeriesColor = ["TrainingLoss", "0.4", "0.4", "0.4", "ValidationLoss", "0.1", "0.3",
                           "0.8", "ValidationAUC", "0.8", "0.2", "0.1"]
    display.SeriesLineThickness = ["TrainingLoss", "3", "ValidationLoss", "3", "ValidationAUC", "3"]
    SaveScreenshot(path, view)
    print("picture  %s" % path)


def _ordered_ions(view, ions, array, caption, edge):
    """Shows the ions whose array is 1, in the colours of their species."""
    view.OrientationAxesVisibility = 0
    view.UseColorPaletteForBackground = 0
    view.Background = [1, 1, 1]
    outline = Show(Outline(Input=ions), view)
    outline.AmbientColor = outline.DiffuseColor = [0.4, 0.4, 0.4]
    ordered = Threshold(
        Input=ions, Scalars=["POINTS", array], LowerThreshold=1, UpperThreshold=1)
    display = Show(ordered, view)
    display.PointSize = 4
    ColorBy(display, ("POINTS", "Ion"))
    display.SetScalarBarVisibility(view, False)
    title = Show(Text(Text=caption), view)
    title.Color = [0, 0, 0]
    title.FontSize = 22
    title.WindowLocation = "Upper Center"
    view.CameraPosition = [edge * v for v in (1, -3, 1)]
    view.CameraFocalPoint = [0, 0, 0]
    view.CameraViewUp = [0, 0, 1]
    ResetCamera(view)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=18)
    parser.add_argument("--specimens-per-epoch", type=int, default=20)
    parser.add_argument("--training-edge-length", type=float, default=4.2, help="nm")
    parser.add_argument("--edge-length", type=float, default=14, help="nm, of the unseen specimen")
    parser.add_argument("--output", default=".")
    arguments = parser.parse_args()
    os.makedirs(arguments.output, exist_ok=True)
    model = os.path.join(arguments.output, "own_alloy.safetensors")

    training = train(arguments, model)
    chart(training, os.path.join(arguments.output, "own_alloy_training.png"))

    unseen = SyntheticSpecimen(
        EdgeLength=arguments.edge_length, DomainRadiusRange=[1.4, 2.2], Seed=2026, **ALLOY)
    found = AtomNetSegmentation(Input=unseen, Model="Custom", ModelFileName=model)
    summary = ClassificationMetrics(Input=found)
    summary.UpdatePipeline()
    row = servermanager.Fetch(summary)
    print("a specimen that it never saw: AUC %.3f, recall %.2f, precision %.2f" % tuple(
        row.GetColumnByName(name).GetValue(0) for name in ("AUC", "Recall", "Precision")))

    layout = CreateLayout("Truth and answer")
    layout.SplitHorizontal(0, 0.5)
    for cell, array, caption in ((1, "Phase", "Truth"), (2, "Ordered", "Found by the network")):
        view = CreateView("RenderView")
        AssignViewToLayout(view, layout, cell)
        _ordered_ions(view, found, array, caption, arguments.edge_length)
    layout.SetSize(1400, 700)
    picture = os.path.join(arguments.output, "own_alloy.png")
    SaveScreenshot(picture, layout)
    print("picture  %s" % picture)


main()
