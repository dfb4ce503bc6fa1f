"""Why bounded model checking says no more."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.result.reasons.stops import Stop


@dataclass(frozen=True, slots=True)
class SolverSaid:
    """``solver`` gave no answer: its own words."""

    solver: str
    said: str


class NotEncoded(Enum):
    """What a solver cannot be told."""

    UNBOUNDED = "unbounded"  # an integer
    NEGATIVE_SHIFT = "negative shift"  # the amount of a shift may be negative
    UNBOUNDED_SHIFT = "unbounded shift"


@dataclass(frozen=True, slots=True)
class TooManyBits:
    """An integer needs so many bits."""

    bits: int


Inexpressible: TypeAlias = NotEncoded | TooManyBits
#: Why a solver was not heard to the end.
Silence: TypeAlias = Stop | SolverSaid


class NoRun(Enum):
    """Why there is nothing to look for."""

    INITIAL_FAULT = "initial fault"  # the initial state faults
    HARMLESS = "harmless"  # no step and no state can violate it


@dataclass(frozen=True, slots=True)
class NotTried:
    """No run of more than ``steps`` steps was tried."""

    steps: int


@dataclass(frozen=True, slots=True)
class NoneLonger:
    """No run has more than ``steps`` steps; or, ``violating``, no run that ends in a violation."""

    steps: int
    violating: bool


@dataclass(frozen=True, slots=True)
class NotEncodedAt:
    """At ``depth`` something turned up that the solver cannot be told."""

    what: Inexpressible
    depth: int


@dataclass(frozen=True, slots=True)
class NoViolation:
    """z3 took a run of ``steps`` steps for a violation, and it is none."""

    steps: int


#: Why a search goes no further.
Depths: TypeAlias = NoRun | NotTried | NoneLonger | NotEncodedAt | NoViolation | Silence


@dataclass(frozen=True, slots=True)
class ShorterNotExcluded:
    """One of ``length`` steps is known, but a shorter one is not ruled out."""

    length: int
    why: Depths | None
