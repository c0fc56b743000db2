# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""A pipeline saved as .pvsm or as Python and replayed gives equal arrays."""

import os
import tempfile

import numpy

from harness import COCRNI, COCRNI_RANGES, fetch, run_all
from small_model import write_random_model
import atomprobe
from paraview import smstate
from paraview.simple import (
    AtomNetSegmentation, AtomProbeReader, ColorBy, GetColorTransferFunction, GetSources, IonRanging, LoadState,
    MassSpectrum, ResetSession, SaveState, Show, SyntheticSpecimen,
)


def _pipeline():
    reader = AtomProbeReader(registrationName="ions", FileName=COCRNI, Stride=3)
    ranged = IonRanging(
        registrationName="ranged", Input=reader, RangeFileName=COCRNI_RANGES, RemoveUnranged=1)
    MassSpectrum(registrationName="spectrum", Input=ranged, BinWidth=0.05, MassRange=[5, 70])
    ColorBy(Show(ranged), ("POINTS", "Ion"))
    return _results()


def _results():
    sources = {key[0]: proxy for key, proxy in GetSources().items()}
    ranged, spectrum = fetch(sources["ranged"]), fetch(sources["spectrum"])
    return {
        "points": numpy.array(ranged.Points),
        "ion": numpy.array(ranged.PointData["Ion"]),
        "mass": numpy.array(ranged.PointData["MassToCharge"]),
        "counts": numpy.array(spectrum.RowData["Counts"]),
        "bins": numpy.array(spectrum.RowData["bin_extents"]),
    }


def _check(before, after):
    assert before.keys() == after.keys()
    for name in before:
        assert before[name].dtype == after[name].dtype and len(before[name]) > 0
        assert numpy.array_equal(before[name], after[name]), name


def test_pvsm_gives_equal_arrays_and_keeps_the_legend():
    before = _pipeline()
    colors = GetColorTransferFunction("Ion")
    colors.IndexedColors[0:3] = [0.1, 0.2, 0.3]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "state.pvsm")
        SaveState(path)
        ResetSession()
        atomprobe.load_plugin()
        LoadState(path)
    _check(before, _results())
    colors = GetColorTransferFunction("Ion")
    assert "Cr" in list(colors.Annotations)
    # The user's own colour is kept, not painted over with the file's.
    assert numpy.allclose(list(colors.IndexedColors)[0:3], [0.1, 0.2, 0.3])


def test_python_state_gives_equal_arrays():
    before = _pipeline()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "state.py")
        with open(path, "w") as file:
            file.write(smstate.get_state())
        ResetSession()
        atomprobe.load_plugin()
        with open(path) as file:
            exec(compile(file.read(), path, "exec"), {"__name__": "state"})
    _check(before, _results())


def _specimen():
    # The preset fills some properties, the user has changed others: both come back.
    source = SyntheticSpecimen(
        registrationName="specimen", EdgeLength=8, DomainRadiusRange=[0.9, 1.0], Seed=5)
    source.Preset = "Au-Cu L1_0"
    source.RotationZ = 10
    return _specimen_results()


def _specimen_results():
    sources = {key[0]: proxy for key, proxy in GetSources().items()}
    cloud = fetch(sources["specimen"])
    return {name: numpy.array(cloud.PointData[name]) for name in ("MassToCharge", "Ion", "Phase")}


def test_a_preset_and_changes_to_it_survive_pvsm():
    before = _specimen()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "state.pvsm")
        SaveState(path)
        ResetSession()
        atomprobe.load_plugin()
        LoadState(path)
    _check(before, _specimen_results())


def test_a_preset_and_changes_to_it_survive_python_state():
    before = _specimen()
    state = smstate.get_state()
    ResetSession()
    atomprobe.load_plugin()
    exec(compile(state, "state.py", "exec"), {"__name__": "state"})
    _check(before, _specimen_results())


FOLDER = tempfile.TemporaryDirectory()


def _segmentation():
    source = SyntheticSpecimen(registrationName="specimen", EdgeLength=3, DomainFraction=0)
    path = os.path.join(FOLDER.name, "model.safetensors")
    segmentation = AtomNetSegmentation(
        registrationName="segmentation", Input=source, BlockCount=1, Threshold=0.45, Device="CPU",
        LatticeParameter=0.4, KeepBlockProbabilities=1, ModelFileName=write_random_model(path))
    Show(segmentation)
    GetColorTransferFunction("OrderedProbability").RescaleTransferFunction(0.25, 0.75)
    return _segmentation_results()


def _segmentation_results():
    sources = {key[0]: proxy for key, proxy in GetSources().items()}
    cloud = fetch(sources["segmentation"])
    rows = cloud.VTKObject.GetFieldData().GetAbstractArray("Segmentation")
    assert [rows.GetValue(row) for row in range(2, 6)] == [
        "Threshold=0.45", "BlockCount=1", "LatticeParameter=0.4", "Device=CPU"]
    colors = GetColorTransferFunction("OrderedProbability")
    assert list(colors.RGBPoints)[0] == 0.25 and list(colors.RGBPoints)[-4] == 0.75, "user's range"
    names = ("OrderedProbability", "OrderedProbabilityBlock1", "Ordered")
    return {name: numpy.array(cloud.PointData[name]) for name in names}


def test_a_segmentation_survives_pvsm():
    if os.environ["ATOMPROBE_WITH_TORCH"] != "ON":
        print("skipped: built without LibTorch")
        return
    before = _segmentation()
    path = os.path.join(FOLDER.name, "state.pvsm")
    SaveState(path)
    ResetSession()
    atomprobe.load_plugin()
    LoadState(path)
    _check(before, _segmentation_results())


def test_a_segmentation_survives_python_state():
    if os.environ["ATOMPROBE_WITH_TORCH"] != "ON":
        print("skipped: built without LibTorch")
        return
    before = _segmentation()
    state = smstate.get_state()
    # What was only told is not part of the state.
    assert "ModelInformation" not in state and "BlocksRun" not in state, state
    ResetSession()
    atomprobe.load_plugin()
    exec(compile(state, "state.py", "exec"), {"__name__": "state"})
    _check(before, _segmentation_results())


run_all(globals())
