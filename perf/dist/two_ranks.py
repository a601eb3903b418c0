#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Hold two ranks of one thread against one rank of two threads.

Each case runs in turn, one way and the other, in several rounds: the work on
one rank is LAPACK's or kovar's for shared memory, on two ranks that of
matrices which they share. What counts is the ratio of each round.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

DIST = ("gemm", "syrk", "cholesky", "inverse", "project")


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="example: two_ranks.py --build=build/openmp"
        " --n=4000 --rounds=5 --output=perf/results/over_ranks/two_ranks.json",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--build", default="build/openmp", help="folder of the build; default"
        " %(default)s")
    add("--n", type=int, default=4000, help="order, units, points; default"
        " %(default)s")
    add("--rounds", type=int, default=3, help="default %(default)s; some"
        " two minutes each at n = 4,000")
    add("--cases", default="", metavar="NAME,...", help="default: all of "
        + ", ".join(cases_of(0)))
    add("--launcher", default="mpirun -np 2 --bind-to none", help="default"
        " '%(default)s'")
    add("--output", metavar="FILE", help="JSON of all rounds")
    return parser.parse_args()


def cases_of(n):
    """name -> (program, arguments, those of one rank, of two)."""
    cases = {name: ("dist/kovar_dist_bench",
                    [f"--case={name}", f"--n={n}", "--repeats=2"], [], [])
             for name in DIST}
    cases["gp"] = ("gp/kovar_gp_bench",
                   ["--case=ranks", f"--n={n}", f"--test-points={n}",
                    "--space=host"], [], [])
    for name in ("even", "per_unit"):
        cases["gsn " + name] = (
            "gsn/kovar_gsn_bench",
            [f"--case={name}", f"--units={n}", "--conditions=200",
             "--trials=3", "--space=host", "--repeats=1"],
            ["--matrices=root"], ["--matrices=ranks"])
    return cases


def seconds_of(line):
    """name of a part -> its least time: others only slow it down."""
    if "seconds" in line:
        return {"": min(line["seconds"])}
    return {" " + p["name"]: p["over_ranks"]["max"] for p in line["phases"]
            if p["name"] in ("value", "gradient", "predict")}


def timed(command, n_threads):
    environment = {**os.environ, "OMP_NUM_THREADS": str(n_threads),
                   "OMP_PROC_BIND": "false"}
    done = subprocess.run(command, env=environment, capture_output=True,
                          text=True, check=False)
    lines = [x for x in done.stdout.splitlines() if x[:1] == "{"]
    if done.returncode or not lines:
        sys.exit(f"two_ranks.py: {' '.join(command)} ended with"
                 f" {done.returncode}:\n{done.stderr}")
    return seconds_of(json.loads(lines[-1]))


def print_table(rounds):
    print("| case | 1 x 2, s | 2 x 1, s | ratio | of the rounds |")
    print("| --- | ---: | ---: | ---: | --- |")
    for name, pairs in rounds.items():
        ratios = sorted(b / a for a, b in pairs)
        print(f"| {name} | {statistics.median(a for a, _ in pairs):.3g} |"
              f" {statistics.median(b for _, b in pairs):.3g} |"
              f" {statistics.median(ratios):.2f} |"
              f" {ratios[0]:.2f} to {ratios[-1]:.2f} |", flush=True)


def write(arguments, rounds):
    """After each round, so that an interrupted study leaves what it has."""
    if arguments.output:
        with open(arguments.output, "w", encoding="utf-8") as file:
            json.dump({"n": arguments.n, "launcher": arguments.launcher,
                       "seconds": rounds}, file, indent=1)
            file.write("\n")


def main():
    arguments = parse_arguments()
    wanted = arguments.cases.split(",") if arguments.cases else None
    rounds = {}
    for _ in range(arguments.rounds):
        for name, (program, common, one, two) in cases_of(arguments.n).items():
            if wanted and name not in wanted:
                continue
            call = [os.path.join(arguments.build, "perf", program), *common]
            alone = timed([*call, *one, "--threads=2"], 2)
            shared = timed([*arguments.launcher.split(), *call, *two,
                            "--threads=1"], 1)
            for part, seconds in alone.items():
                rounds.setdefault(name + part, []).append(
                    [seconds, shared[part]])
        write(arguments, rounds)
    print_table(rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
