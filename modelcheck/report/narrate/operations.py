"""Operations in words, as a log tells them: ``load p->names -> Names[0]``."""

from __future__ import annotations

from typing import assert_never

from modelcheck.report.narrate.value_texts import event_text, place_text, value_text
from modelcheck.result import operations as ops
from modelcheck.result.trace import ProcessEnd
from modelcheck.result.values import Value

#: Longer blocks and assertions are not printed in full.
TEXT_LIMIT = 60


def operation_text(operation: ops.Operation) -> str:
    """What a step did, or (where it has not been taken) what it would do."""
    match operation:
        case ops.Load(target, value):
            return f"load {target.text}{_result(value)}"
        case ops.Store(_, target, _, value):
            return f"store {target.text}" + ("" if value is None else f" = {value_text(value)}")
        case ops.AtomicUpdate(text, result=result):
            return f"{text}{_result(result)}"
        case ops.Locking():
            success = "" if operation.success is None else f" -> {'true' if operation.success else 'false'}"
            return f"{operation.operator.value.replace('_', ' ')} {operation.target.text}{success}"
        case ops.Asking(text, _, _, answer):
            return text if answer is None else f"{text} -> {'true' if answer else 'false'}"
        case ops.Counting(text):
            return text
        case ops.Creation(_, object_, may_fail, result):
            return f"{'try_new' if may_fail else 'new'} {object_}{_result(result)}"
        case ops.Freeing(_, argument, _, freed):
            return f"free {argument}{_of(freed)}"
        case ops.Touching(_, argument, _, touched):
            return f"touch {argument}{_of(touched)}"
        case ops.ConditionalLoad(text, _, value):
            return f"{text}{_result(value)}"
        case ops.Guard():
            return guard_text(operation)
        case ops.AtomicBlock():
            return block_text(operation)
        case ops.Choice(branch):
            return "choose" if branch is None else f"choose: branch {branch}"
        case ops.Picking(name, value):
            return f"pick {name}{_result(value)}"
        case ops.Emission(_, event):
            return "emit" if event is None else f"emit {event_text(event)}"
        case ops.Assertion():
            return assertion_text(operation)
        case _:
            assert_never(operation)


def _result(value: Value | None) -> str:
    return "" if value is None else f" -> {value_text(value)}"


def _of(value: Value | None) -> str:
    return "" if value is None else f" ({value_text(value)})"


def guard_text(guard: ops.Guard) -> str:
    """``when (c)``; with several branches that of the one that was taken."""
    if guard.branch is not None:
        return f"when ({guard.conditions[guard.branch]})"
    return f"when ({guard.conditions[0]})" if len(set(guard.conditions)) == 1 else "when"


def block_text(block: ops.AtomicBlock) -> str:
    """What a block is called, else all of it if it is short, else its head."""
    if block.caption:
        return block.caption
    if not is_cut(block):
        return block.text
    return f"atomic when ({block.guard}) {{ ... }}" if block.guard else "atomic { ... }"


def is_cut(block: ops.AtomicBlock) -> bool:
    """Whether a block that is called nothing is too long to be printed in full."""
    return not block.caption and len(block.text) > TEXT_LIMIT


def assertion_text(assertion: ops.Assertion) -> str:
    """An assertion in full if it is short, else its name."""
    return assertion.text if len(assertion.text) <= TEXT_LIMIT else f"assert {assertion.name}"


def awaited_text(end: ProcessEnd) -> str:
    """What a blocked process waits for: ``Page[0].lock, held by reclaim``, the condition of a
    guard, or the operation; of one that handlers run on top of, that they end.
    """
    if end.above:
        return f"{' and '.join(end.above)} to end"
    if end.lock is not None:
        return place_text(end.lock) + (f", held by {', '.join(end.holders)}" if end.holders else "")
    match end.operation:
        case None:
            return ""
        case ops.Guard(conditions, None) if len(set(conditions)) == 1:
            return conditions[0]
        case ops.AtomicBlock(guard=guard, waits_inside=False) if guard:
            return guard
        case operation:
            return operation_text(operation)


def waiting_text(operation: ops.Operation) -> str:
    """What a process waits at: ``when (c)``, ``atomic when (c)``, or the operation."""
    match operation:
        case ops.AtomicBlock(guard=guard, caption=caption):
            return f"atomic when ({guard})" if guard else caption or "atomic"
        case _:
            return operation_text(operation)
