# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Small helpers for scripts that use the AtomProbe plugin; all else is paraview.simple.

    import atomprobe
    atomprobe.load_plugin()
    from paraview.simple import *
    ions = IonRanging(AtomProbeReader(FileName="R21_08680.pos"), RangeFileName="R21_08680.rrng")
    atomprobe.show_ions(ions)
    print(atomprobe.ion_counts(ions))
"""

import glob
import os

from paraview import servermanager, simple

_HERE = os.path.dirname(os.path.abspath(__file__))


def plugin_path():
    """Path of AtomProbe.so: ATOMPROBE_PLUGIN, a build tree around this file, or an installation."""
    found = os.environ.get("ATOMPROBE_PLUGIN")
    if found:
        return found
    root = os.path.dirname(_HERE)
    for pattern in (
        "build/lib/paraview-*/plugins/AtomProbe/AtomProbe.so",
        "lib/*/paraview-*/plugins/AtomProbe/AtomProbe.so",
        "lib/paraview-*/plugins/AtomProbe/AtomProbe.so",
    ):
        for base in (root, os.path.dirname(root)):
            paths = sorted(glob.glob(os.path.join(base, pattern)))
            if paths:
                return paths[-1]
    raise RuntimeError(
        "AtomProbe.so not found near %s; build it with ./run build, or name it in the "
        "environment variable ATOMPROBE_PLUGIN" % root
    )


def load_plugin(path=None):
    """Load the plugin here and, where connected to one, on the server, under the same path.

    Call it before opening a state file (.pvsm): state files do not load plugins themselves.
    """
    path = path or plugin_path()
    simple.LoadPlugin(path, remote=False, ns=vars(simple))
    if servermanager.ActiveConnection.IsRemote():
        simple.LoadPlugin(path, remote=True, ns=vars(simple))


def _ion_source(proxy):
    """The proxy itself, or the one upstream of it that names the ions."""
    while proxy is not None:
        if proxy.SMProxy.GetProperty("IonLegend"):
            return proxy
        source = getattr(proxy, "Input", None)
        proxy = source[0] if isinstance(source, (list, tuple)) else source
    return None


def ion_names(proxy):
    """Names of the ions of a ranged cloud: the values of the array Ion index this list."""
    source = _ion_source(proxy)
    if source is None:
        raise ValueError("no Ion Ranging upstream of this proxy: its ions have no names")
    source.UpdatePipeline()
    source.UpdatePropertyInformation()
    return list(source.GetProperty("IonLegend").GetData() or [])[0::4]


def ion_counts(proxy):
    """Ions by name, and under "unranged" those in no range: of all blocks, on all ranks."""
    spectrum = simple.MassSpectrum(Input=proxy)
    spectrum.UpdatePipeline()
    data = servermanager.Fetch(spectrum, idx=1)
    simple.Delete(spectrum)
    several = data is not None and data.IsA("vtkMultiBlockDataSet")
    tables = [data.GetBlock(i) for i in range(data.GetNumberOfBlocks())] if several else [data]
    total = {}
    for table in tables:
        if not table or table.GetNumberOfRows() == 0:
            raise ValueError("no ranges upstream of this proxy: apply IonRanging first")
        names = table.GetColumnByName("Ion")
        counts = table.GetColumnByName("Count")
        for i in range(table.GetNumberOfRows()):
            total[names.GetValue(i)] = total.get(names.GetValue(i), 0) + int(counts.GetValue(i))
    return total


def show_ions(proxy, view=None, point_size=2.0, legend=True):
    """Show a ranged cloud with the colours and names of its range file; returns the display.

    The colour map of the array Ion is filled by the plugin itself whenever the ions change; this
    only selects it and shows the legend.
    """
    view = view or simple.GetActiveViewOrCreate("RenderView")
    display = simple.Show(proxy, view)
    simple.ColorBy(display, ("POINTS", "Ion"))
    display.PointSize = point_size
    bar = simple.GetScalarBar(simple.GetColorTransferFunction("Ion"), view)
    bar.Title = "Ion"
    bar.ComponentTitle = ""
    bar.WindowLocation = "Upper Right Corner"
    display.SetScalarBarVisibility(view, legend)
    return display
