"""Values, places, events and positions in the user's words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from modelcheck.ground.numerals import digits
from modelcheck.model.events import EventKind
from modelcheck.result.trace import Position, Subject
from modelcheck.result.values import (
    Allocation,
    CompletionState,
    Counter,
    Elements,
    Happening,
    Index,
    Instance,
    Literal,
    LockState,
    Null,
    Number,
    Option,
    Place,
    Reference,
    Selector,
    Truth,
    Unassigned,
    Value,
)


def value_text(value: Value) -> str:
    """``true``, ``3``, ``Page[0]``, ``Page[0] (stale)``, ``{a, b}``, ``locked by reclaim``."""
    match value:
        case Truth(true):
            return "true" if true else "false"
        case Number(number, bits):
            return " | ".join(bits) or digits(number)
        case Literal(_, name):
            return name
        case Instance(process, number):
            return process if number is None else f"{process}[{number}]"
        case Null():
            return "null"
        case Reference(object_, slot, stale):
            return f"{object_}[{slot}]{' (stale)' if stale else ''}"
        case Option(inner):
            return "none" if inner is None else f"some({value_text(inner)})"
        case Elements(values):
            return "{" + ", ".join(map(value_text, values)) + "}"
        case Counter(number, frozen):
            return f"{digits(number)}{' (frozen)' if frozen else ''}"
        case LockState():
            return _lock_text(value)
        case CompletionState(done, all_):
            return "all done" if all_ else f"done {done}"
        case Allocation(allocated):
            return "allocated" if allocated else "free"
        case Unassigned():
            return "unassigned"
        case _:
            assert_never(value)


def _lock_text(lock: LockState) -> str:
    if not lock.taken:
        return "unlocked"
    if not lock.holders:
        return "locked"
    return f"{'read-locked' if lock.reading else 'locked'} by {', '.join(lock.holders)}"


def place_text(place: Place) -> str:
    """``x``, ``Page[0]``, ``Page[0].count``, ``table[BUSY].owner``; of a local of an inline by its
    path: ``check_events.r``.
    """
    return f"{place.owner}.{spelling(place)}" if place.inlined else spelling(place)


def spelling(place: Place) -> str:
    """The same as the code says it where the place is: of a local only its own name."""
    name = place.name if place.slot is None else f"{place.name}[{place.slot}]"
    return name + path_text(place.path)


def path_text(path: Sequence[Selector]) -> str:
    """``.count``, ``[2].owner``: where in a variable or object a place is."""
    return "".join(
        f"[{selector.name or selector.number}]" if isinstance(selector, Index) else f".{selector}" for selector in path
    )


def owned_text(place: Place, processes: tuple[str, ...]) -> str:
    """A place with the process in front of a local: ``reader[0].p``, ``reader[0].check_events.r``."""
    return place_text(place) if place.process is None else f"{processes[place.process]}.{place_text(place)}"


def event_text(event: Happening) -> str:
    """``removed(Page[0])``, ``new Page[0]``, ``releasepage(Page[0]) -> true``; ``_`` where a
    pattern allows anything, ``free Page`` of any object.
    """
    shown = ["_" if argument is None else value_text(argument) for argument in event.arguments]
    match event.kind:
        case EventKind.NEW | EventKind.FREE:
            return f"{event.kind.value} {event.name if event.arguments == (None,) else shown[0]}"
        case EventKind.CALL:
            return f"call {event.name}({', '.join(shown)})"
        case EventKind.RETURN if event.returns:
            return f"{event.name}({', '.join(shown)}) -> {'_' if event.result is None else value_text(event.result)}"
        case EventKind.RETURN:
            return f"return {event.name}({', '.join(shown)})"
        case EventKind.EMIT:
            return f"{event.name}({', '.join(shown)})"
        case _:
            assert_never(event.kind)


def subject_text(subject: Subject) -> str:
    """What a finding is about."""
    return event_text(subject) if isinstance(subject, Happening) else place_text(subject)


def position_text(position: Position | None) -> str:
    """``reclaim::remove_mapping/frz``, or with the line where there is no label:
    ``reclaim::remove_mapping:120``, ``reclaim:120``.
    """
    if position is None:
        return ""
    names = [call.inline for call in position.calls]
    if position.label:
        return f"{position.process}::{'/'.join([*names, position.label])}"
    prefix = f"{position.process}::{'/'.join(names)}" if names else position.process
    return f"{prefix}:{position.span.line}"


def named_values(values: Iterable[tuple[Place, Value]]) -> list[tuple[str, str]]:
    """Places and what they hold, as text."""
    return [(place_text(place), value_text(value)) for place, value in values]
