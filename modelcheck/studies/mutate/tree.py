"""Statement lists of bodies by number, and what is changed in them.

A body's lists are numbered in the order of ``bodies.lists_in``. A *splice* puts statements in the
place of some elements of one list. Labels are part of the elements: whoever takes a statement away
says where its labels go (``emptied``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from modelcheck.ground.records import dataclass
from modelcheck.ground.source import Span
from modelcheck.language.syntax import ast
from modelcheck.language.variants.bodies import Statements, as_list, peel, places_below, rewrite, with_labels

#: What has code that mutants are made of. (An initial state is no code of the kernel's.)
CODE = ast.ProcessDecl | ast.InlineDecl | ast.CallbackDecl


@dataclass(frozen=True, slots=True)
class Splice:
    """In the body of ``owner``, the elements ``first`` to ``end`` (exclusive) of a list give way to ``new``."""

    owner: str
    list: int
    first: int
    end: int
    new: Statements


@dataclass(frozen=True, slots=True)
class Listed:
    """A statement list of a body.

    ``above``: the number of the list that it stands in, and which element of that; None for the
    outermost. ``atomic``: it is inside of an ``atomic``. ``looped``: inside of a loop.
    """

    owner: CODE
    number: int
    statements: Statements
    above: tuple[int, int] | None
    atomic: bool
    looped: bool


def lists_of(owner: CODE) -> tuple[Listed, ...]:
    """Return every statement list of a body."""
    found: list[Listed] = []

    def visit(statements: Statements, above: tuple[int, int] | None, atomic: bool, looped: bool) -> None:
        number = len(found)
        found.append(Listed(owner, number, statements, above, atomic, looped))
        for index, element in enumerate(statements):
            statement = peel(element).statement
            inside = atomic or isinstance(statement, ast.Atomic)
            round_ = looped or isinstance(statement, ast.Loop | ast.While | ast.DoWhile | ast.For)
            for place in places_below(statement):
                visit(as_list(place), (number, index), inside, round_)

    visit(owner.body.statements, None, False, False)
    return tuple(found)


def spliced(body: ast.Block, splice: Splice) -> ast.Block:
    """Return a body with a splice made."""
    number = -1

    def edit(statements: Statements) -> Statements | None:
        nonlocal number
        number += 1
        if number != splice.list:
            return None
        return (*statements[: splice.first], *splice.new, *statements[splice.end :])

    return rewrite(body, edit)


def emptied(element: ast.Stmt) -> Statements:
    """Return what is left of an element whose statement goes: its labels, on an empty one."""
    labels = peel(element).labels
    return (with_labels(labels, ast.Empty(element.span)),) if labels else ()


def relabelled(element: ast.Stmt, new: ast.Stmt) -> ast.Stmt:
    """Return ``new`` with the labels of an element."""
    return with_labels(peel(element).labels, new)


def flattened(statement: ast.Stmt) -> Statements:
    """Return the statements that a branch is made of."""
    return statement.statements if isinstance(statement, ast.Block) else (statement,)


def instead(element: ast.Stmt, new: Statements) -> Statements:
    """Return ``new`` for an element, whose labels go to the first of them, or to an empty statement."""
    labels = peel(element).labels
    if not labels:
        return new
    first, *rest = new or (ast.Empty(element.span),)
    return (with_labels(labels, first), *rest)


_STATEMENTS = (ast.Nesting, ast.Simple, ast.Jump)


def expressions_of(statement: ast.Stmt) -> Iterator[ast.Expr]:
    """Every expression of a statement and in it, outer ones first; not those of statements inside it."""
    for child in _children(statement):
        yield from _below(child)


def within(expression: ast.Expr) -> Iterator[ast.Expr]:
    """An expression and every one inside it, outer ones first."""
    yield from _below(expression)


def _below(node: Any) -> Iterator[ast.Expr]:
    if isinstance(node, _EXPRESSIONS):
        yield node  # type: ignore[misc]  # these are all the kinds of expressions
    for child in _children(node):
        yield from _below(child)


def _children(node: Any) -> Iterator[Any]:
    """The nodes directly in a node, without statements."""
    for field in fields(node):
        value = getattr(node, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if is_dataclass(part) and not isinstance(part, (*_STATEMENTS, *_NO_EXPRESSIONS)):
                yield part


def everything(statement: ast.Stmt) -> Iterator[ast.Stmt]:
    """A statement and every one inside it."""
    yield statement
    inside = (statement.statement,) if isinstance(statement, ast.Labelled) else tuple(places_below(statement))
    # A block is a place itself.
    for inner in statement.statements if isinstance(statement, ast.Block) else inside:
        yield from everything(inner)


def without_value(element: ast.Stmt, old: ast.Expr, new: ast.Expr) -> Statements:
    """As ``substituted``, for an expression that only looks: as a statement of its own it is left out."""
    statement = peel(element).statement
    if isinstance(statement, ast.ExprStmt) and statement.expression is old:
        return emptied(element)
    return (substituted(element, old, new),)


def substituted(statement: ast.Stmt, old: ast.Expr, new: ast.Expr) -> ast.Stmt:
    """Return the statement with ``new`` where the node ``old`` stands (that very node)."""
    found = _substituted(statement, old, new)
    assert isinstance(found, _STATEMENTS)
    return found  # type: ignore[return-value]


def exchanged(expression: ast.Expr, old: ast.Expr, new: ast.Expr) -> ast.Expr:
    """As ``substituted``, in an expression."""
    return _substituted(expression, old, new)  # type: ignore[no-any-return]


def _substituted(node: Any, old: object, new: object) -> Any:
    if node is old:
        return new
    changes: dict[str, Any] = {}
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, tuple):
            parts = tuple(_substituted(part, old, new) if is_dataclass(part) else part for part in value)
            if any(before is not after for before, after in zip(value, parts, strict=True)):
                changes[field.name] = parts
        elif is_dataclass(value) and not isinstance(value, _NO_EXPRESSIONS):
            after = _substituted(value, old, new)
            if after is not value:
                changes[field.name] = after
    return replace(node, **changes) if changes else node


def names_in(statement: ast.Stmt) -> frozenset[str]:
    """Every name that occurs in a statement or in those inside it."""
    return frozenset(
        expression.name
        for inner in everything(statement)
        for expression in expressions_of(inner)
        if isinstance(expression, ast.Name)
    )


def mapped_body(
    items: tuple[ast.Item, ...], owner: str, change: Callable[[ast.Block], ast.Block]
) -> tuple[ast.Item, ...]:
    """Return the items with another body of the process, inline or callback of that name."""
    return tuple(
        replace(item, body=change(item.body)) if isinstance(item, CODE) and item.name == owner else item
        for item in items
    )


_EXPRESSIONS = (
    ast.Literal,
    ast.Location,
    ast.Calling,
    ast.AddressOf,
    ast.Operator,
    ast.New,
    ast.CondLoad,
    ast.OfProperties,
)

#: What a node holds besides expressions and statements.
_NO_EXPRESSIONS = (Span, ast.WrittenType)
