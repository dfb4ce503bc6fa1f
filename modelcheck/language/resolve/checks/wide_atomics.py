"""`atomic` blocks that do what no instruction does: several accesses to shared memory that nothing
but the block keeps together.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from modelcheck.ground.diagnostics import DiagnosticBag, Note
from modelcheck.language.resolve.checks.lints import accesses
from modelcheck.model import typed
from modelcheck.model.trees import statements_below, statements_in

_TAKE = frozenset({typed.LockOperator.LOCK, typed.LockOperator.READ_LOCK})
_RELEASE = frozenset({typed.LockOperator.UNLOCK, typed.LockOperator.READ_UNLOCK})
#: Accesses that are named.
_NAMED = 4


def hint_at_wide_atomics(body: typed.Stmt, bag: DiagnosticBag, names: dict[int, str]) -> None:
    """Hint (MC432) at the outermost `atomic` blocks with several shared accesses, unless a lock
    that was taken before is held there.
    """
    _look(body, False, bag, names)


def _look(node: typed.Stmt, held: bool, bag: DiagnosticBag, names: dict[int, str]) -> bool:
    """Go through a statement; return whether a lock is held after it, as far as the text shows that."""
    match node:
        case typed.Atomic(_, block, span):
            found = list(_accesses(block, names))
            if len(found) > 1 and not held and span.text.startswith("atomic") and not _locks(block):
                shown = ", ".join(found[:_NAMED]) + (", …" if len(found) > _NAMED else "")
                note = Note(
                    "what the code does in several steps is written in several, so that others can come in between"
                )
                message = f"this is one step with {len(found)} accesses: {shown}; is it one instruction in the code?"
                bag.hint("MC432", message, span.first_line, [note])
            return held
        case typed.Evaluate(typed.LockOp(operator)):
            return True if operator in _TAKE else False if operator in _RELEASE else held
        case typed.Block(_, statements):
            for statement in statements:
                held = _look(statement, held, bag, names)
            return held
        case typed.Labelled(_, inner):
            return _look(inner, held, bag, names)
        case typed.Simple() | typed.If() | typed.Loop() | typed.For() | typed.Jump() | typed.When() | typed.Choose():
            after = [_look(child, held, bag, names) for child in statements_in(node)]
            return held and all(after)
        case _:
            assert_never(node)


def _locks(block: typed.Block) -> bool:
    """Whether the block takes or releases a lock itself: then it stands for what the lock does."""
    return any(
        isinstance(node, typed.Evaluate) and isinstance(node.expression, typed.LockOp)
        for node in statements_below(block)
    )


def _accesses(node: typed.Stmt, names: dict[int, str]) -> Iterator[str]:
    """The loads and stores of shared places in a statement, in order (those of callees are not looked at)."""
    for statement in statements_below(node):
        yield from accesses(statement, names)
