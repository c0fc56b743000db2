# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""The models that ship: pvpython train_models.py --alloy Al-Li-Mg --network MomentNet --output DIR

Trains one of them with AtomNet Training and judges it on cubes of each noise law that training
never saw. Writes "<alloy> <structure> <network>.safetensors" and beside it a .json with the recipe
and the AUC of each block, which is printed as a table as well. Killed, it goes on where it was when
it is started again.
"""

import argparse
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import atomprobe

atomprobe.load_plugin()

from paraview import servermanager
from paraview.simple import *

# By name: the preset of Synthetic Specimen, the species in code order, the domains of the test (nm),
# the epochs of a MomentNet, and a PointNet as published (blocks; batch norm).
ALLOYS = {
    "Al-Li-Mg": dict(
        preset="Al-Li-Mg L1_2", lattice_parameter=0.405, species=["Al", "Li", "Mg"],
        test_radii=[1.2, 2.0], epochs=30, blocks=2, batch_norm=0),
    "Au-Cu": dict(
        preset="Au-Cu L1_0", lattice_parameter=0.390, species=["Cu", "Au"],
        test_radii=[0.8, 0.8], epochs=60, blocks=3, batch_norm=1),
    "Co superalloy": dict(
        preset="Co superalloy L1_2", lattice_parameter=0.3587,
        species=["*", "Co", "Ni", "Al", "W"],
        test_radii=[1.4, 2.0], epochs=35, blocks=2, batch_norm=1),
}

# The noise laws by name: model, lateral and depth range in nm for a lattice parameter of a nm.
NOISE = {
    "script": lambda a: ("PublishedScript", [0.5 * a, 2 * a], [0.2 * a, 0.5 * a]),
    "trunc": lambda a: ("TruncatedGaussian", [0.5 * a, 2 * a], [0.2 * a, 0.5 * a]),
    "gauss": lambda a: ("Gaussian", [0.2, 0.5], [0.08, 0.2]),
    "gauss02": lambda a: ("Gaussian", [0.2, 0.5], [0.02, 0.08]),
}

# What AtomNet Training is told, and the edge (nm) of the specimens that it learns from. A MomentNet
# learns from all noise laws, a PointNet as published from that of the published scripts. Domains are
# all in phase, as in the published specimens, or in any phase; L1_0 always has c along the axis of
# analysis, for lateral noise leaves nothing of the order of the two other variants.
NETWORKS = {
    "MomentNet": dict(
        noise=list(NOISE), variants=["One", "Translations"], edge=6,
        training=dict(BlockCount=3, SpecimensPerStep=2, SpecimensPerEpoch=128, LearningRate=0.003,
                      CosineDecay=1, WeightDecay=0.01, ValidationFraction=0.0625)),
    "PointNet": dict(
        noise=["script"], variants=["One"], edge=4,
        training=dict(Epochs=20, SpecimensPerEpoch=80, BatchSize=256, LearningRate=0.001,
                      CosineDecay=0)),
}

TEST_SEED = 20260


def specimens(alloy, law, **properties):
    """A source of that alloy with that noise."""
    model, lateral, depth = NOISE[law](alloy["lattice_parameter"])
    return SyntheticSpecimen(
        Preset=alloy["preset"], NoiseModel=model, LateralNoiseRange=lateral,
        DepthNoiseRange=depth, **properties)


def train(alloy, arguments, path):
    network = NETWORKS[arguments.network]
    settings = dict(network["training"])
    if arguments.network == "MomentNet":
        settings["Epochs"] = alloy["epochs"]
    else:
        settings.update(BlockCount=alloy["blocks"], BatchNorm=alloy["batch_norm"])
    for name, value in (("Epochs", arguments.epochs), ("BlockCount", arguments.blocks),
                        ("SpecimensPerEpoch", arguments.specimens_per_epoch)):
        if value:
            settings[name] = value
    sources = [specimens(alloy, law, EdgeLength=arguments.edge or network["edge"],
                         DomainVariants=variants)
               for variants in network["variants"] for law in network["noise"]]
    training = AtomNetTraining(
        Input=sources, ModelFileName=path, Architecture=arguments.network, Species=alloy["species"],
        Alloy=alloy["preset"], Licence="BSD-3-Clause", Seed=arguments.seed, **settings)
    training.UpdatePipeline()
    table = servermanager.Fetch(training)
    if not table or table.GetNumberOfRows() == 0:
        sys.exit("training gave no model")
    rows = table.GetFieldData().GetAbstractArray("Training")
    return [rows.GetValue(i) for i in range(rows.GetNumberOfValues())]


def judge(alloy, law, path, cubes, edge):
    """AUC of each block: [mean over the cubes, its standard error]."""
    source = specimens(alloy, law, NumberOfSpecimens=cubes, EdgeLength=edge, DomainVariants="One",
                       DomainRadiusRange=alloy["test_radii"], Seed=TEST_SEED)
    found = AtomNetSegmentation(
        Input=source, Model="Custom", ModelFileName=path, KeepBlockProbabilities=1)
    metrics = ClassificationMetrics(Input=found)
    metrics.UpdatePipeline()
    table = servermanager.Fetch(metrics)
    columns = [table.GetColumnByName(name) for name in ("Score", "AUCMean", "AUCStandardError")]
    rows = {columns[0].GetValue(i): [columns[1].GetValue(i), columns[2].GetValue(i)]
            for i in range(table.GetNumberOfRows())}
    for proxy in (metrics, found, source):
        Delete(proxy)
    blocks = len([name for name in rows if "Block" in name])
    return [rows["OrderedProbabilityBlock%d" % block] for block in range(1, blocks + 1)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--alloy", choices=list(ALLOYS), required=True)
    parser.add_argument("--network", choices=list(NETWORKS), default="MomentNet")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", default=".")
    smaller = parser.add_argument_group("for a quick try; what ships is made without these")
    smaller.add_argument("--epochs", type=int)
    smaller.add_argument("--blocks", type=int)
    smaller.add_argument("--specimens-per-epoch", type=int)
    smaller.add_argument("--edge", type=float, help="of the specimens to learn from, nm")
    smaller.add_argument("--cubes", type=int, default=10, help="to judge with, of each noise law")
    smaller.add_argument("--cube-edge", type=float, default=10, help="nm")
    arguments = parser.parse_args()
    os.makedirs(arguments.output, exist_ok=True)
    alloy = ALLOYS[arguments.alloy]
    name = "%s %s" % (alloy["preset"], arguments.network)
    path = os.path.join(arguments.output, name + ".safetensors")

    # Under a name of its own, so that one that was made before is made again.
    settings = train(alloy, arguments, path + ".new")
    os.replace(path + ".new", path)
    auc = {}
    for law in NOISE:
        auc[law] = judge(alloy, law, path, arguments.cubes, arguments.cube_edge)
        if law == "script":
            print("%s: AUC on %d cubes of %g nm of each noise law, mean and its error" % (
                name, arguments.cubes, arguments.cube_edge))
            print("%-10s%s" % ("noise", "".join(
                "%18s" % ("block %d" % (i + 1)) for i in range(len(auc[law])))))
        print("%-10s%s" % (law, "".join("%10.4f ± %.4f" % tuple(block) for block in auc[law])))
        sys.stdout.flush()

    card = {
        "model": name,
        "settings": settings,
        "test": {"cubes": arguments.cubes, "edge_nm": arguments.cube_edge, "seed": TEST_SEED,
                 "domain_radii_nm": alloy["test_radii"],
                 "noise": dict(zip(NOISE, (
                     dict(zip(("model", "lateral_nm", "depth_nm"), NOISE[law](
                         alloy["lattice_parameter"]))) for law in NOISE)))},
        "auc_mean_and_standard_error_per_block": auc,
    }
    # Beside, then renamed: never half a file.
    part = path[: -len("safetensors")] + "json.part"
    with open(part, "w") as file:
        json.dump(card, file, indent=1)
        file.write("\n")
    os.replace(part, part[: -len(".part")])
    print("model    %s" % path)


main()
