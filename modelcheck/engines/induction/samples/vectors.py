"""Terms over many sampled states at once: one numpy column for each variable in, one column of values out.

Values are 64-bit integers (booleans 0 and 1), so what is computed of huge numbers may be wrong:
good enough to guess from, never to believe.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from modelcheck.ir.terms import BvSort, Op, Term, post_order

#: One number for each sample.
Column = npt.NDArray[np.int64]


class Columns:
    """Evaluates terms of one factory over ``rows`` samples; ``variables`` gives the column of each variable by id."""

    def __init__(self, variables: Mapping[int, Column], rows: int) -> None:
        self._variables = variables
        self._rows = rows
        self._memo: dict[int, Column] = {}

    def __call__(self, term: Term) -> Column:
        """Return the term's value in each sample. Raises ``KeyError`` for a variable without column."""
        memo = self._memo
        for node in post_order((term,)):
            if node.id not in memo:
                value = self._value(node, [memo[a.id] for a in node.args])
                if isinstance(node.sort, BvSort):
                    value = value & ((1 << node.sort.width) - 1)
                memo[node.id] = value
        return memo[term.id]

    def _value(self, node: Term, args: list[Column]) -> Column:
        match node.op:
            case Op.CONST:
                return np.full(self._rows, int(node.payload or 0), dtype=np.int64)
            case Op.VAR:
                assert node.payload is not None
                return self._variables[int(node.payload)]
            case Op.NOT:
                return 1 - args[0]
            case Op.AND:
                least: Column = np.stack(args).min(axis=0)
                return least
            case Op.OR:
                greatest: Column = np.stack(args).max(axis=0)
                return greatest
            case Op.ITE:
                return np.where(args[0] != 0, args[1], args[2])
            case Op.EQ:
                return np.asarray(args[0] == args[1], dtype=np.int64)
            case Op.LT:
                return np.asarray(args[0] < args[1], dtype=np.int64)
            case Op.LE:
                return np.asarray(args[0] <= args[1], dtype=np.int64)
            case Op.BVNOT:
                return ~args[0]
            case Op.INT_TO_BV | Op.BV_TO_INT | Op.RESIZE:
                return args[0]
            case _:
                result = args[0]
                for other in args[1:]:
                    result = _arithmetic(node.op, result, other)
                return result


def _arithmetic(op: Op, a: Column, b: Column) -> Column:
    match op:
        case Op.ADD:
            return a + b
        case Op.SUB:
            return a - b
        case Op.MUL:
            return a * b
        case Op.DIV | Op.MOD:
            divisor = np.where(b == 0, 1, b)
            quotient = np.sign(a) * np.sign(divisor) * (np.abs(a) // np.abs(divisor))
            result = quotient if op is Op.DIV else a - divisor * quotient
            return np.where(b == 0, 0, result)
        case Op.BVAND:
            return a & b
        case Op.BVOR:
            return a | b
        case Op.BVXOR:
            return a ^ b
        case Op.SHL:
            return a << np.clip(b, 0, 62)
        case Op.SHR:
            return a >> np.clip(b, 0, 62)
        case _:
            raise AssertionError(op)
