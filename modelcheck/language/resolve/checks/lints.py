"""Hints and lints: statements that take several steps, guards that read several places, waits whose
answer may be stale.

Nothing here is wrong; it is what first models get wrong without noticing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import assert_never

from modelcheck.ground.diagnostics import DiagnosticBag, Note
from modelcheck.ground.source import Span
from modelcheck.model import typed
from modelcheck.model.trees import below, operands, place_operands, statements_in


def written(bodies: Iterable[typed.Stmt], names: dict[int, str]) -> frozenset[str]:
    """Return the shared locations that code may change (all of a kind by one name, as in ``reads``)."""
    found: set[str] = set()
    for node in below(tuple(bodies)):
        if isinstance(node, typed.Assign | typed.CompoundAssign):
            found.add(_describe(node.target, names) or "")
        elif isinstance(node, typed.AtomicOp):
            found.add(_describe(node.place, names) or "")
        elif isinstance(node, typed.CallExpr):
            found |= {_describe(a, names) or "" for a in node.arguments if isinstance(a, typed.Place)}
    return frozenset(found)


def unmodelled(promises: Mapping[typed.Unmodelled, Sequence[tuple[str, Span]]], bag: DiagnosticBag) -> None:
    """Say once for each kind of promise, at its first place, that a spelling promises what no step does."""
    for promised, places in promises.items():
        (name, span), *others = sorted(places, key=lambda place: place[1].start)
        match promised:
            case typed.Unmodelled.INTERRUPTS:
                message = f"no interrupts are modelled: `{name}` keeps nobody out but those who take the same lock"
                note = "a process that stands for a handler runs beside the code that it interrupts, never on top of it"
            case typed.Unmodelled.GRACE_PERIODS:
                message = f"no RCU grace periods are modelled: `{name}` is a plain access"
                note = "nothing keeps the object until its readers are done but what the spec says itself"
            case _:
                assert_never(promised)
        notes = [Note(note)]
        also = [f"`{other}`" for other in dict.fromkeys(other for other, _ in others) if other != name]
        if also:
            notes.append(Note(f"the same goes for {', '.join(also)}"))
        bag.hint("MC419", message, span, notes)


def lint(
    body: typed.Stmt, bag: DiagnosticBag, names: dict[int, str], constant: frozenset[str], *, atomic: bool = False
) -> None:
    """Report what is worth a look in a body. ``names``: shared variables by id; ``constant``: those
    that nobody assigns; ``atomic``: the body runs only as part of larger steps."""
    stack: list[tuple[typed.Stmt, bool]] = [(body, atomic)]
    while stack:
        node, atomic = stack.pop()
        if isinstance(node, typed.Block):
            for before, after in pairwise(node.statements):
                _stale_wait(before, after, bag, names, constant)
        elif isinstance(node, typed.When) and not atomic:
            for branch in node.branches:
                _wide_guard(branch.guard, bag, names, constant)
        elif isinstance(node, typed.Atomic):
            if node.guard is not None and not atomic:
                _wide_guard(node.guard, bag, names, constant)
            atomic = True
        elif isinstance(node, typed.Assign | typed.CompoundAssign) and not atomic:
            _split(node, bag, names)
        stack.extend((child, atomic) for child in reversed(statements_in(node)))


def _describe(place: typed.Place, names: dict[int, str]) -> str | None:
    """Return the name of the location that an access to ``place`` is about, None if it is local."""
    match place.root:
        case typed.SharedRoot(var):
            name = names[var]
        case typed.FieldRoot(_, target, field):
            name = f"{target}.{field}"
        case typed.LocalRoot() | typed.RefParamRoot():
            return None
        case _:
            assert_never(place.root)
    for selector in place.selectors:
        name += f".{selector.field}" if isinstance(selector, typed.FieldSelector) else "[]"
    return name


def reads(node: typed.Expr | typed.Place, names: dict[int, str]) -> Iterator[str]:
    """Yield the shared locations that evaluating ``node`` reads by plain loads, in order (callees not included)."""
    if isinstance(node, typed.Place):
        for operand in place_operands(node):
            yield from reads(operand, names)
        return
    if isinstance(node, typed.LockOp | typed.CondLoad | typed.Quantifier | typed.Primed):
        return  # (what waits, and what is evaluated at once, is written so on purpose)
    for operand in operands(node):
        yield from reads(operand, names)
    if isinstance(node, typed.Load) or (isinstance(node, typed.Ask) and node.question is not typed.LockQuestion.HELD):
        found = _describe(node.place, names)
        if found is not None:
            yield found


def _split(node: typed.Assign | typed.CompoundAssign, bag: DiagnosticBag, names: dict[int, str]) -> None:
    """A statement with several shared accesses is as many steps."""
    found = accesses(node, names)
    if len(found) > 1:
        note = Note("others can run in between, as they can in C; only what one instruction does is `atomic { … }`")
        bag.hint("MC408", f"this is {len(found)} steps: {', '.join(found)}", node.span, [note])


def accesses(node: typed.Stmt, names: dict[int, str]) -> list[str]:
    """Return the loads and stores of shared places that a statement makes itself (not those of
    statements in it, nor of callees).
    """
    match node:
        case typed.Assign(target, value) | typed.CompoundAssign(target, _, value):
            found = [f"load {name}" for name in (*reads(target, names), *reads(value, names))]
            place = _describe(target, names)
            if place is not None:
                if isinstance(node, typed.CompoundAssign):
                    found.append(f"load {place}")
                found.append(f"store {place}")
            return found
        case typed.Evaluate(expression) | typed.Return(expression) if expression is not None:
            operation = (
                [f"change {_describe(expression.place, names)}"] if isinstance(expression, typed.AtomicOp) else []
            )
            return [*(f"load {name}" for name in reads(expression, names)), *operation]
        case typed.If(condition):
            return [f"load {name}" for name in reads(condition, names)]
        case (
            typed.Block()
            | typed.Labelled()
            | typed.Evaluate()
            | typed.Loop()
            | typed.For()
            | typed.Jump()
            | typed.When()
            | typed.Atomic()
            | typed.Choose()
            | typed.Pick()
            | typed.Emit()
            | typed.Assert()
            | typed.Free()
            | typed.Touch()
            | typed.Empty()
        ):
            return []
        case _:
            assert_never(node)


def _wide_guard(guard: typed.Expr, bag: DiagnosticBag, names: dict[int, str], constant: frozenset[str]) -> None:
    """A guard reads all it reads in one step, which no code does."""
    places = [name for name in dict.fromkeys(reads(guard, names)) if name not in constant]
    if len(places) > 1:
        message = f"this guard reads several places at the same moment: {', '.join(places)}"
        bag.hint("MC409", message, guard.span, [Note("real code reads them one after the other")])


def _stale_wait(
    before: typed.Stmt, after: typed.Stmt, bag: DiagnosticBag, names: dict[int, str], constant: frozenset[str]
) -> None:
    """``when (g);`` and then reading a variable of g again: it may have changed in between."""
    while isinstance(before, typed.Labelled):
        before = before.statement
    while isinstance(after, typed.Labelled):
        after = after.statement
    if not isinstance(before, typed.When) or len(before.branches) != 1 or before.branches[0].body is not None:
        return
    waited = set(reads(before.branches[0].guard, names)) - constant
    again: list[str] = []
    if isinstance(after, typed.Assign | typed.CompoundAssign):
        again = [*reads(after.target, names), *reads(after.value, names)]
    elif isinstance(after, typed.If):
        again = list(reads(after.condition, names))
    elif isinstance(after, typed.Evaluate):
        again = list(reads(after.expression, names))
    common = [name for name in again if name in waited]
    if common:
        notes = [
            Note(
                "`v = cond_load(x, …);` keeps the value that was seen; write what the code does: if it tests and acts"
                " in two steps, others can run in between"
            )
        ]
        message = f"`{common[0]}` may have changed again since the `when` before saw it"
        bag.warning("MC410", message, after.span, notes)
