# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""The source files of the project, and a way for a check to end."""

import os
import sys

_LEFT_OUT = {".git", "build", "data", "corpus", "__pycache__"}


def files(root, *extensions):
    """Paths below root with one of the extensions, relative to it, sorted."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT)
        found += [
            os.path.relpath(os.path.join(folder, name), root)
            for name in names
            if name.endswith(extensions)
        ]
    return sorted(found)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def finish(looked_at, problems):
    """Prints the problems; fails where there are any, or where nothing was looked at."""
    for problem in problems:
        print(problem)
    print("%d looked at, %d problems" % (looked_at, len(problems)))
    sys.exit(1 if problems or not looked_at else 0)
