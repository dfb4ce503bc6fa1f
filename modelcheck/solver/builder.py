"""A thin layer over z3's C interface: makes expressions of one z3 context, folding boolean constants.

z3's own Python operators coerce and check their arguments at every call, which costs more than
making the node; an unrolling makes some hundred thousand nodes. Every function here expects
arguments of the right sorts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import z3

Expr: TypeAlias = z3.ExprRef
Bool: TypeAlias = z3.BoolRef


class Builder:
    """Makes expressions of ``context``. Constant booleans are always the objects ``true`` and ``false``."""

    def __init__(self, context: z3.Context) -> None:
        self.context = context
        self._ref = context.ref()
        self.true = z3.BoolVal(True, context)
        self.false = z3.BoolVal(False, context)
        self._bool_sort = z3.BoolSort(context)
        self._int_sort = z3.IntSort(context)
        self._bv_sorts: dict[int, z3.BitVecSortRef] = {}

    # leaves

    def boolean(self, value: bool) -> Bool:
        return self.true if value else self.false

    def bool_variable(self, name: str) -> Bool:
        return z3.Const(name, self._bool_sort)

    def int_variable(self, name: str) -> Expr:
        return z3.Const(name, self._int_sort)

    def bv_variable(self, name: str, width: int) -> Expr:
        return z3.Const(name, self._bv_sort(width))

    def _bv_sort(self, width: int) -> z3.BitVecSortRef:
        found = self._bv_sorts.get(width)
        if found is None:
            found = self._bv_sorts[width] = z3.BitVecSort(width, self.context)
        return found

    def integer(self, value: int) -> Expr:
        return z3.IntVal(value, self.context)

    def bitvector(self, value: int, width: int) -> Expr:
        """The constant ``value`` modulo 2**width."""
        return z3.BitVecVal(value % (1 << width), width, self.context)

    # booleans

    def not_(self, a: Bool) -> Bool:
        if a is self.true:
            return self.false
        if a is self.false:
            return self.true
        return z3.BoolRef(z3.Z3_mk_not(self._ref, a.ast), self.context)

    def and_(self, parts: Iterable[Bool]) -> Bool:
        kept = []
        for part in parts:
            if part is self.false:
                return self.false
            if part is not self.true:
                kept.append(part)
        if not kept:
            return self.true
        if len(kept) == 1:
            return kept[0]
        return z3.BoolRef(z3.Z3_mk_and(self._ref, len(kept), _array(kept)), self.context)

    def or_(self, parts: Iterable[Bool]) -> Bool:
        kept = []
        for part in parts:
            if part is self.true:
                return self.true
            if part is not self.false:
                kept.append(part)
        if not kept:
            return self.false
        if len(kept) == 1:
            return kept[0]
        return z3.BoolRef(z3.Z3_mk_or(self._ref, len(kept), _array(kept)), self.context)

    def implies(self, a: Bool, b: Bool) -> Bool:
        return self.or_((self.not_(a), b))

    def ite(self, condition: Bool, then: Expr, otherwise: Expr) -> Expr:
        if condition is self.true or then is otherwise:
            return then
        if condition is self.false:
            return otherwise
        if isinstance(then, z3.BoolRef):
            if then is self.true:
                return self.or_((condition, otherwise))
            if then is self.false:
                return self.and_((self.not_(condition), otherwise))
            if otherwise is self.true:
                return self.or_((self.not_(condition), then))
            if otherwise is self.false:
                return self.and_((condition, then))
            return z3.BoolRef(z3.Z3_mk_ite(self._ref, condition.ast, then.ast, otherwise.ast), self.context)
        ast = z3.Z3_mk_ite(self._ref, condition.ast, then.ast, otherwise.ast)
        return self._bv(ast) if isinstance(then, z3.BitVecRef) else self._int(ast)

    def eq(self, a: Expr, b: Expr) -> Bool:
        if isinstance(a, z3.BoolRef):
            if a is self.true:
                return b
            if b is self.true:
                return a
            if a is self.false:
                return self.not_(b)
            if b is self.false:
                return self.not_(a)
        return z3.BoolRef(z3.Z3_mk_eq(self._ref, a.ast, b.ast), self.context)

    # integers

    def int_lt(self, a: Expr, b: Expr) -> Bool:
        return z3.BoolRef(z3.Z3_mk_lt(self._ref, a.ast, b.ast), self.context)

    def int_le(self, a: Expr, b: Expr) -> Bool:
        return z3.BoolRef(z3.Z3_mk_le(self._ref, a.ast, b.ast), self.context)

    def int_add(self, parts: Sequence[Expr]) -> Expr:
        return self._int(z3.Z3_mk_add(self._ref, len(parts), _array(parts)))

    def int_sub(self, a: Expr, b: Expr) -> Expr:
        return self._int(z3.Z3_mk_sub(self._ref, 2, _array((a, b))))

    def int_neg(self, a: Expr) -> Expr:
        return self._int(z3.Z3_mk_unary_minus(self._ref, a.ast))

    def int_mul(self, parts: Sequence[Expr]) -> Expr:
        return self._int(z3.Z3_mk_mul(self._ref, len(parts), _array(parts)))

    def int_div(self, a: Expr, b: Expr) -> Expr:
        """SMT-LIB's div: the remainder is never negative."""
        return self._int(z3.Z3_mk_div(self._ref, a.ast, b.ast))

    def int_mod(self, a: Expr, b: Expr) -> Expr:
        return self._int(z3.Z3_mk_mod(self._ref, a.ast, b.ast))

    def int_to_bv(self, a: Expr, width: int) -> Expr:
        return self._bv(z3.Z3_mk_int2bv(self._ref, width, a.ast))

    def bv_to_int(self, a: Expr, *, signed: bool) -> Expr:
        return self._int(z3.Z3_mk_bv2int(self._ref, a.ast, signed))

    # bit-vectors

    def bv_lt(self, a: Expr, b: Expr, *, signed: bool) -> Bool:
        make = z3.Z3_mk_bvslt if signed else z3.Z3_mk_bvult
        return z3.BoolRef(make(self._ref, a.ast, b.ast), self.context)

    def bv_le(self, a: Expr, b: Expr, *, signed: bool) -> Bool:
        make = z3.Z3_mk_bvsle if signed else z3.Z3_mk_bvule
        return z3.BoolRef(make(self._ref, a.ast, b.ast), self.context)

    def bv_add(self, a: Expr, b: Expr) -> Expr:
        return self._bv(z3.Z3_mk_bvadd(self._ref, a.ast, b.ast))

    def bv_sub(self, a: Expr, b: Expr) -> Expr:
        return self._bv(z3.Z3_mk_bvsub(self._ref, a.ast, b.ast))

    def bv_mul(self, a: Expr, b: Expr) -> Expr:
        return self._bv(z3.Z3_mk_bvmul(self._ref, a.ast, b.ast))

    def bv_div(self, a: Expr, b: Expr, *, signed: bool) -> Expr:
        make = z3.Z3_mk_bvsdiv if signed else z3.Z3_mk_bvudiv
        return self._bv(make(self._ref, a.ast, b.ast))

    def bv_rem(self, a: Expr, b: Expr, *, signed: bool) -> Expr:
        make = z3.Z3_mk_bvsrem if signed else z3.Z3_mk_bvurem
        return self._bv(make(self._ref, a.ast, b.ast))

    def bv_and(self, a: Expr, b: Expr) -> Expr:
        return self._bv(z3.Z3_mk_bvand(self._ref, a.ast, b.ast))

    def bv_or(self, a: Expr, b: Expr) -> Expr:
        return self._bv(z3.Z3_mk_bvor(self._ref, a.ast, b.ast))

    def bv_xor(self, a: Expr, b: Expr) -> Expr:
        return self._bv(z3.Z3_mk_bvxor(self._ref, a.ast, b.ast))

    def bv_not(self, a: Expr) -> Expr:
        return self._bv(z3.Z3_mk_bvnot(self._ref, a.ast))

    def bv_shl(self, a: Expr, b: Expr) -> Expr:
        return self._bv(z3.Z3_mk_bvshl(self._ref, a.ast, b.ast))

    def bv_shr(self, a: Expr, b: Expr, *, signed: bool) -> Expr:
        make = z3.Z3_mk_bvashr if signed else z3.Z3_mk_bvlshr
        return self._bv(make(self._ref, a.ast, b.ast))

    def extend(self, a: Expr, width: int, to: int, *, signed: bool) -> Expr:
        """``a`` (of ``width`` bits) with ``to`` bits: sign or zero extension, or truncation."""
        if to == width:
            return a
        if to < width:
            return self._bv(z3.Z3_mk_extract(self._ref, to - 1, 0, a.ast))
        make = z3.Z3_mk_sign_ext if signed else z3.Z3_mk_zero_ext
        return self._bv(make(self._ref, to - width, a.ast))

    def _bv(self, ast: z3.Ast) -> Expr:
        return z3.BitVecRef(ast, self.context)

    def _int(self, ast: z3.Ast) -> Expr:
        return z3.ArithRef(ast, self.context)


def _array(parts: Sequence[Expr]) -> object:
    array = (z3.Ast * len(parts))()
    for i, part in enumerate(parts):
        array[i] = part.ast
    return array
