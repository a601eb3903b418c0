# SPDX-License-Identifier: BSD-3-Clause
"""Where the modules under test are."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SCALING = os.path.join(HERE, os.pardir, os.pardir, "perf", "scaling")
sys.path.insert(0, SCALING)
sys.dont_write_bytecode = True
