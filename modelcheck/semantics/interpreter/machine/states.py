"""What a state consists of, and what one step of a process yields.

Parts are interned: a ``State`` is a row of small numbers, (shared part, marks of ``may`` properties, one number per
process), that have a meaning only in the interpreter that made them.
"""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeAlias, TypeVar

from modelcheck.ground.records import dataclass
from modelcheck.result.trace import Finding, Move
from modelcheck.semantics.interpreter.machine.machine import MadeStale, Occurrence, TakenAway
from modelcheck.semantics.interpreter.machine.values import Cell

State: TypeAlias = tuple[int, ...]

#: Pairs (shared cell, new value).
Changes: TypeAlias = tuple[tuple[int, Cell], ...]

T = TypeVar("T")


class Yielded(NamedTuple):
    """What the operation of a step yielded (``NO_VALUE`` if nothing), and the cell that it was about.

    ``place``: the shared cell (-1: none), for an operation on shared state; ``local``: the cell of the
    frame (-1: none), for one on a local. Which of the two counts, the instruction says.
    """

    value: Cell
    place: int
    local: int


class ProcessState(NamedTuple):
    """``program``: number of the process class, so that equal parts mean the same (``False`` of one
    class is ``0`` of another).

    ``live``: the live locals at ``pc`` (their cells in order), ``stack``: operands, ``held``: locks
    (``locks.hold``).
    """

    program: int
    pc: int
    resting: bool
    goes_round: bool
    live: tuple[Cell, ...]
    stack: tuple[Cell, ...]
    held: frozenset[int]


class Effect(NamedTuple):
    """What one way to execute a step does, whatever the cells hold that it does not read.

    ``script``: the choices. ``changes``: to the shared cells. The others as in ``Outcome``.
    """

    script: tuple[int, ...]
    faults: bool
    changes: Changes
    own: int
    broadcast: int
    findings: tuple[Finding, ...]
    events: tuple[Occurrence, ...]
    done: Yielded
    path: frozenset[int]


class Outcome(NamedTuple):
    """One way to execute the next step of a process. ``shared`` is None if it faults.

    ``number``: its own, if it is remembered; ``shared``, ``own``: numbers of the new parts;
    ``broadcast``: number of the broadcasts; ``done``: what the operation did; ``path``: positions
    gone through.
    """

    number: int | None
    move: Move
    shared: int | None
    own: int
    broadcast: int
    findings: tuple[Finding, ...]
    events: tuple[Occurrence, ...]
    done: Yielded
    path: frozenset[int]


class Transition(NamedTuple):
    """A step of the model: ``target`` is None if it faults. ``findings``: properties it violates (or witnesses).

    ``known``: transitions with the same number (not None) have the same move, findings and events.
    """

    move: Move
    target: State | None
    findings: tuple[Finding, ...]
    events: tuple[Occurrence, ...]
    known: int | None


@dataclass(frozen=True, slots=True)
class InitialResult:
    """``state`` is None if the initialisation (or local code before the first step) faults."""

    state: State | None
    findings: tuple[Finding, ...]
    events: tuple[Occurrence, ...]


Broadcasts: TypeAlias = tuple[MadeStale | TakenAway, ...]


class Interned(Generic[T]):
    """Numbers values in order of first use."""

    __slots__ = ("_numbers", "values")

    def __init__(self) -> None:
        self._numbers: dict[T, int] = {}
        self.values: list[T] = []

    def number(self, value: T) -> int:
        """The number of a value, a new one if it was not seen before."""
        number = self._numbers.setdefault(value, len(self.values))
        if number == len(self.values):
            self.values.append(value)
        return number
