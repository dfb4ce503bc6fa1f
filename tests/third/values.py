"""Values and types (section 3 of the semantics)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

#: bool, int, ``Vector``, ``Literal``, ``Address`` (None is null), ``Option`` (``NOTHING`` is none),
#: a frozenset; of locks: see ``zero``. As in C what is not zero, null or none is true as a condition.
Value = Any


class Unsupported(Exception):
    """A construct that this interpreter does not read."""


class Fault(Exception):
    """The run ends here."""

    def __init__(self, kind: str, subject: str) -> None:
        super().__init__(kind, subject)
        self.kind = kind
        self.subject = subject


class Blocked(Exception):
    """The step is not enabled with these choices."""


class Vector(NamedTuple):
    """A bit-vector."""

    width: int
    number: int

    def __bool__(self) -> bool:
        return self.number != 0


class Literal(NamedTuple):
    """A literal of an enum, or an instance of a process class (whose "enum" is ``proc p``)."""

    kind: str
    ordinal: int


class Address(NamedTuple):
    """A reference that is not null. Those to typestable objects are always live."""

    object: str
    slot: int
    live: bool


class Option(NamedTuple):
    """``some(value)``."""

    value: Value

    def __bool__(self) -> bool:
        return bool(self.value != ("none",))


NOTHING = Option(("none",))
UNASSIGNED = ("unassigned",)


@dataclass(frozen=True)
class Type:
    """``kind``: bool int range bv enum ref opt set array struct atomic lock void.

    ``name``: of the enum, object, struct or kind of lock; ``domain``: the indices of an array.
    """

    kind: str
    name: str = ""
    low: int | None = None
    high: int | None = None
    element: Type | None = None
    domain: tuple[Value, ...] = ()
    refcount: bool = False


BOOL, INT, VOID = Type("bool"), Type("int"), Type("void")


def zero(type_: Type) -> Value:
    match type_.kind:
        case "bool":
            return False
        case "int" | "range" | "atomic":
            return type_.low if _outside(0, type_) else 0
        case "bv":
            return Vector(type_.high or 0, 0)
        case "enum":
            return Literal(type_.name, 0)
        case "opt":
            return NOTHING
        case "set":
            return frozenset()
        case "lock":
            return {"rwlock": (False, 0), "rwsem": (False, 0), "completion": (0, False)}.get(type_.name, False)
    return None


def _outside(number: int, type_: Type) -> bool:
    return (type_.low is not None and number < type_.low) or (type_.high is not None and number > type_.high)


def number(value: Value) -> int:
    return value.number if isinstance(value, Vector) else int(value)


def ordinal(value: Value) -> int:
    """The number of an instance of a process class."""
    return value.ordinal if isinstance(value, Literal) else number(value)


def read_type(type_: Type) -> Type:
    """The type of what reading a place gives: of an atomic word a bit-vector."""
    return type_.element if type_.kind == "atomic" and type_.element is not None else type_


def held(value: Value, type_: Type) -> Value:
    """What a place of the type is found to hold."""
    return adapt(value, read_type(type_))


def adapt(value: Value, type_: Type) -> Value:
    """Return the value as one of the type: numbers become bit-vectors where one is expected."""
    if type_.kind == "bv" and isinstance(value, int | Vector):
        return Vector(type_.high or 0, number(value) % (1 << (type_.high or 0)))
    if (
        type_.kind == "opt"
        and value is not NOTHING
        and isinstance(value, Option)
        and type_.element
        and value != NOTHING
    ):
        return Option(adapt(value.value, type_.element))
    return value


def fit(value: Value, type_: Type, subject: str) -> Value:
    """Return what a store of the value leaves. Raises the fault ``range``."""
    if type_.kind in ("range", "atomic") and _outside(number(value), type_):
        raise Fault("range", subject)
    if type_.kind == "atomic":
        return number(value)
    return adapt(value, type_)


def plain(value: Value) -> Value:
    """Return what ``==`` compares: of references the address, of bit-vectors the number."""
    if isinstance(value, Address):
        return (value.object, value.slot)
    if isinstance(value, Vector):
        return value.number
    if isinstance(value, Option):
        return ("some", plain(value.value))
    if isinstance(value, frozenset):
        return frozenset(plain(v) for v in value)
    return value


def aged(value: Value, object_: str, slot: int) -> Value:
    """Return the value with each reference to the slot stale."""
    if isinstance(value, Address):
        return Address(object_, slot, False) if (value.object, value.slot) == (object_, slot) else value
    if isinstance(value, Option):
        return Option(aged(value.value, object_, slot))
    if isinstance(value, frozenset):
        return frozenset(aged(v, object_, slot) for v in value)
    if type(value) is tuple:
        return tuple(aged(v, object_, slot) for v in value)
    return value


def addresses(value: Value) -> Iterator[Address]:
    """All references in a value."""
    if isinstance(value, Address):
        yield value
    elif isinstance(value, tuple | frozenset):
        for part in value:
            yield from addresses(part)


def divided(left: int, right: int) -> tuple[int, int]:
    """Quotient and remainder, truncated towards zero."""
    quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
    return quotient, left - quotient * right


def binary(operator: str, left: Value, right: Value, owner: str, quiet: bool) -> Value:
    """The value of an operator that evaluates both its operands.

    Raises the fault ``division_by_zero`` (``quiet``: it is 0).
    """
    if operator in ("==", "!="):
        return (plain(left) == plain(right)) == (operator == "==")
    if operator == "in":
        return plain(left) in plain(right)
    if isinstance(left, frozenset):
        match operator:
            case "|":
                return left | frozenset(v for v in right if plain(v) not in plain(left))
            case "&":
                return frozenset(v for v in left if plain(v) in plain(right))
            case "-":
                return frozenset(v for v in left if plain(v) not in plain(right))
            case "<=":
                return plain(left) <= plain(right)
            case ">=":
                return plain(left) >= plain(right)
            case "<":
                return plain(left) < plain(right)
            case ">":
                return plain(left) > plain(right)
        raise Unsupported(f"{operator} of sets")
    if isinstance(left, Literal) and isinstance(right, Literal):
        left, right = left.ordinal, right.ordinal
    width = left.width if isinstance(left, Vector) else right.width if isinstance(right, Vector) else None
    a, b = number(left), number(right)
    if width is not None and operator not in ("<<", ">>"):
        a, b = a % (1 << width), b % (1 << width)
    match operator:
        case "<":
            return a < b
        case "<=":
            return a <= b
        case ">":
            return a > b
        case ">=":
            return a >= b
        case "/" | "%":
            if b == 0:
                if quiet:
                    return 0 if width is None else Vector(width, 0)
                raise Fault("division_by_zero", owner)
            result = divided(a, b)[operator == "%"]
        case "<<":
            result = 0 if width is not None and b >= width else a << b
        case ">>":
            result = 0 if width is not None and b >= width else a >> b
        case "+":
            result = a + b
        case "-":
            result = a - b
        case "*":
            result = a * b
        case "&":
            result = a & b
        case "|":
            result = a | b
        case "^":
            result = a ^ b
        case _:
            raise Unsupported(operator)
    if operator in "&|^" and isinstance(left, bool) and isinstance(right, bool):
        return bool(result)
    return result if width is None else Vector(width, result % (1 << width))


def unary(operator: str, value: Value) -> Value:
    if operator == "!":
        return not value
    result = -number(value) if operator == "-" else ~number(value)
    return Vector(value.width, result % (1 << value.width)) if isinstance(value, Vector) else result
