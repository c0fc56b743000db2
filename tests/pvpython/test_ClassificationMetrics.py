# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
import numpy

from harness import captured_messages, column, error_of, fetch, run_all
from paraview import servermanager
from paraview.simple import (
    Calculator, ClassificationMetrics, CreateView, GroupDatasets, OutputPort,
    PassArrays, ProgrammableFilter, RedistributeDataSet, Show, SyntheticSpecimen,
)

# Uniform in (0, 1), a function of the position: the same on any number of ranks.
NOISE = "abs(sin(coordsX*12.9898+coordsY*78.233+coordsZ*37.719)*43758.5453)"
NOISE = "(%s-floor(%s))" % (NOISE, NOISE)
# The score of an ordered ion has the density 2p, of another 2(1-p): an AUC of 5/6.
SCORE = "if(Phase==1, sqrt(%s), 1-sqrt(1-%s))" % (NOISE, NOISE)


def _scored(ions, function=SCORE, name="OrderedProbability"):
    return Calculator(Input=ions, ResultArrayName=name, Function=function)


def _specimen(**properties):
    return SyntheticSpecimen(**dict({"EdgeLength": 14, "Seed": 5}, **properties))


def _row(metrics, port=0, row=0):
    """The row of a table as a dictionary."""
    table = fetch(metrics, port).VTKObject
    return {
        table.GetColumnName(i): table.GetColumn(i).GetValue(row)
        for i in range(table.GetNumberOfColumns())
    }


def _blocks(metrics, port):
    metrics.UpdatePipeline()
    data = servermanager.Fetch(metrics, idx=port)
    return {
        data.GetMetaData(i).Get(data.NAME()): data.GetBlock(i)
        for i in range(data.GetNumberOfBlocks())
    }


def _values(table, name):
    array = table.GetColumnByName(name)
    return numpy.array([array.GetValue(i) for i in range(array.GetNumberOfValues())])


def _auc(score, truth):
    """From the ranks, ties sharing theirs."""
    values, inverse, counts = numpy.unique(score, return_inverse=True, return_counts=True)
    ranks = (numpy.cumsum(counts) - (counts - 1) / 2)[inverse]
    positives, negatives = truth.sum(), (~truth).sum()
    return (ranks[truth].sum() - positives * (positives + 1) / 2) / positives / negatives


def test_the_summary_is_that_of_numpy():
    ions = _scored(_specimen())
    cloud = fetch(ions)
    score = numpy.asarray(cloud.PointData["OrderedProbability"]).astype("float32")
    truth = numpy.asarray(cloud.PointData["Phase"]) == 1
    row = _row(ClassificationMetrics(Input=ions))
    assert row["Score"] == "OrderedProbability" and row["Specimens"] == 1
    assert (row["Positives"], row["Negatives"], row["Unknown"]) == (truth.sum(), (~truth).sum(), 0)
    assert abs(row["AUC"] - _auc(score, truth)) < 1e-12
    assert abs(row["AUC"] - 5 / 6) < 0.01
    called = score >= 0.5
    recall, precision = called[truth].mean(), truth[called].mean()
    assert abs(row["Recall"] - recall) < 1e-12 and abs(row["Precision"] - precision) < 1e-12
    assert abs(row["F1"] - 2 * recall * precision / (recall + precision)) < 1e-12
    assert abs(row["BinarisedAUC"] - _auc(called, truth)) < 1e-12
    assert abs(row["BrierScore"] - ((score.astype(float) - truth) ** 2).mean()) < 1e-9
    order = numpy.argsort(-score, kind="stable")
    found = numpy.cumsum(truth[order])
    # Ties are next to none here.
    average = (found / numpy.arange(1, len(score) + 1))[truth[order]].mean()
    assert abs(row["AveragePrecision"] - average) < 1e-4
    # Named after the columns that several specimens add.
    assert "AUCMean" not in row


def test_thresholds_are_a_block_per_score_and_ion():
    ions = _scored(_specimen())
    cloud = fetch(ions)
    score = numpy.asarray(cloud.PointData["OrderedProbability"]).astype("float32")
    truth = numpy.asarray(cloud.PointData["Phase"]) == 1
    ion = numpy.asarray(cloud.PointData["Ion"])
    blocks = _blocks(ClassificationMetrics(Input=ions, NumberOfThresholds=21), 1)
    assert list(blocks) == ["OrderedProbability"] + [
        "OrderedProbability, " + name for name in ("Al", "Li", "Mg")]
    for name, chosen in (("OrderedProbability", ion >= -1), ("OrderedProbability, Li", ion == 1)):
        table = blocks[name]
        thresholds = _values(table, "bin_extents")
        assert numpy.allclose(thresholds, numpy.linspace(0, 1, 21))
        for i in (0, 7, 13):
            called = score[chosen] >= numpy.float32(thresholds[i])
            own = truth[chosen]
            assert abs(_values(table, "Recall")[i] - called[own].mean()) < 1e-12
            assert abs(_values(table, "Precision")[i] - own[called].mean()) < 1e-12
            assert abs(_values(table, "FalsePositiveRate")[i] - called[~own].mean()) < 1e-12


def test_ions_are_judged_at_the_threshold():
    ions = _scored(_specimen())
    cloud = fetch(ions)
    called = numpy.asarray(cloud.PointData["OrderedProbability"]).astype("float32") >= 0.7
    truth = numpy.asarray(cloud.PointData["Phase"]) == 1
    ion = numpy.asarray(cloud.PointData["Ion"])
    table = fetch(ClassificationMetrics(Input=ions, Threshold=0.7), 4)
    assert column(table, "Ion") == ["Al", "Li", "Mg"]
    for i in range(3):
        own = ion == i
        assert column(table, "TruePositives")[i] == (called & truth & own).sum()
        assert column(table, "FalsePositives")[i] == (called & ~truth & own).sum()
        assert abs(column(table, "Recall")[i] - called[truth & own].mean()) < 1e-12


def test_calibration_bins_hold_all_ions():
    ions = _scored(_specimen())
    table = _blocks(ClassificationMetrics(Input=ions, NumberOfCalibrationBins=8), 2)[
        "OrderedProbability"]
    assert numpy.allclose(_values(table, "bin_extents"), (numpy.arange(8) + 0.5) / 8)
    assert abs(_values(table, "Share").sum() - 1) < 1e-12
    observed = _values(table, "Observed")
    assert (_values(table, "ObservedLower") <= observed).all()
    assert (observed <= _values(table, "ObservedUpper")).all()
    # Density 2p against 2(1-p), one in five ordered.
    row = _row(ClassificationMetrics(Input=ions))
    prior = row["Positives"] / (row["Positives"] + row["Negatives"])
    p = _values(table, "MeanScore")
    assert numpy.allclose(observed, prior * p / (prior * p + (1 - prior) * (1 - p)), atol=0.05)


def test_blocks_of_the_network_are_rows():
    ions = _scored(_scored(_scored(_specimen()), "1-" + SCORE, "OrderedProbabilityBlock2"),
                   NOISE, "OrderedProbabilityBlock10")
    metrics = ClassificationMetrics(Input=ions)
    table = fetch(metrics)
    assert column(table, "Score") == [
        "OrderedProbability", "OrderedProbabilityBlock2", "OrderedProbabilityBlock10"]
    aucs = column(table, "AUC")
    assert abs(aucs[0] + aucs[1] - 1) < 1e-6 and abs(aucs[2] - 0.5) < 0.02
    metrics.Scores = ["OrderedProbabilityBlock10"]
    assert column(fetch(metrics), "Score") == ["OrderedProbabilityBlock10"]
    assert set(column(fetch(metrics, 3), "Score")) == {"OrderedProbabilityBlock10"}


def test_no_score_is_chosen_by_itself():
    # Also where the arrays are known when the filter is made.
    ions = _scored(_specimen(EdgeLength=6))
    ions.UpdatePipeline()
    metrics = ClassificationMetrics(Input=ions)
    assert list(metrics.Scores) == [] and list(metrics.OrderedPhases) == [1]
    assert column(fetch(metrics), "Score") == ["OrderedProbability"]


def test_specimens_give_means_with_intervals():
    ions = _scored(_specimen(NumberOfSpecimens=5, EdgeLength=12))
    metrics = ClassificationMetrics(Input=ions)
    specimens = fetch(metrics, 5)
    assert column(specimens, "Specimen") == ["Specimen %d" % i for i in range(1, 6)]
    row = _row(metrics)
    assert row["Specimens"] == 5
    for name in ("AUC", "Recall", "CalibrationError", "RadiusRatio"):
        values = numpy.array(column(specimens, name))
        error = values.std(ddof=1) / 5**0.5
        assert abs(row[name + "Mean"] - values.mean()) < 1e-12
        assert abs(row[name + "StandardError"] - error) < 1e-12
        assert abs(row[name + "Upper"] - values.mean() - 2.7764 * error) < 1e-4
    assert row["AUCLower"] < 5 / 6 < row["AUCUpper"]
    # Pooled over all ions.
    cloud = fetch(ions)
    score = numpy.concatenate(cloud.PointData["OrderedProbability"].Arrays).astype("float32")
    truth = numpy.concatenate(cloud.PointData["Phase"].Arrays) == 1
    assert abs(row["AUC"] - _auc(score, truth)) < 1e-12
    assert sum(column(specimens, "Positives")) == row["Positives"]


def test_pieces_of_a_partitioned_data_set_are_one_specimen():
    ions = _scored(_specimen())
    whole = _row(ClassificationMetrics(Input=ions))
    cut = RedistributeDataSet(Input=ions, NumberOfPartitions=4)
    again = _row(ClassificationMetrics(Input=cut))
    assert again["Specimens"] == 1
    for name in ("AUC", "AveragePrecision", "Positives", "Recall"):
        assert again[name] == whole[name], name
    assert abs(again["RadiusRatio"] - whole["RadiusRatio"]) < 1e-9


def test_domains_are_found_in_the_size_of_the_answer():
    specimen = _specimen(EdgeLength=20, DomainRadiusRange=[2.5, 2.5], DomainFraction=0.1,
                         LateralNoiseRange=[0, 0], DepthNoiseRange=[0, 0],
                         DetectionEfficiencyRange=[1, 1], Shape="Box")
    centres = fetch(ClassificationMetrics(Input=_scored(specimen)), 3)
    inside = [i for i, edge in enumerate(column(centres, "AtEdge")) if not edge]
    assert 2 <= len(inside) < centres.GetNumberOfRows()
    # All ions within 0.78 radii of a domain that is whole, and elsewhere one in ten.
    nearest = "100"
    for i in inside:
        nearest = "min(%s,sqrt((coordsX-(%.9g))^2+(coordsY-(%.9g))^2+(coordsZ-(%.9g))^2))" % (
            (nearest,) + tuple(column(centres, axis)[i] for axis in "XYZ"))
    answer = "if(%s<0.78*2.5, 0.9, if(%s<0.1, 0.8, 0.2))" % (nearest, NOISE)
    metrics = ClassificationMetrics(Input=_scored(specimen, answer))
    row = _row(metrics)
    assert row["WholeDomains"] == len(inside)
    assert abs(row["RadiusRatio"] - 0.78) < 0.02, row["RadiusRatio"]
    assert 0 < row["RadiusRatioErrorOverDomains"] < 0.02
    assert abs(_row(metrics, 5)["BackgroundRate"] - 0.1) < 0.01
    table = fetch(metrics, 3)
    for i in inside:
        assert column(table, "Radius")[i] == 2.5
        assert abs(column(table, "RecoveredRadius")[i] - 0.78 * 2.5) < 0.12
        assert column(table, "GyrationRatio")[i] < 0.9


def test_unknown_ions_are_left_out_and_counted():
    ions = _scored(_specimen())
    some = ProgrammableFilter(Input=ions, Script="""
import numpy
score = numpy.array(inputs[0].PointData['OrderedProbability'], 'float32')
score[::4] = numpy.nan
output.PointData.append(score, 'OrderedProbability')
for name in ('Phase', 'Ion', 'Domain'):
    output.PointData.append(inputs[0].PointData[name], name)
""")
    cloud = fetch(ions)
    score = numpy.asarray(cloud.PointData["OrderedProbability"]).astype("float32")
    truth = numpy.asarray(cloud.PointData["Phase"]) == 1
    known = numpy.arange(len(score)) % 4 != 0
    row = _row(ClassificationMetrics(Input=some))
    assert row["Unknown"] == (~known).sum() and row["Positives"] == truth[known].sum()
    assert abs(row["AUC"] - _auc(score[known], truth[known])) < 1e-12


def test_without_ions_and_domains_there_is_a_summary():
    bare = PassArrays(Input=_scored(_specimen()), PointDataArrays=["OrderedProbability", "Phase"])
    metrics = ClassificationMetrics(Input=bare)
    row = _row(metrics)
    assert abs(row["AUC"] - 5 / 6) < 0.01 and "RadiusRatio" not in row
    for port in (3, 4):
        assert fetch(metrics, port).GetNumberOfRows() == 0
    assert list(_blocks(metrics, 1)) == ["OrderedProbability"]


def test_what_is_missing_is_named():
    specimen = _specimen(EdgeLength=6)
    assert "AtomNet Segmentation" in error_of(ClassificationMetrics(Input=specimen).UpdatePipeline)
    bare = PassArrays(Input=_scored(specimen), PointDataArrays=["OrderedProbability"])
    text = error_of(ClassificationMetrics(Input=bare).UpdatePipeline)
    assert "Phase" in text and "Synthetic Specimen" in text
    metrics = ClassificationMetrics(Input=_scored(specimen), Scores=["Probability"])
    assert "no point array Probability" in error_of(metrics.UpdatePipeline)
    two = GroupDatasets(Input=[_scored(specimen), specimen])
    assert "AtomNet Segmentation" in error_of(ClassificationMetrics(Input=two).UpdatePipeline)
    metrics = ClassificationMetrics(Input=_scored(specimen), OrderedPhases=[1, 300])
    assert "OrderedPhases" in error_of(metrics.UpdatePipeline)


def test_one_class_alone_is_a_warning_and_no_crash():
    ions = _scored(_specimen(EdgeLength=6, DomainFraction=0), NOISE)
    metrics = ClassificationMetrics(Input=ions)
    with captured_messages() as messages:
        metrics.UpdatePipeline()
    assert messages.text.count("not defined") == 1 and "ERROR" not in messages.text
    row = _row(metrics)
    assert numpy.isnan(row["AUC"]) and row["Positives"] == 0 and row["BrierScore"] > 0.2


def test_opens_in_charts_with_the_threshold_as_x_axis():
    metrics = ClassificationMetrics(Input=_scored(_specimen()))
    for port, series in ((1, "Recall (OrderedProbability)"), (2, "Observed (OrderedProbability)")):
        view = CreateView("XYChartView")
        display = Show(OutputPort(metrics, port), view)
        assert display.XArrayName == "bin_extents" and display.UseIndexForXAxis == 0
        assert series in list(display.SeriesVisibility), list(display.SeriesVisibility)


run_all(globals())
