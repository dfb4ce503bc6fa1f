"""The result of exploring a System: the boundary between an exploring engine and the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from random import Random
from typing import Protocol

from modelcheck.ground.records import dataclass
from modelcheck.ir.layout import Layout
from modelcheck.ir.system import Step
from modelcheck.result.reasons.stops import Checkpoint, Stop
from modelcheck.result.trace import Move, Schedule
from modelcheck.result.verdict import Answer


class Way(Protocol):
    """A step that can be taken. ``delta``: the change of the packed state (None: it faults)."""

    @property
    def move(self) -> Move: ...
    @property
    def delta(self) -> int | None: ...


class Stepper(Protocol):
    """What executes a system, one state at a time. ``options``: in the order of processes and choices."""

    @property
    def layout(self) -> Layout: ...
    @property
    def initial(self) -> int: ...
    def options(self, state: int) -> Sequence[Way]: ...


class Visited(Protocol):
    """What an explorer has visited. It takes memory until it is released; afterwards nothing may be asked."""

    @property
    def work(self) -> int:
        """How many states were expanded to answer, or as many as could have been expanded instead of what was done."""
        ...

    def depths(self, states: Sequence[int], layout: Layout) -> list[int]:
        """Return for each state the depth at which it (or what stands for its orbit) was found; -1 if it was not."""
        ...

    def sample(self, most: int, layout: Layout, random: Random) -> list[int]:
        """Return at most so many of the states, of all depths, as many of each as there are."""
        ...

    def standing_at(self, step: Step, most: int, layout: Layout) -> list[int]:
        """Return at most so many of the states in which the process of a step stands before it, of all depths."""
        ...

    def schedule(self, state: int, machine: Stepper) -> Schedule:
        """Return a shortest schedule to a state of the orbit of one that was visited.

        ``machine``: for which the state is packed.
        """
        ...

    def release(self) -> None:
        """Let go of the memory."""
        ...


@dataclass(frozen=True, slots=True)
class Exploration:
    """What was found.

    ``states``: found, unreduced; ``transitions``: taken from expanded states, faulting ones
    included; ``visited``: how many states were looked at, if they are fewer because each stands for
    all that a permutation of replicas makes of it. ``depth``: the deepest level with a state if
    ``complete``, else the deepest level that was expanded as a whole (-1: none). ``answers``: one
    for each property, in order. ``levels``: for each depth the number of states found before the
    first one of that depth. ``fired``: ids of steps that were ever taken; ``occurred``: ids of
    events; ``faults``: ids of the properties that a reachable fault violates.
    ``deadlock_reachable``: whether a deadlock was found; ``deadlocked``: ids of the properties
    judged at the end that are false in one. ``memory``: of the process, in bytes, at its most;
    ``bytes_each``: what states, table and passes over them occupied at most, for each state looked
    at (None: not measured). ``kept``: what became of the checkpoint, if there is one. ``lookup``:
    the states themselves, if somebody wanted to ask about them; to be released, and no part of what
    was found. ``met``: numbers of what properties need (``System.sought``) that was seen; all that
    can be, if ``complete``.
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
    deadlock_reachable: bool
    deadlocked: frozenset[int]
    seconds: float
    memory: int
    levels: tuple[int, ...] = ()
    bytes_each: float | None = None
    kept: Checkpoint | None = None
    visited: int | None = None
    lookup: Visited | None = field(default=None, compare=False, repr=False)
    met: frozenset[int] = frozenset()

    @property
    def complete(self) -> bool:
        """Whether every reachable state was visited and expanded."""
        return self.stopped is None

    @property
    def searched(self) -> int:
        """How many states were looked at."""
        return self.states if self.visited is None else self.visited
