"""Monitors of ``count``, ``order`` and ``only_if`` properties (docs/semantics.md, section 7).

A count keeps a frozenset of (key, number) for its armed cells, an order a frozenset of keys, in one shared cell each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, assert_never

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.model import typed
from modelcheck.model.typed import Quantity
from modelcheck.result.details import (
    Closing,
    ConditionFails,
    Detail,
    HappensAlthough,
    HappensBefore,
    NeverOccurred,
    OutsideWindow,
    TooOften,
    WindowOpenedAgain,
)
from modelcheck.result.trace import Finding
from modelcheck.result.values import Happening, Value
from modelcheck.semantics.interpreter.machine.machine import Machine
from modelcheck.semantics.interpreter.machine.values import (
    NULL,
    Cell,
    Reference,
    address,
    from_constant,
    show,
    show_event,
)
from modelcheck.semantics.interpreter.trace_data import happening, value_of

#: The value of a key: of a reference (object, slot).
Key: TypeAlias = tuple[Cell, ...]


def bind(pattern: typed.EventPattern, event: int, arguments: tuple[Cell, ...]) -> dict[int, Cell] | None:
    """Match an event: the values of the pattern's variables by local id, or None."""
    if pattern.event != event:
        return None
    bound: dict[int, Cell] = {}
    for wanted, value in zip(pattern.arguments, arguments, strict=True):
        match wanted:
            case typed.Constant(constant, type_):
                if address(from_constant(constant, type_)) != address(value):
                    return None
            case typed.Local(id=id_):
                if id_ in bound and address(bound[id_]) != address(value):
                    return None
                bound[id_] = value
            case None:
                pass
    return bound


def key_of(keys: tuple[typed.Local, ...], bound: dict[int, Cell]) -> Key | None:
    """The cell that an event is about; None if a reference in it is null."""
    values = [bound[key.id] for key in keys]
    if any(isinstance(key.type, typed.RefType) and value == NULL for key, value in zip(keys, values, strict=True)):
        return None
    return tuple(address(value) for value in values)


def show_pattern(pattern: typed.EventPattern, names: dict[int, typed.Event], bound: dict[int, str]) -> str:
    """The pattern with the bound values: ``removed(Page[0], _)``; ``free Page`` where it is about
    any object of a class.
    """
    event = names[pattern.event]
    if event.facts.subject is typed.EventSubject.OBJECT and pattern.arguments == (None,):
        return event.name
    shown = []
    for argument in pattern.arguments:
        match argument:
            case typed.Constant(value, type_):
                shown.append(show(from_constant(value, type_), type_))
            case typed.Local(id=id_, name=name):
                shown.append(bound.get(id_, name))
            case None:
                shown.append("_")
    return show_event(event, shown)


def show_key(keys: tuple[typed.Local, ...], key: Key) -> dict[int, str]:
    """The values of a key for people, by local id."""
    shown = {}
    for local, value in zip(keys, key, strict=True):
        if isinstance(local.type, typed.RefType):
            value = Reference(value[0], value[1], True)
        shown[local.id] = show(value, local.type)
    return shown


def pattern_of(
    pattern: typed.EventPattern, names: dict[int, typed.Event], keys: tuple[typed.Local, ...], key: Key
) -> Happening:
    """The pattern with the values of a key, as data."""
    bound: dict[int, Value] = {}
    for local, value in zip(keys, key, strict=True):
        if isinstance(local.type, typed.RefType):
            value = Reference(value[0], value[1], True)
        bound[local.id] = value_of(value, local.type)
    arguments: list[Value | None] = []
    for argument in pattern.arguments:
        match argument:
            case typed.Constant(constant, type_):
                arguments.append(value_of(from_constant(constant, type_), type_))
            case typed.Local(id=id_):
                arguments.append(bound.get(id_))
            case None:
                arguments.append(None)
            case _:
                assert_never(argument)
    return happening(names[pattern.event], tuple(arguments))


def _about(key: Key, object_: str, slot: int) -> bool:
    return (object_, slot) in key


@dataclass(frozen=True, slots=True)
class CountMonitor:
    declaration: typed.Property
    body: typed.Count
    cell: int
    events: dict[int, typed.Event]

    @property
    def start(self) -> Cell:
        """The initial content of the cell: without ``per`` there is one cell, armed from the start."""
        return frozenset((((), 0),)) if self.body.per is None else frozenset()

    @property
    def _must_occur(self) -> bool:
        return self.body.quantity in (Quantity.EXACTLY_ONCE, Quantity.AT_LEAST_ONCE)

    @property
    def _limit(self) -> int | None:
        match self.body.quantity:
            case Quantity.EXACTLY_ONCE:
                return 1
            case Quantity.AT_MOST:
                return self.body.limit
            case Quantity.NEVER:
                return 0
            case Quantity.AT_LEAST_ONCE:
                return None

    def _counted(self, key: Key) -> str:
        return show_pattern(self.body.counted, self.events, show_key(self.body.keys, key))

    def _window(self, key: Key) -> str:
        if self.body.per is None:
            return ""
        return show_pattern(self.body.per, self.events, show_key(self.body.keys, key))

    def _about(self, key: Key) -> tuple[Happening, ...]:
        patterns = (self.body.counted,) if self.body.per is None else (self.body.counted, self.body.per)
        return tuple(pattern_of(pattern, self.events, self.body.keys, key) for pattern in patterns)

    def observe(self, machine: Machine, event: int, arguments: tuple[Cell, ...], span: Span) -> None:
        """Update the cell for an event; violations become findings of the machine."""

        def violated(detail: Detail, key: Key) -> None:
            machine.found(Finding(self.declaration.id, None, detail, span, self._about(key)))

        if self.body.per is not None:
            self._arm(machine, bind(self.body.per, event, arguments), violated)
        bound = bind(self.body.counted, event, arguments)
        key = None if bound is None else key_of(self.body.keys, bound)
        if key is None:
            return
        armed = dict(machine.shared[self.cell])
        if key not in armed:
            violated(OutsideWindow(self._counted(key), self._window(key)), key)
            return
        limit, number = self._limit, armed[key] + 1
        if limit is None:
            armed[key] = 1
        elif number > limit:
            violated(TooOften(self._counted(key), limit, self._window(key)), key)
        else:
            armed[key] = number
        machine.shared[self.cell] = frozenset(armed.items())

    def _arm(self, machine: Machine, bound: dict[int, Cell] | None, violated: Callable[[Detail, Key], None]) -> None:
        key = None if bound is None else key_of(self.body.keys, bound)
        if key is None:
            return
        armed = dict(machine.shared[self.cell])
        if key in armed:
            if not self.body.until_next:
                violated(WindowOpenedAgain(self._window(key)), key)
            elif self._must_occur and armed[key] == 0:
                violated(NeverOccurred(self._counted(key), self._window(key), Closing.AGAIN), key)
        armed[key] = 0
        machine.shared[self.cell] = frozenset(armed.items())

    def slot_reused(self, machine: Machine, object_: str, slot: int, span: Span) -> None:
        """``new`` of a slot: its cells are judged and become idle."""
        armed = dict(machine.shared[self.cell])
        for key in sorted(key for key in armed if _about(key, object_, slot)):
            if self._must_occur and armed[key] == 0:
                detail = NeverOccurred(self._counted(key), self._window(key), Closing.REUSED, f"{object_}[{slot}]")
                machine.found(Finding(self.declaration.id, None, detail, span, self._about(key)))
            del armed[key]
        machine.shared[self.cell] = frozenset(armed.items())

    def judge(self, content: Cell) -> list[Finding]:
        """What a drained state with this content of the cell violates."""
        if not self.body.within_drained or not self._must_occur:
            return []
        findings = []
        for key, number in sorted(content):
            if number == 0:
                detail = NeverOccurred(self._counted(key), self._window(key), Closing.FINISHED)
                findings.append(Finding(self.declaration.id, None, detail, self.declaration.span, self._about(key)))
        return findings


@dataclass(frozen=True, slots=True)
class OrderMonitor:
    declaration: typed.Property
    body: typed.Order
    cell: int
    events: dict[int, typed.Event]

    @property
    def start(self) -> Cell:
        return frozenset()

    def observe(self, machine: Machine, event: int, arguments: tuple[Cell, ...], span: Span) -> None:
        """The second event is judged before the first one is noted."""
        seen: frozenset[Key] = machine.shared[self.cell]
        second = bind(self.body.second, event, arguments)
        key = None if second is None else key_of(self.body.keys, second)
        if key is not None and key not in seen:
            shown = show_key(self.body.keys, key)
            after, before = (show_pattern(p, self.events, shown) for p in (self.body.second, self.body.first))
            machine.found(Finding(self.declaration.id, None, HappensBefore(after, before), span))
        first = bind(self.body.first, event, arguments)
        key = None if first is None else key_of(self.body.keys, first)
        if key is not None:
            machine.shared[self.cell] = seen | {key}

    def slot_reused(self, machine: Machine, object_: str, slot: int, span: Span) -> None:
        """``new`` of a slot: forget what was seen of it."""
        seen: frozenset[Key] = machine.shared[self.cell]
        machine.shared[self.cell] = frozenset(key for key in seen if not _about(key, object_, slot))


@dataclass(frozen=True, slots=True)
class OnlyIfMonitor:
    """``holds(machine, bound)`` evaluates the condition in the state of the moment, ``why`` says of
    one that is false what is wrong.
    """

    declaration: typed.Property
    body: typed.OnlyIf
    holds: Callable[[Machine, dict[int, Cell]], bool]
    why: Callable[[Machine, dict[int, Cell]], ConditionFails]
    events: dict[int, typed.Event]

    def observe(self, machine: Machine, event: int, arguments: tuple[Cell, ...], span: Span) -> None:
        """The condition must hold when the event occurs."""
        bound = bind(self.body.event, event, arguments)
        if bound is None or self.holds(machine, bound):
            return
        types = {a.id: a.type for a in self.body.event.arguments if isinstance(a, typed.Local)}
        shown = {id_: show(value, types[id_]) for id_, value in bound.items()}
        name = show_pattern(self.body.event, self.events, shown)
        machine.found(Finding(self.declaration.id, None, HappensAlthough(name, self.why(machine, bound)), span))

    def slot_reused(self, machine: Machine, object_: str, slot: int, span: Span) -> None:
        """Nothing to forget."""


Monitor: TypeAlias = CountMonitor | OrderMonitor | OnlyIfMonitor
