# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""The importer against checkpoints that are written here, byte by byte: python3 <this file>"""

import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest

import numpy

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "pvpython")
sys.path.insert(0, SCRIPTS)
sys.dont_write_bytecode = True

import import_tensorflow_checkpoint as importer


def varint(value):
    """Seven bits a byte, the lowest first."""
    bytes_ = bytearray()
    while value >= 0x80:
        bytes_.append(value & 0x7F | 0x80)
        value >>= 7
    bytes_.append(value)
    return bytes(bytes_)


def table_block(entries, kind=0, every=16):
    """A block of an SSTable with its trailer; every so many keys one is written in full."""
    block, restarts, before = b"", [], b""
    for i, (key, value) in enumerate(entries):
        shared = 0
        if i % every == 0:
            restarts.append(len(block))
        else:
            while shared < min(len(key), len(before)) and key[shared] == before[shared]:
                shared += 1
        block += varint(shared) + varint(len(key) - shared) + varint(len(value))
        block += key[shared:] + value
        before = key
    block += b"".join(struct.pack("<I", place) for place in restarts)
    block += struct.pack("<I", len(restarts)) + bytes([kind])
    return block + struct.pack("<I", importer.masked(importer.crc32c(block)))


def bundle_entry(array, offset, dtype=1, crc=None):
    dims = b"".join(b"\x12" + varint(len(b"\x08" + varint(size))) + b"\x08" + varint(size)
                    for size in array.shape)
    crc = importer.masked(importer.crc32c(array.tobytes())) if crc is None else crc
    entry = b"\x08" + varint(dtype) + b"\x12" + varint(len(dims)) + dims
    if offset:
        entry += b"\x20" + varint(offset)
    return entry + b"\x28" + varint(array.nbytes) + b"\x35" + struct.pack("<I", crc)


def write_checkpoint(prefix, layers, shards=1, kind=0, dtype=1, endianness=0):
    """layers: one dictionary of arrays per layer, by TensorFlow's names."""
    tensors = {}
    for number, layer in enumerate(layers):
        for name, array in layer.items():
            key = "layer_with_weights-%d/%s/.ATTRIBUTES/VARIABLE_VALUE" % (number, name)
            tensors[key.encode()] = array.astype("<f4")
            # What the optimizer left, which is nothing of the network's.
            if name == "kernel":
                key = key.replace(".ATTR", ".OPTIMIZER_SLOT/optimizer/m/.ATTR")
                tensors[key.encode()] = array.astype("<f4") * 0
    data, entries = b"", []
    for key in sorted(tensors):
        entries.append((key, bundle_entry(tensors[key], len(data), dtype)))
        data += tensors[key].tobytes()
    header = b"\x08" + varint(shards) + b"\x10" + varint(endianness) + b"\x1a\x02\x08\x01"
    entries.insert(0, (b"", header))
    # Two blocks of entries and an index of them, then an empty index of indices.
    index, handles = b"", []
    for part in (entries[:len(entries) // 2], entries[len(entries) // 2:]):
        block = table_block(part, kind)
        handles.append((part[-1][0] + b"\xff", varint(len(index)) + varint(len(block) - 5)))
        index += block
    meta, of_blocks = table_block([]), table_block(handles, every=1)
    footer = varint(len(index)) + varint(len(meta) - 5)
    footer += varint(len(index) + len(meta)) + varint(len(of_blocks) - 5)
    index += meta + of_blocks + footer.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)
    with open(prefix + ".index", "wb") as file:
        file.write(index)
    with open(prefix + ".data-00000-of-00001", "wb") as file:
        file.write(data)


def invented_layers(columns, batch_norm, seed=0):
    """The network as science has it, written down a second time: in, out, is it a conv."""
    sizes = [(columns, 32, 1), (32, 64, 1), (64, 128, 1), (128, 128, 0), (128, 64, 0),
             (64, columns**2, 2), (columns, 32, 1), (32, 32, 1),
             (32, 32, 1), (32, 64, 1), (64, 128, 1), (128, 128, 0), (128, 64, 0), (64, 1024, 2),
             (32, 32, 1), (32, 64, 1), (64, 128, 1), (128, 128, 0), (128, 64, 0), (64, 1, 2)]
    random = numpy.random.RandomState(seed)
    layers = []
    for inputs, outputs, kind in sizes:
        shape = (1, inputs, outputs) if kind == 1 else (inputs, outputs)
        layers.append({"kernel": random.randn(*shape).astype("f4"),
                       "bias": random.randn(outputs).astype("f4")})
        if batch_norm and kind != 2:
            layers.append({name: random.rand(outputs).astype("f4")
                           for name in ("gamma", "beta", "moving_mean", "moving_variance")})
    return layers


def read_safetensors(path):
    with open(path, "rb") as file:
        bytes_ = file.read()
    length = struct.unpack("<Q", bytes_[:8])[0]
    header = json.loads(bytes_[8:8 + length])
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = numpy.frombuffer(bytes_[begin:end], "<f4").reshape(entry["shape"])
    return metadata, tensors


class ImportTensorFlowCheckpoint(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.output = os.path.join(self.folder, "model.safetensors")

    def path(self, name):
        return os.path.join(self.folder, name)

    def checkpoint(self, name, layers, **options):
        write_checkpoint(self.path(name), layers, **options)
        return self.path(name)

    def run_script(self, *arguments):
        return subprocess.run(
            [sys.executable, os.path.join(SCRIPTS, "import_tensorflow_checkpoint.py")]
            + list(arguments), capture_output=True, text=True)

    def import_(self, *prefixes):
        return importer.import_model(prefixes, ["*", "Co"], 0.36, self.output)

    def assert_says(self, text, *prefixes):
        with self.assertRaises(importer.CheckpointError) as caught:
            self.import_(*prefixes)
        self.assertIn(text, str(caught.exception))
        self.assertTrue(str(caught.exception).startswith(self.folder))
        self.assertFalse([name for name in os.listdir(self.folder) if "safetensors" in name])

    def change(self, path, place, value):
        with open(path, "r+b") as file:
            file.seek(place)
            file.write(value)

    def test_checksum_is_that_of_the_standard(self):
        # RFC 3720, appendix B.4.
        self.assertEqual(importer.crc32c(bytes(32)), 0x8A9136AA)
        self.assertEqual(importer.crc32c(b"\xff" * 32), 0x62A8AB43)
        self.assertEqual(importer.crc32c(bytes(range(32))), 0x46DD794E)

    def test_two_blocks_without_batch_norm(self):
        first, second = invented_layers(5, False, 1), invented_layers(6, False, 2)
        run = self.run_script(
            self.checkpoint("a.ckpt", first), self.checkpoint("b.ckpt", second) + ".index",
            "--species", "Al,Li,Mg", "--lattice-parameter", "0.405", "--output", self.output)
        self.assertEqual(run.returncode, 0, run.stderr)
        metadata, tensors = read_safetensors(self.output)
        self.assertEqual(len(tensors), 80)
        for number, layers in ((1, first), (2, second)):
            for name, layer in (("tnet1.conv1", 0), ("tnet1.fc1", 3), ("tnet1.fc3", 5),
                                ("mlp1.conv1", 6), ("mlp1.conv2", 7), ("tnet2.conv1", 8),
                                ("tnet2.fc3", 13), ("mlp2.conv3", 16), ("head.fc1", 17),
                                ("head.out", 19)):
                stem = "block%d.%s." % (number, name)
                kernel = layers[layer]["kernel"]
                numpy.testing.assert_array_equal(
                    tensors[stem + "weight"], kernel.reshape(kernel.shape[-2:]).T)
                numpy.testing.assert_array_equal(tensors[stem + "bias"], layers[layer]["bias"])
        self.assertEqual(metadata["alloy"], "Al-Li-Mg")
        self.assertEqual(metadata["batch_norm"], "false")
        self.assertNotIn("batch_norm_epsilon", metadata)
        self.assertEqual(metadata["lattice_parameter_nm"], "0.405")
        self.assertEqual(json.loads(metadata["species"])[1], {"name": "Li", "ions": ["Li"]})
        self.assertEqual([len(block) for block in json.loads(metadata["features"])], [5, 6])
        self.assertIn("not for redistribution", metadata["licence"])
        self.assertIn("not for redistribution", run.stdout)

    def test_batch_norm_is_noticed(self):
        layers = invented_layers(5, True)
        self.assertEqual(self.import_(self.checkpoint("a", layers)), (True, 180026 + 2624))
        metadata, tensors = read_safetensors(self.output)
        self.assertEqual(metadata["batch_norm"], "true")
        self.assertEqual(metadata["batch_norm_epsilon"], "0.001")
        self.assertEqual(json.loads(metadata["species"])[0], {"name": "*", "ions": []})
        self.assertEqual(metadata["alloy"], "Co")
        self.assertEqual(len(tensors), 40 + 17 * 4)
        for name, layer in (("tnet1.conv1_bn", 1), ("tnet2.conv1_bn", 16), ("head.fc2_bn", 35)):
            stem = "block1.%s." % name
            for ours, theirs in (("weight", "gamma"), ("bias", "beta"),
                                 ("running_mean", "moving_mean"),
                                 ("running_var", "moving_variance")):
                numpy.testing.assert_array_equal(tensors[stem + ours], layers[layer][theirs])

    def test_blocks_in_the_wrong_order(self):
        self.assert_says(
            "layer 0 (tnet1.conv1): the shape of kernel is [1, 6, 32]; expected is [1, 5, 32]",
            self.checkpoint("a", invented_layers(6, False)))

    def test_blocks_that_are_not_alike(self):
        plain = self.checkpoint("plain", invented_layers(5, False))
        later = self.checkpoint("later", invented_layers(6, True))
        self.assert_says("plain.index: has no batch norm, but %s.index has" % later, plain, later)

    def test_layers_missing_or_too_many(self):
        layers = invented_layers(5, False)
        self.assert_says("layer 19 (head.out) has nothing; expected are bias, kernel",
                         self.checkpoint("a", layers[:-1]))
        self.assert_says("has 21 layers; the network has 20",
                         self.checkpoint("a", layers + layers[-1:]))
        del layers[3]["bias"]
        self.assert_says("layer 3 (tnet1.fc1) has kernel; expected are bias, kernel",
                         self.checkpoint("a", layers))

    def test_values_that_make_no_sense(self):
        layers = invented_layers(5, True)
        layers[1]["moving_variance"][0] = -1
        self.assert_says("tnet1.conv1 has negative variances", self.checkpoint("a", layers))
        layers[0]["bias"][3] = numpy.nan
        self.assert_says("layer 0, bias has values that are NaN", self.checkpoint("a", layers))

    def test_damage_to_the_data(self):
        prefix = self.checkpoint("a", invented_layers(5, False))
        data = prefix + ".data-00000-of-00001"
        self.change(data, 5, b"\x55")
        self.assert_says("byte 0: the checksum of layer 0, bias is wrong", prefix)
        os.truncate(data, 127)
        self.assert_says("ends at byte 127; layer 0, bias is expected up to byte 128", prefix)
        os.remove(data)
        self.assert_says("a.data-00000-of-00001: cannot be read: No such file or directory", prefix)
        os.remove(prefix + ".index")
        self.assert_says("a.index: cannot be read: No such file or directory", prefix)

    def test_damage_to_the_index(self):
        prefix = self.checkpoint("a", invented_layers(5, False))
        index = prefix + ".index"
        with open(index, "rb") as file:
            good = file.read()

        def says(text, bytes_):
            with open(index, "wb") as file:
                file.write(bytes_)
            self.assert_says(text, prefix)

        says("is 47 bytes long; a checkpoint's index has at least 48", good[:47])
        says("it was cut short or is something else", good[:-1])
        says("the checksum of the block at byte 0 is wrong", good[:20] + b"\xff" + good[21:])
        says("is damaged", good[:-48] + b"\xff" * 40 + good[-8:])
        # Whatever byte is wrong: a sentence, and no other exception.
        for place in range(0, len(good) - 48, 61):
            says("", good[:place] + bytes([good[place] ^ 0x11]) + good[place + 1:])
        for size in range(0, len(good), 97):
            says("", good[:size])

    def test_checkpoints_of_other_kinds(self):
        layers = invented_layers(5, False)
        self.assert_says("is compressed (type 1)", self.checkpoint("a", layers, kind=1))
        self.assert_says("has its values in 2 files", self.checkpoint("a", layers, shards=2))
        self.assert_says("is big-endian", self.checkpoint("a", layers, endianness=1))
        self.assert_says("is of type 2; float32 (type 1) is expected",
                         self.checkpoint("a", layers, dtype=2))

    def test_blocks_whose_checksums_are_right_and_contents_wrong(self):
        # The parts that a checksum does not guard against a writer who errs.
        for block in (b"", b"\x01\x01\x01aa", b"\x00\x7f\x00a", b"\x00\x01\xff\xff\xff\xff\x7fa",
                      b"\xff" * 11):
            with self.assertRaises(importer.CheckpointError):
                list(importer._entries(block + struct.pack("<I", 0) if block else b"abc"))
        with self.assertRaises(importer.CheckpointError):
            list(importer._entries(struct.pack("<I", 1000)))
        for message in (b"\x08", b"\x0b", b"\x12\x05a", b"\x35\x00"):
            with self.assertRaises(importer.CheckpointError):
                importer._message(message)

    def test_arguments_that_make_no_sense(self):
        good = {
  "--species"
    : "Al,Li"
    , "--lattice-parameter"
    : "0.4"
    , "--output" : self.output}
        for name, value in (("--species", "Al,,Li"), ("--species", "Al,Al"),
                            ("--lattice-parameter", "-1"), ("--lattice-parameter", "nan"),
                            ("--lattice-parameter", "wide")):
            arguments = [part for item in dict(good, **{name: value}).items() for part in item]
            run = self.run_script("a", *arguments)
            self.assertEqual(run.returncode, 2, run.stderr)
            self.assertIn("argument %s" % name, run.stderr)
        run = self.run_script("none", *[part for item in good.items() for part in item])
        self.assertEqual(run.returncode, 1)
        self.assertEqual(run.stderr, "import_tensorflow_checkpoint.py: none.index: cannot be read: "
                                     "No such file or directory\n")

    def test_nothing_is_left_where_it_cannot_write(self):
        prefix = self.checkpoint("a", invented_layers(5, False))
        self.output = self.path("none/model.safetensors")
        self.assert_says(
            "none/model.safetensors: cannot be written: No such file or directory", prefix)


if __name__ == "__main__":
    unittest.main()
