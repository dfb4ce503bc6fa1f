"""Run-time values: what a cell of the interpreter's state may hold.

Scalars are Python values (bool, int, ``None`` for an empty ``opt``, frozenset); a reference is
``NULL`` or a ``Reference``, so that staleness can be marked without knowing types (options and sets
hold no references). Locks and atomics are small tuples.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, TypeAlias, assert_never

from modelcheck.ground.numerals import digits
from modelcheck.model import typed

#: A value or one of the markers below.
Cell: TypeAlias = Any

#: The content of a variable that was never assigned.
UNASSIGNED: Final = "unassigned"
#: The content of every field of a slot that is free (and not typestable).
FREE: Final = "free"
NULL: Final = 0


class Reference(NamedTuple):
    """A reference to a slot that is not null. References to typestable objects are always ``live``."""

    object: str
    slot: int
    live: bool


class AtomicCell(NamedTuple):
    number: int
    frozen: bool


class RwCell(NamedTuple):
    """A rwlock or rwsem."""

    writer: bool
    readers: int


class CompletionCell(NamedTuple):
    done: int
    all: bool


def zero(type_: typed.Type) -> Cell:
    """Return the zero value of a scalar type, or the initial cell of a lock or atomic."""
    match type_:
        case typed.BoolType():
            return False
        case typed.IntType() | typed.BvType() | typed.EnumType() | typed.ProcType():
            return 0
        case typed.RangeType(low, high):
            return 0 if low <= 0 <= high else low
        case typed.RefType() | typed.NullType():
            return NULL
        case typed.OptType() | typed.VoidType():
            return None
        case typed.SetType():
            return frozenset()
        case typed.AtomicType(low, high):
            return AtomicCell(0 if low <= 0 and (high is None or high >= 0) else low, False)
        case typed.LockType(kind):
            state = kind.facts.state
            match state:
                case typed.LockState.LOCKED:
                    return False
                case typed.LockState.READERS:
                    return RwCell(False, 0)
                case typed.LockState.DONE:
                    return CompletionCell(0, False)
                case _:
                    assert_never(state)
        case typed.ArrayType() | typed.StructType():
            raise TypeError("arrays and structs are not values")
        case _:
            assert_never(type_)


def from_constant(value: typed.Value, type_: typed.Type) -> Cell:
    """Turn the value of a ``Constant`` (or of a declared initial value) of ``type_`` into a cell."""
    match type_:
        case typed.RefType():
            return decode_reference(value, type_)
        case typed.OptType(element):
            return None if value is None else from_constant(value, element)
        case typed.SetType(element):
            assert isinstance(value, frozenset)
            return frozenset(from_constant(v, element) for v in value)
        case typed.AtomicType():
            assert isinstance(value, int)
            return AtomicCell(value, False)
        case (
            typed.BoolType()
            | typed.IntType()
            | typed.RangeType()
            | typed.BvType()
            | typed.EnumType()
            | typed.ProcType()
            | typed.PlaceType()
            | typed.LockType()
            | typed.MissingType()
        ):
            return value
        case _:
            assert_never(type_)


def decode_reference(code: typed.Value, type_: typed.RefType) -> Cell:
    """Return the reference that ``code`` means in ``type_``."""
    assert isinstance(code, int)
    if code == 0:
        return NULL
    if code <= type_.pool:
        return Reference(type_.target, code - 1, True)
    return Reference(type_.target, code - 1 - type_.pool, False)


def encode(value: Cell, type_: typed.Type) -> typed.Value:
    """The other way: the value of the typed tree that a cell of a scalar type holds (of an atomic: its number)."""
    match type_:
        case typed.RefType():
            if value == NULL:
                return 0
            return 1 + int(value.slot) + (0 if value.live else type_.pool)
        case typed.OptType(element):
            return None if value is None else encode(value, element)
        case typed.SetType(element):
            return frozenset(encode(v, element) for v in value)  # type: ignore[misc]
        case typed.AtomicType():
            return int(value.number)
        case typed.BoolType():
            return bool(value)
        case (
            typed.IntType()
            | typed.RangeType()
            | typed.BvType()
            | typed.EnumType()
            | typed.ProcType()
            | typed.PlaceType()
            | typed.LockType()
            | typed.MissingType()
        ):
            return value  # type: ignore[no-any-return]
        case _:
            assert_never(type_)


def address(value: Cell) -> Cell:
    """What ``==`` compares: of a reference the slot, staleness left out; any other value is itself."""
    if isinstance(value, Reference):
        return (value.object, value.slot)
    return value


def make_stale(value: Cell, object_: str, slot: int) -> Cell:
    """Return ``value`` after that slot was freed."""
    if isinstance(value, Reference):
        return Reference(object_, slot, False) if value.slot == slot and value.object == object_ else value
    return value


def fits(value: Cell, type_: typed.Type) -> bool:
    """Whether a value lies in the range that its type allows."""
    match type_:
        case typed.RangeType(low, high):
            return bool(low <= value <= high)
        case typed.OptType(element):
            return value is None or fits(value, element)
        case typed.SetType(element):
            return all(fits(v, element) for v in value)
        case (
            typed.BoolType()
            | typed.IntType()
            | typed.BvType()
            | typed.EnumType()
            | typed.ProcType()
            | typed.RefType()
            | typed.PlaceType()
            | typed.OperatedType()
            | typed.MissingType()
        ):
            return True
        case _:
            assert_never(type_)


def live_references(value: Cell) -> tuple[Reference, ...]:
    """The live references that a cell contains: itself, or the elements of a set."""
    if isinstance(value, frozenset):
        return tuple(element for element in value if isinstance(element, Reference) and element.live)
    return (value,) if isinstance(value, Reference) and value.live else ()


def show(value: Cell, type_: typed.Type) -> str:
    """Print a cell in the user's words. Locks are printed without their holders."""
    if value is UNASSIGNED or value is FREE:
        return str(value)
    match type_:
        case typed.BoolType():
            return "true" if value else "false"
        case typed.EnumType(_, literals):
            return literals[value] if 0 <= value < len(literals) else str(value)
        case typed.ProcType(process, size):
            return f"{process}[{value}]" if size > 1 else process
        case typed.RefType() | typed.NullType():
            if value == NULL:
                return "null"
            return f"{value.object}[{value.slot}]{'' if value.live else ' (stale)'}"
        case typed.OptType(element):
            return "none" if value is None else f"some({show(value, element)})"
        case typed.SetType(element):
            shown = [show(v, element) for v in sorted(value, key=lambda v: encode(v, element))]  # type: ignore[arg-type,return-value]
            return "{" + ", ".join(shown) + "}"
        case typed.AtomicType():
            if isinstance(value, AtomicCell):
                return f"{value.number}{' (frozen)' if value.frozen else ''}"
            return str(value)
        case typed.LockType():
            return _show_lock(value)
        case typed.IntType() | typed.RangeType() | typed.BvType():
            return digits(int(value))
        case typed.VoidType() | typed.ArrayType() | typed.StructType():
            return ""
        case _:
            assert_never(type_)


def show_event(event: typed.Event, arguments: Sequence[str]) -> str:
    """Print an event with its arguments (already printed): ``removed(Page[0])``, ``new Page[0]``,
    ``releasepage(Page[0]) -> true``.
    """
    if event.facts.subject is typed.EventSubject.OBJECT:
        return f"{event.kind.value} {arguments[0]}"
    if event.returns:
        return f"{event.subject}({', '.join(arguments[:-1])}) -> {arguments[-1]}"
    return f"{event.name}({', '.join(arguments)})"


def _show_lock(value: Cell) -> str:
    if isinstance(value, RwCell):
        if value.writer:
            return "write-locked"
        return f"{value.readers} readers" if value.readers else "unlocked"
    if isinstance(value, CompletionCell):
        return "all done" if value.all else f"done {value.done}"
    return "locked" if value else "unlocked"
