# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
import numpy

from harness import error_of, fetch, run_all
import atomprobe
from paraview.simple import GetColorTransferFunction, IonRanging, Show, SyntheticSpecimen

# Without noise and losses, so that what is asked for can be counted.
PERFECT = dict(
    LateralNoiseRange=[0, 0], DepthNoiseRange=[0, 0], DetectionEfficiencyRange=[1, 1],
)


def _names(cloud):
    array = cloud.VTKObject.GetFieldData().GetAbstractArray("IonNames")
    return [array.GetValue(i) for i in range(array.GetNumberOfValues())]


def _fractions(cloud, mask):
    ion = numpy.asarray(cloud.PointData["Ion"])[mask]
    return {name: float((ion == i).mean()) for i, name in enumerate(_names(cloud))}


def test_gives_ions_with_truth():
    cloud = fetch(SyntheticSpecimen(EdgeLength=12))
    assert sorted(cloud.PointData.keys()) == ["Domain", "Ion", "MassToCharge", "Phase"]
    assert cloud.PointData["Phase"].dtype == numpy.int8
    assert cloud.PointData["Domain"].dtype == numpy.int32
    phase, domain = cloud.PointData["Phase"], cloud.PointData["Domain"]
    assert set(numpy.unique(phase)) == {0, 1}
    assert numpy.array_equal(phase == 1, domain >= 0)
    assert abs((phase == 1).mean() - 0.2) < 0.05
    assert cloud.VTKObject.GetNumberOfVerts() == cloud.GetNumberOfPoints()
    assert _names(cloud)[:1] == ["Al"]


def test_density_is_that_of_the_lattice():
    cloud = fetch(SyntheticSpecimen(EdgeLength=15, **PERFECT))
    assert abs(cloud.GetNumberOfPoints() / (4 * (15 / 0.405) ** 3) - 1) < 0.02
    half = fetch(SyntheticSpecimen(
        EdgeLength=15, **{**PERFECT, "DetectionEfficiencyRange": [0.5, 0.5]}))
    n = cloud.GetNumberOfPoints()
    assert abs(half.GetNumberOfPoints() - n / 2) < 5 * (n / 4) ** 0.5


def test_compositions_are_those_asked_for():
    cloud = fetch(SyntheticSpecimen(EdgeLength=20, **PERFECT))
    matrix = _fractions(cloud, numpy.asarray(cloud.PointData["Phase"]) == 0)
    domains = _fractions(cloud, numpy.asarray(cloud.PointData["Phase"]) == 1)
    assert abs(matrix["Li"] - 0.05) < 0.005 and abs(matrix["Al"] - 0.90) < 0.005
    assert abs(domains["Li"] - 0.86 / 4) < 0.01


def test_presets_fill_the_panel_but_leave_what_the_user_has_set():
    source = SyntheticSpecimen()
    assert source.LatticeParameter == 0.405
    source.EdgeLength = 17
    source.Preset = "Au-Cu L1_0"
    assert source.LatticeParameter == 0.39 and source.Structure == "L1_0"
    assert list(source.DomainRadiusRange) == [0.8, 1.2] and source.EdgeLength == 17
    source.Preset = "Co superalloy L1_2"
    assert source.LatticeParameter == 0.3587 and "Ta" in source.MatrixComposition
    # In whatever order a script says it.
    source = SyntheticSpecimen(DomainRadiusRange=[1.1, 1.3], Preset="Au-Cu L1_0")
    assert list(source.DomainRadiusRange) == [1.1, 1.3] and source.LatticeParameter == 0.39
    source.Preset = "Custom"
    assert source.LatticeParameter == 0.39


def test_the_three_alloys_have_their_ions():
    for preset, ions in (
        ("Al-Li-Mg L1_2", {"Al", "Li", "Mg"}),
        ("Au-Cu L1_0", {"Au", "Cu"}),
        ("Co superalloy L1_2", {"Co", "Ni", "Al", "W", "Ti", "Ta"}),
    ):
        cloud = fetch(SyntheticSpecimen(Preset=preset, EdgeLength=8))
        assert set(_names(cloud)) == ions, preset
        assert (numpy.asarray(cloud.PointData["Ion"]) >= 0).all()


def test_ranging_gives_the_ions_again():
    for preset in ("Al-Li-Mg L1_2", "Au-Cu L1_0", "Co superalloy L1_2"):
        source = SyntheticSpecimen(Preset=preset, EdgeLength=10)
        before, after = fetch(source), fetch(IonRanging(Input=source))
        assert numpy.array_equal(before.PointData["Ion"], after.PointData["Ion"]), preset
        assert atomprobe.ion_counts(source)["unranged"] == 0


def test_custom_lattices_and_structures():
    for lattice, a, structure, sublattices, sites in (
        ("BCC", 0.29, "B2", ("Fe 1", "Al 1", ""), 2 / 0.29**3),
        ("BCC", 0.29, "D0_3", ("Fe 1", "Fe 1", "Al 1"), 2 / 0.29**3),
        ("HCP", 0.29, "D0_19", ("Ti 1", "Al 1", ""), 4 / (3**0.5 * 1.6 * 0.29**3)),
        ("FCC", 0.36, "L1_0", ("Cu 1", "Au 1", ""), 4 / 0.36**3),
    ):
        source = SyntheticSpecimen(
            Preset="Custom", Lattice=lattice, LatticeParameter=a, AxialRatio=1.6,
            Structure=structure, MatrixComposition="Fe 0.5, Al 0.5", SublatticeA=sublattices[0],
            SublatticeB=sublattices[1], SublatticeC=sublattices[2], EdgeLength=12, **PERFECT)
        cloud = fetch(source)
        assert abs(cloud.GetNumberOfPoints() / (sites * 12**3) - 1) < 0.03, structure
        assert (numpy.asarray(cloud.PointData["Phase"]) == 1).any()


def test_faults_are_labelled():
    source = SyntheticSpecimen(
        Preset="Co superalloy L1_2", PlanarFault="Intrinsic stacking fault", FaultCount=2,
        EdgeLength=15, DomainFraction=0, **PERFECT)
    phase = numpy.asarray(fetch(source).PointData["Phase"])
    share = (phase == 2).mean()
    assert set(numpy.unique(phase)) == {0, 2} and 0.02 < share < 0.2, share


def test_shapes_bound_the_ions():
    arguments = dict(EdgeLength=12, Height=20, **PERFECT)
    for shape in ("Box", "Cylinder", "Needle"):
        points = numpy.asarray(fetch(SyntheticSpecimen(Shape=shape, **arguments)).Points)
        radius = numpy.hypot(points[:, 0], points[:, 1])
        assert points[:, 2].max() - points[:, 2].min() <= 20.001
        if shape != "Box":
            assert radius.max() <= 6.001
        if shape == "Needle":
            thirds = numpy.array_split(radius[numpy.argsort(points[:, 2])], 3)
            widths = [third.max() for third in thirds]
            assert min(widths[0], widths[2]) < max(widths[0], widths[2]) - 0.3


def test_several_specimens_are_named_blocks():
    source = SyntheticSpecimen(
        NumberOfSpecimens=10, EdgeLength=6, DomainRadiusRange=[1, 1], ValidationFraction=0.2,
        TestFraction=0.1)
    data = fetch(source).VTKObject
    assert data.IsA("vtkMultiBlockDataSet") and data.GetNumberOfBlocks() == 10
    names = [data.GetMetaData(i).Get(data.NAME()) for i in range(10)]
    assert names == ["Training %d" % i for i in range(1, 8)] + [
        "Validation 1", "Validation 2", "Test 1"]
    sizes = [data.GetBlock(i).GetNumberOfPoints() for i in range(10)]
    assert len(set(sizes)) == 10, "each specimen draws its own efficiency"
    source.ValidationFraction = source.TestFraction = 0
    data = fetch(source).VTKObject
    assert data.GetMetaData(0).Get(data.NAME()) == "Specimen 1"
    source.NumberOfSpecimens = 1
    assert fetch(source).VTKObject.IsA("vtkPolyData")


def test_filters_take_several_specimens_block_by_block():
    source = SyntheticSpecimen(NumberOfSpecimens=3, EdgeLength=6, DomainRadiusRange=[1, 1])
    data = fetch(source).VTKObject
    total = sum(data.GetBlock(i).GetNumberOfPoints() for i in range(3))
    ranged = IonRanging(Input=source)
    blocks = fetch(ranged).VTKObject
    assert blocks.GetNumberOfBlocks() == 3
    counts = atomprobe.ion_counts(ranged)
    assert sum(counts.values()) == total and counts["unranged"] == 0, counts


def test_the_seed_decides():
    def points(**arguments):
        return numpy.asarray(fetch(SyntheticSpecimen(EdgeLength=8, **arguments)).Points)

    assert numpy.array_equal(points(Seed=5), points(Seed=5))
    assert points(Seed=5).shape != points(Seed=6).shape


def test_records_how_to_make_it_again():
    field = fetch(SyntheticSpecimen(EdgeLength=9, Seed=3)).VTKObject.GetFieldData()
    recipe = field.GetAbstractArray("Recipe")
    lines = [recipe.GetValue(i) for i in range(recipe.GetNumberOfValues())]
    assert "EdgeLength=9" in lines and "Seed=3" in lines and "LatticeParameter=0.405" in lines
    assert 0.4 <= field.GetArray("DetectionEfficiency").GetValue(0) <= 0.8
    assert field.GetArray("Rotation").GetNumberOfTuples() == 9


def test_colours_and_names_reach_the_view():
    Show(SyntheticSpecimen(EdgeLength=6, DomainRadiusRange=[1, 1]))
    annotations = list(GetColorTransferFunction("Ion").Annotations)
    assert annotations[1::2][:2] == ["Al", "Li"], annotations


def test_impossible_requests_name_the_property():
    for arguments, words in (
        (dict(DomainRadiusRange=[6, 6], EdgeLength=10), ["DomainRadiusRange", "6"]),
        (dict(DomainFraction=0.9), ["DomainFraction", "0.9"]),
        (dict(MatrixComposition="Al 0.5, Li 0.4"), ["MatrixComposition", "0.9"]),
        (dict(MatrixComposition="Al half"), ["MatrixComposition", "Al half"]),
        (dict(LateralNoiseRange=[-0.1, 0.2]), ["LateralNoiseRange", "-0.1"]),
        (dict(DetectionEfficiencyRange=[0, 0]), ["DetectionEfficiencyRange", "0"]),
        (dict(DepthNoiseRange=[0.2, 0.1]), ["DepthNoiseRange"]),
        (dict(Lattice="BCC"), ["Structure"]),
        (dict(NumberOfSpecimens=0), ["NumberOfSpecimens", "0"]),
    ):
        source = SyntheticSpecimen()
        source.SMProxy.UpdateVTKObjects()
        for name, value in arguments.items():
            setattr(source, name, value)
        text = error_of(source.UpdatePipeline)
        for word in words:
            assert word in text, (arguments, text)


run_all(globals())
