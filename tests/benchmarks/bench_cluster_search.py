# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""DBSCAN beside scikit-learn's on the same cloud and the same cores, in turns.

python3 bench_cluster_search.py ATOMPROBE_BENCHMARKS [IONS]; needs numpy and scikit-learn. Both get a
uniform cloud of 30 ions per nm³ in a cube, 0.4 nm, and 5 neighbours besides the ion itself.
"""

import json
import os
import subprocess
import sys
import time

import numpy
import sklearn
from sklearn.cluster import DBSCAN

RUNS = 3
program = sys.argv[1]
ions = int(sys.argv[2]) if len(sys.argv) > 2 else 1000000
cores = len(os.sched_getaffinity(0))
points = numpy.random.default_rng(1).random((ions, 3), dtype=numpy.float32)
points *= (ions / 30) ** (1 / 3)


def ours():
    """Seconds of one search, as the benchmark itself takes them."""
    name = "ClusterSearchDBSCAN/ions:%d/separation_hundredths:40/threads:%d/process_time/real_time"
    name %= (ions, cores)
    answer = subprocess.run(
        [program, "--benchmark_filter=^%s$" % name, "--benchmark_format=json",
         "--benchmark_min_time=0.01"], check=True, capture_output=True, text=True)
    return json.loads(answer.stdout)["benchmarks"][0]["real_time"] / 1000


def theirs():
    begin = time.perf_counter()
    DBSCAN(eps=0.4, min_samples=6, n_jobs=cores).fit(points)
    return time.perf_counter() - begin


print("%d ions, %d cores, scikit-learn %s" % (ions, cores, sklearn.__version__))
times = [(ours(), theirs()) for _ in range(RUNS)]
for mine, other in times:
    print("AtomProbe %.3f s, scikit-learn %.2f s, ratio %.1f" % (mine, other, other / mine))
