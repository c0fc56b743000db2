# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Every header of the core rooms compiles alone."""

import concurrent.futures
import os
import subprocess
import sys

from sources import files, finish

root, compiler = sys.argv[1:3]
rooms = ["Readers/Core", "Filters/Core", "Filters/AtomNet"]
headers = [path for path in files(root, ".h") if os.path.dirname(path) in rooms]


def compile_alone(path):
    run = subprocess.run(
        [compiler, "-std=c++17", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-x", "c++"]
        + ["-I" + os.path.join(root, room) for room in rooms]
        + ["-include", os.path.join(root, path), os.devnull],
        capture_output=True, text=True,
    )
    return "" if run.returncode == 0 else "%s does not compile alone:\n%s" % (path, run.stderr)


with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    problems = [problem for problem in pool.map(compile_alone, headers) if problem]
finish(len(headers), problems)
