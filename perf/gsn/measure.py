#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Run one command and note its wall time, processor time and peak memory.

    python3 -I -S measure.py REPORT.json COMMAND [ARGUMENT ...]

A program of its own, and a small one, because Linux counts the memory of the
parent at the moment of the start into the peak of the child: started from
here, that floor is a few MiB.
"""
import json
import os
import sys
import time


def main():
    if len(sys.argv) < 3:
        print(__doc__)
        return 0 if "--help" in sys.argv else 2
    report, command = sys.argv[1], sys.argv[2:]
    start = time.perf_counter()
    try:
        pid = os.posix_spawnp(command[0], command, os.environ)
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    with open(report, "w", encoding="utf-8") as file:
        json.dump({"wall_seconds": wall,
                   "user_seconds": usage.ru_utime,
                   "system_seconds": usage.ru_stime,
                   "peak_bytes": usage.ru_maxrss * 1024}, file)
    return os.waitstatus_to_exitcode(status) & 0xFF


if __name__ == "__main__":
    sys.exit(main())
