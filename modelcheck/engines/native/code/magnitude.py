"""Static bounds of terms: native code computes in 64 bits, and only where that is exact."""

from __future__ import annotations

from collections.abc import Iterable

from modelcheck.engines.native.layout import Layout
from modelcheck.engines.native.unsupported import Unsupported
from modelcheck.ir.terms import BoolSort, BvSort, Op, Term, post_order

LIMIT = 1 << 62


def check_magnitudes(terms: Iterable[Term], layout: Layout) -> None:
    """Raise ``Unsupported`` if the value of some term below ``terms`` might need more than 62 bits."""
    bounds: dict[int, int] = {}
    for term in post_order(terms):
        bound = _bound(term, [bounds[a.id] for a in term.args], layout)
        if bound > LIMIT:
            raise Unsupported("a value in an expression may need more than 62 bits")
        bounds[term.id] = bound


def _bound(term: Term, args: list[int], layout: Layout) -> int:
    match term.sort:
        case BoolSort():
            return 1
        case BvSort(width):
            return (1 << width) - 1
        case _:
            pass
    match term.op:
        case Op.CONST:
            assert term.payload is not None
            return abs(int(term.payload))
        case Op.VAR:
            assert term.payload is not None
            field = layout.fields[int(term.payload)]
            return max(abs(field.low), abs(field.high))
        case Op.ITE:
            return max(args[1:])
        case Op.ADD | Op.SUB:
            return sum(args)
        case Op.MUL:
            product = 1
            for bound in args:
                product *= bound
            return product
        case Op.DIV | Op.MOD | Op.BV_TO_INT:
            return args[0]
        case _:
            raise Unsupported(f"{term.op.value} on integers without a width")
