"""A pseudo-terminal for tests of what people do at one."""

from __future__ import annotations

import os
import pty
import re
import time
from collections.abc import Iterator

import pytest


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    ours, theirs = pty.openpty()
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


def read_until(descriptor: int, pattern: str, seconds: float = 60.0) -> str:
    """Read from a terminal until the text matches."""
    text, deadline = "", time.monotonic() + seconds
    os.set_blocking(descriptor, False)
    while re.search(pattern, text, re.DOTALL) is None:
        assert time.monotonic() < deadline, text
        try:
            text += os.read(descriptor, 65536).decode("utf-8", "replace")
        except (BlockingIOError, OSError):
            time.sleep(0.02)
    return text
