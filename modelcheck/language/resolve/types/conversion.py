"""Making a value fit the type that its surroundings want. There are no silent conversions, only literals adapt."""

from __future__ import annotations

from typing import NoReturn

from modelcheck.ground.diagnostics import Fix, Note
from modelcheck.ground.source import Span
from modelcheck.language.resolve.code import fold
from modelcheck.language.resolve.names.scope import Context
from modelcheck.language.resolve.types.compatibility import (
    BOOL,
    INT,
    describe,
    includes,
    is_number,
    is_scalar,
    value_type,
)
from modelcheck.language.syntax import ast
from modelcheck.model import typed


def coerce(context: Context, value: typed.Expr, target: typed.Type, node: ast.Expr, purpose: str) -> typed.Expr:
    """Return ``value`` as one of type ``target``; ``purpose`` ends the sentence "the type of …" in messages.

    Raises ``UnresolvedError`` after reporting a mismatch.
    """
    type = value.type
    if type == target:
        return value
    if isinstance(type, typed.VoidType):
        context.fail("MC223", f"this call yields nothing, but {purpose} needs {article(target)}", node.span)
    goal = value_type(target)
    if type == goal:
        return value
    if is_number(goal) and is_number(type):
        _check_literal(context, value, goal, node)
        return value
    if isinstance(goal, typed.BvType) and is_number(type) and isinstance(value, typed.Constant):
        return _as_bv(context, value, goal, node)
    if isinstance(type, typed.NullType) and isinstance(value, typed.Constant):
        if isinstance(goal, typed.RefType) and value.value is not None:
            return typed.Constant(0, goal, value.span)
        if isinstance(goal, typed.OptType) and value.value is None:
            return typed.Constant(None, goal, value.span)
    if isinstance(goal, typed.SetType) and isinstance(value, typed.SetLiteral | typed.Constant):
        adapted = _as_set(context, value, goal, node)
        if adapted is not None:
            return adapted
    mismatch(context, type, target, node, purpose)


def static_range(context: Context, value: typed.Expr, target: typed.Type, node: ast.Expr, purpose: str) -> None:
    """Report a number that is not known to lie in the range ``target`` where no store checks it at run time."""
    if not isinstance(target, typed.RangeType) or not is_number(value.type):
        return
    if isinstance(value, typed.Constant):
        if isinstance(value.value, int) and target.low <= value.value <= target.high:
            return
        context.fail("MC204", f"{value.value} is not in {describe(target)}, the type of {purpose}", node.span)
    if not includes(target, value.type):
        context.fail(
            "MC201",
            f"{purpose} has type {describe(target)}, but this number may lie outside",
            node.span,
            [Note(f"assign it to a local of type {describe(target)} first: that store is checked")],
        )


def article(type: typed.Type) -> str:
    """Return ``a bool``, ``an int``…"""
    return with_article(describe(type))


def with_article(words: str) -> str:
    """Return ``a bool``, ``an int``…"""
    return f"{'an' if words[0] in 'aeio' else 'a'} {words}"


def _check_literal(context: Context, value: typed.Expr, goal: typed.Type, node: ast.Expr) -> None:
    """A literal outside the range can only be a mistake; a param may be one on a path that is not taken."""
    if not isinstance(goal, typed.RangeType) or not isinstance(value, typed.Constant):
        return
    literal = isinstance(node, ast.IntLit) or (isinstance(node, ast.Unary) and isinstance(node.operand, ast.IntLit))
    if literal and isinstance(value.value, int) and not goal.low <= value.value <= goal.high:
        context.fail("MC204", f"{value.value} does not fit into {describe(goal)}", node.span)


def _as_bv(context: Context, value: typed.Constant, goal: typed.BvType, node: ast.Expr) -> typed.Constant:
    number = value.value
    assert isinstance(number, int)
    if not 0 <= number < 1 << goal.width:
        context.fail(
            "MC204",
            f"{number} does not fit into {describe(goal)} (0..{(1 << goal.width) - 1})",
            node.span,
            [Note(f"write `bv<{goal.width}>({number})` to wrap it")],
        )
    return typed.Constant(number, goal, value.span)


def _as_set(
    context: Context, value: typed.SetLiteral | typed.Constant, goal: typed.SetType, node: ast.Expr
) -> typed.Expr | None:
    """A set of numbers fits a set over another range if each element does."""
    if not isinstance(value.type, typed.SetType) or not (
        is_number(value.type.element) and is_number(goal.element) and isinstance(goal.element, typed.RangeType)
    ):
        return None
    if isinstance(value, typed.Constant):
        assert isinstance(value.value, frozenset)
        outside = [n for n in sorted(value.value) if not goal.element.low <= n <= goal.element.high]
        if outside:
            context.fail("MC204", f"{outside[0]} is no element of {describe(goal)}", node.span)
        return typed.Constant(value.value, goal, value.span)
    for element in value.elements:
        static_range(context, element, goal.element, node, "an element of the set")
    return typed.SetLiteral(value.elements, goal, value.span)


def _is_zero(node: ast.Expr) -> bool:
    return isinstance(node, ast.IntLit) and node.value == 0


def _written(purpose: str, node: ast.Expr, replacement: str) -> Fix:
    """Return the fix that writes ``replacement``, and says so if it fits a line."""
    short = len(replacement) <= 40 and "\n" not in replacement
    return Fix(f"{purpose}: `{replacement}`" if short else purpose, node.span, replacement)


def mismatch(context: Context, type: typed.Type, target: typed.Type, node: ast.Expr, purpose: str) -> NoReturn:
    """Report that a value of ``type`` stands where ``target`` is wanted."""
    goal = value_type(target)
    notes: list[Note] = []
    fixes: list[Fix] = []
    text = node.span.text
    if isinstance(goal, typed.BvType) and (is_number(type) or isinstance(type, typed.BvType)):
        fixes.append(_written("convert it", node, f"bv<{goal.width}>({text})"))
    elif is_number(goal) and isinstance(type, typed.BvType):
        fixes.append(_written("convert it", node, f"int({text})"))
    elif isinstance(goal, typed.OptType) and type == goal.element:
        fixes.append(_written("wrap it", node, f"some({text})"))
    elif isinstance(type, typed.OptType) and type.element == goal:
        fixes.append(_written("take the value out (an obligation: it must not be none)", node, f"the({text})"))
    elif isinstance(goal, typed.RefType) and (isinstance(type, typed.NullType) or _is_zero(node)):
        fixes.append(Fix("the empty reference is `null`", node.span, _instead(node, "null")))
    elif isinstance(goal, typed.OptType) and isinstance(type, typed.NullType):
        fixes.append(Fix("the empty option is `none`", node.span, _instead(node, "none")))
    elif isinstance(goal, typed.BoolType) and isinstance(node, ast.IntLit) and node.value in (0, 1):
        # C's way of writing it.
        word = "true" if node.value else "false"
        fixes.append(Fix(f"write `{word}`", node.span, _instead(node, word)))
    elif isinstance(goal, typed.BoolType) and is_number(type):
        notes.append(Note("compare it: `… != 0`"))
    elif is_number(goal) and isinstance(type, typed.BoolType):
        notes.append(Note("numbers and bools do not mix: write `condition ? 1 : 0`"))
    if not is_scalar(goal) and not isinstance(goal, typed.NullType):
        notes.append(Note(f"{describe(goal)} is not a value: use its elements or fields"))
    message = f"{purpose} has type {describe(target)}, but this is {article(type)}"
    context.fail("MC201", message, node.span, notes, fixes)


def as_condition(context: Context, value: typed.Expr, node: ast.Expr, negated: Span | None = None) -> typed.Expr:
    """Return ``value`` as a bool. As in C a number, a reference or an option is one by not being zero, null or none.

    ``negated``: the place of the ``!`` expression that ``node`` is the operand of, to get its negation.
    """
    type = value.type
    if isinstance(type, typed.BoolType):
        return value if negated is None else fold.unary("!", value, BOOL, negated)
    zero = _zero(type, node.span)
    if zero is None:
        what = "nothing" if isinstance(type, typed.VoidType) else article(type)
        wanted = "a bool, a number, a reference or an option"
        context.fail("MC202", f"a condition must be {wanted}, but this is {what}", node.span)
    return fold.binary("!=" if negated is None else "==", value, zero, BOOL, negated or node.span)


def _zero(type: typed.Type, span: Span) -> typed.Constant | None:
    """Return what C compares a condition of ``type`` with."""
    match type:
        case typed.IntType() | typed.RangeType():
            return typed.Constant(0, INT, span)
        case typed.BvType() | typed.RefType():
            return typed.Constant(0, type, span)
        case typed.OptType():
            return typed.Constant(None, type, span)
    return None


def _enclosed(node: ast.Expr) -> bool:
    """Whether the text of ``node`` is in parentheses as a whole."""
    text = node.span.text
    depth = 0
    for index, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return index > 0 and index == len(text) - 1 and text[0] == "("
    return False


def _instead(node: ast.Expr, word: str) -> str:
    """What stands in the place of ``node``, in the same parentheses: ``return(0)`` needs them."""
    return f"({word})" if _enclosed(node) else word
