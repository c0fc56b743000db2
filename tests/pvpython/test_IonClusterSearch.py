# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
import numpy

from harness import COCRNI, COCRNI_RANGES, column, error_of, fetch, run_all
from paraview.simple import (
    AtomProbeReader, CreateView, IonClusterSearch, IonRanging, IonShuffle, Show, SyntheticSpecimen,
)
from paraview import servermanager


def _specimen():
    return SyntheticSpecimen(EdgeLength=8, Seed=3)


def _clusters_by_definition(points, separation, minimum_size):
    """Components of the graph of all pairs within the separation, largest first."""
    squared = ((points[:, None] - points[None]) ** 2).sum(-1)
    linked = squared <= separation**2
    label = numpy.arange(len(points))
    while True:
        lower = numpy.where(linked, label[None], len(points)).min(1)
        if (lower == label).all():
            break
        label = lower
    roots, sizes = numpy.unique(label, return_counts=True)
    order = sorted(zip(-sizes, roots))
    ids = numpy.full(len(points), -1)
    for number, (size, root) in enumerate(o for o in order if -o[0] >= minimum_size):
        ids[label == root] = number
    return ids


def test_clusters_are_those_of_the_definition():
    search = IonClusterSearch(Input=_specimen(), Ions=["Li"], MaximumSeparation=0.45, MinimumSize=5)
    cloud = fetch(search)
    ids = numpy.asarray(cloud.PointData["ClusterId"])
    lithium = numpy.asarray(cloud.PointData["Ion"]) == 1
    expected = _clusters_by_definition(
        numpy.asarray(cloud.Points, dtype=numpy.float64)[lithium], 0.45, 5)
    assert expected.max() > 2
    assert numpy.array_equal(ids[lithium], expected)
    assert (ids[~lithium] == -1).all()


def test_table_sums_up_the_ions():
    search = IonClusterSearch(
        Input=_specimen(), Ions=["Li"], Method="DBSCAN", MaximumSeparation=0.55,
        MinimumNeighbours=4, MinimumSize=10, EnvelopeDistance=0.4, ErosionDistance=0.2)
    cloud, table = fetch(search), fetch(search, 1)
    ids = numpy.asarray(cloud.PointData["ClusterId"])
    sizes = column(table, "Ions")
    assert len(sizes) > 2 and sizes == sorted(sizes, reverse=True)
    assert sizes == [int((ids == i).sum()) for i in range(len(sizes))]
    points = numpy.asarray(cloud.Points, dtype=numpy.float64)
    for number in range(len(sizes)):
        mine = points[ids == number]
        offsets = mine - mine.mean(0)
        assert abs(column(table, "CentreZ")[number] - mine[:, 2].mean()) < 1e-9
        assert abs(
            column(table, "RadiusOfGyration")[number] - (offsets**2).sum(1).mean() ** 0.5) < 1e-9
        assert abs(column(table, "ExtentY")[number] - numpy.ptp(mine[:, 1])) < 1e-9
        aluminium = int(((ids == number) & (numpy.asarray(cloud.PointData["Ion"]) == 0)).sum())
        assert column(table, "Count_Al")[number] == aluminium
        volume = 4 / 3 * numpy.pi * column(table, "EquivalentRadius")[number] ** 3
        assert abs(volume - sizes[number] / (60.2 * 0.5)) < 1e-9


def test_real_data_are_one_cloud_for_a_large_separation():
    ions = IonRanging(Input=AtomProbeReader(FileName=COCRNI), RangeFileName=COCRNI_RANGES)
    ids = numpy.asarray(fetch(IonClusterSearch(Input=ions, MaximumSeparation=50)).PointData["ClusterId"])
    assert (ids == 0).sum() == 39944 - 3602 and (ids == -1).sum() == 3602


def test_sweep_shows_where_the_data_differ_from_the_control():
    search = IonClusterSearch(
        Input=SyntheticSpecimen(EdgeLength=14, DomainFraction=0.05, Seed=3), Ions=["Li"], Order=3,
        Sweep=1, SweepSeparationRange=[0.3, 0.7], SweepSeparationSteps=5, SweepSizeRange=[10, 20],
        SweepSizeSteps=2)
    table = fetch(search, 2)
    assert numpy.allclose(column(table, "MaximumSeparation"), [0.3, 0.4, 0.5, 0.6, 0.7])
    clusters = column(table, "Clusters_20")
    control = column(table, "ControlClusters_20")
    assert clusters[2] > 4 and clusters[2] <= column(table, "Clusters_10")[2]
    assert control[2] < clusters[2] / 4


def test_control_of_the_sweep_is_that_of_ion_shuffle():
    ions = _specimen()
    options = dict(Ions=["Li"], MaximumSeparation=0.5, MinimumSize=5)
    sweep = fetch(IonClusterSearch(
        Input=ions, Sweep=1, SweepSeparationRange=[0.5, 0.5], SweepSeparationSteps=1,
        SweepSizeRange=[5, 5], SweepSizeSteps=1, Seed=4, **options), 2)
    sizes = column(fetch(IonClusterSearch(Input=IonShuffle(Input=ions, Seed=4), **options), 1), "Ions")
    assert len(sizes) > 3
    assert column(sweep, "ControlClusters_5") == [len(sizes)]
    assert column(sweep, "ControlClusteredIons_5") == [sum(sizes)]


def test_only_the_cloud_opens_in_a_view():
    view = CreateView("RenderView")
    search = IonClusterSearch(Input=_specimen())
    display = Show(search, view)
    assert display.ColorArrayName[1] == "ClusterId"
    controller = servermanager.vtkSMParaViewPipelineControllerWithRendering()
    for port in (1, 2):
        assert controller.GetPipelineIcon(search.SMProxy, port) is not None
        assert not controller.ShowInPreferredView(search.SMProxy, port, None)


def test_mistakes_are_one_sentence():
    search = IonClusterSearch(Input=AtomProbeReader(FileName=COCRNI))
    assert "Ion Ranging" in error_of(search.UpdatePipeline)
    search = IonClusterSearch(Input=_specimen(), Ions=["Cu"])
    assert "Al, Li, Mg" in error_of(search.UpdatePipeline)
    search.Ions = []
    search.MaximumSeparation = 0
    assert "maximum separation is 0" in error_of(search.UpdatePipeline)
    search.MaximumSeparation = 0.4
    search.OnlyOrdered = 1
    assert "AtomNet Segmentation" in error_of(search.UpdatePipeline)


run_all(globals())
