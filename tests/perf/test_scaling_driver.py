#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""run.py with programs that only pretend: no MPI, no kovar."""
import json
import os
import stat
import subprocess
import sys
import tempfile
import unittest

from scaling_folder import SCALING

from record import read_record
from series import BadSeries, Series, read_runs, read_series

# Tells phases as a bench does, and leaves a line for each call.
PROGRAM = """#!{python}
import json, os, sys
arguments = dict(word[2:].split("=") for word in sys.argv[1:])
with open({calls!r}, "a") as file:
    file.write(" ".join(sys.argv[1:]) + "\\n")
if os.path.exists({broken!r}):
    sys.exit("it is broken")
seconds = float(arguments["units"]) / 100
spread = {{"min": seconds / 2, "mean": seconds, "max": 2 * seconds}}
print("a word before")
print(json.dumps({{
    "phases": [{{"name": "noise covariance", "seconds": seconds,
                 "over_ranks": spread}},
               {{"name": "other", "seconds": 1.0}}],
    "peak_memory_over_ranks": {{"min": 1, "mean": 2, "max": 3}},
    "check": {{"negative": 0.25, "word": "text"}}}}))
"""
LAUNCHER = """#!{python}
import subprocess, sys
sys.exit(subprocess.call(sys.argv[2:]))
"""
SERIES = {"what": "a case", "module": "gsn", "case": "even",
          "scaling": "strong", "program": "pretend",
          "sizes": {"units": 200, "conditions": 10, "trials": 3},
          "arguments": ["--units={units}", "--ranks={ranks}",
                        "--threads={threads}"],
          "runs": [[1, 1], [2, 1]], "repeats": 3}


class Driver(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = self.temporary.name
        os.makedirs(self.path("build/perf/some"))
        self.write_program("build/perf/some/pretend", PROGRAM)
        self.write_program("launcher", LAUNCHER)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write_program(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text.format(python=sys.executable,
                                   calls=self.path("calls"),
                                   broken=self.path("broken")))
        os.chmod(self.path(name), stat.S_IRWXU)

    def run_series(self, *more, name="pretty", **changes):
        with open(self.path(name + ".json"), "w", encoding="utf-8") as file:
            json.dump({**SERIES, **changes}, file)
        return subprocess.run(
            [sys.executable, os.path.join(SCALING, "run.py"),
             self.path(name + ".json"), "--build=" + self.path("build"),
             "--output=" + self.path("records"),
             "--launcher=" + self.path("launcher") + " {ranks}", *more],
            capture_output=True, text=True, check=False, cwd=self.folder)

    def calls(self):
        try:
            with open(self.path("calls"), encoding="utf-8") as file:
                return file.read().splitlines()
        except OSError:
            return []

    def record(self, name):
        return read_record(self.path(f"records/{name}.json"))

    def test_a_record_for_each_run_with_medians_counts_and_environment(self):
        done = self.run_series()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.calls(),
                         3 * ["--units=200 --ranks=1 --threads=1"]
                         + 3 * ["--units=200 --ranks=2 --threads=1"])
        record = self.record("pretty_r2_t1")
        self.assertEqual(record["sizes"], SERIES["sizes"])
        self.assertEqual(record["repeats"], 3)
        self.assertEqual(len(record["wall_seconds"]), 3)
        noise, other = record["phases"]
        self.assertEqual((noise["min"], noise["mean"], noise["max"]),
                         (1, 2, 4))
        self.assertEqual(noise["flops"], 200 * 200 * 20 / 2)
        self.assertEqual(noise["message_bytes"], 8 * 200 * 200)
        self.assertEqual((other["min"], other["flops"]), (1, 0))
        self.assertEqual(record["seconds"]["max"], 5)
        self.assertEqual(record["peak_memory"]["max"], 3)
        self.assertEqual(record["found"], {"negative": 0.25})
        self.assertIn("{ranks}", record["environment"]["launcher"])
        self.assertNotIn(self.folder, record["command"])

    def test_what_is_there_is_not_run_again(self):
        self.run_series("--runs=1x1")
        done = self.run_series()
        self.assertEqual(done.returncode, 0)
        self.assertIn("pretty_r1_t1: there already", done.stdout)
        self.assertEqual(len(self.calls()), 6)

    def test_other_sizes_do_not_pass_for_what_is_there(self):
        self.run_series("--runs=1x1")
        done = self.run_series("--runs=1x1", sizes={**SERIES["sizes"],
                                                    "units": 300})
        self.assertEqual(done.returncode, 1)
        self.assertIn("is of the sizes", done.stderr)
        self.assertEqual(self.record("pretty_r1_t1")["sizes"]["units"], 200)

    def test_a_failure_does_not_end_the_series_and_is_tried_again(self):
        with open(self.path("broken"), "w", encoding="utf-8"):
            pass
        done = self.run_series("--repeats=1")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len(self.calls()), 2)
        with open(self.path("records/pretty_r2_t1.failed.txt"),
                  encoding="utf-8") as file:
            self.assertIn("it is broken", file.read())
        os.remove(self.path("broken"))
        self.assertEqual(self.run_series("--repeats=1").returncode, 0)
        self.assertEqual(sorted(os.listdir(self.path("records"))), [
            "pretty_r1_t1.json", "pretty_r2_t1.json", "work"])

    def test_a_program_without_phases_is_a_failure(self):
        self.write_program("build/perf/some/pretend",
                           "#!{python}\nprint('no record')\n")
        done = self.run_series("--runs=1x1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("wrote no record of itself", done.stderr)

    def test_ranks_need_a_launcher(self):
        done = self.run_series("--launcher=none")
        self.assertEqual(done.returncode, 1)
        self.assertIn("2 ranks need a launcher", done.stderr)
        self.assertEqual(self.record("pretty_r1_t1")["ranks"], 1)

    def test_a_run_that_hangs_ends(self):
        self.write_program("build/perf/some/pretend",
                           "#!{python}\nimport time\ntime.sleep(60)\n")
        done = self.run_series("--runs=1x1", "--timeout=0.5")
        self.assertIn("not done after 0.5 s", done.stderr)

    def test_dry_run_prints_and_runs_nothing(self):
        done = self.run_series("--dry-run", "--runs=4x2")
        self.assertEqual(done.returncode, 0)
        self.assertIn("OMP_NUM_THREADS=2 ", done.stdout)
        self.assertIn("launcher 4 ", done.stdout)
        self.assertEqual(self.calls(), [])

    def test_a_table_is_drawn_once_and_handed_over(self):
        self.write_program(
            "build/perf/some/pretend",
            PROGRAM.replace('arguments["units"]', "100"))
        done = self.run_series(
            "--repeats=1", case="own",
            sizes={"rows": 4, "features": 2, "seed": 7},
            input={"table": ["rows", "features"]},
            arguments=["--input={input}"])
        self.assertEqual(done.returncode, 0, done.stderr)
        paths = {call.split("=")[1] for call in self.calls()}
        self.assertEqual(len(paths), 1)
        with open(os.path.join(self.folder, paths.pop()),
                  encoding="utf-8") as file:
            lines = file.read().splitlines()
        self.assertEqual(lines[0], "x0,x1,y")
        self.assertEqual(len(lines), 5)
        self.assertEqual(self.record("pretty_r1_t1")["phases"][0]["flops"], 0)

    def test_a_model_says_what_size_it_lacks(self):
        done = self.run_series("--runs=1x1", sizes={"units": 200})
        self.assertEqual(done.returncode, 1)
        self.assertIn("the cost model of gsn/even needs the size 'conditions'",
                      done.stderr)


class Templates(unittest.TestCase):
    """slurm.sh and pbs.sh, with commands that only note their arguments."""

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.home = self.temporary.name
        os.symlink(os.path.abspath(os.path.join(SCALING, os.pardir,
                                                os.pardir)),
                   os.path.join(self.home, "kovar"))
        for name in ("sbatch", "qsub", "python3"):
            path = os.path.join(self.home, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(f"#!/bin/sh\necho {name} \"$@\"\n")
            os.chmod(path, stat.S_IRWXU)

    def call(self, template, *arguments, **variables):
        return subprocess.run(
            ["sh", os.path.join(SCALING, template), *arguments], text=True,
            env={"PATH": self.home + os.pathsep + os.environ["PATH"],
                 "HOME": self.home, **variables},
            capture_output=True, check=False, cwd=self.home)

    def test_a_job_for_each_number_of_nodes(self):
        lines = self.call("slurm.sh", "1", "4").stdout.splitlines()
        self.assertEqual(len(lines), 2)
        self.assertIn("sbatch --nodes=4 --ntasks-per-node=16"
                      " --cpus-per-task=8 --exclusive", lines[1])
        lines = self.call("pbs.sh", "1", "4").stdout.splitlines()
        self.assertEqual(len(lines), 2)
        self.assertIn("select=4:ncpus=128:mpiprocs=16:ompthreads=8", lines[1])
        self.assertIn("nodes=4", lines[1])

    def test_without_nodes_they_say_how_they_are_called(self):
        for template in ("slurm.sh", "pbs.sh"):
            done = self.call(template)
            self.assertEqual(done.returncode, 2)
            self.assertIn(f"usage: sh {template} NODES", done.stderr)

    def test_inside_a_job_the_driver_gets_all_ranks_of_the_nodes(self):
        done = self.call("slurm.sh", SLURM_JOB_ID="7",
                         SLURM_JOB_NUM_NODES="4")
        self.assertIn("--launcher=srun --ranks-per-node=16 --runs=64x8",
                      done.stdout)
        self.assertIn("strong_gsn_even.json", done.stdout)
        done = self.call("pbs.sh", PBS_JOBID="7", PBS_O_WORKDIR=self.home,
                         nodes="2")
        self.assertIn("--ranks-per-node=16 --runs=32x8", done.stdout)
        self.assertIn("--launcher=mpirun -n {ranks}", done.stdout)


class SeriesFiles(unittest.TestCase):
    def refused(self, text, **changes):
        with self.assertRaises(BadSeries) as caught:
            Series("bad", {**SERIES, **changes})
        self.assertIn(text, str(caught.exception))

    def test_weak_sizes_grow_with_ranks_times_threads(self):
        series = Series("weak", {**SERIES, "scaling": "weak",
                                 "sizes": {"units": 100, "scale": 0.1},
                                 "grows": {"units": 0.5, "scale": 1}})
        sizes = series.all_runs([(4, 2)])[0].sizes
        self.assertEqual(sizes["units"], 283)
        self.assertAlmostEqual(sizes["scale"], 0.8)

    def test_bad_files_are_refused_in_words(self):
        self.refused("there is no key 'repeat'", repeat=3)
        self.refused("module 'gns' is unknown", module="gns")
        self.refused("'scaling' is 'big'; it is strong or weak", scaling="big")
        self.refused("weak series, and only these", grows={"units": 1})
        self.refused("'grows' names 'rows'", scaling="weak",
                     grows={"rows": 1})
        self.refused("'runs' is empty", runs=[])
        self.refused("[0, 1] in 'runs' is no pair", runs=[[0, 1]])
        self.refused("'sizes' is [], not of type dict", sizes=[])
        self.refused("the size 'units' is 'many'", sizes={"units": "many"})
        with self.assertRaises(BadSeries) as caught:
            Series("bad", {"what": "nothing else"})
        self.assertIn("'module' is missing", str(caught.exception))
        with self.assertRaises(BadSeries) as caught:
            read_series("/nowhere/series.json")
        self.assertIn("No such file", str(caught.exception))

    def test_runs_on_the_command_line(self):
        self.assertEqual(read_runs("2x1, 16x8"), [(2, 1), (16, 8)])
        for text in ("2", "0x1", "2x", "axb"):
            with self.assertRaises(BadSeries):
                read_runs(text)


if __name__ == "__main__":
    unittest.main()
