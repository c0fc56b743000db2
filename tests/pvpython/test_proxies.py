# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Every proxy of the plugin can be built, is documented, and is called what the contract says."""

import glob
import os
import re
import xml.etree.ElementTree as ElementTree

from harness import run_all
from paraview import servermanager, simple

XML = os.environ["ATOMPROBE_XML"]

# Label and Python name of every proxy that scripts and state files depend on, and its properties.
CONTRACT = {
    ("sources", "AtomProbeReader"): ("Atom Probe Reader", ["FileName"]),
    ("filters", "IonClusterSearch"): ("Ion Cluster Search", [
        "Method", "MaximumSeparation", "Order", "MinimumSize", "MinimumNeighbours", "Ions",
        "OnlyOrdered", "EnvelopeDistance", "ErosionDistance",
    ]),
    ("filters", "IonDensityMap"): ("Ion Density Map", [
        "Input", "Projection", "Axis", "LimitDepth", "DepthRange", "Ions", "IonClass",
        "ReferenceIons", "ReferenceClass", "ClassArray", "PixelSize", "Smoothing", "MinimumCount",
    ]),
    ("filters", "CompositionGrid"): ("Composition Grid", [
        "Ions", "ReferenceIons", "SumIons", "Decompose", "VoxelSize", "Delocalisation",
        "MinimumCount", "MaximumVoxels",
    ]),
    ("filters", "ClassificationMetrics"): ("Classification Metrics", ["Threshold", "Scores"]),
    ("filters", "IonRanging"): ("Ion Ranging", ["RangeFileName", "RemoveUnranged"]),
    ("filters", "IonShuffle"): ("Ion Shuffle", []),
    ("filters", "AtomNetSegmentation"): ("AtomNet Segmentation", [
        "Model", "ModelFileName", "Threshold", "BlockCount", "LatticeParameter", "Device",
        "KeepBlockProbabilities",
    ]),
    ("filters", "AtomNetTraining"): ("AtomNet Training", [
        "ModelFileName", "BlockCount", "Epochs", "BatchSize", "LearningRate", "ValidationFraction",
        "Seed", "Device", "Architecture", "FreshSpecimens", "SpecimensPerEpoch", "SpecimensPerStep",
        "TruthArray", "OrderedValues", "Species", "LatticeParameter", "Neighbours", "BatchNorm",
        "WaveWindows", "InitialModelFileName", "SpeciesEncoding", "Orthogonality", "CosineDecay", "WeightDecay", "Patience", "Alloy", "Licence",
        "SuggestedThreshold",
    ]),
    ("filters", "MassSpectrum"): ("Mass Spectrum", []),
    ("filters", "NeighbourDistribution"): ("Neighbour Distribution", [
        "Input", "CentreIons", "NeighbourIons", "NumberOfNeighbours", "MaximumDistance", "BinWidth",
        "OnlyInteriorCentres", "NumberOfControls", "Seed", "MaximumPairs",
    ]),
    ("filters", "Proxigram"): ("Proxigram", [
        "Input", "Surface", "Mode", "Ions", "ReferenceIons", "SumIons", "Decompose",
        "MaximumDistance", "Invert", "OnlyTwoSided", "BeyondRim", "Point1", "Point2", "Radius",
        "BinWidth", "IonsPerBin", "InterfaceHalfWidth", "InterfacePosition", "DetectionEfficiency",
        "DividingSurface", "DividingIon",
    ]),
    ("filters", "SizeDistributionComparison"): ("Size Distribution Comparison", [
        "Input", "SizeColumn", "BinWidth",
    ]),
    ("filters", "SpatialDistributionMap"): ("Spatial Distribution Map", [
        "CentreIon", "NeighbourIon", "Axis", "MaximumDistance", "LateralRadius", "BinWidth", "Mode",
    ]),
    ("sources", "SyntheticSpecimen"): ("Synthetic Specimen", [
        "Preset", "NumberOfSpecimens", "EdgeLength", "DomainRadiusRange", "DomainFraction",
        "RotationX", "RotationY", "RotationZ", "DetectionEfficiencyRange", "LateralNoiseRange",
        "DepthNoiseRange", "NoiseModel", "Seed",
    ]),
}


def _elements():
    for path in sorted(glob.glob(os.path.join(XML, "*.xml"))):
        for group in ElementTree.parse(path).getroot().iter("ProxyGroup"):
            for element in group:
                yield path, group.get("name"), element


def _build(group, name):
    proxy = servermanager.ProxyManager().NewProxy(group, name)
    assert proxy, "%s %s cannot be built" % (group, name)
    return proxy


def _properties(proxy):
    iterator = proxy.NewPropertyIterator()
    iterator.Begin()
    while not iterator.IsAtEnd():
        yield iterator.GetKey(), iterator.GetProperty()
        iterator.Next()


def test_every_proxy_is_built():
    names = [(group, element.get("name")) for _, group, element in _elements()]
    assert len(names) >= len(CONTRACT) and set(CONTRACT) <= set(names)
    for group, name in names:
        proxy = _build(group, name)
        proxy.UpdateVTKObjects()
        assert proxy.GetClientSideObject(), name


def test_every_proxy_and_property_is_documented():
    for path, group, element in _elements():
        name = element.get("name")
        documentation = element.find("Documentation")
        assert documentation is not None and len(documentation.text.split()) > 4, name
        for prop in element:
            if prop.tag.endswith("Property"):
                text = prop.find("Documentation")
                assert text is not None and len(text.text.split()) > 2, (name, prop.get("name"))


def test_properties_have_no_label_of_their_own():
    for _, _, element in _elements():
        for prop in element:
            if prop.tag.endswith("Property"):
                assert prop.get("label") is None, (element.get("name"), prop.get("name"))


def test_lists_have_a_heading():
    # ParaView shows no name beside a list that one types: the group that it begins has to say it.
    for _, _, element in _elements():
        headed = {group.find("Property").get("name") for group in element.iter("PropertyGroup")
                  if group.get("label")}
        for prop in element:
            if (prop.get("repeat_command") == "1" and prop.get("panel_visibility") != "never"
                    and not any(child.tag.endswith("Domain") for child in prop)):
                assert prop.get("name") in headed, (element.get("name"), prop.get("name"))


def test_names_are_those_of_the_contract():
    for (group, name), (label, properties) in CONTRACT.items():
        proxy = _build(group, name)
        assert proxy.GetXMLLabel() == label, (name, proxy.GetXMLLabel())
        assert re.sub("[^A-Za-z0-9]", "", label) == name
        assert hasattr(simple, name), name
        for prop in properties:
            assert proxy.GetProperty(prop), (name, prop)


def test_sources_and_filters_are_in_the_menu():
    for _, group, element in _elements():
        if group in ("sources", "filters"):
            hints = element.find("Hints")
            menu = hints.find("ShowInMenu")
            if hints.find("ReaderFactory") is not None:
                continue
            assert menu is not None and menu.get("category") == "Atom Probe", element.get("name")


def test_every_proxy_has_a_page():
    for _, group, element in _elements():
        if group != "internal_writers":
            page = os.path.join(XML, "..", "docs", "user", element.get("name") + ".md")
            assert os.path.exists(page), page


run_all(globals())
