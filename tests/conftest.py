"""Every test computes what it asserts: results of earlier runs are reused only where a test is about that."""

from __future__ import annotations

import os
import signal

# Workers of pytest-xdist ignore Ctrl-C, and so does what a shell starts in the background; everything that they start would, too.
if "PYTEST_XDIST_WORKER" in os.environ or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

os.environ["MODELCHECK_NO_CACHE"] = "1"
