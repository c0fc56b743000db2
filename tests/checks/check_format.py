# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Every C++ source is as clang-format would have it."""

import os
import subprocess
import sys

from sources import files, finish

root, clang_format = sys.argv[1:3]
sources = files(root, ".h", ".cpp", ".cxx", ".cu")
run = subprocess.run(
    [clang_format, "--dry-run"] + sources, cwd=root, capture_output=True, text=True
)
problems = sorted({line.split(":")[0] for line in run.stderr.splitlines() if "warning:" in line})
if run.returncode:
    problems.append(run.stderr)
finish(len(sources), ["%s: run ./run format" % problem for problem in problems])
