# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""What users feed to filters by mistake: each ends in one clear sentence, or in an empty or plain answer."""

import time

from harness import captured_messages, error_of, fetch, run_all
from paraview.simple import (
    CompositionGrid, IonClusterSearch, IonDensityMap, IonShuffle, NeighbourDistribution, ProgrammableFilter,
    Proxigram, SpatialDistributionMap, Sphere, SyntheticSpecimen,
)


def _cloud(points, ions):
    """Ions (0 Al, 1 Li) at points, all of them ordered."""
    return ProgrammableFilter(
        Input=SyntheticSpecimen(EdgeLength=5), OutputDataSetType="vtkPolyData", Script="import numpy\n"
        "points = numpy.asarray(%s, 'float32').reshape(-1, 3)\n"
        "output.Points = points\n"
        "output.PointData.append(numpy.asarray(%s, 'int16'), 'Ion')\n"
        "output.PointData.append(numpy.ones(len(points), 'int8'), 'Ordered')\n"
        "output.VTKObject.GetFieldData().ShallowCopy(inputs[0].VTKObject.GetFieldData())\n" % (points, ions))


def _empty():
    return _cloud("numpy.zeros((0, 3))", "numpy.zeros(0)")


def _one():
    return _cloud("[1, 2, 3]", "[1]")


def _same():
    return _cloud("numpy.ones((1000, 3))", "numpy.arange(1000) % 2")


def _not_a_number(value="numpy.nan"):
    return _cloud("[[0, 0, 0], [1, %s, 1], [.3, .3, .2]]" % value, "[1, 0, 1]")


# Of each filter of this kind, by name; with all that it can be asked to do.
FILTERS = {
    "z-SDM": lambda ions: SpatialDistributionMap(Input=ions, AllPairs=1),
    "xy-SDM": lambda ions: SpatialDistributionMap(Input=ions, Mode="XY", BinWidth=0.1),
    "3-D SDM": lambda ions: SpatialDistributionMap(Input=ions, Mode="XYZ", BinWidth=0.2),
    "SDM of one class": lambda ions: SpatialDistributionMap(
        Input=ions, IonClass="Ordered", Normalisation="RelativeToShuffled"),
    "maximum separation": lambda ions: IonClusterSearch(
        Input=ions, Order=3, EnvelopeDistance=0.5, ErosionDistance=0.2, Sweep=1, SweepSizeSteps=2),
    "DBSCAN": lambda ions: IonClusterSearch(Input=ions, Method="DBSCAN", OnlyOrdered=1),
    "shuffle": lambda ions: IonShuffle(Input=ions),
    "grid": lambda ions: CompositionGrid(Input=ions, MinimumCount=1),
    "proxigram": lambda ions: Proxigram(Input=ions, Surface=Sphere(Radius=2), OnlyTwoSided=0),
    "profile": lambda ions: Proxigram(Input=ions, Mode="Z"),
    "map": lambda ions: IonDensityMap(Input=ions),
    "ratio map": lambda ions: IonDensityMap(Input=ions, IonClass="Ordered", Smoothing=0.2),
    "neighbours": lambda ions: NeighbourDistribution(Input=ions, NumberOfControls=2),
}

# What is said; nothing where there is an answer.
EMPTY = {
    "grid": "the input has no ions", "proxigram": "the input has no ions",
    "profile": "the input has no ions", "map": "there is no ion to map",
    "ratio map": "there is no ion to map", "neighbours": "there are no ions to look at",
}
ONE = {"neighbours": "a single ion"}
NOT_A_NUMBER = dict(
    {name: "y of ion 1 is nan" for name in FILTERS if name != "shuffle"},
    **{name: "position of ion 1 is not finite" for name in ("map", "ratio map")})


def _check(make_ions, sentences, size):
    for name, make in FILTERS.items():
        with captured_messages() as messages:
            result = make(make_ions())
            result.UpdatePipeline()
        errors = messages.text.count("ERROR:")
        if name in sentences:
            assert errors == 1 and sentences[name] in messages.text, (name, messages.text)
        else:
            assert errors == 0, (name, messages.text)
            output = fetch(result)
            if name in ("maximum separation", "DBSCAN", "shuffle"):
                assert output.GetNumberOfPoints() == size, name


def test_no_ions():
    _check(_empty, EMPTY, 0)


def test_one_ion():
    _check(_one, ONE, 1)


def test_all_ions_in_one_place():
    _check(_same, {}, 1000)


def test_positions_that_are_no_numbers():
    _check(_not_a_number, NOT_A_NUMBER, 3)
    _check(lambda: _not_a_number("-numpy.inf"),
           {name: text.replace("is nan", "is -inf") for name, text in NOT_A_NUMBER.items()}, 3)


def test_unknown_ions():
    ions = SyntheticSpecimen(EdgeLength=5)
    for make in (
        lambda: SpatialDistributionMap(Input=ions, CentreIon="Xx"),
        lambda: SpatialDistributionMap(Input=ions, NeighbourIon="Xx"),
        lambda: IonClusterSearch(Input=ions, Ions=["Li", "Xx"]),
        lambda: CompositionGrid(Input=ions, Ions=["Xx"]),
        lambda: CompositionGrid(Input=ions, ReferenceIons=["Xx"]),
        lambda: Proxigram(Input=ions, Mode="Z", Ions=["Xx"]),
        lambda: Proxigram(Input=ions, Surface=Sphere(Radius=1), DividingSurface="NoExcess",
                          DividingIon="Xx", MaximumDistance=2),
        lambda: IonDensityMap(Input=ions, Ions=["Xx"]),
        lambda: IonDensityMap(Input=ions, ReferenceIons=["Xx"]),
        lambda: NeighbourDistribution(Input=ions, CentreIons=["Xx"]),
        lambda: NeighbourDistribution(Input=ions, NeighbourIons=["Xx"]),
    ):
        text = error_of(make().UpdatePipeline)
        assert '"Xx"' in text and "Al, Li, Mg" in text, text


def test_reaching_from_every_ion_to_every_other_is_refused_with_an_estimate():
    ions = SyntheticSpecimen(EdgeLength=20, DomainFraction=0)
    ions.UpdatePipeline()
    far = 100
    for make in (
        lambda: SpatialDistributionMap(
            Input=ions, LateralRadius=far, MaximumDistance=far, BinWidth=1),
        lambda: IonClusterSearch(Input=ions, Ions=["Li"], EnvelopeDistance=far),
        lambda: IonClusterSearch(Input=ions, Ions=["Li"], ErosionDistance=far),
        lambda: IonClusterSearch(
            Input=ions, Sweep=1, SweepSeparationRange=[1, far], SweepSeparationSteps=2),
        lambda: NeighbourDistribution(Input=ions, MaximumDistance=far, BinWidth=1),
    ):
        began = time.time()
        text = error_of(make().UpdatePipeline)
        assert "pairs" in text and "about" in text, text
        assert time.time() - began < 60, text
    # Images that would not fit are refused too.
    for make in (
        lambda: CompositionGrid(Input=ions, VoxelSize=1e-3),
        lambda: IonDensityMap(Input=ions, PixelSize=1e-3),
        lambda: SpatialDistributionMap(Input=ions, Mode="XYZ", BinWidth=1e-3),
    ):
        assert "allowed" in error_of(make().UpdatePipeline)
    # A search for clusters does not look at pairs: it may link all with all.
    search = IonClusterSearch(Input=ions, MaximumSeparation=far)
    assert fetch(search, 1).GetNumberOfRows() == 1


run_all(globals())
