"""Constant folding, in one place: both back ends see the same tree, so they agree on which locals are live.

Only what params, unknowns and literals make constant is folded. The constructors take operands that are typed already.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from modelcheck.ground.source import Span
from modelcheck.language.resolve.types.compatibility import BOOL
from modelcheck.model import typed

#: Numbers are not shifted further: the result would only fill the memory.
LARGEST_SHIFT = 4096


def truth(expression: typed.Expr) -> bool | None:
    """Return the value of a constant condition, else None."""
    if isinstance(expression, typed.Constant) and isinstance(expression.type, typed.BoolType):
        return bool(expression.value)
    return None


def outcomes(expression: typed.Expr, comes_back: Callable[[typed.Expr], bool]) -> frozenset[bool]:
    """Return what a condition can turn out as, each operand taken both ways unless it is constant.

    ``comes_back`` tells of an operand whether control comes back from evaluating it.
    """
    match expression:
        case typed.Constant(bool(value)):
            return frozenset({value})
        case typed.Unary("!", operand):
            return frozenset(not value for value in outcomes(operand, comes_back))
        case typed.Logical(operator, left, right):
            # The left side that decides alone, and what the whole is then: `||` and `=>` become true, `&&` false.
            first = outcomes(left, comes_back)
            alone = frozenset({operator != "&&"}) if (operator == "||") in first else frozenset()
            return alone | outcomes(right, comes_back) if (operator != "||") in first else alone
        case typed.Conditional(condition, then, otherwise):
            first = outcomes(condition, comes_back)
            one = outcomes(then, comes_back) if True in first else frozenset()
            return one | outcomes(otherwise, comes_back) if False in first else one
        case (
            typed.Constant()
            | typed.Terminal()
            | typed.Access()
            | typed.Operator()
            | typed.CallExpr()
            | typed.Operation()
            | typed.Quantifier()
            | typed.OfProperties()
            | typed.Census()
        ):
            return frozenset({True, False}) if comes_back(expression) else frozenset()
        case _:
            assert_never(expression)


def outcome(expression: typed.Expr) -> bool | None:
    """Return the truth value that a condition always has, although evaluating it may do something (``e && false``)."""
    found = outcomes(expression, lambda operand: True)
    return next(iter(found)) if len(found) == 1 else None


def _divide(left: int, right: int) -> int:
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _number(operator: str, left: int, right: int) -> int | bool | None:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return _divide(left, right) if right else None
        case "%":
            return left - right * _divide(left, right) if right else None
        case "<<":
            return left << right if 0 <= right <= LARGEST_SHIFT else None
        case ">>":
            return left >> right if 0 <= right <= LARGEST_SHIFT else None
        case "&":
            return left & right
        case "|":
            return left | right
        case "^":
            return left ^ right
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
        case "==":
            return left == right
        case "!=":
            return left != right
        case _:
            return None


def _set(operator: str, left: frozenset[int], right: frozenset[int]) -> frozenset[int] | bool | None:
    match operator:
        case "|":
            return left | right
        case "&":
            return left & right
        case "-":
            return left - right
        case "<=":
            return left <= right
        case "==":
            return left == right
        case "!=":
            return left != right
        case _:
            return None


def binary(operator: str, left: typed.Expr, right: typed.Expr, type: typed.Type, span: Span) -> typed.Expr:
    """Return ``left operator right`` of ``type``, folded if both sides are constants (never a division by zero)."""
    if isinstance(left, typed.Constant) and isinstance(right, typed.Constant):
        value = _fold(operator, left.value, right.value)
        if value is not None:
            if isinstance(type, typed.BvType) and isinstance(value, int):
                value %= 1 << type.width
            return typed.Constant(value, type, span)
    return typed.Binary(operator, left, right, type, span)


def _fold(operator: str, left: typed.Value, right: typed.Value) -> typed.Value:
    if operator == "in":
        return left in right if isinstance(right, frozenset) else None
    if left is None or right is None:
        return {"==": left is right, "!=": left is not right}.get(operator)
    if isinstance(left, frozenset) and isinstance(right, frozenset):
        return _set(operator, left, right)
    if isinstance(left, int) and isinstance(right, int):
        return _number(operator, left, right)
    return None


def unary(operator: str, operand: typed.Expr, type: typed.Type, span: Span) -> typed.Expr:
    """Return ``operator operand`` of ``type``, folded if the operand is constant."""
    if isinstance(operand, typed.Constant) and isinstance(operand.value, int):
        value: int | bool
        if operator == "!":
            value = not operand.value
        elif operator == "-":
            value = -operand.value
        else:
            value = ~operand.value
        if isinstance(type, typed.BvType):
            value %= 1 << type.width
        return typed.Constant(value, type, span)
    return typed.Unary(operator, operand, type, span)


def logical(operator: str, left: typed.Expr, right: typed.Expr, span: Span) -> typed.Expr:
    """Return ``left operator right`` for ``&&``, ``||``, ``=>``; a constant left side decides or disappears."""
    known = truth(left)
    if operator == "=>" and truth(right) is False:
        return unary("!", left, BOOL, span)
    if known is None:
        neutral = truth(right)
        if neutral is not None and neutral == (operator == "&&") and operator != "=>":
            return left
        return typed.Logical(operator, left, right, BOOL, span)
    if operator == "&&":
        return right if known else typed.Constant(False, BOOL, span)
    if operator == "||":
        return typed.Constant(True, BOOL, span) if known else right
    return right if known else typed.Constant(True, BOOL, span)


def conditional(
    condition: typed.Expr, then: typed.Expr, otherwise: typed.Expr, type: typed.Type, span: Span
) -> typed.Expr:
    """Return ``condition ? then : otherwise``, or the side that a constant condition chooses."""
    known = truth(condition)
    if known is None:
        return typed.Conditional(condition, then, otherwise, type, span)
    return then if known else otherwise
