"""Two neighbouring steps in the other order."""

from __future__ import annotations

from collections.abc import Iterator

from modelcheck.language.syntax import ast
from modelcheck.language.syntax.formatter.unparse import unparse_statement
from modelcheck.language.variants.bodies import peel, with_labels
from modelcheck.studies.mutate.operators.operator import Body, Draft, Operator, words
from modelcheck.studies.mutate.operators.steps import object_of
from modelcheck.studies.mutate.roles import Role
from modelcheck.studies.mutate.tree import everything, expressions_of, names_in

FAMILY = "order"

OPERATORS = (
    Operator("early_free", FAMILY, "frees before the step in front of it", "a free that comes too early"),
    Operator("early_unlock", FAMILY, "drops a lock before the step in front of it", "a lock dropped too early"),
    Operator("late_lock", FAMILY, "takes a lock after the step behind it", "a lock taken too late"),
    Operator("early_put", FAMILY, "drops a reference before the step in front of it", "a put before the last use"),
    Operator("late_get", FAMILY, "takes a reference after the step behind it", "a get after the first use"),
    Operator("move_emit", FAMILY, "an event occurs on the other side of a step", "a hook on the wrong side of a step"),
    Operator(
        "move_callback", FAMILY, "a callback is called on the other side of a step", "an operation called too early"
    ),
    Operator("late_clear", FAMILY, "clears a pointer after the step behind it", "a pointer cleared too late"),
    Operator("swap_steps", FAMILY, "two neighbouring steps change places", "an order that looks as good"),
)

_MOVES = (
    ast.Assign
    | ast.CompoundAssign
    | ast.ExprStmt
    | ast.Emit
    | ast.If
    | ast.When
    | ast.Atomic
    | ast.Choose
    | ast.For
    | ast.While
    | ast.PickStmt
)


def swapped(body: Body) -> Iterator[Draft]:
    """Each two neighbours of which the second needs no local that the first sets."""
    for listed, index, first in body.elements():
        if index + 1 == len(listed.statements) or listed.atomic:
            continue
        before, behind = listed.statements[index], listed.statements[index + 1]
        second = peel(behind).statement
        if not isinstance(first, _MOVES) or not isinstance(second, _MOVES) or first == second:
            continue
        if _sets(first, body.local) & names_in(second) or _sets(second, body.local) & names_in(first):
            continue
        roles = body.roles.of(first, body.local), body.roles.of(second, body.local)
        if roles == (Role.OTHER, Role.OTHER) and not _looks_beyond(first, body) and not _looks_beyond(second, body):
            continue
        operator, says, tag = _told(first, second, roles)
        # Where somebody jumps to stays where it is; other labels say which statement they mean, and go with it.
        stay, go = _parted(peel(before).labels, body), _parted(peel(behind).labels, body)
        new = (with_labels((*stay[0], *go[1]), second), with_labels((*go[0], *stay[1]), first))
        yield body.draft(operator, listed, index, index + 2, new, says, tag)


def _told(first: ast.Stmt, second: ast.Stmt, roles: tuple[Role, Role]) -> tuple[str, str, str]:
    one, other = _short(first), _short(second)
    early = {Role.FREE: "early_free", Role.UNLOCK: "early_unlock", Role.PUT: "early_put"}
    late = {Role.LOCK: "late_lock", Role.GET: "late_get", Role.CLEAR: "late_clear"}
    if roles[1] in early:
        return early[roles[1]], f"does {other} before {one}", words(object_of(second))
    if roles[0] in late:
        return late[roles[0]], f"does {one} only after {other}", words(object_of(first))
    for role, operator in ((Role.EMIT, "move_emit"), (Role.CALLBACK, "move_callback")):
        if roles[1] is role:
            return operator, f"does {other} before {one}", words(object_of(second))
        if roles[0] is role:
            return operator, f"does {one} only after {other}", words(object_of(first))
    return "swap_steps", f"does {other} before {one}", words(object_of(first))


def _short(statement: ast.Stmt) -> str:
    text = unparse_statement(statement).rstrip(";")
    return f"`{text if len(text) <= 40 else text[:39] + '…'}`"


def _parted(labels: tuple[str, ...], body: Body) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The labels that somebody jumps to, and the others."""
    aims = {inner.label for inner in everything(body.owner.body) if isinstance(inner, ast.Goto)}
    return tuple(label for label in labels if label in aims), tuple(label for label in labels if label not in aims)


def _sets(statement: ast.Stmt, local: frozenset[str]) -> frozenset[str]:
    """The locals that a statement, or one inside it, gives a value."""
    found: set[str] = set()
    for inner in everything(statement):
        match inner:
            case ast.Assign(target) | ast.CompoundAssign(target):
                found |= {name for name in _roots(target) if name in local}
            case ast.LocalDecl(name) | ast.PickStmt(name) | ast.For(name):
                found.add(name)
        for expression in expressions_of(inner):
            if isinstance(expression, ast.AddressOf):
                found |= {name for name in _roots(expression.operand) if name in local}
    return frozenset(found)


def _roots(place: ast.Expr) -> Iterator[str]:
    match place:
        case ast.Name(name):
            yield name
        case ast.Member(base, _, False) | ast.Index(base):
            yield from _roots(base)


def _looks_beyond(statement: ast.Stmt, body: Body) -> bool:
    """Whether a statement reads or calls something that is not the body's own."""
    names = names_in(statement) - body.local
    return bool(names) or any(
        isinstance(node, ast.Calling | ast.Member) for inner in everything(statement) for node in expressions_of(inner)
    )
