# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Turn TensorFlow checkpoints of a PointNet, as AtomNet's authors made them, into a model file.

    python3 import_tensorflow_checkpoint.py BLOCK_1 BLOCK_2 --species Al,Li,Mg \\
        --lattice-parameter 0.405 --output al-li-mg.safetensors

Each BLOCK is the path of a checkpoint without .index and .data-00000-of-00001; blocks in the order
in which they are applied. Species are in the order of their codes; * stands for any other ranged
ion, as in "*,Co,Ni,Al,W". Needs numpy, not TensorFlow.
"""

import argparse
import json
import os
import re
import struct
import sys

import numpy

LICENCE = "unknown (published without a licence; not for redistribution)"
NEIGHBOURS = 32  # rows per ion, the ion itself included
BATCH_NORM_EPSILON = 1e-3  # Keras' default, which the network was made with; no checkpoint has it
FIRST_FEATURES = ["offset_x", "offset_y", "offset_z", "neighbour_species", "own_species"]
LATER_FEATURES = [
    "offset_x", "offset_y", "offset_z",
    "neighbour_probability", "neighbour_species", "own_probability",
]


class CheckpointError(Exception):
    """One sentence: the file, the place, what was found and what was expected."""


# The bytes of a checkpoint ---------------------------------------------------------------------


def _crc_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_CRC_TABLE = _crc_table()


def crc32c(data):
    """The Castagnoli checksum of bytes."""
    table = _CRC_TABLE
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def masked(crc):
    """A checksum as it is stored, so that checksums of data with checksums stay meaningful."""
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


class _Cursor:
    """Reads little-endian numbers of variable and fixed length one after the other."""

    def __init__(self, data, begin=0, end=None):
        self.data = data
        self.place = begin
        self.end = len(data) if end is None else end

    def take(self, count):
        if count > self.end - self.place:
            raise CheckpointError("%d bytes are expected where %d are left"
                                  % (count, self.end - self.place))
        self.place += count
        return self.data[self.place - count:self.place]

    def varint(self):
        value = 0
        for shift in range(0, 64, 7):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise CheckpointError("an integer of more than 10 bytes")


def _message(data):
    """The fields of a protocol buffer as a list of (number, value)."""
    cursor = _Cursor(data)
    fields = []
    while cursor.place < cursor.end:
        tag = cursor.varint()
        kind = tag & 7
        if kind == 0:
            value = cursor.varint()
        elif kind == 1:
            value = cursor.take(8)
        elif kind == 2:
            value = cursor.take(cursor.varint())
        elif kind == 5:
            value = cursor.take(4)
        else:
            raise CheckpointError("a field of kind %d" % kind)
        fields.append((tag >> 3, value))
    return fields


def _entries(block):
    """The (key, value) pairs of a block of an SSTable; keys share their beginnings."""
    if len(block) < 4:
        raise CheckpointError("a block of %d bytes" % len(block))
    restarts = struct.unpack("<I", block[-4:])[0]
    if 4 * restarts + 4 > len(block):
        raise CheckpointError("%d restarts in a block of %d bytes" % (restarts, len(block)))
    cursor = _Cursor(block, 0, len(block) - 4 * restarts - 4)
    key = b""
    while cursor.place < cursor.end:
        shared, rest, size = cursor.varint(), cursor.varint(), cursor.varint()
        if shared > len(key):
            raise CheckpointError("a key that shares %d bytes with one of %d" % (shared, len(key)))
        key = key[:shared] + cursor.take(rest)
        yield key, cursor.take(size)


class _Index:
    """An .index file: what tensors there are, and where in the data file."""

    MAGIC = 0xDB4775248B80FB57
    FOOTER = 48

    def __init__(self, path):
        self.path = path
        self.data = _read(path)
        size = len(self.data)
        if size < self.FOOTER:
            raise CheckpointError("%s: is %d bytes long; a checkpoint's index has at least %d"
                                  % (path, size, self.FOOTER))
        magic = struct.unpack("<Q", self.data[-8:])[0]
        if magic != self.MAGIC:
            raise CheckpointError(
                "%s, byte %d: ends in %016x; a checkpoint's index ends in %016x: it was cut short "
                "or is something else" % (path, size - 8, magic, self.MAGIC))
        footer = _Cursor(self.data, size - self.FOOTER)
        try:
            # First a block about the index itself: nothing for us, but it has to be whole too.
            self._block(footer.varint(), footer.varint())
            place, length = footer.varint(), footer.varint()
            self.tensors = {}
            for _, handle in _entries(self._block(place, length)):
                cursor = _Cursor(handle)
                for key, value in _entries(self._block(cursor.varint(), cursor.varint())):
                    if key in self.tensors:
                        raise CheckpointError("has %r twice" % key.decode("latin-1"))
                    self.tensors[key] = _message(value)
        except CheckpointError as error:
            raise CheckpointError("%s: is damaged: %s" % (path, error)) from None
        # The entry without a name describes the checkpoint as a whole.
        header = dict(self.tensors.pop(b"", []))
        if header.get(1, 1) != 1:
            raise CheckpointError("%s: has its values in %s files; one is expected"
                                  % (path, header[1]))
        if header.get(2, 0) != 0:
            raise CheckpointError("%s: is big-endian; little-endian is expected" % path)

    def _block(self, place, length):
        if place + length + 5 > len(self.data) - self.FOOTER:
            raise CheckpointError("a block of %d bytes at byte %d in a file of %d bytes"
                                  % (length, place, len(self.data)))
        kind = self.data[place + length]
        if kind != 0:
            raise CheckpointError("the block at byte %d is compressed (type %d); plain ones "
                                  "(type 0) are expected" % (place, kind))
        crc = struct.unpack("<I", self.data[place + length + 1:place + length + 5])[0]
        if masked(crc32c(self.data[place:place + length + 1])) != crc:
            raise CheckpointError("the checksum of the block at byte %d is wrong" % place)
        return self.data[place:place + length]


def _read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise CheckpointError("%s: cannot be read: %s" % (path, error.strerror)) from None


class Checkpoint:
    """The weights of one block: arrays by layer number and name ("kernel", "bias", …)."""

    KEY = re.compile(
        rb"layer_with_weights-(\d+)/(kernel|bias|gamma|beta|moving_mean|moving_variance)"
        rb"/\.ATTRIBUTES/VARIABLE_VALUE")
    FLOAT32 = 1

    def __init__(self, prefix):
        if prefix.endswith(".index"):
            prefix = prefix[:-len(".index")]
        self.index = prefix + ".index"
        self.path = prefix + ".data-00000-of-00001"
        index = _Index(self.index)
        data = _read(self.path)
        self.layers = {}
        for key, fields in index.tensors.items():
            found = self.KEY.fullmatch(key)
            if found:
                layer, name = int(found[1]), found[2].decode()
                self.layers.setdefault(layer, {})[name] = self._tensor(
                    "layer %d, %s" % (layer, name), fields, data)

    def _tensor(self, name, fields, data):
        values = dict(fields)
        shape = []
        try:
            if not all(isinstance(values.get(number, 0), int) for number in (1, 3, 4, 5)):
                raise CheckpointError("a text where a number belongs")
            for number, dimension in _message(values.get(2, b"")):
                if number == 2:
                    shape.append(dict(_message(dimension)).get(1, 0))
        except (CheckpointError, TypeError) as error:
            raise CheckpointError("%s: %s is damaged: %s" % (self.index, name, error)) from None
        if values.get(1) != self.FLOAT32:
            raise CheckpointError("%s: %s is of type %s; float32 (type %d) is expected"
                                  % (self.index, name, values.get(1), self.FLOAT32))
        offset, size = values.get(4, 0), values.get(5, 0)
        count = 1
        for extent in shape:
            count *= extent
        if size != 4 * count:
            raise CheckpointError("%s: %s has %d bytes; float32 values of shape %s take %d"
                                  % (self.index, name, size, shape, 4 * count))
        if offset + size > len(data):
            raise CheckpointError(
                "%s: ends at byte %d; %s is expected up to byte %d: the file was cut short or "
                "belongs to another index" % (self.path, len(data), name, offset + size))
        raw = data[offset:offset + size]
        crc = values.get(6)
        if not isinstance(crc, bytes) or struct.unpack("<I", crc)[0] != masked(crc32c(raw)):
            raise CheckpointError("%s, byte %d: the checksum of %s is wrong: the file is damaged "
                                  "or belongs to another index" % (self.path, offset, name))
        array = numpy.frombuffer(raw, "<f4").reshape(shape)
        if not numpy.isfinite(array).all():
            raise CheckpointError("%s, byte %d: %s has values that are NaN or infinite"
                                  % (self.path, offset, name))
        return array


# The network -----------------------------------------------------------------------------------


def _layers(columns):
    """(name, in, out, what it is) of each layer in the order of the checkpoint's numbers."""

    def transform(name, size):
        return [
            (name + ".conv1", size, 32, "conv"),
            (name + ".conv2", 32, 64, "conv"),
            (name + ".conv3", 64, 128, "conv"),
            (name + ".fc1", 128, 128, "dense"),
            (name + ".fc2", 128, 64, "dense"),
            (name + ".fc3", 64, size * size, "last"),
        ]

    return transform("tnet1", columns) + [
        ("mlp1.conv1", columns, 32, "conv"),
        ("mlp1.conv2", 32, 32, "conv"),
    ] + transform("tnet2", 32) + [
        ("mlp2.conv1", 32, 32, "conv"),
        ("mlp2.conv2", 32, 64, "conv"),
        ("mlp2.conv3", 64, 128, "conv"),
        ("head.fc1", 128, 128, "dense"),
        ("head.fc2", 128, 64, "dense"),
        ("head.out", 64, 1, "last"),
    ]


class _LayersInTurn:
    """Hands out the layers of a checkpoint one after the other."""

    def __init__(self, checkpoint):
        self.checkpoint = checkpoint
        self.number = 0

    def next(self, name, shapes):
        layer = self.checkpoint.layers.get(self.number, {})
        if set(layer) != set(shapes):
            raise CheckpointError(
                "%s: layer %d (%s) has %s; expected are %s"
                % (self.checkpoint.index, self.number, name,
                   ", ".join(sorted(layer)) or "nothing", ", ".join(sorted(shapes))))
        for part, shape in shapes.items():
            if layer[part].shape != shape:
                raise CheckpointError(
                    "%s: layer %d (%s): the shape of %s is %s; expected is %s"
                    % (self.checkpoint.index, self.number, name, part, list(layer[part].shape),
                       list(shape)))
        self.number += 1
        return layer


def import_block(checkpoint, number, batch_norm):
    """The tensors of a block as a list of (name, array), weights as [out, in].

    number counts from 1; the first block has other features than the later ones.
    """
    columns = len(FIRST_FEATURES if number == 1 else LATER_FEATURES)
    turn = _LayersInTurn(checkpoint)
    tensors = []
    for name, inputs, outputs, kind in _layers(columns):
        kernel = (1, inputs, outputs) if kind == "conv" else (inputs, outputs)
        layer = turn.next(name, {"kernel": kernel, "bias": (outputs,)})
        full = "block%d.%s" % (number, name)
        tensors.append((full + ".weight", layer["kernel"].reshape(inputs, outputs).T))
        tensors.append((full + ".bias", layer["bias"]))
        if batch_norm and kind != "last":
            layer = turn.next(name + "_bn", {
                part: (outputs,) for part in ("gamma", "beta", "moving_mean", "moving_variance")
            })
            if (layer["moving_variance"] < 0).any():
                raise CheckpointError("%s: %s has negative variances" % (checkpoint.path, name))
            for theirs, ours in (("gamma", "weight"), ("beta", "bias"),
                                 ("moving_mean", "running_mean"),
                                 ("moving_variance", "running_var")):
                tensors.append((full + "_bn." + ours, layer[theirs]))
    if turn.number != len(checkpoint.layers):
        raise CheckpointError("%s: has %d layers; the network has %d"
                              % (checkpoint.index, len(checkpoint.layers), turn.number))
    return tensors


def has_batch_norm(checkpoint):
    return any("gamma" in layer for layer in checkpoint.layers.values())


# The model file --------------------------------------------------------------------------------


def _json(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def write_safetensors(path, metadata, tensors):
    """Write texts and (name, array) pairs; the file has its name only once it is whole."""
    header = {"__metadata__": dict(sorted(metadata.items()))}
    offset = 0
    for name, array in tensors:
        end = offset + 4 * array.size
        header[name] = {
            "dtype": "F32", "shape": list(array.shape), "data_offsets": [offset, end]
        }
        offset = end
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    part = "%s.%d.part" % (path, os.getpid())
    try:
        with open(part, "wb") as file:
            file.write(struct.pack("<Q", len(text)))
            file.write(text)
            for _, array in tensors:
                file.write(array.astype("<f4").tobytes())
        os.replace(part, path)
    except OSError as error:
        raise CheckpointError("%s: cannot be written: %s" % (path, error.strerror)) from None
    finally:
        if os.path.exists(part):
            os.remove(part)


def import_model(prefixes, species, lattice_parameter, output, alloy=None):
    """Read one checkpoint per block and write the model file.

    species: names in code order; lattice_parameter: nm. Raises CheckpointError.
    """
    checkpoints = [Checkpoint(prefix) for prefix in prefixes]
    batch_norm = has_batch_norm(checkpoints[0])
    tensors = []
    for number, checkpoint in enumerate(checkpoints, 1):
        if has_batch_norm(checkpoint) != batch_norm:
            with_it, without = checkpoint.index, checkpoints[0].index
            if batch_norm:
                with_it, without = without, with_it
            raise CheckpointError("%s: has no batch norm, but %s has: blocks must be alike"
                                  % (without, with_it))
        tensors += import_block(checkpoint, number, batch_norm)

    blocks = len(checkpoints)
    metadata = {
        "format": "AtomProbe model",
        "format_version": "1",
        "architecture": "PointNet",
        "alloy": alloy or "-".join(name for name in species if name != "*"),
        "species": _json([
            {"name": name, "ions": [] if name == "*" else [name]} for name in species
        ]),
        "species_encoding": "code",
        "lattice_parameter_nm": _json(lattice_parameter),
        "neighbours": str(NEIGHBOURS),
        "blocks": str(blocks),
        "features": _json([FIRST_FEATURES] + [LATER_FEATURES] * (blocks - 1)),
        "threshold": "0.5",
        "batch_norm": _json(batch_norm),
        "training": _json({
            "imported_from": " ".join(os.path.basename(c.index)[:-len(".index")]
                                      for c in checkpoints)
        }),
        "metrics": "{}",
        "licence": LICENCE,
    }
    if batch_norm:
        metadata["batch_norm_epsilon"] = _json(BATCH_NORM_EPSILON)
    write_safetensors(output, metadata, tensors)
    return batch_norm, sum(array.size for _, array in tensors)


def _species(text):
    names = [name.strip() for name in text.split(",")]
    if not all(names) or len(set(names)) != len(names):
        raise argparse.ArgumentTypeError(
            "%r is no list of different names with commas between" % text)
    if len(names) > 64:
        raise argparse.ArgumentTypeError("%d species; 64 at most are allowed" % len(names))
    return names


def _lattice_parameter(text):
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 < value <= 10:
        raise argparse.ArgumentTypeError("%r is no length of more than 0 and at most 10 nm" % text)
    return value


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("blocks", nargs="+", metavar="BLOCK",
                        help="checkpoint without .index, one per block, in order")
    parser.add_argument("--species", type=_species, required=True,
                        help="names in code order, as Al,Li,Mg; * is any other ranged ion")
    parser.add_argument("--lattice-parameter", type=_lattice_parameter, required=True,
                        metavar="NM", help="unit of the offsets, nm")
    parser.add_argument("--alloy", help="what to call it; the species by default")
    parser.add_argument("--output", required=True, help="the model file, .safetensors")
    arguments = parser.parse_args()
    try:
        batch_norm, values = import_model(
            arguments.blocks, arguments.species, arguments.lattice_parameter, arguments.output,
            arguments.alloy)
    except CheckpointError as error:
        sys.exit("import_tensorflow_checkpoint.py: %s" % error)
    print("%s: %d blocks %s batch norm, %d values; licence: %s"
          % (arguments.output, len(arguments.blocks), "with" if batch_norm else "without", values,
             LICENCE))


if __name__ == "__main__":
    main()
