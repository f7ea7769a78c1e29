#!/usr/bin/env python3
"""Runs one command and says how long the whole process took and how much memory it had at most.

  measure_process.py -- COMMAND [ARG ...]

The command's standard output is passed on; the last line of this program's own is a JSON document
{"status", "wallMs", "cpuMs", "peakBytes"}. Peak memory is the kernel's account of the finished
child (wait4); it cannot read below this program's own, which is why it imports next to nothing.
"""

import os
import sys
import time


def main() -> int:
    separator, *command = sys.argv[1:]
    if separator != "--" or not command:
        sys.stderr.write(__doc__ or "")
        return 2
    start = time.monotonic()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    wall = (time.monotonic() - start) * 1e3
    cpu = (usage.ru_utime + usage.ru_stime) * 1e3
    # macOS counts bytes where Linux counts kilobytes.
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    code = os.waitstatus_to_exitcode(status)
    sys.stdout.write(
        f'\n{{"status": {code}, "wallMs": {wall:.3f}, "cpuMs": {cpu:.3f}, "peakBytes": {peak}}}\n'
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
