# SPDX-License-Identifier: BSD-3-Clause
"""How long a program took, by the lines of the table, from its own record."""
import re

# What a phase is called in a record, and the line of the table it goes to.
# The first pattern found in the name counts.
STAGES = (
    ("start", "start|init|option"),
    ("read", "read|load"),
    ("write", "writ|save"),
    ("noise scoring", "(?=.*noise).*(scor|level|shrink)"),
    ("data scoring", "(?=.*data).*(scor|level|shrink)"),
    ("trial statistics", "statistic"),
    ("loop", "loop|biconvex|project|refine|psd|iterat"),
    ("noise covariance", "noise"),
    ("data covariance", "data|signal"),
)


def seconds_by_stage(record):
    """Outermost phases summed by the stage that their names belong to."""
    stages = {}
    for name, seconds in phases(record):
        stage = stage_of(name)
        stages[stage] = stages.get(stage, 0.0) + seconds
    return stages


def phases(record):
    """Name and seconds of each outermost phase of a record.

    Understood: a list of {"name", "seconds"} or a mapping of name to seconds,
    under "phases", at the top or one level below.  The seconds may be given
    per rank as {"min", "mean", "max"}: the largest counts.  A phase with a
    "parent", or called "outer/inner" beside an "outer", lies within another
    one and is not counted again.
    """
    found = record.get("phases")
    for part in record.values():
        if found is None and isinstance(part, dict):
            found = part.get("phases")
    if isinstance(found, dict):
        found = [{"name": name, "seconds": s} for name, s in found.items()]
    found = [phase for phase in found or [] if not phase.get("parent")]
    names = {phase["name"] for phase in found}
    result = []
    for phase in found:
        seconds = phase.get("seconds", 0.0)
        if isinstance(seconds, dict):
            seconds = max(seconds.values())
        outer = phase["name"].rpartition("/")[0]
        if outer not in names:
            result.append((phase["name"], float(seconds)))
    return result


def stage_of(name):
    name = name.lower().rpartition("::")[2].replace("_", " ")
    for stage, pattern in STAGES:
        if re.search(pattern, name):
            return stage
    return "other"
