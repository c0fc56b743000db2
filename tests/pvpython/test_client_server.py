# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Run by client_server.py against a pvserver of several ranks: the answers are those of one."""

import atexit
import json
import numpy
import os
import subprocess
import tempfile

from harness import (
    COCRNI, COCRNI_COUNTS, COCRNI_RANGES, captured_messages, column, fetch, run_all,
)
from small_model import write_random_model
import atomprobe
from paraview import servermanager
from paraview.simple import (
    AtomNetSegmentation, AtomNetTraining, AtomProbeReader, Calculator, ClassificationMetrics,
    CompositionGrid, Contour, IonClusterSearch, IonDensityMap, IonRanging, IonShuffle, MassSpectrum,
    NeighbourDistribution, OutputPort, ProgrammableFilter, Proxigram, SaveData,
    SizeDistributionComparison, SpatialDistributionMap, Sphere, SyntheticSpecimen,
)


def _ranged():
    return IonRanging(Input=AtomProbeReader(FileName=COCRNI), RangeFileName=COCRNI_RANGES)


def _ranks():
    return servermanager.ActiveConnection.GetNumberOfDataPartitions()


def test_there_are_several_ranks():
    assert servermanager.ActiveConnection.IsRemote()
    assert _ranks() == int(os.environ["ATOMPROBE_SERVER_RANKS"]) > 1


def test_each_rank_reads_its_share():
    reader = AtomProbeReader(FileName=COCRNI)
    reader.UpdatePipeline()
    source = reader.SMProxy
    shares = [
        source.GetRankDataInformation(0, rank).GetNumberOfPoints() for rank in range(_ranks())
    ]
    assert sum(shares) == 39944 and max(shares) - min(shares) <= 1, shares


def test_ranged_ions_are_those_of_one_rank():
    cloud = fetch(_ranged())
    expected = numpy.fromfile(COCRNI, ">f4").reshape(-1, 4)
    assert numpy.array_equal(cloud.Points, expected[:, :3])
    assert numpy.array_equal(cloud.PointData["MassToCharge"], expected[:, 3])
    ion = numpy.asarray(cloud.PointData["Ion"])
    assert [int((ion == i).sum()) for i in (0, 1, 2, 3, -1)] == list(COCRNI_COUNTS.values())
    assert atomprobe.ion_counts(_ranged()) == COCRNI_COUNTS


def test_the_spectrum_counts_every_ion_once():
    spectrum = MassSpectrum(Input=_ranged(), BinWidth=0.5)
    counts = column(fetch(spectrum), "Counts")
    masses = numpy.fromfile(COCRNI, ">f4").reshape(-1, 4)[:, 3].astype(float)
    expected = numpy.bincount((masses / 0.5).astype(int))
    assert counts[: len(expected)] == list(expected) and sum(counts) == 39944


# Evaluates the expressions that it is sent in a session without a server, one after the other.
_ALONE = """
import json
import numpy
from harness import COCRNI, COCRNI_RANGES, column, fetch
from paraview.simple import *
# Not sys.stdin, which pvpython puts something else in place of.
for line in open(0):
    path, expression = json.loads(line)
    numpy.savez(path, **eval(expression))
    print(path, flush=True)
    for source in list(GetSources().values()):
        Delete(source)
"""
_alone = None


def _evaluated_on_one_rank(expression):
    """The numpy arrays by name that a Python expression gives, in a session without a server."""
    global _alone
    with tempfile.TemporaryDirectory() as folder:
        if not _alone:
            script = os.path.join(folder, "alone.py")
            with open(script, "w") as file:
                file.write(_ALONE)
            environment = dict(os.environ, PYTHONPATH=os.path.dirname(os.path.abspath(__file__)))
            del environment["ATOMPROBE_SERVER_URL"]
            _alone = subprocess.Popen(
                [os.environ["ATOMPROBE_PVPYTHON_EXECUTABLE"], "--force-offscreen-rendering", script],
                env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            atexit.register(_alone.stdin.close)
        result = os.path.join(folder, "serial.npz")
        print(json.dumps([result, expression]), file=_alone.stdin, flush=True)
        for line in _alone.stdout:
            if line.strip() == result:
                return dict(numpy.load(result))
            print(line, end="")
        code = _alone.wait()
        _alone = None
        raise AssertionError("it ended with %d upon %s" % (code, expression))


def _on_one_rank(pipeline):
    """Positions and point arrays of that pipeline (an expression), made without a server."""
    return _evaluated_on_one_rank(
        "(lambda cloud: dict({name: cloud.PointData[name] for name in cloud.PointData.keys()},"
        " points=cloud.Points))(fetch(%s))" % pipeline)


def _assert_same(cloud, serial):
    assert numpy.array_equal(cloud.Points, serial.pop("points"))
    assert set(cloud.PointData.keys()) == set(serial)
    for name, values in serial.items():
        assert numpy.array_equal(cloud.PointData[name], values, equal_nan=True), name


def test_synthetic_specimens_are_those_of_one_rank():
    serial = _on_one_rank("SyntheticSpecimen(EdgeLength=9, Seed=4)")
    assert len(serial["points"]) > 10000
    _assert_same(fetch(SyntheticSpecimen(EdgeLength=9, Seed=4)), serial)


def _blocks_run(segmentation):
    segmentation.UpdatePipeline()
    segmentation.UpdatePropertyInformation()
    return segmentation.GetProperty("BlocksRun").GetData()


def test_segmentations_are_those_of_one_rank():
    if os.environ["ATOMPROBE_WITH_TORCH"] != "ON":
        print("skipped: built without LibTorch")
        return
    with tempfile.TemporaryDirectory() as folder:
        model = write_random_model(
            os.path.join(folder, "model.safetensors"), species=("Al", "Li"))
        arguments = dict(ModelFileName=model, KeepBlockProbabilities=1)
        serial = _on_one_rank(
            "AtomNetSegmentation(Input=SyntheticSpecimen(EdgeLength=4, DomainFraction=0), **%r)"
            % arguments)
        probability = serial["OrderedProbability"]
        assert numpy.isnan(probability).any() and numpy.nanstd(probability) > 1e-3
        source = SyntheticSpecimen(EdgeLength=4, DomainFraction=0)
        # Block by block, so that the second one starts from what the ranks have kept of the first.
        with captured_messages():
            segmentation = AtomNetSegmentation(Input=source, BlockCount=1, **arguments)
            assert _blocks_run(segmentation) == 1
        segmentation.BlockCount = 0
        assert _blocks_run(segmentation) == 1
        _assert_same(fetch(segmentation), dict(serial))
        segmentation.Threshold = float(numpy.nanmedian(probability))
        assert _blocks_run(segmentation) == 0
        ordered = fetch(segmentation).PointData["Ordered"]
        assert numpy.array_equal(ordered == 1, probability >= segmentation.Threshold)
        # Several specimens, of which each rank has a part.
        source.NumberOfSpecimens = 2
        assert _blocks_run(segmentation) == 4


def test_an_error_of_a_segmentation_stops_all_ranks():
    source = SyntheticSpecimen(EdgeLength=4, DomainFraction=0)
    with captured_messages():
        AtomNetSegmentation(Input=source).UpdatePipeline()
        with tempfile.TemporaryDirectory() as folder:
            model = write_random_model(
                os.path.join(folder, "model.safetensors"), species=("Au", "Cu"))
            segmentation = AtomNetSegmentation(Input=source, ModelFileName=model)
            assert fetch(segmentation).GetNumberOfPoints() == 0
            # Only one rank has ions, and they have no names.
            one = os.path.join(folder, "one.pos")
            numpy.arange(4, dtype=">f4").tofile(one)
            segmentation.Input = AtomProbeReader(FileName=one)
            assert fetch(segmentation).GetNumberOfPoints() == 0
    assert fetch(source).GetNumberOfPoints() > 1000


TRAINING = dict(BlockCount=1, Epochs=2, SpecimensPerEpoch=2, SpecimensPerStep=2, LearningRate=0.01,
                Device="CPU")
SMALL = dict(EdgeLength=4, DomainRadiusRange=[0.8, 1], NumberOfSpecimens=2)


def test_training_gives_the_file_of_one_rank():
    if os.environ["ATOMPROBE_WITH_TORCH"] != "ON":
        print("skipped: built without LibTorch")
        return
    with tempfile.TemporaryDirectory() as folder:
        serial = _evaluated_on_one_rank(
            "{name: column(fetch(AtomNetTraining(Input=SyntheticSpecimen(**%r),"
            " FreshSpecimens=int(name[-1]), ModelFileName=%r + name, **%r)), 'ValidationAUC')"
            " for name in ('serial-0', 'serial-1')}" % (SMALL, folder + "/", TRAINING))
        for fresh in (0, 1):
            path = os.path.join(folder, "parallel-%d" % fresh)
            training = AtomNetTraining(Input=SyntheticSpecimen(**SMALL), FreshSpecimens=fresh,
                                       ModelFileName=path, **TRAINING)
            table = fetch(training)
            assert column(table, "ValidationAUC") == list(serial["serial-%d" % fresh])
            with open(path, "rb") as file:
                parallel = file.read()
            with open(os.path.join(folder, "serial-%d" % fresh), "rb") as file:
                assert parallel == file.read(), fresh


def test_an_error_of_training_stops_all_ranks():
    with captured_messages():
        source = SyntheticSpecimen(**SMALL)
        training = AtomNetTraining(
            Input=source, ModelFileName="/nowhere/model.safetensors", **TRAINING)
        assert fetch(training).GetNumberOfRows() == 0
        training.TruthArray = "Order"
        assert fetch(training).GetNumberOfRows() == 0
    assert fetch(SyntheticSpecimen(EdgeLength=4, DomainFraction=0)).GetNumberOfPoints() > 1000


def test_metrics_are_those_of_all_ions():
    noise = "abs(sin(coordsX*12.9898+coordsY*78.233+coordsZ*37.719)*43758.5453)"
    noise = "(%s-floor(%s))" % (noise, noise)
    ions = Calculator(
        Input=SyntheticSpecimen(EdgeLength=12, Seed=4, NumberOfSpecimens=2),
        ResultArrayName="OrderedProbability",
        Function="if(Phase==1, sqrt(%s), 1-sqrt(1-%s))" % (noise, noise))
    metrics = ClassificationMetrics(Input=ions)
    cloud = fetch(ions)

    def both(name):
        """Of each specimen, the pieces of all ranks; fetched are specimens by rank."""
        pieces = cloud.PointData[name].Arrays
        assert len(pieces) == 2 * _ranks()
        return [numpy.concatenate(pieces[0::2]), numpy.concatenate(pieces[1::2])]

    scores = [score.astype("float32") for score in both("OrderedProbability")]
    truths = [phase == 1 for phase in both("Phase")]
    domains = both("Domain")

    def auc(score, truth):
        _, inverse, counts = numpy.unique(score, return_inverse=True, return_counts=True)
        ranks = (numpy.cumsum(counts) - (counts - 1) / 2)[inverse]
        return (ranks[truth].mean() - (truth.sum() + 1) / 2) / (~truth).sum()

    summary, specimens, found = fetch(metrics), fetch(metrics, 5), fetch(metrics, 3)
    assert column(summary, "Specimens") == [2]
    expected = auc(numpy.concatenate(scores), numpy.concatenate(truths))
    assert abs(column(summary, "AUC")[0] - expected) < 1e-12
    for i in range(2):
        assert abs(column(specimens, "AUC")[i] - auc(scores[i], truths[i])) < 1e-12
        assert column(specimens, "Positives")[i] == truths[i].sum()
        name = "Specimen %d" % (i + 1)
        own = [k for k, s in enumerate(column(found, "Specimen")) if s == name]
        for k in own:
            inside = domains[i] == column(found, "Domain")[k]
            assert column(found, "Ions")[k] == inside.sum()
            assert column(found, "Found")[k] == (scores[i][inside] >= 0.5).sum()
        assert len(own) == len(set(domains[i])) - 1
    metrics.Scores = ["None"]
    with captured_messages():
        metrics.UpdatePipeline()
    metrics.Scores = ["OrderedProbability"]
    assert abs(column(fetch(metrics), "AUC")[0] - expected) < 1e-12


def test_clusters_are_those_of_one_rank():
    options = ("Ions=['Li'], Method='DBSCAN', MaximumSeparation=0.5, MinimumNeighbours=3,"
               " MinimumSize=6, EnvelopeDistance=0.3, ErosionDistance=0.1, Sweep=1")
    serial = _evaluated_on_one_rank(
        "(lambda search: {'ids': fetch(search).PointData['ClusterId'],"
        " 'sizes': column(fetch(search, 1), 'Ions'),"
        " 'radii': column(fetch(search, 1), 'RadiusOfGyration'),"
        " 'control': column(fetch(search, 2), 'ControlClusters_3')})"
        "(IonClusterSearch(Input=SyntheticSpecimen(EdgeLength=9, Seed=4), %s))" % options)
    search = IonClusterSearch(
        Input=SyntheticSpecimen(EdgeLength=9, Seed=4), **eval("dict(%s)" % options))
    cloud = fetch(search)
    assert len(serial["sizes"]) > 3
    assert numpy.array_equal(cloud.PointData["ClusterId"], serial["ids"])
    assert column(fetch(search, 1), "Ions") == list(serial["sizes"])
    assert column(fetch(search, 1), "RadiusOfGyration") == list(serial["radii"])
    assert column(fetch(search, 2), "ControlClusters_3") == list(serial["control"])

    both = SizeDistributionComparison(Input=[OutputPort(search, 1), OutputPort(search, 1)])
    assert column(fetch(both, 1), "FirstClusters") == [len(serial["sizes"])]


def test_a_search_that_fails_leaves_the_server_running():
    with captured_messages():
        IonClusterSearch(Input=_ranged(), MaximumSeparation=-1).UpdatePipeline()
        IonClusterSearch(Input=AtomProbeReader(FileName=COCRNI)).UpdatePipeline()
    ids = fetch(IonClusterSearch(Input=_ranged(), MaximumSeparation=50)).PointData["ClusterId"]
    assert int((numpy.asarray(ids) == 0).sum()) == 39944 - 3602


def test_shuffled_ions_are_those_of_one_rank():
    _assert_same(
        fetch(IonShuffle(Input=_ranged(), Seed=3)),
        _on_one_rank(
            "IonShuffle(Input=IonRanging(Input=AtomProbeReader(FileName=COCRNI),"
            " RangeFileName=COCRNI_RANGES), Seed=3)"))
    _assert_same(
        fetch(IonShuffle(
            Input=SyntheticSpecimen(EdgeLength=6), WithinClasses=1, ClassArray="Phase")),
        _on_one_rank(
            "IonShuffle(Input=SyntheticSpecimen(EdgeLength=6), WithinClasses=1,"
            " ClassArray='Phase')"))


def test_distribution_maps_are_those_of_one_rank():
    ranged = "IonRanging(Input=AtomProbeReader(FileName=COCRNI), RangeFileName=COCRNI_RANGES)"
    of = "SpatialDistributionMap(Input=%s, CentreIon='Ni', NeighbourIon='Co', Mode='XY')" % ranged
    serial = _evaluated_on_one_rank(
        "(lambda sdm: {'profile': column(fetch(sdm), 'Ni-Co'),"
        " 'map': fetch(sdm, 1).PointData['Counts']})(%s)" % of)
    sdm = SpatialDistributionMap(Input=_ranged(), CentreIon="Ni", NeighbourIon="Co", Mode="XY")
    # Several updates: no rank may run again alone.
    for _ in range(3):
        assert column(fetch(sdm), "Ni-Co") == list(serial["profile"])
        image = fetch(sdm, 1)
        assert image.VTKObject.GetDimensions() == (301, 301, 1)
        assert numpy.array_equal(image.PointData["Counts"], serial["map"])
    sdm.Mode = "Z"
    assert column(fetch(sdm), "Ni-Co") == list(serial["profile"])
    sdm.Mode = "XYZ"
    sdm.BinWidth = 0.1
    assert fetch(sdm, 1).VTKObject.GetDimensions() == (31, 31, 31)
    classes = SpatialDistributionMap(
        Input=SyntheticSpecimen(EdgeLength=6), IonClass="Ordered", ClassArray="Phase")
    assert sum(column(fetch(classes), "All-All")) > 0
    with captured_messages():
        SpatialDistributionMap(Input=_ranged(), CentreIon="Xx").UpdatePipeline()
    assert column(fetch(sdm), "Ni-Co") != []


def test_neighbour_distributions_are_those_of_one_rank():
    ranged = "IonRanging(Input=AtomProbeReader(FileName=COCRNI), RangeFileName=COCRNI_RANGES)"
    options = "CentreIons=['Ni'], NeighbourIons=['Ni', 'Co'], MaximumDistance=1, NumberOfControls=2"
    names = {"nearest": (0, "Neighbour1 (1/nm)"), "control": (1, "PairCorrelationControl"),
             "pairs": (2, "Pairs"), "mean": (3, "MeanDistance (nm)")}
    serial = _evaluated_on_one_rank(
        "(lambda filter: {key: column(fetch(filter, port), name)"
        " for key, (port, name) in %r.items()})(NeighbourDistribution(Input=%s, %s))"
        % (names, ranged, options))
    filter = NeighbourDistribution(Input=_ranged(), **eval("dict(%s)" % options))
    assert sum(serial["pairs"]) > 1e5
    for _ in range(2):
        for key, (port, name) in names.items():
            assert numpy.array_equal(
                column(fetch(filter, port), name), serial[key], equal_nan=True), key
        filter.NumberOfControls = 1
        filter.NumberOfControls = 2
    with captured_messages():
        NeighbourDistribution(Input=_ranged(), CentreIons=["Xx"]).UpdatePipeline()
        NeighbourDistribution(Input=_ranged(), BinWidth=-1).UpdatePipeline()
    assert column(fetch(filter, 2), "Pairs") == list(serial["pairs"])


def test_density_maps_are_those_of_one_rank():
    ranged = "IonRanging(Input=AtomProbeReader(FileName=COCRNI), RangeFileName=COCRNI_RANGES)"
    options = "Ions=['Ni'], Projection='X', PixelSize=0.7, Smoothing=0.5"
    serial = _evaluated_on_one_rank(
        "(lambda image: dict({name: image.PointData[name] for name in image.PointData.keys()},"
        " extent=image.VTKObject.GetExtent()))(fetch(IonDensityMap(Input=%s, %s)))"
        % (ranged, options))
    extent = serial.pop("extent")
    mapped = IonDensityMap(Input=_ranged(), **eval("dict(%s)" % options))
    # Several updates: no rank may run again alone.
    for _ in range(3):
        image = fetch(mapped)
        assert image.VTKObject.GetExtent() == tuple(extent)
        for name, values in serial.items():
            assert numpy.array_equal(image.PointData[name], values, equal_nan=True), name
        mapped.PixelSize = 2
        assert fetch(mapped).GetNumberOfPoints() < len(values)
        mapped.PixelSize = 0.7
    with captured_messages():
        IonDensityMap(Input=_ranged(), Ions=["Xx"]).UpdatePipeline()
        IonDensityMap(Input=_ranged(), PixelSize=1e-9).UpdatePipeline()
        IonDensityMap(Input=AtomProbeReader(FileName=COCRNI), Projection="Detector").UpdatePipeline()
    ordered = IonDensityMap(
        Input=SyntheticSpecimen(EdgeLength=6), IonClass="Ordered", ClassArray="Phase")
    assert sum(fetch(ordered).PointData["Count"]) > 0


def test_composition_grids_are_those_of_one_rank():
    of = "CompositionGrid(Input=SyntheticSpecimen(EdgeLength=9, Seed=4), Ions=['Li'], Counts=1)"
    contour = "Contour(Input=%s, ContourBy=['POINTS', 'AtomicPercent_Li'], Isosurfaces=[8])" % of
    serial = _evaluated_on_one_rank(
        "(lambda image, surface: {'percent': image.PointData['AtomicPercent_Li'],"
        " 'count': image.PointData['Count_Li'], 'extent': image.VTKObject.GetExtent(),"
        " 'points': surface.Points})(fetch(%s), fetch(%s))" % (of, contour))
    surface = eval(contour)
    grid = surface.Input
    # Several updates and sizes: no rank may run again alone.
    for size in (0.5, 1, 0.25, 0.5):
        grid.VoxelSize = size
        points = numpy.asarray(fetch(surface).Points)
        image = fetch(grid)
        assert image.VTKObject.GetSpacing() == (size,) * 3
    assert image.VTKObject.GetExtent() == tuple(serial["extent"])
    assert numpy.array_equal(image.PointData["AtomicPercent_Li"], serial["percent"])
    assert numpy.array_equal(image.PointData["Count_Li"], serial["count"])
    assert numpy.array_equal(points, serial["points"]) and len(points) > 100
    with captured_messages():
        CompositionGrid(Input=_ranged(), Ions=["Xx"]).UpdatePipeline()
        CompositionGrid(Input=_ranged(), VoxelSize=0).UpdatePipeline()
        CompositionGrid(Input=AtomProbeReader(FileName=COCRNI)).UpdatePipeline()
    assert fetch(CompositionGrid(Input=_ranged())).GetNumberOfPoints() > 1000


# Every other triangle of a ball, for two ranks.
BALL = """
from vtkmodules.vtkCommonDataModel import vtkCellArray
from vtkmodules.vtkCommonCore import vtkIdList
from vtkmodules.vtkFiltersSources import vtkSphereSource
from vtkmodules.vtkParallelCore import vtkMultiProcessController
ranks = vtkMultiProcessController.GetGlobalController()
source = vtkSphereSource()
source.SetRadius(3)
source.SetThetaResolution(40)
source.SetPhiResolution(40)
source.Update()
ball, some, corners = source.GetOutput(), vtkCellArray(), vtkIdList()
for i in range(ball.GetNumberOfCells()):
    if i % ranks.GetNumberOfProcesses() == ranks.GetLocalProcessId():
        ball.GetCellPoints(i, corners)
        some.InsertNextCell(corners)
output.VTKObject.Initialize()
output.VTKObject.SetPoints(ball.GetPoints())
output.VTKObject.SetPolys(some)
"""


def test_proxigrams_are_those_of_one_rank():
    source = "SyntheticSpecimen(EdgeLength=9, Seed=4)"
    isosurface = ("Contour(Input=CompositionGrid(Input=%s, Ions=['Li']),"
                  " ContourBy=['POINTS', 'AtomicPercent_Li'], Isosurfaces=[8])" % source)
    # A surface on the first rank only, and one of which each rank has some triangles.
    ball = "ProgrammableFilter(Input=%s, OutputDataSetType='vtkPolyData', Script=%r)" % (source, BALL)
    for surface in (isosurface, ball):
        of = "Proxigram(Input=%s, Surface=%s, MaximumDistance=2)" % (source, surface)
        serial = _evaluated_on_one_rank(
            "(lambda p: {'count': column(fetch(p, 1), 'Count'),"
            " 'percent': column(fetch(p), 'AtomicPercent_Li'), 'area': column(fetch(p, 2), 'Area')})"
            "(%s)" % of)
        proxigram = eval(of)
        assert column(fetch(proxigram, 1), "Count") == list(serial["count"])
        assert numpy.array_equal(
            column(fetch(proxigram), "AtomicPercent_Li"), serial["percent"], equal_nan=True)
        assert numpy.allclose(column(fetch(proxigram, 2), "Area"), serial["area"])
    with captured_messages():
        Proxigram(Input=_ranged()).UpdatePipeline()
        Proxigram(Input=_ranged(), Surface=Sphere(Center=[999, 0, 0])).UpdatePipeline()
        Proxigram(Input=AtomProbeReader(FileName=COCRNI), Mode="Z").UpdatePipeline()
    along = Proxigram(Input=_ranged(), Mode="Z", Decompose=0)
    assert sum(column(fetch(along, 1), "Count")) == 39944 - 3602


def test_writing_gathers_all_ranks():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "again.pos")
        SaveData(path, proxy=AtomProbeReader(FileName=COCRNI))
        assert open(path, "rb").read() == open(COCRNI, "rb").read()
        path = os.path.join(folder, "again.rrng")
        SaveData(path, proxy=_ranged())
        again = IonRanging(Input=AtomProbeReader(FileName=COCRNI), RangeFileName=path)
        assert atomprobe.ion_counts(again) == COCRNI_COUNTS


def test_a_bad_file_leaves_the_server_running():
    with captured_messages():
        AtomProbeReader(FileName="/nowhere/ions.pos").UpdatePipeline()
    assert fetch(AtomProbeReader(FileName=COCRNI)).GetNumberOfPoints() == 39944


run_all(globals())
