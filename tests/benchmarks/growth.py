# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""How processor time and memory of the analysis filters grow with the number of ions.

    pvpython tests/benchmarks/growth.py [largest, in millions of ions] [filter …]

Each filter runs on a synthetic specimen of its own process: 10⁵ ions, 10⁶, and so on. Time is that of the
processor, summed over the threads, since other work on a machine would disturb the clock. Peak memory is what
comes on top of the input, outputs included.
"""

import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "pvpython"))

# Al-Li-Mg at 60 % detection: ions per nm³.
DENSITY = 4 / 0.405**3 * 0.6

FILTERS = {
    "SpatialDistributionMap": dict(LateralRadius=0.3, MaximumDistance=1.5),
    "IonClusterSearch": dict(Ions=["Li"], MaximumSeparation=0.5),
    "NeighbourDistribution": dict(MaximumDistance=1),
    "CompositionGrid": dict(VoxelSize=1),
    "IonDensityMap": dict(),
    "Proxigram": dict(MaximumDistance=3),
    "IonShuffle": dict(),
}


def peak():
    with open("/proc/self/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return 1024 * int(fields["VmHWM"].split()[0]), 1024 * int(fields["VmRSS"].split()[0])


def one(name, millions):
    """Runs that filter once, and prints a row."""
    import atomprobe

    atomprobe.load_plugin()
    from paraview import simple

    edge = (1e6 * millions / DENSITY) ** (1 / 3)
    ions = simple.SyntheticSpecimen(EdgeLength=edge, DetectionEfficiencyRange=[0.6, 0.6])
    ions.UpdatePipeline()
    settings = dict(FILTERS[name], Input=ions)
    if name == "Proxigram":
        surface = simple.Contour(
            Input=simple.CompositionGrid(Input=ions, Ions=["Li"]),
            ContourBy=["POINTS", "AtomicPercent_Li"], Isosurfaces=[8])
        surface.UpdatePipeline()
        settings["Surface"] = surface
    # ParaView looks at the ranges of all arrays when a proxy is made: that is not the filter's work.
    count = ions.GetDataInformation().GetNumberOfPoints()
    proxy = getattr(simple, name)(**settings)
    # From here on: the highest that there was is what there is.
    with open("/proc/self/clear_refs", "w") as clear:
        clear.write("5")
    before, began = peak()[1], time.process_time()
    proxy.UpdatePipeline()
    seconds = time.process_time() - began
    print("| %s | %.1e | %.2f | %.0f | %.0f |" % (
        name, count, seconds, 1e9 * seconds / count, (peak()[0] - before) / count), flush=True)


def main():
    if sys.argv[1:2] == ["--one"]:
        return one(sys.argv[2], float(sys.argv[3]))
    largest = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    print("| filter | ions | processor, s | ns per ion | peak, bytes per ion |\n|---|---|---|---|---|", flush=True)
    for name in sys.argv[2:] or FILTERS:
        millions = 0.1
        while millions <= 1.001 * largest:
            subprocess.run(
                ["pvpython", os.path.abspath(__file__), "--one", name, str(millions)], check=True)
            millions *= 10


main()
