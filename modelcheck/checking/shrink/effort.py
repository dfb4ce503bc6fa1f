"""How much may be spent on choosing the run that people see: so much work, and no time beyond a moment.

What is known is known without it. The amount of work decides on every machine alike; the moment is
there so that a limit of time holds, and only then may two runs of the program choose differently.
"""

from __future__ import annotations

import time
from dataclasses import field

from modelcheck.ground.records import dataclass

#: Steps of the interpreter for one violated property: some five seconds.
STEPS = 300_000
#: The part of the user's time that choosing gets, for all properties of a scenario together.
SHARE = 0.1
#: Seconds by which it may go beyond the user's time.
BEYOND = 0.3


def choosing_ends(started: float, seconds: float) -> float:
    """Return the moment (of ``time.perf_counter``) at which choosing ends that begins now, of a run
    with so many ``seconds`` from ``started`` on.
    """
    return min(time.perf_counter() + SHARE * seconds, started + seconds + BEYOND)


class TooLarge(Exception):
    """There is more to look at than the search may."""


@dataclass(slots=True)
class Effort:
    """``steps`` of the interpreter, or what takes as long; ``until``: a moment of ``time.perf_counter``, None for none.

    ``spent``: so many steps so far.
    """

    steps: int = STEPS
    until: float | None = None
    spent: int = field(default=0, init=False)

    def spend(self, steps: int = 1) -> None:
        """Count ``steps``. Raises ``TooLarge`` if that was too much."""
        self.spent += steps
        if self.spent > self.steps:
            raise TooLarge
        self.look()

    def look(self) -> None:
        """Raise ``TooLarge`` if it is too late."""
        if self.until is not None and time.perf_counter() > self.until:
            raise TooLarge
