# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""The pair counts of Neighbour Distribution beside scipy's cKDTree, in one run, on two cores each.

pvpython tests/benchmarks/compare_rdf.py [million ions, 1 by default]

scipy counts with cKDTree.count_neighbors, which never lists the pairs, over the same edges of bins; as it
knows one thread, two processes have half of the centres each. The whole filter is timed, from its input
to its tables, with the distances to the first three neighbours, which scipy is not asked for.
"""

import multiprocessing
import os
import sys
import time

import numpy
from scipy.spatial import cKDTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "pvpython"))
import atomprobe

atomprobe.load_plugin()
from paraview import servermanager
from paraview.simple import NeighbourDistribution, SyntheticSpecimen
from vtkmodules.util.numpy_support import vtk_to_numpy

CORES = 2
WIDTH = 0.02


def count(positions, edges, half):
    """Pairs up to each edge, of the centres of one half (along z, which is kinder than by chance)."""
    order = numpy.argsort(positions[:, 2])
    centres = cKDTree(positions[numpy.array_split(order, CORES)[half]])
    return centres.count_neighbors(cKDTree(positions), edges)


def with_scipy(positions, distance):
    edges = numpy.arange(round(distance / WIDTH) + 1) * WIDTH
    with multiprocessing.get_context("fork").Pool(CORES) as pool:
        halves = pool.starmap(count, [(positions, edges, half) for half in range(CORES)])
    cumulative = sum(halves)
    return numpy.diff(cumulative), cumulative[0] - len(positions)


def main():
    ions = float(sys.argv[1]) * 1e6 if len(sys.argv) > 1 else 1e6
    # 60.2 atoms per nm³, of which half are seen.
    source = SyntheticSpecimen(
        EdgeLength=(ions / 30.1) ** (1 / 3), DomainFraction=0, DetectionEfficiencyRange=[0.5, 0.5])
    source.UpdatePipeline()
    positions = vtk_to_numpy(servermanager.Fetch(source).GetPoints().GetData()).astype(float)
    for distance in (1, 2):
        begin = time.perf_counter()
        expected, same_place = with_scipy(positions, distance)
        scipy_seconds = time.perf_counter() - begin
        expected[0] += same_place
        seconds = []
        for _ in range(3):
            filter = NeighbourDistribution(Input=source, MaximumDistance=distance, BinWidth=WIDTH)
            begin = time.perf_counter()
            filter.UpdatePipeline()
            seconds.append(time.perf_counter() - begin)
        counts = vtk_to_numpy(servermanager.Fetch(filter, idx=2).GetColumnByName("Pairs"))
        different = abs(counts - expected).sum() / expected.sum()
        print(
            "%d ions, to %.0f nm: scipy %.2f s, filter %.3f s, ratio %.0f; %d pairs, %.1e of them in"
            " another bin by rounding" % (
                len(positions), distance, scipy_seconds, sorted(seconds)[1],
                scipy_seconds / sorted(seconds)[1], expected.sum(), different))
        assert different < 1e-4


main()
