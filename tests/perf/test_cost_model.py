#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The cost model against small cases that were counted by hand."""
import os
import subprocess
import sys
import unittest

from scaling_folder import SCALING

import models
from cost import (
    ROOT, Bytes, Flops, Layout, Machine, Message, Phase, Steps, interpolated,
    rate_of, read_machine)
from models import dense, gp, gsn

TEN = {"name": "ten", "cores_per_node": 4,
       "gemm_flops": {"1": 10, "2": 20, "4": 30},
       "read_bytes": {"1": 10, "4": 20}, "copy_bytes": {"1": 10},
       "symmetric_bytes": {"1": 10}, "forward_bytes": {"1": 10},
       "backward_bytes": {"1": 10}, "touch_bytes": {"1": 10},
       "file_bytes": {"1": 10},
       "shares": {"syrk": {"1": {"10": 0.5, "1000": 1.0}, "2": {"10": 0.25}}},
       "messages": {
           "node": {"latency": 1, "bytes": 10, "sum_to_all_bytes": 4,
                    "sum_to_root_bytes": 8},
           "network": {"latency": 100, "bytes": 10, "sum_to_all_bytes": 4,
                       "sum_to_root_bytes": 8}},
       "seconds": {"file": 3}}
SIZES = {"units": 50, "conditions": 10, "trials": 3, "rows": 30,
         "features": 2, "steps": 4, "restarts": 2, "order": 5, "batch": 8,
         "epochs": 3, "scale": 0.01, "seed": 1, "n": 40, "k": 5,
         "tests": 7}


def seconds(part, ranks=1, threads=1, nodes=1):
    return Machine(TEN).seconds(Phase("p", (part,)),
                                Layout(ranks, threads, nodes))


class Seconds(unittest.TestCase):
    def test_tables_are_read_between_their_points(self):
        table = {"10": 1.0, "1000": 3.0}
        for at, value in ((1, 1.0), (10, 1.0), (100, 2.0), (1000, 3.0),
                          (1e6, 3.0)):
            self.assertAlmostEqual(interpolated(table, at), value)
        for busy, rate in ((1, 10), (2, 20), (3, 25), (4, 30), (9, 30)):
            self.assertAlmostEqual(rate_of(TEN["gemm_flops"], busy), rate)

    def test_ranks_of_a_node_share_its_cores_and_its_memory(self):
        work = Flops("gemm", 120)
        self.assertAlmostEqual(seconds(work), 12)
        self.assertAlmostEqual(seconds(work, threads=2), 6)
        self.assertAlmostEqual(seconds(work, ranks=2), 12)
        self.assertAlmostEqual(seconds(work, ranks=4), 120 / (30 / 4))
        self.assertAlmostEqual(seconds(work, ranks=4, nodes=2), 12)
        alone = Flops("gemm", 120, who=ROOT)
        self.assertAlmostEqual(seconds(alone, ranks=4), 12)
        self.assertAlmostEqual(seconds(Bytes(40), ranks=4), 8)

    def test_a_share_goes_by_order_and_threads(self):
        self.assertAlmostEqual(seconds(Flops("syrk", 100, 100)), 100 / 7.5)
        self.assertAlmostEqual(seconds(Flops("syrk", 100, 10), threads=2),
                               100 / (20 * 0.25))

    def test_messages_by_hand(self):
        self.assertEqual(seconds(Message("sum_to_all", 80)), 0)
        # Two ranks: there and back, 2 * 1/2 * 80 bytes at 4 a second.
        self.assertAlmostEqual(seconds(Message("sum_to_all", 80), ranks=2),
                               2 + 20)
        # Four: two hops, 2 * 3/4 * 80 bytes.
        self.assertAlmostEqual(seconds(Message("sum_to_all", 80), ranks=4),
                               4 + 30)
        # On two nodes: inside each as of two, then between the two.
        self.assertAlmostEqual(
            seconds(Message("sum_to_all", 80), ranks=4, nodes=2),
            2 + 20 + 200 + 20)
        self.assertAlmostEqual(seconds(Message("sum_to_root", 80), ranks=2),
                               1 + 10)
        self.assertAlmostEqual(seconds(Message("gather", 80), ranks=4),
                               2 + 6)
        # Of two ranks one hop; of four two hops, or 2 * 3/4 of the bytes.
        self.assertAlmostEqual(seconds(Message("broadcast", 80), ranks=2),
                               1 + 8)
        self.assertAlmostEqual(seconds(Message("broadcast", 80), ranks=4),
                               2 + 12)
        self.assertAlmostEqual(
            seconds(Message("broadcast", 80, 3, members=2), ranks=4), 27)

    def test_steps_cost_the_same_each_time(self):
        self.assertEqual(seconds(Steps("file", 2)), 6)


class Counts(unittest.TestCase):
    def counts(self, case, ranks=1, found=None, sizes=None):
        return {p.name: p.counts() for p in models.phases_of(
            *case, {**SIZES, **(sizes or {})}, Layout(ranks, 1),
            found or {})}

    def test_phases_of_the_even_path_by_hand(self):
        # 10 conditions: 2 are held out; 3 trials: 2 contrasts each.
        found = self.counts(("gsn", "even"), found={"negative": 0.2})
        self.assertEqual(found["noise covariance"]["flops"], 50 * 50 * 20)
        self.assertEqual(found["data covariance"]["flops"], 50 * 50 * 10)
        # 16 training contrasts, 6 held-out points; Gram matrix, points,
        # tridiagonal form, its reflectors, 51 sweeps.
        self.assertAlmostEqual(
            found["noise levels"]["flops"],
            16 * 16 * 50 + 2 * 50 * 16 * 6 + 4 / 3 * 16**3
            + 2 * 16 * 16 * 6 + 8 * 51 * 16 * 7)
        # 10 negative eigenvalues: form, pairs, reflectors, product, factor.
        self.assertAlmostEqual(
            found["projection"]["flops"],
            4 / 3 * 50**3 + 50 * 50 * 10 + 50**3 / 3 + 2 * 50 * 50 * 10
            + 50 * 50 * 10 + 50**3 / 3)

    def test_noise_that_is_clipped_is_projected_in_every_pass(self):
        def flops(**found):
            return self.counts(("gsn", "even"), found={
                "negative": 0.2, "iterations": 1, **found})[
                    "projection"]["flops"]

        signal = 4 / 3 * 50**3 + 50**3 / 3 + 4 * 50 * 50 * 10
        noise = 4 / 3 * 50**3 + 50**3 / 3 + 4 * 50 * 50 * 5  # by pairs
        few = 4 / 3 * 50**3 + 3 * 50 * 50 * 2  # one by one
        factor = 50**3 / 3
        self.assertAlmostEqual(flops(), signal + factor)
        self.assertAlmostEqual(flops(clipped_noise=0.1),
                               2 * (signal + noise) + factor)
        self.assertAlmostEqual(flops(clipped_noise=0.04),
                               2 * (signal + few) + factor)

    def test_work_is_dealt_to_ranks_and_the_projection_is_not(self):
        one = self.counts(("gsn", "even"))
        four = self.counts(("gsn", "even"), ranks=4)
        self.assertEqual(one["noise covariance"]["flops"],
                         4 * four["noise covariance"]["flops"])
        self.assertEqual(one["projection"], four["projection"])
        self.assertEqual(four["noise covariance"]["messages"], 1)
        self.assertEqual(four["noise covariance"]["message_bytes"],
                         8 * 50 * 50)

    def test_products_of_pairs_under_losses_per_unit(self):
        found = self.counts(("gsn", "per_unit"))  # 3 * 4 - 8 + 3 = 7 of each
        self.assertEqual(found["noise covariance"]["flops"],
                         7 * 50 * 50 * 10)

    def test_a_fit_of_a_process_makes_one_evaluation_more_than_steps(self):
        # 3 starts on 2 ranks: two rounds of 5 evaluations.
        found = self.counts(("gp", "fit"), ranks=2)
        one = 30**3 / 3 + 2 * 30**3 / 3 + 30 * 30 * (3 * 2 + 20)
        self.assertAlmostEqual(found["fit"]["flops"], 10 * one)

    def test_samples_and_sums_of_a_training(self):
        # 30 rows in batches of 8: 4 steps an epoch, the last of 6 rows.
        one = self.counts(("spectral", "train"))["train"]
        sample = 4 / 3 * 125 + 2 * 25 + 2 * 2 * 5 * 6
        self.assertAlmostEqual(one["flops"], 3 * 30 * sample)
        self.assertEqual(one["messages"], 12)
        self.assertEqual(one["message_bytes"], 12 * 8 * (2 * 15 + 5 + 1))
        three = self.counts(("spectral", "train"), ranks=3)["train"]
        self.assertAlmostEqual(three["flops"], 3 * (3 * 3 + 2) * sample)

    def test_a_product_of_a_fit_reads_8_bytes_an_entry(self):
        found = self.counts(("fit", "products"), found={
            "n_variations": 1000, "n_upper": 3000, "n_parameters": 10})
        vectors = (4 + 2) * 8 * 10  # two of each thread
        # Variations count twice: forward, and backward from the cache.
        self.assertEqual(found["product"]["bytes"], 8 * 5000 + vectors)
        self.assertEqual(found["carried"]["bytes"], 8 * 2000 + 8 * 8 * 10)
        self.assertEqual(found["product"]["message_bytes"], 80 + 32)

    def test_a_grid_is_as_square_as_ranks_allow(self):
        for ranks, grid in ((1, (1, 1)), (2, (1, 2)), (4, (2, 2)),
                            (6, (2, 3)), (7, (1, 7)), (12, (3, 4))):
            self.assertEqual(dense.grid_of(ranks), grid)

    def test_a_grid_does_the_flops_of_one_rank(self):
        def flops(parts):
            return sum(p.flops for p in parts if isinstance(p, Flops))

        self.assertAlmostEqual(4 * flops(dense.grid_cholesky(300, 4)),
                               flops(dense.cholesky(300)))
        self.assertAlmostEqual(6 * flops(dense.grid_inverse_of_factor(90, 6)),
                               2 * 90**3 / 3)

    def test_the_factored_form_is_linear_in_units(self):
        def flops(n):
            return self.counts(("gsn", "factored"), sizes={
                "units": n})["projection"]["flops"]

        slope = flops(20_000) - flops(10_000)
        self.assertAlmostEqual(flops(30_000) - flops(20_000), slope,
                               delta=1e-9 * slope)
        self.assertGreater(slope, 0)

    def test_memory_per_rank(self):
        self.assertEqual(gp.memory_per_rank({"rows": 100, "features": 3},
                                            Layout(4, 1)),
                         8 * 100 * 100 / 4 + 8 * 100 * 5)
        sizes = {"units": 100, "conditions": 4, "trials": 3}
        # Fewer contrasts than units: all come to each rank, with all means.
        columns = 8 * 100 * (3 * 12 / 2 + 4 + 8)
        self.assertEqual(gsn.memory_per_rank(sizes, Layout(2, 1), "shared"),
                         columns + 5.5 * 8 * 100 * 100)
        self.assertEqual(
            gsn.memory_per_rank(sizes, Layout(2, 1), "distributed"),
            columns + 7 * 8 * 100 * 100 / 2 + 8 * 100 * 3 * (100 + 50))
        self.assertEqual(
            gsn.memory_per_rank({**sizes, "conditions": 1000}, Layout(10, 1),
                                "shared"),
            8 * 100 * (300 * 3 + 2 * 1000) + 5.5 * 8 * 100 * 100)

    def test_every_case_has_seconds_on_every_machine(self):
        folder = os.path.join(SCALING, "machines")
        for name in ("two_cores.json", "perlmutter_cpu.json"):
            machine = read_machine(os.path.join(folder, name))
            for case in models.MODELS:
                for layout in (Layout(1, 1), Layout(2, 1), Layout(6, 2, 2)):
                    if layout.nodes > 1 and "network" not in (
                            machine.constants["messages"]):
                        continue
                    for phase in models.phases_of(*case, SIZES, layout):
                        self.assertGreater(machine.seconds(phase, layout), 0,
                                           (name, case, phase.name))

    def test_there_is_a_model_for_every_series(self):
        from series import read_series
        folder = os.path.join(SCALING, "series")
        for name in os.listdir(folder):
            series = read_series(os.path.join(folder, name))
            self.assertIn((series.module, series.case), models.MODELS)


class Predict(unittest.TestCase):
    def call(self, *arguments):
        return subprocess.run(
            [sys.executable, os.path.join(SCALING, "predict.py"), *arguments],
            capture_output=True, text=True, check=False)

    def test_every_case_of_the_paper_has_its_table(self):
        done = self.call("--paper")
        self.assertEqual(done.returncode, 0, done.stderr)
        titles = [line for line in done.stdout.splitlines()
                  if line and line[0] != "|"]
        self.assertEqual(len(titles), 1 + 5)

    def test_efficiency_is_of_the_first_number_of_nodes(self):
        done = self.call("--case=fit/products", "--sizes=scale=1",
                         "--nodes=2,4")
        first, second = done.stdout.splitlines()[2:]
        self.assertIn("| 2 | 16 x 16 |", first)
        self.assertIn("| 100 % |", first)
        self.assertNotIn("| 100 % |", second)

    def test_what_is_missing_is_said(self):
        self.assertIn("give --paper, or a --case",
                      self.call("--case=gsn/odd").stderr)
        self.assertIn("the model of gsn/even needs 'conditions'",
                      self.call("--case=gsn/even",
                                "--sizes=units=9").stderr)
        two_cores = os.path.join(SCALING, "machines", "two_cores.json")
        self.assertIn("has no messages between nodes", self.call(
            "--paper", "--machine=" + two_cores).stderr)


if __name__ == "__main__":
    unittest.main()
