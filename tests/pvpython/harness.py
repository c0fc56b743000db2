# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""What the pvpython tests share: the loaded plugin, data as numpy arrays, captured messages."""

import contextlib
import os
import sys

sys.path.insert(0, os.environ["ATOMPROBE_PVPYTHON"])

import atomprobe

DATA = os.environ["ATOMPROBE_TEST_DATA"]
COCRNI = os.path.join(DATA, "CoCrNi", "CoCrNi.pos")
COCRNI_RANGES = os.path.join(DATA, "CoCrNi", "CoCrNi.rrng")
# What the data and its range file hold, counted once by hand with numpy.
COCRNI_COUNTS = {"Cr": 12294, "Ni": 11544, "Co": 11227, "H": 1277, "unranged": 3602}

if os.environ.get("ATOMPROBE_SERVER_URL"):
    from paraview.simple import Connect

    host, port = os.environ["ATOMPROBE_SERVER_URL"].split(":")
    Connect(host, int(port))

atomprobe.load_plugin()

from paraview import servermanager, simple
from vtkmodules.numpy_interface import dataset_adapter
from vtkmodules.vtkCommonCore import vtkLogger, vtkOutputWindow, vtkStringOutputWindow


def fetch(proxy, port=0):
    """The output, gathered from all ranks, with arrays that numpy understands."""
    proxy.UpdatePipeline()
    return dataset_adapter.WrapDataObject(servermanager.Fetch(proxy, idx=port))


def column(table, name):
    """A column of a fetched table as a list."""
    array = table.VTKObject.GetColumnByName(name)
    assert array is not None, "no column %s" % name
    return [array.GetValue(i) for i in range(array.GetNumberOfValues())]


class Messages:
    """Errors and warnings that VTK printed."""

    def __init__(self):
        self._window = vtkStringOutputWindow()

    @property
    def text(self):
        return self._window.GetOutput()


@contextlib.contextmanager
def captured_messages():
    """Within this, VTK's errors and warnings go into the object that it gives."""
    messages = Messages()
    before = vtkOutputWindow.GetInstance()
    verbosity = vtkLogger.GetCurrentVerbosityCutoff()
    vtkOutputWindow.SetInstance(messages._window)
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)
    try:
        yield messages
    finally:
        vtkLogger.SetStderrVerbosity(verbosity)
        vtkOutputWindow.SetInstance(before)


def error_of(update):
    """The one error that update() has VTK print; fails where it prints none, or more."""
    with captured_messages() as messages:
        update()
    assert messages.text.count("ERROR:") == 1, "one error was expected: %r" % messages.text
    return messages.text


def run_all(namespace):
    """Runs every test_… function, each in a fresh session, and says which fail."""
    failed = []
    tests = [(n, f) for n, f in list(namespace.items()) if n.startswith("test_") and callable(f)]
    assert tests, "no test in this file"
    for name, function in tests:
        try:
            function()
            print("ok      %s" % name)
        except Exception:
            import traceback

            traceback.print_exc()
            print("FAILED  %s" % name)
            failed.append(name)
        for source in list(simple.GetSources().values()):
            simple.Delete(source)
    print("%d passed, %d failed" % (len(tests) - len(failed), len(failed)))
    if failed:
        sys.exit(1)
