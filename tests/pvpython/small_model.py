# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Model files with random weights, for tests: what they answer means nothing, but it depends on all."""

import json

import numpy

from import_tensorflow_checkpoint import FIRST_FEATURES, LATER_FEATURES, write_safetensors


def _transform(name, size):
    return [(name + ".conv1", size, 32), (name + ".conv2", 32, 64), (name + ".conv3", 64, 128),
            (name + ".fc1", 128, 128), (name + ".fc2", 128, 64), (name + ".fc3", 64, size * size)]


def _layers(columns):
    return (
        _transform("tnet1", columns)
        + [("mlp1.conv1", columns, 32), ("mlp1.conv2", 32, 32)]
        + _transform("tnet2", 32)
        + [("mlp2.conv1", 32, 32), ("mlp2.conv2", 32, 64), ("mlp2.conv3", 64, 128),
           ("head.fc1", 128, 128), ("head.fc2", 128, 64), ("head.out", 64, 1)]
    )


def write_random_model(path, blocks=2, species=("Al", "Li", "Mg"), alloy="Al-Li-Mg",
                       lattice_parameter=0.405, threshold=0.5, seed=1):
    """Writes a PointNet of that many blocks."""
    random = numpy.random.RandomState(seed)
    tensors = []
    for block in range(1, blocks + 1):
        for name, inputs, outputs in _layers(5 if block == 1 else 6):
            reach = (6 / inputs) ** 0.5
            bias = 0.5 * random.uniform(-1, 1, outputs)
            if name.endswith("fc3"):
                # The matrices that rows are multiplied with stay near the identity.
                reach *= 0.01
                bias = 0.01 * bias + numpy.eye(round(outputs**0.5)).ravel()
            tensors += [
                ("block%d.%s.weight" % (block, name),
                 random.uniform(-reach, reach, (outputs, inputs)).astype("f4")),
                ("block%d.%s.bias" % (block, name), bias.astype("f4")),
            ]
    write_safetensors(path, {
        "format": "AtomProbe model",
        "format_version": "1",
        "architecture": "PointNet",
        "alloy": alloy,
        "species": json.dumps([{"name": name, "ions": [] if name == "*" else [name]}
                               for name in species]),
        "species_encoding": "code",
        "lattice_parameter_nm": repr(lattice_parameter),
        "neighbours": "32",
        "blocks": str(blocks),
        "features": json.dumps([FIRST_FEATURES] + [LATER_FEATURES] * (blocks - 1)),
        "threshold": repr(threshold),
        "batch_norm": "false",
        "training": "{}",
        "metrics": "{}",
        "licence": "CC0-1.0",
    }, tensors)
    return path
