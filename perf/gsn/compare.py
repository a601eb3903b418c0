#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Time kovar and the two baselines side by side on the same data.

Each repeat runs every program once, as a process of its own with the same
number of threads; the order rotates, and ratios are taken within a repeat, so
that a slow moment of the machine hits all of them alike.  The results of the
first repeat are compared with each other: a speed counts only if the answers
are the same.
"""
import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile

import h5py
import numpy as np

import agreement
from record import seconds_by_stage
from responses import described, lose, simulate

HERE = os.path.dirname(os.path.abspath(__file__))
PERF = os.path.join(HERE, os.pardir)
sys.path.append(PERF)
from support.comparison import (  # noqa: E402
    require_programs, rotated, summary, take_names)
from support.machine import commit, environment, machine  # noqa: E402

EXAMPLES = """\
examples:
  compare.py --kovar=build/openmp/apps/kovar --repeats=5 --output=perf/results
  compare.py --units=500 --conditions=100 --threads=1 --programs=kovar,numpy
  compare.py --path=per_unit --missing=0.2 --units=1000
  compare.py --programs=torch,numpy --python=PEER_ENVIRONMENT/bin/python

The output folder gets gsn_compare.json (every run), .png and .svg.
Exit code: 0 done, 1 a run failed or the results differ, 2 wrong usage.
"""

# Data without NaN take the even path whatever is asked for.
UNEVEN = {"even": "fast", "whole_trial": "fast", "per_unit": "missing"}

OUTSIDE = ("start", "read", "write")  # not computing
COMPUTING = ("trial statistics", "noise covariance", "data covariance",
             "noise scoring", "data scoring", "loop", "other")
SUMS = {"covariances": ("trial statistics", "noise covariance",
                        "data covariance"),
        "scorings": ("noise scoring", "data scoring")}
LINES = ("wall", "computing", *COMPUTING, *SUMS, "peak")
KEPT = ("program", "kovar_version", "versions", "space", "ranks", "threads",
        "path", "phases", "loop", "import_seconds", "n_passes")  # of a record
LABELS = {"wall": "whole process, s", "computing": "computing, s",
          "covariances": "statistics and covariances, s",
          "scorings": "both scorings, s", "peak": "peak memory, MiB"}


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--units", type=int, default=2000, help="default 2000")
    add("--conditions", type=int, default=200, help="default 200")
    add("--trials", type=int, default=3, help="default 3")
    add("--path", default="even", choices=tuple(UNEVEN),
        help="what is lost: nothing, whole trials, or responses of single"
        " units; default even")
    add("--missing", type=float, metavar="SHARE",
        help="lost share of the trials (whole_trial), or of the responses in"
        " each trial that loses any (per_unit); default 0.2")
    add("--affected", type=float, default=1.0, metavar="SHARE",
        help="of the trials that lose responses (per_unit); default 1, which"
        " leaves no complete trial to choose levels by")
    add("--seed", type=int, default=1, help="of the simulated data; default 1")
    add("--threads", type=int, default=2, help="of each program; default 2")
    add("--repeats", type=int, default=5, help="default 5")
    add("--programs", default="kovar,torch,numpy", metavar="NAMES",
        help="which to run; ratios refer to the first; default %(default)s")
    add("--kovar", default="kovar", metavar="PROGRAM",
        help="the kovar program; default: found on PATH")
    add("--kovar-options", default="", metavar="TEXT",
        help="more options for kovar, in one string")
    add("--stack", type=int, metavar="K", help="levels that torch scores at"
        " once; default: all, as GSN does")
    add("--python", default=sys.executable, metavar="PROGRAM",
        help="Python with numpy, scipy, h5py and torch; default: this one")
    add("--output", default="gsn_compare", metavar="DIR",
        help="folder of the results; default %(default)s")
    add("--work", metavar="DIR", help="folder of the data file and of what the"
        " programs write, kept; default: a temporary one")
    arguments = parser.parse_args()
    take_names(parser, arguments, "programs", ("kovar", "torch", "numpy"))
    if min(arguments.repeats, arguments.threads, arguments.units) < 1:
        parser.error("repeats, threads and units must be positive")
    if min(arguments.conditions, arguments.trials) < 2:
        parser.error("conditions and trials must be at least 2")
    if arguments.path == "even" and arguments.missing:
        parser.error("on the even path nothing is missing: add --path=per_unit"
                     " or --path=whole_trial")
    if arguments.missing is None:
        arguments.missing = 0.0 if arguments.path == "even" else 0.2
    if not 0 <= arguments.missing < 1 or not 0 <= arguments.affected <= 1:
        parser.error("--missing and --affected must be shares from 0 to 1")
    require_programs(parser, arguments)
    return arguments


def command(program, arguments, files):
    common = [f"--input={files['data']}", f"--dataset=/{arguments.path}",
              f"--uneven={UNEVEN[arguments.path]}",
              f"--output={files['result']}", "--returns=cSb,cNb",
              f"--json={files['record']}"]
    if program == "kovar":
        return [arguments.kovar, "gsn", "estimate", *common,
                *shlex.split(arguments.kovar_options)]
    if program == "torch" and arguments.stack:
        common.append(f"--stack={arguments.stack}")
    return [arguments.python, os.path.join(HERE, "baseline.py"),
            f"--library={program}", f"--threads={arguments.threads}", *common]


def run(program, arguments, files):
    """One process; returns seconds and bytes by the names of LINES."""
    for name in ("result", "record", "usage"):
        if os.path.exists(files[name]):
            os.remove(files[name])
    done = subprocess.run(
        [sys.executable, "-I", "-S", os.path.join(HERE, "measure.py"),
         files["usage"], *command(program, arguments, files)],
        env=environment(arguments.threads), check=False, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(f"{program} ended with code {done.returncode}:\n"
                 + done.stdout)
    usage, record = read_json(files["usage"]), read_json(files["record"])
    stages = seconds_by_stage(record)
    if not stages:
        print(f"note: {program} wrote no phases; only whole-process times")
    figures = {stage: stages.get(stage, 0.0) for stage in COMPUTING}
    for line, parts in SUMS.items():
        figures[line] = sum(figures[part] for part in parts)
    figures.update(
        wall=usage["wall_seconds"],
        computing=sum(s for name, s in stages.items() if name not in OUTSIDE),
        peak=usage["peak_bytes"] / 2**20)
    record = {name: record[name] for name in KEPT if name in record}
    return {"figures": figures, "usage": usage, "record": record}


def read_json(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        sys.exit(f"no readable record {os.path.basename(path)}: {error}")


def read_result(path):
    names = ("cSb", "cNb", "shrinklevelN", "shrinklevelD", "numiters")
    with h5py.File(path) as file:
        missing = [name for name in names if name not in file]
        if missing:
            sys.exit("the result file lacks " + ", ".join(missing))
        return {name: np.squeeze(file[name][()]) for name in names}


def differences(ours, reference):
    """In units of what is allowed: 1 or less is agreement."""
    numiters = int(reference["numiters"])
    found = {name: agreement.exact(ours[name], reference[name])
             for name in ("shrinklevelN", "shrinklevelD", "numiters")}
    for name in ("cSb", "cNb"):
        found[name] = agreement.projected(ours[name], reference[name],
                                          numiters)
    return found


def check_results(results, programs):
    """Compare the first program with every other; True if all agree."""
    agree, report = True, {}
    for other in programs[1:]:
        found = differences(results[programs[0]], results[other])
        same = bool(max(found.values()) <= 1)
        agree = agree and same
        report[other] = {name: d if np.isfinite(d) else "different"
                         for name, d in found.items()}
        print(f"{programs[0]} and {other}: "
              + ("same results" if same else "DIFFERENT RESULTS")
              + "; difference over allowed difference: "
              + ", ".join(f"{name} {d:.2g}" for name, d in found.items()))
    return agree, report


def summarize(runs, programs):
    """Median and range per program, and of the ratios within a repeat."""
    def figures(program, line):
        return [one["figures"][line] for one in runs
                if one["program"] == program]

    first = programs[0]
    table = {}
    for line in LINES:
        row = {p: summary(figures(p, line)) for p in programs}
        for other in programs[1:]:
            pairs = list(zip(figures(other, line), figures(first, line)))
            if all(b > 0 for _, b in pairs) and any(a > 0 for a, _ in pairs):
                row[f"{other}/{first}"] = summary([a / b for a, b in pairs])
        table[line] = row
    return table


def print_table(table):
    columns = list(table["wall"])
    lines = [["", *columns]]
    for line, row in table.items():
        if any(cell["max"] for cell in row.values()):
            lines.append([LABELS.get(line, "  " + line),
                          *(show(row.get(column)) for column in columns)])
    widths = [max(len(cell) for cell in column) for column in zip(*lines)]
    print("\nmedian (min to max); ratios: median of the paired ratios")
    for first, *cells in lines:
        print("  ".join([first.ljust(widths[0]),
                         *map(str.rjust, cells, widths[1:])]))
    print()


def show(cell):
    if cell is None:
        return "-"
    if cell["min"] == cell["max"]:
        return digits(cell["median"])
    return (f"{digits(cell['median'])} "
            f"({digits(cell['min'])} to {digits(cell['max'])})")


def digits(x):
    """Three significant digits, never as a power of ten."""
    if x >= 100:
        return f"{x:.0f}"
    return f"{x:.3f}" if x < 1 else f"{x:.3g}"


def measure_all(arguments, work):
    """Every run in order, and the results of the first repeat."""
    data = os.path.join(work, "data.h5")
    responses = simulate(arguments.units, arguments.conditions,
                         arguments.trials, arguments.seed)
    lose(responses, arguments.path, arguments.missing, arguments.affected,
         arguments.seed)
    with h5py.File(data, "w") as file:
        file[arguments.path] = responses
    del responses
    runs, results = [], {}
    for repeat in range(arguments.repeats):
        for program in rotated(arguments.programs, repeat):
            own = os.path.join(work, program)
            files = {"data": data, "result": own + "_result.h5",
                     "record": own + "_record.json",
                     "usage": own + "_usage.json"}
            one = run(program, arguments, files)
            figures = one["figures"]
            runs.append({"repeat": repeat, "program": program, **one})
            print(f"repeat {repeat + 1}: {program:6}"
                  f"{figures['wall']:9.2f} s wall"
                  f"{figures['computing']:9.2f} s computing"
                  f"{figures['peak']:9.0f} MiB", flush=True)
            if repeat == 0:
                results[program] = read_result(files["result"])
    order = arguments.programs.index
    runs.sort(key=lambda one: (one["repeat"], order(one["program"])))
    return runs, results


def main():
    arguments = parse_arguments()
    print(f"{arguments.units} units, {arguments.conditions} conditions, "
          f"{arguments.trials} trials, {arguments.threads} threads, double, "
          + described(arguments.path, arguments.missing, arguments.affected))
    os.makedirs(arguments.output, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        work = arguments.work or temporary
        os.makedirs(work, exist_ok=True)
        runs, results = measure_all(arguments, work)
    agree, report = check_results(results, arguments.programs)
    table = summarize(runs, arguments.programs)
    print_table(table)

    path = os.path.join(arguments.output, "gsn_compare.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({
            "case": {name: getattr(arguments, name) for name in
                     ("units", "conditions", "trials", "path", "missing",
                      "affected", "seed", "threads", "stack")},
            "programs": arguments.programs, "repeats": arguments.repeats,
            "machine": machine(), "commit": commit(HERE), "agree": agree,
            "difference_over_allowed": report, "summary": table, "runs": runs,
        }, file, indent=1)
    drawn = subprocess.run(
        [sys.executable, os.path.join(PERF, "plot", "gsn_compare.py"), path,
         f"--output={arguments.output}"], check=False)
    print(f"record: {path}")
    return 0 if agree and drawn.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
