# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Models in the folder "models" beside the plugin are offered by name, wherever the plugin lies."""

import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.environ["ATOMPROBE_PVPYTHON"])
from small_model import write_random_model

# A plugin in a place of its own, as an installation is.
FOLDER = tempfile.TemporaryDirectory()
PLUGIN = os.path.join(FOLDER.name, "AtomProbe.so")
MODELS = os.path.join(FOLDER.name, "models")
shutil.copy(os.environ["ATOMPROBE_PLUGIN"], PLUGIN)
os.mkdir(MODELS)
write_random_model(os.path.join(MODELS, "Al-Li-Mg L1_2 PointNet.safetensors"))
write_random_model(os.path.join(MODELS, "Au-Cu L1_0 PointNet.safetensors"), blocks=1,
                   species=("Cu", "Au"), alloy="Au-Cu", lattice_parameter=0.39)
os.environ["ATOMPROBE_PLUGIN"] = PLUGIN

from harness import error_of, fetch, run_all
from paraview.simple import AtomNetSegmentation, SyntheticSpecimen


def test_they_are_offered_by_name():
    segmentation = AtomNetSegmentation(Input=SyntheticSpecimen(EdgeLength=4, DomainFraction=0))
    assert list(segmentation.GetProperty("Model").GetAvailable()) == [
        "Al-Li-Mg L1_2 PointNet", "Au-Cu L1_0 PointNet", "Custom"]


def test_the_chosen_one_is_used_and_recorded():
    source = SyntheticSpecimen(Preset="Au-Cu L1_0", EdgeLength=4, DomainFraction=0)
    segmentation = AtomNetSegmentation(Input=source, Model="Au-Cu L1_0 PointNet")
    if os.environ["ATOMPROBE_WITH_TORCH"] != "ON":
        assert "built without LibTorch" in error_of(segmentation.UpdatePipeline)
        return
    cloud = fetch(segmentation)
    assert 0 <= cloud.PointData["OrderedProbability"].min()
    field = cloud.VTKObject.GetFieldData()
    assert field.GetAbstractArray("ModelFile").GetValue(0) == os.path.join(
        os.path.realpath(MODELS), "Au-Cu L1_0 PointNet.safetensors")
    assert field.GetAbstractArray("Segmentation").GetValue(0) == "Model=Au-Cu L1_0 PointNet"
    segmentation.UpdatePropertyInformation()
    assert "Alloy: Au-Cu" in segmentation.GetProperty("ModelInformation").GetData()


def test_one_that_is_not_there_is_an_error_that_names_those_that_are():
    source = SyntheticSpecimen(EdgeLength=4, DomainFraction=0)
    segmentation = AtomNetSegmentation(Input=source, Model="Al-Li-Mg L1_2 PointNet")
    os.rename(MODELS + "/Al-Li-Mg L1_2 PointNet.safetensors", FOLDER.name + "/away.safetensors")
    try:
        text = error_of(segmentation.UpdatePipeline)
    finally:
        os.rename(FOLDER.name + "/away.safetensors",
                  MODELS + "/Al-Li-Mg L1_2 PointNet.safetensors")
    assert "Al-Li-Mg L1_2 PointNet" in text and "allowed is Au-Cu L1_0 PointNet" in text, text


run_all(globals())
