"""What traces speak about: values, places and events, as data.

``report/narrate`` makes text from them. Nothing here knows how they are printed.
"""

from __future__ import annotations

from dataclasses import field
from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.model.events import EventKind

# ----------------------------------------------------------------------------------------- values


@dataclass(frozen=True, slots=True)
class Truth:
    """A boolean."""

    value: bool


@dataclass(frozen=True, slots=True)
class Number:
    """An integer, a bit-vector, or what an atomic operation yields.

    ``bits``: of a flag word the names of its bits that are set (what has no name is one of them, as
    a number); they make no difference to the value.
    """

    value: int
    bits: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Literal:
    """A value of an enum."""

    enum: str
    name: str


@dataclass(frozen=True, slots=True)
class Instance:
    """The identity of a process. ``number`` is None if its class has a single instance."""

    process: str
    number: int | None


@dataclass(frozen=True, slots=True)
class Null:
    """The null reference."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference to a slot. ``stale``: the object that it was to has been freed."""

    object: str
    slot: int
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """A value of an ``opt`` type: None is ``none``."""

    value: Value | None


@dataclass(frozen=True, slots=True)
class Elements:
    """A set, in the order of its type."""

    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Counter:
    """The content of an ``atomic`` or ``refcount``."""

    number: int
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class LockState:
    """The state of a lock. ``reading``: it is held for reading. ``holders`` names the processes; a
    lock may be taken although nobody is known to hold it (a lock of memory that was used again)."""

    taken: bool
    reading: bool = False
    holders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CompletionState:
    """``done``: how many waiters may pass; ``all``: every one may."""

    done: int
    all: bool


@dataclass(frozen=True, slots=True)
class Allocation:
    """Whether a slot holds an object."""

    allocated: bool


@dataclass(frozen=True, slots=True)
class Unassigned:
    """No value yet."""


Value: TypeAlias = (
    Truth
    | Number
    | Literal
    | Instance
    | Null
    | Reference
    | Option
    | Elements
    | Counter
    | LockState
    | CompletionState
    | Allocation
    | Unassigned
)


def made_stale(before: Value | None, after: Value) -> bool:
    """Whether the only difference is that the object was freed that the reference is to."""
    return (
        isinstance(before, Reference)
        and isinstance(after, Reference)
        and after.stale
        and not before.stale
        and (before.object, before.slot) == (after.object, after.slot)
    )


def refers_to(value: Value, object_: str, slot: int) -> bool:
    """Whether a value is, or contains, a reference to a slot, stale or not."""
    match value:
        case Reference(target, number):
            return (target, number) == (object_, slot)
        case Option(inner):
            return inner is not None and refers_to(inner, object_, slot)
        case Elements(values):
            return any(refers_to(element, object_, slot) for element in values)
        case _:
            return False


# ----------------------------------------------------------------------------------------- places


@dataclass(frozen=True, slots=True)
class Index:
    """``[2]``, ``[BUSY]``: an index, and its name if the type of the index has names."""

    number: int
    name: str = ""


#: ``.field`` or ``[index]``
Selector: TypeAlias = str | Index


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value is: a shared variable, a slot of an object class (``slot``), a local of a process
    (``process``, by number), or a part of these.

    ``name``: of the variable or class. ``owner``: of a local, the process class or inline that
    declares it; ``inlined``: it is an inline.
    """

    name: str
    slot: int | None = None
    path: tuple[Selector, ...] = ()
    process: int | None = None
    owner: str = ""
    inlined: bool = False

    @property
    def is_object(self) -> bool:
        """Whether it is a slot as a whole: its value says whether it is allocated."""
        return self.slot is not None and not self.path

    @property
    def object(self) -> Place | None:
        """The slot that it is a part of, or is."""
        return None if self.slot is None else self if not self.path else Place(self.name, self.slot)


# ----------------------------------------------------------------------------------------- events


@dataclass(frozen=True, slots=True)
class Happening:
    """An event that occurred, or (with None among its arguments, for anything) a pattern of such.

    ``name``: of the declared event, of the object class (``new``, ``free``), or of the callback.
    ``result``: what the callback returned, if ``returns``.
    """

    kind: EventKind
    name: str
    arguments: tuple[Value | None, ...] = ()
    returns: bool = False
    result: Value | None = None

    def matches(self, pattern: Happening) -> bool:
        """Whether this is one of what ``pattern`` stands for. References are compared by their slots."""
        if (self.kind, self.name, self.returns) != (pattern.kind, pattern.name, pattern.returns):
            return False
        wanted, there = (*pattern.arguments, pattern.result), (*self.arguments, self.result)
        return len(wanted) == len(there) and all(
            w is None or _address(w) == _address(t) for w, t in zip(wanted, there, strict=True)
        )


def _address(value: Value | None) -> Value | None:
    return Reference(value.object, value.slot) if isinstance(value, Reference) else value
