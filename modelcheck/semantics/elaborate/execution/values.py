"""Symbolic values: how values of the language's types are made of IR terms.

A scalar is one term; an optional is a pair (present, value) whose value is the zero value when
absent; a set is a tuple of booleans, one for each possible element. Everything that equal states
must have equal codes for is canonical here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias, assert_never

from modelcheck.ground.records import dataclass
from modelcheck.ir.terms import BOOL, INT, BvSort, Op, Sort, Term, TermFactory
from modelcheck.model import typed

SymbolicValue: TypeAlias = "Term | tuple[SymbolicValue, ...]"

#: The same nesting with state variable ids at the leaves.
Shape: TypeAlias = "int | tuple[Shape, ...]"


@dataclass(frozen=True, slots=True)
class Scalar:
    """One scalar component of a type. ``pattern`` makes its name from that of the whole (``the({})``)."""

    sort: Sort
    low: int | None
    high: int | None
    zero: bool | int
    pattern: str


def is_scalar(type: typed.Type) -> bool:
    """Whether a value of the type is a single term."""
    return not isinstance(type, typed.OptType | typed.SetType)


def ref_high(type: typed.RefType) -> int:
    """The largest code of a reference."""
    return type.pool if type.typestable else 2 * type.pool


def bounds(type: typed.Type) -> tuple[int | None, int | None]:
    """The least and greatest code of a type that is an integer term (None: unbounded)."""
    match type:
        case typed.RangeType(low, high):
            return low, high
        case typed.EnumType(_, literals):
            return 0, len(literals) - 1
        case typed.ProcType(_, size):
            return 0, size - 1
        case typed.RefType():
            return 0, ref_high(type)
        case typed.AtomicType(low, high):
            return low, high
        case typed.BoolType():
            return 0, 1
        case typed.BvType(width):
            return 0, (1 << width) - 1
        case typed.NullType():
            return 0, 0
        case typed.IntType() | typed.WrappingType() | typed.PlaceType() | typed.LockType() | typed.VoidType():
            return None, None
        case _:
            assert_never(type)


def zero_code(type: typed.Type) -> bool | int:
    """The zero value of a scalar type."""
    match type:
        case typed.BoolType():
            return False
        case typed.RangeType(low, high) | typed.AtomicType(low, high):
            return 0 if low <= 0 and (high is None or high >= 0) else low
        case (
            typed.IntType()
            | typed.BvType()
            | typed.EnumType()
            | typed.ProcType()
            | typed.RefType()
            | typed.WrappingType()
            | typed.PlaceType()
            | typed.LockType()
            | typed.MissingType()
        ):
            return 0
        case _:
            assert_never(type)


def element_codes(type: typed.Type) -> range:
    """The codes of a finite scalar type, in order (raises ValueError for an infinite one)."""
    low, high = bounds(type)
    if low is None or high is None:
        raise ValueError(type)
    return range(low, high + 1)


def code_name(type: typed.Type, code: int) -> str:
    """A code as the user writes it."""
    match type:
        case typed.BoolType():
            return "true" if code else "false"
        case typed.EnumType(_, literals):
            return literals[code]
        case typed.ProcType(process, _):
            return f"{process}[{code}]"
        case typed.RefType(target, pool, _):
            if code == 0:
                return "null"
            return f"{target}[{(code - 1) % pool}]" + (" (stale)" if code > pool else "")
        case (
            typed.IntType()
            | typed.RangeType()
            | typed.BvType()
            | typed.WrappingType()
            | typed.PlaceType()
            | typed.OperatedType()
            | typed.MissingType()
        ):
            return str(code)
        case _:
            assert_never(type)


@lru_cache(maxsize=512)
def components(type: typed.Type) -> tuple[Scalar, ...]:
    """The scalar components of a value type, in the order of ``flatten``."""
    match type:
        case typed.BoolType():
            return (Scalar(BOOL, None, None, False, "{}"),)
        case typed.BvType(width) | typed.AtomicType(word=typed.BvType(width)):
            return (Scalar(BvSort(width), None, None, 0, "{}"),)
        case typed.OptType(element):
            inner = (Scalar(s.sort, s.low, s.high, s.zero, f"the({s.pattern})") for s in components(element))
            return (Scalar(BOOL, None, None, False, "{} != none"), *inner)
        case typed.SetType(element):
            return tuple(
                Scalar(BOOL, None, None, False, f"{code_name(element, c)} in {{}}") for c in element_codes(element)
            )
        case (
            typed.IntType()
            | typed.RangeType()
            | typed.EnumType()
            | typed.ProcType()
            | typed.RefType()
            | typed.PlaceType()
            | typed.OperatedType()
            | typed.MissingType()
        ):
            low, high = bounds(type)
            return (Scalar(INT, low, high, zero_code(type), "{}"),)
        case _:
            assert_never(type)


def build(type: typed.Type, leaves: list[int]) -> Shape:
    """Nest flat leaves (taken from the front of the list) as a value of the type is nested."""
    match type:
        case typed.OptType(element):
            present = leaves.pop(0)
            return (present, build(element, leaves))
        case typed.SetType(element):
            return tuple(leaves.pop(0) for _ in element_codes(element))
        case typed.ScalarType() | typed.PlaceType() | typed.OperatedType() | typed.MissingType():
            return leaves.pop(0)
        case _:
            assert_never(type)


class Values:
    """Operations on symbolic values of one term factory."""

    def __init__(self, terms: TermFactory) -> None:
        self.terms = terms

    def zero(self, type: typed.Type) -> SymbolicValue:
        """The zero value of the type."""
        match type:
            case typed.OptType(element):
                return (self.terms.false, self.zero(element))
            case typed.SetType(element):
                return tuple(self.terms.false for _ in element_codes(element))
            case typed.ScalarType() | typed.PlaceType() | typed.OperatedType() | typed.MissingType():
                scalar = components(type)[0]
                return self.terms.constant(scalar.zero, scalar.sort)
            case _:
                assert_never(type)

    def constant(self, value: typed.Value, type: typed.Type) -> SymbolicValue:
        """A constant of the typed tree as a symbolic value."""
        match type:
            case typed.OptType(element):
                if value is None:
                    return self.zero(type)
                return (self.terms.true, self.constant(value, element))
            case typed.SetType(element):
                chosen = value if isinstance(value, frozenset) else frozenset()
                return tuple(self.terms.boolean(c in chosen) for c in element_codes(element))
            case typed.NullType():
                return self.terms.integer(0)
            case typed.ScalarType() | typed.PlaceType() | typed.OperatedType() | typed.VoidType():
                assert isinstance(value, bool | int), (value, type)
                return self.terms.constant(value, components(type)[0].sort)
            case _:
                assert_never(type)

    def code(self, code: int, type: typed.Type) -> Term:
        """The scalar value with that code (an ordinal, a reference code, a number)."""
        return self.terms.constant(bool(code) if isinstance(type, typed.BoolType) else code, components(type)[0].sort)

    def merge(self, condition: Term, then: SymbolicValue, otherwise: SymbolicValue) -> SymbolicValue:
        """``condition ? then : otherwise``"""
        if then is otherwise or condition.is_true:
            return then
        if condition.is_false:
            return otherwise
        if isinstance(then, Term):
            assert isinstance(otherwise, Term)
            return self.terms.ite(condition, then, otherwise)
        assert isinstance(otherwise, tuple)
        return tuple(self.merge(condition, a, b) for a, b in zip(then, otherwise, strict=True))

    def map(self, value: SymbolicValue, change: Callable[[Term], Term]) -> SymbolicValue:
        """Apply a function to every leaf."""
        if isinstance(value, Term):
            return change(value)
        return tuple(self.map(v, change) for v in value)

    def address(self, reference: Term, type: typed.Type) -> Term:
        """The address of a reference: 0 for null, 1 + slot."""
        if not isinstance(type, typed.RefType) or type.typestable:
            return reference
        n = self.terms.integer(type.pool)
        return self.terms.ite(self.terms.lt(n, reference), self.terms.sub(reference, n), reference)

    def equal(self, a: SymbolicValue, a_type: typed.Type, b: SymbolicValue, b_type: typed.Type) -> Term:
        """``a == b``: references by address, optionals and sets by their contents."""
        if isinstance(a_type, typed.OptType) and isinstance(b_type, typed.OptType):
            assert isinstance(a, tuple)
            assert isinstance(b, tuple)
            return self.terms.and_(
                self.terms.eq(_term(a[0]), _term(b[0])), self.equal(a[1], a_type.element, b[1], b_type.element)
            )
        if isinstance(a, tuple):
            assert isinstance(b, tuple)
            return self.terms.and_(*(self.equal(x, a_type, y, b_type) for x, y in zip(a, b, strict=True)))
        assert isinstance(b, Term)
        if isinstance(a_type, typed.RefType):
            return self.same_address(a, a_type, b, b_type)
        if isinstance(b_type, typed.RefType):
            return self.same_address(b, b_type, a, a_type)
        return self.terms.eq(a, b)

    def same_address(self, a: Term, a_type: typed.RefType, b: Term, b_type: typed.Type) -> Term:
        """Whether two references have one address (null has its own)."""
        if a_type.typestable or a is b:
            return self.terms.eq(a, b)
        for x, y in ((a, b), (b, a)):
            if isinstance(y.payload, int) and not y.args and y.op is Op.CONST:
                return self.at_address(x, a_type, (y.payload - 1) % a_type.pool if y.payload else None)
        return self.terms.eq(self.address(a, a_type), self.address(b, b_type))

    def at_address(self, reference: Term, type: typed.RefType, slot: int | None) -> Term:
        """Whether the reference points to that slot, live or stale (None: is null)."""
        if slot is None:
            return self.terms.eq(reference, self.terms.integer(0))
        live = self.terms.eq(reference, self.terms.integer(1 + slot))
        if type.typestable:
            return live
        return self.terms.or_(live, self.terms.eq(reference, self.terms.integer(1 + type.pool + slot)))


def flatten(value: SymbolicValue) -> tuple[Term, ...]:
    """The leaves of a value, in order."""
    if isinstance(value, Term):
        return (value,)
    return tuple(leaf for v in value for leaf in flatten(v))


def flatten_shape(shape: Shape) -> tuple[int, ...]:
    """The leaves of a shape, in order."""
    if isinstance(shape, int):
        return (shape,)
    return tuple(leaf for s in shape for leaf in flatten_shape(s))


def _term(value: SymbolicValue) -> Term:
    assert isinstance(value, Term)
    return value
