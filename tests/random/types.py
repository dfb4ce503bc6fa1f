"""The types that random specs use, how they are written, and which values fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, TypeGuard, assert_never


@dataclass(frozen=True, slots=True)
class Bool:
    pass


@dataclass(frozen=True, slots=True)
class Number:
    """A range, or ``int`` (``low`` and ``high`` None)."""

    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Bits:
    width: int


@dataclass(frozen=True, slots=True)
class Enumeration:
    name: str
    literals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ref:
    target: str


@dataclass(frozen=True, slots=True)
class Instance:
    """``proc p``"""

    process: str


@dataclass(frozen=True, slots=True)
class Optional:
    element: Scalar


@dataclass(frozen=True, slots=True)
class SetOf:
    element: Scalar


Scalar: TypeAlias = Bool | Number | Bits | Enumeration | Ref | Instance | Optional | SetOf


@dataclass(frozen=True, slots=True)
class Atomic:
    """``high`` None: without bounds (``low`` is 0 then)."""

    low: int
    high: int | None
    refcount: bool


@dataclass(frozen=True, slots=True)
class Word:
    """``atomic bv<width>``; ``named``: ``atomic Marks``, whose bits have names."""

    width: int
    named: bool = False


@dataclass(frozen=True, slots=True)
class Lock:
    kind: str


@dataclass(frozen=True, slots=True)
class Array:
    """The index is a ``Bool``, ``Enumeration``, ``Instance`` or a range."""

    index: Scalar
    element: Type


@dataclass(frozen=True, slots=True)
class Struct:
    name: str
    fields: tuple[Variable, ...]


Type: TypeAlias = Scalar | Atomic | Word | Lock | Array | Struct


@dataclass(frozen=True, slots=True)
class Variable:
    """A name and its type: shared, local, parameter or field."""

    name: str
    type: Type


#: The bits that a spec may name, and their word.
MARKS = "bits Marks { BUSY, SEEN = 2 }"
MARKED = Word(3, named=True)
INT = Number(None, None)
BOOL = Bool()
LOCK_KINDS = ("mutex", "spinlock", "rwlock", "rwsem", "bitlock", "completion")


def written(type: Type) -> str:
    """Return a type as a spec writes it."""
    match type:
        case Bool():
            return "bool"
        case Number(None, _):
            return "int"
        case Number(low, high):
            return f"{low}..{high}"
        case Bits(width):
            return f"bv<{width}>"
        case Enumeration(name) | Struct(name):
            return name
        case Ref(target):
            return f"ref {target}"
        case Instance(process):
            return f"proc {process}"
        case Optional(element):
            return f"opt {written(element)}"
        case SetOf(element):
            return f"set<{written(element)}>"
        case Atomic(low, high, refcount):
            return ("refcount" if refcount else "atomic") + ("" if high is None else f" {low}..{high}")
        case Word(width, named):
            return "atomic Marks" if named else f"atomic bv<{width}>"
        case Lock(kind):
            return kind
        case Array(index, element):
            return f"{written(element)}[{written_index(index)}]"
        case _:
            assert_never(type)


def written_index(index: Scalar) -> str:
    """Return the index of an array type; an index from 0 is a count."""
    match index:
        case Instance(process):
            return process
        case Number(0, high) if high is not None:
            return str(high + 1)
        case _:
            return written(index)


def scalar(type: Type) -> TypeGuard[Scalar]:
    """Whether there are values of the type."""
    return not isinstance(type, Atomic | Word | Lock | Array | Struct)


def includes(goal: Number, source: Number) -> bool:
    """Whether every number of ``source`` is known to lie in ``goal``."""
    if goal.low is None or goal.high is None:
        return True
    return source.low is not None and source.high is not None and goal.low <= source.low and source.high <= goal.high


def finite(type: Type) -> bool:
    """Whether a value of the type can be the key of a monitor."""
    return isinstance(type, Bool | Enumeration | Ref) or (isinstance(type, Number) and type.low is not None)
