# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
import numpy

from harness import COCRNI, COCRNI_COUNTS, COCRNI_RANGES, error_of, fetch, run_all
import atomprobe
from paraview.simple import AtomProbeReader, IonRanging, IonShuffle, SyntheticSpecimen


def _ranged():
    return IonRanging(Input=AtomProbeReader(FileName=COCRNI), RangeFileName=COCRNI_RANGES)


def _arrays(cloud):
    return {name: numpy.asarray(cloud.PointData[name]) for name in cloud.PointData.keys()}


def test_identities_move_and_positions_stay():
    before, after = fetch(_ranged()), fetch(IonShuffle(Input=_ranged()))
    assert numpy.array_equal(before.Points, after.Points)
    old, new = _arrays(before), _arrays(after)
    assert sorted(old) == sorted(new)
    unranged = old["Ion"] < 0
    assert numpy.array_equal(new["Ion"][unranged], old["Ion"][unranged])
    assert numpy.array_equal(new["MassToCharge"][unranged], old["MassToCharge"][unranged])
    assert (new["Ion"] != old["Ion"]).sum() > 20000
    # Both arrays by one permutation: each ratio keeps its ion.
    pairs = lambda arrays: sorted(zip(arrays["MassToCharge"], arrays["Ion"]))
    assert pairs(old) == pairs(new)
    assert atomprobe.ion_counts(IonShuffle(Input=_ranged())) == COCRNI_COUNTS


def test_the_truth_stays_and_classes_keep_their_composition():
    source = SyntheticSpecimen(EdgeLength=8)
    old = _arrays(fetch(source))
    new = _arrays(fetch(IonShuffle(Input=source, WithinClasses=1, ClassArray="Phase")))
    assert numpy.array_equal(old["Phase"], new["Phase"])
    assert numpy.array_equal(old["Domain"], new["Domain"])
    for phase in (0, 1):
        part = old["Phase"] == phase
        assert numpy.array_equal(numpy.bincount(old["Ion"][part]), numpy.bincount(new["Ion"][part]))
        assert (old["Ion"][part] != new["Ion"][part]).any()
    whole = _arrays(fetch(IonShuffle(Input=source)))
    lithium = lambda arrays: (arrays["Ion"][arrays["Phase"] == 1] == 1).mean()
    assert lithium(whole) < 0.8 * lithium(old)


def test_seeds():
    shuffle = IonShuffle(Input=_ranged())
    one = numpy.array(fetch(shuffle).PointData["Ion"])
    assert numpy.array_equal(one, fetch(IonShuffle(Input=_ranged(), Seed=1)).PointData["Ion"])
    shuffle.Seed = 2
    cloud = fetch(shuffle)
    assert not numpy.array_equal(one, cloud.PointData["Ion"])
    assert cloud.FieldData["ShuffleSeed"][0] == 2


def test_mistakes_are_one_sentence():
    assert "Ion Ranging" in error_of(IonShuffle(Input=AtomProbeReader(FileName=COCRNI)).UpdatePipeline)
    shuffle = IonShuffle(Input=_ranged(), WithinClasses=1, ClassArray="Colour")
    assert "Colour" in error_of(shuffle.UpdatePipeline)


run_all(globals())
