#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A tiny series of the real bench by run.py: a record with every phase that
the cost model knows, and nothing is run a second time.

    tiny_series.py BUILD LAUNCHER RUNS
"""
import json
import os
import subprocess
import sys
import tempfile

from scaling_folder import SCALING

from record import read_record

SERIES = {
    "what": "a tiny case", "module": "gsn", "case": "even",
    "scaling": "strong", "program": "kovar_gsn_bench",
    "sizes": {"units": 30, "conditions": 20, "trials": 3, "seed": 1},
    "arguments": ["--case=even", "--units={units}",
                  "--conditions={conditions}", "--trials={trials}",
                  "--seed={seed}", "--threads={threads}", "--space=host",
                  "--repeats=2", "--count-negative=1"],
    "runs": [[1, 1]]}


def main():
    build, launcher, runs = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "tiny.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(SERIES, file)
        output = os.path.join(folder, "records")
        call = [sys.executable, os.path.join(SCALING, "run.py"), path,
                "--build=" + build, "--output=" + output,
                "--launcher=" + launcher, "--runs=" + runs]
        for expected in ("MiB", "there already"):
            done = subprocess.run(call, capture_output=True, text=True,
                                  check=False)
            print(done.stdout + done.stderr)
            assert done.returncode == 0, done.returncode
            assert expected in done.stdout, expected
        ranks, threads = runs.split("x")
        record = read_record(os.path.join(
            output, f"tiny_r{ranks}_t{threads}.json"))
        assert record["ranks"] == int(ranks)
        assert record["found"]["negative"] < 1
        counted = {p["name"] for p in record["phases"]
                   if p["flops"] or p["bytes"]}
        assert {p["name"] for p in record["phases"]} == counted, counted
        sent = sum(p["message_bytes"] for p in record["phases"])
        assert sent > 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
