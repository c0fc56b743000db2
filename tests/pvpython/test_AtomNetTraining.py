# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""AtomNet Training through the loaded plugin: small networks that learn within seconds."""

import os
import signal
import subprocess
import tempfile

from harness import captured_messages, column, error_of, fetch, run_all
from paraview import servermanager
from paraview.simple import (
    AtomNetSegmentation, AtomNetTraining, ClassificationMetrics, CreateView, GetDisplayProperties,
    Show, SyntheticSpecimen, Threshold,
)

FOLDER = tempfile.TemporaryDirectory()

# An alloy whose order is easy to see, in specimens of some 2000 ions.
QUIET = dict(EdgeLength=4, DomainFraction=0.3, DomainRadiusRange=[1.0, 1.4],
             LateralNoiseRange=[0.1, 0.2])
TINY = dict(QUIET, EdgeLength=2.2, DomainRadiusRange=[0.6, 0.7])
QUICK = dict(BlockCount=1, Epochs=3, SpecimensPerEpoch=2, SpecimensPerStep=2, LearningRate=0.01,
             Device="CPU")


def _path(name):
    return os.path.join(FOLDER.name, name)


def _training(source=None, name="model.safetensors", **arguments):
    source = source or SyntheticSpecimen(**QUIET)
    return AtomNetTraining(Input=source, ModelFileName=_path(name), **dict(QUICK, **arguments))


def _bytes(name):
    with open(_path(name), "rb") as file:
        return file.read()


def _epochs_trained(training):
    training.UpdatePipeline()
    training.UpdatePropertyInformation()
    return training.GetProperty("EpochsTrained").GetData()


def _auc(cloud):
    metrics = ClassificationMetrics(Input=cloud)
    return column(fetch(metrics), "AUC")[-1]


def test_learns_what_is_ordered_in_an_alloy():
    training = _training(Epochs=8, SpecimensPerEpoch=4, name="learnt.safetensors")
    table = fetch(training)
    auc, loss = column(table, "ValidationAUC"), column(table, "TrainingLoss")
    assert len(auc) == 8 and loss[-1] < loss[0], (auc, loss)
    assert max(auc) > 0.75, auc
    # On a specimen that it never saw, with the model file alone.
    other = SyntheticSpecimen(Seed=77, **QUIET)
    segmentation = AtomNetSegmentation(Input=other, Model="Custom", ModelFileName=_path("learnt.safetensors"))
    assert _auc(segmentation) > 0.75, _auc(segmentation)


def test_learns_from_ions_whose_truth_is_known():
    source = SyntheticSpecimen(
        NumberOfSpecimens=6, ValidationFraction=1 / 6, TestFraction=1 / 6, **QUIET)
    training = _training(source, FreshSpecimens=0, Epochs=8, name="given.safetensors")
    table = fetch(training)
    auc = column(table, "ValidationAUC")
    assert max(auc) > 0.7, auc
    settings = table.VTKObject.GetFieldData().GetAbstractArray("Training")
    settings = [settings.GetValue(i) for i in range(settings.GetNumberOfValues())]
    assert "FreshSpecimens=0" in settings and settings[-1].startswith("Ions="), settings


def test_the_chart_shows_losses_and_auc_against_epochs():
    training = _training(BlockCount=2)
    view = CreateView("XYChartView")
    controller = servermanager.vtkSMParaViewPipelineControllerWithRendering()
    controller.ShowInPreferredView(training.SMProxy, 0, view.SMProxy)
    display = GetDisplayProperties(training, view)
    assert display.UseIndexForXAxis == 0 and display.XArrayName == "bin_extents"
    visible = sorted(display.SeriesVisibility)
    assert visible == ["TrainingLoss", "ValidationAUC", "ValidationLoss"], visible


def test_it_opens_in_a_chart_by_itself():
    assert _training().SMProxy.GetHints().FindNestedElementByName("View").GetAttribute(
        "type") == "XYChartView"


def test_changing_the_picture_never_trains_again():
    training = _training(name="shown.safetensors")
    view = CreateView("XYChartView")
    display = Show(training, view)
    assert _epochs_trained(training) == 3
    stamp = os.stat(_path("shown.safetensors")).st_mtime_ns
    display.SeriesColor = ["ValidationAUC", "1", "0", "0"]
    view.Update()
    # And where a property is set to what it is.
    training.Epochs = 3
    training.UpdatePipeline()
    assert os.stat(_path("shown.safetensors")).st_mtime_ns == stamp
    # Where the pipeline has to run again, the model is there already.
    training.SMProxy.MarkModified(training.SMProxy)
    training.Licence = "CC0-1.0"
    assert _epochs_trained(training) == 0
    assert b"CC0-1.0" in _bytes("shown.safetensors")


def test_several_sources_take_turns():
    sources = [SyntheticSpecimen(DepthNoiseRange=noise, **QUIET)
               for noise in ([0.02, 0.03], [0.1, 0.2])]
    training = _training(sources, name="mixed.safetensors")
    assert _epochs_trained(training) == 3
    settings = fetch(training).VTKObject.GetFieldData().GetAbstractArray("Training")
    recipes = [settings.GetValue(i) for i in range(settings.GetNumberOfValues())
               if settings.GetValue(i).startswith("Recipe=")]
    assert len(recipes) == 2 and "DepthNoiseRange=0.1 0.2" in recipes[1], recipes


KILLED = """
import sys
sys.path.insert(0, %r)
from harness import fetch
from paraview.simple import AtomNetTraining, SyntheticSpecimen
fetch(AtomNetTraining(Input=SyntheticSpecimen(**%r), ModelFileName=%r, **%r))
"""


def _kill_after(epoch, arguments):
    """Trains in another process, which is killed when it says that this epoch is over."""
    process = subprocess.Popen(
        [os.environ["ATOMPROBE_PVPYTHON_EXECUTABLE"], "--force-offscreen-rendering", "-c",
         KILLED % ((os.path.dirname(os.path.abspath(__file__)),) + arguments)],
        stderr=subprocess.PIPE, text=True)
    told = ""
    for line in process.stderr:
        told += line
        if "epoch %d:" % epoch in line:
            process.send_signal(signal.SIGKILL)
            break
    process.stderr.read()
    assert process.wait() == -signal.SIGKILL, told


def test_killed_and_run_again_it_ends_with_the_same_bytes():
    for architecture, specimen, epochs, neighbours in (
        ("MomentNet", QUIET, 6, 16), ("PointNet", TINY, 4, 8),
    ):
        name = "killed " + architecture
        arguments = dict(QUICK, Architecture=architecture, BlockCount=2, Epochs=epochs,
                         Neighbours=neighbours, SpecimensPerEpoch=1, SpecimensPerStep=1)
        _kill_after(2, (specimen, _path(name), arguments))
        assert os.path.exists(_path(name + ".checkpoint")) and not os.path.exists(_path(name))
        again = _training(SyntheticSpecimen(**specimen), name, **arguments)
        # Of a PointNet, the second block takes half as many.
        whole = epochs if architecture == "MomentNet" else epochs + epochs // 2
        assert 1 <= _epochs_trained(again) <= whole - 2
        assert not os.path.exists(_path(name + ".checkpoint"))
        at_once = _training(SyntheticSpecimen(**specimen), name + " whole", **arguments)
        assert _epochs_trained(at_once) == whole
        assert _bytes(name) == _bytes(name + " whole")


def test_goes_on_from_another_model():
    first = _training(name="first.safetensors", Epochs=6, SpecimensPerEpoch=4, WaveWindows=0)
    start = column(fetch(first), "TrainingLoss")
    again = dict(name="second.safetensors", InitialModelFileName=_path("first.safetensors"), Seed=2)
    second = _training(**again)
    goes_on = column(fetch(second), "TrainingLoss")
    assert goes_on[0] < start[0], (start, goes_on)
    rows = second.GetClientSideObject().GetOutputDataObject(0).GetFieldData().GetAbstractArray("Training")
    rows = [rows.GetValue(i) for i in range(rows.GetNumberOfValues())]
    assert any(row.startswith("InitialModel=") for row in rows) and "WaveWindows=3" in rows, rows
    # It is there already, whatever the other file is called.
    os.rename(_path("first.safetensors"), _path("renamed.safetensors"))
    assert _epochs_trained(_training(**dict(
        again, InitialModelFileName=_path("renamed.safetensors")))) == 0
    # What it found with: the normal of the planes is part of the answer.
    found = AtomNetSegmentation(Input=SyntheticSpecimen(Seed=77, **QUIET), Model="Custom",
                                ModelFileName=_path("second.safetensors"))
    field = fetch(found).GetFieldData().GetAbstractArray("Segmentation")
    normal = [field.GetValue(i) for i in range(field.GetNumberOfValues())][-1]
    assert normal.startswith("LatticeNormal="), normal
    components = [float(text) for text in normal.split("=")[1].split()]
    assert len(components) == 3 and abs(sum(c * c for c in components) - 1) < 1e-6, normal
    for arguments, words in (
        (dict(InitialModelFileName="/nowhere/b.safetensors"), ["/nowhere/b.safetensors"]),
        (dict(InitialModelFileName=_path("renamed.safetensors"), BlockCount=2),
         ["renamed.safetensors", "BlockCount"]),
        (dict(InitialModelFileName=_path("renamed.safetensors"), Architecture="PointNet"),
         ["renamed.safetensors", "a MomentNet; allowed is a PointNet"]),
        (dict(InitialModelFileName=_path("renamed.safetensors"), name="renamed.safetensors"),
         ["one file", "renamed.safetensors"]),
    ):
        text = error_of(_training(**dict(dict(name="third.safetensors"), **arguments)).UpdatePipeline)
        for word in words:
            assert word in text, (arguments, text)
    assert not os.path.exists(_path("third.safetensors"))


def test_errors_say_what_to_do():
    source = SyntheticSpecimen(**QUIET)
    for arguments, words in (
        (dict(name="/nowhere/a.safetensors"), ["/nowhere/a.safetensors", "cannot be written"]),
        (dict(TruthArray="Order"), ["no point array Order", "Synthetic Specimen"]),
        (dict(LatticeParameter=4), ["LatticeParameter is 4 nm"]),
        (dict(Epochs=0), ["Epochs is 0"]),
        (dict(WaveWindows=9), ["WaveWindows is 9; allowed is 0 to 8"]),
        (dict(SpeciesEncoding=2), ["SpeciesEncoding is 2; allowed is 0 (Code) or 1 (OneHot)"]),
        (dict(Species=["Al: "]), ["row of Species"]),
        (dict(FreshSpecimens=0, OrderedValues=[5]), ["one class only", "OrderedValues"]),
        (dict(source=Threshold(Input=source, Scalars=["POINTS", "Phase"], LowerThreshold=1,
                               UpperThreshold=1), FreshSpecimens=0), ["one class only: all"]),
    ):
        text = error_of(_training(**dict(dict(source=source), **arguments)).UpdatePipeline)
        for word in words:
            assert word in text, (arguments, text)


def test_changed_ions_are_learnt_from_themselves():
    ordered = Threshold(Input=SyntheticSpecimen(**QUIET), Scalars=["POINTS", "Ion"],
                        LowerThreshold=0, UpperThreshold=1)
    training = _training(ordered, name="threshold.safetensors", Epochs=1)
    with captured_messages() as messages:
        assert _epochs_trained(training) == 1
    assert messages.text.count("are not those that the recipe makes") == 1, messages.text


if os.environ["ATOMPROBE_WITH_TORCH"] == "ON":
    run_all(globals())
else:
    text = error_of(_training().UpdatePipeline)
    assert "built without LibTorch" in text, text
    print("skipped: built without LibTorch, and said so")
