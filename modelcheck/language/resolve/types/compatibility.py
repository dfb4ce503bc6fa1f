"""Which types go together: what may be stored where, compared with what, and how types are called in messages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from modelcheck.ground.diagnostics import Note
from modelcheck.model import typed

BOOL = typed.BoolType()
INT = typed.IntType()
VOID = typed.VoidType()
NULL = typed.NullType()

#: Values of finite types that monitors, sets and pools may have.
FINITE_LIMIT = 4096


def describe(type: typed.Type) -> str:
    """Return a type as the user writes it."""
    match type:
        case typed.BoolType():
            return "bool"
        case typed.IntType():
            return "int"
        case typed.RangeType(low, high):
            return f"{low}..{high}"
        case typed.BvType(bits=typed.Bits(name)):
            return name
        case typed.BvType(width):
            return f"bv<{width}>"
        case typed.EnumType(name, _) | typed.StructType(name, _):
            return name
        case typed.ProcType(process, _):
            return f"proc {process}"
        case typed.RefType(target, _, _):
            return f"ref {target}"
        case typed.OptType(element):
            return f"opt {describe(element)}"
        case typed.SetType(element):
            return f"set<{describe(element)}>"
        case typed.ArrayType(index, element):
            return f"{describe(element)}[{describe(index)}]"
        case typed.AtomicType(word=typed.BvType() as content):
            return f"atomic {describe(content)}"
        case typed.AtomicType(low, high, refcount):
            word = "refcount" if refcount else "atomic"
            return word if high is None else f"{word} {low}..{high}"
        case typed.LockType(kind):
            return kind.value
        case typed.VoidType():
            return "nothing"
        case typed.NullType():
            return "null"
        case _:
            assert_never(type)


def is_number(type: typed.Type) -> bool:
    """Whether ``type`` is ``int`` or a range (they mix freely)."""
    return isinstance(type, typed.IntType | typed.RangeType)


def is_scalar(type: typed.Type) -> bool:
    """Whether a value of ``type`` can be read, stored and compared as one thing."""
    return isinstance(
        type,
        typed.BoolType
        | typed.IntType
        | typed.RangeType
        | typed.BvType
        | typed.EnumType
        | typed.ProcType
        | typed.RefType
        | typed.OptType
        | typed.SetType,
    )


def value_type(type: typed.Type) -> typed.Type:
    """Return the type of what a load of a place of ``type`` yields: of an atomic what it holds."""
    if isinstance(type, typed.AtomicType):
        if type.word is not None:
            return type.word
        return INT if type.high is None else typed.RangeType(type.low, type.high)
    return type


def values(type: typed.Type) -> range | None:
    """Return the encoded values of a finite scalar type without structure, None for all other types."""
    match type:
        case typed.BoolType():
            return range(2)
        case typed.RangeType(low, high):
            return range(low, high + 1)
        case typed.BvType(width):
            return range(1 << width)
        case typed.EnumType(_, literals):
            return range(len(literals))
        case typed.ProcType(_, size):
            return range(size)
        case typed.RefType(_, pool, _):
            return range(1 + pool)
        case typed.IntType() | typed.WrappingType() | typed.PlaceType() | typed.OperatedType() | typed.MissingType():
            return None
        case _:
            assert_never(type)


def zero(type: typed.Type) -> typed.Value:
    """Return the zero value of a scalar type."""
    match type:
        case typed.BoolType():
            return False
        case typed.RangeType(low, high):
            return 0 if low <= 0 <= high else low
        case typed.OptType():
            return None
        case typed.SetType():
            return frozenset()
        case (
            typed.IntType()
            | typed.BvType()
            | typed.EnumType()
            | typed.ProcType()
            | typed.RefType()
            | typed.PlaceType()
            | typed.OperatedType()
            | typed.MissingType()
        ):
            return 0
        case _:
            assert_never(type)


def includes(type: typed.Type, other: typed.Type) -> bool:
    """Whether every number of ``other`` is one of ``type`` (both numbers)."""
    if isinstance(type, typed.IntType):
        return True
    if isinstance(type, typed.RangeType) and isinstance(other, typed.RangeType):
        return type.low <= other.low and other.high <= type.high
    return False


def leaf(type: typed.Type) -> typed.Type:
    """Return the element type below all array dimensions."""
    while isinstance(type, typed.ArrayType):
        type = type.element
    return type


def leaves(type: typed.Type) -> Iterable[typed.Type]:
    """Yield all leaf types inside ``type``."""
    type = leaf(type)
    if isinstance(type, typed.StructType):
        for field in type.fields:
            yield from leaves(field.type)
    else:
        yield type


def size(type: typed.Type) -> int:
    """Return the number of leaf cells of a variable of ``type``."""
    if isinstance(type, typed.ArrayType):
        return len(values(type.index) or ()) * size(type.element)
    if isinstance(type, typed.StructType):
        return sum(size(field.type) for field in type.fields)
    return 1


def one_number_meant(type: typed.Type) -> tuple[Note, ...]:
    """What to say to somebody who has written ``int[0..3]`` for a number from 0 to 3."""
    match type:
        case typed.ArrayType(typed.RangeType(low, high), typed.IntType()):
            return (
                Note(
                    f"it holds a number for each of {low} to {high}; one number from {low} to {high} is `{low}..{high}`"
                ),
            )
        case typed.ScalarType() | typed.WrappingType() | typed.PlaceType() | typed.OperatedType() | typed.MissingType():
            return ()
        case _:
            assert_never(type)
