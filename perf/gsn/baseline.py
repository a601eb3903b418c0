#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Run the NumPy or the PyTorch baseline on one data file, or check it."""
import argparse
import json
import os
import sys
import time

START = time.perf_counter()

EXAMPLES = """\
examples:
  baseline.py --library=torch --threads=2 --input=data.h5 --dataset=/even \\
              --output=result.h5 --json=record.json
  baseline.py --library=numpy --threads=2 --input=data.h5 \\
              --dataset=/per_unit --uneven=missing
  baseline.py --library=numpy --check=ORACLE_FOLDER
"""
CASES = ("even_tall", "even_wide", "even_two_trials", "ridge_lowrank",
         "no_shrinkage", "custom_levels", "single_unit",
         "uneven_whole_trial", "uneven_iterating",
         "missing_pairs", "missing_light")
RESULTS = ("cN", "cS", "cNb", "cSb", "mnS", "ncsnr", "shrinklevels",
           "shrinklevelN", "shrinklevelD", "nllN", "nllD", "numiters")


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", required=True, choices=("numpy", "torch"))
    parser.add_argument("--threads", type=int,
                        default=int(os.environ.get("OMP_NUM_THREADS", 1)),
                        help="default: OMP_NUM_THREADS, else 1")
    parser.add_argument("--dtype", default="float64",
                        choices=("float64", "float32"))
    parser.add_argument("--stack", type=int, metavar="K",
                        help="levels that torch scores at once; default: all,"
                        " as GSN does; fewer need less memory")
    parser.add_argument("--input", metavar="FILE", help="HDF5 file of data")
    parser.add_argument("--dataset", default="/even", metavar="PATH",
                        help="units x conditions x trials; default /even")
    parser.add_argument("--uneven", default="fast",
                        choices=("fast", "missing"),
                        help="what NaN means: fast drops the whole trial,"
                        " missing only that unit's response; default fast")
    parser.add_argument("--output", metavar="FILE",
                        help="HDF5 file of results")
    parser.add_argument("--returns", default="cSb,cNb", metavar="NAMES",
                        help="matrices to write; default cSb,cNb")
    parser.add_argument("--json", metavar="FILE", help="record of the run")
    parser.add_argument("--check", metavar="DIR",
                        help="compare with the oracle files in DIR instead")
    arguments = parser.parse_args()
    if not arguments.check and not arguments.input:
        parser.error("give --input or --check")
    return arguments


ARGUMENTS = parse_arguments()
for variable in ("OMP", "OPENBLAS", "MKL"):  # read when NumPy is imported
    os.environ[variable + "_NUM_THREADS"] = str(ARGUMENTS.threads)

import h5py  # noqa: E402
import numpy as np  # noqa: E402

import agreement  # noqa: E402
import even_path  # noqa: E402
import per_unit_path  # noqa: E402
import steps  # noqa: E402
import whole_trial_path  # noqa: E402


def make_ops(arguments):
    """The library is imported only when it is asked for."""
    dtype = "float64" if arguments.check else arguments.dtype
    if arguments.library == "numpy":
        from baseline_numpy import NumpyOps
        return NumpyOps(dtype)
    from baseline_torch import TorchOps
    return TorchOps(dtype, arguments.threads, arguments.stack)


def path_of(data, uneven):
    """The path that GSN takes with these data (NumPy) and this option."""
    if min(data.shape[1:]) < 2:
        raise ValueError("at least two conditions and two trials are needed")
    if not np.isnan(data).any():
        return even_path
    return per_unit_path if uneven == "missing" else whole_trial_path


def run(ops, arguments, import_seconds):
    """Read, estimate, write; the record of it goes to --json."""
    timer = steps.Timer()
    with timer.phase("read"):
        with h5py.File(arguments.input) as file:
            data = file[arguments.dataset][()]
    with timer.phase("trial statistics"):
        path = path_of(data, arguments.uneven)
        data = ops.from_numpy(data)
    result = path.estimate(ops, data, steps.default_levels(), timer)
    with timer.phase("write"):
        if arguments.output:
            write(ops, result, arguments.output, arguments.returns.split(","))
    record = {
        "program": ops.name, "versions": ops.versions(),
        "path": path.__name__,
        "threads": arguments.threads, "dtype": arguments.dtype,
        "shape": list(data.shape), "import_seconds": import_seconds,
        "phases": as_list(timer.phases), "loop": as_list(timer.details),
        "n_passes": result["n_passes"], "numiters": result["numiters"],
        "shrinklevelN": result["shrinklevelN"],
        "shrinklevelD": result["shrinklevelD"],
    }
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(record, file, indent=1)
    for name, seconds in {**timer.phases, **timer.details}.items():
        inside = "  of loop: " if name in timer.details else ""
        print(f"{inside + name:28}{seconds:9.3f} s")
    print(f"levels {result['shrinklevelN']:g} (noise), "
          f"{result['shrinklevelD']:g} (data); {result['n_passes']} passes")


def as_list(seconds):
    return [{"name": name, "seconds": s} for name, s in seconds.items()]


def write(ops, result, path, matrices):
    with h5py.File(path, "w") as file:
        for name in RESULTS:
            if name not in ("cN", "cS", "cNb", "cSb") or name in matrices:
                file[name] = ops.to_numpy(result[name])


def check(ops, folder):
    """Differences from each oracle file, in units of what is allowed."""
    columns = ("levels", "numiters", "nll", "cN", "cS", "cNb", "cSb", "ncsnr")
    print(f"{ops.name}: difference / allowed difference")
    print(f"{'case':18}" + "".join(f"{name:>10}" for name in columns))
    worst = 0.0
    for case in CASES:
        with h5py.File(os.path.join(folder, case + ".h5")) as file:
            differences = compare_case(ops, file)
        worst = max(worst, *differences)
        print(f"{case:18}" + "".join(f"{d:10.2g}" for d in differences))
    print("all agree" if worst <= 1 else "DIFFERENT")
    return worst <= 1


def compare_case(ops, file):
    group = file[file.attrs["expected"].decode()]
    expected = {name: item[()] for name, item in group.items()}
    levels = file["shrinklevels_used"][()]
    data = file["data"][()]
    path = path_of(data, file["options"].attrs["uneven"].decode())
    raw = path.estimate(ops, ops.from_numpy(data), levels, steps.Timer())
    ours = {name: ops.to_numpy(item) for name, item in raw.items()}

    def expected_nll(x):
        """NaN where singular, whatever number the file shows there."""
        nll = expected.get("nll" + x, ours["nll" + x])
        singular = expected.get("singular" + x, np.zeros(nll.shape))
        return np.where(singular != 0, np.nan, nll)

    signal, total = np.diag(expected["cS"]), np.diag(file["context/cD"][()])
    numiters = int(expected["numiters"])
    return (
        max(agreement.exact(ours[name], expected[name])
            for name in ("shrinklevelN", "shrinklevelD")),
        agreement.exact(ours["numiters"], expected["numiters"]),
        max(agreement.curve(ours["nll" + x], expected_nll(x)) for x in "ND"),
        agreement.raw(ours["cN"], expected["cN"], np.diag(expected["cN"])),
        agreement.raw(ours["cS"], expected["cS"], total),
        agreement.projected(ours["cNb"], expected["cNb"], numiters),
        agreement.projected(ours["cSb"], expected["cSb"], numiters),
        agreement.ratio(ours["ncsnr"], expected["ncsnr"], signal, total),
    )


def main():
    ops = make_ops(ARGUMENTS)
    import_seconds = time.perf_counter() - START
    if ARGUMENTS.check:
        return 0 if check(ops, ARGUMENTS.check) else 1
    run(ops, ARGUMENTS, import_seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
