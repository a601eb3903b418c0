#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Run strong and weak series of kovar's modules over ranks x threads.

Each run leaves one JSON record in the output folder. A record that is there
is not run again, so that a series can be gone on with in another job; a run
that fails leaves its output beside, and the series goes on.
"""
import argparse
import os
import shlex
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, os.pardir))

from inputs import input_path, make_input  # noqa: E402
from launch import (  # noqa: E402
    Launcher, Neighbours, RunFailed, build_info, execute, find_program,
    surroundings, told)
from models import counts_of  # noqa: E402
from record import (  # noqa: E402
    BadRecord, make_record, read_record, write_record)
from series import BadSeries, read_runs, read_series  # noqa: E402
from support.machine import commit  # noqa: E402

EXAMPLES = """\
examples:
  run.py perf/scaling/series/strong_gsn_even.json --build=build/openmp --output=R
  run.py perf/scaling/series/*.json --launcher=srun --ranks-per-node=16 \\
         --runs=16x8,32x8,64x8 --output=R
  run.py my_series.json --launcher='mpirun -n {ranks} --map-by numa' --dry-run

In the words of a launcher, {ranks}, {threads}, {nodes} and {ranks_per_node}
stand for numbers; mpirun, srun and none are short for usual ones.
Exit code: 0 all records are there, 1 a run failed, 2 wrong usage.
"""


DISTURBED = 0.1  # of the machine, by others


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("series", nargs="+", metavar="SERIES.json")
    add("--output", default="scaling", metavar="DIR",
        help="folder of the records; default %(default)s")
    add("--work", metavar="DIR", help="folder of input files, on a disk that"
        " all nodes see; default: OUTPUT/work")
    add("--build", metavar="DIR", help="build folder with the programs;"
        " default: they are found on PATH")
    add("--launcher", default="mpirun", metavar="WORDS",
        help="default %(default)s")
    add("--runs", metavar="RxT,...", help="ranks x threads in place of those"
        " of the series")
    add("--ranks-per-node", type=int, metavar="N", help="default: all ranks"
        " are on one node")
    add("--repeats", type=int, metavar="N", help="processes of each run;"
        " default: as the series has it")
    add("--timeout", type=float, default=3600, metavar="SECONDS",
        help="of one process; default %(default)g")
    add("--label", default="", metavar="TEXT", help="name of the machine in"
        " the records")
    add("--dry-run", action="store_true", help="print commands, run nothing")
    arguments = parser.parse_args()
    try:
        arguments.series = [read_series(path) for path in arguments.series]
        arguments.runs = arguments.runs and read_runs(arguments.runs)
    except BadSeries as error:
        parser.error(str(error))
    for name in ("repeats", "ranks_per_node"):
        if getattr(arguments, name) is not None and getattr(
                arguments, name) < 1:
            parser.error(f"--{name.replace('_', '-')} counts from 1")
    arguments.work = arguments.work or os.path.join(arguments.output, "work")
    return arguments


def command_of(run, arguments, launcher, files):
    """The whole command line."""
    program = run.series.program
    if not arguments.dry_run:
        program = find_program(program, arguments.build)
    names = {**run.sizes, **files, "ranks": run.ranks,
             "threads": run.threads}
    try:
        words = [word.format(**names) for word in run.series.arguments]
    except KeyError as error:
        raise RunFailed(f"'arguments' name {error}, which is neither a size"
                        " nor one of " + ", ".join(sorted(
                            set(names) - set(run.sizes)))) from None
    return [*launcher.command(run.ranks, run.threads), program, *words]


def is_done(path, run):
    """Is its record there? Raises RunFailed where it is of something else."""
    if not os.path.exists(path):
        return False
    try:
        there = read_record(path)
    except BadRecord as error:
        raise RunFailed(f"{error}; remove the file to run again") from None
    if there["sizes"] != run.sizes:
        raise RunFailed(f"{path} is of the sizes {there['sizes']}, not"
                        f" {run.sizes}; remove it, or give another --output")
    return True


def do_run(run, path, arguments, launcher, facts):
    """All repeats of one run, and its record; raises RunFailed."""
    files = {"input": make_input(run, arguments.work, arguments.build,
                                 arguments.timeout),
             "output": os.path.join(arguments.work, run.name + "_result.h5"),
             "record": os.path.join(arguments.work, run.name + "_own.json")}
    os.makedirs(arguments.work, exist_ok=True)
    command = command_of(run, arguments, launcher, files)
    repeats, wall_seconds = [], []
    neighbours = Neighbours()
    for _ in range(arguments.repeats or run.series.repeats):
        for name in ("output", "record"):
            if os.path.exists(files[name]):
                os.remove(files[name])
        seconds, output = execute(command, run.threads, arguments.timeout)
        wall_seconds.append(seconds)
        repeats.append(told(output, files["record"]))
    try:
        record = make_record(
            run, repeats, wall_seconds, shown(command), launcher.nodes(
                run.ranks), facts["build"], facts["environment"], {})
        record["phases"] = with_counts(record)
        if launcher.nodes(run.ranks) == 1:
            record["others_share"] = neighbours.share()
        write_record(path, record)
    except (BadRecord, KeyError) as error:
        raise RunFailed(f"the program's record is not usable: {error}"
                        ) from None
    return record


def with_counts(record):
    try:
        counts = counts_of(record)
    except KeyError as error:
        raise RunFailed(f"the cost model of {record['module']}/"
                        f"{record['case']} needs the size {error}; name it so"
                        " in 'sizes', or give another 'case'") from None
    return [{**phase, **counts.get(phase["name"], {})}
            for phase in record["phases"]]


def shown(command):
    """As a shell takes it, without folders: records are for others."""
    return shlex.join(
        "=".join(os.path.basename(part) for part in word.split("="))
        for word in command)


def note_of(record):
    """A word where the times are not to be trusted."""
    share = record.get("others_share") or 0
    if share < DISTURBED:
        return ""
    return f" (others took {100 * share:.0f} % of the machine)"


def do_series(series, arguments, launcher, facts):
    """True if all its records are there."""
    failures = 0
    for run in series.all_runs(arguments.runs):
        path = os.path.join(arguments.output, run.name + ".json")
        failed = os.path.join(arguments.output, run.name + ".failed.txt")
        try:
            if is_done(path, run):
                print(f"{run.name}: there already", flush=True)
                continue
            record = do_run(run, path, arguments, launcher, facts)
            if os.path.exists(failed):
                os.remove(failed)
            print(f"{run.name}: {record['seconds']['max']:.4g} s,"
                  f" {record['peak_memory']['max'] / 2**20:.0f} MiB"
                  + note_of(record), flush=True)
        except RunFailed as error:
            failures += 1
            with open(failed, "w", encoding="utf-8") as file:
                file.write(f"{error}\n")
            print(f"{run.name}: failed: {str(error).splitlines()[0]};"
                  f" see {os.path.basename(failed)}", file=sys.stderr,
                  flush=True)
    return failures == 0


def print_commands(arguments, launcher):
    for series in arguments.series:
        for run in series.all_runs(arguments.runs):
            files = {"input": input_path(run, arguments.work),
                     "output": os.path.join(arguments.work,
                                            run.name + "_result.h5"),
                     "record": os.path.join(arguments.work,
                                            run.name + "_own.json")}
            print(f"OMP_NUM_THREADS={run.threads} " + shlex.join(
                command_of(run, arguments, launcher, files)))


def main():
    arguments = parse_arguments()
    launcher = Launcher(arguments.launcher, arguments.ranks_per_node)
    if arguments.dry_run:
        try:
            print_commands(arguments, launcher)
        except RunFailed as error:
            sys.exit(f"run.py: {error}")
        return 0
    os.makedirs(arguments.output, exist_ok=True)
    facts = {"build": {**build_info(arguments.build, arguments.timeout),
                       "commit": commit(HERE)},
             "environment": surroundings(launcher, arguments.label)}
    done = [do_series(series, arguments, launcher, facts)
            for series in arguments.series]
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
