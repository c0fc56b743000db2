# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the seeds of fuzz_ModelFile into corpus/ModelFile: python3 make_ModelFile_corpus.py

All numbers are invented.
"""

import json
import os
import struct

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus", "ModelFile")

METADATA = {
    "format": "AtomProbe model",
    "format_version": "1",
    "architecture": "PointNet",
    "alloy": "Ab-Cd",
    "species": '[{"ions":[],"name":"*"},{"ions":["Ab","AbH"],"name":"Ab"}]',
    "species_encoding": "code",
    "lattice_parameter_nm": "0.4",
    "neighbours": "32",
    "blocks": "1",
    "features": '[["offset_x","offset_y","offset_z","neighbour_species","own_species"]]',
    "threshold": "0.5",
    "batch_norm": "false",
    "training": '{"epochs":20,"learning_rate":0.001,"noise":"Gaussian"}',
    "seed": "7",
    "metrics": '{"auc":[0.9]}',
    "licence": "CC0-1.0",
}


def layers(columns):
    def transform(name, size):
        return [(name + ".conv1", size, 32), (name + ".conv2", 32, 64), (name + ".conv3", 64, 128),
                (name + ".fc1", 128, 128), (name + ".fc2", 128, 64), (name + ".fc3", 64, size**2)]

    return (transform("tnet1", columns) + [("mlp1.conv1", columns, 32), ("mlp1.conv2", 32, 32)]
            + transform("tnet2", 32)
            + [("mlp2.conv1", 32, 32), ("mlp2.conv2", 32, 64), ("mlp2.conv3", 64, 128),
               ("head.fc1", 128, 128), ("head.fc2", 128, 64), ("head.out", 64, 1)])


def header(metadata, shapes, dtype="F32"):
    """The header's text, and how many bytes the values take."""
    entries = {} if metadata is None else {"__metadata__": metadata}
    offset = 0
    for tensor, shape in shapes:
        size = 4
        for extent in shape:
            size *= extent
        entries[tensor] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    return json.dumps(entries, separators=(",", ":")).encode(), offset


def write(name, content):
    with open(os.path.join(FOLDER, name), "wb") as file:
        file.write(content)


def write_file(name, metadata, shapes, data=None, dtype="F32"):
    """Without data: as many zeros as the shapes need."""
    text, size = header(metadata, shapes, dtype)
    write(name, struct.pack("<Q", len(text)) + text + (b"\0" * size if data is None else data))


os.makedirs(FOLDER, exist_ok=True)
network = []
for layer, inputs, outputs in layers(5):
    network += [("block1.%s.weight" % layer, [outputs, inputs]),
                ("block1.%s.bias" % layer, [outputs])]
write_file("nothing.safetensors", None, [])
write_file("empty-tensor.safetensors", None, [("a", [0, 3]), ("b", [])])
write_file("other-program.safetensors", {"format": "pt"}, [("a", [2, 2])])
write_file("half-precision.safetensors", {"format": "pt"}, [("a", [2])], dtype="F16")
write_file("not-finite.safetensors", {}, [("a", [2])],
           struct.pack("<2f", float("nan"), float("inf")))
write_file("too-few-tensors.safetensors", METADATA, [("block1.tnet1.conv1.weight", [32, 5])])
# Headers alone: the fuzz target puts their length before and weights behind them.
write("model.json", header(METADATA, network)[0])
write("model-one-hot.json", header(dict(METADATA, species_encoding="one-hot"), network)[0])
write("model-other-features.json", header(dict(
    METADATA, features='[["own_species","offset_z","offset_x","neighbour_species","offset_y"]]',
    metrics="{}", training="{}"), network)[0])
