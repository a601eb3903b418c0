# SPDX-License-Identifier: BSD-3-Clause
"""What comparisons of programs share: which ones run, in what order, and what is told of them."""
import json
import shutil
import statistics
import subprocess
import sys

from .machine import environment


def take_names(parser, arguments, name, valid):
    """Make a list of a comma-separated option; ends with a usage error."""
    given = getattr(arguments, name).split(",")
    setattr(arguments, name, given)
    unknown = set(given) - set(valid)
    if unknown:
        parser.error(f"unknown {name} {', '.join(sorted(unknown))}"
                     f" (valid: {', '.join(valid)})")


def require_programs(parser, arguments):
    """Python, and kovar where it takes part, can be started."""
    for program in (arguments.python, arguments.kovar):
        wanted = program == arguments.python or "kovar" in arguments.programs
        if wanted and shutil.which(program) is None:
            parser.error(f"no program {program}")


def rotated(programs, i):
    """Another one comes first each time."""
    turn = i % len(programs)
    return programs[turn:] + programs[:turn]


def summary(values):
    return {"median": statistics.median(values),
            "min": min(values), "max": max(values)}


def printed_lines(program, command, threads):
    """The JSON lines that one process printed; ends if it failed."""
    done = subprocess.run(command, env=environment(threads), check=False,
                          text=True, capture_output=True)
    lines = [line for line in done.stdout.splitlines()
             if line.startswith("{")]
    if done.returncode != 0 or not lines:
        sys.exit(f"{program} ended with code {done.returncode}:\n"
                 + done.stdout + done.stderr)
    return [json.loads(line) for line in lines]


def way_of(line, names):
    """How the program was called, in words; names: fields that tell ways apart."""
    parts = [f"{line['threads']} thread" + "s" * (line["threads"] > 1)]
    if line["program"] != "kovar":
        parts += [f"{name} {line[name]}" for name in names if name in line]
    return ", ".join(parts)


def noted(lines, i_round, names):
    """The lines of a process with what a summary needs in each of them."""
    for line in lines:
        line.update(round=i_round, way=way_of(line, names),
                    median_seconds=statistics.median(line["seconds"]))
    return lines


def medians(lines):
    return [line["median_seconds"] for line in lines]


def fastest_ways(lines):
    """Of each program (way, lines) with the shortest median, and a list of all ways."""
    by_way = {}
    for line in lines:
        by_way.setdefault((line["program"], line["way"]), []).append(line)
    fastest = {}
    for (program, way), found in by_way.items():
        best = fastest.get(program)
        if best is None or (statistics.median(medians(found))
                            < statistics.median(medians(best[1]))):
            fastest[program] = (way, found)
    return fastest, [{"program": p, "way": way, **summary(medians(found))}
                     for (p, way), found in by_way.items()]


def paired_ratios(ours, others):
    """Times of others over ours, round by round."""
    return summary([b / a for a, b in zip(medians(ours), medians(others))])


def compared(lines, programs, differences):
    """Per program its fastest way and times; ratios to the first; agreement.

    differences(ours, others) -> numbers in units of what is allowed.
    """
    fastest, all_ways = fastest_ways(lines)
    names = [p for p in programs if p in fastest]
    first = fastest[names[0]][1]
    found = {p: differences(first[0]["check"], fastest[p][1][0]["check"])
             for p in names[1:]}
    return {"agree": all(max(f.values()) <= 1 for f in found.values()),
            "ways": {p: fastest[p][0] for p in names},
            "seconds": {p: summary(medians(fastest[p][1])) for p in names},
            "ratios": {p: paired_ratios(first, fastest[p][1])
                       for p in names[1:]},
            "difference_over_allowed": found, "all_ways": all_ways}


def show(cell, factor=1.0):
    return "{median:.3g} ({min:.3g} to {max:.3g})".format(
        **{name: value * factor for name, value in cell.items()})
