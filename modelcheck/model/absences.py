"""Why a property says nothing in a scenario, as data: what it needs and the scenario does not have."""

from __future__ import annotations

from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.model.events import EventKind


@dataclass(frozen=True, slots=True)
class NobodyRuns:
    """No instance of the class ``process`` runs."""

    process: str


@dataclass(frozen=True, slots=True)
class OwnerNotRunning:
    """Nobody runs the code of ``owner``, a process or an inline, of which something is asked."""

    owner: str


@dataclass(frozen=True, slots=True)
class LabelInAtomic:
    """The label (as the user names it) stands inside ``atomic``: nobody is ever at it."""

    label: str


@dataclass(frozen=True, slots=True)
class LabelNotReached:
    """No process that runs gets to the label (as the user names it)."""

    label: str


@dataclass(frozen=True, slots=True)
class NoAssert:
    """No process that runs has the assert called ``name``."""

    name: str


@dataclass(frozen=True, slots=True)
class NeverOccurs:
    """No process that runs makes an event occur: one of this kind, about ``subject`` (an event, a class of objects,
    a callback)."""

    kind: EventKind
    subject: str


@dataclass(frozen=True, slots=True)
class NothingMakes:
    """Nothing in the whole spec makes ``event`` occur."""

    event: str


Absence: TypeAlias = (
    NobodyRuns | OwnerNotRunning | LabelInAtomic | LabelNotReached | NoAssert | NeverOccurs | NothingMakes
)
