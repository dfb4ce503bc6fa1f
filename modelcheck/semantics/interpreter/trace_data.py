"""From cells to the data of traces: values, places, and what happened at a step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from modelcheck.ground.records import dataclass
from modelcheck.model import typed
from modelcheck.result import operations
from modelcheck.result import values as data
from modelcheck.semantics.interpreter.flags import Bits, named
from modelcheck.semantics.interpreter.machine.layout import Layout, domain_of
from modelcheck.semantics.interpreter.machine.machine import NO_VALUE, Occurrence
from modelcheck.semantics.interpreter.machine.values import (
    FREE,
    NULL,
    UNASSIGNED,
    AtomicCell,
    Cell,
    CompletionCell,
    RwCell,
    encode,
    from_constant,
)


def value_of(value: Cell, type_: typed.Type) -> data.Value:
    """A cell as data. Of a lock nobody is named as its holder."""
    if value is UNASSIGNED or value is FREE:
        return data.Unassigned()
    match type_:
        case typed.BoolType():
            return data.Truth(bool(value))
        case typed.EnumType(name, literals):
            return data.Literal(name, literals[value]) if 0 <= value < len(literals) else data.Number(int(value))
        case typed.ProcType(process, size):
            return data.Instance(process, int(value) if size > 1 else None)
        case typed.RefType() | typed.NullType():
            return data.Null() if value == NULL else data.Reference(value.object, value.slot, not value.live)
        case typed.OptType(element):
            return data.Option(None if value is None else value_of(value, element))
        case typed.SetType(element):
            ordered = sorted(value, key=lambda one: encode(one, element))  # type: ignore[arg-type,return-value]
            return data.Elements(tuple(value_of(one, element) for one in ordered))
        case typed.AtomicType():
            if isinstance(value, AtomicCell) and (type_.word is None or value.frozen):
                return data.Counter(value.number, value.frozen)
            if isinstance(value, AtomicCell):
                return data.Number(value.number)
            return data.Number(int(value))
        case typed.LockType():
            return _lock(value)
        case typed.IntType() | typed.RangeType() | typed.BvType():
            return data.Number(int(value))
        case typed.VoidType() | typed.ArrayType() | typed.StructType():
            raise TypeError("arrays and structs are not values")
        case _:
            assert_never(type_)


def _lock(value: Cell) -> data.Value:
    match value:
        case RwCell(writer, readers):
            return data.LockState(bool(writer or readers), not writer and readers > 0)
        case CompletionCell(done, all_):
            return data.CompletionState(done, all_)
        case _:
            return data.LockState(bool(value))


def selectors(type_: typed.Type) -> Iterator[tuple[data.Selector, ...]]:
    """The paths to the scalars of a variable, in the order of their cells."""
    match type_:
        case typed.ArrayType(index, element):
            for number in domain_of(index):
                for path in selectors(element):
                    yield (_index(index, number), *path)
        case typed.StructType(_, fields):
            for field in fields:
                for path in selectors(field.type):
                    yield (field.name, *path)
        case typed.ScalarType() | typed.WrappingType() | typed.OperatedType() | typed.MissingType():
            yield ()
        case _:
            assert_never(type_)


def _index(type_: typed.Type, number: int) -> data.Index:
    match type_:
        case typed.EnumType(_, literals):
            return data.Index(number, literals[number])
        case typed.BoolType():
            return data.Index(number, "true" if number else "false")
        case (
            typed.IntType()
            | typed.RangeType()
            | typed.BvType()
            | typed.ProcType()
            | typed.RefType()
            | typed.WrappingType()
            | typed.PlaceType()
            | typed.OperatedType()
            | typed.MissingType()
        ):
            return data.Index(number)
        case _:
            assert_never(type_)


def shared_places(layout: Layout) -> tuple[data.Place, ...]:
    """The place of each shared cell."""
    places: list[data.Place] = []
    for variable, _ in layout.variables.values():
        places += [data.Place(variable.name, None, path) for path in selectors(variable.type)]
    for name, object_ in layout.objects.items():
        paths = [(field.name, *path) for field in object_.declaration.fields for path in selectors(field.type)]
        for slot in range(object_.declaration.pool):
            places.append(data.Place(name, slot))
            places += [data.Place(name, slot, path) for path in paths]
    return tuple(places)


def happening(event: typed.Event, arguments: tuple[data.Value | None, ...]) -> data.Happening:
    """An event as data; None stands for anything."""
    if event.returns:
        return data.Happening(event.kind, event.subject, arguments[:-1], True, arguments[-1])
    return data.Happening(event.kind, event.subject, arguments)


def occurred(event: typed.Event, occurrence: Occurrence) -> data.Happening:
    """An event as it occurred."""
    types = [parameter.type for parameter in event.parameters]
    values = zip(occurrence.arguments, types, strict=True)
    return happening(event, tuple(value_of(from_constant(value, type_), type_) for value, type_ in values))


@dataclass(frozen=True, slots=True)
class Done:
    """What happened at a step, for the description of its operation.

    ``yielded``: what the operation yielded, if it did (``NO_VALUE``); ``place``: the place that it
    was about, if it got there; ``old`` and ``new``: what was there before and after the step (None:
    it was not there); ``events``: that occurred in the step; ``bits``: names of the bits of what
    the place holds. Before a step nothing of this is there.
    """

    yielded: Cell = NO_VALUE
    place: data.Place | None = None
    old: data.Value | None = None
    new: data.Value | None = None
    events: tuple[data.Happening, ...] = ()
    bits: Bits = ()

    def value(self, type_: typed.Type) -> data.Value | None:
        """What the operation yielded, as data."""
        if self.yielded is NO_VALUE or isinstance(type_, typed.VoidType):
            return None
        return named(value_of(self.yielded, type_), self.bits)

    def reference(self, type_: typed.Type) -> data.Reference | data.Null | None:
        """What the operation yielded, if that is a reference."""
        value = self.value(type_)
        return value if isinstance(value, data.Reference | data.Null) else None

    def number(self) -> int | None:
        """What the operation yielded, if that is the number of a branch."""
        return None if self.yielded is NO_VALUE else int(self.yielded)

    def truth(self) -> bool | None:
        """What the operation yielded, if that is a boolean."""
        return None if self.yielded is NO_VALUE or self.yielded is None else bool(self.yielded)

    def access(self, text: str) -> operations.Access:
        """The access with the user's spelling."""
        return operations.Access(text, self.place)


#: Before the step.
NOTHING_DONE = Done()
