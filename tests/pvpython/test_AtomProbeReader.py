# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
import os
import shutil
import struct
import tempfile

import numpy

from harness import COCRNI, captured_messages, error_of, fetch, run_all
from paraview.simple import AtomProbeReader, Delete, OpenDataFile, ReloadFiles


def _expected():
    return numpy.fromfile(COCRNI, ">f4").reshape(-1, 4)


def _folder():
    return tempfile.TemporaryDirectory()


def _write_pos(path, records):
    numpy.asarray(records, ">f4").tofile(path)


def test_gives_the_ions_of_the_file():
    cloud = fetch(AtomProbeReader(FileName=COCRNI))
    expected = _expected()
    assert cloud.GetNumberOfPoints() == 39944
    assert cloud.Points.dtype == numpy.float32
    assert numpy.array_equal(cloud.Points, expected[:, :3])
    assert numpy.array_equal(cloud.PointData["MassToCharge"], expected[:, 3])


def test_has_one_vertex_cell_per_ion_and_units():
    cloud = fetch(AtomProbeReader(FileName=COCRNI)).VTKObject
    assert cloud.GetNumberOfVerts() == cloud.GetNumberOfCells() == 39944
    for i in (0, 1, 39943):
        cell = cloud.GetCell(i)
        assert cell.GetNumberOfPoints() == 1 and cell.GetPointId(0) == i
    array = cloud.GetPointData().GetArray("MassToCharge")
    assert array.GetInformation().Get(array.UNITS_LABEL()) == "Da"
    assert cloud.GetFieldData().GetAbstractArray("SourceFile").GetValue(0) == COCRNI


def test_stride_takes_every_nth():
    cloud = fetch(AtomProbeReader(FileName=COCRNI, Stride=7))
    assert numpy.array_equal(cloud.PointData["MassToCharge"], _expected()[::7, 3])


def test_stride_below_one_is_an_error_that_says_what_is_allowed():
    reader = AtomProbeReader(FileName=COCRNI)
    reader.Stride = 0
    text = error_of(reader.UpdatePipeline)
    assert "Stride is 0" in text and "1 or more" in text, text


def test_arrays_can_be_left_out():
    reader = AtomProbeReader(FileName=COCRNI)
    reader.UpdatePipelineInformation()
    assert list(reader.PointArrays.Available) == ["MassToCharge"]
    reader.PointArrays = []
    cloud = fetch(reader)
    assert cloud.GetNumberOfPoints() == 39944
    assert "MassToCharge" not in cloud.PointData.keys()


def test_opens_by_extension_in_any_case():
    with _folder() as folder:
        for name in ("a.pos", "B.POS", "c.Pos"):
            path = os.path.join(folder, name)
            shutil.copy(COCRNI, path)
            reader = OpenDataFile(path)
            assert reader.SMProxy.GetXMLName() == "AtomProbeReader", name
            assert fetch(reader).GetNumberOfPoints() == 39944


def test_reload_reads_the_changed_file():
    with _folder() as folder:
        path = os.path.join(folder, "ions.pos")
        _write_pos(path, [[0, 0, 0, 1], [1, 1, 1, 2]])
        reader = AtomProbeReader(FileName=path)
        assert fetch(reader).GetNumberOfPoints() == 2
        _write_pos(path, [[0, 0, 0, 1], [1, 1, 1, 2], [2, 2, 2, 3]])
        ReloadFiles(reader)
        assert fetch(reader).GetNumberOfPoints() == 3


def test_ions_without_a_finite_position_are_left_out_and_counted():
    with _folder() as folder:
        path = os.path.join(folder, "ions.pos")
        nan = float("nan")
        _write_pos(path, [[0, 0, 0, 1], [nan, 0, 0, 2], [0, float("inf"), 0, 3], [4, 4, 4, 4]])
        reader = AtomProbeReader(FileName=path)
        with captured_messages() as messages:
            cloud = fetch(reader)
        assert list(cloud.PointData["MassToCharge"]) == [1, 4]
        assert cloud.VTKObject.GetNumberOfVerts() == 2
        assert "2 of 4 ions" in messages.text, messages.text
        reader.KeepNonFinite = 1
        with captured_messages() as messages:
            cloud = fetch(reader)
        assert list(cloud.PointData["MassToCharge"]) == [1, 2, 3, 4]


def test_reads_all_arrays_of_an_epos():
    with _folder() as folder:
        path = os.path.join(folder, "ions.epos")
        rows = [(i, -i, 2 * i, 27 + i, 700 + i, 5000 + i, 900 + i, i / 10, -i / 10, i, 1 - i % 2)
                for i in range(9)]
        with open(path, "wb") as file:
            for row in rows:
                file.write(struct.pack(">9f2i", *row))
        cloud = fetch(AtomProbeReader(FileName=path))
        names = ["MassToCharge", "TimeOfFlight", "StandingVoltage", "PulseVoltage", "DetectorX",
                 "DetectorY", "PulsesSinceLastEvent", "IonsPerPulse"]
        assert sorted(cloud.PointData.keys()) == sorted(names)
        for index, name in enumerate(names):
            values = [row[3 + index] for row in rows]
            assert numpy.allclose(cloud.PointData[name], values), name
        assert cloud.PointData["IonsPerPulse"].dtype == numpy.int32

        reader = AtomProbeReader(FileName=path)
        reader.UpdatePipelineInformation()
        assert list(reader.PointArrays.Available) == names
        reader.PointArrays = ["MassToCharge", "DetectorX"]
        assert sorted(fetch(reader).PointData.keys()) == ["DetectorX", "MassToCharge"]


def test_bad_files_give_one_sentence_and_leave_paraview_running():
    with _folder() as folder:
        def path_of(name, content):
            path = os.path.join(folder, name)
            with open(path, "wb") as file:
                file.write(content)
            return path

        cases = [
            (path_of("empty.pos", b""), "empty"),
            (path_of("cut.pos", bytes(15)), "16"),
            (path_of("cut.epos", bytes(45)), "44"),
            (path_of("not.apt", b"RIFF" + bytes(600)), "APT"),
            (path_of("short.apt", b"APT\0" + bytes(3)), "short.apt"),
            (path_of("pointer.pos", b"version https://git-lfs.github.com/spec/v1\n"
                                    b"oid sha256:0\nsize 1234\n"), "LFS"),
            (folder, "folder"),
            (os.path.join(folder, "missing.pos"), "missing.pos"),
        ]
        for path, word in cases:
            reader = AtomProbeReader(FileName=path)
            text = error_of(reader.UpdatePipeline)
            assert path in text, (path, text)
            assert word.lower() in text.lower() or "directory" in text, (path, text)
            assert reader.GetDataInformation().GetNumberOfPoints() == 0
            Delete(reader)
        # … and all goes on.
        assert fetch(AtomProbeReader(FileName=COCRNI)).GetNumberOfPoints() == 39944


run_all(globals())
