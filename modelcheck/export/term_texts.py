"""Terms as expressions of Promela or Murphi. What is compound stands in parentheses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from modelcheck.export.unexportable import Unexportable
from modelcheck.ground.records import dataclass
from modelcheck.ir.terms import BvSort, Op, Term, post_order

#: Terms share parts and text does not: beyond this many characters an expression is nothing to read.
LONGEST = 200_000


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a language writes its operators.

    ``conditional``: a pattern with {0} {1} {2}. ``bits``: has operators on bits.
    """

    conjunction: str
    disjunction: str
    equal: str
    conditional: str
    bits: bool
    #: Arithmetic is exact in this many bits, the sign included.
    width: int


PROMELA = Dialect("&&", "||", "==", "({0} -> {1} : {2})", True, 32)
MURPHI = Dialect("&", "|", "=", "({0} ? {1} : {2})", False, 64)


def expression(term: Term, names: Mapping[int, str], dialect: Dialect) -> str:
    """Return the term as text. Raises ``Unexportable``."""
    texts: dict[int, str] = {}
    for node in post_order((term,)):
        text = _node(node, [texts[a.id] for a in node.args], names, dialect)
        if len(text) > LONGEST:
            raise Unexportable("an expression of the model becomes too long to write out")
        texts[node.id] = text
    return texts[term.id]


def _node(node: Term, args: list[str], names: Mapping[int, str], dialect: Dialect) -> str:
    match node.op:
        case Op.CONST:
            assert node.payload is not None
            if isinstance(node.payload, bool):
                return "true" if node.payload else "false"
            return str(node.payload) if node.payload >= 0 else f"(0 - {-node.payload})"
        case Op.VAR:
            assert node.payload is not None
            return names[int(node.payload)]
        case Op.NOT:
            return f"!{args[0]}"
        case Op.AND:
            return f"({f' {dialect.conjunction} '.join(args)})"
        case Op.OR:
            return f"({f' {dialect.disjunction} '.join(args)})"
        case Op.ITE:
            return dialect.conditional.format(*args)
        case Op.EQ:
            return f"({args[0]} {dialect.equal} {args[1]})"
        case Op.LT | Op.LE:
            return f"({args[0]} {node.op.value} {args[1]})"
        case Op.ADD | Op.SUB | Op.MUL:
            text = f"({f' {node.op.value} '.join(args)})"
            return _wrapped(node, text, dialect)
        case Op.DIV | Op.MOD:
            operator = "/" if node.op is Op.DIV else "%"
            zero = f"({args[1]} {dialect.equal} 0)"
            return dialect.conditional.format(zero, "0", f"({args[0]} {operator} {args[1]})")
        case Op.BV_TO_INT:
            return args[0]
        case Op.INT_TO_BV | Op.RESIZE:
            return _wrapped(node, args[0], dialect)
        case Op.BVAND | Op.BVOR | Op.BVXOR | Op.BVNOT | Op.SHL | Op.SHR:
            return _bits(node, args, dialect)
        case _:
            assert_never(node.op)


def _wrapped(node: Term, text: str, dialect: Dialect) -> str:
    if not isinstance(node.sort, BvSort):
        return text
    width = _width(node, dialect)
    if not dialect.bits:
        # The remainder has the sign of the dividend here: make it one that is not negative.
        size = 1 << width
        return f"(({text} % {size} + {size}) % {size})"
    return f"({text} & {(1 << width) - 1})"


def _width(node: Term, dialect: Dialect) -> int:
    assert isinstance(node.sort, BvSort)
    # A product of two values must fit.
    limit = dialect.width // 2 if node.op in (Op.MUL, Op.SHL) else dialect.width - 2
    if node.sort.width > limit:
        raise Unexportable(f"a value of {node.sort.width} bits")
    return node.sort.width


def _bits(node: Term, args: list[str], dialect: Dialect) -> str:
    if not dialect.bits:
        raise Unexportable(f"an operation on bits ({node.op.value})")
    match node.op:
        case Op.BVNOT:
            return _wrapped(node, f"(~{args[0]})", dialect)
        case Op.SHL | Op.SHR:
            if not isinstance(node.sort, BvSort):
                raise Unexportable("a shift of a number without a width")
            operator = "<<" if node.op is Op.SHL else ">>"
            shifted = _wrapped(node, f"({args[0]} {operator} {args[1]})", dialect)
            return dialect.conditional.format(f"({args[1]} < {node.sort.width})", shifted, "0")
        case _:
            operator = {Op.BVAND: "&", Op.BVOR: "|", Op.BVXOR: "^"}[node.op]
            return f"({args[0]} {operator} {args[1]})"
