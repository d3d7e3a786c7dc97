"""Run a module as `python -m` would, in a process that ends when its supervisor does.

`python -m salesdept.leash FD MODULE [ARGUMENT…]`: FD is the reading end of a pipe whose writing end only the
supervisor holds. However the supervisor dies, kill -9 included, the kernel closes that end, and the process
asks its own process group to stop. Works wherever there are pipes; prctl is Linux only.
"""

import os
import runpy
import signal
import sys
import threading
import time

GRACE_SECONDS = 5.0


def end_group() -> None:
    """SIGTERM to this process and its own children; SIGKILL to whoever takes too long."""
    os.killpg(os.getpgrp(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def hold(fd: int) -> threading.Thread:
    """Watch the pipe in a thread that waits in the kernel and costs nothing."""

    def wait() -> None:
        while os.read(fd, 1):
            pass
        end_group()

    watcher = threading.Thread(target=wait, name="leash", daemon=True)
    watcher.start()
    return watcher


if __name__ == "__main__":
    hold(int(sys.argv[1]))
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
