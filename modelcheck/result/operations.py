"""What the steps of a trace do, as data.

``text`` is always the user's spelling: what stands in the spec for the operation, or for the place, on one line.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.model.typed import LockKind, LockOperator, LockQuestion
from modelcheck.result.values import Happening, Null, Place, Reference, Value, refers_to


@dataclass(frozen=True, slots=True)
class Access:
    """An access to a place.

    ``place`` is None if the step never got there (a null reference, an index outside its range).
    """

    text: str
    place: Place | None


@dataclass(frozen=True, slots=True)
class Load:
    """``into``: what the text assigns the value to at once (a local as it stands there), or nothing.

    ``value`` is None if the load failed.
    """

    target: Access
    value: Value | None
    into: str = ""


@dataclass(frozen=True, slots=True)
class Store:
    """``text``: the whole statement; ``old``: what was there before; ``value``: what was stored;
    None if the store failed.
    """

    text: str
    target: Access
    old: Value | None
    value: Value | None


@dataclass(frozen=True, slots=True)
class AtomicUpdate:
    """An atomic operation (``cmpxchg``, ``inc_not_zero`` …; ``read`` is one as well) on a place.

    ``result`` is None if it yields nothing.
    """

    text: str
    method: str
    target: Access
    old: Value | None
    new: Value | None
    result: Value | None
    into: str = ""


@dataclass(frozen=True, slots=True)
class Locking:
    """A lock operation, or one on a completion. ``success``: what a try form yields."""

    text: str
    operator: LockOperator
    kind: LockKind
    target: Access
    success: bool | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """``locked(l)``, ``frozen(a)``, ``completed(c)``."""

    text: str
    question: LockQuestion
    target: Access
    result: bool | None


@dataclass(frozen=True, slots=True)
class Counting:
    """``nr_alloc(T)``: how many objects of a class there are."""

    text: str
    object: str


@dataclass(frozen=True, slots=True)
class Creation:
    """``new T`` and ``try_new T``. ``result`` is None if the pool was exhausted."""

    text: str
    object: str
    may_fail: bool
    result: Reference | Null | None
    into: str = ""


@dataclass(frozen=True, slots=True)
class Freeing:
    """``free(r)``, ``kfree(r)``.

    ``argument``: the spelling of the reference; ``freed``: what it was, None if the step failed.
    """

    text: str
    argument: str
    object: str
    freed: Reference | Null | None


@dataclass(frozen=True, slots=True)
class Touching:
    """``touch(r)``: an access to an object as a whole."""

    text: str
    argument: str
    object: str
    touched: Reference | Null | None


@dataclass(frozen=True, slots=True)
class ConditionalLoad:
    """``smp_cond_load(…)``: waits until a condition holds of a place, and yields its value."""

    text: str
    target: Access
    value: Value | None
    into: str = ""


@dataclass(frozen=True, slots=True)
class Guard:
    """``when (c)``, with the conditions of all its branches. ``branch``: the number of the one that was taken."""

    conditions: tuple[str, ...]
    branch: int | None = None


@dataclass(frozen=True, slots=True)
class AtomicBlock:
    """``atomic { … }``. ``guard``: its condition, or nothing; ``text``: all of it; ``tested``: the
    condition of the first ``if`` in it, or nothing. ``waits_inside``: its first statement can wait
    as well. ``caption``: what the user calls it, or nothing."""

    text: str
    guard: str
    tested: str = ""
    waits_inside: bool = False
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """``choose``: the number of the branch."""

    branch: int | None


@dataclass(frozen=True, slots=True)
class Picking:
    """``pick x in …``: the value that was chosen."""

    name: str
    value: Value | None


@dataclass(frozen=True, slots=True)
class Emission:
    """``emit e(…)``. ``event`` is None if the step failed."""

    text: str
    event: Happening | None


@dataclass(frozen=True, slots=True)
class Assertion:
    """``assert``, ``BUG_ON`` …: ``name`` is the user's, or the place in the text; ``text``: all of it."""

    text: str
    name: str
    condition: str


Operation: TypeAlias = (
    Load
    | Store
    | AtomicUpdate
    | Locking
    | Asking
    | Counting
    | Creation
    | Freeing
    | Touching
    | ConditionalLoad
    | Guard
    | AtomicBlock
    | Choice
    | Picking
    | Emission
    | Assertion
)


def accessed(operation: Operation) -> Access | None:
    """The place that an operation is about, if it is one."""
    match operation:
        case (
            Load(target)
            | Store(target=target)
            | AtomicUpdate(target=target)
            | Locking(target=target)
            | Asking(target=target)
            | ConditionalLoad(target=target)
        ):
            return target
        case _:
            return None


def concerns(operation: Operation, subject: Place | Happening) -> bool:
    """Whether an operation yields, frees or touches the object that a finding is about, or emits the event."""
    match operation:
        case Freeing(freed=reference) | Touching(touched=reference):
            return _mentions((reference,), subject)
        case Emission(event=event):
            return event is not None and (event == subject or _mentions(event.arguments, subject))
        case _:
            return _mentions((result_of(operation),), subject)


def _mentions(values: Iterable[Value | None], subject: Place | Happening) -> bool:
    if not isinstance(subject, Place) or subject.slot is None:
        return False
    return any(value is not None and refers_to(value, subject.name, subject.slot) for value in values)


def result_of(operation: Operation) -> Value | None:
    """What an operation yields, if anything."""
    match operation:
        case Load(value=value) | ConditionalLoad(value=value) | Picking(value=value):
            return value
        case AtomicUpdate(result=value) | Creation(result=value):
            return value
        case _:
            return None
