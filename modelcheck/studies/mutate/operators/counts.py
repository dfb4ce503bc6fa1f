"""Numbers that are off by one."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.language.syntax import ast
from modelcheck.language.variants.bodies import peel
from modelcheck.studies.mutate.operators.operator import Body, Draft, Operator, shown, words
from modelcheck.studies.mutate.roles import atomic_in
from modelcheck.studies.mutate.tree import expressions_of, substituted

FAMILY = "counts"

OPERATORS = (
    Operator("off_by_one", FAMILY, "a number is one more or one less", "a count that is off by one"),
    Operator("boundary", FAMILY, "`<` for `<=`, and the reverse", "a bound that is off by one"),
)

_COUNTING = ("==", "!=", "<", "<=", ">", ">=", "+", "-")
#: What is stored of these is mostly a flag, and no count.
_FLAGS = (ast.IntLit(0), ast.IntLit(1))
_BOUNDARY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}


def off_by_one(body: Body) -> Iterator[Draft]:
    """Each number that is compared with, counted by, or stored: one more, and one less unless it is 0."""
    for listed, index, statement in body.elements():
        if isinstance(statement, ast.Assert):
            continue
        element = listed.statements[index]
        for number, context in _numbers(statement, body):
            for change, other in _others(number):
                new = (substituted(element, number, other),)
                says = f"says {shown(other)} instead of {shown(number)} in `{context}`"
                tag = words(f"{shown(number)} {change}")
                yield body.draft("off_by_one", listed, index, index + 1, new, says, tag)
        for expression in expressions_of(statement):
            if isinstance(expression, ast.Binary) and expression.operator in _BOUNDARY:
                changed = ast.Binary(_BOUNDARY[expression.operator], expression.left, expression.right, expression.span)
                says = f"says `{shown(changed)}` instead of `{shown(expression)}`"
                new = (substituted(element, expression, changed),)
                yield body.draft("boundary", listed, index, index + 1, new, says, words(shown(expression)))


def _numbers(statement: ast.Stmt, body: Body) -> Iterator[tuple[ast.Expr, str]]:
    """Numbers, and params that are numbers, each with what it stands in."""
    for expression in expressions_of(statement):
        found = atomic_in(expression)
        if found is not None:
            yield from ((a, shown(expression)) for a in found.arguments if _is_number(a, body))
        match expression:
            case ast.Binary(operator, left, right) if operator in _COUNTING:
                yield from ((side, shown(expression)) for side in (left, right) if _is_number(side, body))
            case ast.New(_, inits):
                yield from (
                    (one.value, f"{one.field} = {shown(one.value)}") for one in inits if _is_number(one.value, body)
                )
    match peel(statement).statement:
        case ast.CompoundAssign(target, operator, added) if operator in ("+", "-") and _is_number(added, body):
            yield added, f"{shown(target)} {operator}= {shown(added)}"
        case ast.Assign(target, stored) if _is_number(stored, body) and stored not in _FLAGS:
            yield stored, f"{shown(target)} = {shown(stored)}"


def _is_number(expression: ast.Expr, body: Body) -> bool:
    match expression:
        case ast.IntLit():
            return True
        case ast.Name(name):
            return name in body.roles.numbers and name not in body.local
    return False


def _others(number: ast.Expr) -> Iterator[tuple[str, ast.Expr]]:
    if isinstance(number, ast.IntLit):
        yield "more", ast.IntLit(number.value + 1, number.span)
        if number.value > 0:
            yield "less", ast.IntLit(number.value - 1, number.span)
        return
    one = ast.IntLit(1, number.span)
    yield "more", ast.Binary("+", number, one, number.span)
    yield "less", ast.Binary("-", number, one, number.span)
