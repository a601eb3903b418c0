# SPDX-License-Identifier: BSD-3-Clause
"""What a record says of the machine, and the environment of every program."""
import os
import platform
import subprocess


def environment(n_threads):
    """The same for every program: as many threads, no tuning by hand.

    Threads are not bound: the OpenMP runtime of one library would otherwise
    confine the plain threads of another to one core.
    """
    variables = dict(os.environ)
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        variables.pop(name, None)
    for name in ("OMP", "OPENBLAS", "MKL"):
        variables[name + "_NUM_THREADS"] = str(n_threads)
    variables["OMP_PROC_BIND"] = "false"
    return variables


def machine():
    """What a reader needs to know of the machine; nothing that names it."""
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            model = next((line.partition(":")[2].strip() for line in file
                          if line.startswith("model name")), model)
    except OSError:
        pass
    return {"processor": model, "cores": os.cpu_count(),
            "system": platform.system(), "python": platform.python_version()}


def commit(folder):
    """The commit of a folder, if it is a checkout."""
    try:
        done = subprocess.run(
            ["git", "-C", folder, "rev-parse", "--short", "HEAD"],
            capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
