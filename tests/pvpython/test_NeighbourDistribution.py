# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Neighbour Distribution through the loaded plugin: real data, synthetic data, mistakes."""

import os
import tempfile

import numpy

from harness import (
    COCRNI, COCRNI_COUNTS, COCRNI_RANGES, captured_messages, column, error_of, fetch, run_all,
)
from paraview.simple import (
    AtomProbeReader, CreateView, IonRanging, IonShuffle, NeighbourDistribution, Show,
    SyntheticSpecimen, Threshold,
)

RANGED = sum(COCRNI_COUNTS.values()) - COCRNI_COUNTS["unranged"]


def _ranged():
    return IonRanging(Input=AtomProbeReader(FileName=COCRNI), RangeFileName=COCRNI_RANGES)


def _numbers(proxy, port, name):
    return numpy.array(column(fetch(proxy, port), name), float)


def _field(table, name):
    return table.VTKObject.GetFieldData().GetAbstractArray(name).GetValue(0)


def test_counts_are_those_of_all_pairs():
    source = _ranged()
    cloud = fetch(source)
    ion = numpy.asarray(cloud.PointData["Ion"])
    points = numpy.asarray(cloud.Points).astype(float)
    filter = NeighbourDistribution(
        Input=source, CentreIons=["H"], NeighbourIons=["Co", "Ni"], NumberOfControls=0, BinWidth=0.1)
    centres, others = points[ion == 3], points[(ion == 1) | (ion == 2)]
    squared = ((centres[:, None] - others[None]) ** 2).sum(2)
    distances = numpy.sqrt(numpy.partition(squared, 3, axis=1)[:, :3])
    distances.sort(axis=1)
    mean = _numbers(filter, 3, "MeanDistance (nm)")
    assert numpy.allclose(mean, distances.mean(0), rtol=1e-6)
    counts = fetch(filter, 2)
    near = numpy.sqrt(squared[squared < 4.5])
    expected = numpy.histogram(near, numpy.arange(21) * 0.1)[0]
    assert abs(_numbers(filter, 2, "Pairs") - expected).sum() < 3  # rounding, at edges of bins
    assert (_field(counts, "Centres"), _field(counts, "Neighbours"), _field(counts, "Ions")) == (
        len(centres), len(others), RANGED)
    share = _numbers(filter, 0, "Neighbour1 (1/nm)").sum() * 0.1
    beyond = column(fetch(filter, 3), "Beyond")[0]
    assert abs(share - (1 - beyond / len(centres))) < 1e-9
    assert numpy.isnan(_numbers(filter, 1, "PairCorrelationControl")).all()


def test_ordered_domains_stand_out_from_the_control_and_shuffled_ions_do_not():
    source = SyntheticSpecimen(
        EdgeLength=12, DomainFraction=0.3, DetectionEfficiencyRange=[1, 1],
        LateralNoiseRange=[0.02, 0.02], DepthNoiseRange=[0.02, 0.02])
    options = dict(CentreIons=["Li"], NeighbourIons=["Li"], BinWidth=0.05, MaximumDistance=1)

    def deviation(source):
        filter = NeighbourDistribution(Input=source, **options)
        g = _numbers(filter, 1, "PairCorrelation")
        control = _numbers(filter, 1, "PairCorrelationControl")
        spread = _numbers(filter, 1, "PairCorrelationControlDeviation")
        known = ~numpy.isnan(g) & (spread > 0) & (_numbers(filter, 2, "Pairs") > 500)
        assert known.sum() > 5 and abs(control[known] - 1).max() < 0.1
        return ((g - control) / spread)[known]

    # Lithium at second neighbours of lithium, 0.405 nm, more than chance.
    assert deviation(source).max() > 10
    assert abs(deviation(IonShuffle(Input=source, Seed=99))).max() < 7


def test_the_control_is_that_of_ion_shuffle():
    source = _ranged()
    options = dict(CentreIons=["Cr"], NeighbourIons=["Cr"], MaximumDistance=1)
    filter = NeighbourDistribution(Input=source, NumberOfControls=1, Seed=5, **options)
    shuffled = NeighbourDistribution(
        Input=IonShuffle(Input=source, Seed=5), NumberOfControls=0, **options)
    for port, name in ((0, "Neighbour2%s (1/nm)"), (1, "PairCorrelation%s"),
                       (3, "MeanDistance%s (nm)")):
        assert numpy.allclose(
            _numbers(filter, port, name % "Control"), _numbers(shuffled, port, name % ""),
            equal_nan=True), name


def test_only_interior_centres():
    source = SyntheticSpecimen(EdgeLength=10)
    every = NeighbourDistribution(Input=source, MaximumDistance=1.5)
    inside = NeighbourDistribution(Input=source, MaximumDistance=1.5, OnlyInteriorCentres=1)
    assert _field(fetch(inside), "Centres") < 0.5 * _field(fetch(every), "Centres")
    # Those at the surface have fewer neighbours.
    assert _numbers(inside, 2, "Density (1/nm3)")[-5:].mean() > 1.1 * _numbers(
        every, 2, "Density (1/nm3)")[-5:].mean()
    assert abs(_numbers(inside, 1, "RadialDistribution")[-20:].mean() - 1) < 0.03


def test_opens_in_the_chart_with_the_distance_as_x_axis():
    view = CreateView("XYChartView")
    display = Show(NeighbourDistribution(Input=_ranged(), MaximumDistance=1), view)
    assert display.XArrayName == "bin_extents" and display.UseIndexForXAxis == 0
    assert "Neighbour1Control (1/nm)" in list(display.SeriesVisibility)


def test_mistakes_are_one_sentence():
    reader = AtomProbeReader(FileName=COCRNI)
    filter = NeighbourDistribution(Input=reader, MaximumDistance=0.5)
    assert fetch(filter).GetNumberOfRows() == 25 and _field(fetch(filter), "Ions") == 39944
    filter = NeighbourDistribution(Input=reader, CentreIons=["Ni"])
    assert "Ion Ranging" in error_of(filter.UpdatePipeline)
    for change, sentence in (
        (dict(NeighbourIons=["Ti"]), "Cr, Ni, Co, H"),
        (dict(BinWidth=0), "bin width is 0"),
        (dict(MaximumDistance=-1), "maximum distance is -1"),
        (dict(MaximumDistance=1e4, BinWidth=10, MaximumPairs=1e8), "allow more pairs"),
        (dict(MaximumDistance=1e9), "bin width is"),
        (dict(OnlyInteriorCentres=1, MaximumDistance=15), "from the surface"),
        (dict(NumberOfNeighbours=0), "number of neighbours is 0"),
        (dict(NumberOfControls=-1), "number of controls is -1"),
    ):
        filter = NeighbourDistribution(Input=_ranged(), **change)
        assert sentence in error_of(filter.UpdatePipeline), (change, sentence)
        assert fetch(filter).GetNumberOfRows() == 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "one.pos")
        numpy.arange(4, dtype=">f4").tofile(path)
        assert "single ion" in error_of(
            NeighbourDistribution(Input=AtomProbeReader(FileName=path)).UpdatePipeline)
        numpy.array([[1, 2, 3, 4]] * 20, ">f4").tofile(path)
        same = NeighbourDistribution(Input=AtomProbeReader(FileName=path))
        assert column(fetch(same, 2), "Pairs")[0] == 20 * 19
        data = numpy.ones((20, 4), ">f4")
        data[7, 1] = numpy.nan
        data.tofile(path)
        with captured_messages() as messages:
            NeighbourDistribution(
                Input=AtomProbeReader(FileName=path, KeepNonFinite=1)).UpdatePipeline()
        assert messages.text.count("ERROR:") == 1 and "7" in messages.text, messages.text
    nothing = Threshold(Input=_ranged(), Scalars=["POINTS", "Ion"], LowerThreshold=90, UpperThreshold=91)
    assert "no ions" in error_of(NeighbourDistribution(Input=nothing).UpdatePipeline)


run_all(globals())
