"""Why an exploration says nothing, or not everything."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from modelcheck.ground.records import dataclass


class Unsupported(Enum):
    """Why an engine can never answer a question about a property."""

    ANY_NUMBER = "any_number"  # some process runs in any number of instances
    NO_LENGTH = "no_length"  # that an end stays reachable: no run of some length shows that it does not
    NO_INVARIANT = "no_invariant"  # that an end stays reachable: no invariant shows it


class Stop(Enum):
    """Why a search is not complete."""

    TIME = "time"
    MEMORY = "memory"
    STATES = "states"  # the limit of states was reached
    INTERRUPTED = "interrupted"
    NUMBERS = "numbers"  # an integer grows beyond all bounds


@dataclass(frozen=True, slots=True)
class CheckpointKept:
    """What was explored is in a file: so many states of so many whole levels."""

    path: str
    states: int
    levels: int


@dataclass(frozen=True, slots=True)
class CheckpointLost:
    """The file could not be written; ``error``: what the operating system says."""

    path: str
    error: str


Checkpoint: TypeAlias = CheckpointKept | CheckpointLost


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Not everything was explored: it stopped after ``states`` states. ``kept``: what became of the checkpoint."""

    stop: Stop
    states: int
    kept: Checkpoint | None = None


@dataclass(frozen=True, slots=True)
class EndsUndecided:
    """All ``states`` states were visited, but whether an end stays reachable from each was not found out."""

    stop: Stop
    states: int
    kept: Checkpoint | None = None


@dataclass(frozen=True, slots=True)
class Explored:
    """With these numbers of instances of the classes ``names`` every state was visited."""

    numbers: tuple[int, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vacuous:
    """The property is judged at the end, and nothing ever comes to rest. ``explored``: with which numbers of
    instances, if that is not fixed."""

    explored: Explored | None = None


@dataclass(frozen=True, slots=True)
class NotConfirmedYet:
    """A violation (or a witness) of ``length`` steps was found, and there was no time to confirm it."""

    witness: bool
    length: int
