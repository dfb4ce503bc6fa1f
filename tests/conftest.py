"""Every test computes what it asserts: results of earlier runs are reused only where a test is about that."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator

import pytest
from hypothesis import settings

# Workers of pytest-xdist ignore Ctrl-C, and so does what a shell starts in the background;
# everything that they start would, too.
if "PYTEST_XDIST_WORKER" in os.environ or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

os.environ["MODELCHECK_NO_CACHE"] = "1"

# The same examples in every run: what is red here is red for everybody.
settings.register_profile("fixed", derandomize=True)
settings.load_profile("fixed")


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    """A command that runs in the test's process takes Ctrl-C as if the process were its own to end:
    give it back afterwards.
    """
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM), sys.unraisablehook
    yield
    interrupted, terminated, sys.unraisablehook = before
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, interrupted)
        signal.signal(signal.SIGTERM, terminated)
