# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Open a real data set, range it, draw it: pvpython first_look.py [--data F] [--ranges F] --output DIR

Writes first_look.png, coloured by element, and first_look.pvsm, a state file for ParaView.
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import atomprobe

atomprobe.load_plugin()

from paraview.simple import *

_DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "data", "CoCrNi")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.path.join(_DATA, "CoCrNi.pos"))
    parser.add_argument("--ranges", default=os.path.join(_DATA, "CoCrNi.rrng"))
    parser.add_argument("--output", default=".")
    arguments = parser.parse_args()
    os.makedirs(arguments.output, exist_ok=True)

    reader = OpenDataFile(os.path.abspath(arguments.data))
    ions = IonRanging(Input=reader, RangeFileName=os.path.abspath(arguments.ranges))

    counts = atomprobe.ion_counts(ions)
    total = sum(counts.values())
    print("%d ions in %s" % (total, os.path.basename(arguments.data)))
    for name, count in counts.items():
        print("  %-10s %12d  %6.2f %%" % (name, count, 100.0 * count / total))

    view = GetActiveViewOrCreate("RenderView")
    view.ViewSize = [500, 1000]
    atomprobe.show_ions(ions, view, point_size=3.0)
    view.ResetActiveCameraToPositiveX()
    ResetCamera(view)
    view.CameraViewAngle = 17  # closer: the specimen is slim

    picture = os.path.join(arguments.output, "first_look.png")
    SaveScreenshot(picture, view)
    state = os.path.join(arguments.output, "first_look.pvsm")
    SaveState(state)

    # A state file is worth something only if it loads again.
    ResetSession()
    LoadState(state)
    again = atomprobe.ion_counts(
        next(p for p in GetSources().values() if p.GetXMLName() == "IonRanging")
    )
    if again != counts:
        sys.exit("%s does not give the same ions again" % state)
    print("picture  %s\nstate    %s (load the plugin first)" % (picture, state))


main()
