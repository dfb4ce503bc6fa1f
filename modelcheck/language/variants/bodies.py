"""Statement lists inside bodies: finding them, and rewriting one of them.

A *place* for a statement is an element of a block, or the one statement that is the body of an
``if``, a loop and so on. Both are looked at as a statement list, the second as a list of one that
becomes a block when an edit makes it longer. Labels belong to the element of the list: ``a: b: s``
is one element with the labels a and b.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias, assert_never

from modelcheck.ground.records import dataclass
from modelcheck.language.syntax import ast

Statements: TypeAlias = tuple[ast.Stmt, ...]
#: Given a statement list: the list that takes its place, or None to look further inside.
ListEdit: TypeAlias = Callable[[Statements], Statements | None]
#: An item that has a body in which labels can be anchors.
BodyItem: TypeAlias = ast.InlineDecl | ast.CallbackDecl | ast.ProcessDecl | ast.InitDecl


@dataclass(frozen=True, slots=True)
class Peeled:
    """An element of a statement list without its labels (outermost first)."""

    labels: tuple[str, ...]
    statement: ast.Stmt


def peel(statement: ast.Stmt) -> Peeled:
    """Take the labels off a statement."""
    labels: list[str] = []
    while isinstance(statement, ast.Labelled):
        labels.append(statement.label)
        statement = statement.statement
    return Peeled(tuple(labels), statement)


def with_labels(labels: tuple[str, ...], statement: ast.Stmt) -> ast.Stmt:
    """Put labels (outermost first) on a statement."""
    for label in reversed(labels):
        statement = ast.Labelled(label, statement, statement.span)
    return statement


def lists_in(block: ast.Block) -> Iterator[Statements]:
    """All statement lists of a body, outer ones first."""
    yield block.statements
    for statement in block.statements:
        yield from _lists_below(statement)


def labels_in(statements: Statements) -> Iterator[str]:
    """All labels on and inside the statements, in the order of the text."""
    for statement in statements:
        peeled = peel(statement)
        yield from peeled.labels
        for below in places_below(peeled.statement):
            yield from labels_in(as_list(below))


def rewrite(block: ast.Block, edit: ListEdit) -> ast.Block:
    """Offer every statement list to ``edit``, in the order of ``lists_in``, and put in place what it returns.

    Lists inside a list that was replaced are not offered any more.
    """
    return replace(block, statements=_rewrite_list(block.statements, edit))


def as_list(place: ast.Stmt) -> Statements:
    """The statement list that a place is."""
    return place.statements if isinstance(place, ast.Block) else (place,)


def places_below(statement: ast.Stmt) -> Iterator[ast.Stmt]:
    """The places for statements directly inside a statement, in the order of the text."""
    match statement:
        case ast.Block():
            yield statement
        case ast.Labelled(statement=inner):
            yield from places_below(inner)
        case ast.If(then=then, otherwise=otherwise):
            yield then
            if otherwise is not None:
                yield otherwise
        case ast.While(body=body) | ast.DoWhile(body=body) | ast.Loop(body=body) | ast.For(body=body):
            yield body
        case ast.When(branches=branches):
            for branch in branches:
                if branch.body is not None:
                    yield branch.body
        case ast.Atomic(body=body):
            yield body
        case ast.Choose(branches=blocks):
            yield from blocks
        case ast.Simple() | ast.Jump():
            pass
        case _:
            assert_never(statement)


def _lists_below(statement: ast.Stmt) -> Iterator[Statements]:
    for place in places_below(statement):
        statements = as_list(place)
        yield statements
        for inner in statements:
            yield from _lists_below(inner)


def _rewrite_list(statements: Statements, edit: ListEdit) -> Statements:
    edited = edit(statements)
    if edited is not None:
        return edited
    return tuple(_rewrite_below(statement, edit) for statement in statements)


def _rewrite_place(place: ast.Stmt, edit: ListEdit) -> ast.Stmt:
    if isinstance(place, ast.Block):
        return _rewrite_block(place, edit)
    after = _rewrite_list((place,), edit)
    return after[0] if len(after) == 1 else ast.Block(after, place.span)


def _rewrite_block(block: ast.Block, edit: ListEdit) -> ast.Block:
    return replace(block, statements=_rewrite_list(block.statements, edit))


def _rewrite_below(statement: ast.Stmt, edit: ListEdit) -> ast.Stmt:
    match statement:
        case ast.Block():
            return _rewrite_block(statement, edit)
        case ast.Labelled(statement=inner):
            return replace(statement, statement=_rewrite_below(inner, edit))
        case ast.If(then=then, otherwise=otherwise):
            new_then = _rewrite_place(then, edit)
            new_otherwise = None if otherwise is None else _rewrite_place(otherwise, edit)
            return replace(statement, then=new_then, otherwise=new_otherwise)
        case ast.While(body=body) | ast.DoWhile(body=body) | ast.Loop(body=body) | ast.For(body=body):
            return replace(statement, body=_rewrite_place(body, edit))
        case ast.When(branches=branches):
            return replace(statement, branches=tuple(_rewrite_branch(branch, edit) for branch in branches))
        case ast.Atomic(body=body):
            return replace(statement, body=_rewrite_block(body, edit))
        case ast.Choose(branches=blocks):
            return replace(statement, branches=tuple(_rewrite_block(block, edit) for block in blocks))
        case (
            ast.LocalDecl()
            | ast.Assign()
            | ast.CompoundAssign()
            | ast.ExprStmt()
            | ast.Goto()
            | ast.Break()
            | ast.Continue()
            | ast.Return()
            | ast.PickStmt()
            | ast.Emit()
            | ast.Assert()
            | ast.Empty()
        ):
            return statement
        case _:
            assert_never(statement)


def _rewrite_branch(branch: ast.WhenBranch, edit: ListEdit) -> ast.WhenBranch:
    return branch if branch.body is None else replace(branch, body=_rewrite_place(branch.body, edit))
