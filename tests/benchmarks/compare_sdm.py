# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""The z-SDM of the plugin beside one made with scipy's cKDTree, in one run, on two threads each.

pvpython tests/benchmarks/compare_sdm.py [million ions, 1 by default]

scipy is asked in the way that is kindest to it: the depth is scaled so that the cylinder just fits into
a box of the maximum norm, which leaves 1.27 times as many pairs as there are to look at, instead of
the 5 times of a sphere; in pieces, so that the lists of neighbours fit into memory. The whole filter is
timed, from its input to its table.
"""

import os
import sys
import time

import numpy
from scipy.spatial import cKDTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "pvpython"))
import atomprobe

atomprobe.load_plugin()
from paraview import servermanager
from paraview.simple import SpatialDistributionMap, SyntheticSpecimen
from vtkmodules.util.numpy_support import vtk_to_numpy

THREADS = 2
WIDTH, DISTANCE = 0.01, 1.5
LAST = round(DISTANCE / WIDTH)


def with_scipy(positions, radius):
    """Counts per bin; the same definition as the filter's, in double."""
    scaled = positions / (radius, radius, DISTANCE + WIDTH / 2)
    tree = cKDTree(scaled)
    counts = numpy.zeros(2 * LAST + 1, int)
    piece = 20000
    for begin in range(0, len(positions), piece):
        lists = tree.query_ball_point(
            scaled[begin : begin + piece], 1, p=numpy.inf, workers=THREADS, return_sorted=False)
        sizes = numpy.fromiter(map(len, lists), int, len(lists))
        neighbours = numpy.concatenate(lists)
        centres = numpy.repeat(numpy.arange(begin, begin + len(lists)), sizes)
        offsets = positions[neighbours] - positions[centres]
        near = (offsets[:, 0] ** 2 + offsets[:, 1] ** 2 <= radius**2) & (neighbours != centres)
        z = offsets[near, 2]
        bins = (numpy.sign(z) * numpy.floor(abs(z) / WIDTH + 0.5)).astype(int)
        counts += numpy.bincount(bins[abs(bins) <= LAST] + LAST, minlength=2 * LAST + 1)
    return counts


def main():
    ions = float(sys.argv[1]) * 1e6 if len(sys.argv) > 1 else 1e6
    # 60.2 atoms per nm³, of which half are seen.
    source = SyntheticSpecimen(
        EdgeLength=(ions / 30.1) ** (1 / 3), DomainFraction=0, DetectionEfficiencyRange=[0.5, 0.5])
    source.UpdatePipeline()
    positions = vtk_to_numpy(servermanager.Fetch(source).GetPoints().GetData()).astype(float)
    for radius in (0.3, 0.6):
        begin = time.perf_counter()
        expected = with_scipy(positions, radius)
        scipy_seconds = time.perf_counter() - begin
        seconds = []
        for _ in range(3):
            sdm = SpatialDistributionMap(Input=source, LateralRadius=radius)
            begin = time.perf_counter()
            sdm.UpdatePipeline()
            seconds.append(time.perf_counter() - begin)
        table = servermanager.Fetch(sdm)
        counts = vtk_to_numpy(table.GetColumnByName("All-All"))
        different = abs(counts - expected).sum() / expected.sum()
        print(
            "%d ions, radius %.1f nm: scipy %.2f s, filter %.3f s, ratio %.0f; %d pairs, %.1e of them"
            " in another bin by rounding" % (
                len(positions), radius, scipy_seconds, sorted(seconds)[1],
                scipy_seconds / sorted(seconds)[1], expected.sum(), different))
        assert different < 1e-4


main()
