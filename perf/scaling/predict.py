#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Say on paper what a run would take on a machine.

    predict.py --case=gsn/distributed --nodes=1,4,16,64 \\
               --sizes=units=50000,conditions=1000,trials=4
    predict.py --paper --machine=machines/perlmutter_cpu.json
"""
import argparse
import os
import sys

from cost import Layout, read_machine
from models import MODELS, gp, gsn, phases_of

HERE = os.path.dirname(os.path.abspath(__file__))
PERLMUTTER = os.path.join(HERE, "machines", "perlmutter_cpu.json")
GSN = {"conditions": 1000, "trials": 4}
# Title, case, sizes, nodes, bytes of a rank.
PAPER = (
    ("Signal and noise, dense, 50,000 units (1,000 conditions, 4 trials)",
     ("gsn", "distributed"), {"units": 50_000, **GSN}, (1, 4, 16, 64),
     lambda s, l: gsn.memory_per_rank(s, l, "distributed")),
    ("Signal and noise, dense, 100,000 units",
     ("gsn", "distributed"), {"units": 100_000, **GSN}, (1, 4, 16, 64, 256),
     lambda s, l: gsn.memory_per_rank(s, l, "distributed")),
    ("Signal and noise, factored, 1,000,000 units (200 conditions, 3 trials)",
     ("gsn", "factored"),
     {"units": 1_000_000, "conditions": 200, "trials": 3}, (1, 4, 16),
     lambda s, l: gsn.memory_per_rank(s, l, "factored")),
    ("Gaussian process, value and all gradients, 200,000 points, 8 columns",
     ("gp", "distributed"), {"rows": 200_000, "features": 8},
     (1, 4, 16, 64, 256), gp.memory_per_rank),
    ("Headline fit: value with gradient, and product, replicated parameters",
     ("fit", "products"), {"scale": 1.0}, (1, 4, 16, 64, 256, 1024),
     lambda s, l: 8 * 226.5e6 * s["scale"] / l.ranks + 20 * 8 * 108_334),
)


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--machine", default=PERLMUTTER, metavar="FILE")
    add("--case", metavar="MODULE/CASE", help="one of " + ", ".join(
        "/".join(case) for case in MODELS))
    add("--sizes", default="", metavar="NAME=N,...")
    add("--nodes", default="1", metavar="N,...")
    add("--ranks-per-node", type=int, default=8)
    add("--threads", type=int, help="default: cores of a node / its ranks")
    add("--paper", action="store_true", help="the cases of README.md")
    arguments = parser.parse_args()
    if not arguments.paper:
        arguments.case = tuple((arguments.case or "").split("/"))
        if arguments.case not in MODELS:
            parser.error("give --paper, or a --case that there is")
    try:
        arguments.sizes = {name: float(n) for name, n in (
            pair.split("=") for pair in arguments.sizes.split(",") if pair)}
        arguments.sizes = {k: int(v) if v == int(v) and k != "scale" else v
                           for k, v in arguments.sizes.items()}
        arguments.nodes = [int(n) for n in arguments.nodes.split(",")]
    except ValueError as error:
        parser.error(f"{error}; write --sizes=units=1000,trials=3 and"
                     " --nodes=1,4")
    return arguments


def readable(seconds):
    if seconds >= 5400:
        return f"{seconds / 3600:.1f} h"
    if seconds >= 90:
        return f"{seconds / 60:.1f} min"
    if seconds >= 1:
        return f"{seconds:.2g} s"
    return f"{1000 * seconds:.{2 if seconds < 0.01 else 0}f} ms"


def print_case(case, sizes, nodes, machine, layout_on, memory=None):
    """A line for each number of nodes: whole time, efficiency, largest
    phases, messages' share."""
    seconds = [{p.name: machine.seconds(p, layout_on(n))
                for p in phases_of(*case, sizes, layout_on(n))}
               for n in nodes]
    print("| nodes | ranks x threads | time | efficiency | largest phases |"
          + (" GB a rank |" if memory else ""))
    print("| ---: | --- | ---: | ---: | --- |" + (" ---: |" if memory else ""))
    first = None
    for n, found in zip(nodes, seconds):
        layout = layout_on(n)
        total = sum(found.values())
        first = first or (n, total)
        efficiency = first[0] * first[1] / (n * total)
        largest = sorted(found, key=found.get, reverse=True)[:3]
        words = ", ".join(f"{name} {readable(found[name])}"
                          for name in largest if found[name] > 0.02 * total)
        print(f"| {n:,} | {layout.ranks:,} x {layout.threads} |"
              f" {readable(total)} | {100 * efficiency:.0f} % | {words} |"
              + (f" {memory(sizes, layout) / 1e9:.2g} |" if memory else ""))


def main():
    arguments = parse_arguments()
    try:
        machine = read_machine(arguments.machine)
    except (OSError, ValueError) as error:
        sys.exit(f"predict.py: {error}")
    per_node = arguments.ranks_per_node
    threads = arguments.threads or max(
        1, machine.constants["cores_per_node"] // per_node)

    def layout_on(nodes):
        return Layout(nodes * per_node, threads, nodes)

    if "network" not in machine.constants["messages"] and (
            arguments.paper or max(arguments.nodes) > 1):
        sys.exit(f"predict.py: {machine.name} has no messages between nodes;"
                 " calibrate it with --network, or give --nodes=1")
    if not arguments.paper:
        try:
            print_case(arguments.case, arguments.sizes, arguments.nodes,
                       machine, layout_on)
        except KeyError as error:
            sys.exit(f"predict.py: the model of {'/'.join(arguments.case)}"
                     f" needs {error}; give it in --sizes")
        return 0
    print(f"Machine: {machine.name}; {per_node} ranks of {threads} threads a"
          " node.")
    for title, case, sizes, nodes, memory in PAPER:
        print(f"\n{title}\n")
        print_case(case, sizes, nodes, machine, layout_on, memory)
    return 0


if __name__ == "__main__":
    sys.exit(main())
