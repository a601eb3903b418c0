#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Turn a record of kovar_micro into a Markdown table with each kernel's share of the machine's roof.

The roof of a compute-bound kernel is the rate of gemm in its precision, that of a memory-bound one
the rate of a copy, both taken from the same record. Repetitions count by their median.
"""

import argparse
import json
import statistics
import sys

COMPUTE_ROOF = {"double": "roof_gemm<double>", "float": "roof_gemm<float>"}
MEMORY_ROOF = "roof_copy"
MILLISECONDS = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3}
SETTINGS = {"manual_time", "real_time", "process_time"}


class Kernel:
    """One benchmark at one size: medians over its repetitions."""

    def __init__(self, name, runs):
        kernel, *settings = name.split("/")
        self.name = kernel
        self.size = ", ".join(s.replace(":", " = ") for s in settings if s not in SETTINGS)
        self.precision = "float" if "<float>" in kernel else "double"
        self.bound = runs[0].get("label", "")
        self.milliseconds = median_of(runs, "real_time") * MILLISECONDS[runs[0]["time_unit"]]
        self.gflops = median_of(runs, "GFLOP/s")
        self.gbytes = median_of(runs, "GB/s")

    def roof_name(self):
        return MEMORY_ROOF if self.bound == "memory" else COMPUTE_ROOF[self.precision]

    def rate(self):
        return self.gbytes if self.bound == "memory" else self.gflops


def median_of(runs, key):
    values = [run[key] for run in runs if key in run]
    return statistics.median(values) if values else None


def read_kernels(record):
    """Kernels in the order of the record. Single runs are preferred to the medians that it holds."""
    single, median = {}, {}
    for run in record["benchmarks"]:
        if run.get("error_occurred"):
            print(f"left out: {run['name']}: {run.get('error_message', 'failed')}", file=sys.stderr)
        elif run.get("run_type", "iteration") == "iteration":
            single.setdefault(run.get("run_name", run["name"]), []).append(run)
        elif run.get("aggregate_name") == "median":
            median.setdefault(run["run_name"], []).append(run)
    return [Kernel(name, runs) for name, runs in (single or median).items()]


def read_roofs(kernels):
    roofs = {k.name: k.rate() for k in kernels if k.name.startswith("roof_")}
    needed = {k.roof_name() for k in kernels}
    missing = sorted(needed - roofs.keys())
    if missing:
        sys.exit(f"the record lacks {', '.join(missing)}; let --benchmark_filter match 'roof' too")
    return roofs


def number(value):
    return "" if value is None else f"{value:.3g}" if value < 100 else f"{value:.0f}"


def share(kernel, roofs):
    return f"{100 * kernel.rate() / roofs[kernel.roof_name()]:.0f} %"


def print_table(record, kernels, roofs):
    context = record["context"]
    facts = [f"{key} {context[key]}" for key in ("kovar", "kokkos", "space", "concurrency") if key in context]
    print(f"{context['date'][:10]}; {'; '.join(facts)}; {context['num_cpus']} CPUs\n")
    columns = ("kernel", "size", "ms", "GFLOP/s", "GB/s", "roof", "share")
    print("| " + " | ".join(columns) + " |")
    print("| --- | --- | ---: | ---: | ---: | --- | ---: |")
    for kernel in kernels:
        is_roof = kernel.name.startswith("roof_")
        roof = "" if is_roof else "copy" if kernel.bound == "memory" else f"gemm, {kernel.precision}"
        cells = (f"`{kernel.name}`", kernel.size, number(kernel.milliseconds), number(kernel.gflops),
                 number(kernel.gbytes), roof, "" if is_roof else share(kernel, roofs))
        print("| " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("record", help="JSON file written by kovar_micro --benchmark_out")
    path = parser.parse_args().record
    try:
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
    except (OSError, json.JSONDecodeError) as error:
        sys.exit(f"roof_table.py: {path} is no whole record ({error}); run kovar_micro again")
    for variable in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        if variable in record["context"]:
            print(f"warning: {variable} was set, which changes what OpenBLAS does", file=sys.stderr)
    kernels = read_kernels(record)
    print_table(record, kernels, read_roofs(kernels))


if __name__ == "__main__":
    main()
