# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Prints the labels that scikit-learn's DBSCAN gives the cloud of test_ClusterSearch.cpp.

python3 dbscan_by_sklearn.py; run with scikit-learn 1.9.1 for what stands in the test. Not run by the
tests, which would need scikit-learn for it.
"""

import numpy
from sklearn.cluster import DBSCAN

state = 2


def draw():
    """Numerical Recipes' quick generator: the same in the test, and exact as float32."""
    global state
    state = (1664525 * state + 1013904223) % 2**32
    return (state >> 8) / 2**24


ions = []
for i in range(400):
    alone = i < 8 or i % 3 == 0
    centre = [4 * draw() for _ in range(3)] if alone else ions[i % 8]
    spread = 0 if alone else 0.5
    ions.append([numpy.float32(c + spread * (draw() + draw() + draw() - 1.5)) for c in centre])

x = numpy.array(ions, dtype=numpy.float64)
answer = DBSCAN(eps=0.375, min_samples=6).fit(x)
core = numpy.zeros(len(x), bool)
core[answer.core_sample_indices_] = True
squared = ((x[:, None] - x[None]) ** 2).sum(-1)
# No pair is so near to eps that float32 could see it otherwise; no border ion could have two clusters.
assert abs(numpy.sqrt(squared) - 0.375).min() > 1e-6
for i in numpy.flatnonzero(~core):
    assert len(set(answer.labels_[(squared[i] <= 0.375**2) & core])) <= 1

text = "".join("." if label < 0 else chr(ord("A") + label) for label in answer.labels_)
for begin in range(0, len(text), 80):
    print(text[begin : begin + 80])
