# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
import numpy

from harness import (
    COCRNI, COCRNI_RANGES, column, error_of, fetch, run_all,
)
from paraview import servermanager
from paraview.simple import (
    AppendDatasets, AtomProbeReader, CompositionGrid, Contour, CreateView, Delete, IonRanging, Plane,
    ProgrammableFilter, Proxigram, Show, Sphere, SyntheticSpecimen, Threshold,
)
from vtkmodules.vtkFiltersCore import vtkImplicitPolyDataDistance


def _specimen(**properties):
    return SyntheticSpecimen(EdgeLength=8, Seed=3, **properties)


def _cloud(script):
    """Ions at points, of which lithium says which are Li; the others are Al."""
    return ProgrammableFilter(
        Input=_specimen(), OutputDataSetType="vtkPolyData", Script="import numpy\n"
        "random = numpy.random.default_rng(1)\n" + script +
        "\noutput.Points = points.astype('float32')\n"
        "output.PointData.append(numpy.asarray(lithium).astype('int16'), 'Ion')\n"
        "output.VTKObject.GetFieldData().ShallowCopy(inputs[0].VTKObject.GetFieldData())\n")


def _ball():
    """25 % Li within 3 nm of the middle, 5 % outside, in a cube of 12 nm."""
    return _cloud(
        "points = random.uniform(-6, 6, (200000, 3))\n"
        "inside = (points ** 2).sum(1) < 9\n"
        "lithium = random.random(len(points)) < numpy.where(inside, 0.25, 0.05)")


def _sphere(radius=3):
    return Sphere(Radius=radius, ThetaResolution=80, PhiResolution=80)


def test_a_known_ball_gives_the_known_compositions():
    proxigram = Proxigram(Input=_ball(), Surface=_sphere(), MaximumDistance=2, BinWidth=0.5)
    table, details = fetch(proxigram), fetch(proxigram, 1)
    assert numpy.allclose(column(table, "bin_extents"), numpy.arange(-1.75, 2, 0.5))
    percent = numpy.array(column(table, "AtomicPercent_Li"))
    error = numpy.array(column(details, "AtomicPercentError_Li"))
    # Positive is inside.
    truth = numpy.where(numpy.arange(8) < 4, 5, 25)
    assert (abs(percent - truth) < 4 * error).all(), percent
    count = numpy.array(column(details, "Count"))
    assert numpy.allclose(error, numpy.sqrt(percent * (100 - percent) / count))
    assert numpy.allclose(percent, 100 * numpy.array(column(details, "Count_Li")) / count)
    assert column(details, "AtomicPercent_Li") == list(percent)
    excess = fetch(proxigram, 2)
    assert column(excess, "Element") == ["Al", "Li", "Mg"]
    assert abs(column(excess, "Area")[0] - 36 * numpy.pi) < 0.5
    turned = Proxigram(
        Input=_ball(), Surface=_sphere(), MaximumDistance=2, BinWidth=0.5, Invert=1)
    # But for ions on a limit of bins.
    assert numpy.allclose(column(fetch(turned), "AtomicPercent_Li"), percent[::-1], atol=0.1)


def test_distances_are_those_of_vtk():
    source = _specimen()
    grid = CompositionGrid(Input=source, Ions=["Li"])
    surface = Contour(Input=grid, ContourBy=["POINTS", "AtomicPercent_Li"], Isosurfaces=[8])
    details = fetch(
        Proxigram(Input=source, Surface=surface, MaximumDistance=2, BinWidth=0.5, OnlyTwoSided=0), 1)
    cloud, triangles = fetch(source), fetch(surface)
    judge = vtkImplicitPolyDataDistance()
    judge.SetInput(triangles.VTKObject)
    distances = numpy.array([-judge.EvaluateFunction(p) for p in cloud.Points.astype(float).tolist()])
    lithium = numpy.asarray(cloud.PointData["Ion"]) == 1
    limits = numpy.arange(-2, 2.1, 0.5)
    for name, some in (("Count", slice(None)), ("Count_Li", lithium)):
        expected = numpy.histogram(distances[some], limits)[0]
        assert abs(numpy.array(column(details, name)) - expected).max() <= 0.005 * expected.max() + 2


def test_positive_is_where_an_isosurface_has_more():
    for seed in (1, 2):
        source = SyntheticSpecimen(EdgeLength=12, Seed=seed)
        grid = CompositionGrid(Input=source, Ions=["Li"])
        surface = Contour(Input=grid, ContourBy=["POINTS", "AtomicPercent_Li"], Isosurfaces=[10])
        percent = column(
            fetch(Proxigram(Input=source, Surface=surface, MaximumDistance=1, BinWidth=1)),
            "AtomicPercent_Li")
        assert percent[1] > percent[0] + 5, percent


def test_excess_of_a_flat_interface():
    # 10 Li per nm² of which half is detected, on a plane between two phases.
    source = _cloud(
        "matrix = random.uniform(-6, 6, (60000, 3))\n"
        "layer = random.uniform(-6, 6, (720, 3)) * [1, 1, 0.1]\n"
        "points = numpy.concatenate([matrix, layer])\n"
        "lithium = numpy.concatenate([random.random(60000) < numpy.where(matrix[:, 2] < 0, .1, .02),"
        " numpy.ones(720)])")
    plane = Plane(Origin=[-5, -5, 0], Point1=[5, -5, 0], Point2=[-5, 5, 0],
                  XResolution=20, YResolution=20)
    proxigram = Proxigram(Input=source, Surface=plane, Ions=["Li"])
    table = fetch(proxigram, 2)
    excess, error = column(table, "InterfacialExcess")[0], column(table, "InterfacialExcessError")[0]
    # Each added ion is one of 0.94 more than its place would have had.
    assert abs(excess - 9.4) < 4 * error and 0.1 < error < 1, (excess, error)
    assert abs(column(table, "AtomicPercentPositiveSide")[0] - 10) < 1
    assert abs(column(table, "AtomicPercentNegativeSide")[0] - 2) < 0.5
    assert column(table, "Area") == [100]
    fields = fetch(proxigram).FieldData
    assert fields["InterfacialExcess"][0] == excess and fields["Area"][0] == 100
    proxigram.DetectionEfficiency = 1
    assert abs(column(fetch(proxigram, 2), "InterfacialExcess")[0] - excess / 2) < 1e-9


def _segregated():
    """Li 10 and 2 %, Mg 6 and 4 % on either side of a step 0.6 nm above a plane, 4 Mg per nm² on it."""
    return _cloud(
        "matrix = random.uniform(-5, 5, (40000, 3))\n"
        "layer = random.uniform(-5, 5, (400, 3)) * [1, 1, 0.1] + [0, 0, 0.6]\n"
        "points = numpy.concatenate([matrix, layer])\n"
        "draw, rich = random.random(40000), matrix[:, 2] > 0.6\n"
        "li, mg = numpy.where(rich, .1, .02), numpy.where(rich, .06, .04)\n"
        "lithium = numpy.concatenate([numpy.where(draw < li, 1, numpy.where(draw < li + mg, 2, 0)),"
        " numpy.full(400, 2)])")


def test_the_dividing_surface_is_where_a_chosen_ion_has_no_excess():
    plane = Plane(Origin=[-5, -5, 0], Point1=[-5, 5, 0], Point2=[5, -5, 0],
                  XResolution=20, YResolution=20)
    proxigram = Proxigram(Input=_segregated(), Surface=plane, DetectionEfficiency=1)
    table = fetch(proxigram, 2)
    # By hand at 0, the surface itself: lithium of the step's far side counts as missing.
    assert column(table, "DividingSurface") == [0, 0, 0]
    assert column(table, "InterfacialExcess")[1] < -1.5
    # By hand at the step: less its mean share of what was added.
    proxigram.InterfacePosition = 0.6
    table = fetch(proxigram, 2)
    excess, error = (numpy.array(column(table, "InterfacialExcess" + e)) for e in ("", "Error"))
    assert abs(excess[1] + 0.24) < 4 * error[1] and abs(excess[2] - 3.8) < 4 * error[2], excess
    # Chosen by lithium: see the core's test for the numbers.
    proxigram.InterfacePosition = 0
    proxigram.DividingSurface = "NoExcess"
    proxigram.DividingIon = "Li"
    table = fetch(proxigram, 2)
    place, of_place = (column(table, "DividingSurface" + e)[0] for e in ("", "Error"))
    assert abs(place - 0.668) < 4 * of_place and 0.01 < of_place < 0.2, (place, of_place)
    excess, error = (numpy.array(column(table, "InterfacialExcess" + e)) for e in ("", "Error"))
    assert abs(excess[1]) < 1e-9 and abs(excess[2] - 3.86) < 4 * error[2], (excess, error)
    assert fetch(proxigram).FieldData["DividingSurface"][0] == place
    # It need not be among the ions that are shown.
    proxigram.Ions = ["Mg"]
    assert abs(column(fetch(proxigram, 2), "InterfacialExcess")[0] - excess[2]) < 1e-9
    proxigram.DividingIon = "Cu"
    assert "DividingIon is \"Cu\"; allowed is an element" in error_of(proxigram.UpdatePipeline)
    # More magnesium was added than moving the surface through a thin interface can take away.
    proxigram.DividingIon = "Mg"
    proxigram.InterfacePosition, proxigram.InterfaceHalfWidth = 0.75, 0.5
    assert "vanishes nowhere" in error_of(proxigram.UpdatePipeline)


def test_what_lies_beside_an_open_surface_is_left_out():
    plane = Plane(Origin=[-2, -2, 0], Point1=[2, -2, 0], Point2=[-2, 2, 0], XResolution=8,
                  YResolution=8)
    source = _ball()
    proxigram = Proxigram(Input=source, Surface=plane, MaximumDistance=1, BinWidth=1)
    points = numpy.asarray(fetch(source).Points)
    above = (abs(points) < [2, 2, 1]).all(1)
    details = fetch(proxigram, 1)
    assert column(details, "Count") == [(above & (points[:, 2] > 0)).sum(),
                                        (above & (points[:, 2] <= 0)).sum()]
    assert details.FieldData["IonsBeyondRim"][0] > 1000
    proxigram.BeyondRim = 1
    assert sum(column(fetch(proxigram, 1), "Count")) > above.sum() + 1000


def test_parts_at_the_edge_are_left_out():
    # Half a ball is outside of the specimen.
    half = Threshold(Input=_ball(), Scalars=["POINTS", "Ion"], LowerThreshold=0, UpperThreshold=1)
    source = ProgrammableFilter(Input=half, OutputDataSetType="vtkPolyData", Script="""
points = inputs[0].Points
keep = points[:, 2] < 0
output.Points = points[keep]
output.PointData.append(inputs[0].PointData["Ion"][keep], "Ion")
output.VTKObject.GetFieldData().ShallowCopy(inputs[0].VTKObject.GetFieldData())
""")
    proxigram = Proxigram(Input=source, Surface=_sphere(), MaximumDistance=1)
    fields = fetch(proxigram).FieldData
    # A strip as wide as a triangle or two is uncertain.
    assert abs(fields["Area"][0] - 18 * numpy.pi) < 6 * numpy.pi * 0.4, fields["Area"]
    assert abs(fields["WholeArea"][0] - 36 * numpy.pi) < 0.5
    proxigram.OnlyTwoSided = 0
    assert fetch(proxigram).FieldData["Area"][0] == fields["WholeArea"][0]


def test_along_axes_and_lines():
    source = _ball()
    cloud = fetch(source)
    points, lithium = numpy.asarray(cloud.Points), numpy.asarray(cloud.PointData["Ion"])
    for axis, name in enumerate("XYZ"):
        details = fetch(Proxigram(Input=source, Mode=name, BinWidth=1), 1)
        assert column(details, "Lower") == list(range(-6, 6))
        expected = numpy.histogram(points[:, axis], numpy.arange(-6, 6.5))[0]
        assert column(details, "Count") == list(expected)
        assert fetch(Proxigram(Input=source, Mode=name), 2).GetNumberOfRows() == 0
    line = Proxigram(Input=source, Mode="Line", Point1=[0, 0, -4], Point2=[0, 0, 4], Radius=1,
                     BinWidth=2)
    inside = ((points[:, :2] ** 2).sum(1) <= 1) & (abs(points[:, 2]) <= 4)
    details = fetch(line, 1)
    assert abs(sum(column(details, "Count")) - inside.sum()) <= 2
    assert numpy.allclose(column(details, "bin_extents"), [1, 3, 5, 7])
    expected = numpy.histogram(points[inside & (lithium == 1), 2], [-4, -2, 0, 2, 4])[0]
    assert abs(numpy.array(column(details, "Count_Li")) - expected).max() <= 1


def test_bins_of_as_many_ions():
    proxigram = Proxigram(Input=_ball(), Surface=_sphere(), MaximumDistance=2, IonsPerBin=5000)
    details = fetch(proxigram, 1)
    counts = column(details, "Count")
    assert set(counts[:-1]) == {5000} and 2500 <= counts[-1] < 7500
    lower, upper = column(details, "Lower"), column(details, "Upper")
    assert lower[0] == -2 and upper[-1] == 2 and lower[1:] == upper[:-1]
    assert numpy.allclose(column(details, "bin_extents"), (numpy.array(lower) + upper) / 2)


def test_any_ions_over_any_ions():
    surface = _sphere()
    table = fetch(Proxigram(Input=_ball(), Surface=surface, Ions=["Li", "Mg"], SumIons=1))
    names = [table.VTKObject.GetColumnName(i) for i in range(table.VTKObject.GetNumberOfColumns())]
    assert names == ["bin_extents", "AtomicPercent_Li+Mg"]
    ionic = fetch(Proxigram(
        Input=_ball(), Surface=surface, Ions=["Li"], ReferenceIons=["Al"], Decompose=0), 1)
    count, percent = numpy.array(column(ionic, "Count")), column(ionic, "IonicPercent_Li")
    ratio = 100 * numpy.array(column(ionic, "Count_Li")) / numpy.where(count, count, numpy.nan)
    assert numpy.allclose(percent, ratio, equal_nan=True) and numpy.nanmax(ratio) > 10


def test_opens_in_a_chart_of_percentages():
    view = CreateView("XYChartView")
    proxigram = Proxigram(Input=_ball(), Surface=_sphere())
    display = Show(proxigram, view)
    assert display.XArrayName == "bin_extents" and display.UseIndexForXAxis == 0
    shown = [name.split(" (")[0] for name in list(display.SeriesVisibility)[0::2]] \
        if "1" in display.SeriesVisibility else list(display.SeriesVisibility)
    assert "AtomicPercent_Li" in shown, shown
    controller = servermanager.vtkSMParaViewPipelineControllerWithRendering()
    for port in (1, 2):
        assert not controller.ShowInPreferredView(proxigram.SMProxy, port, None)
    Delete(view)


def test_mistakes_are_one_sentence():
    sphere = _sphere()
    proxigram = Proxigram(Input=AtomProbeReader(FileName=COCRNI), Surface=sphere)
    assert "Ion Ranging" in error_of(proxigram.UpdatePipeline)
    proxigram = Proxigram(Input=_ball())
    assert "there is no surface" in error_of(proxigram.UpdatePipeline)
    proxigram.Mode = "X"
    assert fetch(proxigram).GetNumberOfRows() > 10
    proxigram = Proxigram(Input=_ball(), Surface=sphere, Ions=["Cu"])
    assert "Al, Li, Mg" in error_of(proxigram.UpdatePipeline)
    nothing = Contour(Input=CompositionGrid(Input=_specimen()),
                      ContourBy=["POINTS", "AtomicPercent_Li"], Isosurfaces=[101])
    proxigram = Proxigram(Input=_ball(), Surface=nothing)
    assert "no triangle" in error_of(proxigram.UpdatePipeline)
    proxigram = Proxigram(Input=_ball(), Surface=Sphere(Center=[100, 0, 0]))
    assert "no ion lies within 5 nm" in error_of(proxigram.UpdatePipeline)
    proxigram = Proxigram(Input=_ball(), Surface=sphere, MaximumDistance=0)
    assert "maximum distance is 0" in error_of(proxigram.UpdatePipeline)
    proxigram = Proxigram(Input=_ball(), Surface=sphere, BinWidth=0)
    assert "bin width is 0" in error_of(proxigram.UpdatePipeline)
    proxigram = Proxigram(Input=_ball(), Surface=sphere, DetectionEfficiency=0)
    assert "detection efficiency is 0" in error_of(proxigram.UpdatePipeline)
    proxigram = Proxigram(Input=_ball(), Mode="Line", Point1=[1, 1, 1], Point2=[1, 1, 1])
    assert "length of the line is 0" in error_of(proxigram.UpdatePipeline)
    proxigram = Proxigram(Input=_ball(), Mode="Z", Radius=-1)
    assert "radius is -1" in error_of(proxigram.UpdatePipeline)
    proxigram = Proxigram(Input=_specimen(NumberOfSpecimens=2), Mode="Z")
    assert "2 specimens" in error_of(proxigram.UpdatePipeline)
    proxigram = Proxigram(Input=_cloud("points = numpy.zeros((0, 3)); lithium = []"), Mode="Z")
    assert "no ions" in error_of(proxigram.UpdatePipeline)
    proxigram = Proxigram(Input=_cloud("points = numpy.ones((1, 3)); lithium = [1]"), Surface=sphere)
    assert "ions on both sides" in error_of(proxigram.UpdatePipeline)
    proxigram = Proxigram(
        Input=_cloud("points = numpy.full((2, 3), numpy.nan); lithium = [1, 0]"), Surface=sphere)
    assert "x of ion 0" in error_of(proxigram.UpdatePipeline)


def test_odd_clouds_are_no_trouble():
    one = _cloud("points = numpy.ones((1, 3)); lithium = [1]")
    assert column(fetch(Proxigram(Input=one, Mode="X")), "AtomicPercent_Li") == [100]
    same = _cloud("points = numpy.ones((1000, 3)); lithium = numpy.arange(1000) % 2")
    assert column(fetch(Proxigram(Input=same, Mode="Y")), "AtomicPercent_Li") == [50]
    inside = Proxigram(Input=same, Surface=_sphere(), OnlyTwoSided=0)
    assert numpy.nansum(column(fetch(inside, 1), "Count")) == 1000


run_all(globals())
