# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""A stacking fault as a depleted plane in the density of ordered ions: pvpython fig8_stacking_fault.py

After Fig. 8 of Yu et al. (2024). A Co superalloy with L1_2 domains is cut by an intrinsic stacking fault on
(111): the crystal above it is shifted by a/6 <112>. AtomNet looks for the ordered ions with the network that
ships, which has never seen a fault; the fault is looked at edge-on, along [1 -1 0] in its plane. In the
density of all ions it does not show. Of the ions that the network finds ordered it takes a plane away, and of
those that are truly in order too. Writes fig8_stacking_fault.png (the maps, and the profiles across the
plane) and prints where the plane is.

Order without a contrast in composition shows only where depth is measured well, as near a pole: the noise
is 0.3 nm laterally and 0.06 nm (--depth-noise) along z. Above 0.08 nm the network finds nothing, and nobody
could. Across the fault the planes are a third of a period out of step along z, and each ion still has ordered
neighbours on its own side: the network becomes less sure there, and many of them pass a threshold of 0.5. At
0.9 it shows them as out of order; so high a threshold costs some ions of the domains, and nearly none of the
matrix passes it.
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

# Of the specimen, which is not rotated: the fault's normal, and a direction in its plane.
NORMAL = numpy.ones(3) / 3**0.5
ALONG = numpy.array([1, -1, 0]) / 2**0.5
PIXEL = 0.25
THRESHOLD = 0.9


def faulted_specimen(edge_length, radius, depth_noise):
    """Labelled ions of a crystal with a fault through the middle."""
    return SyntheticSpecimen(
        Preset="Co superalloy L1_2", EdgeLength=edge_length, DomainFraction=0.5,
        DomainRadiusRange=[0.7 * radius, radius], PlanarFault="Intrinsic stacking fault", FaultWidth=0.8,
        RotationX=0, RotationY=0, RotationZ=0, LateralNoiseRange=[0.3, 0.3],
        DepthNoiseRange=[depth_noise, depth_noise], NoiseModel="Gaussian",
        DetectionEfficiencyRange=[0.6, 0.6], Seed=12)


def across(image):
    """Of each pixel, its distance from the middle of the specimen along the fault's normal, nm."""
    # The map is turned by the smallest rotation that makes ALONG, which is horizontal, z.
    x, y, z = ALONG
    turned = numpy.array([[1 - x * x / (1 + z), -x * y / (1 + z), -x],
                          [-x * y / (1 + z), 1 - y * y / (1 + z), -y]]) @ NORMAL
    points = numpy.array([image.GetPoint(i)[:2] for i in range(image.GetNumberOfPoints())])
    return points @ turned


def profile(density_map, width):
    """Of layers along the fault's normal: distance from the middle, counted ions per ion, and its error."""
    image = servermanager.Fetch(density_map)
    counted, every = (vtk_to_numpy(image.GetPointData().GetArray(name))
                      for name in ("Count", "ReferenceCount"))
    layer = numpy.round(across(image) / width).astype(int)
    first = layer.min()
    sums = [numpy.bincount(layer - first, weights=values) for values in (counted, every)]
    middle = (numpy.arange(len(sums[0])) + first) * width
    enough = sums[1] > 0.2 * sums[1].max()
    counted, every = sums[0][enough], sums[1][enough]
    share = counted / every
    return middle[enough], share, (share * (1 - share) / every)**0.5


def depleted_plane(distance, share, error):
    """Where the lowest layer within 3 nm is, its share, the one beside it, and how many σ lie between."""
    near = abs(distance) < 3
    lowest = numpy.flatnonzero(near)[share[near].argmin()]
    place = distance[lowest]
    beside = (abs(distance - place) > 1) & (abs(distance - place) < 3)
    level = share[beside].mean()
    return place, share[lowest], level, (level - share[lowest]) / error[lowest]


def show_map(layout, cell, image, array, title, label, highest=None):
    view = CreateView("RenderView")
    AssignViewToLayout(view, layout, cell)
    view.OrientationAxesVisibility = 0
    view.UseColorPaletteForBackground = 0
    view.Background = [1, 1, 1]
    # A transfer function of its own: the shares of the network and of the truth differ.
    display = Show(image, view)
    display.UseSeparateColorMap = 1
    ColorBy(display, ("POINTS", array), separate=True)
    colors = GetColorTransferFunction(array, display, separate=True)
    pixels = image.GetPointDataInformation().GetArray(array).GetRange(0)
    colors.RescaleTransferFunction(0, highest or pixels[1])
    # Where there are no ions.
    colors.NanColor = [1, 1, 1]
    display.SetScalarBarVisibility(view, True)
    bar = GetScalarBar(colors, view)
    bar.Title, bar.ComponentTitle = label, ""
    bar.TitleColor = bar.LabelColor = [0, 0, 0]
    bar.WindowLocation = "Any Location"
    bar.Position, bar.ScalarBarLength = [0.82, 0.2], 0.6
    bar.AutomaticLabelFormat = 0
    bar.LabelFormat = bar.RangeLabelFormat = "%.3g"
    figures.caption(view, title)
    # Of the map, whose axes are none of the crystal.
    axes = display.DataAxesGrid
    axes.GridAxesVisibility = 1
    axes.XTitle, axes.YTitle = "nm", "nm"
    for axis in "XYZ":
        setattr(axes, axis + "TitleColor", [0, 0, 0])
        setattr(axes, axis + "LabelColor", [0, 0, 0])
    axes.GridColor = [0.3, 0.3, 0.3]
    view.InteractionMode = "2D"
    ResetCamera(view)
    view.CameraParallelScale *= 1.05
    # Room for the legend.
    for name in ("CameraPosition", "CameraFocalPoint"):
        place = list(getattr(view, name))
        place[0] += 0.2 * view.CameraParallelScale
        setattr(view, name, place)


def show_profiles(layout, cell, profiles, truth):
    view = figures.chart(layout, cell, "Across the fault", "Distance along [1 1 1] (nm)",
                         "Ordered ions per ion", legend="BottomRight")
    for name, (distance, share, color) in profiles.items():
        figures.show_series(view, figures.table_of(bin_extents=distance, **{name: share}), {name: color})
    figures.show_series(view, figures.table_of(bin_extents=[truth, truth], where=[0, 1]),
                        {"where": figures.GREY}, names={"where": "true place"})
    view.LeftAxisUseCustomRange = 1
    view.LeftAxisRangeMinimum, view.LeftAxisRangeMaximum = 0, 1
    view.BottomAxisUseCustomRange = 1
    view.BottomAxisRangeMinimum, view.BottomAxisRangeMaximum = -6, 6


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edge-length", type=float, default=24, help="nm")
    parser.add_argument("--radius", type=float, default=9, help="of the largest domains, nm")
    parser.add_argument("--depth-noise", type=float, default=0.06, help="σ along z, nm")
    parser.add_argument("--output", default=".")
    arguments = parser.parse_args()
    os.makedirs(arguments.output, exist_ok=True)

    ions = faulted_specimen(arguments.edge_length, arguments.radius, arguments.depth_noise)
    found = AtomNetSegmentation(Input=ions, Model="Co superalloy L1_2 MomentNet", Threshold=THRESHOLD)
    # In the domains, without those at the fault, which no longer have the neighbours of an L1_2 site.
    labelled = Calculator(Input=found, ResultArrayName="TrulyOrdered", Function="Phase == 1")
    # A slab seen edge-on.
    depth = arguments.edge_length / 4
    slab = dict(Input=labelled, Projection="Axis", Axis=ALONG.tolist(), LimitDepth=1,
                DepthRange=[-depth, depth], PixelSize=PIXEL, Smoothing=PIXEL)
    everything = IonDensityMap(**slab)
    by_network = IonDensityMap(IonClass="Ordered", MinimumCount=20, **slab)
    by_truth = IonDensityMap(IonClass="Ordered", ClassArray="TrulyOrdered", MinimumCount=20, **slab)

    cloud = servermanager.Fetch(ions)
    positions = vtk_to_numpy(cloud.GetPoints().GetData()).astype(float)
    phase = vtk_to_numpy(cloud.GetPointData().GetArray("Phase"))
    truth = (positions[phase == 2] @ NORMAL).mean()
    print("%d ions, %d of them ordered, %d at the fault, at %.2f nm along [1 1 1]" % (
        len(phase), (phase == 1).sum(), (phase == 2).sum(), truth))
    profiles = {}
    for name, image, color in (("network", by_network, figures.RED), ("truth", by_truth, figures.BLUE)):
        image.UpdatePipeline()
        distance, share, error = profile(image, PIXEL)
        profiles[name] = (distance, share, color)
        print("%-7s: depleted plane at %.2f nm, ordered ions per ion %.2f in it, %.2f beside it: %.0f σ" % (
            (name,) + depleted_plane(distance, share, error)))

    layout, cells = figures.grid("Stacking fault", 2, 2)
    everything.UpdatePipeline()
    show_map(layout, cells[0], everything, "IonDensity", "All ions, seen along [1 -1 0]", "ions/nm²")
    show_map(layout, cells[1], by_network, "IonRatio", "Ordered, as the network finds (threshold %g)" % THRESHOLD, "per ion", 1)
    show_map(layout, cells[2], by_truth, "IonRatio", "Ordered, the truth", "per ion", 1)
    show_profiles(layout, cells[3], profiles, truth)
    figures.save(layout, os.path.join(arguments.output, "fig8_stacking_fault.png"), 1200, 980)


main()
