# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""What the stories that draw figures have in common: cells of a picture, ions, charts, tables.

Load the plugin first, as they do.
"""

from paraview import servermanager
from paraview.simple import *

BLUE, ORANGE, GREEN, RED, GREY = (
    (0.12, 0.47, 0.71), (0.9, 0.5, 0.1), (0.2, 0.6, 0.2), (0.8, 0.15, 0.15), (0.6, 0.6, 0.6))


def paler(color):
    """The same colour, half way to white."""
    return tuple(0.5 + 0.5 * c for c in color)


def table(proxy, port=0):
    """A table of that port as a list of dictionaries; of a collection of tables, the first one."""
    proxy.UpdatePipeline()
    rows = servermanager.Fetch(proxy, idx=port)
    if rows.IsA("vtkMultiBlockDataSet"):
        rows = rows.GetBlock(0)
    return [{rows.GetColumnName(i): rows.GetColumn(i).GetValue(row)
             for i in range(rows.GetNumberOfColumns())} for row in range(rows.GetNumberOfRows())]


def table_of(**columns):
    """A source of a table with these columns of numbers, for a chart."""
    source = ProgrammableSource(OutputDataSetType="vtkTable")
    source.Script = "import numpy\n" + "".join(
        "output.RowData.append(numpy.array(%r), %r)\n" % ([float(v) for v in values], name)
        for name, values in columns.items())
    return source


def grid(name, rows, columns):
    """A layout and its cells, row by row."""
    layout = CreateLayout(name)

    def split(cell, count, cut):
        cells = []
        for left in range(count, 1, -1):
            cut(cell, 1.0 / left)
            cells.append(2 * cell + 1)
            cell = 2 * cell + 2
        return cells + [cell]

    cells = []
    for row in split(0, rows, layout.SplitVertical):
        cells += split(row, columns, layout.SplitHorizontal)
    return layout, cells


def save(layout, path, width, height):
    layout.SetSize(width, height)
    SaveScreenshot(path, layout, ImageResolution=[width, height])
    print("picture  %s" % path)


def ordered_alone(ions, array="Ordered"):
    """The ions of which that array is 1."""
    return Threshold(Input=ions, Scalars=["POINTS", array], LowerThreshold=1, UpperThreshold=1)


def caption(view, text):
    """Black text at the top of a view."""
    label = Show(Text(Text=text), view)
    label.WindowLocation = "Upper Center"
    label.Color = [0, 0, 0]
    label.FontSize = 18


def scene(layout, cell, title):
    """An empty white 3-D view in that cell."""
    view = CreateView("RenderView")
    AssignViewToLayout(view, layout, cell)
    view.OrientationAxesVisibility = 0
    view.UseColorPaletteForBackground = 0
    view.Background = [1, 1, 1]
    caption(view, title)
    return view


def show_points(view, source, array, size=2.5, legend=None):
    """Ions coloured by an array; a probability from 0 to 1 whatever the data."""
    display = Show(source, view)
    ColorBy(display, ("POINTS", array))
    display.PointSize = size
    if array.startswith("OrderedProbability"):
        # ColorBy rescales to the data.
        GetColorTransferFunction(array).RescaleTransferFunction(0, 1)
    display.SetScalarBarVisibility(view, legend is not None)
    if legend is not None:
        bar = GetScalarBar(GetColorTransferFunction(array), view)
        bar.Title, bar.ComponentTitle = legend, ""
        bar.RangeLabelFormat = "%.1f"
        bar.TitleColor = bar.LabelColor = [0, 0, 0]
        bar.WindowLocation = "Lower Right Corner"
    return display


def box(view, source):
    """The edges of what surrounds a source, with a scale in nm."""
    display = Show(Outline(Input=source), view)
    display.AmbientColor = display.DiffuseColor = [0.4, 0.4, 0.4]
    axes = display.DataAxesGrid
    axes.GridAxesVisibility = 1
    for axis in "XYZ":
        setattr(axes, axis + "Title", axis.lower() + " (nm)")
        setattr(axes, axis + "TitleColor", [0, 0, 0])
        setattr(axes, axis + "LabelColor", [0, 0, 0])
    axes.GridColor = [0.7, 0.7, 0.7]
    return display


def from_the_front(view, angle=27):
    """Looks along y, the axis of analysis upwards."""
    view.ResetActiveCameraToPositiveY()
    ResetCamera(view)
    view.CameraViewAngle = angle


def chart(layout, cell, title, bottom, left, legend="TopRight"):
    """An empty chart of lines in that cell."""
    view = CreateView("XYChartView")
    AssignViewToLayout(view, layout, cell)
    view.ChartTitle = title
    view.BottomAxisTitle = bottom
    view.LeftAxisTitle = left
    view.LegendLocation = legend
    return view


def show_series(view, source, series, x="bin_extents", names=None, lines=True):
    """Columns of a table, {column: colour}, against the column x; names says what the legend says."""
    display = Show(source, view)
    display.UseIndexForXAxis = 0
    display.XArrayName = x
    shown = {label.split(" (")[0]: label for label in list(display.SeriesLabel)[0::2]}
    labels = {name: shown.get(name, name) for name in series}
    display.SeriesVisibility = list(labels.values())
    display.SeriesColor = [
        v for name, color in series.items() for v in [labels[name]] + [str(c) for c in color]]
    display.SeriesLabel = [v for name in series
                           for v in (labels[name], (names or {}).get(name, name))]
    display.SeriesLineThickness = [v for name in series for v in (labels[name], "3")]
    if not lines:
        display.SeriesLineStyle = [v for name in series for v in (labels[name], "0")]
        display.SeriesMarkerStyle = [v for name in series for v in (labels[name], "4")]
        display.SeriesMarkerSize = [v for name in series for v in (labels[name], "8")]
    return display
