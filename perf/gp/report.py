# SPDX-License-Identifier: BSD-3-Clause
"""A record as Markdown tables."""

NAMES = {"kovar": "kovar", "gpytorch": "GPyTorch",
         "pull_request": "pull request 2682", "automatic": "PyTorch, automatic",
         "custom": "PyTorch, closed form",
         "potri": "PyTorch, closed form by potri"}


def cell(numbers, factor=1.0):
    """Median, and the range where there is one."""
    text = f"{numbers['median'] * factor:.3g}"
    if numbers["max"] > numbers["min"]:
        text += (f" ({numbers['min'] * factor:.3g} to"
                 f" {numbers['max'] * factor:.3g})")
    return text


def table(header, rows):
    lines = [header, ["---"] * 4 + ["---:"] * (len(header) - 4), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def place(result):
    """What every row begins with."""
    case = result["case"]
    return [case["case"], str(case["n"]), case["precision"],
            str(case["threads"])]


PLACE = ["case", "n", "precision", "threads"]


def of_programs(results, programs, key, value):
    """Rows of one column per program."""
    chosen = [r for r in results if key in r]
    shown = [p for p in programs if any(p in r[key] for r in chosen)]
    return table(PLACE + [NAMES[p] for p in shown], [
        place(r) + [value(r[key][p]) if p in r[key] else "" for p in shown]
        for r in chosen])


def as_markdown(record):
    """Only the tables that the record has results for."""
    results, programs = record["results"], record["programs"]
    first, machine = NAMES[programs[0]], record["machine"]
    parts = [f"{machine['processor']}, {machine['cores']} cores; "
             + ", ".join(f"{NAMES[p]} {v}"
                         for p, v in record["versions"].items())
             + f". Medians (and ranges) over {record['rounds']} rounds.\n"]

    def add(title, key, value):
        if any(key in r for r in results):
            parts.append(f"{title}\n")
            parts.append(of_programs(results, programs, key, value))

    timed = [r for r in results if "ways" in r]
    if timed:
        parts.append("Milliseconds:\n")
        parts.append(of_programs(timed, programs, "seconds",
                                 lambda x: cell(x, 1e3)))
    add(f"How often as long as {first}, in the same round:", "ratios", cell)
    alone = [r for r in results if "gradient_over_lapack" in r]
    if alone:
        parts.append("LAPACK's potrf and potri alone, in turn with the whole"
                     " gradient in the same process:\n")
        parts.append(table(
            PLACE + ["potrf + potri, ms", "gradient over these"],
            [place(r) + [cell(r["seconds"], 1e3),
                         cell(r["gradient_over_lapack"])] for r in alone]))
    add("How often as fast as on the fewest threads:", "speedup", cell)
    add("Peak memory, in numbers per entry of the n x n matrix:",
        "peak_over_square", lambda x: f"{x['median']:.2f}")
    add("Float: largest difference of a result over its largest entry, from"
        " kovar in double:", "error", lambda x: f"{max(x.values()):.1e}")
    parts.append("Results agree.\n" if record["agree"]
                 else "RESULTS DIFFER; see difference_over_allowed.\n")
    return "\n".join(parts)
