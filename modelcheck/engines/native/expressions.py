"""Terms as LLVM instructions. Int and Bv values are i64 (bit-vectors always reduced), Bool values are i1."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import assert_never

from modelcheck.engines.native.assembly import I1, I64, Builder, Value, constant
from modelcheck.engines.native.layout import Field, Layout
from modelcheck.ir.terms import BoolSort, BvSort, Op, Term, post_order

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
    """Emits terms over the words of one state. ``memo`` is valid in the blocks that the creating block dominates."""

    def __init__(self, layout: Layout, words: Sequence[Value], memo: dict[int, Value] | None = None) -> None:
        self._layout = layout
        self._words = words
        self._memo = dict(memo or {})

    def child(self) -> Translator:
        """Return a translator for a block that the current one dominates."""
        return Translator(self._layout, self._words, self._memo)

    def emit(self, builder: Builder, term: Term) -> Value:
        """Emit the term at the builder's position and return its value."""
        for node in post_order((term,)):
            if node.id not in self._memo:
                self._memo[node.id] = self._node(builder, node, [self._memo[a.id] for a in node.args])
        return self._memo[term.id]

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
