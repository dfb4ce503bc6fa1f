"""What expressions are made into: functions of a machine, and what is known of them before it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.third import values
from tests.third.machine import Bound, Machine, Place
from tests.third.values import BOOL, INT, Type, Unsupported, Value
from tests.third.world import World

NOBODY: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Binding:
    """What a name in scope stands for.

    ``kind``: ``local`` (a cell of the process), ``kept`` (a ``&`` parameter: the local ``number``
    holds the place), ``bound`` (a value in ``Bound``), ``bound place``.
    """

    kind: str
    type: Type
    number: int = -1
    subject: str = ""
    place: Place | None = None
    reads: frozenset[int] = NOBODY


Scope = dict[str, Binding]


@dataclass(frozen=True)
class Pure:
    """An expression that is evaluated at once. ``local``: it reads no shared state."""

    run: Callable[[Machine, Bound], Value]
    type: Type
    reads: frozenset[int] = NOBODY
    local: bool = True


@dataclass(frozen=True)
class PurePlace:
    run: Callable[[Machine, Bound], tuple[Any, ...]]
    place: Place
    reads: frozenset[int]
    local: bool


def field_place(base: Place, world: World, field: str) -> Place:
    """The field of a struct."""
    node = next(f for f in world.structs[base.type.name].fields if f.name == field)
    return replace(base, type=world.type(node.type), dims=(*base.dims, None))


def object_place(world: World, object_: str, field: str) -> Place:
    node = next(f for f in world.objects[object_].fields if f.name == field)
    return Place(world.type(node.type), (None,), False, f"{object_}.{field}", object_, NOBODY)


def element_place(base: Place) -> Place:
    assert base.type.element is not None
    return replace(base, type=base.type.element, dims=(*base.dims, frozenset(base.type.domain)))


def operator_type(operator: str, left: Type, right: Type) -> Type:
    if operator in ("==", "!=", "<", "<=", ">", ">=", "in", "&&", "||", "=>"):
        return BOOL
    for type_ in (left, right):
        if type_.kind in ("bv", "set"):
            return type_
    return BOOL if left.kind == right.kind == "bool" else INT


def extended(kept: tuple[Any, ...], part: Value) -> tuple[Any, ...]:
    root, base, path = kept
    return (root, base, (*path, part))


def index_of(value: Value) -> Value:
    return value.number if isinstance(value, values.Vector) else value


def set_of(elements: list[Value]) -> frozenset[Value]:
    """A set; of two references to one address the first stays."""
    found: dict[Value, Value] = {}
    for element in elements:
        element = element.number if isinstance(element, values.Vector) else element
        found.setdefault(values.plain(element), element)
    return frozenset(found.values())


def ordered(elements: frozenset[Value], type_: Type) -> tuple[Value, ...]:
    """The elements of a set in their order."""
    return tuple(values.adapt(v, type_) for v in sorted(elements, key=lambda v: (v is not None, values.plain(v))))


def cast(value: Value, type_: Type) -> Value:
    return values.number(value) if type_.kind == "int" else values.adapt(values.number(value), type_)


def either(one: Type, two: Type) -> Type:
    """The type of what is one or the other: the more telling one."""
    if one.kind == two.kind == "range" and one != two:
        return INT
    if (one.kind == "ref" and not one.name) or (one.kind in ("opt", "set") and one.element is None):
        return two
    return two if one.kind == "int" and two.kind == "bv" else one if one.kind != "range" or two.kind == "range" else INT


def type_of(value: Value) -> Type:
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, values.Literal):
        return Type("enum", value.kind)
    if isinstance(value, values.Vector):
        return Type("bv", high=value.width)
    if isinstance(value, frozenset):
        return Type("set", element=type_of(next(iter(value))) if value else None)
    return INT


def joined(run: Callable[[Machine, Bound], Value], type_: Type, *parts: Pure) -> Pure:
    reads = frozenset().union(*(part.reads for part in parts))
    return Pure(run, type_, reads, all(part.local for part in parts))


def quantified(
    for_all: bool, variable: str, domain: Callable[[Machine, Bound], Any], body: Callable[[Machine, Bound], Value]
) -> Callable[[Machine, Bound], bool]:
    def run(m: Machine, b: Bound) -> bool:
        for value in domain(m, b):
            if bool(body(m, {**b, variable: value})) != for_all:
                return not for_all
        return for_all

    return run


def next_machine(machine: Machine) -> Machine:
    if machine.other is None:
        raise Unsupported("' outside a step property")
    return machine.other
