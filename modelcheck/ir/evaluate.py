"""The value of a term, by its definition: plain, and the reference for everything that is faster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modelcheck.ir.terms import BvSort, Op, Term, evaluate_arithmetic, post_order

#: A value for each variable, by id.
Values = Mapping[int, bool | int]


def evaluate(term: Term, values: Values) -> bool | int:
    """Return the value of a term where ``values`` gives that of each variable, by id (raises
    KeyError if one is missing).
    """
    return evaluate_all((term,), values)[0]


def evaluate_all(terms: Sequence[Term], values: Values) -> list[bool | int]:
    """As ``evaluate``, of several terms; what they share is computed once."""
    return Evaluation(terms)(values)


class Evaluation:
    """Several terms, to be evaluated for many values: in which order that is done is found out once."""

    def __init__(self, terms: Sequence[Term]) -> None:
        nodes = tuple(post_order(terms))
        where = {node.id: number for number, node in enumerate(nodes)}
        #: each node, where its arguments are in this list, and the modulus of its value (0: none)
        self._nodes = [
            (node, [where[a.id] for a in node.args], 1 << node.sort.width if isinstance(node.sort, BvSort) else 0)
            for node in nodes
        ]
        self._wanted = [where[term.id] for term in terms]

    def __call__(self, values: Values) -> list[bool | int]:
        """Return the value of each term where ``values`` gives that of each variable, by id (raises
        KeyError if one is missing).
        """
        memo: list[bool | int] = []
        for node, arguments, modulus in self._nodes:
            value = _apply(node, [memo[number] for number in arguments], values)
            memo.append(value % modulus if modulus else value)
        return [memo[number] for number in self._wanted]


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
