# SPDX-License-Identifier: BSD-3-Clause
"""One JSON record per run: made, checked, written and read."""
import datetime
import json
import os
import statistics

FORMAT = "kovar scaling 1"
SPREAD = ("min", "mean", "max")
COUNTS = ("flops", "bytes", "messages", "message_bytes")
# Key -> type, of a record; README.md explains them.
SCHEMA = {"format": str, "series": str, "what": str, "module": str,
          "case": str, "scaling": str, "sizes": dict, "ranks": int,
          "threads": int, "nodes": int, "date": str, "command": str,
          "build": dict, "environment": dict, "repeats": int, "phases": list,
          "seconds": dict, "peak_memory": dict, "found": dict}


class BadRecord(ValueError):
    """A file that is no record; says why."""


def spread_of(one):
    """min, mean and max of a number that may be one rank's alone."""
    if isinstance(one, dict):
        return {key: float(one[key]) for key in SPREAD}
    return {key: float(one) for key in SPREAD}


def medians(spreads):
    """Over repeats."""
    return {key: statistics.median([s[key] for s in spreads])
            for key in SPREAD}


def phases_of(told, wanted):
    """(name, spread) of each phase that counts: those wanted, or all."""
    found = {p["name"]: spread_of(p.get("over_ranks", p["seconds"]))
             for p in told["phases"]}
    missing = [name for name in wanted if name not in found]
    if missing:
        raise BadRecord(f"the program has no phase {', '.join(missing)}; it"
                        " has " + ", ".join(found))
    return {name: found[name] for name in wanted or found}


def make_record(run, told, wall_seconds, command, nodes, build, surroundings,
                counts):
    """
    told    what the program wrote of itself, of each repeat
    counts  phase -> what the busiest rank does: flops, bytes moved, messages
            and their bytes (the cost model's); {} where it has no such phase
    """
    repeats = [phases_of(one, run.series.phases) for one in told]
    phases = [{"name": name, **medians([r[name] for r in repeats]),
               **{key: counts.get(name, {}).get(key, 0) for key in COUNTS}}
              for name in repeats[0]]
    peaks = [spread_of(one["peak_memory_over_ranks"]) for one in told]
    return {"format": FORMAT, "series": run.series.name,
            "what": run.series.what, "module": run.series.module,
            "case": run.series.case, "scaling": run.series.scaling,
            "sizes": run.sizes, "ranks": run.ranks, "threads": run.threads,
            "nodes": nodes,
            "date": datetime.datetime.now().astimezone().isoformat(
                timespec="seconds"),
            "command": command, "build": build, "environment": surroundings,
            "repeats": len(told), "phases": phases,
            "seconds": {key: sum(p[key] for p in phases) for key in SPREAD},
            "wall_seconds": [round(s, 4) for s in wall_seconds],
            "peak_memory": medians(peaks), "found": found_in(told[-1])}


def found_in(told):
    """Numbers of the results that the cost goes by: iterations, products."""
    found = dict(told.get("check", {}))
    for key in ("n_bins", "n_parameters", "n_variations", "n_upper",
                "matrix_bytes", "n_evaluations"):
        if key in told:
            found[key] = told[key]
    for fit in told.get("fits", {}).values():
        found.update({key: fit[key] for key in
                      ("iterations", "values", "hessian_products")
                      if key in fit})
    return {key: value for key, value in found.items()
            if isinstance(value, (int, float))}


def check_record(record):
    """Raises BadRecord unless the record has everything that is promised."""
    def require(holds, why):
        if not holds:
            raise BadRecord(why)

    require(isinstance(record, dict) and record.get("format") == FORMAT,
            f"not a record of '{FORMAT}'")
    for key, kind in SCHEMA.items():
        require(key in record, f"'{key}' is missing")
        require(isinstance(record[key], kind), f"'{key}' is not of type"
                f" {kind.__name__}")
    require(record["phases"], "there are no phases")
    for spread in [record["seconds"], record["peak_memory"],
                   *record["phases"]]:
        require(all(key in spread for key in SPREAD), "min, mean or max over"
                " ranks is missing")
        require(0 <= spread["min"] <= spread["mean"] * (1 + 1e-9)
                <= spread["max"] * (1 + 2e-9), "min, mean and max over ranks"
                f" are not in order: {spread}")
    for phase in record["phases"]:
        require(isinstance(phase.get("name"), str)
                and all(key in phase for key in COUNTS),
                "a phase lacks its name or " + ", ".join(COUNTS))


def write_record(path, record):
    """Whole or not at all."""
    check_record(record)
    with open(path + ".part", "w", encoding="utf-8") as file:
        json.dump(record, file, indent=1)
        file.write("\n")
    os.replace(path + ".part", path)


def read_record(path):
    """Raises BadRecord."""
    try:
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
    except (OSError, ValueError) as error:
        raise BadRecord(f"{path}: {error}") from None
    try:
        check_record(record)
    except BadRecord as error:
        raise BadRecord(f"{path}: {error}") from None
    return record


def read_records(folders):
    """All records of folders (or single files), by series and ranks."""
    paths = []
    for place in folders:
        if os.path.isdir(place):
            paths += sorted(os.path.join(place, name)
                            for name in os.listdir(place)
                            if name.endswith(".json"))
        else:
            paths.append(place)
    records = [read_record(path) for path in paths]
    return sorted(records, key=lambda r: (r["series"],
                                          r["ranks"] * r["threads"],
                                          r["ranks"]))
