#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a record must hold, and how the model is held against it."""
import copy
import json
import os
import subprocess
import sys
import tempfile
import unittest

from scaling_folder import SCALING

from record import (
    SCHEMA, BadRecord, check_record, phases_of, read_records, write_record)

SPREAD = {"min": 1.0, "mean": 1.5, "max": 2.0}
COUNTS = {"flops": 8.0, "bytes": 0, "messages": 0, "message_bytes": 0}
RECORD = {
    "format": "kovar scaling 1", "series": "one", "what": "a case",
    "module": "fit", "case": "products", "scaling": "strong",
    "sizes": {"scale": 0.1}, "ranks": 2, "threads": 1, "nodes": 1,
    "date": "2026-01-01T00:00:00+00:00", "command": "kovar", "build": {},
    "environment": {}, "repeats": 1,
    "phases": [{"name": "product", **SPREAD, **COUNTS}],
    "seconds": SPREAD, "peak_memory": SPREAD, "found": {}}


class Records(unittest.TestCase):
    def refused(self, text, change):
        record = copy.deepcopy(RECORD)
        change(record)
        with self.assertRaises(BadRecord) as caught:
            check_record(record)
        self.assertIn(text, str(caught.exception))

    def test_a_whole_record_passes(self):
        check_record(RECORD)

    def test_every_key_is_wanted_and_has_its_type(self):
        for key in SCHEMA:
            if key != "format":
                self.refused(f"'{key}' is missing", lambda r: r.pop(key))
            self.refused("", lambda r: r.update({key: None}))

    def test_spreads_are_whole_and_in_order(self):
        self.refused("min, mean or max over ranks is missing",
                     lambda r: r["phases"][0].pop("mean"))
        self.refused("are not in order",
                     lambda r: r["phases"][0].update(min=3.0))
        self.refused("a phase lacks its name",
                     lambda r: r["phases"][0].pop("bytes"))
        self.refused("there are no phases", lambda r: r.update(phases=[]))

    def test_phases_of_programs_without_a_spread_are_those_of_one_rank(self):
        told = {"phases": [{"name": "read", "seconds": 2},
                           {"name": "fit", "seconds": 1,
                            "over_ranks": SPREAD}]}
        self.assertEqual(phases_of(told, ["fit"]), {"fit": SPREAD})
        self.assertEqual(phases_of(told, [])["read"],
                         {"min": 2, "mean": 2, "max": 2})
        with self.assertRaises(BadRecord) as caught:
            phases_of(told, ["fits"])
        self.assertIn("no phase fits; it has read, fit",
                      str(caught.exception))

    def test_records_are_read_in_order_of_series_and_size(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, ranks in (("b", 1), ("a", 10), ("a", 2)):
                write_record(os.path.join(folder, f"{name}{ranks}.json"),
                             {**RECORD, "series": name, "ranks": ranks})
            self.assertEqual([(r["series"], r["ranks"]) for r in
                              read_records([folder])],
                             [("a", 2), ("a", 10), ("b", 1)])
            with open(os.path.join(folder, "c.json"), "w",
                      encoding="utf-8") as file:
                file.write("{}")
            with self.assertRaises(BadRecord) as caught:
                read_records([folder])
            self.assertIn("c.json: not a record", str(caught.exception))


class Check(unittest.TestCase):
    """check.py: a product that reads 8 * 164.5e6 / 10 bytes at 65.8e6 a
    second, all else in no time."""

    def ratio(self, measured):
        machine = {"name": "m", "cores_per_node": 2, "gemm_flops": {"1": 1e9},
                   "copy_bytes": {"1": 1e99}, "symmetric_bytes": {"1": 6.58e7},
                   "forward_bytes": {"1": 1e99}, "backward_bytes": {"1": 1e99},
                   "shares": {}, "seconds": {"launch": 0},
                   "messages": {"node": {
                       "latency": 0, "bytes": 1e99, "sum_to_all_bytes": 1e99,
                       "sum_to_root_bytes": 1e99}}}
        record = copy.deepcopy(RECORD)
        record["ranks"] = 1
        for spread in (record["phases"][0], record["seconds"]):
            spread.update(min=measured, mean=measured, max=measured)
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, name) for name in
                     ("record.json", "machine.json")]
            for path, content in zip(paths, (record, machine)):
                with open(path, "w", encoding="utf-8") as file:
                    json.dump(content, file)
            done = subprocess.run(
                [sys.executable, os.path.join(SCALING, "check.py"), paths[0],
                 "--machine=" + paths[1]],
                capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    def test_exit_code_tells_whether_all_are_near(self):
        for measured, code, ratio in ((2.0, 0, "1.00"), (1.6, 0, "1.25"),
                                      (1.5, 1, "1.33"), (2.7, 1, "0.74")):
            found, text = self.ratio(measured)
            self.assertEqual(found, code, text)
            self.assertIn(f"| {ratio}", text)


if __name__ == "__main__":
    unittest.main()
