"""What an engine may spend."""

from __future__ import annotations

import time
from dataclasses import replace

from modelcheck.ground.records import dataclass

#: What remains of a time limit when it is over: enough to say so.
LEAST_SECONDS = 0.1
#: What an engine leaves of a user's time, for what comes after it: a part, and no more than so many seconds.
RESERVE, MOST_RESERVE = 0.05, 2.0
#: When work that does not end by itself is ended: so many seconds, or such a part of the time, after it.
GRACE, GRACE_SHARE = 1.0, 0.03


def within(seconds: float) -> float:
    """Return how long engines may work, so that all that belongs to an answer is done within a user's ``seconds``."""
    return seconds - min(seconds * RESERVE, MOST_RESERVE)


def ending(seconds: float) -> float:
    """Return after how many seconds work is ended that a user gave ``seconds``, and that does not end by itself."""
    return seconds + max(GRACE, seconds * GRACE_SHARE)


@dataclass(frozen=True, slots=True)
class Budget:
    """Wall-clock ``seconds``, ``memory`` of the whole process in bytes, number of ``states``; None: no limit.

    ``steps``: the greatest trace length a bounded engine tries. ``threads``: how many may work on
    one exploration; results do not depend on it. ``compiled``: the directory where compiled code is
    kept for later runs (None: nowhere). ``checkpoint``: the file to which the native explorer
    writes what it found if the budget ends first; ``resume``: such a file, from which it goes on.
    ``reductions``: whether exploration may leave out states that show nothing new.
    ``cross_check_all``: whether the interpreter goes to every state of a complete exploration,
    however many there are.
    """

    seconds: float | None = None
    memory: int | None = None
    states: int | None = None
    steps: int | None = None
    threads: int = 1
    compiled: str | None = None
    checkpoint: str | None = None
    resume: str | None = None
    reductions: bool = True
    cross_check_all: bool = False

    def remaining(self, started: float, part: float = 1.0) -> Budget:
        """What is left (or a part of that) of a budget that is spent since ``started`` (of ``time.perf_counter``)."""
        if self.seconds is None:
            return self
        return replace(self, seconds=max((self.seconds - (time.perf_counter() - started)) * part, LEAST_SECONDS))
