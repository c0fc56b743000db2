# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""A stacking fault as a depleted plane in the density of ordered ions: pvpython fig8_stacking_fault.py

After Fig. 8 of Yu et al. (2024). A Co superalloy with L1_2 domains is cut by an intrinsic stacking fault on
(111): the crystal above it is shifted by a/6 <112>. The fault is seen edge-on, along [1 -1 0] in its
plane: in the density of all ions it does not show; of the ordered ions it takes a plane away. Writes
fig8_stacking_fault.png (both maps, and the profile across the plane) and prints where the plane is.

Ordered is the truth here: ions of the domains (Phase 1), without those at the fault (Phase 2), which no
longer have the neighbours of an L1_2 site.
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import atomprobe

atomprobe.load_plugin()

import numpy
from paraview import servermanager
from paraview.simple import *
from vtkmodules.util.numpy_support import vtk_to_numpy

# Of the specimen, which is not rotated: the fault's normal, and a direction in its plane.
NORMAL = numpy.ones(3) / 3**0.5
ALONG = numpy.array([1, -1, 0]) / 2**0.5


def faulted_specimen(edge_length, radius):
    """Labelled ions with a fault through the middle, and the array Ordered."""
    specimen = SyntheticSpecimen(
        Preset="Co superalloy L1_2", EdgeLength=edge_length, DomainFraction=0.5,
        DomainRadiusRange=[0.7 * radius, radius], PlanarFault="Intrinsic stacking fault", FaultWidth=0.8,
        RotationX=0, RotationY=0, RotationZ=0, Seed=8)
    return Calculator(Input=specimen, ResultArrayName="Ordered", Function="Phase == 1")


def across(image):
    """Of each pixel, its distance from the middle of the specimen along the fault's normal, nm."""
    # The map is turned by the smallest rotation that makes ALONG, which is horizontal, z.
    x, y, z = ALONG
    turned = numpy.array([[1 - x * x / (1 + z), -x * y / (1 + z), -x],
                          [-x * y / (1 + z), 1 - y * y / (1 + z), -y]]) @ NORMAL
    points = numpy.array([image.GetPoint(i)[:2] for i in range(image.GetNumberOfPoints())])
    return points @ turned, turned


def profile(image, width):
    """Distance from the middle, and ordered ions per ion, of layers along the fault's normal."""
    distance, turned = across(image)
    ordered, every = (vtk_to_numpy(image.GetPointData().GetArray(name))
                      for name in ("Count", "ReferenceCount"))
    layer = numpy.round(distance / width).astype(int)
    first = layer.min()
    sums = [numpy.bincount(layer - first, weights=values) for values in (ordered, every)]
    middle = (numpy.arange(len(sums[0])) + first) * width
    enough = sums[1] > 0.2 * sums[1].max()
    return middle[enough], sums[0][enough] / sums[1][enough]


def show_map(layout, cell, image, array, title, label):
    view = CreateView("RenderView")
    AssignViewToLayout(view, layout, cell)
    view.OrientationAxesVisibility = 0
    view.UseColorPaletteForBackground = 0
    view.Background = [1, 1, 1]
    display = Show(image, view)
    ColorBy(display, ("POINTS", array))
    colors = GetColorTransferFunction(array)
    pixels = image.GetPointDataInformation().GetArray(array).GetRange(0)
    colors.RescaleTransferFunction(0, pixels[1])
    display.SetScalarBarVisibility(view, True)
    bar = GetScalarBar(colors, view)
    bar.Title, bar.ComponentTitle = label, ""
    bar.TitleColor = bar.LabelColor = [0, 0, 0]
    bar.WindowLocation = "Any Location"
    bar.Position, bar.ScalarBarLength = [0.8, 0.25], 0.5
    bar.AutomaticLabelFormat = 0
    bar.LabelFormat = bar.RangeLabelFormat = "%.3g"
    text = Show(Text(Text=title), view)
    text.Color = [0, 0, 0]
    text.WindowLocation = "Upper Center"
    view.InteractionMode = "2D"
    ResetCamera(view)
    view.CameraParallelScale *= 0.95
    # Room for the legend.
    for name in ("CameraPosition", "CameraFocalPoint"):
        place = list(getattr(view, name))
        place[0] += 0.28 * view.CameraParallelScale
        setattr(view, name, place)


def show_profile(layout, cell, distance, share):
    source = ProgrammableSource(OutputDataSetType="vtkTable")
    source.Script = (
        "import numpy\n"
        "output.RowData.append(numpy.array(%r), 'bin_extents')\n"
        "output.RowData.append(numpy.array(%r), 'Ordered ions per ion')\n"
        % (distance.tolist(), share.tolist()))
    view = CreateView("XYChartView")
    AssignViewToLayout(view, layout, cell)
    display = Show(source, view)
    display.UseIndexForXAxis = 0
    display.XArrayName = "bin_extents"
    display.SeriesVisibility = ["Ordered ions per ion"]
    display.SeriesLineThickness = ["Ordered ions per ion", "3"]
    view.ChartTitle = "Across the fault"
    view.BottomAxisTitle = "Distance along [1 1 1] (nm)"
    view.LeftAxisTitle = "Ordered ions per ion"
    view.LeftAxisUseCustomRange = 1
    view.LeftAxisRangeMinimum, view.LeftAxisRangeMaximum = 0, 1
    view.BottomAxisUseCustomRange = 1
    view.BottomAxisRangeMinimum, view.BottomAxisRangeMaximum = -6, 6
    view.ShowLegend = 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edge-length", type=float, default=30, help="nm")
    parser.add_argument("--radius", type=float, default=11, help="of the largest domains, nm")
    parser.add_argument("--output", default=".")
    arguments = parser.parse_args()
    os.makedirs(arguments.output, exist_ok=True)

    ions = faulted_specimen(arguments.edge_length, arguments.radius)
    # A slab seen edge-on.
    depth = arguments.edge_length / 6
    image = IonDensityMap(
        Input=ions, IonClass="Ordered", Projection="Axis", Axis=ALONG.tolist(), LimitDepth=1,
        DepthRange=[-depth, depth], PixelSize=0.25, Smoothing=0.25, MinimumCount=20)
    image.UpdatePipeline()
    everything = IonDensityMap(
        Input=ions, Projection="Axis", Axis=ALONG.tolist(), LimitDepth=1,
        DepthRange=[-depth, depth], PixelSize=0.25, Smoothing=0.25)
    everything.UpdatePipeline()

    cloud = servermanager.Fetch(ions)
    positions = vtk_to_numpy(cloud.GetPoints().GetData()).astype(float)
    phase = vtk_to_numpy(cloud.GetPointData().GetArray("Phase"))
    truth = (positions[phase == 2] @ NORMAL).mean()
    distance, share = profile(servermanager.Fetch(image), 0.25)
    near = abs(distance) < 5
    found = distance[near][share[near].argmin()]
    around = share[near & (abs(distance - found) > 1.5) & (abs(distance - found) < 4)].mean()
    print("%d ions, %d of them ordered, %d at the fault" % (
        len(phase), (phase == 1).sum(), (phase == 2).sum()))
    print("depleted plane at %.2f nm along [1 1 1], truth %.2f nm" % (found, truth))
    print("ordered ions per ion: %.2f in the plane, %.2f beside it" % (
        share[near].min(), around))

    layout = CreateLayout("Stacking fault")
    layout.SplitHorizontal(0, 0.33)
    layout.SplitHorizontal(2, 0.5)
    show_map(layout, 1, everything, "IonDensity", "All ions", "per nm²")
    show_map(layout, 5, image, "IonRatio", "Ordered ions per ion", "")
    show_profile(layout, 6, distance, share)
    layout.SetSize(1500, 560)
    picture = os.path.join(arguments.output, "fig8_stacking_fault.png")
    SaveScreenshot(picture, layout)
    print("picture  %s" % picture)


main()
