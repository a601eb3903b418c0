# SPDX-License-Identifier: BSD-3-Clause
"""Input files of series: made once for each size, kept for other runs."""
import hashlib
import json
import math
import os
import random

from launch import execute, find_program


def input_path(run, folder):
    """Names what the file is made of: another size is another file."""
    text = json.dumps([run.series.input, run.sizes], sort_keys=True)
    ending = "csv" if "table" in run.series.input else "h5"
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return os.path.join(folder, f"{run.series.module}_{digest}.{ending}")


def make_input(run, folder, build, timeout):
    """Path of the file, which is written unless it is there; None where the
    series needs none. Raises RunFailed."""
    wanted = run.series.input
    if not wanted:
        return None
    os.makedirs(folder, exist_ok=True)
    path = input_path(run, folder)
    if os.path.exists(path):
        return path
    part = path + ".part"
    if "table" in wanted:
        rows, columns = (run.sizes[name] for name in wanted["table"])
        write_table(part, rows, columns, run.sizes.get("seed", 1))
    else:
        program = find_program(wanted["program"], build)
        execute([program, *(word.format(input=part, **run.sizes)
                            for word in wanted["arguments"])],
                os.cpu_count() or 1, timeout)
    os.replace(part, path)
    return path


def write_table(path, n_rows, n_columns, seed):
    """Columns x0, x1 ... of normal numbers, and y = sin(sum_c x_c / (c + 1))
    + 0.1 e."""
    draw = random.Random(seed).gauss
    with open(path, "w", encoding="utf-8") as file:
        names = [f"x{c}" for c in range(n_columns)]
        file.write(",".join([*names, "y"]) + "\n")
        for _ in range(n_rows):
            x = [draw(0, 1) for _ in range(n_columns)]
            y = math.sin(sum(v / (c + 1) for c, v in enumerate(x)))
            y += 0.1 * draw(0, 1)
            file.write(",".join(f"{v:.9g}" for v in [*x, y]) + "\n")
