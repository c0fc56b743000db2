# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Run by client_server.py against a pvserver of several ranks: the answers are those of one."""

import numpy
import os
import subprocess
import tempfile

from harness import (
    COCRNI, COCRNI_COUNTS, COCRNI_RANGES, captured_messages, column, fetch, run_all,
)
import atomprobe
from paraview import servermanager
from paraview.simple import (
    AtomProbeReader, IonClusterSearch, IonRanging, MassSpectrum, OutputPort, SaveData,
    SizeDistributionComparison, SyntheticSpecimen,
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


def _serially(script):
    """What a script saves as arrays of that name, run by a pvpython of one rank."""
    with tempfile.TemporaryDirectory() as folder:
        path, result = os.path.join(folder, "serial.py"), os.path.join(folder, "serial.npz")
        with open(path, "w") as file:
            file.write("from harness import column, fetch\n"
                       "from paraview.simple import *\n"
                       "import numpy, sys\n" + script)
        environment = dict(os.environ, PYTHONPATH=os.path.dirname(os.path.abspath(__file__)))
        del environment["ATOMPROBE_SERVER_URL"]
        subprocess.run(
            [os.environ["ATOMPROBE_PVPYTHON_EXECUTABLE"], "--force-offscreen-rendering", path,
             result], env=environment, check=True)
        return dict(numpy.load(result))


def test_synthetic_specimens_are_those_of_one_rank():
    serial = _serially(
        "cloud = fetch(SyntheticSpecimen(EdgeLength=9, Seed=4))\n"
        "numpy.savez(sys.argv[1], points=cloud.Points,"
        " **{name: cloud.PointData[name] for name in cloud.PointData.keys()})\n"
    )
    cloud = fetch(SyntheticSpecimen(EdgeLength=9, Seed=4))
    assert len(serial["points"]) > 10000
    assert numpy.array_equal(cloud.Points, serial.pop("points"))
    for name, values in serial.items():
        assert numpy.array_equal(cloud.PointData[name], values), name


def test_clusters_are_those_of_one_rank():
    options = ("Ions=['Li'], Method='DBSCAN', MaximumSeparation=0.5, MinimumNeighbours=3,"
               " MinimumSize=6, EnvelopeDistance=0.3, ErosionDistance=0.1, Sweep=1")
    serial = _serially(
        "search = IonClusterSearch(Input=SyntheticSpecimen(EdgeLength=9, Seed=4), %s)\n"
        "numpy.savez(sys.argv[1], ids=fetch(search).PointData['ClusterId'],"
        " sizes=column(fetch(search, 1), 'Ions'), radii=column(fetch(search, 1),"
        " 'RadiusOfGyration'), control=column(fetch(search, 2), 'ControlClusters_3'))\n" % options
    )
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
