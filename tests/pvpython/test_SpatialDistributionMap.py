# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
import numpy

from harness import (
    COCRNI, COCRNI_COUNTS, COCRNI_RANGES, captured_messages, column, error_of, fetch, run_all,
)
from paraview.simple import (
    AtomProbeReader, Contour, CreateView, IonRanging, IonShuffle, Show, SpatialDistributionMap,
    SyntheticSpecimen,
)


def _ranged():
    return IonRanging(Input=AtomProbeReader(FileName=COCRNI), RangeFileName=COCRNI_RANGES)


def _crystal(**properties):
    """A crystal without order whose cube axes are those of the specimen, measured well."""
    settings = dict(
        EdgeLength=8, DomainFraction=0, RotationX=0, RotationY=0, RotationZ=0,
        LateralNoiseRange=[0.02, 0.02], DepthNoiseRange=[0.02, 0.02],
        DetectionEfficiencyRange=[0.6, 0.6])
    settings.update(properties)
    return SyntheticSpecimen(**settings)


def _profile_by_hand(positions, ion, centre, neighbour, radius, width, distance):
    last = int(distance / width + 1e-6)
    counts = numpy.zeros(2 * last + 1, int)
    neighbours = numpy.flatnonzero(ion == neighbour)
    for i in numpy.flatnonzero(ion == centre):
        d = (positions[neighbours] - positions[i])[neighbours != i]
        near = (d[:, 0] ** 2 + d[:, 1] ** 2 <= radius**2) & (abs(d[:, 2]) < distance + width)
        z = d[near, 2]
        bins = (numpy.sign(z) * numpy.floor(abs(z) / width + 0.5)).astype(int)
        bins = bins[abs(bins) <= last]
        counts += numpy.bincount(bins + last, minlength=2 * last + 1)
    return counts


def test_counts_are_those_of_numpy():
    source = _ranged()
    cloud = fetch(source)
    sdm = SpatialDistributionMap(
        Input=source, CentreIon="Ni", NeighbourIon="Co", LateralRadius=0.5, BinWidth=0.05)
    table = fetch(sdm)
    counts = numpy.array(column(table, "Ni-Co"))
    expected = _profile_by_hand(
        numpy.asarray(cloud.Points, numpy.float64), numpy.asarray(cloud.PointData["Ion"]), 1, 2,
        0.5, 0.05, 1.5)
    # Rounding may put a pair beside an edge into the next bin.
    assert expected.sum() > 10000 and abs(counts - expected).sum() <= 6, abs(counts - expected).sum()
    assert numpy.allclose(column(table, "bin_extents"), numpy.arange(-30, 31) * 0.05)


def test_every_pair_has_a_column():
    sdm = SpatialDistributionMap(Input=_ranged(), AllPairs=1)
    table = fetch(sdm)
    names = [table.VTKObject.GetColumnName(i) for i in range(table.VTKObject.GetNumberOfColumns())]
    ions = ["Cr", "Ni", "Co", "H"]
    assert names == ["bin_extents"] + ["%s-%s" % (a, b) for a in ions for b in ions]
    assert column(table, "Cr-Ni") == column(table, "Ni-Cr")[::-1]
    assert column(fetch(sdm, 2), "Pair") == names[1:]


def test_spacing_of_a_crystal():
    spacings = fetch(SpatialDistributionMap(Input=_crystal()), 2)
    assert column(spacings, "Pair") == ["All-All"]
    spacing, error = column(spacings, "Spacing")[0], column(spacings, "SpacingError")[0]
    assert abs(spacing - 0.2025) < 0.0005 and 0 < error < 0.001, (spacing, error)
    along_110 = fetch(SpatialDistributionMap(Input=_crystal(), Axis=[1, 1, 0]), 2)
    assert abs(column(along_110, "Spacing")[0] - 0.405 / 8**0.5) < 0.001


def test_the_axis_is_found():
    # Tilted by a known specimen's rotation: its {111} planes are the widest of the sharp ones.
    sdm = SpatialDistributionMap(Input=_crystal(Orientation="Uniform", Seed=5), FindAxis=1)
    planes = fetch(sdm, 3)
    assert planes.GetNumberOfRows() >= 4
    assert abs(column(planes, "Spacing")[0] - 0.405 / 3**0.5) < 0.001
    cloud = fetch(_crystal(Orientation="Uniform", Seed=5))
    rotation = numpy.array(cloud.FieldData["Rotation"]).reshape(3, 3)
    pole = numpy.array([column(planes, "Pole" + axis)[0] for axis in "XYZ"])
    cosine = abs(rotation.T @ pole).sum() / 3**0.5  # with the nearest of <111>
    assert numpy.degrees(numpy.arccos(min(cosine, 1))) < 0.3
    tilt = numpy.radians(column(planes, "Tilt")[0])
    assert abs(numpy.cos(tilt) - pole[2]) < 1e-9
    table = fetch(sdm)
    assert numpy.allclose(table.FieldData["Axis"], pole)
    assert abs(column(fetch(sdm, 2), "Spacing")[0] - 0.405 / 3**0.5) < 0.001


def test_maps_are_images_in_nanometres():
    sdm = SpatialDistributionMap(Input=_crystal(), Mode="XY", BinWidth=0.05, DepthRange=[-0.06, 0.06])
    image = fetch(sdm, 1)
    assert image.VTKObject.GetDimensions() == (61, 61, 1)
    assert numpy.allclose(image.VTKObject.GetBounds(), (-1.5, 1.5, -1.5, 1.5, 0, 0))
    counts = numpy.asarray(image.PointData["Counts"]).reshape(61, 61)
    assert numpy.array_equal(counts, counts[::-1, ::-1]) and counts[30, 30] < counts.max() / 2
    # In one {200} plane the nearest neighbours are at (a/2, a/2).
    y, x = numpy.unravel_index(counts[31:45, 31:45].argmax(), (14, 14))
    near = [abs(counts[30 + 4, 30 + 4]), counts[30 + 4, 30]]
    assert near[0] > 5 * near[1], (near, x, y)

    sdm = SpatialDistributionMap(Input=_crystal(), Mode="XYZ", BinWidth=0.05, MaximumDistance=1)
    image = fetch(sdm, 1)
    assert image.VTKObject.GetDimensions() == (41, 41, 41)
    counts = numpy.asarray(image.PointData["Counts"]).reshape(41, 41, 41)
    assert numpy.array_equal(counts, counts[::-1, ::-1, ::-1])
    assert sum(column(fetch(sdm), "All-All")) > 0
    surface = Contour(
        Input=servermanager_port(sdm, 1), ContourBy=["POINTS", "Counts"],
        Isosurfaces=[float(counts.max()) / 2])
    assert fetch(surface).GetNumberOfPoints() > 100


def servermanager_port(proxy, port):
    from paraview.simple import OutputPort

    return OutputPort(proxy, port)


def test_going_back_to_the_profile_empties_the_map():
    sdm = SpatialDistributionMap(Input=_crystal(EdgeLength=4), Mode="XY", BinWidth=0.1)
    assert fetch(sdm, 1).GetNumberOfPoints() == 31 * 31
    sdm.Mode = "Z"
    assert fetch(sdm, 1).GetNumberOfPoints() == 0
    sdm.Mode = "XYZ"
    assert fetch(sdm, 1).GetNumberOfPoints() == 31**3


def test_normalisations():
    source = _ranged()
    sdm = SpatialDistributionMap(Input=source, CentreIon="Ni", NeighbourIon="Ni", BinWidth=0.02)
    counts = numpy.array(column(fetch(sdm), "Ni-Ni"), float)
    sdm.Normalisation = "PerCentreIon"
    assert numpy.allclose(column(fetch(sdm), "Ni-Ni"), counts / COCRNI_COUNTS["Ni"])
    sdm.Normalisation = "RelativeToMean"
    assert numpy.allclose(column(fetch(sdm), "Ni-Ni"), counts / counts.mean())
    sdm.Normalisation = "RelativeToShuffled"
    relative = numpy.array(column(fetch(sdm), "Ni-Ni"))
    everyone = SpatialDistributionMap(Input=source, BinWidth=0.02)
    ions = sum(COCRNI_COUNTS.values()) - COCRNI_COUNTS["unranged"]
    nickel = COCRNI_COUNTS["Ni"]
    share = nickel * (nickel - 1) / (ions * (ions - 1))
    expected = numpy.array(column(fetch(everyone), "All-All")) * share
    assert numpy.allclose(relative, counts / expected)
    # And so it is about 1 for shuffled ions.
    control = SpatialDistributionMap(
        Input=IonShuffle(Input=source), CentreIon="Ni", NeighbourIon="Ni", BinWidth=0.02,
        Normalisation="RelativeToShuffled")
    shuffled = numpy.array(column(fetch(control), "Ni-Ni"))
    assert abs(shuffled[70:81] - 1).max() < 0.15 < abs(relative[70:81] - 1).max()


def test_order_of_nickel_in_the_real_data():
    sdm = SpatialDistributionMap(
        Input=_ranged(), AllPairs=1, LateralRadius=0.6, BinWidth=0.02, MaximumDistance=1)
    table = fetch(sdm)
    for name in ("Ni-Ni", "Cr-Cr", "Co-Co"):
        counts = numpy.array(column(table, name))
        half = counts[50:]
        low, high = half[5:15].min(), half[13:26].max()
        if name == "Ni-Ni":
            assert abs((5 + half[5:15].argmin()) * 0.02 - 0.19) < 0.025
            assert abs((13 + half[13:26].argmax()) * 0.02 - 0.35) < 0.025
            assert high > 2 * low, (low, high)
        else:
            assert high < 1.1 * low, (name, low, high)


def test_one_class_alone():
    source = SyntheticSpecimen(EdgeLength=6)
    cloud = fetch(source)
    phase = numpy.asarray(cloud.PointData["Phase"])
    for name, part in (("Ordered", phase != 0), ("Matrix", phase == 0)):
        sdm = SpatialDistributionMap(
            Input=source, IonClass=name, ClassArray="Phase", BinWidth=0.5, LateralRadius=20,
            MaximumDistance=20)
        ions = int(part.sum())
        assert sum(column(fetch(sdm), "All-All")) == ions * (ions - 1)


def test_opens_in_the_chart_with_the_distance_as_x_axis():
    view = CreateView("XYChartView")
    display = Show(SpatialDistributionMap(Input=_ranged()), view)
    assert display.XArrayName == "bin_extents" and display.UseIndexForXAxis == 0
    assert "All-All" in list(display.SeriesVisibility)


def test_the_panel_offers_the_ions():
    source = _ranged()
    source.UpdatePipeline()
    sdm = SpatialDistributionMap(Input=source)
    assert sdm.CentreIon == "All" and sdm.ClassArray == "Ordered"
    known = sdm.GetProperty("CentreIon").SMProperty.FindDomain("vtkSMStringListDomain")
    offered = [known.GetString(i) for i in range(known.GetNumberOfStrings())]
    assert offered == ["All", "Cr", "Ni", "Co", "H"], offered


def test_mistakes_are_one_sentence():
    reader = AtomProbeReader(FileName=COCRNI)
    assert fetch(SpatialDistributionMap(Input=reader)).GetNumberOfRows() == 301
    sdm = SpatialDistributionMap(Input=reader, CentreIon="Ni")
    assert "Ion Ranging" in error_of(sdm.UpdatePipeline)
    sdm = SpatialDistributionMap(Input=reader, AllPairs=1)
    assert "Ion Ranging" in error_of(sdm.UpdatePipeline)
    sdm = SpatialDistributionMap(Input=_ranged(), NeighbourIon="Ti")
    assert "All, Cr, Ni, Co, H" in error_of(sdm.UpdatePipeline)
    sdm = SpatialDistributionMap(Input=_ranged(), IonClass="Ordered")
    assert "Ordered" in error_of(sdm.UpdatePipeline)
    sdm = SpatialDistributionMap(Input=_ranged(), BinWidth=0)
    assert "bin width is 0" in error_of(sdm.UpdatePipeline)
    sdm = SpatialDistributionMap(Input=_ranged(), Mode="XYZ", BinWidth=1e-4)
    assert "bin width is 0.0001" in error_of(sdm.UpdatePipeline)
    sdm = SpatialDistributionMap(Input=_ranged(), MaximumPairs=1000)
    assert "allow more pairs" in error_of(sdm.UpdatePipeline)
    with captured_messages() as messages:
        sdm = SpatialDistributionMap(Input=IonShuffle(Input=_ranged()), FindAxis=1)
        assert fetch(sdm).GetNumberOfRows() == 301
    assert "no lattice planes" in messages.text or fetch(sdm, 3).GetNumberOfRows() > 0


run_all(globals())
