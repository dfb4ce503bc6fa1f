"""Every reason that an answer, or a cell of a matrix, can have."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from modelcheck.ground.ended import Ended
from modelcheck.ground.records import dataclass
from modelcheck.model.absences import Absence
from modelcheck.result.reasons.differences import Problem
from modelcheck.result.reasons.lengths import Depths, ShorterNotExcluded
from modelcheck.result.reasons.proofs import NoProof, NotAttempted, ProofNotConfirmed, Proved
from modelcheck.result.reasons.stops import (
    EndsUndecided,
    Explored,
    NotConfirmedYet,
    Unfinished,
    Unsupported,
    Vacuous,
)


@dataclass(frozen=True, slots=True)
class NothingWithFew:
    """Nothing was found with ``first`` to ``last`` instances of the classes ``names`` within the time."""

    first: int
    last: int
    names: tuple[str, ...]


class ForAnyNumber(Enum):
    """What is not judged, or was not tried, where some class runs in any number."""

    ONLY_STUCK = "only stuck"  # with few instances an end stays reachable; for any number that is not judged
    ALSO_STUCK = "also stuck"  # it is about `stuck` as well, which is judged where numbers are fixed
    NOTHING_RESTED = "nothing rested"  # a proof was not tried, since nothing came to rest with so few


@dataclass(frozen=True, slots=True)
class Growing:
    """These integers grow for ever: not every state can be visited, and no invariant shows that an end stays
    reachable."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnotherWasWrong:
    """Another answer about this model turned out to be wrong."""

    problem: Problem


class NoAnswer(Enum):
    """There is none, and nobody says why."""

    SILENT = "silent"  # the engine did not answer
    UNUSABLE = "unusable"  # the spec cannot be used; diagnostics say why


@dataclass(frozen=True, slots=True)
class Several:
    """One after the other."""

    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """How far one of several engines at work at the same time has come: to ``depth``, if it unrolls."""

    engine: str
    why: Reason | None
    depth: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How far each of several engines has come. ``before``: what was known before they began."""

    engines: tuple[Limit, ...]
    before: Reason | None = None


Reason: TypeAlias = (
    Absence
    | Unsupported
    | Unfinished
    | EndsUndecided
    | Explored
    | Vacuous
    | NotConfirmedYet
    | Depths
    | ShorterNotExcluded
    | Proved
    | NoProof
    | NotAttempted
    | ProofNotConfirmed
    | NothingWithFew
    | ForAnyNumber
    | Growing
    | Problem
    | AnotherWasWrong
    | NoAnswer
    | Ended
    | Several
    | Limits
)


def together(*reasons: Reason | None) -> Reason | None:
    """What all of these say, one after the other; None if none says anything."""
    found = tuple(reason for reason in reasons if reason is not None)
    return found[0] if len(found) == 1 else Several(found) if found else None
