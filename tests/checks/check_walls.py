# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""The walls between the rooms: what each may include."""

import re
import sys

from sources import files, finish, read

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
VTK = re.compile(r"^vtk")
TORCH = re.compile(r"^(torch|ATen|c10)/")
CORE_ROOMS = ("Readers/Core/", "Filters/Core/", "Filters/AtomNet/")

root = sys.argv[1]
sources = files(root, ".h", ".cpp", ".cxx", ".cu", ".inc")
# Headers that belong to a room which an inner room must not see.
outer = {"Readers/Core/": ("Filters/",), "Filters/Core/": ("Filters/AtomNet/",)}
owner = {path.rsplit("/", 1)[-1]: path for path in sources if path.endswith(".h")}

problems = []
for path in sources:
    room = next((room for room in CORE_ROOMS if path.startswith(room)), None)
    for include in INCLUDE.findall(read(root, path)):
        if room and VTK.match(include):
            problems.append("%s includes %s: a core room knows nothing of VTK" % (path, include))
        if TORCH.match(include) and not path.startswith(
            ("Filters/AtomNet/", "tests/atomnet/", "tests/benchmarks/")
        ):
            problems.append("%s includes %s: LibTorch stays in Filters/AtomNet" % (path, include))
        home = owner.get(include.rsplit("/", 1)[-1], "")
        for forbidden in outer.get(room, ()):
            if home.startswith(forbidden):
                problems.append("%s includes %s of %s: arrows point inward" % (path, include, home))
finish(len(sources), problems)
