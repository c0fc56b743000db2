# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""How well L1_0 order could be told at best: python3 order_ceiling.py --lattice-parameter 0.39 --radius 0.8

Planes of two elements take turns along the c axis. Noise wider than their distance leaves nothing of
that, whatever looks at it. For each noise law of the models that ship, and for c along the axis of
analysis (z) or across it (x, y), this prints the AUC of the best possible answer to an easier question
than a network's: is this ball, whose ions are all of one kind, ordered or not? It knows the ball's
border, the lattice, the noise law and its widths. No network can do better; one that must find domains
first does worse. Needs numpy, no ParaView.
"""

import argparse
import math

import numpy

PHASES = 256  # of a period, where densities are tabulated
SPECIMENS = 300  # each with widths of its own
BALLS = 150  # of either kind in each


def densities(sigma, law, clipped):
    """Of an ion's place over the phase, [PHASES], its plane at phase 0; sigma in periods.

    clipped: share of ions that the published scripts clip; None: those beyond one sigma.
    """
    offsets = (numpy.arange(PHASES * 32) / PHASES) - 16
    values = numpy.exp(-offsets**2 / (2 * sigma**2))
    if law == "trunc" or law == "script" and clipped is None:
        values[numpy.abs(offsets) > sigma] = 0
    values = values.reshape(32, PHASES).sum(axis=0)
    values /= values.sum()
    if law == "script":
        # Those that the scripts clip all get the same shift, and keep their relative places.
        share = 0.3173 if clipped is None else clipped
        values *= 1 - share
        values[0] += share
    return values


def auc(ordered, others):
    values = numpy.concatenate([ordered, others])
    ranks = numpy.empty(len(values))
    ranks[numpy.argsort(values, kind="stable")] = numpy.arange(1, len(values) + 1)
    # Equal values share their mean rank.
    _, place = numpy.unique(values, return_inverse=True)
    ranks = (numpy.bincount(place, ranks) / numpy.bincount(place))[place]
    n = len(ordered)
    return (ranks[:n].sum() - n * (n + 1) / 2) / (n * len(others))


def best_auc(law, along_z, lateral, depth, a, ions, random):
    """Mean over specimens, with their widths in nm from these ranges, and efficiencies."""
    found = []
    for _ in range(SPECIMENS):
        widths = random.uniform(*lateral), random.uniform(*depth)
        clipped = None
        if law == "script" and along_z:
            # Their z is clipped where a draw of the lateral error is beyond the width in depth.
            clipped = math.erfc(widths[1] / widths[0] / math.sqrt(2))
        here = densities(widths[1 if along_z else 0] / a, law, clipped)
        other = numpy.roll(here, PHASES // 2)
        # Of an ordered ball the first element's ions are those whose plane is at phase 0.
        first = here / (here + other + 1e-300)
        # What an ion of either element at a phase says for order, against half of each.
        says = numpy.log(numpy.maximum(2 * numpy.stack([first, 1 - first]), 1e-12))
        counts = random.poisson(random.uniform(*ions), (2, BALLS))
        sums = []
        for ordered, count in enumerate(counts):
            total = count.sum()
            plane = random.integers(0, 2, total)
            phase = (random.choice(PHASES, total, p=here) + plane * (PHASES // 2)) % PHASES
            element = plane if ordered else random.integers(0, 2, total)
            ball = numpy.repeat(numpy.arange(BALLS), count)
            sums.append(numpy.bincount(ball, says[element, phase], BALLS))
        found.append(auc(sums[1], sums[0]))
    return numpy.mean(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lattice-parameter", type=float, default=0.39, help="nm")
    parser.add_argument("--radius", type=float, default=0.8, help="of a domain, nm")
    parser.add_argument("--efficiency", type=float, nargs=2, default=[0.4, 0.8])
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    a = arguments.lattice_parameter
    volume = 4 / 3 * numpy.pi * arguments.radius**3
    ions = [efficiency * 4 / a**3 * volume for efficiency in arguments.efficiency]
    random = numpy.random.default_rng(arguments.seed)
    print("a ball of %g nm, %.0f to %.0f ions: the best AUC" % (arguments.radius, *ions))
    print("noise     c along z  c along x or y")
    for name, law, lateral, depth in (
            ("script", "script", (0.5 * a, 2 * a), (0.2 * a, 0.5 * a)),
            ("trunc", "trunc", (0.5 * a, 2 * a), (0.2 * a, 0.5 * a)),
            ("gauss", "gauss", (0.2, 0.5), (0.08, 0.2)),
            ("gauss02", "gauss", (0.2, 0.5), (0.02, 0.08))):
        print("%-10s%9.3f%16.3f" % (name, *(
            best_auc(law, along_z, lateral, depth, a, ions, random) for along_z in (True, False))))


if __name__ == "__main__":
    main()
