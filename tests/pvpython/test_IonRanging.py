# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
import os
import tempfile

import numpy

from harness import (
    COCRNI, COCRNI_COUNTS, COCRNI_RANGES, DATA, captured_messages, error_of, fetch, run_all,
)
import atomprobe
from paraview.simple import (
    AtomProbeReader, ColorBy, GetColorTransferFunction, IonRanging, Show, Threshold,
)


def _ranged(**arguments):
    arguments.setdefault("RangeFileName", COCRNI_RANGES)
    return IonRanging(Input=AtomProbeReader(FileName=COCRNI), **arguments)


def _counts(cloud):
    names = cloud.VTKObject.GetFieldData().GetAbstractArray("IonNames")
    ion = numpy.asarray(cloud.PointData["Ion"])
    counts = {names.GetValue(i): int((ion == i).sum()) for i in range(names.GetNumberOfValues())}
    counts["unranged"] = int((ion == -1).sum())
    return counts


def test_counts_are_those_of_the_real_data():
    cloud = fetch(_ranged())
    assert cloud.PointData["Ion"].dtype == numpy.int16
    assert _counts(cloud) == COCRNI_COUNTS
    assert atomprobe.ion_counts(_ranged()) == COCRNI_COUNTS


def test_homonuclear_ions_can_be_told_apart():
    counts = _counts(fetch(_ranged(SeparateHomonuclearIons=1)))
    assert counts["H"] == 1103 and counts["H2"] == 174


def test_names_and_colours_are_those_of_the_file():
    field = fetch(_ranged()).VTKObject.GetFieldData()
    names = field.GetAbstractArray("IonNames")
    colors = field.GetArray("IonColors")
    given = {names.GetValue(i): colors.GetTuple(i) for i in range(4)}
    assert given == {
        "Cr": (0xFF, 0x33, 0xCC), "Ni": (0, 0xCC, 0), "Co": (0, 0, 0xFF), "H": (0xCC, 0xCC, 0),
    }
    assert field.GetAbstractArray("RangeFile").GetValue(0) == COCRNI_RANGES


def test_the_legend_of_the_view_has_names_and_colours():
    ions = _ranged()
    display = Show(ions)
    ColorBy(display, ("POINTS", "Ion"))
    colors = GetColorTransferFunction("Ion")
    assert colors.InterpretValuesAsCategories == 1
    annotations = dict(zip(colors.Annotations[0::2], colors.Annotations[1::2]))
    assert annotations == {"0": "Cr", "1": "Ni", "2": "Co", "3": "H", "-1": "unranged"}
    assert numpy.allclose(colors.IndexedColors[:3], [1, 0x33 / 255, 0xCC / 255])
    assert atomprobe.ion_names(ions) == ["Cr", "Ni", "Co", "H"]


def test_unranged_ions_can_be_removed():
    everything = fetch(_ranged())
    kept = fetch(_ranged(RemoveUnranged=1))
    ranged = numpy.asarray(everything.PointData["Ion"]) >= 0
    assert kept.GetNumberOfPoints() == 39944 - 3602
    assert kept.VTKObject.GetNumberOfVerts() == 39944 - 3602
    assert numpy.array_equal(kept.Points, everything.Points[ranged])
    for name in ("MassToCharge", "Ion"):
        assert numpy.array_equal(kept.PointData[name], everything.PointData[name][ranged]), name
    assert kept.VTKObject.GetFieldData().GetAbstractArray("SourceFile").GetValue(0) == COCRNI


def test_ranges_can_be_given_as_rows():
    rows = ["28.85 29.3 Ni:1 Color:00CC00", "29.35 29.8 Co:1"]
    counts = _counts(fetch(_ranged(RangeFileName="", Ranges=rows)))
    assert counts == {"Ni": 7006, "Co": 11227, "unranged": 39944 - 7006 - 11227}


def test_ranges_in_hand_go_on_with_the_ions():
    part = Threshold(Input=_ranged(), Scalars=["POINTS", "MassToCharge"],
                     LowerThreshold=28, UpperThreshold=33)
    cloud = fetch(IonRanging(Input=part))
    counts = _counts(cloud)
    assert counts["Co"] == 11227 and counts["Cr"] == 0
    assert cloud.VTKObject.GetNumberOfVerts() == cloud.GetNumberOfPoints() > 20000


def test_overlaps_are_settled_by_order_and_a_warning_names_both():
    ranging = _ranged(RangeFileName="", Ranges=["28.85 29.5 Ni:1", "29.35 29.8 Co:1"])
    with captured_messages() as messages:
        cloud = fetch(ranging)
    assert "Ni" in messages.text and "Co" in messages.text and "overlap" in messages.text
    mass = numpy.asarray(cloud.PointData["MassToCharge"])
    ion = numpy.asarray(cloud.PointData["Ion"])
    both = (mass >= numpy.float32(29.35)) & (mass <= numpy.float32(29.5))
    assert both.any() and (ion[both] == 0).all()


def test_every_real_range_file_is_read():
    for name in sorted(os.listdir(os.path.join(DATA, "ranges"))):
        if name == "LICENSE":
            continue
        ranging = _ranged(RangeFileName=os.path.join(DATA, "ranges", name))
        with captured_messages() as messages:
            counts = _counts(fetch(ranging))
        assert "ERROR" not in messages.text, messages.text
        assert sum(counts.values()) == 39944 and len(counts) > 2, name


def test_what_is_missing_is_said():
    assert "no ranges" in error_of(_ranged(RangeFileName="").UpdatePipeline)
    text = error_of(_ranged(RangeFileName="/nowhere/ranges.rrng").UpdatePipeline)
    assert "/nowhere/ranges.rrng" in text
    with tempfile.NamedTemporaryFile(suffix=".rrng") as file:
        assert file.name in error_of(_ranged(RangeFileName=file.name).UpdatePipeline)
    reader = AtomProbeReader(FileName=COCRNI)
    reader.PointArrays = []
    text = error_of(IonRanging(Input=reader, RangeFileName=COCRNI_RANGES).UpdatePipeline)
    assert "MassToCharge" in text


run_all(globals())
