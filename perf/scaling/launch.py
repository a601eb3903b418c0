# SPDX-License-Identifier: BSD-3-Clause
"""Starting programs under the user's launcher, and what a run took."""
import glob
import json
import math
import os
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                             os.pardir))
from support.machine import environment, machine  # noqa: E402

# Words in the place of a whole launcher.
LAUNCHERS = {
    "mpirun": "mpirun -n {ranks}",
    "srun": "srun --nodes={nodes} --ntasks={ranks} --cpus-per-task={threads}"
            " --cpu-bind=cores",
    "none": "",
}
BINDING = ("OMP_PROC_BIND", "OMP_PLACES", "SLURM_CPU_BIND",
           "OMPI_MCA_hwloc_base_binding_policy")
SCHEDULER = ("SLURM_JOB_PARTITION", "SLURM_JOB_NUM_NODES", "PBS_QUEUE",
             "PBS_NUM_NODES")


class RunFailed(RuntimeError):
    """A program ended with an error, ran too long or told no times."""


class Launcher:
    """The user's words, and where ranks go."""

    def __init__(self, words, ranks_per_node=None):
        self.words = LAUNCHERS.get(words, words)
        self.ranks_per_node = ranks_per_node

    def nodes(self, ranks):
        if not self.ranks_per_node:
            return 1
        return math.ceil(ranks / self.ranks_per_node)

    def command(self, ranks, threads):
        if not self.words and ranks > 1:
            raise RunFailed(f"{ranks} ranks need a launcher (--launcher=none"
                            " starts one process); give --launcher")
        return [word.format(ranks=ranks, threads=threads,
                            nodes=self.nodes(ranks),
                            ranks_per_node=self.ranks_per_node or ranks)
                for word in shlex.split(self.words)]


def find_program(name, build):
    """Its path in the build folder, or on PATH; raises RunFailed."""
    for pattern in ("apps/*/", "perf/*/") if build else ():
        for path in glob.glob(os.path.join(build, pattern + name)):
            if os.access(path, os.X_OK):
                return path
    path = shutil.which(name)
    if path is None:
        raise RunFailed(
            f"no program {name}" + (f" in {build}" if build else "") + "; give"
            " --build=FOLDER, and configure it with -DKOVAR_ENABLE_PERF=ON")
    return path


def variables_of(threads):
    """As for comparisons, but bound as the user has it: nothing else runs
    in the process."""
    variables = environment(threads)
    for name in ("OMP_PROC_BIND", "OMP_PLACES"):
        if name in os.environ:
            variables[name] = os.environ[name]
    return variables


def busy_seconds():
    """Of all cores of this machine since it started; None if it does not
    tell."""
    try:
        with open("/proc/stat", encoding="ascii") as file:
            words = file.readline().split()
    except OSError:
        return None
    user, nice, system, _, _, interrupts, soft, steal = map(int, words[1:9])
    ticks = user + nice + system + interrupts + soft + steal
    return ticks / os.sysconf("SC_CLK_TCK")


def children_seconds():
    """Of processes that this one started and that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class Neighbours:
    """The share of this machine that others took; None if it does not tell,
    or our processes ran elsewhere."""

    def __init__(self):
        self.start = (time.perf_counter(), busy_seconds(), children_seconds())

    def share(self):
        then, busy, ours = self.start
        now_busy = busy_seconds()
        if busy is None or now_busy is None:
            return None
        cores = (time.perf_counter() - then) * (os.cpu_count() or 1)
        others = now_busy - busy - (children_seconds() - ours)
        return round(min(1.0, max(0.0, others / cores)), 3)


def execute(command, threads, timeout):
    """Wall seconds and standard output; raises RunFailed."""
    start = time.perf_counter()
    try:
        done = subprocess.run(command, env=variables_of(threads), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        raise RunFailed(f"not done after {timeout:g} s (--timeout)") from None
    except OSError as error:
        raise RunFailed(f"{command[0]}: {error.strerror}") from None
    if done.returncode != 0:
        raise RunFailed(f"exit code {done.returncode}\n{done.stdout}"
                        f"{done.stderr}")
    return time.perf_counter() - start, done.stdout


def told(output, record_path):
    """What a program wrote of itself: its record, or its line of JSON."""
    try:
        if os.path.exists(record_path):
            with open(record_path, encoding="utf-8") as file:
                return json.load(file)
        lines = [line for line in output.splitlines() if line[:1] == "{"]
        return json.loads(lines[-1])
    except (IndexError, ValueError):
        raise RunFailed("the program wrote no record of itself\n"
                        + output) from None


def build_info(build, timeout):
    """Versions as `kovar info --json` has them; {} where it cannot be
    started."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "info.json")
        try:
            execute([find_program("kovar", build), "info", "--json=" + path],
                    1, timeout)
            with open(path, encoding="utf-8") as file:
                return json.load(file)["versions"]
        except (RunFailed, OSError, ValueError, KeyError):
            return {}


def surroundings(launcher, label):
    """What a record says of the machine and of how runs are started."""
    def of(names):
        return {n: os.environ[n] for n in names if n in os.environ}

    return {"label": label, **machine(), "launcher": launcher.words,
            "ranks_per_node": launcher.ranks_per_node,
            "binding": of(BINDING), "scheduler": of(SCHEDULER)}
