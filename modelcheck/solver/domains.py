"""Which values a term can take: small finite sets, else intervals.

A non-relational abstract interpretation (Cousot & Cousot, POPL 1977) of terms. It serves the
unrolling twice: a term that can take a single value is that constant, and an integer term gets a
bit-vector just wide enough for every value it can take, so that bit-vector arithmetic is exact.
Booleans are 0 and 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import assert_never

from modelcheck.ground.records import dataclass
from modelcheck.ir.terms import (
    LARGEST_SHIFT,
    BoolSort,
    BvSort,
    IntSort,
    Op,
    Sort,
    Term,
    evaluate_arithmetic,
    post_order,
)

#: Sets larger than this become intervals.
LARGEST_SET = 32


@dataclass(frozen=True, slots=True)
class Domain:
    """The values from ``low`` to ``high`` (None: unbounded); if ``values`` is given, only those."""

    low: int | None
    high: int | None
    values: frozenset[int] | None = None

    @property
    def bounded(self) -> bool:
        return self.low is not None and self.high is not None

    @property
    def single(self) -> int | None:
        """The value if there is only one."""
        return self.low if self.low is not None and self.low == self.high else None

    def __contains__(self, value: int) -> bool:
        if self.values is not None:
            return value in self.values
        return (self.low is None or self.low <= value) and (self.high is None or value <= self.high)

    def join(self, other: Domain) -> Domain:
        """The union (an interval that contains it, if it is large)."""
        if self is other or self == other:
            return self
        if self.values is not None and other.values is not None:
            return of_values(self.values | other.values)
        low = None if self.low is None or other.low is None else min(self.low, other.low)
        high = None if self.high is None or other.high is None else max(self.high, other.high)
        return interval(low, high)

    def meet(self, low: int | None, high: int | None) -> Domain | None:
        """The part from ``low`` to ``high``; None if it is empty."""
        if self.values is not None:
            kept = frozenset(v for v in self.values if (low is None or low <= v) and (high is None or v <= high))
            return of_values(kept) if kept else None
        new_low = self.low if low is None else low if self.low is None else max(low, self.low)
        new_high = self.high if high is None else high if self.high is None else min(high, self.high)
        if new_low is not None and new_high is not None and new_low > new_high:
            return None
        return interval(new_low, new_high)


def of_values(values: Iterable[int]) -> Domain:
    """The domain of these values (at least one)."""
    found = frozenset(values)
    return Domain(min(found), max(found), found if len(found) <= LARGEST_SET else None)


def interval(low: int | None, high: int | None) -> Domain:
    if low is not None and high is not None and high - low < LARGEST_SET:
        return Domain(low, high, frozenset(range(low, high + 1)))
    return Domain(low, high)


FALSE = of_values((0,))
TRUE = of_values((1,))
BOTH = of_values((0, 1))


def domain_of_sort(sort: Sort) -> Domain:
    """All values of a sort."""
    match sort:
        case BoolSort():
            return BOTH
        case IntSort():
            return Domain(None, None)
        case BvSort(width):
            return interval(0, (1 << width) - 1)
        case _:
            assert_never(sort)


class DomainEvaluator:
    """Evaluates terms of one factory over one assignment of domains to variables.

    A variable without a domain in ``variables`` has all values of its sort.
    """

    def __init__(self, variables: Mapping[int, Domain]) -> None:
        self._variables = variables
        self._memo: dict[int, Domain] = {}

    def __call__(self, term: Term) -> Domain:
        found = self._memo.get(term.id)
        if found is None:
            for node in post_order((term,)):
                if node.id not in self._memo:
                    self._memo[node.id] = self._node(node)
            found = self._memo[term.id]
        return found

    def _node(self, node: Term) -> Domain:
        memo = self._memo
        match node.op:
            case Op.CONST:
                assert node.payload is not None
                return of_values((int(node.payload),))
            case Op.VAR:
                assert node.payload is not None
                found = self._variables.get(int(node.payload))
                return domain_of_sort(node.sort) if found is None else found
            case Op.NOT:
                inner = memo[node.args[0].id]
                return BOTH if inner.single is None else FALSE if inner.single else TRUE
            case Op.AND:
                parts = [memo[a.id].single for a in node.args]
                return FALSE if 0 in parts else BOTH if None in parts else TRUE
            case Op.OR:
                parts = [memo[a.id].single for a in node.args]
                return TRUE if 1 in parts else BOTH if None in parts else FALSE
            case Op.ITE:
                condition = memo[node.args[0].id].single
                if condition is None:
                    return memo[node.args[1].id].join(memo[node.args[2].id])
                return memo[node.args[1 if condition else 2].id]
            case Op.EQ:
                return _equal(memo[node.args[0].id], memo[node.args[1].id])
            case Op.LT:
                return _less(memo[node.args[0].id], memo[node.args[1].id], strict=True)
            case Op.LE:
                return _less(memo[node.args[0].id], memo[node.args[1].id], strict=False)
            case Op.BVNOT:
                assert isinstance(node.sort, BvSort)
                inner = memo[node.args[0].id]
                top = (1 << node.sort.width) - 1
                assert inner.low is not None
                assert inner.high is not None
                if inner.values is not None:
                    return of_values(top - v for v in inner.values)
                return interval(top - inner.high, top - inner.low)
            case Op.INT_TO_BV | Op.RESIZE:
                return _wrap(memo[node.args[0].id], node.sort)
            case Op.BV_TO_INT:
                return memo[node.args[0].id]
            case Op.ADD | Op.MUL:
                return reduce(lambda a, b: _binary(node.op, a, b, node.sort), (memo[a.id] for a in node.args))
            case Op.SUB | Op.DIV | Op.MOD | Op.BVAND | Op.BVOR | Op.BVXOR | Op.SHL | Op.SHR:
                return _binary(node.op, memo[node.args[0].id], memo[node.args[1].id], node.sort)
            case _:
                assert_never(node.op)


def _equal(a: Domain, b: Domain) -> Domain:
    if a.single is not None and a.single == b.single:
        return TRUE
    if a.values is not None and b.values is not None:
        return FALSE if a.values.isdisjoint(b.values) else BOTH
    if (a.low is not None and b.high is not None and a.low > b.high) or (
        b.low is not None and a.high is not None and b.low > a.high
    ):
        return FALSE
    if (a.single is not None and a.single not in b) or (b.single is not None and b.single not in a):
        return FALSE
    return BOTH


def _less(a: Domain, b: Domain, *, strict: bool) -> Domain:
    if a.high is not None and b.low is not None and (a.high < b.low or (not strict and a.high == b.low)):
        return TRUE
    if a.low is not None and b.high is not None and (a.low > b.high or (strict and a.low == b.high)):
        return FALSE
    return BOTH


def _wrap(a: Domain, sort: Sort) -> Domain:
    """The domain reduced modulo 2**width, for bit-vectors."""
    match sort:
        case BvSort(width):
            size = 1 << width
            if a.low is not None and a.high is not None and a.low >= 0 and a.high < size:
                return a
            if a.values is not None:
                return of_values(v % size for v in a.values)
            return interval(0, size - 1)
        case _:
            return a


def _binary(op: Op, a: Domain, b: Domain, sort: Sort) -> Domain:
    if (
        a.values is not None
        and b.values is not None
        and len(a.values) * len(b.values) <= 4 * LARGEST_SET
        and (op not in (Op.SHL, Op.SHR) or all(0 <= v <= LARGEST_SHIFT for v in b.values))
    ):
        return _wrap(of_values(evaluate_arithmetic(op, x, y) for x in a.values for y in b.values), sort)
    return _wrap(_binary_interval(op, a, b), sort)


def _binary_interval(op: Op, a: Domain, b: Domain) -> Domain:
    match op:
        case Op.ADD:
            return interval(
                None if a.low is None or b.low is None else a.low + b.low,
                None if a.high is None or b.high is None else a.high + b.high,
            )
        case Op.SUB:
            return interval(
                None if a.low is None or b.high is None else a.low - b.high,
                None if a.high is None or b.low is None else a.high - b.low,
            )
        case Op.MUL:
            if a.low is not None and a.high is not None and b.low is not None and b.high is not None:
                corners = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
                return interval(min(corners), max(corners))
            if a.low is not None and a.low >= 0 and b.low is not None and b.low >= 0:
                return interval(a.low * b.low, None)
            return Domain(None, None)
        case Op.DIV:
            # |a / b| <= |a|, and the sign is that of a if b is not negative
            size = _magnitude(a)
            if a.low is not None and a.low >= 0 and b.low is not None and b.low >= 0:
                return interval(0, a.high)
            return Domain(None, None) if size is None else interval(-size, size)
        case Op.MOD:
            divisor, size = _magnitude(b), _magnitude(a)
            bounds = [x for x in (size, None if divisor is None else max(divisor - 1, 0)) if x is not None]
            bound = min(bounds) if bounds else None
            low = 0 if a.low is not None and a.low >= 0 else None if bound is None else -bound
            high = 0 if a.high is not None and a.high <= 0 else bound
            return interval(low, high)
        case Op.BVAND | Op.BVOR | Op.BVXOR:
            size_a, size_b = _magnitude(a), _magnitude(b)
            if op is Op.BVAND:
                tops = [d.high for d in (a, b) if d.low is not None and d.low >= 0 and d.high is not None]
                if tops:  # a non-negative operand masks the other
                    return interval(0, min(tops))
            if size_a is None or size_b is None:
                return Domain(None, None)
            top = (1 << max(size_a, size_b).bit_length()) - 1
            natural = a.low is not None and a.low >= 0 and b.low is not None and b.low >= 0
            return interval(0 if natural else -top - 1, top)
        case Op.SHL:
            if b.high is None or a.low is None or a.high is None:
                return Domain(None, None)
            factor = 1 << min(max(b.high, 0), LARGEST_SHIFT)
            return interval(min(a.low, a.low * factor), max(a.high, a.high * factor))
        case Op.SHR:
            low = None if a.low is None else min(a.low, 0)
            high = None if a.high is None else max(a.high, -1 if a.high < 0 else 0)
            return interval(low, high)
        case _:
            raise AssertionError(op)


def _magnitude(a: Domain) -> int | None:
    return None if a.low is None or a.high is None else max(abs(a.low), abs(a.high))
