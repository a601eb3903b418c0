# SPDX-License-Identifier: BSD-3-Clause
"""What comparisons of programs share: which ones run, in what order, and what is told of them."""
import shutil
import statistics


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
