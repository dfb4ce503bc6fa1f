"""Processes that do not outlive the one that started them, whatever kills it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time


def die_with(parent: int) -> None:
    """End this process as soon as ``parent``, the id of the process that started it, is gone.

    On Linux the kernel sees to it (``PR_SET_PDEATHSIG``), also if the parent is killed with
    ``SIGKILL``; elsewhere a thread looks once a second.
    """
    if sys.platform == "linux":
        set_parent_death_signal = 1
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
        # It may have gone before it was asked to take this process along.
        if os.getppid() != parent:
            os._exit(1)
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
