# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
import numpy

from harness import COCRNI, COCRNI_COUNTS, COCRNI_RANGES, column, error_of, fetch, run_all
from paraview.simple import (
    AtomProbeReader, CreateView, IonRanging, MassSpectrum, SaveScreenshot, Show,
)


def _masses():
    return numpy.fromfile(COCRNI, ">f4").reshape(-1, 4)[:, 3].astype(float)


def _ranged():
    return IonRanging(Input=AtomProbeReader(FileName=COCRNI), RangeFileName=COCRNI_RANGES)


def test_counts_every_ion_once():
    table = fetch(MassSpectrum(Input=AtomProbeReader(FileName=COCRNI)))
    counts = numpy.array(column(table, "Counts"))
    centres = numpy.array(column(table, "bin_extents"))
    assert counts.sum() == 39944
    assert numpy.allclose(numpy.diff(centres), 0.01)
    assert centres[0] == 0.005 and abs(centres[-1] - _masses().max()) < 0.02


def test_bins_are_those_of_numpy():
    spectrum = MassSpectrum(Input=AtomProbeReader(FileName=COCRNI))
    spectrum.BinWidth = 0.25
    spectrum.MassRange = [20, 60]
    expected, _ = numpy.histogram(_masses(), bins=160, range=(20, 60))
    counts = numpy.array(column(fetch(spectrum), "Counts"))
    assert numpy.array_equal(counts, expected)


def test_log_counts_are_logarithms():
    spectrum = MassSpectrum(Input=AtomProbeReader(FileName=COCRNI), LogCounts=1)
    table = fetch(spectrum)
    counts = numpy.array(column(table, "Counts"), float)
    logs = numpy.array(column(table, "Log10Counts"))
    assert numpy.isnan(logs[counts == 0]).all()
    assert numpy.allclose(logs[counts > 0], numpy.log10(counts[counts > 0]))


def test_composition_of_the_real_data():
    spectrum = MassSpectrum(Input=_ranged())
    ions = fetch(spectrum, 1)
    counts = dict(zip(column(ions, "Ion"), column(ions, "Count")))
    assert counts == COCRNI_COUNTS
    percents = dict(zip(column(ions, "Ion"), column(ions, "IonicPercent")))
    errors = dict(zip(column(ions, "Ion"), column(ions, "IonicPercentError")))
    ranged = 39944 - 3602
    fraction = 12294 / ranged
    assert abs(percents["Cr"] - 100 * fraction) < 1e-9
    assert abs(errors["Cr"] - 100 * (fraction * (1 - fraction) / ranged) ** 0.5) < 1e-9

    elements = fetch(spectrum, 2)
    atoms = dict(zip(column(elements, "Element"), column(elements, "Count")))
    # 174 ions of the range H:2 hold two atoms each.
    assert atoms == {"Cr": 12294, "Ni": 11544, "Co": 11227, "H": 1103 + 2 * 174}
    assert abs(sum(column(elements, "AtomicPercent")) - 100) < 1e-9

    ranges = fetch(spectrum, 3)
    assert column(ranges, "Ion")[0] == "Cr" and column(ranges, "Count")[0] == 516
    assert sum(column(ranges, "Count")) == ranged


def test_without_ranges_the_other_tables_are_empty():
    spectrum = MassSpectrum(Input=AtomProbeReader(FileName=COCRNI))
    for port in (1, 2, 3):
        assert fetch(spectrum, port).GetNumberOfRows() == 0


def test_opens_in_the_chart_with_the_mass_as_x_axis():
    view = CreateView("XYChartView")
    display = Show(MassSpectrum(Input=_ranged()), view)
    assert display.XArrayName == "bin_extents"
    assert display.UseIndexForXAxis == 0
    assert "Counts" in list(display.SeriesVisibility)


def test_impossible_bins_are_an_error():
    spectrum = MassSpectrum(Input=AtomProbeReader(FileName=COCRNI))
    spectrum.BinWidth = 0
    assert "0" in error_of(spectrum.UpdatePipeline)
    spectrum.BinWidth = 0.01
    spectrum.MassRange = [50, 20]
    assert "20" in error_of(spectrum.UpdatePipeline)


run_all(globals())
