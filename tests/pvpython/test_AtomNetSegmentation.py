# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
import os
import tempfile

import numpy

from harness import captured_messages, error_of, fetch, run_all
from small_model import write_random_model
import import_tensorflow_checkpoint
from paraview.simple import (
    AtomNetSegmentation, AtomProbeReader, CreateView, GetColorTransferFunction, IonRanging,
    SaveScreenshot, Show, SyntheticSpecimen, Threshold,
)
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkIOImage import vtkPNGReader

FOLDER = tempfile.TemporaryDirectory()
MODEL = write_random_model(os.path.join(FOLDER.name, "model.safetensors"))
# Beside the repository, where it is there at all: it has no licence.
PUBLISHED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../shared/reference")


def _specimen(**arguments):
    return SyntheticSpecimen(EdgeLength=3.5, DomainFraction=0, **arguments)


def _segmentation(source=None, **arguments):
    return AtomNetSegmentation(
        Input=source or _specimen(), **{"ModelFileName": MODEL, **arguments})


def _blocks_run(segmentation):
    segmentation.UpdatePipeline()
    segmentation.UpdatePropertyInformation()
    return segmentation.GetProperty("BlocksRun").GetData()


def _probability(proxy, name="OrderedProbability"):
    return numpy.array(fetch(proxy).PointData[name])


def test_adds_probabilities_and_marks():
    source = _specimen()
    before, cloud = fetch(source), fetch(_segmentation(source))
    added = set(cloud.PointData.keys()) - set(before.PointData.keys())
    assert added == {"OrderedProbability", "Ordered"}, added
    assert numpy.array_equal(before.Points, cloud.Points)
    p, ordered = cloud.PointData["OrderedProbability"], cloud.PointData["Ordered"]
    assert p.dtype == numpy.float32 and ordered.dtype == numpy.int8
    assert len(p) > 800 and 0 <= p.min() < p.max() <= 1
    assert numpy.array_equal(ordered == 1, p >= 0.5) and set(numpy.unique(ordered)) <= {0, 1}
    assert cloud.VTKObject.GetPointData().GetScalars().GetName() == "OrderedProbability"


def test_what_is_known_is_not_run_again():
    segmentation = _segmentation(BlockCount=1)
    assert _blocks_run(segmentation) == 1
    first = _probability(segmentation)
    segmentation.BlockCount = 0
    assert _blocks_run(segmentation) == 1
    both = _probability(segmentation)
    assert not numpy.array_equal(first, both)
    middle = float(numpy.median(both))
    segmentation.Threshold = middle
    assert _blocks_run(segmentation) == 0
    cloud = fetch(segmentation)
    assert numpy.array_equal(cloud.PointData["Ordered"], (both >= middle).astype(numpy.int8))
    segmentation.BlockCount = 1
    assert _blocks_run(segmentation) == 0
    assert numpy.array_equal(_probability(segmentation), first)
    assert numpy.array_equal(_probability(_segmentation()), both)


def test_a_new_specimen_and_a_new_model_are_run():
    source = _specimen()
    segmentation = _segmentation(source)
    assert _blocks_run(segmentation) == 2
    source.Seed = 2
    assert _blocks_run(segmentation) == 2
    path = write_random_model(os.path.join(FOLDER.name, "changing.safetensors"))
    segmentation.ModelFileName = path
    assert _blocks_run(segmentation) == 2
    before = _probability(segmentation)
    write_random_model(path, blocks=1, seed=9)
    segmentation.SMProxy.InvokeCommand("Refresh")
    segmentation.SMProxy.MarkModified(segmentation.SMProxy)
    assert _blocks_run(segmentation) == 1
    assert not numpy.array_equal(_probability(segmentation), before)


def test_probabilities_of_each_block():
    segmentation = _segmentation(KeepBlockProbabilities=1)
    each = [_probability(segmentation, "OrderedProbabilityBlock%d" % block) for block in (1, 2)]
    assert numpy.array_equal(each[1], _probability(segmentation))
    assert numpy.array_equal(each[0], _probability(_segmentation(BlockCount=1)))


def test_ions_of_other_species_have_no_probability():
    path = write_random_model(
        os.path.join(FOLDER.name, "binary.safetensors"), species=("Al", "Li"))
    segmentation = _segmentation(ModelFileName=path, Threshold=0)
    with captured_messages() as messages:
        cloud = fetch(segmentation)
        segmentation.Threshold = 0.1
        segmentation.UpdatePipeline()
    assert messages.text.count("does not know Mg:") == 1, messages.text
    ion, p = cloud.PointData["Ion"], cloud.PointData["OrderedProbability"]
    assert 30 < (ion == 2).sum() and numpy.array_equal(numpy.isnan(p), ion == 2)
    assert numpy.array_equal(cloud.PointData["Ordered"] == 0, ion == 2)


def test_other_ions_may_count_as_the_species_of_the_model():
    """The ions of a specimen under other names are the same specimen."""
    source = _specimen()
    own = _segmentation(source)
    renamed = _specimen(MatrixComposition="Co 0.90, W 0.05, Ti 0.05", Preset="Custom")
    assert numpy.array_equal(fetch(source).Points, fetch(renamed).Points)
    segmentation = _segmentation(renamed)
    assert "Species may say" in error_of(segmentation.UpdatePipeline)
    segmentation.Species = ["Co", "B site: W", "*"]
    assert _blocks_run(segmentation) == 2
    assert numpy.array_equal(_probability(segmentation), _probability(own))
    field = fetch(segmentation).VTKObject.GetFieldData().GetAbstractArray("Segmentation")
    rows = [field.GetValue(i) for i in range(field.GetNumberOfValues())]
    assert [row for row in rows if row.startswith("Species=")] == [
        "Species=Co", "Species=B site: W", "Species=*"], rows
    segmentation.Species = ["Ti", "W", "Co"]
    assert _blocks_run(segmentation) == 2
    assert not numpy.array_equal(_probability(segmentation), _probability(own))
    segmentation.Species = ["Co", "*"]
    text = error_of(segmentation.UpdatePipeline)
    assert "the number of rows of Species is 2; allowed is 3" in text, text
    segmentation.Species = ["Co", "B site:", "*"]
    assert 'a row of Species is "B site:"' in error_of(segmentation.UpdatePipeline)


def test_ordered_ions_alone():
    segmentation = _segmentation()
    p = _probability(segmentation)
    segmentation.Threshold = float(numpy.quantile(p, 0.8))
    cloud = fetch(segmentation)
    ordered = Threshold(Input=segmentation, Scalars=["POINTS", "Ordered"], LowerThreshold=1,
                        UpperThreshold=1)
    alone = fetch(ordered)
    assert alone.GetNumberOfPoints() == (cloud.PointData["Ordered"] == 1).sum() > 100
    assert alone.PointData["OrderedProbability"].min() >= segmentation.Threshold


def test_the_view_shows_probabilities_from_0_to_1_and_grey():
    path = write_random_model(
        os.path.join(FOLDER.name, "only-li.safetensors"), species=("Li",))
    with captured_messages():
        segmentation = _segmentation(ModelFileName=path)
        view = CreateView("RenderView")
        view.ViewSize = [300, 300]
        display = Show(segmentation, view)
    assert list(display.ColorArrayName) == ["POINTS", "OrderedProbability"]
    colors = GetColorTransferFunction("OrderedProbability")
    points = list(colors.RGBPoints)
    assert points[0] == 0 and points[-4] == 1, points
    # Viridis: dark violet to yellow.
    assert numpy.allclose(points[1:4], [0.267, 0.005, 0.329], atol=0.01)
    assert numpy.allclose(points[-3:], [0.993, 0.906, 0.144], atol=0.01)
    display.PointSize = 6
    picture = os.path.join(FOLDER.name, "view.png")
    SaveScreenshot(picture, view)
    reader = vtkPNGReader()
    reader.SetFileName(picture)
    reader.Update()
    pixels = vtk_to_numpy(reader.GetOutput().GetPointData().GetScalars())[:, :3].astype(int)
    grey = (pixels.max(axis=1) - pixels.min(axis=1) < 3) & (pixels[:, 0] > 90)
    assert grey.sum() > 1000, "nine ions of ten are no Li: %d grey pixels" % grey.sum()
    # Whatever else is shown, the user's own range stays.
    colors.RescaleTransferFunction(0.2, 0.8)
    segmentation.ModelFileName = MODEL
    segmentation.UpdatePipeline()
    Show(_segmentation(), view)
    assert list(colors.RGBPoints)[0] == 0.2 and list(colors.RGBPoints)[-4] == 0.8


def test_several_specimens_are_clouds_of_their_own():
    segmentation = _segmentation(_specimen(NumberOfSpecimens=3))
    assert _blocks_run(segmentation) == 6
    data = fetch(segmentation).VTKObject
    assert data.IsA("vtkMultiBlockDataSet") and data.GetNumberOfBlocks() == 3
    assert data.GetMetaData(0).Get(data.NAME()) == "Specimen 1"
    first = vtk_to_numpy(data.GetBlock(0).GetPointData().GetArray("OrderedProbability"))
    assert numpy.array_equal(first, _probability(_segmentation(_specimen(NumberOfSpecimens=1))))
    segmentation.Threshold = 0.4
    assert _blocks_run(segmentation) == 0


def test_tells_what_the_model_is_made_for():
    path = write_random_model(
        os.path.join(FOLDER.name, "told.safetensors"), alloy="Al-Li-Mg L1_2", threshold=0.37)
    segmentation = _segmentation(ModelFileName=path)
    segmentation.UpdatePipeline()
    text = segmentation.GetProperty("ModelInformation").GetData()
    for line in ("Alloy: Al-Li-Mg L1_2", "Species: Al, Li, Mg", "Blocks: 2",
                 "Lattice parameter: 0.405 nm", "Suggested threshold: 0.37"):
        assert line in text.splitlines(), text
    assert segmentation.Threshold == 0.5, "a suggestion, no more"


def test_models_are_offered_by_name():
    segmentation = AtomNetSegmentation(Input=_specimen())
    assert segmentation.Model == "Al-Li-Mg L1_2 MomentNet"
    assert segmentation.GetProperty("Model").GetAvailable()[-1] == "Custom"


def test_a_file_that_is_chosen_is_used():
    segmentation = AtomNetSegmentation(Input=_specimen())
    segmentation.ModelFileName = MODEL
    assert segmentation.Model == "Custom"
    segmentation.Model = "Au-Cu L1_0 MomentNet"
    segmentation.ModelFileName = ""
    segmentation.ModelFileName = MODEL
    assert segmentation.Model == "Au-Cu L1_0 MomentNet", "what was chosen stays"


def test_errors_say_what_to_do():
    unnamed = AtomProbeReader(FileName=os.path.join(FOLDER.name, "three.pos"))
    numpy.arange(12, dtype=">f4").tofile(unnamed.FileName)
    for arguments, words in (
        (dict(Model="Custom", ModelFileName=""), ["no model is chosen", "ModelFileName"]),
        (dict(ModelFileName="/nowhere/a.safetensors"), ["/nowhere/a.safetensors"]),
        (dict(source=unnamed), ["array Ion", "Ion Ranging"]),
        (dict(source=_specimen(Preset="Au-Cu L1_0")), ["Al, Li, Mg", "Au", "Cu"]),
        (dict(Threshold=2), ["Threshold is 2"]),
        (dict(BlockCount=3), ["BlockCount is 3", "to 2"]),
    ):
        text = error_of(_segmentation(**arguments).UpdatePipeline)
        for word in words:
            assert word in text, (arguments, text)


def test_the_published_network_answers_as_published():
    if not os.path.isdir(PUBLISHED):
        print("skipped: the published weights are not at %s" % PUBLISHED)
        return
    cube = numpy.load(os.path.join(PUBLISHED, "cubes", "AlLiMg_script_0.npz"))
    expected = numpy.load(
        os.path.join(PUBLISHED, "published", "AlLiMg_script_0_predictions.npz"))
    model = os.path.join(FOLDER.name, "published.safetensors")
    prefix = os.path.join(PUBLISHED, "published", "checkpoint_AlLiMg", "elemental")
    import_tensorflow_checkpoint.import_model(
        [prefix + ".ckpt", prefix + "2.ckpt"], ["Al", "Li", "Mg"], 0.405, model)
    path = os.path.join(FOLDER.name, "cube.pos")
    ratio = numpy.array([26.98, 7.02, 23.99])[cube["elem"]]
    numpy.column_stack([cube["xyz"] * 0.405, ratio]).astype(">f4").tofile(path)
    ions = IonRanging(Input=AtomProbeReader(FileName=path),
                      Ranges=["6.5 7.5 Li:1", "23.5 24.5 Mg:1", "26.5 27.5 Al:1"])
    segmentation = _segmentation(ions, ModelFileName=model, KeepBlockProbabilities=1)
    # Positions in nm round a little otherwise: of two neighbours that are as good as equally far,
    # the other may be the 31st; in block 2, that of any of the 31 neighbours.
    for block, name, share in ((1, "p1", 0.999), (2, "p2", 0.99)):
        p = _probability(segmentation, "OrderedProbabilityBlock%d" % block)
        same = numpy.abs(p - expected[name]) < 1e-3
        assert same.mean() > share, (name, same.mean())


if os.environ["ATOMPROBE_WITH_TORCH"] == "ON":
    run_all(globals())
else:
    text = error_of(_segmentation().UpdatePipeline)
    assert "built without LibTorch" in text, text
    print("skipped: built without LibTorch, and said so")
