# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
import numpy

from harness import (
    COCRNI, COCRNI_COUNTS, COCRNI_RANGES, captured_messages, column, error_of, fetch, run_all,
)
from paraview.simple import (
    AtomProbeReader, Calculator, CompositionGrid, Contour, CreateView, Delete, IonRanging,
    MassSpectrum, ProgrammableFilter, Render, Show, Slice, SyntheticSpecimen, Threshold,
)


def _ranged():
    return IonRanging(Input=AtomProbeReader(FileName=COCRNI), RangeFileName=COCRNI_RANGES)


def _specimen(**properties):
    return SyntheticSpecimen(EdgeLength=8, Seed=3, **properties)


def _array(image, name):
    """Indexed by z, y, x."""
    return numpy.asarray(image.PointData[name], float).reshape(
        image.VTKObject.GetDimensions()[::-1])


def _by_hand(points, size, widths, extent):
    """Both passes with numpy: counts indexed by z, y, x."""
    grid = numpy.zeros([extent[1] - extent[0] + 1, extent[3] - extent[2] + 1,
                        extent[5] - extent[4] + 1])
    at = points.astype(float) / size
    below = numpy.floor(at).astype(int)
    part = at - below
    for corner in numpy.ndindex(2, 2, 2):
        weight = numpy.prod(numpy.where(corner, part, 1 - part), axis=1)
        numpy.add.at(grid, tuple((below + corner - extent[0::2]).T), weight)
    for axis, width in enumerate(widths):
        reach = int(width / size + 1e-6)
        offsets = numpy.arange(-reach, reach + 1) * size
        kernel = numpy.exp(-0.5 * (offsets * 3 / width) ** 2) if width else numpy.ones(1)
        grid = numpy.apply_along_axis(numpy.convolve, axis, grid, kernel / kernel.sum(), "same")
    return grid.transpose(2, 1, 0)


def test_composition_is_that_of_numpy():
    source = _specimen()
    cloud = fetch(source)
    ion = numpy.asarray(cloud.PointData["Ion"])
    image = fetch(CompositionGrid(
        Input=source, VoxelSize=0.6, Delocalisation=[2, 1.5, 0], MinimumCount=0, Counts=1))
    extent = numpy.array(image.VTKObject.GetExtent())
    assert image.VTKObject.GetSpacing() == (0.6, 0.6, 0.6)
    assert image.VTKObject.GetOrigin() == (0, 0, 0)
    whole = _by_hand(cloud.Points, 0.6, [2, 1.5, 0], extent)
    assert abs(_array(image, "Count") - whole).max() < 0.05
    for number, name in enumerate(("Al", "Li", "Mg")):
        counts = _by_hand(cloud.Points[ion == number], 0.6, [2, 1.5, 0], extent)
        assert abs(_array(image, "Count_" + name) - counts).max() < 0.05
        assert abs(_array(image, "Count_" + name).sum() - (ion == number).sum()) < 0.01
        inside = whole > 1
        percent = _array(image, "AtomicPercent_" + name)[inside]
        assert abs(percent - 100 * (counts / numpy.maximum(whole, 1))[inside]).max() < 1
        assert (_array(image, "AtomicPercentError_" + name)[inside] < 30).all()


def test_every_ion_is_counted_once_in_real_data():
    image = fetch(CompositionGrid(Input=_ranged(), Counts=1, Decompose=0))
    for name in ("Cr", "Ni", "Co", "H"):
        assert abs(_array(image, "Count_" + name).sum() - COCRNI_COUNTS[name]) < 0.05, name
    ranged = sum(COCRNI_COUNTS.values()) - COCRNI_COUNTS["unranged"]
    assert abs(_array(image, "Count").sum() - ranged) < 0.1
    names = [name for name in image.PointData.keys() if name.startswith("IonicPercent_")]
    assert names == ["IonicPercent_" + name for name in ("Cr", "Ni", "Co", "H")]
    total = sum(_array(image, name) for name in names)
    filled = total > 0
    assert filled.any() and not filled.all() and abs(total[filled] - 100).max() < 1e-3


def test_elements_are_those_of_the_mass_spectrum():
    # Ranges H:1 and H:2 are one ion, H, of one or two atoms.
    source = _ranged()
    elements = fetch(MassSpectrum(Input=source), 2)
    image = fetch(CompositionGrid(Input=source, Counts=1))
    for name, count in zip(column(elements, "Element"), column(elements, "Count")):
        assert abs(_array(image, "Count_" + name).sum() - count) < 0.05, name


def test_contour_makes_the_isosurface_of_a_ball():
    # A ball of 3 nm of one kind in a cube of another, evenly filled.
    source = ProgrammableFilter(Input=_specimen(), OutputDataSetType="vtkPolyData", Script="""
from vtkmodules.numpy_interface import dataset_adapter
import numpy
random = numpy.random.default_rng(1)
points = random.uniform(-6, 6, (60000, 3)).astype("float32")
inside = (points ** 2).sum(1) < 9
output.Points = points
output.PointData.append(inside.astype("int16"), "Ion")
output.VTKObject.GetFieldData().ShallowCopy(inputs[0].VTKObject.GetFieldData())
""")
    grid = CompositionGrid(Input=source, Ions=["Li"], Delocalisation=[1.5, 1.5, 1.5])
    surface = Contour(Input=grid, ContourBy=["POINTS", "AtomicPercent_Li"], Isosurfaces=[50])
    cloud = fetch(surface)
    radius = numpy.sqrt((numpy.asarray(cloud.Points, float) ** 2).sum(1))
    assert len(radius) > 300
    # Smoothing (0.53 nm) draws a curved surface inwards by about σ² / R.
    assert abs(radius.mean() - (3 - 0.53**2 / 3)) < 0.05 and radius.std() < 0.1, radius.mean()
    # Normals point from more to less.
    normals = numpy.asarray(cloud.PointData["Normals"], float)
    assert ((normals * cloud.Points).sum(1) > 0).mean() > 0.99


def test_the_image_follows_its_parameters_and_its_input():
    source = _specimen()
    grid = CompositionGrid(Input=source, Ions=["Li"])
    surface = Contour(Input=grid, ContourBy=["POINTS", "AtomicPercent_Li"], Isosurfaces=[8])
    view = CreateView("RenderView")
    shown = Show(grid, view)
    Show(surface, view)
    shown.SetRepresentationType("Slice")
    points = {}
    # Larger and smaller images: all that follows must be told how large they are.
    for size in (0.5, 0.25, 1, 0.5):
        grid.VoxelSize = size
        Render(view)
        assert fetch(grid).VTKObject.GetSpacing() == (size,) * 3
        now = fetch(surface).GetNumberOfPoints()
        assert points.setdefault(size, now) == now
    assert points[1] < points[0.5] < points[0.25]
    before = fetch(grid).GetNumberOfPoints()
    source.EdgeLength = 5
    Render(view)
    assert fetch(grid).GetNumberOfPoints() < before
    Delete(view)


def test_paraview_takes_it_as_image_data():
    grid = CompositionGrid(Input=_specimen())
    assert fetch(Slice(Input=grid)).GetNumberOfPoints() > 500
    above = Threshold(Input=grid, Scalars=["POINTS", "AtomicPercent_Li"], LowerThreshold=8,
                      UpperThreshold=100)
    assert fetch(above).GetNumberOfPoints() > 50
    ratio = Calculator(Input=grid, Function='"AtomicPercent_Li" / "AtomicPercent_Mg"')
    assert fetch(ratio).GetNumberOfPoints() == fetch(grid).GetNumberOfPoints()
    # Several specimens: a grid each.
    several = CompositionGrid(Input=_specimen(NumberOfSpecimens=2))
    several.UpdatePipeline()
    information = several.GetDataInformation().DataInformation
    assert information.GetNumberOfPoints() > 1.5 * fetch(grid).GetNumberOfPoints()


def test_any_ions_over_any_ions():
    source = _specimen()
    both = fetch(CompositionGrid(Input=source, Ions=["Li", "Mg"], MinimumCount=100))
    summed = fetch(CompositionGrid(Input=source, Ions=["Li", "Mg"], SumIons=1, MinimumCount=100))
    assert set(summed.PointData.keys()) == {
        "AtomicPercent_Li+Mg", "AtomicPercentError_Li+Mg", "Count"}
    total = _array(both, "AtomicPercent_Li") + _array(both, "AtomicPercent_Mg")
    assert numpy.allclose(_array(summed, "AtomicPercent_Li+Mg"), total, atol=1e-3)
    over = fetch(CompositionGrid(
        Input=source, Ions=["Li"], ReferenceIons=["Al"], MinimumCount=100, Errors=0))
    assert set(over.PointData.keys()) == {"AtomicPercent_Li", "Count"}
    everything = fetch(CompositionGrid(Input=source, MinimumCount=0))
    some = _array(over, "AtomicPercent_Li") > 0
    ratio = _array(everything, "AtomicPercent_Li")[some] / _array(everything, "AtomicPercent_Al")[some]
    assert numpy.allclose(_array(over, "AtomicPercent_Li")[some], 100 * ratio, rtol=1e-3)


def test_molecular_ions_are_taken_apart():
    source = _specimen()
    renamed = ProgrammableFilter(Input=source, OutputDataSetType="vtkPolyData", CopyArrays=1, Script="""
from vtkmodules.vtkCommonCore import vtkStringArray
names = vtkStringArray()
names.SetName("IonNames")
for name in ("Al", "LiH2", "Mg2"):
    names.InsertNextValue(name)
output.ShallowCopy(inputs[0].VTKObject)
output.VTKObject.GetFieldData().AddArray(names)
""")
    counts = numpy.bincount(numpy.asarray(fetch(source).PointData["Ion"]))
    image = fetch(CompositionGrid(Input=renamed, Counts=1))
    for name, atoms in (("Al", counts[0]), ("Li", counts[1]), ("H", 2 * counts[1]),
                        ("Mg", 2 * counts[2])):
        assert abs(_array(image, "Count_" + name).sum() - atoms) < 0.01, name
    image = fetch(CompositionGrid(Input=renamed, Counts=1, Decompose=0))
    assert abs(_array(image, "Count_LiH2").sum() - counts[1]) < 0.01


def test_few_ions_make_no_composition():
    source = _specimen()
    image = fetch(CompositionGrid(Input=source, Ions=["Al"], MinimumCount=200))
    percent = _array(image, "AtomicPercent_Al")
    error = _array(image, "AtomicPercentError_Al")
    behind = _array(image, "Count") * image.FieldData["IonsPerCount"][0]
    assert ((behind < 200) == (percent == 0)).all() and (percent == 0).any()
    assert numpy.array_equal(numpy.isnan(error), percent == 0)


def test_field_data_are_passed_on_with_the_parameters():
    image = fetch(CompositionGrid(Input=_specimen(), Ions=["Li"], Delocalisation=[2, 2, 1]))
    fields = image.FieldData
    assert list(fields["Delocalisation"]) == [2, 2, 1] and fields["VoxelSize"][0] == 0.5
    strings = image.VTKObject.GetFieldData().GetAbstractArray("IonNames")
    assert [strings.GetValue(i) for i in range(3)] == ["Al", "Li", "Mg"]
    assert image.VTKObject.GetFieldData().GetAbstractArray("Ions").GetValue(0) == "Li"


def _cloud(script):
    return ProgrammableFilter(
        Input=_specimen(), OutputDataSetType="vtkPolyData", Script="import numpy\n" + script +
        "\noutput.Points = points.astype('float32')\n"
        "output.PointData.append(numpy.arange(len(points), dtype='int16') % 2, 'Ion')\n"
        "output.VTKObject.GetFieldData().ShallowCopy(inputs[0].VTKObject.GetFieldData())\n")


def test_odd_clouds_are_no_trouble():
    grid = CompositionGrid(Input=_cloud("points = numpy.array([[1., 2, 3]])"))
    with captured_messages() as messages:
        one = fetch(grid)
    assert "no voxel has MinimumCount (100) ions" in messages.text
    assert (_array(one, "AtomicPercent_Al") == 0).all()
    assert abs(_array(one, "Count").sum() - 1) < 1e-6
    same = fetch(CompositionGrid(Input=_cloud("points = numpy.ones((1000, 3))")))
    assert abs(_array(same, "AtomicPercent_Li").max() - 50) < 0.01


def test_mistakes_are_one_sentence():
    grid = CompositionGrid(Input=AtomProbeReader(FileName=COCRNI))
    assert "Ion Ranging" in error_of(grid.UpdatePipeline)
    grid = CompositionGrid(Input=_specimen(), Ions=["Cu"])
    assert "Al, Li, Mg" in error_of(grid.UpdatePipeline)
    assert fetch(grid).GetNumberOfPoints() == 0
    grid = CompositionGrid(Input=_specimen(), ReferenceIons=["Cu"])
    assert "ReferenceIons" in error_of(grid.UpdatePipeline)
    grid = CompositionGrid(Input=_specimen(), VoxelSize=0)
    assert "voxel size is 0" in error_of(grid.UpdatePipeline)
    grid.VoxelSize = 0.002
    message = error_of(grid.UpdatePipeline)
    assert "number of voxels" in message and "GiB" in message
    grid.VoxelSize = 0.5
    assert fetch(grid).GetNumberOfPoints() > 1000
    grid = CompositionGrid(Input=_specimen(), Delocalisation=[-1, 1, 1])
    assert "delocalisation is -1" in error_of(grid.UpdatePipeline)
    grid = CompositionGrid(Input=_cloud("points = numpy.zeros((3, 3)); points[1, 1] = numpy.nan"))
    assert "y of ion 1 is" in error_of(grid.UpdatePipeline)
    grid = CompositionGrid(Input=_cloud("points = numpy.zeros((0, 3))"))
    assert "no ions" in error_of(grid.UpdatePipeline)


run_all(globals())
