"""What exactly is wrong where a property is violated (or seen where it is witnessed), as data.

Texts in here are names, or code of the spec, in which values may have been put (``x->count``,
``Page[0]``, ``removed(Page[0], _)``). Sentences are made of them in ``report/narrate/details.py``.
"""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.model.balance import Imbalance

#: (code, value): what a condition reads, or what variables are bound to.
Values: TypeAlias = tuple[tuple[str, str], ...]

# ---------------------------------------------------------------------------- memory and values


@dataclass(frozen=True, slots=True)
class ThroughNull:
    """``place`` goes through a null reference to an ``object``."""

    place: str
    object: str


@dataclass(frozen=True, slots=True)
class ThroughStale:
    """``place`` goes through a reference to an ``object`` (``Page[0]``) that was freed. ``reused``:
    its memory is in use again; ``reading``: nothing is written.
    """

    place: str
    object: str
    reused: bool
    reading: bool


@dataclass(frozen=True, slots=True)
class FreesNull:
    """``argument`` of a free is null."""

    argument: str


@dataclass(frozen=True, slots=True)
class FreedTwice:
    object: str


@dataclass(frozen=True, slots=True)
class FreedLocked:
    object: str
    lock: str


@dataclass(frozen=True, slots=True)
class FreedActive:
    """``item``, a timer or work item in ``object``, is pending."""

    object: str
    item: str


@dataclass(frozen=True, slots=True)
class PoolFull:
    """All ``slots`` of an object class are in use."""

    object: str
    slots: int


@dataclass(frozen=True, slots=True)
class ReadUnassigned:
    place: str


@dataclass(frozen=True, slots=True)
class OutsideIndex:
    place: str
    index: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class DividesByZero:
    expression: str


@dataclass(frozen=True, slots=True)
class NoValue:
    """``the(…)`` of an option that has no value."""

    expression: str


@dataclass(frozen=True, slots=True)
class LeavesRange:
    """``bounds``: of a range; None of other types."""

    place: str
    value: str
    bounds: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class StartsOutside:
    """An initial value is outside the range of ``place``."""

    place: str
    value: str


# ------------------------------------------------------------------------------ atomics and locks


@dataclass(frozen=True, slots=True)
class UnfrozenWrongly:
    """It has this ``number``, and is ``frozen`` or not."""

    place: str
    number: int
    frozen: bool


@dataclass(frozen=True, slots=True)
class WrittenFrozen:
    place: str
    operator: str


@dataclass(frozen=True, slots=True)
class BelowZero:
    place: str
    operator: str


@dataclass(frozen=True, slots=True)
class RaisedFromZero:
    place: str
    number: int
    operator: str


@dataclass(frozen=True, slots=True)
class AtomicLeavesRange:
    """``high``: None if there is no upper bound."""

    place: str
    number: int
    operator: str
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class SleepsInAtomic:
    """In a handler, or with something switched off. ``what``: an operation or a call, as code."""

    what: str


@dataclass(frozen=True, slots=True)
class SleepsNotRunning:
    """After the process has said that it is about to sleep. ``what``: an operation or a call, as code."""

    what: str


@dataclass(frozen=True, slots=True)
class OutsideSection:
    """``what``, as code, is there for RCU readers, and whoever does it is in no section that it stands for."""

    what: str


@dataclass(frozen=True, slots=True)
class WaitsForItself:
    """``what``, as code, waits for all who are in a section, and whoever does it is in one."""

    what: str


@dataclass(frozen=True, slots=True)
class QueuedTwice:
    """``what``, as code, queues an RCU head that is queued."""

    what: str


@dataclass(frozen=True, slots=True)
class SleepsUnderLock:
    """``what``: an operation or a call, as code."""

    what: str
    lock: str


@dataclass(frozen=True, slots=True)
class TakenAgain:
    """A lock is taken by the process that holds it."""

    lock: str


class Mode(Enum):
    """In which way a lock is given back."""

    PLAIN = "plain"
    WRITING = "writing"
    READING = "reading"


@dataclass(frozen=True, slots=True)
class NotLocked:
    """A lock is given back that nobody has taken in this mode."""

    lock: str
    mode: Mode


@dataclass(frozen=True, slots=True)
class NotItsHolder:
    """A lock is given back by a process that does not hold it."""

    lock: str
    reading: bool


@dataclass(frozen=True, slots=True)
class StillHeld:
    """A process is finished and holds a lock."""

    process: str
    lock: str


@dataclass(frozen=True, slots=True)
class Unbalanced:
    """A process has done something wrong with what it switches off."""

    process: str
    how: Imbalance


# -------------------------------------------------------------------------------- guards and ends


@dataclass(frozen=True, slots=True)
class Standing:
    """A process ``waits`` in a guard (else it rests there), whose code is given."""

    process: str
    code: str
    waits: bool


@dataclass(frozen=True, slots=True)
class ReadByGuard:
    """What the guard reads in which a process stands."""

    where: Standing
    read: Detail


@dataclass(frozen=True, slots=True)
class FreedWhileTrue:
    """An object is freed while the guard in which a process stands, and which reads it, is true."""

    object: str
    where: Standing


@dataclass(frozen=True, slots=True)
class Unreferenced:
    """Everything is finished, and nothing refers to the object."""

    object: str


@dataclass(frozen=True, slots=True)
class NobodyMoves:
    """``waiting``: the processes that are not finished."""

    waiting: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NeverEnds:
    """Some process never comes to its end. ``unconfirmed``: so many states ahead were looked at, and not all."""

    unconfirmed: int = 0


# ------------------------------------------------------------------------- conditions and events


@dataclass(frozen=True, slots=True)
class AssertionFails:
    """``statement``: the whole assertion, as code."""

    statement: str
    name: str
    condition: str
    read: Values


@dataclass(frozen=True, slots=True)
class RequirementFails:
    callback: str
    condition: str


@dataclass(frozen=True, slots=True)
class ConditionFails:
    """``bound``: quantified variables; ``read``: what the condition reads."""

    condition: str
    bound: Values
    read: Values


@dataclass(frozen=True, slots=True)
class ConditionHolds:
    condition: str
    bound: Values = ()


@dataclass(frozen=True, slots=True)
class EventOccurs:
    """``impossible``: it was said never to."""

    event: str
    impossible: bool = False


@dataclass(frozen=True, slots=True)
class HappensAlthough:
    """An event happens, and its condition is false."""

    event: str
    condition: ConditionFails


@dataclass(frozen=True, slots=True)
class HappensBefore:
    """An event happens that another one must come before."""

    event: str
    needed: str


@dataclass(frozen=True, slots=True)
class TooOften:
    """An event occurred more than ``limit`` times for one ``window`` (empty: at all)."""

    event: str
    limit: int
    window: str


@dataclass(frozen=True, slots=True)
class OutsideWindow:
    """An event occurred, and nothing had opened a window for it."""

    event: str
    window: str


@dataclass(frozen=True, slots=True)
class WindowOpenedAgain:
    """... before the one before it was over."""

    window: str


class Closing(Enum):
    """What ended a window."""

    AGAIN = "again"  # the event that opens it occurred again
    REUSED = "reused"  # the object that it is about is allocated again
    FINISHED = "finished"  # everything is finished


@dataclass(frozen=True, slots=True)
class NeverOccurred:
    """The ``event`` did not occur in a ``window`` (empty: at all) until something ended it. ``object``:
    what is allocated again.
    """

    event: str
    window: str
    closing: Closing
    object: str = ""


@dataclass(frozen=True, slots=True)
class NothingClaimed:
    """A walk claims nothing about where it ends."""


Detail: TypeAlias = (
    ThroughNull
    | ThroughStale
    | FreesNull
    | FreedTwice
    | FreedLocked
    | FreedActive
    | PoolFull
    | ReadUnassigned
    | OutsideIndex
    | DividesByZero
    | NoValue
    | LeavesRange
    | StartsOutside
    | UnfrozenWrongly
    | WrittenFrozen
    | BelowZero
    | RaisedFromZero
    | AtomicLeavesRange
    | SleepsUnderLock
    | SleepsInAtomic
    | SleepsNotRunning
    | OutsideSection
    | WaitsForItself
    | QueuedTwice
    | TakenAgain
    | NotLocked
    | NotItsHolder
    | StillHeld
    | Unbalanced
    | ReadByGuard
    | FreedWhileTrue
    | Unreferenced
    | NobodyMoves
    | NeverEnds
    | AssertionFails
    | RequirementFails
    | ConditionFails
    | ConditionHolds
    | EventOccurs
    | HappensAlthough
    | HappensBefore
    | TooOften
    | OutsideWindow
    | WindowOpenedAgain
    | NeverOccurred
    | NothingClaimed
)
