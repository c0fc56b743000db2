# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Every source file names its licence in its first lines."""

import sys

from sources import files, finish, read

root = sys.argv[1]
sources = files(root, ".h", ".cpp", ".cxx", ".cu", ".inc", ".py", "CMakeLists.txt")
finish(
    len(sources),
    [
        "%s has no SPDX lines on top" % path
        for path in sources
        if "SPDX-License-Identifier: BSD-3-Clause" not in read(root, path)[:300]
    ],
)
