#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Constants of a machine from records of micro benchmarks."""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

from scaling_folder import SCALING

import calibrate

MESSAGES = {"ranks": 2, "bytes": [8, 8e6],
            "ping_seconds": [1e-6, 1e-3],
            "sum_to_all_seconds": [2e-6, 4e-3],
            "sum_to_root_seconds": [2e-6, 2e-3]}


def run(name, gflops=0.0, gbytes=0.0, milliseconds=1.0):
    return {"name": name + "/manual_time", "run_type": "iteration",
            "real_time": milliseconds, "time_unit": "ms",
            "GFLOP/s": gflops, "GB/s": gbytes} if gflops else {
                "name": name + "/manual_time", "run_type": "iteration",
                "real_time": milliseconds, "time_unit": "ms", "GB/s": gbytes}


RUNS = [
    run("roof_gemm<double>/n:2000", 50), run("roof_gemm<double>/n:2000", 40),
    run("roof_copy", gbytes=20), run("roof_read", gbytes=19),
    run("symmetric_product/run:250/format:1", 6, 15),
    run("sparse_product/run:250/format:1", 6, 14),
    run("sparse_product_transposed/run:250/format:1", 6, 13),
    run("trial_statistics_units_first<double>/units:10000/conditions:500",
        gbytes=2),
    run("cholesky<double>/n:128", 20), run("cholesky<double>/n:2000", 40),
    run("syrk<double>/n:2000/k:400", 45),
    run("covariance<double>/n:2000/kernel:0", gbytes=3),
    run("tridiagonal_pairs<double>/n:4000/percent:20", 40),
    # 100 % less 0 % less 4/3 n^3 at 40 GFLOP/s: 2 n^3 in 0.8 s.
    run("eigenpairs<double>/n:2000/percent:0", 20, 0, 500),
    run("eigenpairs<double>/n:2000/percent:100", 20, 0,
        1300 + 4 / 3 * 8e9 / 40e9 * 1e3),
]


class Calibrate(unittest.TestCase):
    def constants(self, runs, *more):
        with tempfile.TemporaryDirectory() as folder:
            def write(name, content):
                path = os.path.join(folder, name)
                with open(path, "w", encoding="utf-8") as file:
                    json.dump(content, file)
                return path

            micro = write("micro.json", {"context": {"concurrency": "1"},
                                         "benchmarks": runs})
            done = subprocess.run(
                [sys.executable, os.path.join(SCALING, "calibrate.py"), micro,
                 "--node=" + write("node.json", MESSAGES), "--cores=2", *more],
                capture_output=True, text=True, check=False)
        return done

    def test_the_fastest_counts_and_shares_are_of_gemm(self):
        found = json.loads(self.constants(RUNS).stdout)
        self.assertEqual(found["gemm_flops"], {"1": 50e9})
        self.assertEqual([found[kind + "_bytes"]["1"] for kind in (
            "symmetric", "forward", "backward")], [15e9, 14e9, 13e9])
        shares = {kind: table["1"] for kind, table in
                  found["shares"].items()}
        self.assertEqual(shares["cholesky"], {"128": 0.4, "2000": 0.8})
        self.assertEqual(shares["syrk"], {"400": 0.9})
        # 44 flops for 8 bytes of 3 GB/s.
        self.assertEqual(shares["covariance"], {"2000": 0.33})
        self.assertAlmostEqual(shares["reflectors"]["2000"],
                               2 * 8e9 / 0.8 / 50e9)
        self.assertIn("file", found["seconds"])

    def grid_shares(self, n):
        spread = {"max": 0.02}
        line = {"n": n, "k": n // 2, "negative": 200, "ranks": 1,
                "threads": 1, "phases": [
                    {"name": name, "over_ranks": spread} for name in (
                        "product", "factor", "solve", "inverse",
                        "projection")]}
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(line, file)
            file.flush()
            done = self.constants(RUNS, "--grid", file.name)
        return json.loads(done.stdout)["shares"]

    def test_blocks_over_ranks_have_shares_of_their_own(self):
        shares = self.grid_shares(1000)
        self.assertEqual(shares["grid_product"], {"1": {"1000": 0.5}})
        self.assertEqual(shares["grid_cholesky"], {"1": {"1000": 0.333}})
        self.assertEqual(shares["grid_inverse"], {"1": {"1000": 0.667}})
        self.assertEqual(shares["grid_solve"], {"1": {"1000": 1.0}})
        # 5/3 n^3 + 8 n^2 m + 6 * 48 n^2 flops of two stages.
        self.assertEqual(shares["grid_two_stages"], {"1": {"1000": 3.55}})
        usual = json.loads(self.constants(RUNS).stdout)["shares"]
        self.assertIn("grid_product", usual)

    def test_small_matrices_over_ranks_take_one_stage(self):
        # 5/3 n^3 + 4 n^2 m flops.
        self.assertEqual(self.grid_shares(900)["grid_projection"],
                         {"1": {"900": 1.86}})

    def test_messages_have_the_shortest_latency_and_the_longest_rate(self):
        node = json.loads(self.constants(RUNS).stdout)["messages"]["node"]
        self.assertEqual(node, {"latency": 1e-6, "bytes": 8e9,
                                "sum_to_all_bytes": 2e9,
                                "sum_to_root_bytes": 4e9})

    def test_a_record_without_roofs_is_refused(self):
        done = self.constants(RUNS[:3] + RUNS[4:])
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("a record lacks 'roof_read'; run the benchmarks of"
                      " --filter", done.stderr)

    def test_the_filter_takes_each_benchmark_that_is_read(self):
        pattern = calibrate.benchmark_filter()
        for one in RUNS:
            self.assertTrue(re.search(pattern, one["name"]), one["name"])
        self.assertFalse(re.search(pattern, "roof_gemm<float>/n:2000/x"))
        self.assertNotIn("\\d", pattern)  # unknown to POSIX


if __name__ == "__main__":
    unittest.main()
