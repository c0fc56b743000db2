# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Find ordered domains with AtomNet: pvpython ordered_domains.py --output DIR

First three synthetic alloys, of which the truth is known: ordered_domains_al_li_mg.png, …_au_cu.png
and …_co_superalloy.png show the ions that are in domains, the probability of every ion, and the ions
that are called ordered. Then the real CoCrNi alloy: ordered_domains_cocrni.png shows the probability,
the ordered ions alone, and what is called ordered when the same ions are shuffled over the same
places, the control that any finding has to beat. Prints how good the answers are, element by
element.
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import atomprobe

atomprobe.load_plugin()

import figures
from paraview import servermanager
from paraview.simple import *
from vtkmodules.util.numpy_support import vtk_to_numpy

_DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "data", "CoCrNi")

# By preset, which begins the name of the model as well: the name of the picture.
ALLOYS = {"Al-Li-Mg L1_2": "al_li_mg", "Au-Cu L1_0": "au_cu", "Co superalloy L1_2": "co_superalloy"}


def segmented(ions, model, folder, **properties):
    """The ions with the answer of a model that ships, or of the file of that name in a folder."""
    if folder:
        path = os.path.join(os.path.abspath(folder), model + ".safetensors")
        return AtomNetSegmentation(Input=ions, Model="Custom", ModelFileName=path, **properties)
    return AtomNetSegmentation(Input=ions, Model=model, **properties)


def pictures(row, path, angle=24):
    """Pictures beside each other, [(source, array, title, point size), …], into one file."""
    layout, cells = figures.grid(os.path.basename(path), 1, len(row))
    for cell, (source, array, title, size) in zip(cells, row):
        view = figures.scene(layout, cell, title)
        figures.show_points(view, source, array, size, legend="ion" if array == "Ion" else "probability")
        figures.from_the_front(view, angle)
    figures.save(layout, path, 560 * len(row), 600)


def synthetic(alloy, name, arguments):
    ions = SyntheticSpecimen(Preset=alloy, DomainVariants="Translations",
                             EdgeLength=arguments.edge, Seed=2026)
    answer = segmented(ions, alloy + " MomentNet", arguments.models)
    metrics = ClassificationMetrics(Input=answer)
    summary = figures.table(metrics)[0]
    print("%s, synthetic, %g nm, never seen in training: AUC %.3f" % (
        alloy, arguments.edge, summary["AUC"]))
    for row in [dict(summary, Ion="all")] + figures.table(metrics, 4):
        print("  %-4s recall %.3f  precision %.3f" % (row["Ion"], row["Recall"], row["Precision"]))

    pictures(
        [(figures.ordered_alone(ions, "Phase"), "Ion", alloy + ": ions in domains", 2.5),
         (answer, "OrderedProbability", "probability of every ion, AUC %.3f" % summary["AUC"], 2.5),
         (figures.ordered_alone(answer), "Ion", "ions called ordered", 2.5)],
        os.path.join(arguments.output, "ordered_domains_%s.png" % name))


def share_ordered(answer):
    """The share of the ions with a probability that is called ordered."""
    answer.UpdatePipeline()
    points = servermanager.Fetch(answer).GetPointData()
    probability = vtk_to_numpy(points.GetArray("OrderedProbability"))
    return vtk_to_numpy(points.GetArray("Ordered")).sum() / (probability == probability).sum()


def real(arguments):
    reader = AtomProbeReader(FileName=os.path.join(_DATA, "CoCrNi.pos"))
    ranges = os.path.join(_DATA, "CoCrNi.rrng")
    ions = IonRanging(Input=reader, RangeFileName=ranges, RemoveUnranged=1)
    # The superalloy's network takes chromium for one of its "other" ions. CoCrNi: a = 0.357 nm.
    model, properties = "Co superalloy L1_2 MomentNet", {"LatticeParameter": 0.357}
    answer = segmented(ions, model, arguments.models, **properties)
    control = segmented(IonShuffle(Input=ions, Seed=1), model, arguments.models, **properties)
    print("CoCrNi, measured: %.2f %% called ordered; with its ions shuffled (control): %.2f %%" % (
        100 * share_ordered(answer), 100 * share_ordered(control)))

    pictures(
        [(answer, "OrderedProbability", "CoCrNi: probability of every ion", 3),
         (figures.ordered_alone(answer), "Ion", "ions called ordered", 3),
         (figures.ordered_alone(control), "Ion", "the same, ions shuffled", 3)],
        os.path.join(arguments.output, "ordered_domains_cocrni.png"), angle=30)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edge", type=float, default=16, help="of the synthetic specimens, nm")
    parser.add_argument("--models", help="folder of model files; else those that ship are used")
    parser.add_argument("--output", default=".")
    arguments = parser.parse_args()
    os.makedirs(arguments.output, exist_ok=True)
    for alloy, name in ALLOYS.items():
        synthetic(alloy, name, arguments)
    real(arguments)


main()
