#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Make the constants of a machine from micro benchmarks.

Records of kovar_micro, one for each number of threads or several, and the
line of kovar_messages. Of each benchmark the fastest run counts: other
programs can only slow it down.
"""
import argparse
import json
import os
import re
import sys

from cost import rate_of
from models import dense

EXAMPLES = """\
examples:
  for t in 1 2; do
    OMP_NUM_THREADS=$t kovar_micro --benchmark_min_time=0.05 \\
      --benchmark_filter="$(calibrate.py --filter)" \\
      --benchmark_out=micro_$t.json
  done
  mpirun -n 2 kovar_messages > node.json          # on one node
  for n in 1300 2600; do
    mpirun -n 2 kovar_distributed --n=$n --threads=1 > grid_$n.json
  done
  srun --nodes=2 --ntasks=2 kovar_messages > network.json
  calibrate.py micro_*.json --node=node.json --network=network.json \\
    --grid grid_*.json --name='my cluster' --cores=128 --output=my_cluster.json
"""
USUAL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "machines",
                     "usual.json")
# Kind of work -> its benchmark, the setting that its order is, and flops for
# each byte or flop that the benchmark counts.
ENTRY = (3 * 8 + 20) / 8  # flops of an entry of a covariance of 8 columns
SHARES = {
    "syrk": (r"syrk<double>/n:2000/k:(\d+)", 1),
    "cholesky": (r"cholesky<double>/n:(\d+)", 1),
    "inverse": (r"invert_factored<double>/n:(\d+)", 1),
    "one_stage": (r"tridiagonalize<double>/n:(\d+)/stages:1", 1),
    "two_stages": (r"tridiagonalize<double>/n:(\d+)/stages:2", 1),
    "tridiagonal_pairs": (r"tridiagonal_pairs<double>/n:(\d+)/percent:20", 1),
    "covariance": (r"covariance<double>/n:(\d+)/kernel:0", ENTRY),
    "contraction": (r"parameter_sums<double>/n:(\d+)/kernel:0", ENTRY),
    "eigenvalue_model": (r"model_gradient<double>/d:(\d+)", 1),
    "pairwise": (
        r"pairwise_contrasts<double>/units:(\d+)/conditions:200/trials:3", 1),
    "pairwise_means": (
        r"pairwise_covariance<double>/units:(\d+)/columns:200", 1),
    "tall": (r"tall_gemm/columns:(\d+)", 1),
    "systems": (r"general_systems/n:(\d+)", 1),
    "packs": (r"several_symmetric_products/run:(250)/format:1", 1),
}
RATES = {
    "gemm_flops": r"roof_gemm<double>/n:2000",
    "read_bytes": "roof_read",
    "copy_bytes": "roof_copy",
    "symmetric_bytes": r"symmetric_product/run:250/format:1",
    "forward_bytes": r"sparse_product/run:250/format:1",
    "backward_bytes": r"sparse_product_transposed/run:250/format:1",
    "touch_bytes":
        r"trial_statistics_units_first<double>/units:10000/conditions:500",
}
EXTRA = [r"eigenpairs<double>/n:2000/percent:(?:0|100)"]


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("records", nargs="*", help="of kovar_micro")
    add("--node", metavar="FILE", help="line of kovar_messages on one node")
    add("--grid", metavar="FILE", nargs="*", default=[], help="lines of"
        " kovar_distributed on all cores of a node, at one or more --n")
    add("--network", metavar="FILE", help="the same on two nodes")
    add("--name", default="this machine")
    add("--cores", type=int, default=1, help="of a node")
    add("--usual", metavar="FILE", default=USUAL, help="JSON of what is not"
        " measured: files, launches; default: machines/usual.json")
    add("--output", metavar="FILE", help="default: standard output")
    add("--filter", action="store_true", help="print the benchmarks that are"
        " needed, as --benchmark_filter wants them")
    arguments = parser.parse_args()
    if not arguments.filter and not (arguments.records and arguments.node):
        parser.error("give records of kovar_micro, and --node")
    return arguments


def benchmark_filter():
    patterns = [*RATES.values(), *(p for p, _ in SHARES.values()), *EXTRA]
    return "|".join(f"^{p}/" for p in patterns).replace("?:", "").replace(
        r"\d+", "[0-9]+")


def read_rates(paths):
    """threads -> benchmark -> the best rate per second, and the least
    seconds."""
    rates, seconds = {}, {}
    for path in paths:
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
        threads = int(record["context"]["concurrency"])
        for run in record["benchmarks"]:
            if run.get("run_type", "iteration") != "iteration":
                continue
            name = run["name"]
            rate = 1e9 * run.get("GFLOP/s", run.get("GB/s", 0.0))
            if "_product" in name and "several" not in name:
                rate = 1e9 * run["GB/s"]
            unit = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}
            took = run["real_time"] * unit[run["time_unit"]]
            at = rates.setdefault(threads, {})
            at[name] = max(rate, at.get(name, 0))
            least = seconds.setdefault(threads, {})
            least[name] = min(took, least.get(name, took))
    return rates, seconds


def found(table, pattern):
    """{order or '': value} of the benchmarks that match."""
    result = {}
    for name, value in table.items():
        match = re.match(pattern + "/", name)
        if match:
            result[match[1] if match.groups() else ""] = value
    return result


def reflector_rate(rates, seconds):
    """From all eigenpairs less the tridiagonal form less their tridiagonal
    pairs; n = m = 2,000."""
    n = 2000
    whole = found(seconds, r"eigenpairs<double>/n:2000/percent:(\d+)")
    pairs = found(rates, SHARES["tridiagonal_pairs"][0])
    if len(whole) < 2 or not pairs:
        return None
    of_pairs = 4 / 3 * n**3 / max(pairs.values())
    return 2 * n**3 / max(whole["100"] - whole["0"] - of_pairs, 1e-9)


def line_of(path):
    with open(path, encoding="utf-8") as file:
        return json.loads([x for x in file if x[:1] == "{"][-1])


def grid_shares(paths, gemm):
    """Of gemm's rate, by blocks over ranks, messages on the node included."""
    shares = {}
    for path in paths:
        line = line_of(path)
        n, ranks, threads = line["n"], line["ranks"], line["threads"]
        rate = rate_of(gemm, ranks * threads)
        flops = {"product": n * n * line["k"], "factor": n**3 / 3,
                 "solve": n**3, "inverse": 2 * n**3 / 3,
                 "projection": dense.projection_flops(
                     n, line.get("negative", 0), ranks)}
        for phase in line["phases"]:
            share = flops[phase["name"]] / phase["over_ranks"]["max"] / rate
            kind = "grid_" + phase["name"].replace("factor", "cholesky")
            if phase["name"] == "projection":
                kind = dense.projection_kind(n, ranks)
            shares.setdefault(kind, {}).setdefault(str(threads), {})[
                str(n)] = rounded(share)
    return shares


def messages(path):
    """Latency of the shortest message, rates of the longest."""
    line = line_of(path)
    n, p = line["bytes"][-1], line["ranks"]
    sent = (p - 1) / p * n

    def rate(name, amount):
        return round(amount / line[name][-1])

    return {"latency": line["ping_seconds"][0],
            "bytes": rate("ping_seconds", n),
            "sum_to_all_bytes": rate("sum_to_all_seconds", 2 * sent),
            "sum_to_root_bytes": rate("sum_to_root_seconds", 2 * sent)}


def rounded(x):
    return float(f"{x:.3g}")


def constants_of(arguments):
    rates, seconds = read_rates(arguments.records)
    result = {"name": arguments.name, "source": "perf/scaling/calibrate.py",
              "cores_per_node": arguments.cores}
    for name, pattern in RATES.items():
        at = {str(t): rounded(found(table, pattern)[""])
              for t, table in sorted(rates.items()) if found(table, pattern)}
        if not at:
            raise KeyError(pattern)
        result[name] = at
    shares = {}
    for threads, table in sorted(rates.items()):
        gemm = result["gemm_flops"][str(threads)]
        for kind, (pattern, factor) in SHARES.items():
            at = {order: rounded(factor * rate / gemm)
                  for order, rate in found(table, pattern).items()}
            shares.setdefault(kind, {})[str(threads)] = at
        reflectors = reflector_rate(table, seconds[threads])
        if reflectors:
            shares.setdefault("reflectors", {})[str(threads)] = {
                "2000": rounded(min(1.0, reflectors / gemm))}
    shares.update(grid_shares(arguments.grid, result["gemm_flops"]))
    result["shares"] = shares
    result["messages"] = {"node": messages(arguments.node)}
    if arguments.network:
        result["messages"]["network"] = messages(arguments.network)
    with open(arguments.usual, encoding="utf-8") as file:
        usual = json.load(file)
    for kind, table in usual.pop("shares").items():
        shares.setdefault(kind, table)
    return {**result, **usual}


def main():
    arguments = parse_arguments()
    if arguments.filter:
        print(benchmark_filter())
        return 0
    try:
        text = json.dumps(constants_of(arguments), indent=1)
    except (OSError, ValueError, KeyError, IndexError) as error:
        sys.exit(f"calibrate.py: a record lacks {error}; run the benchmarks of"
                 " --filter and kovar_messages again")
    if arguments.output:
        with open(arguments.output, "w", encoding="utf-8") as file:
            file.write(text + "\n")
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
