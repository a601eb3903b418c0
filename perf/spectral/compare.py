#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Time kovar's k-th eigenvalues and models beside PyTorch and NumPy.

A case is run in rounds.  Each round runs every program once, one after the
other in rotating order, on inputs that all of them draw alike; ratios are
taken within a round.  PyTorch may be called in several ways (threads, samples
per call, fused AdamW): the way whose median is the shortest counts.  The
results of the first round are compared: a speed counts only if the answers
are the same.
"""
import argparse
import itertools
import json
import os
import shlex
import subprocess
import sys
import tempfile

from agreement import differences

HERE = os.path.dirname(os.path.abspath(__file__))
PERF = os.path.join(HERE, os.pardir)
sys.path.append(PERF)
from support.comparison import (  # noqa: E402
    compared, noted, printed_lines, require_programs, rotated, show,
    take_names)
from support.machine import commit, machine  # noqa: E402

EXAMPLES = """\
examples:
  compare.py --kovar=build/openmp/perf/spectral/kovar_spectral_bench
  compare.py --cases=gradient --d=45 --precision=float --rounds=3
  compare.py --cases=values --threads=1 --peer-threads=1,2
  compare.py --programs=torch,numpy --cases=values       # without kovar

The output folder gets spectral_compare.json (every run), .png and .svg.
Exit code: 0 done, 1 a run failed or the results differ, 2 wrong usage.
"""
CASES = ("values", "spectrum", "predict", "gradient", "training")
SUPPORTED = {"kovar": CASES, "torch": CASES, "numpy": ("values", "spectrum")}
OF_MATRICES = ("values", "spectrum")
WAY = ("batch", "adamw", "operation")  # what tells ways apart


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--cases", default="values,gradient,training", metavar="NAMES",
        help="of " + ", ".join(CASES) + "; default %(default)s")
    add("--d", default="15,30,45", metavar="SIZES",
        help="matrix sizes of predict and gradient; default %(default)s")
    add("--values-d", default="100", metavar="SIZES",
        help="matrix sizes of values and spectrum; default %(default)s")
    add("--training-d", default="45", metavar="SIZES", help="default 45")
    add("--p", type=int, default=8, help="features; default 8")
    add("--n", type=int, default=2000,
        help="samples per repeat of predict and gradient; default 2000")
    add("--values-n", type=int, default=500,
        help="matrices per repeat of values and spectrum; default 500")
    add("--precision", default="float,double", metavar="NAMES",
        help="default %(default)s")
    add("--threads", type=int, default=1,
        help="of kovar, and of the others unless told; default 1")
    add("--peer-threads", metavar="NUMBERS", help="thread counts to try for"
        " the other programs; default: as many as --threads")
    add("--batches", default="250,2000", metavar="SIZES",
        help="samples per call to try for torch in predict and gradient;"
        " default %(default)s")
    add("--adamw", default="default,fused", metavar="NAMES",
        help="optimisers to try for torch in training; default %(default)s")
    add("--epochs", type=int, default=5, help="of training; default 5")
    add("--rounds", type=int, default=5, help="default 5")
    add("--repeats", type=int, default=5, help="timed calls in each process,"
        " of which the median counts (training: one); default 5")
    add("--seed", type=int, default=1, help="of the inputs; default 1")
    add("--programs", default="kovar,torch,numpy", metavar="NAMES",
        help="which to run; ratios refer to the first; default %(default)s")
    add("--kovar", default="kovar_spectral_bench", metavar="PROGRAM",
        help="default: found on PATH")
    add("--kovar-options", default="", metavar="TEXT",
        help="more options for kovar, in one string")
    add("--python", default=sys.executable, metavar="PROGRAM",
        help="Python with numpy, h5py and torch; default: this one")
    add("--output", default="spectral_compare", metavar="DIR",
        help="folder of the results; default %(default)s")
    arguments = parser.parse_args()
    for name, valid in (("programs", tuple(SUPPORTED)), ("cases", CASES),
                        ("precision", ("float", "double"))):
        take_names(parser, arguments, name, valid)
    if min(arguments.rounds, arguments.repeats, arguments.threads) < 1:
        parser.error("rounds, repeats and threads must be positive")
    require_programs(parser, arguments)
    return arguments


def list_cases(arguments):
    """What is to be run: options that all programs of a case share."""
    for name in arguments.cases:
        if name in OF_MATRICES:
            sizes, n = arguments.values_d, arguments.values_n
        else:
            sizes, n = arguments.d, arguments.n
        if name == "training":
            sizes, n = arguments.training_d, None
        for precision, d in itertools.product(
                arguments.precision, map(int, sizes.split(","))):
            case = {"case": name, "d": d, "k": d // 2, "n": n,
                    "precision": precision, "seed": arguments.seed,
                    "repeats": arguments.repeats}
            if name not in OF_MATRICES:
                case["p"] = arguments.p
            if name == "training":
                case.update(epochs=arguments.epochs, repeats=1)
            yield case


def command(program, case, threads, arguments, data):
    options = [f"--{name}={value}" for name, value in case.items()
               if value is not None]
    options.append(f"--threads={threads}")
    if case["case"] == "training":
        options.append(f"--data={data}")
    if program == "kovar":
        return [arguments.kovar, *options,
                *shlex.split(arguments.kovar_options)]
    if program == "torch" and case["case"] in ("predict", "gradient"):
        options.append(f"--batches={arguments.batches}")
    if program == "torch" and case["case"] == "training":
        options.append(f"--adamw={arguments.adamw}")
    return [arguments.python, os.path.join(HERE, f"baseline_{program}.py"),
            *options]


def run_case(case, arguments, data):
    """Every line of every round, the round and the way noted in it."""
    programs = [p for p in arguments.programs
                if case["case"] in SUPPORTED[p]]
    peers = [int(t) for t in
             (arguments.peer_threads or str(arguments.threads)).split(",")]
    lines = []
    for i in range(arguments.rounds):
        for program in rotated(programs, i):
            for threads in ([arguments.threads] if program == "kovar"
                            else peers):
                called = command(program, case, threads, arguments, data)
                lines += noted(printed_lines(program, called, threads), i, WAY)
    return lines


def summarize(case, lines, programs):
    """Per program its fastest way, times, ratios within a round, agreement."""
    return {"case": case, "n_matrices": lines[0]["n"] * case.get("epochs", 1),
            **compared(lines, programs,
                       lambda a, b: differences(case, a, b))}


def print_result(result):
    case = result["case"]
    unit, factor = "us a matrix", 1e6 / result["n_matrices"]
    if case["case"] == "training":
        unit, factor = "s", 1.0
    print(f"{case['case']}, d = {case['d']}, {case['precision']}:")
    for program, seconds in result["seconds"].items():
        ratio = result["ratios"].get(program)
        print(f"  {program:6}{show(seconds, factor)} {unit}"
              + (f"; ratio {show(ratio)}" if ratio else "")
              + f"   [{result['ways'][program]}]")
    if not result["agree"]:
        print("  DIFFERENT RESULTS, over what is allowed:",
              json.dumps(result["difference_over_allowed"]))
    sys.stdout.flush()


def main():
    arguments = parse_arguments()
    os.makedirs(arguments.output, exist_ok=True)
    print("median (min to max) over rounds; ratio: median of paired ratios")
    results, lines = [], []
    with tempfile.TemporaryDirectory() as work:
        data = os.path.join(work, "prepared.h5")
        if "training" in arguments.cases:
            subprocess.run(
                [arguments.python, os.path.join(HERE, "housing_shape.py"),
                 f"--prepared={data}"], check=True, stdout=subprocess.DEVNULL)
        for case in list_cases(arguments):
            found = run_case(case, arguments, data)
            lines += found
            results.append(summarize(case, found, arguments.programs))
            print_result(results[-1])

    path = os.path.join(arguments.output, "spectral_compare.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({
            "programs": arguments.programs, "rounds": arguments.rounds,
            "repeats": arguments.repeats, "threads": arguments.threads,
            "machine": machine(), "commit": commit(HERE),
            "agree": all(result["agree"] for result in results),
            "results": results, "lines": lines}, file, indent=1)
    drawn = subprocess.run(
        [arguments.python, os.path.join(PERF, "plot", "spectral_compare.py"),
         path, f"--output={arguments.output}"], check=False)
    print(f"record: {path}")
    agree = all(result["agree"] for result in results)
    return 0 if agree and drawn.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
