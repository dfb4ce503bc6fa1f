"""What a condition can turn out as: each operand either way, unless it is constant."""

from __future__ import annotations

from typing import assert_never

from modelcheck.model import typed

EITHER = frozenset({True, False})


def outcomes(e: typed.Expr) -> frozenset[bool]:
    """Return the truth values that a condition can have; never none."""
    match e:
        case typed.Constant(value):
            return frozenset({bool(value)})
        case typed.Unary("!", operand):
            return frozenset(not value for value in outcomes(operand))
        case typed.Logical("&&", left, right):
            return _either(outcomes(left), outcomes(right), frozenset({False}))
        case typed.Logical("||", left, right):
            return _either(outcomes(left), frozenset({True}), outcomes(right))
        case typed.Logical("=>", left, right):
            return _either(outcomes(left), outcomes(right), frozenset({True}))
        case typed.Conditional(condition, then, otherwise):
            return _either(outcomes(condition), outcomes(then), outcomes(otherwise))
        case (
            typed.Terminal()
            | typed.Access()
            | typed.Operator()
            | typed.Logical()
            | typed.CallExpr()
            | typed.Operation()
            | typed.Quantifier()
            | typed.OfProperties()
            | typed.Census()
        ):
            return EITHER
        case _:
            assert_never(e)


def _either(asked: frozenset[bool], then: frozenset[bool], otherwise: frozenset[bool]) -> frozenset[bool]:
    return (then if True in asked else frozenset()) | (otherwise if False in asked else frozenset())
