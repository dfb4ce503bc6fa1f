"""Tests that are not made, or made of a part of the condition; waits that do not wait; retries that are not made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from modelcheck.language.syntax import ast
from modelcheck.language.syntax.formatter.unparse import unparse_expression
from modelcheck.language.variants.bodies import labels_in, peel
from modelcheck.model.kernel import PRIMITIVES, CondLoadCall
from modelcheck.studies.mutate.operators.operator import Body, Draft, Operator, shown, words
from modelcheck.studies.mutate.roles import Role, atomic_in, plain
from modelcheck.studies.mutate.tree import (
    Listed,
    everything,
    expressions_of,
    flattened,
    instead,
    relabelled,
    substituted,
    within,
    without_value,
)

FAMILY = "guards"

OPERATORS = (
    Operator("drop_check", FAMILY, "does not test: goes on as if the condition were false", "a test that a patch lost"),
    Operator(
        "drop_recheck",
        FAMILY,
        "does not test again what it has tested, or waited to test",
        "a missing test under the lock",
    ),
    Operator("always", FAMILY, "does not test: goes on as if the condition were true", "an unconditional path"),
    Operator("drop_conjunct", FAMILY, "leaves a part of a condition out", "a condition that is not tested any more"),
    Operator("no_wait", FAMILY, "goes on without waiting", "a missing wait"),
    Operator("no_retry", FAMILY, "tests once instead of going round", "`if` where `while` is needed"),
)


def untested(body: Body) -> Iterator[Draft]:
    """Each ``if`` with its condition taken for false, and for true."""
    seen: list[str] = []
    for listed, index, statement in body.elements():
        if not isinstance(statement, ast.If):
            continue
        element = listed.statements[index]
        text = shown(statement.condition)
        again = _is_again(statement, listed, index, seen, body)
        operator, says = ("drop_recheck", "does not test again") if again else ("drop_check", "does not test")
        seen += _places(statement.condition, body)
        otherwise = () if statement.otherwise is None else flattened(statement.otherwise)
        # What labels are in a branch stays, unreached: properties may speak of them.
        new = (
            _constantly(element, statement, False) if any(labels_in((statement.then,))) else instead(element, otherwise)
        )
        # Where the branch is work to do, and no way out, it is the work that is lost, and not the test.
        says = f"{says} `{text}`" if _leaves(statement.then) else f"takes `{text}` for false"
        yield body.draft(operator, listed, index, index + 1, new, says, words(text))
        then = (
            _constantly(element, statement, True)
            if statement.otherwise is not None and any(labels_in((statement.otherwise,)))
            else instead(element, flattened(statement.then))
        )
        yield body.draft("always", listed, index, index + 1, then, f"takes `{text}` for true", words(text))


def _leaves(branch: ast.Stmt) -> bool:
    """Whether a branch ends with a jump: the test in front of it is there to bail out."""
    inside = flattened(branch)
    return bool(inside) and isinstance(peel(inside[-1]).statement, ast.Goto | ast.Return | ast.Continue | ast.Break)


def _constantly(element: ast.Stmt, statement: ast.If, value: bool) -> tuple[ast.Stmt, ...]:
    return (relabelled(element, replace(statement, condition=ast.BoolLit(value, statement.condition.span))),)


def _is_again(statement: ast.If, listed: Listed, index: int, seen: list[str], body: Body) -> bool:
    """Whether something that was looked at before is looked at again, or the test stands right behind a lock or get."""
    if any(place in seen for place in _places(statement.condition, body)):
        return True
    if index == 0:
        return False
    before = peel(listed.statements[index - 1]).statement
    if body.roles.of(before, body.local) in (Role.LOCK, Role.GET):
        return True
    if not isinstance(before, ast.If):
        return False
    found = [node for node in within(before.condition) if isinstance(node, ast.Calling)]
    return any(
        ((operation := atomic_in(node)) is not None and operation.operator == "inc_not_zero")
        or (isinstance(node, ast.Call) and node.name.endswith("trylock"))
        for node in found
    )


def _places(condition: ast.Expr, body: Body) -> list[str]:
    """The places that everybody can change and the condition looks at."""
    return [
        unparse_expression(node)
        for node in within(condition)
        if isinstance(node, ast.Member) or (isinstance(node, ast.Name) and node.name not in body.local)
    ]


def unwaited(body: Body) -> Iterator[Draft]:
    """Each ``when``, guard of an ``atomic``, ``cond_load`` and ``where`` without its condition; each loop gone once."""
    for listed, index, statement in body.elements():
        element = listed.statements[index]

        def made(
            operator: str,
            says: str,
            condition: ast.Expr,
            new: tuple[ast.Stmt, ...],
            at: tuple[Listed, int] = (listed, index),
        ) -> Draft:
            text = shown(condition)
            return body.draft(operator, at[0], at[1], at[1] + 1, new, f"{says} `{text}`", words(text))

        match statement:
            case ast.When((branch,)):
                inner = () if branch.body is None else flattened(branch.body)
                yield made("no_wait", "does not wait for", branch.guard, instead(element, inner))
            case ast.Atomic(guard=guard) if guard is not None:
                new = (relabelled(element, replace(statement, guard=None)),)
                yield made("no_wait", "does not wait for", guard, new)
            case ast.PickStmt(_, _, where) if where is not None:
                new = (relabelled(element, replace(statement, where=None)),)
                yield made("no_wait", "does not look for", where, new)
            case ast.While(condition, inside) if not _jumps_round(inside):
                new = (relabelled(element, ast.If(condition, inside, None, statement.span)),)
                yield made("no_retry", "tests only once", condition, new)
            case ast.DoWhile(inside, condition) if not _jumps_round(inside):
                yield made("no_retry", "goes only once round", condition, instead(element, flattened(inside)))
        for expression in expressions_of(statement):
            loaded = _cond_load(expression)
            if loaded is not None:
                place, condition = loaded
                yield made("no_wait", "does not wait for", condition, without_value(element, expression, place))


def _cond_load(expression: ast.Expr) -> tuple[ast.Expr, ast.Expr] | None:
    match expression:
        case ast.CondLoad(place, condition):
            return place, condition
        case ast.Call(name, (place, condition)) if isinstance(PRIMITIVES.get(name), CondLoadCall):
            return plain(place), condition
    return None


def _jumps_round(inside: ast.Stmt) -> bool:
    return any(isinstance(inner, ast.Continue | ast.Break) for inner in everything(inside))


def shortened(body: Body) -> Iterator[Draft]:
    """Each operand of ``&&`` and ``||``, left out."""
    for listed, index, statement in body.elements():
        if isinstance(statement, ast.Assert):
            continue
        element = listed.statements[index]
        for expression in expressions_of(statement):
            if isinstance(expression, ast.Binary) and expression.operator in ("&&", "||"):
                for dropped, kept in ((expression.left, expression.right), (expression.right, expression.left)):
                    if isinstance(dropped, ast.Binary) and dropped.operator == expression.operator:
                        continue  # its operands are dropped one by one
                    text = shown(dropped)
                    new = (substituted(element, expression, kept),)
                    says = f"leaves `{text}` out of the condition"
                    yield body.draft("drop_conjunct", listed, index, index + 1, new, says, words(text))
