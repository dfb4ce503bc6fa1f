"""Expressions: names looked up, types checked, constants folded."""

from __future__ import annotations

from typing import assert_never

from modelcheck.ground.diagnostics import Note
from modelcheck.ground.source import Span
from modelcheck.language.resolve.code import bits, calls, domains, fold, places
from modelcheck.language.resolve.names.scope import Context
from modelcheck.language.resolve.types.compatibility import BOOL, INT, NULL, describe, is_number, value_type
from modelcheck.language.resolve.types.conversion import article, as_condition, coerce
from modelcheck.language.syntax import ast
from modelcheck.model import typed

_ARITHMETIC = frozenset(["*", "/", "%", "+", "-"])
_SHIFTS = frozenset(("<<", ">>"))
_BITS = frozenset(["&", "^", "|"])
_ORDER = frozenset(["<", "<=", ">", ">="])
_EQUALITY = frozenset(("==", "!="))
_LOGICAL = frozenset(("&&", "||", "=>"))


def expression(context: Context, node: ast.Expr, expected: typed.Type | None = None) -> typed.Expr:
    """Return the typed expression; ``expected`` is what the surroundings want, a help for literals, not a demand.

    Raises ``UnresolvedError`` after reporting.
    """
    match node:
        case ast.Name() | ast.Member() | ast.Index():
            found = places.designator(context, node, expected)
            return places.load(context, found, node.span) if isinstance(found, typed.Place) else found
        case ast.IntLit(number):
            return typed.Constant(number, INT, node.span)
        case ast.BoolLit(truth):
            return typed.Constant(truth, BOOL, node.span)
        case ast.NullLit():
            return typed.Constant(0, NULL, node.span)
        case ast.NoneLit():
            return typed.Constant(None, NULL, node.span)
        case ast.Call():
            return calls.call(context, node, expected)
        case ast.MethodCall():
            return calls.method(context, node)
        case ast.Binary():
            return _binary(context, node)
        case ast.Unary():
            return _unary(context, node, expected)
        case ast.Conditional():
            return _conditional(context, node, expected)
        case ast.New():
            return domains.new(context, node)
        case ast.SetLit():
            return domains.set_literal(context, node, expected)
        case ast.CondLoad():
            return calls.cond_load(context, node.place, node.condition, node.span)
        case ast.Cast():
            return cast(context, context.table.type(node.target), node.operand, node.span)
        case ast.Quantifier():
            return domains.quantifier(context, node)
        case ast.Prime():
            return domains.primed(context, node)
        case ast.LabelPredicate():
            return domains.label_predicate(context, node)
        case ast.AddressOf():
            context.fail("MC222", "`&` only makes sense in front of an argument that is passed by reference", node.span)
        case ast.UninitLit():
            context.fail("MC221", "`uninit` can only be a declared initial value", node.span)
        case ast.Wildcard():
            context.fail("MC220", "`_` can only stand in an event pattern", node.span)
        case ast.RangeExpr():
            context.fail("MC219", "a range is not a value; it can stand after `in`", node.span)
        case ast.May():
            context.fail("MC130", "`may` can only stand in a `may` property", node.span)
        case _:
            assert_never(node)


def value(context: Context, node: ast.Expr, expected: typed.Type, purpose: str) -> typed.Expr:
    """Return the expression as a value of type ``expected``."""
    return coerce(context, expression(context, node, value_type(expected)), expected, node, purpose)


def scalar(context: Context, node: ast.Expr, expected: typed.Type | None = None) -> typed.Expr:
    """Return an expression that yields some value."""
    found = expression(context, node, expected)
    if isinstance(found.type, typed.VoidType):
        context.fail("MC223", "this call yields nothing; it cannot be used as a value", node.span)
    return found


def condition(context: Context, node: ast.Expr) -> typed.Expr:
    """Return the expression as a condition."""
    return as_condition(context, expression(context, node, BOOL), node)


# --------------------------------------------------------------------------------------- operators


def _needs_context(context: Context, node: ast.Expr) -> bool:
    """Whether the type of ``node`` comes from what it is compared with."""
    if isinstance(node, ast.Name):
        return len(context.table.literal(node.name)) > 1
    return isinstance(node, ast.NullLit | ast.NoneLit | ast.SetLit) or (
        isinstance(node, ast.Call) and node.name == "some"
    )


def operands(context: Context, node: ast.Binary) -> tuple[typed.Expr, typed.Expr]:
    """Return both sides of a strict operator, literals adapted to the other side."""
    if _needs_context(context, node.left):
        right = scalar(context, node.right)
        left = scalar(context, node.left, right.type)
    else:
        left = scalar(context, node.left)
        right = scalar(context, node.right, left.type)
    if left.type == right.type or (is_number(left.type) and is_number(right.type)):
        return left, right
    if isinstance(left, typed.Constant | typed.SetLiteral) and not isinstance(right.type, typed.NullType):
        adaptable = isinstance(left.type, typed.NullType | typed.SetType)
        if adaptable or (is_number(left.type) and isinstance(right.type, typed.BvType)):
            return coerce(context, left, right.type, node.left, "the right side"), right
    return left, coerce(context, right, left.type, node.right, "the left side")


def _binary(context: Context, node: ast.Binary) -> typed.Expr:
    operator = node.operator
    if operator in _LOGICAL:
        left = condition(context, node.left)
        right = condition(context, node.right)
        return fold.logical(operator, left, right, node.span)
    if operator == "in":
        return _membership(context, node)
    if operator in _SHIFTS:
        left = scalar(context, node.left)
        right = bits.shift_count(context, node.right) or scalar(context, node.right, left.type)
        if isinstance(left.type, typed.BvType):
            right = coerce(context, right, left.type, node.right, "the left side")
    else:
        left, right = operands(context, node)
    return fold.binary(operator, left, right, result_type(context, operator, left, right, node.span), node.span)


def result_type(context: Context, operator: str, left: typed.Expr, right: typed.Expr, span: Span) -> typed.Type:
    """Return the type of ``left operator right`` (operands of one type, or both numbers); reports an unfit operator."""
    type = left.type
    constant = isinstance(left, typed.Constant) and isinstance(right, typed.Constant)
    if operator in _EQUALITY:
        return BOOL
    if operator in _ORDER:
        if is_number(type) or isinstance(type, typed.BvType) or (operator == "<=" and isinstance(type, typed.SetType)):
            return BOOL
        note = [Note("identities and references can only be compared with `==` and `!=`")]
        context.fail("MC208", f"`{operator}` does not apply to {describe(type)}", span, note)
    if operator in _ARITHMETIC:
        if is_number(type):
            return INT
        if isinstance(type, typed.BvType) or (operator == "-" and isinstance(type, typed.SetType)):
            return type
    elif operator in _BITS:
        if isinstance(type, typed.BvType) or (operator in "&|" and isinstance(type, typed.SetType)):
            return type
        if is_number(type) and constant:
            return INT
    elif isinstance(type, typed.BvType) or (is_number(type) and is_number(right.type) and constant):
        return type if isinstance(type, typed.BvType) else INT
    notes = []
    if isinstance(type, typed.BoolType) and operator in _BITS:
        other = {"&": "&&", "|": "||", "^": "!="}[operator]
        notes.append(Note(f"for bools write `{other}`"))
    elif is_number(type):
        notes.append(Note("bits are those of `bv<n>`; int and ranges are mathematical numbers"))
    context.fail("MC208", f"`{operator}` does not apply to {describe(type)}", span, notes)


def _membership(context: Context, node: ast.Binary) -> typed.Expr:
    left = scalar(context, node.left)
    if isinstance(node.right, ast.RangeExpr):
        context.fail("MC219", "`in` needs a set here; compare with `<=` for a range", node.right.span)
    right = scalar(context, node.right, typed.SetType(left.type))
    if not isinstance(right.type, typed.SetType):
        context.fail("MC208", f"`in` needs a set on its right side; this is {article(right.type)}", node.right.span)
    if not (is_number(left.type) and is_number(right.type.element)):
        left = coerce(context, left, right.type.element, node.left, "an element of the set")
    return fold.binary("in", left, right, BOOL, node.span)


def _unary(context: Context, node: ast.Unary, expected: typed.Type | None) -> typed.Expr:
    if node.operator == "!":
        return as_condition(context, expression(context, node.operand, BOOL), node.operand, node.span)
    operand = scalar(context, node.operand, expected)
    type = operand.type
    if isinstance(type, typed.BvType):
        return fold.unary(node.operator, operand, type, node.span)
    if node.operator == "-" and is_number(type):
        return fold.unary("-", operand, INT, node.span)
    if node.operator == "~" and isinstance(expected, typed.BvType) and isinstance(operand, typed.Constant):
        return fold.unary("~", coerce(context, operand, expected, node.operand, "this"), expected, node.span)
    context.fail("MC208", f"`{node.operator}` does not apply to {describe(type)}", node.span)


def _conditional(context: Context, node: ast.Conditional, expected: typed.Type | None) -> typed.Expr:
    test = condition(context, node.condition)
    if _needs_context(context, node.then) and expected is None:
        otherwise = scalar(context, node.otherwise)
        then = scalar(context, node.then, otherwise.type)
    else:
        then = scalar(context, node.then, expected)
        otherwise = scalar(context, node.otherwise, expected or then.type)
    type = then.type
    if is_number(type) and is_number(otherwise.type):
        type = type if type == otherwise.type else INT
    elif isinstance(type, typed.NullType) and not isinstance(otherwise.type, typed.NullType):
        then = coerce(context, then, otherwise.type, node.then, "the other branch")
        type = otherwise.type
    elif type != otherwise.type:
        if isinstance(then, typed.Constant) and isinstance(otherwise.type, typed.BvType):
            then = coerce(context, then, otherwise.type, node.then, "the other branch")
            type = otherwise.type
        else:
            otherwise = coerce(context, otherwise, type, node.otherwise, "the other branch")
    return fold.conditional(test, then, otherwise, type, node.span)


def cast(context: Context, type: typed.Type, operand: ast.Expr, span: Span) -> typed.Expr:
    """Return ``bv<n>(e)`` or ``int(e)``."""
    found = scalar(context, operand)
    if isinstance(type, typed.BvType) and (is_number(found.type) or isinstance(found.type, typed.BvType)):
        if isinstance(found, typed.Constant) and isinstance(found.value, int):
            return typed.Constant(found.value % (1 << type.width), type, span)
        return typed.Cast(found, type, span)
    if isinstance(type, typed.IntType) and (is_number(found.type) or isinstance(found.type, typed.BvType)):
        if isinstance(found, typed.Constant):
            return typed.Constant(found.value, INT, span)
        return found if is_number(found.type) else typed.Cast(found, INT, span)
    context.fail("MC213", f"there is no conversion from {describe(found.type)} to {describe(type)}", span)
