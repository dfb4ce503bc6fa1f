"""Why assignments of unknowns are rejected, or stay undecided, as data."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.result.reasons.reason import Reason
from modelcheck.result.trace import Finding
from modelcheck.studies.reasons import Senseless, Unsettled


class Exhausted(Enum):
    """How it is known that there is no witness."""

    EVERY_STATE = "every state"  # every reachable state was visited


@dataclass(frozen=True, slots=True)
class ProvedNever:
    """There is no witness: that is proved. ``rests``: on what."""

    rests: Reason | None


#: How it is known that an existential property has no witness.
Never: TypeAlias = Exhausted | ProvedNever | Reason | None
#: Why assignments are rejected: what is violated, why there is no witness, or what is wrong with the spec.
Detail: TypeAlias = Finding | Never | Senseless


class Untold(Enum):
    """Why a scenario says nothing of an assignment, or an engine nothing of a scenario."""

    DIVIDING = "dividing"  # out of time: which assignments differ in it was still being found out
    INTERRUPTED = "interrupted"
    NO_ANSWER = "no answer"
    NO_TRACE = "no trace"  # there is a violation, but no trace of it


@dataclass(frozen=True, slots=True)
class CutShort:
    """Runs are cut short by ``property`` (``fault``: by a fault of it), which does not count here."""

    property: str
    fault: bool


@dataclass(frozen=True, slots=True)
class NotBeyond:
    """Nobody looked beyond so many steps."""

    depth: int | None


#: Why something stays undecided.
Unknown: TypeAlias = Untold | CutShort | NotBeyond | Unsettled
