# SPDX-License-Identifier: BSD-3-Clause
"""What a series of runs is, read from a small JSON file; README.md says what
stands in it."""
import json
import os
import re

MODULES = ("gsn", "gp", "spectral", "fit", "dist")
KEYS = {"what": str, "module": str, "case": str, "scaling": str,
        "program": str, "sizes": dict, "arguments": list, "runs": list}
OPTIONAL = {"grows": dict, "input": dict, "repeats": int, "phases": list}


class BadSeries(ValueError):
    """A file that describes no series; says why and what to do."""


class Run:
    """One point of a series: its sizes on so many ranks of so many threads."""

    def __init__(self, series, ranks, threads):
        self.series, self.ranks, self.threads = series, ranks, threads
        workers = ranks * threads
        self.sizes = dict(series.sizes)
        for name, exponent in series.grows.items():
            grown = series.sizes[name] * workers**exponent
            is_whole = isinstance(series.sizes[name], int)
            self.sizes[name] = round(grown) if is_whole else grown

    @property
    def name(self):
        return f"{self.series.name}_r{self.ranks}_t{self.threads}"


class Series:
    """The content of a file, checked. Members are its keys, see README.md."""

    def __init__(self, name, content):
        self.name = name
        _check(name, content)
        for key in KEYS:
            setattr(self, key, content[key])
        self.grows = content.get("grows", {})
        self.input = content.get("input", {})
        self.repeats = content.get("repeats", 1)
        self.phases = content.get("phases", [])

    def all_runs(self, chosen=None):
        """Runs in the order of the file; chosen: (ranks, threads) instead."""
        pairs = chosen or [tuple(pair) for pair in self.runs]
        return [Run(self, ranks, threads) for ranks, threads in pairs]


def read_series(path):
    """Raises BadSeries."""
    name = os.path.splitext(os.path.basename(path))[0]
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except OSError as error:
        raise BadSeries(f"{path}: {error.strerror}; give a file of"
                        " perf/scaling/series, or one like it") from None
    except ValueError as error:
        raise BadSeries(f"{path} is no JSON ({error}); compare it with one of"
                        " perf/scaling/series") from None
    return Series(name, content)


def read_runs(text):
    """[(2, 1), (4, 1)] of "2x1,4x1"; raises BadSeries."""
    pairs = []
    for word in text.split(","):
        found = re.fullmatch(r"([1-9]\d*)x([1-9]\d*)", word.strip())
        if not found:
            raise BadSeries(f"'{word}' is not ranks x threads; write 4x8")
        pairs.append((int(found[1]), int(found[2])))
    return pairs


def _check(name, content):
    def require(holds, why):
        if not holds:
            raise BadSeries(f"series '{name}': {why}")

    require(isinstance(content, dict), "the file holds no object; compare it"
            " with one of perf/scaling/series")
    for key, kind in KEYS.items():
        require(key in content, f"'{key}' is missing; README.md says what it"
                " is")
    for key, value in content.items():
        kind = KEYS.get(key) or OPTIONAL.get(key)
        require(kind, f"there is no key '{key}'; the keys are "
                + ", ".join([*KEYS, *OPTIONAL]))
        require(isinstance(value, kind), f"'{key}' is {value!r}, not of type"
                f" {kind.__name__}")
    require(content["module"] in MODULES, f"module '{content['module']}' is"
            " unknown; it is one of " + ", ".join(MODULES))
    require(content["scaling"] in ("strong", "weak"), "'scaling' is"
            f" '{content['scaling']}'; it is strong or weak")
    require((content["scaling"] == "weak") == bool(content.get("grows")),
            "weak series, and only these, say in 'grows' by which power of"
            " ranks x threads each size grows")
    for size in content.get("grows", {}):
        require(size in content["sizes"], f"'grows' names '{size}', which is"
                " not in 'sizes'")
    for size, value in content["sizes"].items():
        require(isinstance(value, (int, float)) and value >= 0, f"the size"
                f" '{size}' is {value!r}; sizes are numbers")
    require(content["runs"], "'runs' is empty; give pairs of ranks and"
            " threads, as [[1, 1], [2, 1]]")
    for pair in content["runs"]:
        require(isinstance(pair, list) and len(pair) == 2
                and all(isinstance(n, int) and n > 0 for n in pair),
                f"{pair!r} in 'runs' is no pair of ranks and threads")
    require(content.get("repeats", 1) > 0, "'repeats' counts from 1")
