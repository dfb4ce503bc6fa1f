"""What has to be one step, as several; and operations that do less than they must."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from modelcheck.language.syntax import ast
from modelcheck.language.syntax.formatter.unparse import unparse_expression
from modelcheck.language.variants.bodies import peel
from modelcheck.model.kernel import PRIMITIVES, BitCall, ExchangeCall, PlainBitCall
from modelcheck.studies.mutate.operators.operator import Body, Draft, Operator, shown, words
from modelcheck.studies.mutate.roles import Atomic, atomic_in, plain
from modelcheck.studies.mutate.tree import (
    Listed,
    expressions_of,
    flattened,
    instead,
    substituted,
    within,
    without_value,
)

FAMILY = "atomics"

OPERATORS = (
    Operator(
        "split_atomic", FAMILY, "does one after the other what has to be one step", "two steps that look like one"
    ),
    Operator("plain_inc", FAMILY, "increments a count that may be zero", "kref_get() for kref_get_unless_zero()"),
    Operator("no_get", FAMILY, "tests a count and takes no reference", "a pointer that is kept without a reference"),
    Operator(
        "test_for_freeze", FAMILY, "tests a count instead of freezing it", "page_count(p) == n for page_ref_freeze()"
    ),
    Operator(
        "test_after_put",
        FAMILY,
        "drops a reference, then looks whether it was the last",
        "atomic_read() after atomic_dec()",
    ),
    Operator("split_exchange", FAMILY, "loads and stores instead of exchanging", "a plain load and store for xchg()"),
    Operator(
        "plain_bit", FAMILY, "loads the word and stores it with the bit changed", "__set_bit() instead of set_bit()"
    ),
)


def split(body: Body) -> Iterator[Draft]:
    """Each ``atomic`` with more than one step in it, as a row of steps; each exchange as a load and a store.

    That an event is told together with the step that it is about is no claim about the code.
    """
    for listed, index, statement in body.elements():
        element = listed.statements[index]
        match statement:
            case ast.Atomic(guard, block) if not listed.atomic and _several(guard, block):
                first = (ast.When((ast.WhenBranch(guard, None, guard.span),), guard.span),) if guard is not None else ()
                new = instead(element, (*first, *block.statements))
                labels = peel(element).labels
                tag = labels[-1] if labels else words(shown(guard) if guard is not None else "")
                yield body.draft(
                    "split_atomic", listed, index, index + 1, new, "does not do in one step what `atomic` says", tag
                )
            case ast.ExprStmt(ast.Call(name, arguments, span)) if not listed.atomic and _changes_bit(name):
                plainly = ast.ExprStmt(ast.Call(f"__{name}", arguments, span), statement.span)
                says = f"loads and stores {shown(plain(arguments[-1]))} instead of changing one bit of it"
                yield body.draft(
                    "plain_bit",
                    listed,
                    index,
                    index + 1,
                    instead(element, (plainly,)),
                    says,
                    words(shown(arguments[0])),
                )
            case ast.Assign(_, value) if not listed.atomic:
                exchanged = _exchange(value)
                if exchanged is not None:
                    place, new_value = exchanged
                    parts = (replace(statement, value=place), ast.Assign(place, new_value, statement.span))
                    text = unparse_expression(place)
                    says = f"loads {text} and stores it in two steps"
                    yield body.draft(
                        "split_exchange", listed, index, index + 1, instead(element, parts), says, words(text)
                    )


def _changes_bit(name: str) -> bool:
    """Whether a call of that name is one of those of the kernel that change a bit in one step, and yield nothing."""
    return isinstance(PRIMITIVES.get(name), BitCall) and isinstance(PRIMITIVES.get(f"__{name}"), PlainBitCall)


def _several(guard: ast.Expr | None, block: ast.Block) -> bool:
    found = [peel(element).statement for element in block.statements]
    steps = [one for one in found if not isinstance(one, ast.Empty | ast.LocalDecl | ast.Emit)]
    return len(steps) + (guard is not None) > 1 or any(_reads_and_writes(one) for one in steps)


def _reads_and_writes(statement: ast.Stmt) -> bool:
    match statement:
        case ast.If() | ast.CompoundAssign():
            return True
        case ast.Assign(target, value):
            return target in within(value)
    return False


def _exchange(value: ast.Expr) -> tuple[ast.Expr, ast.Expr] | None:
    """The place and the new value of an ``xchg``."""
    found = atomic_in(value)
    if found is not None and found.operator == "xchg":
        return found.place, found.arguments[0]
    match value:
        case ast.MethodCall(base, "xchg", (argument,)):
            return base, argument
        case ast.Call(name, (place, argument)):
            meant = PRIMITIVES.get(name)
            if isinstance(meant, ExchangeCall) and meant.operator == "xchg":
                return plain(place), argument
    return None


def weakened(body: Body) -> Iterator[Draft]:
    """``inc_not_zero``, ``freeze`` and ``dec_and_test`` as something plainer."""
    for listed, index, statement in body.elements():
        if isinstance(statement, ast.Assert):
            continue
        for expression in expressions_of(statement):
            found = atomic_in(expression)
            if found is None:
                continue
            text = unparse_expression(found.place)
            match found.operator:
                case "inc_not_zero":
                    yield _plain_inc(body, listed, index, found, text)
                    test = ast.Binary("!=", found.place, ast.IntLit(0, expression.span), expression.span)
                    says = f"only looks whether {text} is zero, and takes no reference"
                    yield _with(body, listed, index, "no_get", expression, test, says, text)
                case "freeze":
                    test = ast.Binary("==", found.place, found.arguments[0], expression.span)
                    says = f"tests {text} instead of freezing it"
                    yield _with(body, listed, index, "test_for_freeze", expression, test, says, text)
                case "dec_and_test" if isinstance(statement, ast.If) and not listed.atomic:
                    yield _test_after_put(body, listed, index, found, text)


def _with(
    body: Body, listed: Listed, index: int, operator: str, old: ast.Expr, new: ast.Expr, says: str, text: str
) -> Draft:
    changed = without_value(listed.statements[index], old, new)
    return body.draft(operator, listed, index, index + 1, changed, says, words(text))


def _operation(found: Atomic, operator: str) -> ast.Expr:
    return ast.MethodCall(found.place, operator, (), found.expression.span)


def _plain_inc(body: Body, listed: Listed, index: int, found: Atomic, text: str) -> Draft:
    """As a statement where nothing else hangs on it."""
    element = listed.statements[index]
    says = f"increments {text} without looking whether it is zero"
    inc = ast.ExprStmt(_operation(found, "inc"), found.expression.span)
    test = ast.Binary(
        "!=", _operation(found, "inc_return"), ast.IntLit(0, found.expression.span), found.expression.span
    )
    new: tuple[ast.Stmt, ...] = (substituted(element, found.expression, test),)
    match peel(element).statement:
        case ast.If(ast.Unary("!", operand), _, otherwise) if operand is found.expression:
            new = instead(element, (inc, *(() if otherwise is None else flattened(otherwise))))
        case ast.ExprStmt(expression) if expression is found.expression:
            new = instead(element, (inc,))
        case ast.If(condition, then, _) if condition is found.expression:
            new = instead(element, (inc, *flattened(then)))
    return body.draft("plain_inc", listed, index, index + 1, new, says, words(text))


def _test_after_put(body: Body, listed: Listed, index: int, found: Atomic, text: str) -> Draft:
    element = listed.statements[index]
    statement = peel(element).statement
    test = ast.Binary("==", found.place, ast.IntLit(0, found.expression.span), found.expression.span)
    dec = ast.ExprStmt(_operation(found, "dec"), found.expression.span)
    new = instead(element, (dec, substituted(statement, found.expression, test)))
    says = f"decrements {text}, then looks whether it is zero"
    return body.draft("test_after_put", listed, index, index + 1, new, says, words(text))
