"""A step is left out, or done twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

from modelcheck.language.syntax import ast
from modelcheck.language.syntax.formatter.unparse import unparse_expression, unparse_statement
from modelcheck.language.variants.bodies import peel
from modelcheck.model import rcu
from modelcheck.studies.mutate.operators.operator import Body, Draft, Operator, shown, words
from modelcheck.studies.mutate.roles import Role, atomic_in, plain
from modelcheck.studies.mutate.tree import emptied, relabelled

FAMILY = "forget"
TWICE = "twice"

OPERATORS = (
    Operator("drop_lock", FAMILY, "does not take a lock", "a path that is not covered by the lock"),
    Operator("drop_unlock", FAMILY, "does not drop a lock", "a lock that is kept"),
    Operator(
        "leak_lock", FAMILY, "does not drop a lock on a path that leaves early", "an error path without its unlock"
    ),
    Operator("drop_complete", FAMILY, "does not say that it is done", "a missing complete()"),
    Operator("drop_wait", FAMILY, "does not wait", "a missing wait_for_completion(), a wait that ends at once"),
    Operator("drop_emit", FAMILY, "an event does not occur", "a hook that is not called at one of its sites"),
    Operator(
        "drop_callback", FAMILY, "a callback is not called", "an operation that is not called at one of its sites"
    ),
    Operator("drop_get", FAMILY, "does not take a reference", "a pointer that is kept without a reference"),
    Operator("drop_put", FAMILY, "does not drop a reference", "a leaked reference"),
    Operator(
        "leak_put", FAMILY, "does not drop a reference on a path that leaves early", "an error path without its put"
    ),
    Operator("drop_free", FAMILY, "does not free", "a leak"),
    Operator("forget_clear", FAMILY, "does not clear a pointer", "a pointer that is left to what is gone"),
    Operator("drop_store", FAMILY, "does not write", "a flag or field that is not updated"),
    Operator("drop_call", FAMILY, "a function is not called", "a call that a patch lost"),
    Operator(
        "free_now", FAMILY, "frees without waiting for readers", "kfree() for kfree_rcu(), a callback called directly"
    ),
    Operator("twice_emit", TWICE, "an event occurs twice", "a hook that is called at two of its caller's levels"),
    Operator("twice_callback", TWICE, "a callback is called twice", "an operation that caller and callee both call"),
    Operator("twice_get", TWICE, "takes a reference twice", "a get in the caller and in the callee"),
    Operator("twice_put", TWICE, "drops a reference twice", "a put in the caller and in the callee"),
    Operator("twice_free", TWICE, "frees twice", "a free on the error path and at its end"),
)

_DROPPED = MappingProxyType(
    {
        Role.LOCK: ("drop_lock", "does not take"),
        Role.UNLOCK: ("drop_unlock", "does not drop"),
        Role.SIGNAL: ("drop_complete", "leaves out"),
        Role.WAIT: ("drop_wait", "leaves out"),
        Role.EMIT: ("drop_emit", "does not tell"),
        Role.CALLBACK: ("drop_callback", "does not call"),
        Role.GET: ("drop_get", "takes no reference:"),
        Role.PUT: ("drop_put", "keeps the reference:"),
        Role.FREE: ("drop_free", "does not free"),
        Role.CLEAR: ("forget_clear", "does not clear"),
        Role.STORE: ("drop_store", "does not write"),
        Role.CALL: ("drop_call", "does not call"),
    }
)
_LEAKED = MappingProxyType({Role.UNLOCK: "leak_lock", Role.PUT: "leak_put"})
_TWICE = MappingProxyType(
    {
        Role.EMIT: "twice_emit",
        Role.CALLBACK: "twice_callback",
        Role.GET: "twice_get",
        Role.PUT: "twice_put",
        Role.FREE: "twice_free",
    }
)


def forgotten(body: Body) -> Iterator[Draft]:
    """Each statement that does something to others, left out."""
    for listed, index, statement in body.elements():
        role = body.roles.of(statement, body.local)
        if role not in _DROPPED or not isinstance(statement, _ONE):
            continue
        operator, verb = _DROPPED[role]
        early = role in _LEAKED and body.leaves(listed, index)
        operator = _LEAKED[role] if early else operator
        what = object_of(statement)
        says = f"{verb} {what}" + (" before it leaves early" if early else "")
        yield body.draft(operator, listed, index, index + 1, emptied(listed.statements[index]), says, words(what))


def hurried(body: Body) -> Iterator[Draft]:
    """Each object that is freed behind a grace period, freed at once."""
    for listed, index, statement in body.elements():
        if not isinstance(statement, ast.ExprStmt) or not isinstance(statement.expression, ast.Call):
            continue
        call = statement.expression
        if call.name in (*rcu.FREEING, *rcu.FREEING_ASLEEP) and call.arguments:
            freed, instead = call.arguments[0], "kfree"
        elif call.name in (*rcu.QUEUEING, rcu.SRCU_QUEUEING) and len(call.arguments) >= 2:
            head, callback = plain(call.arguments[-2]), call.arguments[-1]
            if not isinstance(head, ast.Member) or not isinstance(callback, ast.Name):
                continue
            freed, instead = head.base, callback.name
        else:
            continue
        now = replace(statement, expression=replace(call, name=instead, arguments=(freed,)))
        new = relabelled(listed.statements[index], now)
        says = f"does `{unparse_statement(now).rstrip(';')}` without waiting for readers"
        yield body.draft("free_now", listed, index, index + 1, (new,), says, words(shown(freed)))


def repeated(body: Body) -> Iterator[Draft]:
    """Each event, call or reference count, done once more."""
    for listed, index, statement in body.elements():
        role = body.roles.of(statement, body.local)
        if role in _TWICE and isinstance(statement, _ONE):
            element = listed.statements[index]
            says = f"does `{unparse_statement(statement).rstrip(';')}` twice"
            new = (element, peel(element).statement)
            yield body.draft(_TWICE[role], listed, index, index + 1, new, says, words(object_of(statement)))


#: Statements that are one thing to do.
_ONE = (ast.Emit, ast.Assign, ast.CompoundAssign, ast.ExprStmt)


def object_of(statement: ast.Stmt) -> str:
    """Return what a statement is about: the lock, the event, the place."""
    match statement:
        case ast.Emit(event):
            return event
        case ast.Assign(target) | ast.CompoundAssign(target):
            return shown(target)
        case ast.ExprStmt(expression):
            found = atomic_in(expression)
            if found is not None:
                return unparse_expression(expression)
            match expression:
                case ast.Call(name, (first, *_)) if name in _OF_ITS_ARGUMENT:
                    return shown(plain(first))
                case ast.Call(name):
                    return name
                case ast.MethodCall(base):
                    return shown(base)
            return shown(expression)
    return unparse_statement(statement)


def _of_its_argument() -> frozenset[str]:
    from modelcheck.model.kernel import PRIMITIVES, FreeCall, LockCall, StoreCall

    return frozenset(name for name, meant in PRIMITIVES.items() if isinstance(meant, LockCall | FreeCall | StoreCall))


_OF_ITS_ARGUMENT = _of_its_argument()
