# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
import numpy

from harness import column, error_of, fetch, run_all
from paraview.simple import (
    CreateView, IonClusterSearch, OutputPort, Show, SizeDistributionComparison, SyntheticSpecimen,
)


def _search(fraction, seed):
    return IonClusterSearch(
        Input=SyntheticSpecimen(EdgeLength=12, DomainFraction=fraction, Seed=seed), Ions=["Li"],
        MaximumSeparation=0.4, MinimumSize=2)


def _comparison(searches):
    return SizeDistributionComparison(
        Input=[OutputPort(search, 1) for search in searches],
        Names=["Domains", "None", "None again"])


def _three():
    return _comparison([_search(0.2, 1), _search(0, 2), _search(0, 3)])


def test_domains_differ_from_their_absence_and_that_agrees_with_itself():
    table = fetch(_three(), 1)
    assert list(zip(column(table, "First"), column(table, "Second"))) == [
        ("Domains", "None"), ("Domains", "None again"), ("None", "None again")]
    mu, p = column(table, "Mu"), column(table, "PValue")
    assert mu[0] > 0.1 and mu[1] > 0.1 and mu[2] < mu[0] / 2, mu
    assert p[0] < 1e-6 and p[1] < 1e-6 and p[2] > 1e-3, p


def test_distributions_count_every_cluster():
    domains = _search(0.2, 1)
    table = fetch(_comparison([domains, _search(0, 2)]))
    sizes = column(table, "bin_extents")
    counts = column(table, "Domains clusters")
    clusters = fetch(domains, 1)
    expected = dict(zip(*numpy.unique(column(clusters, "Ions"), return_counts=True)))
    assert {s: c for s, c in zip(sizes, counts) if c} == expected
    assert abs(sum(column(table, "None frequency")) - 1) < 1e-12


def test_opens_in_the_chart_with_the_size_as_x_axis():
    display = Show(_three(), CreateView("XYChartView"))
    assert display.XArrayName == "bin_extents"


def test_one_input_is_an_error():
    comparison = SizeDistributionComparison(Input=[OutputPort(_search(0.2, 1), 1)])
    assert "2 or more cluster tables" in error_of(comparison.UpdatePipeline)


run_all(globals())
