"""What to say about a name that means no value where it stands: what else it is the name of, or which one was meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

from modelcheck.ground.diagnostics import Note
from modelcheck.ground.suggest import did_you_mean, rename
from modelcheck.language.resolve.names.labels import children
from modelcheck.language.resolve.names.scope import Context, Site
from modelcheck.language.syntax import ast

#: Words that stand where names of values could.
_WORDS = ("true", "false", "null", "none")


def unknown_name(context: Context, node: ast.Name) -> NoReturn:
    """Report that ``node`` names no value."""
    table, name = context.table, node.name
    declared = table.type_name(name)
    if isinstance(declared, ast.ProcessDecl):
        notes = [_LOCALS] if context.site is Site.PROPERTY else []
        context.fail("MC101", f"`{name}` is a process, not a value", node.span, notes)
    if declared is not None:
        context.fail("MC101", f"`{name}` is a type, not a value", node.span)
    if name in table.function_names():
        context.fail("MC101", f"`{name}` is a function; call it: `{name}(…)`", node.span)
    if name == "VAL":
        context.fail("MC101", "`VAL` only means something in the condition of `cond_load`", node.span)
    candidates = [*context.local_names(), *table.value_names(), *_WORDS]
    elsewhere = list(_other_meanings(context, name))
    message = f"unknown name `{name}`{'' if elsewhere else did_you_mean(name, candidates)}"
    fixes = () if elsewhere else rename(name, candidates, node.span)
    context.fail("MC101", message, node.span, elsewhere[:1], fixes)


_LOCALS = Note("a property cannot read the locals of a process: keep what it is about in a `shared` variable")


def _other_meanings(context: Context, name: str) -> Iterator[Note]:
    """Yield what the very name means elsewhere: a local of a process, a field."""
    declared = [context.table.type_name(type) for type in context.table.type_names()]
    if context.site is Site.PROPERTY:
        for process in declared:
            if isinstance(process, ast.ProcessDecl) and name in _locals(process.body):
                yield Note(f"it is a local of `{process.name}`; {_LOCALS.message}")
    for owner in declared:
        if isinstance(owner, ast.ObjectDecl) and any(field.name == name for field in owner.fields):
            yield Note(f"object `{owner.name}` has a field `{name}`: a reference `p` to one shows it as `p->{name}`")


def _locals(body: ast.Stmt) -> Iterator[str]:
    stack = [body]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.LocalDecl):
            yield node.name
        elif isinstance(node, ast.For | ast.PickStmt):
            yield node.variable
        stack.extend(children(node))
