# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Ion Density Map through the loaded plugin: counts, ratios, detector, the view, mistakes."""

import os
import tempfile

import numpy

from harness import COCRNI, COCRNI_COUNTS, COCRNI_RANGES, error_of, fetch, run_all
from paraview.simple import (
    AtomProbeReader, Calculator, Contour, CreateView, GetColorTransferFunction, IonDensityMap,
    IonRanging, IonShuffle, Show, SyntheticSpecimen, Threshold,
)

RANGED = sum(COCRNI_COUNTS.values()) - COCRNI_COUNTS["unranged"]


def _ranged():
    return IonRanging(Input=AtomProbeReader(FileName=COCRNI), RangeFileName=COCRNI_RANGES)


def _array(image, name):
    """Indexed by y, x."""
    return numpy.asarray(image.PointData[name], float).reshape(
        image.VTKObject.GetDimensions()[1::-1])


def _edges(image):
    """Of the pixels, along x and y."""
    size = image.VTKObject.GetSpacing()[0]
    extent = image.VTKObject.GetExtent()
    # Points are in the middle of pixels.
    assert abs(image.VTKObject.GetBounds()[0] - (extent[0] + 0.5) * size) < 1e-9
    return [numpy.arange(extent[2 * i], extent[2 * i + 1] + 2) * size for i in (0, 1)]


def _by_numpy(image, x, y):
    edges = _edges(image)
    return numpy.histogram2d(y.astype(float), x.astype(float), bins=edges[::-1])[0]


def test_counts_and_ratios_are_those_of_numpy():
    source = _ranged()
    cloud = fetch(source)
    points, ion = numpy.asarray(cloud.Points), numpy.asarray(cloud.PointData["Ion"])
    for projection, across, up, depth in (("X", 1, 2, 0), ("Y", 0, 2, 1), ("Z", 0, 1, 2)):
        middle = float(numpy.median(points[:, depth]))
        image = fetch(IonDensityMap(
            Input=source, Projection=projection, LimitDepth=1, DepthRange=[middle - 2, middle + 2],
            Ions=["Ni"], PixelSize=0.8))
        inside = abs(points[:, depth].astype(float) - middle) <= 2
        expected = [_by_numpy(image, points[inside & chosen, across], points[inside & chosen, up])
                    for chosen in (ion == 1, ion >= 0)]
        count, references = _array(image, "Count"), _array(image, "ReferenceCount")
        assert numpy.array_equal(count, expected[0])
        assert numpy.array_equal(references, expected[1])
        assert numpy.allclose(_array(image, "IonDensity"), count / 0.64)
        assert numpy.allclose(_array(image, "IonDensityError"), count**0.5 / 0.64)
        with numpy.errstate(invalid="ignore"):
            share = count / references
            assert numpy.allclose(_array(image, "IonRatio"), share, equal_nan=True)
            assert numpy.allclose(_array(image, "IonRatioError"),
                                  (share * (1 - share) / references) ** 0.5, equal_nan=True)
        assert numpy.isnan(share).any()


def test_every_ion_is_counted_once_smoothed_or_not():
    source = _ranged()
    for options in (dict(), dict(PixelSize=0.3), dict(Smoothing=1), dict(Projection="Axis",
                    Axis=[1, 1, 0], PixelSize=2, Smoothing=0.7)):
        image = fetch(IonDensityMap(Input=source, **options))
        assert abs(_array(image, "Count").sum() - RANGED) < 1e-6 * RANGED, options


def test_a_change_of_pixels_reaches_the_filters_behind():
    source = SyntheticSpecimen(EdgeLength=14, DomainFraction=0.2)
    mapped = IonDensityMap(
        Input=source, IonClass="Ordered", ClassArray="Phase", PixelSize=0.5, Smoothing=0.5)
    contour = Contour(Input=mapped, ContourBy=["POINTS", "IonRatio"], Isosurfaces=[0.2])
    coarse = fetch(contour).GetNumberOfPoints()
    assert coarse > 20
    mapped.PixelSize = 0.1
    assert fetch(contour).GetNumberOfPoints() > 3 * coarse
    mapped.PixelSize = 0.5
    assert fetch(contour).GetNumberOfPoints() == coarse
    source.EdgeLength = 10
    assert fetch(contour).GetNumberOfPoints() < coarse
    assert abs(_array(fetch(mapped), "ReferenceCount").sum() - fetch(source).GetNumberOfPoints()) < 0.1


def test_ordered_ions_over_all_and_shuffled_ions_flat():
    source = SyntheticSpecimen(EdgeLength=14, DomainFraction=0.2)
    options = dict(Ions=["Li"], PixelSize=2, MinimumCount=200)

    def spread(source):
        image = fetch(IonDensityMap(Input=source, **options))
        ratio, error = _array(image, "IonRatio"), _array(image, "IonRatioError")
        known = ~numpy.isnan(ratio)
        assert known.sum() > 30
        mean = _array(image, "Count").sum() / _array(image, "ReferenceCount").sum()
        return (((ratio - mean) / error)[known] ** 2).mean()

    assert spread(source) > 5
    assert spread(IonShuffle(Input=source)) < 1.7
    image = fetch(IonDensityMap(Input=source, IonClass="Ordered", ClassArray="Phase"))
    phase = numpy.asarray(fetch(source).PointData["Phase"])
    assert _array(image, "Count").sum() == (phase != 0).sum()
    image = fetch(IonDensityMap(Input=source, Ions=["Al"], IonClass="Matrix", ReferenceClass="Matrix",
                                ClassArray="Phase"))
    assert _array(image, "ReferenceCount").sum() == (phase == 0).sum()


def _hits():
    """Points of the synthetic specimen with detector coordinates."""
    source = SyntheticSpecimen(EdgeLength=8, DomainFraction=0)
    return Calculator(
        Input=Calculator(Input=source, ResultArrayName="DetectorX", Function="2*coordsX"),
        ResultArrayName="DetectorY", Function="coordsY-coordsZ")


def test_the_detector():
    hits = _hits()
    cloud = fetch(hits)
    for limits in (dict(), dict(LimitDepth=1, DepthRange=[0, 3])):
        image = fetch(IonDensityMap(Input=hits, Projection="Detector", **limits))
        inside = numpy.full(len(cloud.Points), True)
        if limits:
            inside = (cloud.Points[:, 2] >= 0) & (cloud.Points[:, 2] <= 3)
        x = numpy.asarray(cloud.PointData["DetectorX"], "float32")[inside]
        y = numpy.asarray(cloud.PointData["DetectorY"], "float32")[inside]
        assert numpy.array_equal(_array(image, "Count"), _by_numpy(image, x, y))
        array = image.VTKObject.GetPointData().GetArray("IonDensity")
        from vtkmodules.vtkCommonCore import vtkDataArray

        assert array.GetInformation().Get(vtkDataArray.UNITS_LABEL()) == "1/mm2"


def test_is_drawn_as_a_slice_and_transparent_where_there_is_no_ratio():
    view = CreateView("RenderView")
    mapped = IonDensityMap(Input=_ranged(), Ions=["Ni"])
    display = Show(mapped, view)
    assert display.Representation == "Slice", display.Representation
    assert display.ColorArrayName[1] == "IonRatio", display.ColorArrayName
    colors = GetColorTransferFunction("IonRatio")
    assert colors.NanOpacity == 0
    density = Show(IonDensityMap(Input=_ranged()), view)
    assert density.ColorArrayName[1] == "IonDensity", density.ColorArrayName


def test_several_specimens_are_several_maps():
    from paraview import servermanager

    mapped = IonDensityMap(Input=SyntheticSpecimen(EdgeLength=5, NumberOfSpecimens=2, DomainFraction=0))
    mapped.UpdatePipeline()
    blocks = servermanager.Fetch(mapped)
    assert blocks.GetNumberOfBlocks() == 2
    for i in range(2):
        assert blocks.GetBlock(i).GetNumberOfPoints() > 10
        assert blocks.GetBlock(i).GetPointData().GetArray("Count").GetRange()[1] > 5


def test_mistakes_are_one_sentence():
    reader = AtomProbeReader(FileName=COCRNI)
    assert _array(fetch(IonDensityMap(Input=reader)), "Count").sum() == 39944
    for source, change, sentence in (
        (reader, dict(Ions=["Ni"]), "Ion Ranging"),
        (reader, dict(Projection="Detector"), "DetectorX"),
        (_ranged(), dict(Ions=["Ti"]), "Cr, Ni, Co, H"),
        (_ranged(), dict(ReferenceIons=["Ti"]), "ReferenceIons"),
        (_ranged(), dict(IonClass="Ordered"), "AtomNet Segmentation"),
        (_ranged(), dict(PixelSize=-1), "pixel size is -1"),
        (_ranged(), dict(PixelSize=1e-7), "pixels; here would be about"),
        (_ranged(), dict(Smoothing=-1), "smoothing is -1"),
        (_ranged(), dict(Projection="Axis", Axis=[0, 0, 0]), "axis"),
        (_ranged(), dict(LimitDepth=1, DepthRange=[1, -1]), "depth range is 1 to -1"),
        (_ranged(), dict(LimitDepth=1, DepthRange=[1e6, 2e6]), "no ion to map"),
    ):
        mapped = IonDensityMap(Input=source, **change)
        assert sentence in error_of(mapped.UpdatePipeline), (change, sentence)
        assert fetch(mapped).GetNumberOfPoints() == 0
    nothing = Threshold(Input=_ranged(), Scalars=["POINTS", "Ion"], LowerThreshold=90, UpperThreshold=91)
    assert "no ion to map" in error_of(IonDensityMap(Input=nothing).UpdatePipeline)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "one.pos")
        numpy.arange(4, dtype=">f4").tofile(path)
        one = fetch(IonDensityMap(Input=AtomProbeReader(FileName=path)))
        assert list(_array(one, "Count").ravel()) == [1]
        data = numpy.ones((20, 4), ">f4")
        data.tofile(path)
        same = fetch(IonDensityMap(Input=AtomProbeReader(FileName=path)))
        assert list(_array(same, "Count").ravel()) == [20]
        data[7, 1] = numpy.nan
        data.tofile(path)
        bad = IonDensityMap(Input=AtomProbeReader(FileName=path, KeepNonFinite=1))
        assert "ion 7" in error_of(bad.UpdatePipeline)


run_all(globals())
