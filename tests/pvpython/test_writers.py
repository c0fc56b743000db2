# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
import os
import tempfile

import numpy

from harness import COCRNI, COCRNI_COUNTS, COCRNI_RANGES, captured_messages, error_of, fetch, run_all
import atomprobe
from paraview.simple import AtomProbeReader, Calculator, IonRanging, SaveData, Threshold


def _ranged():
    return IonRanging(Input=AtomProbeReader(FileName=COCRNI), RangeFileName=COCRNI_RANGES)


def test_pos_gives_the_same_bytes_again():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "again.pos")
        SaveData(path, proxy=AtomProbeReader(FileName=COCRNI))
        assert open(path, "rb").read() == open(COCRNI, "rb").read()
        assert os.listdir(folder) == ["again.pos"]


def test_epos_says_what_the_cloud_lacks():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "again.epos")
        with captured_messages() as messages:
            SaveData(path, proxy=AtomProbeReader(FileName=COCRNI))
        assert "TimeOfFlight" in messages.text, messages.text
        cloud = fetch(AtomProbeReader(FileName=path))
        expected = numpy.fromfile(COCRNI, ">f4").reshape(-1, 4)
        assert numpy.array_equal(cloud.PointData["MassToCharge"], expected[:, 3])
        assert (numpy.asarray(cloud.PointData["IonsPerPulse"]) == 1).all()


def test_apt_takes_results_along():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "results.apt")
        ions = Calculator(Input=_ranged(), ResultArrayName="Depth", Function="coordsZ * 2")
        SaveData(path, proxy=ions)
        before, after = fetch(ions), fetch(AtomProbeReader(FileName=path))
        assert numpy.array_equal(before.Points, after.Points)
        assert sorted(after.PointData.keys()) == ["Depth", "Ion", "MassToCharge"]
        for name in after.PointData.keys():
            assert after.PointData[name].dtype == before.PointData[name].dtype
            assert numpy.array_equal(before.PointData[name], after.PointData[name]), name


def test_part_of_a_cloud_can_be_written():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "part.pos")
        part = Threshold(Input=_ranged(), Scalars=["POINTS", "Ion"],
                         LowerThreshold=2, UpperThreshold=2)
        SaveData(path, proxy=part)
        assert fetch(AtomProbeReader(FileName=path)).GetNumberOfPoints() == COCRNI_COUNTS["Co"]


def test_rrng_gives_the_same_ions_again():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "again.rrng")
        SaveData(path, proxy=_ranged())
        again = IonRanging(Input=AtomProbeReader(FileName=COCRNI), RangeFileName=path)
        assert atomprobe.ion_counts(again) == COCRNI_COUNTS


def test_a_folder_that_is_not_there_is_an_error():
    text = error_of(lambda: SaveData("/nowhere/at/all.pos", proxy=AtomProbeReader(FileName=COCRNI)))
    assert "/nowhere/at/all.pos" in text, text


run_all(globals())
