# SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
# SPDX-License-Identifier: BSD-3-Clause
"""Starts pvserver on several MPI ranks and a free loopback port, then a pvpython client on it.

python3 client_server.py PVSERVER PVPYTHON MPIEXEC RANKS CLIENT_SCRIPT
"""

import os
import signal
import socket
import subprocess
import sys
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_server(pvserver, mpiexec, ranks, port):
    environment = dict(os.environ)
    if os.getuid() == 0:
        # Open MPI refuses to run as root, which in a container is the only user there is.
        environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
        environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    command = [mpiexec, "-n", str(ranks)]
    if "Open MPI" in subprocess.run([mpiexec, "--version"], capture_output=True, text=True,
                                    env=environment).stdout:
        command.append("--oversubscribe")
    command += [pvserver, "--server-port=%d" % port, "--force-offscreen-rendering"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, start_new_session=True)
    for line in server.stdout:
        if "Accepting connection" in line:
            return server
    server.wait()
    return None


def main():
    pvserver, pvpython, mpiexec, ranks, script = sys.argv[1:6]
    for _ in range(3):
        # Somebody else may take the port between our looking and the server's binding.
        port = free_port()
        server = start_server(pvserver, mpiexec, int(ranks), port)
        if server:
            break
    else:
        sys.exit("pvserver did not start")
    try:
        environment = dict(os.environ, ATOMPROBE_SERVER_URL="127.0.0.1:%d" % port,
                           ATOMPROBE_SERVER_RANKS=ranks, ATOMPROBE_PVPYTHON_EXECUTABLE=pvpython)
        client = subprocess.run([pvpython, "--force-offscreen-rendering", script],
                                env=environment, timeout=800)
        code = client.returncode
    finally:
        deadline = time.monotonic() + 10
        while server.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
        said = server.stdout.read()
    if code:
        print("The server said:\n" + said)
    sys.exit(code)


main()
