"""The result of exploring a System: the boundary between an exploring engine and the rest."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from modelcheck.engines.verdict import Answer


class Stop(Enum):
    """Why an exploration is not complete."""

    TIME = "out of time"
    MEMORY = "out of memory"
    STATES = "reached the limit of states"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Exploration:
    """What was found.

    ``states``: visited; ``transitions``: taken from expanded states, faulting ones included. ``depth``: the deepest level with a state if
    ``complete``, else the deepest level that was expanded as a whole (-1: none). ``answers``: one for each property, in order.
    ``levels``: for each depth the number of states found before the first one of that depth. ``fired``: ids of steps that were ever taken; ``occurred``: ids of events; ``faults``: ids of the properties that a reachable fault violates.
    """

    states: int
    transitions: int
    depth: int
    stopped: Stop | None
    answers: tuple[Answer, ...]
    fired: frozenset[int]
    occurred: frozenset[int]
    drained_reachable: bool
    faults: tuple[int, ...]
    seconds: float
    memory: int
    levels: tuple[int, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every reachable state was visited and expanded."""
        return self.stopped is None
