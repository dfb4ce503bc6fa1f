"""Terms of the intermediate representation as z3 expressions, exactly.

There are two encodings of integer terms. Booleans and bit-vectors are the same in both.

* *finite*: a term whose values lie between two known bounds is a bit-vector just wide enough for
  every value it can take, in two's complement if it can be negative. Operands are extended to a
  width in which the operation cannot overflow.
* *integer*: a term is a z3 integer.

In both, a term that can take one value only is a constant, and what it was made of is not encoded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import assert_never

import z3

from modelcheck.ground.records import dataclass
from modelcheck.ir.system import Variable
from modelcheck.ir.terms import BoolSort, BvSort, IntSort, Op, Sort, Term
from modelcheck.result.reasons.lengths import Inexpressible, NotEncoded, TooManyBits
from modelcheck.solver.builder import Bool, Builder, Expr
from modelcheck.solver.domains import Domain, DomainEvaluator

#: Wider integers are not encoded as bit-vectors: bit-blasting them costs more than integer reasoning.
WIDEST = 64


class Unencodable(Exception):
    """The term has no encoding of the kind asked for; ``why`` says what cannot be told."""

    def __init__(self, why: Inexpressible) -> None:
        self.why = why
        super().__init__(str(why))


@dataclass(frozen=True, slots=True)
class Shape:
    """How a bounded integer is represented: bits, two's complement if ``signed``."""

    width: int
    signed: bool

    def common(self, other: Shape) -> Shape:
        """The least shape that represents what either represents."""
        if self.signed == other.signed:
            return Shape(max(self.width, other.width), self.signed)
        signed, natural = (self, other) if self.signed else (other, self)
        return Shape(max(signed.width, natural.width + 1), True)


def shape_of(domain: Domain) -> Shape:
    """The least shape for a bounded domain.

    Raises ``Unencodable`` if the domain is unbounded or too wide.
    """
    if domain.low is None or domain.high is None:
        raise Unencodable(NotEncoded.UNBOUNDED)
    if domain.low >= 0:
        shape = Shape(max(domain.high.bit_length(), 1), False)
    else:
        shape = Shape(max((-domain.low - 1).bit_length(), domain.high.bit_length()) + 1, True)
    if shape.width > WIDEST:
        raise Unencodable(TooManyBits(shape.width))
    return shape


@dataclass(frozen=True, slots=True)
class Names:
    """How variables are encoded. ``value`` gives the expression of a variable that can take several values.

    ``equals(variable, value)`` may give a literal that says that the variable has that value (None:
    there is no such literal).
    """

    value: Callable[[int], Expr]
    equals: Callable[[int, int], Bool | None]


def no_literal(variable: int, value: int) -> Bool | None:
    """For ``Names.equals`` where there are no such literals."""
    return None


class Encoder:
    """Encodes terms of one factory over one set of names; equal terms are encoded once."""

    def __init__(self, builder: Builder, domains: DomainEvaluator, names: Names, *, finite: bool) -> None:
        self.builder = builder
        self.domains = domains
        self.finite = finite
        self._names = names
        self._memo: dict[int, Expr] = {}

    def __call__(self, term: Term) -> Expr:
        """Return the expression. Raises ``Unencodable``."""
        memo = self._memo
        found = memo.get(term.id)
        if found is not None:
            return found
        stack = [term]
        while stack:
            node = stack[-1]
            if node.id in memo:
                stack.pop()
                continue
            single = self.domains(node).single
            if single is not None:
                memo[node.id] = self.constant(single, node)
                stack.pop()
                continue
            needed = [a for a in self._relevant(node) if a.id not in memo]
            if needed:
                stack.extend(needed)
            else:
                memo[node.id] = self._node(node)
                stack.pop()
        return memo[term.id]

    def boolean(self, term: Term) -> Bool:
        """As ``__call__``, of a boolean term."""
        return self(term)

    def shape(self, term: Term) -> Shape:
        """The shape of an integer term in the finite encoding."""
        return shape_of(self.domains(term))

    def constant(self, value: int, term: Term) -> Expr:
        """The constant ``value`` in the representation of ``term``."""
        return constant(self.builder, value, term.sort, self.domains(term), finite=self.finite)

    def fitted(self, term: Term, shape: Shape) -> Expr:
        """An integer term of the finite encoding as a bit-vector of another shape (modulo its width)."""
        own = self.shape(term)
        return self.builder.extend(self(term), own.width, shape.width, signed=own.signed)

    def _relevant(self, node: Term) -> tuple[Term, ...]:
        """The arguments that matter, given what is constant."""
        match node.op:
            case Op.ITE:
                condition = self.domains(node.args[0]).single
                return node.args if condition is None else (node.args[1 if condition else 2],)
            case Op.AND | Op.OR:
                return tuple(a for a in node.args if self.domains(a).single is None)
            case Op.EQ:
                return () if self._literal(node) is not None else node.args
            case _:
                return node.args

    def _literal(self, node: Term) -> Bool | None:
        a, b = node.args
        if a.op is not Op.VAR:
            a, b = b, a
        if a.op is not Op.VAR:
            return None
        value = self.domains(b).single
        assert a.payload is not None
        return None if value is None else self._names.equals(int(a.payload), value)

    def _node(self, node: Term) -> Expr:
        b, args = self.builder, [self._memo.get(a.id) for a in node.args]
        match node.op:
            case Op.CONST:
                raise AssertionError(node)
            case Op.VAR:
                assert node.payload is not None
                return self._names.value(int(node.payload))
            case Op.NOT:
                return b.not_(args[0])
            case Op.AND:
                return b.and_(self._memo[a.id] for a in self._relevant(node))
            case Op.OR:
                return b.or_(self._memo[a.id] for a in self._relevant(node))
            case Op.ITE:
                return self._ite(node)
            case Op.EQ:
                literal = self._literal(node)
                return literal if literal is not None else self._compare(node)
            case Op.LT | Op.LE:
                return self._compare(node)
            case Op.INT_TO_BV:
                assert isinstance(node.sort, BvSort)
                if self.finite:
                    return self.fitted(node.args[0], Shape(node.sort.width, False))
                return b.int_to_bv(args[0], node.sort.width)
            case Op.BV_TO_INT:
                source = node.args[0].sort
                assert isinstance(source, BvSort)
                if self.finite:
                    return b.extend(args[0], source.width, self.shape(node).width, signed=False)
                return b.bv_to_int(args[0], signed=False)
            case Op.RESIZE:
                source = node.args[0].sort
                assert isinstance(source, BvSort)
                assert isinstance(node.sort, BvSort)
                return b.extend(args[0], source.width, node.sort.width, signed=False)
            case Op.BVNOT:
                return b.bv_not(args[0])
            case Op.ADD | Op.SUB | Op.MUL | Op.DIV | Op.MOD | Op.BVAND | Op.BVOR | Op.BVXOR | Op.SHL | Op.SHR:
                if isinstance(node.sort, BvSort):
                    return self._bitvector(node.op, [self._memo[a.id] for a in node.args], node.sort.width)
                return self._finite(node) if self.finite else self._integer(node)
            case _:
                assert_never(node.op)

    def _ite(self, node: Term) -> Expr:
        condition = self.domains(node.args[0]).single
        if condition is not None:
            branch = node.args[1 if condition else 2]
            return self._in_shape_of(branch, node)
        then, otherwise = (self._in_shape_of(a, node) for a in node.args[1:])
        return self.builder.ite(self._memo[node.args[0].id], then, otherwise)

    def _in_shape_of(self, term: Term, node: Term) -> Expr:
        if self.finite and isinstance(node.sort, IntSort):
            return self.fitted(term, self.shape(node))
        return self(term)

    def _compare(self, node: Term) -> Bool:
        b, (left, right) = self.builder, node.args
        match left.sort:
            case BoolSort():
                return b.eq(self(left), self(right))
            case IntSort() if not self.finite:
                x, y = self(left), self(right)
                return b.eq(x, y) if node.op is Op.EQ else b.int_lt(x, y) if node.op is Op.LT else b.int_le(x, y)
            case IntSort():
                shape = self.shape(left).common(self.shape(right))
                x, y, signed = self.fitted(left, shape), self.fitted(right, shape), shape.signed
            case BvSort():
                x, y, signed = self(left), self(right), False
            case _:
                assert_never(left.sort)
        if node.op is Op.EQ:
            return b.eq(x, y)
        return b.bv_lt(x, y, signed=signed) if node.op is Op.LT else b.bv_le(x, y, signed=signed)

    def _bitvector(self, op: Op, args: list[Expr], width: int) -> Expr:
        """A bit-vector operator; division by zero yields zero."""
        b, (x, y) = self.builder, args
        zero = b.bitvector(0, width)
        match op:
            case Op.ADD:
                return b.bv_add(x, y)
            case Op.SUB:
                return b.bv_sub(x, y)
            case Op.MUL:
                return b.bv_mul(x, y)
            case Op.DIV:
                return b.ite(b.eq(y, zero), zero, b.bv_div(x, y, signed=False))
            case Op.MOD:
                return b.ite(b.eq(y, zero), zero, b.bv_rem(x, y, signed=False))
            case Op.BVAND:
                return b.bv_and(x, y)
            case Op.BVOR:
                return b.bv_or(x, y)
            case Op.BVXOR:
                return b.bv_xor(x, y)
            case Op.SHL:
                return b.bv_shl(x, y)
            case Op.SHR:
                return b.bv_shr(x, y, signed=False)
            case _:
                raise AssertionError(op)

    def _finite(self, node: Term) -> Expr:
        """An integer operator on bit-vectors. Sums and products are right modulo any width in which the result fits."""
        b, shape = self.builder, self.shape(node)
        if node.op in (Op.ADD, Op.SUB, Op.MUL):
            make = {Op.ADD: b.bv_add, Op.SUB: b.bv_sub, Op.MUL: b.bv_mul}[node.op]
            total = self.fitted(node.args[0], shape)
            for arg in node.args[1:]:
                total = make(total, self.fitted(arg, shape))
            return total
        left, right = node.args
        if node.op is Op.SHL:
            self._check_shift(right)
            return b.bv_shl(self.fitted(left, shape), self.fitted(right, shape))
        own = self.shape(left)
        if node.op is Op.SHR:
            self._check_shift(right)
            work = Shape(max(own.width, self.shape(right).width), own.signed)
            result = b.bv_shr(self.fitted(left, work), self.fitted(right, work), signed=work.signed)
            return b.extend(result, work.width, shape.width, signed=work.signed)
        work = own.common(self.shape(right))
        if node.op in (Op.DIV, Op.MOD):
            work = Shape(work.width + 1, work.signed)  # the least number divided by -1
            x, y = self.fitted(left, work), self.fitted(right, work)
            zero = b.bitvector(0, work.width)
            make_division = b.bv_div if node.op is Op.DIV else b.bv_rem
            result = b.ite(b.eq(y, zero), zero, make_division(x, y, signed=work.signed))
        else:
            result = self._bitvector(node.op, [self.fitted(left, work), self.fitted(right, work)], work.width)
        return b.extend(result, work.width, shape.width, signed=work.signed)

    def _check_shift(self, amount: Term) -> Domain:
        domain = self.domains(amount)
        if domain.low is None or domain.low < 0:
            raise Unencodable(NotEncoded.NEGATIVE_SHIFT)
        return domain

    def _integer(self, node: Term) -> Expr:
        b = self.builder
        if node.op in (Op.ADD, Op.MUL):
            parts = [self(a) for a in node.args]
            return b.int_add(parts) if node.op is Op.ADD else b.int_mul(parts)
        left, right = node.args
        x, y, zero = self(left), self(right), b.integer(0)
        match node.op:
            case Op.SUB:
                return b.int_sub(x, y)
            case Op.DIV | Op.MOD:
                # SMT-LIB's div and mod agree with C's for a dividend that is not negative
                make = b.int_div if node.op is Op.DIV else b.int_mod
                natural = b.int_le(zero, x)
                result = b.ite(natural, make(x, y), b.int_neg(make(b.int_neg(x), y)))
                return b.ite(b.eq(y, zero), zero, result)
            case Op.SHL | Op.SHR:
                return self._integer_shift(node)
            case Op.BVAND | Op.BVOR | Op.BVXOR:
                # needs bounds: as bit-vectors and back
                work = self.shape(left).common(self.shape(right))
                bits = [b.int_to_bv(e, work.width) for e in (x, y)]
                return b.bv_to_int(self._bitvector(node.op, bits, work.width), signed=work.signed)
            case _:
                raise AssertionError(node.op)

    def _integer_shift(self, node: Term) -> Expr:
        """Case by case over the amount: multiplication by, or floor division by, a power of two."""
        b, x, amount = self.builder, self(node.args[0]), self._check_shift(node.args[1])
        if amount.high is None or amount.high > WIDEST:
            raise Unencodable(NotEncoded.UNBOUNDED_SHIFT)
        shift = self(node.args[1])
        result: Expr | None = None
        assert amount.low is not None
        for i in range(amount.low, amount.high + 1):
            power = b.integer(1 << i)
            case = b.int_mul((x, power)) if node.op is Op.SHL else b.int_div(x, power)
            result = case if result is None else b.ite(b.eq(shift, b.integer(i)), case, result)
        assert result is not None
        return result


def constant(builder: Builder, value: int, sort: Sort, domain: Domain, *, finite: bool) -> Expr:
    """The constant ``value`` of ``sort``, as wide as ``domain`` asks for in the finite encoding of integers."""
    match sort:
        case BoolSort():
            return builder.boolean(bool(value))
        case BvSort(width):
            return builder.bitvector(value, width)
        case IntSort():
            return builder.bitvector(value, shape_of(domain).width) if finite else builder.integer(value)
        case _:
            assert_never(sort)


def variable(builder: Builder, name: str, sort: Sort, domain: Domain, *, finite: bool) -> Expr:
    """A fresh variable of ``sort`` that can represent all of ``domain``."""
    match sort:
        case BoolSort():
            return builder.bool_variable(name)
        case BvSort(width):
            return builder.bv_variable(name, width)
        case IntSort():
            return builder.bv_variable(name, shape_of(domain).width) if finite else builder.int_variable(name)
        case _:
            assert_never(sort)


def integer_encoder(builder: Builder, variables: Iterable[Variable]) -> tuple[dict[int, Expr], Encoder]:
    """A constant of z3 for each variable, by id, and what encodes terms over them with z3's integers.

    Nothing is assumed about any of them.
    """
    constants = {v.id: variable(builder, f"v{v.id}", v.sort, Domain(None, None), finite=False) for v in variables}
    names = Names(constants.__getitem__, no_literal)
    return constants, Encoder(builder, DomainEvaluator({}), names, finite=False)


def number(value: Expr, sort: Sort, domain: Domain, *, finite: bool) -> int:
    """The number that a z3 value (from a model) stands for."""
    match sort:
        case BoolSort():
            return int(z3.is_true(value))
        case BvSort():
            return int(value.as_long())
        case IntSort():
            if finite and shape_of(domain).signed:
                return int(value.as_signed_long())
            return int(value.as_long())
        case _:
            assert_never(sort)
