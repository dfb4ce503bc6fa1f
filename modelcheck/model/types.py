"""Types of the typed tree, their values, and constants."""

from __future__ import annotations

from dataclasses import field
from typing import TypeAlias

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.model.locks import LockKind


class ScalarType:
    """A type whose values are single codes."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class BoolType(ScalarType):
    """Values: ``False``, ``True``. Zero value: False."""


@dataclass(frozen=True, slots=True)
class IntType(ScalarType):
    """Mathematical integers. Zero value: 0."""


@dataclass(frozen=True, slots=True)
class RangeType(ScalarType):
    """Integers ``low..high``; arithmetic on them yields ``IntType``; storing outside is the fault ``range``.

    Zero value: 0 if it lies inside, else ``low``.
    """

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Bits:
    """The names that a ``bits`` declaration gives to bits: (mask, name), in order."""

    name: str
    masks: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class BvType(ScalarType):
    """Unsigned bit-vectors of ``width`` bits, wrapping arithmetic. Values 0..2**width-1. Zero value: 0.

    ``bits``: what its bits are called. That makes no other type of it.
    """

    width: int
    bits: Bits | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class EnumType(ScalarType):
    """Values: ordinals 0..len(literals)-1. Zero value: 0."""

    name: str
    literals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProcType(ScalarType):
    """Identity of an instance of a process class. Values: 0..size-1. Zero value: 0."""

    process: str
    size: int


@dataclass(frozen=True, slots=True)
class RefType(ScalarType):
    """A nullable reference. With a pool of n slots the values are 0 = null, 1+s = (slot s, live),
    1+n+s = (slot s, stale).

    A reference to a ``typestable`` object is a bare address and never becomes stale (values 0..n).
    ``==`` compares addresses: null or slot, never staleness. Zero value: 0.
    """

    target: str
    pool: int
    typestable: bool


class WrappingType:
    """A type whose values are made of those of an element type."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class OptType(WrappingType):
    """``opt T``. Values: ``None`` or a value of the element type. Zero value: none. Elements are scalar."""

    element: Type


@dataclass(frozen=True, slots=True)
class SetType(WrappingType):
    """``set<T>`` over a finite scalar type. Values: frozenset of element values. Zero value: empty."""

    element: Type


class PlaceType:
    """No value: only its parts are."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ArrayType(PlaceType):
    """``T[index]``; index is a ``RangeType``, ``EnumType``, ``ProcType`` or ``BoolType``.

    Not a value: only its elements are.
    """

    index: Type
    element: Type


@dataclass(frozen=True, slots=True)
class Constant:
    value: Value
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a struct or object. ``initial`` is a constant, or None: unassigned at the start.
    ``pending``: the timer or work item of which this bool says that it is pending; empty of other fields.
    """

    name: str
    type: Type
    initial: Constant | None
    span: Span
    pending: str = ""


@dataclass(frozen=True, slots=True)
class StructType(PlaceType):
    """A struct. Not a value: only its fields are."""

    name: str
    fields: tuple[Field, ...]


class OperatedType:
    """Changed by operations alone, never by assignments."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class AtomicType(OperatedType):
    """``atomic`` (``low`` 0, ``high`` None), ``atomic lo..hi``, ``refcount``, ``atomic bv<n>``.

    Has a ghost bit *frozen*. Zero value: 0 if it lies inside, else ``low``. ``word``: what it holds is
    no number but a bit-vector, which wraps (``low`` and ``high`` are its least and greatest value).
    """

    low: int
    high: int | None
    refcount: bool
    word: BvType | None = None


@dataclass(frozen=True, slots=True)
class LockType(OperatedType):
    """A lock or completion. Always starts free (completion: not done)."""

    kind: LockKind


class MissingType:
    """Of no variable: the result of code without one, and what `null` is before it meets a type."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class VoidType(MissingType):
    """The result of an inline without one."""


@dataclass(frozen=True, slots=True)
class NullType(MissingType):
    """The type of a bare ``null`` or ``none`` before it meets another type; never in a finished tree's variables."""


Type: TypeAlias = (
    BoolType
    | IntType
    | RangeType
    | BvType
    | EnumType
    | ProcType
    | RefType
    | OptType
    | SetType
    | ArrayType
    | StructType
    | AtomicType
    | LockType
    | VoidType
    | NullType
)
#: A value of a scalar type: bool, int (also enum ordinals, proc and ref codes, bit-vectors), None
#: (opt), frozenset (set).
Value: TypeAlias = bool | int | frozenset[int] | None
