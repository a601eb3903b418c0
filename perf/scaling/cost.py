# SPDX-License-Identifier: BSD-3-Clause
"""From what a rank does to seconds: flops, bytes and messages on a machine.

A model (folder models) tells for each phase what the busiest rank does, as a
list of parts. Machine turns parts into seconds by constants that were
measured or are published (folder machines). README.md has the formulas.
"""
import dataclasses
import json
import math


@dataclasses.dataclass(frozen=True)
class Layout:
    """Where the work goes."""

    ranks: int
    threads: int
    nodes: int = 1

    @property
    def ranks_on_node(self):
        return math.ceil(self.ranks / self.nodes)


ALL, ROOT = "all", "root"  # who works at the same time on a node


@dataclasses.dataclass(frozen=True)
class Flops:
    """Arithmetic of one kind, at its share of the rate of gemm.

    order: that the share goes by: of a matrix, n; who: do all ranks of a
    node share it, or does rank 0 work alone?
    """

    kind: str
    flops: float
    order: float = math.inf
    who: str = ALL


@dataclasses.dataclass(frozen=True)
class Bytes:
    """Memory traffic, read and written; kind: of its rate."""

    bytes: float
    kind: str = "read"
    who: str = ALL


@dataclasses.dataclass(frozen=True)
class Message:
    """So many collectives of so many bytes each, over all ranks.

    kind: sum_to_all, sum_to_root, broadcast, or gather (bytes: of all ranks
    together). Over groups of ranks (members) as inside a grid of processes.
    """

    kind: str
    bytes: float
    times: float = 1
    members: int = 0  # 0: all ranks


@dataclasses.dataclass(frozen=True)
class Steps:
    """Things that cost the same each time: the name of a constant."""

    kind: str
    times: float


@dataclasses.dataclass(frozen=True)
class Phase:
    """What the busiest rank does in a phase of the program."""

    name: str
    parts: tuple

    def counts(self):
        """flops, bytes moved, messages and their bytes, as records have
        them."""
        def total(kind, of):
            return sum(of(p) for p in self.parts if isinstance(p, kind))

        return {"flops": total(Flops, lambda p: p.flops),
                "bytes": total(Bytes, lambda p: p.bytes),
                "messages": total(Message, lambda p: p.times),
                "message_bytes": total(Message, lambda p: p.times * p.bytes)}


def interpolated(table, at):
    """Between the points of {number as text: value}, linear in log(at);
    outside of them the value of the nearest."""
    points = sorted((float(x), y) for x, y in table.items())
    if at <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in zip(points, points[1:]):
        if at <= x1:
            return y0 + (y1 - y0) * math.log(at / x0) / math.log(x1 / x0)
    return points[-1][1]


def rate_of(table, n_busy):
    """Of {busy cores as text: rate of all of them}: between two points
    linear, below the first and beyond the last by the rate of a core."""
    points = sorted((float(x), y) for x, y in table.items())
    if n_busy <= points[0][0]:
        return points[0][1] * n_busy / points[0][0]
    for (x0, y0), (x1, y1) in zip(points, points[1:]):
        if n_busy <= x1:
            return y0 + (y1 - y0) * (n_busy - x0) / (x1 - x0)
    return points[-1][1]


class Machine:
    """The constants of a file of the folder machines; README.md lists
    them."""

    def __init__(self, constants):
        self.constants = constants

    @property
    def name(self):
        return self.constants["name"]

    def seconds(self, phase, layout):
        """Of a phase: its parts one after the other."""
        return sum(self.seconds_of(part, layout) for part in phase.parts)

    def seconds_of(self, part, layout):
        if isinstance(part, Flops):
            return part.flops / (self._per_rank("gemm_flops", part.who, layout)
                                 * self._share(part, layout))
        if isinstance(part, Bytes):
            return part.bytes / self._per_rank(part.kind + "_bytes", part.who,
                                               layout)
        if isinstance(part, Steps):
            return part.times * self.constants["seconds"][part.kind]
        return part.times * self._message(part, layout)

    def _per_rank(self, name, who, layout):
        """Rate of one rank: its part of that of all busy cores of a node."""
        ranks = layout.ranks_on_node if who == ALL else 1
        cores = self.constants["cores_per_node"]
        busy = min(ranks * layout.threads, cores)
        return rate_of(self.constants[name], busy) / ranks

    def _share(self, part, layout):
        """Of gemm's rate; measured for some numbers of threads."""
        if part.kind == "gemm":
            return 1.0
        tables = self.constants["shares"][part.kind]
        measured = sorted(int(t) for t in tables)
        threads = max([t for t in measured if t <= layout.threads],
                      default=measured[0])
        return interpolated(tables[str(threads)], part.order)

    def _message(self, part, layout):
        """Within nodes first, then between them, one message of a node at a
        time; in a part of a grid of ranks all ranks of a node send at once.
        """
        if part.members:
            reach = "network" if layout.nodes > 1 else "node"
            sharers = layout.ranks_on_node if layout.nodes > 1 else 1
            return self._collective(part.kind, part.bytes * sharers,
                                    part.members, reach)
        seconds = self._collective(part.kind, part.bytes,
                                   layout.ranks_on_node, "node")
        if layout.nodes > 1:
            seconds += self._collective(part.kind, part.bytes, layout.nodes,
                                        "network")
        return seconds

    def _collective(self, kind, n, p, reach):
        """n bytes over p members; README.md says whose formulas these are."""
        if p == 1:
            return 0.0
        link = self.constants["messages"][reach]
        latency = math.ceil(math.log2(p)) * link["latency"]
        sent = (p - 1) / p * n
        if kind == "sum_to_all":
            return 2 * latency + 2 * sent / link["sum_to_all_bytes"]
        if kind == "sum_to_root":
            return latency + 2 * sent / link["sum_to_root_bytes"]
        if kind == "gather":
            return latency + sent / link["bytes"]
        if kind == "broadcast":
            hops = math.ceil(math.log2(p))
            return latency + min(hops * n, 2 * sent) / link["bytes"]
        raise KeyError(f"no message of kind '{kind}'")


def read_machine(path):
    with open(path, encoding="utf-8") as file:
        return Machine(json.load(file))
