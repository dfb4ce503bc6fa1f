"""Terms as LLVM instructions. Int and Bv values are i64 (bit-vectors always reduced), Bool values are i1."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import assert_never

from modelcheck.engines.native.code.assembly import I1, I64, Builder, Value, constant
from modelcheck.engines.native.layout import Field, Layout
from modelcheck.ir.terms import BoolSort, BvSort, Op, Term

_OPERATIONS = MappingProxyType(
    {
        Op.ADD: "add",
        Op.SUB: "sub",
        Op.MUL: "mul",
        Op.BVAND: "and",
        Op.BVOR: "or",
        Op.BVXOR: "xor",
    }
)


class Translator:
    """Emits terms over the words of one state.

    A value stays known until ``forget``; it must be used only in blocks that its own dominates.
    """

    def __init__(self, layout: Layout, words: Sequence[Value]) -> None:
        self._layout = layout
        self._words = words
        self._memo: dict[int, Value] = {}
        self._order: list[int] = []

    def mark(self) -> int:
        """Return how much is known, for ``forget``."""
        return len(self._order)

    def forget(self, mark: int) -> None:
        """Forget what was emitted since ``mark``: control has left the blocks that it dominates."""
        for id in self._order[mark:]:
            del self._memo[id]
        del self._order[mark:]

    def emit(self, builder: Builder, term: Term) -> Value:
        """Emit the term at the builder's position and return its value."""
        memo = self._memo
        stack = [term]
        while stack:
            node = stack[-1]
            if node.id in memo:
                stack.pop()
                continue
            value = self._equality(builder, node)
            if value is None:
                missing = [a for a in node.args if a.id not in memo]
                if missing:
                    stack.extend(reversed(missing))
                    continue
                value = self._node(builder, node, [memo[a.id] for a in node.args])
            memo[node.id] = value
            self._order.append(node.id)
            stack.pop()
        return memo[term.id]

    def _equality(self, builder: Builder, node: Term) -> Value | None:
        """A variable compared with a constant: compare the bits where they stand.

        None if the node is something else.
        """
        if node.op is not Op.EQ:
            return None
        variable, number = node.args
        if variable.op is Op.CONST:
            variable, number = number, variable
        if variable.op is not Op.VAR or number.op is not Op.CONST or isinstance(number.sort, BoolSort):
            return None
        assert variable.payload is not None
        assert number.payload is not None
        field = self._layout.fields[int(variable.payload)]
        raw = int(number.payload) - field.base
        if not 0 <= raw < 1 << field.width:
            return constant(0, I1)
        mask = ((1 << field.width) - 1) << field.shift
        bits = builder.binary("and", self._words[field.word], constant(mask))
        return builder.compare("eq", bits, constant(raw << field.shift))

    def _load(self, builder: Builder, field: Field) -> Value:
        raw = builder.binary("lshr", self._words[field.word], constant(field.shift))
        if field.boolean:
            return builder.convert("trunc", raw, I1)
        raw = builder.binary("and", raw, constant((1 << field.width) - 1))
        return builder.binary("add", raw, constant(field.base)) if field.base else raw

    def _node(self, builder: Builder, node: Term, args: list[Value]) -> Value:
        match node.op:
            case Op.CONST:
                assert node.payload is not None
                return constant(int(node.payload), I1 if isinstance(node.sort, BoolSort) else I64)
            case Op.VAR:
                assert node.payload is not None
                return self._load(builder, self._layout.fields[int(node.payload)])
            case Op.NOT:
                return builder.binary("xor", args[0], constant(1, I1))
            case Op.AND | Op.OR:
                result = args[0]
                for argument in args[1:]:
                    result = builder.binary("and" if node.op is Op.AND else "or", result, argument)
                return result
            case Op.ITE:
                return builder.select(args[0], args[1], args[2])
            case Op.EQ:
                return builder.compare("eq", args[0], args[1])
            case Op.LT | Op.LE:
                sign = "u" if isinstance(node.args[0].sort, BvSort) else "s"
                return builder.compare(sign + ("lt" if node.op is Op.LT else "le"), args[0], args[1])
            case Op.INT_TO_BV | Op.RESIZE:
                assert isinstance(node.sort, BvSort)
                return _reduce(builder, args[0], node.sort.width)
            case Op.BV_TO_INT:
                return args[0]
            case Op.BVNOT:
                assert isinstance(node.sort, BvSort)
                return builder.binary("xor", args[0], constant((1 << node.sort.width) - 1))
            case Op.SHL | Op.SHR:
                return self._shift(builder, node, args)
            case Op.DIV | Op.MOD:
                return self._divide(builder, node, args)
            case Op.ADD | Op.SUB | Op.MUL | Op.BVAND | Op.BVOR | Op.BVXOR:
                result = builder.binary(_OPERATIONS[node.op], args[0], args[1])
                return _reduce(builder, result, node.sort.width) if isinstance(node.sort, BvSort) else result
            case _:
                assert_never(node.op)

    def _shift(self, builder: Builder, node: Term, args: list[Value]) -> Value:
        assert isinstance(node.sort, BvSort)
        width = constant(node.sort.width)
        small = builder.compare("ult", args[1], width)
        amount = builder.select(small, args[1], constant(0))
        shifted = builder.binary("shl" if node.op is Op.SHL else "lshr", args[0], amount)
        return builder.select(small, _reduce(builder, shifted, node.sort.width), constant(0))

    def _divide(self, builder: Builder, node: Term, args: list[Value]) -> Value:
        zero = builder.compare("eq", args[1], constant(0))
        divisor = builder.select(zero, constant(1), args[1])
        if isinstance(node.sort, BvSort):
            operation = "udiv" if node.op is Op.DIV else "urem"
        else:
            operation = "sdiv" if node.op is Op.DIV else "srem"
        return builder.select(zero, constant(0), builder.binary(operation, args[0], divisor))


def _reduce(builder: Builder, value: Value, width: int) -> Value:
    return value if width >= 64 else builder.binary("and", value, constant((1 << width) - 1))
