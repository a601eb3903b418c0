#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Time kovar's exact Gaussian processes beside GPyTorch and PyTorch.

A case is run in rounds.  Each round runs every program once on every number
of threads, one after the other in rotating order, on inputs that all of them
draw alike; ratios are taken within a round.  A program that was called in
several ways counts with the one whose median is the shortest.  The results of
the first round are compared: a speed counts only if the answers are the same.
"""
import argparse
import itertools
import json
import os
import shlex
import subprocess
import sys

from agreement import differences, relative_difference
from report import as_markdown

HERE = os.path.dirname(os.path.abspath(__file__))
PERF = os.path.join(HERE, os.pardir)
sys.path.append(PERF)
from support.comparison import (  # noqa: E402
    compared, fastest_ways, noted, paired_ratios, printed_lines,
    require_programs, rotated, summary, take_names)
from support.machine import commit, machine  # noqa: E402

EXAMPLES = """\
examples:
  compare.py --kovar=build/openmp/perf/gp/kovar_gp_bench --python=PEER/bin/python
  compare.py --cases=gradient --n=1000 --precision=double --threads=1
  compare.py --cases=lapack --programs=kovar
  compare.py --cases=gradient --n=4000 --add        # into an earlier record

The output folder gets gp_compare.json (every run), .md, .png and .svg.
Exit code: 0 done, 1 a run failed or the results differ, 2 wrong usage.
"""
CASES = ("value", "gradient", "lapack", "fit", "batch")
OF_POINTS = ("value", "gradient")
SUPPORTED = {"kovar": CASES, "gpytorch": OF_POINTS + ("fit", "batch"), "pull_request": OF_POINTS,
             "automatic": OF_POINTS, "custom": OF_POINTS, "potri": OF_POINTS}
MEMBERS_AT_ONCE = "100,1000"  # that GPyTorch is tried with
WAY = ("way",)  # what tells ways apart


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--cases", default="gradient,lapack,fit,batch", metavar="NAMES",
        help="of " + ", ".join(CASES) + "; default %(default)s")
    add("--n", default="1000,2000,4000", metavar="SIZES",
        help="points of value, gradient and lapack; default %(default)s")
    add("--fit-n", type=int, default=2000, help="points of fit; default 2000")
    add("--steps", type=int, default=20, help="of fit; default 20")
    add("--test-points", type=int, default=10000,
        help="of fit; default 10000")
    add("--members", type=int, default=10000, help="of batch; default 10000")
    add("--batch-n", type=int, default=50,
        help="points of each member; default 50")
    add("--d", type=int, default=8, help="input columns; default 8")
    add("--precision", default="double,float", metavar="NAMES",
        help="default %(default)s")
    add("--threads", default="1,2", metavar="NUMBERS",
        help="of every program; default %(default)s")
    add("--rounds", type=int, default=5, help="default 5")
    add("--repeats", type=int, default=5, help="timed calls in each process"
        " at n = 1000, of which the median counts; less for more points;"
        " default 5")
    add("--seed", type=int, default=1, help="of the inputs; default 1")
    add("--programs", default="kovar,gpytorch,pull_request,automatic,custom",
        metavar="NAMES", help="of " + ", ".join(SUPPORTED)
        + "; ratios refer to the first; default %(default)s")
    add("--kovar", default="kovar_gp_bench", metavar="PROGRAM",
        help="default: found on PATH")
    add("--kovar-options", default="", metavar="TEXT",
        help="more options for kovar, in one string")
    add("--python", default=sys.executable, metavar="PROGRAM",
        help="Python with numpy, torch, gpytorch and matplotlib; default:"
        " this one")
    add("--launcher", default="", metavar="TEXT", help="command that every"
        " program is started by, such as taskset with its options")
    add("--output", default="gp_compare", metavar="DIR",
        help="folder of the results; default %(default)s")
    add("--add", action="store_true", help="keep the cases of the record in"
        " the folder that are not run now")
    arguments = parser.parse_args()
    for name, valid in (("programs", tuple(SUPPORTED)), ("cases", CASES),
                        ("precision", ("float", "double"))):
        take_names(parser, arguments, name, valid)
    try:
        arguments.threads = [int(t) for t in arguments.threads.split(",")]
        arguments.n = [int(n) for n in arguments.n.split(",")]
    except ValueError as error:
        parser.error(f"--threads and --n are lists of numbers: {error}")
    if min(arguments.rounds, arguments.repeats, *arguments.threads) < 1:
        parser.error("rounds, repeats and threads must be positive")
    require_programs(parser, arguments)
    return arguments


def list_cases(arguments):
    """What is to be run: options that all programs of a case share."""
    for name, precision in itertools.product(arguments.cases,
                                             arguments.precision):
        sizes = {"fit": [arguments.fit_n],
                 "batch": [arguments.batch_n]}.get(name, arguments.n)
        for n in sizes:
            case = {"case": name, "n": n, "d": arguments.d,
                    "precision": precision, "seed": arguments.seed,
                    "repeats": max(1, arguments.repeats * 1000
                                   // max(n, 1000))}
            if name == "fit":
                case.update({"repeats": 1, "steps": arguments.steps,
                             "test-points": arguments.test_points})
            if name == "batch":
                case.update(repeats=3, members=arguments.members)
            yield case


def command(program, case, threads, arguments):
    options = [f"--{name}={value}" for name, value in case.items()]
    options.append(f"--threads={threads}")
    if program == "kovar":
        called = [arguments.kovar, *options,
                  *shlex.split(arguments.kovar_options)]
    elif program in ("gpytorch", "pull_request"):
        ways = "lazy,eager" if program == "gpytorch" else "pull-request"
        called = [arguments.python, os.path.join(HERE, "baseline_gpytorch.py"),
                  f"--ways={ways}", *options]
        if case["case"] == "batch":
            called.append(f"--blocks={MEMBERS_AT_ONCE}")
    else:
        called = [arguments.python, os.path.join(HERE, "baseline_torch.py"),
                  f"--backward={program}", *options]
    return shlex.split(arguments.launcher) + called


def run_case(case, arguments):
    """Every line of every round, the round and the way noted in it."""
    programs = [p for p in arguments.programs
                if case["case"] in SUPPORTED[p]]
    lines = []
    for i in range(arguments.rounds):
        for program in rotated(programs, i):
            for threads in rotated(arguments.threads, i):
                called = command(program, case, threads, arguments)
                found = printed_lines(program, called, threads)
                lines += noted(found, i, WAY)
    return lines


def peaks(lines, case):
    """Of each program, resident memory over that of all n x n squares."""
    square = case["n"]**2 * {"double": 8, "float": 4}[case["precision"]]
    return {program: summary([line["peak_bytes"] / square
                              / line.get("members", 1)
                              for line in found if "peak_bytes" in line])
            for program, (_, found) in fastest_ways(lines)[0].items()}


def summarize(case, lines, programs):
    """A result per number of threads."""
    for threads in sorted({line["threads"] for line in lines}):
        chosen = [line for line in lines if line["threads"] == threads]
        result = {"case": {**case, "threads": threads}}
        if case["case"] == "lapack":
            result["seconds"] = summary(
                [line["median_seconds"] for line in chosen])
            result["gradient_over_lapack"] = summary(
                [ours / lapack for line in chosen for ours, lapack
                 in zip(line["gradient_seconds"], line["seconds"])])
            result["agree"] = True
        else:
            result.update(compared(
                chosen, programs,
                lambda a, b: differences(case["precision"], a, b)))
            result["peak_over_square"] = peaks(chosen, case)
        yield result


def add_speedups(results, lines):
    """To results on several threads: times on the fewest over these."""
    for result in results:
        case = result["case"]
        same = [r for r in results if "ways" in r and all(
            r["case"][k] == case[k] for k in ("case", "n", "precision"))]
        if "ways" not in result or len(same) < 2:
            continue
        fewest = min(r["case"]["threads"] for r in same)
        if case["threads"] == fewest:
            continue
        by_threads = {
            t: fastest_ways([line for line in lines if is_of(line, case)
                             and line["threads"] == t])[0]
            for t in (fewest, case["threads"])}
        result["speedup"] = {"over_threads": fewest, **{
            program: paired_ratios(found, by_threads[fewest][program][1])
            for program, (_, found) in by_threads[case["threads"]].items()}}


def add_float_errors(results, lines):
    """To results in float: how far gradients are from kovar's in double."""
    for result in results:
        case = result["case"]
        reference = [line for line in lines
                     if is_of(line, {**case, "precision": "double"})
                     and line["program"] == "kovar" and "check" in line]
        if case["precision"] != "float" or not reference:
            continue
        exact = reference[0]["check"]
        result["error"] = {
            line["program"]: {name: relative_difference(value, exact[name])
                              for name, value in line["check"].items()}
            for line in lines if is_of(line, case) and "check" in line}


def is_of(line, case):
    return all(line[k] == case[k] for k in ("case", "n", "precision"))


def earlier_lines(path, cases):
    """Lines of a record except those of cases that are run anew."""
    try:
        with open(path, encoding="utf-8") as file:
            lines = json.load(file)["lines"]
    except OSError:
        return []
    return [line for line in lines
            if not any(is_of(line, case) for case in cases)]


def cases_of(lines):
    """The cases that lines belong to, in their order."""
    cases = []
    for line in lines:
        case = {k: line[k] for k in ("case", "n", "d", "precision", "seed")}
        if case not in cases:
            cases.append(case)
    return cases


def record_of(lines, arguments):
    results = []
    for case in cases_of(lines):
        chosen = [line for line in lines if is_of(line, case)]
        results += summarize(case, chosen, arguments.programs)
    add_speedups(results, lines)
    add_float_errors(results, lines)
    return {
        "programs": arguments.programs, "rounds": arguments.rounds,
        "machine": machine(), "commit": commit(HERE),
        "versions": {line["program"]: line["version"] for line in lines},
        "agree": all(result["agree"] for result in results),
        "results": results, "lines": lines}


def write(record, folder):
    for ending, text in (("json", json.dumps(record, indent=1)),
                         ("md", as_markdown(record))):
        with open(os.path.join(folder, f"gp_compare.{ending}"), "w",
                  encoding="utf-8") as file:
            file.write(text)


def main():
    arguments = parse_arguments()
    os.makedirs(arguments.output, exist_ok=True)
    path = os.path.join(arguments.output, "gp_compare.json")
    cases = list(list_cases(arguments))
    lines = earlier_lines(path, cases) if arguments.add else []
    for case in cases:
        lines += run_case(case, arguments)
        record = record_of(lines, arguments)
        write(record, arguments.output)  # what is done outlives an interruption
        print("done: {case}, n = {n}, {precision}".format(**case), flush=True)

    print(as_markdown(record))
    drawn = subprocess.run(
        [arguments.python, os.path.join(PERF, "plot", "gp_compare.py"), path,
         f"--output={arguments.output}"], check=False)
    print(f"record: {path}")
    return 0 if record["agree"] and drawn.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
