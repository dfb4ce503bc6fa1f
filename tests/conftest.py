"""Every test computes what it asserts: results of earlier runs are reused only where a test is about that."""

from __future__ import annotations

import os
import signal

# Workers of pytest-xdist ignore Ctrl-C, and so would everything that they start.
if "PYTEST_XDIST_WORKER" in os.environ:
    signal.signal(signal.SIGINT, signal.default_int_handler)

os.environ["MODELCHECK_NO_CACHE"] = "1"
