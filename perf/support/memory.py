# SPDX-License-Identifier: BSD-3-Clause
"""Memory of this process, as Linux tells it; kovar's benches read the same."""
import ctypes


def status(name):
    """Bytes of a line of /proc/self/status; 0 where there is none."""
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            for line in file:
                if line.startswith(name + ":"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


class Peak:
    """How far the resident memory rises above what it is now."""

    def __init__(self):
        try:
            ctypes.CDLL(None).malloc_trim(0)  # what is free goes back
            with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
                file.write("5")  # the peak so far is forgotten
        except (OSError, AttributeError):
            pass  # then an earlier peak may be counted
        self.start = status("VmRSS")

    def bytes(self):
        return max(0, status("VmHWM") - self.start)
