"""Why there is no answer, as data."""

from __future__ import annotations

from enum import Enum
from typing import assert_never

from modelcheck.ground.records import dataclass


class Unsupported(Enum):
    """Why an engine can never answer a question about a property."""

    ANY_NUMBER = "any_number"  # some process runs in any number of instances
    NO_LENGTH = "no_length"  # that an end stays reachable: no run of some length shows that it does not
    NO_INVARIANT = "no_invariant"  # that an end stays reachable: no invariant shows it


class Stop(Enum):
    """Why an exploration is not complete."""

    TIME = "out of time"
    MEMORY = "out of memory"
    STATES = "reached the limit of states"
    INTERRUPTED = "interrupted"
    NUMBERS = "an integer grows beyond all bounds"

    @property
    def advice(self) -> str:
        """What to do about it, as half a sentence."""
        smaller = "make the scenario smaller (fewer instances, smaller pools and ranges)"
        match self:
            case Stop.TIME:
                return f"give it more with --timeout, or {smaller}"
            case Stop.MEMORY:
                return f"give it more with --memory, go on elsewhere with --checkpoint and --resume, or {smaller}"
            case Stop.STATES:
                return smaller
            case Stop.INTERRUPTED:
                return "run it again"
            case Stop.NUMBERS:
                return "give it a range, or fewer rounds to grow in"
            case _:
                assert_never(self)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Not everything was explored: it stopped after ``states`` states."""

    stop: Stop
    states: int


class Nothing(Enum):
    """Why an answer says nothing although everything was looked at."""

    VACUOUS = "vacuous"  # judged at the end, and nothing ever comes to rest


#: What the reason of an answer rests on, as far as others look at it.
Cause = Unfinished | Nothing
