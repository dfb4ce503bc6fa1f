"""The value of a term, by its definition: plain, and the reference for everything that is faster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modelcheck.ir.terms import BvSort, Op, Term, evaluate_arithmetic, post_order

#: A value for each variable, by id.
Values = Mapping[int, bool | int]


def evaluate(term: Term, values: Values) -> bool | int:
    """Return the value of a term where ``values`` gives that of each variable, by id (raises KeyError if one is missing)."""
    return evaluate_all((term,), values)[0]


def evaluate_all(terms: Sequence[Term], values: Values) -> list[bool | int]:
    """As ``evaluate``, of several terms; what they share is computed once."""
    memo: dict[int, bool | int] = {}
    for node in post_order(terms):
        value = _apply(node, [memo[a.id] for a in node.args], values)
        memo[node.id] = value % (1 << node.sort.width) if isinstance(node.sort, BvSort) else value
    return [memo[term.id] for term in terms]


def _apply(node: Term, args: Sequence[bool | int], values: Values) -> bool | int:
    match node.op:
        case Op.CONST:
            assert node.payload is not None
            return node.payload
        case Op.VAR:
            assert node.payload is not None
            return values[int(node.payload)]
        case Op.NOT:
            return not args[0]
        case Op.AND:
            return all(args)
        case Op.OR:
            return any(args)
        case Op.ITE:
            return args[1] if args[0] else args[2]
        case Op.EQ:
            return args[0] == args[1]
        case Op.LT:
            return args[0] < args[1]
        case Op.LE:
            return args[0] <= args[1]
        case Op.BVNOT:
            return ~args[0]
        case Op.INT_TO_BV | Op.BV_TO_INT | Op.RESIZE:
            return args[0]
        case _:
            result = args[0]
            for other in args[1:]:
                result = evaluate_arithmetic(node.op, result, other)
            return result
