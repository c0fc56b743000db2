# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""The models that ship: pvpython train_models.py --alloy Al-Li-Mg --network MomentNet --output DIR

Trains one of them with AtomNet Training, finds the threshold at which it gives domains their true
size, and judges it on cubes of each noise law that neither saw. Writes
"<alloy> <structure> <network>.safetensors" and beside it a .json with the recipe and what it
reaches, which is printed as a table as well. Killed, it goes on where it was when it is started
again; what is trained already is not trained again.
"""

import argparse
import json
import os
import statistics
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import atomprobe

atomprobe.load_plugin()

from classification_metrics import lithium_around
from paraview import servermanager
from paraview.simple import *

# By name: the preset of Synthetic Specimen, the species in code order, the domains of the test and,
# where not the preset's, of the specimens to learn from, the latter all in phase or not (nm); noise laws
# that hide its order; an answer that needs no network, to compare with; and what each network is told
# other than below. Lattice waves are of no use where order is one of composition. A network may begin
# with the one of that kind of another alloy: from random weights a PointNet learns nothing of the
# superalloy's order within ten epochs, whose ions tell less of it. With one code for what is on either
# sublattice it knows much from Au-Cu.
# The last is for any alloy that orders as L1_2 does: it is told which sublattice an ion belongs on, no
# more, and learns from alloys that differ in composition ("members"), from none of the others.
ALLOYS = {
    "Al-Li-Mg": dict(
        preset="Al-Li-Mg L1_2", lattice_parameter=0.405, species=["Al", "Li", "Mg"],
        test_radii=[1.2, 2.0], without_network=lithium_around,
        MomentNet=dict(edges=[7], training=dict(Epochs=36, WaveWindows=0)),
        PointNet=dict(training=dict(BlockCount=2, BatchNorm=0))),
    "Au-Cu": dict(
        preset="Au-Cu L1_0", lattice_parameter=0.390, species=["Cu", "Au"],
        test_radii=[0.8, 0.8], in_phase_radii=[0.7, 0.9], hidden=["gauss"],
        MomentNet=dict(),
        PointNet=dict(training=dict(BlockCount=3, BatchNorm=1))),
    "Co superalloy": dict(
        preset="Co superalloy L1_2", lattice_parameter=0.3587,
        species=["*", "Co", "Ni", "Al", "W"], test_radii=[1.4, 2.0], hidden=["gauss"],
        MomentNet=dict(),
        PointNet=dict(species=["A site: Co, Ni", "*"], begins_with="Au-Cu",
                      training=dict(BlockCount=2, BatchNorm=1, Epochs=8))),
    "L1_2": dict(
        name="L1_2 any alloy", preset="Co superalloy L1_2", lattice_parameter=0.36,
        members=[
            dict(MatrixComposition=matrix, SublatticeA=a, SublatticeB=b, LatticeParameter=0.36)
            for matrix, a, b in (
                ("Ni 0.75, Al 0.25", "Ni 1", "Al 1"),
                ("Ni 0.80, Al 0.20", "Ni 0.98, Al 0.02", "Al 0.85, Ni 0.15"),
                ("Ni 0.88, Al 0.12", "Ni 1", "Al 0.9, Ni 0.1"),
                ("Ni 0.95, Al 0.05", "Ni 1", "Al 0.8, Ni 0.2"))],
        species=["A site: Ni", "B site: Al"], radii=[1.0, 2.0], test_radii=[1.4, 2.0],
        hidden=["gauss"],
        judged_on={"Co superalloy": ["A site: Co, Ni", "*"],
                   "Al-Li-Mg": ["A site: Al, Mg", "B site: Li"]},
        # Each of its many sources is validated with after every epoch: fewer, longer ones.
        MomentNet=dict(training=dict(Epochs=11, SpecimensPerEpoch=220))),
}

# The noise laws by name: model, lateral and depth range in nm for a lattice parameter of a nm.
NOISE = {
    "script": lambda a: ("PublishedScript", [0.5 * a, 2 * a], [0.2 * a, 0.5 * a]),
    "trunc": lambda a: ("TruncatedGaussian", [0.5 * a, 2 * a], [0.2 * a, 0.5 * a]),
    "gauss": lambda a: ("Gaussian", [0.2, 0.5], [0.08, 0.2]),
    "gauss02": lambda a: ("Gaussian", [0.2, 0.5], [0.02, 0.08]),
}

# What AtomNet Training is told, and the edges (nm) of the specimens that it learns from. A MomentNet
# learns from all noise laws, a PointNet as published from that of the published scripts. Domains are
# all in phase, as in the published specimens, or in any phase, the latter without the laws that hide
# the order of an alloy: there is little to learn from them. L1_0 always has c along the axis of
# analysis, for lateral noise leaves nothing of the order of the two other variants. Of specimens of 16 nm
# pieces are learnt from, with the lattice waves of the whole.
NETWORKS = {
    "MomentNet": dict(
        noise=list(NOISE), variants=["One", "Translations"], edges=[7, 16],
        training=dict(BlockCount=4, Epochs=42, SpecimensPerStep=2, SpecimensPerEpoch=70,
                      LearningRate=0.003, CosineDecay=1, WeightDecay=0.01, ValidationFraction=0.08,
                      WaveWindows=3)),
    "PointNet": dict(
        noise=["script"], variants=["One"], edges=[4],
        training=dict(Epochs=20, SpecimensPerEpoch=80, BatchSize=256, LearningRate=0.001,
                      CosineDecay=1)),
}

TEST_SEED = 20260
THRESHOLD_SEED = 20261
# Laws whose noise leaves less than this cannot say how large a domain is.
LEAST_AUC = 0.75


def members(alloy):
    """What makes each of its specimens other than the preset."""
    return alloy.get("members", [{}])


def specimens(alloy, law, **properties):
    """A source of that alloy with that noise."""
    model, lateral, depth = NOISE[law](alloy["lattice_parameter"])
    return SyntheticSpecimen(
        Preset=alloy["preset"], NoiseModel=model, LateralNoiseRange=lateral,
        DepthNoiseRange=depth, **properties)


def source(alloy, network, edge, variants, law, member):
    """One to learn from."""
    properties = dict(EdgeLength=edge, DomainVariants=variants, **member)
    radii = alloy.get("radii")
    if variants == "One" and len(network["variants"]) > 1:
        radii = alloy.get("in_phase_radii", radii)
    if radii:
        properties["DomainRadiusRange"] = radii
    return specimens(alloy, law, **properties)


def name_of(alloy):
    return alloy.get("name", alloy["preset"])


def model_path(alloy, arguments):
    return os.path.join(
        arguments.output, "%s %s.safetensors" % (name_of(alloy), arguments.network))


def train(alloy, arguments, path):
    own = alloy[arguments.network]
    network = {**NETWORKS[arguments.network], **own}
    settings = {**NETWORKS[arguments.network]["training"], **own.get("training", {})}
    for name, value in (("Epochs", arguments.epochs), ("BlockCount", arguments.blocks),
                        ("SpecimensPerEpoch", arguments.specimens_per_epoch)):
        if value:
            settings[name] = value
    if arguments.begin_with:
        settings["InitialModelFileName"] = os.path.abspath(arguments.begin_with)
    elif "begins_with" in network:
        first = model_path(ALLOYS[network["begins_with"]], arguments)
        if not os.path.exists(first):
            sys.exit("%s is not there; train it first: --alloy %s --network %s" % (
                first, network["begins_with"], arguments.network))
        settings["InitialModelFileName"] = first
    # Those of a step are of one size, so that no core waits for another.
    sources = [
        source(alloy, network, edge, variants, law, member)
        for edge in ([arguments.edge] if arguments.edge else network["edges"])
        for variants in network["variants"]
        for law in arguments.noise or network["noise"]
        if variants == "One" or law not in alloy.get("hidden", [])
        for member in members(alloy)]
    training = AtomNetTraining(
        Input=sources, ModelFileName=path, Architecture=arguments.network,
        Species=network.get("species", alloy["species"]), Alloy=name_of(alloy),
        Licence="BSD-3-Clause", Seed=arguments.seed, **settings)
    training.UpdatePipeline()
    table = servermanager.Fetch(training)
    if not table or table.GetNumberOfRows() == 0:
        sys.exit("training gave no model")
    return training


class Judge:
    """What a model makes of cubes of an alloy and one noise law."""

    def __init__(self, alloy, law, path, cubes, edge, seed, species=(), **member):
        self.source = specimens(
            alloy, law, NumberOfSpecimens=cubes, EdgeLength=edge, DomainVariants="One",
            DomainRadiusRange=alloy["test_radii"], Seed=seed, **member)
        self.network = dict(
            Model="Custom", ModelFileName=path, Species=list(species),
            LatticeParameter=alloy["lattice_parameter"])
        self.found = AtomNetSegmentation(
            Input=self.source, KeepBlockProbabilities=1, **self.network)
        self.metrics = ClassificationMetrics(Input=self.found)

    def rows(self, threshold):
        """The summary of Classification Metrics by score."""
        self.metrics.Threshold = threshold
        self.metrics.UpdatePipeline()
        table = servermanager.Fetch(self.metrics)
        columns = {table.GetColumnName(i): table.GetColumn(i)
                   for i in range(table.GetNumberOfColumns())}
        return {columns["Score"].GetValue(row): {
            name: column.GetValue(row) for name, column in columns.items() if name != "Score"}
            for row in range(table.GetNumberOfRows())}

    def shuffled_auc(self):
        """The control: the same places, ions in any order."""
        found = AtomNetSegmentation(Input=IonShuffle(Input=self.source, Seed=1), **self.network)
        metrics = ClassificationMetrics(Input=found)
        metrics.UpdatePipeline()
        return servermanager.Fetch(metrics).GetColumnByName("AUCMean").GetValue(0)

    def auc_without_network(self, answer):
        """Mean and standard error for that answer, which takes one specimen at a time."""
        self.source.UpdatePipeline()
        found = []
        for i in range(self.source.GetDataInformation().GetNumberOfDataSets()):
            before = set(GetSources())
            cube = MergeBlocks(
                Input=ExtractBlock(Input=self.source, Selectors=["/Root/*[%d]" % (i + 1)]),
                OutputDataSetType="Polygonal Mesh")
            metrics = ClassificationMetrics(Input=answer(cube))
            metrics.UpdatePipeline()
            found.append(servermanager.Fetch(metrics).GetColumnByName("AUC").GetValue(0))
            # One cube with all that was made of it at a time.
            for name in set(GetSources()) - before:
                Delete(GetSources()[name])
        return statistics.mean(found), statistics.stdev(found) / len(found) ** 0.5

    def forget(self):
        for proxy in (self.metrics, self.found, self.source):
            Delete(proxy)


def suggested_threshold(alloy, path, cubes, edge):
    """Where the radii of domains are right on average over the noise laws that show them."""
    judges = [Judge(alloy, law, path, cubes, edge, THRESHOLD_SEED, **member)
              for law in NOISE for member in members(alloy)]
    judges = [judge for judge in judges
              if judge.rows(0.5)["OrderedProbability"]["AUC"] >= LEAST_AUC]
    if not judges:
        return 0.5

    def error(threshold):
        ratios = [judge.rows(threshold)["OrderedProbability"]["RadiusRatio"] for judge in judges]
        return abs(sum(ratios) / len(ratios) - 1)

    best = min((0.01 * step for step in range(20, 62, 2)), key=error)
    for judge in judges:
        judge.forget()
    return round(best, 2)


def judged(alloy, path, arguments, threshold, species=(), laws=NOISE, control=True):
    """The figures of each noise law."""
    figures = {}
    for law in laws:
        judge = Judge(alloy, law, path, arguments.cubes, arguments.cube_edge, TEST_SEED, species)
        rows = judge.rows(threshold)
        last = rows["OrderedProbability"]
        blocks = sorted(name for name in rows if "Block" in name)
        figures[law] = {
            "auc": [rows[name]["AUCMean"] for name in blocks],
            "auc_standard_error": [rows[name]["AUCStandardError"] for name in blocks],
            "shuffled_auc": judge.shuffled_auc() if control else None,
            "calibration_error": last["CalibrationError"],
            "recall": last["Recall"], "precision": last["Precision"],
            "radius_ratio": last["RadiusRatio"]}
        if "without_network" in alloy:
            figures[law]["auc_without_network"] = judge.auc_without_network(alloy["without_network"])
        judge.forget()
    return figures


def show(name, arguments, threshold, figures):
    print("%s on %d cubes of %g nm of each noise law; threshold %g" % (
        name, arguments.cubes, arguments.cube_edge, threshold))
    blocks = max(len(row["auc"]) for row in figures.values())
    print("%-10s%s  shuffled  calibration  recall  precision  radius" % (
        "noise", "".join("%18s" % ("AUC, block %d" % (i + 1)) for i in range(blocks))))
    for law, row in figures.items():
        control = row["shuffled_auc"]
        print("%-10s%s%10s%13.3f%8.3f%11.3f%8.3f" % (
            law, "".join("%10.4f ± %.4f" % pair
                         for pair in zip(row["auc"], row["auc_standard_error"])),
            "-" if control is None else "%.3f" % control, row["calibration_error"],
            row["recall"], row["precision"], row["radius_ratio"]))
    for law, row in figures.items():
        if "auc_without_network" in row:
            print("%-10s%10.4f ± %.4f without a network" % (law, *row["auc_without_network"]))
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--alloy", choices=list(ALLOYS), required=True)
    parser.add_argument("--network", choices=list(NETWORKS), default="MomentNet")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", default=".")
    parser.add_argument("--judge", metavar="FILE",
                        help="a model that is there already: trains nothing, only judges it, without the"
                        " control, at a threshold of 0.5")
    parser.add_argument("--noise", choices=list(NOISE), nargs="+",
                        help="laws to learn from, where not those of what ships, or to judge with")
    parser.add_argument("--begin-with", metavar="FILE", help="a model to go on from")
    parser.add_argument("--species", nargs="+", default=(),
                        help="with --judge, rows of Species, where the model's names are not the alloy's")
    smaller = parser.add_argument_group("for a quick try; what ships is made without these")
    smaller.add_argument("--epochs", type=int)
    smaller.add_argument("--blocks", type=int)
    smaller.add_argument("--specimens-per-epoch", type=int)
    smaller.add_argument("--edge", type=float, help="of the specimens to learn from, nm")
    smaller.add_argument("--cubes", type=int, default=10, help="to judge with, of each noise law")
    smaller.add_argument("--cube-edge", type=float, default=10, help="nm")
    arguments = parser.parse_args()
    alloy = ALLOYS[arguments.alloy]
    if arguments.judge:
        if not os.path.exists(arguments.judge):
            parser.error("there is no model %s" % arguments.judge)
        if "judged_on" in alloy:
            parser.error("a model for any alloy is judged on one: --alloy %s, with --species" % " or ".join(
                '"%s"' % other for other in alloy["judged_on"]))
        show(arguments.judge, arguments, 0.5,
             judged(alloy, os.path.abspath(arguments.judge), arguments, 0.5,
                    arguments.species, arguments.noise or NOISE, control=False))
        return
    os.makedirs(arguments.output, exist_ok=True)
    if arguments.network not in alloy:
        parser.error("there is no %s for %s" % (arguments.network, arguments.alloy))
    name = "%s %s" % (name_of(alloy), arguments.network)
    path = model_path(alloy, arguments)

    training = train(alloy, arguments, path)
    threshold = suggested_threshold(
        alloy, path, max(1, arguments.cubes // 2), arguments.cube_edge)
    training.SuggestedThreshold = threshold
    training.UpdatePipeline()
    # A model for any alloy is judged on those that it did not learn from.
    tasks = {other: (ALLOYS[other], species)
             for other, species in alloy.get("judged_on", {arguments.alloy: ()}).items()}
    figures = {}
    for task, (other, species) in tasks.items():
        figures[task] = judged(other, path, arguments, threshold, species)
        show("%s: %s" % (name, task), arguments, threshold, figures[task])
    settings = servermanager.Fetch(training).GetFieldData().GetAbstractArray("Training")
    card = {
        "model": name,
        "settings": [settings.GetValue(i) for i in range(settings.GetNumberOfValues())],
        "suggested_threshold": threshold,
        "test": {"cubes": arguments.cubes, "edge_nm": arguments.cube_edge, "seed": TEST_SEED,
                 "variants": "One",
                 "alloys": {task: {
                     "domain_radii_nm": other["test_radii"], "species": list(species),
                     "noise": {law: dict(zip(("model", "lateral_nm", "depth_nm"), make(
                         other["lattice_parameter"]))) for law, make in NOISE.items()}}
                     for task, (other, species) in tasks.items()}},
        "figures": figures,
    }
    # Beside, then renamed: never half a file.
    part = path[: -len("safetensors")] + "json.part"
    with open(part, "w") as file:
        json.dump(card, file, indent=1)
        file.write("\n")
    os.replace(part, part[: -len(".part")])
    print("model    %s" % path)


if __name__ == "__main__":
    main()
